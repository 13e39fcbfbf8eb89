package schedule

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"healthbot/storage/record"
)

// wantNotices compares what admins were told, "missed weekly 2026-11-09T09:00-2026-11-16T09:00 2".
func (b *bench) wantNotices(want ...string) {
	b.Helper()
	b.store.mu.Lock()
	defer b.store.mu.Unlock()
	var got []string
	for _, n := range b.store.notices {
		got = append(got, fmt.Sprintf("%s %s %s-%s %d", n.Kind, n.Job, n.First, n.Slot, n.Count))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		b.Errorf("notices (-want +got):\n%s", diff)
	}
}

// Deadlines are looked at on every tick, and what is due is delivered at once;
// the work of an older schema is planned first, once.
func TestDeadlinesAreRung(t *testing.T) {
	scene(t, func(b *bench) {
		b.store.refuse(errors.New("busy"), "PlanDeadlines")
		b.run(at(officeAt("2026-11-23T08:00:00Z")))
		b.pass(time.Second)
		if n := b.store.count("Ring"); n != 0 {
			b.Errorf("rung %d times before the plan", n)
		}
		b.store.refuse(nil)
		b.store.mu.Lock()
		b.store.before = func(method string) error {
			if method == "Ring" && b.store.calls["Ring"] == 2 {
				b.store.rings = 1
				b.store.deliveries = append(b.store.deliveries, &record.Delivery{ID: "rm", Kind: record.ReminderDM, To: "U1", State: record.Pending})
			}
			return nil
		}
		b.store.mu.Unlock()
		b.pass(20 * time.Second)
		if plans, rings := b.store.count("PlanDeadlines"), b.store.count("Ring"); plans != 2 || rings < 3 || rings > 5 {
			b.Errorf("planned %d times, rung %d times", plans, rings)
		}
		b.wantLog("10s post rm")
	})
}

// A slot that catch-up leaves out, or that is past its grace, is told once,
// however often the bot is started and wherever its clock jumps.
func TestMissedSlotsAreToldOnce(t *testing.T) {
	graced, all, skip, fresh := weekly, weekly, weekly, weekly
	graced.Name, graced.Grace = "graced", 24*time.Hour
	all.Name, all.CatchUp = "all", record.CatchAll
	skip.Name, skip.CatchUp = "skip", record.CatchSkip
	fresh.Name = "never ran"
	scene(t, func(b *bench) {
		clock := officeAt("2026-11-23T09:00:30Z")
		for _, r := range []record.Route{weekly, graced, all, skip} {
			b.store.runs = append(b.store.runs, record.Run{ID: "rn_" + r.Name, Job: r.Name, Slot: "2026-11-02T09:00", State: record.RunOpen})
		}
		routes := at(clock, weekly, graced, all, skip, fresh)
		since := func(o *Options) { o.First = func(string) time.Time { return moment("2026-01-01T00:00:00Z") } }
		want := []string{
			"missed weekly 2026-11-09T09:00-2026-11-16T09:00 2", // the latest is run
			"missed graced 2026-11-09T09:00-2026-11-16T09:00 2", // the others are past their grace
			"missed skip 2026-11-09T09:00-2026-11-16T09:00 2",
		}
		for range 3 {
			b.run(routes, since)
			b.pass(time.Minute)
			b.wantNotices(want...)
			b.stop()
		}
		clock.move(8*24*time.Hour + 2*time.Hour) // Tuesday of the week after: the bot was down on Monday
		b.run(routes, since)
		b.pass(time.Minute)
		want = append(want, "missed graced 2026-11-30T09:00-2026-11-30T09:00 1", "missed skip 2026-11-30T09:00-2026-11-30T09:00 1")
		b.wantNotices(want...)
		for _, step := range []time.Duration{time.Second, -time.Second, -time.Hour, time.Hour, -365 * 24 * time.Hour, 365 * 24 * time.Hour, -7 * 24 * time.Hour, 7 * 24 * time.Hour} {
			clock.move(step)
			b.pass(time.Minute)
		}
		b.wantNotices(want...)
		clock.move(365 * 24 * time.Hour) // a flood of slots is one line each
		b.pass(time.Minute)
		if n := len(b.store.notices); n != len(want)+3 && n != len(want)+4 {
			b.Errorf("%d notices after a year's jump, want one for each job with slots left out: %+v", n-len(want), b.store.notices[len(want):])
		}
	})
}

// A run that doesn't open is told when it has failed four times, once, and says
// why where the fault has a sentence.
func TestAFailingRunIsToldOnce(t *testing.T) {
	scene(t, func(b *bench) {
		full := record.Errorf(record.Broken, "The disk is full. Nothing was saved; free some space and try again.")
		b.store.refuse(full, "OpenRun")
		b.run(at(officeAt("2026-11-23T08:59:59Z"), weekly))
		b.pass(15 * time.Second) // after 1, 6 and 11 seconds
		b.wantNotices()
		b.pass(10 * time.Minute)
		b.wantNotices("failed weekly 2026-11-23T09:00-2026-11-23T09:00 1")
		if why := b.store.notices[0].Reason; why != record.Say(full) {
			b.Errorf("the reason is %q", why)
		}
		b.stop()
		b.run(at(officeAt("2026-11-23T09:30:00Z"), weekly)) // a restart doesn't help
		b.pass(10 * time.Minute)
		b.wantNotices("failed weekly 2026-11-23T09:00-2026-11-23T09:00 1")
		b.store.refuse(nil)
		b.pass(2 * time.Minute)
		b.wantRuns("weekly 2026-11-23T09:00 open")
	})
}

// A fault whose words are for the log alone keeps them there.
func TestAPanicIsNoReasonForPeople(t *testing.T) {
	scene(t, func(b *bench) {
		b.store.before = func(method string) error {
			if method == "SaveSnapshots" || method == "OpenRun" {
				panic("Acme's secret")
			}
			return nil
		}
		b.run(at(officeAt("2026-11-23T08:59:59Z"), weekly))
		b.pass(5 * time.Minute)
		b.wantNotices("failed weekly 2026-11-23T09:00-2026-11-23T09:00 1")
		if why := b.store.notices[0].Reason; strings.Contains(why, "secret") || !strings.Contains(why, "log") {
			b.Errorf("the reason is %q", why)
		}
	})
}

// Years of a line of minutes are counted up to a bound and told as one.
func TestMissedMinutes(t *testing.T) {
	m := missedSlots(cronLine(t, "* * * * *"), time.UTC, wall("2024-11-23T09:00"), moment("2026-11-23T09:00:30Z"), nil)
	if m.n != mostCounted || m.first.String() != "2024-11-23T09:01" || m.last.String() != "2026-11-23T08:55" {
		t.Errorf("%d from %s to %s", m.n, m.first, m.last)
	}
	if m := missedSlots(cronLine(t, "* * * * *"), time.UTC, wall("2026-11-23T08:57"), moment("2026-11-23T09:00:30Z"), nil); m.n != 0 {
		t.Errorf("%d were missed while the one before was at work", m.n)
	}
}
