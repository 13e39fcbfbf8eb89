package record

import (
	"strings"
	"time"
	"unicode/utf8"

	"healthbot/scoring"
)

// Actor is who does something, and where in Slack.
type Actor struct {
	ID      string
	Name    string
	Channel string // where the gesture was made
	Message string // the message's ts, if there was one
	// Request is made from what Slack sent (view id and hash; or message, action
	// and action time). A repeat of it returns the first result.
	Request string
}

// Fields of the decision forms.
const (
	FieldOutcome   Field = "outcome"
	FieldSentence  Field = "sentence"
	FieldReasons   Field = "reasons"
	FieldNext      Field = "next_review"
	FieldWatch     Field = "watch"
	FieldOwner     Field = "owner"
	FieldGoal      Field = "goal"
	FieldTask      Field = "task"
	FieldTaskKind  Field = "task_kind"
	FieldDue       Field = "due"
	FieldExpected  Field = "expected"
	FieldRecipient Field = "recipient"
	FieldTrigger   Field = "trigger"
	FieldPlan      Field = "plan"
	FieldAsk       Field = "ask"
	FieldRespondBy Field = "respond_by"
	FieldNote      Field = "note"
	FieldUntil     Field = "until"
	FieldResult    Field = "result"
	FieldMet       Field = "met"
	FieldAnswer    Field = "answer"
	FieldValue     Field = "value"
	FieldTreatment Field = "treatment"
	FieldPoints    Field = "points"
	FieldReason    Field = "reason"
	FieldEvidence  Field = "evidence"
	FieldWho       Field = "who"
	FieldHeard     Field = "heard"
	FieldPulse     Field = "pulse"
)

// MaxText is the longest text a person may enter in one field; it is Slack's
// own limit for a text input's content (docs: plain-text input, max_length).
const MaxText = 3000

// MaxReasons is how many reason codes a decision may carry.
const MaxReasons = 3

// Classify is the verb that decides a review. What follows depends on the outcome.
type Classify struct {
	Review   string
	Outcome  scoring.Outcome
	Sentence string   // why, in plain words
	Reasons  []string // reason codes, at most three
	Next     Date     // stable: the next review
	Watch    string   // watchlist: what to watch; Next says until when
	Owner    string   // at-risk: who is answerable for the work
	Goal     string   // at-risk: "above 60 within 30 days"
	Task     *NewTask
	Escalate *NewEscalation
	// Supersedes is the decision that this one corrects; "" for a first one. If
	// it isn't the review's current decision, somebody else was faster.
	Supersedes string
	// How the decision came about, for the measurement event.
	Seen Seen
}

// Seen is what the measurement event keeps of how a decision was made.
type Seen struct {
	OpenedAt     time.Time `json:"opened_at,omitzero"` // when the review was opened
	InputsOpened bool      `json:"inputs_opened"`
	Changed      []string  `json:"changed,omitempty"` // measures verified or corrected
	Via          string    `json:"via"`               // "card", "command", "home"
}

// NewTask asks for one piece of work.
type NewTask struct {
	Kind     TaskKind
	Title    string
	Owner    string
	Due      Date
	Expected string
}

// NewEscalation asks somebody who can do more.
type NewEscalation struct {
	Recipient string
	Trigger   string // which criterion or event set it off
	Reason    string // plain words
	Plan      string
	Ask       string
	RespondBy time.Time
}

// Context is what the rules of a decision depend on.
type Context struct {
	Account Account
	Policy  Policy
	People  Directory
	Today   Date
	Now     time.Time
}

// Validate reports, field by field, what keeps the decision from being recorded.
func (c Classify) Validate(x Context) error {
	f := FieldErrors{}
	text(f, FieldSentence, c.Sentence, c.Outcome != scoring.Stable, "Say in a plain sentence why.")
	if len(c.Reasons) > MaxReasons {
		f.add(FieldReasons, "Choose at most %d reasons.", MaxReasons)
	}
	switch c.Outcome {
	case scoring.Stable:
		c.nextReview(f, x)
	case scoring.Watchlist:
		c.nextReview(f, x)
		text(f, FieldWatch, c.Watch, true, "Say what to watch.")
	case scoring.AtRisk:
		person(f, FieldOwner, c.Owner, x.People)
		text(f, FieldGoal, c.Goal, true, "Say what success looks like, and by when.")
		if c.Task == nil {
			f.add(FieldTask, "At-risk needs a first task.")
			break
		}
		c.Task.validate(f, x)
	case scoring.Escalation:
		if c.Escalate == nil {
			f.add(FieldRecipient, "Say who must act.")
			break
		}
		c.Escalate.validate(f, x)
	default:
		f.add(FieldOutcome, "Choose one of the four outcomes.")
	}
	return f.err()
}

// nextReview allows a date from tomorrow to twice the cadence.
func (c Classify) nextReview(f FieldErrors, x Context) {
	latest := x.Today.Add(2 * x.Policy.Cadence(x.Account, x.Now))
	switch {
	case c.Next.IsZero():
		f.add(FieldNext, "Choose the date of the next review.")
	case !c.Next.After(x.Today):
		f.add(FieldNext, "That date is past; choose tomorrow or later.")
	case c.Next.After(latest):
		f.add(FieldNext, "At most twice the usual time: %s or earlier.", latest)
	}
}

func (t NewTask) validate(f FieldErrors, x Context) {
	if !t.Kind.valid() {
		f.add(FieldTaskKind, "Choose what kind of work it is.")
	}
	text(f, FieldTask, t.Title, true, "Say what is to be done.")
	text(f, FieldExpected, t.Expected, true, "Say what should be true when it is done.")
	person(f, FieldOwner, t.Owner, x.People)
	switch {
	case t.Due.IsZero():
		f.add(FieldDue, "Choose a due date.")
	case t.Due.Before(x.Today):
		f.add(FieldDue, "That date is past; choose today or later.")
	}
}

func (e NewEscalation) validate(f FieldErrors, x Context) {
	person(f, FieldRecipient, e.Recipient, x.People)
	text(f, FieldTrigger, e.Trigger, true, "Say what set it off.")
	text(f, FieldSentence, e.Reason, true, "Say in plain words why.")
	text(f, FieldAsk, e.Ask, true, "Say what you ask of them.")
	text(f, FieldPlan, e.Plan, false, "")
	switch {
	case e.RespondBy.IsZero():
		f.add(FieldRespondBy, "Choose by when they must answer.")
	case !e.RespondBy.After(x.Now):
		f.add(FieldRespondBy, "That time is past; choose a later one.")
	}
}

// text checks a text field: blank where required, too long anywhere.
func text(f FieldErrors, field Field, s string, required bool, blank string) {
	switch n := utf8.RuneCountInString(s); {
	case required && strings.TrimSpace(s) == "":
		f.add(field, "%s", blank)
	case n > MaxText:
		f.add(field, "That is %d characters; at most %d fit. Nothing was cut; shorten it and save again.", n, MaxText)
	}
}

// person checks that a field names somebody in the directory.
func person(f FieldErrors, field Field, id string, people Directory) {
	switch _, ok := people.Person(id); {
	case id == "":
		f.add(field, "Choose a person.")
	case !ok:
		f.add(field, "That person isn't set up in healthbot; choose another or ask an admin to add them.")
	}
}

// Decision is a human's outcome, as recorded. A correction is a new decision;
// the old one stays.
type Decision struct {
	ID       string
	Review   string
	Account  string
	Outcome  scoring.Outcome
	Proposed scoring.Outcome // "" when the machine proposed nothing
	Sentence string
	Reasons  []string
	Next     Date
	Watch    string
	Owner    string
	Goal     string
	// Supersedes is the decision that this one corrects.
	Supersedes string
	Score      scoring.Tenths
	Band       scoring.Band
	Version    string
	By         string // Slack user id
	ByName     string // as it was then
	At         time.Time
}

// Measurement is what each decision leaves for the question "does it work?".
type Measurement struct {
	Proposal scoring.Outcome `json:"proposal"`
	Outcome  scoring.Outcome `json:"outcome"`
	Score    scoring.Tenths  `json:"score"`
	Band     scoring.Band    `json:"band"`
	Version  string          `json:"version"`
	Digest   string          `json:"digest"`
	Agreed   bool            `json:"agreed"`
	Seconds  float64         `json:"seconds"` // from opening to saving
	Seen     Seen            `json:"seen"`
}

// Measure makes the measurement of a decision.
func (d Decision) Measure(s Snapshot, seen Seen) Measurement {
	m := Measurement{Proposal: d.Proposed, Outcome: d.Outcome, Score: d.Score, Band: d.Band, Version: d.Version,
		Digest: s.Result.Digest, Agreed: d.Proposed == d.Outcome, Seen: seen}
	if !seen.OpenedAt.IsZero() {
		m.Seconds = d.At.Sub(seen.OpenedAt).Seconds()
	}
	return m
}
