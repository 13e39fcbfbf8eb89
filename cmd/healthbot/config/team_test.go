package config

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"healthbot/scoring"
	"healthbot/storage/record"
)

var update = flag.Bool("update", false, "write the goldens anew")

// cron stands for the schedule's check: it knows one line that never fires.
func cron(line string, zone *time.Location) error {
	switch {
	case zone == nil:
		return errors.New("no zone")
	case line == "0 9 31 2 *":
		return errors.New("it never fires")
	case len(strings.Fields(line)) != 5:
		return fmt.Errorf("it has %d fields, not 5", len(strings.Fields(line)))
	}
	return nil
}

var checked = Options{CheckCron: cron}

func TestReferenceParses(t *testing.T) {
	team, err := Parse("healthbot.yml", []byte(Reference()), checked)
	if err != nil {
		t.Fatal(err)
	}
	amina, _ := team.People.Person("U01AMINA")
	if got, want := amina.Away[1], (record.Span{From: record.Date{Year: 2026, Month: 7, Day: 6}, To: record.Date{Year: 2026, Month: 7, Day: 17}}); got != want {
		t.Errorf("away: %v, want %v", got, want)
	}
	if h := amina.Hours; h.From != 8*60+30 || h.To != 17*60 || len(h.Days) != 4 || h.Days[3] != time.Thursday {
		t.Errorf("hours: %+v", h)
	}
	if ivo, _ := team.People.Person("U01IVO"); ivo.Zone.String() != "Europe/Berlin" || len(ivo.Hours.Days) != 5 {
		t.Errorf("what is left out should be the office's: %v, %+v", ivo.Zone, ivo.Hours)
	}
	for id, region := range map[string]string{"U01AMINA": "SN", "U01TESS": "DE", "U01HENRIK": "NO"} {
		if who, _ := team.People.Person(id); who.Region != region {
			t.Errorf("%s keeps the holidays of %q, want %s", id, who.Region, region)
		}
	}
	p := team.Policy
	if r, ok := p.RouteFor("smb"); !ok || r.CatchUp != record.CatchLatest || r.Grace != 48*time.Hour || r.Zone.String() != "Europe/Berlin" {
		t.Errorf("defaults of a route: %+v", r)
	}
	if got := p.Cadence(record.Account{Segment: "smb", Stage: scoring.Onboarding}, time.Time{}); got != 7 {
		t.Errorf("cadence in onboarding: %d days, want 7", got)
	}
	who, by := p.Recipients(record.Account{Segment: "enterprise", Manager: "U01AMINA"}, "sponsor-silent")
	if !slices.Equal(who, []string{"U01AMINA", "U01HENRIK"}) || by != 4*time.Hour {
		t.Errorf("recipients: %v within %s", who, by)
	}
	if owner, ok := p.DataOwner(scoring.Adoption); !ok || owner != "U01IVO" {
		t.Errorf("data owner of adoption: %q", owner)
	}
	if eur, ok := team.Policy.Currencies.InBase(100, "GBP"); !ok || eur != 117 {
		t.Errorf("100 GBP are %v EUR", eur)
	}
	if _, ok := team.Policy.Currencies.InBase(100, "CHF"); ok {
		t.Error("CHF has no rate, and got one")
	}
}

// Every key that the program reads must be in the sample: a key nobody can
// find isn't documented.
func TestReferenceNamesEveryKey(t *testing.T) {
	declared := regexp.MustCompile(`(?:required|optional)\("([a-z_]+)"`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, name := range files {
		if strings.HasPrefix(name, "model") { // see TestModelShowsEveryKey
			continue
		}
		code, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range declared.FindAllStringSubmatch(string(code), -1) {
			n++
			if !regexp.MustCompile(`(?m)^[ -]*`+m[1]+`: `).MatchString(Reference()+"\n") && !strings.Contains(Reference(), "\n"+m[1]+":\n") {
				t.Errorf("%s: the sample doesn't show the key %q", name, m[1])
			}
		}
	}
	if n < 30 {
		t.Errorf("found only %d keys in the code; does this test still look in the right place?", n)
	}
}

// Each file in testdata is wrong in its own ways; beside it stands what a person
// is told. Run with -update to write the texts anew, and read the difference.
func TestMistakesAreTold(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yml")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yml"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Parse("healthbot.yml", text, checked)
			if err == nil {
				t.Fatal("no mistake was found")
			}
			golden := strings.TrimSuffix(file, ".yml") + ".txt"
			got := err.Error() + "\n"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("told otherwise than in %s (- want, + got):\n%s", golden, diff)
			}
		})
	}
}

// small is the least file that is right.
const small = `office_zone: Europe/Berlin
people:
  - {id: U01ANA, name: Ana, roles: [csm, admin]}
routes:
  - {name: all, segment: all, channel: C01ALL, cron: "0 9 * * 1"}
`

func TestOneMistake(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", `
healthbot.yml:1:1: found an empty file; expected office_zone, people and routes at least
    
    ^`},
		{"a list", "- a\n", `
healthbot.yml:1:1: found a list; expected a group of keys
    - a
    ^`},
		{"YAML", "people: [\n", `
healthbot.yml:1:9: found a fault in the YAML: sequence end token ']' not found; expected YAML; a text that begins with * & ! @ ` + "`" + ` { [ or holds “: ” or “ #” needs quotes
    people: [
            ^`},
		{"bare cron", small + "x: */5 * * * *\n", `
healthbot.yml:6:8: found a fault in the YAML: value is not allowed in this context. map key-value is pre-defined; expected YAML; a text that begins with * & ! @ ` + "`" + ` { [ or holds “: ” or “ #” needs quotes
    x: */5 * * * *
           ^`},
		{"two documents", small + "---\na: 1\n", `
healthbot.yml:7:1: found a second document after ---; expected one document
    a: 1
    ^`},
		{"Latin-1", small + "# caf\xe9\n", `
healthbot.yml:6:1: found bytes that are no UTF-8; expected a text file in UTF-8
    # caf�
    ^`},
		{"too large", strings.Repeat("#", largest+1), `
healthbot.yml:1:1: found a file of 256 KiB; expected at most 256 KiB
    ` + strings.Repeat("#", 100) + `…
    ^`},
		{"a stuck key", strings.Repeat("[", 5000), `
healthbot.yml:1:1: found more than 100 brackets or dashes within one another; expected lists and groups as in the sample
    ` + strings.Repeat("[", 100) + `…
    ^`},
		{"wide letters before the place", strings.Replace(small, "name: Ana,", "name: Zoë Błaż, nmae: Ana,", 1), `
healthbot.yml:3:34: people[0]: found the unknown key "nmae"; expected one of id, name, roles, manager, backup, away, zone, region, hours; did you mean "name"?
      - {id: U01ANA, name: Zoë Błaż, nmae: Ana, roles: [csm, admin]}
                                     ^`},
		{"control characters", strings.Replace(small, "name: Ana,", "name: \"A\\e[2J\",", 1), `
healthbot.yml:3:24: people[0].name: found "A\x1b[2J"; expected one line without control characters
      - {id: U01ANA, name: "A\e[2J", roles: [csm, admin]}
                           ^`},
		{"no admin", strings.Replace(small, ", admin", "", 1), `
healthbot.yml:1:1: found nobody with the role admin; expected at least one; faults are reported to them
    office_zone: Europe/Berlin
    ^`},
		{"Windows line ends", strings.ReplaceAll(small, "\n", "\r\n") + "per_owner: many\r\n", `
healthbot.yml:6:12: per_owner: found "many"; expected a whole number from 1 to 20
    per_owner: many
               ^`},
		{"octal", small + "per_owner: 010\n", `
healthbot.yml:6:12: per_owner: found the number 010; expected a whole number from 1 to 20
    per_owner: 010
               ^`},
		{"the machine's own zone", strings.Replace(small, "Europe/Berlin", "Local", 1), `
healthbot.yml:1:14: office_zone: found "Local"; expected a time zone such as Europe/Berlin
    office_zone: Local
                 ^`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("healthbot.yml", []byte(tt.text), checked)
			if err == nil {
				t.Fatal("no mistake was found")
			}
			if diff := cmp.Diff(strings.TrimPrefix(tt.want, "\n"), err.Error()); diff != "" {
				t.Errorf("- want, + got:\n%s", diff)
			}
		})
	}
}

func TestSmallestFileIsRight(t *testing.T) {
	for name, text := range map[string]string{
		"as it is": small, "with a byte order mark": "\ufeff" + small,
		"with Windows line ends": strings.ReplaceAll(small, "\n", "\r\n"), "begun with ---": "---\n" + small,
	} {
		if _, err := Parse("healthbot.yml", []byte(text), checked); err != nil {
			t.Errorf("%s:\n%s", name, err)
		}
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "team.yml")
	_, err := Load(path, checked)
	var ps Problems
	if !errors.As(err, &ps) || !strings.Contains(err.Error(), "found no such file; expected the team's configuration") {
		t.Errorf("a missing file: %v", err)
	}
	if err := os.WriteFile(path, []byte(small+"per_owner: 0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path, checked); err == nil || !strings.HasPrefix(err.Error(), path+":6:12: ") {
		t.Errorf("the file should be told as it was named: %v", err)
	}
	if _, err := Load(dir, checked); err == nil || errors.As(err, &ps) {
		t.Errorf("a folder can't be read, which is no mistake in the file: %v", err)
	}
}

// A line in the file can be far longer than a terminal is wide.
func TestLongLinesAreCutAroundTheCaret(t *testing.T) {
	_, err := Parse("healthbot.yml", []byte(small+"holidays: {DE: ["+strings.Repeat("2026-12-25, ", 30)+"someday]}\n"), Options{})
	if err == nil {
		t.Fatal("no mistake was found")
	}
	lines := strings.Split(err.Error(), "\n")
	last, caret := lines[len(lines)-2], lines[len(lines)-1]
	at := len([]rune(strings.TrimSuffix(caret, "^")))
	if got := string([]rune(last)[at:]); got != "someday]}" || len([]rune(last)) > 110 {
		t.Errorf("the caret points to %q in a line of %d", got, len([]rune(last)))
	}
}

func TestWriteIsReadBack(t *testing.T) {
	team, err := Parse("healthbot.yml", []byte(Reference()), checked)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Write(&b, team); err != nil {
		t.Fatal(err)
	}
	again, err := Parse("healthbot.yml", b.Bytes(), checked)
	if err != nil {
		t.Fatalf("%v\nin\n%s", err, b.String())
	}
	if diff := cmp.Diff(team, again, comparers...); diff != "" {
		t.Errorf("- before, + after:\n%s", diff)
	}
}

// comparers look into what go-cmp doesn't.
var comparers = []cmp.Option{
	cmp.AllowUnexported(record.Directory{}),
	cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() }),
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriteReportsAFullDisk(t *testing.T) {
	if err := Write(broken{}, Team{}); err == nil {
		t.Error("a failed write went unnoticed")
	}
}
