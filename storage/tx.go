package storage

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"healthbot/storage/record"
)

// tx is a writing transaction: everything a reader can, and changing.
type tx struct {
	reader
	events int // appended so far
}

// errNoEvent means that a use case forgot its event: a fault in this package.
var errNoEvent = errors.New("storage: a change without an event was not committed")

// write runs fn in one transaction. Changed rows without an event are refused,
// so that no use case can forget to leave one.
//
// A person's turn is short: what a score in it needs of all accounts is counted
// before it begins.
func (db *DB) write(ctx context.Context, r rank, fn func(*tx) error) error {
	if r == people {
		err := db.read(ctx, func(r *reader) error {
			_, err := r.stakes()
			return err
		})
		if err != nil {
			return err
		}
	}
	return db.transact(ctx, r, func(t *tx) error {
		before, err := value[int64](&t.reader, "SELECT total_changes()")
		if err != nil {
			return err
		}
		if err := fn(t); err != nil {
			return err
		}
		after, err := value[int64](&t.reader, "SELECT total_changes()")
		if err != nil {
			return err
		}
		if after > before && t.events == 0 {
			return errNoEvent
		}
		return nil
	})
}

// bookkeeping is the second door: it changes rows without an event. It is for
// rows that say nothing about accounts or people's decisions; why says what
// they are instead, and goes into the error when something fails.
func (db *DB) bookkeeping(ctx context.Context, r rank, why string, fn func(*tx) error) error {
	if err := db.transact(ctx, r, fn); err != nil {
		return fmt.Errorf("%s: %w", why, err)
	}
	return nil
}

func (db *DB) transact(ctx context.Context, r rank, fn func(*tx) error) error {
	if db.writer == nil {
		return record.Errorf(record.Forbidden, "This database was opened for reading only, so nothing was changed.")
	}
	if err := db.lane.enter(ctx, r); err != nil {
		return fmt.Errorf("wait to write: %w", err)
	}
	defer db.lane.leave()
	err := db.attempt(ctx, fn)
	db.noted(err)
	return err
}

// attempt is one transaction, whose turn it is.
func (db *DB) attempt(ctx context.Context, fn func(*tx) error) error {
	t, err := db.writer.BeginTx(ctx, nil)
	if err != nil {
		return fault(fmt.Errorf("begin writing: %w", err))
	}
	defer t.Rollback() // after Commit it has no effect; before, the first error counts
	view, err := db.reader(ctx, t)
	if err != nil {
		return fault(err)
	}
	if err := fn(&tx{reader: view}); err != nil {
		return fault(err)
	}
	if err := t.Commit(); err != nil {
		return fault(fmt.Errorf("commit: %w", err))
	}
	return nil
}

// noted remembers how the last attempt to write ended: with a commit, or with a
// trouble of the file that a person can do something about. What a use case
// refused says nothing about the file.
func (db *DB) noted(err error) {
	var e *sqlite.Error
	if err == nil || record.KindOf(err) != "" && errors.As(err, &e) {
		db.writing.Store(&err)
	}
}

// Writable says why the last attempt to write failed, for operators; nil when it
// didn't. The lease is renewed every few seconds, so it is never old for long.
func (db *DB) Writable() error {
	if err := db.writing.Load(); err != nil {
		return *err
	}
	return nil
}

// exec changes rows and says how many.
func (t *tx) exec(query string, args ...any) (int64, error) {
	res, err := t.sql.ExecContext(t.ctx, query, args...)
	if err != nil {
		return 0, fmt.Errorf("execute %s: %w", headline(query), err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("count rows of %s: %w", headline(query), err)
	}
	return n, nil
}

// do changes rows where their number doesn't matter.
func (t *tx) do(query string, args ...any) error {
	_, err := t.exec(query, args...)
	return err
}

// insert adds a row; columns are named because positions lie when one is added.
func (t *tx) insert(table, columns string, args ...any) error {
	return t.do(fmt.Sprintf("INSERT INTO %s (%s) VALUES %s", table, columns, tuples(1, len(args))), args...)
}

// rowsPerInsert is how many rows go into one statement: 100 double the speed
// of one, and more gain nothing.
const rowsPerInsert = 100

// insertAll adds many rows, a hundred to a statement; clause may say what to do
// on a conflict.
func (t *tx) insertAll(table, columns, clause string, rows [][]any) error {
	query := func(rows, width int) string {
		return fmt.Sprintf("INSERT INTO %s (%s) VALUES %s %s", table, columns, tuples(rows, width), clause)
	}
	if full := len(rows) - len(rows)%rowsPerInsert; full > rowsPerInsert {
		if err := t.insertFull(query(rowsPerInsert, len(rows[0])), rows[:full]); err != nil {
			return err
		}
		rows = rows[full:]
	}
	for part := range slices.Chunk(rows, rowsPerInsert) {
		if err := t.do(query(len(part), len(part[0])), slices.Concat(part...)...); err != nil {
			return err
		}
	}
	return nil
}

// insertFull adds rows by the hundred with a statement that is compiled once,
// because compiling one of this size takes as long as running it.
func (t *tx) insertFull(query string, rows [][]any) (err error) {
	s, err := t.sql.PrepareContext(t.ctx, query)
	if err != nil {
		return fmt.Errorf("prepare %s: %w", headline(query), err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	args := make([]any, 0, rowsPerInsert*len(rows[0]))
	for part := range slices.Chunk(rows, rowsPerInsert) {
		args = args[:0]
		for _, row := range part {
			args = append(args, row...)
		}
		if _, err := s.ExecContext(t.ctx, args...); err != nil {
			return fmt.Errorf("execute %s: %w", headline(query), err)
		}
	}
	return nil
}

// tuples writes "(?, ?), (?, ?)". Elsewhere parameters are numbered; here not,
// because SQLite looks each numbered one up among all the others: with a thousand
// of them that took ten times as long as storing the rows.
func tuples(rows, width int) string {
	one := "(" + strings.Repeat(", ?", width)[2:] + ")"
	return strings.Repeat(", "+one, rows)[2:]
}

// newID makes an opaque id that says what it is: 80 random bits, lower case.
func newID(prefix string) string { return prefix + strings.ToLower(rand.Text()[:16]) }

// now is office time in the office's zone, to the millisecond that is stored.
func (db *DB) now() time.Time { return db.office().In(db.zone()).Truncate(time.Millisecond) }

// fault gives a person's sentence to the troubles of a database that a person
// can do something about, recognised by code; everything else stays as it is.
func fault(err error) error {
	var e *sqlite.Error
	if record.KindOf(err) != "" || !errors.As(err, &e) {
		return err // it has a sentence already, or it isn't the database's
	}
	switch e.Code() & 0xff { // the low byte is the primary code
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED:
		return &record.Error{Kind: record.Busy, Cause: err,
			Say: "Another process is writing to the database just now. Nothing was saved; please try again."}
	case codes.SQLITE_FULL:
		return &record.Error{Kind: record.Broken, Cause: err,
			Say: "The disk is full. Nothing was saved; free some space and try again."}
	case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB:
		return &record.Error{Kind: record.Broken, Cause: err,
			Say: "The database file is damaged. Nothing was changed; stop healthbot, keep the file, and put the latest copy back with `healthbot restore`."}
	case codes.SQLITE_READONLY, codes.SQLITE_CANTOPEN, codes.SQLITE_PERM:
		return &record.Error{Kind: record.Broken, Cause: err,
			Say: "The database file can't be opened for writing. Nothing was changed; check that its folder exists and belongs to the user that runs healthbot."}
	}
	return err
}
