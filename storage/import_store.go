package storage

import (
	"context"
	"encoding/json"

	"healthbot/storage/record"
)

// stageRows stores attributes, readings and facts in the order of their tables.
func (l *loader) stageRows(ctx context.Context) (int, error) {
	if l.copied >= l.Rows {
		return l.Rows, nil
	}
	c := inChunks(l, func(t *tx, part []row) error {
		for len(part) > 0 {
			n := 1
			for n < len(part) && rankOf(part[n].kind) == rankOf(part[0].kind) {
				n++
			}
			if err := t.stageTable(l, part[:n]); err != nil {
				return err
			}
			part = part[n:]
		}
		return nil
	})
	var x row
	err := l.each(ctx, func(b piece) (bool, error) {
		if err := x.decode(b.bytes); err != nil {
			return false, err
		}
		return true, c.add(ctx, x)
	})
	if err != nil {
		return 0, err
	}
	return l.Rows, c.flush(ctx)
}

// each hands over the rows as bytes until fn has seen enough.
func (l *loader) each(ctx context.Context, fn func(piece) (bool, error)) error {
	for b, err := range l.rows {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if on, err := fn(b); err != nil || !on {
			return err
		}
	}
	return nil
}

// stageTable stores rows of one table.
func (t *tx) stageTable(l *loader, part []row) error {
	switch part[0].kind {
	case ofAccount:
		return t.stageAttributes(l, part)
	case ofReading:
		return t.stageReadings(l, part)
	}
	return t.stageFacts(l, part)
}

func (t *tx) stageAttributes(l *loader, part []row) error {
	rows := make([][]any, len(part))
	for i, x := range part {
		rows[i] = []any{x.account, x.name, x.body, l.Source, x.received, instant(l.At), x.backfilled, l.n}
	}
	return t.insertAll("account_attribute", "account, attribute, value, source, received_at, imported_at, backfilled, batch", "", rows)
}

// stageAccounts stores what the accounts will be once the batch is there.
func (l *loader) stageAccounts(ctx context.Context) (int, error) {
	c := inChunks(l, func(t *tx, ids []string) error { return t.stageAccounts(l.n, ids) })
	var x row
	last := ""
	err := l.each(ctx, func(b piece) (bool, error) {
		if err := x.decode(b.bytes); err != nil || x.kind != ofAccount {
			return false, err
		}
		if x.account == last {
			return true, nil
		}
		last = x.account
		return true, c.add(ctx, x.account)
	})
	if err != nil {
		return 0, err
	}
	return c.seen, c.flush(ctx)
}

// stageSyncs stores when the source was in sync.
func (l *loader) stageSyncs(ctx context.Context) (int, error) {
	c := inChunks(l, func(t *tx, part []synced) error {
		rows := make([][]any, len(part))
		for i, x := range part {
			rows[i] = []any{l.Source, x.Kind, x.At, l.n}
		}
		return t.insertAll("sync", "source, kind, at, batch", "ON CONFLICT DO NOTHING", rows)
	})
	for _, x := range l.Syncs {
		if err := c.add(ctx, x); err != nil {
			return 0, err
		}
	}
	return c.seen, c.flush(ctx)
}

func (t *tx) stageFacts(l *loader, part []row) error {
	rows := make([][]any, len(part))
	for i, x := range part {
		rows[i] = []any{l.Source, x.kind, x.name, x.revision, x.account, x.body, x.received, instant(l.At), x.backfilled, l.n}
	}
	return t.insertAll("fact", "source, kind, external_id, revision, account, body, received_at, imported_at, backfilled, batch", "", rows)
}

func (t *tx) stageReadings(l *loader, part []row) error {
	series, err := t.series(l.Source, part)
	if err != nil {
		return err
	}
	rows := make([][]any, len(part))
	for i, x := range part {
		rows[i] = []any{series[seriesKey{x.account, x.name}], x.observed, x.revision, x.value, false,
			x.received, instant(l.At), x.backfilled, x.evidence, x.collector, l.n}
	}
	err = t.insertAll("reading", "series, observed_at, revision, value, retired, received_at, imported_at, backfilled, evidence, collector, batch", "", rows)
	if err != nil {
		return err
	}
	return t.widen(l.n, l.Source, part)
}

type seriesKey struct{ account, measure string }

// series answers with the numbers of the series of some readings, and makes those
// that don't exist. A series without readings says nothing, so one that is left
// over does no harm.
func (t *tx) series(source string, part []row) (map[seriesKey]int64, error) {
	out := map[seriesKey]int64{}
	var wanted []seriesKey
	for _, x := range part {
		k := seriesKey{x.account, x.name}
		if len(wanted) == 0 || wanted[len(wanted)-1] != k { // rows come sorted
			wanted = append(wanted, k)
		}
	}
	for range 2 {
		pairs := make([][2]string, len(wanted))
		for i, k := range wanted {
			pairs[i] = [2]string{k.account, k.measure}
		}
		b, err := json.Marshal(pairs)
		if err != nil {
			return nil, err
		}
		type numbered struct {
			seriesKey
			n int64
		}
		found, err := list(&t.reader, func(x *numbered) []any { return []any{&x.account, &x.measure, &x.n} },
			`SELECT se.account, se.measure, se.n FROM json_each($1) pair
			CROSS JOIN series se INDEXED BY sqlite_autoindex_series_1 ON se.account = pair.value ->> 0 AND se.measure = pair.value ->> 1 AND se.source = $2`, string(b), source)
		if err != nil {
			return nil, err
		}
		for _, x := range found {
			out[x.seriesKey] = x.n
		}
		var missing [][]any
		for _, k := range wanted {
			if _, ok := out[k]; !ok {
				missing = append(missing, []any{k.account, k.measure, source})
			}
		}
		if len(missing) == 0 {
			return out, nil
		}
		if err := t.insertAll("series", "account, measure, source", "", missing); err != nil {
			return nil, err
		}
	}
	return nil, record.Errorf(record.Broken, "The database doesn't find a series of readings that it has just stored. Nothing was loaded; run `healthbot verify`.")
}
