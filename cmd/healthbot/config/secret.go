package config

import (
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Secret is text that no printer shows: fmt with any verb, encoders of text and
// JSON, and both loggers write "[redacted]". The zero Secret is empty.
//
// The text stands behind a function because fmt reads unexported fields of the
// structs around it by reflection, without asking for their methods; a function
// prints as an address.
type Secret struct{ reveal func() string }

// NewSecret hides a text.
func NewSecret(text string) Secret { return Secret{func() string { return text }} }

const redacted = "[redacted]"

// Reveal returns the text, for the one call that needs it.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// IsZero says that there is no secret.
func (s Secret) IsZero() bool { return s.Reveal() == "" }

func (s Secret) String() string               { return redacted }
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
func (s Secret) LogValue() slog.Value         { return slog.StringValue(redacted) }

// Format answers every verb, %d and %#v too, which would otherwise go around String.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// tokens matches what Slack's secrets look like, wherever they were pasted; the
// “xoxb-…” of an explanation is too short for one.
var tokens = regexp.MustCompile(`(?i)x(?:ox[a-z]|app)[-.][a-z0-9._-]{6,}|hooks\.slack\.com/[a-z0-9/_-]+`)

// mask stars out tokens and keeps the width, so that a caret below still points
// to its place.
func mask(line string) string {
	return tokens.ReplaceAllStringFunc(line, func(t string) string {
		return strings.Repeat("*", utf8.RuneCountInString(t))
	})
}
