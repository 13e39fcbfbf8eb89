package storage

import (
	"context"
	"fmt"
	"strings"
	"time"

	"healthbot/scoring"
)

// Inputs gathers what was known of accounts at a moment: attributes, readings
// and facts received by then, in the revision that was the latest then, and the
// state that the week before handed on. It answers in the order asked; an account
// that nobody had heard of by then is left out.
func (db *DB) Inputs(ctx context.Context, accounts []string, asOf time.Time) (out []scoring.Input, err error) {
	err = db.read(ctx, func(r *reader) error {
		out, err = r.inputs(accounts, asOf)
		return err
	})
	return out, err
}

// InputsAt is Inputs for several moments, oldest first, and for a great many
// accounts: every row is read once, and readings from windows, as far as they reach.
// A reading that isn't the newest of its series may come without its evidence. It
// answers for each account asked with the inputs of the moments by which it was known.
func (db *DB) InputsAt(ctx context.Context, accounts []string, moments []time.Time) (out [][]scoring.Input, err error) {
	var without, broken []string
	err = db.read(ctx, func(r *reader) error {
		g, err := r.gathering(accounts, moments)
		if err != nil {
			return err
		}
		g.windows = true
		out, err = g.all()
		without, broken = g.without, g.broken
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, db.mendWindows(ctx, broken, without)
}

// inputs are read from the tables alone, so that scores computed again owe nothing
// to a cache.
func (r *reader) inputs(accounts []string, asOf time.Time) ([]scoring.Input, error) {
	g, err := r.gathering(accounts, []time.Time{asOf})
	if err != nil {
		return nil, err
	}
	each, err := g.all()
	out := make([]scoring.Input, 0, len(each))
	for _, known := range each {
		out = append(out, known...)
	}
	return out, err
}

func (g *gathering) all() ([][]scoring.Input, error) {
	for _, step := range []func() error{g.accounts, g.syncs, g.readings, g.facts, g.said, g.carried} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return g.out, nil
}

// gathering collects the inputs of some accounts at some moments. Its steps read
// the tables in the order of their keys, once, from what counted at the first
// moment to what was received by the last, with a few queries however many
// accounts there are; what counted at each moment in between is decided here.
type gathering struct {
	*reader
	moments []time.Time // oldest first, in the office's zone: stages turn at its midnight
	at      []int64     // the same, as they are stored
	asked   string      // the accounts, for [among]
	place   map[string]int
	out     [][]scoring.Input // by place; of the moments by which the account was known
	loaded  string            // condition that leaves out rows of imports that aren't done
	windows bool              // readings come from windows, as far as they reach
	without []string          // accounts that have none
	broken  []string          // accounts whose window can't be read
}

func (r *reader) gathering(accounts []string, moments []time.Time) (*gathering, error) {
	g := &gathering{reader: r, asked: ids(accounts), place: make(map[string]int, len(accounts)), out: make([][]scoring.Input, len(accounts))}
	for i, m := range moments {
		if i > 0 && m.Before(moments[i-1]) {
			return nil, fmt.Errorf("inputs of %s are asked for after those of %s", m, moments[i-1])
		}
		g.moments, g.at = append(g.moments, m.In(r.zone())), append(g.at, m.UnixMilli())
	}
	for i, id := range accounts {
		g.place[id] = i
	}
	var err error
	g.loaded, err = r.onlyLoaded()
	return g, err
}

// onlyLoaded is what the views of known rows say, for a query that reads a great
// many: mostly there is nothing to leave out, and then nothing is asked of a row.
func (r *reader) onlyLoaded() (string, error) {
	unloaded, err := list(r, column[string], "SELECT CAST(n AS TEXT) FROM batch WHERE loaded_at IS NULL AND copied >= 0")
	if err != nil || len(unloaded) == 0 {
		return "", err
	}
	return " AND batch NOT IN (" + strings.Join(unloaded, ", ") + ")", nil
}

func (g *gathering) first() int64 { return g.at[0] }
func (g *gathering) last() int64  { return g.at[len(g.at)-1] }

// inputs are an account's, with the index of the moment of the first one; none for
// evidence that came before its account.
func (g *gathering) inputs(account string) (in []scoring.Input, from int) {
	i, ok := g.place[account]
	if !ok {
		return nil, len(g.at)
	}
	return g.out[i], len(g.at) - len(g.out[i])
}

// syncs tells the inputs, for each kind of fact, the last complete sync by then
// of any source that delivers it.
func (g *gathering) syncs() error {
	type sync struct {
		kind scoring.FactKind
		at   time.Time
	}
	into := func(x *sync) []any { return []any{&x.kind, g.instant(&x.at)} }
	const facts = "kind IN ('milestone', 'ticket', 'invoice', 'contact', 'touch')"
	then, err := list(g.reader, into, "SELECT kind, max(at) FROM sync_known WHERE at <= $1 AND "+facts+" GROUP BY kind", g.first())
	if err != nil {
		return err
	}
	if len(g.at) > 1 {
		since, err := list(g.reader, into, "SELECT kind, at FROM sync_known WHERE at > $1 AND at <= $2 AND "+facts+" ORDER BY at", g.first(), g.last())
		if err != nil {
			return err
		}
		then = append(then, since...)
	}
	for i, moment := range g.moments {
		synced := make(map[scoring.FactKind]time.Time, len(scoring.FactKinds))
		for _, x := range then {
			if !x.at.After(moment) {
				synced[x.kind] = x.at
			}
		}
		for _, in := range g.out {
			if j := i - (len(g.at) - len(in)); j >= 0 {
				in[j].Synced = synced
			}
		}
	}
	return nil
}

// said adds what people had said by each moment and what still stood.
func (g *gathering) said() error {
	for i, moment := range g.moments {
		err := g.saidAsOf(g.asked, moment, func(account string) *scoring.Input {
			if in, from := g.inputs(account); i >= from {
				return &in[i-from]
			}
			return &scoring.Input{} // said before anything was known of the account
		})
		if err != nil {
			return err
		}
	}
	return nil
}
