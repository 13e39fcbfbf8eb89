package storage

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// A spool sorts what doesn't fit into its memory, more than once, and leaves no
// file behind.
func TestSpoolSorts(t *testing.T) {
	dir := t.TempDir()
	for _, memory := range []int{1, 100, 1000, 1 << 20} {
		s := newSpool(filepath.Join(dir, "health.db"))
		s.memory = memory
		var want []string
		for i := range 500 {
			key := fmt.Sprintf("%03d", i*7919%500)
			want = append(want, key+"rest")
			if err := s.add([]byte(key+"rest"), len(key)); err != nil {
				t.Fatal(err)
			}
		}
		slices.Sort(want)
		for range 2 {
			var got []string
			for b, err := range s.all() {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, string(b.bytes))
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("with %d bytes:\n%s", memory, d)
			}
		}
		if (s.file != nil) != (memory < 3500) {
			t.Errorf("with %d bytes: a file: %v", memory, s.file != nil)
		}
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// Rows are the same after the spool, and sort as SQLite would.
func TestRowsSurviveTheSpool(t *testing.T) {
	rows := []row{
		{account: "a", name: "m", observed: -5, received: 9, ordinal: 1, revision: 2, line: 3, column: 4, value: -.1, evidence: "e", collector: "c", backfilled: true},
		{account: "a", name: "m", observed: 5, received: -9, ordinal: 2},
		{account: "a", name: "m", observed: 5, received: 9, ordinal: 1, evidence: "ä\x00"},
		{account: "a", name: "m", observed: 5, received: 9, ordinal: 3},
		{account: "a", name: "mm"},
		{account: "ab", name: "m"},
		{account: "ä", name: "m"},
		{kind: "contact", account: "z", name: "1", body: "{}"},
		{kind: "contact", account: "a", name: "10"},
		{kind: "touch", account: "a", name: "1"},
	}
	var last []byte
	var got row // reused, as the plan does
	for _, want := range rows {
		b, sorted := want.encode(nil)
		if string(b[:sorted]) <= string(last) {
			t.Errorf("%+v doesn't come after the one before", want)
		}
		last = b[:sorted]
		if err := got.decode(b); err != nil {
			t.Fatal(err)
		}
		fresh := row{}
		if err := fresh.decode(b); err != nil || fresh != want {
			t.Errorf("%v\ngot  %+v\nwant %+v", err, fresh, want)
		}
		for n := range b {
			if err := fresh.decode(b[:n]); err == nil {
				t.Errorf("%d of %d bytes were read as a row", n, len(b))
			}
		}
	}
}

// A file in parts is one file: its contradictions are found however far apart
// they stand, and an error in the middle loads nothing.
func TestParts(t *testing.T) {
	o := opened(t)
	week := monday.AddDate(0, 0, -7)
	part := func(rows ...record.ReadingRow) record.Batch {
		return record.Batch{File: "p.csv", Source: "usage", Readings: rows}
	}
	placed := func(x record.ReadingRow, line int) record.ReadingRow {
		x.Where = record.Where{File: "p.csv", Line: line, Column: 9}
		return x
	}
	parts := []record.Batch{
		part(placed(reading("acme", .7, week), 2), placed(reading("beta", .6, week), 3)),
		{File: "p.csv", Source: "usage", Refused: []record.Refused{{Where: record.Where{File: "p.csv", Line: 4}, Found: "x", Expected: "y"}}},
		part(placed(reading("acme", .8, week), 5), placed(reading("core", .6, week), 6)),
	}
	sequence := func(end error) iter.Seq2[record.Batch, error] {
		return func(yield func(record.Batch, error) bool) {
			for _, b := range parts {
				if !yield(b, nil) {
					return
				}
			}
			if end != nil {
				yield(record.Batch{}, end)
			}
		}
	}
	gone := errors.New("the disk is gone")
	_, seq := o.events(0)
	if _, err := o.ImportParts(t.Context(), file, sequence(gone), record.ImportOptions{}); !errors.Is(err, gone) {
		t.Fatalf("got %v", err)
	}
	if kinds, _ := o.events(seq); len(kinds) > 0 || o.count("SELECT count(*) FROM reading") != 3 {
		t.Errorf("a file that couldn't be read left %v", kinds)
	}
	s, err := o.ImportParts(t.Context(), file, sequence(nil), record.ImportOptions{})
	o.check(err)
	wantTally(t, s, "2 loaded, 0 unchanged, 0 corrected, 3 refused")
	var lines []int
	for _, r := range s.Refused {
		lines = append(lines, r.Where.Line)
	}
	if !slices.Equal(lines, []int{2, 4, 5}) || !strings.Contains(s.Refused[0].String(), "p.csv:2:9, column value: found 0.7 here and 0.8 on line 5") {
		t.Errorf("refused %v", s.Refused)
	}
	o.holds()
}

// A million refused rows are counted, not kept.
func TestRefusalsAreBounded(t *testing.T) {
	o := opened(t)
	b := readings("r.csv")
	for i := range record.MostRefused + 5 {
		x := reading("nobody", .5, monday.Add(-time.Duration(i)*time.Minute))
		x.Where.Line = i + 2
		b.Readings = append(b.Readings, x)
	}
	s := o.load(b)
	if len(s.Refused) != record.MostRefused || s.More != 5 || s.RefusedRows() != record.MostRefused+5 {
		t.Errorf("%d listed, %d more", len(s.Refused), s.More)
	}
}

// However many rows come in, memory stays where it was: 200,000 of them need no
// more than the spools may have.
func TestImportKeepsMemoryFlat(t *testing.T) {
	if racing {
		t.Skip("minutes under the race detector; runs without it")
	}
	if testing.Short() {
		t.Skip("it takes seconds")
	}
	db, _, ids := manyAccounts(t, 500)
	const rows = 200_000
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before, most := heap(), int64(0)
	next := 0
	s, err := db.ImportParts(t.Context(), file, generated("rows.csv", ids, rows), record.ImportOptions{Progress: func(p record.Progress) {
		if next++; next%8 == 0 {
			most = max(most, heap())
		}
	}})
	if err != nil || s.Loaded != rows {
		t.Fatal(err, tally(s))
	}
	// Two spools of 16 MB, whose slices grow by doubling, and a part of the file.
	if grown := (most - before) >> 20; grown > 80 {
		t.Errorf("the heap grew by %d MB", grown)
	} else {
		t.Logf("the heap grew by %d MB at most", grown)
	}
}

// A result takes the way of every fact; the migration that lets it in keeps what
// was there.
func TestMigrationToResultsKeepsFacts(t *testing.T) {
	all := steps(t)
	o := &office{t: t, path: filepath.Join(t.TempDir(), "health.db"), now: monday, wall: monday}
	db, err := open(t.Context(), o.options(), all[:2])
	o.check(err)
	o.DB = db
	o.loadOld(record.Batch{File: "a.csv", Source: "crm", Accounts: []record.AccountRow{account("acme", "Acme", "UANA")}})
	o.loadOld(milestones("m.csv", milestone("acme", "m1", monday, time.Time{}, time.Time{}), milestone("acme", "m2", monday, time.Time{}, time.Time{})))
	o.check(o.Close())
	o.open()
	defer func() { o.check(o.Close()) }()
	after, err := o.Inputs(t.Context(), []string{"acme"}, o.now)
	o.check(err)
	kept := []scoring.Milestone{{ID: "m1", Name: "Go live", Due: monday}, {ID: "m2", Name: "Go live", Due: monday}}
	if d := cmp.Diff(kept, after[0].Facts.Milestones); d != "" || !after[0].Synced[scoring.KindMilestone].Equal(monday) {
		t.Errorf("facts, in sync on %s (-want +got):\n%s", after[0].Synced[scoring.KindMilestone], d)
	}
	amount := 9000.
	b := milestones("r.csv", record.FactRow{Account: "acme", Kind: record.KindResult, ExternalID: "o1",
		Result: &record.Result{ID: "o1", On: record.DateOf(monday), Ending: record.Churned, Before: &amount}})
	wantTally(t, o.load(b), "1 loaded, 0 unchanged, 0 corrected, 0 refused")
	got, err := o.Results(t.Context())
	o.check(err)
	want := []record.Result{{ID: "o1", Account: "acme", Source: "plan", ReceivedAt: monday, On: record.DateOf(monday), Ending: record.Churned, Before: &amount}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	o.holds()
}
