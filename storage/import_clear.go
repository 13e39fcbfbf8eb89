package storage

import (
	"context"
	"fmt"
	"strings"
)

// tidy finishes what imports have left behind that broke off: rows that nobody
// will see are cleared away, and accounts that have changed get their usual form.
// The import of a token is still at it. guard is asked in each chunk.
func (db *DB) tidy(ctx context.Context, token string, guard func(*tx) error) error {
	var left []leftover
	err := db.read(ctx, func(r *reader) (err error) {
		left, err = list(r, func(x *leftover) []any { return []any{&x.n, &x.id, &x.begun} },
			"SELECT n, id, copied > 0 OR token = '' FROM batch WHERE loaded_at IS NULL AND copied >= 0 AND ($1 = '' OR token <> $1)", token)
		return err
	})
	if err != nil {
		return err
	}
	for _, x := range left {
		if err := db.clear(ctx, x, guard); err != nil {
			return err
		}
	}
	return db.fold(ctx, guard)
}

// leftover is a batch that broke off.
type leftover struct {
	n     int64
	id    string
	begun bool // rows of it may be there
}

// clear removes the rows of a batch that broke off. Which rows those are is looked
// up by a reader, in the order of the table and from where the last turn stopped,
// because no index finds them and a search would hold the writer. The batch itself
// stays, because looking for rows that refer to it would hold the writer, too.
func (db *DB) clear(ctx context.Context, x leftover, guard func(*tx) error) error {
	db.log.Warn().Int64("batch", x.n).Msg("clearing an import that broke off")
	ours := func(t *tx) error { // its number may serve another import by now
		if err := guard(t); err != nil {
			return err
		}
		still, err := value[bool](&t.reader, "SELECT EXISTS (SELECT 1 FROM batch WHERE n = $1 AND id = $2 AND loaded_at IS NULL AND copied >= 0)", x.n, x.id)
		if err == nil && !still {
			err = errElsewhere
		}
		return err
	}
	for _, of := range []struct{ table, key, rows, clear string }{
		{"account_row", "id", "staged = $1", "DELETE FROM account_row WHERE next = '' AND %s"},
		{"account_row", "id", "staged = $1", "UPDATE account_row SET staged = NULL, next = '' WHERE %s"},
		{"account_attribute", "n", "batch = $1", "DELETE FROM account_attribute WHERE %s"},
		{"sync", "source, kind, at", "batch = $1", "DELETE FROM sync WHERE %s"},
		{"reading", "series, observed_at, revision", "batch = $1", "DELETE FROM reading WHERE %s"},
		{"fact", "source, kind, external_id, revision", "batch = $1", "DELETE FROM fact WHERE %s"},
		{"reading_window", "n", "batch = $1", "DELETE FROM reading_window WHERE %s"},
	} {
		if !x.begun {
			break
		}
		if err := db.clearTable(ctx, x.n, of.table, of.rows, strings.Split(of.key, ", "), of.clear, ours); err != nil {
			return err
		}
	}
	return db.turn(ctx, &pace{}, func(t *tx) error {
		if err := ours(t); err != nil {
			return err
		}
		return t.do("UPDATE batch SET copied = -1 WHERE n = $1", x.n)
	})
}

// clearTable clears the rows of a batch from one table, a turn at a time.
func (db *DB) clearTable(ctx context.Context, batch int64, table, rows string, key []string, clear string, ours func(*tx) error) error {
	columns, parts := strings.Join(key, ", "), make([]string, len(key))
	for i := range key {
		parts[i] = fmt.Sprintf("value ->> %d", i)
	}
	find := fmt.Sprintf("SELECT json_array(%s) FROM %s WHERE %s AND ($2 = '' OR (%s) > (SELECT %s FROM (SELECT $2 AS value))) ORDER BY %s LIMIT $3",
		columns, table, rows, columns, strings.Join(parts, ", "), columns)
	remove := fmt.Sprintf(clear, fmt.Sprintf("(%s) IN (SELECT %s FROM json_each($1))", columns, strings.Join(parts, ", ")))
	pc, last := &pace{}, ""
	for {
		var found []string
		err := db.read(ctx, func(r *reader) (err error) {
			found, err = list(r, column[string], find, batch, last, pc.rows())
			return err
		})
		if err != nil || len(found) == 0 {
			return err
		}
		last = found[len(found)-1]
		err = db.turn(ctx, pc, func(t *tx) error {
			if err := ours(t); err != nil {
				return err
			}
			return t.do(remove, "["+strings.Join(found, ",")+"]")
		})
		if err != nil {
			return err
		}
	}
}
