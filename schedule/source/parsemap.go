package source

import (
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// ParseMapping reads a mapping. Its error is a record.Error of kind Invalid that
// names every mistake with file, line, column and a caret under the place.
//
//	kind: readings
//	source: product
//	zone: Europe/Berlin
//	columns:
//	  account: account_id                     # our column: theirs
//	  collector: {constant: nightly export}
//	week: {column: week, means: start}
//	received_at: {column: week, plus: 8d}
//	measures:
//	  - {column: active, per: seats, measure: usage.active_seat_ratio}
//	  - {column: score, scale: 0.01, measure: adoption.key_feature_ratio}
//	ignore: [country, plan]                   # or: ignore: rest
func ParseMapping(b []byte, file string) (Mapping, error) {
	w := &walker{text: script{filepath.Base(file), strings.Split(strings.ReplaceAll(string(b), "\r\n", "\n"), "\n")}}
	m := Mapping{columns: map[string]*origin{}, text: w.text}
	if root := w.parse(b); root != nil {
		w.root(&m, root)
	}
	if err := w.err(); err != nil {
		return Mapping{}, err
	}
	return m, nil
}

func (w *walker) root(m *Mapping, n ast.Node) {
	got := w.fields(n, "keys such as kind, source and columns", "kind", "source", "zone", "columns", "measures", "week", "received_at", "ignore")
	kind, ok := got["kind"]
	switch {
	case got == nil:
		return
	case !ok:
		w.fail(n, "kind is missing; expected one of %s", listKinds())
		return
	}
	name := w.word(kind, "one of "+listKinds())
	m.Kind = Kind(name)
	if !slices.Contains(Kinds, m.Kind) {
		if name != "" {
			w.fail(kind, "found the unknown kind %s; expected %s", show(name), meant(name, kindNames()))
		}
		return // without a kind no column can be judged
	}
	if v, ok := got["zone"]; ok {
		m.Zone = w.zone(v)
	}
	if v, ok := got["source"]; ok {
		m.Source = w.word(v, "the name of a system, such as product")
		w.sourceName(v, m.Source)
	}
	x := &originReader{walker: w, mapping: m}
	if v, ok := got["columns"]; ok {
		x.columns(v)
	}
	if v, ok := got["week"]; ok {
		x.week(v)
	}
	if v, ok := got["received_at"]; ok {
		x.set("received_at", v, v, nil)
	}
	if v, ok := got["measures"]; ok {
		x.measures(v)
	}
	if v, ok := got["ignore"]; ok {
		w.ignore(m, v)
	}
}

func (w *walker) zone(n ast.Node) *time.Location {
	name := w.word(n, "a zone such as Europe/Berlin")
	if name == "" {
		return nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		w.fail(n, "found %s; expected a zone of the IANA database, such as Europe/Berlin or UTC", show(name))
		return nil
	}
	return zone
}

func (w *walker) sourceName(n ast.Node, name string) {
	if f := checkSource(name); name != "" && f != nil {
		w.fail(n, "found %s; expected %s", f.found, f.expected)
	}
}

func (w *walker) ignore(m *Mapping, n ast.Node) {
	if s, ok := n.(*ast.StringNode); ok && s.Value == "rest" {
		m.ignoreRest = true
		return
	}
	m.ignore = map[string]bool{}
	for _, v := range w.list(n, "a list of column names, or rest") {
		if name := w.word(v, "a column name"); name != "" {
			m.ignore[name] = true
		}
	}
}

// originReader reads where columns come from, for one kind.
type originReader struct {
	*walker
	mapping *Mapping
}

func (x *originReader) columns(n ast.Node) {
	for _, p := range x.pairs(n, "our columns with theirs, such as account: account_id") {
		x.set(p.name, p.key, p.value, nil)
	}
}

// week is the column of weeks and which end of them it names.
func (x *originReader) week(n ast.Node) {
	got := x.fields(n, "{column: …, means: start} or {column: …, means: end}", "column", "means", "date_format")
	switch {
	case got == nil:
		return
	case got["means"] == nil:
		x.fail(n, "means is missing; expected start or end: which day of the week the column names")
		return
	}
	switch s := x.word(got["means"], "start or end"); s {
	case "start", "end":
		x.set("week_"+s, n, n, []string{"means"})
	case "":
	default:
		x.fail(got["means"], "found %s; expected start or end", show(s))
	}
}

// set declares the origin of one of our columns, unless it has one.
func (x *originReader) set(name string, at, value ast.Node, also []string) {
	cols := columns[x.mapping.Kind]
	i := slices.IndexFunc(cols, func(c column) bool { return c.name == name })
	if i < 0 {
		x.fail(at, "%s have no column %s; expected %s", x.mapping.Kind, show(name), meant(name, names(cols)))
		return
	}
	if _, ok := x.mapping.columns[name]; ok {
		x.fail(at, "%s is given twice", name)
		return
	}
	o := &origin{}
	switch value.(type) {
	case *ast.MappingNode, *ast.SequenceNode, *ast.NullNode:
		x.origin(o, value, &cols[i], also)
	default: // the short form
		o.column, o.at = x.word(value, "their column"), markNode(value)
	}
	x.mapping.columns[name] = o
}

// origin reads {column: …, values: …} and the like.
func (x *originReader) origin(o *origin, n ast.Node, c *column, also []string) {
	o.at = markNode(n)
	got := x.fields(n, "their column, or {column: …}, or {constant: …}", append([]string{"column", "constant", "values", "date_format", "plus", "scale"}, also...)...)
	theirs, constant := got["column"], got["constant"]
	switch {
	case got == nil:
		return
	case (theirs == nil) == (constant == nil):
		x.fail(n, "%s needs either column or constant", c.name)
		return
	case theirs != nil:
		o.column, o.at = x.word(theirs, "their column"), markNode(theirs)
	default:
		o.constant = x.word(constant, c.expected())
		x.legal(constant, c, o.constant)
		for _, k := range []string{"values", "date_format", "plus", "scale"} {
			if got[k] != nil {
				x.fail(got[k], "a constant takes no %s", k)
			}
		}
		return
	}
	if v := got["values"]; v != nil {
		x.values(o, v, c)
	}
	if v := got["date_format"]; v != nil {
		x.layout(o, v, c)
	}
	if v := got["plus"]; v != nil {
		x.plus(o, v, c)
	}
	if v := got["scale"]; v != nil {
		x.scale(o, v, c)
	}
}

func (x *originReader) values(o *origin, n ast.Node, c *column) {
	o.values = map[string]string{}
	for _, p := range x.pairs(n, `theirs with ours, such as {Pro: mid, "*": small}`) {
		if s, ok := x.scalar(p.value); ok {
			o.values[strings.TrimSpace(p.name)] = strings.TrimSpace(s)
			x.legal(p.value, c, strings.TrimSpace(s))
		}
	}
}

// legal reads a constant as the column would, so that a mistake is found once,
// here, and not in every row.
func (x *originReader) legal(n ast.Node, c *column, s string) {
	zone := x.mapping.Zone
	if zone == nil {
		zone = time.UTC
	}
	t := &clock{zone, time.Date(lastYear, 12, 31, 0, 0, 0, 0, zone)} // the future is the file's business
	if _, f := c.read(s, t); f != nil {
		x.fail(n, "found %s; expected %s", f.found, f.expected)
	}
}

func (x *originReader) layout(o *origin, n ast.Node, c *column) {
	s := x.word(n, "a layout such as DD.MM.YYYY")
	layout, ok := parseLayout(s)
	switch {
	case s == "":
	case !isTime(c):
		x.fail(n, "%s isn't a date; date_format has no meaning here", c.name)
	case !ok:
		x.fail(n, "found %s; expected a layout of YYYY, MM, DD and, for times, hh, mm, ss, such as DD.MM.YYYY hh:mm", show(s))
	default:
		o.layout = layout
	}
}

func (x *originReader) plus(o *origin, n ast.Node, c *column) {
	s := x.word(n, "a span such as 8d")
	p, ok := parseSpan(s)
	switch {
	case s == "":
	case c.kind != moment && c.kind != date:
		x.fail(n, "%s isn't a date or time; plus has no meaning here", c.name)
	case !ok || c.kind == date && p.hours != 0:
		x.fail(n, "found %s; expected a whole number with h, d or w (hours only for times), such as 8d", show(s))
	default:
		o.plus = p
	}
}

func (x *originReader) scale(o *origin, n ast.Node, c *column) {
	s := x.word(n, "a number such as 0.01")
	v, err := strconv.ParseFloat(s, 64)
	switch {
	case s == "":
	case c.kind != number && c.kind != measured:
		x.fail(n, "%s isn't a number; scale has no meaning here", c.name)
	case err != nil || v == 0 || math.IsNaN(v) || math.IsInf(v, 0):
		x.fail(n, "found %s; expected a number other than 0, such as 0.01", show(s))
	default:
		o.scale = v
	}
}

// measures reads the columns of a wide file.
func (x *originReader) measures(n ast.Node) {
	if x.mapping.Kind != Readings {
		x.fail(n, "only readings have measures; this mapping is for %s", x.mapping.Kind)
		return
	}
	seen := map[string]bool{}
	for _, item := range x.list(n, "a list of {column: …, measure: …}") {
		got := x.fields(item, "{column: …, measure: …}", "column", "measure", "per", "scale", "values")
		switch {
		case got == nil:
			continue
		case got["column"] == nil || got["measure"] == nil:
			x.fail(item, "a measure needs column and measure")
			continue
		}
		o := measureOrigin{measure: x.word(got["measure"], "a measure of the model"), atID: markNode(got["measure"])}
		o.column, o.at = x.word(got["column"], "their column"), markNode(got["column"])
		if v := got["values"]; v != nil {
			x.values(&o.origin, v, &valueColumn)
		}
		if v := got["scale"]; v != nil {
			x.scale(&o.origin, v, &valueColumn)
		}
		if v := got["per"]; v != nil {
			o.per, o.atPer = x.word(v, "their column to divide by"), markNode(v)
		}
		if seen[o.measure] {
			x.fail(got["measure"], "%s is given twice", show(o.measure))
		}
		seen[o.measure] = true
		x.mapping.measures = append(x.mapping.measures, o)
	}
	for name := range x.mapping.columns {
		if name == "measure" || name == "value" {
			x.at(x.mapping.columns[name].at, "%s belongs to files with one reading a line; with measures each column is one", name)
		}
	}
}

func isTime(c *column) bool {
	return c.kind == date || c.kind == moment || c.kind == weekStart || c.kind == weekEnd
}

func names(cols []column) []string {
	var out []string
	for _, c := range cols {
		out = append(out, c.name)
	}
	return out
}

func keys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

func kindNames() []string {
	var out []string
	for _, k := range Kinds {
		out = append(out, string(k))
	}
	return out
}

func listKinds() string { return strings.Join(kindNames(), ", ") }
