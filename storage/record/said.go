package record

import (
	"fmt"
	"time"

	"healthbot/scoring"
)

// What a person says about an account that no source can: their own impression,
// a correction of the score, an intent to cancel that they heard of. Each is kept
// with name and date, and none decides anything.

// Override is a person's correction of the computed score, as recorded.
type Override struct {
	ID       string
	Account  string
	Points   scoring.Tenths
	Reason   string
	Evidence string
	Until    time.Time // from this moment on it counts no more
	By       string
	ByName   string
	At       time.Time
}

// Bounds of an override: the stronger it is, the sooner somebody must look again.
const (
	MaxOverride       = scoring.Tenths(150)
	StrongOverride    = scoring.Tenths(100)
	OverrideDays      = 90
	StrongOverrideFor = 30 // days, beyond StrongOverride
)

// SetOverride corrects the score of an account until a day. It takes the place of
// the override in force; none, or zero points, ends that one.
type SetOverride struct {
	Account  string
	Points   *scoring.Tenths // nil: nothing was entered
	Reason   string
	Evidence string
	Until    Date // the day on which it ends, at the office's midnight
}

// Ends says that the override in force is to end and no other follows.
func (s SetOverride) Ends() bool { return s.Points != nil && *s.Points == 0 }

// Validate reports what keeps the override from being recorded.
func (s SetOverride) Validate(today Date) error {
	f := FieldErrors{}
	text(f, FieldReason, s.Reason, true, "Say why the score is wrong.")
	switch {
	case s.Points == nil:
		f.add(FieldPoints, "Enter points from −15 to 15; 0 ends the override in force.")
		return f.err()
	case s.Ends():
		return f.err()
	case *s.Points < -MaxOverride || *s.Points > MaxOverride:
		f.add(FieldPoints, "At most 15 points up or down; what weighs more belongs into the evidence.")
	}
	text(f, FieldEvidence, s.Evidence, true, "Say what shows it: a sentence, a quote, or a link.")
	most, why := OverrideDays, ""
	if p := *s.Points; p < -StrongOverride || p > StrongOverride {
		most, why = StrongOverrideFor, " beyond 10 points"
	}
	switch {
	case s.Until.IsZero():
		f.add(FieldUntil, "Choose when it ends; an override always does.")
	case !s.Until.After(today):
		f.add(FieldUntil, "That date is past; choose tomorrow or later.")
	case s.Until.After(today.Add(most)):
		f.add(FieldUntil, "At most %d days%s: %s or earlier.", most, why, today.Add(most))
	}
	return f.err()
}

// Cancellation is an intent to cancel that a person heard of. It caps the score
// until a person withdraws it or a result of the contract is recorded.
type Cancellation struct {
	ID       string
	Account  string
	Who      string // at the customer
	Heard    Date
	Evidence string // what was said or written
	By       string
	ByName   string
	At       time.Time
}

// Words tell of it without what was said: a cap's evidence stands in channels,
// the customer's own words don't.
func (c Cancellation) Words() string {
	return fmt.Sprintf("said by %s on %s, recorded by %s", c.Who, c.Heard.Time().Format("2 Jan 2006"), c.ByName)
}

// ReportCancellation records an intent to cancel.
type ReportCancellation struct {
	Account  string
	Who      string
	Heard    Date
	Evidence string
}

// Validate reports what keeps it from being recorded.
func (r ReportCancellation) Validate(today Date) error {
	f := FieldErrors{}
	text(f, FieldWho, r.Who, true, "Say who at the customer said so.")
	text(f, FieldEvidence, r.Evidence, true, "Write down what was said, or where it is written.")
	switch {
	case r.Heard.IsZero():
		f.add(FieldHeard, "Choose the day on which you heard it.")
	case r.Heard.After(today):
		f.add(FieldHeard, "That day is still to come; choose today or earlier.")
	}
	return f.err()
}

// WithdrawCancellation says that an intent to cancel no longer stands.
type WithdrawCancellation struct {
	Account string
	Why     string
}

// Validate reports what keeps it from being withdrawn.
func (w WithdrawCancellation) Validate() error {
	f := FieldErrors{}
	text(f, FieldNote, w.Why, true, "Say what changed, and who says so.")
	return f.err()
}

// PulseMeasure is the measure that a person's own impression becomes a reading of.
const PulseMeasure = "sentiment.pulse"

// Pulse is a person's impression of an account, from 1 (bad) to 5 (good).
type Pulse struct {
	Account string
	Value   int // 0: nothing was chosen
	Note    string
}

// Validate reports what keeps the pulse from being recorded.
func (p Pulse) Validate() error {
	f := FieldErrors{}
	if p.Value < 1 || p.Value > 5 {
		f.add(FieldPulse, "Choose 1 (bad) to 5 (good).")
	}
	text(f, FieldNote, p.Note, true, "Say what the impression comes from.")
	return f.err()
}
