package storage

import (
	"cmp"
	"slices"
	"sync"

	"healthbot/scoring"
)

// stakes are what the accounts are worth in one currency, and which are in the top
// fifth of their segment. Every score needs one of them, and each follows from all
// accounts, so they are kept until an import brings others.
type stakes struct {
	mu     sync.Mutex
	loads  int64 // how many imports they have seen
	loaded bool
	of     map[string]scoring.Stakes // replaced as a whole, never changed
}

// stakes are those of the state that the transaction sees.
func (r *reader) stakes() (map[string]scoring.Stakes, error) {
	loads, err := r.loads()
	if err != nil {
		return nil, err
	}
	k := r.kept
	k.mu.Lock()
	of, fresh := k.of, k.loaded && k.loads == loads
	k.mu.Unlock()
	if fresh {
		return of, nil
	}
	if of, err = r.countStakes(); err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.loaded || loads > k.loads { // a slower reader may come with an older state
		k.of, k.loads, k.loaded = of, loads, true
	}
	return of, nil
}

// loads counts the imports that are done: accounts appear, and are worth something
// else, by import alone.
func (r *reader) loads() (int64, error) {
	return value[int64](r, "SELECT count(*) FROM batch WHERE loaded_at IS NOT NULL")
}

// countStakes goes through all accounts.
func (r *reader) countStakes() (map[string]scoring.Stakes, error) {
	type row struct {
		id, segment, currency string
		arr                   float64
	}
	rows, err := list(r, func(x *row) []any { return []any{&x.id, &x.segment, &x.arr, &x.currency} },
		"SELECT id, segment, arr, currency FROM account WHERE stage <> $1", string(scoring.Churned))
	if err != nil {
		return nil, err
	}
	members, amounts := map[string]int{}, map[string]int{}
	for _, x := range rows {
		members[x.segment]++
		if x.arr > 0 {
			amounts[x.currency]++
		}
	}
	money := r.rules.Policy.Currencies.Over(amounts)
	out := make(map[string]scoring.Stakes, len(rows))
	for _, x := range rows {
		arr, ok := money.InBase(x.arr, x.currency)
		out[x.id] = scoring.Stakes{ARR: arr, Currency: money.Base, NoRate: !ok && x.arr > 0}
	}
	slices.SortFunc(rows, func(a, b row) int { // the largest first; ids decide between equals
		return cmp.Or(cmp.Compare(a.segment, b.segment), cmp.Compare(out[b.id].ARR, out[a.id].ARR), cmp.Compare(a.id, b.id))
	})
	rank := 0
	for i, x := range rows {
		if i == 0 || rows[i-1].segment != x.segment {
			rank = 0
		}
		rank++
		s := out[x.id]
		s.Top = s.ARR > 0 && 5*rank <= members[x.segment]
		out[x.id] = s
	}
	return out, nil
}
