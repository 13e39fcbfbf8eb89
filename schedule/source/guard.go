package source

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

const (
	maxLine = 1 << 20 // bytes
	// maxRecord bounds a row that spans lines: an opening quote without its
	// partner would otherwise take the rest of the file into memory.
	maxRecord = 4 << 20
)

var errRunaway = errors.New("a record doesn't end")

// guard stands between a file and encoding/csv, which has no limits. It hands
// over whole lines, an empty one in place of a line that is too long, so that
// line numbers stay right.
type guard struct {
	src    *bufio.Reader
	rest   []byte // of the line being handed over
	long   []byte // reused for lines longer than src's buffer
	line   int    // lines handed over
	length int    // of the last of them, without its end
	eof    bool
	since  int   // bytes handed over since the last record was complete
	faults []int // lines left out, ascending
}

func newGuard(r io.Reader) *guard { return &guard{src: bufio.NewReaderSize(r, 1<<16)} }

// peek returns the beginning of the file; what is said about files that aren't
// text in UTF-8 is a clause, "" for the others.
func (g *guard) peek() (start []byte, say string, _ error) {
	b, err := g.src.Peek(1 << 16)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, "", err
	}
	for _, f := range foreign {
		if bytes.HasPrefix(b, f.magic) {
			return nil, f.say, nil
		}
	}
	if mark := []byte("\xEF\xBB\xBF"); bytes.HasPrefix(b, mark) { // says nothing in UTF-8
		b = b[len(mark):]
		if _, err := g.src.Discard(len(mark)); err != nil {
			return nil, "", err
		}
	}
	if bytes.IndexByte(b, '\n') < 0 && bytes.Count(b, []byte{'\r'}) > 1 {
		return nil, "its lines end with a carriage return alone; save it with line feeds", nil
	}
	if shown, ok := windows1252(b); ok {
		return nil, "it isn't UTF-8 but looks like Windows-1252, in which it has " + show(shown) +
			"; save it as CSV UTF-8, or convert it with `iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW`, if that is how the text reads", nil
	}
	return b, "", nil
}

const utf16 = "this is UTF-16; save it as CSV UTF-8, or convert it with `iconv -f UTF-16 -t UTF-8 FILE > NEW`"

// foreign are the files that people pick by mistake.
var foreign = []struct {
	magic []byte
	say   string
}{
	{[]byte("PK\x03\x04"), "this is a workbook or a zip archive; save the sheet as CSV (UTF-8)"},
	{[]byte("\xD0\xCF\x11\xE0"), "this is an old workbook; save the sheet as CSV (UTF-8)"},
	{[]byte("\x1F\x8B"), "this is compressed; unpack it first"},
	{[]byte("\xFF\xFE"), utf16},
	{[]byte("\xFE\xFF"), utf16},
	{[]byte("%PDF"), "this is a PDF; expected CSV or JSON lines"},
}

func (g *guard) Read(p []byte) (int, error) {
	if len(g.rest) == 0 {
		if g.since > maxRecord {
			return 0, errRunaway
		}
		if err := g.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, g.rest)
	g.rest = g.rest[n:]
	return n, nil
}

// next takes one line from the source.
func (g *guard) next() error {
	b, err := g.src.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		b, err = g.longLine(b)
	}
	if len(b) == 0 && err != nil {
		g.eof = errors.Is(err, io.EOF)
		return err
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	g.line++
	g.rest = b
	g.length = len(bytes.TrimRight(b, "\r\n"))
	g.since += g.length // empty lines are no record
	return nil
}

// longLine collects a line that is longer than the buffer, or drops it when it
// is longer than allowed.
func (g *guard) longLine(b []byte) ([]byte, error) {
	g.long = append(g.long[:0], b...)
	for {
		b, err := g.src.ReadSlice('\n')
		if len(g.long) <= maxLine {
			g.long = append(g.long, b...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case len(g.long) > maxLine:
			g.faults = append(g.faults, g.line+1)
			return append(g.long[:0], '\n'), err
		default:
			return g.long, err
		}
	}
}

// done says that a record is complete.
func (g *guard) done() { g.since = 0 }

// ended says whether a place lies behind the last byte of the file.
func (g *guard) ended(line, column int) bool { return g.eof && line == g.line && column > g.length }

// drain reads the rest, so that the digest is of the whole file.
func (g *guard) drain() error {
	_, err := io.Copy(io.Discard, g.src)
	return err
}
