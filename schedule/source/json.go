package source

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"healthbot/storage/record"
)

// isJSON says whether a file holds JSON lines: by its name, or because it begins
// with a brace.
func isJSON(file string, start []byte) bool {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".jsonl", ".ndjson":
		return true
	}
	start = bytes.TrimLeft(start, " \t\r\n")
	return len(start) > 0 && (start[0] == '{' || start[0] == '[' && bytes.ContainsRune(start, '{'))
}

// objects reads JSON lines: one flat object a line, whose keys are the columns. An
// object may leave keys out; that is an empty field.
type objects struct {
	file   string
	guard  *guard
	refuse func(record.Refused)
	plan   *plan
	ignore func(key string) bool
	fields map[string]int // by key, as it stands there
	group  []string       // of each field

	texts []string // of the line being read
	at    []int    // where each stands, counted from 1; 0: it doesn't
	cut   bool
}

func (o *objects) wasCut() bool { return o.cut }

// openJSON draws a plan in which everything has a place that an object may name.
func openJSON(g *guard, start []byte, file string, o *Options, refuse func(record.Refused)) (format, *plan, error) {
	switch s := bytes.TrimLeft(start, " \t\r\n"); {
	case len(s) == 0:
		return nil, nil, unreadable(file, "the file is empty; expected one JSON object a line")
	case s[0] == '[':
		return nil, nil, unreadable(file, "this is one JSON list; expected one object a line, as `jq -c '.[]' FILE > NEW` writes them")
	}
	kind, err := o.kindOf(firstKeys(start), file)
	if err != nil {
		return nil, nil, err
	}
	names := possible(kind, o.Mapping)
	p, err := o.plan(kind, headerAt{names: names, open: true, where: func(int) record.Where { return record.Where{File: file, Line: 1} }}, file)
	if err != nil {
		return nil, nil, err
	}
	x := &objects{file: file, guard: g, refuse: refuse, plan: p, fields: map[string]int{}, group: make([]string, len(names)),
		texts: make([]string, len(names)), at: make([]int, len(names)), ignore: func(string) bool { return false }}
	if m := o.Mapping; m != nil {
		x.ignore = func(key string) bool { return m.ignoreRest || m.ignore[key] }
	}
	for i, name := range names {
		x.fields[name] = i
	}
	for i, c := range p.columns {
		if f := p.from[i]; f != nil && f.column != "" {
			x.group[f.field] = c.group
		}
	}
	return x, p, nil
}

// possible lists the keys that may stand in an object: what the mapping reads, and
// our own names of everything that it doesn't speak of.
func possible(kind Kind, m *Mapping) []string {
	var out []string
	add := func(name string) {
		if name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	for _, c := range columns[kind] {
		switch {
		case m == nil:
			add(c.name)
		case m.columns[c.name] != nil:
			add(m.columns[c.name].column)
		case (len(m.measures) == 0 || !c.long) && !m.ignore[c.name]:
			add(c.name)
		}
	}
	if m != nil {
		for _, x := range m.measures {
			add(x.column)
			add(x.per)
		}
	}
	return out
}

// firstKeys are the keys of the first object, for the kind.
func firstKeys(start []byte) []string {
	first, _, _ := bytes.Cut(bytes.TrimLeft(start, " \t\r\n"), []byte{'\n'})
	var keys []string
	s := scanner{b: first}
	s.object(func(key string, _ int, _ value) *slip { // a fault is reported when the line is read
		keys = append(keys, key)
		return nil
	})
	return keys
}

func (o *objects) each(_ int, row func(line) bool) error {
	for {
		err := o.guard.next()
		b := o.guard.rest
		o.guard.rest = nil
		o.guard.done()
		if o.guard.eof && len(b) == 0 {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading %s: %w", o.file, err)
		}
		number := o.guard.line
		if len(o.guard.faults) > 0 {
			o.guard.faults = o.guard.faults[:0]
			o.refuse(record.Refused{Where: record.Where{Line: number}, Found: "a line of more than " + grouped(maxLine) + " bytes", Expected: "a shorter one"})
			continue
		}
		ended := !bytes.HasSuffix(b, []byte{'\n'})
		if b = bytes.TrimRight(b, " \t\r\n"); len(b) == 0 {
			continue
		}
		if bad := o.read(b, ended); bad != nil {
			o.refuse(record.Refused{Where: record.Where{Line: number, Column: bad.at}, Column: bad.column, Found: bad.found, Expected: bad.expected})
			continue
		}
		if !row(line{number, o.texts, func(field int) (int, int) { return number, o.at[field] }}) {
			return nil
		}
	}
}

// read takes one object apart.
func (o *objects) read(b []byte, ended bool) *slip {
	clear(o.texts)
	clear(o.at)
	said := "" // the key that said when
	s := scanner{b: b}
	bad := s.object(func(key string, at int, v value) *slip {
		i, ok := o.field(key)
		switch {
		case !ok && o.ignore(key):
			return nil
		case !ok:
			r := o.plan.stranger(key, names(o.plan.columns), record.Where{})
			return &slip{at, r.Column, fault{r.Found, r.Expected}}
		case o.at[i] > 0:
			return &slip{at, label(key), fault{"this name a second time", "each column once"}}
		case v.nested != "":
			return &slip{v.at, label(key), fault{v.nested, "a text, a number, true, false or null"}}
		}
		if o.group[i] != "" && strings.TrimSpace(v.text) != "" {
			if said != "" {
				return &slip{at, label(key), fault{"a second column that says when", "one of them"}}
			}
			said = key
		}
		o.texts[i], o.at[i] = v.text, v.at
		return nil
	})
	if bad != nil && bad.found == endOfLine && ended {
		o.cut = true
		return &slip{bad.at, "", fault{"the end of the file inside of an object", "a closing brace; the file may be cut"}}
	}
	return bad
}

// field finds the place of a key, and remembers how it is written.
func (o *objects) field(key string) (int, bool) {
	i, ok := o.fields[key]
	if ok {
		return i, i >= 0
	}
	i = -1
	if c := find(o.plan.columns, key); c >= 0 && !o.ignore(key) {
		if f := o.plan.from[c]; f != nil && f.column == o.plan.columns[c].name {
			i = f.field
		}
	}
	if len(o.fields) < mostTexts { // a file may have a different key in each line
		o.fields[strings.Clone(key)] = i
	}
	return i, i >= 0
}
