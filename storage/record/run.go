package record

import (
	"time"

	"healthbot/scoring"
)

// RunState is where a run stands: begun → open → closed.
type RunState string

const (
	RunBegun  RunState = "begun"  // claimed; snapshots are being made; resumed after a crash
	RunOpen   RunState = "open"   // visible, being worked through
	RunClosed RunState = "closed" // the next run has come; what was open is carried over
)

// Run is one period's review of one scope. Job and Slot together are its key:
// a slot is a wall time in the route's zone, and it is run once.
type Run struct {
	ID       string
	Job      string // the route's name, or its [SpotJob]
	Slot     string // wall time, "2026-11-23T09:00"
	State    RunState
	Segment  string
	Channel  string
	DueAt    time.Time // the slot as an instant
	OpenedAt time.Time
	Late     bool     // posted after downtime
	Version  string   // the model's label
	Missing  []string // who is missing from scope, and why
}

// ReviewState is where one account's review stands.
type ReviewState string

const (
	ReviewOpen    ReviewState = "open"
	ReviewSnoozed ReviewState = "snoozed"
	ReviewDecided ReviewState = "decided"
	// ReviewCarried was still open when the next run came; the account has a new
	// review there.
	ReviewCarried ReviewState = "carried"
)

// Standing says which group of the digest an account belongs to.
type Standing string

const (
	OnHold      Standing = "on hold"
	NeedsPerson Standing = "needs a person"
	InWork      Standing = "in work"
	Within      Standing = "within tolerance"
)

// Review is one account's turn: in a run, or on its own when a person opened it
// outside of one (Run is empty then).
type Review struct {
	ID       string
	Run      string
	Account  string
	Snapshot string
	State    ReviewState
	Standing Standing
	Taken    string // Slack user id of who took it
	TakenAt  time.Time
	Snoozed  Date   // until when
	Why      string // the reason for the snooze
	Decision string // the latest decision's id
	Cleared  []Clearance
}

// Clearance is a hold that a person has looked into.
type Clearance struct {
	Kind    scoring.HoldKind `json:"kind"`
	Measure string           `json:"measure,omitempty"`
	By      string           `json:"by"`
	Name    string           `json:"name"`
	At      time.Time        `json:"at"`
	How     Treatment        `json:"how"`
	Note    string           `json:"note,omitempty"`
}

// Snapshot is the score that a review starts from.
type Snapshot struct {
	ID      string
	Account string
	At      time.Time
	Result  scoring.Result
	// Previous is what it is compared with, for "▼ 4.2": the snapshot before it, or
	// for the first one the weekly scoring of four weeks earlier; nil: none.
	Previous *Previous
	// Change says to the tenth why the score moved since Previous. It is nil
	// without one, and when either end is unscored.
	Change   *scoring.Change
	Priority scoring.Priority
	Early    *Early // why it is up before its date; nil: it is due
}

// Previous is what the card compares with.
type Previous struct {
	AsOf     time.Time      `json:"as_of"`
	Score    scoring.Tenths `json:"score"`
	Band     scoring.Band   `json:"band"`
	Unscored bool           `json:"unscored,omitempty"`
	Version  string         `json:"version,omitempty"` // the model's label then
	Digest   string         `json:"digest,omitempty"`  // and its digest
}

// Tolerance is the move, in points since the last record, that is not material.
const Tolerance = 6.0

// StandingOf sorts an account into the digest's groups, from its holds (those
// not cleared), its proposal, its low weeks, its last decision and its open work.
func StandingOf(s Snapshot, holds []scoring.Hold, last *Decision, openWork bool) Standing {
	if len(holds) > 0 {
		return OnHold
	}
	if s.Early != nil {
		return NeedsPerson
	}
	p := s.Result.Proposal
	switch {
	case p == nil:
		return NeedsPerson
	case last == nil:
		if p.Outcome != scoring.Stable || s.Result.LowFor > 0 {
			return NeedsPerson
		}
		return Within
	case p.Outcome != last.Outcome, moved(s, last):
		return NeedsPerson
	case openWork && (last.Outcome == scoring.AtRisk || last.Outcome == scoring.Escalation):
		return InWork
	case last.Outcome == scoring.AtRisk || last.Outcome == scoring.Escalation:
		return NeedsPerson // at risk, and nobody is working on it
	case s.Result.LowFor > 0:
		return NeedsPerson // low for weeks, and recorded as if that were usual
	}
	return Within
}

func moved(s Snapshot, last *Decision) bool {
	d := s.Result.Score.Float() - last.Score.Float()
	return d > Tolerance || d < -Tolerance
}

// Counts are the digest's numbers.
type Counts struct {
	Due, NeedPerson, OnHold, InWork, Within int
	Decided, Snoozed, Carried               int
}
