package source

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// FuzzParse asks of any bytes: no panic; what loads is legal; what doesn't is
// said in one printable line with a place; and no line is both.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "\n", "\ufeff", "sep=;\nid;name\nA;b\n", "\xff\xfe", "id\n\"", "id,name\n\"A\nB\",c\n\"D\"x,e\nf\"g,h\n",
		long + "A," + ratio + ",82 %,2026-03-30\nA," + ratio + ",0.5,2026-03-30\n",
		"account;measure;value;week_start\nA;" + ratio + ";0,82;2026-W13\n",
		tickets + "A,1,urgent,2026-03-01,2026-03-01 10:00:00,yes,https://a.example/b\nA,1,low,2026-03-01,,,\n",
		people + "A,Acme,9.0,\"1.000,5\",eur,live,2027-01-01\nB,\x00,,,,,\nC,\xff,,,,,\n",
		"account,id,at,direction,contact,received_at\nA,1,2026-03-30T10:00:00+02:00,in,c,2026-04-01\n",
		"account,id,name,due,done,link\nA,1,x,2027-01-01,,\n", "account,id,due,paid\nA,1,2026-01-31,2026-02-03\n",
		`{"account":"A","id":1,"due":"2026-01-31","paid":null}`, "{\"id\":\"A\\u00e4\",\"name\":\"\\ud800\"}\n{\"id\":{\"a\":[1]}}\n{", "{\"id\":\"\x00\"}\n[1]\n{}{}", "account,id,date,result,arr_before,arr_after\nA,1,2026-03-31,lost,5,6\n", "account,id,name,role,left\nA,1,Kim,Champion,2026-12-31\n",
	} {
		f.Add(seed)
	}
	f.Add("account,measure,valid_from,start,target,at_0,at_25,at_50,at_75,at_100,ended\nA," + ratio + ",2026-01-01,.1,.9,,,,,,\nA," + ratio + ",2026-01-01,,,.5,.4,.3,.2,.1,\nB," + ratio + ",2026-01-01,,,,,,,,yes\n")
	f.Fuzz(func(t *testing.T, file string) { parses(t, "f.csv", file) })
}

// FuzzParseJSON asks the same of JSON lines.
func FuzzParseJSON(f *testing.F) {
	for _, seed := range []string{
		"", "{", "{}", "[]", "{}\n\n{}", `{"account":"A","measure":"` + ratio + `","value":0.5,"observed_at":"2026-03-30"}` + "\n" + `{"account":"A","measure":"` + ratio + `","value":"82 %","week_end":"2026-W13"}`,
		`{"account":"A","id":1,"due":"2026-01-31","paid":null}`, "{\"id\":\"A\\u00e4\",\"name\":\"\\ud800\"}\n{\"id\":{\"a\":[1]}}\n{", "{\"id\":\"\x00\"}\n[1]\n{}{}",
		`{"account":"A","measure":"` + ratio + `","from":"2026-01-01","start":1e-1,"target":0.9}`, `{"id":"A","id":"B"}`, `{"id": "A", "name": "` + strings.Repeat("ä", 300) + `"}`,
		`{"account":"A","measure":"` + ratio + `","value":1e999,"observed_at":"2026-03-30"}`, `{"account":"A","id":"1","at":"2026-03-30T10:00:00+02:00","direction":"in"}`, "\xef\xbb\xbf{\"id\":\"A\"}", "{\"id\":\"M\xfcller\"}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) { parses(t, "f.jsonl", file) })
}

func parses(t *testing.T, name, file string) {
	model := scoring.BuiltIn()
	o := Options{Source: "fuzz", Zone: berlin, Now: noon, Model: model}
	b, err := ReadAll(strings.NewReader(file), name, o)
	if err != nil {
		if record.KindOf(err) != record.Invalid {
			t.Fatalf("an error that nobody foresaw: %v", err)
		}
		printable(t, strings.ReplaceAll(err.Error(), "\n", " "))
		return
	}
	legal(t, b, model, strings.ContainsRune(file, '"'))
	again, err := ReadAll(strings.NewReader(file), name, o)
	if d := cmp.Diff(b, again); err != nil || d != "" {
		t.Fatalf("a second reading differs: %v\n%s", err, d)
	}
}

// legal checks what must be true of any batch. With quotes a row may span lines,
// and one that begins where another was refused can't be told by its line.
func legal(t *testing.T, b record.Batch, model scoring.Model, quotes bool) {
	t.Helper()
	refused := map[int]bool{}
	for _, r := range b.Refused {
		if r.Where.Line < 1 || r.Where.Column < 0 || r.Where.File != b.File || r.Found == "" || r.Expected == "" {
			t.Fatalf("a refusal without a place or a reason: %+v", r)
		}
		if refused[r.Where.Line] && !quotes {
			t.Fatalf("line %d is refused twice", r.Where.Line)
		}
		refused[r.Where.Line] = true
		printable(t, r.String())
	}
	row := func(account string, w record.Where) {
		if account == "" || !utf8.ValidString(account) || utf8.RuneCountInString(account) > maxText {
			t.Fatalf("an account that can't be one: %q", account)
		}
		if w.Line < 1 || refused[w.Line] && !quotes {
			t.Fatalf("a row of line %d loaded, refused %v", w.Line, b.Refused)
		}
	}
	for _, r := range b.Accounts {
		row(r.ID, r.Where)
	}
	for _, r := range b.Readings {
		row(r.Account, r.Where)
		m, ok := model.Measure(r.Measure)
		if !ok || math.IsNaN(r.Value) || r.Value < m.Min || r.Value > m.Max {
			t.Fatalf("an illegal reading: %+v", r)
		}
		if r.ObservedAt.After(endOfDay(noon, berlin)) || r.ObservedAt.Year() < firstYear || r.ReceivedAt.After(noon) {
			t.Fatalf("a reading of another time: %+v", r)
		}
	}
	for _, r := range b.Facts {
		row(r.Account, r.Where)
		if r.ExternalID == "" {
			t.Fatalf("a fact without id: %+v", r)
		}
		if g := r.Goal; g != nil && g.At != nil && !scoring.Monotone(*g.At) {
			t.Fatalf("a goal that can't be one: %v", *g.At)
		}
	}
}

// printable fails for a text that would garble a terminal or a message.
func printable(t *testing.T, s string) {
	t.Helper()
	if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		t.Fatalf("not printable: %q", s)
	}
}

// FuzzParseMapping asks of any bytes: no panic; a refusal names places within
// the file; and what is accepted can be used to read a file.
func FuzzParseMapping(f *testing.F) {
	for _, name := range []string{"accounts.yml", "weeks.yml", "tickets.yml"} {
		b, err := os.ReadFile(filepath.Join("testdata", "ravenstack", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b), "account_id,week,csat\nA,2026-03-23,4\n")
	}
	for _, m := range []string{"", "kind: readings", "kind: [", "kind: readings\nignore: rest", "{kind: readings, columns: {account: {constant: A}, measure: m}}", "kind: &a readings\nsource: *a", "? a\n: b", "kind: !!str x", "---\n...\n---\n", "<<: {a: b}", "kind: |\n  readings"} {
		f.Add(m, "account,measure,value,observed_at\nA,"+ratio+",1,2026-03-30\n")
	}
	model := scoring.BuiltIn()
	f.Fuzz(func(t *testing.T, mapping, file string) {
		m, err := ParseMapping([]byte(mapping), "m.yml")
		if err != nil {
			if record.KindOf(err) != record.Invalid || !strings.Contains(err.Error(), "\nm.yml:") {
				t.Fatalf("no place in: %v", err)
			}
			printable(t, strings.ReplaceAll(err.Error(), "\n", " "))
			return
		}
		b, err := ReadAll(strings.NewReader(file), "f.csv", Options{Mapping: &m, Source: "fuzz", Zone: berlin, Now: noon, Model: model})
		switch {
		case err == nil:
			legal(t, b, model, strings.ContainsRune(file, '"'))
		case record.KindOf(err) != record.Invalid:
			t.Fatalf("an error that nobody foresaw: %v", err)
		}
	})
}
