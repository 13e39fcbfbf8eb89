package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"healthbot/storage/record"
)

const (
	long    = "account,measure,value,observed_at\n"
	tickets = "account,id,severity,opened,closed,escalated,link\n"
	ratio   = "usage.active_seat_ratio"
)

// imported is an office of two accounts into which files are imported.
func imported(t *testing.T) (dir string, load func(name, text string, more ...string) (code int, out, errs string)) {
	t.Helper()
	dir = t.TempDir()
	at := []string{"--db", filepath.Join(dir, "t.db"), "--now", "2026-04-01T12:00", "--source", "test"}
	load = func(name, text string, more ...string) (int, string, string) {
		t.Helper()
		return command(t, append(append([]string{"import", write(t, dir, name, text)}, more...), at...)...)
	}
	if code, out, errs := load("accounts.csv", "id,name\nA,Acme\nB,Best\n"); code != exitOK {
		t.Fatal(code, out, errs)
	}
	return dir, load
}

// Two rows of one file with one key and different values are both refused,
// wherever they stand, and each names the other.
func TestContradictions(t *testing.T) {
	for _, tc := range []struct {
		name, csv string
		load      int
		want      []string
	}{
		{"two values for one key", long + "A," + ratio + ",0.1,2026-03-30\nB," + ratio + ",0.1,2026-03-30\nA," + ratio + ",0.2,2026-03-30 23:59:59.999\nA," + ratio + ",0.1,2026-03-30\nB," + ratio + ",10 %,2026-03-30\n", 2, []string{
			"f.csv:2:27, column value: found 0.1 here and 0.2 on line 4; expected one value for “A”, usage.active_seat_ratio at 2026-03-30 23:59",
			"f.csv:4:27, column value: found 0.2 here and 0.1 on line 2; expected one value for “A”, usage.active_seat_ratio at 2026-03-30 23:59",
			"f.csv:5:27, column value: found the same as on line 2, which another line contradicts; expected one value for “A”, usage.active_seat_ratio at 2026-03-30 23:59"}},
		{"two tickets with one id", tickets + "A,7,1,2026-03-01,,,\nA,7,2,2026-03-01,,,\nA,8,1,2026-03-01,,,\nA,8,urgent,2026-03-01,,,\nA,9,1,2026-03-01,,,\nB,9,1,2026-03-01,,,\n", 2, []string{
			"f.csv:2: found severity “1” here and severity “2” on line 3; expected one ticket with id “7”",
			"f.csv:3: found severity “2” here and severity “1” on line 2; expected one ticket with id “7”",
			"f.csv:6: found account “A” here and account “B” on line 7; expected one ticket with id “9”",
			"f.csv:7: found account “B” here and account “A” on line 6; expected one ticket with id “9”"}},
		{"a third that agrees with one of two", tickets + "A,7,1,2026-03-01,,,\nA,7,2,2026-03-01,,,\nA,7,1,2026-03-01,,,\n", 0, []string{
			"f.csv:2: found severity “1” here and severity “2” on line 3; expected one ticket with id “7”",
			"f.csv:3: found severity “2” here and severity “1” on line 2; expected one ticket with id “7”",
			"f.csv:4: found the same as on line 2, which another line contradicts; expected one ticket with id “7”"}},
		{"two milestones", "account,id,name,due\nA,1,x,2026-05-01\nA,1,y,2026-05-01\n", 0, []string{
			"f.csv:2: found name “x” here and name “y” on line 3; expected one milestone with id “1”",
			"f.csv:3: found name “y” here and name “x” on line 2; expected one milestone with id “1”"}},
		{"two invoices", "account,id,due,paid\nA,1,2026-03-01 00:00:00,\nA,1,2026-03-01 00:00:00,2026-03-02 00:00:00\n", 0, []string{
			"f.csv:2: found paid nothing here and paid “2026-03-02T00:00:00Z” on line 3; expected one invoice with id “1”",
			"f.csv:3: found paid “2026-03-02T00:00:00Z” here and paid nothing on line 2; expected one invoice with id “1”"}},
		{"two contacts", "account,id,name,role\nA,1,Kim,\nA,1,Kim,Champion\n", 0, []string{
			"f.csv:2: found role nothing here and role “champion” on line 3; expected one contact with id “1”",
			"f.csv:3: found role “champion” here and role nothing on line 2; expected one contact with id “1”"}},
		{"two touches", "account,id,at,direction\nA,1,2026-03-01,in\nA,1,2026-03-01,out\n", 0, []string{
			"f.csv:2: found inbound “true” here and inbound “false” on line 3; expected one touch with id “1”",
			"f.csv:3: found inbound “false” here and inbound “true” on line 2; expected one touch with id “1”"}},
		{"a value that stood twice before it was contradicted", long + "A," + ratio + ",0.1,2026-03-30\nA," + ratio + ",0.1,2026-03-30\nA," + ratio + ",0.2,2026-03-30\n", 0, []string{
			"f.csv:2:27, column value: found 0.1 here and 0.2 on line 4; expected one value for “A”, usage.active_seat_ratio at 2026-03-30 23:59",
			"f.csv:3:27, column value: found the same as on line 2, which another line contradicts; expected one value for “A”, usage.active_seat_ratio at 2026-03-30 23:59",
			"f.csv:4:27, column value: found 0.2 here and 0.1 on line 2; expected one value for “A”, usage.active_seat_ratio at 2026-03-30 23:59"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, load := imported(t)
			code, out, errs := load("f.csv", tc.csv)
			if !strings.HasPrefix(out, "f.csv: "+record.Grouped(tc.load)+" loaded") && !strings.Contains(out, " unchanged, 0 corrected") || code != exitRefused {
				t.Errorf("exit %d, %q", code, out)
			}
			got := strings.Split(strings.TrimSpace(errs), "\n")
			if d := cmp.Diff(tc.want, got[:len(got)-1]); d != "" { // the last line counts them
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// One wrong reading of a wide line refuses the line.
func TestAWideLineIsRefusedWhole(t *testing.T) {
	dir, load := imported(t)
	mapping := write(t, dir, "m.yml", "kind: readings\ncolumns:\n  account: who\nweek: {column: week, means: start}\nmeasures:\n  - {column: active, measure: usage.active_seat_ratio}\n  - {column: csat, measure: sentiment.csat}\n")
	code, out, errs := load("f.csv", "who,week,active,csat\nA,2026-03-23,0.5,4\nA,2026-03-23,0.6,4\nB,2026-03-23,0.6,4\nnobody,2026-03-23,0.6,4\n", "--mapping", mapping)
	if code != exitRefused || out != "f.csv: 2 loaded, 0 unchanged, 0 corrected, 3 refused\n" {
		t.Errorf("exit %d, %q", code, out)
	}
	want := `f.csv:2:14, column value: found 0.5 here and 0.6 on line 3; expected one value for “A”, usage.active_seat_ratio at 2026-03-29 23:59
f.csv:3:14, column value: found 0.6 here and 0.5 on line 2; expected one value for “A”, usage.active_seat_ratio at 2026-03-29 23:59
f.csv:5, column account: found “nobody”; expected an account that is known; load accounts first
healthbot: 3 rows refused; mend them and load the same file again
`
	if d := cmp.Diff(want, errs); d != "" {
		t.Error(d)
	}
}

func TestDryRunShowsWhatWouldChange(t *testing.T) {
	_, load := imported(t)
	first := `{"account": "A", "measure": "usage.active_seat_ratio", "value": 0.8, "observed_at": "2026-03-30 10:00:00"}` + "\n"
	if code, out, errs := load("r.jsonl", first); code != exitOK || out != "r.jsonl: 1 loaded, 0 unchanged, 0 corrected, 0 refused\n" {
		t.Fatal(code, out, errs)
	}
	second := strings.Replace(first, "0.8", "0.7", 1) + strings.Replace(first, `"A"`, `"B"`, 1)
	for range 2 { // a dry run changes nothing, so that the second says the same
		_, out, _ := load("s.jsonl", second, "--dry-run")
		if d := cmp.Diff(`  A  usage.active_seat_ratio at 2026-03-30 10:00  0.8 → 0.7
  B  usage.active_seat_ratio at 2026-03-30 10:00  nothing → 0.8
s.jsonl: 1 would load, 0 unchanged, 1 corrected, 0 refused
`, out); d != "" {
			t.Error(d)
		}
	}
	_, out, _ := load("s.jsonl", second, "--dry-run", "--json")
	if !strings.Contains(out, `"before": "0.8"`) || !strings.Contains(out, `"after": "0.7"`) {
		t.Errorf("--json: %s", out)
	}
	_, out, _ = load("a.csv", "id,name,seats\nA,Acme Ltd,\nC,,5\n", "--dry-run")
	if d := cmp.Diff("  A  name   Acme → Acme Ltd\n  C  name   nothing → C\n  C  seats  nothing → 5\na.csv: 1 would load, 0 unchanged, 1 corrected, 0 refused\n", out); d != "" {
		t.Error(d)
	}
}

func TestResults(t *testing.T) {
	dir, load := imported(t)
	code, out, errs := load("results.csv", `account,id,date,result,arr_before,arr_after
A,O-1,2026-03-01,renewal,48000,52000
B,O-2,2026-03-02,lost,9000,
B,O-3,2026-03-02,lost,9000,10
A,O-4,2026-03-03,expanded,9000,9000
A,O-5,2026-04-02,renewed,,
`)
	if code != exitRefused || out != "results.csv: 2 loaded, 0 unchanged, 0 corrected, 3 refused\n" {
		t.Errorf("exit %d, %q", code, out)
	}
	for _, want := range []string{
		"results.csv:4:28, column arr_after: found 10 after a churn; expected 0, or nothing\n",
		"results.csv:5:32, column arr_after: found 9000 after an expansion from 9000; expected more\n",
		"results.csv:6:7, column date: found “2026-04-02”, which is in the future;",
	} {
		if !strings.Contains(errs, want) {
			t.Errorf("the refusals lack %q:\n%s", want, errs)
		}
	}
	if code, _, errs := load("later.jsonl", `{"account":"A","id":"O-1","date":"2026-03-01","result":"contracted","arr_before":48000,"arr_after":40000}`); code != exitOK {
		t.Fatal(errs)
	}
	got := must(t, "export", "results", "--db", filepath.Join(dir, "t.db"))
	want := `id,account,date,result,arr_before,arr_after,source,received_at
O-1,A,2026-03-01,contracted,48000,40000,test,`
	if !strings.HasPrefix(got, want) || !strings.Contains(got, "\nO-2,B,2026-03-02,churned,9000,,test,") {
		t.Errorf("exported:\n%s", got)
	}
	// It is no evidence: what scores an account doesn't stumble over it.
	must(t, "score", "A", "--db", filepath.Join(dir, "t.db"), "--now", "2026-04-01T12:00")
}

func TestProgress(t *testing.T) {
	var b bytes.Buffer
	begun := time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)
	p := progress{to: &b, file: "r.csv", begun: begun}
	p.at(begun.Add(900*time.Millisecond), record.Progress{Step: "reading", Rows: 90_000})
	p.end()
	if b.Len() > 0 {
		t.Errorf("within a second something shows: %q", b.String())
	}
	p.at(begun.Add(1900*time.Millisecond), record.Progress{Step: "reading", Rows: 200_000})
	p.at(begun.Add(2*time.Second), record.Progress{Step: "reading", Rows: 210_000}) // too soon
	p.at(begun.Add(3*time.Second), record.Progress{Step: "loading", Rows: 5000, Of: 210_000})
	p.end()
	lines := strings.Split(b.String(), "\r")
	for i, want := range []string{"", "r.csv: reading 200,000 rows, 200,000 a second", "r.csv: loading 5,000 of 210,000 rows", "", ""} {
		if i >= len(lines) || strings.TrimSpace(lines[i]) != want {
			t.Fatalf("shown %q, want %q at %d", lines, want, i)
		}
	}
}
