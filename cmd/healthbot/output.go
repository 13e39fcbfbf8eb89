package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// oneLine makes foreign text safe to print on a terminal: control characters,
// line breaks and marks that turn the reading direction become visible dots.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return '·'
		}
		return r
	}, s)
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}
