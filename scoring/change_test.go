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
	got, ok := Explain(End{s, w.input(now.AddDate(0, 0, -28), false, false)}, End{s, w.input(now, true, true)})
	if !ok {
		t.Fatal("not explained")
	}
	want := Change{From: 870, To: 590, Parts: []Part{
		{Kind: PartCap, Name: "milestones and silence", Points: -99},
		{Kind: PartMovement, Name: "stakeholder.days_since_reply", Points: -85},
		{Kind: PartMovement, Name: "milestones.overdue", Points: -75},
		{Kind: PartFreshness, Name: "adoption.key_feature_ratio", Points: -16},
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
		ends := [2]End{{NewScorer(m), anyInput(t)}, {NewScorer(m), anyInput(t)}}
		if rapid.Bool().Draw(t, "new version") {
			ends[1].Scorer = NewScorer(other)
		}
		for i := range ends {
			if rapid.Bool().Draw(t, "goal") {
				ends[i].Input.Account.Goals = map[string][5]float64{"sentiment.csat": {1, 2, 3, 3.5, 4}}
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
	if c, ok := Explain(End{s, healthy()}, End{s, bare}); ok || len(c.Parts) > 0 {
		t.Errorf("explained: %+v", c)
	}
}
