package storage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"healthbot/storage/record"
)

// Import loads what a file brought. It first plans, changing nothing: which rows
// are new, unchanged, corrections, or refused. Then it stages the new rows in
// chunks, invisible, and at the end one batch row makes all of them visible with
// one event. What breaks off in between leaves nothing to see and is cleared away
// by the next import.
//
// Strict and a refused row, or DryRun: nothing is changed.
func (db *DB) Import(ctx context.Context, actor record.Actor, b record.Batch, o record.ImportOptions) (sum record.Summary, err error) {
	db.importing.Lock()
	defer db.importing.Unlock()
	var p *plan
	err = db.read(ctx, func(r *reader) error {
		id, again, err := r.repeated(actor)
		if err != nil {
			return err
		}
		if again {
			sum, err = must(r, "import", func(s *record.Summary) []any { return []any{scanJSON{s}} }, "SELECT summary FROM batch WHERE id = $1", id)
			return err
		}
		p, err = r.plan(b)
		return err
	})
	if err != nil || p == nil {
		return sum, err
	}
	sum = p.sum
	switch {
	case o.Strict && len(sum.Refused) > 0:
		sum.Loaded, sum.Unchanged, sum.Corrected, sum.Stopped = 0, 0, 0, true
		return sum, nil
	case o.DryRun:
		return sum, nil
	}
	release, err := db.lease(ctx, importLease, "an import of "+b.File)
	if err != nil {
		return record.Summary{}, err
	}
	defer func() { err = errors.Join(err, release()) }()
	if err := db.clearStaged(ctx); err != nil {
		return record.Summary{}, err
	}
	if err := db.load(ctx, actor, p); err != nil {
		return record.Summary{}, err
	}
	return sum, nil
}

// rowsPerTurn is how many rows an import writes before a person may go first.
const rowsPerTurn = 2000

// staging is why chunks of an import go through the second door.
const staging = "stage rows of an import, which nobody sees before its event"

// load stages the planned rows and flips the batch.
func (db *DB) load(ctx context.Context, actor record.Actor, p *plan) error {
	var n int64
	err := db.stage(ctx, func(t *tx) (err error) {
		n, err = t.beginBatch(p)
		return err
	})
	if err != nil {
		return err
	}
	if err := db.stageAttributes(ctx, n, p); err != nil {
		return err
	}
	if err := db.stageReadings(ctx, n, p); err != nil {
		return err
	}
	if err := db.stageFacts(ctx, n, p); err != nil {
		return err
	}
	return db.write(ctx, bulk, func(t *tx) error { return t.flip(db, actor, n, p) })
}

// stage runs one chunk and shows that the import is alive. The lane doesn't reach
// into other processes, and SQLite's busy wait isn't fair: beside a bot of another
// process an import therefore pauses after each chunk for as long as it took.
func (db *DB) stage(ctx context.Context, fn func(*tx) error) error {
	begun, beside := time.Now(), false
	err := db.bookkeeping(ctx, bulk, staging, func(t *tx) error {
		err := t.renew(db, importLease)
		if err != nil {
			return err
		}
		beside, err = value[bool](&t.reader, "SELECT EXISTS (SELECT 1 FROM lease WHERE name = $1 AND token <> $2 AND beat > $3)",
			runLease, db.token, instant(db.real().Add(-leaseStale)))
		if err != nil {
			return err
		}
		return fn(t)
	})
	if err != nil || !beside {
		return err
	}
	select {
	case <-time.After(time.Since(begun)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t *tx) beginBatch(p *plan) (n int64, err error) {
	summary, err := encode(p.sum)
	if err != nil {
		return 0, err
	}
	if n, err = value[int64](&t.reader, "SELECT 1 + max(n) FROM batch"); err != nil {
		return 0, err
	}
	return n, t.insert("batch", "n, id, file, digest, source, started_at, summary", n, p.id, p.batch.File, p.batch.Digest, p.batch.Source, instant(p.now), summary)
}

// flip makes a batch visible: its rows, the accounts as they are now, and the
// syncs that it stands for, with one event.
func (t *tx) flip(db *DB, actor record.Actor, n int64, p *plan) error {
	if err := t.renew(db, importLease); err != nil {
		return err
	}
	if err := t.do("UPDATE batch SET loaded_at = $1 WHERE n = $2", instant(t.now), n); err != nil {
		return err
	}
	var syncs [][]any
	for _, s := range p.syncs {
		syncs = append(syncs, []any{p.batch.Source, s.kind, instant(s.at), n})
	}
	if err := t.insertAll("sync", "source, kind, at, batch", "ON CONFLICT DO NOTHING", syncs); err != nil {
		return err
	}
	changed := p.changedAccounts()
	if err := t.project(changed); err != nil {
		return err
	}
	if err := t.touchAccounts(changed); err != nil {
		return err
	}
	return t.append(change{Kind: record.EvImported, Actor: actor, Subject: p.id,
		After: map[string]any{"file": p.batch.File, "digest": p.batch.Digest, "source": p.batch.Source,
			"loaded": p.sum.Loaded, "unchanged": p.sum.Unchanged, "corrected": p.sum.Corrected, "refused": len(p.sum.Refused)}})
}

// touchAccounts touches the accounts that some message shows, which are few; the
// rest of a large import costs one query.
func (t *tx) touchAccounts(accounts []string) error {
	busy, err := list(&t.reader, column[string], `SELECT account FROM review rv LEFT JOIN run rn ON rn.id = rv.run
		WHERE (rv.state <> 'decided' OR rn.state = 'open') AND account IN `+among(1)+`
		UNION SELECT account FROM task WHERE state IN ('open', 'accepted') AND account IN `+among(1)+`
		UNION SELECT account FROM escalation WHERE state IN ('waiting for an answer', 'acknowledged') AND account IN `+among(1), ids(accounts))
	if err != nil {
		return err
	}
	for _, id := range busy {
		if err := t.touchAccount(id); err != nil {
			return err
		}
	}
	return nil
}

// clearStaged removes what an import that broke off has left behind.
func (db *DB) clearStaged(ctx context.Context) error {
	var left []int64
	err := db.read(ctx, func(r *reader) (err error) {
		left, err = list(r, column[int64], "SELECT n FROM batch WHERE loaded_at IS NULL")
		return err
	})
	if err != nil {
		return err
	}
	for _, n := range left {
		db.log.Warn().Int64("batch", n).Msg("clearing an import that broke off")
		for _, query := range []string{
			"DELETE FROM account_attribute WHERE n IN (SELECT n FROM account_attribute WHERE batch = $1 LIMIT $2)",
			"DELETE FROM reading WHERE (series, observed_at, revision) IN (SELECT series, observed_at, revision FROM reading WHERE batch = $1 LIMIT $2)",
			"DELETE FROM fact WHERE (source, kind, external_id, revision) IN (SELECT source, kind, external_id, revision FROM fact WHERE batch = $1 LIMIT $2)",
		} {
			for more := true; more; {
				err := db.stage(ctx, func(t *tx) error {
					gone, err := t.exec(query, n, rowsPerTurn)
					more = gone == rowsPerTurn
					return err
				})
				if err != nil {
					return err
				}
			}
		}
		if err := db.stage(ctx, func(t *tx) error { return t.do("DELETE FROM batch WHERE n = $1", n) }); err != nil {
			return err
		}
	}
	return nil
}

// inChunks stages rows a turn at a time.
func inChunks[T any](ctx context.Context, db *DB, rows []T, fn func(*tx, []T) error) error {
	for len(rows) > 0 {
		part := rows[:min(len(rows), rowsPerTurn)]
		rows = rows[len(part):]
		if err := db.stage(ctx, func(t *tx) error { return fn(t, part) }); err != nil {
			return err
		}
	}
	return nil
}

// received is when a row was received: as its file says, or else now.
func (p *plan) received(at time.Time) (t time.Time, backfilled bool) {
	if at.IsZero() {
		return p.now, false
	}
	return at.Truncate(time.Millisecond), true
}

func quoted(s string) string {
	if s == "" {
		return "nothing"
	}
	return fmt.Sprintf("“%s”", s)
}
