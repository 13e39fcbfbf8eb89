package storage

import (
	"fmt"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// accounts begins the inputs: at each moment the attributes as they were received
// last by then, whichever source brought them.
func (g *gathering) accounts() error {
	if !g.windows {
		return g.accountsFromHistory(g.asked)
	}
	rest, err := g.accountsUnchanged()
	if err != nil || len(rest) == 0 {
		return err
	}
	return g.accountsFromHistory(ids(rest))
}

// accountsUnchanged begins the inputs of accounts of which nothing was received
// since the first moment, one row for each, and answers with the others. What an
// account is now is kept beside its history, and then it was the same all along.
func (g *gathering) accountsUnchanged() (rest []string, err error) {
	type row struct {
		record.Account
		received int64
	}
	room := make([]scoring.Input, 0, len(g.place)*len(g.at))
	unchanged := map[string]bool{}
	err = each(g.reader, func(x *row) []any {
		return []any{&x.ID, &x.Segment, &x.Stage, &x.Seats, scanDay{&x.StartedOn}, scanDay{&x.RenewalOn}, &x.received}
	}, func(x row) error {
		if x.received > g.first() {
			return nil
		}
		unchanged[x.ID] = true
		from := len(room)
		for _, at := range g.moments {
			room = append(room, scoring.Input{Now: at, Account: x.Scoring(at)})
		}
		g.out[g.place[x.ID]] = room[from:len(room):len(room)]
		return nil
	}, `SELECT id, segment, stage, seats, started_on, renewal_on, (SELECT COALESCE(max(received_at), $2) FROM account_attribute WHERE account = ac.id)
		FROM account ac WHERE id IN `+among(1), g.asked, g.last()+1)
	for id := range g.place {
		if !unchanged[id] {
			rest = append(rest, id)
		}
	}
	return rest, err
}

// attributeSaid is an attribute's value from the time at which it was received.
type attributeSaid struct {
	attr     record.Attribute
	value    string
	received int64
}

// accountsFromHistory begins the inputs of accounts from all that was said of them.
func (g *gathering) accountsFromHistory(asked string) error {
	type row struct {
		account string
		attributeSaid
	}
	var of string // the account that said is about
	var said []attributeSaid
	err := each(g.reader, func(x *row) []any { return []any{&x.account, &x.attr, &x.value, &x.received} }, func(x row) error {
		if of != x.account {
			if err := g.accountAt(of, said); err != nil {
				return err
			}
			of, said = x.account, said[:0]
		}
		said = append(said, x.attributeSaid)
		return nil
	}, "SELECT account, attribute, value, received_at FROM account_attribute WHERE account IN "+among(1)+" AND received_at <= $2"+g.loaded+
		" ORDER BY account, attribute, received_at, n", asked, g.last())
	if err != nil {
		return err
	}
	return g.accountAt(of, said)
}

// accountAt begins an account's inputs from what was said of it, of each attribute
// the latest received last.
func (g *gathering) accountAt(id string, said []attributeSaid) error {
	place, ok := g.place[id]
	if !ok || len(said) == 0 {
		return nil
	}
	inputs := make([]scoring.Input, 0, len(g.at))
	for i, at := range g.at {
		a, known := record.Account{ID: id}, false
		for _, x := range said {
			if x.received > at {
				continue
			}
			known = true
			if err := setAttribute(&a, x.attr, x.value); err != nil {
				return fmt.Errorf("account %s: %w", id, err)
			}
		}
		if known {
			inputs = append(inputs, scoring.Input{Now: g.moments[i], Account: a.Scoring(g.moments[i])})
		}
	}
	g.out[place] = inputs
	return nil
}
