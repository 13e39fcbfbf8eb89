package scoring

import "time"

// Input is everything that is known about one account at one moment. What was
// received after Now must not be in it; [Evaluate] ignores it all the same.
type Input struct {
	Now      time.Time
	Account  Account
	Readings []Reading
	Facts    Facts
	// Synced holds, for each kind of fact, the end of the last complete sync of
	// a source that delivers it. A kind without one was never synced, and
	// measures derived from it are unknown.
	Synced   map[FactKind]time.Time
	Override *Override
	// Carried is the state of the last weekly scoring; nil: there was none, and
	// the band follows the plain lines.
	Carried *Carried
}

// Account is what scoring needs to know of a customer.
type Account struct {
	ID        string
	Segment   string
	Stage     Stage
	Seats     int
	StartedOn time.Time // zero: unknown
	RenewalOn time.Time // zero: none or unknown
	// Goals are the customer's own success criteria, by measure.
	Goals map[string]Goal
	// CancelIntent is set while a person's record of an intent to cancel stands.
	CancelIntent string
}

// Goal is a customer's own success criterion for a measure: which values score
// 0, 25, 50, 75 and 100 for this customer.
type Goal struct {
	At       [5]float64 `json:"at"`
	Since    time.Time  `json:"since"`
	Evidence string     `json:"evidence,omitempty"` // where it was agreed
}

// Reading is one value of a measure, as a source reported it.
type Reading struct {
	Measure    string
	Source     string
	Value      float64
	ObservedAt time.Time
	ReceivedAt time.Time
	Evidence   string
	// Retired marks a person's decision that what was known no longer counts.
	Retired bool
}

// Person is the source name of readings that a human entered. Within a week it
// outranks every other source.
const Person = "person"

// FactKind is a kind of dated fact.
type FactKind string

const (
	KindMilestone FactKind = "milestone"
	KindTicket    FactKind = "ticket"
	KindInvoice   FactKind = "invoice"
	KindContact   FactKind = "contact"
	KindTouch     FactKind = "touch"
)

// FactKinds lists the kinds in the order in which documents name them.
var FactKinds = []FactKind{KindMilestone, KindTicket, KindInvoice, KindContact, KindTouch}

// plural names the kind's facts as a source of findings.
func (k FactKind) plural() string {
	if k == KindTouch {
		return "touches"
	}
	return string(k) + "s"
}

// Facts are the dated facts of one account, as known at Input.Now. A zero time
// means that it hasn't happened.
type Facts struct {
	Milestones []Milestone
	Tickets    []Ticket
	Invoices   []Invoice
	Contacts   []Contact
	Touches    []Touch
}

type Milestone struct {
	ID   string    `json:"id"`
	Name string    `json:"name"`
	Due  time.Time `json:"due"`
	Done time.Time `json:"done,omitzero"`
	Link string    `json:"link,omitempty"`
}

type Ticket struct {
	ID       string    `json:"id"`
	Title    string    `json:"title,omitempty"`
	Severity int       `json:"severity"` // 1 is worst, 4 mildest
	Opened   time.Time `json:"opened"`
	Closed   time.Time `json:"closed,omitzero"`
	Breached time.Time `json:"breached,omitzero"` // when a promised time was missed
	// Escalated says that the customer asked for somebody higher up.
	Escalated bool   `json:"escalated,omitempty"`
	Link      string `json:"link,omitempty"`
}

type Invoice struct {
	ID   string    `json:"id"`
	Due  time.Time `json:"due"`
	Paid time.Time `json:"paid,omitzero"`
}

type Contact struct {
	ID   string    `json:"id"`
	Name string    `json:"name"`
	Role string    `json:"role,omitempty"` // "champion", "sponsor", …
	Left time.Time `json:"left,omitzero"`
}

// Touch is one exchange with a contact; Inbound when it came from the customer.
type Touch struct {
	ID      string    `json:"id"`
	Contact string    `json:"contact,omitempty"` // a contact's id
	At      time.Time `json:"at"`
	Inbound bool      `json:"inbound"`
}

// Override is a person's correction of the computed health, in points, with a
// reason and an end. It never beats a cap.
type Override struct {
	Points float64   `json:"points"` // −15 to 15
	Reason string    `json:"reason"`
	Until  time.Time `json:"until"`
}
