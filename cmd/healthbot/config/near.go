package config

import (
	"fmt"
	"strings"
)

// nearest finds the name that somebody most likely meant: the fewest edits
// away, and no more than a third of its letters, so that no suggestion is wild.
func nearest(given string, names []string) (string, bool) {
	best, least := "", -1
	for _, name := range names {
		n := distance(strings.ToLower(given), strings.ToLower(name))
		if n <= max(1, len(name)/3) && (least < 0 || n < least) {
			best, least = name, n
		}
	}
	return best, least >= 0
}

// suggest is the end of an "expected …" that offers the nearest name, if any.
func suggest(given string, names []string) string {
	if name, ok := nearest(given, names); ok {
		return fmt.Sprintf("; did you mean %q?", name)
	}
	return ""
}

// distance counts the edits between two words: a letter put in, left out,
// replaced, or swapped with its neighbour.
func distance(from, to string) int {
	a, b := []rune(from), []rune(to)
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// oneOf words a choice: "latest, all or skip".
func oneOf[T ~string](names []T) string {
	var b strings.Builder
	for i, n := range names {
		switch {
		case i > 0 && i == len(names)-1:
			b.WriteString(" or ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(string(n))
	}
	return b.String()
}

// words are the texts of some named values.
func words[T ~string](list []T) []string {
	var out []string
	for _, x := range list {
		out = append(out, string(x))
	}
	return out
}
