package view

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// submit plays Slack: it sends a form back with what stood in it, and with what
// a person entered instead. Fields that the form doesn't ask for can't be
// entered. The view goes through JSON, as it would over the wire.
func submit(t *testing.T, m slack.ModalViewRequest, entered map[record.Field]string) slack.View {
	t.Helper()
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var v slack.View
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	state := map[string]map[string]slack.BlockAction{}
	used := map[record.Field]bool{}
	for _, block := range v.Blocks.BlockSet {
		in, ok := block.(*slack.InputBlock)
		if !ok {
			continue
		}
		f := record.Field(strings.TrimPrefix(in.BlockID, inputPrefix))
		s, changed := entered[f]
		used[f] = true
		state[in.BlockID] = map[string]slack.BlockAction{ActInput: fill(t, in.Element, s, changed)}
	}
	for f := range entered {
		if !used[f] {
			t.Fatalf("the form has no field %s", f)
		}
	}
	v.State = &slack.ViewState{Values: state}
	return v
}

// fill is one element's state: as it stood, or as changed.
func fill(t *testing.T, e slack.BlockElement, s string, changed bool) slack.BlockAction {
	t.Helper()
	choose := func(o *slack.OptionBlockObject, all []*slack.OptionBlockObject) slack.OptionBlockObject {
		if changed {
			o = chosen(s, all)
			if o == nil && s != "" {
				t.Fatalf("no option %q", s)
			}
		}
		if o == nil {
			return slack.OptionBlockObject{}
		}
		return *o
	}
	or := func(initial string) string {
		if changed {
			return s
		}
		return initial
	}
	switch e := e.(type) {
	case *slack.PlainTextInputBlockElement:
		return slack.BlockAction{Value: or(e.InitialValue)}
	case *slack.NumberInputBlockElement:
		return slack.BlockAction{Value: or(e.InitialValue)}
	case *slack.DatePickerBlockElement:
		return slack.BlockAction{SelectedDate: or(e.InitialDate)}
	case *slack.DateTimePickerBlockElement:
		return slack.BlockAction{SelectedDateTime: e.InitialDateTime}
	case *slack.RadioButtonsBlockElement:
		return slack.BlockAction{SelectedOption: choose(e.InitialOption, e.Options)}
	case *slack.SelectBlockElement:
		if e.Type == slack.OptTypeUser {
			return slack.BlockAction{SelectedUser: or(e.InitialUser)}
		}
		return slack.BlockAction{SelectedOption: choose(e.InitialOption, e.Options)}
	case *slack.MultiSelectBlockElement:
		var out []slack.OptionBlockObject
		for _, o := range e.Options {
			if changed && slices.Contains(strings.Split(s, ","), o.Value) || !changed && slices.ContainsFunc(e.InitialOptions, func(i *slack.OptionBlockObject) bool { return i.Value == o.Value }) {
				out = append(out, *o)
			}
		}
		return slack.BlockAction{SelectedOptions: out}
	}
	t.Fatalf("nobody can fill in a %T", e)
	return slack.BlockAction{}
}

func validate(c record.Classify, f Frame) error {
	return c.Validate(record.Rules{People: f.People, Policy: f.Policy, Model: f.Model}.Context(acme(), f.Now))
}

// TestRoutine: Review, Next, Save. Nothing is entered, and the decision is
// whole: the proposal, with the next review a cadence away.
func TestRoutine(t *testing.T) {
	f, c := frame(), acmeCase()
	c.Snapshot.Result.Proposal = &scoring.Proposal{Outcome: scoring.Stable, Reason: "82.0 is in band healthy"}
	first := submit(t, Review(f, c, Meta{Via: "card"}), nil)
	d, err := ParseOutcome(first, nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := ParseMeta(first.PrivateMetadata)
	if err != nil {
		t.Fatal(err)
	}
	f.Now = f.Now.Add(10 * time.Second)
	got, _, err := ParseFollow(submit(t, ReviewFollow(f, c, d, m), nil), d)
	if err != nil {
		t.Fatal(err)
	}
	want := record.Classify{Review: "rv_1", Outcome: scoring.Stable, Next: day(2026, 12, 21), Seen: record.Seen{OpenedAt: now, Via: "card"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := validate(got, f); err != nil {
		t.Errorf("not valid: %v", err)
	}
}

func TestFollow(t *testing.T) {
	f, c := frame(), acmeCase()
	base := record.Classify{Review: "rv_1", Sentence: "No reply for six weeks.", Reasons: []string{"silence", "milestones"}, Seen: record.Seen{OpenedAt: now, Via: "home", Changed: []string{"usage.active_seat_ratio"}}}
	for _, tt := range []struct {
		outcome scoring.Outcome
		entered map[record.Field]string
		want    func(*record.Classify)
	}{
		{scoring.Stable, map[record.Field]string{record.FieldNext: "2026-12-01"}, func(w *record.Classify) { w.Next = day(2026, 12, 1) }},
		{scoring.Watchlist, nil, func(w *record.Classify) { w.Next, w.Watch = day(2026, 12, 7), "A reply from Noor" }},
		{scoring.AtRisk, map[record.Field]string{record.FieldExpected: " a date \n", fieldTaskOwner: bo}, func(w *record.Classify) {
			w.Owner, w.Goal = ana, "Above 60 within 30 days"
			w.Task = &record.NewTask{Kind: record.Outreach, Title: "Reach a second stakeholder", Owner: bo, Due: day(2026, 11, 24), Expected: "a date"}
		}},
		{scoring.Escalation, map[record.Field]string{record.FieldTrigger: "silence", record.FieldAsk: "Call them", record.FieldRecipient: mia}, func(w *record.Classify) {
			w.Escalate = &record.NewEscalation{Recipient: mia, Trigger: "silence", Reason: "No reply for six weeks.", Ask: "Call them", RespondBy: time.Date(2026, 11, 24, 14, 0, 0, 0, time.UTC)}
		}},
	} {
		t.Run(string(tt.outcome), func(t *testing.T) {
			d := draft(tt.outcome)
			m := Meta{Review: "rv_1", Step: CallOutcome, OpenedAt: now, Via: "home", Changed: []string{"usage.active_seat_ratio"}}
			got, saved, err := ParseFollow(submit(t, ReviewFollow(f, c, d, m), tt.entered), d)
			if err != nil {
				t.Fatal(err)
			}
			want := base
			want.Outcome = tt.outcome
			tt.want(&want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if err := validate(got, f); err != nil {
				t.Errorf("not valid: %v", err)
			}
			// The draft brings the same form back.
			again, _, err := ParseFollow(submit(t, ReviewFollow(f, c, saved, m), nil), saved)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got, again); diff != "" {
				t.Errorf("the draft lost something (-first +again):\n%s", diff)
			}
		})
	}
}

// TestFollowOfAnotherChoice: two windows of one review must not mix.
func TestFollowOfAnotherChoice(t *testing.T) {
	v := submit(t, ReviewFollow(frame(), acmeCase(), draft(scoring.Stable), Meta{Step: CallOutcome}), nil)
	if _, _, err := ParseFollow(v, draft(scoring.Watchlist)); record.KindOf(err) != record.Conflict {
		t.Errorf("got %v, want a conflict", err)
	}
	if _, _, err := ParseFollow(v, record.Draft{}); record.KindOf(err) != record.Conflict {
		t.Errorf("without a draft: got %v, want a conflict", err)
	}
}

func TestOutcome(t *testing.T) {
	f, c := frame(), acmeCase()
	form := ReviewOutcome(f, c, Meta{})
	for _, tt := range []struct {
		name    string
		entered map[record.Field]string
		wrong   []record.Field
	}{
		{"untouched, but at-risk needs a sentence", nil, []record.Field{record.FieldSentence}},
		{"stable needs none", map[record.Field]string{record.FieldOutcome: "stable"}, nil},
		{"whole", map[record.Field]string{record.FieldSentence: "silence", record.FieldReasons: "silence,support"}, nil},
		{"too many reasons", map[record.Field]string{record.FieldSentence: "x", record.FieldReasons: "silence,support,milestones,adoption"}, []record.Field{record.FieldReasons}},
		{"nothing chosen", map[record.Field]string{record.FieldOutcome: ""}, []record.Field{record.FieldOutcome, record.FieldSentence}},
		{"escalation without a sentence", map[record.Field]string{record.FieldOutcome: "escalation required"}, []record.Field{record.FieldSentence}},
		{"blank sentence", map[record.Field]string{record.FieldSentence: " \n "}, []record.Field{record.FieldSentence}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := ParseOutcome(submit(t, form, tt.entered), nil)
			bad, _ := err.(record.FieldErrors)
			if diff := cmp.Diff(tt.wrong, slices.Sorted(maps.Keys(bad))); diff != "" {
				t.Errorf("complaints (-want +got):\n%s", diff)
			}
			if d.Review != "rv_1" || len(d.Values) == 0 && len(tt.wrong) < 2 {
				t.Errorf("draft %+v was lost", d)
			}
		})
	}
}

// TestDraftSurvives: a draft of the step after stays while the outcome does.
func TestDraftSurvives(t *testing.T) {
	c := acmeCase()
	earlier := draft(scoring.Watchlist)
	earlier.Values[record.FieldWatch] = "Noor's reply"
	c.Draft = &earlier
	form := ReviewOutcome(frame(), c, Meta{})
	same, err := ParseOutcome(submit(t, form, nil), c.Draft)
	if err != nil || same.Values[record.FieldWatch] != "Noor's reply" || same.Values[record.FieldSentence] != "No reply for six weeks." {
		t.Errorf("same outcome: %v, %+v", err, same)
	}
	other, err := ParseOutcome(submit(t, form, map[record.Field]string{record.FieldOutcome: "stable", record.FieldSentence: ""}), c.Draft)
	if err != nil || other.Values[record.FieldWatch] != "" || other.Values[record.FieldSentence] != "" {
		t.Errorf("other outcome: %v, %+v", err, other)
	}
}

// TestCorrection: the form knows which decision it corrects, and starts from it.
func TestCorrection(t *testing.T) {
	c := decided(scoring.AtRisk)
	v := submit(t, ReviewOutcome(frame(), c, Meta{}), nil)
	d, err := ParseOutcome(v, nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := ParseMeta(v.PrivateMetadata)
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := ParseFollow(submit(t, ReviewFollow(frame(), c, d, m), map[record.Field]string{record.FieldExpected: "x"}), d)
	if err != nil || got.Supersedes != "dc_1" || got.Outcome != scoring.AtRisk || got.Sentence != c.Decision.Sentence {
		t.Errorf("%v, %+v", err, got)
	}
	// A decision that appears between two steps is somebody else's: no correction.
	open, _ := ParseMeta(submit(t, ReviewOutcome(frame(), acmeCase(), Meta{}), nil).PrivateMetadata)
	late, _ := ParseMeta(ReviewFollow(frame(), c, d, open).PrivateMetadata)
	if late.Supersedes != "" {
		t.Errorf("a decision made meanwhile would be overwritten: %+v", late)
	}
}

func TestInputs(t *testing.T) {
	const seats, contacts = "usage.active_seat_ratio", "stakeholder.active_contacts"
	treat := func(m string) record.Field { return OfMeasure(record.FieldTreatment, m) }
	value := func(m string) record.Field { return OfMeasure(record.FieldValue, m) }
	note := func(m string) record.Field { return OfMeasure(record.FieldNote, m) }
	x := func(v float64) *float64 { return &v }
	for _, tt := range []struct {
		name    string
		of      record.Case
		entered map[record.Field]string
		want    []record.Input
		wrong   []record.Field
	}{
		{"confirm", conflicting(), map[record.Field]string{treat(seats): "confirm"}, []record.Input{{Measure: seats, Treatment: record.Confirmed}}, nil},
		{"percent", conflicting(), map[record.Field]string{treat(seats): "correct", value(seats): "63", note(seats): "asked Ed"}, []record.Input{{Measure: seats, Treatment: record.Corrected, Value: x(.63), Note: "asked Ed"}}, nil},
		{"a slip", conflicting(), map[record.Field]string{treat(seats): "correct", value(seats): "0.63", note(seats): "n"}, nil, []record.Field{value(seats)}},
		{"out of range", conflicting(), map[record.Field]string{treat(seats): "correct", value(seats): "163", note(seats): "n"}, nil, []record.Field{value(seats)}},
		{"no number", conflicting(), map[record.Field]string{treat(seats): "correct", note(seats): "n"}, nil, []record.Field{value(seats)}},
		{"infinite", conflicting(), map[record.Field]string{treat(seats): "correct", value(seats): "inf", note(seats): "n"}, nil, []record.Field{value(seats)}},
		{"no note", conflicting(), map[record.Field]string{treat(seats): "retire"}, nil, []record.Field{note(seats)}},
		{"nothing", conflicting(), nil, nil, []record.Field{record.FieldTreatment}},
		{"two of four", unscored(), map[record.Field]string{treat(seats): "route", treat(contacts): "correct", value(contacts): "2", note(contacts): "met them"},
			[]record.Input{{Measure: contacts, Treatment: record.Corrected, Value: x(2), Note: "met them"}, {Measure: seats, Treatment: record.Routed}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := submit(t, Review(frame(), tt.of, Meta{}), tt.entered)
			got, err := ParseInputs(frame().Model, v)
			bad, _ := err.(record.FieldErrors)
			if diff := cmp.Diff(tt.wrong, slices.Sorted(maps.Keys(bad))); diff != "" {
				t.Fatalf("complaints (-want +got):\n%s", diff)
			}
			for f, at := range BlockErrors(bad, v) {
				if v.State.Values[f] == nil {
					t.Errorf("%q would stand at %s, which isn't in the form", at, f)
				}
			}
			if err != nil {
				return
			}
			if diff := cmp.Diff(record.Verify{Review: "rv_1", Inputs: tt.want}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestOtherForms(t *testing.T) {
	f := frame()
	tc := record.TaskCase{Task: task(), Account: acme()}
	ec := escalationCase(record.EscOpen)
	check := func(name string, got any, err error, want any) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	snooze, err := ParseSnooze(submit(t, SnoozeForm(f, acmeCase(), Meta{}), map[record.Field]string{record.FieldNote: "steering first"}))
	check("snooze", snooze, err, record.Snooze{Review: "rv_1", Until: day(2026, 11, 30), Why: "steering first"})
	owner, err := ParseOwner(submit(t, OwnerForm(f, acmeCase(), Meta{}), map[record.Field]string{record.FieldOwner: bo}))
	check("owner", owner, err, record.AssignOwner{Review: "rv_1", Owner: bo})
	done, err := ParseTask(submit(t, TaskDoneForm(f, tc, Meta{}), map[record.Field]string{record.FieldResult: "met", record.FieldMet: "yes"}))
	check("done", done, err, record.TaskChange{Task: "tk_1", Verb: record.CompleteTask, Result: "met", Met: true})
	declined, err := ParseTask(submit(t, TaskDeclineForm(f, tc, Meta{}), map[record.Field]string{record.FieldResult: "not mine"}))
	check("decline", declined, err, record.TaskChange{Task: "tk_1", Verb: record.DeclineTask, Result: "not mine"})
	answer, err := ParseDecide(submit(t, DecideForm(f, ec, Meta{}), map[record.Field]string{fieldVerb: "change", record.FieldAnswer: "I write to them"}))
	check("decide", answer, err, record.Answer{Escalation: "es_1", Verb: record.Change, Text: "I write to them"})
	pulse, err := ParsePulse(submit(t, PulseForm(f, acmeCase(), Meta{}), map[record.Field]string{record.FieldPulse: "2", record.FieldNote: "tired of us"}))
	check("pulse", pulse, err, record.Pulse{Account: "acme", Value: 2, Note: "tired of us"})
	for typed, want := range map[string]scoring.Tenths{"-8.5": -85, "7": 70, "0": 0, "0.05": 1, "999": 9990} {
		o, err := ParseOverride(submit(t, OverrideForm(f, acmeCase(), Meta{}), map[record.Field]string{record.FieldPoints: typed, record.FieldReason: "seats", record.FieldEvidence: "a list"}))
		check("override", o, err, record.SetOverride{Account: "acme", Points: &want, Reason: "seats", Evidence: "a list", Until: day(2026, 12, 23)})
	}
	for _, typed := range []string{"", "many", "NaN", "1e300"} {
		if o, err := ParseOverride(submit(t, OverrideForm(f, acmeCase(), Meta{}), map[record.Field]string{record.FieldPoints: typed})); err != nil || o.Points != nil {
			t.Errorf("%q points: %v, %v", typed, o.Points, err)
		}
	}
	report, err := ParseCancelling(submit(t, CancellingForm(f, acmeCase(), Meta{}), map[record.Field]string{record.FieldWho: "Noor", record.FieldEvidence: "we leave"}))
	check("cancelling", report, err, record.ReportCancellation{Account: "acme", Who: "Noor", Heard: day(2026, 11, 23), Evidence: "we leave"})
	staying, err := ParseStaying(submit(t, CancellingForm(f, cancelling(acmeInput()), Meta{}), map[record.Field]string{record.FieldNote: "signed"}))
	check("staying", staying, err, record.WithdrawCancellation{Account: "acme", Why: "signed"})
}

// TestPeopleBeyondAMenu: a big directory falls back to Slack's own menu.
func TestPeopleBeyondAMenu(t *testing.T) {
	f := frame()
	people := directory().All()
	for i := range 200 {
		people = append(people, record.Person{ID: "U0" + strings.Repeat("X", 6) + string(rune('A'+i%26)) + string(rune('A'+i/26)), Name: "Somebody"})
	}
	f.People = record.NewDirectory(people...)
	got, err := ParseOwner(submit(t, OwnerForm(f, acmeCase(), Meta{}), nil))
	if err != nil || got.Owner != ana {
		t.Errorf("%v, %+v", err, got)
	}
}

func TestBlockErrors(t *testing.T) {
	v := submit(t, ReviewFollow(frame(), acmeCase(), draft(scoring.AtRisk), Meta{Step: CallOutcome}), nil)
	got := BlockErrors(record.FieldErrors{record.FieldDue: "past", record.FieldNext: "elsewhere", record.FieldOwner: "who?", record.FieldUntil: "no such field"}, v)
	want := map[string]string{BlockID(record.FieldDue): "past", BlockID(record.FieldOwner): "elsewhere who? no such field"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := BlockErrors(record.FieldErrors{record.FieldDue: "past"}, slack.View{}); len(got) != 0 {
		t.Errorf("a view without inputs got %v", got)
	}
	// A storage error about measures in general finds the first of them.
	v = submit(t, ReviewInputs(frame(), unscored(), Meta{}), nil)
	if got := BlockErrors(record.FieldErrors{record.FieldValue: "?"}, v); got[BlockID(OfMeasure(record.FieldValue, "usage.active_seat_ratio"))] != "?" {
		t.Errorf("got %v", got)
	}
}

func TestValues(t *testing.T) {
	if id, err := ParseValue(Value("rv_1")); id != "rv_1" || err != nil {
		t.Errorf("%q, %v", id, err)
	}
	if item, id, err := ParseMore(MoreValue(MoreSnooze, "rv_1")); item != MoreSnooze || id != "rv_1" || err != nil {
		t.Errorf("%q, %q, %v", item, id, err)
	}
	for _, s := range []string{"", "1:", "2:rv_1", "rv_1", ":rv_1"} {
		if _, err := ParseValue(s); record.KindOf(err) != record.NotFound {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{"1:rv_1", "1:snooze:", "3:snooze:rv_1"} {
		if _, _, err := ParseMore(s); record.KindOf(err) != record.NotFound {
			t.Errorf("%q: %v", s, err)
		}
	}
	if _, err := ParseMeta("not json"); record.KindOf(err) != record.Invalid {
		t.Error(err)
	}
	for name, parse := range map[string]func(slack.View) error{
		"outcome": func(v slack.View) error { _, err := ParseOutcome(v, nil); return err },
		"follow":  func(v slack.View) error { _, _, err := ParseFollow(v, record.Draft{}); return err },
		"inputs":  func(v slack.View) error { _, err := ParseInputs(scoring.Model{}, v); return err },
		"snooze":  func(v slack.View) error { _, err := ParseSnooze(v); return err },
		"task":    func(v slack.View) error { _, err := ParseTask(v); return err },
	} {
		if record.KindOf(parse(slack.View{})) != record.Invalid {
			t.Errorf("%s took a view without meta", name)
		}
	}
}
