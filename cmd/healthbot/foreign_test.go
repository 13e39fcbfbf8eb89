package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"healthbot/scoring"
)

// A team that has nothing but another platform's score and its people's pulse says
// so in a model of its own, imports both, and reviews from them. A customer's own
// goal takes the place of the model's anchors.
func TestAForeignScoreAndAPulse(t *testing.T) {
	dir, _ := imported(t)
	measure := func(id, title, lo, hi, anchors string) string {
		return strings.NewReplacer("ID", id, "TITLE", title, "LO", lo, "HI", hi, "ANCHORS", anchors).Replace(
			"  - {id: ID, signal: sentiment, title: TITLE, unit: points, weight: 1, min: LO, max: HI, sla_days: 9, half_days: 7, norm: 50, spread: 5, absence: unknown, anchors: [{at: [ANCHORS]}], why: it is what we have}\n")
	}
	shown := must(t, "model", "show")
	from, to := strings.Index(shown, "signals:\n"), strings.Index(shown, "\n# Caps")
	if from < 0 || to < 0 {
		t.Fatal("the model is shown otherwise by now")
	}
	model := write(t, dir, "model.yml", strings.Replace(shown[:from], "name: built-in", "name: theirs", 1)+
		"signals:\n  - {signal: sentiment, weight: 1, why: all there is}\n\nmeasures:\n"+
		measure("sentiment.platform_score", "score of the platform", "0", "100", "0, 25, 50, 75, 100")+
		measure("sentiment.pulse", "pulse", "1", "5", "1, 2, 3, 4, 5")+shown[to:])
	at := []string{"--db", filepath.Join(dir, "t.db"), "--now", "2026-04-01T12:00", "--model", model}
	load := func(name, text string) {
		t.Helper()
		must(t, append([]string{"import", write(t, dir, name, text), "--source", "platform"}, at...)...)
	}
	score := func() scoring.Report {
		t.Helper()
		var r scoring.Report
		if err := json.Unmarshal([]byte(must(t, append([]string{"score", "A", "--json"}, at...)...)), &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	load("scores.csv", long+"A,sentiment.platform_score,64,2026-03-31\n")
	load("pulse.csv", "account,measure,value,observed_at,evidence,collector\nA,sentiment.pulse,4,2026-03-31,They said that the roll-out went well,Ana\n")
	if r := score(); r.Score == nil || *r.Score != 695 { // (64 + 75) / 2
		t.Errorf("scored %+v", r.Score)
	}
	load("goals.csv", "account,measure,valid_from,start,target,evidence\nA,sentiment.platform_score,2026-01-01,0,80,success plan\n")
	r := score()
	if r.Score == nil || *r.Score != 775 || r.Findings[0].Goal == nil || r.Findings[0].Goal.Evidence != "success plan" { // 64 of 80 is 80
		t.Errorf("with a goal: %+v, %+v", r.Score, r.Findings[0])
	}
	if out := must(t, append([]string{"score", "A"}, at...)...); !strings.Contains(out, "customer goal since 2026-01-01: score of the platform 80") {
		t.Errorf("printed:\n%s", out)
	}
	// A pulse without a word is refused.
	bare := write(t, dir, "bare.csv", long+"B,sentiment.pulse,4,2026-03-31\n")
	code, _, errs := command(t, append([]string{"import", bare, "--source", "platform"}, at...)...)
	if code != exitRefused || !strings.Contains(errs, "bare.csv:2:19, column value: found a pulse without evidence; expected a note that says why") {
		t.Errorf("exit %d: %s", code, errs)
	}
}
