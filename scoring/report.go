package scoring

import (
	"cmp"
	"slices"
	"time"
)

// Report is a result in the shape that `healthbot score --json` prints. What
// an unscored account doesn't have is null, not zero.
type Report struct {
	Account    string          `json:"account"`
	AsOf       time.Time       `json:"as_of"`
	Version    string          `json:"version"`
	State      string          `json:"state"` // "scored" or "unscored"
	Score      *Tenths         `json:"score"`
	Band       *Band           `json:"band"`
	Health     *float64        `json:"health"`
	Adjusted   *float64        `json:"adjusted"`
	Base       float64         `json:"base"`
	Coverage   float64         `json:"coverage"`
	Confidence Confidence      `json:"confidence"`
	Range      *[2]float64     `json:"range"`
	Findings   []Finding       `json:"findings"`
	Override   *Override       `json:"override"`
	Caps       []Cap           `json:"caps"`
	CapPoints  float64         `json:"cap_points"`
	Holds      []Hold          `json:"holds"`
	Proposal   *Proposal       `json:"proposal"`
	NextAction Action          `json:"next_action"`
	Previous   *ReportPrevious `json:"previous,omitempty"`
	Parts      []Part          `json:"parts,omitempty"`
	Priority   *Priority       `json:"priority,omitempty"`
}

// ReportPrevious is what a report compares with.
type ReportPrevious struct {
	AsOf    time.Time `json:"as_of"`
	Score   Tenths    `json:"score"`
	Version string    `json:"version"`
}

// Report gives the result in its public shape.
func (r Result) Report() Report {
	out := Report{Account: r.Account, AsOf: r.AsOf, Version: r.Version, State: "scored", Base: r.Base, Coverage: r.Coverage,
		Confidence: r.Confidence, Findings: r.Findings, Override: r.Override, Caps: r.Caps, Holds: r.Holds,
		Proposal: r.Proposal, NextAction: r.Next}
	if r.Unscored {
		out.State = "unscored"
		return out
	}
	out.Score, out.Band, out.Health, out.Adjusted = &r.Score, &r.Band, &r.Health, &r.Adjusted
	out.Range = &[2]float64{r.Low, r.High}
	out.CapPoints = r.capPoints()
	return out
}

// unscoredRank is where an account without a score stands in a list: as on the
// watchlist, after those at risk.
const unscoredRank Tenths = 600

// Rank orders accounts, the lowest first: by score, and without one as if on
// the watchlist.
func (r Result) Rank() Tenths {
	if r.Unscored {
		return unscoredRank
	}
	return r.Score
}

// WorstFirst sorts results by rank, ties by account.
func WorstFirst(rs []Result) {
	slices.SortFunc(rs, func(a, b Result) int {
		return cmp.Or(cmp.Compare(a.Rank(), b.Rank()), cmp.Compare(a.Account, b.Account))
	})
}
