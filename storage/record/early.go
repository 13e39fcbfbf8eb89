package record

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"healthbot/scoring"
)

// Early says why an account is up before its date.
type Early struct {
	Why   string `json:"why"`
	Worse bool   `json:"worse,omitempty"` // it jumps its owner's queue
}

// Recorded is where people left an account: its last decision and what they saw.
type Recorded struct {
	Account  Account
	At       time.Time
	Proposed scoring.Outcome // by the machine
	Score    scoring.Tenths
	Band     scoring.Band
	Unscored bool
	Caps     []string // those that bound
	Next     Date     // when its next review is due
}

const (
	// nearRenewal is how many days before a renewal an account comes up once,
	// whatever its date, and from when on smaller moves count.
	nearRenewal = 90
	// NearTolerance is [Tolerance] with the renewal that near.
	NearTolerance = 4.0
)

// Early says whether an account is due before its date, and why: it moved
// beyond tolerance since people last looked, its renewal has come near since, or
// its date has passed and no run is in sight. s is its score now, with the
// change since then; next is the day of the run that would take it anyway.
//
// Evidence that aged is no move: nothing is known of the customer that wasn't
// known before. What is on hold isn't brought up either; it is to be verified.
func (was Recorded) Early(m scoring.Model, s Snapshot, today, next Date, cadence int) (Early, bool) {
	r := s.Result
	if r.Unscored || len(r.Holds) > 0 {
		return Early{}, false
	}
	since := "since " + DateOf(was.At).String()
	delta := r.Score - was.Score - aged(m, s)
	if !was.Unscored {
		if c, ok := r.Binding(); ok && delta < 0 && !slices.Contains(was.Caps, c.Name) && !m.ByCoverage(c.Name) {
			return Early{fmt.Sprintf("cap “%s” set in %s", c.Name, since), true}, true
		}
		if m.Worse(was.Band, r.Band) && delta < 0 {
			return Early{fmt.Sprintf("%s → %s %s", was.Band, r.Band, since), true}, true
		}
	}
	if p := r.Proposal; p != nil && p.Outcome == scoring.Escalation && was.Proposed != scoring.Escalation {
		return Early{fmt.Sprintf("escalation required is proposed: %s", p.Reason), true}, true
	}
	if !was.Unscored {
		tolerance := scoring.RoundTenths(was.tolerance(today))
		if delta < -tolerance {
			return Early{fmt.Sprintf("fell %s %s", strings.TrimPrefix((-delta).Signed(), "+"), since), true}, true
		}
		if delta > tolerance {
			return Early{fmt.Sprintf("rose %s %s", strings.TrimPrefix(delta.Signed(), "+"), since), false}, true
		}
	}
	if on := was.Account.RenewalOn; !on.IsZero() && on.Sub(today) <= nearRenewal && on.Sub(DateOf(was.At)) > nearRenewal {
		return Early{fmt.Sprintf("renews on %s and was last reviewed on %s", on, DateOf(was.At)), false}, true
	}
	if !was.Next.IsZero() && was.Next.Before(today) && next.Sub(today) > max(1, cadence/2) {
		return Early{fmt.Sprintf("was due on %s, and the next run comes on %s", was.Next, next), false}, true
	}
	return Early{}, false
}

// tolerance is how far a score may move before somebody should look.
func (was Recorded) tolerance(today Date) float64 {
	if on := was.Account.RenewalOn; !on.IsZero() && on.Sub(today) <= nearRenewal {
		return NearTolerance
	}
	return Tolerance
}

// aged is how much of a move is nothing but evidence getting older, the cap on
// too little fresh evidence included.
func aged(m scoring.Model, s Snapshot) scoring.Tenths {
	if s.Change == nil {
		return 0
	}
	var sum scoring.Tenths
	for _, p := range s.Change.Parts {
		if p.Kind == scoring.PartFreshness || p.Kind == scoring.PartCap && m.ByCoverage(p.Name) {
			sum += p.Points
		}
	}
	return sum
}

// spotPrefix marks the runs that no slot made; a route's name can't begin so.
const spotPrefix = "spot:"

// SpotJob names the runs of a route that come between its slots.
func SpotJob(route string) string { return spotPrefix + route }

// Route is the name of the route that a run belongs to.
func (r Run) Route() string { return strings.TrimPrefix(r.Job, spotPrefix) }

// Spot says that the run came between its route's slots.
func (r Run) Spot() bool { return strings.HasPrefix(r.Job, spotPrefix) }
