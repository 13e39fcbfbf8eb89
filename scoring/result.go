package scoring

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Tenths is a score or part of one in whole tenths of a point: scores are
// compared and explained in tenths, so that printed parts always add up.
type Tenths int

// RoundTenths rounds half up, as the model prescribes: floor(10·x + 0.5).
func RoundTenths(x float64) Tenths { return Tenths(math.Floor(float64(10*x) + 0.5)) }

// Float returns the score in points.
func (t Tenths) Float() float64 { return float64(t) / 10 }

// String prints one decimal, always.
func (t Tenths) String() string {
	if t < 0 {
		return "-" + (-t).String()
	}
	return strconv.Itoa(int(t/10)) + "." + strconv.Itoa(int(t%10))
}

// Signed prints a difference: "+0.5", "−8.5" with the sign for minus, "0.0".
func (t Tenths) Signed() string {
	switch {
	case t < 0:
		return "−" + (-t).String()
	case t > 0:
		return "+" + t.String()
	}
	return t.String()
}

// MarshalJSON keeps the one decimal in files and exports.
func (t Tenths) MarshalJSON() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalJSON reads points with one decimal.
func (t *Tenths) UnmarshalJSON(b []byte) error {
	var f float64
	if _, err := fmt.Sscan(string(b), &f); err != nil {
		return fmt.Errorf("score %q: %w", b, err)
	}
	*t = Tenths(math.Round(f * 10))
	return nil
}

// Band is the score's place on the scale: the machine's word.
type Band string

const (
	Healthy  Band = "healthy"
	Watch    Band = "watch"
	Risk     Band = "risk"
	Critical Band = "critical"
	Unscored Band = "unscored"
)

// Bands lists the bands of a score, from the best down.
var Bands = []Band{Healthy, Watch, Risk, Critical}

// BandLine says from which score on a band holds.
type BandLine struct {
	Band Band    `json:"band"`
	From float64 `json:"from"`
}

// Outcome is what a review ends in: a human's word. The machine only ever
// proposes one.
type Outcome string

const (
	Stable     Outcome = "stable"
	Watchlist  Outcome = "watchlist"
	AtRisk     Outcome = "at-risk"
	Escalation Outcome = "escalation required"
)

// Outcomes lists the four from the calmest to the most urgent.
var Outcomes = []Outcome{Stable, Watchlist, AtRisk, Escalation}

// Confidence words the coverage.
type Confidence string

const (
	HighConfidence   Confidence = "high"
	MediumConfidence Confidence = "medium"
	NoConfidence     Confidence = "none" // below the floor: unscored
)

// State says how current a finding's evidence is.
type State string

const (
	Fresh   State = "fresh"
	Late    State = "late"    // past the allowed age, still counting in part
	Expired State = "expired" // too old to count for good news
	Unknown State = "unknown" // never reported
	Retired State = "retired" // a person took it out
)

// Finding is one judgement on one measure.
type Finding struct {
	Measure    string    `json:"measure"`
	Title      string    `json:"title"`
	Signal     Signal    `json:"signal"`
	Value      *float64  `json:"value"` // nil: nothing known
	Unit       string    `json:"unit"`
	ObservedAt time.Time `json:"observed_at,omitzero"`
	Source     string    `json:"source,omitempty"`
	Score      *float64  `json:"score"` // S, 0-100
	Freshness  float64   `json:"freshness"`
	State      State     `json:"state"`
	Norm       float64   `json:"norm"`
	Weight     float64   `json:"weight"` // W, the share of the whole
	Points     float64   `json:"points"` // W·(e − N)
	Evidence   string    `json:"evidence,omitempty"`
	// Effective is e: the score after ageing.
	Effective float64 `json:"effective"`
	// Goal is the customer's own, where it has taken the place of the anchors.
	Goal *Goal `json:"goal,omitempty"`
	// Others are values of the same week from other sources.
	Others []Other `json:"others,omitempty"`
}

// Other is a second source's value for a measure.
type Other struct {
	Source     string    `json:"source"`
	Value      float64   `json:"value"`
	ObservedAt time.Time `json:"observed_at"`
	Conflict   bool      `json:"conflict"`
}

// Cap is a rule in force that keeps the score from being higher.
type Cap struct {
	Name     string  `json:"name"`
	Value    float64 `json:"value"`
	Binding  bool    `json:"binding"` // it lowers the score
	Evidence string  `json:"evidence"`
}

// HoldKind names a stop rule.
type HoldKind string

const (
	HoldMissing  HoldKind = "missing"
	HoldStale    HoldKind = "stale"
	HoldConflict HoldKind = "conflict"
	HoldUnowned  HoldKind = "unowned"
	HoldModel    HoldKind = "model" // scored by a version that isn't the approved one
)

// Data says that the evidence itself sets the hold off: it is missing, too old,
// or contradicts itself.
func (k HoldKind) Data() bool { return k == HoldMissing || k == HoldStale || k == HoldConflict }

// Hold is a stop rule in force: no outcome until a person has looked.
type Hold struct {
	Kind     HoldKind `json:"kind"`
	Signal   Signal   `json:"signal,omitempty"`
	Measures []string `json:"measures,omitempty"` // what to verify
	Evidence string   `json:"evidence"`
}

// Proposal is the machine's suggestion with the criterion that it matched.
type Proposal struct {
	Outcome Outcome `json:"outcome"`
	Reason  string  `json:"reason"`
}

// Action is the proposed next step.
type Action struct {
	Text string `json:"text"`
	Role string `json:"role"` // who would normally do it
}

// Result is one account's score at one moment, with everything that explains it.
type Result struct {
	Account    string     `json:"account"`
	AsOf       time.Time  `json:"as_of"`
	Version    string     `json:"version"` // the model's label
	Digest     string     `json:"digest"`  // and its digest
	Stage      Stage      `json:"stage"`
	Unscored   bool       `json:"unscored,omitempty"`
	Score      Tenths     `json:"score"` // D; kept but not shown when unscored
	Band       Band       `json:"band"`
	Health     float64    `json:"health"` // H
	Adjusted   float64    `json:"adjusted"`
	Base       float64    `json:"base"` // Σ W·N: what nothing but norms would give
	Coverage   float64    `json:"coverage"`
	Confidence Confidence `json:"confidence"`
	Low        float64    `json:"low"` // the 80 % range
	High       float64    `json:"high"`
	Findings   []Finding  `json:"findings"`
	Override   *Override  `json:"override,omitempty"`
	Caps       []Cap      `json:"caps"`
	Holds      []Hold     `json:"holds"`
	Proposal   *Proposal  `json:"proposal,omitempty"` // nil when unscored, unless the customer wants to cancel
	Next       Action     `json:"next"`
	// LowFor counts the weekly scores in a row below the model's low line, once
	// there are so many that a person must look; 0 before.
	LowFor int `json:"low_for,omitempty"`
}

// WithoutCaps is what the score would be if no cap bound.
func (r Result) WithoutCaps() Tenths { return RoundTenths(r.Adjusted) }

// Binding returns the lowest binding cap.
func (r *Result) Binding() (Cap, bool) {
	var best Cap
	for _, c := range r.Caps {
		if c.Binding && (best.Name == "" || c.Value < best.Value) {
			best = c
		}
	}
	return best, best.Name != ""
}

// Hold finds a hold by kind.
func (r Result) Hold(k HoldKind) (Hold, bool) {
	for _, h := range r.Holds {
		if h.Kind == k {
			return h, true
		}
	}
	return Hold{}, false
}
