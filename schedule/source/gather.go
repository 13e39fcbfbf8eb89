package source

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"healthbot/storage/record"
)

// gatherer collects the rows of one file and finds those that contradict each
// other: the same key with two values. Nobody can tell which is right, so both
// lines are refused.
type gatherer struct {
	out      record.Batch
	zone     *time.Location
	sourceAt int // the line that named the source; 0: the caller did

	lines []int // of each reading, account or fact, whichever the file holds
	bad   map[int]bool

	ids      map[string]uint32 // interned texts
	names    []string
	readAt   map[readingKey]place
	factAt   map[string]place
	accounts map[accountKey]place
}

// readingKey is a reading's key within one file, whose source is one.
type readingKey struct {
	account, measure uint32
	at               int64
}

// accountKey lets a file tell an account's history, one row for each time at
// which it was known.
type accountKey struct {
	id string
	at time.Time
}

// place is where the first row with a key went. Once contradicted, every other
// row with the key is refused, too.
type place struct {
	row   int
	wrong bool
}

func newGatherer(file, source string, zone *time.Location) *gatherer {
	return &gatherer{out: record.Batch{File: file, Source: source}, zone: zone, bad: map[int]bool{}, ids: map[string]uint32{},
		readAt: map[readingKey]place{}, factAt: map[string]place{}, accounts: map[accountKey]place{}}
}

// refuse keeps the first refusal of a line; one row is refused once.
func (g *gatherer) refuse(line int, r record.Refused) {
	if g.bad[line] {
		return
	}
	g.bad[line] = true
	r.Where.File = g.out.File
	g.out.Refused = append(g.out.Refused, r)
}

// from checks that a file has one source.
func (g *gatherer) from(name string, line int) *fault {
	switch {
	case name == g.out.Source && name != "" || name == "" && g.out.Source != "":
		return nil
	case name == "":
		return &fault{"an empty field", "the name of the system that it comes from"}
	case g.out.Source == "":
		if f := checkSource(name); f != nil {
			return f
		}
		g.out.Source, g.sourceAt = strings.Clone(name), line
		return nil
	case g.sourceAt != 0:
		return &fault{show(name), fmt.Sprintf("%s, as on line %d: one file, one source", show(g.out.Source), g.sourceAt)}
	}
	return &fault{show(name), show(g.out.Source) + ", the source that was named for this file"}
}

// intern keeps one copy of a text that repeats, and not the line it stood in.
func (g *gatherer) intern(s string) string { return g.names[g.id(s)] }

func (g *gatherer) id(s string) uint32 {
	n, ok := g.ids[s]
	if !ok {
		s = strings.Clone(s)
		n = uint32(len(g.names))
		g.ids[s], g.names = n, append(g.names, s)
	}
	return n
}

func (g *gatherer) readings(line int, rows []record.ReadingRow) {
	for _, r := range rows {
		k := readingKey{g.id(r.Account), g.id(r.Measure), r.ObservedAt.UnixMilli()}
		at, known := g.readAt[k]
		if !known {
			g.readAt[k] = place{row: len(g.lines)}
		}
		g.out.Readings = add(g.out.Readings, r)
		g.lines = append(g.lines, line)
		if !known {
			continue
		}
		if old := g.out.Readings[at.row]; at.wrong || old.Value != r.Value {
			g.readAt[k] = place{at.row, true}
			expected := fmt.Sprintf("one value for %s, %s at %s", show(r.Account), r.Measure, r.ObservedAt.In(g.zone).Format("2006-01-02 15:04"))
			g.contradict(at.row, old.Where, line, r.Where, plainNumber(old.Value), plainNumber(r.Value), expected)
		}
	}
}

func (g *gatherer) fact(r record.FactRow) {
	at, known := g.factAt[r.ExternalID]
	if !known {
		g.factAt[r.ExternalID] = place{row: len(g.lines)}
	}
	g.out.Facts = add(g.out.Facts, r)
	g.lines = append(g.lines, r.Where.Line)
	if !known {
		return
	}
	if old := g.out.Facts[at.row]; at.wrong || !sameFact(old, r) {
		g.factAt[r.ExternalID] = place{at.row, true}
		was, is := difference(said(old), said(r))
		g.contradict(at.row, old.Where, r.Where.Line, r.Where, was, is, fmt.Sprintf("one %s with id %s", r.Kind, show(r.ExternalID)))
	}
}

func (g *gatherer) account(r record.AccountRow) {
	k := accountKey{r.ID, r.ReceivedAt}
	at, known := g.accounts[k]
	if !known {
		g.accounts[k] = place{row: len(g.lines)}
	}
	g.out.Accounts = add(g.out.Accounts, r)
	g.lines = append(g.lines, r.Where.Line)
	if !known {
		return
	}
	if old := g.out.Accounts[at.row]; at.wrong || !maps.Equal(old.Values, r.Values) {
		g.accounts[k] = place{at.row, true}
		was, is := difference(attributes(old), attributes(r))
		g.contradict(at.row, old.Where, r.Where.Line, r.Where, was, is, "one row for account "+show(r.ID))
	}
}

// contradict refuses two lines; each names the other. The older one may have
// been refused already, against a third.
func (g *gatherer) contradict(oldRow int, old record.Where, line int, here record.Where, was, is, expected string) {
	oldLine := g.lines[oldRow]
	found := func(mine, theirs string, other int) string {
		if mine == theirs {
			return fmt.Sprintf("the same as on line %d, which another line contradicts", other)
		}
		return fmt.Sprintf("%s here and %s on line %d", mine, theirs, other)
	}
	g.refuse(oldLine, record.Refused{Where: old, Found: found(was, is, line), Expected: expected})
	g.refuse(line, record.Refused{Where: here, Found: found(is, was, oldLine), Expected: expected})
}

// batch is what is left when the contradicted lines are taken out.
func (g *gatherer) batch() record.Batch {
	b := g.out
	b.Accounts = keep(b.Accounts, g.lines, g.bad)
	b.Readings = keep(b.Readings, g.lines, g.bad)
	b.Facts = keep(b.Facts, g.lines, g.bad)
	slices.SortStableFunc(b.Refused, func(x, y record.Refused) int {
		return cmp.Or(cmp.Compare(x.Where.Line, y.Where.Line), cmp.Compare(x.Where.Column, y.Where.Column))
	})
	return b
}

// add appends and doubles what is too small: rows are large, and append's own
// growth would copy each of them four times in a file of a million.
func add[T any](rows []T, r T) []T {
	if len(rows) == cap(rows) {
		rows = slices.Grow(rows, max(len(rows), 256))
	}
	return append(rows, r)
}

// keep drops the rows of bad lines, in place.
func keep[T any](rows []T, lines []int, bad map[int]bool) []T {
	if len(bad) == 0 {
		return rows
	}
	out := rows[:0]
	for i, r := range rows {
		if !bad[lines[i]] {
			out = append(out, r)
		}
	}
	clear(rows[len(out):])
	return out
}
