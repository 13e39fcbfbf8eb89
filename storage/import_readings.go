package storage

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"healthbot/storage/record"
)

// readingRow is one reading to be stored.
type readingRow struct {
	record.ReadingRow
	received   time.Time
	backfilled bool
	revision   int
}

type readingKey struct {
	account, measure string
	observed         int64 // Unix milliseconds, as stored
}

func (p *plan) planReadings(r *reader) error {
	if len(p.batch.Readings) == 0 {
		return nil
	}
	before, err := p.readingsBefore(r)
	if err != nil {
		return err
	}
	type moment struct {
		readingKey
		received int64
	}
	keyOf := func(x record.ReadingRow) (readingKey, moment) {
		received, _ := p.received(x.ReceivedAt)
		k := readingKey{x.Account, x.Measure, x.ObservedAt.UnixMilli()}
		return k, moment{k, received.UnixMilli()}
	}
	twice := duplicates[moment]{}
	for _, x := range p.batch.Readings {
		_, m := keyOf(x)
		twice.add(m, number(x.Value), x.Where)
	}
	rows := slices.Clone(p.batch.Readings) // oldest news first, so that revisions follow one another
	slices.SortStableFunc(rows, func(a, b record.ReadingRow) int {
		x, _ := p.received(a.ReceivedAt)
		y, _ := p.received(b.ReceivedAt)
		return x.Compare(y)
	})
	var when []time.Time
	for _, x := range rows {
		key, m := keyOf(x)
		if o, ok := twice.other(m, number(x.Value)); ok {
			p.refuse(x.Where, "value", number(x.Value)+", and "+o.said+" in line "+o.line(), "one value for an account, measure and time in one file")
			continue
		}
		received, backfilled := p.received(x.ReceivedAt)
		if !p.checkReading(x, received) {
			continue
		}
		when = append(when, received)
		v := p.judge(before[key], number(x.Value), received)
		p.count(v)
		if v == isSame {
			continue
		}
		n := nextRevision(before[key])
		before[key] = append(before[key], revision{number(x.Value), received, n})
		p.readings = append(p.readings, readingRow{x, received, backfilled, n})
	}
	if len(when) > 0 {
		p.addSyncs(syncOfReadings, when)
	}
	return nil
}

// checkReading refuses what can't be true.
func (p *plan) checkReading(x record.ReadingRow, received time.Time) bool {
	if !p.checkAccount(x.Where, x.Account) || !p.checkReceived(x.Where, received) {
		return false
	}
	m, ok := p.model.Measure(x.Measure)
	switch {
	case !ok:
		p.refuse(x.Where, "measure", quoted(x.Measure), "a measure of the model "+p.model.Label())
	case !(x.Value >= m.Min && x.Value <= m.Max): // so that NaN is refused, too
		p.refuse(x.Where, "value", number(x.Value), fmt.Sprintf("%s to %s (%s, %s)", number(m.Min), number(m.Max), m.Title, m.Unit))
	case x.ObservedAt.IsZero():
		p.refuse(x.Where, "observed_at", "nothing", "when it was observed")
	case x.ObservedAt.After(p.now):
		p.refuse(x.Where, "observed_at", x.ObservedAt.In(p.zone).Format(time.RFC3339), "a time that isn't in the future")
	default:
		return true
	}
	return false
}

// readingsBefore is what this source said of the times that the file is about.
func (p *plan) readingsBefore(r *reader) (map[readingKey][]revision, error) {
	from, to := p.batch.Readings[0].ObservedAt, p.batch.Readings[0].ObservedAt
	for _, x := range p.batch.Readings {
		if x.ObservedAt.Before(from) {
			from = x.ObservedAt
		}
		if x.ObservedAt.After(to) {
			to = x.ObservedAt
		}
	}
	type row struct {
		readingKey
		value    float64
		received time.Time
		number   int
	}
	rows, err := list(r, func(x *row) []any {
		return []any{&x.account, &x.measure, &x.observed, &x.value, r.instant(&x.received), &x.number}
	}, `SELECT se.account, se.measure, re.observed_at, re.value, re.received_at, re.revision
		FROM series se JOIN reading_known re ON re.series = se.n
		WHERE se.source = $1 AND re.observed_at BETWEEN $2 AND $3 ORDER BY re.series, re.observed_at, re.revision`,
		p.batch.Source, from.UnixMilli(), to.UnixMilli())
	if err != nil {
		return nil, err
	}
	out := make(map[readingKey][]revision, len(rows))
	for _, x := range rows {
		out[x.readingKey] = append(out[x.readingKey], revision{number(x.value), x.received, x.number})
	}
	return out, nil
}

func (db *DB) stageReadings(ctx context.Context, batch int64, p *plan) error {
	series, err := db.stageSeries(ctx, p)
	if err != nil {
		return err
	}
	return inChunks(ctx, db, p.readings, func(t *tx, part []readingRow) error {
		rows := make([][]any, len(part))
		for i, x := range part {
			rows[i] = []any{series[seriesKey{x.Account, x.Measure}], instant(x.ObservedAt), x.revision, x.Value, false,
				instant(x.received), instant(p.now), x.backfilled, x.Evidence, x.Collector, batch}
		}
		return t.insertAll("reading", "series, observed_at, revision, value, retired, received_at, imported_at, backfilled, evidence, collector, batch", "", rows)
	})
}

type seriesKey struct{ account, measure string }

// stageSeries makes sure that every series of the readings exists and answers
// with their numbers. A series without readings says nothing, so one that is left
// over does no harm.
func (db *DB) stageSeries(ctx context.Context, p *plan) (map[seriesKey]int64, error) {
	wanted := map[seriesKey]bool{}
	var keys []seriesKey
	for _, x := range p.readings {
		if k := (seriesKey{x.Account, x.Measure}); !wanted[k] {
			wanted[k] = true
			keys = append(keys, k)
		}
	}
	err := inChunks(ctx, db, keys, func(t *tx, part []seriesKey) error {
		rows := make([][]any, len(part))
		for i, k := range part {
			rows[i] = []any{k.account, k.measure, p.batch.Source}
		}
		return t.insertAll("series", "account, measure, source", "ON CONFLICT DO NOTHING", rows)
	})
	if err != nil {
		return nil, err
	}
	out := map[seriesKey]int64{}
	err = db.read(ctx, func(r *reader) error {
		type row struct {
			seriesKey
			n int64
		}
		rows, err := list(r, func(x *row) []any { return []any{&x.account, &x.measure, &x.n} }, "SELECT account, measure, n FROM series WHERE source = $1", p.batch.Source)
		for _, x := range rows {
			out[x.seriesKey] = x.n
		}
		return err
	})
	return out, err
}

// number is the canonical text of a value.
func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

func (s saidAt) line() string { return strconv.Itoa(s.where.Line) }
