package config

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	lexer "github.com/goccy/go-yaml/token"
)

// value is a place in the document. Its readers report what is wrong there and
// return the zero value, so that the rest is read all the same.
type value struct {
	doc  *document
	node ast.Node
	path string // "routes[0].cron"; empty for the whole
}

// bad records a mistake at this place.
func (v value) bad(found, expected string) {
	line, column := v.doc.position(v.node)
	v.doc.add(line, column, v.path, found, expected)
}

// wrong is bad for a value that is of another kind than expected.
func (v value) wrong(expected string) { v.bad(describe(v.node), expected) }

func (v value) line() int {
	line, _ := v.doc.position(v.node)
	return line
}

// describe names what stands at a place.
func describe(n ast.Node) string {
	switch x := n.(type) {
	case *ast.NullNode:
		return "nothing"
	case *ast.BoolNode:
		return x.GetToken().Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "the number " + mask(printable(n.GetToken().Value))
	case *ast.StringNode:
		return quote(x.Value)
	case *ast.LiteralNode:
		return "a block of text"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a group of keys"
	case *ast.SequenceNode:
		return "a list"
	case *ast.AliasNode, *ast.AnchorNode:
		return "an anchor or alias (& or *)"
	case *ast.TagNode:
		return "a tag (!)"
	}
	return "something else"
}

// key is one key that a group may have, and what reads it.
type key struct {
	name     string
	required bool
	read     func(value)
}

func required(name string, read func(value)) key { return key{name, true, read} }
func optional(name string, read func(value)) key { return key{name, false, read} }

// into makes a reader's result end up in a field.
func into[T any](dst *T, read func(value) T) func(value) {
	return func(v value) { *dst = read(v) }
}

// object reads a group of keys: each once, none that isn't listed, none of the
// required ones missing.
func (v value) object(keys ...key) {
	entries, ok := v.entries("a group of keys")
	if !ok {
		return
	}
	var names []string
	for _, k := range keys {
		names = append(names, k.name)
	}
	for _, e := range entries {
		i := slices.Index(names, e.name)
		if i < 0 {
			value{v.doc, e.key, v.path}.bad("the unknown key "+quote(e.name), "one of "+strings.Join(names, ", ")+suggest(e.name, names))
			continue
		}
		keys[i].read(e.value)
		keys[i].required = false
	}
	for _, k := range keys {
		if k.required {
			v.bad("no "+k.name, "one")
		}
	}
}

// entry is one key with what stands behind it.
type entry struct {
	name  string
	key   ast.Node
	value value
}

// entries lists a group of keys in order; a key that comes twice is reported
// and left out.
func (v value) entries(expected string) ([]entry, bool) {
	var pairs []*ast.MappingValueNode
	switch x := v.node.(type) {
	case *ast.MappingNode:
		pairs = x.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{x}
	default:
		v.wrong(expected)
		return nil, false
	}
	var out []entry
	first := map[string]int{}
	for _, p := range pairs {
		name := p.Key.GetToken().Value
		at := value{v.doc, p.Key, v.path}
		if line, twice := first[name]; twice {
			at.bad(fmt.Sprintf("the key %s again, first on line %d", quote(name), line), "each key once")
			continue
		}
		first[name] = at.line()
		path := mask(printable(name))
		if v.path != "" {
			path = v.path + "." + path
		}
		out = append(out, entry{name, p.Key, value{v.doc, p.Value, path}})
	}
	return out, true
}

// items lists the places of a list.
func (v value) items(expected string) []value {
	list, ok := v.node.(*ast.SequenceNode)
	if !ok {
		v.wrong(expected)
		return nil
	}
	var out []value
	for i, n := range list.Values {
		out = append(out, value{v.doc, n, fmt.Sprintf("%s[%d]", v.path, i)})
	}
	return out
}

// listOf reads a list of things.
func listOf[T any](read func(value) T) func(value) []T {
	return func(v value) []T {
		var out []T
		for _, item := range v.items("a list") {
			out = append(out, read(item))
		}
		return out
	}
}

// setOf reads a list in which nothing comes twice. What was wrong is left out.
func setOf[T comparable](read func(value) T) func(value) []T {
	return func(v value) []T {
		var out []T
		var zero T
		for _, item := range v.items("a list") {
			switch x := read(item); {
			case x == zero:
			case slices.Contains(out, x):
				item.bad(describe(item.node)+" again", "each once")
			default:
				out = append(out, x)
			}
		}
		return out
	}
}

// some wants at least one thing in a list.
func some[T any](what string, read func(value) []T) func(value) []T {
	return func(v value) []T {
		out := read(v)
		if list, ok := v.node.(*ast.SequenceNode); ok && len(list.Values) == 0 {
			v.bad("an empty list", "at least one "+what)
		}
		return out
	}
}

// scalar is the text at a place, or "" with the mistake on record.
func (v value) scalar(expected string) string {
	s, ok := v.node.(*ast.StringNode)
	switch {
	case !ok:
		v.wrong(expected)
		return ""
	case s.Value == "":
		v.bad("an empty text", expected)
		return ""
	}
	return s.Value
}

// text is one short line for people: a name, a title.
func (v value) text() string { return v.upTo(100) }

// prose is one line with room for a reason.
func (v value) prose() string { return v.upTo(600) }

func (v value) upTo(most int) string {
	s := v.scalar("text (in quotes, if it looks like something else)")
	switch {
	case strings.ContainsFunc(s, unicode.IsControl):
		v.wrong("one line without control characters")
	case strings.TrimSpace(s) != s:
		v.wrong("text without spaces around it")
	case utf8.RuneCountInString(s) > most:
		v.wrong(fmt.Sprintf("at most %d characters", most))
	default:
		return s
	}
	return ""
}

// whole is a whole number between two ends, or 0.
func (v value) whole(lo, hi int) int {
	expected := fmt.Sprintf("a whole number from %d to %d", lo, hi)
	if n, ok := v.node.(*ast.IntegerNode); ok {
		// Plain digits only: in YAML 010 is eight and 1_0 is ten, to few people's knowledge.
		if i, err := strconv.Atoi(n.GetToken().Value); err == nil && strconv.Itoa(i) == n.GetToken().Value && lo <= i && i <= hi {
			return i
		}
	}
	v.wrong(expected)
	return 0
}

// positive is a number above 0, or 0.
func (v value) positive() float64 {
	f, ok := v.float()
	if !ok || f <= 0 {
		v.wrong("a number above 0")
		return 0
	}
	return f
}

// number is any number, or 0.
func (v value) number() float64 {
	f, ok := v.float()
	if !ok {
		v.wrong("a number")
	}
	return f
}

// between reads a number between two ends, both allowed, or 0.
func between(lo, hi float64) func(value) float64 {
	return func(v value) float64 {
		f, ok := v.float()
		if !ok || f < lo || f > hi {
			v.wrong(fmt.Sprintf("a number from %s to %s", decimal(lo), decimal(hi)))
			return 0
		}
		return f
	}
}

// float reads a finite decimal number. What YAML knows besides (.inf, .nan, 0x1f,
// 010 for eight, 1_000) is none: whoever writes it means something else.
func (v value) float() (float64, bool) {
	switch x := v.node.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
	case *ast.StringNode: // the parser takes 1e+06 for a word
		if x.GetToken().Type != lexer.StringType { // in quotes
			return 0, false
		}
	default:
		return 0, false
	}
	text := v.node.GetToken().Value
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil && numberForm.MatchString(text) && !math.IsInf(f, 0)
}

// decimal writes a number the shortest way that reads as the same.
func decimal(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// parsed reads a text of a certain form; expected describes it.
func parsed[T any](expected string, parse func(string) (T, bool)) func(value) T {
	return func(v value) T {
		var zero T
		s := v.scalar(expected)
		if s == "" {
			return zero
		}
		x, ok := parse(s)
		if !ok {
			v.wrong(expected)
			return zero
		}
		return x
	}
}

// choice reads one of a few words.
func choice[T ~string](all []T) func(value) T {
	return func(v value) T {
		s := v.scalar(oneOf(all))
		if s == "" || slices.Contains(all, T(s)) {
			return T(s)
		}
		v.wrong(oneOf(all) + suggest(s, words(all)))
		return ""
	}
}
