package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// A window is the newest readings of an account, packed into one value: of each
// series every row, all revisions included, observed within 53 weeks of its newest.
// So a window tells what counted at any moment of that year as exactly as the table
// does; only the words of older readings are left out.
//
// Rows stand newest first, because mostly the first one or two are asked for. Weekly
// readings come in even steps and with an even lag, and most values are short
// decimals: such a row takes three or four bytes instead of sixty.
type window []windowSeries // in the order of measure and source

// windowSpan is how far behind the newest reading a window reaches.
const windowSpan = 53 * 7 * 24 * time.Hour

type windowSeries struct {
	measure, source string
	more            bool   // there are older rows in the table
	evidence        string // of the newest row
	rows            []byte // packed
}

// errWindow means a value that no window packs to.
var errWindow = errors.New("storage: a window of readings can't be read")

// The first byte of a packed row: four flags, and in the upper half the number of
// decimals.
const (
	rowRetired  = 1 << iota
	rowDecimal  // the value is a whole number over a power of ten
	rowSameStep // as far before the row before it as that one before its own
	rowSameLag  // received as long after it was observed
	rowDecimals = 4
)

var powers = [...]float64{1, 10, 100, 1000, 1e4, 1e5, 1e6}

// packRows packs rows, given in the order of the table.
func packRows(rows []said) []byte {
	out := make([]byte, 0, 4*len(rows)+16)
	var observed, step, lag int64
	for _, x := range slices.Backward(rows) {
		flags, mantissa := byte(0), int64(0)
		for decimals, power := range powers {
			m := math.Round(x.value * power)
			if math.Abs(m) < 1<<40 && math.Float64bits(m/power) == math.Float64bits(x.value) {
				flags, mantissa = rowDecimal|byte(decimals)<<rowDecimals, int64(m)
				break
			}
		}
		if x.retired {
			flags |= rowRetired
		}
		if observed-x.observed == step {
			flags |= rowSameStep
		}
		if x.received-x.observed == lag {
			flags |= rowSameLag
		}
		out = append(out, flags)
		if flags&rowSameStep == 0 {
			step = observed - x.observed
			out = binary.AppendVarint(out, step)
		}
		if flags&rowSameLag == 0 {
			lag = x.received - x.observed
			out = binary.AppendVarint(out, lag)
		}
		if flags&rowDecimal != 0 {
			out = binary.AppendVarint(out, mantissa)
		} else {
			out = binary.LittleEndian.AppendUint64(out, math.Float64bits(x.value))
		}
		observed = x.observed
	}
	return out
}

// rowReader unpacks rows, newest first.
type rowReader struct {
	rest                []byte
	observed, step, lag int64
}

// next is false at the end, and for what isn't packed rows with an error.
func (r *rowReader) next(x *said) (bool, error) {
	if len(r.rest) == 0 {
		return false, nil
	}
	flags := r.rest[0]
	r.rest = r.rest[1:]
	if flags&rowSameStep == 0 && !r.number(&r.step) || flags&rowSameLag == 0 && !r.number(&r.lag) {
		return false, errWindow
	}
	r.observed -= r.step
	x.observed, x.received, x.retired = r.observed, r.observed+r.lag, flags&rowRetired != 0
	if flags&rowDecimal != 0 {
		var m int64
		if !r.number(&m) || int(flags>>rowDecimals) >= len(powers) {
			return false, errWindow
		}
		x.value = float64(m) / powers[flags>>rowDecimals]
		return true, nil
	}
	if len(r.rest) < 8 {
		return false, errWindow
	}
	x.value = math.Float64frombits(binary.LittleEndian.Uint64(r.rest))
	r.rest = r.rest[8:]
	return true, nil
}

func (r *rowReader) number(to *int64) bool {
	v, n := binary.Varint(r.rest)
	if n <= 0 {
		return false
	}
	*to, r.rest = v, r.rest[n:]
	return true
}

// unpackRows answers with all rows in the order of the table.
func (s windowSeries) unpackRows() ([]said, error) {
	var out []said
	r := rowReader{rest: s.rows}
	for {
		var x said
		ok, err := r.next(&x)
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		out = append(out, x)
	}
	if len(out) > 0 {
		out[0].evidence = s.evidence
	}
	slices.Reverse(out)
	return out, nil
}

// at finds the row that counted at a moment. known is false when it may stand
// before the window.
func (s windowSeries) at(moment int64) (best said, found, known bool, err error) {
	r := rowReader{rest: s.rows}
	for newest := true; ; newest = false {
		var x said
		ok, err := r.next(&x)
		if err != nil {
			return best, false, false, err
		}
		if !ok || found && x.observed < best.observed {
			return best, found, found || !s.more, nil
		}
		if x.observed <= moment && x.received <= moment && (!found || x.received > best.received) {
			best, found = x, true
			if newest {
				best.evidence = s.evidence
			}
		}
	}
}

// packSeries makes a series of rows in the order of the table; more says that there
// are older ones. It leaves out what lies before the window.
func packSeries(measure, source string, rows []said, more bool) windowSeries {
	newest := rows[len(rows)-1]
	begins := newest.observed - windowSpan.Milliseconds()
	inside := slices.IndexFunc(rows, func(x said) bool { return x.observed >= begins })
	return windowSeries{measure, source, more || inside > 0, newest.evidence, packRows(rows[inside:])}
}

// windowFormat is the first byte of a packed window.
const windowFormat = 1

func (w window) pack() []byte {
	out := []byte{windowFormat}
	text := func(s string) { out = append(binary.AppendUvarint(out, uint64(len(s))), s...) }
	for _, s := range w {
		text(s.measure)
		text(s.source)
		text(s.evidence)
		more := uint64(0)
		if s.more {
			more = 1
		}
		out = binary.AppendUvarint(out, uint64(len(s.rows))<<1|more)
		out = append(out, s.rows...)
	}
	return out
}

// unpackWindow takes a packed window apart, into the room of an older one; texts
// that come again and again are taken from common.
func unpackWindow(body []byte, into window, common map[string]string) (window, error) {
	into = into[:0]
	if len(body) == 0 || body[0] != windowFormat {
		return nil, errWindow
	}
	body = body[1:]
	ok := true
	bytes := func(n uint64) []byte {
		if n > uint64(len(body)) {
			ok = false
			return nil
		}
		out := body[:n]
		body = body[n:]
		return out
	}
	length := func() uint64 {
		n, size := binary.Uvarint(body)
		if size <= 0 {
			ok = false
			return 0
		}
		body = body[size:]
		return n
	}
	shared := func() string {
		b := bytes(length())
		s, known := common[string(b)]
		if !known {
			s = string(b)
			common[s] = s
		}
		return s
	}
	for ok && len(body) > 0 {
		s := windowSeries{measure: shared(), source: shared(), evidence: string(bytes(length()))}
		n := length()
		s.more, s.rows = n&1 != 0, bytes(n>>1)
		into = append(into, s)
	}
	if !ok {
		return nil, errWindow
	}
	return into, nil
}

// with adds rows of a series, which come in the order of the table and after all
// revisions that are there. Rows from before the window are only noted.
func (w window) with(measure, source string, rows []said) (window, error) {
	i, there := slices.BinarySearchFunc(w, [2]string{measure, source}, func(s windowSeries, key [2]string) int {
		if c := strings.Compare(s.measure, key[0]); c != 0 {
			return c
		}
		return strings.Compare(s.source, key[1])
	})
	if !there {
		return slices.Insert(w, i, packSeries(measure, source, rows, false)), nil
	}
	all, err := w[i].unpackRows()
	if err != nil {
		return nil, fmt.Errorf("%s of %s: %w", measure, source, err)
	}
	all = append(all, rows...)
	slices.SortStableFunc(all, func(a, b said) int {
		switch {
		case a.observed < b.observed:
			return -1
		case a.observed > b.observed:
			return 1
		}
		return 0
	})
	w[i] = packSeries(measure, source, all, w[i].more)
	return w, nil
}
