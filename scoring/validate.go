package scoring

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Validate reports every mistake that would make scores meaningless: weights
// that add up to nothing, anchors that are not monotone, a measure without a
// unit, a cap or band out of range, a word that nobody knows, two rules for one
// thing.
func (m Model) Validate() error {
	c := &check{seen: map[string]bool{}}
	if m.Name == "" || m.Version < 1 {
		c.bad("the version is called %q and numbered %d; expected a name and a number from 1", m.Name, m.Version)
	}
	c.signals(m)
	for _, x := range m.Measures {
		c.measure(x)
	}
	for _, x := range m.Caps {
		c.cap(x)
	}
	c.bands(m.Bands)
	c.within("coverage floor", m.Floor, 0, 1)
	c.within("high coverage", m.High, m.Floor, 1)
	c.within("red line", m.RedBelow, 0, 100)
	c.within("least share of a red signal", m.RedShare, 0, 1)
	c.within("share of a signal that stops a review", m.HoldShare, 0, 1)
	c.within("disagreement", m.Disagreement, 0, 1)
	c.within("doubt", m.Doubt, 0, 100)
	c.steady(m.Steady)
	c.order(m)
	return errors.Join(c.errs...)
}

// check gathers what is wrong, and remembers what has been declared.
type check struct {
	errs []error
	seen map[string]bool
}

func (c *check) bad(format string, args ...any) { c.errs = append(c.errs, fmt.Errorf(format, args...)) }

func (c *check) within(what string, v, lo, hi float64) {
	if math.IsNaN(v) || v < lo || v > hi {
		c.bad("%s is %v; expected %v to %v", what, v, lo, hi)
	}
}

// once refuses two rules for one thing.
func (c *check) once(format string, args ...any) {
	what := fmt.Sprintf(format, args...)
	if c.seen[what] {
		c.bad("%s is declared twice", what)
	}
	c.seen[what] = true
}

func (c *check) positive(what string, v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) || v <= 0 {
		c.bad("%s has weight %v; expected a number above 0", what, v)
	}
}

func known[T ~string](c *check, what string, all []T, x T) {
	if !slices.Contains(all, x) {
		c.bad("%s is %q; expected one of %q", what, x, all)
	}
}

func (c *check) signals(m Model) {
	if len(m.Signals) == 0 {
		c.bad("no signal is in service; at least one needs a source")
	}
	for _, w := range m.Signals {
		c.once("signal %s", w.Signal)
		known(c, "a signal in service", Signals, w.Signal)
		c.positive("signal "+string(w.Signal), w.Weight)
		if !slices.ContainsFunc(m.Measures, func(x Measure) bool { return x.Signal == w.Signal }) {
			c.bad("signal %s is in service but has no measure", w.Signal)
		}
	}
}

func (c *check) measure(x Measure) {
	c.once("measure %s", x.ID)
	if x.ID == "" {
		c.bad("a measure has no id")
	}
	if x.Unit == "" {
		c.bad("measure %s has no unit", x.ID)
	}
	known(c, "the signal of "+x.ID, Signals, x.Signal)
	known(c, "the absence of "+x.ID, Absences, x.Absence)
	if x.Derive != "" {
		known(c, "the derivation of "+x.ID, Derivations, x.Derive)
	}
	c.positive("measure "+x.ID, x.Weight)
	c.within("least value of "+x.ID, x.Min, -1e12, 1e12)
	c.within("largest value of "+x.ID, x.Max, x.Min, 1e12)
	c.within("norm of "+x.ID, x.Norm, 0, 100)
	c.within("spread of "+x.ID, x.Spread, 0, 100)
	c.within("allowed age of "+x.ID, x.SLA, 0, 3650)
	c.within("half-life of "+x.ID, x.Half, 0.1, 3650)
	if len(x.Anchors) == 0 {
		c.bad("measure %s has no anchors", x.ID)
	}
	for _, a := range x.Anchors {
		c.once("the anchor set of %s for segment %q and stage %q", x.ID, a.Segment, a.Stage)
		if a.Stage != "" {
			known(c, "the stage of anchors of "+x.ID, Stages, a.Stage)
		}
		if !Monotone(a.At) {
			c.bad("anchors of %s are %v; expected five numbers that only rise or only fall", x.ID, a.At)
		}
	}
}

func (c *check) cap(x CapRule) {
	c.once("cap %s", x.Name)
	c.within("cap "+x.Name, x.Value, 0, 100)
	if x.Name == "" {
		c.bad("a cap has no name")
	}
	if len(x.When) == 0 {
		c.bad("cap %s names no condition", x.Name)
	}
	for _, cond := range x.When {
		if _, ok := conditions[cond.Kind]; !ok {
			c.bad("cap %s names the unknown condition %q", x.Name, cond.Kind)
		}
		c.within("the days of cap "+x.Name, cond.Days, 0, 3650)
		c.within("the factor of cap "+x.Name, cond.Factor, 0, 1000)
	}
}

func (c *check) bands(lines []BandLine) {
	for i, b := range lines {
		c.once("band %s", b.Band)
		known(c, "a band", Bands, b.Band)
		c.within("line of band "+string(b.Band), b.From, 0, 100)
		if i > 0 && b.From >= lines[i-1].From {
			c.bad("band %s starts at %v, not below %s", b.Band, b.From, lines[i-1].Band)
		}
	}
	if n := len(lines); n == 0 || lines[n-1].From != 0 {
		c.bad("the lowest band must start at 0")
	}
}

func (c *check) steady(h Hysteresis) {
	c.within("smoothing", h.Smoothing, 0, 1)
	c.within("worse_by", h.WorseBy, 0, 100)
	c.within("better_by", h.BetterBy, 0, 100)
	c.within("red_clear", h.RedClear, 0, 100)
	c.within("low_line", h.LowLine, 0, 100)
	const decade = 520
	c.within("better_weeks", float64(h.BetterWeeks), 0, decade)
	c.within("near_weeks", float64(h.NearWeeks), 0, decade)
	c.within("red_weeks", float64(h.RedWeeks), 0, decade)
	c.within("low_weeks", float64(h.LowWeeks), 0, decade)
}

// order checks what puts accounts into an order, and the texts.
func (c *check) order(m Model) {
	for _, p := range m.Priorities {
		c.once("the priority of %s with renewal %s", p.Outcome, p.Renewal)
		known(c, "the outcome of a priority", Outcomes, p.Outcome)
		known(c, "the renewal of a priority", Nearnesses, p.Renewal)
		known(c, "the level of a priority", Levels, p.Level)
		known(c, "the top level of a priority", Levels, p.Top)
	}
	for i, u := range m.Urgency.Rows {
		c.within("weight of an urgency", u.Weight, 0, 100)
		if i > 0 && u.Days <= m.Urgency.Rows[i-1].Days {
			c.bad("the urgency of %d days stands after that of %d; expected the nearest first", u.Days, m.Urgency.Rows[i-1].Days)
		}
	}
	c.within("later urgency", m.Urgency.Later, 0, 100)
	c.within("urgency of an unknown renewal", m.Urgency.Unknown, 0, 100)
	for band, rate := range m.Rates {
		if band != Unscored {
			known(c, "the band of a rate", Bands, band)
		}
		c.within("rate of band "+string(band), rate, 0, 1)
	}
	for _, x := range m.Criteria {
		c.once("the criterion of %s", x.Outcome)
		known(c, "the outcome of a criterion", Outcomes, x.Outcome)
	}
	for _, name := range m.SourceOrder {
		c.once("source %s in the order", name)
	}
}

// Monotone says that five anchors only rise or only fall.
func Monotone(at [5]float64) bool {
	rising := at[4] > at[0]
	for i := 1; i < len(at); i++ {
		if math.IsNaN(at[i]) || math.IsInf(at[i], 0) || at[i] == at[i-1] || at[i] > at[i-1] != rising {
			return false
		}
	}
	return !math.IsNaN(at[0]) && !math.IsInf(at[0], 0)
}
