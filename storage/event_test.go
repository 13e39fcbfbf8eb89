package storage

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// Every use case that changes records leaves the events that tell of it, and the
// chain holds after each.
func TestEveryUseCaseLeavesAnEvent(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	_, seq := o.events(0)
	var run record.Run
	var rv record.Review
	var task, esc string
	low := .4
	for _, step := range []struct {
		name string
		do   func() error
		want string
	}{
		{"import", func() error {
			_, err := o.Import(ctx, file, readings("more.csv", reading("beta", .45, monday.AddDate(0, 0, -1))), record.ImportOptions{})
			return err
		}, "import.loaded"},
		{"begin a run", func() (err error) {
			run, _, err = o.BeginRun(ctx, record.Run{Job: "enterprise", Slot: "2026-11-23T09:00", Segment: "enterprise", Channel: "C1"})
			return err
		}, "run.begun"},
		{"score", func() error {
			in, err := o.Inputs(ctx, []string{"beta"}, o.now)
			if err != nil {
				return err
			}
			return o.SaveSnapshots(ctx, run.ID, []record.Snapshot{{Account: "beta", At: o.now, Result: scoring.Evaluate(seatModel(), in[0])}})
		}, "run.scored"},
		{"open it", func() error { _, err := o.OpenRun(ctx, run.ID, []string{"2 without a route"}); return err }, "run.opened"},
		{"confirm it", func() error { _, err := o.ConfirmRun(ctx, lin, run.ID); return err }, "run.confirmed"},
		{"claim a delivery", func() error { _, _, err := o.NextDelivery(ctx); return err }, ""},
		{"note its receipt", func() error {
			d, err := o.Unsettled(ctx, o.wall.Add(1e9))
			if err != nil {
				return err
			}
			return o.DeliverySent(ctx, d[0].ID, record.Receipt{Channel: "C1", TS: "1.0"})
		}, "delivery.sent"},
		{"refuse one for good", func() error {
			d, _, err := o.NextDelivery(ctx)
			if err != nil {
				return err
			}
			return o.DeliveryRefused(ctx, d.ID, record.Refusal{Reason: "channel_not_found"})
		}, "delivery.dead"},
		{"take", func() error {
			rv = o.reviewOf("beta")
			_, err := o.TakeReview(ctx, ben, record.Take{Review: rv.ID})
			return err
		}, "review.taken"},
		{"draft", func() error {
			return o.SaveDraft(ctx, ben, record.Draft{Review: rv.ID, Values: map[record.Field]string{record.FieldSentence: "Log"}})
		}, ""},
		{"snooze", func() error {
			_, err := o.SnoozeReview(ctx, ben, record.Snooze{Review: rv.ID, Until: o.today().Add(2), Why: "Away"})
			return err
		}, "review.snoozed"},
		{"wake", func() error { _, err := o.WakeSnoozed(ctx, o.today().Add(2)); return err }, "review.opened"},
		{"verify", func() error {
			_, err := o.VerifyInputs(ctx, lin, record.Verify{Review: rv.ID, Inputs: []record.Input{{Measure: seats, Treatment: record.Corrected, Value: &low, Note: "counted"}}})
			return err
		}, "inputs.verified"},
		{"assign", func() error {
			_, err := o.AssignOwner(ctx, mia, record.AssignOwner{Account: "beta", Owner: "UANA", Note: "Ben is full"})
			return err
		}, "account.owner_changed"},
		{"decide at-risk", func() error { _, err := o.Decide(ctx, ana, atRisk(rv.ID, "UBEN")); return err },
			"decision.recorded decision.measured task.made"},
		{"change a task", func() error {
			c, err := o.ReviewCase(ctx, rv.ID, "")
			if err != nil {
				return err
			}
			task = c.Tasks[0].ID
			_, err = o.ChangeTask(ctx, ben, record.TaskChange{Task: task, Verb: record.AcceptTask})
			return err
		}, "task.changed"},
		{"open a review", func() (err error) { rv, err = o.OpenReview(ctx, ana, "acme"); return err }, "review.opened"},
		{"decide escalation", func() error { _, err := o.Decide(ctx, ana, escalation(rv.ID, "UMIA")); return err },
			"decision.recorded decision.measured escalation.made"},
		{"answer", func() error {
			c, err := o.ReviewCase(ctx, rv.ID, "")
			if err != nil {
				return err
			}
			esc = c.Escalation.ID
			_, err = o.AnswerEscalation(ctx, mia, record.Answer{Escalation: esc, Verb: record.Acknowledge})
			return err
		}, "escalation.answered"},
	} {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		kinds, last := o.events(seq)
		var got []string
		for _, k := range kinds {
			got = append(got, string(k))
		}
		if strings.Join(got, " ") != step.want {
			t.Errorf("%s left events %v, want %s", step.name, got, step.want)
		}
		seq = last
		o.holds()
	}
}

func (o *office) today() record.Date { return record.DateOf(o.now.In(berlin)) }

// What people typed never enters an event; the chain knows it by digest.
func TestEventsHoldNoPersonalText(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	rv, err := o.OpenReview(ctx, ben, "beta")
	o.check(err)
	_, err = o.Decide(ctx, ben, atRisk(rv.ID, "UBEN"))
	o.check(err)
	events, err := o.Events(ctx, 0, 100)
	o.check(err)
	hashed := 0
	for _, e := range events {
		for _, typed := range []string{"Log-ins halved", "above 60", "Call Kim", "a date for training"} {
			if strings.Contains(string(e.Before)+string(e.After), typed) {
				t.Errorf("%s holds “%s”", e.Kind, typed)
			}
		}
		if e.TextHash != "" {
			hashed++
		}
	}
	if hashed != 2 {
		t.Errorf("%d events refer to a text, want those of the decision and the task", hashed)
	}
	if n := o.count("SELECT count(*) FROM event_text WHERE text LIKE '%Log-ins halved%' OR text LIKE '%Call Kim%'"); n != 2 {
		t.Errorf("%d texts are kept, want 2", n)
	}
	// Erasing text and salt together leaves the chain whole.
	o.check(o.raw("UPDATE event_text SET text = NULL, salt = NULL"))
	o.holds()
}

func TestChangeWithoutAnEventIsRefused(t *testing.T) {
	o := opened(t)
	err := o.write(t.Context(), people, func(tx *tx) error {
		return tx.do("UPDATE account_row SET name = 'Forged' WHERE id = 'acme'")
	})
	if !errors.Is(err, errNoEvent) {
		t.Fatalf("got %v", err)
	}
	a, err := o.Account(t.Context(), "acme")
	o.check(err)
	if a.Name != "Acme" {
		t.Errorf("the change stands: %s", a.Name)
	}
}

// Nobody with a shell changes the past through SQL while the triggers stand.
func TestEventsAreAppendOnly(t *testing.T) {
	o := opened(t)
	for _, q := range []string{
		"UPDATE event SET actor = 'Eve' WHERE seq = 2",
		"DELETE FROM event WHERE seq = 2",
		"INSERT OR REPLACE INTO event SELECT seq, at, kind, actor_id, 'Eve', account, run, subject, before_json, after_json, text_hash, place, request, prev, hash FROM event WHERE seq = 2",
		"INSERT OR REPLACE INTO event SELECT 99, at, kind, actor_id, 'Eve', account, run, subject, before_json, after_json, text_hash, place, request, prev, hash FROM event WHERE seq = 2",
		"REPLACE INTO event_text (seq, salt, text) SELECT seq, 's', 't' FROM event_text",
	} {
		if strings.HasPrefix(q, "REPLACE INTO event_text") {
			rv, err := o.OpenReview(t.Context(), ben, "beta")
			o.check(err)
			_, err = o.Decide(t.Context(), ben, atRisk(rv.ID, "UBEN"))
			o.check(err)
		}
		if err := o.raw(q); err == nil || !strings.Contains(err.Error(), "append-only") && !strings.Contains(err.Error(), "never") {
			t.Errorf("%s: %v", q, err)
		}
	}
	o.holds()
}

// With the triggers out of the way the chain still tells.
func TestVerifyNamesTheBrokenLink(t *testing.T) {
	words := int64(latest + 4) // after the migrations, two imports and the review: the decision
	for _, c := range []struct {
		name, query string
		seq         int64
		what        string
	}{
		{"changed event", "UPDATE event SET actor = 'Eve' WHERE seq = 3", 3, "changed after"},
		{"changed payload", `UPDATE event SET after_json = '{"loaded":1}' WHERE seq = 2`, 2, "changed after"},
		{"event taken out", "DELETE FROM event WHERE seq = 3", 4, "event 3 is missing"},
		{"cut tail", "DELETE FROM event WHERE seq > 5", 6, "the chain ends here"},
		{"cut to nothing", "DELETE FROM event", 1, "the chain ends here"},
		{"changed text", "UPDATE event_text SET text = 'all is well'", words, "its text was changed"},
		{"text taken away", fmt.Sprintf("DELETE FROM event_text WHERE seq = %d", words), words, "taken away"},
		{"linked elsewhere", "UPDATE event SET prev = hash WHERE seq = 4", 4, "refer to the event before"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := opened(t) // one event for each step of the schema, and two
			rv, err := o.OpenReview(t.Context(), ben, "beta")
			o.check(err)
			_, err = o.Decide(t.Context(), ben, atRisk(rv.ID, "UBEN")) // three more
			o.check(err)
			o.holds()
			for _, trigger := range []string{"event_never_updated", "event_never_deleted", "event_text_only_erased", "event_text_never_deleted"} {
				o.check(o.raw("DROP TRIGGER " + trigger))
			}
			o.check(o.raw(c.query))
			v, err := o.Verify(t.Context())
			o.check(err)
			if v.Broken == nil || v.Broken.Seq != c.seq || !strings.Contains(v.Broken.What, c.what) {
				t.Errorf("got %+v, want %d: %s", v.Broken, c.seq, c.what)
			}
		})
	}
}

// Slack delivers a gesture twice; the second gets the first's result.
func TestRepeatedRequestsReturnTheFirstResult(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	as := func(a record.Actor, request string) record.Actor { a.Request = request; return a }
	same := func(name string, do func() (string, error)) {
		t.Helper()
		one, err := do()
		o.check(err)
		_, before := o.events(0)
		two, err := do()
		if err != nil {
			t.Fatalf("%s, again: %v", name, err)
		}
		if _, after := o.events(0); one != two || after != before {
			t.Errorf("%s, again: %s after %s, and %d events", name, two, one, after-before)
		}
	}
	var rv record.Review
	same("open", func() (id string, err error) { rv, err = o.OpenReview(ctx, as(ben, "r1"), "beta"); return rv.ID, err })
	same("take", func() (string, error) {
		x, err := o.TakeReview(ctx, as(ben, "r2"), record.Take{Review: rv.ID})
		return x.Taken, err
	})
	same("verify", func() (string, error) {
		v := .5
		c, err := o.VerifyInputs(ctx, as(ben, "r3"), record.Verify{Review: rv.ID, Inputs: []record.Input{{Measure: seats, Treatment: record.Corrected, Value: &v}}})
		return c.Snapshot.ID, err
	})
	same("assign", func() (string, error) {
		a, err := o.AssignOwner(ctx, as(mia, "r4"), record.AssignOwner{Account: "beta", Owner: "UANA"})
		return a.Owner, err
	})
	same("decide", func() (string, error) {
		d, err := o.Decide(ctx, as(ana, "r5"), atRisk(rv.ID, "UBEN"))
		return d.ID, err
	})
	c, err := o.ReviewCase(ctx, rv.ID, "")
	o.check(err)
	same("finish a task", func() (string, error) {
		x, err := o.ChangeTask(ctx, as(ben, "r6"), record.TaskChange{Task: c.Tasks[0].ID, Verb: record.CompleteTask, Result: "Spoke", Met: true})
		return string(x.State), err
	})
	rv, err = o.OpenReview(ctx, ana, "acme")
	o.check(err)
	_, err = o.Decide(ctx, ana, escalation(rv.ID, "UMIA"))
	o.check(err)
	c, err = o.ReviewCase(ctx, rv.ID, "")
	o.check(err)
	same("answer", func() (string, error) {
		x, err := o.AnswerEscalation(ctx, as(mia, "r7"), record.Answer{Escalation: c.Escalation.ID, Verb: record.Accept})
		return string(x.State), err
	})
	same("import", func() (string, error) {
		s, err := o.Import(ctx, as(file, "r8"), readings("x.csv", reading("acme", .8, monday.AddDate(0, 0, -7))), record.ImportOptions{})
		if s.Loaded != 1 {
			t.Errorf("summary %+v", s)
		}
		return s.File, err
	})
	o.holds()
}
