package view

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// Action ids: what a press in a message, in Home or inside a modal is called.
// The comment says whose id travels in the value.
const (
	ActReview        = "review.open"            // a review: opens its modal; also Correct…
	ActReviewAccount = "account.review"         // an account: opens a review, a spot one if none is open
	ActShow          = "account.show"           // an account: shows it privately; also Refresh
	ActTake          = "review.take"            // a review
	ActMore          = "review.more"            // a review: an overflow menu, see [ParseMore]
	ActOwner         = "review.owner"           // a review: opens the owner form
	ActConfirmRun    = "run.confirm"            // a run
	ActEscalate      = "review.escalate"        // a review: opens the outcome form although data holds stand
	ActPulse         = "review.pulse"           // a review: opens the pulse form, and goes on with the review
	ActAccountMore   = "account.more"           // an account: an overflow menu, see [ParseMore]
	ActMyQueue       = "queue.mine"             // a run, or nothing
	ActTaskAccept    = "task.accept"            // a task
	ActTaskDone      = "task.done"              // a task: opens its form
	ActTaskDecline   = "task.decline"           // a task: opens its form
	ActTaskHand      = "task.hand"              // a task: opens its form
	ActAcknowledge   = "escalation.acknowledge" // an escalation
	ActDecide        = "escalation.decide"      // an escalation: opens its form
)

// Actions lists every action id that a router must know.
var Actions = []string{ActReview, ActReviewAccount, ActShow, ActTake, ActMore, ActOwner, ActEscalate, ActPulse, ActAccountMore,
	ActConfirmRun, ActMyQueue,
	ActTaskAccept, ActTaskDone, ActTaskDecline, ActTaskHand, ActAcknowledge, ActDecide}

// ActInput is the action id of every element inside an input block. It never
// arrives as a press: its value comes with the submission.
const ActInput = "value"

// Callback ids: which form was submitted.
const (
	CallInputs      = "review.inputs"
	CallOutcome     = "review.outcome"
	CallFollow      = "review.follow"
	CallSnooze      = "review.snooze"
	CallOwner       = "review.owner"
	CallPulse       = "account.pulse"
	CallOverride    = "account.override"
	CallCancelling  = "account.cancelling"
	CallStaying     = "account.staying"
	CallTaskDone    = "task.done"
	CallTaskDecline = "task.decline"
	CallTaskHand    = "task.hand"
	CallDecide      = "escalation.decide"
)

// Callbacks lists every callback id that a router must know.
var Callbacks = []string{CallInputs, CallOutcome, CallFollow, CallSnooze, CallOwner, CallPulse, CallOverride, CallCancelling, CallStaying, CallTaskDone, CallTaskDecline, CallTaskHand, CallDecide}

// More is an item of an overflow menu.
type More string

const (
	MoreSnooze     More = "snooze"     // opens the snooze form
	MoreOwner      More = "owner"      // opens the owner form
	MorePulse      More = "pulse"      // opens the pulse form
	MoreOverride   More = "override"   // opens the override form
	MoreCancelling More = "cancelling" // opens the form to report an intent to cancel, or to withdraw it
)

// Fields that only forms know; the rest are record's.
const (
	fieldVerb      record.Field = "verb"       // an escalation's answer: accept, change, decline
	fieldTaskOwner record.Field = "task_owner" // who does the first task
)

// version stands before every value. A message stays in its channel for years;
// a press on one that an incompatible version wrote is recognised by it.
const version = "1"

// Value is what a button carries: a version and a record's id, never state.
func Value(id string) string { return version + ":" + id }

// ParseValue returns the record's id.
func ParseValue(s string) (string, error) {
	v, id, ok := strings.Cut(s, ":")
	if !ok || v != version || id == "" {
		return "", record.Errorf(record.NotFound, "That button belongs to another version of healthbot, so nothing was changed. Type `/health` and the account's name to go on.")
	}
	return id, nil
}

// MoreValue is what an item of an overflow menu carries: a review's id or an
// account's, as the menu's action says.
func MoreValue(item More, id string) string { return Value(string(item) + ":" + id) }

// ParseMore returns the chosen item and the review or account.
func ParseMore(s string) (More, string, error) {
	rest, err := ParseValue(s)
	if err != nil {
		return "", "", err
	}
	item, id, ok := strings.Cut(rest, ":")
	if !ok || id == "" {
		return "", "", record.Errorf(record.NotFound, "That menu belongs to another version of healthbot, so nothing was changed. Type `/health` and the account's name to go on.")
	}
	return More(item), id, nil
}

// inputPrefix begins the block id of every input; the field's name follows.
const inputPrefix = "in:"

// BlockID is the block id of a field's input.
func BlockID(f record.Field) string { return inputPrefix + string(f) }

// OfMeasure is a field of one measure in the inputs form, where each measure
// has a treatment, a value and a note of its own.
func OfMeasure(f record.Field, measure string) record.Field {
	return f + ":" + record.Field(measure)
}

// Meta rides in a modal's private_metadata from step to step.
type Meta struct {
	Review  string `json:"review,omitempty"`
	Subject string `json:"subject,omitempty"` // the task, escalation or account, where the form is about one
	Step    string `json:"step,omitempty"`    // the form's callback id
	// Outcome was chosen in the step before and shaped this one.
	Outcome    scoring.Outcome `json:"outcome,omitempty"`
	OpenedAt   time.Time       `json:"opened_at,omitzero"`
	Via        string          `json:"via,omitempty"`        // "card", "command", "home"
	Supersedes string          `json:"supersedes,omitempty"` // the decision being corrected
	Channel    string          `json:"channel,omitempty"`    // where the press was made
	TS         string          `json:"ts,omitempty"`
	Inputs     bool            `json:"inputs,omitempty"`  // the inputs were opened on their own
	Changed    []string        `json:"changed,omitempty"` // measures verified on the way
}

// String is the JSON form; a Meta that could not be encoded does not exist.
func (m Meta) String() string {
	b, err := json.Marshal(m)
	if err != nil { // only a year beyond 9999 can do this
		panic(fmt.Sprintf("view: meta of %s: %v", cmp.Or(m.Review, m.Subject), err))
	}
	return string(b)
}

// ParseMeta reads a modal's private_metadata.
func ParseMeta(s string) (Meta, error) {
	var m Meta
	if err := json.Unmarshal([]byte(s), &m); err != nil {
		return Meta{}, &record.Error{Kind: record.Invalid, Cause: err,
			Say: "This form lost its place, so nothing was saved. Please close it and open the review again."}
	}
	return m, nil
}

// Seen is what the measurement event keeps of how the decision came about.
func (m Meta) Seen() record.Seen {
	return record.Seen{OpenedAt: m.OpenedAt, InputsOpened: m.Inputs, Changed: m.Changed, Via: m.Via}
}
