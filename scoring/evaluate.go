package scoring

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Scorer is a valid model prepared for scoring many accounts. It is safe for
// use by several goroutines.
type Scorer struct {
	model  Model
	shares []share
	label  string
	digest string
}

// NewScorer prepares a model, which must be valid (see [Model.Validate]).
func NewScorer(m Model) *Scorer {
	return &Scorer{model: m, shares: m.shares(), label: m.Label(), digest: m.Digest()}
}

// Digest identifies the scorer's model by its content.
func (sc *Scorer) Digest() string { return sc.digest }

// Evaluate scores one account under one model; see [Scorer.Evaluate].
func Evaluate(m Model, in Input) Result { return NewScorer(m).Evaluate(in) }

// Evaluate scores one account. It never fails: what is missing shows as unknown
// findings, low coverage and holds.
func (sc *Scorer) Evaluate(in Input) Result {
	m, shares := &sc.model, sc.shares
	r := Result{
		Account: in.Account.ID, AsOf: in.Now, Version: sc.label, Digest: sc.digest, Stage: in.Account.Stage,
		Findings: make([]Finding, 0, len(shares)), Caps: []Cap{}, Holds: []Hold{},
	}
	var variance float64
	for i := range shares {
		s := &shares[i]
		r.Findings = append(r.Findings, Finding{})
		f := &r.Findings[i]
		judge(f, m, s, &in)
		r.Base += float64(s.part * f.Norm)
		r.Health += float64(s.part * f.Effective)
		r.Coverage += float64(s.part * f.Freshness)
		known, unknown := float64(f.Freshness*s.measure.Spread), float64((1-f.Freshness)*m.Doubt)
		variance += float64(s.part * s.part * (float64(known*known) + float64(unknown*unknown)))
	}
	r.Adjusted = clamp(r.Health)
	if o := in.Override; o != nil && in.Now.Before(o.Until) {
		r.Override = o
		r.Adjusted = clamp(r.Health + o.Points)
	}
	red := redSignals(m, r.Findings, in.Carried, r.Digest)
	top := r.applyCaps(&sight{&in, red, r.Coverage, m})
	shown := min(r.Adjusted, top)
	r.Score = RoundTenths(shown)
	spread := 1.28 * math.Sqrt(variance)
	shift := r.Adjusted - r.Health
	r.Low, r.High = clamp(min(r.Health-spread+shift, top)), clamp(min(r.Health+spread+shift, top))

	r.Band, r.Confidence = m.band(r.Score), HighConfidence
	if c := in.Carried; c != nil && m.rank(c.Band) >= 0 {
		_, capped := r.Binding()
		r.Band = m.steady(r.Score, c.Level, capped, c.Band)
		if m.Steady.LowWeeks > 0 && c.Low >= m.Steady.LowWeeks {
			r.LowFor = c.Low
		}
	}
	switch {
	case r.Coverage < m.Floor:
		r.Unscored, r.Band, r.Confidence = true, Unscored, NoConfidence
	case r.Coverage < m.High:
		r.Confidence = MediumConfidence
	}
	r.Holds = append(r.Holds, holds(m, shares, &r)...)
	// What a person heard needs no coverage: it goes through whatever is unknown.
	if !r.Unscored || in.Account.CancelIntent != "" {
		p := propose(m, &in, &r, len(red))
		r.Proposal = &p
	}
	r.Next = nextAction(m, &in, &r)
	return r
}

func clamp(x float64) float64 { return max(0, min(100, x)) }

// applyCaps records every cap in force and returns the lowest ceiling.
func (r *Result) applyCaps(s *sight) float64 {
	top := 100.0
	for _, rule := range s.model.Caps {
		evidence := rule.holds(s)
		if evidence == "" {
			continue
		}
		r.Caps = append(r.Caps, Cap{rule.Name, rule.Value, rule.Value < r.Adjusted, evidence})
		top = min(top, rule.Value)
	}
	slices.SortStableFunc(r.Caps, func(a, b Cap) int { return cmp.Compare(a.Value, b.Value) })
	return top
}

// redSignals lists the signals whose value lies below the model's red line, and
// those still latched from before.
func redSignals(m *Model, fs []Finding, was *Carried, digest string) []redSignal {
	var out []redSignal
	for _, w := range m.Signals {
		v := signalStand(w.Signal, fs)
		latched := was != nil && was.Digest == digest && has(was.Red, w.Signal)
		if v.share >= m.RedShare-1e-12 && (v.value < m.RedBelow || latched) {
			out = append(out, redSignal{w.Signal, v.value})
		}
	}
	return out
}

type signalValue struct{ value, share float64 }

// signalStand is the value of a signal: its measures' effective scores, weighted.
func signalStand(signal Signal, fs []Finding) signalValue {
	var sum, weight float64
	for i := range fs {
		if f := &fs[i]; f.Signal == signal {
			sum += float64(f.Weight * f.Effective)
			weight += f.Weight
		}
	}
	return signalValue{sum / weight, weight}
}

// candidate is one thing that could be scored for a measure.
type candidate struct {
	source   string
	value    float64
	score    float64
	observed time.Time
	received time.Time
	evidence string
	retired  bool
	absent   bool // an absence rule gave the score; there is no value
}

// judge finds the evidence for one measure and turns it into a finding.
func judge(f *Finding, m *Model, s *share, in *Input) {
	x := &s.measure
	*f = Finding{
		Measure: x.ID, Title: x.Title, Signal: x.Signal, Unit: x.Unit, State: Unknown,
		Norm: x.Norm, Weight: s.part, Effective: x.Norm,
	}
	if g, ok := in.Account.Goals[x.ID]; ok {
		f.Goal = &g
	}
	all := candidates(m, x, in)
	if len(all) == 0 {
		f.Evidence = "nothing was ever reported"
		return
	}
	c := &all[0]
	f.Source, f.ObservedAt, f.Evidence = c.source, c.observed, c.evidence
	if c.retired {
		f.State = Retired
		return
	}
	if !c.absent {
		f.Value = &c.value
	}
	age := max(0, days(in.Now.Sub(c.observed)))
	f.Score = &c.score
	f.Freshness = Freshness(age, x.SLA, x.Half)
	f.State = state(f.Freshness, age, x.SLA)
	f.Effective = Aged(c.score, x.Norm, f.Freshness)
	f.Points = float64(s.part * (f.Effective - x.Norm))
	for _, o := range all[1:] {
		if o.source == c.source || o.retired || o.absent || c.absent || !sameWeek(o.observed, c.observed) {
			continue
		}
		apart := math.Abs(o.value-c.value) > m.Disagreement*max(math.Abs(o.value), math.Abs(c.value))
		f.Others = append(f.Others, Other{o.source, o.value, o.observed, apart && c.source != Person})
	}
}

// candidates lists what is known of a measure, the one to score first: the
// newest week; within it what a person entered last, then the order of sources.
func candidates(m *Model, x *Measure, in *Input) []candidate {
	at := x.anchors(in.Account.Segment, in.Account.Stage)
	if g, ok := in.Account.Goals[x.ID]; ok {
		at = g.At
	}
	out := make([]candidate, 0, 2) // of each source the newest: seldom more than two
	for i := range in.Readings {
		r := &in.Readings[i]
		if r.Measure != x.ID || r.ObservedAt.After(in.Now) || r.ReceivedAt.After(in.Now) {
			continue
		}
		// Of two of one moment what a person took out counts, and else the larger, so
		// that their order never matters.
		c := candidate{r.Source, r.Value, Score(at, r.Value), r.ObservedAt, r.ReceivedAt, r.Evidence, r.Retired, false}
		k := slices.IndexFunc(out, func(c candidate) bool { return c.source == r.Source })
		switch {
		case k < 0:
			out = append(out, c)
		case cmp.Or(out[k].observed.Compare(r.ObservedAt), out[k].received.Compare(r.ReceivedAt), truth(out[k].retired)-truth(r.Retired), cmp.Compare(out[k].value, r.Value)) <= 0:
			out[k] = c
		}
	}
	if c, ok := derive(x, at, in); ok {
		out = append(out, c)
	}
	if len(out) < 2 {
		return out
	}
	rank := func(source string) int {
		if source == Person {
			return -1
		}
		if i := slices.Index(m.SourceOrder, source); i >= 0 {
			return i
		}
		return len(m.SourceOrder)
	}
	slices.SortFunc(out, func(a, b candidate) int {
		if !sameWeek(a.observed, b.observed) {
			return b.observed.Compare(a.observed)
		}
		return cmp.Or(cmp.Compare(rank(a.source), rank(b.source)), b.observed.Compare(a.observed), cmp.Compare(a.source, b.source))
	})
	return out
}

func truth(x bool) int {
	if x {
		return 1
	}
	return 0
}

// derive computes a measure from facts as of its source's last complete sync.
func derive(x *Measure, at [5]float64, in *Input) (candidate, bool) {
	if x.Derive == "" {
		return candidate{}, false
	}
	rule := derivations[x.Derive]
	t, ok := in.Synced[rule.kind]
	if !ok {
		return candidate{}, false
	}
	if t.After(in.Now) {
		t = in.Now
	}
	d := rule.eval(*in, t)
	c := candidate{source: rule.kind.plural(), value: d.value, score: Score(at, d.value), observed: t, received: t, evidence: d.evidence}
	if d.known {
		return c, true
	}
	switch x.Absence {
	case AbsentZero:
		c.value, c.score = 0, Score(at, 0)
		c.evidence = cmp.Or(c.evidence, "none on record, and the source is in sync")
	case AbsentBad:
		c.score, c.absent = 0, true
		c.evidence = cmp.Or(c.evidence, "none on record, and the source is in sync")
	default:
		return candidate{}, false
	}
	return c, true
}
