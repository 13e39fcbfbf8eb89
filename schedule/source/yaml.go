package source

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"healthbot/storage/record"
)

// walker reads a YAML tree and collects what is wrong with it. Decoding into
// structs would stop at the first mistake; somebody who writes a mapping wants
// to hear of all of them.
type walker struct {
	text     script
	mistakes []mistake
}

const (
	maxMapping = 1 << 20
	// maxDepth is more than any mapping nests. The parser's cost grows with the
	// square of the depth, so a line of brackets must not reach it.
	maxDepth = 16
)

// parse returns the document's one node, nil if there is none to walk.
func (w *walker) parse(b []byte) ast.Node {
	if len(b) > maxMapping {
		w.at(mark{1, 1}, "the file has %s bytes; a mapping has at most %s", grouped(len(b)), grouped(maxMapping))
		return nil
	}
	tokens := lexer.Tokenize(string(b))
	if t := tooDeep(tokens); t != nil {
		w.at(markOf(t), "this nests deeper than a mapping ever does")
		return nil
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	var se *yaml.SyntaxError
	switch {
	case errors.As(err, &se):
		w.syntax(markOf(se.Token), se.Message)
		return nil
	case err != nil:
		w.syntax(mark{1, 1}, err.Error())
		return nil
	case len(file.Docs) > 1 && file.Docs[1].Body != nil:
		w.fail(file.Docs[1].Body, "a second document begins here; a mapping is one")
		return nil
	case len(file.Docs) == 0 || file.Docs[0].Body == nil:
		w.at(mark{1, 1}, "the file is empty; a mapping begins with kind: and one of %s", listKinds())
		return nil
	}
	return file.Docs[0].Body
}

// syntax passes the parser's words on; the star of value maps is what people
// forget to quote, and the parser doesn't say so.
func (w *walker) syntax(at mark, what string) {
	what = record.Escape(what, maxText)
	if record.HasSecret(what) {
		what = "this is no YAML"
	}
	if at.line <= len(w.text.lines) {
		if l := w.text.lines[at.line-1]; strings.Contains(l, anyOther) && !strings.Contains(l, `"*"`) && !strings.Contains(l, `'*'`) {
			what += `; a star needs quotes: "*"`
		}
	}
	w.at(at, "%s", what)
}

func tooDeep(tokens token.Tokens) *token.Token {
	flow, dashes, line := 0, 0, 0
	for _, t := range tokens {
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			flow++
		case token.MappingEndType, token.SequenceEndType:
			flow--
		case token.SequenceEntryType, token.MappingKeyType:
			if t.Position.Line != line {
				dashes, line = 0, t.Position.Line
			}
			dashes++
		}
		if flow > maxDepth || dashes > maxDepth {
			return t
		}
	}
	return nil
}

func markOf(t *token.Token) mark {
	if t == nil || t.Position == nil {
		return mark{1, 1}
	}
	return mark{t.Position.Line, t.Position.Column}
}

// markNode is where a node begins; a block mapping's own token is its first
// colon, so its first key stands for it.
func markNode(n ast.Node) mark {
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		return markOf(m.Values[0].Key.GetToken())
	}
	return markOf(n.GetToken())
}

func (w *walker) at(at mark, format string, args ...any) {
	w.mistakes = append(w.mistakes, mistake{at, fmt.Sprintf(format, args...)})
}

func (w *walker) fail(n ast.Node, format string, args ...any) {
	w.at(markNode(n), format, args...)
}

// err reports what was found.
func (w *walker) err() error {
	if len(w.mistakes) == 0 {
		return nil
	}
	return w.text.error(w.mistakes)
}

// pair is one entry of a mapping.
type pair struct {
	name  string
	key   ast.Node
	value ast.Node
}

// pairs lists the entries of a mapping with distinct names.
func (w *walker) pairs(n ast.Node, what string) []pair {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		w.fail(n, "found %s; expected %s", nodeName(n), what)
		return nil
	}
	var out []pair
	first := map[string]mark{}
	for _, v := range m.Values {
		name, ok := w.scalar(v.Key)
		if !ok {
			continue
		}
		if at, twice := first[name]; twice {
			w.fail(v.Key, "%s stands here a second time; the first is on line %d", show(name), at.line)
			continue
		}
		first[name] = markNode(v.Key)
		out = append(out, pair{name, v.Key, v.Value})
	}
	return out
}

// fields reads a mapping whose keys are fixed; nil if it is none.
func (w *walker) fields(n ast.Node, what string, allowed ...string) map[string]ast.Node {
	if _, ok := n.(*ast.MappingNode); !ok {
		w.fail(n, "found %s; expected %s", nodeName(n), what)
		return nil
	}
	out := map[string]ast.Node{}
	for _, p := range w.pairs(n, what) {
		if !slices.Contains(allowed, p.name) {
			w.fail(p.key, "found the unknown key %s; expected %s", show(p.name), meant(p.name, allowed))
			continue
		}
		out[p.name] = p.value
	}
	return out
}

// list returns the items of a list.
func (w *walker) list(n ast.Node, what string) []ast.Node {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		w.fail(n, "found %s; expected %s", nodeName(n), what)
		return nil
	}
	return s.Values
}

// word reads a text that must not be empty.
func (w *walker) word(n ast.Node, what string) string {
	s, ok := w.scalar(n)
	if ok && strings.TrimSpace(s) == "" {
		w.fail(n, "found nothing; expected %s", what)
	}
	return strings.TrimSpace(s)
}

// scalar reads any plain value as the text that stands in the file: 007 stays
// 007 and True stays True, because both are compared with cells.
func (w *walker) scalar(n ast.Node) (string, bool) {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value, true
	case *ast.LiteralNode:
		return v.Value.Value, true
	case *ast.NullNode:
		return "", true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return v.GetToken().Value, true
	}
	w.fail(n, "found %s; expected a plain text", nodeName(n))
	return "", false
}

func nodeName(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode:
		return "keys with values"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode:
		return "nothing"
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
		return "a YAML anchor or alias, which mappings don't use (a text that begins with * or & needs quotes)"
	case *ast.TagNode:
		return "a YAML tag, which mappings don't use"
	}
	return show(n.GetToken().Value)
}

// meant names what is allowed, the likely one first where there is one.
func meant(s string, allowed []string) string {
	if near := nearest(s, allowed); near != "" {
		return near + " (or one of " + strings.Join(without(allowed, near), ", ") + ")"
	}
	return "one of " + strings.Join(allowed, ", ")
}

func without(all []string, one string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s == one })
}
