package bot

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"healthbot/scoring"
	"healthbot/storage"
	"healthbot/storage/record"
)

// records is a real database with four accounts whose runs, task and escalation
// can be worked with; made anew, they have other ids.
type records struct {
	*storage.DB
	t    testing.TB
	week int
	// What the pressed buttons are about: review, run, task, escalation.
	ids map[string]string
}

var accounts = []string{"acme", "beta", "core", "dora"}

// seatModel scores by one measure alone, so that no hold is in the way.
func seatModel() scoring.Model {
	m := scoring.BuiltIn().InService(scoring.Usage)
	for _, x := range m.Measures {
		if x.ID == "usage.active_seat_ratio" {
			m.Measures = []scoring.Measure{x}
			break
		}
	}
	return m
}

func newRecords(t testing.TB) *records {
	t.Helper()
	r := &records{t: t, ids: map[string]string{}}
	db, err := storage.Open(t.Context(), storage.Options{Path: filepath.Join(t.TempDir(), "health.db"), Now: r.now, RealNow: r.now, Log: zerolog.Nop(),
		Rules: record.Rules{People: people(), Policy: policy(), Model: seatModel()}})
	r.must(err)
	t.Cleanup(func() { r.must(db.Close()) })
	r.DB = db
	r.renew()
	return r
}

func (r *records) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// now is real time within one day in the office: the week of the present run.
func (r *records) now() time.Time { return noon.AddDate(0, 0, 7*r.week) }

// renew opens the next week's run with reviews, two tasks and an escalation.
func (r *records) renew() {
	r.t.Helper()
	ctx := r.t.Context()
	r.week++
	now := r.now()
	r.load(now)
	run, _, err := r.BeginRun(ctx, record.Run{Job: "enterprise", Slot: now.Format("2006-01-02T15:04"), Segment: "enterprise", Channel: "C0CSM", DueAt: now, Version: "v1"})
	r.must(err)
	inputs, err := r.Inputs(ctx, accounts, now)
	r.must(err)
	var snaps []record.Snapshot
	for _, in := range inputs {
		snaps = append(snaps, record.Snapshot{Account: in.Account.ID, At: now, Result: scoring.Evaluate(seatModel(), in)})
	}
	r.must(r.SaveSnapshots(ctx, run.ID, snaps))
	_, err = r.OpenRun(ctx, run.ID, nil)
	r.must(err)
	by := record.Actor{ID: ana.ID, Name: ana.Name}
	for _, account := range []string{"beta", "dora"} {
		_, err = r.Decide(ctx, by, record.Classify{Review: r.review(account), Outcome: scoring.AtRisk, Sentence: "Log-ins halved", Owner: ana.ID, Goal: "above 60",
			Task: &record.NewTask{Kind: record.Outreach, Title: "Call Kim", Owner: ana.ID, Due: record.DateOf(now).Add(3), Expected: "a date"}})
		r.must(err)
	}
	_, err = r.Decide(ctx, by, record.Classify{Review: r.review("core"), Outcome: scoring.Escalation, Sentence: "The sponsor left", Escalate: &record.NewEscalation{
		Recipient: mgr.ID, Trigger: "two red signals", Reason: "The sponsor left", Plan: "Meet the new one", Ask: "Call their CFO", RespondBy: now.Add(24 * time.Hour)}})
	r.must(err)
	beta, err := r.Case(ctx, "beta", "")
	r.must(err)
	dora, err := r.Case(ctx, "dora", "")
	r.must(err)
	core, err := r.Case(ctx, "core", "")
	r.must(err)
	if len(beta.Tasks) == 0 || len(dora.Tasks) == 0 || core.Escalation == nil {
		r.t.Fatal("no task, or no escalation")
	}
	r.ids = map[string]string{"review": r.review("acme"), "run": run.ID, "task": beta.Tasks[0].ID, "other task": dora.Tasks[0].ID, "escalation": core.Escalation.ID}
}

// load brings the accounts as they are this week.
func (r *records) load(now time.Time) {
	r.t.Helper()
	name := fmt.Sprintf("week-%d.csv", r.week)
	b := record.Batch{File: name, Digest: name, Source: "crm"}
	for i, id := range accounts {
		where := record.Where{File: name, Line: i + 2}
		b.Accounts = append(b.Accounts, record.AccountRow{ID: id, Where: where, Values: map[record.Attribute]string{record.AttrName: id,
			record.AttrSegment: "enterprise", record.AttrOwner: ana.ID, record.AttrManager: mgr.ID, record.AttrSeats: "100"}})
		b.Readings = append(b.Readings, record.ReadingRow{Account: id, Measure: "usage.active_seat_ratio", Value: .5, ObservedAt: now, Where: where})
	}
	s, err := r.Import(r.t.Context(), record.Actor{Name: "import"}, b, record.ImportOptions{Strict: true})
	r.must(err)
	if s.Stopped {
		r.t.Fatalf("the import was refused: %v", s.Refused)
	}
}

// review is an account's review of this week.
func (r *records) review(account string) string {
	r.t.Helper()
	c, err := r.Case(r.t.Context(), account, "")
	r.must(err)
	if c.Review == nil {
		r.t.Fatalf("no review of %s", account)
	}
	return c.Review.ID
}
