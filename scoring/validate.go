package scoring

import (
	"errors"
	"fmt"
	"math"
)

// Validate reports every mistake that would make scores meaningless: weights
// that add up to nothing, anchors that are not monotone, a measure without a
// unit, a cap or band out of range.
func (m Model) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	within := func(what string, v, lo, hi float64) {
		if math.IsNaN(v) || v < lo || v > hi {
			bad("%s is %v; expected %v to %v", what, v, lo, hi)
		}
	}
	if len(m.Signals) == 0 {
		bad("no signal is in service; at least one needs a source")
	}
	for _, w := range m.Signals {
		if math.IsNaN(w.Weight) || math.IsInf(w.Weight, 0) || w.Weight <= 0 {
			bad("signal %s has weight %v; expected a number above 0", w.Signal, w.Weight)
		}
		var has bool
		for _, x := range m.Measures {
			has = has || x.Signal == w.Signal
		}
		if !has {
			bad("signal %s is in service but has no measure", w.Signal)
		}
	}
	seen := map[string]bool{}
	for _, x := range m.Measures {
		if seen[x.ID] {
			bad("measure %s is declared twice", x.ID)
		}
		seen[x.ID] = true
		if x.Unit == "" {
			bad("measure %s has no unit", x.ID)
		}
		if math.IsNaN(x.Weight) || math.IsInf(x.Weight, 0) || x.Weight <= 0 {
			bad("measure %s has weight %v; expected a number above 0", x.ID, x.Weight)
		}
		within("norm of "+x.ID, x.Norm, 0, 100)
		within("spread of "+x.ID, x.Spread, 0, 100)
		within("allowed age of "+x.ID, x.SLA, 0, 3650)
		within("half-life of "+x.ID, x.Half, 0.1, 3650)
		if len(x.Anchors) == 0 {
			bad("measure %s has no anchors", x.ID)
		}
		for _, a := range x.Anchors {
			if !monotone(a.At) {
				bad("anchors of %s are %v; expected five numbers that only rise or only fall", x.ID, a.At)
			}
		}
	}
	for _, c := range m.Caps {
		within("cap "+c.Name, c.Value, 0, 100)
		if len(c.When) == 0 {
			bad("cap %s names no condition", c.Name)
		}
		for _, cond := range c.When {
			if _, ok := conditions[cond.Kind]; !ok {
				bad("cap %s names the unknown condition %q", c.Name, cond.Kind)
			}
		}
	}
	for i, b := range m.Bands {
		within("line of band "+string(b.Band), b.From, 0, 100)
		if i > 0 && b.From >= m.Bands[i-1].From {
			bad("band %s starts at %v, not below %s", b.Band, b.From, m.Bands[i-1].Band)
		}
	}
	if n := len(m.Bands); n == 0 || m.Bands[n-1].From != 0 {
		bad("the lowest band must start at 0")
	}
	within("coverage floor", m.Floor, 0, 1)
	within("high coverage", m.High, m.Floor, 1)
	return errors.Join(errs...)
}

func monotone(at [5]float64) bool {
	rising := at[4] > at[0]
	for i := 1; i < len(at); i++ {
		if math.IsNaN(at[i]) || math.IsInf(at[i], 0) || at[i] == at[i-1] || at[i] > at[i-1] != rising {
			return false
		}
	}
	return !math.IsNaN(at[0]) && !math.IsInf(at[0], 0)
}
