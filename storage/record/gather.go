package record

import (
	"slices"
	"time"

	"healthbot/scoring"
)

// Rules are everything from configuration by which storage changes records.
type Rules struct {
	People Directory
	Policy Policy
	Model  scoring.Model // the approved version
}

// Context gathers what the rules of a decision depend on.
func (r Rules) Context(a Account, now time.Time) Context {
	zone := r.Policy.Zone
	if zone == nil {
		zone = time.UTC
	}
	return Context{Account: a, Policy: r.Policy, People: r.People, Today: DateOf(now.In(zone)), Now: now}
}

// Today is the office's calendar day.
func (r Rules) Today(now time.Time) Date { return r.Context(Account{}, now).Today }

// Case is one account with everything that a person needs to decide on it: what
// a card, a review form or an answer to /health shows.
type Case struct {
	Account    Account
	Snapshot   Snapshot
	Review     *Review        // the open (or just decided) review; nil: none is open
	Run        *Run           // the run it belongs to; nil: none
	Holds      []scoring.Hold // in force, those cleared left out, "unowned" included
	Last       *Decision      // the latest decision before this review; nil: none
	Decision   *Decision      // this review's decision; nil: none yet
	Tasks      []Task         // open ones, and those of this review's decision
	Escalation *Escalation    // the latest; nil: none
	Trail      []Trail        // who did what when on this review, oldest first
	Draft      *Draft         // of the person asking; nil: none
	Renewing   bool           // renewal within 90 days: the owner decides or confirms
	// Override and Cancelling are what a person said and what still stands; nil:
	// nothing does.
	Override   *Override
	Cancelling *Cancellation
}

// EscalatesAnyway says that nothing but data holds an account whose customer was
// heard to want to cancel: what a person reports goes through, whatever is stale.
func (c Case) EscalatesAnyway() bool {
	return c.Cancelling != nil && len(c.Holds) > 0 && OnlyData(c.Holds)
}

// OnlyData says that every hold is one of evidence, which a person clears by
// looking into inputs.
func OnlyData(holds []scoring.Hold) bool {
	return !slices.ContainsFunc(holds, func(h scoring.Hold) bool { return !h.Kind.Data() })
}

// Trail is one line of a card's history: "at-risk by Ana, 14:02".
type Trail struct {
	At   time.Time
	Who  string
	Text string
}

// RunCase is a run with its numbers: what a digest shows.
type RunCase struct {
	Run      Run
	Counts   Counts
	Segments map[string]int // accounts in scope by segment
	Held     []HeldAccount  // which accounts are on hold, and why
	Waiting  map[string]int // by owner id: accounts that need a person and got no card
	Sources  []SourceState
	Yours    map[string][]QueueRow // by owner id: the accounts with a card
	// Confirmed names who confirmed scope and sources, and when.
	Confirmed   string
	ConfirmedAt time.Time
}

// HeldAccount is an account that nobody may decide before looking.
type HeldAccount struct {
	Account string
	Name    string
	Holds   []scoring.Hold
}

// SourceState is how current a source is.
type SourceState struct {
	Name     string
	LastSync time.Time // zero: never
	Late     bool      // older than its period plus two days
}

// QueueRow is one account in a list.
type QueueRow struct {
	Review   string
	Account  Account
	Score    scoring.Tenths
	Band     scoring.Band
	Unscored bool
	Proposal scoring.Outcome
	Priority scoring.Priority
	Standing Standing
	State    ReviewState
	Taken    string
	Snoozed  Date
	Holds    []scoring.Hold
	Outcome  scoring.Outcome // the last decision's, "" when none
}

// TaskCase is a task with its account.
type TaskCase struct {
	Task    Task
	Account Account
}

// EscalationCase is an escalation with what its recipient needs to see.
type EscalationCase struct {
	Escalation Escalation
	Case       Case
	Asked      []Ask  // everybody who was asked, in order; the last is the recipient
	Next       string // who is asked next without an answer; "": nobody is left
}

// Desk is what a person's Home shows.
type Desk struct {
	Person      Person
	Queue       []QueueRow       // mine to decide, worst first
	Tasks       []TaskCase       // mine, by due date
	Waiting     []EscalationCase // waiting for my answer
	Raised      []EscalationCase // raised by me or on my accounts, still open
	Snoozed     []QueueRow       // mine, set aside
	NextRun     time.Time        // zero: none is planned
	LastRefresh time.Time
}

// Match is one account that a search found.
type Match struct {
	ID    string
	Name  string
	Exact bool
}

// QueueFilter narrows a list of open reviews; zero fields match anything.
type QueueFilter struct {
	Person   string // accounts that this person answers for today
	Manager  string // accounts with this manager
	Segment  string
	Band     scoring.Band
	Standing Standing
	// Open leaves out what is decided or snoozed.
	Open bool
}

// Verification is what walking the chain of events found.
type Verification struct {
	Events int64       `json:"events"`
	Head   string      `json:"head"`             // hash of the last event
	Broken *BrokenLink `json:"broken,omitempty"` // nil: the chain holds
}

// BrokenLink is the first event that doesn't fit.
type BrokenLink struct {
	Seq  int64  `json:"seq"`
	What string `json:"what"`
}

// ImportOptions say how an import treats what it finds.
type ImportOptions struct {
	Strict bool // one refused row refuses the file
	DryRun bool // say what would happen, change nothing
	// Progress, if set, is called now and then from the importing goroutine.
	Progress func(Progress)
}
