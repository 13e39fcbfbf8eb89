package scoring_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	. "healthbot/scoring"
)

// The sentence that the worked account is there for: 87.0 → 59.0, to the tenth.
func TestWorkedChange(t *testing.T) {
	w := readWorked(t)
	s := NewScorer(w.model(t))
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	got, ok := Explain(End{Scorer: s, Input: w.input(now.AddDate(0, 0, -28), false, false)}, End{Scorer: s, Input: w.input(now, true, true)})
	if !ok {
		t.Fatal("not explained")
	}
	want := Change{From: 870, To: 590, Parts: []Part{
		{Kind: PartCap, Name: "milestones and silence", Points: -99},
		{Kind: PartMovement, Name: "stakeholder.days_since_reply", Points: -85},
		{Kind: PartMovement, Name: "milestones.overdue", Points: -75},
		{Kind: PartFreshness, Name: "adoption.key_feature_ratio", Points: -16, Note: "stale"},
		{Kind: PartMovement, Name: "stakeholder.active_contacts", Points: -13},
		{Kind: PartMovement, Name: "usage.active_seat_ratio", Points: 5},
		{Kind: PartMovement, Name: "usage.logins_per_seat_week", Points: 3},
	}}
	for i := range got.Parts {
		got.Parts[i].Exact, got.Parts[i].Measure = 0, ""
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Whatever changes between two ends, the printed parts sum to the printed
// difference and the exact ones to the exact difference.
func TestPropertyPartsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := AllSignals()
		m.Floor = 0 // every draw is scored
		other := m
		other.Version = 2
		other.Measures = append([]Measure(nil), m.Measures...)
		for i := range other.Measures {
			other.Measures[i].Weight *= rapid.Float64Range(.5, 2).Draw(t, "weight")
			other.Measures[i].Norm = rapid.Float64Range(20, 80).Draw(t, "norm")
		}
		ends := [2]End{{Scorer: NewScorer(m), Input: anyInput(t)}, {Scorer: NewScorer(m), Input: anyInput(t)}}
		if rapid.Bool().Draw(t, "new version") {
			ends[1].Scorer = NewScorer(other)
		}
		for i := range ends {
			if rapid.Bool().Draw(t, "goal") {
				ends[i].Input.Account.Goals = map[string]Goal{"sentiment.csat": {At: [5]float64{1, 2, 3, 3.5, 4}}}
			}
			if rapid.Bool().Draw(t, "override") {
				ends[i].Input.Override = &Override{Points: rapid.Float64Range(-15, 15).Draw(t, "points"), Until: ago(-9)}
			}
			if rapid.IntRange(0, 4).Draw(t, "cancel") == 0 {
				ends[i].Input.Account.CancelIntent = "said so"
			}
		}
		ends[0].Input.Now = ends[0].Input.Now.AddDate(0, 0, -rapid.IntRange(0, 30).Draw(t, "days"))
		c, ok := Explain(ends[0], ends[1])
		if !ok {
			t.Fatal("not explained although both ends are scored")
		}
		var printed Tenths
		for _, p := range c.Parts {
			printed += p.Points
			if p.Points == 0 || math.Abs(p.Points.Float()-p.Exact) > .21 {
				t.Fatalf("part %s of %v prints as %s", p.Name, p.Exact, p.Points)
			}
		}
		if printed != c.Delta() {
			t.Fatalf("parts print %s, scores differ by %s: %+v", printed, c.Delta(), c.Parts)
		}
	})
}

func TestNothingIsExplainedAcrossAnUnscoredEnd(t *testing.T) {
	s := NewScorer(BuiltIn())
	bare := Input{Now: monday, Account: Account{ID: "acme"}}
	if c, ok := Explain(End{Scorer: s, Input: healthy()}, End{Scorer: s, Input: bare}); ok || len(c.Parts) > 0 {
		t.Errorf("explained: %+v", c)
	}
}

func TestPartWords(t *testing.T) {
	for want, p := range map[string]Part{
		"−9.9 cap milestones and silence": {Kind: PartCap, Name: "milestones and silence", Points: -99},
		"−1.6 key features, stale":        {Kind: PartFreshness, Name: "key features", Note: "stale", Points: -16},
		"+0.5 active seats":               {Kind: PartMovement, Name: "active seats", Points: 5},
		"0.0 stage renewing":              {Kind: PartStage, Name: "renewing"},
		"+2.0 model team v3":              {Kind: PartModel, Name: "team v3", Points: 20},
	} {
		if got := p.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// What became of the evidence's freshness is said in a word.
func TestFreshnessNotes(t *testing.T) {
	s := NewScorer(BuiltIn())
	at := func(change func(*Input)) End {
		in := healthy()
		change(&in)
		return End{Scorer: s, Input: in}
	}
	const adoption = "adoption.key_feature_ratio"
	older := func(days float64) func(*Input) {
		return func(in *Input) {
			for i := range in.Readings {
				if in.Readings[i].Measure == adoption {
					in.Readings[i].ObservedAt = in.Now.Add(-time.Duration(days * 24 * float64(time.Hour)))
				}
			}
		}
	}
	without := func(in *Input) {
		for i := range in.Readings {
			if in.Readings[i].Measure == adoption {
				in.Readings[i].Measure = "gone"
			}
		}
	}
	retired := func(in *Input) {
		in.Readings = append(in.Readings, Reading{Measure: adoption, Source: Person, Retired: true, ObservedAt: in.Now, ReceivedAt: in.Now})
	}
	for _, c := range []struct {
		note          string
		before, after func(*Input)
	}{
		{"stale", older(1), older(30)}, {"fresh again", older(30), older(1)},
		{"newly known", without, older(1)}, {"no longer known", older(1), without}, {"taken out", older(1), retired},
	} {
		change, ok := Explain(at(c.before), at(c.after))
		if !ok {
			t.Fatalf("%s: not explained", c.note)
		}
		var notes []string
		for _, p := range change.Parts {
			if p.Measure == adoption {
				notes = append(notes, p.Note)
			}
		}
		if len(notes) != 1 || notes[0] != c.note {
			t.Errorf("%s: notes %q", c.note, notes)
		}
	}
}

// A stored end that can't be computed again to the tenth is made up for by one
// part, so that the sum leads from the score that people saw.
func TestSince(t *testing.T) {
	c := Change{From: 870, To: 590, Parts: []Part{{Kind: PartCap, Name: "a cap", Points: -200}, {Kind: PartMovement, Name: "replies", Points: -80}}}
	if same := c.Since(870, PartRecord, "history"); len(same.Parts) != 2 || same.From != 870 {
		t.Errorf("nothing differed: %+v", same)
	}
	got := c.Since(769, PartModel, "built-in v2")
	want := Change{From: 769, To: 590, Parts: []Part{{Kind: PartCap, Name: "a cap", Points: -200},
		{Kind: PartModel, Name: "built-in v2", Points: 101}, {Kind: PartMovement, Name: "replies", Points: -80}}}
	for i := range got.Parts {
		got.Parts[i].Exact = 0
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(c.Parts) != 2 || c.From != 870 {
		t.Errorf("the change itself was altered: %+v", c)
	}
}
