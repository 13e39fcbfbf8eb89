package record

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// EventKind names what changed.
type EventKind string

const (
	EvInstalled  EventKind = "database.installed"
	EvRestored   EventKind = "database.restored"
	EvConfigured EventKind = "configuration.changed"
	EvModel      EventKind = "model.approved"
	EvModelKept  EventKind = "model.recorded"
	// The live version stopped being the approved one, and was it again.
	EvModelMismatch EventKind = "model.mismatch"
	EvModelMatched  EventKind = "model.matched"
	EvImported      EventKind = "import.loaded"
	EvWeekly        EventKind = "week.scored"
	EvRunBegun      EventKind = "run.begun"
	EvScored        EventKind = "run.scored"
	EvRunOpened     EventKind = "run.opened"
	EvRunJoined     EventKind = "run.joined" // accounts came up before their date
	EvConfirmed     EventKind = "run.confirmed"
	EvRunClosed     EventKind = "run.closed"
	EvReview        EventKind = "review.opened"
	EvTaken         EventKind = "review.taken"
	EvSnoozed       EventKind = "review.snoozed"
	EvVerified      EventKind = "inputs.verified"
	EvOwner         EventKind = "account.owner_changed"
	EvPulse         EventKind = "pulse.recorded"
	EvOverride      EventKind = "override.set"
	EvOverrideEnded EventKind = "override.ended"
	EvCancelling    EventKind = "cancellation.reported"
	EvStaying       EventKind = "cancellation.withdrawn"
	EvDraft         EventKind = "draft.saved"
	EvDecided       EventKind = "decision.recorded"
	EvMeasured      EventKind = "decision.measured"
	EvTaskMade      EventKind = "task.made"
	EvTaskChanged   EventKind = "task.changed"
	EvEscalated     EventKind = "escalation.made"
	EvEscUpdated    EventKind = "escalation.updated"
	EvEscAnswered   EventKind = "escalation.answered"
	EvEscOpened     EventKind = "escalation.opened"
	EvEscClimbed    EventKind = "escalation.climbed"
	EvReminded      EventKind = "deadlines.rung"
	EvPlanned       EventKind = "deadlines.planned"
	EvNotice        EventKind = "admin.notified"
	EvDeliverySent  EventKind = "delivery.sent"
	EvDeliveryDead  EventKind = "delivery.dead"
)

// Event is one change: who, what, why, before, after, evidence, where, when.
// Events are append-only, and each carries the digest of the one before.
type Event struct {
	Seq      int64
	At       time.Time
	Kind     EventKind
	ActorID  string // empty: the bot itself
	Actor    string // the name as it was then
	Account  string
	Run      string
	Subject  string // the id of what changed
	Before   json.RawMessage
	After    json.RawMessage
	TextHash string // digest of the personal text, salted; "" without text
	Where    string // channel and message in Slack
	Request  string // unique, when a gesture set it off
	Prev     string // hash of the event before
	Hash     string
}

// sealed is the event as it is hashed: field order is part of the format.
type sealed struct {
	Seq      int64           `json:"seq"`
	At       int64           `json:"at"`
	Kind     EventKind       `json:"kind"`
	ActorID  string          `json:"actor_id"`
	Actor    string          `json:"actor"`
	Account  string          `json:"account"`
	Run      string          `json:"run"`
	Subject  string          `json:"subject"`
	Before   json.RawMessage `json:"before"`
	After    json.RawMessage `json:"after"`
	TextHash string          `json:"text_hash"`
	Where    string          `json:"where"`
	Request  string          `json:"request"`
	Prev     string          `json:"prev"`
}

// Seal computes the event's hash over everything in it and the hash before.
// Before and After must be compact JSON or empty.
func (e Event) Seal() (string, error) {
	b, err := json.Marshal(sealed{e.Seq, e.At.UnixMilli(), e.Kind, e.ActorID, e.Actor, e.Account, e.Run, e.Subject,
		e.Before, e.After, e.TextHash, e.Where, e.Request, e.Prev})
	if err != nil {
		return "", fmt.Errorf("seal event %d: %w", e.Seq, err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

// HashText is the salted digest under which an event refers to personal text,
// so that the text can be erased without breaking the chain.
func HashText(salt, text string) string {
	sum := sha256.Sum256([]byte(salt + "\x00" + text))
	return hex.EncodeToString(sum[:])
}
