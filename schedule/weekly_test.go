package schedule

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// known gives the store accounts that became known at a moment.
func (b *bench) known(since string, ids ...string) {
	b.store.mu.Lock()
	defer b.store.mu.Unlock()
	b.store.since = moment(since)
	for _, id := range ids {
		b.store.accounts = append(b.store.accounts, record.Account{ID: id, Segment: "enterprise"})
	}
}

func (b *bench) slots() (out []string) {
	b.store.mu.Lock()
	defer b.store.mu.Unlock()
	for _, w := range b.store.weeks {
		out = append(out, fmt.Sprintf("%s %d", w.Slot, len(w.Scores)))
	}
	return out
}

func (b *bench) wantWeeks(want ...string) {
	b.Helper()
	if diff := cmp.Diff(want, b.slots()); diff != "" {
		b.Errorf("weeks (-want +got):\n%s", diff)
	}
}

// Weeks are scored on Mondays at the office's midnight, due or not, and those of
// imported history before the first run.
func TestWeeks(t *testing.T) {
	scene(t, func(b *bench) {
		clock := officeAt("2026-11-23T08:59:58+01:00")
		b.known("2026-11-04T06:00:00Z", "ac1", "ac2")
		b.store.due = []string{"ac1"}
		inOffice := func(o *Options) { o.Policy.Zone = zone(b, "Europe/Berlin") }
		route := weekly
		route.Zone = zone(b, "Europe/Berlin")
		b.run(at(clock, route), inOffice)
		b.pass(time.Second)
		b.wantWeeks() // nothing needs them yet
		b.pass(10 * time.Second)
		b.wantWeeks("2026-11-09T00:00 2", "2026-11-16T00:00 2", "2026-11-23T00:00 2")
		b.wantRuns("weekly 2026-11-23T09:00 open")
		if at := b.store.weeks[2].At; !at.Equal(moment("2026-11-22T23:00:00Z")) {
			b.Errorf("the week begins at %s", at)
		}
		b.stop()
		b.run(at(clock, route), inOffice) // a restart
		b.pass(6*24*time.Hour + 14*time.Hour + 50*time.Minute)
		if n := len(b.slots()); n != 3 {
			b.Errorf("%d weeks before midnight", n)
		}
		b.pass(20 * time.Minute)
		b.wantWeeks("2026-11-09T00:00 2", "2026-11-16T00:00 2", "2026-11-23T00:00 2", "2026-11-30T00:00 2")
		clock.move(-400 * 24 * time.Hour)
		b.pass(time.Minute)
		if n := len(b.slots()); n != 4 {
			b.Errorf("a clock set back made %d weeks", n)
		}
	})
}

// Without a run the first Monday brings the history; without accounts nothing does.
func TestWeeksWithoutRuns(t *testing.T) {
	scene(t, func(b *bench) {
		b.run(at(officeAt("2026-11-29T23:00:00Z")))
		b.pass(30 * time.Minute)
		b.known("2026-11-22T06:00:00Z", "ac1")
		b.pass(20 * time.Minute)
		b.wantWeeks()
		b.pass(20 * time.Minute)
		b.wantWeeks("2026-11-23T00:00 1", "2026-11-30T00:00 1")
	})
}

// A new database gets sixty weeks at most, and a long standstill is bridged by no
// more either.
func TestWeeksAreBounded(t *testing.T) {
	scene(t, func(b *bench) {
		clock := officeAt("2026-11-23T09:00:00Z")
		b.known("2020-01-01T00:00:00Z", "ac1")
		b.run(at(clock, weekly), func(o *Options) { o.First = func(string) time.Time { return moment("2026-11-22T00:00:00Z") } })
		b.pass(10 * time.Second)
		got := b.slots()
		if n := len(got); n != 60 || got[0] != "2025-10-06T00:00 1" || got[n-1] != "2026-11-23T00:00 1" {
			b.Errorf("%d weeks, %s to %s", n, got[0], got[n-1])
		}
		clock.move(1000 * 24 * time.Hour)
		b.pass(10 * time.Second)
		if n := len(b.slots()); n != 120 {
			b.Errorf("%d weeks after a standstill of years, want 120", n)
		}
	})
}

// Each week hands its state to the next, though they are stored together, and to
// nobody else what it can't score.
func TestWeeksCarryOn(t *testing.T) {
	scene(t, func(b *bench) {
		b.known("2026-10-28T00:00:00Z", "ac1", "ac2")
		b.store.inputs = func(ids []string, asOf time.Time) (out []scoring.Input) {
			for _, id := range ids {
				in := scoring.Input{Now: asOf, Account: scoring.Account{ID: id}, Readings: []scoring.Reading{
					{Measure: "usage.active_seat_ratio", Source: "x", Value: .3, ObservedAt: asOf, ReceivedAt: asOf}}}
				if id == "ac2" && asOf.Equal(moment("2026-11-09T00:00:00Z")) {
					in.Synced = map[scoring.FactKind]time.Time{"": asOf} // bites
				}
				out = append(out, in)
			}
			return out
		}
		model := scoring.BuiltIn().InService(scoring.Usage)
		model.Floor, model.High = .1, .2
		model.Measures = append([]scoring.Measure(nil), model.Measures...)
		for i := range model.Measures {
			if model.Measures[i].ID == "usage.logins_per_seat_week" {
				model.Measures[i].Derive = "a rule that nobody wrote"
			}
		}
		b.run(at(officeAt("2026-11-23T09:00:00Z"), weekly), func(o *Options) {
			o.Model = model
			o.First = func(string) time.Time { return moment("2026-11-22T00:00:00Z") }
		})
		b.pass(10 * time.Second)
		b.wantWeeks("2026-11-02T00:00 2", "2026-11-09T00:00 1", "2026-11-16T00:00 2", "2026-11-23T00:00 2")
		var low []int
		for _, w := range b.store.weeks {
			for _, s := range w.Scores {
				low = append(low, s.State.Low)
			}
		}
		if diff := cmp.Diff([]int{1, 1, 2, 3, 2, 4, 3}, low); diff != "" {
			b.Errorf("low weeks in a row (-want +got):\n%s", diff)
		}
	})
}

// What a fault leaves undone is made up for; runs wait for it.
func TestWeeksAreResumed(t *testing.T) {
	for _, step := range []string{"LastWeek", "AccountIDs", "InputsAt", "StageWeekly", "SaveWeeks"} {
		t.Run(step, func(t *testing.T) {
			scene(t, func(b *bench) {
				for i := range 1100 { // several parts
					b.known("2026-11-04T06:00:00Z", fmt.Sprintf("ac%d", i))
				}
				n := 0
				b.store.before = func(method string) error {
					if method == step {
						n++
					}
					if several := step == "InputsAt" || step == "StageWeekly"; method == step && n <= 4 && (n > 1 || !several) {
						return errors.New("out of order") // some weeks may have been saved
					}
					return nil
				}
				b.run(at(officeAt("2026-11-23T08:59:58Z"), weekly))
				b.pass(4 * time.Second)
				if n := b.store.begun(); n > 0 {
					b.Errorf("%d runs began before their weeks", n)
				}
				b.pass(time.Minute)
				b.wantWeeks("2026-11-09T00:00 1100", "2026-11-16T00:00 1100", "2026-11-23T00:00 1100")
				b.wantRuns("weekly 2026-11-23T09:00 open")
			})
		})
	}
}
