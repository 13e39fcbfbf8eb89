package main

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"healthbot/cmd/healthbot/config"
	"healthbot/scoring"
	"healthbot/storage"
	"healthbot/storage/record"
)

// The shape that programs read: every key, always, by its very name.
var (
	reportKeys = strings.Fields(`account adjusted as_of band base cap_points caps confidence coverage findings health holds next_action
		override parts previous priority proposal range score state version`)
	findingKeys = strings.Fields("effective evidence freshness measure norm observed_at points score signal source state title unit value weight")
)

// TestScoreJSON holds the shape of `healthbot score --json` against the list that
// it was promised by: an account that is overridden, capped and explained, and one
// about which nothing is known.
func TestScoreJSON(t *testing.T) {
	dir := t.TempDir()
	model := filepath.Join("..", "..", "schedule", "source", "testdata", "foreign", "model.yml")
	at := []string{"--db", filepath.Join(dir, "t.db"), "--model", model, "--now", "2026-11-23T09:00"}
	must(t, append([]string{"import", "--source", "crm", write(t, dir, "accounts.csv",
		"id,name,segment,arr,currency,renewal_on,received_at\nalpine,Alpine,smb,9000,EUR,2026-12-20,2026-01-01\nbrook,Brook,smb,1,EUR,,2026-01-01\n")}, at...)...)
	must(t, append([]string{"import", write(t, dir, "scores.csv", "account,measure,value,observed_at,source,evidence,received_at\n"+
		"alpine,sentiment.platform_score,80,2026-10-24,platform,green there,2026-10-25\nalpine,sentiment.platform_score,64,2026-11-21,platform,yellow there,2026-11-22\n")}, at...)...)
	m, err := config.LoadModel(model)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	db, err := storage.Open(t.Context(), storage.Options{Path: filepath.Join(dir, "t.db"), Now: func() time.Time { return now }, Log: zerolog.Nop(),
		Rules: record.Rules{Model: m}})
	if err != nil {
		t.Fatal(err)
	}
	points, by := scoring.Tenths(70), record.Actor{ID: "U0ANA", Name: "Ana"}
	_, err = db.SetOverride(t.Context(), by, record.SetOverride{Account: "alpine", Points: &points, Reason: "seasonal", Evidence: "last year", Until: record.DateOf(now).Add(20)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = db.ReportCancellation(t.Context(), by, record.ReportCancellation{Account: "alpine", Who: "Kim", Heard: record.DateOf(now), Evidence: "we leave"}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	var got map[string]any
	read := func(out string) {
		t.Helper()
		got = nil
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(reportKeys, slices.Sorted(maps.Keys(got))); diff != "" {
			t.Errorf("keys of a report (-want +got):\n%s", diff)
		}
		for _, f := range got["findings"].([]any) {
			if diff := cmp.Diff(findingKeys, slices.Sorted(maps.Keys(f.(map[string]any)))); diff != "" {
				t.Errorf("keys of a finding (-want +got):\n%s", diff)
			}
		}
	}
	is := func(path string, want any) {
		t.Helper()
		var x any = got
		for _, step := range strings.Fields(path) {
			switch y := x.(type) {
			case map[string]any:
				x = y[step]
			case []any:
				x = y[int(step[0]-'0')]
			}
		}
		if diff := cmp.Diff(want, x); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}

	read(must(t, append([]string{"score", "alpine", "--json"}, at...)...))
	for path, want := range map[string]any{
		"account": "alpine", "as_of": "2026-11-23T09:00:00Z", "version": "foreign v1", "state": "scored", "score": 19.0, "band": "critical",
		"health": 64.0, "adjusted": 71.0, "base": 50.0, "coverage": 1.0, "confidence": "high", "cap_points": -52.0, "range": []any{19.0, 19.0}, "holds": []any{},
		"findings 0 measure": "sentiment.platform_score", "findings 0 signal": "sentiment", "findings 0 value": 64.0, "findings 0 unit": "of 100",
		"findings 0 observed_at": "2026-11-21T23:59:59.999Z", "findings 0 source": "platform", "findings 0 score": 64.0, "findings 0 freshness": 1.0, "findings 0 state": "fresh",
		"findings 0 norm": 50.0, "findings 0 weight": 1.0, "findings 0 points": 14.0, "findings 0 evidence": "yellow there",
		"override":             map[string]any{"points": 7.0, "reason": "seasonal", "until": "2026-12-13T00:00:00Z"},
		"caps":                 []any{map[string]any{"name": "intent to cancel", "value": 19.0, "binding": true, "evidence": "said by Kim on 23 Nov 2026, recorded by Ana"}},
		"proposal outcome":     "escalation required",
		"next_action role":     "owner",
		"priority level":       "P1",
		"priority loss":        3600.0,
		"priority currency":    "EUR",
		"previous":             map[string]any{"as_of": "2026-11-23T08:00:00Z", "score": 19.0, "version": "foreign v1"},
		"parts":                []any{},
		"next_action text":     "Speak with whoever wants to cancel, and escalate it; offer no terms",
		"findings 0 effective": 64.0,
		"findings 0 title":     "the platform's score",
	} {
		is(path, want)
	}

	// Before anybody said anything, compared with four weeks earlier: the parts sum.
	read(must(t, append([]string{"score", "alpine", "--json"}, append(at[:len(at)-1:len(at)-1], "2026-11-23T07:00")...)...))
	is("score", 64.0)
	is("override", nil)
	is("caps", []any{})
	is("previous", map[string]any{"as_of": "2026-10-26T00:00:00Z", "score": 80.0, "version": "foreign v1"})
	is("parts", []any{map[string]any{"kind": "movement", "name": "the platform's score", "measure": "sentiment.platform_score", "points": -16.0}})

	read(must(t, append([]string{"score", "brook", "--json"}, at...)...))
	for _, path := range []string{"score", "band", "health", "adjusted", "range", "override", "proposal", "previous", "parts", "findings 0 value", "findings 0 score", "findings 0 observed_at"} {
		is(path, nil)
	}
	is("state", "unscored")
	is("findings 0 state", "unknown")
	is("holds 0 kind", "missing")
	is("base", 50.0)

	// --all gives the same reports, a line each, worst first.
	var order []string
	for line := range strings.Lines(must(t, append([]string{"score", "--all", "--json"}, at...)...)) {
		read(line)
		order = append(order, got["account"].(string))
	}
	if diff := cmp.Diff([]string{"alpine", "brook"}, order); diff != "" {
		t.Error(diff)
	}
	text := must(t, append([]string{"score", "alpine"}, at...)...)
	for _, want := range []string{"19.0  critical", "override +7.0 until 13 December 2026; 64.0 computed: seasonal", "19.0 by cap “intent to cancel” (said by Kim on 23 Nov 2026, recorded by Ana); 71.0 without it"} {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %q:\n%s", want, text)
		}
	}
}
