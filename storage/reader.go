package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"healthbot/storage/record"
)

// reader asks one consistent state of the database: a reading transaction, or
// the part of a writing one that looks before it writes. It lives no longer than
// its transaction, which is why it may carry the context.
type reader struct {
	ctx   context.Context
	sql   *sql.Tx
	rules record.Rules
	now   time.Time // office time, one for the whole transaction
	live  string    // digest of the version of the model that this process scores with
	// approval is the version in force at the moment that the transaction sees.
	approval approval
	kept     *stakes
}

// reader begins to ask in a transaction.
func (db *DB) reader(ctx context.Context, t *sql.Tx) (reader, error) {
	r := reader{ctx: ctx, sql: t, rules: db.rules, now: db.now(), live: db.live, kept: &db.stakes}
	if !db.models {
		return r, nil
	}
	var err error
	r.approval, err = r.lastApproval()
	return r, err
}

// read runs fn on one consistent state.
func (db *DB) read(ctx context.Context, fn func(*reader) error) error {
	t, err := db.readers.BeginTx(ctx, nil)
	if err != nil {
		return fault(fmt.Errorf("begin reading: %w", err))
	}
	defer t.Rollback() // a reading transaction has nothing to lose
	r, err := db.reader(ctx, t)
	if err != nil {
		return fault(err)
	}
	return fault(fn(&r))
}

func (r *reader) today() record.Date { return r.rules.Today(r.now) }

// zone is the office's, in which every time leaves the database.
func (r *reader) zone() *time.Location { return officeZone(r.rules) }

func (db *DB) zone() *time.Location { return officeZone(db.rules) }

func officeZone(rules record.Rules) *time.Location {
	if z := rules.Policy.Zone; z != nil {
		return z
	}
	return time.UTC
}

func (r *reader) instant(t *time.Time) scanInstant { return scanInstant{t, r.zone()} }

// list reads every row of a query; into names where the columns of one go.
func list[T any](r *reader, into func(*T) []any, query string, args ...any) (out []T, err error) {
	err = each(r, into, func(x T) error {
		out = append(out, x)
		return nil
	}, query, args...)
	return out, err
}

// yieldAfter so many rows a long list lets others go on: when all cores are busy
// with such lists, a person's turn would wait ten milliseconds for each step of its
// own.
const yieldAfter = 64

// each hands every row of a query to do, which gets a copy of the one place that
// into named.
func each[T any](r *reader, into func(*T) []any, do func(T) error, query string, args ...any) error {
	rows, err := r.sql.QueryContext(r.ctx, query, args...)
	if err != nil {
		return fmt.Errorf("query %s: %w", headline(query), err)
	}
	defer rows.Close()
	var x, none T
	to := into(&x)
	for n := 1; rows.Next(); n++ {
		if n%yieldAfter == 0 {
			runtime.Gosched()
		}
		x = none
		if err := rows.Scan(to...); err != nil {
			return fmt.Errorf("scan %s: %w", headline(query), err)
		}
		if err := do(x); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read %s: %w", headline(query), err)
	}
	return nil
}

// first reads the first row of a query; false when there is none.
func first[T any](r *reader, into func(*T) []any, query string, args ...any) (T, bool, error) {
	var x T
	err := r.sql.QueryRowContext(r.ctx, query, args...).Scan(into(&x)...)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return x, false, nil
	case err != nil:
		return x, false, fmt.Errorf("query %s: %w", headline(query), err)
	}
	return x, true, nil
}

// must reads the one row that has to be there; what it is when it isn't goes
// into the sentence for the person.
func must[T any](r *reader, what string, into func(*T) []any, query string, args ...any) (T, error) {
	x, ok, err := first(r, into, query, args...)
	if err == nil && !ok {
		err = record.Errorf(record.NotFound, "There is no %s with that id. Nothing was changed.", what)
	}
	return x, err
}

// column is the destination of a query with one column.
func column[T any](x *T) []any { return []any{x} }

// value reads a single value.
func value[T any](r *reader, query string, args ...any) (T, error) {
	x, _, err := first(r, column[T], query, args...)
	return x, err
}

// among is the right side of IN for a list bound as one parameter, made by
// [ids]. It is the only SQL here that another engine would spell differently.
func among(parameter int) string {
	return fmt.Sprintf("(SELECT value FROM json_each($%d))", parameter)
}

// ids encodes a list for [among].
func ids(list []string) string {
	if list == nil {
		return "[]"
	}
	b, err := json.Marshal(list)
	if err != nil { // strings always encode
		panic(err)
	}
	return string(b)
}

// headline shortens a query for error texts.
func headline(query string) string {
	s := strings.Join(strings.Fields(query), " ")
	if len(s) > 60 {
		s = s[:60] + "…"
	}
	return "“" + s + "”"
}
