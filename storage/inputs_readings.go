package storage

import (
	"time"

	"healthbot/scoring"
)

// series is one line of readings.
type series struct {
	n                        int64
	account, measure, source string
}

// said is one reading of a series, as it is stored.
type said struct {
	series             int64
	observed, received int64
	value              float64
	retired            bool
	evidence           string
}

func intoSaid(x *said) []any {
	return []any{&x.series, &x.observed, &x.received, &x.value, &x.retired, &x.evidence}
}

// readingsFromTable finds the readings of accounts without windows.
//
// A series stands together in the table, in the order of time. Its rows are read
// from the one that counted at the first moment, which one seek finds, so that
// it costs the same whether a year or a week is kept.
func (g *gathering) readingsFromTable(accounts []string) error {
	if len(accounts) == 0 {
		return nil
	}
	asked := ids(accounts)
	lines, err := list(g.reader, func(x *series) []any { return []any{&x.n, &x.account, &x.measure, &x.source} },
		"SELECT n, account, measure, source FROM series WHERE account IN "+among(1)+" ORDER BY account, measure, source", asked)
	if err != nil {
		return err
	}
	room := make([]scoring.Reading, 0, len(lines)*len(g.at))
	counting := map[int64]stretch{} // of each account's series, where its rows stand
	var rows []said
	err = each(g.reader, intoSaid, func(x said) error {
		at, ok := counting[x.series]
		if !ok {
			at.from = len(rows)
		}
		rows = append(rows, x)
		at.to = len(rows)
		counting[x.series] = at
		return nil
	}, `SELECT series, observed_at, received_at, value, retired, evidence FROM series se CROSS JOIN reading re ON re.series = se.n
		AND observed_at <= $3 AND observed_at >= COALESCE((SELECT observed_at FROM reading
			WHERE series = se.n AND observed_at <= $2 AND received_at <= $2`+g.loaded+` ORDER BY observed_at DESC LIMIT 1), $4)
		WHERE se.account IN `+among(1)+` AND received_at <= $3`+g.loaded+` ORDER BY se.account, se.measure, se.source, observed_at, revision`,
		asked, g.first(), g.last(), int64(-1<<63))
	if err != nil {
		return err
	}
	for len(lines) > 0 {
		n := 1
		for n < len(lines) && lines[n].account == lines[0].account {
			n++
		}
		inputs, from := g.inputs(lines[0].account)
		for i := range inputs {
			begin := len(room)
			for _, line := range lines[:n] {
				at := counting[line.n]
				if x := standing(rows[at.from:at.to], g.at[from+i]); x != nil {
					room = append(room, g.reading(line.measure, line.source, *x))
				}
			}
			inputs[i].Readings = room[begin:len(room):len(room)]
		}
		lines = lines[n:]
	}
	return nil
}

// stretch is where something stands in a list.
type stretch struct{ from, to int }

// standing is the reading that counted at a moment, of those of one series in the
// order of the table; nil: none.
func standing(rows []said, at int64) (best *said) {
	for i := range rows {
		x := &rows[i]
		if x.observed > at {
			break
		}
		if x.received <= at && (best == nil || x.observed > best.observed || x.received >= best.received) {
			best = x
		}
	}
	return best
}

func (g *gathering) reading(measure, source string, x said) scoring.Reading {
	return scoring.Reading{Measure: measure, Source: source, Value: x.value,
		ObservedAt: g.time(x.observed), ReceivedAt: g.time(x.received), Evidence: x.evidence, Retired: x.retired}
}

func (g *gathering) time(ms int64) time.Time { return time.UnixMilli(ms).In(g.zone()) }
