package slacksim

import "strings"

// validatable are the arguments of blocks.validate, each with the code of its
// refusal and what its pointers begin with in our own reports.
var validatable = []struct {
	argument, code, root string
	check                func(world, *report, any)
}{
	{"blocks", "invalid_blocks", "/blocks", func(w world, r *report, v any) {
		if blocks, ok := v.([]any); ok {
			w.messageBlocks(r, blocks)
		} else {
			r.add("/blocks", "must provide an array")
		}
	}},
	{"message", "invalid_message", "", func(w world, r *report, v any) {
		m := obj(v)
		if m == nil {
			r.add("", "must provide an object")
		} else if blocks, ok := m["blocks"].([]any); ok {
			w.messageBlocks(r, blocks)
		} else if m["blocks"] != nil {
			r.add("/blocks", "must provide an array")
		}
	}},
	{"view", "invalid_view", "/view", func(w world, r *report, v any) { w.wholeView(r, obj(v)) }},
}

// blocksValidate judges without posting. It does not mind a message without
// text, which the real one does not either.
func (c *call) blocksValidate() (object, error) {
	given := 0
	for _, a := range validatable {
		if c.has(a.argument) {
			given++
		}
	}
	if given != 1 {
		return nil, badArgument("exactly one of blocks, message, view must be provided")
	}
	for _, a := range validatable {
		if !c.has(a.argument) {
			continue
		}
		r := &report{world: c.world(), surface: inMessage}
		if v, ok := c.structure(a.argument); ok {
			a.check(r.world, r, v)
		} else {
			r.add(a.root, "must provide valid JSON")
		}
		if len(r.problems) > 0 {
			return nil, &apiError{code: a.code, more: object{"errors": r.pointed(a.root)}}
		}
	}
	return object{}, nil
}

// pointed is the `errors` list of blocks.validate, whose pointers begin inside
// of the argument. Of the codes only this one is documented.
func (r *report) pointed(root string) []any {
	var out []any
	for _, p := range r.problems {
		e := object{"pointer": strings.TrimPrefix(p.pointer, root), "code": "failed_constraint", "message": p.message}
		if field, is := strings.CutPrefix(p.message, "missing required field: "); is {
			e["field"] = field
		}
		out = append(out, e)
	}
	return out
}
