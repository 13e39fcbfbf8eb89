package storage

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"healthbot/scoring"
)

// Windows are kept up where readings arrive. An import stages, with its own rows,
// the windows that will hold once it is done (widen); a person's reading forgets
// the account's window, by a trigger. An account without one is read from the
// table, and gets one when [DB.InputsAt] had to (rememberWindows).

// readings finds, for each series and moment, the reading that counts: of those
// received by then the latest observed, and of that the latest received. What
// windows don't tell is read from the table.
func (g *gathering) readings() error {
	if !g.windows {
		return g.readingsFromTable(slices.Collect(maps.Keys(g.place)))
	}
	told := make(map[string]bool, len(g.place))
	common := map[string]string{}
	var w window
	type row struct {
		account string
		body    []byte
	}
	take := func(x row) error {
		inputs, from := g.inputs(x.account)
		known := true
		var err error
		if w, err = unpackWindow(x.body, w, common); err != nil { // the table knows
			g.broken = append(g.broken, x.account)
			told[x.account] = false
			return nil
		}
		room := make([]scoring.Reading, 0, len(inputs)*len(w))
		for i := range inputs {
			begin := len(room)
			for _, s := range w {
				best, found, ok, err := s.at(g.at[from+i])
				if err != nil {
					g.broken = append(g.broken, x.account)
					told[x.account] = false
					for j := range inputs {
						inputs[j].Readings = nil
					}
					return nil
				}
				known = known && ok
				if found {
					room = append(room, g.reading(s.measure, s.source, best))
				}
			}
			inputs[i].Readings = room[begin:len(room):len(room)]
		}
		told[x.account] = known
		return nil
	}
	var last row // of an account's windows the latest loaded counts
	err := each(g.reader, func(x *row) []any { return []any{&x.account, &x.body} }, func(x row) error {
		if last.account != x.account && last.account != "" {
			if err := take(last); err != nil {
				return err
			}
		}
		last = x
		return nil
	}, "SELECT account, body FROM reading_window WHERE account IN "+among(1)+g.loaded+" ORDER BY account, batch", g.asked)
	if err == nil && last.account != "" {
		err = take(last)
	}
	if err != nil {
		return err
	}
	var rest []string
	for account := range g.place {
		ok, there := told[account]
		if !there {
			g.without = append(g.without, account)
		}
		if !ok {
			rest = append(rest, account)
		}
	}
	return g.readingsFromTable(rest)
}

// windowRow is a window as it is stored.
type windowRow struct {
	n       int64
	account string
	batch   int64
	body    []byte
}

// widen stages the windows that will hold when a batch is loaded of which part is
// staged now; part is sorted by account and series. An account that has readings
// and no window is left without one: making it would hold the writer.
func (t *tx) widen(batch int64, source string, part []row) error {
	loaded, err := t.onlyLoaded()
	if err != nil {
		return err
	}
	var accounts []string
	for _, x := range part {
		if len(accounts) == 0 || accounts[len(accounts)-1] != x.account {
			accounts = append(accounts, x.account)
		}
	}
	current, overtaken := map[string]windowRow{}, []int64{}
	err = each(&t.reader, func(x *windowRow) []any { return []any{&x.n, &x.account, &x.batch, &x.body} }, func(x windowRow) error {
		if old, ok := current[x.account]; ok && x.batch != batch {
			overtaken = append(overtaken, old.n)
		}
		current[x.account] = x
		return nil
	}, "SELECT n, account, batch, body FROM reading_window WHERE account IN "+among(1)+" AND (batch = $2 OR true"+loaded+") ORDER BY account, batch", ids(accounts), batch)
	if err != nil {
		return err
	}
	readBefore, err := t.haveReadings(accounts, loaded)
	if err != nil {
		return err
	}
	var values [][]any
	common := map[string]string{}
	for len(part) > 0 {
		account := part[0].account
		n := 1
		for n < len(part) && part[n].account == account {
			n++
		}
		old, ok := current[account]
		if ok || !readBefore[account] {
			if !ok {
				old.body = window{}.pack()
			}
			body, err := widened(old.body, source, part[:n], common)
			if err != nil {
				return fmt.Errorf("account %s: %w", account, err)
			}
			values = append(values, []any{account, batch, body})
		}
		part = part[n:]
	}
	if err := t.insertAll("reading_window", "account, batch, body", "ON CONFLICT (account, batch) DO UPDATE SET body = excluded.body", values); err != nil {
		return err
	}
	for _, n := range overtaken { // by one that was loaded since; few
		if err := t.do("DELETE FROM reading_window WHERE n = $1", n); err != nil {
			return err
		}
	}
	return nil
}

// haveReadings tells the accounts of which readings are loaded.
func (r *reader) haveReadings(accounts []string, loaded string) (map[string]bool, error) {
	out := map[string]bool{}
	found, err := list(r, column[string], `SELECT DISTINCT account FROM series se WHERE account IN `+among(1)+`
		AND EXISTS (SELECT 1 FROM reading WHERE series = se.n`+loaded+`)`, ids(accounts))
	for _, account := range found {
		out[account] = true
	}
	return out, err
}

// widened adds an account's rows, sorted by series, to its window.
func widened(body []byte, source string, part []row, common map[string]string) ([]byte, error) {
	w, err := unpackWindow(body, nil, common)
	if err != nil {
		return nil, err
	}
	for len(part) > 0 {
		measure := part[0].name
		var rows []said
		for len(part) > 0 && part[0].name == measure {
			x := part[0]
			rows = append(rows, said{observed: x.observed, received: x.received, value: x.value, evidence: x.evidence})
			part = part[1:]
		}
		if w, err = w.with(measure, source, rows); err != nil {
			return nil, err
		}
	}
	return w.pack(), nil
}

// windowsFromTable makes the windows of accounts anew.
func (r *reader) windowsFromTable(accounts []string) (map[string]window, error) {
	loaded, err := r.onlyLoaded()
	if err != nil {
		return nil, err
	}
	type line struct {
		series
		oldest int64
	}
	lines, err := list(r, func(x *line) []any { return []any{&x.n, &x.account, &x.measure, &x.source, &x.oldest} },
		`SELECT n, account, measure, source, (SELECT min(observed_at) FROM reading WHERE series = se.n`+loaded+`) AS oldest
		FROM series se WHERE account IN `+among(1)+` AND oldest IS NOT NULL ORDER BY account, measure, source`, ids(accounts))
	if err != nil {
		return nil, err
	}
	rows := map[int64][]said{}
	err = each(r, intoSaid, func(x said) error {
		rows[x.series] = append(rows[x.series], x)
		return nil
	}, `SELECT series, observed_at, received_at, value, retired, evidence FROM series se CROSS JOIN reading re ON re.series = se.n
		AND observed_at >= (SELECT max(observed_at) FROM reading WHERE series = se.n`+loaded+`) - $2
		WHERE se.account IN `+among(1)+loaded+` ORDER BY se.account, se.measure, se.source, observed_at, revision`, ids(accounts), windowSpan.Milliseconds())
	if err != nil {
		return nil, err
	}
	out := make(map[string]window, len(accounts))
	for _, account := range accounts {
		out[account] = window{}
	}
	for _, x := range lines {
		out[x.account] = append(out[x.account], packSeries(x.measure, x.source, rows[x.n], x.oldest < rows[x.n][0].observed))
	}
	return out, nil
}

// windowsTogether is how many windows are made at a time.
const windowsTogether = 200

// rememberWindows gives accounts windows that have none. They are made by a reader,
// and stored if nothing was loaded or entered since; otherwise another time will do.
func (db *DB) rememberWindows(ctx context.Context, accounts []string) error {
	for part := range slices.Chunk(accounts, windowsTogether) {
		var made map[string]window
		var events, batch int64
		err := db.read(ctx, func(r *reader) (err error) {
			if events, err = value[int64](r, "SELECT events FROM chain_head"); err != nil {
				return err
			}
			if batch, err = value[int64](r, "SELECT max(n) FROM batch WHERE loaded_at IS NOT NULL"); err != nil {
				return err
			}
			made, err = r.windowsFromTable(part)
			return err
		})
		if err != nil {
			return err
		}
		err = db.bookkeeping(ctx, bulk, "keep windows of readings, which say nothing that isn't in the table", func(t *tx) error {
			stale, err := value[bool](&t.reader, `SELECT EXISTS (SELECT 1 FROM batch WHERE loaded_at IS NULL AND copied >= 0)
				OR EXISTS (SELECT 1 FROM event WHERE seq > $1 AND (account = '' OR account IN `+among(2)+`))`, events, ids(part))
			if err != nil || stale {
				return err
			}
			var values [][]any
			for _, account := range part {
				values = append(values, []any{account, batch, made[account].pack()})
			}
			return t.insertAll("reading_window", "account, batch, body", "ON CONFLICT DO NOTHING", values)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// CheckWindows compares every window of readings with the table, and makes those
// anew that say something else, or aren't there. It answers how many it compared,
// and the accounts whose window was wrong. Opened for reading only, it mends nothing.
func (db *DB) CheckWindows(ctx context.Context) (checked int, wrong []string, err error) {
	accounts, err := db.AccountIDs(ctx)
	if err != nil {
		return 0, nil, err
	}
	for part := range slices.Chunk(accounts, windowsTogether) {
		var bad, missing []string
		err := db.read(ctx, func(r *reader) error {
			right, err := r.windowsFromTable(part)
			if err != nil {
				return err
			}
			loaded, err := r.onlyLoaded()
			if err != nil {
				return err
			}
			have := map[string][]byte{}
			err = each(r, func(x *windowRow) []any { return []any{&x.account, &x.body} }, func(x windowRow) error {
				have[x.account] = x.body
				return nil
			}, "SELECT account, body FROM reading_window WHERE account IN "+among(1)+loaded+" ORDER BY account, batch", ids(part))
			for _, account := range part {
				if body, ok := have[account]; !ok {
					missing = append(missing, account)
				} else if checked++; !bytes.Equal(body, right[account].pack()) {
					bad = append(bad, account)
				}
			}
			return err
		})
		if err != nil {
			return checked, wrong, err
		}
		wrong = append(wrong, bad...)
		if err := db.mendWindows(ctx, bad, missing); err != nil {
			return checked, wrong, err
		}
	}
	return checked, wrong, nil
}

// mendWindows makes windows anew that are wrong, and those that are missing.
func (db *DB) mendWindows(ctx context.Context, wrong, missing []string) error {
	if db.writer == nil {
		return nil
	}
	if len(wrong) > 0 {
		db.log.Warn().Strs("accounts", wrong).Msg("windows of readings are made anew: what they say isn't in the table")
		err := db.bookkeeping(ctx, bulk, "forget windows of readings that are wrong", func(t *tx) error {
			return t.do("DELETE FROM reading_window WHERE account IN "+among(1), ids(wrong))
		})
		if err != nil {
			return err
		}
	}
	return db.rememberWindows(ctx, append(wrong, missing...))
}
