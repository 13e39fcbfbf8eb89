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
// refused. Then the new rows are staged in chunks, invisible, and at the end one
// batch row makes all of them visible with one event. While a bot works on the
// database it is the bot that stages them, see [DB.CarryImports]. What breaks off
// in between leaves nothing to see and is cleared away by whoever comes next.
//
// Strict and a refused row, or DryRun: nothing is changed. An error in the sequence
// ends the import; nothing is changed then, either.
func (db *DB) ImportParts(ctx context.Context, actor record.Actor, parts iter.Seq2[record.Batch, error], o record.ImportOptions) (sum record.Summary, err error) {
	db.importing.Lock()
	defer db.importing.Unlock()
	if sum, again, err := db.importedBefore(ctx, actor); err != nil || again {
		return sum, err
	}
	p := db.newPlan(o)
	defer func() { err = errors.Join(err, p.close()) }()
	if err := p.gather(ctx, parts); err != nil {
		return record.Summary{}, err
	}
	token := newID("")
	if !o.DryRun {
		// From here on nobody else may change what this plan is compared with.
		release, err := db.holdImport(ctx, token, "an import of "+p.file)
		if err != nil {
			return record.Summary{}, err
		}
		defer func() { err = errors.Join(err, release()) }()
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
	if err := db.deliver(ctx, p.cargo(token, actor), p.options.Progress); err != nil {
		return record.Summary{}, err
	}
	return p.sum, nil
}

// importedBefore finds the summary of an earlier import of the same request.
func (db *DB) importedBefore(ctx context.Context, actor record.Actor) (sum record.Summary, again bool, err error) {
	err = db.read(ctx, func(r *reader) error {
		id, ok, err := r.repeated(actor)
		if again = ok; err != nil || !again {
			return err
		}
		sum, err = must(r, "import", func(s *record.Summary) []any { return []any{scanJSON{s}} }, "SELECT summary FROM batch WHERE id = $1", id)
		return err
	})
	return sum, again, err
}

// holdImport makes this the only import, and forgets one that was killed.
func (db *DB) holdImport(ctx context.Context, token, who string) (release func() error, err error) {
	var before string
	err = db.read(ctx, func(r *reader) (err error) {
		before, err = value[string](r, "SELECT token FROM lease WHERE name = $1", importLease)
		return err
	})
	if err != nil {
		return nil, err
	}
	if release, err = db.hold(ctx, importLease, token, who); err != nil {
		return nil, err
	}
	if before != "" {
		if err := removeFile(db.handedOver(before)); err != nil {
			return nil, errors.Join(err, release())
		}
	}
	return release, nil
}
