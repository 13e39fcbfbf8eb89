package source

import (
	"fmt"
	"strings"

	"healthbot/storage/record"
)

// gatherer collects the rows of one part of a file.
type gatherer struct {
	out      record.Batch
	sourceAt int // the line that named the source; 0: the caller did
	refused  int // the last line that was
	texts    map[string]string
}

// mostTexts bounds the texts that are kept because they may come again.
const mostTexts = 1 << 16

func newGatherer(file, source string) *gatherer {
	return &gatherer{out: record.Batch{File: file, Source: source}, texts: map[string]string{}}
}

// refuse keeps the first refusal of a line; one row is refused once.
func (g *gatherer) refuse(r record.Refused) {
	if r.Where.Line == g.refused {
		return
	}
	g.refused = r.Where.Line
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
func (g *gatherer) intern(s string) string {
	kept, ok := g.texts[s]
	if !ok {
		if len(g.texts) == mostTexts {
			clear(g.texts)
		}
		kept = strings.Clone(s)
		g.texts[kept] = kept
	}
	return kept
}

// full says that it is time to hand over.
func (g *gatherer) full() bool { return g.out.Rows()+len(g.out.Refused) >= rowsPerPart }

// part is what was collected since the last one. The slices are new each time,
// because whoever gets them may keep them.
func (g *gatherer) part() record.Batch {
	b := g.out
	g.out = record.Batch{File: b.File, Source: b.Source}
	return b
}
