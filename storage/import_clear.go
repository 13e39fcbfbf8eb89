package storage

import (
	"context"
	"fmt"
	"strings"
)

// clearStaged removes what an import that broke off has left behind. Which rows
// those are is looked up by a reader, in the order of the table and from where
// the last turn stopped, because no index finds them and a search would hold the
// writer.
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
		for _, of := range []struct{ table, key string }{
			{"account_attribute", "n"},
			{"reading", "series, observed_at, revision"},
			{"fact", "source, kind, external_id, revision"},
			{"reading_window", "n"},
		} {
			if err := db.clearTable(ctx, n, of.table, strings.Split(of.key, ", ")); err != nil {
				return err
			}
		}
		if err := db.stage(ctx, &pace{}, func(t *tx) error { return t.do("DELETE FROM batch WHERE n = $1", n) }); err != nil {
			return err
		}
	}
	return nil
}

// clearTable deletes the rows of a batch from one table, a turn at a time.
func (db *DB) clearTable(ctx context.Context, batch int64, table string, key []string) error {
	columns, parts := strings.Join(key, ", "), make([]string, len(key))
	for i := range key {
		parts[i] = fmt.Sprintf("value ->> %d", i)
	}
	find := fmt.Sprintf("SELECT json_array(%s) FROM %s WHERE batch = $1 AND ($2 = '' OR (%s) > (SELECT %s FROM (SELECT $2 AS value))) ORDER BY %s LIMIT $3",
		columns, table, columns, strings.Join(parts, ", "), columns)
	remove := fmt.Sprintf("DELETE FROM %s WHERE (%s) IN (SELECT %s FROM json_each($1))", table, columns, strings.Join(parts, ", "))
	pc, last := &pace{}, ""
	for {
		var rows []string
		err := db.read(ctx, func(r *reader) (err error) {
			rows, err = list(r, column[string], find, batch, last, pc.rows())
			return err
		})
		if err != nil || len(rows) == 0 {
			return err
		}
		last = rows[len(rows)-1]
		err = db.stage(ctx, pc, func(t *tx) error { return t.do(remove, "["+strings.Join(rows, ",")+"]") })
		if err != nil {
			return err
		}
	}
}
