package storage

import (
	"context"
	"sync"

	"healthbot/storage/record"
)

// finder keeps the index of account names in memory: answering a misspelt name from
// it takes a fraction of a millisecond, from the database tens.
type finder struct {
	mu    sync.Mutex
	loads int64 // how many imports it has seen; accounts appear, and are renamed, by import alone
	names *names
}

// Find looks accounts up by id or name. A whole id or name, or a beginning that
// only one account has, comes first and is marked exact. Others that begin so come
// after it; without an exact one, the nearest follow.
func (db *DB) Find(ctx context.Context, query string, most int) (out []record.Match, err error) {
	err = db.read(ctx, func(r *reader) error {
		names, err := db.finder.current(r)
		if err != nil {
			return err
		}
		out = names.find(query, most)
		return nil
	})
	return out, err
}

// current is the index of the state that the transaction sees. It is made anew
// when something was loaded since, by whichever process.
func (f *finder) current(r *reader) (*names, error) {
	loads, err := r.loads()
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	names, fresh := f.names, f.names != nil && f.loads == loads
	f.mu.Unlock()
	if fresh {
		return names, nil
	}
	entries, err := list(r, func(x *named) []any { return []any{&x.id, &x.name} }, "SELECT id, name FROM account")
	if err != nil {
		return nil, err
	}
	names = indexNames(entries)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.names == nil || loads > f.loads { // a slower reader may come with an older state
		f.names, f.loads = names, loads
	}
	return names, nil
}
