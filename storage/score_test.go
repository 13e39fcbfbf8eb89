package storage

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// parts are a change's printed parts, "movement active seats -25.0".
func parts(c *scoring.Change) (out []string) {
	if c == nil {
		return nil
	}
	for _, p := range c.Parts {
		out = append(out, string(p.Kind)+" "+p.Name+" "+p.Points.String())
	}
	return out
}

// explained checks that a snapshot's parts lead from the previous score to its own.
func explained(t *testing.T, s record.Snapshot) {
	t.Helper()
	if s.Change == nil {
		return
	}
	var sum scoring.Tenths
	for _, p := range s.Change.Parts {
		sum += p.Points
	}
	if s.Change.From != s.Previous.Score || s.Change.To != s.Result.Score || sum != s.Change.Delta() {
		t.Errorf("%s: %s → %s explained as %s → %s, parts sum to %s", s.Account, s.Previous.Score, s.Result.Score, s.Change.From, s.Change.To, sum)
	}
}

// A run's snapshot is explained against the one before, which people saw.
func TestChangeSinceTheLastSnapshot(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	o.run("2026-11-23T09:00", "acme", "beta", "core")
	c, err := o.Case(ctx, "acme", "")
	o.check(err)
	if c.Snapshot.Previous != nil || c.Snapshot.Change != nil {
		t.Errorf("the first one is compared with %+v", c.Snapshot.Previous)
	}
	_, err = o.Decide(ctx, ana, stable(c.Review.ID))
	o.check(err)
	o.now = monday.AddDate(0, 0, 7)
	o.load(readings("later.csv", reading("acme", .7, o.now)))
	o.run("2026-11-30T09:00", "acme", "core")
	c, err = o.Case(ctx, "acme", "")
	o.check(err)
	if diff := cmp.Diff([]string{"movement active seats -25.0"}, parts(c.Snapshot.Change)); diff != "" {
		t.Error(diff)
	}
	explained(t, c.Snapshot)

	// Verifying takes the snapshot's place, and is compared with what that was.
	value := .5
	c, err = o.VerifyInputs(ctx, ana, record.Verify{Review: c.Review.ID, Inputs: []record.Input{{Measure: seats, Treatment: record.Corrected, Value: &value, Note: "the export was wrong"}}})
	o.check(err)
	if diff := cmp.Diff([]string{"movement active seats -50.0"}, parts(c.Snapshot.Change)); diff != "" || !c.Snapshot.Previous.AsOf.Equal(monday) {
		t.Errorf("compared with %+v: %s", c.Snapshot.Previous, diff)
	}
	explained(t, c.Snapshot)
}

// Imported history has no snapshots: the weekly score of four weeks before stands
// in. Score stores nothing and says the same.
func TestChangeOfImportedHistory(t *testing.T) {
	o := history(t, received("acme", .9, midnight(-5)), received("acme", .9, midnight(-1)), received("acme", .5, monday.Add(-time.Hour)), received("beta", .9, monday.Add(-time.Hour)))
	s, err := o.Score(t.Context(), []string{"acme", "beta", "nobody"}, monday)
	o.check(err)
	if len(s) != 2 || s[0].Previous == nil || !s[0].Previous.AsOf.Equal(midnight(-4)) || s[0].Previous.Score != 1000 {
		t.Fatalf("compared with %+v", s[0].Previous)
	}
	if diff := cmp.Diff([]string{"movement active seats -50.0"}, parts(s[0].Change)); diff != "" {
		t.Error(diff)
	}
	explained(t, s[0])
	if s[1].Previous != nil || s[1].Change != nil {
		t.Errorf("Beta was unscored four weeks ago, and is compared with %+v", s[1].Previous)
	}
	rv, err := o.OpenReview(t.Context(), ana, "acme")
	o.check(err)
	c, err := o.ReviewCase(t.Context(), rv.ID, "")
	o.check(err)
	s[0].ID = c.Snapshot.ID
	for i := range s[0].Change.Parts {
		s[0].Change.Parts[i].Exact = 0 // isn't stored
	}
	if diff := cmp.Diff(s[0], c.Snapshot, cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
}

// Nothing is explained across an unscored end.
func TestNoChangeAcrossUnscored(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	o.run("2026-11-23T09:00", "acme")
	o.now = monday.AddDate(0, 0, 40) // the reading has expired
	s, err := o.Score(ctx, []string{"acme"}, o.now)
	o.check(err)
	if !s[0].Result.Unscored || s[0].Change != nil || s[0].Previous == nil {
		t.Errorf("%+v", s[0])
	}
	d := stable(o.reviewOf("acme").ID)
	d.Next = record.DateOf(o.now).Add(7)
	_, err = o.Decide(ctx, ana, d)
	o.check(err)
	o.run("2027-01-02T09:00", "acme")
	o.now = o.now.AddDate(0, 0, 1)
	o.load(readings("back.csv", reading("acme", .7, o.now)))
	s, err = o.Score(ctx, []string{"acme"}, o.now)
	o.check(err)
	if s[0].Result.Unscored || s[0].Change != nil || !s[0].Previous.Unscored {
		t.Errorf("after an unscored snapshot: %+v", s[0])
	}
}

// The sum leads from the stored score, whatever has changed beneath it since.
func TestChangeSinceAScoreThatIsNoLongerComputed(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	o.run("2026-11-23T09:00", "acme")
	o.now = monday.AddDate(0, 0, 7)
	o.load(readings("later.csv", reading("acme", .7, o.now)))

	// History arrives late, as received before the snapshot: it would have been 87.5.
	o.load(readings("history.csv", received("acme", .8, monday.Add(-time.Minute)), received("acme", .8, monday)))
	s, err := o.Score(ctx, []string{"acme"}, o.now)
	o.check(err)
	if diff := cmp.Diff([]string{"movement active seats -12.5", "record evidence corrected since -12.5"}, parts(s[0].Change)); diff != "" {
		t.Error(diff)
	}
	explained(t, s[0])

	// Another version of the model judges the same readings lower.
	o.reopenWithAnotherVersion()
	s, err = o.Score(ctx, []string{"acme"}, o.now)
	o.check(err)
	if diff := cmp.Diff([]string{"movement active seats -12.5", "model built-in v2 -12.5", "record evidence corrected since -12.5"}, parts(s[0].Change)); diff != "" {
		t.Error(diff)
	}
	explained(t, s[0])

	// Where the earlier version isn't on record, today's judges both ends, and the
	// rest of the difference is the model's.
	o.check(o.raw(`DROP TRIGGER model_version_never_deleted`))
	o.check(o.raw(`DROP TRIGGER model_approval_never_deleted`))
	o.check(o.raw(`DELETE FROM model_version WHERE version = 1`))
	s, err = o.Score(ctx, []string{"acme"}, o.now)
	o.check(err)
	if diff := cmp.Diff([]string{"model built-in v2 -25.0", "movement active seats -12.5"}, parts(s[0].Change)); diff != "" {
		t.Error(diff)
	}
	explained(t, s[0])
}

// A week that another version scored is judged by that version, too.
func TestChangeOfImportedHistoryAcrossVersions(t *testing.T) {
	o := history(t, received("acme", .7, midnight(-5)), received("acme", .7, midnight(-1)))
	o.week(midnight(-4), "acme")
	ctx := t.Context()
	o.reopenWithAnotherVersion()
	s, err := o.Score(ctx, []string{"acme"}, monday)
	o.check(err)
	if diff := cmp.Diff([]string{"model built-in v2 -12.5"}, parts(s[0].Change)); diff != "" || s[0].Previous.Version != "built-in v1" {
		t.Errorf("since %+v: %s", s[0].Previous, diff)
	}
	explained(t, s[0])
}

// reopenWithAnotherVersion judges the same readings lower from now on.
func (o *office) reopenWithAnotherVersion() {
	o.t.Helper()
	o.check(o.Close())
	opts := o.options()
	opts.Rules.Model.Version = 2
	opts.Rules.Model.Measures = append([]scoring.Measure(nil), opts.Rules.Model.Measures...)
	opts.Rules.Model.Measures[0].Anchors = []scoring.AnchorSet{{At: [5]float64{.2, .4, .6, .8, 1}}}
	db, err := Open(o.t.Context(), opts)
	o.check(err)
	o.DB = db
}

// Priority knows the renewal in days of the office, the open urgent tickets, and
// who is in the top fifth of a segment.
func TestPriorityOfSnapshots(t *testing.T) {
	o := empty(t)
	b := record.Batch{File: "a.csv", Digest: "d", Source: "crm"}
	var ids []string
	for i, id := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"} {
		row := account(id, id, "UANA")
		row.Values[record.AttrARR] = []string{"9000", "8000", "8000", "1", "1", "1", "1", "1", "", "1"}[i]
		row.Values[record.AttrRenewal] = []string{"2026-12-23", "2026-12-24", "", "2026-11-01", "2026-12-23", "", "", "", "", ""}[i]
		b.Accounts, ids = append(b.Accounts, row), append(ids, id)
	}
	other := account("z", "z", "UANA")
	other.Values[record.AttrSegment] = "smb"
	b.Accounts = append(b.Accounts, other)
	o.load(b)
	var rows []record.ReadingRow
	for _, id := range append(ids, "z") {
		rows = append(rows, reading(id, .5, monday)) // 50: at risk
	}
	o.load(readings("r.csv", rows...))
	at := monday.AddDate(0, 0, -3)
	o.load(record.Batch{File: "t.csv", Digest: "t", Source: "desk", Kinds: []scoring.FactKind{scoring.KindTicket}, Facts: []record.FactRow{
		{Account: "e", Kind: scoring.KindTicket, ExternalID: "1", Ticket: &scoring.Ticket{ID: "1", Severity: 1, Opened: at}},
		{Account: "e", Kind: scoring.KindTicket, ExternalID: "2", Ticket: &scoring.Ticket{ID: "2", Severity: 2, Opened: at}},
	}})
	s, err := o.Score(t.Context(), append(ids, "z"), monday)
	o.check(err)
	got := map[string]scoring.Priority{}
	for _, x := range s {
		got[x.Account] = x.Priority
	}
	for id, want := range map[string]struct {
		level  scoring.Level
		top    bool
		issues float64
	}{
		"a": {scoring.P1, true, 1}, // 30 days ahead, and the largest
		"b": {scoring.P2, true, 1}, // 31 days ahead
		"c": {scoring.P3, false, 1},
		"d": {scoring.P2, false, 1}, // overdue
		"e": {scoring.P2, false, 1.2},
		"i": {scoring.P3, false, 1},
		"z": {scoring.P3, false, 1}, // alone in its segment
	} {
		if p := got[id]; p.Level != want.level || p.Top != want.top || p.Issues != want.issues {
			t.Errorf("%s: %+v, want %+v", id, p, want)
		}
	}
	if p := got["a"]; p.Loss != .18*9000 || p.Weight != p.Loss || !p.Assumed || p.NoDate {
		t.Errorf("a: %+v", p)
	}
	if p := got["c"]; !p.NoDate || p.Urgency != .75 {
		t.Errorf("c has no renewal date: %+v", p)
	}
	o.run("2026-11-23T09:00", ids...)
	queue, err := o.Queue(t.Context(), record.QueueFilter{})
	o.check(err)
	var order string
	for _, q := range queue {
		order += q.Account.ID
		if q.Priority != got[q.Account.ID] {
			t.Errorf("the list says %+v of %s, want %+v", q.Priority, q.Account.ID, got[q.Account.ID])
		}
	}
	if order != "abedcfghji" {
		t.Errorf("queue %s", order)
	}
}

// Amounts compare in one currency: by the configured rates, and what has none is
// set apart instead of being taken for another.
func TestPriorityInOneCurrency(t *testing.T) {
	o := empty(t)
	b := record.Batch{File: "a.csv", Digest: "d", Source: "crm"}
	var ids []string
	var rows []record.ReadingRow
	for _, x := range []struct{ id, arr, currency string }{{"eur", "9000", "EUR"}, {"usd", "9500", "USD"}, {"jpy", "1200000", "JPY"}, {"chf", "900000", "CHF"}, {"none", "", "EUR"}} {
		row := account(x.id, x.id, "UANA")
		row.Values[record.AttrARR], row.Values[record.AttrCurrency] = x.arr, x.currency
		b.Accounts, ids, rows = append(b.Accounts, row), append(ids, x.id), append(rows, reading(x.id, .5, monday))
	}
	o.load(b)
	o.load(readings("r.csv", rows...))
	priorities := func() map[string]scoring.Priority {
		s, err := o.Score(t.Context(), ids, monday)
		o.check(err)
		out := map[string]scoring.Priority{}
		for _, x := range s {
			out[x.Account] = x.Priority
		}
		return out
	}
	type seen struct {
		loss     float64
		currency string
		top, no  bool
	}
	check := func(want map[string]seen) {
		t.Helper()
		for id, p := range priorities() {
			if got := (seen{p.Loss, p.Currency, p.Top, p.NoRate}); got != want[id] {
				t.Errorf("%s: %+v, want %+v", id, got, want[id])
			}
		}
	}
	// Nothing is configured: the currency of the most amounts, ties by name.
	check(map[string]seen{"eur": {0, "CHF", false, true}, "usd": {0, "CHF", false, true}, "jpy": {0, "CHF", false, true}, "chf": {.18 * 900000, "CHF", true, false}, "none": {0, "CHF", false, false}})

	o.check(o.Close())
	opts := o.options()
	opts.Rules.Policy.Currencies = record.Currencies{Base: "EUR", Rates: map[string]float64{"USD": .92, "JPY": .006}}
	db, err := Open(t.Context(), opts)
	o.check(err)
	o.DB = db
	check(map[string]seen{"eur": {.18 * 9000, "EUR", true, false}, "usd": {.18 * 8740, "EUR", false, false}, "jpy": {.18 * 7200, "EUR", false, false},
		"chf": {0, "EUR", false, true}, "none": {0, "EUR", false, false}})
}
