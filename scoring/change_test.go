package scoring_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
