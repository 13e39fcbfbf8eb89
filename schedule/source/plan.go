package source

import (
	"cmp"
	"slices"
	"strings"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// plan is a header, a mapping and a kind brought together: for each of our
// columns where in a line its text stands. It is made once per file.
type plan struct {
	kind     Kind
	columns  []column
	from     []*origin // by column; nil: the file doesn't say it
	measures []wideMeasure
	width    int // fields in a line
	headers  []string
	clock    clock
	model    map[string]scoring.Measure
	ids      []string // of the model's measures, for the nearest one
	byName   map[string]int

	cells []cell              // of the row being read
	made  []record.ReadingRow // by the row being read
}

// wideMeasure is a column of a wide file that holds a measure.
type wideMeasure struct {
	*measureOrigin
	model scoring.Measure
	per   int // field to divide by; -1 for none
}

// headerAt is the header line with the position of each of its fields.
type headerAt struct {
	names []string
	where func(field int) record.Where
	open  bool // there is no such line: each row names what it has, out of these
}

// drawPlan matches a header with a kind's columns and a mapping. It returns all
// faults of the header at once; mistakes of the mapping, seen only now that
// there is a file, are an error of their own.
func drawPlan(k Kind, m *Mapping, h headerAt, t clock, model scoring.Model) (*plan, []record.Refused, error) {
	n := len(columns[k])
	p := &plan{kind: k, columns: columns[k], from: make([]*origin, n), cells: make([]cell, n), byName: make(map[string]int, n),
		width: len(h.names), headers: h.names, clock: t, model: map[string]scoring.Measure{}}
	for i, c := range p.columns {
		p.byName[c.name] = i
	}
	for _, x := range model.Measures {
		p.model[x.ID] = x
		p.ids = append(p.ids, x.ID)
	}
	used := make([]bool, len(h.names))
	if m != nil {
		if ms := p.apply(m, h.names, used); len(ms) > 0 {
			return nil, nil, m.text.error(ms)
		}
	}
	faults := twice(h)
	for i, name := range h.names {
		c := find(p.columns, name)
		switch {
		case used[i] || m != nil && m.ignore[name]:
		case c >= 0 && p.takes(c) && p.from[c] == nil:
			p.from[c] = &origin{column: name, field: i}
		case m != nil && m.ignoreRest:
		case c >= 0 && p.from[c] != nil && p.from[c].column != name:
			faults = append(faults, record.Refused{Where: h.where(i), Column: label(name), Found: "a second column for " + p.columns[c].name,
				Expected: "one of them, or a mapping that ignores this one"})
		case c >= 0 && p.from[c] != nil: // the same name twice, said already
		default:
			faults = append(faults, p.unknown(h, i))
		}
	}
	for _, what := range missing(p.columns, len(p.measures) > 0, func(i int) bool { return p.from[i] != nil }) {
		faults = append(faults, record.Refused{Where: record.Where{File: h.where(0).File, Line: h.where(0).Line},
			Found: "no column " + what, Expected: "one, or a mapping that says which column it is"})
	}
	if !h.open {
		faults = append(faults, p.several(h)...)
	}
	slices.SortStableFunc(faults, func(a, b record.Refused) int { return cmp.Compare(a.Where.Column, b.Where.Column) })
	return p, faults, nil
}

// has says whether the file speaks about one of our columns.
func (p *plan) has(name string) bool {
	i, ok := p.byName[name]
	return ok && p.from[i] != nil
}

// takes says whether a column has a place in this file: a wide one has no column
// for the measure.
func (p *plan) takes(c int) bool { return len(p.measures) == 0 || !p.columns[c].long }

// apply looks up the columns that a mapping names.
func (p *plan) apply(m *Mapping, header []string, used []bool) []mistake {
	var ms []mistake
	lookup := func(name string, at mark) int {
		i := slices.Index(header, name)
		if i < 0 {
			what := "the file has no column " + show(name)
			if near := nearest(name, header); near != "" {
				what += "; it has " + show(near)
			}
			ms = append(ms, mistake{at, what})
			return -1
		}
		used[i] = true
		return i
	}
	for i, c := range p.columns {
		o, ok := m.columns[c.name]
		if !ok {
			continue
		}
		theirs := *o // the mapping may serve several files
		theirs.field = -1
		if o.column != "" {
			theirs.field = lookup(o.column, o.at)
		}
		p.from[i] = &theirs
	}
	for _, o := range m.measures {
		x, ok := p.model[o.measure]
		if !ok {
			ms = append(ms, mistake{o.atID, "the model has no measure " + show(o.measure) + p.near(o.measure)})
		}
		w := wideMeasure{&o, x, -1}
		w.field = lookup(o.column, o.at)
		if o.per != "" {
			w.per = lookup(o.per, o.atPer)
		}
		p.measures = append(p.measures, w)
	}
	return ms
}

// near says which measure may have been meant.
func (p *plan) near(id string) string {
	if n := nearest(id, p.ids); n != "" {
		return "; the nearest is " + n
	}
	return ""
}

// unknown refuses a header with the name that it may have meant.
func (p *plan) unknown(h headerAt, i int) record.Refused {
	free := slices.DeleteFunc(names(p.columns), func(s string) bool { return p.from[find(p.columns, s)] != nil })
	return p.stranger(h.names[i], free, h.where(i))
}

// stranger refuses a name that means nothing here.
func (p *plan) stranger(name string, free []string, at record.Where) record.Refused {
	r := record.Refused{Where: at, Column: label(name), Found: "an unknown column", Expected: "a mapping that uses or ignores it"}
	near := nearest(name, free)
	_, isMeasure := p.model[name]
	switch {
	case strings.TrimSpace(name) == "":
		r.Column, r.Found = "", "a column without a name"
	case plainName(name) == "week" && p.kind == Readings:
		r.Found, r.Expected = "a week that may be its first or its last day", "week_start or week_end, or a mapping with week: {column: week, means: start}"
	case isMeasure:
		r.Found, r.Expected = "a measure as a column", "the columns measure and value, or a mapping that lists it under measures:"
	case near != "":
		r.Expected = near + ", or " + r.Expected
	}
	return r
}

// twice refuses header names that stand there more than once.
func twice(h headerAt) []record.Refused {
	var out []record.Refused
	for i, name := range h.names {
		if j := slices.Index(h.names, name); j < i && name != "" {
			out = append(out, record.Refused{Where: h.where(i), Column: label(name), Found: "this name a second time", Expected: "each column once"})
		}
	}
	return out
}

// missing names the required columns that aren't there, groups as a whole.
func missing(cols []column, wide bool, there func(i int) bool) []string {
	var out []string
	groups := map[string][]string{}
	met := map[string]bool{}
	for i, c := range cols {
		switch {
		case c.group != "":
			if groups[c.group] == nil {
				out = append(out, c.group) // its place; worded below
			}
			groups[c.group] = append(groups[c.group], c.name)
			met[c.group] = met[c.group] || there(i)
		case c.required && !there(i) && !(wide && c.long):
			out = append(out, c.name)
		}
	}
	out = slices.DeleteFunc(out, func(s string) bool { return met[s] })
	for i, s := range out {
		if g := groups[s]; g != nil {
			out[i] = strings.Join(g, ", ")
			out[i] = strings.Replace(out[i], ", "+g[len(g)-1], " or "+g[len(g)-1], 1)
		}
	}
	return out
}

// several refuses more than one column of a group.
func (p *plan) several(h headerAt) []record.Refused {
	var out []record.Refused
	first := map[string]*origin{}
	for i, c := range p.columns {
		o := p.from[i]
		if c.group == "" || o == nil {
			continue
		}
		if f := first[c.group]; f != nil {
			out = append(out, record.Refused{Where: h.where(max(o.field, 0)), Column: label(o.column), Found: "a second column that says when", Expected: "one of them"})
			continue
		}
		first[c.group] = o
	}
	return out
}
