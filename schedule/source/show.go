package source

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// showMost is how much of a text is shown; a refusal is one line.
const showMost = 40

// secret is what tokens, keys and links with passwords look like. A column that
// slipped must not carry one into a log or a channel.
var secret = regexp.MustCompile(`xox[a-z]-|xapp-|gh[a-z]_[A-Za-z0-9]{16}|github_pat_|\bsk-[A-Za-z0-9_-]{16}|\bAKIA[0-9A-Z]{12}|\beyJ[A-Za-z0-9_-]{10}|-----BEGIN|://[^/\s:@]+:[^/\s@]+@|(?i:password|passwd|secret|bearer|api[_-]?key|token)\s*[:= ]\s*\S{6}`)

// hasSecret looks at the beginning, which is all that is ever shown, and a bit
// more, because a secret is known by what follows it, too.
func hasSecret(s string) bool { return secret.MatchString(s[:min(len(s), 16*showMost)]) }

// show quotes a text for a refusal: shortened, what can't be printed written
// out, secrets left out.
func show(s string) string {
	if hasSecret(s) {
		return fmt.Sprintf("something that looks like a secret (%s characters, not shown)", grouped(utf8.RuneCountInString(s)))
	}
	if n := utf8.RuneCountInString(s); n > showMost {
		return fmt.Sprintf("“%s…” (%s characters)", escape(s, showMost), grouped(n))
	}
	return "“" + escape(s, showMost) + "”"
}

// escape returns the first runes of a text, those that can't be printed written
// out.
func escape(s string, most int) string {
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

// label writes a column's name: as it is where that can be read, else as show
// does, because headers can hold anything, too.
func label(s string) string {
	if utf8.RuneCountInString(s) > showMost || hasSecret(s) || strings.ContainsFunc(s, func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }) {
		return show(s)
	}
	return s
}

// nearest returns the name closest to s, or "" when none is close: at most a
// third of it may be wrong.
func nearest(s string, names []string) string {
	best, least := "", len(s)/3+2
	for _, n := range names {
		if d := distance(plainName(s), plainName(n)); d < least {
			best, least = n, d
		}
	}
	return best
}

// distance is the number of letters to change, add, drop or swap with the next.
func distance(a, b string) int {
	if len(a) > maxText || len(b) > maxText {
		return max(len(a), len(b))
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(change, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
