package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Bounds far beyond any team, for what the parser is trusted with: its memory
// grows with the square of the depth.
const (
	largest = 256 << 10
	deepest = 100 // brackets open at once, or dashes one after another
)

// document is the file being read: its lines, and every mistake so far.
type document struct {
	name     string // as people know it: "healthbot.yml"
	lines    []string
	mistakes []mistake
}

type mistake struct {
	line, column int
	Problem
}

// open parses the text. It answers false when there is nothing to go on with;
// the mistake is then on record. least says what an empty file lacks.
func open(name string, text []byte, least string) (*document, value, bool) {
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // Windows editors begin files with it
	d := &document{name: name, lines: strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")}
	switch {
	case len(text) > largest:
		d.add(1, 1, "", fmt.Sprintf("a file of %d KiB", len(text)>>10), fmt.Sprintf("at most %d KiB", largest>>10))
		return d, value{}, false
	case !utf8.Valid(text):
		line := 1 + bytes.Count(text[:firstInvalid(text)], []byte("\n"))
		d.add(line, 1, "", "bytes that are no UTF-8", "a text file in UTF-8")
		return d, value{}, false
	case deep(text):
		d.add(1, 1, "", fmt.Sprintf("more than %d brackets or dashes within one another", deepest), "lists and groups as in the sample")
		return d, value{}, false
	}
	d.pastedTokens()
	file, err := parse(text)
	var syntax yaml.Error
	switch {
	case errors.As(err, &syntax):
		line, column := 1, 1
		if t := syntax.GetToken(); t != nil && t.Position != nil {
			line, column = t.Position.Line, t.Position.Column
		}
		d.add(line, column, "", "a fault in the YAML: "+mask(syntax.GetMessage()),
			"YAML; a text that begins with * & ! @ ` { [ or holds “: ” or “ #” needs quotes")
	case err != nil:
		d.add(1, 1, "", "text that can't be parsed", "YAML")
	case len(file.Docs) > 1:
		line, column := d.position(file.Docs[1].Body)
		d.add(line, column, "", "a second document after ---", "one document")
	case len(file.Docs) == 0 || file.Docs[0].Body == nil:
		d.add(1, 1, "", "an empty file", least)
	default:
		return d, value{d, file.Docs[0].Body, ""}, true
	}
	return d, value{}, false
}

// deep says that the text would nest too far. It counts plainly, in quotes and
// comments too: no real file comes near.
func deep(text []byte) bool {
	open := 0
	for _, c := range text {
		switch c {
		case '[', '{':
			open++
		case ']', '}':
			open--
		}
		if open > deepest {
			return true
		}
	}
	return bytes.Contains(text, bytes.Repeat([]byte("- "), deepest))
}

// parse turns a panic of the parser into an error: the text is not ours, and a
// person who mistyped a bracket needs a sentence, not a stack.
func parse(text []byte) (f *ast.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			f, err = nil, fmt.Errorf("the YAML parser gave up: %v", p)
		}
	}()
	return parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey()) // duplicates are reported with the rest
}

func firstInvalid(text []byte) int {
	for i := 0; i < len(text); {
		c, n := utf8.DecodeRune(text[i:])
		if c == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(text)
}

// pastedTokens reports Slack's secrets anywhere in the file, comments included:
// the file is shared and kept in version control, tokens must not be.
func (d *document) pastedTokens() {
	for i, line := range d.lines {
		if at := tokens.FindStringIndex(line); at != nil {
			d.add(i+1, 1+utf8.RuneCountInString(line[:at[0]]), "", "a Slack token or webhook address, masked here",
				"it in the environment alone ("+BotToken+", "+AppToken+"); renew it if anybody else has seen this file")
		}
	}
}

// add records a mistake. Positions count from 1, in characters; those that the
// parser reports beyond the text are brought back into it.
func (d *document) add(line, column int, path, found, expected string) {
	line = max(1, min(line, len(d.lines)))
	text := []rune(d.lines[line-1])
	column = max(1, min(column, len(text)+1))
	where := fmt.Sprintf("%s:%d:%d", d.name, line, column)
	if path != "" {
		where += ": " + path
	}
	d.mistakes = append(d.mistakes, mistake{line, column, Problem{where, found, expected, excerpt(d.lines[line-1], column)}})
}

// problems are the mistakes in the order of the file.
func (d *document) problems() Problems {
	slices.SortStableFunc(d.mistakes, func(a, b mistake) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column))
	})
	var out Problems
	for _, m := range d.mistakes {
		out = append(out, m.Problem)
	}
	return out
}

// excerpt quotes a line, indented, with a caret under the column. Of a long
// line it shows the part around the column.
func excerpt(line string, column int) string {
	const before, most, margin = 50, 100, "    "
	text, caret := []rune(printable(mask(line))), column-1
	if start := caret - before; start > 0 && len(text) > most {
		text = append([]rune("…"), text[start:]...)
		caret = before + 1
	}
	if len(text) > most {
		text = append(slices.Clone(text[:most]), '…')
	}
	under := strings.Map(func(c rune) rune {
		if c == '\t' {
			return c // as wide as above, whatever the terminal makes of it
		}
		return ' '
	}, string(text[:caret]))
	return margin + string(text) + "\n" + margin + under + "^"
}

// printable keeps control characters of a file out of the terminal.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if c == '\t' || unicode.IsPrint(c) {
			return c
		}
		return '·'
	}, s)
}

// quote shows a text of the file in a message.
func quote(s string) string {
	const most = 60
	s = mask(s)
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return strconv.Quote(s)
}

// position is where a person would look for a node.
func (d *document) position(n ast.Node) (line, column int) {
	switch x := n.(type) {
	case nil:
		return 1, 1
	case *ast.MappingNode:
		if !x.IsFlowStyle && len(x.Values) > 0 { // its own token is the first colon
			return d.position(x.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return d.position(x.Key)
	}
	t := n.GetToken()
	if t == nil || t.Position == nil {
		return 1, 1
	}
	return t.Position.Line, t.Position.Column
}
