package app_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// rules is the import graph that DESIGN allows, by package prefix: what a
// package may not import, and why.
var rules = []struct {
	from, not, why string
}{
	{"healthbot/scoring", "healthbot/", "scoring is pure and imports the standard library alone"},
	{"healthbot/storage/record", "healthbot/bot", "records don't know Slack"},
	{"healthbot/storage/record", "healthbot/schedule", "records don't know the clockwork"},
	{"healthbot/storage", "healthbot/bot", "storage doesn't know Slack"},
	{"healthbot/storage", "healthbot/schedule", "storage doesn't know the clockwork"},
	{"healthbot/storage", "healthbot/cmd", "storage is below the program"},
	{"healthbot/bot", "healthbot/schedule", "bot and schedule meet in app"},
	{"healthbot/bot", "healthbot/cmd", "bot is below the program"},
	{"healthbot/schedule", "healthbot/bot", "bot and schedule meet in app"},
	{"healthbot/schedule", "healthbot/cmd", "schedule is below the program"},
	{"healthbot/bot/slacksim", "healthbot/", "a judge that shares the judged one's mistake is none"},
	{"healthbot/bot/slacksim", "github.com/slack-go/slack", "the local Slack works on raw JSON"},
}

// exclusive are the libraries that only one place may know.
var exclusive = map[string][]string{
	"github.com/slack-go/slack":            {"healthbot/bot", "healthbot/bot/view"},
	"modernc.org/sqlite":                   {"healthbot/storage"},
	"github.com/robfig/cron/v3":            {"healthbot/schedule"},
	"github.com/kelseyhightower/envconfig": {"healthbot/cmd"},
}

type pkg struct {
	ImportPath string
	Imports    []string
	Standard   bool
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,Standard", "healthbot/...")
	cmd.Dir = "../../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	d := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// inside says that a package is the place or lies below it.
func inside(path, place string) bool {
	place = strings.TrimSuffix(place, "/")
	return path == place || strings.HasPrefix(path, place+"/")
}

func TestImportGraph(t *testing.T) {
	all := packages(t)
	if len(all) < 10 {
		t.Fatalf("only %d packages found", len(all))
	}
	for _, p := range all {
		for _, imp := range p.Imports {
			for _, r := range rules {
				below := r.from == "healthbot/storage" && inside(p.ImportPath, "healthbot/storage/record")
				if inside(p.ImportPath, r.from) && !below && inside(imp, r.not) && !inside(imp, r.from) {
					t.Errorf("%s imports %s; not allowed: %s", p.ImportPath, imp, r.why)
				}
			}
			for lib, places := range exclusive {
				if !inside(imp, lib) {
					continue
				}
				var ok bool
				for _, place := range places {
					ok = ok || p.ImportPath == place || place == "healthbot/cmd" && inside(p.ImportPath, place)
				}
				if !ok {
					t.Errorf("%s imports %s; only %s may", p.ImportPath, imp, strings.Join(places, ", "))
				}
			}
			if p.ImportPath == "healthbot/scoring" && strings.Contains(imp, ".") {
				t.Errorf("healthbot/scoring imports %s; it may import the standard library alone", imp)
			}
		}
	}
}
