package config

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"healthbot/scoring"
)

// WriteModel renders a version so that [ParseModel] reads the same one, with
// what each key means above it: whoever changes a number should know what it
// does. The reasons for single numbers are part of the version (why).
func WriteModel(w io.Writer, m scoring.Model) error {
	y := &yamlWriter{out: bufio.NewWriter(w)}
	number := func(name string, v float64) { y.line("%s: %s", name, decimal(v)) }
	y.note(
		"A version of the scoring model: every number and text that scoring uses.",
		"`healthbot model check FILE` reports every mistake at once, `healthbot model diff",
		"FILE` says whom it would move to another band, and `healthbot model approve FILE",
		"--by NAME` puts it in force. Give a changed one a name or number of its own.")
	y.line("name: %s", scalar(m.Name))
	y.line("version: %d", m.Version)

	y.note("", "Signals in service. A signal's share is its weight over the sum of all of these,",
		"which is 1, or what the built-in model gives to the same signals. One without a",
		"source must not be here: its silence counts against every account.")
	y.line("signals:")
	for _, s := range m.Signals {
		y.line("  - signal: %s", scalar(string(s.Signal)))
		y.line("    weight: %s", decimal(s.Weight))
		y.field("why", s.Why)
	}

	y.note("", "Measures. weight: against the other measures of the signal. min, max: readings",
		"outside are refused. anchors: the values that score 0, 25, 50, 75 and 100; a set may",
		"name a segment, a stage (onboarding, active, renewing, churned) or both, and the most",
		"specific counts. sla_days: fresh up to this age; half_days: then half in this time.",
		"norm: what is normal, and what ageing good news fades to. spread: usual noise from",
		"week to week. absence: what no evidence means while the source is in sync: unknown,",
		"zero or bad. derive: the rule that computes the measure from facts, one of",
		strings.Join(words(scoring.Derivations[:3]), ", ")+",",
		strings.Join(words(scoring.Derivations[3:6]), ", ")+",",
		strings.Join(words(scoring.Derivations[6:]), ", ")+".")
	y.line("measures:")
	for _, x := range m.Measures {
		y.measure(x)
	}

	y.note("", "Caps: while all conditions hold, the score isn't above the value. Conditions:")
	for _, k := range scoring.ConditionKinds {
		y.note("  " + conditionHelp(k))
	}
	y.line("%s", empty("caps", len(m.Caps)))
	for _, c := range m.Caps {
		y.line("  - name: %s", scalar(c.Name))
		y.line("    value: %s", decimal(c.Value))
		y.line("    when: [%s]", strings.Join(mapped(c.When, conditionText), ", "))
		y.field("why", c.Why)
	}

	y.note("", "Where each band begins, from the best down.")
	y.line("bands:")
	for _, b := range m.Bands {
		y.line("  - {band: %s, from: %s}", scalar(string(b.Band)), decimal(b.From))
	}
	y.note("", "Below this share of fresh evidence an account is unscored; from the next on", "confidence is high.")
	number("coverage_floor", m.Floor)
	number("coverage_high", m.High)
	y.note("", "A signal below red_below is red, if its share is at least red_share.")
	number("red_below", m.RedBelow)
	number("red_share", m.RedShare)

	s := m.Steady
	y.note("", "What keeps bands from flapping: the weight of the new week in the smoothed score;",
		"how far below a line a score worsens at once; how far above one the smoothed score",
		"improves after better_weeks, or at the line after near_weeks; where and after how",
		"many weeks a red signal clears; and after how many scores below low_line in a row",
		"a person must look.")
	y.line("steady:")
	for _, f := range []struct {
		name string
		v    float64
	}{{"smoothing", s.Smoothing}, {"worse_by", s.WorseBy}, {"better_by", s.BetterBy}, {"better_weeks", float64(s.BetterWeeks)}, {"near_weeks", float64(s.NearWeeks)},
		{"red_clear", s.RedClear}, {"red_weeks", float64(s.RedWeeks)}, {"low_line", s.LowLine}, {"low_weeks", float64(s.LowWeeks)}} {
		y.line("  %s: %s", f.name, decimal(f.v))
	}

	y.note("", "From this share on a silent or expired signal stops the review; two sources that",
		"differ by more than this part contradict each other; and so many points either way",
		"are possible where nothing is known.")
	number("hold_share", m.HoldShare)
	number("disagreement", m.Disagreement)
	number("doubt", m.Doubt)

	y.note("", "How urgent a proposal is, by the time to renewal; top is for the largest fifth of", "the segment by ARR.")
	y.line("%s", empty("priorities", len(m.Priorities)))
	for _, p := range m.Priorities {
		y.line("  - {outcome: %s, renewal: %s, level: %s, top: %s}", scalar(string(p.Outcome)), scalar(string(p.Renewal)), scalar(string(p.Level)), scalar(string(p.Top)))
	}
	y.note("", "Within a level: the weight of an account up to so many days before renewal, later,", "and without a known date.")
	y.line("urgency:")
	y.line("  rows:")
	for _, u := range m.Urgency.Rows {
		y.line("    - {days: %d, weight: %s}", u.Days, decimal(u.Weight))
	}
	y.line("  later: %s", decimal(m.Urgency.Later))
	y.line("  unknown: %s", decimal(m.Urgency.Unknown))
	y.note("", "Assumed chance of loss within a year. It orders; it is never shown as a probability.")
	y.line("rates:")
	for _, b := range append(append([]scoring.Band{}, scoring.Bands...), scoring.Unscored) {
		y.line("  %s: %s", scalar(string(b)), decimal(m.Rates[b]))
	}

	y.note("", "Which source counts when two report one measure for one week, the first one first.")
	if len(m.SourceOrder) == 0 {
		y.note("source_order: [telemetry, warehouse]")
	} else {
		y.line("source_order: %s", flow(m.SourceOrder))
	}
	y.note("", "What stands beside each outcome when a person chooses.")
	y.line("criteria:")
	for _, c := range m.Criteria {
		y.line("  - outcome: %s", scalar(string(c.Outcome)))
		y.line("    text: %s", scalar(c.Text))
	}
	return y.out.Flush()
}

// note writes comment lines; an empty one is a blank line.
func (y *yamlWriter) note(lines ...string) {
	for _, l := range lines {
		if l != "" {
			l = "# " + l
		}
		y.line("%s", l)
	}
}

func (y *yamlWriter) measure(x scoring.Measure) {
	y.line("  - id: %s", scalar(x.ID))
	y.line("    signal: %s", scalar(string(x.Signal)))
	y.field("title", x.Title)
	y.field("unit", x.Unit)
	for _, f := range []struct {
		name string
		v    float64
	}{{"weight", x.Weight}, {"min", x.Min}, {"max", x.Max}} {
		y.line("    %s: %s", f.name, decimal(f.v))
	}
	y.line("    anchors:")
	for _, a := range x.Anchors {
		of := ""
		if a.Segment != "" {
			of += "segment: " + scalar(a.Segment) + ", "
		}
		if a.Stage != "" {
			of += "stage: " + scalar(string(a.Stage)) + ", "
		}
		y.line("      - {%sat: [%s]}", of, strings.Join(mapped(a.At[:], decimal), ", "))
	}
	for _, f := range []struct {
		name string
		v    float64
	}{{"sla_days", x.SLA}, {"half_days", x.Half}, {"norm", x.Norm}, {"spread", x.Spread}} {
		y.line("    %s: %s", f.name, decimal(f.v))
	}
	y.field("absence", string(x.Absence))
	y.field("derive", string(x.Derive))
	y.field("why", x.Why)
}

// conditionHelp shows a condition with the numbers that it takes.
func conditionHelp(k scoring.ConditionKind) string {
	c := scoring.Condition{Kind: k}
	atLeast, days, factor := k.Uses()
	if atLeast {
		c.AtLeast = 2
	}
	if days {
		c.Days = 7
	}
	if factor {
		c.Factor = 3
	}
	return conditionText(c)
}

// conditionText writes a condition on one line, with exactly its own numbers.
func conditionText(c scoring.Condition) string {
	s := "{kind: " + scalar(string(c.Kind))
	atLeast, days, factor := c.Kind.Uses()
	if atLeast {
		s += ", at_least: " + strconv.Itoa(c.AtLeast)
	}
	if days {
		s += ", days: " + decimal(c.Days)
	}
	if factor {
		s += ", factor: " + decimal(c.Factor)
	}
	return s + "}"
}

// empty begins a list, or writes that there is nothing in it.
func empty(name string, n int) string {
	if n == 0 {
		return fmt.Sprintf("%s: []", name)
	}
	return name + ":"
}
