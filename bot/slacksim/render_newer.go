package slacksim

import "strings"

// newer reads the blocks of schema_newer.go aloud.
func (r *reading) newer(b, state object) {
	r.line(headline(b["title"]), headline(b["rich_text_title"]), str(b["status"]))
	r.line(readable(textOf(b["subtitle"])))
	r.line(readable(textOf(b["body"])))
	r.line(str(b["caption"]))
	if truth(b["is_label_visible"]) {
		r.line(str(b["label"]))
	}
	for _, key := range []string{"details", "output"} {
		r.line(headline(b[key]))
	}
	if b["type"] == "data_table" {
		for _, row := range list(b["rows"]) {
			var cells []string
			for _, c := range list(row) {
				c := obj(c)
				if c["element"] != nil {
					cells = append(cells, element(obj(c["element"]), state))
				} else {
					cells = append(cells, cell(c))
				}
			}
			r.line(strings.Join(cells, " | "))
		}
		return
	}
	var buttons []string
	elements := list(b["actions"])
	if b["type"] == "context_actions" {
		elements = list(b["elements"])
	}
	for _, e := range elements {
		buttons = append(buttons, element(obj(e), state))
	}
	r.line(buttons...)
	r.blocks(children(b))
}

// headline is a text object, a plain string, or rich text.
func headline(v any) string {
	if s, plain := v.(string); plain {
		return s
	}
	if s := textOf(v); s != "" {
		return readable(s)
	}
	return rich(obj(v))
}
