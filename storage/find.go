package storage

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"healthbot/storage/record"
)

// names is the index of account names in memory: answering a misspelt name from
// it takes a fraction of a millisecond, from the database tens.
type names struct {
	mu       sync.Mutex
	loads    int64 // how many imports it has seen; accounts appear by import alone
	built    bool
	entries  []named
	trigrams map[string][]int // positions in entries
}

type named struct {
	id, name   string
	foldedID   string
	foldedName string
	size       int // number of different trigrams of the name
}

// Find looks accounts up by id or name. A whole id or name, or a beginning that
// only one account has, comes first and is marked exact. Others that begin so come
// after it; without an exact one, the nearest by shared trigrams follow.
func (db *DB) Find(ctx context.Context, query string, most int) (out []record.Match, err error) {
	err = db.read(ctx, func(r *reader) error {
		if err := db.names.refresh(r); err != nil {
			return err
		}
		out = db.names.find(query, most)
		return nil
	})
	return out, err
}

// refresh rebuilds the index when accounts were loaded since, by whichever
// process.
func (n *names) refresh(r *reader) error {
	loads, err := r.loads()
	if err != nil {
		return err
	}
	n.mu.Lock()
	fresh := n.built && n.loads == loads
	n.mu.Unlock()
	if fresh {
		return nil
	}
	entries, err := list(r, func(x *named) []any { return []any{&x.id, &x.name} }, "SELECT id, name FROM account ORDER BY name, id")
	if err != nil {
		return err
	}
	trigrams := map[string][]int{}
	for i := range entries {
		e := &entries[i]
		e.foldedID, e.foldedName = fold(e.id), fold(e.name)
		for _, t := range trigramsOf(e.foldedName) {
			trigrams[t] = append(trigrams[t], i)
			e.size++
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.built || loads > n.loads { // a slower reader may come with an older state
		n.entries, n.trigrams, n.loads, n.built = entries, trigrams, loads, true
	}
	return nil
}

func (n *names) find(query string, most int) []record.Match {
	n.mu.Lock()
	entries, trigrams := n.entries, n.trigrams // replaced as a whole, never changed
	n.mu.Unlock()
	q := fold(query)
	if q == "" || most <= 0 {
		return nil
	}
	var whole, begins []int
	for i, e := range entries {
		switch {
		case e.foldedID == q || e.foldedName == q:
			whole = append(whole, i)
		case strings.HasPrefix(e.foldedName, q) || strings.HasPrefix(e.foldedID, q):
			begins = append(begins, i)
		}
	}
	if len(whole) == 0 && len(begins) == 1 {
		whole, begins = begins, nil
	}
	var out []record.Match
	seen := map[int]bool{}
	add := func(exact bool, list ...int) {
		for _, i := range list {
			if !seen[i] && len(out) < most {
				seen[i] = true
				out = append(out, record.Match{ID: entries[i].id, Name: entries[i].name, Exact: exact})
			}
		}
	}
	add(true, whole...)
	add(false, begins...)
	if len(whole) == 0 {
		add(false, nearest(entries, trigrams, q)...)
	}
	return out
}

// nearest orders entries by the share of trigrams that they have in common with
// the query (Dice), those with nothing to speak of left out.
func nearest(entries []named, trigrams map[string][]int, q string) []int {
	const least = 0.2
	mine := trigramsOf(q)
	common := map[int]int{}
	for _, t := range mine {
		for _, i := range trigrams[t] {
			common[i]++
		}
	}
	likeness := func(i int) float64 { return 2 * float64(common[i]) / float64(len(mine)+entries[i].size) }
	var out []int
	for i := range common {
		if likeness(i) >= least {
			out = append(out, i)
		}
	}
	slices.SortFunc(out, func(a, b int) int {
		return cmp.Or(cmp.Compare(likeness(b), likeness(a)), cmp.Compare(entries[a].name, entries[b].name), cmp.Compare(entries[a].id, entries[b].id))
	})
	return out
}

// fold makes texts comparable: lower case, single blanks.
func fold(s string) string { return strings.Join(strings.Fields(strings.ToLower(s)), " ") }

// trigramsOf lists the different runs of three letters, with the ends marked so
// that short names have some and beginnings count.
func trigramsOf(folded string) []string {
	letters := []rune("  " + folded + " ")
	seen := map[string]bool{}
	var out []string
	for i := 0; i+3 <= len(letters); i++ {
		if t := string(letters[i : i+3]); !seen[t] {
			seen[t] = true
			out = append(out, t)
		}
	}
	return out
}
