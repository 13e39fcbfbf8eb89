package scoring

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Signal is one of the seven kinds of evidence about a customer.
type Signal string

const (
	Usage       Signal = "usage"
	Adoption    Signal = "adoption"
	Support     Signal = "support"
	Sentiment   Signal = "sentiment"
	Billing     Signal = "billing"
	Stakeholder Signal = "stakeholder"
	Milestones  Signal = "milestones"
)

// Signals lists the seven in the order in which people read them.
var Signals = []Signal{Usage, Adoption, Support, Sentiment, Billing, Stakeholder, Milestones}

// Stage is where an account stands in its life.
type Stage string

const (
	Onboarding Stage = "onboarding" // the first 90 days
	Active     Stage = "active"
	Renewing   Stage = "renewing" // from 90 days before renewal
	Churned    Stage = "churned"
)

// Stages lists them in the order of an account's life.
var Stages = []Stage{Onboarding, Active, Renewing, Churned}

// Absence says what it means that a source in sync reports nothing.
type Absence string

const (
	AbsentUnknown Absence = "unknown" // we don't know
	AbsentZero    Absence = "zero"    // the value is 0: no open tickets
	AbsentBad     Absence = "bad"     // the score is 0: nobody ever answered
)

// Absences lists them.
var Absences = []Absence{AbsentUnknown, AbsentZero, AbsentBad}

// Model is one version of the scoring model: every number and text that
// scoring uses. It is a value; its identity is its [Model.Digest].
type Model struct {
	Name     string         `json:"name"`
	Version  int            `json:"version"`
	Signals  []SignalWeight `json:"signals"` // in service, in a fixed order of summing
	Measures []Measure      `json:"measures"`
	Caps     []CapRule      `json:"caps"`
	Bands    []BandLine     `json:"bands"` // from the best down
	// Coverage below Floor leaves an account unscored; from High on confidence is high.
	Floor float64 `json:"coverage_floor"`
	High  float64 `json:"coverage_high"`
	// A signal is red below RedBelow if its share is at least RedShare.
	RedBelow float64 `json:"red_below"`
	RedShare float64 `json:"red_share"`
	// Steady keeps bands and latches from flapping.
	Steady Hysteresis `json:"steady"`
	// HoldShare is the share from which a silent or expired signal stops the review.
	HoldShare float64 `json:"hold_share"`
	// Disagreement is the relative difference from which two sources contradict each other.
	Disagreement float64 `json:"disagreement"`
	// Doubt is the spread, in points, of a measure about which nothing is known.
	Doubt float64 `json:"doubt"`
	// Priorities, Urgency and Rates order what waits for a person.
	Priorities []PriorityRow    `json:"priorities"`
	Urgency    Urgency          `json:"urgency"`
	Rates      map[Band]float64 `json:"rates"` // assumed chance of loss within a year
	// SourceOrder ranks sources when two report one measure for one week.
	SourceOrder []string    `json:"source_order,omitempty"`
	Criteria    []Criterion `json:"criteria"`
}

// SignalWeight puts a signal in service.
type SignalWeight struct {
	Signal Signal  `json:"signal"`
	Weight float64 `json:"weight"`
	// Why gives the reason for the numbers, here and below: who approves a
	// version, or wonders about it a year later, reads them side by side.
	Why string `json:"why,omitempty"`
}

// Measure is one number within a signal and how it is judged.
type Measure struct {
	ID     string  `json:"id"` // "usage.active_seat_ratio"
	Signal Signal  `json:"signal"`
	Title  string  `json:"title"` // for people: "active seats"
	Unit   string  `json:"unit"`  // "ratio", "days", "count", …
	Weight float64 `json:"weight"`
	// Min and Max bound a legal value; readings outside are refused on import.
	Min     float64     `json:"min"`
	Max     float64     `json:"max"`
	Anchors []AnchorSet `json:"anchors"`
	SLA     float64     `json:"sla_days"`  // full freshness up to this age
	Half    float64     `json:"half_days"` // then halving in this time
	Norm    float64     `json:"norm"`      // 0-100, what is normal
	Spread  float64     `json:"spread"`    // week-on-week noise in points
	Absence Absence     `json:"absence"`
	// Derive names the rule that computes the measure from facts; empty for
	// measures that are only ever read.
	Derive Derivation `json:"derive,omitempty"`
	Why    string     `json:"why,omitempty"`
}

// AnchorSet maps values to the scores 0, 25, 50, 75 and 100. Empty Segment or
// Stage means any; the most specific set wins, stage before segment.
type AnchorSet struct {
	Segment string     `json:"segment,omitempty"`
	Stage   Stage      `json:"stage,omitempty"`
	At      [5]float64 `json:"at"`
}

// Criterion is the text that stands beside an outcome when a person chooses.
type Criterion struct {
	Outcome Outcome `json:"outcome"`
	Text    string  `json:"text"`
}

// Digest identifies the version by its content.
func (m Model) Digest() string {
	b, err := json.Marshal(m)
	if err != nil { // only NaN or infinity can do this, and Validate refuses them
		panic(fmt.Sprintf("scoring: model %s/%d cannot be encoded: %v", m.Name, m.Version, err))
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Label names the version for people.
func (m Model) Label() string { return fmt.Sprintf("%s v%d", m.Name, m.Version) }

// Measure finds a measure by id.
func (m Model) Measure(id string) (Measure, bool) {
	i := slices.IndexFunc(m.Measures, func(x Measure) bool { return x.ID == id })
	if i < 0 {
		return Measure{}, false
	}
	return m.Measures[i], true
}

// Asks says that a measure counts: it is the model's, and its signal is in service.
func (m Model) Asks(id string) bool {
	x, ok := m.Measure(id)
	return ok && slices.ContainsFunc(m.Signals, func(w SignalWeight) bool { return w.Signal == x.Signal })
}

// Criterion returns the text for an outcome.
func (m Model) Criterion(o Outcome) string {
	for _, c := range m.Criteria {
		if c.Outcome == o {
			return c.Text
		}
	}
	return ""
}

// InService returns the model with only the given signals switched on, in the
// model's own order. Signals without a source must not be in service: their
// silence would count against every account.
func (m Model) InService(signals ...Signal) Model {
	m.Signals = slices.DeleteFunc(slices.Clone(m.Signals), func(w SignalWeight) bool {
		return !slices.Contains(signals, w.Signal)
	})
	return m
}

// share is one measure with its part of the whole, in summing order.
type share struct {
	measure Measure
	signal  float64 // share of the signal
	part    float64 // W: share of the measure
}

// shares lists every measure of the signals in service in one fixed order.
func (m Model) shares() []share {
	var total float64
	for _, w := range m.Signals {
		total += w.Weight
	}
	var out []share
	for _, w := range m.Signals {
		var within float64
		for _, x := range m.Measures {
			if x.Signal == w.Signal {
				within += x.Weight
			}
		}
		signal := w.Weight / total
		for _, x := range m.Measures {
			if x.Signal == w.Signal {
				out = append(out, share{x, signal, float64(signal*x.Weight) / within})
			}
		}
	}
	return out
}

// anchors picks the most specific set for an account.
func (x *Measure) anchors(segment string, stage Stage) [5]float64 {
	best, rank := x.Anchors[0].At, -1
	for _, a := range x.Anchors {
		if (a.Segment != "" && a.Segment != segment) || (a.Stage != "" && a.Stage != stage) {
			continue
		}
		r := 0
		if a.Stage != "" {
			r += 2
		}
		if a.Segment != "" {
			r++
		}
		if r > rank {
			best, rank = a.At, r
		}
	}
	return best
}

// Score maps a value through five strictly monotone anchors to 0-100, linear
// between them and clamped outside.
func Score(at [5]float64, x float64) float64 {
	rising := at[4] > at[0]
	before := func(a, b float64) bool { return a <= b == rising || a == b }
	if before(x, at[0]) {
		return 0
	}
	for i := 1; i < len(at); i++ {
		if before(x, at[i]) {
			return 25 * (float64(i-1) + (x-at[i-1])/(at[i]-at[i-1]))
		}
	}
	return 100
}

// days is a duration in days, as every age in the model is.
func days(d time.Duration) float64 { return d.Hours() / 24 }
