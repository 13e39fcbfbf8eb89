package record

import (
	"slices"
	"time"

	"healthbot/scoring"
)

// Take says who works on a review and stops the nudging.
type Take struct{ Review string }

// Snooze sets a review aside until a date, with a reason.
type Snooze struct {
	Review string
	Until  Date
	Why    string
}

// MaxSnooze is the longest a review can be set aside, in days.
const MaxSnooze = 90

// Validate reports what keeps the snooze from being recorded.
func (s Snooze) Validate(today Date) error {
	f := FieldErrors{}
	text(f, FieldNote, s.Why, true, "Say why it can wait.")
	switch {
	case s.Until.IsZero():
		f.add(FieldUntil, "Choose until when; a snooze always ends.")
	case !s.Until.After(today):
		f.add(FieldUntil, "That date is past; choose tomorrow or later.")
	case s.Until.After(today.Add(MaxSnooze)):
		f.add(FieldUntil, "At most %d days: %s or earlier.", MaxSnooze, today.Add(MaxSnooze))
	}
	return f.err()
}

// Treatment is what a person did about an input on hold.
type Treatment string

const (
	Confirmed Treatment = "confirm" // the value is right: becomes a reading of today
	Corrected Treatment = "correct" // a new value: becomes a reading, the old one stays
	Dropped   Treatment = "retire"  // no longer counts
	Routed    Treatment = "route"   // the data owner looks into it
)

// Verify treats inputs of a review; each leaves a note and clears its hold.
type Verify struct {
	Review string
	Inputs []Input
}

// Input is one treated measure.
type Input struct {
	Measure   string
	Treatment Treatment
	Value     *float64 // for Corrected
	Note      string
}

// Validate reports what keeps the inputs from being recorded: a measure that the
// model doesn't know, a value outside of its bounds, nothing to confirm.
func (v Verify) Validate(m scoring.Model, seen scoring.Result) error {
	f := FieldErrors{}
	if len(v.Inputs) == 0 {
		f.add(FieldTreatment, "Choose what to do with at least one input.")
	}
	for _, in := range v.Inputs {
		x, ok := m.Measure(in.Measure)
		if !ok {
			f.add(FieldTreatment, "The model has no measure “%s”; open the review again.", in.Measure)
			continue
		}
		switch in.Treatment {
		case Confirmed:
			known := func(f scoring.Finding) bool { return f.Measure == x.ID && f.Value != nil }
			if !slices.ContainsFunc(seen.Findings, known) {
				f.add(FieldTreatment, "There is no value of %s to confirm; enter one, or ask the data owner.", x.Title)
			}
		case Corrected:
			switch {
			case in.Value == nil:
				f.add(FieldValue, "Enter the right value of %s.", x.Title)
			case !(*in.Value >= x.Min && *in.Value <= x.Max): // so that NaN is refused, too
				f.add(FieldValue, "%s lies between %v and %v.", x.Title, x.Min, x.Max)
			}
		case Dropped, Routed:
		default:
			f.add(FieldTreatment, "Choose what to do with %s: confirm, correct, retire, or ask the data owner.", x.Title)
		}
		text(f, FieldNote, in.Note, in.Treatment == Dropped, "Say why it no longer counts.")
	}
	return f.err()
}

// AssignOwner changes the one person answerable for an account.
type AssignOwner struct {
	Review  string
	Account string
	Owner   string
	Note    string
}

// Validate reports what keeps the owner from being changed.
func (a AssignOwner) Validate(people Directory) error {
	f := FieldErrors{}
	person(f, FieldOwner, a.Owner, people)
	text(f, FieldNote, a.Note, false, "")
	return f.err()
}

// Draft is what a person has typed in a review so far, step by step. It is
// saved at each step, because a closed modal hands back nothing reliable.
type Draft struct {
	Review  string
	Person  string
	Values  map[Field]string
	SavedAt time.Time
}
