package storage

import (
	"cmp"
	"encoding/binary"
	"slices"
	"sort"
	"strings"
	"sync"

	"healthbot/storage/record"
)

// named is an account as a person may call it.
type named struct{ id, name string }

// names finds accounts by what a person types. It is made once, never changed, and
// small: texts stand in one string each, and the list of a trigram takes little more
// than a byte an entry, about ten megabytes for a hundred thousand accounts.
type names struct {
	ids, names        texts
	foldedIDs, folded texts    // as they are compared
	sizes             []uint8  // how many different trigrams a name has
	byID              []uint32 // entries in the order of folded ids; entries themselves stand in that of folded names
	keys              []uint64 // trigrams, sorted
	begins            []uint32 // where their lists begin in lists; one more for the end
	lists             []byte   // of entries, as distances
	counters          sync.Pool
}

// texts are many strings in one.
type texts struct {
	all    string
	begins []uint32
}

func newTexts(n int, text func(i int) string) texts {
	var b strings.Builder
	t := texts{begins: make([]uint32, n+1)}
	for i := range n {
		t.begins[i] = uint32(b.Len())
		b.WriteString(text(i))
	}
	t.begins[n] = uint32(b.Len())
	t.all = strings.Clone(b.String())
	return t
}

func (t texts) at(i int) string { return t.all[t.begins[i]:t.begins[i+1]] }

// mostTrigrams of a name or a query are looked at: what a counter of seven bits holds.
const mostTrigrams = 127

func indexNames(entries []named) *names {
	folded := make([]string, len(entries))
	order := make([]int, len(entries))
	for i, e := range entries {
		folded[i], order[i] = fold(e.name), i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(strings.Compare(folded[a], folded[b]), strings.Compare(entries[a].name, entries[b].name), strings.Compare(entries[a].id, entries[b].id))
	})
	count := len(entries)
	n := &names{sizes: make([]uint8, count), byID: make([]uint32, count),
		ids:       newTexts(count, func(i int) string { return entries[order[i]].id }),
		names:     newTexts(count, func(i int) string { return entries[order[i]].name }),
		foldedIDs: newTexts(count, func(i int) string { return fold(entries[order[i]].id) }),
		folded:    newTexts(count, func(i int) string { return folded[order[i]] })}
	n.counters.New = func() any { c := make([]uint8, (count+7)/8*8); return &c }
	for i := range n.byID {
		n.byID[i] = uint32(i)
	}
	slices.SortStableFunc(n.byID, func(a, b uint32) int { return strings.Compare(n.foldedIDs.at(int(a)), n.foldedIDs.at(int(b))) })

	type list struct {
		packed []byte
		last   int
	}
	lists := map[uint64]*list{}
	var mine []uint64
	for i := range count {
		mine = trigramsOf(n.folded.at(i), mine)
		n.sizes[i] = uint8(len(mine))
		for _, t := range mine {
			l, ok := lists[t]
			if !ok {
				l = &list{}
				lists[t] = l
			}
			l.packed = binary.AppendUvarint(l.packed, uint64(i-l.last))
			l.last = i
		}
	}
	size := 0
	for t, l := range lists {
		n.keys = append(n.keys, t)
		size += len(l.packed)
	}
	slices.Sort(n.keys)
	n.lists = make([]byte, 0, size)
	for _, t := range n.keys {
		n.begins = append(n.begins, uint32(len(n.lists)))
		n.lists = append(n.lists, lists[t].packed...)
	}
	n.begins = append(n.begins, uint32(len(n.lists)))
	return n
}

func (n *names) find(query string, most int) []record.Match {
	q := fold(query)
	if q == "" || most <= 0 {
		return nil
	}
	whole, begins := n.beginning(q, most)
	var out []record.Match
	seen := make(map[int]bool, most)
	add := func(exact bool, list ...int) {
		for _, i := range list {
			if !seen[i] && len(out) < most {
				seen[i] = true
				out = append(out, record.Match{ID: n.ids.at(i), Name: n.names.at(i), Exact: exact})
			}
		}
	}
	add(true, whole...)
	add(false, begins...)
	if len(whole) == 0 && len(out) < most {
		add(false, n.nearest(q, most)...)
	}
	return out
}

// beginning finds what is called so, whole or by a beginning that nobody else has,
// and the first of the others that begin so.
func (n *names) beginning(q string, most int) (whole, begins []int) {
	count := len(n.sizes)
	add := func(i int, text string) {
		if text == q {
			whole = append(whole, i)
		} else if len(begins) < most+1 && !slices.Contains(begins, i) { // one more tells whether there are others
			begins = append(begins, i)
		}
	}
	from := sort.Search(count, func(i int) bool { return n.folded.at(i) >= q })
	for i := from; i < count && strings.HasPrefix(n.folded.at(i), q) && len(begins) <= most; i++ {
		add(i, n.folded.at(i))
	}
	enough := len(begins) + most + 1
	from = sort.Search(count, func(i int) bool { return n.foldedIDs.at(int(n.byID[i])) >= q })
	for i := from; i < count && len(begins) < enough; i++ {
		e := int(n.byID[i])
		if !strings.HasPrefix(n.foldedIDs.at(e), q) {
			break
		}
		add(e, n.foldedIDs.at(e))
	}
	slices.Sort(whole)
	whole = slices.Compact(whole)
	begins = slices.DeleteFunc(begins, func(i int) bool { return slices.Contains(whole, i) })
	slices.Sort(begins)
	if len(whole) == 0 && len(begins) == 1 {
		whole, begins = begins, nil
	}
	return whole, begins
}
