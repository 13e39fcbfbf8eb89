package source

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"healthbot/scoring"
	"healthbot/storage/record"
)

func mapped(t *testing.T, mapping, csv string) record.Batch {
	t.Helper()
	m, err := ParseMapping([]byte(mapping), "m.yml")
	if err != nil {
		t.Fatal(err)
	}
	b, err := ReadAll(strings.NewReader(csv), "f.csv", Options{Mapping: &m, Now: noon, Model: scoring.BuiltIn()})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// brief writes readings so that a table can hold them.
func brief(b record.Batch) []string {
	var out []string
	for _, r := range b.Readings {
		s := fmt.Sprintf("%s %s %v %s", r.Account, r.Measure, r.Value, r.ObservedAt.In(berlin).Format("01-02 15:04"))
		if !r.ReceivedAt.IsZero() {
			s += " known " + r.ReceivedAt.In(berlin).Format("01-02 15:04")
		}
		out = append(out, strings.TrimSpace(s+" "+r.Evidence+r.Collector))
	}
	return append(out, texts(b.Refused)...)
}

// TestMappings reads foreign files: what each key of a mapping does.
func TestMappings(t *testing.T) {
	const wide = "kind: readings\nsource: app\nzone: Europe/Berlin\ncolumns: {account: who}\nweek: {column: week, means: start}\n"
	for _, tc := range []struct {
		name, mapping, csv string
		want               []string
	}{
		{"one column a measure, empty is no reading",
			wide + "measures:\n  - {column: active, measure: usage.active_seat_ratio}\n  - {column: csat, measure: sentiment.csat}\n",
			"who,week,active,csat\nA,2026-03-23,0.5,4\nB,2026-03-16,,\nC,2026-03-16,0,\n",
			[]string{"A usage.active_seat_ratio 0.5 03-29 23:59", "A sentiment.csat 4 03-29 23:59", "C usage.active_seat_ratio 0 03-22 23:59"}},
		{"a fault refuses the whole line",
			wide + "measures:\n  - {column: active, measure: usage.active_seat_ratio}\n  - {column: csat, measure: sentiment.csat}\n",
			"who,week,active,csat\nA,2026-03-23,0.5,6\nB,2026-03-23,0.5,5\n",
			[]string{"B usage.active_seat_ratio 0.5 03-29 23:59", "B sentiment.csat 5 03-29 23:59",
				"f.csv:2:18, column csat: found “6”; expected 1 to 5 (of 5) for sentiment.csat"}},
		{"scale and per",
			wide + "measures:\n  - {column: pct, scale: 0.01, measure: adoption.key_feature_ratio}\n  - {column: active, per: seats, measure: usage.active_seat_ratio}\n",
			"who,week,pct,active,seats\nA,2026-03-23,50,5,10\nB,2026-03-23,,5,0\nC,2026-03-23,,5,\nD,2026-03-23,,11,10\nE,2026-03-23,5 %,,\nF,2026-03-23,,5,many\nG,2026-03-23,500,,\n",
			[]string{"A adoption.key_feature_ratio 0.5 03-29 23:59", "A usage.active_seat_ratio 0.5 03-29 23:59",
				"f.csv:5:15, column active: found “11”, by the mapping 1.1; expected 0 to 1 (ratio) for usage.active_seat_ratio",
				"f.csv:6:14, column pct: found “5 %”; expected a number without a percent sign, because the mapping scales it by 0.01",
				"f.csv:7:17, column seats: found “many”; expected a number",
				"f.csv:8:14, column pct: found “500”, by the mapping 5; expected 0 to 1 (ratio) for adoption.key_feature_ratio"}},
		{"values of a measure",
			wide + "measures:\n  - {column: mood, measure: sentiment.csat, values: {happy: 5, sad: 1}}\n",
			"who,week,mood\nA,2026-03-23,happy\nB,2026-03-23,\nC,2026-03-23,hapy\n",
			[]string{"A sentiment.csat 5 03-29 23:59", "f.csv:4:14, column mood: found “hapy”; expected a value that the mapping names, such as “happy”"}},
		{"history: received later, by calendar days",
			wide + "received_at: {column: week, plus: 8d}\nmeasures: [{column: csat, measure: sentiment.csat}]\n",
			// The night to the 29th has 23 hours; the 31st still ends at midnight.
			"who,week,csat\nA,2026-03-23,4\nB,2026-03-16,4\nC,2026-03-30,4\n",
			[]string{"A sentiment.csat 4 03-29 23:59 known 03-31 23:59", "B sentiment.csat 4 03-22 23:59 known 03-24 23:59",
				"f.csv:4:3, column week: found “2026-03-30”, a week that ends on 2026-04-05; expected a week that is over by 2026-04-01 12:00 CEST"}},
		{"received in the future by the mapping",
			wide + "received_at: {column: week, plus: 2w}\nmeasures: [{column: csat, measure: sentiment.csat}]\n",
			"who,week,csat\nA,2026-03-23,4\n",
			[]string{"f.csv:2:3, column week: found “2026-03-23 + 14d”, which is in the future; expected a time up to now, 2026-04-01 12:00 CEST"}},
		{"constants, value maps, layouts, aliases of measures",
			`kind: readings
source: app
zone: Europe/Berlin
columns:
  account: who
  observed_at: {column: when, date_format: "DD.MM.YYYY hh:mm"}
  measure: {column: metric, values: {MAU: usage.active_seat_ratio}}
  collector: {constant: " nightly"}
  evidence: {column: plan, values: {Pro: paying, "": unknown, "*": on trial}}
ignore: rest
`,
			"who,when,metric,value,plan,x,y\nA,23.03.2026 10:30,MAU,50 %,Pro,1,2\nB,23.03.2026 10:30,MAU,0.5,Gold,1,2\nC,23.03.2026 10:30,MAU,0.5,,1,2\nD,2026-03-23,MAU,0.5,,,\n",
			[]string{"A usage.active_seat_ratio 0.5 03-23 10:30 payingnightly", "B usage.active_seat_ratio 0.5 03-23 10:30 on trialnightly", "C usage.active_seat_ratio 0.5 03-23 10:30 unknownnightly",
				"f.csv:5:3, column when: found “2026-03-23”; expected a date written as the mapping says, such as 31.03.2026 14:05"}},
		{"a week's end",
			strings.Replace(wide, "start", "end", 1) + "measures: [{column: csat, measure: sentiment.csat}]\n",
			"who,week,csat\nA,2026-03-29,4\n", []string{"A sentiment.csat 4 03-29 23:59"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if d := cmp.Diff(tc.want, brief(mapped(t, tc.mapping, tc.csv))); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// TestMappedAccounts: attributes from elsewhere, in the text that storage keeps.
func TestMappedAccounts(t *testing.T) {
	b := mapped(t, `
kind: accounts
source: crm
columns:
  id: key
  segment: {column: plan, values: {1: small, True: large, "*": mid}}
  arr: {column: mrr, scale: 12}
  renewal_on: {column: start, plus: 52w}
  owner: {constant: U0ANA}
ignore: [note]
`, "key,plan,mrr,start,note,seats\nA,1,\"1.000,5\",2026-01-01,x,007\nB,True,,2026-01-02 00:00:00,x,\nC,9,100,,x,0\n")
	want := []map[record.Attribute]string{
		{"segment": "small", "arr": "12006", "renewal_on": "2026-12-31", "owner": "U0ANA", "seats": "7"},
		{"segment": "large", "renewal_on": "2027-01-01", "owner": "U0ANA"},
		{"segment": "mid", "arr": "1200", "owner": "U0ANA", "seats": "0"},
	}
	var got []map[record.Attribute]string
	for _, a := range b.Accounts {
		got = append(got, a.Values)
	}
	if d := cmp.Diff(want, got); d != "" || len(b.Refused) > 0 {
		t.Errorf("refused %v (-want +got):\n%s", b.Refused, d)
	}
}

// TestMistakes is what people read when a mapping is wrong: all at once, each
// with its place.
func TestMistakes(t *testing.T) {
	const head = "The mapping m.yml has %s, so nothing was loaded.\n"
	for _, tc := range []struct{ name, mapping, count, want string }{
		{"empty", "# nothing\n", "1 mistake", `
m.yml:1:1: the file is empty; a mapping begins with kind: and one of accounts, readings, milestones, tickets, invoices, contacts, touches, results, goals
     1 | # nothing
       | ^`},
		{"no mapping", "- a\n", "1 mistake", `
m.yml:1:1: found a list; expected keys such as kind, source and columns
     1 | - a
       | ^`},
		{"no kind", "source: crm\n", "1 mistake", `
m.yml:1:1: kind is missing; expected one of accounts, readings, milestones, tickets, invoices, contacts, touches, results, goals
     1 | source: crm
       | ^`},
		{"bad YAML", "kind: readings\nignore: [a\n", "1 mistake", `
m.yml:2:9: sequence end token ']' not found
     2 | ignore: [a
       |         ^`},
		{"a tab", "kind: readings\ncolumns:\n\taccount: a\n", "1 mistake", `
m.yml:3:1: found character '\t' that cannot start any token
     3 |  account: a
       | ^`},
		{"a star without quotes", "kind: accounts\ncolumns:\n  owner: {column: c, values: {*: U1}}\n", "1 mistake", `
m.yml:3:31: could not find flow map content; a star needs quotes: "*"
     3 |   owner: {column: c, values: {*: U1}}
       |                               ^`},
		{"an alias", "kind: &k readings\n", "1 mistake", `
m.yml:1:7: found a YAML anchor or alias, which mappings don't use (a text that begins with * or & needs quotes); expected a plain text
     1 | kind: &k readings
       |       ^`},
		{"two documents", "kind: readings\n---\nkind: readings\n", "1 mistake", `
m.yml:3:1: a second document begins here; a mapping is one
     3 | kind: readings
       | ^`},
		{"too deep", strings.Repeat("[", 100000), "1 mistake", `
m.yml:1:17: this nests deeper than a mapping ever does
     1 | ` + strings.Repeat("[", 80) + `
       |                 ^`},
		{"too large", strings.Repeat("#", maxMapping+1), "1 mistake", `
m.yml:1:1: the file has 1,048,577 bytes; a mapping has at most 1,048,576
     1 | ` + strings.Repeat("#", 80) + `
       | ^`},
		{"names and kinds", "kind: readings\nsource: person\nzone: Mars/Base\ncolums: {}\ncolumns:\n  acount: x\n  account:\n  account: y\n  evidence: []\nignore: all\n", "8 mistakes", `
m.yml:2:9: found “person”; expected the name of a system; what a person knows is entered in Slack, under their own name
     2 | source: person
       |         ^
m.yml:3:7: found “Mars/Base”; expected a zone of the IANA database, such as Europe/Berlin or UTC
     3 | zone: Mars/Base
       |       ^
m.yml:4:1: found the unknown key “colums”; expected columns (or one of kind, source, zone, measures, week, received_at, ignore)
     4 | colums: {}
       | ^
m.yml:6:3: readings have no column “acount”; expected account (or one of measure, value, observed_at, week_start, week_end, source, evidence, collector, received_at)
     6 |   acount: x
       |   ^
m.yml:7:11: found nothing; expected their column, or {column: …}, or {constant: …}
     7 |   account:
       |           ^
m.yml:8:3: “account” stands here a second time; the first is on line 7
     8 |   account: y
       |   ^
m.yml:9:13: found a list; expected their column, or {column: …}, or {constant: …}
     9 |   evidence: []
       |             ^
m.yml:10:9: found “all”; expected a list of column names, or rest
    10 | ignore: all
       |         ^`},
		{"origins", "kind: tickets\ncolumns:\n  account: {column: a, constant: b}\n  id: {}\n  severity: {column: p, values: {low: 9, high: 1}}\n  opened: {column: d, plus: 8x, date_format: DD/MM, scale: 2}\n  title: {column: t, plus: 1d, date_format: YYYY-MM-DD}\n  escalated: {constant: maybe, values: {a: b}}\n", "10 mistakes", `
m.yml:3:12: account needs either column or constant
     3 |   account: {column: a, constant: b}
       |            ^
m.yml:4:7: id needs either column or constant
     4 |   id: {}
       |       ^
m.yml:5:39: found “9”; expected one of 1, 2, 3, 4
     5 |   severity: {column: p, values: {low: 9, high: 1}}
       |                                       ^
m.yml:6:29: found “8x”; expected a whole number with h, d or w (hours only for times), such as 8d
     6 |   opened: {column: d, plus: 8x, date_format: DD/MM, scale: 2}
       |                             ^
m.yml:6:46: found “DD/MM”; expected a layout of YYYY, MM, DD and, for times, hh, mm, ss, such as DD.MM.YYYY hh:mm
     6 |   opened: {column: d, plus: 8x, date_format: DD/MM, scale: 2}
       |                                              ^
m.yml:6:60: opened isn't a number; scale has no meaning here
     6 |   opened: {column: d, plus: 8x, date_format: DD/MM, scale: 2}
       |                                                            ^
m.yml:7:28: title isn't a date or time; plus has no meaning here
     7 |   title: {column: t, plus: 1d, date_format: YYYY-MM-DD}
       |                            ^
m.yml:7:45: title isn't a date; date_format has no meaning here
     7 |   title: {column: t, plus: 1d, date_format: YYYY-MM-DD}
       |                                             ^
m.yml:8:25: found “maybe”; expected yes or no
     8 |   escalated: {constant: maybe, values: {a: b}}
       |                         ^
m.yml:8:40: a constant takes no values
     8 |   escalated: {constant: maybe, values: {a: b}}
       |                                        ^`},
		{"measures and weeks", "kind: readings\ncolumns:\n  value: v\nweek: {column: w}\nmeasures:\n  - {column: a}\n  - {column: a, measure: m, scale: 0, foo: 1}\n  - {column: b, measure: m}\n  - b\n", "7 mistakes", `
m.yml:3:10: value belongs to files with one reading a line; with measures each column is one
     3 |   value: v
       |          ^
m.yml:4:7: means is missing; expected start or end: which day of the week the column names
     4 | week: {column: w}
       |       ^
m.yml:6:5: a measure needs column and measure
     6 |   - {column: a}
       |     ^
m.yml:7:36: found “0”; expected a number other than 0, such as 0.01
     7 |   - {column: a, measure: m, scale: 0, foo: 1}
       |                                    ^
m.yml:7:39: found the unknown key “foo”; expected one of column, measure, per, scale, values
     7 |   - {column: a, measure: m, scale: 0, foo: 1}
       |                                       ^
m.yml:8:26: “m” is given twice
     8 |   - {column: b, measure: m}
       |                          ^
m.yml:9:5: found “b”; expected {column: …, measure: …}
     9 |   - b
       |     ^`},
		{"sugar and zones", "kind: readings\nzone: Local\nsource:\nweek: {column: w, means: middle}\nreceived_at: {column: w}\ncolumns: {received_at: x, account: a, true: b}\nmeasures: {a: b}\n", "6 mistakes", `
m.yml:2:7: found “Local”; expected a zone of the IANA database, such as Europe/Berlin or UTC
     2 | zone: Local
       |       ^
m.yml:3:8: found nothing; expected the name of a system, such as product
     3 | source:
       |        ^
m.yml:4:26: found “middle”; expected start or end
     4 | week: {column: w, means: middle}
       |                          ^
m.yml:5:14: received_at is given twice
     5 | received_at: {column: w}
       |              ^
m.yml:6:39: readings have no column “true”; expected one of account, measure, value, observed_at, week_start, week_end, source, evidence, collector, received_at
     6 | columns: {received_at: x, account: a, true: b}
       |                                       ^
m.yml:7:11: found keys with values; expected a list of {column: …, measure: …}
     7 | measures: {a: b}
       |           ^`},
		{"a secret isn't shown", "kind: accounts\ncolumns:\n  owners: xoxb-123456-abcdef\n", "1 mistake", `
m.yml:3:3: accounts have no column “owners”; expected owner (or one of id, name, segment, stage, seats, started_on, arr, currency, renewal_on, backup, manager, crm, process, process_link, external_ids, links, tags, received_at)`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := ParseMapping([]byte(tc.mapping), "some/m.yml")
			want := fmt.Sprintf(head, tc.count) + strings.TrimPrefix(tc.want, "\n")
			if d := cmp.Diff(want, errorText(err)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// TestMappingAndFile: mistakes that show only when there is a file.
func TestMappingAndFile(t *testing.T) {
	m, err := ParseMapping([]byte("kind: readings\nsource: app\ncolumns: {account: who}\nweek: {column: week, means: start}\nmeasures:\n  - {column: csatt, measure: sentiment.csta}\n  - {column: usage, per: seats, measure: usage.active_seat_ratio}\n"), "m.yml")
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Mapping: &m, Now: noon, Model: scoring.BuiltIn()}
	for _, tc := range []struct{ name, csv, want string }{
		{"columns and measures", "who,week,csat,usage\n", `The mapping m.yml has 3 mistakes, so nothing was loaded.
m.yml:6:14: the file has no column “csatt”; it has “csat”
     6 |   - {column: csatt, measure: sentiment.csta}
       |              ^
m.yml:6:30: the model has no measure “sentiment.csta”; the nearest is sentiment.csat
     6 |   - {column: csatt, measure: sentiment.csta}
       |                              ^
m.yml:7:26: the file has no column “seats”
     7 |   - {column: usage, per: seats, measure: usage.active_seat_ratio}
       |                          ^`},
	} {
		_, err := ReadAll(strings.NewReader(tc.csv), "f.csv", o)
		if d := cmp.Diff(tc.want, errorText(err)); d != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, d)
		}
	}
	o.Kind = Tickets
	_, err = ReadAll(strings.NewReader(""), "f.csv", o)
	if got, want := errorText(err), "f.csv: it is to be read as tickets, but the mapping m.yml is for readings, so nothing was loaded."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestMappingServesManyFiles: reading with a mapping leaves it as it was.
func TestMappingServesManyFiles(t *testing.T) {
	m, err := ParseMapping([]byte("kind: readings\nsource: app\ncolumns: {account: who}\nweek: {column: week, means: start}\nmeasures: [{column: csat, measure: sentiment.csat}]\nignore: [x]\n"), "m.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"who,week,csat\nA,2026-03-23,4\n", "csat,x,week,who\n4,,2026-03-23,A\n"} {
		b, err := ReadAll(strings.NewReader(file), "f.csv", Options{Mapping: &m, Now: noon, Zone: berlin, Model: scoring.BuiltIn()})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]string{"A sentiment.csat 4 03-29 23:59"}, brief(b)); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	}
}

// TestUnmappedColumns: what a mapping doesn't mention is read by our names,
// refused, or ignored.
func TestUnmappedColumns(t *testing.T) {
	const m = "kind: accounts\nsource: crm\ncolumns: {name: title}\n"
	b := mapped(t, m, "id,title,seats\nA,Acme,3\n")
	if got := b.Accounts[0].Values; got["name"] != "Acme" || got["seats"] != "3" {
		t.Errorf("got %v", got)
	}
	b = mapped(t, m+"ignore: [seats]\n", "id,title,seats\nA,Acme,3\n")
	if _, ok := b.Accounts[0].Values["seats"]; ok {
		t.Error("an ignored column was read")
	}
	parsed, err := ParseMapping([]byte(m), "m.yml")
	if err != nil {
		t.Fatal(err)
	}
	_, err = ReadAll(strings.NewReader("id,title,name,colour\nA,Acme,x,red\n"), "f.csv", Options{Mapping: &parsed, Now: noon})
	want := `f.csv was read as accounts, and its header has 2 faults, so nothing was loaded.
f.csv:1:10, column name: found a second column for name; expected one of them, or a mapping that ignores this one
f.csv:1:15, column colour: found an unknown column; expected a mapping that uses or ignores it`
	if d := cmp.Diff(want, errorText(err)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestZoneOfTheMappingGoesFirst(t *testing.T) {
	const csv = "account,measure,value,observed_at\nA,usage.active_seat_ratio,1,2026-03-30\n"
	m, err := ParseMapping([]byte("kind: readings\nsource: app\nzone: America/New_York\n"), "m.yml")
	if err != nil {
		t.Fatal(err)
	}
	b, err := ReadAll(strings.NewReader(csv), "f.csv", Options{Mapping: &m, Zone: berlin, Now: noon, Source: "given", Model: scoring.BuiltIn()})
	if err != nil {
		t.Fatal(err)
	}
	if got := b.Readings[0].ObservedAt; !got.Equal(time.Date(2026, 3, 31, 3, 59, 59, 999e6, time.UTC)) || b.Source != "given" {
		t.Errorf("observed %s, from %s", got, b.Source)
	}
}
