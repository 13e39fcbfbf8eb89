package source

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"healthbot/storage/record"
)

// show quotes a text for a refusal.
func show(s string) string { return record.Show(s) }

// maxLabel is how long a header may be to be written as it is.
const maxLabel = 40

// label writes a column's name: as it is where that can be read, else as show
// does, because headers can hold anything, too.
func label(s string) string {
	if utf8.RuneCountInString(s) > maxLabel || record.HasSecret(s) || strings.ContainsFunc(s, func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }) {
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
