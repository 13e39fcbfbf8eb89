package bot

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// node is a piece of JSON as it is written: with the order of its fields, fields
// that stand twice, and text that no encoder would let out.
type node struct {
	fields []field // of an object
	items  []*node // of an array
	raw    string  // of anything else, as it stands in the text
	kind   nodeKind
}

type nodeKind int

const (
	scalar nodeKind = iota
	object
	array
)

type field struct {
	name string // encoded
	*node
}

func parseNode(t testing.TB, text []byte) *node {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	n, err := readNode(d)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func readNode(d *json.Decoder) (*node, error) {
	tok, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch tok {
	case json.Delim('{'):
		n := &node{kind: object}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			value, err := readNode(d)
			if err != nil {
				return nil, err
			}
			n.fields = append(n.fields, field{encoded(name), value})
		}
		_, err = d.Token()
		return n, err
	case json.Delim('['):
		n := &node{kind: array}
		for d.More() {
			item, err := readNode(d)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, item)
		}
		_, err = d.Token()
		return n, err
	}
	return &node{raw: encoded(tok)}, nil
}

func encoded(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // of a token that was just read
	}
	return string(b)
}

func (n *node) write(b *strings.Builder) {
	switch n.kind {
	case object:
		b.WriteByte('{')
		for i, f := range n.fields {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(f.name)
			b.WriteByte(':')
			f.write(b)
		}
		b.WriteByte('}')
	case array:
		b.WriteByte('[')
		for i, x := range n.items {
			if i > 0 {
				b.WriteByte(',')
			}
			x.write(b)
		}
		b.WriteByte(']')
	default:
		b.WriteString(n.raw)
	}
}

func (n *node) String() string {
	var b strings.Builder
	n.write(&b)
	return b.String()
}

func (n *node) clone() *node {
	out := &node{kind: n.kind, raw: n.raw}
	for _, f := range n.fields {
		out.fields = append(out.fields, field{f.name, f.clone()})
	}
	for _, x := range n.items {
		out.items = append(out.items, x.clone())
	}
	return out
}

// get follows names of fields; nil: there is no such place.
func (n *node) get(path ...string) *node {
	for _, name := range path {
		i := slices.IndexFunc(n.fields, func(f field) bool { return f.name == encoded(name) })
		if i < 0 {
			return nil
		}
		n = n.fields[i].node
	}
	return n
}

// set replaces a field's value, or adds the field.
func (n *node) set(name string, value *node) {
	if have := n.get(name); have != nil {
		*have = *value
		return
	}
	n.fields = append(n.fields, field{encoded(name), value})
}

func (n *node) text() (s string) {
	if n == nil || json.Unmarshal([]byte(n.raw), &s) != nil {
		return ""
	}
	return s
}

func text(s string) *node { return &node{raw: encoded(s)} }

// all lists a node and everything in it.
func (n *node) all() []*node {
	out := []*node{n}
	for _, f := range n.fields {
		out = append(out, f.all()...)
	}
	for _, x := range n.items {
		out = append(out, x.all()...)
	}
	return out
}

// strange is what may stand where something else should.
var strange = []func(*rand.Rand) string{
	func(*rand.Rand) string { return "null" },
	func(*rand.Rand) string { return "true" },
	func(*rand.Rand) string { return "{}" },
	func(*rand.Rand) string { return "[]" },
	func(*rand.Rand) string { return `""` },
	func(*rand.Rand) string { return "[null]" },
	func(*rand.Rand) string { return "-1" },
	func(*rand.Rand) string { return "1e999" },
	func(*rand.Rand) string { return "99999999999999999999999999" },
	func(*rand.Rand) string { return `"0"` },
	func(*rand.Rand) string { return "\"\xff\xfe\xc3(\"" },                     // not UTF-8
	func(*rand.Rand) string { return `"\ud800 \u0000 \u202e"` },                // half a surrogate, a zero, right to left
	func(*rand.Rand) string { return `"<!channel> <@U0ANA> *x* ` + "`" + `"` }, // Slack's own markup
	func(*rand.Rand) string { return `"'; DROP TABLE event; --"` },
	func(*rand.Rand) string { return `"1:rv_doesnotexist00"` },
	func(*rand.Rand) string { return `"9:x"` },
	func(*rand.Rand) string { return `{"type":"invented","value":{"value":[1,2,{"a":null}]}}` },
	func(r *rand.Rand) string { return `"` + strings.Repeat("é", size(r, 15)) + `"` },
	func(r *rand.Rand) string {
		n := size(r, 15)
		return strings.Repeat("[", n) + strings.Repeat("]", n)
	},
	func(r *rand.Rand) string {
		n := size(r, 13)
		return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n)
	},
	func(r *rand.Rand) string { return fmt.Sprint(r.Int64()) },
}

// size is mostly small, and now and then as much as 2 to the most.
func size(r *rand.Rand, most int) int { return 1 << r.IntN(1+r.IntN(1+r.IntN(most))) }

// mutate changes a few places of a payload, and how they hang together.
func mutate(r *rand.Rand, n *node) {
	for range 1 + r.IntN(3) {
		places := n.all()
		at := places[r.IntN(len(places))]
		switch r.IntN(8) {
		case 0, 1:
			*at = node{raw: strange[r.IntN(len(strange))](r)}
		case 2: // gone
			switch {
			case len(at.fields) > 0:
				i := r.IntN(len(at.fields))
				at.fields = slices.Delete(at.fields, i, i+1)
			case len(at.items) > 0:
				i := r.IntN(len(at.items))
				at.items = slices.Delete(at.items, i, i+1)
			}
		case 3: // twice, the second time another
			if len(at.fields) > 0 {
				f := at.fields[r.IntN(len(at.fields))]
				at.fields = append(at.fields, field{f.name, places[r.IntN(len(places))].clone()})
			} else if len(at.items) > 0 {
				at.items = append(at.items, at.items[r.IntN(len(at.items))].clone())
			}
		case 4: // something from elsewhere
			*at = *places[r.IntN(len(places))].clone()
		case 5: // wrapped
			inner := *at
			if r.IntN(2) == 0 {
				*at = node{kind: array, items: []*node{&inner}}
			} else {
				*at = node{kind: object, fields: []field{{`"value"`, &inner}}}
			}
		case 6: // as text
			if at.kind != scalar {
				*at = node{raw: encoded(at.String())}
			} else {
				*at = node{raw: encoded(at.raw)}
			}
		case 7: // a name in another case, or another name's
			if len(at.fields) > 0 {
				f := &at.fields[r.IntN(len(at.fields))]
				if r.IntN(2) == 0 {
					f.name = strings.ToUpper(f.name)
				} else {
					f.name = at.fields[r.IntN(len(at.fields))].name
				}
			}
		}
	}
}

// fillIn types into the inputs of a submitted form what a person might, some of
// it out of bounds.
func fillIn(r *rand.Rand, payload *node) {
	view := payload.get("view")
	if view == nil || view.get("state", "values") == nil || view.get("blocks") == nil {
		return
	}
	values := view.get("state", "values")
	for _, b := range view.get("blocks").items {
		e := b.get("element")
		if e == nil || r.IntN(8) == 0 {
			continue
		}
		v := &node{kind: object, fields: []field{{`"type"`, text(e.get("type").text())}}}
		switch options := e.get("options"); {
		case e.get("type").text() == "plain_text_input":
			v.set("value", text([]string{"They log in less since the merger.", "7", "0.5", "=cmd()", strings.Repeat("long ", 700), " ", "2026-12-01"}[r.IntN(7)]))
		case e.get("type").text() == "datepicker":
			v.set("selected_date", text([]string{"2026-11-30", "2026-12-07", "2025-01-01", "2999-12-31", "tomorrow"}[r.IntN(5)]))
		case e.get("type").text() == "number_input":
			v.set("value", text([]string{"3", "-1", "1e9", "x"}[r.IntN(4)]))
		case e.get("type").text() == "users_select":
			v.set("selected_user", text([]string{ana.ID, lee.ID, "U0NOBODY"}[r.IntN(3)]))
		case options != nil && len(options.items) > 0:
			chosen := options.items[r.IntN(len(options.items))].clone()
			if strings.HasPrefix(e.get("type").text(), "multi_") || e.get("type").text() == "checkboxes" {
				v.set("selected_options", &node{kind: array, items: []*node{chosen}})
			} else {
				v.set("selected_option", chosen)
			}
		default:
			continue
		}
		values.set(b.get("block_id").text(), &node{kind: object, fields: []field{{encoded(e.get("action_id").text()), v}}})
	}
}
