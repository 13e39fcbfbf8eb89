package config

import (
	"fmt"
	"strings"
)

// Problem is one mistake in the configuration.
type Problem struct {
	Where    string // "SLACK_BOT_TOKEN", or "healthbot.yml:12:5: routes[0]"
	Found    string
	Expected string
	// Excerpt is the line of the file and a caret under the place; empty for
	// environment variables, whose values are never shown.
	Excerpt string
}

func (p Problem) String() string {
	s := fmt.Sprintf("%s: found %s; expected %s", p.Where, p.Found, p.Expected)
	if p.Excerpt != "" {
		s += "\n" + p.Excerpt
	}
	return s
}

// Problems is every mistake found, in the order of the file. As an error it is
// text for people, ready to print.
type Problems []Problem

func (ps Problems) Error() string {
	var parts []string
	for _, p := range ps {
		parts = append(parts, p.String())
	}
	return strings.Join(parts, "\n")
}

// err is nil when nothing is wrong; a nil Problems in an error would not be.
func (ps Problems) err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}
