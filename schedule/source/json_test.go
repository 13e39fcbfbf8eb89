package source

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"healthbot/storage/record"
)

// TestJSONLines is what people get to read about JSON lines.
func TestJSONLines(t *testing.T) {
	const good = `{"account":"A","measure":"usage.active_seat_ratio","value":0.5,"observed_at":"2026-03-30"}`
	const badValue = "a text in double quotes, a number, true, false or null"
	for _, tc := range []struct {
		name, file string
		load       int
		want       []string
	}{
		{"in any order, with null, and empty lines", "\n" + good + "\r\n  \n" + `{ "value" : "82 %", "Observed At":"2026-03-30", "evidence": null, "measure":"usage.active_seat_ratio", "account_id": 17 }`, 2, nil},
		{"an unknown key", good[:1] + `"acount":"B",` + good[1:], 0, []string{"f.jsonl:1:2, column acount: found an unknown column; expected account, or a mapping that uses or ignores it"}},
		{"a key that is nothing like ours", good[:1] + `"zebra":1,` + good[1:], 0, []string{"f.jsonl:1:2, column zebra: found an unknown column; expected a mapping that uses or ignores it"}},
		{"a bad value, at its place", strings.Replace(good, "0.5", "8.5", 1), 0, []string{"f.jsonl:1:60, column value: found “8.5”; expected 0 to 1 (ratio) for usage.active_seat_ratio; a percentage is written 8.5 %, or scaled by 0.01 in a mapping"}},
		{"a missing key", `{"account":"A","value":1,"observed_at":"2026-03-30"}`, 0, []string{"f.jsonl:1, column measure: found an empty field; expected one of the measures of the model"}},
		{"no time", `{"account":"A","measure":"usage.active_seat_ratio","value":1}`, 0, []string{"f.jsonl:1, column week_end: found an empty field; expected the last day of a week such as 2026-03-29, or the week as 2026-W13"}},
		{"two times", good[:1] + `"week_end":"2026-03-29",` + good[1:], 0, []string{"f.jsonl:1:88, column observed_at: found a second column that says when; expected one of them"}},
		{"a key twice", good[:1] + `"account":"B",` + good[1:], 0, []string{"f.jsonl:1:16, column account: found this name a second time; expected each column once"}},
		{"two names for one column", good[:1] + `"account_id":"B",` + good[1:], 0, []string{"f.jsonl:1:19, column account: found this name a second time; expected each column once"}},
		{"a nested value", strings.Replace(good, `"A"`, `{"id":["A"]}`, 1), 0, []string{"f.jsonl:1:12, column account: found an object; expected a text, a number, true, false or null"}},
		{"a list", strings.Replace(good, `"A"`, `[1,2]`, 1), 0, []string{"f.jsonl:1:12, column account: found a list; expected a text, a number, true, false or null"}},
		{"not JSON's values", strings.Replace(good, "0.5", "NaN", 1) + "\n" + strings.Replace(good, "0.5", "05", 1) + "\n" + strings.Replace(good, "0.5", "", 1), 0, []string{
			"f.jsonl:1:60: found “NaN”; expected " + badValue, "f.jsonl:2:60: found “05”; expected " + badValue, "f.jsonl:3:60: found “,”; expected " + badValue}},
		{"no object", "17\n" + good, 1, []string{`f.jsonl:1:1: found “17”; expected one JSON object a line, such as {"account": "A-1001", …}`}},
		{"slips of the pen", `{account:"A"}` + "\n" + `{"account"="A"}` + "\n" + `{"account":"A";}` + "\n" + `{"account":"A",}` + "\n" + good + good, 0, []string{
			"f.jsonl:1:2: found “account”; expected a name in double quotes", "f.jsonl:2:11: found “=”; expected a colon after the name",
			"f.jsonl:3:15: found “;”; expected a comma or a closing brace", "f.jsonl:4:16: found “}”; expected a name in double quotes",
			"f.jsonl:5:91: found text after the object; expected the next object on a line of its own"}},
		{"an object over several lines", "{\n" + good[1:] + "\n" + good, 1, []string{"f.jsonl:1:2: found the end of the line inside of an object; expected one whole object a line",
			`f.jsonl:2:1: found “"account”; expected one JSON object a line, such as {"account": "A-1001", …}`}},
		{"a cut file", good + "\n" + good[:30], 1, []string{"f.jsonl:2:31: found the end of the file inside of an object; expected a closing brace; the file may be cut"}},
		{"a NUL byte", good[:13] + "\x00" + good[13:], 0, []string{"f.jsonl:1:14: found a NUL byte; expected text without NUL bytes; the file may be damaged"}},
		{"a control character", good[:13] + "\x1b" + good[13:], 0, []string{`f.jsonl:1:14: found a control character in a text; expected it written as \n, \t or \u and four digits`}},
		{"escapes", strings.Replace(good, `"A"`, `"\u00c4\/B"`, 1) + "\n" + strings.Replace(good, `"A"`, `"\ud800"`, 1) + "\n" + strings.Replace(good, `"A"`, `"\x"`, 1), 1, []string{
			"f.jsonl:2:12: found an escape in a text that means nothing; expected \\\", \\\\, \\/, \\b, \\f, \\n, \\r, \\t, or \\u and four digits",
			"f.jsonl:3:12: found an escape in a text that means nothing; expected \\\", \\\\, \\/, \\b, \\f, \\n, \\r, \\t, or \\u and four digits"}},
		{"a gigantic line", good + "\n" + `{"account":"` + strings.Repeat("x", maxLine) + "\"}\n" + good, 2, []string{"f.jsonl:2: found a line of more than 1,048,576 bytes; expected a shorter one"}},
		{"bytes that aren't UTF-8", strings.Replace(good, `"A"`, "\"Ä\xff\"", 1), 0,
			[]string{"f.jsonl:1:12, column account: found bytes that are not UTF-8 in “Ä\\xff”; expected text in UTF-8; save the file again in that encoding"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b, err := ReadAll(strings.NewReader(tc.file), "f.jsonl", options(Readings))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tc.want, texts(b.Refused)); d != "" {
				t.Errorf("refused (-want +got):\n%s", d)
			}
			if loaded(b) != tc.load {
				t.Errorf("%d rows load, want %d", loaded(b), tc.load)
			}
		})
	}
}

// TestJSONIsRecognised: by name or by its first byte, kind and all; what no line
// can mend stops the file.
func TestJSONIsRecognised(t *testing.T) {
	const ticket = `{"account":"A","id":7,"severity":"high","opened":"2026-03-01T10:00:00Z","escalated":true}` + "\n"
	for _, name := range []string{"f.jsonl", "f.ndjson", "f.txt"} {
		b, err := ReadAll(strings.NewReader("\ufeff"+ticket), name, options(""))
		if err != nil || len(b.Refused) > 0 || len(b.Facts) != 1 || len(b.Kinds) != 1 {
			t.Fatalf("%s: %v %v", name, err, b)
		}
		x := b.Facts[0]
		if x.ExternalID != "7" || x.Ticket.Severity != 2 || !x.Ticket.Escalated || !x.Ticket.Opened.Equal(time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)) {
			t.Errorf("%+v", x.Ticket)
		}
	}
	for file, want := range map[string]string{
		"":                 "f.jsonl: the file is empty; expected one JSON object a line. Nothing was loaded.",
		"[" + ticket + "]": "f.jsonl: this is one JSON list; expected one object a line, as `jq -c '.[]' FILE > NEW` writes them. Nothing was loaded.",
		`{"foo":1}`:        "f.jsonl: the header doesn't tell what the file holds, so nothing was loaded. Say which of accounts, readings, milestones, tickets, invoices, contacts, touches, results, goals it is, or give a mapping.",
	} {
		if _, err := ReadAll(strings.NewReader(file), "f.jsonl", options("")); errorText(err) != want {
			t.Errorf("%q: %q, want %q", file, errorText(err), want)
		}
	}
	// A cut file is no sync.
	if b, err := ReadAll(strings.NewReader(ticket+ticket[:20]), "f.jsonl", options("")); err != nil || len(b.Kinds) != 0 {
		t.Errorf("%v, synced %v", err, b.Kinds)
	}
}

// TestJSONWithAMapping reads wide objects.
func TestJSONWithAMapping(t *testing.T) {
	m, err := ParseMapping([]byte("kind: readings\ncolumns: {account: org.id}\nweek: {column: w, means: start}\nmeasures:\n  - {column: active, per: seats, measure: usage.active_seat_ratio}\nignore: [plan]\n"), "m.yml")
	if err != nil {
		t.Fatal(err)
	}
	o := options("")
	o.Mapping = &m
	b, err := ReadAll(strings.NewReader(`{"org.id":"A","w":"2026-W13","active":41,"seats":50,"plan":{"x":1}}
{"org.id":"B","w":"2026-W13","active":41,"seats":0}
{"org.id":"C","w":"2026-W13","active":41,"seats":50,"account":"D"}
`), "f.jsonl", o)
	if err != nil {
		t.Fatal(err)
	}
	want := []record.ReadingRow{{Account: "A", Measure: ratio, Value: .82, ObservedAt: time.Date(2026, 3, 29, 21, 59, 59, 999e6, time.UTC), Where: record.Where{File: "f.jsonl", Line: 1, Column: 39}}}
	if d := cmp.Diff(want, b.Readings); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"f.jsonl:3:53, column account: found an unknown column; expected account, or a mapping that uses or ignores it"}, texts(b.Refused)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
