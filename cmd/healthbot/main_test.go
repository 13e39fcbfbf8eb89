package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"healthbot/bot/slacksim"
)

// command runs the program as a shell would.
func command(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

// must runs a command that has to succeed.
func must(t *testing.T, args ...string) string {
	t.Helper()
	code, out, errs := command(t, args...)
	if code != exitOK {
		t.Fatalf("healthbot %s: exit %d\n%s%s", strings.Join(args, " "), code, out, errs)
	}
	return out
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

var pageAddress = regexp.MustCompile(`http://127\.0\.0\.1:\d+/#token=\S+`)

// start runs a command that goes on until it is stopped, and returns the page
// that it prints.
func start(t *testing.T, args ...string) (page string, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	var errs bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		code := run(ctx, args, strings.NewReader(""), w, &errs)
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		ended <- code
	}()
	stop = func() int { cancel(); return <-ended }
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if page = pageAddress.FindString(lines.Text()); page != "" {
			go func() { _, _ = io.Copy(io.Discard, r) }() // nothing more is expected
			return page, stop
		}
	}
	t.Fatalf("healthbot %s ended with %d before it printed a page:\n%s", strings.Join(args, " "), <-ended, errs.String())
	return "", nil
}

// The README's first command: the local Slack opens, data is imported and
// scored, and a digest stands in each of the three channels.
func TestDemoPosts(t *testing.T) {
	dir := t.TempDir()
	db := filepath.Join(dir, "demo.db")
	page, stop := start(t, "demo", "--no-open", "--db", db)
	slack, err := slacksim.Dial(page)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	err = slack.Wait(ctx, func(d slacksim.Dump) bool {
		posted := 0
		for _, room := range d.Channels {
			for _, m := range room.Messages {
				if strings.HasPrefix(room.Name, "cs-") && strings.Contains(m.Text(), "need a person") {
					posted++
				}
			}
		}
		return posted == 3
	})
	if err != nil {
		t.Fatal(err)
	}
	d, err := slack.Dump(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range d.Refusals {
		t.Errorf("the local Slack refused: %+v", r)
	}
	if code := stop(); code != exitOK {
		t.Errorf("stopped with exit code %d", code)
	}
	if out := must(t, "verify", "--db", db); !strings.Contains(out, "each linked to the one before") {
		t.Errorf("verify says %q", out)
	}
	if out := must(t, "score", "acme", "--db", db, "--json"); !strings.Contains(out, `"score": `) {
		t.Errorf("score says %q", out)
	}
}

const accountsCSV = `id,name,segment,seats,started_on,renewal_on,owner
acme,Acme,enterprise,200,2025-01-01,2027-01-01,U0ANA
cmd,=cmd()|calc,enterprise,10,2025-01-01,,U0ANA
`

const readingsCSV = `account,measure,value,observed_at,source
acme,usage.active_seat_ratio,82%,2026-11-20,product
acme,usage.logins_per_seat_week,4.1,2026-11-20,product
nobody,usage.active_seat_ratio,0.5,2026-11-20,product
acme,usage.active_seat_ratio,NaN,2026-11-19,product
`

func TestImportScoreExport(t *testing.T) {
	dir := t.TempDir()
	db := filepath.Join(dir, "t.db")
	at := []string{"--db", db, "--now", "2026-11-23T09:00"}
	accounts, readings := write(t, dir, "accounts.csv", accountsCSV), write(t, dir, "readings.csv", readingsCSV)

	if out := must(t, append([]string{"import", "--source", "crm", accounts}, at...)...); out != "accounts.csv: 2 loaded, 0 unchanged, 0 corrected, 0 refused\n" {
		t.Errorf("first import: %q", out)
	}
	if out := must(t, append([]string{"import", "--source", "crm", accounts}, at...)...); out != "accounts.csv: 0 loaded, 2 unchanged, 0 corrected, 0 refused\n" {
		t.Errorf("second import: %q", out)
	}
	code, out, errs := command(t, append([]string{"import", readings}, at...)...)
	if code != exitRefused || out != "readings.csv: 2 loaded, 0 unchanged, 0 corrected, 2 refused\n" {
		t.Errorf("exit %d, %q", code, out)
	}
	for _, want := range []string{"readings.csv:4, column account: found “nobody”", "readings.csv:5:30", "NaN", "2 rows refused"} {
		if !strings.Contains(errs, want) {
			t.Errorf("the refusals lack %q:\n%s", want, errs)
		}
	}
	code, out, _ = command(t, append([]string{"import", "--strict", write(t, dir, "more.csv", strings.ReplaceAll(readingsCSV, "2026-11-20", "2026-11-13"))}, at...)...)
	if code != exitRefused || !strings.Contains(out, "nothing loaded, because of --strict") {
		t.Errorf("--strict: exit %d, %q", code, out)
	}

	var report struct {
		State    string
		Score    *float64
		Findings []struct{ Measure, State string }
	}
	if err := json.Unmarshal([]byte(must(t, append([]string{"score", "Acme", "--json"}, at...)...)), &report); err != nil {
		t.Fatal(err)
	}
	if report.State != "unscored" || report.Score != nil || len(report.Findings) == 0 {
		t.Errorf("two measures of five signals scored as %+v", report)
	}
	if out := must(t, append([]string{"score", "--all"}, at...)...); !strings.Contains(out, "Acme") || !strings.Contains(out, "unscored") {
		t.Errorf("score --all: %s", out)
	}
	code, _, errs = command(t, append([]string{"score", "Acmee"}, at...)...)
	if code != exitFailed || !strings.Contains(errs, "Acme (acme)") {
		t.Errorf("misspelt: exit %d, %q", code, errs)
	}
	if out := must(t, "export", "events", "--db", db); !strings.Contains(out, "import.loaded") {
		t.Errorf("export events: %s", out)
	}
	if out := must(t, "export", "decisions", "--db", db, "--format", "json"); out != "" {
		t.Errorf("no decisions, exported %q", out)
	}
}

func TestSafeCell(t *testing.T) {
	for in, want := range map[string]string{
		"=cmd()": "'=cmd()", "+1 (555)": "'+1 (555)", "-2+3": "'-2+3", "@x": "'@x", "\tx": "'\tx", "\nx": "'\nx",
		"-12.5": "-12.5", "+4": "+4", "Acme": "Acme", "": "", "a=b": "a=b",
	} {
		if got := safeCell(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

// What a person types wrong is answered with exit code 2 and a sentence that
// says what was expected, and nothing is tried.
func TestWrongWords(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	broken := write(t, dir, "broken.yml", "office_zone: Nowhere/Land\npeople:\n  - id: U0ANA\n    nmae: Ana\n")
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"frobnicate"}, []string{"unknown command"}},
		{[]string{"score"}, []string{"expected one account"}},
		{[]string{"import"}, []string{"expected at least one file"}},
		{[]string{"verify"}, []string{"there is no database"}},
		{[]string{"score", "x", "--now", "soon"}, []string{"--now", "soon"}},
		{[]string{"export", "secrets"}, []string{"decisions, tasks, escalations, results, events"}},
		{[]string{"check", "--config", broken}, []string{"broken.yml:1:", "Nowhere/Land", "broken.yml:4:", "nmae", "^"}},
		{[]string{"run"}, []string{"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "healthbot.yml"}},
		{[]string{"import", "nofile.csv"}, []string{"nofile.csv"}},
		{[]string{"demo", "--addr", "0.0.0.0:0", "--no-open"}, []string{"loopback"}},
		{[]string{"model", "check", "nofile.yml"}, []string{"nofile.yml"}},
	} {
		code, out, errs := command(t, c.args...)
		if code == exitOK || code == exitRefused {
			t.Errorf("healthbot %v: exit %d\n%s", c.args, code, out)
		}
		for _, want := range c.want {
			if !strings.Contains(errs, want) {
				t.Errorf("healthbot %v lacks %q:\n%s", c.args, want, errs)
			}
		}
	}
}

// A port in use is a sentence, not a system error.
func TestPortInUse(t *testing.T) {
	page, stop := start(t, "sandbox")
	defer stop()
	host := strings.TrimPrefix(strings.SplitN(page, "/#", 2)[0], "http://")
	if code, _, errs := command(t, "demo", "--no-open", "--addr", host); code != exitUsage || !strings.Contains(errs, host+" is taken by another program") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

// Tokens that were swapped are told apart, and never printed.
func TestSwappedTokens(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("SLACK_BOT_TOKEN", "xapp-1-secretsecret")
	t.Setenv("SLACK_APP_TOKEN", "xoxb-1-secretsecret")
	code, out, errs := command(t, "run")
	if code != exitUsage || !strings.Contains(errs, "SLACK_BOT_TOKEN: found an app-level token") {
		t.Errorf("exit %d\n%s", code, errs)
	}
	if strings.Contains(out+errs, "secretsecret") {
		t.Errorf("a token is printed:\n%s", errs)
	}
}

func TestModelFile(t *testing.T) {
	dir := t.TempDir()
	good := must(t, "model", "show")
	path := write(t, dir, "model.yml", good)
	if out := must(t, "model", "check", path); !strings.Contains(out, "7 signals in service") {
		t.Errorf("check: %q", out)
	}
	bad := write(t, dir, "bad.yml", strings.Replace(good, "absence: unknown", "absense: unknown", 1))
	if code, _, errs := command(t, "model", "check", bad); code != exitUsage || !strings.Contains(errs, "absense") || !strings.Contains(errs, "^") {
		t.Errorf("misspelt key: exit %d\n%s", code, errs)
	}
}

// A sandbox, and the ordinary bot run against it with the files that it wrote.
func TestRunAgainstASandbox(t *testing.T) {
	dir := t.TempDir()
	env, config := filepath.Join(dir, "sandbox.env"), filepath.Join(dir, "healthbot.yml")
	page, stop := start(t, "sandbox", "--env", env, "--config", config)
	text, err := os.ReadFile(env)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Fields(string(text)) {
		name, value, _ := strings.Cut(line, "=")
		t.Setenv(name, value)
	}
	must(t, "check", "--config", config, "--online")

	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	var errs bytes.Buffer
	go func() {
		ended <- run(ctx, []string{"run", "--config", config, "--db", filepath.Join(dir, "r.db")}, strings.NewReader(""), io.Discard, &errs)
	}()
	slack, err := slacksim.Dial(page)
	if err != nil {
		t.Fatal(err)
	}
	waiting, done := context.WithTimeout(t.Context(), time.Minute)
	defer done()
	if err := slack.Wait(waiting, func(d slacksim.Dump) bool { return d.Connections == 2 }); err != nil {
		t.Fatal(err)
	}
	// A second run on the same database is refused, with who holds it.
	code, _, second := command(t, "run", "--config", config, "--db", filepath.Join(dir, "r.db"))
	if code != exitFailed || !strings.Contains(second, "in use") {
		t.Errorf("second run: exit %d, %q", code, second)
	}
	cancel()
	if code := <-ended; code != exitOK {
		t.Errorf("run ended with %d:\n%s", code, errs.String())
	}
	if code := stop(); code != exitOK {
		t.Errorf("sandbox ended with %d", code)
	}
}
