package storage

import (
	"encoding/binary"
	"errors"
	"math"
	"strings"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// row is one attribute of an account, one reading or one fact on its way in. It
// is spooled as bytes: first what rows are sorted by, in the order of the tables'
// keys, so that rows that speak of the same thing stand together, what is known of
// it can be read alongside, and storing them goes from the left of a table to its
// right. Attributes come first, because the rest may be of a new account.
type row struct {
	kind     scoring.FactKind // ofAccount, ofReading, or the fact's
	account  string
	name     string // the attribute, the measure, or the external id
	observed int64  // of a reading; times are Unix milliseconds
	received int64
	ordinal  int // of the file's line among its lines, however many rows it made

	backfilled   bool // the file says when it was received
	revision     int  // once planned
	line, column int
	value        float64 // of a reading
	body         string  // of a fact, as JSON; of an attribute, as text
	evidence     string
	collector    string
}

// What a row is of, where it isn't a fact.
const (
	ofReading scoring.FactKind = ""
	ofAccount scoring.FactKind = "account"
)

// present is the name of the row that only says that the file has the account.
const present record.Attribute = ""

// said is what the row says of its key, in a form that can be compared.
func (x *row) said() string {
	switch x.kind {
	case ofAccount:
		return x.body
	case ofReading:
		return number(x.value)
	}
	return x.account + "\x00" + x.body
}

func (x *row) where(file string) record.Where {
	return record.Where{File: file, Line: x.line, Column: x.column}
}

// wholeLine is where a row stands when it isn't its value that is wrong.
func (x *row) wholeLine(file string) record.Where { return record.Where{File: file, Line: x.line} }

// The parts of a row's bytes: a rank, which orders the tables, the names, each
// ended by a zero byte, and the times. Texts with a zero byte are refused before.
const (
	momentSize  = 8 // received
	ordinalSize = 8

	rankAccount = 1
	rankReading = 2
	rankFact    = 3
)

// rankOf orders the tables that rows go to.
func rankOf(k scoring.FactKind) byte {
	switch k {
	case ofAccount:
		return rankAccount
	case ofReading:
		return rankReading
	}
	return rankFact
}

// encode appends a row's bytes and says how many of them sort it.
func (x *row) encode(b []byte) (_ []byte, sorted int) {
	from := len(b)
	b = x.appendKey(b)
	b = binary.BigEndian.AppendUint64(b, ordered(x.received))
	b = binary.BigEndian.AppendUint64(b, uint64(x.ordinal))
	sorted = len(b) - from
	if x.backfilled {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	b = binary.AppendUvarint(b, uint64(x.revision))
	b = binary.AppendUvarint(b, uint64(x.line))
	b = binary.AppendUvarint(b, uint64(x.column))
	switch x.kind {
	case ofAccount:
		return appendText(b, x.body), sorted
	case ofReading:
		b = binary.BigEndian.AppendUint64(b, math.Float64bits(x.value))
		b = appendText(b, x.evidence)
		return appendText(b, x.collector), sorted
	}
	b = appendText(b, x.account)
	return appendText(b, x.body), sorted
}

// appendKey appends what identifies that of which the row speaks, in an order
// that is the one of SQLite.
func (x *row) appendKey(b []byte) []byte {
	rank := rankOf(x.kind)
	if b = append(b, rank); rank == rankFact {
		b = append(append(b, x.kind...), 0)
		return append(append(b, x.name...), 0)
	}
	b = append(append(b, x.account...), 0)
	b = append(append(b, x.name...), 0)
	if rank == rankReading {
		b = binary.BigEndian.AppendUint64(b, ordered(x.observed))
	}
	return b
}

// ordered turns a number into one whose bytes sort like it.
func ordered(n int64) uint64 { return uint64(n) ^ 1<<63 }

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

var errSpool = errors.New("storage: the file that an import is sorted in isn't as it was written")

// decode reads a row; texts that are as in the row before are shared with it.
func (x *row) decode(b []byte) error {
	d := decoder{b: b}
	rank := d.take(1)
	if d.short {
		return errSpool
	}
	switch rank[0] {
	case rankAccount:
		x.kind = ofAccount
		d.name(&x.account)
		d.name(&x.name)
	case rankReading:
		x.kind = ofReading
		d.name(&x.account)
		d.name(&x.name)
		x.observed = d.instant()
	default:
		d.name((*string)(&x.kind))
		d.name(&x.name)
	}
	x.received, x.ordinal = d.instant(), int(d.fixed())
	flag := d.take(1)
	x.backfilled = len(flag) == 1 && flag[0] == 1
	x.revision, x.line, x.column = d.int(), d.int(), d.int()
	switch x.kind {
	case ofAccount:
		d.text(&x.body)
	case ofReading:
		x.value = math.Float64frombits(d.fixed())
		d.text(&x.evidence)
		d.text(&x.collector)
	default:
		d.text(&x.account)
		d.text(&x.body)
	}
	if d.short || len(d.b) > 0 {
		return errSpool
	}
	return nil
}

// decoder takes values off the front; short says that there weren't enough.
type decoder struct {
	b     []byte
	short bool
}

func (d *decoder) take(n int) []byte {
	if n < 0 || n > len(d.b) {
		d.short, d.b = true, nil
		return nil
	}
	out := d.b[:n]
	d.b = d.b[n:]
	return out
}

func (d *decoder) fixed() uint64 {
	if b := d.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (d *decoder) instant() int64 { return int64(d.fixed() ^ 1<<63) }

func (d *decoder) int() int {
	v, n := binary.Uvarint(d.b)
	if d.take(n); n <= 0 {
		d.short = true
	}
	return int(v)
}

func (d *decoder) text(to *string) { share(to, d.take(d.int())) }

func (d *decoder) name(to *string) {
	i := 0
	for i < len(d.b) && d.b[i] != 0 {
		i++
	}
	share(to, d.take(i))
	d.take(1)
}

// share sets a text, keeping the old one where it says the same.
func share(to *string, b []byte) {
	if *to != string(b) {
		*to = string(b)
	}
}

// hasZero says that a text can't be part of a key.
func hasZero(texts ...string) bool {
	for _, s := range texts {
		if strings.IndexByte(s, 0) >= 0 {
			return true
		}
	}
	return false
}
