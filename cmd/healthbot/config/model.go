package config

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"healthbot/scoring"
)

// LoadModel reads a version of the scoring model from the file at path, as
// [WriteModel] writes it. What is wrong with it is [Problems]; any other error is
// one of reading it.
func LoadModel(path string) (scoring.Model, error) {
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return scoring.Model{}, Problems{{Where: path, Found: "no such file",
			Expected: "a version of the scoring model; begin with what `healthbot model show` prints"}}
	case err != nil:
		return scoring.Model{}, fmt.Errorf("config: %w", err)
	}
	return ParseModel(filepath.Base(path), text)
}

// ParseModel reads the text of a model file that people know by name.
func ParseModel(name string, text []byte) (scoring.Model, error) {
	doc, root, ok := open(name, text, "what `healthbot model show` prints, to begin with")
	if !ok {
		return scoring.Model{}, doc.problems().err()
	}
	r := &modelReader{signals: places{}, measures: places{}, caps: places{}, bands: places{}, priorities: places{}, criteria: places{}, sources: places{}}
	m := r.model(root)
	for _, check := range r.later {
		check()
	}
	if err := doc.problems().err(); err != nil {
		return scoring.Model{}, err
	}
	// Whatever is read without a mistake is valid; should the two ever disagree,
	// scoring has the last word.
	if err := m.Validate(); err != nil {
		return scoring.Model{}, fmt.Errorf("%s: %w", name, err)
	}
	return m, nil
}

// modelReader reads a version, part by part. Every key is required that isn't
// plainly optional: a number left out would be 0, and 0 means something.
type modelReader struct {
	later []func()
	// Where each thing is first named, by name.
	signals, measures, caps, bands, priorities, criteria, sources places
}

// model reads the whole file. The order of the keys is that of [WriteModel].
func (r *modelReader) model(root value) scoring.Model {
	var m scoring.Model
	weeks := func(v value) int { return v.whole(1, 520) }
	root.object(
		required("name", into(&m.Name, value.text)),
		required("version", into(&m.Version, func(v value) int { return v.whole(1, 1e6) })),
		required("signals", func(v value) {
			before := len(v.doc.mistakes)
			m.Signals = some("signal", listOf(r.signal))(v)
			if len(v.doc.mistakes) == before {
				weights(v, m.Signals)
			}
		}),
		required("measures", into(&m.Measures, some("measure", listOf(r.measure)))),
		required("caps", into(&m.Caps, listOf(r.cap))),
		required("bands", into(&m.Bands, some("band", r.lines))),
		required("coverage_floor", into(&m.Floor, between(0, 1))),
		required("coverage_high", func(v value) {
			m.High = between(0, 1)(v)
			r.later = append(r.later, func() {
				if m.High < m.Floor {
					v.bad(describe(v.node)+", which is below coverage_floor", "coverage_floor or more")
				}
			})
		}),
		required("red_below", into(&m.RedBelow, between(0, 100))),
		required("red_share", into(&m.RedShare, between(0, 1))),
		required("steady", func(v value) {
			s := &m.Steady
			v.object(
				required("smoothing", into(&s.Smoothing, between(0, 1))),
				required("worse_by", into(&s.WorseBy, between(0, 100))),
				required("better_by", into(&s.BetterBy, between(0, 100))),
				required("better_weeks", into(&s.BetterWeeks, weeks)),
				required("near_weeks", into(&s.NearWeeks, weeks)),
				required("red_clear", into(&s.RedClear, between(0, 100))),
				required("red_weeks", into(&s.RedWeeks, weeks)),
				required("low_line", into(&s.LowLine, between(0, 100))),
				required("low_weeks", into(&s.LowWeeks, weeks)),
			)
		}),
		required("hold_share", into(&m.HoldShare, between(0, 1))),
		required("disagreement", into(&m.Disagreement, between(0, 1))),
		required("doubt", into(&m.Doubt, between(0, 100))),
		required("priorities", into(&m.Priorities, listOf(r.priority))),
		required("urgency", into(&m.Urgency, urgency)),
		required("rates", into(&m.Rates, rates)),
		optional("source_order", into(&m.SourceOrder, listOf(func(v value) string {
			name := readCode(v)
			r.sources.once(v, name)
			return name
		}))),
		required("criteria", into(&m.Criteria, r.texts)),
	)
	return m
}

func (r *modelReader) signal(v value) scoring.SignalWeight {
	var w scoring.SignalWeight
	v.object(
		required("signal", func(v value) {
			w.Signal = choice(scoring.Signals)(v)
			r.signals.once(v, string(w.Signal))
			r.later = append(r.later, func() { r.measured(v, w.Signal) })
		}),
		required("weight", into(&w.Weight, value.positive)),
		optional("why", into(&w.Why, value.prose)),
	)
	return w
}

// weights must add up: who changes one and forgets the others would otherwise
// shrink them all without a word. The sum is 1, or what the built-in version gives
// to the same signals, which it takes in and out of service as they are.
func weights(v value, signals []scoring.SignalWeight) {
	var sum, builtIn float64
	for _, w := range signals {
		sum += w.Weight
		for _, x := range scoring.AllSignals().Signals {
			if x.Signal == w.Signal {
				builtIn += x.Weight
			}
		}
	}
	const close = 1e-6
	if math.Abs(sum-1) <= close || math.Abs(sum-builtIn) <= close {
		return
	}
	expected := "1"
	if math.Abs(builtIn-1) > close {
		expected += fmt.Sprintf(", or %s as the built-in model weighs these signals", decimal(rounded(builtIn)))
	}
	v.bad("weights that add up to "+decimal(rounded(sum)), expected)
}

// rounded takes off what adding decimals has left behind.
func rounded(x float64) float64 { return math.Round(1e6*x) / 1e6 }

// measured reports a signal in service about which nothing is ever asked.
func (r *modelReader) measured(v value, s scoring.Signal) {
	for id := range r.measures {
		if strings.HasPrefix(id, string(s)+".") {
			return
		}
	}
	if s != "" {
		v.bad(quote(string(s))+" without a measure", "at least one measure of each signal in service, under measures")
	}
}

func (r *modelReader) measure(v value) scoring.Measure {
	var x scoring.Measure
	var id, most value
	v.object(
		required("id", func(v value) { id, x.ID = v, readMeasureID(v); r.measures.once(v, x.ID) }),
		required("signal", into(&x.Signal, choice(scoring.Signals))),
		required("title", into(&x.Title, value.text)),
		required("unit", into(&x.Unit, value.text)),
		required("weight", into(&x.Weight, value.positive)),
		required("min", into(&x.Min, between(-1e12, 1e12))),
		required("max", func(v value) { most, x.Max = v, between(-1e12, 1e12)(v) }),
		required("anchors", into(&x.Anchors, some("set of anchors", anchorSets))),
		required("sla_days", into(&x.SLA, between(0, 3650))),
		required("half_days", into(&x.Half, between(.1, 3650))),
		required("norm", into(&x.Norm, between(0, 100))),
		required("spread", into(&x.Spread, between(0, 100))),
		required("absence", into(&x.Absence, choice(scoring.Absences))),
		optional("derive", into(&x.Derive, choice(scoring.Derivations))),
		optional("why", into(&x.Why, value.prose)),
	)
	if signal, _, _ := strings.Cut(x.ID, "."); x.ID != "" && x.Signal != "" && signal != string(x.Signal) {
		id.bad(fmt.Sprintf("%s, a measure of the signal %s", quote(x.ID), x.Signal), fmt.Sprintf("an id that begins with its signal: %q", string(x.Signal)+"."))
	}
	if most.doc != nil && x.Max < x.Min {
		most.bad(describe(most.node)+", which is below min", "min or more")
	}
	return x
}

// anchorSets reads the anchors of a measure: one set for each segment and stage.
func anchorSets(v value) []scoring.AnchorSet {
	sets := places{}
	return listOf(func(v value) scoring.AnchorSet {
		var a scoring.AnchorSet
		before := len(v.doc.mistakes)
		v.object(
			optional("segment", into(&a.Segment, value.text)),
			optional("stage", into(&a.Stage, choice(scoring.Stages))),
			required("at", into(&a.At, anchors)),
		)
		if len(v.doc.mistakes) > before {
			return a // its stage may only be misspelt
		}
		sets.once(v, fmt.Sprintf("anchors for %s, %s", cmp.Or(a.Segment, "any segment"), cmp.Or(string(a.Stage), "any stage")))
		return a
	})(v)
}

// anchors reads the values at which the score is 0, 25, 50, 75 and 100.
func anchors(v value) (at [5]float64) {
	const expected = "five numbers that only rise or only fall, for the scores 0, 25, 50, 75 and 100"
	before := len(v.doc.mistakes)
	list := listOf(value.number)(v)
	switch {
	case len(v.doc.mistakes) > before:
		return at
	case len(list) != len(at):
		v.bad(fmt.Sprintf("a list of %d", len(list)), expected)
		return at
	}
	copy(at[:], list)
	if !scoring.Monotone(at) {
		v.bad("["+strings.Join(mapped(list, decimal), ", ")+"]", expected)
	}
	return at
}

func (r *modelReader) cap(v value) scoring.CapRule {
	var c scoring.CapRule
	v.object(
		required("name", func(v value) { c.Name = v.text(); r.caps.once(v, c.Name) }),
		required("value", into(&c.Value, between(0, 100))),
		required("when", into(&c.When, some("condition", listOf(condition)))),
		optional("why", into(&c.Why, value.prose)),
	)
	return c
}

// condition reads what a cap looks at. Each kind has numbers of its own: one too
// many would be ignored, one too few would be 0.
func condition(v value) scoring.Condition {
	var c scoring.Condition
	given := map[string]value{}
	v.object(
		required("kind", into(&c.Kind, choice(scoring.ConditionKinds))),
		optional("at_least", func(v value) { given["at_least"], c.AtLeast = v, v.whole(1, 1000) }),
		optional("days", func(v value) { given["days"], c.Days = v, between(0, 3650)(v) }),
		optional("factor", func(v value) { given["factor"], c.Factor = v, between(0, 1000)(v) }),
	)
	if c.Kind == "" { // already reported
		return c
	}
	atLeast, days, factor := c.Kind.Uses()
	for _, x := range []struct {
		name string
		uses bool
	}{{"at_least", atLeast}, {"days", days}, {"factor", factor}} {
		at, ok := given[x.name]
		switch {
		case x.uses && !ok:
			v.bad("no "+x.name, fmt.Sprintf("one, which “%s” looks at", c.Kind))
		case !x.uses && ok:
			at.bad(x.name, fmt.Sprintf("none, because “%s” doesn't look at it", c.Kind))
		}
	}
	return c
}

// lines reads the bands from the best down to the one that begins at 0.
func (r *modelReader) lines(v value) []scoring.BandLine {
	var out []scoring.BandLine
	var last value
	above := 101.0
	for _, item := range v.items("a list") {
		var b scoring.BandLine
		item.object(
			required("band", func(v value) { b.Band = choice(scoring.Bands)(v); r.bands.once(v, string(b.Band)) }),
			required("from", func(v value) {
				before := len(v.doc.mistakes)
				last, b.From = v, between(0, 100)(v)
				if b.From >= above && len(v.doc.mistakes) == before {
					v.bad(describe(v.node), "less than the band above it, from the best down")
				}
				above = b.From
			}),
		)
		out = append(out, b)
	}
	if len(out) > 0 && above != 0 && last.doc != nil {
		last.bad(describe(last.node), "0 for the lowest band, so that every score has one")
	}
	return out
}

func (r *modelReader) priority(v value) scoring.PriorityRow {
	var p scoring.PriorityRow
	v.object(
		required("outcome", into(&p.Outcome, choice(scoring.Outcomes))),
		required("renewal", into(&p.Renewal, choice(scoring.Nearnesses))),
		required("level", into(&p.Level, choice(scoring.Levels))),
		required("top", into(&p.Top, choice(scoring.Levels))),
	)
	if p.Outcome != "" && p.Renewal != "" {
		r.priorities.once(v, string(p.Outcome)+", "+string(p.Renewal))
	}
	return p
}

func urgency(v value) scoring.Urgency {
	var u scoring.Urgency
	weight := between(0, 100)
	days := 0
	v.object(
		required("rows", into(&u.Rows, some("row", listOf(func(v value) scoring.UrgencyRow {
			var row scoring.UrgencyRow
			v.object(
				required("days", func(v value) {
					if row.Days = v.whole(1, 3650); row.Days != 0 && row.Days <= days {
						v.bad(describe(v.node), fmt.Sprintf("more than the %d of the row above, the nearest first", days))
					}
					days = max(days, row.Days)
				}),
				required("weight", into(&row.Weight, weight)),
			)
			return row
		})))),
		required("later", into(&u.Later, weight)),
		required("unknown", into(&u.Unknown, weight)),
	)
	return u
}

// rates reads the assumed chance of loss for each band, unscored included.
func rates(v value) map[scoring.Band]float64 {
	out := map[scoring.Band]float64{}
	var keys []key
	for _, b := range append(slices.Clone(scoring.Bands), scoring.Unscored) {
		keys = append(keys, required(string(b), func(v value) { out[b] = between(0, 1)(v) }))
	}
	v.object(keys...)
	return out
}

// texts reads the criteria, one for each outcome that a person can choose.
func (r *modelReader) texts(v value) []scoring.Criterion {
	before := len(v.doc.mistakes)
	out := listOf(func(v value) scoring.Criterion {
		var c scoring.Criterion
		v.object(
			required("outcome", func(v value) { c.Outcome = choice(scoring.Outcomes)(v); r.criteria.once(v, string(c.Outcome)) }),
			required("text", into(&c.Text, value.prose)),
		)
		return c
	})(v)
	if len(v.doc.mistakes) > before {
		return out // one of them may only be misspelt
	}
	for _, o := range scoring.Outcomes {
		if _, ok := r.criteria[string(o)]; !ok {
			v.bad("no criterion for "+string(o), "one for each outcome, because it stands beside the choice")
		}
	}
	return out
}
