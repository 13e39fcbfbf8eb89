package storage

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"healthbot/storage/record"
)

// An owner set in Slack counts whenever it is set: before the accounts of an import
// are staged, while they wait, between the flip and the last row's usual form, and
// after it. What the import says of everything else counts from the flip on.
func TestAnOwnerSetWhileAccountsAreStaged(t *testing.T) {
	for when := range 5 {
		o := opened(t)
		ctx := t.Context()
		b := record.Batch{File: "a.csv", Source: "crm", Accounts: []record.AccountRow{account("dune", "Dune", "UANA"), account("acme", "Acme Ltd", "UBEN")}}
		p := o.newPlan(record.ImportOptions{})
		o.check(p.gather(ctx, b.Parts()))
		release, err := o.holdImport(ctx, "token", "a test")
		o.check(err)
		o.check(o.read(ctx, func(r *reader) error { return r.decide(p) }))
		l := &loader{DB: o.DB, cargo: p.cargo("token", file), progress: func(record.Progress) {}, goOn: func(*tx) error { return nil }}
		_, err = l.begin(ctx)
		o.check(err)
		assign := func(at int) {
			if at != when {
				return
			}
			o.now = o.now.Add(time.Minute)
			_, err := o.AssignOwner(ctx, mia, record.AssignOwner{Account: "acme", Owner: "UMIA"})
			o.check(err)
		}
		wantsAcme := func(name, owner string) {
			t.Helper()
			all, err := o.Accounts(ctx)
			o.check(err)
			a, err := o.Account(ctx, "acme")
			o.check(err)
			if len(all) != 3 && a.Name == "Acme" || len(all) != 4 && a.Name == "Acme Ltd" || a.Name != name || a.Owner != owner {
				t.Errorf("set at %d: %d accounts; acme is %s of %s, want %s of %s", when, len(all), a.Name, a.Owner, name, owner)
			}
			then, err := o.Inputs(ctx, []string{"acme", "dune"}, o.now)
			o.check(err)
			if len(then) != len(all)-2 {
				t.Errorf("set at %d: %d accounts to score of %d", when, len(then), len(all))
			}
		}
		before, after := "UANA", "UBEN"
		assign(0)
		if when == 0 {
			before, after = "UMIA", "UMIA"
		}
		n, err := l.stageRows(ctx)
		o.check(err)
		l.passed += n
		wantsAcme("Acme", before)
		assign(1)
		n, err = l.stageAccounts(ctx)
		o.check(err)
		l.passed += n
		assign(2)
		if when == 1 || when == 2 {
			before, after = "UMIA", "UMIA"
		}
		wantsAcme("Acme", before)
		o.check(l.flip(ctx))
		wantsAcme("Acme Ltd", after)
		assign(3)
		if when == 3 {
			after = "UMIA"
		}
		wantsAcme("Acme Ltd", after)
		view, err := o.Accounts(ctx)
		o.check(err)
		o.check(l.fold(ctx, l.guard))
		folded, err := o.Accounts(ctx)
		o.check(err)
		if d := cmp.Diff(view, folded); d != "" {
			t.Errorf("set at %d: folding shows:\n%s", when, d)
		}
		assign(4)
		if when == 4 {
			after = "UMIA"
		}
		wantsAcme("Acme Ltd", after)
		o.check(release())
		o.check(p.close())
		if got := o.left(); len(got) > 0 {
			t.Errorf("left %v", got)
		}
		// Rebuilt from the history alone, every account is what its row says.
		o.check(o.write(ctx, people, func(tx *tx) error {
			now, err := tx.accountsAsOf([]string{"acme", "beta", "core", "dune"}, everything)
			for _, a := range folded {
				if d := cmp.Diff(now[a.ID], a); d != "" && when != 4 {
					t.Errorf("set at %d: history (-) and row (+):\n%s", when, d)
				}
			}
			return err
		}))
		o.holds()
	}
}

// The messages that show accounts which an import changes are edited, with few
// statements however many there are.
func TestAnImportTouchesWhatShowsItsAccounts(t *testing.T) {
	o := opened(t)
	run := o.run("2026-11-23T09:00", "acme", "beta")
	o.post()
	if got := o.edits(); len(got) > 0 {
		t.Fatalf("stale from the start: %v", got)
	}
	o.now = o.now.Add(time.Hour)
	o.load(record.Batch{File: "a.csv", Source: "crm", Accounts: []record.AccountRow{account("beta", "Beta Ltd", "UBEN")}})
	want := map[string]bool{record.DeliveryKey(record.Digest, run.ID, "C1"): true, record.DeliveryKey(record.OwnerLine, run.ID, "UBEN"): true,
		record.DeliveryKey(record.Card, o.reviewOf("beta").ID, "C1"): true}
	if d := cmp.Diff(want, o.edits()); d != "" {
		t.Errorf("edited:\n%s", d)
	}
	o.now = o.now.Add(time.Hour)
	o.load(record.Batch{File: "a2.csv", Source: "crm", Accounts: []record.AccountRow{account("beta", "Beta Ltd", "UBEN")}})
	if got := o.edits(); len(got) > 0 {
		t.Errorf("nothing changed, and edited are %v", got)
	}
}
