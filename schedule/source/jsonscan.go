package source

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// slip is a fault in a line and where it is.
type slip struct {
	at     int
	column string
	fault
}

const endOfLine = "the end of the line inside of an object"

// value is what a key has.
type value struct {
	text   string // "" for null
	at     int
	nested string // what it is, if it isn't a single value
}

// scanner reads one flat object and knows where each thing stands, which the
// decoder of encoding/json doesn't tell.
type scanner struct {
	b []byte
	i int
}

func (s *scanner) slip(found, expected string) *slip {
	return &slip{at: s.i + 1, fault: fault{found, expected}}
}

func (s *scanner) end() *slip { return s.slip(endOfLine, "one whole object a line") }

// next skips white space and returns the byte there, 0 at the end.
func (s *scanner) next() byte {
	for s.i < len(s.b) && (s.b[s.i] == ' ' || s.b[s.i] == '\t' || s.b[s.i] == '\r') {
		s.i++
	}
	if s.i == len(s.b) {
		return 0
	}
	return s.b[s.i]
}

// unexpected words the place where something else should be.
func (s *scanner) unexpected(expected string) *slip {
	if s.i == len(s.b) {
		return s.end()
	}
	if s.b[s.i] == 0 {
		return s.slip("a NUL byte", "text without NUL bytes; the file may be damaged")
	}
	rest := s.b[s.i:]
	if i := bytes.IndexAny(rest[1:], " ,:{}[]\"\t"); i >= 0 {
		rest = rest[:i+1]
	}
	return s.slip(show(string(rest)), expected)
}

// object hands over each key with its place and value, until one is a slip.
func (s *scanner) object(pair func(key string, at int, v value) *slip) *slip {
	if s.next() != '{' {
		return s.unexpected(`one JSON object a line, such as {"account": "A-1001", …}`)
	}
	s.i++
	for first := true; ; first = false {
		switch c := s.next(); {
		case c == '}' && first:
			return s.after()
		case c != '"':
			return s.unexpected("a name in double quotes")
		}
		at := s.i + 1
		key, bad := s.text()
		if bad != nil {
			return bad
		}
		if s.next() != ':' {
			return s.unexpected("a colon after the name")
		}
		s.i++
		v, bad := s.value()
		if bad == nil {
			bad = pair(key, at, v)
		}
		if bad != nil {
			return bad
		}
		switch s.next() {
		case ',':
			s.i++
		case '}':
			return s.after()
		default:
			return s.unexpected("a comma or a closing brace")
		}
	}
}

// after checks that nothing follows the closing brace.
func (s *scanner) after() *slip {
	s.i++
	if s.next(); s.i < len(s.b) {
		return s.slip("text after the object", "the next object on a line of its own")
	}
	return nil
}

func (s *scanner) value() (value, *slip) {
	c := s.next()
	at := s.i + 1
	switch {
	case c == '"':
		text, bad := s.text()
		return value{text: text, at: at}, bad
	case c == '{', c == '[':
		what := map[byte]string{'{': "an object", '[': "a list"}[c]
		d := json.NewDecoder(bytes.NewReader(s.b[s.i:]))
		var skipped json.RawMessage
		if err := d.Decode(&skipped); err != nil {
			s.i = len(s.b)
			return value{}, s.end()
		}
		s.i += int(d.InputOffset())
		return value{at: at, nested: what}, nil
	}
	from := s.i
	for s.i < len(s.b) && !bytes.ContainsRune([]byte(" ,:{}[]\"\t"), rune(s.b[s.i])) {
		s.i++
	}
	word := string(s.b[from:s.i])
	switch {
	case word == "null":
		return value{at: at}, nil
	case word == "true", word == "false", word != "" && json.Valid([]byte(word)):
		return value{text: word, at: at}, nil
	}
	s.i = from
	return value{}, s.unexpected("a text in double quotes, a number, true, false or null")
}

// text reads a string. Bytes that aren't UTF-8 stay as they are; the column
// refuses them.
func (s *scanner) text() (string, *slip) {
	from := s.i
	escaped := false
	for s.i++; s.i < len(s.b); s.i++ {
		switch c := s.b[s.i]; {
		case c == '\\':
			escaped = true
			s.i++
		case c == '"':
			s.i++
			return s.unescape(s.b[from:s.i], from, escaped)
		case c == 0:
			return "", s.unexpected("")
		case c < ' ':
			return "", s.slip("a control character in a text", `it written as \n, \t or \u and four digits`)
		}
	}
	s.i = len(s.b)
	return "", s.end()
}

func (s *scanner) unescape(quoted []byte, from int, escaped bool) (string, *slip) {
	plain := quoted[1 : len(quoted)-1]
	if !escaped || !utf8.Valid(plain) {
		return string(plain), nil
	}
	var out string
	err := json.Unmarshal(quoted, &out)
	if err != nil || strings.Count(out, "\uFFFD") > bytes.Count(plain, []byte("\uFFFD"))+bytes.Count(bytes.ToLower(plain), []byte(`\ufffd`)) {
		s.i = from
		return "", s.slip("an escape in a text that means nothing", `\", \\, \/, \b, \f, \n, \r, \t, or \u and four digits`)
	}
	return out, nil
}
