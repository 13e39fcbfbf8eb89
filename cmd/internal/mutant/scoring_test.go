package mutant

import (
	"os/exec"
	"strings"
	"testing"
)

// Each property of the score is run against a formula with a mistake in it, and
// must notice it.
func TestPropertiesOfTheScoreNotice(t *testing.T) {
	for _, m := range []struct {
		name, property string
		edit           Edit
	}{
		{"bad news fades, too", "AgeingNeverRaises", Edit{"scoring/freshness.go", "if score <= norm {", "if score > 101 {"}},
		{"a stopped feed's window moves on", "AgeingNeverRaises", Edit{"scoring/evaluate.go", "d := rule.eval(*in, t)", "d := rule.eval(*in, in.Now)"}},
		{"a cap that was there before is forgotten", "PartsAddUp", Edit{"scoring/change.go", "now.capPoints() - old.capPoints()", "now.capPoints()"}},
		{"a missing tenth is dropped", "PartsAddUp", Edit{"scoring/change.go", "parts[j].Points += Tenths(by)", "_ = j"}},
		{"what comes later is known now", "LaterKnowledgeChangesNothingEarlier", Edit{"scoring/evaluate.go", " || r.ReceivedAt.After(in.Now)", ""}},
		{"the last in the list wins", "OrderDoesNotMatter", Edit{"scoring/evaluate.go", "cmp.Compare(out[k].value, r.Value)) <= 0:", "0) <= 9:"}},
		{"falling anchors are read as rising", "BetterValueNeverLowersHealth", Edit{"scoring/model.go", "rising := at[4] > at[0]\n\tbefore", "rising := true\n\tbefore"}},
		{"an override goes beyond the scale", "Bounded", Edit{"scoring/evaluate.go", "r.Adjusted = clamp(r.Health + o.Points)", "r.Adjusted = r.Health + o.Points"}},
	} {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), Tests(t, "scoring", m.edit), "-test.run=^TestProperty"+m.property+"$", "-rapid.nofailfile", "-rapid.shrinktime=1ms")
			cmd.Dir = Dir(t, "scoring")
			if said, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(said), "[rapid] failed after") {
				t.Errorf("the property didn't notice: %v\n%.2000s", err, said)
			}
		})
	}
}
