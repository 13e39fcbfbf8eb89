package storage

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"healthbot/storage/record"
)

// long lets the tests run that take a minute:
//
//	go test ./storage -run Million -long -v
var long = flag.Bool("long", false, "import a million rows, alone and beside somebody who works")

// manyAccounts is an office with accounts of everyone's.
func manyAccounts(t testing.TB, n int) (*DB, Options, []string) {
	t.Helper()
	o := Options{Path: t.TempDir() + "/health.db", Now: func() time.Time { return monday }, Rules: record.Rules{People: everybody, Model: allMeasures()}}
	db, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	in := record.Batch{File: "accounts.csv", Digest: "accounts", Source: "crm"}
	var ids []string
	for i := range n {
		id := fmt.Sprintf("acct-%05d", i)
		ids = append(ids, id)
		in.Accounts = append(in.Accounts, account(id, "Customer "+id, "UANA"))
	}
	if s, err := db.Import(t.Context(), file, in, record.ImportOptions{Strict: true}); err != nil || s.Stopped {
		t.Fatalf("%v %v", err, s.Refused)
	}
	return db, o, ids
}

// generated is a file of readings in parts, week by week, as exports are written:
// never more than one part of it is in memory.
func generated(name string, ids []string, rows int) iter.Seq2[record.Batch, error] {
	measures := []string{"usage.active_seat_ratio", "usage.logins_per_seat_week"}
	return func(yield func(record.Batch, error) bool) {
		const part = 4000
		line := 1
		for rows > 0 {
			b := record.Batch{File: name, Digest: name, Source: "usage", Readings: make([]record.ReadingRow, 0, part)}
			for len(b.Readings) < min(part, rows) {
				n := line - 1
				week := n / (len(ids) * len(measures))
				line++
				b.Readings = append(b.Readings, record.ReadingRow{Account: ids[n/len(measures)%len(ids)], Measure: measures[n%len(measures)],
					Value: float64(n%1000) / 1000, ObservedAt: monday.AddDate(0, 0, -7*week), Evidence: "weekly export", Where: record.Where{File: name, Line: line, Column: 20}})
			}
			rows -= len(b.Readings)
			if !yield(b, nil) {
				return
			}
		}
	}
}

// processor is the time that this process has spent on processors, which tells
// more than the clock on the wall where others work, too; zero where nobody tells.
func processor(t testing.TB) time.Duration {
	b, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0
	}
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	user, err1 := strconv.Atoi(f[11])
	system, err2 := strconv.Atoi(f[12])
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}

// peak reads the most memory that the process ever had.
func peak(t testing.TB) string {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "unknown here"
	}
	for l := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(l, "VmHWM:"); ok {
			return strings.TrimSpace(rest)
		}
	}
	t.Fatal("no VmHWM in /proc/self/status")
	return ""
}

func TestMillionRows(t *testing.T) {
	if !*long {
		t.Skip("-long isn't set")
	}
	const rows = 1_000_000
	db, o, ids := manyAccounts(t, 10_000)
	runtime.GC()
	t.Logf("before: peak %s", peak(t))
	begun, worked := time.Now(), processor(t)
	s, err := db.ImportParts(t.Context(), file, generated("million.csv", ids, rows), record.ImportOptions{})
	took := time.Since(begun)
	if err != nil || s.Loaded != rows {
		t.Fatalf("%v, %s", err, tally(s))
	}
	t.Logf("healthbot: %d readings in %s (%s of processors), %.0f a second, peak RSS %s", rows, took.Round(time.Millisecond), processor(t)-worked, rows/took.Seconds(), peak(t))
	begun = time.Now()
	s, err = db.ImportParts(t.Context(), file, generated("million.csv", ids, rows), record.ImportOptions{})
	if err != nil || s.Unchanged != rows {
		t.Fatalf("%v, %s", err, tally(s))
	}
	t.Logf("the same file again: %s, peak RSS %s", time.Since(begun).Round(time.Millisecond), peak(t))
	shell(t, o.Path, rows)
}

// shell has the shell of SQLite import the same rows into the same tables: series
// numbers and all are in the file already, and nothing is checked.
func shell(t *testing.T, path string, rows int) {
	bin, err := exec.LookPath("sqlite3")
	if err != nil {
		t.Log("the shell of SQLite isn't installed; no comparison")
		return
	}
	dir := t.TempDir()
	run := func(args ...string) {
		t.Helper()
		if out, err := exec.CommandContext(t.Context(), bin, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	csv, other := filepath.Join(dir, "reading.csv"), filepath.Join(dir, "other.db")
	// In the order of the file that was imported: week by week.
	run(path, ".mode csv", ".once "+csv, "SELECT * FROM reading ORDER BY observed_at DESC, series")
	schema := filepath.Join(dir, "schema.sql")
	run(path, ".mode list", ".once "+schema, "SELECT sql || ';' FROM sqlite_schema WHERE tbl_name IN ('batch', 'series', 'reading') AND type <> 'trigger' AND sql <> '' ORDER BY type DESC")
	text, err := os.ReadFile(schema)
	if err != nil {
		t.Fatal(err)
	}
	run(other, "PRAGMA journal_mode=WAL", string(text), "ATTACH '"+path+"' AS o; INSERT OR REPLACE INTO batch SELECT * FROM o.batch; INSERT INTO series SELECT * FROM o.series")
	begun := time.Now()
	cmd := exec.CommandContext(t.Context(), bin, other, "PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON", ".mode csv", ".import "+csv+" reading")
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 100 {
		t.Fatalf("%v: %s", err, out)
	}
	took := time.Since(begun)
	t.Logf("sqlite3 .import: %d rows in %s (%s of processors), %.0f a second; nothing checked, one transaction, the writer held for all of it",
		rows, took.Round(time.Millisecond), (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Round(time.Millisecond), float64(rows)/took.Seconds())
}

// Somebody decides while a million rows come in from another process's handle.
func TestMillionRowsBesideAPerson(t *testing.T) {
	if !*long {
		t.Skip("-long isn't set")
	}
	var chunks bytes.Buffer
	bot, o, ids := manyAccounts(t, 10_000)
	bot.log = zerolog.New(&chunks)
	importer, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := importer.Close(); err != nil {
			t.Error(err)
		}
	}()
	release, err := bot.Lease(t.Context(), "the bot")
	if err != nil {
		t.Fatal(err)
	}
	rv, err := bot.OpenReview(t.Context(), ana, ids[0])
	if err != nil {
		t.Fatal(err)
	}
	draft := func(n int) time.Duration {
		begun := time.Now()
		err := bot.SaveDraft(t.Context(), ana, record.Draft{Review: rv.ID, Values: map[record.Field]string{record.FieldSentence: strconv.Itoa(n)}})
		if err != nil {
			t.Fatal(err)
		}
		return time.Since(begun)
	}
	var alone []time.Duration
	for n := range 200 {
		alone = append(alone, draft(n))
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	defer (&office{DB: bot, t: t}).carrying()()
	ended := make(chan error, 1)
	begun := time.Now()
	go func() {
		s, err := importer.ImportParts(ctx, file, generated("million.csv", ids, 1_000_000), record.ImportOptions{})
		if err == nil && s.Loaded != 1_000_000 {
			err = errors.New(tally(s))
		}
		ended <- err
	}()
	var beside []time.Duration
	beat := time.NewTicker(25 * time.Millisecond)
	defer beat.Stop()
	for n := 0; ; n++ {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatal(err)
			}
			if err := release(); err != nil {
				t.Error(err)
			}
			t.Logf("a million rows in %s beside %d drafts", time.Since(begun).Round(time.Millisecond), len(beside))
			t.Logf("a draft alone:  %s", quantiles(alone))
			t.Logf("a draft beside: %s", quantiles(beside))
			t.Logf("the writer was held by a chunk: %s", quantiles(heldBy(t, &chunks)))
			return
		case <-beat.C:
			beside = append(beside, draft(n))
			if n%200 == 0 {
				if err := bot.RenewLease(t.Context(), "the bot"); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// heldBy reads from the log how long each chunk held the writer.
func heldBy(t *testing.T, log *bytes.Buffer) (out []time.Duration) {
	t.Helper()
	for d := json.NewDecoder(log); d.More(); {
		var x struct{ Held float64 }
		if err := d.Decode(&x); err != nil {
			t.Fatal(err)
		}
		if x.Held > 0 {
			out = append(out, time.Duration(x.Held*float64(time.Millisecond)))
		}
	}
	return out
}

func at(ds []time.Duration, q float64) time.Duration {
	slices.SortFunc(ds, cmp.Compare[time.Duration])
	return ds[min(len(ds)-1, int(q*float64(len(ds))))]
}

func quantiles(ds []time.Duration) string {
	return fmt.Sprintf("median %s, p95 %s, p99 %s, most %s of %d", at(ds, .5), at(ds, .95), at(ds, .99), at(ds, 1), len(ds))
}

// A hundred thousand accounts come in, and then all of them change, beside a bot:
// nobody waits for the flip, however many there are.
func TestAHundredThousandAccounts(t *testing.T) {
	if !*long {
		t.Skip("-long isn't set")
	}
	const accounts = 100_000
	bot, o, _ := manyAccounts(t, 1)
	var chunks bytes.Buffer
	bot.log = zerolog.New(&chunks)
	importer, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := importer.Close(); err != nil {
			t.Error(err)
		}
	}()
	release, err := bot.Lease(t.Context(), "the bot")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := release(); err != nil {
			t.Error(err)
		}
	}()
	defer (&office{DB: bot, t: t}).carrying()()
	for _, suffix := range []string{"", " Ltd"} {
		parts := func(yield func(record.Batch, error) bool) {
			for from := 0; from < accounts; from += 4000 {
				b := record.Batch{File: "accounts.csv", Digest: "d" + suffix, Source: "crm"}
				for i := from; i < min(from+4000, accounts); i++ {
					id := fmt.Sprintf("acct-%06d", i)
					b.Accounts = append(b.Accounts, account(id, "Customer "+id+suffix, "UANA"))
				}
				if !yield(b, nil) {
					return
				}
			}
		}
		begun := time.Now()
		s, err := importer.ImportParts(t.Context(), file, parts, record.ImportOptions{})
		if err != nil || s.Loaded+s.Corrected != accounts {
			t.Fatal(err, tally(s))
		}
		seen := time.Since(begun)
		for { // the rows get their usual form after everybody has seen them
			left := false
			err := bot.read(t.Context(), func(r *reader) (err error) {
				left, err = value[bool](r, "SELECT EXISTS (SELECT 1 FROM account_row WHERE staged IS NOT NULL)")
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if !left {
				break
			}
			runtime.Gosched()
		}
		t.Logf("%d accounts%s: to see after %s, folded after %s; the writer was held by a chunk: %s; peak RSS %s", accounts, suffix,
			seen.Round(time.Millisecond), time.Since(begun).Round(time.Millisecond), quantiles(heldBy(t, &chunks)), peak(t))
		chunks.Reset()
	}
}
