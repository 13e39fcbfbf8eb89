package source

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
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

// rowsPerPart is how many rows are handed over at once: enough that handing over
// costs nothing, and few enough that memory doesn't show it.
const rowsPerPart = 4000

// Parse reads one file, CSV or JSON lines, in parts of some thousand rows; however
// long it is, only one of them is in memory. Rows with faults are in the part's
// Refused, where they stand in the file. Whether two rows contradict each other is
// seen when they are stored, because it takes the whole file to tell.
//
// An error ends the sequence and means that nothing of the file should be loaded:
// it is a record.Error of kind Invalid when the file, its header, the mapping or
// the options don't fit, and any other error when reading itself failed.
func Parse(r io.Reader, file string, o Options) iter.Seq2[record.Batch, error] {
	return func(yield func(record.Batch, error) bool) {
		file := filepath.Base(file)
		o := o // settled anew each time
		if err := parse(r, file, &o, yield); err != nil {
			yield(record.Batch{}, err)
		}
	}
}

// ReadAll reads one file as a whole; see [Parse].
func ReadAll(r io.Reader, file string, o Options) (record.Batch, error) {
	var all record.Batch
	for b, err := range Parse(r, file, o) {
		if err != nil {
			return record.Batch{}, err
		}
		b.Accounts, b.Readings = append(all.Accounts, b.Accounts...), append(all.Readings, b.Readings...)
		b.Facts, b.Refused = append(all.Facts, b.Facts...), append(all.Refused, b.Refused...)
		all = b
	}
	slices.SortStableFunc(all.Refused, func(x, y record.Refused) int { return cmp.Compare(x.Where.Line, y.Where.Line) })
	return all, nil
}

// format is one way of writing a file.
type format interface {
	// each hands over every row that is whole, until row says to stop.
	each(width int, row func(line) bool) error
	// wasCut says that the file ended, or had to be left, inside of a row.
	wasCut() bool
}

func parse(r io.Reader, file string, o *Options, yield func(record.Batch, error) bool) error {
	if err := o.settle(file); err != nil {
		return err
	}
	hash := sha256.New()
	text := newGuard(io.TeeReader(r, hash))
	start, say, err := text.peek()
	switch {
	case err != nil:
		return fmt.Errorf("reading %s: %w", file, err)
	case say != "":
		return unreadable(file, say)
	}
	g := newGatherer(file, o.Source)
	open := openCSV
	if isJSON(file, start) {
		open = openJSON
	}
	rows, p, err := open(text, start, file, o, g.refuse)
	if err != nil {
		return err
	}
	on := true
	err = rows.each(p.width, func(x line) bool {
		if p.row(x, g); g.full() {
			on = yield(g.part(), nil)
		}
		return on
	})
	if err != nil || !on {
		return err
	}
	b := g.part()
	b.Digest = hex.EncodeToString(hash.Sum(nil))
	if k, ok := facts[p.kind]; ok && !rows.wasCut() {
		b.Kinds = []scoring.FactKind{k}
	}
	if b.Source == "" {
		return noSource(file)
	}
	yield(b, nil)
	return nil
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

// kindOf is the kind that was said, or else what the header tells.
func (o *Options) kindOf(header []string, file string) (Kind, error) {
	if o.Kind != "" {
		return o.Kind, nil
	}
	k, ok := Detect(header)
	if !ok {
		return "", record.Errorf(record.Invalid, "%s: the header doesn't tell what the file holds, so nothing was loaded. Say which of %s it is, or give a mapping.", file, listKinds())
	}
	return k, nil
}

// plan matches the header of a file of a kind.
func (o *Options) plan(kind Kind, h headerAt, file string) (*plan, error) {
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
