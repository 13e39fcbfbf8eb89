package storage

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
)

const (
	// leastLikeness is the share of common trigrams (Dice) below which a name has
	// nothing to speak of in common with a query.
	leastLikeness = 0.2
	// closelyRead is how many of the likest names are compared letter by letter. One
	// wrong letter costs a short name most of its trigrams, so that strangers may
	// share more of them.
	closelyRead = 64
	// few letters differ in a misspelt name: one in a short query, two in a longer.
	few, longQuery = 2, 8
	manyTrigrams   = 12
)

// likely is a name that shares trigrams with a query.
type likely struct {
	entry    int
	likeness float32
	apart    int // letters that differ; few+1 for more than a slip
}

func (a likely) compare(b likely) int {
	return cmp.Or(cmp.Compare(a.apart, b.apart), cmp.Compare(b.likeness, a.likeness), cmp.Compare(a.entry, b.entry))
}

// nearest finds the names that a query may mean: first those that are a slip away,
// then those that share most trigrams with it.
func (n *names) nearest(q string, most int) []int {
	mine := trigramsOf(q, nil)
	counters := n.counters.Get().(*[]uint8)
	common := *counters
	for _, t := range mine {
		k, ok := slices.BinarySearch(n.keys, t)
		if !ok {
			continue
		}
		entry := 0
		for list := n.lists[n.begins[k]:n.begins[k+1]]; len(list) > 0; {
			step, size := uint64(list[0]), 1
			if step >= 0x80 {
				step, size = binary.Uvarint(list)
			}
			entry += int(step)
			common[entry]++
			list = list[size:]
		}
	}
	// A slip leaves a longer query most of its trigrams: looking at names that have
	// half of them is enough, unless nobody has.
	var pool []likely
	if len(mine) >= manyTrigrams {
		pool = n.likest(common, len(mine), len(mine)/2, max(most, closelyRead))
	}
	if len(pool) < most {
		pool = n.likest(common, len(mine), int(leastLikeness/2*float64(len(mine))), max(most, closelyRead))
	}
	clear(common)
	n.counters.Put(counters)

	letters := []rune(q)
	slips := few
	if len(letters) < longQuery {
		slips = 1
	}
	for i := range pool {
		if pool[i].apart = distance(letters, n.folded.at(pool[i].entry), slips); pool[i].apart > slips {
			pool[i].apart = few + 1
		}
	}
	slices.SortFunc(pool, likely.compare)
	var out []int
	for _, x := range pool[:min(len(pool), most)] {
		out = append(out, x.entry)
	}
	return out
}

// likest keeps the names that share the most trigrams: at least needed, of so many
// of the query.
func (n *names) likest(common []uint8, of, needed, most int) []likely {
	pool := make([]likely, 0, 4*most)
	least := float32(leastLikeness)
	cut := func() {
		slices.SortFunc(pool, likely.compare)
		if len(pool) > most {
			pool = pool[:most]
			least = pool[most-1].likeness
		}
	}
	// Eight counters at a time: adding what is missing to 128 lifts the highest bit of
	// those that have enough. No counter has that bit before.
	needed = max(needed, 1)
	lift := 0x0101010101010101 * uint64(128-needed)
	for i := 0; i < len(common); i += 8 {
		if (binary.LittleEndian.Uint64(common[i:])+lift)&0x8080808080808080 == 0 {
			continue
		}
		for j, k := range common[i : i+8] {
			if int(k) < needed {
				continue
			}
			if likeness := 2 * float32(k) / float32(of+int(n.sizes[i+j])); likeness >= least {
				if pool = append(pool, likely{entry: i + j, likeness: likeness}); len(pool) == cap(pool) {
					cut()
				}
			}
		}
	}
	cut()
	return pool
}

// distance counts the letters by which two texts differ: left out, put in, wrong, or
// two that changed places. Above most it only says that it is more.
func distance(a []rune, text string, most int) int {
	const longest = 64
	b := []rune(text)
	if len(a) > longest || len(b) > longest || len(a)-len(b) > most || len(b)-len(a) > most {
		return most + 1
	}
	var rows [3][longest + 1]int
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		best := i
		for j := 1; j <= len(b); j++ {
			wrong := 1
			if a[i-1] == b[j-1] {
				wrong = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+wrong)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			best = min(best, row[j])
		}
		if best > most {
			return most + 1
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// fold makes texts comparable: lower case, single blanks.
func fold(s string) string { return strings.Join(strings.Fields(strings.ToLower(s)), " ") }

// trigramsOf lists the different runs of three letters, sorted, with the ends marked
// so that short names have some and beginnings count.
func trigramsOf(folded string, into []uint64) []uint64 {
	into = into[:0]
	const letter = 21 // bits
	run := uint64(' ')<<letter | ' '
	add := func(r rune) {
		run = run<<letter&(1<<(3*letter)-1) | uint64(r)
		into = append(into, run)
	}
	for _, r := range folded {
		add(r)
	}
	add(' ')
	slices.Sort(into)
	into = slices.Compact(into)
	return into[:min(len(into), mostTrigrams)]
}
