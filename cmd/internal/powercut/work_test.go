package powercut

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"healthbot/scoring"
	"healthbot/storage"
	"healthbot/storage/record"
)

// The work is what a bot's storage does in its life, done over and over: files
// come in, runs are scored and opened, messages are claimed and marked as sent,
// people decide, the bot is stopped and started, copies are made and put back.

const (
	database = "health.db"
	owner    = "U0ANA"
	lead     = "U0MAX"
)

var (
	monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	ana    = record.Actor{ID: owner, Name: "Ana", Channel: "C0CSM"}
	admin  = record.Actor{Name: "admin"}
)

func options(path string, now func() time.Time) storage.Options {
	people := record.NewDirectory(
		record.Person{ID: owner, Name: "Ana", Roles: []record.Role{record.CSM}, Manager: lead},
		record.Person{ID: "U0BOB", Name: "Bob", Roles: []record.Role{record.CSM}, Manager: lead},
		record.Person{ID: lead, Name: "Max", Roles: []record.Role{record.Manager}},
	)
	return storage.Options{Path: path, Now: now, RealNow: now, Log: zerolog.Nop(), Rules: record.Rules{People: people, Model: scoring.BuiltIn(),
		Policy: record.Policy{Zone: time.UTC, CadenceBySegment: map[string]int{"enterprise": 7}, Sources: []record.Source{{Name: "crm", Period: 7}}}}}
}

// claim is what the process says after each use case that returned: the content
// of its database, and the last link of its chain.
type claim struct {
	State  string // digest of every row
	Events int64
	Head   string
}

// beginsMany says that the use case which follows commits several times, so that
// a moment within it may show a content that no claim told.
const beginsMany = "many"

// worker does the work.
type worker struct {
	t     *testing.T
	db    *storage.DB
	path  string
	now   time.Time
	r     *rand.Rand
	marks *os.File
	n     int // things done, for names that nobody had
}

// TestWork isn't a test but the process that is recorded.
func TestWork(t *testing.T) {
	dir := os.Getenv(workFolder)
	if dir == "" {
		t.Skip("only in a process of its own")
	}
	seed, err := strconv.ParseUint(os.Getenv(workSeed), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	rounds, err := strconv.Atoi(os.Getenv(workRounds))
	if err != nil {
		t.Fatal(err)
	}
	w := &worker{t: t, path: filepath.Join(dir, database), now: monday, r: rand.New(rand.NewPCG(seed, 1)), marks: os.NewFile(MarkFD, "marks")}
	w.mark(beginsMany)
	w.open()
	w.done()
	w.accounts()
	for i := range rounds {
		w.round(i)
	}
	w.must(w.db.Close())
}

const (
	workFolder = "POWERCUT_FOLDER"
	workSeed   = "POWERCUT_SEED"
	workRounds = "POWERCUT_ROUNDS"
)

func (w *worker) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *worker) mark(text string) {
	w.t.Helper()
	_, err := w.marks.WriteString(text + "\n")
	w.must(err)
}

// done claims that the use case before it is committed.
func (w *worker) done() {
	w.t.Helper()
	c, err := look(w.t.Context(), w.path)
	w.must(err)
	text, err := json.Marshal(c)
	w.must(err)
	w.n++
	w.mark(string(text))
}

func (w *worker) open() {
	w.t.Helper()
	db, err := storage.Open(w.t.Context(), options(w.path, func() time.Time { return w.now }))
	w.must(err)
	w.db = db
}

func accountID(i int) string { return fmt.Sprintf("acct-%02d", i) }

const accounts = 12

func (w *worker) accounts() {
	w.t.Helper()
	b := record.Batch{File: "accounts.csv", Digest: "accounts", Source: "crm"}
	for i := range accounts {
		b.Accounts = append(b.Accounts, record.AccountRow{ID: accountID(i), Where: record.Where{File: "accounts.csv", Line: i + 2}, Values: map[record.Attribute]string{
			record.AttrName: fmt.Sprintf("Customer %d", i), record.AttrSegment: "enterprise", record.AttrOwner: owner, record.AttrManager: lead, record.AttrSeats: "100"}})
	}
	w.load(b)
}

func (w *worker) load(b record.Batch) {
	w.t.Helper()
	w.mark(beginsMany)
	s, err := w.db.Import(w.t.Context(), admin, b, record.ImportOptions{Strict: true})
	w.must(err)
	if s.Stopped {
		w.t.Fatalf("the import was refused: %v", s.Refused)
	}
	w.done()
}

// readings are new values; now and then many, so that a transaction outgrows
// the memory that SQLite keeps it in.
func (w *worker) readings() {
	w.t.Helper()
	name := fmt.Sprintf("usage-%d.csv", w.n)
	b := record.Batch{File: name, Digest: name, Source: "crm"}
	days := 1
	if w.r.IntN(4) == 0 {
		days = 60
	}
	for i := range accounts * days {
		b.Readings = append(b.Readings, record.ReadingRow{Account: accountID(i % accounts), Measure: "usage.active_seat_ratio", Value: w.r.Float64(),
			ObservedAt: w.now.AddDate(0, 0, -i/accounts), Evidence: strings.Repeat("evidence ", w.r.IntN(20)), Where: record.Where{File: name, Line: i + 2}})
	}
	w.load(b)
}

// round is a week; the first always makes a copy, so that every work has one.
func (w *worker) round(i int) {
	w.t.Helper()
	w.now = w.now.AddDate(0, 0, 7)
	_, err := w.db.WakeSnoozed(w.t.Context(), record.DateOf(w.now))
	w.must(err)
	w.done()
	w.readings()
	run := w.run()
	w.post()
	for _, id := range w.r.Perm(accounts)[:4] {
		w.person(accountID(id))
	}
	w.post()
	switch end := w.r.IntN(3); {
	case i == 0 || end == 1:
		w.backup(run)
	case end == 2: // stopped and started
		w.must(w.db.Close())
		w.open()
	}
}

func (w *worker) run() string {
	w.t.Helper()
	ctx := w.t.Context()
	run, _, err := w.db.BeginRun(ctx, record.Run{Job: "weekly", Slot: w.now.Format("2006-01-02T15:04"), Segment: "enterprise", Channel: "C0CSM", DueAt: w.now, Version: "v1"})
	w.must(err)
	w.done()
	inputs, err := w.db.Inputs(ctx, everyAccount(), w.now)
	w.must(err)
	var snaps []record.Snapshot
	for _, in := range inputs {
		snaps = append(snaps, record.Snapshot{Account: in.Account.ID, At: w.now, Result: scoring.Evaluate(scoring.BuiltIn(), in)})
	}
	w.mark(beginsMany)
	w.must(w.db.SaveSnapshots(ctx, run.ID, snaps))
	w.done()
	_, err = w.db.OpenRun(ctx, run.ID, nil)
	w.must(err)
	w.done()
	return run.ID
}

// post claims what is to be sent, some of it for good.
func (w *worker) post() {
	w.t.Helper()
	ctx := w.t.Context()
	for range 4 {
		d, ok, err := w.db.NextDelivery(ctx)
		w.must(err)
		if !ok {
			return
		}
		w.done()
		if w.r.IntN(8) == 0 {
			w.must(w.db.DeliveryRefused(ctx, d.ID, record.Refusal{Reason: "busy", Again: true, After: time.Minute}))
		} else {
			w.must(w.db.DeliverySent(ctx, d.ID, record.Receipt{Channel: "C0CSM", TS: fmt.Sprintf("%d.000100", w.n)}))
		}
		w.done()
	}
}

// person works on one account.
func (w *worker) person(id string) {
	w.t.Helper()
	ctx := w.t.Context()
	as := func() record.Actor {
		a := ana
		a.Request = fmt.Sprintf("press|%d", w.n)
		return a
	}
	rv, err := w.db.OpenReview(ctx, as(), id)
	w.must(err)
	w.done()
	_, err = w.db.TakeReview(ctx, as(), record.Take{Review: rv.ID})
	w.must(err)
	w.done()
	w.must(w.db.SaveDraft(ctx, as(), record.Draft{Review: rv.ID, Values: map[record.Field]string{record.FieldSentence: strings.Repeat("They log in less. ", w.r.IntN(30))}}))
	w.done()
	_, err = w.db.SnoozeReview(ctx, as(), record.Snooze{Review: rv.ID, Until: record.DateOf(w.now).Add(2), Why: "They are away until then."})
	w.must(err)
	w.done()
	_, err = w.db.AssignOwner(ctx, as(), record.AssignOwner{Account: id, Owner: []string{owner, "U0BOB"}[w.n%2], Note: "Handed over."})
	w.must(err)
	w.done()
}

// backup makes a copy, and now and then puts it back.
func (w *worker) backup(run string) {
	w.t.Helper()
	ctx := w.t.Context()
	now := func() time.Time { return w.now }
	copied := filepath.Join(filepath.Dir(w.path), "copy.db")
	_, err := storage.Backup(ctx, options(w.path, now), copied, true)
	w.must(err)
	w.mark("copied " + run)
	if w.r.IntN(2) == 0 {
		return
	}
	w.must(w.db.Close())
	w.mark(beginsMany)
	_, err = storage.Restore(ctx, options(w.path, now), admin, copied)
	w.must(err)
	w.open()
	w.done()
}

// look reads a database from end to end.
func look(ctx context.Context, path string) (c claim, err error) {
	dsn := url.URL{Scheme: "file", Opaque: path, RawQuery: "_pragma=query_only(1)"}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return c, err
	}
	defer func() { _ = db.Close() }() // only read
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return c, err
	}
	defer tx.Rollback()
	if err := tx.QueryRowContext(ctx, "SELECT events, hash FROM chain_head").Scan(&c.Events, &c.Head); err != nil {
		return c, err
	}
	tables, err := column(ctx, tx, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
	if err != nil {
		return c, err
	}
	h := sha256.New()
	for _, table := range tables {
		// One text a table: as many rows as this would be slow to fetch one by one.
		columns, err := column(ctx, tx, "SELECT 'quote('||name||')' FROM pragma_table_info('"+table+"')")
		if err != nil {
			return c, err
		}
		rows, err := column(ctx, tx, fmt.Sprintf("SELECT coalesce(group_concat(%s, char(10)), '') FROM %s", strings.Join(columns, "||','||"), table))
		if err != nil {
			return c, err
		}
		fmt.Fprintf(h, "%s\n%s\n", table, rows[0])
	}
	c.State = hex.EncodeToString(h.Sum(nil))[:16]
	return c, nil
}

func column(ctx context.Context, tx *sql.Tx, query string) (out []string, err error) {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

func everyAccount() (ids []string) {
	for i := range accounts {
		ids = append(ids, accountID(i))
	}
	return ids
}
