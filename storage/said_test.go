package storage

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"healthbot/scoring"
	"healthbot/storage/record"
)

func tenths(n int) *scoring.Tenths { t := scoring.Tenths(n); return &t }

func override(account string, points, days int) record.SetOverride {
	return record.SetOverride{Account: account, Points: tenths(points), Reason: "Seats are counted twice", Evidence: "https://desk.example.com/4711", Until: record.DateOf(monday).Add(days)}
}

func leaving(account string) record.ReportCancellation {
	return record.ReportCancellation{Account: account, Who: "Kim Lee", Heard: record.DateOf(monday), Evidence: "“We won't renew in June.”"}
}

// scored is the score of an account at a moment, as Inputs gives it then.
func (o *office) scored(account string, at time.Time) scoring.Result {
	o.t.Helper()
	s, err := o.Score(o.t.Context(), []string{account}, at)
	o.check(err)
	explained(o.t, s[0])
	return s[0].Result
}

// An override moves the score of the open review at once, with a part of its own;
// another takes its place; it ends by itself, and each moment of the past still
// scores as it did.
func TestOverride(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	o.run("2026-11-23T09:00", "acme", "beta", "core")
	_, err := o.Decide(ctx, ben, stable(o.reviewOf("beta").ID))
	o.check(err)
	o.now = monday.AddDate(0, 0, 7)
	o.load(readings("later.csv", reading("beta", .5, o.now)))
	o.run("2026-11-30T09:00", "beta")
	o.post()

	o.now = o.now.Add(time.Hour)
	by := ben
	by.Request = "press 1"
	c, err := o.SetOverride(ctx, by, override("beta", 85, 30))
	o.check(err)
	if r := c.Snapshot.Result; r.Score != 585 || r.WithoutCaps() != 585 || r.Override == nil || r.Override.Points != 8.5 {
		t.Errorf("score %s with override %+v", r.Score, r.Override)
	}
	if diff := cmp.Diff([]string{"override override 8.5"}, parts(c.Snapshot.Change)); diff != "" {
		t.Error(diff)
	}
	explained(t, c.Snapshot)
	end := time.Date(2026, 12, 23, 0, 0, 0, 0, berlin)
	if w := (&record.Override{ID: c.Override.ID, Account: "beta", Points: 85, Reason: "Seats are counted twice", Evidence: "https://desk.example.com/4711",
		Until: end, By: "UBEN", ByName: "Ben", At: o.now}); cmp.Diff(w, c.Override, sameTime) != "" {
		t.Error(cmp.Diff(w, c.Override, sameTime))
	}
	if again, err := o.SetOverride(ctx, by, override("beta", 85, 30)); err != nil || again.Override.ID != c.Override.ID || o.count("SELECT count(*) FROM override") != 1 {
		t.Errorf("the same press again: %+v, %v", again.Override, err)
	}
	if !o.edits()[record.DeliveryKey(record.Card, c.Review.ID, "C1")] {
		t.Error("the card wasn't edited")
	}

	first := o.now
	o.now = o.now.Add(time.Hour)
	c, err = o.SetOverride(ctx, ben, override("beta", -150, 30))
	o.check(err)
	if c.Snapshot.Result.Score != 350 {
		t.Errorf("after the second: %s", c.Snapshot.Result.Score)
	}
	second := o.now
	ending, err := o.OverridesEnding(ctx, end.Add(time.Minute))
	o.check(err)
	if len(ending) != 1 || ending[0].Points != -150 {
		t.Errorf("ending: %+v", ending)
	}
	if none, err := o.OverridesEnding(ctx, end); err != nil || len(none) != 0 {
		t.Errorf("ending before its end: %+v, %v", none, err)
	}
	for _, w := range []struct {
		at   time.Time
		want scoring.Tenths
	}{{first.Add(-time.Minute), 500}, {first, 585}, {second.Add(-time.Millisecond), 585}, {second, 350}} {
		if r := o.scored("beta", w.at); r.Score != w.want {
			t.Errorf("%s: %s, want %s", w.at, r.Score, w.want)
		}
	}

	// It ends on its day, without anybody doing anything.
	o.now = end
	o.load(readings("fresh.csv", reading("beta", .5, end.Add(-2*time.Millisecond))))
	if was, is := o.scored("beta", end.Add(-time.Millisecond)), o.scored("beta", end); was.Score != 350 || is.Score != 500 || is.Override != nil {
		t.Errorf("%s before the end, %s at it, with %+v", was.Score, is.Score, is.Override)
	}
	if c, err = o.Case(ctx, "beta", ""); err != nil || c.Override != nil {
		t.Errorf("in force after its end: %+v, %v", c.Override, err)
	}
	_, err = o.SetOverride(ctx, ben, record.SetOverride{Account: "beta", Points: tenths(0), Reason: "Over"})
	wants(t, err, record.Conflict, "No override is in force")

	// Ended early, on an account without an open review: a fresh score shows it.
	d := override("acme", -50, 1)
	d.Until = record.DateOf(o.now).Add(10)
	if _, err = o.SetOverride(ctx, ana, d); err != nil {
		t.Fatal(err)
	}
	c, err = o.SetOverride(ctx, ana, record.SetOverride{Account: "acme", Points: tenths(0), Reason: "The count is mended"})
	o.check(err)
	if c.Override != nil || c.Snapshot.Result.Override != nil {
		t.Errorf("ended, and still there: %+v", c.Override)
	}
	kinds, _ := o.events(0)
	for kind, n := range map[record.EventKind]int{record.EvOverride: 3, record.EvOverrideEnded: 1} {
		if got := count(kinds, kind); got != n {
			t.Errorf("%d events %s, want %d", got, kind, n)
		}
	}
	o.holds()
}

func count(kinds []record.EventKind, kind record.EventKind) (n int) {
	for _, k := range kinds {
		if k == kind {
			n++
		}
	}
	return n
}

var sameTime = cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })

// A reported intent to cancel caps at 19, proposes escalation and lets it through
// whatever data hold is in force, and nothing else.
func TestReportedCancellation(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	o.run("2026-11-23T09:00", "acme", "beta", "core")
	before := o.now
	o.now = o.now.AddDate(0, 0, 45) // the reading has expired: unscored, on hold
	rv := o.reviewOf("acme")
	_, err := o.SnoozeReview(ctx, ana, record.Snooze{Review: rv.ID, Until: record.DateOf(o.now).Add(9), Why: "Holidays"})
	o.check(err)
	v := leaving("acme")
	v.Heard = record.DateOf(o.now)
	by := lin
	by.Request = "submit 1"
	c, err := o.ReportCancellation(ctx, by, v)
	o.check(err)
	if _, err := o.ReportCancellation(ctx, by, v); err != nil || o.count("SELECT count(*) FROM cancellation") != 1 {
		t.Errorf("the same submission again: %v", err)
	}
	r := c.Snapshot.Result
	if !r.Unscored || r.Proposal == nil || r.Proposal.Outcome != scoring.Escalation || c.Review.ID != rv.ID || c.Review.State != record.ReviewOpen {
		t.Errorf("proposal %+v, review %+v", r.Proposal, c.Review)
	}
	const words = "said by Kim Lee on 7 Jan 2027, recorded by Lin"
	i := slices.IndexFunc(r.Caps, func(x scoring.Cap) bool { return x.Name == "intent to cancel" })
	if i < 0 || r.Caps[i].Value != 19 || r.Caps[i].Evidence != words {
		t.Errorf("caps %+v", r.Caps)
	}
	if len(c.Holds) == 0 || !c.EscalatesAnyway() || c.Cancelling.Evidence != v.Evidence {
		t.Errorf("holds %+v, reported %+v", c.Holds, c.Cancelling)
	}
	if s := c.Snapshot.Priority; s.Level != scoring.P2 { // the renewal is far
		t.Errorf("priority %+v", s)
	}

	// The hold stops what the report doesn't speak for.
	d := stable(rv.ID)
	d.Next = record.DateOf(o.now).Add(7)
	_, err = o.Decide(ctx, ana, d)
	wants(t, err, record.Conflict, "on hold")
	e := escalation(rv.ID, "UMIA")
	e.Escalate.RespondBy = o.now.Add(time.Hour)
	_, err = o.Decide(ctx, ana, e)
	o.check(err)

	// An account without an open review gets one; fresh evidence can't lift the cap.
	o.load(readings("fresh.csv", reading("acme", .9, o.now)))
	o.now = o.now.Add(time.Hour)
	c, err = o.ReportCancellation(ctx, ana, v)
	o.check(err)
	if c.Review == nil || c.Review.ID == rv.ID || c.Review.Run != "" || c.Snapshot.Result.Score != 190 || len(c.Trail) != 2 {
		t.Errorf("review %+v at %s, trail %+v", c.Review, c.Snapshot.Result.Score, c.Trail)
	}
	reported := o.now

	// Withdrawn, it stands no more; the days before say what they said.
	o.now = o.now.Add(time.Hour)
	_, err = o.WithdrawCancellation(ctx, ana, record.WithdrawCancellation{Account: "acme", Why: "Kim's boss signed the renewal"})
	o.check(err)
	for _, w := range []struct {
		at   time.Time
		want scoring.Tenths
	}{{before, 1000}, {reported, 190}, {o.now.Add(-time.Millisecond), 190}, {o.now, 1000}} {
		if got := o.scored("acme", w.at); got.Score != w.want {
			t.Errorf("%s: %s, want %s", w.at, got.Score, w.want)
		}
	}
	_, err = o.WithdrawCancellation(ctx, ana, record.WithdrawCancellation{Account: "acme", Why: "Again"})
	wants(t, err, record.Conflict, "No intent to cancel")
	kinds, _ := o.events(0)
	if got := [2]int{count(kinds, record.EvCancelling), count(kinds, record.EvStaying)}; got != [2]int{2, 1} {
		t.Errorf("events: %v", got)
	}
	o.holds()
}

// An escalation on hold for an owner, or without a report, is still refused.
func TestWhatAReportDoesNotLiftOtherHolds(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	o.run("2026-11-23T09:00", "acme", "core")
	c, err := o.ReportCancellation(ctx, lin, leaving("core"))
	o.check(err)
	if c.EscalatesAnyway() {
		t.Error("nobody owns the account, and it escalates anyway")
	}
	_, err = o.Decide(ctx, mia, escalation(c.Review.ID, "UMIA"))
	wants(t, err, record.Conflict, "assigns an owner first")

	o.now = o.now.AddDate(0, 0, 45)
	rv, err := o.OpenReview(ctx, ana, "acme")
	o.check(err)
	_, err = o.VerifyInputs(ctx, lin, record.Verify{Review: rv.ID, Inputs: []record.Input{{Measure: seats, Treatment: record.Dropped, Note: "the export is wrong"}}})
	o.check(err)
	o.check(o.raw("DELETE FROM clearance"))
	e := escalation(rv.ID, "UMIA")
	e.Escalate.RespondBy = o.now.Add(time.Hour)
	_, err = o.Decide(ctx, ana, e)
	wants(t, err, record.Conflict, "on hold")
}

// A result of the contract answers the question: the cap falls away on the day
// on which the result is known, and not for a result of before.
func TestAResultEndsACancellation(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	_, err := o.ReportCancellation(ctx, ana, leaving("acme"))
	o.check(err)
	result := func(file string, on record.Date, at time.Time) {
		o.now = at
		o.load(milestones(file, record.FactRow{Account: "acme", Kind: record.KindResult, ExternalID: file, ReceivedAt: at,
			Result: &record.Result{ID: file, On: on, Ending: record.Renewed}}))
	}
	result("earlier.csv", record.DateOf(monday).Add(-1), monday.Add(time.Hour))
	result("renewed.csv", record.DateOf(monday).Add(2), monday.Add(49*time.Hour))
	for at, want := range map[time.Time]scoring.Tenths{monday: 190, monday.Add(48 * time.Hour): 190, monday.Add(49 * time.Hour): 1000} {
		if got := o.scored("acme", at); got.Score != want {
			t.Errorf("%s: %s, want %s", at, got.Score, want)
		}
	}
}

// A pulse is a person's reading, needs its note, and outranks nothing that the
// model doesn't ask about.
func TestPulse(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	_, err := o.RecordPulse(ctx, ana, record.Pulse{Account: "acme", Value: 2})
	wants(t, err, record.Invalid, "Say what the impression comes from")
	_, err = o.RecordPulse(ctx, ana, record.Pulse{Account: "nobody", Value: 2, Note: "x"})
	wants(t, err, record.NotFound)
	c, err := o.RecordPulse(ctx, ana, record.Pulse{Account: "acme", Value: 2, Note: "Kim sounded tired of it"})
	o.check(err)
	if c.Snapshot.Result.Score != 1000 { // seats alone are scored here
		t.Errorf("score %s", c.Snapshot.Result.Score)
	}
	in, err := o.Inputs(ctx, []string{"acme"}, o.now)
	o.check(err)
	i := slices.IndexFunc(in[0].Readings, func(r scoring.Reading) bool { return r.Measure == record.PulseMeasure })
	want := scoring.Reading{Measure: record.PulseMeasure, Source: scoring.Person, Value: 2, ObservedAt: o.now, ReceivedAt: o.now, Evidence: "Kim sounded tired of it"}
	if diff := cmp.Diff(want, in[0].Readings[i], sameTime); diff != "" {
		t.Error(diff)
	}
	o.holds()
}
