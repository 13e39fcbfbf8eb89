package storage

import (
	"context"
	"encoding/json"
	"time"

	"healthbot/storage/record"
)

// staging is why chunks of an import go through the second door.
const staging = "stage rows of an import, which nobody sees before its event"

// How long a chunk may hold the writer. A person's commit that comes meanwhile
// waits for the rest of it; in another process it is SQLite's busy wait that
// decides when it looks again, so there the chunks are shorter, and a pause
// follows each.
const (
	holdAlone  = 10 * time.Millisecond
	holdBeside = 3 * time.Millisecond
	pauseAfter = 2 // times as long as the chunk took
)

// pace fits the size of chunks to the time that they may take, which differs by
// a factor of ten between disks, and between the first and the last row of a
// large import.
type pace struct{ size int }

// leastTurn and rowsPerTurn are the least and the most rows of a chunk.
const (
	leastTurn   = 50
	rowsPerTurn = 2000
)

func (p *pace) rows() int {
	if p.size == 0 {
		p.size = 4 * leastTurn
	}
	return p.size
}

// took follows slowly upward and at once downward.
func (p *pace) took(d time.Duration, beside bool) {
	most := holdAlone
	if beside {
		most = holdBeside
	}
	fits := int(float64(p.rows()) * float64(most) / float64(max(d, time.Microsecond)))
	p.size = max(leastTurn, min(rowsPerTurn, fits, p.size+p.size/4+1))
}

// stage runs one chunk and shows that the import is alive. The lane doesn't reach
// into other processes, and SQLite's busy wait isn't fair: beside a bot of another
// process an import therefore pauses after each chunk for twice as long as it took.
func (db *DB) stage(ctx context.Context, pc *pace, fn func(*tx) error) error {
	var begun time.Time
	beside := false
	err := db.bookkeeping(ctx, bulk, staging, func(t *tx) error {
		begun = time.Now()
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
	if err != nil {
		return err
	}
	held := time.Since(begun)
	db.log.Trace().Dur("held", held).Bool("beside", beside).Msg("import staged a chunk")
	pc.took(held, beside)
	if !beside {
		return nil
	}
	select {
	case <-time.After(pauseAfter * held):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// inChunks stages rows a turn at a time.
func inChunks[T any](ctx context.Context, db *DB, pc *pace, rows []T, fn func(*tx, []T) error) error {
	for len(rows) > 0 {
		part := rows[:min(len(rows), pc.rows())]
		rows = rows[len(part):]
		if err := db.stage(ctx, pc, func(t *tx) error { return fn(t, part) }); err != nil {
			return err
		}
	}
	return nil
}

func (db *DB) stageAttributes(ctx context.Context, batch int64, p *plan) error {
	return inChunks(ctx, db, &pace{}, p.attributes, func(t *tx, part []attributeRow) error {
		rows := make([][]any, len(part))
		for i, x := range part {
			rows[i] = []any{x.account, x.attribute, x.value, p.source, instant(x.received), instant(p.now), x.backfilled, batch}
		}
		return t.insertAll("account_attribute", "account, attribute, value, source, received_at, imported_at, backfilled, batch", "", rows)
	})
}

// stageRows stages facts and readings in the order of their tables.
func (db *DB) stageRows(ctx context.Context, batch int64, p *plan) error {
	pc, chunk := &pace{}, make([]row, 0, rowsPerTurn)
	flush := func() error {
		if len(chunk) == 0 {
			return nil
		}
		err := db.stage(ctx, pc, func(t *tx) error {
			if chunk[0].kind == "" {
				return t.stageReadings(batch, p, chunk)
			}
			return t.stageFacts(batch, p, chunk)
		})
		chunk = chunk[:0]
		return err
	}
	err := p.each(ctx, p.news, "loading", func(x *row, _ []byte) error {
		if len(chunk) >= pc.rows() || len(chunk) > 0 && (chunk[0].kind == "") != (x.kind == "") {
			if err := flush(); err != nil {
				return err
			}
		}
		chunk = append(chunk, *x)
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

func (t *tx) stageFacts(batch int64, p *plan, part []row) error {
	rows := make([][]any, len(part))
	for i, x := range part {
		rows[i] = []any{p.source, x.kind, x.name, x.revision, x.account, x.body, x.received, instant(p.now), x.backfilled, batch}
	}
	return t.insertAll("fact", "source, kind, external_id, revision, account, body, received_at, imported_at, backfilled, batch", "", rows)
}

func (t *tx) stageReadings(batch int64, p *plan, part []row) error {
	series, err := t.series(p.source, part)
	if err != nil {
		return err
	}
	rows := make([][]any, len(part))
	for i, x := range part {
		rows[i] = []any{series[seriesKey{x.account, x.name}], x.observed, x.revision, x.value, false,
			x.received, instant(p.now), x.backfilled, x.evidence, x.collector, batch}
	}
	err = t.insertAll("reading", "series, observed_at, revision, value, retired, received_at, imported_at, backfilled, evidence, collector, batch", "", rows)
	if err != nil {
		return err
	}
	return t.widen(batch, p.source, part)
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
