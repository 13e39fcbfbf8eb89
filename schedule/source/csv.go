package source

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"healthbot/storage/record"
)

// line is one row as a format hands it over.
type line struct {
	number int                                // of its first line
	fields []string                           // valid until the next row
	pos    func(field int) (line, column int) // where a field begins, counted from 1
}

// lines reads CSV: one header, then rows. Rows that aren't CSV are refused here.
type lines struct {
	file   string
	guard  *guard
	csv    *csv.Reader
	refuse func(record.Refused)
	cut    bool // the file ended, or had to be left, inside of a row
}

// delimiters are tried in this order; the first wins where two fit equally.
var delimiters = []rune{',', ';', '\t', '|'}

// openCSV finds the delimiter, reads the header and draws the plan.
func openCSV(g *guard, start []byte, file string, o *Options, refuse func(record.Refused)) (format, *plan, error) {
	first, _, whole := bytes.Cut(start, []byte{'\n'})
	if whole {
		first = start[:len(first)+1]
	}
	if bytes.IndexByte(first, 0) >= 0 {
		return nil, nil, unreadable(file, "the first line has NUL bytes; expected text in UTF-8")
	}
	l := &lines{file: file, guard: g, refuse: refuse}
	comma, announced := announcedDelimiter(first)
	if !announced {
		comma = findDelimiter(first, o.known)
	}
	l.csv = csv.NewReader(bufio.NewReaderSize(g, 1<<16))
	l.csv.Comma = comma
	l.csv.FieldsPerRecord = -1             // a wrong number is refused here, in our words
	l.csv.TrimLeadingSpace = comma != '\t' // with tabs it would eat empty fields
	l.csv.ReuseRecord = true
	header, err := l.csv.Read()
	if announced && err == nil {
		header, err = l.csv.Read()
	}
	var pe *csv.ParseError
	switch {
	case errors.Is(err, io.EOF) && len(g.faults) == 0:
		return nil, nil, unreadable(file, "the file is empty; expected a header line")
	case errors.As(err, &pe):
		return nil, nil, unreadable(file, fmt.Sprintf("the header on line %d has a quote that doesn't fit", pe.Line))
	case err != nil && !errors.Is(err, io.EOF):
		return nil, nil, fmt.Errorf("reading %s: %w", file, err)
	case len(g.faults) > 0 && (errors.Is(err, io.EOF) || g.faults[0] <= l.end(header)):
		return nil, nil, unreadable(file, fmt.Sprintf("line %d, where the header should be, is longer than %s bytes", g.faults[0], grouped(maxLine)))
	}
	names := make([]string, len(header))
	for i, h := range header {
		names[i] = strings.Clone(strings.TrimSpace(h))
	}
	kind, err := o.kindOf(names, file)
	if err != nil {
		return nil, nil, err
	}
	p, err := o.plan(kind, headerAt{names: names, where: func(field int) record.Where {
		line, column := l.csv.FieldPos(field)
		return record.Where{File: file, Line: line, Column: column}
	}}, file)
	return l, p, err
}

func (l *lines) wasCut() bool { return l.cut }

func unreadable(file, say string) error {
	return record.Errorf(record.Invalid, "%s: %s. Nothing was loaded.", file, say)
}

// announcedDelimiter reads the line sep=; that some spreadsheets write first.
func announcedDelimiter(first []byte) (rune, bool) {
	s := strings.TrimRight(string(first), "\r\n")
	if len(s) == len("sep=;") && strings.EqualFold(s[:4], "sep=") && bytes.ContainsRune([]byte(",;\t|"), rune(s[4])) {
		return rune(s[4]), true
	}
	return 0, false
}

// findDelimiter takes the one under which most of the header is known; where
// none is, the one that makes most fields.
func findDelimiter(first []byte, known func(header []string) int) rune {
	best, most, fields := ',', -1, -1
	for _, d := range delimiters {
		r := csv.NewReader(bytes.NewReader(first))
		r.Comma, r.LazyQuotes, r.TrimLeadingSpace = d, true, d != '\t'
		h, err := r.Read()
		if err != nil {
			continue
		}
		for i := range h {
			h[i] = strings.TrimSpace(h[i])
		}
		if n := known(h); n > most || n == most && len(h) > fields {
			best, most, fields = d, n, len(h)
		}
	}
	return best
}

// each hands over every row that is CSV and has as many fields as the header.
func (l *lines) each(width int, row func(line) bool) error {
	pos := l.csv.FieldPos
	for {
		fields, err := l.csv.Read()
		l.guard.done()
		switch {
		case err == io.EOF:
			l.leftOut(1, l.guard.line)
			return nil
		case err != nil:
			if on, err := l.broken(fields, err); !on {
				return err
			}
			continue
		}
		start, _ := pos(0)
		switch {
		case len(l.guard.faults) > 0 && l.leftOut(start, l.end(fields)):
		case blank(fields):
		case len(fields) != width:
			l.wrongWidth(fields, width, start)
		default:
			if !row(line{start, fields, pos}) {
				return nil
			}
		}
	}
}

// end is the last line of a record.
func (l *lines) end(fields []string) int {
	last := len(fields) - 1
	at, _ := l.csv.FieldPos(last)
	return at + strings.Count(fields[last], "\n")
}

// broken deals with a record that encoding/csv couldn't read, and says whether
// to go on.
func (l *lines) broken(fields []string, err error) (on bool, _ error) {
	var pe *csv.ParseError
	switch {
	case errors.As(err, &pe):
		if !l.leftOut(pe.StartLine, pe.Line) {
			l.badQuote(pe)
		}
		return true, nil
	case errors.Is(err, errRunaway):
		start := 1
		if len(fields) > 0 {
			start, _ = l.csv.FieldPos(0)
		}
		l.leftOut(1, start-1)
		l.cut = true
		l.refuse(record.Refused{Where: record.Where{File: l.file, Line: start},
			Found: "a quoted field that doesn't end within " + grouped(maxRecord) + " bytes", Expected: "a closing quote; nothing after this line was read"})
		return false, l.guard.drain()
	}
	return false, fmt.Errorf("reading %s: %w", l.file, err)
}

// leftOut reports the lines up to end that the guard left out as too long, and
// says whether the record from start to end has lost one of them.
func (l *lines) leftOut(start, end int) (inside bool) {
	for len(l.guard.faults) > 0 && l.guard.faults[0] <= end {
		at := l.guard.faults[0]
		l.guard.faults = l.guard.faults[1:]
		inside = inside || at >= start
		l.refuse(record.Refused{Where: record.Where{File: l.file, Line: at}, Found: "a line of more than " + grouped(maxLine) + " bytes", Expected: "a shorter one"})
	}
	return inside
}

// badQuote words what encoding/csv found.
func (l *lines) badQuote(pe *csv.ParseError) {
	r := record.Refused{Where: record.Where{File: l.file, Line: pe.Line, Column: pe.Column}}
	switch {
	case errors.Is(pe.Err, csv.ErrBareQuote):
		r.Found, r.Expected = "a quote inside of an unquoted field", `the whole field in quotes, and each quote in it doubled ("")`
	case l.guard.ended(pe.Line, pe.Column):
		l.cut = true
		r.Found, r.Expected = "the end of the file inside of a quoted field", "a closing quote; the file may be cut"
	default:
		r.Found, r.Expected = "text after a closing quote", `a delimiter there, or the quote doubled ("") if it belongs to the text`
	}
	if pe.StartLine != pe.Line {
		r.Found += fmt.Sprintf(" that began in the row of line %d", pe.StartLine)
	}
	l.refuse(r)
}

func (l *lines) wrongWidth(fields []string, width, start int) {
	r := record.Refused{Where: record.Where{File: l.file, Line: start}, Found: plural(len(fields), "field"), Expected: grouped(width) + ", as in the header"}
	if len(fields) > width {
		_, r.Where.Column = l.csv.FieldPos(width)
	}
	l.refuse(r)
}

// blank says that a row is only delimiters, as spreadsheets leave them behind.
func blank(fields []string) bool {
	for _, f := range fields {
		if strings.TrimSpace(f) != "" {
			return false
		}
	}
	return true
}
