package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"healthbot/cmd/healthbot/config"
	"healthbot/cmd/healthbot/seed"
	"healthbot/scoring"
	"healthbot/storage"
)

func TestModelFiles(t *testing.T) {
	if out := must(t, "model", "check", filepath.Join("..", "..", "schedule", "source", "testdata", "ravenstack", "model.yml")); !strings.Contains(out, "ravenstack v1, 4 signals in service, 6 measures") {
		t.Errorf("check of RavenStack's model: %q", out)
	}
	dir := t.TempDir()
	bad := write(t, dir, "bad.yml", strings.NewReplacer("absence: zero", "absence: nil", "unit: ratio\n", "unit: \"\"\n", "norm: 50", "norm: .nan").Replace(must(t, "model", "show")))
	code, _, errs := command(t, "model", "check", bad)
	for _, want := range []string{"bad.yml:", `found "nil"; expected unknown, zero or bad`, "found an empty text", "found the number .nan", "^"} {
		if code != exitUsage || !strings.Contains(errs, want) {
			t.Errorf("exit %d, lacks %q:\n%.2000s", code, want, errs)
		}
	}
}

func TestModelApproval(t *testing.T) {
	t.Chdir(t.TempDir())
	model := write(t, ".", "ours.yml", strings.Replace(must(t, "model", "show"), "name: built-in", "name: ours", 1))
	code, _, errs := command(t, "model", "approve", model)
	if code != exitUsage || !strings.Contains(errs, "--by") {
		t.Errorf("approved by nobody: exit %d, %q", code, errs)
	}
	if out := must(t, "model", "approve", model, "--by", "Mia Chen"); !strings.Contains(out, "ours v1 (") || !strings.Contains(out, "is approved by Mia Chen; none was before") || !strings.Contains(out, "healthbot run --model ours.yml") {
		t.Errorf("approve: %q", out)
	}
	if out := must(t, "model", "approve", model, "--by", "Mia Chen"); !strings.Contains(out, "already; nothing was changed") {
		t.Errorf("approved again: %q", out)
	}
	// Without a file: what run would score with.
	if out := must(t, "model", "approve", "--by", "Ole"); !strings.Contains(out, "built-in v1 (") || !strings.Contains(out, "ours v1 (") {
		t.Errorf("approve the built-in one: %q", out)
	}
	t.Setenv(config.Model, model)
	if out := must(t, "model", "approve", "--by", "Ole"); !strings.HasPrefix(out, "ours v1 (") {
		t.Errorf("%s is not heard: %q", config.Model, out)
	}
	var list []listedModel
	if err := json.Unmarshal([]byte(must(t, "model", "list", "--json")), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || !list[0].InForce || list[0].Name != "ours" || list[0].ApprovedBy != "Ole (command line)" || list[1].InForce {
		t.Errorf("list: %+v", list)
	}
	if out := must(t, "model", "list"); !strings.Contains(out, "in force") || !strings.Contains(out, list[0].Digest[:12]) {
		t.Errorf("list: %s", out)
	}
	for _, query := range []string{"approved", list[0].Digest[:12]} {
		again := write(t, ".", "again.yml", must(t, "model", "show", query))
		if m, err := config.LoadModel(again); err != nil || m.Digest() != list[0].Digest {
			t.Errorf("show %s prints another version: %v", query, err)
		}
	}
	if code, _, errs := command(t, "model", "show", "0000000"); code != exitFailed || !strings.Contains(errs, "model list") {
		t.Errorf("an unknown digest: exit %d, %q", code, errs)
	}
	if out := must(t, "export", "events"); strings.Count(out, "model.approved") != 3 {
		t.Errorf("events: %s", out)
	}
}

// A file that nobody approved doesn't start, and the command that approves it
// stands in the answer.
func TestRunRefusesAnUnapprovedModel(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv(config.BotToken, "xoxb-1-2-aaaaaaaa")
	t.Setenv(config.AppToken, "xapp-1-2-aaaaaaaa")
	t.Setenv(config.APIURL, "http://127.0.0.1:1/api/") // nobody listens
	write(t, dir, "healthbot.yml", config.Reference())
	model := write(t, dir, "ours.yml", strings.Replace(must(t, "model", "show"), "name: built-in", "name: ours", 1))
	code, _, errs := command(t, "run", "--model", model, "--db", "r.db")
	if code != exitUsage || !strings.Contains(errs, "ours v1") || !strings.Contains(errs, "isn't approved") || !strings.Contains(errs, "healthbot model approve "+model+" --by NAME --db r.db") {
		t.Errorf("exit %d\n%s", code, errs)
	}
	must(t, "model", "approve", "--by", "Mia", "--db", "r.db") // the built-in one
	if code, _, errs = command(t, "run", "--model", model, "--db", "r.db"); code != exitUsage || !strings.Contains(errs, "built-in v1") || !strings.Contains(errs, "is the approved one") {
		t.Errorf("exit %d\n%s", code, errs)
	}
}

// The nearest renewal comes first, and what is compared with is the approved
// version.
func TestModelDiff(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "t.db")
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	rules := rulesOf(seed.Team())
	db, err := storage.Open(t.Context(), storage.Options{Path: path, Now: func() time.Time { return now }, Rules: rules, Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	if err := load(t.Context(), db, rules, now); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	show := must(t, "model", "show")
	approved := write(t, dir, "approved.yml", strings.Replace(show, "name: built-in", "name: ours", 1))
	proposed := write(t, dir, "proposed.yml", strings.NewReplacer("name: built-in", "name: strict", "{band: healthy, from: 75}", "{band: healthy, from: 88}").Replace(show))
	at := []string{"--db", path, "--now", "2026-11-23T09:00"}
	must(t, "model", "approve", approved, "--by", "Mia", "--db", path)

	var d modelDiff
	if err := json.Unmarshal([]byte(must(t, append([]string{"model", "diff", proposed, "--json"}, at...)...)), &d); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(d.Before, "ours v1") || !strings.HasPrefix(d.After, "strict v1") || d.Accounts != 66 || len(d.Changed) < 5 {
		t.Fatalf("%+v", d)
	}
	for i, x := range d.Changed {
		if x.Before.Band != scoring.Healthy || x.After.Band != scoring.Watch {
			t.Errorf("%s: from %s to %s", x.Name, x.Before, x.After)
		}
		if i > 0 && x.renewal().Before(d.Changed[i-1].renewal()) {
			t.Errorf("%s renews before %s and comes after it", x.Name, d.Changed[i-1].Name)
		}
	}
	out := must(t, append([]string{"model", "diff", proposed}, at...)...)
	if lines := strings.Split(out, "\n"); !strings.HasPrefix(lines[0], "RENEWS") || !strings.Contains(lines[1], oneLine(d.Changed[0].Name)) || !strings.Contains(out, "of 66 accounts would change band from ours v1 (") {
		t.Errorf("%s", out)
	}
	if out := must(t, append([]string{"model", "diff", approved}, at...)...); !strings.HasPrefix(out, "0 of 66 accounts would change band") {
		t.Errorf("a version differs from itself: %s", out)
	}
}

// A signal without a source counts against every account; check says so.
func TestCheckComparesModelAndSources(t *testing.T) {
	dir := t.TempDir()
	team := write(t, dir, "healthbot.yml", config.Reference())
	text := strings.Replace(must(t, "model", "show"), "name: built-in", "name: ours", 1)
	if out := must(t, "check", "--config", team); strings.Contains(out, "no source delivers") {
		t.Errorf("the built-in model doesn't fit: %s", out)
	}
	model := write(t, dir, "ours.yml", text)
	out := must(t, "check", "--config", team, "--model", model)
	if !strings.Contains(out, "model ours v1: no source delivers") {
		t.Errorf("check: %s", out)
	}
}
