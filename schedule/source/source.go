package source

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// Options say how a file is read. What a mapping says about kind and zone goes
// before Options; Source goes before the mapping's, because it is given by hand.
type Options struct {
	Kind    Kind           // "": the mapping's, or else what the header tells
	Mapping *Mapping       // nil: the file has our columns
	Source  string         // "": the mapping's, or else the file's column source
	Zone    *time.Location // of bare dates and times; nil: UTC
	Now     time.Time      // nothing may have happened after it
	Model   scoring.Model  // whose measures are legal
}

// ParseCSV reads one file. Rows with faults are in the batch's Refused, in the
// order of the file. An error means that nothing could be read: it is a
// record.Error of kind Invalid when the file, its header, the mapping or the
// options don't fit, and any other error when reading itself failed.
func ParseCSV(r io.Reader, file string, o Options) (record.Batch, error) {
	file = filepath.Base(file)
	if err := o.settle(file); err != nil {
		return record.Batch{}, err
	}
	hash := sha256.New()
	l, header, err := openCSV(io.TeeReader(r, hash), file, o.known)
	if err != nil {
		return record.Batch{}, err
	}
	g := newGatherer(file, o.Source, o.Zone)
	p, err := o.plan(l, header, file)
	if err != nil {
		return record.Batch{}, err
	}
	l.refuse = func(r record.Refused) { g.refuse(r.Where.Line, r) }
	if err := l.each(p.width, func(x line) { p.row(x, g) }); err != nil {
		return record.Batch{}, err
	}
	b := g.batch()
	b.Digest = hex.EncodeToString(hash.Sum(nil))
	if k, ok := facts[p.kind]; ok && !l.cut {
		b.Kinds = []scoring.FactKind{k}
	}
	if b.Source == "" {
		return record.Batch{}, noSource(file)
	}
	return b, nil
}

// settle completes the options from the mapping and checks them.
func (o *Options) settle(file string) error {
	if m := o.Mapping; m != nil {
		if o.Kind != "" && o.Kind != m.Kind {
			return record.Errorf(record.Invalid, "%s: it is to be read as %s, but the mapping %s is for %s, so nothing was loaded.", file, o.Kind, m.text.file, m.Kind)
		}
		o.Kind = m.Kind
		if o.Source == "" {
			o.Source = m.Source
		}
		if m.Zone != nil {
			o.Zone = m.Zone
		}
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	switch f := checkSource(o.Source); {
	case o.Now.IsZero():
		return record.Errorf(record.Invalid, "%s: Options.Now is not set, so nothing was loaded: without it the future can't be told.", file)
	case o.Kind != "" && !slices.Contains(Kinds, o.Kind):
		return record.Errorf(record.Invalid, "%s: there is no kind %s; expected %s. Nothing was loaded.", file, show(string(o.Kind)), meant(string(o.Kind), kindNames()))
	case o.Source != "" && f != nil:
		return record.Errorf(record.Invalid, "%s: found %s as the source; expected %s. Nothing was loaded.", file, f.found, f.expected)
	}
	return nil
}

// known counts the headers that mean something here; see findDelimiter.
func (o *Options) known(header []string) int {
	n := 0
	for _, h := range header {
		if o.means(h) {
			n++
		}
	}
	return n
}

func (o *Options) means(header string) bool {
	if o.Mapping != nil && o.Mapping.mentions(header) {
		return true
	}
	if o.Kind != "" {
		return find(columns[o.Kind], header) >= 0
	}
	return slices.ContainsFunc(Kinds, func(k Kind) bool { return find(columns[k], header) >= 0 })
}

// plan finds out the kind, if nobody said it, and matches the header.
func (o *Options) plan(l *lines, header []string, file string) (*plan, error) {
	kind := o.Kind
	if kind == "" {
		k, ok := Detect(header)
		if !ok {
			return nil, record.Errorf(record.Invalid, "%s: the header doesn't tell what the file holds, so nothing was loaded. Say which of %s it is, or give a mapping.", file, listKinds())
		}
		kind = k
	}
	h := headerAt{header, func(field int) record.Where {
		line, column := l.csv.FieldPos(field)
		return record.Where{File: file, Line: line, Column: column}
	}}
	p, faults, err := drawPlan(kind, o.Mapping, h, clock{o.Zone, o.Now}, o.Model)
	switch {
	case err != nil:
		return nil, err
	case len(faults) > 0:
		var b strings.Builder
		fmt.Fprintf(&b, "%s was read as %s, and its header has %s, so nothing was loaded.", file, kind, plural(len(faults), "fault"))
		for _, f := range faults {
			b.WriteString("\n" + f.String())
		}
		return nil, record.Errorf(record.Invalid, "%s", b.String())
	case o.Source == "" && !p.has("source"):
		return nil, noSource(file)
	}
	return p, nil
}

func noSource(file string) error {
	return record.Errorf(record.Invalid, "%s: nothing says which system it comes from, so nothing was loaded. Name the source, or give a mapping with source: NAME.", file)
}

// checkSource refuses names that can't be a source's. A person's readings
// outrank every system's, so no file may speak in that name.
func checkSource(name string) *fault {
	c := column{kind: text}
	switch f := c.legible(name); {
	case f != nil:
		return f
	case strings.EqualFold(name, scoring.Person):
		return &fault{show(name), "the name of a system; what a person knows is entered in Slack, under their own name"}
	case len(name) > 60:
		return &fault{show(name), "a name of at most 60 characters"}
	}
	return nil
}
