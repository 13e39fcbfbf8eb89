package storage

import (
	"context"
	"time"

	"healthbot/storage/record"
)

// flip makes a batch visible: all of its rows at once, however many they are,
// with one event.
func (l *loader) flip(ctx context.Context) error {
	var begun time.Time
	err := l.write(ctx, bulk, func(t *tx) error {
		begun = time.Now()
		if err := l.guard(t); err != nil {
			return err
		}
		moved, err := t.exec("UPDATE batch SET loaded_at = $1 WHERE id = $2 AND copied = $3 AND loaded_at IS NULL", instant(t.now), l.ID, l.copied)
		if err == nil && moved == 0 {
			err = errElsewhere
		}
		if err != nil {
			return err
		}
		return t.append(change{Kind: record.EvImported, Actor: l.Actor, Subject: l.ID,
			After: map[string]any{"file": l.File, "digest": l.Digest, "source": l.Source,
				"loaded": l.Summary.Loaded, "unchanged": l.Summary.Unchanged, "corrected": l.Summary.Corrected, "refused": l.Summary.RefusedRows()}})
	})
	if err == nil {
		l.log.Trace().Dur("flipped", time.Since(begun)).Msg("import flipped its batch")
	}
	return err
}

// fold gives the accounts of loaded batches their usual form, some at a time, and
// has the messages that show them edited. Until then the view account reads what
// they are; after a kill whoever comes next goes on.
func (db *DB) fold(ctx context.Context, guard func(*tx) error) error {
	pc := &pace{}
	for {
		var part []string
		err := db.read(ctx, func(r *reader) (err error) {
			part, err = list(r, column[string], `SELECT id FROM account_row WHERE staged IS NOT NULL AND staged NOT IN (SELECT n FROM batch WHERE loaded_at IS NULL) LIMIT $1`, pc.rows())
			return err
		})
		if err != nil || len(part) == 0 {
			return err
		}
		err = db.turn(ctx, pc, func(t *tx) error {
			if err := guard(t); err != nil {
				return err
			}
			if err := t.fold(part); err != nil {
				return err
			}
			return t.touchAccounts(part)
		})
		if err != nil {
			return err
		}
	}
}
