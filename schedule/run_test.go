package schedule

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"healthbot/scoring"
	"healthbot/storage/record"
)

func TestRunIsResumed(t *testing.T) {
	for _, step := range []string{"DueAccounts", "Accounts", "Queue", "Inputs", "SaveSnapshots", "OpenRun"} {
		for _, restart := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s restart=%v", step, restart), func(t *testing.T) {
				scene(t, func(b *bench) {
					for i := range chunk + 10 {
						b.store.due = append(b.store.due, fmt.Sprintf("ac%d", i))
					}
					n := 0
					b.store.before = func(method string) error {
						if method == step {
							n++
						}
						if chunks := step == "Inputs" || step == "SaveSnapshots"; method == step && n < 10 && (n > 1 || !chunks) {
							return errors.New("out of order") // some scores may have been saved
						}
						return nil
					}
					skip := weekly // a claim is a promise, however late
					skip.CatchUp = record.CatchSkip
					clock := officeAt("2026-11-23T08:59:58Z")
					b.run(at(clock, skip))
					b.pass(6 * time.Second)
					b.wantRuns("weekly 2026-11-23T09:00 begun")
					if restart {
						b.stop()
						b.pass(time.Hour)
						b.store.refuse(nil)
						b.run(at(clock, skip))
					}
					b.pass(10 * time.Minute)
					b.wantRuns("weekly 2026-11-23T09:00 open")
					if n := len(b.store.snapshots["rn_weekly_2026-11-23T09:00"]); n != len(b.store.due) {
						b.Errorf("%d snapshots of %d accounts", n, len(b.store.due))
					}
				})
			})
		}
	}
}

// A slot seen on time is run, though the store is out of order for longer than
// a slot that was missed would be caught up.
func TestRunIsOwedOnceSeen(t *testing.T) {
	scene(t, func(b *bench) {
		skip := weekly
		skip.CatchUp = record.CatchSkip
		b.store.refuse(errors.New("disk full"), "BeginRun")
		b.run(at(officeAt("2026-11-23T08:59:58Z"), skip))
		b.pass(time.Hour)
		b.wantRuns()
		if n := b.store.count("BeginRun"); n < 30 || n > 80 {
			b.Errorf("tried %d times in an hour, want about once a minute", n)
		}
		b.store.refuse(nil)
		b.pass(2 * time.Minute)
		b.wantRuns("weekly 2026-11-23T09:00 open late")
		b.stop()
		if n := strings.Count(b.out.String(), "disk full"); n < 3 || n > 8 {
			b.Errorf("the log names the fault %d times, want a few:\n%s", n, b.out)
		}
	})
}

func TestRunScoresAroundABrokenAccount(t *testing.T) {
	scene(t, func(b *bench) {
		b.store.accounts = []record.Account{{ID: "ac1", Name: "Acme", Segment: "enterprise"}, {ID: "ac2", Name: "Beta", Segment: "enterprise"}}
		b.store.due = []string{"ac1", "ac2", "ac3"}
		b.store.inputs = func(ids []string, asOf time.Time) []scoring.Input {
			known := []scoring.Input{
				{Now: asOf, Account: scoring.Account{ID: "ac1"}},
				{Now: asOf, Account: scoring.Account{ID: "ac2"}, Synced: map[scoring.FactKind]time.Time{"": asOf}},
			}
			return slices.DeleteFunc(known, func(in scoring.Input) bool { return !slices.Contains(ids, in.Account.ID) })
		}
		model := scoring.BuiltIn()
		model.Measures[0].Derive = "a rule that nobody wrote" // bites where its facts are in sync
		b.run(at(officeAt("2026-11-23T08:59:58Z"), weekly), func(o *Options) { o.Model = model })
		b.pass(10 * time.Second)
		b.wantRuns("weekly 2026-11-23T09:00 open")
		id := b.store.runs[0].ID
		if _, ok := b.store.snapshots[id]["ac1"]; !ok || len(b.store.snapshots[id]) != 1 {
			b.Errorf("%d accounts were scored, want Acme alone", len(b.store.snapshots[id]))
		}
		want := []string{"nothing was known yet: ac3", "couldn't be scored, an admin finds why in the log: Beta"}
		if diff := cmp.Diff(want, b.store.missing[id]); diff != "" {
			b.Error(diff)
		}
	})
}

func TestRunSaysWhoIsMissing(t *testing.T) {
	scene(t, func(b *bench) {
		b.store.accounts = []record.Account{
			{ID: "1", Name: "Acme", Segment: "enterprise"}, {ID: "2", Name: "Beta", Segment: "enterprise"}, {ID: "3", Name: "Corp", Segment: "enterprise"},
			{ID: "4", Name: "Duo", Segment: "smb"}, {ID: "5", Name: "Echo", Segment: "smb"}, {ID: "6", Name: "Foxtrot", Segment: "smb", Stage: scoring.Churned},
			{ID: "7", Segment: "mid"}, {ID: "8", Name: "Golf"},
			{ID: "9", Name: "Hotel", Segment: "enterprise"},
		}
		b.store.due = []string{"1"}
		b.store.queue = []record.QueueRow{
			{Account: record.Account{ID: "1"}, State: record.ReviewOpen}, // on its own; it joins this run
			{Account: record.Account{ID: "2"}, State: record.ReviewSnoozed, Snoozed: record.Date{Year: 2026, Month: 12, Day: 1}},
			{Account: record.Account{ID: "9"}, State: record.ReviewDecided},
		}
		for i := range 7 {
			b.store.accounts = append(b.store.accounts, record.Account{ID: fmt.Sprint("x", i), Name: fmt.Sprint("X", i), Segment: "enterprise"})
			b.store.queue = append(b.store.queue, record.QueueRow{Account: record.Account{ID: fmt.Sprint("x", i)}, State: record.ReviewOpen})
		}
		b.run(at(officeAt("2026-11-23T08:59:58Z"), weekly), func(o *Options) { o.Policy.Required = []string{"enterprise", "public"} })
		b.pass(10 * time.Second)
		want := []string{
			"segment mid has no route: 1 account",
			"segment public has no route (no accounts yet)",
			"segment smb has no route: 2 accounts",
			"no segment: Golf",
			"still under review: X0, X1, X2, X3, X4 and 2 more",
			"snoozed: Beta until 2026-12-01",
		}
		if diff := cmp.Diff(want, b.store.missing[b.store.runs[0].ID]); diff != "" {
			b.Error(diff)
		}
	})
}
