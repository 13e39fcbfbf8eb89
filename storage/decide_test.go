package storage

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// reviewing opens a run and is the review of one of its accounts.
func (o *office) reviewing(account string) record.Review {
	o.t.Helper()
	o.run("2026-11-23T09:00", "acme", "beta", "core")
	return o.reviewOf(account)
}

func TestDecideAtRisk(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	rv := o.reviewing("beta")
	o.check(o.SaveDraft(ctx, ben, record.Draft{Review: rv.ID, Values: map[record.Field]string{record.FieldGoal: "above"}}))
	o.check(o.SaveDraft(ctx, ana, record.Draft{Review: rv.ID, Values: map[record.Field]string{record.FieldGoal: "mine"}}))
	o.post()
	o.now = monday.Add(5*time.Hour + 2*time.Minute)
	want := atRisk(rv.ID, "UBEN")
	want.Reasons = []string{"usage"}
	want.Seen = record.Seen{OpenedAt: o.now.Add(-20 * time.Second), Via: "card"}
	d, err := o.Decide(ctx, ben, want)
	o.check(err)

	c, err := o.ReviewCase(ctx, rv.ID, "UBEN")
	o.check(err)
	if diff := cmp.Diff(&d, c.Decision); diff != "" {
		t.Errorf("told and kept differ:\n%s", diff)
	}
	if d.Outcome != scoring.AtRisk || d.Proposed != scoring.AtRisk || d.Score != 500 || d.Band != scoring.Risk || d.By != "UBEN" || d.ByName != "Ben" || !d.At.Equal(o.now) || d.Version == "" {
		t.Errorf("decision %+v", d)
	}
	if c.Review.State != record.ReviewDecided || c.Draft != nil || len(c.Tasks) != 1 {
		t.Fatalf("review %+v, draft %v, tasks %v", c.Review, c.Draft, c.Tasks)
	}
	if x, err := o.Draft(ctx, rv.ID, "UANA"); err != nil || x == nil {
		t.Error("somebody else's draft went, too")
	}
	task := c.Tasks[0]
	wantTask := record.Task{ID: task.ID, Decision: d.ID, Account: "beta", Kind: record.Outreach, Title: "Call Kim", Owner: "UBEN", Due: o.today().Add(3),
		Expected: "a date for training", State: record.TaskOpen, By: "UBEN", ByName: "Ben", MadeAt: o.now}
	if diff := cmp.Diff(wantTask, task, cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })); diff != "" {
		t.Error(diff)
	}
	// The task's owner gets its DM even though he made it himself: it has the buttons.
	if sent := o.post(); len(sent) != 1 || sent[0].Kind != record.TaskDM || sent[0].To != "UBEN" || sent[0].Subject != task.ID {
		t.Errorf("posted %+v", sent)
	}
	if got := o.count("SELECT count(*) FROM event WHERE kind = 'decision.measured' AND after_json LIKE '%\"agreed\":true,\"seconds\":20,%' AND subject = $1", d.ID); got != 1 {
		t.Error("no measurement of twenty seconds")
	}
}

// A second person learns who was faster and when, and that nothing was saved.
func TestDecideTwice(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	rv := o.reviewing("beta")
	o.now = monday.Add(5*time.Hour + 2*time.Minute)
	first, err := o.Decide(ctx, ana, atRisk(rv.ID, "UBEN"))
	o.check(err)
	_, err = o.Decide(ctx, ben, stable(rv.ID))
	wants(t, err, record.Conflict, "Already set to at-risk by Ana at 14:02; nothing of yours was saved.")
	o.now = o.now.AddDate(0, 0, 1)
	_, err = o.Decide(ctx, ben, stable(rv.ID))
	wants(t, err, record.Conflict, "by Ana at 14:02 on 23 Nov;")

	// Correcting is a new decision that names the old one, which stays.
	c := stable(rv.ID)
	c.Next, c.Supersedes = o.today().Add(7), first.ID
	second, err := o.Decide(ctx, ben, c)
	o.check(err)
	all, err := o.Decisions(ctx)
	o.check(err)
	if len(all) != 2 || all[0].ID != first.ID || all[1].Supersedes != first.ID || o.reviewOf("beta").Decision != second.ID {
		t.Errorf("decisions %+v", all)
	}
	_, err = o.Decide(ctx, ana, c) // it was corrected already
	wants(t, err, record.Conflict, "Already set to stable by Ben")
	fresh := stable(o.reviewOf("acme").ID)
	fresh.Supersedes = first.ID
	_, err = o.Decide(ctx, ana, fresh)
	wants(t, err, record.Conflict, "isn't on this review")
	o.holds()
}

// Two people press Save at the same moment: one wins, the other learns who.
func TestTwoDecideAtOnce(t *testing.T) {
	o := opened(t)
	rv := o.reviewing("beta")
	errs := make([]error, 2)
	var wg sync.WaitGroup
	for i, who := range []record.Actor{ana, ben} {
		wg.Go(func() { _, errs[i] = o.Decide(t.Context(), who, atRisk(rv.ID, who.ID)) })
	}
	wg.Wait()
	winner, loser := "Ana", errs[1]
	if errs[0] != nil {
		winner, loser = "Ben", errs[0]
	}
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Fatalf("both or none: %v", errs)
	}
	wants(t, loser, record.Conflict, "by "+winner+" at 09:00")
	if all, err := o.Tasks(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("tasks %v, %v", all, err)
	}
	o.holds()
}

func TestDecideValidates(t *testing.T) {
	o := opened(t)
	rv := o.reviewing("beta")
	c := stable(rv.ID)
	c.Next = o.today().Add(15) // more than twice the segment's seven days
	_, err := o.Decide(t.Context(), ben, c)
	var f record.FieldErrors
	if !errors.As(err, &f) || f[record.FieldNext] == "" {
		t.Errorf("got %v", err)
	}
	if rv := o.reviewOf("beta"); rv.State != record.ReviewOpen {
		t.Errorf("the review is %s", rv.State)
	}
	_, err = o.Decide(t.Context(), ben, stable("rv_none"))
	wants(t, err, record.NotFound, "no review")
}

// No outcome while a hold stands; clearing it opens the way.
func TestHoldsStopDecisions(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	o.load(record.Batch{File: "b.csv", Source: "crm", Accounts: []record.AccountRow{account("dark", "Dark", "UANA")}}) // without readings
	o.run("2026-11-23T09:00", "core", "dark")
	core, dark := o.reviewOf("core"), o.reviewOf("dark")
	if core.Standing != record.OnHold || dark.Standing != record.OnHold {
		t.Errorf("standings %q and %q", core.Standing, dark.Standing)
	}
	_, err := o.Decide(ctx, mia, stable(core.ID))
	wants(t, err, record.Conflict, "Core is on hold", "core@example.com", "assigns an owner")
	_, err = o.Decide(ctx, ana, stable(dark.ID))
	wants(t, err, record.Conflict, "Dark is on hold", "nothing is known about usage", "Verify the inputs")

	_, err = o.AssignOwner(ctx, mia, record.AssignOwner{Review: core.ID, Owner: "UANA"})
	o.check(err)
	_, err = o.Decide(ctx, ana, stable(core.ID))
	o.check(err)

	c, err := o.VerifyInputs(ctx, lin, record.Verify{Review: dark.ID, Inputs: []record.Input{{Measure: seats, Treatment: record.Routed, Note: "asked the data team"}}})
	o.check(err)
	if len(c.Holds) != 0 || c.Snapshot.ID != dark.Snapshot || len(c.Review.Cleared) != 2 && len(c.Review.Cleared) != 1 || c.Review.Standing != record.NeedsPerson {
		t.Errorf("after asking the data owner: holds %v, review %+v", c.Holds, c.Review)
	}
	if x := c.Review.Cleared[0]; x.By != "ULIN" || x.Name != "Lin" || x.How != record.Routed || x.Note != "asked the data team" || x.Measure != seats {
		t.Errorf("clearance %+v", x)
	}
	d, err := o.Decide(ctx, ana, stable(dark.ID))
	o.check(err)
	if d.Proposed != "" {
		t.Errorf("an unscored account had the proposal %q", d.Proposed)
	}
}

// Values that people confirm, correct or retire become readings of theirs, and
// the account is scored anew.
func TestVerifyInputs(t *testing.T) {
	seven, much := .7, 70.0
	for _, c := range []struct {
		name    string
		account string
		in      record.Input
		score   string // "" is unscored
		held    int
	}{
		{"confirm", "beta", record.Input{Measure: seats, Treatment: record.Confirmed}, "50.0", 0},
		{"correct", "beta", record.Input{Measure: seats, Treatment: record.Corrected, Value: &seven}, "75.0", 0},
		{"retire", "beta", record.Input{Measure: seats, Treatment: record.Dropped, Note: "a test tenant"}, "", 0},
		{"enter", "dark", record.Input{Measure: seats, Treatment: record.Corrected, Value: &seven}, "75.0", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := opened(t)
			ctx := t.Context()
			o.load(record.Batch{File: "b.csv", Source: "crm", Accounts: []record.AccountRow{account("dark", "Dark", "UANA")}})
			o.run("2026-11-23T09:00", "beta", "dark")
			rv := o.reviewOf(c.account)
			o.now = o.now.Add(time.Minute)
			got, err := o.VerifyInputs(ctx, lin, record.Verify{Review: rv.ID, Inputs: []record.Input{c.in}})
			o.check(err)
			r := got.Snapshot.Result
			if r.Unscored != (c.score == "") || !r.Unscored && r.Score.String() != c.score || len(got.Holds) != c.held {
				t.Errorf("score %s, unscored %v, holds %v", r.Score, r.Unscored, got.Holds)
			}
			if got.Review.Snapshot == rv.Snapshot || got.Review.ID != rv.ID {
				t.Error("the review still starts from the old score")
			}
			in, err := o.Inputs(ctx, []string{c.account}, o.now)
			o.check(err)
			var mine []scoring.Reading
			for _, x := range in[0].Readings {
				if x.Source == scoring.Person {
					mine = append(mine, x)
				}
			}
			if len(mine) != 1 || !mine[0].ObservedAt.Equal(o.now) || mine[0].Retired != (c.in.Treatment == record.Dropped) {
				t.Errorf("readings of a person: %+v", mine)
			}
			if len(got.Trail) != 1 || got.Trail[0].Who != "Lin" || got.Trail[0].Text != "1 input verified" {
				t.Errorf("trail %+v", got.Trail)
			}
		})
	}
	for _, c := range []struct {
		name  string
		in    []record.Input
		field record.Field
	}{
		{"nothing", nil, record.FieldTreatment},
		{"an unknown measure", []record.Input{{Measure: "x", Treatment: record.Confirmed}}, record.FieldTreatment},
		{"an unknown treatment", []record.Input{{Measure: seats, Treatment: "shrug"}}, record.FieldTreatment},
		{"correcting without a value", []record.Input{{Measure: seats, Treatment: record.Corrected}}, record.FieldValue},
		{"a value that can't be", []record.Input{{Measure: seats, Treatment: record.Corrected, Value: &much}}, record.FieldValue},
		{"retiring without a word", []record.Input{{Measure: seats, Treatment: record.Dropped}}, record.FieldNote},
	} {
		t.Run("refuses "+c.name, func(t *testing.T) {
			o := opened(t)
			rv := o.reviewing("beta")
			_, err := o.VerifyInputs(t.Context(), lin, record.Verify{Review: rv.ID, Inputs: c.in})
			var f record.FieldErrors
			if !errors.As(err, &f) || f[c.field] == "" {
				t.Errorf("got %v", err)
			}
			if n := o.count("SELECT count(*) FROM reading re JOIN series se ON se.n = re.series WHERE se.source = 'person'"); n != 0 {
				t.Error("a reading stayed")
			}
		})
	}
	t.Run("refuses nothing to confirm", func(t *testing.T) {
		o := opened(t)
		o.load(record.Batch{File: "b.csv", Source: "crm", Accounts: []record.AccountRow{account("dark", "Dark", "UANA")}})
		o.run("2026-11-23T09:00", "dark")
		_, err := o.VerifyInputs(t.Context(), lin, record.Verify{Review: o.reviewOf("dark").ID, Inputs: []record.Input{{Measure: seats, Treatment: record.Confirmed}}})
		wants(t, err, record.Invalid, "no value of active seats to confirm")
	})
}

// State × verb of a review.
func TestReviewStates(t *testing.T) {
	until := record.DateOf(monday).Add(3)
	states := map[record.ReviewState]func(*office, string){
		record.ReviewOpen: func(*office, string) {},
		record.ReviewSnoozed: func(o *office, id string) {
			_, err := o.SnoozeReview(o.t.Context(), mia, record.Snooze{Review: id, Until: until, Why: "Waiting for finance"})
			o.check(err)
		},
		record.ReviewDecided: func(o *office, id string) {
			_, err := o.Decide(o.t.Context(), mia, atRisk(id, "UBEN"))
			o.check(err)
		},
	}
	verbs := map[string]func(*office, string) error{
		"take": func(o *office, id string) error {
			_, err := o.TakeReview(o.t.Context(), ben, record.Take{Review: id})
			return err
		},
		"snooze": func(o *office, id string) error {
			_, err := o.SnoozeReview(o.t.Context(), ben, record.Snooze{Review: id, Until: until.Add(1), Why: "Later"})
			return err
		},
		"verify": func(o *office, id string) error {
			_, err := o.VerifyInputs(o.t.Context(), ben, record.Verify{Review: id, Inputs: []record.Input{{Measure: seats, Treatment: record.Confirmed}}})
			return err
		},
		"decide": func(o *office, id string) error {
			_, err := o.Decide(o.t.Context(), ben, atRisk(id, "UBEN"))
			return err
		},
	}
	refusals := map[string]string{
		"snoozed snooze": "Already set aside until 2026-11-26 by Mia at 09:00",
		"decided take":   "Already set to at-risk by Mia at 09:00", "decided snooze": "Already set to at-risk by Mia",
		"decided verify": "Already set to at-risk by Mia", "decided decide": "Already set to at-risk by Mia",
	}
	for state, arrive := range states {
		for verb, do := range verbs {
			o := opened(t)
			rv := o.reviewing("beta")
			arrive(o, rv.ID)
			_, before := o.events(0)
			err := do(o, rv.ID)
			if want, refused := refusals[string(state)+" "+verb]; refused {
				wants(t, err, record.Conflict, want)
				if _, after := o.events(0); after != before {
					t.Errorf("%s a review that is %s left an event", verb, state)
				}
			} else if err != nil {
				t.Errorf("%s a review that is %s: %v", verb, state, err)
			}
		}
	}
}

func TestTakeAndSnooze(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	rv := o.reviewing("beta")
	got, err := o.TakeReview(ctx, ben, record.Take{Review: rv.ID})
	o.check(err)
	if got.Taken != "UBEN" || !got.TakenAt.Equal(o.now) {
		t.Errorf("taken: %+v", got)
	}
	_, err = o.TakeReview(ctx, ana, record.Take{Review: rv.ID})
	wants(t, err, record.Conflict, "Ben took this review at 09:00")

	until := o.today().Add(3)
	_, err = o.SnoozeReview(ctx, ben, record.Snooze{Review: rv.ID, Until: o.today(), Why: "x"})
	wants(t, err, record.Invalid, "past")
	_, err = o.SnoozeReview(ctx, ben, record.Snooze{Review: rv.ID, Until: until, Why: "Waiting for finance"})
	o.check(err)
	if n, err := o.WakeSnoozed(ctx, until.Add(-1)); err != nil || n != 0 {
		t.Errorf("woken early: %d, %v", n, err)
	}
	if n, err := o.WakeSnoozed(ctx, until); err != nil || n != 1 {
		t.Errorf("woken: %d, %v", n, err)
	}
	rv = o.reviewOf("beta")
	if rv.State != record.ReviewOpen || rv.Snoozed != until || rv.Why != "Waiting for finance" {
		t.Errorf("awake: %+v", rv)
	}
	if n, err := o.WakeSnoozed(ctx, until); err != nil || n != 0 {
		t.Errorf("woken again: %d, %v", n, err)
	}
}

func TestAssignOwner(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	_, err := o.AssignOwner(ctx, mia, record.AssignOwner{Account: "acme", Owner: "stranger"})
	wants(t, err, record.Invalid, "isn't set up")
	a, err := o.AssignOwner(ctx, mia, record.AssignOwner{Account: "acme", Owner: "UBEN", Note: "moved"})
	o.check(err)
	if a.Owner != "UBEN" {
		t.Errorf("owner %s", a.Owner)
	}
	_, before := o.events(0)
	_, err = o.AssignOwner(ctx, mia, record.AssignOwner{Account: "acme", Owner: "UBEN"})
	o.check(err)
	if _, after := o.events(0); after != before {
		t.Error("nothing changed, and an event says so")
	}
}

// State × verb of a task, with who and when.
func TestChangeTask(t *testing.T) {
	for _, end := range []record.TaskVerb{record.CompleteTask, record.DeclineTask} {
		o := opened(t)
		ctx := t.Context()
		rv := o.reviewing("beta")
		_, err := o.Decide(ctx, ben, atRisk(rv.ID, "UANA"))
		o.check(err)
		c, err := o.ReviewCase(ctx, rv.ID, "")
		o.check(err)
		id := c.Tasks[0].ID
		x, err := o.ChangeTask(ctx, ana, record.TaskChange{Task: id, Verb: record.AcceptTask})
		o.check(err)
		if x.State != record.TaskAccepted || !x.EndedAt.IsZero() {
			t.Errorf("accepted: %+v", x)
		}
		_, err = o.ChangeTask(ctx, ana, record.TaskChange{Task: id, Verb: record.AcceptTask})
		wants(t, err, record.Conflict, "already accepted")
		_, err = o.ChangeTask(ctx, ana, record.TaskChange{Task: id, Verb: end})
		wants(t, err, record.Invalid)
		o.now = monday.Add(5*time.Hour + 2*time.Minute)
		x, err = o.ChangeTask(ctx, ana, record.TaskChange{Task: id, Verb: end, Result: "They signed", Met: true})
		o.check(err)
		kept, err := o.TaskCase(ctx, id)
		o.check(err)
		if diff := cmp.Diff(x, kept.Task, cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })); diff != "" || kept.Account.ID != "beta" || x.EndedBy != "UANA" || !x.EndedAt.Equal(o.now) || !x.Met {
			t.Errorf("%+v\n%s", x, diff)
		}
		for _, v := range []record.TaskVerb{record.AcceptTask, record.CompleteTask, record.DeclineTask} {
			_, err = o.ChangeTask(ctx, ben, record.TaskChange{Task: id, Verb: v, Result: "x"})
			wants(t, err, record.Conflict, "already "+string(x.State)+" by Ana at 14:02")
		}
	}
}

func TestEscalation(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	rv := o.reviewing("acme")
	o.post()
	first, err := o.Decide(ctx, ana, escalation(rv.ID, "UMIA"))
	o.check(err)
	var told []string
	for _, d := range o.post() {
		told = append(told, string(d.Kind)+" "+d.To)
	}
	// Ana escalated herself and sees the live status all the same.
	if diff := cmp.Diff([]string{"escalation_dm UMIA", "escalated_dm UANA"}, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	c, err := o.ReviewCase(ctx, rv.ID, "")
	o.check(err)
	e := *c.Escalation
	if e.Decision != first.ID || e.Ask != "Call their CFO" || e.Trigger != "two red signals" || e.State != record.EscOpen || !e.RespondBy.Equal(monday.Add(4*time.Hour)) {
		t.Errorf("escalation %+v", e)
	}
	_, err = o.AnswerEscalation(ctx, mia, record.Answer{Escalation: e.ID, Verb: record.Acknowledge})
	o.check(err)
	_, err = o.AnswerEscalation(ctx, mia, record.Answer{Escalation: e.ID, Verb: record.Acknowledge})
	wants(t, err, record.Conflict, "already acknowledged at 09:00")

	// A second one updates the open one; who has its message gets that edited, and
	// only the new recipient a new one.
	again := escalation(rv.ID, "ULIN")
	again.Supersedes, again.Escalate.Ask = first.ID, "Find the invoice"
	second, err := o.Decide(ctx, ana, again)
	o.check(err)
	told = nil
	for _, d := range o.post() {
		told = append(told, string(d.Kind)+" "+d.To)
	}
	if diff := cmp.Diff([]string{"escalation_dm ULIN"}, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	if stale := o.edits(); !stale[record.DeliveryKey(record.EscalationDM, e.ID, "UMIA")] || !stale[record.DeliveryKey(record.EscalatedDM, e.ID, "UANA")] {
		t.Errorf("edited %v", stale)
	}
	all, err := o.Escalations(ctx)
	o.check(err)
	if len(all) != 1 || all[0].ID != e.ID || all[0].Decision != second.ID || all[0].Ask != "Find the invoice" || all[0].State != record.EscOpen || !all[0].AckedAt.IsZero() {
		t.Errorf("escalations %+v", all)
	}

	_, err = o.AnswerEscalation(ctx, lin, record.Answer{Escalation: e.ID, Verb: record.Decline})
	wants(t, err, record.Invalid, "Say why")
	o.now = monday.Add(5*time.Hour + 2*time.Minute)
	e, err = o.AnswerEscalation(ctx, lin, record.Answer{Escalation: e.ID, Verb: record.Change, Text: "Send it again"})
	o.check(err)
	if e.State != record.EscChanged || e.DecidedBy != "ULIN" || !e.DecidedAt.Equal(o.now) || !e.AckedAt.Equal(o.now) || e.Answer != "Send it again" {
		t.Errorf("answered: %+v", e)
	}
	for _, v := range []record.EscalationVerb{record.Acknowledge, record.Accept, record.Change, record.Decline} {
		_, err = o.AnswerEscalation(ctx, lin, record.Answer{Escalation: e.ID, Verb: v, Text: "x"})
		wants(t, err, record.Conflict, "already changed by Lin at 14:02")
	}
	ec, err := o.EscalationCase(ctx, e.ID)
	o.check(err)
	if ec.Case.Account.ID != "acme" || ec.Case.Decision == nil || ec.Case.Decision.ID != second.ID {
		t.Errorf("case of the escalation: %+v", ec.Case.Decision)
	}

	// It is answered, so another one is a new one.
	third := escalation(rv.ID, "UMIA")
	third.Supersedes, third.Escalate.RespondBy = second.ID, o.now.Add(time.Hour)
	_, err = o.Decide(ctx, ana, third)
	o.check(err)
	if all, err := o.Escalations(ctx); err != nil || len(all) != 2 {
		t.Errorf("escalations %+v, %v", all, err)
	}
}

// Nobody is pinged about what they just did themselves, nor twice.
func TestEscalationToOneself(t *testing.T) {
	for _, c := range []struct {
		who       record.Actor
		recipient string
		want      string
	}{
		{mia, "UMIA", "escalated_dm UANA"},  // asks herself: the owner hears of it
		{mia, "UANA", "escalation_dm UANA"}, // asks the owner: one message is enough
		{ana, "UANA", ""},
	} {
		o := opened(t)
		rv := o.reviewing("acme")
		o.post()
		_, err := o.Decide(t.Context(), c.who, escalation(rv.ID, c.recipient))
		o.check(err)
		var told []string
		for _, d := range o.post() {
			told = append(told, string(d.Kind)+" "+d.To)
		}
		if got := strings.Join(told, ", "); got != c.want {
			t.Errorf("%s asks %s: told %q, want %q", c.who.Name, c.recipient, got, c.want)
		}
	}
}
