package schedule

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"healthbot/storage/record"
)

// office is a clock that a person can move.
type office struct {
	mu    sync.Mutex
	ahead time.Duration
}

// officeAt shows a moment now, and goes on from there.
func officeAt(s string) *office { return &office{ahead: time.Until(moment(s))} }

func (o *office) now() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return time.Now().Add(o.ahead)
}

func (o *office) move(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ahead += d
}

var weekly = record.Route{Name: "weekly", Segment: "enterprise", Channel: "C1", Cron: "0 9 * * 1", Zone: time.UTC}

// at gives a scheduler an office clock and routes.
func at(clock *office, routes ...record.Route) func(*Options) {
	return func(o *Options) { o.Now, o.Policy.Routes = clock.now, routes }
}

// wantRuns compares the runs, "weekly 2026-11-23T09:00 open".
func (b *bench) wantRuns(want ...string) {
	b.Helper()
	b.store.mu.Lock()
	defer b.store.mu.Unlock()
	var got []string
	for _, r := range b.store.runs {
		line := fmt.Sprintf("%s %s %s", r.Job, r.Slot, r.State)
		if r.Late {
			line += " late"
		}
		got = append(got, line)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		b.Errorf("runs (-want +got):\n%s", diff)
	}
}

func TestRunOpensAtItsSlotOnce(t *testing.T) {
	scene(t, func(b *bench) {
		clock := officeAt("2026-11-23T08:59:00Z")
		b.store.due = []string{"ac1", "ac2"}
		b.run(at(clock, weekly))
		b.pass(59 * time.Second)
		b.wantRuns()
		b.pass(10 * time.Second)
		b.wantRuns("weekly 2026-11-23T09:00 open")
		b.pass(time.Hour)
		b.stop()
		b.run(at(clock, weekly)) // a restart
		b.pass(24 * time.Hour)
		b.wantRuns("weekly 2026-11-23T09:00 open")
		b.pass(6 * 24 * time.Hour)
		b.wantRuns("weekly 2026-11-23T09:00 open", "weekly 2026-11-30T09:00 open")
		run := b.store.runs[0]
		if !run.DueAt.Equal(moment("2026-11-23T09:00:00Z")) || run.Segment != "enterprise" || run.Channel != "C1" || run.Version != "built-in v1" {
			b.Errorf("the run is %+v", run)
		}
		for _, id := range b.store.due {
			if s := b.store.snapshots[run.ID][id]; !s.At.Equal(run.DueAt) || !s.Result.AsOf.Equal(run.DueAt) || s.Result.Account != id {
				b.Errorf("snapshot of %s is %+v", id, s)
			}
		}
	})
}

func TestRunSeesTheClockMove(t *testing.T) {
	const year = 365 * 24 * time.Hour
	all, skip := weekly, weekly
	all.Name, all.CatchUp, all.Grace = "all", record.CatchAll, 15*24*time.Hour
	skip.Name, skip.CatchUp = "skip", record.CatchSkip
	scene(t, func(b *bench) {
		clock := officeAt("2026-11-20T12:00:00Z")
		b.run(at(clock, weekly, all, skip))
		b.pass(time.Minute)
		b.wantRuns()
		clock.move(year)
		b.pass(time.Minute)
		want := []string{"weekly 2027-11-15T09:00 open late", "all 2027-11-08T09:00 open late", "all 2027-11-15T09:00 open late"}
		b.wantRuns(want...)
		clock.move(-2 * year)
		b.pass(24 * time.Hour)
		clock.move(2 * year)
		b.pass(time.Minute)
		b.wantRuns(want...)
		b.pass(2 * 24 * time.Hour)
		b.wantRuns(append(want, "weekly 2027-11-22T09:00 open", "all 2027-11-22T09:00 open", "skip 2027-11-22T09:00 open")...)
	})
}

// A job that never ran begins where it is first seen, or where First says.
func TestRunBegins(t *testing.T) {
	for _, c := range []struct {
		name  string
		first func(string) time.Time
		want  []string
	}{
		{"first seen", nil, nil},
		{"zero", func(string) time.Time { return time.Time{} }, nil},
		{"the slot just past", func(job string) time.Time { return moment("2026-11-22T09:00:00Z") }, []string{"weekly 2026-11-23T09:00 open"}},
		{"the slot itself", func(job string) time.Time { return moment("2026-11-23T09:00:00Z") }, nil},
		{"long ago", func(job string) time.Time { return moment("2020-01-01T00:00:00Z") }, []string{"weekly 2026-11-23T09:00 open"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			scene(t, func(b *bench) {
				b.run(at(officeAt("2026-11-23T09:01:00Z"), weekly), func(o *Options) { o.First = c.first })
				b.pass(time.Minute)
				b.wantRuns(c.want...)
			})
		})
	}
}

// A new job whose clock is set back and passes a slot that it hadn't had: the
// slot counts, because nobody has seen its run.
func TestRunBeginsAgainWhenTheClockIsSetBack(t *testing.T) {
	scene(t, func(b *bench) {
		clock := officeAt("2026-11-23T09:30:00Z")
		b.run(at(clock, weekly))
		b.pass(time.Minute)
		clock.move(-time.Hour)
		b.pass(time.Hour)
		b.wantRuns("weekly 2026-11-23T09:00 open")
	})
}

func TestOneJobsPanicDoesNotStopTheOthers(t *testing.T) {
	scene(t, func(b *bench) {
		n := 0
		b.store.before = func(method string) error {
			if method == "LastSlot" {
				if n++; n == 1 || n == 3 {
					panic("out of range")
				}
			}
			return nil
		}
		daily := weekly
		daily.Name, daily.Cron = "daily", "0 9 * * *"
		b.run(at(officeAt("2026-11-23T08:59:58Z"), weekly, daily))
		b.pass(20 * time.Second)
		b.wantRuns("daily 2026-11-23T09:00 open", "weekly 2026-11-23T09:00 open")
		b.stop()
		if log := b.out.String(); strings.Count(log, "out of range") != 2 || !strings.Contains(log, "scheduler_test.go") || !strings.Contains(log, "works again") {
			b.Errorf("the log:\n%s", log)
		}
	})
}

func TestSnoozesEndOnceADay(t *testing.T) {
	scene(t, func(b *bench) {
		zone := zone(t, "America/New_York")
		b.store.refuse(errors.New("busy"), "WakeSnoozed")
		b.run(at(officeAt("2026-11-23T03:00:00Z")), func(o *Options) { o.Policy.Zone = zone })
		b.pass(time.Minute)
		b.store.refuse(nil)
		b.pass(49 * time.Hour)
		var got []string
		for _, d := range b.store.woken {
			got = append(got, d.String())
		}
		if diff := cmp.Diff([]string{"2026-11-22", "2026-11-23", "2026-11-24"}, got); diff != "" {
			b.Error(diff)
		}
	})
}

func TestRunOpenedIsDeliveredAtOnce(t *testing.T) {
	scene(t, func(b *bench) {
		b.store.before = func(method string) error {
			if method == "OpenRun" {
				b.store.deliveries = append(b.store.deliveries, &record.Delivery{ID: "dg", Kind: record.Digest, To: "C1", State: record.Pending})
			}
			return nil
		}
		b.run(at(officeAt("2026-11-23T08:59:57Z"), weekly))
		b.pass(2 * time.Second)
		b.s.Wake() // now the outbox would look at 2s, 7s and so on
		b.pass(8 * time.Second)
		b.wantLog("5s post dg")
	})
}

func TestNew(t *testing.T) {
	good := Options{Store: newMemory(), Deliverer: &fakeSlack{}}
	route := func(change func(r *record.Route)) []record.Route {
		r := weekly
		change(&r)
		return []record.Route{r}
	}
	for _, c := range []struct {
		says   []string
		routes []record.Route
	}{
		{nil, nil},
		{nil, []record.Route{weekly}},
		{[]string{`route "weekly"`, "Two routes"}, []record.Route{weekly, weekly}},
		{[]string{`route ""`, "no name"}, route(func(r *record.Route) { r.Name = "" })},
		{[]string{"no segment"}, route(func(r *record.Route) { r.Segment = "" })},
		{[]string{"no channel"}, route(func(r *record.Route) { r.Channel = "" })},
		{[]string{"no time zone"}, route(func(r *record.Route) { r.Zone = nil })},
		{[]string{"grace of -1s"}, route(func(r *record.Route) { r.Grace = -time.Second })},
		{[]string{`"sometimes"`}, route(func(r *record.Route) { r.CatchUp = "sometimes" })},
		{[]string{"never comes due"}, route(func(r *record.Route) { r.Cron = "0 9 31 2 *" })},
		{[]string{"never comes due", "no time zone", "no channel"}, route(func(r *record.Route) { r.Cron, r.Zone, r.Channel = "0 9 31 2 *", nil, "" })},
	} {
		o := good
		o.Policy.Routes = c.routes
		_, err := New(o)
		if (err != nil) != (c.says != nil) {
			t.Errorf("New with %+v: %v", c.routes, err)
		}
		for _, s := range c.says {
			if err != nil && !strings.Contains(err.Error(), s) {
				t.Errorf("New says %q, want %q", err, s)
			}
		}
	}
	if _, err := New(Options{}); err == nil {
		t.Error("New works without a store")
	}
}

func TestNext(t *testing.T) {
	berlin := weekly
	berlin.Name, berlin.Zone, berlin.Cron = "berlin", zone(t, "Europe/Berlin"), "30 2 * * *"
	s, err := New(Options{Store: newMemory(), Deliverer: &fakeSlack{}, Policy: record.Policy{Routes: []record.Route{weekly, berlin}}})
	if err != nil {
		t.Fatal(err)
	}
	for now, want := range map[string]string{
		"2026-11-23T08:59:59Z": "2026-11-23T09:00:00Z",
		"2026-11-23T09:00:00Z": "2026-11-24T01:30:00Z",
		"2026-10-25T00:29:59Z": "2026-10-25T00:30:00Z",
		"2026-10-25T00:30:00Z": "2026-10-26T01:30:00Z", // the second 2:30 of the night doesn't count
		"2026-03-28T12:00:00Z": "2026-03-29T01:00:00Z", // there is no 2:30
	} {
		if got := s.Next(moment(now)); !got.Equal(moment(want)) {
			t.Errorf("after %s next is %s, want %s", now, got.UTC().Format(time.RFC3339), want)
		}
	}
	if s, err = New(Options{Store: newMemory(), Deliverer: &fakeSlack{}}); err != nil || !s.Next(time.Now()).IsZero() {
		t.Error("without routes there is a next run")
	}
}

func TestRunRefusesASecondStart(t *testing.T) {
	scene(t, func(b *bench) {
		b.run()
		b.pass(time.Second)
		if err := b.s.Run(b.Context()); err == nil {
			b.Error("Run ran twice")
		}
	})
}
