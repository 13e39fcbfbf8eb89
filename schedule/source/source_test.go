package source

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// berlin is an hour or two ahead of UTC, so that a mixed-up zone shows.
var berlin = func() *time.Location {
	l, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return l
}()

// noon is the tests' now: the first of April 2026, noon in Berlin.
var noon = time.Date(2026, 4, 1, 12, 0, 0, 0, berlin)

func options(k Kind) Options {
	return Options{Kind: k, Source: "test", Zone: berlin, Now: noon, Model: scoring.BuiltIn()}
}

func loaded(b record.Batch) int { return len(b.Accounts) + len(b.Readings) + len(b.Facts) }

func texts(rs []record.Refused) []string {
	var out []string
	for _, r := range rs {
		out = append(out, r.String())
	}
	return out
}

const (
	long    = "account,measure,value,observed_at\n"
	tickets = "account,id,severity,opened,closed,escalated,link\n"
	people  = "id,name,seats,arr,currency,stage,renewal_on\n"
	ratio   = "usage.active_seat_ratio"
	aTime   = "a date or time such as 2026-03-31, 2026-03-31 14:05:00 or 2026-03-31T14:05:00Z"
)

// TestRefusals is the list of what people get to read: each with the rows that
// load all the same.
func TestRefusals(t *testing.T) {
	for _, tc := range []struct {
		name string
		kind Kind
		csv  string
		load int
		want []string
	}{
		// Numbers.
		{"not a number", Readings, long + "A," + ratio + ",high,2026-03-30\nB," + ratio + ",.5,2026-03-30\n", 1,
			[]string{"f.csv:2:27, column value: found “high”; expected a number"}},
		{"NaN and infinities", Readings, long + "A," + ratio + ",NaN,2026-03-30\nA," + ratio + ",Inf,2026-03-29\nA," + ratio + ",1e999,2026-03-28\n", 0, []string{
			"f.csv:2:27, column value: found “NaN”; expected a number",
			"f.csv:3:27, column value: found “Inf”; expected a number",
			"f.csv:4:27, column value: found “1e999”; expected a number"}},
		{"one comma that could be two things", Readings, long + "A,billing.days_overdue,\"1,234\",2026-03-30\n", 0,
			[]string{"f.csv:2:24, column value: found “1,234”; expected a number; this could be 1234 or 1.234"}},
		{"a negative count", Readings, long + "A,support.open_urgent,-1,2026-03-30\n", 0,
			[]string{"f.csv:2:23, column value: found “-1”; expected 0 to 100000 (count) for support.open_urgent"}},
		{"a percentage for a ratio", Readings, long + "A," + ratio + ",82,2026-03-30\n", 0,
			[]string{"f.csv:2:27, column value: found “82”; expected 0 to 1 (ratio) for usage.active_seat_ratio; a percentage is written 82 %, or scaled by 0.01 in a mapping"}},
		{"a percentage over 100", Readings, long + "A," + ratio + ",120 %,2026-03-30\n", 0,
			[]string{"f.csv:2:27, column value: found “120 %”; expected 0 to 1 (ratio) for usage.active_seat_ratio"}},
		{"a percentage of days", Readings, long + "A,billing.days_overdue,12%,2026-03-30\n", 0,
			[]string{"f.csv:2:24, column value: found “12%”; expected a number without a percent sign: billing.days_overdue is in days"}},
		{"half a seat, no seats, too many", Accounts, people + "A,,1.5,,,,\nB,,-1,,,,\nC,,1e12,,,,\nD,,9.0,,,,\n", 1, []string{
			"f.csv:2:4, column seats: found “1.5”; expected a whole number, 0 or more",
			"f.csv:3:4, column seats: found “-1”; expected a whole number, 0 or more",
			"f.csv:4:4, column seats: found “1e12”; expected a whole number, 0 or more"}},
		{"money with a sign", Accounts, people + "A,,,$5000,,,\nB,,,-5,,,\nC,,,5 %,,,\n", 0, []string{
			"f.csv:2:5, column arr: found “$5000”; expected a number, 0 or more",
			"f.csv:3:5, column arr: found “-5”; expected a number, 0 or more",
			"f.csv:4:5, column arr: found “5 %”; expected a number, 0 or more"}},
		// Choices.
		{"an unknown stage and currency", Accounts, people + "A,,,,,gone,\nB,,,,Euro,,\n", 0, []string{
			"f.csv:2:7, column stage: found “gone”; expected one of onboarding, active, renewing, churned",
			"f.csv:3:6, column currency: found “Euro”; expected a currency code of three letters, such as EUR"}},
		{"an unknown severity, truth and link", Tickets, tickets + "A,1,sev9,2026-03-01,,,\nA,2,2,2026-03-01,,maybe,\nA,3,2,2026-03-01,,,javascript:alert(1)\n", 0, []string{
			"f.csv:2:5, column severity: found “sev9”; expected one of 1, 2, 3, 4",
			"f.csv:3:19, column escalated: found “maybe”; expected yes or no",
			"f.csv:4:20, column link: found “javascript:alert(1)”; expected a link that begins with https:// or http://"}},
		{"an unknown measure", Readings, long + "A,usage.active_seats_ratio,1,2026-03-30\nA,weather,1,2026-03-30\n", 0, []string{
			"f.csv:2:3, column measure: found “usage.active_seats_ratio”; expected a measure of the model; the nearest is usage.active_seat_ratio",
			"f.csv:3:3, column measure: found “weather”; expected a measure of the model"}},
		// Times.
		{"dates of other kinds", Readings, long + "A," + ratio + ",1,31.03.2026\nA," + ratio + ",1,2026-02-30\nA," + ratio + ",1,45567\n", 0, []string{
			"f.csv:2:29, column observed_at: found “31.03.2026”; expected " + aTime,
			"f.csv:3:29, column observed_at: found “2026-02-30”; expected " + aTime,
			"f.csv:4:29, column observed_at: found “45567”; expected " + aTime}},
		{"placeholder dates", Readings, long + "A," + ratio + ",1,1970-01-01\nA," + ratio + ",1,9999-12-31\n", 0, []string{
			"f.csv:2:29, column observed_at: found “1970-01-01”; expected a year from 1990 to 2199",
			"f.csv:3:29, column observed_at: found “9999-12-31”; expected a year from 1990 to 2199"}},
		{"the future, but not today", Readings, long + "A," + ratio + ",1,2026-04-02\nA," + ratio + ",1,2026-04-01 12:00:01\nA," + ratio + ",1,2026-04-01\nA," + ratio + ",1,2026-04-01T12:00:00+02:00\n", 2, []string{
			"f.csv:2:29, column observed_at: found “2026-04-02”, which is in the future; expected a time up to now, 2026-04-01 12:00 CEST",
			"f.csv:3:29, column observed_at: found “2026-04-01 12:00:01”, which is in the future; expected a time up to now, 2026-04-01 12:00 CEST"}},
		{"a week that isn't over", Readings, "account,measure,value,week_start\nA," + ratio + ",1,2026-03-30\nA," + ratio + ",1,2026-W14\nA," + ratio + ",1,2026-W13\nA," + ratio + ",1,2026-W54\n", 1, []string{
			"f.csv:2:29, column week_start: found “2026-03-30”, a week that ends on 2026-04-05; expected a week that is over by 2026-04-01 12:00 CEST",
			"f.csv:3:29, column week_start: found “2026-W14”, a week that ends on 2026-04-05; expected a week that is over by 2026-04-01 12:00 CEST",
			"f.csv:5:29, column week_start: found “2026-W54”; expected the first day of a week such as 2026-03-23, or the week as 2026-W13"}},
		{"known before it was so", Readings, "account,measure,value,observed_at,received_at\nA," + ratio + ",1,2026-03-20 10:00:00,2026-03-20 09:00:00\nA," + ratio + ",1,2026-03-20,2026-03-20 09:00:00\n", 1,
			[]string{"f.csv:2:49, column received_at: found received at 2026-03-20 09:00:00, before the observation at 2026-03-20 10:00:00; expected a time not before that"}},
		{"closed before it was opened", Tickets, tickets + "A,1,2,2026-03-02,2026-03-01,,\nA,2,2,2026-03-02,2026-03-02 08:00:00,,\n", 1,
			[]string{"f.csv:2:18, column closed: found 2026-03-01, before it was opened on 2026-03-02; expected a time not before that"}},
		{"a plan may lie ahead, its end may not", Milestones, "account,id,name,due,done\nA,1,x,2027-01-01,\nA,2,x,2026-03-01,2027-01-01\n", 1,
			[]string{"f.csv:3:18, column done: found “2027-01-01”, which is in the future; expected a time up to now, 2026-04-01 12:00 CEST"}},
		// Texts.
		{"empty required fields", Readings, long + "," + ratio + ",1,2026-03-30\nA,,1,2026-03-30\nA," + ratio + ", ,2026-03-30\nA," + ratio + ",1,\n", 0, []string{
			"f.csv:2:1, column account: found an empty field; expected the account's id, as the accounts file gives it",
			"f.csv:3:3, column measure: found an empty field; expected one of the measures of the model",
			"f.csv:4:28, column value: found an empty field; expected a number",
			"f.csv:5:29, column observed_at: found an empty field; expected " + aTime}},
		{"too long", Accounts, people + strings.Repeat("ä", 201) + ",,,,,,\n" + strings.Repeat("ä", 200) + ",,,,,,\n", 1,
			[]string{"f.csv:2:1, column id: found “" + strings.Repeat("ä", 40) + "…” (201 characters); expected at most 200 characters"}},
		{"bytes that are no text", Accounts, people + "Ä\x00B,,,,,,\nM\xfcller,,,,,,\n\"A\nB\",,,,,,\nA\x1b[31m,,,,,,\n", 0, []string{
			`f.csv:2:1, column id: found a NUL byte in “Ä\x00B”; expected text without NUL bytes; the file may be damaged`,
			`f.csv:3:1, column id: found bytes that are not UTF-8 in “M\xfcller”; expected text in UTF-8; save the file again in that encoding`,
			`f.csv:4:1, column id: found a control character in “A\nB”; expected one line of at most 200 characters`,
			`f.csv:6:1, column id: found a control character in “A\x1b[31m”; expected one line of at most 200 characters`}},
		{"a secret in the wrong column", Accounts, people + "A,,xoxb-12345-abcdef,,,,\n", 0,
			[]string{"f.csv:2:4, column seats: found something that looks like a secret (17 characters, not shown); expected a whole number, 0 or more"}},
		// Rows.
		{"too few and too many fields", Readings, long + "A," + ratio + ",1\nA," + ratio + ",1,2026-03-30,x\n,,,\n\nA," + ratio + ",1,2026-03-30\n", 1, []string{
			"f.csv:2: found 3 fields; expected 4, as in the header",
			"f.csv:3:40: found 5 fields; expected 4, as in the header"}},
		{"quotes", Readings, long + "A,\"" + ratio + "\"x,1,2026-03-30\n5\",a,1,2026-03-30\nA,\"" + ratio + "\",1,2026-03-30\n", 1, []string{
			`f.csv:2:27: found text after a closing quote; expected a delimiter there, or the quote doubled ("") if it belongs to the text`,
			`f.csv:3:2: found a quote inside of an unquoted field; expected the whole field in quotes, and each quote in it doubled ("")`}},
		{"a file cut inside of a quote", Readings, long + "A," + ratio + ",1,2026-03-30\nB,\"usage.act", 1,
			[]string{"f.csv:3:13: found the end of the file inside of a quoted field; expected a closing quote; the file may be cut"}},
		{"a quote that swallows the rest", Readings, long + "A,\"" + ratio + ",1,2026-03-30\nB," + ratio + ",1,2026-03-30\n", 0,
			[]string{"f.csv:3:40: found the end of the file inside of a quoted field that began in the row of line 2; expected a closing quote; the file may be cut"}},
		{"a gigantic line", Readings, long + strings.Repeat("x", maxLine+1) + ",a,b,c\nA," + ratio + ",1,2026-03-30\n", 1,
			[]string{"f.csv:2: found a line of more than 1,048,576 bytes; expected a shorter one"}},
		{"a gigantic line inside of a row", Readings, long + "\"A\n" + strings.Repeat("x", maxLine+1) + "\n\",a,b,c\nA," + ratio + ",1,2026-03-30\n", 1,
			[]string{"f.csv:3: found a line of more than 1,048,576 bytes; expected a shorter one"}},
		{"a gigantic last line", Readings, long + "A," + ratio + ",1,2026-03-30\n" + strings.Repeat("x", maxLine+1), 1,
			[]string{"f.csv:3: found a line of more than 1,048,576 bytes; expected a shorter one"}},
		{"a row without end", Readings, long + "A," + ratio + ",1,2026-03-30\n\"" + strings.Repeat("xxxxxxx\n", maxRecord/7+1), 1,
			[]string{"f.csv:3: found a quoted field that doesn't end within 4,194,304 bytes; expected a closing quote; nothing after this line was read"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b, err := ReadAll(strings.NewReader(tc.csv), "somewhere/f.csv", options(tc.kind))
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

// TestSource keeps a file to one source, whether it or the caller names it.
func TestSource(t *testing.T) {
	const head = "account,measure,value,observed_at,source\n"
	for _, tc := range []struct {
		name, given, csv string
		source           string
		want             []string
		err              string
	}{
		{"given", "crm", long + "A," + ratio + ",1,2026-03-30\n", "crm", nil, ""},
		{"by the file", "", head + "A," + ratio + ",1,2026-03-30,crm\nB," + ratio + ",1,2026-03-30,\n", "crm", nil, ""},
		{"both", "crm", head + "A," + ratio + ",1,2026-03-30,desk\n", "crm", []string{"f.csv:2:40, column source: found “desk”; expected “crm”, the source that was named for this file"}, ""},
		{"two", "", head + "A," + ratio + ",1,2026-03-30,crm\nB," + ratio + ",1,2026-03-30,desk\n", "crm", []string{"f.csv:3:40, column source: found “desk”; expected “crm”, as on line 2: one file, one source"}, ""},
		{"by a row that is refused", "", head + ",x,1,2026-03-30,crm\n", "crm", []string{"f.csv:2:1, column account: found an empty field; expected the account's id, as the accounts file gives it"}, ""},
		{"late", "", head + "A," + ratio + ",1,2026-03-30,\nB," + ratio + ",1,2026-03-30,crm\n", "crm", []string{"f.csv:2:40, column source: found an empty field; expected the name of the system that it comes from"}, ""},
		{"a person by the file", "", head + "A," + ratio + ",1,2026-03-30,Person\nA," + ratio + ",1,2026-03-30,crm\n", "crm",
			[]string{"f.csv:2:40, column source: found “Person”; expected the name of a system; what a person knows is entered in Slack, under their own name"}, ""},
		{"a person given", "person", long, "", nil, "f.csv: found “person” as the source; expected the name of a system; what a person knows is entered in Slack, under their own name. Nothing was loaded."},
		{"a long name", strings.Repeat("x", 61), long, "", nil, "f.csv: found “" + strings.Repeat("x", 40) + "…” (61 characters) as the source; expected a name of at most 60 characters. Nothing was loaded."},
		{"nobody", "", long, "", nil, "f.csv: nothing says which system it comes from, so nothing was loaded. Name the source, or give a mapping with source: NAME."},
		{"nobody, in no row", "", head, "", nil, "f.csv: nothing says which system it comes from, so nothing was loaded. Name the source, or give a mapping with source: NAME."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := options(Readings)
			o.Source = tc.given
			b, err := ReadAll(strings.NewReader(tc.csv), "f.csv", o)
			if got := errorText(err); got != tc.err {
				t.Fatalf("got error %q, want %q", got, tc.err)
			}
			if d := cmp.Diff(tc.want, texts(b.Refused)); d != "" || b.Source != tc.source {
				t.Errorf("from %q (-want +got):\n%s", b.Source, d)
			}
		})
	}
}

// errorText is an error's text, "" for none; it must be one that people can read.
func errorText(err error) string {
	if err == nil {
		return ""
	}
	if record.KindOf(err) != record.Invalid {
		return "not invalid input, but " + err.Error()
	}
	return record.Say(err)
}

// TestFilesThatAreRefusedWhole lists what stops a file before its first row.
func TestFilesThatAreRefusedWhole(t *testing.T) {
	for _, tc := range []struct {
		name string
		kind Kind
		csv  string
		want string
	}{
		{"empty", Readings, "", "f.csv: the file is empty; expected a header line. Nothing was loaded."},
		{"empty lines", Readings, "\n\n", "f.csv: the file is empty; expected a header line. Nothing was loaded."},
		{"a workbook", Readings, "PK\x03\x04…", "f.csv: this is a workbook or a zip archive; save the sheet as CSV (UTF-8). Nothing was loaded."},
		{"UTF-16", Readings, "\xff\xfea\x00", "f.csv: this is UTF-16; save it as CSV UTF-8, or convert it with `iconv -f UTF-16 -t UTF-8 FILE > NEW`. Nothing was loaded."},
		{"UTF-16, the other way round", Readings, "\xfe\xff\x00a", "f.csv: this is UTF-16; save it as CSV UTF-8, or convert it with `iconv -f UTF-16 -t UTF-8 FILE > NEW`. Nothing was loaded."},
		{"Windows-1252", Accounts, "id,name\nA,Acme\nB,\"M\xfcller \x96 S\xf6hne\"\n", "f.csv: it isn't UTF-8 but looks like Windows-1252, in which it has “Müller – Söhne”; save it as CSV UTF-8, or convert it with `iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW`, if that is how the text reads. Nothing was loaded."},
		{"UTF-16 without a mark", Readings, "a\x00c\x00\n\x00", "f.csv: the first line has NUL bytes; expected text in UTF-8. Nothing was loaded."},
		{"compressed", Readings, "\x1f\x8b…", "f.csv: this is compressed; unpack it first. Nothing was loaded."},
		{"carriage returns", Readings, "account,measure\rA,b\rC,d\r", "f.csv: its lines end with a carriage return alone; save it with line feeds. Nothing was loaded."},
		{"a quote in the header", Readings, "account,mea\"sure\n", "f.csv: the header on line 1 has a quote that doesn't fit. Nothing was loaded."},
		{"a gigantic header", Readings, strings.Repeat("x", maxLine+1) + "\n" + long, "f.csv: line 1, where the header should be, is longer than 1,048,576 bytes. Nothing was loaded."},
		{"an unknown kind", "reading", long, "f.csv: there is no kind “reading”; expected readings (or one of accounts, milestones, tickets, invoices, contacts, touches, results, goals). Nothing was loaded."},
		{"no kind in sight", "", "foo,bar\n", "f.csv: the header doesn't tell what the file holds, so nothing was loaded. Say which of accounts, readings, milestones, tickets, invoices, contacts, touches, results, goals it is, or give a mapping."},
		{"a header full of faults", Readings, "acount,measure,value,week,usage.active_seat_ratio,,measure\n", `f.csv was read as readings, and its header has 7 faults, so nothing was loaded.
f.csv:1: found no column account; expected one, or a mapping that says which column it is
f.csv:1: found no column observed_at, week_start or week_end; expected one, or a mapping that says which column it is
f.csv:1:1, column acount: found an unknown column; expected account, or a mapping that uses or ignores it
f.csv:1:22, column week: found a week that may be its first or its last day; expected week_start or week_end, or a mapping with week: {column: week, means: start}
f.csv:1:27, column usage.active_seat_ratio: found a measure as a column; expected the columns measure and value, or a mapping that lists it under measures:
f.csv:1:51: found a column without a name; expected a mapping that uses or ignores it
f.csv:1:52, column measure: found this name a second time; expected each column once`},
		{"two times", Readings, "account,measure,value,observed_at,week_end\n", `f.csv was read as readings, and its header has 1 fault, so nothing was loaded.
f.csv:1:35, column week_end: found a second column that says when; expected one of them`},
		{"two names for one column", Accounts, "id,account_id\n", `f.csv was read as accounts, and its header has 1 fault, so nothing was loaded.
f.csv:1:4, column account_id: found a second column for id; expected one of them, or a mapping that ignores this one`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b, err := ReadAll(strings.NewReader(tc.csv), "f.csv", options(tc.kind))
			if d := cmp.Diff(tc.want, errorText(err)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if d := cmp.Diff(record.Batch{}, b); d != "" {
				t.Errorf("a refused file brought something: %s", d)
			}
		})
	}
}

// TestReadingFails tells a broken disk from a broken file.
func TestReadingFails(t *testing.T) {
	broken := errors.New("the disk is gone")
	row := "A," + ratio + ",1,2026-03-30\n"
	for _, head := range []string{"", "account", long, long + row + "B,", long + strings.Repeat(row, 1e4), long + "\"" + strings.Repeat(row, 1e4)} {
		r := io.MultiReader(strings.NewReader(head), iotest.ErrReader(broken))
		b, err := ReadAll(r, "f.csv", options(Readings))
		if !errors.Is(err, broken) || record.KindOf(err) != "" || !strings.HasPrefix(fmt.Sprint(err), "reading f.csv: ") || loaded(b) > 0 {
			t.Errorf("after %d bytes: got %v and %d rows, want the cause and none", len(head), err, loaded(b))
		}
	}
}

// TestDialects reads one file in the ways in which spreadsheets write it.
func TestDialects(t *testing.T) {
	want := record.ReadingRow{Account: "A", Measure: ratio, Value: .82, ObservedAt: time.Date(2026, 3, 29, 21, 59, 59, 999e6, time.UTC), Where: record.Where{File: "f.csv", Line: 2, Column: 27}}
	for name, file := range map[string]string{
		"commas":            "account,measure,value,observed_at\nA," + ratio + ",0.82,2026-03-29\n",
		"semicolons":        "account;measure;value;observed_at\nA;" + ratio + ";0,82;2026-03-29\n",
		"tabs":              "account\tmeasure\tvalue\tobserved_at\nA\t" + ratio + "\t82%\t2026-03-29\n",
		"bars":              "account|measure|value|observed_at\nA|" + ratio + "|82 %|2026-03-29\n",
		"line ends":         "account,measure,value,observed_at\r\nA," + ratio + ",0.82,2026-03-29\r\n",
		"no last line end":  "account,measure,value,observed_at\nA," + ratio + ",0.82,2026-03-29",
		"a byte order mark": "\ufeffaccount,measure,value,observed_at\nA," + ratio + ",0.82,2026-03-29\n",
		"headers for eyes":  "Account , MEASURE,Value,Observed At\nA," + ratio + ",0.82,2026-03-29\n",
		"alias":             "account_id,measure,value,observed-at\nA," + ratio + ",0.82,2026-03-29\n",
		"a time":            "account,measure,value,observed_at\nA," + ratio + ",0.82,2026-03-29T23:59:59.999+02:00\n",
		"a week's end":      "account,measure,value,week_end\nA," + ratio + ",0.82,2026-03-29\n",
		"a week's start":    "account,measure,value,week_start\nA," + ratio + ",0.82,2026-03-23\n",
		"a week's number":   "account,measure,value,week_start\nA," + ratio + ",0.82,2026-w13\n",
	} {
		t.Run(name, func(t *testing.T) {
			o := options("")
			b, err := ReadAll(strings.NewReader(file), "f.csv", o)
			if err != nil || len(b.Refused) > 0 {
				t.Fatal(err, b.Refused)
			}
			if d := cmp.Diff([]record.ReadingRow{want}, b.Readings); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
	b, err := ReadAll(strings.NewReader("sep=;\naccount;measure;value;observed_at\nA;"+ratio+";0,82;2026-03-29\n"), "f.csv", options(""))
	want.Where.Line = 3
	if d := cmp.Diff([]record.ReadingRow{want}, b.Readings); err != nil || d != "" {
		t.Errorf("with sep=: %v (-want +got):\n%s", err, d)
	}
}

// TestExamplesLoad reads each kind's own documentation back: every example must
// be legal, and every column must reach the batch.
func TestExamplesLoad(t *testing.T) {
	utc := func(m time.Month, d, h, min, s, ms int) time.Time {
		return time.Date(2026, m, d, h, min, s, ms*1e6, time.UTC)
	}
	endOf := func(m time.Month, d int) time.Time { return utc(m, d, 23, 59, 59, 999) }
	at, received := record.Where{File: "f.csv", Line: 2}, utc(3, 30, 6, 0, 0, 0)
	fact := func(k scoring.FactKind, id string) record.FactRow {
		return record.FactRow{Account: "A-1001", Kind: k, ExternalID: id, ReceivedAt: received, Where: at}
	}
	milestone, ticket, invoice, contact, touch := fact("milestone", "M-17"), fact("ticket", "T-4711"), fact("invoice", "R-2026-031"), fact("contact", "C-88"), fact("touch", "E-90210")
	milestone.Milestone = &scoring.Milestone{ID: "M-17", Name: "SSO rolled out", Due: endOf(4, 30), Done: endOf(3, 28), Link: "https://plan.example/17"}
	ticket.Ticket = &scoring.Ticket{ID: "T-4711", Title: "Export fails", Severity: 2, Opened: utc(3, 2, 9, 12, 0, 0), Closed: utc(3, 4, 16, 40, 0, 0), Breached: utc(3, 3, 9, 12, 0, 0), Link: "https://desk.example/4711"}
	invoice.Invoice = &scoring.Invoice{ID: "R-2026-031", Due: endOf(3, 31), Paid: endOf(3, 28)}
	contact.Contact = &scoring.Contact{ID: "C-88", Name: "Kim Doe", Role: "champion", Left: endOf(2, 15)}
	touch.Touch = &scoring.Touch{ID: "E-90210", Contact: "C-88", At: utc(3, 12, 11, 5, 0, 0), Inbound: true}
	result := fact(record.KindResult, "O-5512")
	before, after := 48000., 52000.
	result.Result = &record.Result{ID: "O-5512", On: record.Date{Year: 2026, Month: 3, Day: 31}, Ending: record.Renewed, Before: &before, After: &after}
	goal := fact(record.KindGoal, "A-1001 "+ratio+" 2026-01-01")
	goal.Goal = &record.Goal{Measure: ratio, From: record.Date{Year: 2026, Month: 1, Day: 1}, At: &[5]float64{.2, .35, .5, .65, .8}, Evidence: "success plan of January"}
	want := map[Kind]record.Batch{
		Accounts: {Accounts: []record.AccountRow{{ID: "A-1001", ReceivedAt: received, Where: at, Values: map[record.Attribute]string{
			"name": "Acme", "segment": "enterprise", "stage": "active", "seats": "120", "started_on": "2024-02-01", "arr": "48000", "currency": "EUR",
			"renewal_on": "2026-11-30", "owner": "U024BE7LH", "backup": "U0G9QF9C6", "manager": "U012A3CDE", "crm": "https://crm.example/17",
			"process": "incident", "process_link": "https://ops.example/7", "external_ids": "desk 4711; bill C-17", "links": "https://wiki.example/a", "tags": "pilot; eu"}}}},
		Readings: {Source: "product", Readings: []record.ReadingRow{{Account: "A-1001", Measure: ratio, Value: .82, ObservedAt: utc(3, 29, 23, 0, 0, 0), ReceivedAt: received,
			Evidence: "98 of 120 seats", Collector: "nightly job", Where: record.Where{File: "f.csv", Line: 2, Column: 32}}}},
		Milestones: {Facts: []record.FactRow{milestone}},
		Tickets:    {Facts: []record.FactRow{ticket}},
		Invoices:   {Facts: []record.FactRow{invoice}},
		Contacts:   {Facts: []record.FactRow{contact}},
		Touches:    {Facts: []record.FactRow{touch}},
		Results:    {Facts: []record.FactRow{result}},
		Goals:      {Facts: []record.FactRow{goal}},
	}
	otherForm := []string{"start", "target", "ended"} // of a goal, see TestGoals
	for _, k := range Kinds {
		t.Run(string(k), func(t *testing.T) {
			var head, row []string
			for _, c := range columns[k] {
				if (c.group == "" || c.name == "observed_at") && !(k == Goals && slices.Contains(otherForm, c.name)) {
					head, row = append(head, c.name), append(row, c.example)
				}
			}
			o := Options{Now: noon, Model: scoring.BuiltIn(), Source: "test"}
			if k == Readings {
				o.Source = ""
			}
			b, err := ReadAll(strings.NewReader(strings.Join(head, ",")+"\n"+strings.Join(row, ",")+"\n"), "f.csv", o)
			if err != nil {
				t.Fatal(err)
			}
			w := want[k]
			w.File, w.Digest = "f.csv", b.Digest
			if w.Source == "" {
				w.Source = "test"
			}
			if f, ok := facts[k]; ok {
				w.Kinds = []scoring.FactKind{f}
			}
			if d := cmp.Diff(w, b); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// TestColumnsOfAccountsAreItsAttributes keeps the two lists one.
func TestColumnsOfAccountsAreItsAttributes(t *testing.T) {
	want := []string{"id"}
	for _, a := range record.Attributes {
		want = append(want, string(a))
	}
	if got := names(columns[Accounts]); !slices.Equal(got, append(want, "received_at")) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestACutFileIsNoSync: what isn't there may be in the part that is missing.
func TestACutFileIsNoSync(t *testing.T) {
	for file, want := range map[string]int{
		tickets:                                1, // no tickets is an answer
		tickets + "A,1,1,2026-03-01,,,\n":      1,
		tickets + "A,1,9,2026-03-01,,,\n":      1, // refused and reported, but the file is whole
		tickets + "A,1,1,2026-03-01,,,\nA,\"2": 0,
	} {
		b, err := ReadAll(strings.NewReader(file), "f.csv", options(Tickets))
		if err != nil || len(b.Kinds) != want {
			t.Errorf("%q: %v, synced %v, want %d kinds", file, err, b.Kinds, want)
		}
	}
}

// TestReceivedToday: a bare date ends at midnight, but nothing arrives after now.
func TestReceivedToday(t *testing.T) {
	b, err := ReadAll(strings.NewReader("account,measure,value,observed_at,received_at\nA,"+ratio+",1,2026-04-01,2026-04-01\n"), "f.csv", options(Readings))
	if err != nil || len(b.Readings) != 1 {
		t.Fatal(err, b.Refused)
	}
	if r := b.Readings[0]; !r.ReceivedAt.Equal(noon) || !r.ObservedAt.After(noon) {
		t.Errorf("observed %s, received %s", r.ObservedAt, r.ReceivedAt)
	}
}

// TestDigest is of the bytes, so that the same file is known again.
func TestDigest(t *testing.T) {
	for _, file := range []string{long, "\ufeff" + long, long + "\n", long + "\"" + strings.Repeat("xxxxxxx\n", maxRecord/4)} {
		b, err := ReadAll(strings.NewReader(file), "f.csv", options(""))
		if want := fmt.Sprintf("%x", sha256.Sum256([]byte(file))); err != nil || b.Digest != want {
			t.Errorf("%d bytes: %v, digest %s, want %s", len(file), err, b.Digest, want)
		}
	}
}

func TestOptionsNeedNow(t *testing.T) {
	o := options(Readings)
	o.Now = time.Time{}
	_, err := ReadAll(strings.NewReader(long), "f.csv", o)
	if got := fmt.Sprint(err); !strings.HasPrefix(got, "f.csv: Options.Now is not set") {
		t.Error(got)
	}
}
