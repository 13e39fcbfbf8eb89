package storage

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// The people of the tests. Ana and Ben own accounts, Mia manages them.
var (
	ana  = record.Actor{ID: "UANA", Name: "Ana", Channel: "C1", Message: "1.1"}
	ben  = record.Actor{ID: "UBEN", Name: "Ben", Channel: "C1"}
	mia  = record.Actor{ID: "UMIA", Name: "Mia"}
	lin  = record.Actor{ID: "ULIN", Name: "Lin"}
	file = record.Actor{Name: "import"}

	everybody = record.NewDirectory(
		record.Person{ID: "UANA", Name: "Ana", Roles: []record.Role{record.CSM}, Manager: "UMIA"},
		record.Person{ID: "UBEN", Name: "Ben", Roles: []record.Role{record.AccountManager}, Manager: "UMIA"},
		record.Person{ID: "UMIA", Name: "Mia", Roles: []record.Role{record.Manager}},
		record.Person{ID: "ULIN", Name: "Lin", Roles: []record.Role{record.Analyst}},
		record.Person{ID: "UADA", Name: "Ada", Roles: []record.Role{record.Admin}},
	)
	berlin = must1(time.LoadLocation("Europe/Berlin"))
	// monday is when every test begins: nine o'clock in the office.
	monday = time.Date(2026, 11, 23, 9, 0, 0, 0, berlin)
)

const seats = "usage.active_seat_ratio"

func must1[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

// seatModel scores by one measure alone: .1 is 0, .5 is 50, .9 is 100.
func seatModel() scoring.Model {
	m := scoring.BuiltIn().InService(scoring.Usage)
	for _, x := range m.Measures {
		if x.ID == seats {
			m.Measures = []scoring.Measure{x}
			break
		}
	}
	return m
}

// office is a database with its two clocks and three accounts.
type office struct {
	*DB
	t    *testing.T
	path string
	now  time.Time // the office clock
	wall time.Time // real time
}

func (o *office) options() Options {
	return Options{
		Path: o.path, Now: func() time.Time { return o.now }, RealNow: func() time.Time { return o.wall }, Log: zerolog.Nop(),
		Rules: record.Rules{People: everybody, Model: seatModel(), Policy: record.Policy{
			Zone:             berlin,
			CadenceBySegment: map[string]int{"enterprise": 7},
			Sources:          []record.Source{{Name: "crm", Period: 7}, {Name: "usage", Period: 1}},
		}},
	}
}

// empty is a fresh database in a real file.
func empty(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, path: filepath.Join(t.TempDir(), "health.db"), now: monday, wall: monday}
	o.open()
	t.Cleanup(func() { o.check(o.Close()) })
	return o
}

func (o *office) open() {
	o.t.Helper()
	db, err := Open(o.t.Context(), o.options())
	o.check(err)
	o.DB = db
}

// opened is a database with three accounts: Acme fine and Ana's, Beta at risk and
// Ben's, Core with an owner whom nobody knows.
func opened(t *testing.T) *office {
	t.Helper()
	o := empty(t)
	o.load(record.Batch{File: "accounts.csv", Digest: "d-accounts", Source: "crm", Accounts: []record.AccountRow{
		account("acme", "Acme", "UANA"), account("beta", "Beta", "UBEN"), account("core", "Core", "core@example.com"),
	}})
	o.load(readings("usage.csv", reading("acme", .9, monday), reading("beta", .5, monday), reading("core", .9, monday)))
	return o
}

func account(id, name, owner string) record.AccountRow {
	return record.AccountRow{ID: id, Where: record.Where{File: "accounts.csv", Line: 2}, Values: map[record.Attribute]string{
		record.AttrName: name, record.AttrSegment: "enterprise", record.AttrOwner: owner, record.AttrManager: "UMIA", record.AttrSeats: "100",
		record.AttrARR: "1200.50", record.AttrCurrency: "EUR", record.AttrStarted: "2024-01-01", record.AttrRenewal: "2027-06-30"}}
}

func readings(name string, rows ...record.ReadingRow) record.Batch {
	b := record.Batch{File: name, Digest: "d-" + name, Source: "usage", Readings: rows}
	for i := range b.Readings {
		b.Readings[i].Where = record.Where{File: name, Line: i + 2}
	}
	return b
}

func reading(account string, value float64, at time.Time) record.ReadingRow {
	return record.ReadingRow{Account: account, Measure: seats, Value: value, ObservedAt: at}
}

func (o *office) load(b record.Batch) record.Summary {
	o.t.Helper()
	s, err := o.Import(o.t.Context(), file, b, record.ImportOptions{})
	o.check(err)
	return s
}

func (o *office) check(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// wants checks an error's kind and that its sentence tells the facts.
func wants(t *testing.T, err error, kind record.Kind, facts ...string) {
	t.Helper()
	if record.KindOf(err) != kind {
		t.Fatalf("error of kind %q (%v), want %q", record.KindOf(err), err, kind)
	}
	for _, f := range facts {
		if !strings.Contains(record.Say(err), f) {
			t.Errorf("“%s” doesn't say “%s”", record.Say(err), f)
		}
	}
}

// begin claims and scores a run over accounts; open shows it.
func (o *office) begin(slot string, accounts ...string) record.Run {
	o.t.Helper()
	ctx := o.t.Context()
	run, fresh, err := o.BeginRun(ctx, record.Run{Job: "enterprise", Slot: slot, Segment: "enterprise", Channel: "C1", DueAt: o.now, Version: "v1"})
	o.check(err)
	if !fresh {
		o.t.Fatalf("run of %s isn't fresh", slot)
	}
	inputs, err := o.Inputs(ctx, accounts, o.now)
	o.check(err)
	var snaps []record.Snapshot
	for _, in := range inputs {
		snaps = append(snaps, record.Snapshot{Account: in.Account.ID, At: o.now, Result: scoring.Evaluate(seatModel(), in)})
	}
	o.check(o.SaveSnapshots(ctx, run.ID, snaps))
	return run
}

func (o *office) run(slot string, accounts ...string) record.Run {
	o.t.Helper()
	run, err := o.OpenRun(o.t.Context(), o.begin(slot, accounts...).ID, nil)
	o.check(err)
	return run
}

// reviewOf is the review of an account, wherever it stands.
func (o *office) reviewOf(account string) record.Review {
	o.t.Helper()
	c, err := o.Case(o.t.Context(), account, "")
	o.check(err)
	if c.Review == nil {
		o.t.Fatalf("no review of %s", account)
	}
	return *c.Review
}

// post sends whatever is pending to a Slack that takes everything.
func (o *office) post() []record.Delivery {
	o.t.Helper()
	var out []record.Delivery
	for {
		d, ok, err := o.NextDelivery(o.t.Context())
		o.check(err)
		if !ok {
			return out
		}
		o.check(o.DeliverySent(o.t.Context(), d.ID, record.Receipt{Channel: d.To, TS: fmt.Sprintf("%d.0", len(out)+1)}))
		out = append(out, d)
	}
}

// edits brings every posted message up to date and says which were stale.
func (o *office) edits() map[string]bool {
	o.t.Helper()
	out := map[string]bool{}
	for {
		d, ok, err := o.NextEdit(o.t.Context())
		o.check(err)
		if !ok {
			return out
		}
		out[d.Key] = true
		o.check(o.Edited(o.t.Context(), d.ID, d.Wanted))
	}
}

// events counts by kind what happened since a sequence number.
func (o *office) events(after int64) (kinds []record.EventKind, last int64) {
	o.t.Helper()
	all, err := o.Events(o.t.Context(), after, 10000)
	o.check(err)
	last = after
	for _, e := range all {
		kinds, last = append(kinds, e.Kind), e.Seq
	}
	return kinds, last
}

// holds checks that the chain is whole.
func (o *office) holds() {
	o.t.Helper()
	v, err := o.Verify(o.t.Context())
	o.check(err)
	if v.Broken != nil {
		o.t.Errorf("the chain is broken at %d: %s", v.Broken.Seq, v.Broken.What)
	}
}

// raw reaches into the file past storage, as somebody with a shell would.
func (o *office) raw(query string, args ...any) error {
	o.t.Helper()
	db, err := sql.Open("sqlite", "file:"+o.path+"?_pragma=busy_timeout(5000)")
	o.check(err)
	_, execErr := db.ExecContext(o.t.Context(), query, args...)
	o.check(db.Close())
	return execErr
}

func (o *office) count(query string, args ...any) (n int) {
	o.t.Helper()
	err := o.read(o.t.Context(), func(r *reader) (err error) {
		n, err = value[int](r, query, args...)
		return err
	})
	o.check(err)
	return n
}

func stable(review string) record.Classify {
	return record.Classify{Review: review, Outcome: scoring.Stable, Next: record.DateOf(monday).Add(7)}
}

func atRisk(review, owner string) record.Classify {
	return record.Classify{Review: review, Outcome: scoring.AtRisk, Sentence: "Log-ins halved", Owner: owner, Goal: "above 60 in 30 days",
		Task: &record.NewTask{Kind: record.Outreach, Title: "Call Kim", Owner: owner, Due: record.DateOf(monday).Add(3), Expected: "a date for training"}}
}

func escalation(review, recipient string) record.Classify {
	return record.Classify{Review: review, Outcome: scoring.Escalation, Sentence: "The sponsor left", Escalate: &record.NewEscalation{
		Recipient: recipient, Trigger: "two red signals", Reason: "The sponsor left", Plan: "Meet the new one", Ask: "Call their CFO", RespondBy: monday.Add(4 * time.Hour)}}
}
