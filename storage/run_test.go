package storage

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// A slot is claimed once; one that was begun and not opened is resumed.
func TestBeginRun(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	want := record.Run{Job: "enterprise", Slot: "2026-11-23T09:00", Segment: "enterprise", Channel: "C1", DueAt: monday, Late: true, Version: "v1", Missing: []string{"smb: no route"}}
	one, fresh, err := o.BeginRun(ctx, want)
	o.check(err)
	if !fresh || one.State != record.RunBegun {
		t.Errorf("claimed: %+v, %v", one, fresh)
	}
	o.check(o.Close())
	o.open()
	two, fresh, err := o.BeginRun(ctx, want)
	o.check(err)
	if diff := cmp.Diff(one, two); diff != "" || !fresh {
		t.Errorf("resumed: %v %s", fresh, diff)
	}
	_, err = o.OpenRun(ctx, one.ID, nil)
	o.check(err)
	three, fresh, err := o.BeginRun(ctx, want)
	o.check(err)
	if fresh || three.ID != one.ID || three.State != record.RunOpen {
		t.Errorf("claimed after it opened: %+v, %v", three, fresh)
	}
	if slot, err := o.LastSlot(ctx, "enterprise"); err != nil || slot != want.Slot {
		t.Errorf("last slot %q, %v", slot, err)
	}
	if slot, err := o.LastSlot(ctx, "smb"); err != nil || slot != "" {
		t.Errorf("last slot of a job that never ran: %q, %v", slot, err)
	}
}

// Until a run opens nobody sees anything of it; a resumed one keeps its scores.
func TestSnapshotsOfARun(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	first := o.begin("2026-11-23T09:00", "acme")
	if c, err := o.Case(ctx, "acme", ""); err != nil || c.Review != nil || c.Snapshot.ID != "" {
		t.Errorf("before it opened: %+v, %v", c, err)
	}
	other := record.Snapshot{Account: "acme", At: monday, Result: scoring.Result{Account: "acme", Score: 10, Digest: seatModel().Digest()}}
	o.check(o.SaveSnapshots(ctx, first.ID, []record.Snapshot{other}))
	_, err := o.OpenRun(ctx, first.ID, nil)
	o.check(err)
	c, err := o.Case(ctx, "acme", "")
	o.check(err)
	if c.Snapshot.Result.Score != 1000 || c.Snapshot.Previous != nil {
		t.Errorf("the second sending counted: %+v", c.Snapshot)
	}
	wants(t, o.SaveSnapshots(ctx, first.ID, []record.Snapshot{other}), record.Conflict, "open already")
	_, err = o.Decide(ctx, ana, stable(c.Review.ID))
	o.check(err)

	// A week later the card compares with this one.
	o.now = monday.AddDate(0, 0, 7)
	o.load(readings("later.csv", reading("acme", .7, o.now)))
	o.run("2026-11-30T09:00", "acme")
	c, err = o.Case(ctx, "acme", "")
	o.check(err)
	want := &record.Previous{AsOf: monday, Score: 1000, Band: scoring.Healthy, Version: seatModel().Label(), Digest: seatModel().Digest()}
	if diff := cmp.Diff(want, c.Snapshot.Previous); diff != "" {
		t.Error(diff)
	}
	if c.Last == nil || c.Last.Outcome != scoring.Stable {
		t.Errorf("last decision: %+v", c.Last)
	}
}

// crafted is a snapshot with just the score and proposal that a test needs; a
// negative score is unscored.
func crafted(account string, points float64, o scoring.Outcome) record.Snapshot {
	r := scoring.Result{Account: account, AsOf: monday, Score: scoring.RoundTenths(max(0, points)), Band: scoring.Risk, Version: "v1", Digest: seatModel().Digest(), Proposal: &scoring.Proposal{Outcome: o}}
	if points < 0 {
		r.Unscored, r.Band, r.Proposal = true, scoring.Unscored, nil
	}
	return record.Snapshot{Account: account, At: monday, Result: r}
}

// Cards go to those that need a person, worst first, five per owner; the rest are
// counted, and each owner with a card gets one line.
func TestCards(t *testing.T) {
	o := empty(t)
	ctx := t.Context()
	b := record.Batch{File: "a.csv", Source: "crm"}
	var snaps []record.Snapshot
	add := func(id, owner, renewal string, s record.Snapshot) {
		row := account(id, id, owner)
		row.Values[record.AttrRenewal] = renewal
		b.Accounts = append(b.Accounts, row)
		snaps = append(snaps, s)
	}
	for i := range 6 {
		id := fmt.Sprintf("a%d", i)
		add(id, "UANA", "2027-06-30", crafted(id, 30+float64(i), scoring.AtRisk))
	}
	add("soon", "UBEN", "2027-01-01", crafted("soon", 59.9, scoring.AtRisk))
	add("late", "UBEN", "2027-09-01", crafted("late", 59.9, scoring.AtRisk))
	add("never", "UBEN", "", crafted("never", 59.9, scoring.AtRisk))
	add("blind", "UBEN", "2026-12-01", crafted("blind", -1, ""))
	add("watch", "UBEN", "2026-12-01", crafted("watch", 60.1, scoring.Watchlist))
	add("fine", "UMIA", "2026-12-01", crafted("fine", 90, scoring.Stable))
	add("lost", "nobody", "2026-12-01", crafted("lost", 10, scoring.Escalation))
	o.load(b)
	run, _, err := o.BeginRun(ctx, record.Run{Job: "j", Slot: "2026-11-23T09:00", Channel: "C1"})
	o.check(err)
	o.check(o.SaveSnapshots(ctx, run.ID, snaps))
	run, err = o.OpenRun(ctx, run.ID, []string{"smb: 3 without a route"})
	o.check(err)
	if again, err := o.OpenRun(ctx, run.ID, nil); err != nil || !cmp.Equal(run, again) {
		t.Errorf("opened twice: %+v, %v", again, err)
	}

	var cards, lines []string
	for _, d := range o.post() {
		switch d.Kind {
		case record.Card:
			c, err := o.ReviewCase(ctx, d.Subject, "")
			o.check(err)
			cards = append(cards, c.Account.ID)
		case record.OwnerLine:
			lines = append(lines, d.To)
		}
	}
	if diff := cmp.Diff([]string{"soon", "watch", "never", "blind", "a0", "a1", "a2", "a3", "a4", "late"}, cards); diff != "" {
		t.Errorf("cards (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"UBEN", "UANA"}, lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	c, err := o.RunCase(ctx, run.ID)
	o.check(err)
	if want := (record.Counts{Due: 13, NeedPerson: 11, OnHold: 1, Within: 1}); c.Counts != want {
		t.Errorf("counts %+v, want %+v", c.Counts, want)
	}
	if diff := cmp.Diff(map[string]int{"UANA": 1}, c.Waiting); diff != "" {
		t.Errorf("waiting (-want +got):\n%s", diff)
	}
	if len(c.Yours["UANA"]) != 5 || len(c.Yours["UBEN"]) != 5 || len(c.Held) != 1 || c.Held[0].Account != "lost" || c.Held[0].Holds[0].Kind != scoring.HoldUnowned {
		t.Errorf("yours %v, held %v", c.Yours, c.Held)
	}
	if diff := cmp.Diff([]string{"smb: 3 without a route"}, c.Run.Missing); diff != "" {
		t.Error(diff)
	}
	queue, err := o.Queue(ctx, record.QueueFilter{})
	o.check(err)
	var order []string
	for _, q := range queue {
		order = append(order, q.Account.ID)
	}
	// P1: lost. P2: soon. P3, by what may be lost and how near the renewal is; those
	// alike by score. Without a level: fine.
	want := "lost soon watch never blind a0 a1 a2 a3 a4 a5 late fine"
	if got := strings.Join(order, " "); got != want {
		t.Errorf("queue  %s\nwant   %s", got, want)
	}
}

func TestDueAccounts(t *testing.T) {
	o := empty(t)
	ctx := t.Context()
	b := record.Batch{File: "a.csv", Source: "crm"}
	for _, id := range []string{"new", "chosen", "usual", "snoozed", "elsewhere", "spot", "churned", "smb"} {
		b.Accounts = append(b.Accounts, account(id, id, "UANA"))
	}
	b.Accounts[6].Values[record.AttrStage] = "churned"
	b.Accounts[7].Values[record.AttrSegment] = "smb"
	o.load(b)
	due := func(segment string, day int) string {
		t.Helper()
		ids, err := o.DueAccounts(ctx, segment, o.today().Add(day))
		o.check(err)
		return strings.Join(ids, " ")
	}
	if got := due("enterprise", 0); got != "chosen elsewhere new snoozed spot usual" {
		t.Errorf("before anything: %s", got)
	}
	if got := due("", 0); !strings.Contains(got, "smb") {
		t.Errorf("all segments: %s", got)
	}
	run, _, err := o.BeginRun(ctx, record.Run{Job: "j", Slot: "1", Channel: "C1"})
	o.check(err)
	o.check(o.SaveSnapshots(ctx, run.ID, []record.Snapshot{crafted("chosen", 90, scoring.Stable), crafted("usual", 50, scoring.AtRisk),
		crafted("snoozed", 50, scoring.AtRisk), crafted("elsewhere", 50, scoring.AtRisk)}))
	_, err = o.OpenRun(ctx, run.ID, nil)
	o.check(err)
	c := stable(o.reviewOf("chosen").ID)
	c.Next = o.today().Add(10)
	_, err = o.Decide(ctx, ana, c)
	o.check(err)
	_, err = o.Decide(ctx, ana, atRisk(o.reviewOf("usual").ID, "UANA")) // no date: the cadence of seven days
	o.check(err)
	_, err = o.SnoozeReview(ctx, ana, record.Snooze{Review: o.reviewOf("snoozed").ID, Until: o.today().Add(5), Why: "Away"})
	o.check(err)
	_, err = o.OpenReview(ctx, ana, "spot")
	o.check(err)
	for day, want := range map[int]string{0: "new spot", 6: "new spot", 7: "new spot usual", 9: "new spot usual", 10: "chosen new spot usual"} {
		if got := due("enterprise", day); got != want {
			t.Errorf("in %d days: %s, want %s", day, got, want)
		}
	}
}

// A review that a person opened on their own joins the run that opens later, so
// that an account never has two. What is still open when the job's next run
// comes is carried over: the old run closes and says what wasn't reviewed, the
// old card is over, and the account comes up again.
func TestAnAccountHasOneReviewAtATime(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	spot, err := o.OpenReview(ctx, ben, "beta")
	o.check(err)
	_, err = o.TakeReview(ctx, ben, record.Take{Review: spot.ID})
	o.check(err)
	first := o.run("2026-11-23T09:00", "acme", "beta")
	rv := o.reviewOf("beta")
	if rv.ID != spot.ID || rv.Run != first.ID || rv.Taken != "UBEN" {
		t.Errorf("the spot review became %+v", rv)
	}
	o.post()
	o.edits()
	second := o.run("2026-11-30T09:00", "acme", "beta")
	c, err := o.RunCase(ctx, second.ID)
	o.check(err)
	now := o.reviewOf("beta")
	if c.Counts.Due != 2 || now.Run != second.ID || now.ID == spot.ID || now.Taken != "" {
		t.Errorf("the second run has %+v, Beta's review is %+v", c.Counts, now)
	}
	c, err = o.RunCase(ctx, first.ID)
	o.check(err)
	if c.Run.State != record.RunClosed || c.Counts.Carried != 2 || c.Counts.NeedPerson != 0 {
		t.Errorf("the first run is %s with %+v", c.Run.State, c.Counts)
	}
	if stale := o.edits(); !stale[record.DeliveryKey(record.Card, spot.ID, "C1")] || !stale[record.DeliveryKey(record.Digest, first.ID, "C1")] {
		t.Errorf("the old messages still say the old thing: %v", stale)
	}
	_, err = o.Decide(ctx, ben, atRisk(spot.ID, "UBEN"))
	wants(t, err, record.Conflict, "went on there")
	_, err = o.TakeReview(ctx, ben, record.Take{Review: spot.ID})
	wants(t, err, record.Conflict, "went on there")
	if again, err := o.OpenReview(ctx, ana, "beta"); err != nil || again.ID != now.ID {
		t.Errorf("opened again: %+v, %v", again, err)
	}
}

// A review set aside in a run that has closed meanwhile comes back on its day
// all the same, on its own.
func TestWakingAfterTheRunClosed(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	o.run("2026-11-23T09:00", "beta")
	old := o.reviewOf("beta")
	_, err := o.SnoozeReview(ctx, ben, record.Snooze{Review: old.ID, Until: o.today().Add(9), Why: "Away"})
	o.check(err)
	o.now = monday.AddDate(0, 0, 7)
	o.run("2026-11-30T09:00", "acme")
	o.now = monday.AddDate(0, 0, 9)
	if n, err := o.WakeSnoozed(ctx, o.today()); n != 1 || err != nil {
		t.Fatalf("woke %d, %v", n, err)
	}
	rv := o.reviewOf("beta")
	if rv.ID == old.ID || rv.Run != "" || rv.State != record.ReviewOpen {
		t.Errorf("Beta's review is %+v", rv)
	}
	rows, err := o.Queue(ctx, record.QueueFilter{Person: "UBEN", Open: true})
	o.check(err)
	if len(rows) != 1 || rows[0].Review != rv.ID {
		t.Errorf("Ben's queue: %+v", rows)
	}
}

func TestConfirmRun(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	run := o.begin("2026-11-23T09:00", "acme")
	_, err := o.ConfirmRun(ctx, lin, run.ID)
	wants(t, err, record.Conflict, "begun")
	_, err = o.OpenRun(ctx, run.ID, nil)
	o.check(err)
	o.now = monday.Add(5*time.Hour + 2*time.Minute)
	for range 2 { // a second press says the same
		_, err = o.ConfirmRun(ctx, lin, run.ID)
		o.check(err)
	}
	_, err = o.ConfirmRun(ctx, mia, run.ID)
	wants(t, err, record.Conflict, "already confirmed by Lin at 14:02")
	c, err := o.RunCase(ctx, run.ID)
	o.check(err)
	if c.Confirmed != "Lin" || !c.ConfirmedAt.Equal(o.now) {
		t.Errorf("confirmed by %q at %s", c.Confirmed, c.ConfirmedAt)
	}
	_, err = o.ConfirmRun(ctx, lin, "rn_none")
	wants(t, err, record.NotFound, "no run")
}

// The digest's groups count what is left to do.
func TestCountsFollowTheWork(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	run := o.run("2026-11-23T09:00", "acme", "beta", "core")
	counts := func(want record.Counts) {
		t.Helper()
		c, err := o.RunCase(ctx, run.ID)
		o.check(err)
		if c.Counts != want {
			t.Errorf("counts %+v, want %+v", c.Counts, want)
		}
	}
	counts(record.Counts{Due: 3, NeedPerson: 1, OnHold: 1, Within: 1})
	_, err := o.AssignOwner(ctx, mia, record.AssignOwner{Account: "core", Owner: "UANA"})
	o.check(err)
	counts(record.Counts{Due: 3, NeedPerson: 1, Within: 2})
	_, err = o.Decide(ctx, ben, atRisk(o.reviewOf("beta").ID, "UBEN"))
	o.check(err)
	_, err = o.SnoozeReview(ctx, ana, record.Snooze{Review: o.reviewOf("core").ID, Until: o.today().Add(1), Why: "Away"})
	o.check(err)
	counts(record.Counts{Due: 3, Within: 1, Decided: 1, Snoozed: 1})

	// Next week Beta, unchanged and worked on, is in work; without work it needs a person.
	o.now = monday.AddDate(0, 0, 7)
	o.load(readings("later.csv", reading("beta", .5, o.now)))
	run = o.run("2026-11-30T09:00", "beta")
	counts(record.Counts{Due: 1, InWork: 1})
	tasks, err := o.Tasks(ctx)
	o.check(err)
	_, err = o.ChangeTask(ctx, ben, record.TaskChange{Task: tasks[0].ID, Verb: record.CompleteTask, Result: "Spoke"})
	o.check(err)
	counts(record.Counts{Due: 1, NeedPerson: 1})
}

func TestSources(t *testing.T) {
	o := opened(t)
	run := o.run("2026-11-23T09:00", "acme")
	at := func(days int) []record.SourceState {
		t.Helper()
		o.now = monday.AddDate(0, 0, days)
		c, err := o.RunCase(t.Context(), run.ID)
		o.check(err)
		return c.Sources
	}
	if got := at(3); !slices.Equal(got, []record.SourceState{{Name: "crm", LastSync: got[0].LastSync}, {Name: "usage", LastSync: got[1].LastSync}}) || !got[1].LastSync.Equal(monday) {
		t.Errorf("on the third day: %+v", got)
	}
	if got := at(4); got[0].Late || !got[1].Late {
		t.Errorf("a daily source is late on the fourth day: %+v", got)
	}
}
