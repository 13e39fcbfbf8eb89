package storage

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"healthbot/storage/record"
)

var nextMonday = record.Date{Year: 2026, Month: 11, Day: 30}

// bringUp does what the scheduler does between slots, and says who came up in
// which run: "acme in spot:enterprise".
func (o *office) bringUp() (out []string) {
	o.t.Helper()
	early, err := o.Early(o.t.Context(), "enterprise", o.now, nextMonday)
	o.check(err)
	for range 2 { // a repeat changes nothing
		_, err = o.JoinRun(o.t.Context(), record.Run{Job: "enterprise", Slot: o.now.Format("2006-01-02T15:04"), Segment: "enterprise", Channel: "C1", DueAt: o.now, Version: "v1"}, early)
		o.check(err)
	}
	for _, s := range early {
		c, err := o.Case(o.t.Context(), s.Account, "")
		o.check(err)
		if c.Snapshot.Early == nil || c.Review.Standing != record.NeedsPerson {
			o.t.Errorf("%s stands as %q, early for %v", s.Account, c.Review.Standing, c.Snapshot.Early)
		}
		out = append(out, fmt.Sprintf("%s in %s", s.Account, c.Run.Job))
	}
	return out
}

func (o *office) at(days, hours int) {
	o.now = monday.AddDate(0, 0, days).Add(time.Duration(hours) * time.Hour)
}

// What moved since its decision comes up once: in the run that is open, unless it
// was decided there already; then in a spot run, which is one for all, and closes
// when the next slot comes.
func TestEarly(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	decide := func(account string) {
		t.Helper()
		rv, err := o.OpenReview(ctx, ana, account)
		o.check(err)
		_, err = o.Decide(ctx, ana, stable(rv.ID))
		o.check(err)
	}
	up := func(want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, o.bringUp()); diff != "" {
			t.Error(diff)
		}
	}
	o.load(record.Batch{File: "owners.csv", Digest: "d-owners", Source: "crm", Accounts: []record.AccountRow{account("beta", "Beta", "UANA"), account("core", "Core", "UANA")}})
	decide("acme") // outside of any run
	o.run("2026-11-23T09:00", "beta", "core")
	up() // nothing moved
	decide("beta")

	o.at(1, 1)
	o.load(readings("tuesday.csv", reading("acme", .5, o.now), reading("beta", .3, o.now), reading("core", .3, o.now)))
	up("beta in spot:enterprise", "acme in enterprise")
	o.holds()
	var posted []string
	for _, d := range o.post() {
		posted = append(posted, fmt.Sprintf("%s to %s", d.Kind, d.To))
	}
	slices.Sort(posted)
	// Beta has a card in both; core has none, being within tolerance when the run opened.
	if diff := cmp.Diff([]string{"card to C1", "card to C1", "card to C1", "digest to C1", "digest to C1", "owner_line to UANA", "owner_line to UANA"}, posted); diff != "" {
		t.Error(diff)
	}
	up()

	// The spot run is there for the next one, too; a third move of beta's isn't news
	// while its review is open.
	o.at(2, 1)
	decide("acme")
	o.load(readings("wednesday.csv", reading("acme", .2, o.now), reading("beta", .1, o.now)))
	up("acme in spot:enterprise")
	if n := o.count("SELECT count(*) FROM run WHERE job = 'spot:enterprise'"); n != 1 {
		t.Errorf("%d spot runs, want one", n)
	}
	// Decided there as well, it needs another.
	o.at(2, 3)
	decide("acme")
	o.load(readings("evening.csv", reading("acme", .9, o.now)))
	up("acme in spot:enterprise")
	if n := o.count("SELECT count(*) FROM run WHERE job = 'spot:enterprise'"); n != 2 {
		t.Errorf("%d spot runs, want two", n)
	}

	o.at(7, 0)
	o.run("2026-11-30T09:00", "acme", "beta", "core")
	if n := o.count("SELECT count(*) FROM run WHERE state = 'open'"); n != 1 {
		t.Errorf("%d runs are open after the next slot", n)
	}
	for _, a := range []string{"acme", "beta", "core"} {
		c, err := o.Case(ctx, a, "")
		o.check(err)
		if c.Run.Spot() || c.Review.State != record.ReviewOpen {
			t.Errorf("%s is %s in %s", a, c.Review.State, c.Run.Job)
		}
	}
	o.holds()
}

// A run takes along what moved, though it isn't due, and says why.
func TestRunTakesEarlyOnesAlong(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	o.run("2026-11-23T09:00", "acme")
	_, err := o.Decide(ctx, ana, stable(o.reviewOf("acme").ID))
	o.check(err)
	o.at(3, 0)
	o.load(readings("thursday.csv", reading("acme", .3, o.now)))
	early, err := o.Early(ctx, "enterprise", o.now, nextMonday)
	o.check(err)
	run, _, err := o.BeginRun(ctx, record.Run{Job: "enterprise", Slot: "2026-11-26T09:00", Segment: "enterprise", Channel: "C1", DueAt: o.now, Version: "v1"})
	o.check(err)
	o.check(o.SaveSnapshots(ctx, run.ID, early))
	_, err = o.OpenRun(ctx, run.ID, nil)
	o.check(err)
	c, err := o.Case(ctx, "acme", "")
	o.check(err)
	want := &record.Early{Why: "healthy → critical since 2026-11-23", Worse: true}
	if diff := cmp.Diff(want, c.Snapshot.Early); diff != "" {
		t.Error(diff)
	}
	if other, err := o.Early(ctx, "smb", o.now, nextMonday); err != nil || other != nil {
		t.Errorf("another segment: %v, %v", other, err)
	}
}

func TestLastLoad(t *testing.T) {
	o := opened(t)
	before, err := o.LastLoad(t.Context())
	o.check(err)
	o.load(readings("more.csv", reading("acme", .4, monday.Add(-time.Hour))))
	after, err := o.LastLoad(t.Context())
	o.check(err)
	if after <= before || before == 0 {
		t.Errorf("%d, then %d after an import", before, after)
	}
}
