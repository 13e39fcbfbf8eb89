package storage

import (
	"context"
	"errors"
	"fmt"
	"os"

	"healthbot/storage/migration"
	"healthbot/storage/record"
)

// applied is a step that the database has behind it.
type applied struct {
	version int
	sum     string
}

// migrate applies the steps that the database lacks, each in a transaction of
// its own with its event.
func (db *DB) migrate(ctx context.Context, steps []migration.Step) error {
	var done []applied
	var empty bool
	err := db.read(ctx, func(r *reader) (err error) {
		done, empty, err = r.applied(db.called)
		return err
	})
	if err != nil {
		return err
	}
	if err := db.judge(done, steps); err != nil {
		return err
	}
	if len(done) == len(steps) || db.anyAge && !empty {
		return nil
	}
	if db.writer == nil && empty {
		return record.Errorf(record.Broken, "The file %s is empty: there is no database in it. Nothing was changed.", db.called)
	}
	if db.writer == nil {
		return record.Errorf(record.Broken, "The database %s was made by an older healthbot. Nothing was changed; run `healthbot check` once, which brings it up to date and keeps a copy.", db.called)
	}
	if !empty && !db.spare {
		if err := db.copyBefore(ctx, len(done)+1); err != nil {
			return err
		}
	}
	for _, s := range steps[len(done):] {
		if err := db.apply(ctx, s); err != nil {
			return fmt.Errorf("migrate %s to schema %d: %w", db.path, s.Version, err)
		}
		db.log.Info().Int("schema", s.Version).Str("name", s.Name).Msg("database migrated")
	}
	return nil
}

// applied lists the steps taken; a file with tables but without our list is
// somebody else's database.
func (r *reader) applied(path string) (done []applied, empty bool, err error) {
	tables, err := list(r, column[string], "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name = 'migration' DESC")
	switch {
	case err != nil:
		return nil, false, err
	case len(tables) == 0:
		return nil, true, nil
	case tables[0] != "migration":
		return nil, false, record.Errorf(record.Broken, "The file %s is a database of another program. Nothing was changed; point HEALTHBOT_DB elsewhere.", path)
	}
	done, err = list(r, func(a *applied) []any { return []any{&a.version, &a.sum} }, "SELECT version, sum FROM migration ORDER BY version")
	return done, false, err
}

// judge refuses a database whose history isn't the beginning of ours.
func (db *DB) judge(done []applied, steps []migration.Step) error {
	if len(done) > len(steps) {
		return record.Errorf(record.Broken, "The database %s was written by a newer healthbot (schema %d; this one knows %d). Nothing was changed; install the newer version, or put back a copy from before with `healthbot restore`.",
			db.called, len(done), len(steps))
	}
	for i, a := range done {
		if a.version != steps[i].Version || a.sum != steps[i].Sum {
			return record.Errorf(record.Broken, "Step %d of the database %s isn't the one in this healthbot: one of them was edited. Nothing was changed; `healthbot version` shows which build this is: install a released one, or put back a copy with `healthbot restore`.",
				a.version, db.called)
		}
	}
	return nil
}

// copyBefore puts a whole copy beside the file: name.before-2, and if that is
// taken by an earlier attempt, name.before-2.1.
func (db *DB) copyBefore(ctx context.Context, version int) error {
	target := fmt.Sprintf("%s.before-%d", db.path, version)
	for i := 1; ; i++ {
		f, err := os.OpenFile(target, os.O_CREATE|os.O_EXCL, 0o600) // VACUUM INTO fills an empty file
		if err == nil {
			if err := f.Close(); err != nil {
				return fmt.Errorf("make the copy %s: %w", target, err)
			}
			break
		}
		if !errors.Is(err, os.ErrExist) {
			return fmt.Errorf("make the copy %s: %w", target, err)
		}
		target = fmt.Sprintf("%s.before-%d.%d", db.path, version, i)
	}
	if _, err := db.writer.ExecContext(ctx, "VACUUM INTO $1", target); err != nil {
		return fmt.Errorf("copy the database to %s before migrating: %w", target, err)
	}
	db.log.Info().Str("copy", target).Msg("database copied before migration")
	return nil
}

// apply takes one step, unless another process took it in the meantime.
func (db *DB) apply(ctx context.Context, s migration.Step) error {
	return db.write(ctx, bulk, func(t *tx) error {
		done, empty, err := t.applied(db.called)
		if err != nil {
			return err
		}
		if empty {
			err := t.do(`CREATE TABLE migration (version INTEGER PRIMARY KEY, name TEXT NOT NULL, sum TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT`)
			if err != nil {
				return err
			}
		}
		if len(done) >= s.Version {
			return nil
		}
		if err := t.do(s.SQL); err != nil {
			return err
		}
		if err := t.insert("migration", "version, name, sum, applied_at", s.Version, s.Name, s.Sum, instant(t.now)); err != nil {
			return err
		}
		return t.append(change{Kind: record.EvInstalled, Subject: fmt.Sprintf("schema %d", s.Version),
			After: map[string]any{"schema": s.Version, "name": s.Name, "sum": s.Sum,
				"model": t.rules.Model.Label(), "model_digest": t.rules.Model.Digest()}})
	})
}
