package source

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"healthbot/scoring"
)

// fault is what is wrong with one text, in words that follow "found" and
// "expected".
type fault struct{ found, expected string }

// cell is what a text meant. Which fields count depends on the column's type;
// an empty text is the zero cell.
type cell struct {
	set     bool
	text    string
	num     float64
	percent bool // the number carried a percent sign
	changed bool // the number isn't the one in the file, but a mapping's
	at      time.Time
	day     bool // at is the end of a day that was given without a time
}

// read turns a text into what the column says it is. The text is trimmed; an
// empty one is no statement, whatever the type.
func (c *column) read(s string, t *clock) (cell, *fault) {
	s = strings.TrimSpace(s)
	if s == "" {
		return cell{}, nil
	}
	if f := c.legible(s); f != nil {
		return cell{}, f
	}
	out := cell{set: true, text: s}
	switch c.kind {
	case link:
		return out, c.unless(isLink(s), s)
	case currency:
		out.text = strings.ToUpper(s)
		return out, c.unless(isCode(out.text), s)
	case oneOf:
		v, ok := pick(c.choices, s)
		out.text = v
		return out, c.unless(ok, s)
	case yesNo:
		v, ok := truth[strings.ToLower(s)]
		out.num = v
		return out, c.unless(ok, s)
	case whole, number, measured:
		v, percent, why, ok := parseNumber(s)
		if !ok {
			return cell{}, &fault{show(s), c.expected() + why}
		}
		if c.kind != measured && (v < 0 || percent || c.kind == whole && (v != math.Trunc(v) || v > 1e9)) {
			return cell{}, &fault{show(s), c.expected()}
		}
		out.num, out.percent = v, percent
		if c.kind != measured { // an account's attribute, which is kept as text
			out.text = plainNumber(v)
		}
		return out, nil
	case date, moment, weekStart, weekEnd:
		return t.read(c, s)
	}
	return out, nil
}

// empty is the fault of a required column that says nothing.
func (c *column) empty() *fault {
	if c.kind == text || c.kind == measureID {
		return &fault{"an empty field", c.meaning}
	}
	return &fault{"an empty field", c.expected()}
}

// unless is a fault about the text when ok is false.
func (c *column) unless(ok bool, s string) *fault {
	if ok {
		return nil
	}
	return &fault{show(s), c.expected()}
}

// legible refuses what no person could read in the text again: bytes that
// aren't UTF-8, control characters, and more than fits.
func (c *column) legible(s string) *fault {
	most := maxText
	switch c.kind {
	case prose:
		most = maxProse
	case link:
		most = maxLink
	}
	plain := len(s) <= most
	for i := 0; plain && i < len(s); i++ {
		plain = s[i] >= ' ' && s[i] < utf8.RuneSelf && s[i] != 0x7f
	}
	if plain {
		return nil
	}
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			return &fault{"bytes that are not UTF-8 in " + show(s), "text in UTF-8; save the file again in that encoding"}
		case r == 0:
			return &fault{"a NUL byte in " + show(s), "text without NUL bytes; the file may be damaged"}
		case unicode.IsControl(r) && !(c.kind == prose && (r == '\n' || r == '\r' || r == '\t')):
			return &fault{"a control character in " + show(s), c.expected()}
		}
	}
	if n := utf8.RuneCountInString(s); n > most {
		return &fault{show(s), fmt.Sprintf("at most %s characters", grouped(most))}
	}
	return nil
}

// expected words what the column takes.
func (c *column) expected() string {
	switch c.kind {
	case link:
		return "a link that begins with https:// or http://"
	case currency:
		return "a currency code of three letters, such as EUR"
	case oneOf:
		return "one of " + listChoices(c.choices)
	case yesNo:
		return "yes or no"
	case whole:
		return "a whole number, 0 or more"
	case number:
		return "a number, 0 or more"
	case measured:
		return "a number"
	case date:
		return "a date such as " + c.example
	case weekStart:
		return "the first day of a week such as 2026-03-23, or the week as 2026-W13"
	case weekEnd:
		return "the last day of a week such as 2026-03-29, or the week as 2026-W13"
	case moment:
		return "a date or time such as 2026-03-31, 2026-03-31 14:05:00 or 2026-03-31T14:05:00Z"
	case prose:
		return fmt.Sprintf("text of at most %s characters", grouped(maxProse))
	}
	return fmt.Sprintf("one line of at most %d characters", maxText)
}

// inRange refuses a value that isn't legal for its measure; one that declares no
// range takes any number.
func inRange(m scoring.Measure, x cell) *fault {
	v := x.num
	if m.Max <= m.Min || v >= m.Min && v <= m.Max {
		return nil
	}
	f := &fault{show(x.text), rangeOf(m) + " for " + m.ID}
	switch {
	case x.changed:
		f.found += ", by the mapping " + plainNumber(v)
	case m.Unit == "ratio" && !x.percent && v >= 2 && v <= 100*m.Max:
		f.expected += "; a percentage is written " + plainNumber(v) + " %, or scaled by 0.01 in a mapping"
	}
	return f
}

// rangeOf words a measure's legal values: "0 to 1 (ratio)".
func rangeOf(m scoring.Measure) string {
	if m.Max <= m.Min {
		return "any number (" + m.Unit + ")"
	}
	return fmt.Sprintf("%s to %s (%s)", plainNumber(m.Min), plainNumber(m.Max), m.Unit)
}

func isLink(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && !strings.ContainsAny(s, " |<>")
}

func isCode(s string) bool {
	return len(s) == 3 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// truth is what spreadsheets and databases write for yes and no.
var truth = map[string]float64{
	"true": 1, "yes": 1, "y": 1, "t": 1, "1": 1, "x": 1,
	"false": 0, "no": 0, "n": 0, "f": 0, "0": 0,
}

func pick(cs []choice, s string) (string, bool) {
	s = strings.ToLower(s)
	for _, c := range cs {
		if c.value == s || slices.Contains(c.also, s) {
			return c.value, true
		}
	}
	return "", false
}

func listChoices(cs []choice) string {
	var out []string
	for _, c := range cs {
		out = append(out, c.value)
	}
	return strings.Join(out, ", ")
}
