package config

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"healthbot/scoring"
)

func written(t testing.TB, m scoring.Model) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteModel(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWriteAndParseModelAgree(t *testing.T) {
	own := scoring.AllSignals()
	own.Name, own.Version = "Ours: 1.0 #new", 7
	own.SourceOrder = []string{"telemetry", "warehouse"}
	own.Measures[0].Anchors = append(own.Measures[0].Anchors, scoring.AnchorSet{Segment: "mid-market", Stage: scoring.Renewing, At: [5]float64{-.5, 0, .25, 1e3, 1e6}})
	own.Measures[1].Title = `Log-ins, "weekly": 100 %`
	own.Caps[3].Name = "{three}"
	bare := scoring.BuiltIn()
	bare.Caps, bare.Priorities = nil, nil
	for _, m := range []scoring.Model{scoring.AllSignals(), scoring.BuiltIn(), own, bare} {
		text := written(t, m)
		again, err := ParseModel("model.yml", []byte(text))
		if err != nil {
			t.Fatalf("%v\nin\n%s", err, text)
		}
		if diff := cmp.Diff(m, again); diff != "" {
			t.Errorf("- written, + read:\n%s", diff)
		}
		if m.Caps != nil && again.Digest() != m.Digest() {
			t.Error("the same version read again has another digest")
		}
	}
}

// Every key that the reader knows is shown by `healthbot model show`.
func TestModelShowsEveryKey(t *testing.T) {
	code, err := os.ReadFile("model.go")
	if err != nil {
		t.Fatal(err)
	}
	text := written(t, scoring.AllSignals())
	keys := regexp.MustCompile(`(?:required|optional)\("([a-z_]+)"`).FindAllStringSubmatch(string(code), -1)
	for _, k := range keys {
		if !regexp.MustCompile(`\b` + k[1] + `\b`).MatchString(text) {
			t.Errorf("nothing shows the key %q", k[1])
		}
	}
	if len(keys) < 40 {
		t.Errorf("found only %d keys in the code; does this test still look in the right place?", len(keys))
	}
}

// tiny is a whole version with as little as possible in it, so that a changed
// built-in model doesn't move the lines of the mistakes below.
const tiny = `name: tiny
version: 1
signals:
  - {signal: usage, weight: 0.6}
  - {signal: stakeholder, weight: 0.4}
measures:
  - id: usage.active_seat_ratio
    signal: usage
    title: active seats
    unit: ratio
    weight: 1
    min: 0
    max: 1
    anchors:
      - {at: [0.1, 0.3, 0.5, 0.7, 0.9]}
      - {stage: onboarding, at: [0, 0.1, 0.2, 0.3, 0.4]}
    sla_days: 9
    half_days: 7
    norm: 50
    spread: 5
    absence: unknown
  - {id: stakeholder.days_since_reply, signal: stakeholder, title: silence, unit: days, weight: 1, min: 0, max: 1000, sla_days: 7, half_days: 14, norm: 50, spread: 5,
     anchors: [{at: [45, 30, 21, 14, 7]}],
     absence: bad,
     derive: days since the last reply}
caps:
  - {name: champion left, value: 69, when: [{kind: champion left}]}
  - name: sponsor silent
    value: 74
    when: [{kind: sponsor silent, days: 21, factor: 3}]
bands:
  - {band: healthy, from: 75}
  - {band: watch, from: 60}
  - {band: risk, from: 40}
  - {band: critical, from: 0}
coverage_floor: 0.6
coverage_high: 0.8
red_below: 40
red_share: 0.08
steady: {smoothing: 0.4, worse_by: 3, better_by: 5, better_weeks: 2, near_weeks: 6, red_clear: 45, red_weeks: 2, low_line: 60, low_weeks: 3}
hold_share: 0.15
disagreement: 0.2
doubt: 25
priorities:
  - {outcome: at-risk, renewal: within 90 days, level: P2, top: P2}
  - {outcome: at-risk, renewal: later or none, level: P3, top: P3}
urgency:
  rows:
    - {days: 30, weight: 1}
    - {days: 60, weight: 0.9}
  later: 0.3
  unknown: 0.75
rates: {healthy: 0.02, watch: 0.06, risk: 0.18, critical: 0.4, unscored: 0.06}
source_order: [telemetry, warehouse]
criteria:
  - {outcome: stable, text: Nothing moved.}
  - {outcome: watchlist, text: Something moved.}
  - {outcome: at-risk, text: Value is being lost.}
  - {outcome: escalation required, text: The owner alone can't turn it.}
`

func TestModelMistakes(t *testing.T) {
	if _, err := ParseModel("model.yml", []byte(tiny)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, old, new, want string }{
		{"a weight of nothing", "weight: 0.6}", "weight: 0}", `
model.yml:4:29: signals[0].weight: found the number 0; expected a number above 0
      - {signal: usage, weight: 0}
                                ^`},
		{"a weight that is no number", "weight: 0.6}", "weight: .inf}", `
model.yml:4:29: signals[0].weight: found the number .inf; expected a number above 0
      - {signal: usage, weight: .inf}
                                ^`},
		{"weights that don't sum", "weight: 0.6}", "weight: 0.7}", `
model.yml:4:3: signals: found weights that add up to 1.1; expected 1, or 0.36 as the built-in model weighs these signals
      - {signal: usage, weight: 0.7}
      ^`},
		{"a norm that is no number", "norm: 50\n", "norm: .nan\n", `
model.yml:19:11: measures[0].norm: found the number .nan; expected a number from 0 to 100
        norm: .nan
              ^`},
		{"a number in octal", "spread: 5\n", "spread: 010\n", `
model.yml:20:13: measures[0].spread: found the number 010; expected a number from 0 to 100
        spread: 010
                ^`},
		{"an unknown signal", "{signal: usage,", "{signal: useage,", `
model.yml:4:14: signals[0].signal: found "useage"; expected usage, adoption, support, sentiment, billing, stakeholder or milestones; did you mean "usage"?
      - {signal: useage, weight: 0.6}
                 ^`},
		{"a signal twice", "{signal: stakeholder,", "{signal: usage,", `
model.yml:5:14: signals[1].signal: found "usage" again, first on line 4; expected each once
      - {signal: usage, weight: 0.4}
                 ^`},
		{"a signal without a measure", "{signal: stakeholder,", "{signal: billing,", `
model.yml:5:14: signals[1].signal: found "billing" without a measure; expected at least one measure of each signal in service, under measures
      - {signal: billing, weight: 0.4}
                 ^`},
		{"anchors that aren't monotone", "[0.1, 0.3, 0.5, 0.7, 0.9]", "[0.1, 0.3, 0.3, 0.7, 0.9]", `
model.yml:15:14: measures[0].anchors[0].at: found [0.1, 0.3, 0.3, 0.7, 0.9]; expected five numbers that only rise or only fall, for the scores 0, 25, 50, 75 and 100
          - {at: [0.1, 0.3, 0.3, 0.7, 0.9]}
                 ^`},
		{"four anchors", "[0.1, 0.3, 0.5, 0.7, 0.9]", "[0.1, 0.3, 0.5, 0.7]", `
model.yml:15:14: measures[0].anchors[0].at: found a list of 4; expected five numbers that only rise or only fall, for the scores 0, 25, 50, 75 and 100
          - {at: [0.1, 0.3, 0.5, 0.7]}
                 ^`},
		{"an anchor that is no number", "[0.1, 0.3, 0.5, 0.7, 0.9]", "[0.1, 0.3, half, 0.7, 0.9]", `
model.yml:15:25: measures[0].anchors[0].at[2]: found "half"; expected a number
          - {at: [0.1, 0.3, half, 0.7, 0.9]}
                            ^`},
		{"two sets for one stage", "{at: [0.1,", "{stage: onboarding, at: [0.1,", `
model.yml:16:9: measures[0].anchors[1]: found "anchors for any segment, onboarding" again, first on line 15; expected each once
          - {stage: onboarding, at: [0, 0.1, 0.2, 0.3, 0.4]}
            ^`},
		{"an unknown stage", "stage: onboarding", "stage: onbording", `
model.yml:16:17: measures[0].anchors[1].stage: found "onbording"; expected onboarding, active, renewing or churned; did you mean "onboarding"?
          - {stage: onbording, at: [0, 0.1, 0.2, 0.3, 0.4]}
                    ^`},
		{"a measure without a unit", "    unit: ratio\n", "", `
model.yml:7:5: measures[0]: found no unit; expected one
      - id: usage.active_seat_ratio
        ^`},
		{"a measure twice", "id: stakeholder.days_since_reply", "id: usage.active_seat_ratio", `
model.yml:5:14: signals[1].signal: found "stakeholder" without a measure; expected at least one measure of each signal in service, under measures
      - {signal: stakeholder, weight: 0.4}
                 ^
model.yml:22:10: measures[1].id: found "usage.active_seat_ratio" again, first on line 7; expected each once
      - {id: usage.active_seat_ratio, signal: stakeholder, title: silence, unit: days, weight: 1, min: 0…
             ^
model.yml:22:10: measures[1].id: found "usage.active_seat_ratio", a measure of the signal stakeholder; expected an id that begins with its signal: "stakeholder."
      - {id: usage.active_seat_ratio, signal: stakeholder, title: silence, unit: days, weight: 1, min: 0…
             ^`},
		{"a measure of another signal", "id: usage.active_seat_ratio", "id: adoption.active_seat_ratio", `
model.yml:4:14: signals[0].signal: found "usage" without a measure; expected at least one measure of each signal in service, under measures
      - {signal: usage, weight: 0.6}
                 ^
model.yml:7:9: measures[0].id: found "adoption.active_seat_ratio", a measure of the signal usage; expected an id that begins with its signal: "usage."
      - id: adoption.active_seat_ratio
            ^`},
		{"bounds the wrong way round", "max: 1\n", "max: -1\n", `
model.yml:13:10: measures[0].max: found the number -1, which is below min; expected min or more
        max: -1
             ^`},
		{"an unknown absence", "absence: unknown", "absence: unkown", `
model.yml:21:14: measures[0].absence: found "unkown"; expected unknown, zero or bad; did you mean "unknown"?
        absence: unkown
                 ^`},
		{"an unknown derivation", "derive: days since the last reply", "derive: days since last reply", `
model.yml:25:14: measures[1].derive: found "days since last reply"; expected overdue milestones, days without progress, open urgent tickets, urgent share of tickets, SLA breaches in 30 days, tickets per 100 seats, days overdue, days since the last reply or active contacts; did you mean "days since the last reply"?
         derive: days since last reply}
                 ^`},
		{"an unknown condition", "{kind: champion left}", "{kind: champion gone}", `
model.yml:27:52: caps[0].when[0].kind: found "champion gone"; expected milestones overdue, sponsor silent, red signals, champion left, severity 1 open, customer escalated, invoice overdue, intent to cancel or thin coverage; did you mean "champion left"?
      - {name: champion left, value: 69, when: [{kind: champion gone}]}
                                                       ^`},
		{"a cap of nothing", "[{kind: champion left}]", "[]", `
model.yml:27:44: caps[0].when: found an empty list; expected at least one condition
      - {name: champion left, value: 69, when: []}
                                               ^`},
		{"a cap twice", "name: sponsor silent", "name: champion left", `
model.yml:28:11: caps[1].name: found "champion left" again, first on line 27; expected each once
      - name: champion left
              ^`},
		{"a number too few", "{kind: sponsor silent, days: 21, factor: 3}", "{kind: sponsor silent, days: 21}", `
model.yml:30:12: caps[1].when[0]: found no factor; expected one, which “sponsor silent” looks at
        when: [{kind: sponsor silent, days: 21}]
               ^`},
		{"a number too many", "{kind: champion left}", "{kind: champion left, days: 7}", `
model.yml:27:73: caps[0].when[0].days: found days; expected none, because “champion left” doesn't look at it
      - {name: champion left, value: 69, when: [{kind: champion left, days: 7}]}
                                                                            ^`},
		{"an unknown band", "{band: watch,", "{band: wach,", `
model.yml:33:12: bands[1].band: found "wach"; expected healthy, watch, risk or critical; did you mean "watch"?
      - {band: wach, from: 60}
               ^`},
		{"bands in disorder", "{band: watch, from: 60}", "{band: watch, from: 80}", `
model.yml:33:25: bands[1].from: found the number 80; expected less than the band above it, from the best down
      - {band: watch, from: 80}
                            ^`},
		{"no band for the lowest", "{band: critical, from: 0}", "{band: critical, from: 5}", `
model.yml:35:28: bands[3].from: found the number 5; expected 0 for the lowest band, so that every score has one
      - {band: critical, from: 5}
                               ^`},
		{"coverage the wrong way round", "coverage_high: 0.8", "coverage_high: 0.5", `
model.yml:37:16: coverage_high: found the number 0.5, which is below coverage_floor; expected coverage_floor or more
    coverage_high: 0.5
                   ^`},
		{"an unknown outcome", "outcome: at-risk, text", "outcome: at_risk, text", `
model.yml:58:15: criteria[2].outcome: found "at_risk"; expected stable, watchlist, at-risk or escalation required; did you mean "at-risk"?
      - {outcome: at_risk, text: Value is being lost.}
                  ^`},
		{"an outcome without a criterion", "  - {outcome: at-risk, text: Value is being lost.}\n", "", `
model.yml:56:3: criteria: found no criterion for at-risk; expected one for each outcome, because it stands beside the choice
      - {outcome: stable, text: Nothing moved.}
      ^`},
		{"a level for one thing twice", "renewal: later or none,", "renewal: within 90 days,", `
model.yml:46:5: priorities[1]: found "at-risk, within 90 days" again, first on line 45; expected each once
      - {outcome: at-risk, renewal: within 90 days, level: P3, top: P3}
        ^`},
		{"the near renewals last", "days: 60,", "days: 20,", `
model.yml:50:14: urgency.rows[1].days: found the number 20; expected more than the 30 of the row above, the nearest first
        - {days: 20, weight: 0.9}
                 ^`},
		{"a rate left out", " watch: 0.06,", "", `
model.yml:53:8: rates: found no watch; expected one
    rates: {healthy: 0.02, risk: 0.18, critical: 0.4, unscored: 0.06}
           ^`},
		{"a source twice", "telemetry, warehouse", "telemetry, telemetry", `
model.yml:54:27: source_order[1]: found "telemetry" again, first on line 54; expected each once
    source_order: [telemetry, telemetry]
                              ^`},
		{"an unknown key", "absence: unknown", "absense: unknown", `
model.yml:7:5: measures[0]: found no absence; expected one
      - id: usage.active_seat_ratio
        ^
model.yml:21:5: measures[0]: found the unknown key "absense"; expected one of id, signal, title, unit, weight, min, max, anchors, sla_days, half_days, norm, spread, absence, derive, why; did you mean "absence"?
        absense: unknown
        ^`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(tiny, tt.old) {
				t.Fatalf("the model doesn't say %q", tt.old)
			}
			_, err := ParseModel("model.yml", []byte(strings.Replace(tiny, tt.old, tt.new, 1)))
			got := "no mistake"
			if err != nil {
				got = "\n" + err.Error()
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// Every mistake is told at once, in the order of the file.
func TestModelMistakesAtOnce(t *testing.T) {
	text := written(t, scoring.AllSignals())
	for old, wrong := range map[string]string{"weight: 0.2\n": "weight: -1\n", "absence: zero": "absence: nought", "band: risk": "band: risky", "unit: ratio\n": "unit: \"\"\n"} {
		text = strings.Replace(text, old, wrong, 1)
	}
	_, err := ParseModel("model.yml", []byte(text))
	var problems Problems
	if !errors.As(err, &problems) || len(problems) != 4 {
		t.Fatalf("%v", err)
	}
	for i, want := range []string{"signals[0].weight", "measures[0].unit", "measures[3].absence", "bands[2].band"} {
		if !strings.Contains(problems[i].Where, want) || !strings.Contains(problems[i].Excerpt, "^") {
			t.Errorf("mistake %d: %s, want %s", i, problems[i], want)
		}
	}
}

func TestLoadModel(t *testing.T) {
	if _, err := LoadModel(filepath.Join(t.TempDir(), "model.yml")); err == nil || !strings.Contains(err.Error(), "healthbot model show") {
		t.Errorf("no file: %v", err)
	}
	if _, err := ParseModel("model.yml", nil); err == nil || !strings.Contains(err.Error(), "an empty file; expected what `healthbot model show` prints") {
		t.Errorf("empty: %v", err)
	}
	m, err := LoadModel("../../../schedule/source/testdata/ravenstack/model.yml")
	if err != nil || m.Name != "ravenstack" || m.Measures[0].Max != 1e6 {
		t.Errorf("%s: %v", m.Label(), err)
	}
}

// Whatever is done to a model file, it is either refused with a place or a
// version that scores: reading and checking never disagree, and never panic.
func TestAnyModelFileIsReadOrRefused(t *testing.T) {
	lines := strings.SplitAfter(written(t, scoring.AllSignals()), "\n")
	words := []string{"", "0", "-1", "1e400", ".nan", "null", "{}", "[]", "[1]", "usage", "- ", "\"\"", "true", "x: y", "&a", "*a"}
	rapid.Check(t, func(t *rapid.T) {
		text := append([]string{}, lines...)
		for range rapid.IntRange(1, 3).Draw(t, "changes") {
			i := rapid.IntRange(0, len(text)-1).Draw(t, "line")
			switch rapid.IntRange(0, 2).Draw(t, "how") {
			case 0:
				text[i] = ""
			case 1:
				text[i] += text[i]
			case 2:
				if head, _, ok := strings.Cut(text[i], ": "); ok {
					text[i] = head + ": " + rapid.SampledFrom(words).Draw(t, "value") + "\n"
				}
			}
		}
		m, err := ParseModel("model.yml", []byte(strings.Join(text, "")))
		var problems Problems
		switch {
		case err == nil:
			scoring.Evaluate(m, scoring.Input{})
			if err := m.Validate(); err != nil {
				t.Fatal(err)
			}
		case !errors.As(err, &problems):
			t.Fatalf("refused without a place: %v", err)
		}
	})
}
