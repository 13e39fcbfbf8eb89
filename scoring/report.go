package scoring

import "time"

// Report is a result in the shape that `healthbot score --json` prints. Every key
// is always there. What an unscored account doesn't have is null, not zero, and
// parts is null where nothing is explained.
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
	Findings   []ReportFinding `json:"findings"`
	Override   *Override       `json:"override"`
	Caps       []Cap           `json:"caps"`
	CapPoints  float64         `json:"cap_points"`
	Holds      []Hold          `json:"holds"`
	Proposal   *Proposal       `json:"proposal"`
	NextAction Action          `json:"next_action"`
	Previous   *ReportPrevious `json:"previous"`
	Parts      []Part          `json:"parts"`
	Priority   *Priority       `json:"priority"`
}

// ReportFinding is a finding whose keys are always there, too.
type ReportFinding struct {
	Finding
	ObservedAt *time.Time `json:"observed_at"`
	Source     string     `json:"source"`
	Evidence   string     `json:"evidence"`
}

// ReportPrevious is what a report compares with. Its score is null where it had
// none.
type ReportPrevious struct {
	AsOf    time.Time `json:"as_of"`
	Score   *Tenths   `json:"score"`
	Version string    `json:"version"`
}

// Report gives the result in its public shape.
func (r Result) Report() Report {
	out := Report{Account: r.Account, AsOf: r.AsOf, Version: r.Version, State: "scored", Base: r.Base, Coverage: r.Coverage,
		Confidence: r.Confidence, Findings: make([]ReportFinding, len(r.Findings)), Override: r.Override, Caps: r.Caps, Holds: r.Holds,
		Proposal: r.Proposal, NextAction: r.Next}
	for i, f := range r.Findings {
		out.Findings[i] = ReportFinding{Finding: f, Source: f.Source, Evidence: f.Evidence}
		if !f.ObservedAt.IsZero() {
			out.Findings[i].ObservedAt = &f.ObservedAt
		}
	}
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
