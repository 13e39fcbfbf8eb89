package storage

import (
	"context"
	"errors"
	"iter"

	"healthbot/storage/record"
)

// Import loads what a whole file brought; see [DB.ImportParts].
func (db *DB) Import(ctx context.Context, actor record.Actor, b record.Batch, o record.ImportOptions) (record.Summary, error) {
	return db.ImportParts(ctx, actor, b.Parts(), o)
}

// ImportParts loads a file of any length, in the parts in which it is read. It
// first plans, changing nothing: which rows are new, unchanged, corrections, or
// refused. Then it stages the new rows in chunks, invisible, and at the end one
// batch row makes all of them visible with one event. What breaks off in between
// leaves nothing to see and is cleared away by the next import.
//
// Strict and a refused row, or DryRun: nothing is changed. An error in the sequence
// ends the import; nothing is changed then, either.
func (db *DB) ImportParts(ctx context.Context, actor record.Actor, parts iter.Seq2[record.Batch, error], o record.ImportOptions) (sum record.Summary, err error) {
	db.importing.Lock()
	defer db.importing.Unlock()
	again := false
	err = db.read(ctx, func(r *reader) (err error) {
		var id string
		if id, again, err = r.repeated(actor); err != nil || !again {
			return err
		}
		sum, err = must(r, "import", func(s *record.Summary) []any { return []any{scanJSON{s}} }, "SELECT summary FROM batch WHERE id = $1", id)
		return err
	})
	if err != nil || again {
		return sum, err
	}
	p := db.newPlan(o)
	defer func() { err = errors.Join(err, p.close()) }()
	if err := p.gather(ctx, parts); err != nil {
		return record.Summary{}, err
	}
	if err := db.read(ctx, func(r *reader) error { return r.decide(p) }); err != nil {
		return record.Summary{}, err
	}
	switch {
	case o.Strict && len(p.sum.Refused) > 0:
		p.sum.Loaded, p.sum.Unchanged, p.sum.Corrected, p.sum.Changes, p.sum.Stopped = 0, 0, 0, nil, true
		return p.sum, nil
	case o.DryRun:
		return p.sum, nil
	}
	release, err := db.lease(ctx, importLease, "an import of "+p.file)
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
	return p.sum, nil
}

// load stages the planned rows and flips the batch.
func (db *DB) load(ctx context.Context, actor record.Actor, p *plan) error {
	var n int64
	err := db.stage(ctx, &pace{}, func(t *tx) (err error) {
		n, err = t.beginBatch(p)
		return err
	})
	if err != nil {
		return err
	}
	if err := db.stageAttributes(ctx, n, p); err != nil {
		return err
	}
	if err := db.stageRows(ctx, n, p); err != nil {
		return err
	}
	return db.write(ctx, bulk, func(t *tx) error { return t.flip(db, actor, n, p) })
}

func (t *tx) beginBatch(p *plan) (n int64, err error) {
	summary, err := encode(p.sum)
	if err != nil {
		return 0, err
	}
	if n, err = value[int64](&t.reader, "SELECT 1 + max(n) FROM batch"); err != nil {
		return 0, err
	}
	return n, t.insert("batch", "n, id, file, digest, source, started_at, summary", n, p.id, p.file, p.digest, p.source, instant(p.now), summary)
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
	for on, at := range p.synced {
		syncs = append(syncs, []any{p.source, on.kind, instant(at), n})
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
		After: map[string]any{"file": p.file, "digest": p.digest, "source": p.source,
			"loaded": p.sum.Loaded, "unchanged": p.sum.Unchanged, "corrected": p.sum.Corrected, "refused": p.sum.RefusedRows()}})
}

// touchAccounts touches the accounts that some message shows, which are few; the
// rest of a large import costs one query.
func (t *tx) touchAccounts(accounts []string) error {
	busy, err := list(&t.reader, column[string], `SELECT account FROM review rv LEFT JOIN run rn ON rn.id = rv.run
		WHERE (rv.state NOT IN ('decided', 'carried') OR rn.state = 'open') AND account IN `+among(1)+`
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
