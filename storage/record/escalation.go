package record

import "time"

// EscalationState is where an escalation stands.
type EscalationState string

const (
	EscOpen         EscalationState = "waiting for an answer"
	EscAcknowledged EscalationState = "acknowledged"
	EscAccepted     EscalationState = "accepted"
	EscChanged      EscalationState = "changed"
	EscDeclined     EscalationState = "declined"
)

// Escalation is a request to somebody who can do more than the owner. An
// account has at most one that isn't answered; a second one updates it.
type Escalation struct {
	ID        string
	Decision  string
	Account   string
	Recipient string
	Trigger   string
	Reason    string
	Plan      string
	Ask       string
	RespondBy time.Time
	State     EscalationState
	Answer    string
	By        string // who escalated
	ByName    string
	MadeAt    time.Time
	AckedAt   time.Time
	DecidedAt time.Time
	DecidedBy string
}

// EscalationVerb is what the recipient can do.
type EscalationVerb string

const (
	Acknowledge EscalationVerb = "acknowledge"
	Accept      EscalationVerb = "accept"
	Change      EscalationVerb = "change"
	Decline     EscalationVerb = "decline"
)

// escalationMoves is the whole state machine: acknowledge, then decide; a
// decision without an acknowledgement counts as both.
var escalationMoves = map[EscalationState]map[EscalationVerb]EscalationState{
	EscOpen:         {Acknowledge: EscAcknowledged, Accept: EscAccepted, Change: EscChanged, Decline: EscDeclined},
	EscAcknowledged: {Accept: EscAccepted, Change: EscChanged, Decline: EscDeclined},
}

// Move says what a verb makes of an escalation; a Conflict error tells what it
// is already.
func (e Escalation) Move(v EscalationVerb, people Directory) (EscalationState, error) {
	if to, ok := escalationMoves[e.State][v]; ok {
		return to, nil
	}
	if e.DecidedAt.IsZero() {
		return "", Errorf(Conflict, "This escalation is already %s. Nothing was changed.", e.State)
	}
	return "", Errorf(Conflict, "This escalation was already %s by %s. Nothing was changed.", e.State, people.Name(e.DecidedBy))
}

// Open says that an answer is still due.
func (e Escalation) Open() bool { return e.State == EscOpen || e.State == EscAcknowledged }

// Answer carries a verb out on an escalation; only its recipient may.
type Answer struct {
	Escalation string
	Verb       EscalationVerb
	Text       string
}

// Validate reports what keeps the answer from being recorded.
func (a Answer) Validate() error {
	f := FieldErrors{}
	switch a.Verb {
	case Change:
		text(f, FieldAnswer, a.Text, true, "Say what you would do instead.")
	case Decline:
		text(f, FieldAnswer, a.Text, true, "Say why, so that the owner can go on.")
	case Accept:
		text(f, FieldAnswer, a.Text, false, "")
	}
	return f.err()
}
