package view

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// values reads every input of a submitted view as text, by field.
func values(v slack.View) map[record.Field]string {
	out := map[record.Field]string{}
	if v.State == nil {
		return out
	}
	for block, elements := range v.State.Values {
		field, ok := strings.CutPrefix(block, inputPrefix)
		if !ok {
			continue
		}
		if s := value(elements[ActInput]); s != "" {
			out[record.Field(field)] = s
		}
	}
	return out
}

// value is what was entered, whatever the kind of element.
func value(a slack.BlockAction) string {
	if len(a.SelectedOptions) > 0 {
		var codes []string
		for _, o := range a.SelectedOptions {
			codes = append(codes, o.Value)
		}
		return strings.Join(codes, reasonSeparator)
	}
	var moment string
	if a.SelectedDateTime != 0 {
		moment = strconv.FormatInt(a.SelectedDateTime, 10)
	}
	return cmp.Or(a.SelectedOption.Value, a.SelectedUser, a.SelectedDate, moment, strings.TrimSpace(a.Value))
}

// submitted reads a form's values and its meta.
func submitted(v slack.View) (map[record.Field]string, Meta, error) {
	m, err := ParseMeta(v.PrivateMetadata)
	return values(v), m, err
}

// parsedDate reads what a date picker sent; anything else is no date, which
// Validate complains about.
func parsedDate(s string) record.Date {
	d, err := record.ParseDate(s)
	if err != nil {
		return record.Date{}
	}
	return d
}

// ParseInputs reads [CallInputs]. The model says in which unit a value was
// entered and which values are legal.
func ParseInputs(model scoring.Model, v slack.View) (record.Verify, error) {
	got, m, err := submitted(v)
	if err != nil {
		return record.Verify{}, err
	}
	out := record.Verify{Review: m.Review}
	bad := record.FieldErrors{}
	for _, field := range slices.Sorted(maps.Keys(got)) {
		id, ok := strings.CutPrefix(string(field), string(record.FieldTreatment)+":")
		if !ok {
			continue
		}
		in := record.Input{Measure: id, Treatment: record.Treatment(got[field]), Note: got[OfMeasure(record.FieldNote, id)]}
		switch in.Treatment {
		case record.Corrected:
			x, wrong := entered(model, id, got[OfMeasure(record.FieldValue, id)])
			if wrong != "" {
				bad[OfMeasure(record.FieldValue, id)] = wrong
			}
			in.Value = &x
			fallthrough
		case record.Dropped:
			if in.Note == "" {
				bad[OfMeasure(record.FieldNote, id)] = "Say where you know it from."
			}
		}
		out.Inputs = append(out.Inputs, in)
	}
	switch {
	case len(bad) > 0:
		return out, bad
	case len(out.Inputs) == 0:
		return out, record.FieldErrors{record.FieldTreatment: "Say about at least one of them what to do."}
	}
	return out, nil
}

// entered reads a corrected value in the measure's own unit, or says what is
// wrong with it. People enter shares in percent; 0.63 would be a slip.
func entered(model scoring.Model, id, s string) (x float64, wrong string) {
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return 0, "Enter the other value as a number."
	}
	measure, ok := model.Measure(id)
	if !ok {
		return x, ""
	}
	scale := 1.0
	if measure.Unit == ratio {
		scale = 100
		if x > 0 && x < 1 {
			return 0, fmt.Sprintf("That is less than one percent. For a share of %s write %s.", s, number(100*x))
		}
	}
	if lo, hi := scale*measure.Min, scale*measure.Max; x < lo || x > hi {
		return 0, fmt.Sprintf("Enter a number from %s to %s.", number(lo), number(hi))
	}
	return x / scale, ""
}

// outcomeFields are what the outcome's form asks for.
var outcomeFields = []record.Field{record.FieldOutcome, record.FieldSentence, record.FieldReasons}

// ParseOutcome reads [CallOutcome] on top of the draft saved earlier, if any.
// Another outcome drops what was entered to follow the first. The draft comes
// back beside a complaint too: what was typed is worth saving.
func ParseOutcome(v slack.View, earlier *record.Draft) (record.Draft, error) {
	got, m, err := submitted(v)
	if err != nil {
		return record.Draft{}, err
	}
	d := record.Draft{Review: m.Review, Values: got}
	if earlier != nil && earlier.Values[record.FieldOutcome] == got[record.FieldOutcome] {
		for field, s := range earlier.Values {
			if !slices.Contains(outcomeFields, field) {
				d.Values[field] = s
			}
		}
	}
	// record judges whole decisions; of its complaints, those about what this
	// form asked for are due now.
	bad := record.FieldErrors{}
	var all record.FieldErrors
	if errors.As(classify(d.Values, m).Validate(record.Context{}), &all) {
		for _, field := range outcomeFields {
			if s, ok := all[field]; ok {
				bad[field] = s
			}
		}
	}
	if len(bad) > 0 {
		return d, bad
	}
	return d, nil
}

// ParseFollow reads [CallFollow] on top of the draft of the step before, and
// returns that draft with this step's values too.
func ParseFollow(v slack.View, d record.Draft) (record.Classify, record.Draft, error) {
	got, m, err := submitted(v)
	if err != nil {
		return record.Classify{}, d, err
	}
	if chosen := d.Values[record.FieldOutcome]; chosen != string(m.Outcome) {
		return record.Classify{}, d, record.Errorf(record.Conflict, "This form is for “%s”, but your latest choice for this review is “%s”. Nothing was saved; close it and open the review again, your draft is kept.", m.Outcome, cmp.Or(chosen, "none"))
	}
	all := maps.Clone(d.Values)
	for _, field := range inputFields(v) {
		delete(all, field) // an emptied field is empty, whatever the draft said
	}
	maps.Copy(all, got)
	d.Review, d.Values = m.Review, all
	return classify(all, m), d, nil
}

// classify makes the verb of a form's values.
func classify(of map[record.Field]string, m Meta) record.Classify {
	c := record.Classify{Review: m.Review, Outcome: scoring.Outcome(of[record.FieldOutcome]), Sentence: of[record.FieldSentence],
		Supersedes: m.Supersedes, Seen: m.Seen()}
	if s := of[record.FieldReasons]; s != "" {
		c.Reasons = strings.Split(s, reasonSeparator)
	}
	switch c.Outcome {
	case scoring.Stable:
		c.Next = parsedDate(of[record.FieldNext])
	case scoring.Watchlist:
		c.Next, c.Watch = parsedDate(of[record.FieldNext]), of[record.FieldWatch]
	case scoring.AtRisk:
		c.Owner, c.Goal = of[record.FieldOwner], of[record.FieldGoal]
		c.Task = &record.NewTask{Kind: record.TaskKind(of[record.FieldTaskKind]), Title: of[record.FieldTask],
			Owner: of[fieldTaskOwner], Due: parsedDate(of[record.FieldDue]), Expected: of[record.FieldExpected]}
	case scoring.Escalation:
		c.Escalate = &record.NewEscalation{Recipient: of[record.FieldRecipient], Trigger: of[record.FieldTrigger], Reason: c.Sentence,
			Plan: of[record.FieldPlan], Ask: of[record.FieldAsk]}
		if s, err := strconv.ParseInt(of[record.FieldRespondBy], 10, 64); err == nil {
			c.Escalate.RespondBy = time.Unix(s, 0).UTC()
		}
	}
	return c
}

// ParseSnooze reads [CallSnooze].
func ParseSnooze(v slack.View) (record.Snooze, error) {
	got, m, err := submitted(v)
	return record.Snooze{Review: m.Review, Until: parsedDate(got[record.FieldUntil]), Why: got[record.FieldNote]}, err
}

// ParseOwner reads [CallOwner]; the review's account is the caller's to fill in.
func ParseOwner(v slack.View) (record.AssignOwner, error) {
	got, m, err := submitted(v)
	return record.AssignOwner{Review: m.Review, Owner: got[record.FieldOwner], Note: got[record.FieldNote]}, err
}

// ParseTask reads [CallTaskDone], [CallTaskDecline] and [CallTaskHand].
func ParseTask(v slack.View) (record.TaskChange, error) {
	got, m, err := submitted(v)
	c := record.TaskChange{Task: m.Subject, Verb: record.CompleteTask, Result: got[record.FieldResult], Met: got[record.FieldMet] == "yes"}
	switch m.Step {
	case CallTaskDecline:
		c.Verb = record.DeclineTask
	case CallTaskHand:
		c.Verb, c.Owner, c.Due = record.HandOnTask, got[record.FieldOwner], parsedDate(got[record.FieldDue])
	}
	return c, err
}

// ParseDecide reads [CallDecide].
func ParseDecide(v slack.View) (record.Answer, error) {
	got, m, err := submitted(v)
	return record.Answer{Escalation: m.Subject, Verb: record.EscalationVerb(got[fieldVerb]), Text: got[record.FieldAnswer]}, err
}

// inputFields lists the fields that a view asks for, in its order.
func inputFields(v slack.View) []record.Field {
	var out []record.Field
	for _, b := range v.Blocks.BlockSet {
		if in, ok := b.(*slack.InputBlock); ok {
			if field, ok := strings.CutPrefix(in.BlockID, inputPrefix); ok {
				out = append(out, record.Field(field))
			}
		}
	}
	return out
}

// errorLength keeps what stands below an input readable.
const errorLength = 300

// BlockErrors places complaints beside the inputs of a view: Slack takes only
// ids of input blocks that are there. A complaint about anything else joins the
// first input. Empty means that the view asks for nothing: answer with [Done].
func BlockErrors(e record.FieldErrors, v slack.View) map[string]string {
	fields := inputFields(v)
	out := map[string]string{}
	if len(fields) == 0 {
		return out
	}
	for _, field := range slices.Sorted(maps.Keys(e)) {
		at := slices.IndexFunc(fields, func(x record.Field) bool { return x == field || strings.HasPrefix(string(x), string(field)+":") })
		id := BlockID(fields[max(at, 0)])
		out[id] = cut(strings.TrimSpace(out[id]+" "+e[field]), errorLength)
	}
	return out
}
