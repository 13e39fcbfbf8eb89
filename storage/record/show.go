package record

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// showMost is how much of a text is shown; a refusal is one line.
const showMost = 40

// secret is what tokens, keys and links with passwords look like. A column that
// slipped must not carry one into a log or a channel.
var secret = regexp.MustCompile(`xox[a-z]-|xapp-|gh[a-z]_[A-Za-z0-9]{16}|github_pat_|\bsk-[A-Za-z0-9_-]{16}|\bAKIA[0-9A-Z]{12}|\beyJ[A-Za-z0-9_-]{10}|-----BEGIN|://[^/\s:@]+:[^/\s@]+@|(?i:password|passwd|secret|bearer|api[_-]?key|token)\s*[:= ]\s*\S{6}`)

// HasSecret looks at the beginning, which is all that is ever shown, and a bit
// more, because a secret is known by what follows it, too.
func HasSecret(s string) bool { return secret.MatchString(s[:min(len(s), 16*showMost)]) }

// Show quotes a text for a refusal: shortened, what can't be printed written
// out, secrets left out.
func Show(s string) string {
	if HasSecret(s) {
		return fmt.Sprintf("something that looks like a secret (%s characters, not shown)", Grouped(utf8.RuneCountInString(s)))
	}
	if n := utf8.RuneCountInString(s); n > showMost {
		return fmt.Sprintf("“%s…” (%s characters)", Escape(s, showMost), Grouped(n))
	}
	return "“" + Escape(s, showMost) + "”"
}

// Escape returns the first runes of a text, those that can't be printed written
// out.
func Escape(s string, most int) string {
	var b strings.Builder
	n := 0
	for i, r := range s {
		if n++; n > most {
			break
		}
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r < utf8.RuneSelf:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// Grouped writes a count for reading: 12,345.
func Grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
