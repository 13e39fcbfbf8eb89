package record

import (
	"fmt"
	"time"
)

// DeliveryState is where a delivery stands: pending → sending → sent, or dead.
type DeliveryState string

const (
	Pending DeliveryState = "pending"
	Sending DeliveryState = "sending" // handed to Slack; the answer isn't known yet
	Sent    DeliveryState = "sent"
	Dead    DeliveryState = "dead" // refused for good; the reason is kept and shown
)

// DeliveryKind says what is posted.
type DeliveryKind string

const (
	Digest       DeliveryKind = "digest"        // a run's parent message; subject: run
	Card         DeliveryKind = "card"          // an account in a run's thread; subject: review
	OwnerLine    DeliveryKind = "owner_line"    // "your five"; subject: run
	TaskDM       DeliveryKind = "task_dm"       // subject: task
	EscalationDM DeliveryKind = "escalation_dm" // to the recipient; subject: escalation
	EscalatedDM  DeliveryKind = "escalated_dm"  // to the owner, with live status; subject: escalation
	AdminDM      DeliveryKind = "admin_dm"      // a fault that an admin must mend; subject: delivery
	ReminderDM   DeliveryKind = "reminder_dm"   // everything due for one person at one time; subject: reminder
	NoticeDM     DeliveryKind = "notice_dm"     // what an admin should know of a job; subject: notice
)

// Delivery is something to post to Slack, once and only once. It is rendered
// from the records at the moment of sending, so that it is never out of date.
type Delivery struct {
	ID       string // travels in the message's metadata
	Key      string // unique: kind, subject and person
	Kind     DeliveryKind
	Subject  string // the id of what it shows
	To       string // a channel id, or a person's id for a DM
	Parent   string // the delivery whose thread it belongs to
	State    DeliveryState
	Attempts int
	NotUntil time.Time // back-off
	SentAt   time.Time // when it was handed to Slack
	Channel  string    // where Slack put it
	TS       string
	Reason   string // why it is dead, or the last refusal
	// ParentTS is the parent's ts, filled in when it is claimed.
	ParentTS string
	// Wanted and Shown are revisions: the message is edited while they differ.
	Wanted, Shown int
}

// DeliveryKey makes the unique key of a delivery.
func DeliveryKey(k DeliveryKind, subject, to string) string {
	return fmt.Sprintf("%s:%s:%s", k, subject, to)
}

// MetadataEvent is the event_type under which a delivery's id travels.
const MetadataEvent = "healthbot_delivery"

// Receipt is where Slack put a message.
type Receipt struct{ Channel, TS string }

// Refusal is a definite no from Slack: the message was not posted. Retry after
// the given time if Again, else the delivery is dead. Any other error of a
// delivery means that nobody knows whether it was posted.
type Refusal struct {
	Reason string
	Again  bool
	After  time.Duration
	// Silent: Slack gave no answer, and certainly has nothing.
	Silent bool
}

func (r *Refusal) Error() string { return "Slack refused the message: " + r.Reason }
