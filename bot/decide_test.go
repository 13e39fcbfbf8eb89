package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"

	"healthbot/bot/view"
	"healthbot/scoring"
	"healthbot/storage/record"
)

// TestFirstStep: Review opens what has to be done now, for those who may do it.
func TestFirstStep(t *testing.T) {
	both := heldCase(scoring.HoldStale)
	both.Holds = append(both.Holds, scoring.Hold{Kind: scoring.HoldUnowned, Evidence: "nobody owns it"})
	unapproved := heldCase(scoring.HoldStale) // nothing is verified under a version that doesn't count
	unapproved.Holds = append(unapproved.Holds, scoring.Hold{Kind: scoring.HoldModel, Evidence: "the bot scores with ours v2, but ours v1 is the approved one"})
	decided := openCase()
	decided.Review.State = record.ReviewDecided
	decided.Decision = &record.Decision{ID: "dc_1", Outcome: scoring.AtRisk, By: ana.ID, ByName: "Ana", At: noon}
	for name, c := range map[string]struct {
		kase record.Case
		who  record.Person
		want string // a form's callback id, or what is said
	}{
		"nothing held":                          {openCase(), ana, view.CallOutcome},
		"nothing held, an analyst":              {openCase(), ann, "You may not classify or snooze here"},
		"held":                                  {heldCase(scoring.HoldStale), ana, view.CallInputs},
		"held, an analyst":                      {heldCase(scoring.HoldConflict), ann, view.CallInputs},
		"held, a manager":                       {heldCase(scoring.HoldStale), mgr, "on hold: all evidence on usage has expired. You may not verify inputs here"},
		"unowned":                               {heldCase(scoring.HoldUnowned), lee, view.CallOwner},
		"unowned, a CSM":                        {heldCase(scoring.HoldUnowned), ana, "You may not change an account's owner here"},
		"unowned and stale: verify, then owner": {both, ann, view.CallInputs},
		"scored by an unapproved version":       {unapproved, ana, "No outcomes for now: the bot scores with ours v2, but ours v1 is the approved one"},
		"a correction":                          {decided, ana, view.CallOutcome},
	} {
		t.Run(name, func(t *testing.T) {
			s := oneAccount()
			s.reviewCase = func(string, string) (record.Case, error) { return c.kase, nil }
			f := newFakeSlack()
			give(t, testBot(s, f), ev(pressed(c.who.ID, view.ActReview, view.Value("rv_1"))))
			if len(f.said) != 1 || !strings.Contains(f.said[0], c.want) {
				t.Errorf("%s got %q, want %q", c.who.Name, f.said, c.want)
			}
		})
	}
}

// formOf is the view in an ack, which the next submission starts from.
func formOf(t *testing.T, acks []any, callback string) slack.ModalViewRequest {
	t.Helper()
	if len(acks) == 1 {
		if r, ok := acks[0].(*slack.ViewSubmissionResponse); ok && r.View != nil && r.View.CallbackID == callback {
			return *r.View
		}
	}
	b, _ := json.Marshal(acks)
	t.Fatalf("acknowledged with %s, want the form %q", b, callback)
	return slack.ModalViewRequest{}
}

// story is a store that remembers verbs and the draft.
func story(c record.Case) (*fakeStore, *[]string) {
	var did []string
	s := oneAccount()
	s.reviewCase = func(string, string) (record.Case, error) { return c, nil }
	s.change = func(_ context.Context, by record.Actor, verb any) (any, error) {
		switch v := verb.(type) {
		case record.Draft:
			did = append(did, fmt.Sprintf("draft %s of %s: %s", v.Review, v.Person, v.Values[record.FieldOutcome]))
			c.Draft = &v
		case record.Verify:
			did = append(did, fmt.Sprintf("verify %s %s", v.Inputs[0].Treatment, v.Inputs[0].Measure))
			c.Holds = nil
			return c, nil
		case record.Classify:
			did = append(did, fmt.Sprintf("decide %s %q next %s supersedes %q via %s, opened %t, changed %v", v.Outcome, v.Sentence, v.Next, v.Supersedes, v.Seen.Via, v.Seen.InputsOpened, v.Seen.Changed))
		}
		return nil, nil
	}
	return s, &did
}

// TestReviewInThreeSteps goes from a held account to a decision, as a person would.
func TestReviewInThreeSteps(t *testing.T) {
	s, did := story(heldCase(scoring.HoldStale))
	b := testBot(s, newFakeSlack())
	woken := 0
	b.o.Wake = func() { woken++ }
	const measure = "usage.active_seat_ratio"

	inputs := view.ReviewInputs(b.frame(ana.ID, acme), heldCase(scoring.HoldStale), view.Meta{OpenedAt: noon, Via: "card"})
	acks := give(t, b, ev(submitted(t, ana.ID, inputs, map[record.Field]slack.BlockAction{
		view.OfMeasure(record.FieldTreatment, measure): chosen(string(record.Confirmed)), view.OfMeasure(record.FieldNote, measure): typed("checked")})))
	outcome := formOf(t, acks, view.CallOutcome)
	acks = give(t, b, ev(submitted(t, ana.ID, outcome, map[record.Field]slack.BlockAction{record.FieldOutcome: chosen("watchlist"), record.FieldSentence: typed("Log-ins fell.")})))
	follow := formOf(t, acks, view.CallFollow)
	acks = give(t, b, ev(submitted(t, ana.ID, follow, map[record.Field]slack.BlockAction{record.FieldWatch: typed("log-ins"), record.FieldNext: {SelectedDate: "2026-12-07"}})))
	if r, ok := acks[0].(*slack.ViewSubmissionResponse); !ok || r.ResponseAction != slack.RAClear {
		t.Errorf("the last ack was %v, want the form closed", acks[0])
	}
	want := []string{"verify confirm " + measure, "draft rv_1 of U0ANA: watchlist",
		`decide watchlist "Log-ins fell." next 2026-12-07 supersedes "" via card, opened true, changed [usage.active_seat_ratio]`}
	if d := cmp.Diff(want, *did); d != "" {
		t.Errorf("done (-want +got):\n%s", d)
	}
	if woken != 2 {
		t.Errorf("the outbox was woken %d times, want once for each change", woken)
	}
}

// TestVerifiedForSomebodyElse: an analyst clears the hold; deciding is Ana's.
func TestVerifiedForSomebodyElse(t *testing.T) {
	s, _ := story(heldCase(scoring.HoldStale))
	b := testBot(s, newFakeSlack())
	inputs := view.ReviewInputs(b.frame(ann.ID, acme), heldCase(scoring.HoldStale), view.Meta{})
	acks := give(t, b, ev(submitted(t, ann.ID, inputs, map[record.Field]slack.BlockAction{
		view.OfMeasure(record.FieldTreatment, "usage.active_seat_ratio"): chosen(string(record.Confirmed))})))
	done, _ := json.Marshal(formOf(t, acks, "").Blocks)
	if !strings.Contains(string(done), "The inputs are recorded") || !strings.Contains(string(done), "ask Ana") {
		t.Errorf("Ann was told %s", done)
	}
}

// TestDraftsAreKept: at each step, also when a field is wrong or somebody was faster.
func TestDraftsAreKept(t *testing.T) {
	s, did := story(openCase())
	b := testBot(s, newFakeSlack())
	outcome := view.ReviewOutcome(b.frame(ana.ID, acme), openCase(), view.Meta{})
	acks := give(t, b, ev(submitted(t, ana.ID, outcome, map[record.Field]slack.BlockAction{record.FieldOutcome: chosen("watchlist")})))
	if r, ok := acks[0].(*slack.ViewSubmissionResponse); !ok || r.Errors[view.BlockID(record.FieldSentence)] == "" {
		t.Errorf("no complaint about the missing sentence: %v", acks[0])
	}
	if d := cmp.Diff([]string{"draft rv_1 of U0ANA: watchlist"}, *did); d != "" {
		t.Errorf("done (-want +got):\n%s", d)
	}

	d := record.Draft{Review: "rv_1", Person: ana.ID, Values: map[record.Field]string{record.FieldOutcome: "stable"}}
	c := openCase()
	c.Draft = &d
	s.reviewCase = func(string, string) (record.Case, error) { return c, nil }
	var kept record.Draft
	s.change = func(_ context.Context, by record.Actor, verb any) (any, error) {
		if v, ok := verb.(record.Draft); ok {
			kept = v
			return nil, nil
		}
		return nil, record.Errorf(record.Conflict, "Already set to at-risk by Bob at 14:02; nothing of yours was saved.")
	}
	follow := view.ReviewFollow(b.frame(ana.ID, acme), c, d, view.Meta{})
	acks = give(t, b, ev(submitted(t, ana.ID, follow, map[record.Field]slack.BlockAction{record.FieldNext: {SelectedDate: "2026-12-07"}})))
	if told, _ := json.Marshal(formOf(t, acks, "").Blocks); !strings.Contains(string(told), "Already set to at-risk by Bob at 14:02") {
		t.Errorf("Ana was told %s", told)
	}
	if kept.Review != "rv_1" || kept.Person != ana.ID || kept.Values[record.FieldNext] != "2026-12-07" {
		t.Errorf("kept %+v, want what Ana had typed", kept)
	}
}

// TestWithoutADraft: a form whose first step is gone says so.
func TestWithoutADraft(t *testing.T) {
	s, did := story(openCase())
	b := testBot(s, newFakeSlack())
	follow := view.ReviewFollow(b.frame(ana.ID, acme), openCase(), record.Draft{Values: map[record.Field]string{record.FieldOutcome: "stable"}}, view.Meta{})
	acks := give(t, b, ev(submitted(t, ana.ID, follow, nil)))
	if told, _ := json.Marshal(formOf(t, acks, "").Blocks); !strings.Contains(string(told), "nothing was saved") || len(*did) > 0 {
		t.Errorf("told %s, done %v", told, *did)
	}
	// Unless it went because the form was saved already, and Slack sends it again.
	saved := openCase()
	saved.Decision = &record.Decision{ID: "dc_1", Outcome: scoring.Stable, By: ana.ID, At: noon.Add(time.Minute)}
	for who, want := range map[string]slack.ViewResponseAction{ana.ID: slack.RAClear, lee.ID: slack.RAUpdate} {
		again := view.ReviewFollow(b.frame(who, acme), openCase(), record.Draft{Values: map[record.Field]string{record.FieldOutcome: "stable"}}, view.Meta{OpenedAt: noon})
		s.reviewCase = func(string, string) (record.Case, error) { return saved, nil }
		acks := give(t, b, ev(submitted(t, who, again, nil)))
		if r, ok := acks[0].(*slack.ViewSubmissionResponse); !ok || r.ResponseAction != want {
			t.Errorf("%s sends a form again: %v, want %s", who, acks[0], want)
		}
	}
}

// TestVerbs: each press and form becomes the verb it stands for.
func TestVerbs(t *testing.T) {
	s := oneAccount()
	task, _ := s.taskCase("")
	esc, _ := s.escCase("")
	b := testBot(s, newFakeSlack())
	due := record.Date{Year: 2026, Month: time.December, Day: 1}
	for name, c := range map[string]struct {
		gesture any
		want    any
	}{
		"take":        {pressed(ana.ID, view.ActTake, view.Value("rv_1")), record.Take{Review: "rv_1"}},
		"open review": {pressed(ana.ID, view.ActReviewAccount, view.Value("acme")), openReview("acme")},
		"confirm":     {pressed(ann.ID, view.ActConfirmRun, view.Value("rn_1")), confirmRun("rn_1")},
		"accept":      {pressed(ana.ID, view.ActTaskAccept, view.Value("tk_1")), record.TaskChange{Task: "tk_1", Verb: record.AcceptTask}},
		"acknowledge": {pressed(mgr.ID, view.ActAcknowledge, view.Value("es_1")), record.Answer{Escalation: "es_1", Verb: record.Acknowledge}},
		"snooze": {submitted(t, ana.ID, view.SnoozeForm(b.frame(ana.ID, acme), openCase(), view.Meta{}), map[record.Field]slack.BlockAction{
			record.FieldUntil: {SelectedDate: due.String()}, record.FieldNote: typed("away")}), record.Snooze{Review: "rv_1", Until: due, Why: "away"}},
		"owner": {submitted(t, lee.ID, view.OwnerForm(b.frame(lee.ID, acme), openCase(), view.Meta{}), map[record.Field]slack.BlockAction{
			record.FieldOwner: chosen(bob.ID), record.FieldNote: typed("knows them")}), record.AssignOwner{Review: "rv_1", Account: "acme", Owner: bob.ID, Note: "knows them"}},
		"done": {submitted(t, ana.ID, view.TaskDoneForm(b.frame(ana.ID, acme), task, view.Meta{}), map[record.Field]slack.BlockAction{
			record.FieldResult: typed("called"), record.FieldMet: chosen("yes")}), record.TaskChange{Task: "tk_1", Verb: record.CompleteTask, Result: "called", Met: true}},
		"decline": {submitted(t, ana.ID, view.TaskDeclineForm(b.frame(ana.ID, acme), task, view.Meta{}), map[record.Field]slack.BlockAction{
			record.FieldResult: typed("not mine")}), record.TaskChange{Task: "tk_1", Verb: record.DeclineTask, Result: "not mine"}},
		"hand on": {submitted(t, ana.ID, view.TaskHandForm(b.frame(ana.ID, acme), task, view.Meta{}), map[record.Field]slack.BlockAction{
			record.FieldOwner: chosen(bob.ID), record.FieldDue: {SelectedDate: due.String()}, record.FieldResult: typed("he knows them")}),
			record.TaskChange{Task: "tk_1", Verb: record.HandOnTask, Owner: bob.ID, Due: due, Result: "he knows them"}},
		"opened": {pressed(mgr.ID, view.ActDecide, view.Value("es_1")), opened("es_1")},
		"answer": {submitted(t, mgr.ID, view.DecideForm(b.frame(mgr.ID, acme), esc, view.Meta{}), map[record.Field]slack.BlockAction{
			"verb": chosen("decline"), record.FieldAnswer: typed("not now")}), record.Answer{Escalation: "es_1", Verb: record.Decline, Text: "not now"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got any
			var by record.Actor
			s.change = func(_ context.Context, a record.Actor, verb any) (any, error) {
				got, by = verb, a
				if _, opens := verb.(openReview); opens {
					return record.Review{ID: "rv_1"}, nil
				}
				return nil, nil
			}
			if acks := give(t, b, ev(c.gesture)); len(acks) != 1 {
				t.Errorf("acknowledged %d times", len(acks))
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("verb (-want +got):\n%s", d)
			}
			if by.Request == "" || by.Name == "" {
				t.Errorf("by %+v, want a name and a request key", by)
			}
		})
	}
}

// TestSecondPress: a form for what is over isn't opened.
func TestSecondPress(t *testing.T) {
	s := oneAccount()
	s.taskCase = func(string) (record.TaskCase, error) {
		return record.TaskCase{Account: acme, Task: record.Task{ID: "tk_1", Owner: ana.ID, State: record.TaskDone, EndedAt: noon, EndedBy: bob.ID}}, nil
	}
	s.escCase = func(string) (record.EscalationCase, error) {
		return record.EscalationCase{Case: openCase(), Escalation: record.Escalation{ID: "es_1", Recipient: mgr.ID, State: record.EscDeclined, DecidedAt: noon, DecidedBy: mgr.ID}}, nil
	}
	decided := openCase()
	decided.Decision = &record.Decision{Outcome: scoring.AtRisk, ByName: "Bob", At: noon}
	s.reviewCase = func(string, string) (record.Case, error) { return decided, nil }
	for want, p := range map[string]slack.InteractionCallback{
		"already done by Bob":                                   pressed(ana.ID, view.ActTaskDone, view.Value("tk_1")),
		"This task was already done by Bob":                     pressed(ana.ID, view.ActTaskDecline, view.Value("tk_1")),
		"This task was already done by Bob. Nothing":            pressed(ana.ID, view.ActTaskHand, view.Value("tk_1")),
		"already declined by Max":                               pressed(mgr.ID, view.ActDecide, view.Value("es_1")),
		"Already set to at-risk by Bob on 23 November at 12:00": pressed(ana.ID, view.ActMore, view.MoreValue(view.MoreSnooze, "rv_1")),
	} {
		f := newFakeSlack()
		give(t, testBot(s, f), ev(p))
		if len(f.said) != 1 || !strings.Contains(f.said[0], want) {
			t.Errorf("said %q, want %q", f.said, want)
		}
	}
}

// TestOwnerFromInsideAForm: the form that is open turns into the next one.
func TestOwnerFromInsideAForm(t *testing.T) {
	f := newFakeSlack()
	p := atHome(pressed(lee.ID, view.ActOwner, view.Value("rv_1")))
	p.View = slack.View{ID: "V7", Type: slack.VTModal}
	give(t, testBot(oneAccount(), f), ev(p))
	if d := cmp.Diff([]string{"updateView V7 " + view.CallOwner}, f.said); d != "" {
		t.Errorf("Slack was told (-want +got):\n%s", d)
	}
}
