package source

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// upper1252 is what Windows-1252 has between 0x80 and 0x9F; a zero is nothing.
var upper1252 = [32]rune{
	'€', 0, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0, 'Ž', 0,
	0, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0, 'ž', 'Ÿ',
}

// windows1252 recognises a text in the encoding that spreadsheets on Windows still
// write: bytes above ASCII, all of them legal in it, and no character of UTF-8. It
// shows the first word in question, because other encodings of eight bits look
// the same and only a person can tell whether it reads well; that is why such a
// file isn't converted on the way. One damaged line in a file that has characters
// of UTF-8 is refused by itself.
func windows1252(b []byte) (shown string, ok bool) {
	odd := -1
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		switch {
		case r < utf8.RuneSelf && r != 0:
		case r == 0 || n > 1:
			return "", false
		case !utf8.FullRune(b[i:]): // cut by the end of what was read
			return wordAt(b, odd), odd >= 0
		case b[i] < 0xA0 && upper1252[b[i]-0x80] == 0:
			return "", false
		case odd < 0:
			odd = i
		}
		i += n
	}
	return wordAt(b, odd), odd >= 0
}

// wordAt decodes the field around a place.
func wordAt(b []byte, at int) string {
	if at < 0 {
		return ""
	}
	const ends = ",;\t|\"\r\n"
	from := bytes.LastIndexAny(b[:at], ends) + 1
	to := len(b)
	if i := bytes.IndexAny(b[at:], ends); i >= 0 {
		to = at + i
	}
	var s strings.Builder
	for _, c := range b[from:to] {
		r := rune(c)
		if c >= 0x80 && c < 0xA0 {
			r = upper1252[c-0x80]
		}
		if r != 0 {
			s.WriteRune(r)
		}
	}
	return s.String()
}
