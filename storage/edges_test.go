package storage

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// Every kind of fact comes back as it went in.
func TestFactsOfEveryKind(t *testing.T) {
	o := opened(t)
	at := monday.AddDate(0, 0, -3)
	want := scoring.Facts{
		Milestones: []scoring.Milestone{{ID: "m1", Name: "Go live", Due: at, Done: at, Link: "https://plan/m1"}},
		Tickets:    []scoring.Ticket{{ID: "t1", Title: "Down", Severity: 1, Opened: at, Breached: at, Escalated: true}},
		Invoices:   []scoring.Invoice{{ID: "i1", Due: at, Paid: at}},
		Contacts:   []scoring.Contact{{ID: "c1", Name: "Kim", Role: "champion", Left: at}},
		Touches:    []scoring.Touch{{ID: "x1", Contact: "c1", At: at, Inbound: true}},
	}
	s := o.load(record.Batch{File: "f.csv", Source: "crm", Kinds: scoring.FactKinds, Facts: []record.FactRow{
		{Account: "acme", Kind: scoring.KindMilestone, ExternalID: "m1", Milestone: &want.Milestones[0]},
		{Account: "acme", Kind: scoring.KindTicket, ExternalID: "t1", Ticket: &want.Tickets[0]},
		{Account: "acme", Kind: scoring.KindInvoice, ExternalID: "i1", Invoice: &want.Invoices[0]},
		{Account: "acme", Kind: scoring.KindContact, ExternalID: "c1", Contact: &want.Contacts[0]},
		{Account: "acme", Kind: scoring.KindTouch, ExternalID: "x1", Touch: &want.Touches[0]},
	}})
	wantTally(t, s, "5 loaded, 0 unchanged, 0 corrected, 0 refused")
	in, err := o.Inputs(t.Context(), []string{"acme"}, o.now)
	o.check(err)
	if diff := cmp.Diff(want, in[0].Facts, cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })); diff != "" {
		t.Error(diff)
	}
	if len(in[0].Synced) != len(scoring.FactKinds) {
		t.Errorf("synced: %v", in[0].Synced)
	}
}

// A file that changes an account under review brings its messages up to date.
func TestAnImportTouchesWhatShowsTheAccount(t *testing.T) {
	o := opened(t)
	run := o.run("2026-11-23T09:00", "acme", "beta")
	o.post()
	o.now = o.now.Add(time.Hour)
	o.load(record.Batch{File: "b.csv", Source: "crm", Accounts: []record.AccountRow{account("beta", "Beta Ltd", "UBEN")}})
	stale := o.edits()
	for _, key := range []string{
		record.DeliveryKey(record.Card, o.reviewOf("beta").ID, "C1"), record.DeliveryKey(record.Digest, run.ID, "C1"), record.DeliveryKey(record.OwnerLine, run.ID, "UBEN"),
	} {
		if !stale[key] {
			t.Errorf("%s shows the old name: %v", key, stale)
		}
	}
	o.load(record.Batch{File: "a.csv", Source: "crm", Accounts: []record.AccountRow{account("acme", "Acme", "UANA")}})
	if stale := o.edits(); len(stale) != 0 {
		t.Errorf("nothing changed, and %v are edited", stale)
	}
}

func TestOpenRunsAndLastChange(t *testing.T) {
	o := opened(t)
	first := o.run("2026-11-23T09:00", "acme")
	o.now = monday.Add(time.Hour)
	second := o.run("2026-11-23T10:00", "beta")
	o.begin("2026-11-23T11:00", "core")
	runs, err := o.OpenRuns(t.Context())
	o.check(err)
	if len(runs) != 1 || runs[0].ID != second.ID { // the first closed when the second opened
		t.Errorf("open runs: %+v, after %s", runs, first.ID)
	}
	at, err := o.LastChange(t.Context())
	o.check(err)
	if !at.Equal(o.now) {
		t.Errorf("last change %s, want %s", at, o.now)
	}
}

// What a person can do something about has a sentence; the codes come from
// SQLite itself.
func TestFaults(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	_, err := o.readers.ExecContext(ctx, "DELETE FROM draft")
	wants(t, fault(err), record.Broken, "can't be opened for writing")

	hasty, err := sql.Open("sqlite", "file:"+o.path+"?_pragma=busy_timeout(0)")
	o.check(err)
	defer hasty.Close()
	busy, err := o.writer.BeginTx(ctx, nil)
	o.check(err)
	_, err = hasty.ExecContext(ctx, "DELETE FROM draft")
	o.check(busy.Rollback())
	wants(t, fault(err), record.Busy, "Another process is writing", "try again")

	// A rule broken by a mistake of ours is no person's business.
	err = o.write(ctx, people, func(tx *tx) error { return tx.do("UPDATE account_row SET id = '' WHERE id = 'acme'") })
	if record.KindOf(err) != "" || !strings.Contains(err.Error(), "account_id_named") {
		t.Errorf("got %v", err)
	}
}

// The newest score counts, also when two are of the same moment.
func TestLatestSnapshot(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	rv, err := o.OpenReview(ctx, ben, "beta")
	o.check(err)
	_, err = o.Decide(ctx, ben, atRisk(rv.ID, "UBEN"))
	o.check(err)
	o.load(readings("again.csv", reading("beta", .7, monday)))
	rv, err = o.OpenReview(ctx, ben, "beta")
	o.check(err)
	c := stable(rv.ID)
	_, err = o.Decide(ctx, ben, c)
	o.check(err)
	got, err := o.Case(ctx, "beta", "")
	o.check(err)
	if got.Review != nil || got.Snapshot.ID != rv.Snapshot || got.Snapshot.Result.Score != 750 {
		t.Errorf("case without a review: %+v", got.Snapshot.Result.Score)
	}
}
