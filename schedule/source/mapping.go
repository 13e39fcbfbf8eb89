package source

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"healthbot/storage/record"
)

// Mapping says how somebody else's file is read. It is made by [ParseMapping]
// alone; what it refers to (their columns, the model's measures) is compared
// with the file and the model when a file is read with it.
type Mapping struct {
	Kind   Kind
	Source string         // "" if it doesn't say
	Zone   *time.Location // nil if it doesn't say

	columns    map[string]*origin // by our name
	measures   []measureOrigin    // for wide files
	ignore     map[string]bool    // their names
	ignoreRest bool
	text       script
}

// origin says where the text of one of our columns comes from and what is done
// to it on the way. A column that a mapping doesn't mention has one, too.
type origin struct {
	column   string // theirs; "" for a constant
	constant string
	values   map[string]string // theirs to ours; "" for empty, others by anyOther
	layout   string            // of dates, "" for the usual ones
	plus     span
	scale    float64 // 0: none
	at       mark    // in the mapping

	// What follows belongs to the plan, which works on a copy.
	field int    // in the line
	last  string // the last text of a date: files are full of repeats
	meant cell
}

// anyOther is the key of a value map for texts that it doesn't name.
const anyOther = "*"

// measureOrigin is one column of a wide file.
type measureOrigin struct {
	origin
	measure string
	per     string // their column to divide by; "" for none
	atID    mark
	atPer   mark
}

// mentions says whether the mapping uses or ignores a column of theirs by name.
func (m *Mapping) mentions(header string) bool {
	if m.ignore[header] {
		return true
	}
	for _, o := range m.columns {
		if o.column != "" && o.column == header {
			return true
		}
	}
	return slices.ContainsFunc(m.measures, func(o measureOrigin) bool { return o.column == header || o.per != "" && o.per == header })
}

// translate applies the value map.
func (o *origin) translate(s string) (string, *fault) {
	if o.values == nil {
		return s, nil
	}
	if v, ok := o.values[s]; ok {
		return v, nil
	}
	if s == "" {
		return "", nil
	}
	if v, ok := o.values[anyOther]; ok {
		return v, nil
	}
	f := &fault{show(s), "a value that the mapping names"}
	if near := nearest(s, keys(o.values)); near != "" {
		f.expected += ", such as " + show(near)
	}
	return "", f
}

// script is the text of a mapping file, kept so that mistakes can show the line
// in question.
type script struct {
	file  string
	lines []string
}

// mark is a place in a script, counted from 1.
type mark struct{ line, column int }

// mistake is one thing wrong with a mapping, and where.
type mistake struct {
	at   mark
	what string
}

// error reports all mistakes in the order of the file, each with its line and a
// caret under the place.
func (s script) error(ms []mistake) error {
	const most = 20
	slices.SortStableFunc(ms, func(a, b mistake) int {
		return cmp.Or(cmp.Compare(a.at.line, b.at.line), cmp.Compare(a.at.column, b.at.column))
	})
	var b strings.Builder
	fmt.Fprintf(&b, "The mapping %s has %s, so nothing was loaded.", s.file, plural(len(ms), "mistake"))
	for i, m := range ms {
		if i == most {
			fmt.Fprintf(&b, "\n… and %d more", len(ms)-most)
			break
		}
		fmt.Fprintf(&b, "\n%s:%d:%d: %s", s.file, m.at.line, m.at.column, m.what)
		s.caret(&b, m.at)
	}
	return record.Errorf(record.Invalid, "%s", b.String())
}

// caret quotes the line of a mark and points at its place. A long line is shown
// around the place only, and one with a secret isn't shown at all.
func (s script) caret(b *strings.Builder, at mark) {
	const before, width = 40, 80
	if at.line < 1 || at.line > len(s.lines) {
		return
	}
	line := []rune(strings.ToValidUTF8(s.lines[at.line-1], "\uFFFD"))
	col := min(max(at.column, 1)-1, len(line))
	from := 0
	if len(line) > width {
		from = max(0, col-before)
	}
	to := min(len(line), from+width)
	if record.HasSecret(string(line[max(0, from-width):])) {
		return
	}
	for i, r := range line[from:to] {
		if !unicode.IsPrint(r) {
			line[from+i] = ' ' // a tab is one column, as the position counts it
		}
	}
	fmt.Fprintf(b, "\n%6d | %s\n%6s | %s^", at.line, strings.TrimRight(string(line[from:to]), " "), "", strings.Repeat(" ", col-from))
}

// plural words a count: "1 mistake", "2 mistakes".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return grouped(n) + " " + noun + "s"
}
