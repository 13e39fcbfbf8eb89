package slacksim

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// View is a modal or a Home as somebody sees it. It marshals as Slack's own
// view object, with the `errors` that stand under its inputs.
type View struct {
	ID, Title, CallbackID string
	JSON                  map[string]any
}

// MarshalJSON writes the view object.
func (v View) MarshalJSON() ([]byte, error) { return encode(v.JSON), nil }

// UnmarshalJSON reads it back.
func (v *View) UnmarshalJSON(raw []byte) error {
	if err := unmarshal(raw, &v.JSON); err != nil {
		return err
	}
	v.ID, v.CallbackID, v.Title = str(v.JSON["id"]), str(v.JSON["callback_id"]), textOf(v.JSON["title"])
	return nil
}

// Text is the view as a person reads it, a line for each text and each input.
func (v *View) Text() string {
	var r reading
	r.values = obj(obj(v.JSON["state"])["values"])
	r.errors = obj(v.JSON["errors"])
	if v.JSON["type"] == "modal" {
		r.line(v.Title)
	}
	r.blocks(list(v.JSON["blocks"]))
	for _, button := range []string{"close", "submit"} {
		if label := textOf(v.JSON[button]); label != "" {
			r.line("[" + label + "]")
		}
	}
	return r.String()
}

// Text is the message as a person reads it: its blocks if it has any, else its
// plain text.
func (m Message) Text() string {
	var r reading
	if len(m.Blocks) == 0 {
		r.line(readable(m.Plain))
	}
	r.blocks(m.Blocks)
	for _, a := range m.Attachments {
		r.line(readable(textOf(a)))
		r.blocks(list(obj(a)["blocks"]))
	}
	return r.String()
}

// A reading collects lines.
type reading struct {
	lines          []string
	values, errors object
}

func (r *reading) String() string { return strings.Join(r.lines, "\n") }

func (r *reading) line(parts ...string) {
	var full []string
	for _, p := range parts {
		if p != "" {
			full = append(full, p)
		}
	}
	if len(full) > 0 {
		r.lines = append(r.lines, strings.Join(full, " "))
	}
}

func (r *reading) blocks(blocks []any) {
	for _, b := range blocks {
		r.block(obj(b))
	}
}

func (r *reading) block(b object) {
	state := obj(r.values[str(b["block_id"])])
	switch str(b["type"]) {
	case "divider":
		r.line("---")
	case "context", "actions":
		var parts []string
		for _, e := range list(b["elements"]) {
			parts = append(parts, element(obj(e), state))
		}
		r.line(parts...)
	case "image", "video":
		r.line("(image: "+str(b["alt_text"])+")", textOf(b["title"]))
	case "input":
		r.line(textOf(b["label"])+":", element(obj(b["element"]), state))
		r.line(textOf(b["hint"]))
	case "rich_text":
		for _, e := range list(b["elements"]) {
			r.line(rich(obj(e)))
		}
	case "table":
		for _, row := range list(b["rows"]) {
			var cells []string
			for _, c := range list(row) {
				cells = append(cells, cell(obj(c)))
			}
			r.line(strings.Join(cells, " | "))
		}
	case "data_visualization":
		r.line("(" + str(obj(b["chart"])["type"]) + " chart: " + str(b["title"]) + ")")
		r.chart(obj(b["chart"]))
	case "markdown":
		r.line(str(b["text"]))
	case "card", "carousel", "container", "layout", "plan", "task_card", "data_table", "context_actions":
		r.newer(b, state)
	default:
		r.line(readable(textOf(b["text"])))
		for _, f := range list(b["fields"]) {
			r.line(readable(textOf(f)))
		}
		r.line(element(obj(b["accessory"]), state))
	}
	if e := str(r.errors[str(b["block_id"])]); e != "" {
		r.line("! " + e)
	}
}

func (r *reading) chart(chart object) {
	for _, s := range list(chart["segments"]) {
		r.line(str(obj(s)["label"]), fmt.Sprint(obj(s)["value"]))
	}
	for _, s := range list(chart["series"]) {
		parts := []string{str(obj(s)["name"]) + ":"}
		for _, p := range list(obj(s)["data"]) {
			parts = append(parts, fmt.Sprintf("%v=%v", obj(p)["label"], obj(p)["value"]))
		}
		r.line(parts...)
	}
}

func cell(c object) string {
	if str(c["type"]) == "rich_text" {
		var parts []string
		for _, e := range list(c["elements"]) {
			parts = append(parts, rich(obj(e)))
		}
		return strings.Join(parts, " ")
	}
	return str(c["text"])
}

// element is an element on one line: a button in brackets, anything to fill
// with what is in it.
func element(e, state object) string {
	switch kind := str(e["type"]); {
	case e == nil:
		return ""
	case kind == "button", kind == "icon_button":
		return "[" + textOf(e["text"]) + "]"
	case kind == "image":
		return "(image: " + str(e["alt_text"]) + ")"
	case kind == "mrkdwn", kind == "plain_text":
		return readable(str(e["text"]))
	case kind == "feedback_buttons":
		return "[" + strings.Join(texts(offers(e)), "] [") + "]"
	case kind == "overflow":
		return "[⋯ " + strings.Join(texts(offers(e)), " / ") + "]"
	case kind == "checkboxes", kind == "radio_buttons":
		return choices(e, state)
	}
	h := holders[str(e["type"])]
	value := obj(state[str(e["action_id"])])[h.key]
	if state[str(e["action_id"])] == nil {
		value = e[initialKeys[h.key]]
	}
	if shown := held(value); shown != "" {
		return "<" + shown + ">"
	}
	return "<" + elementLabel(e) + ">"
}

// choices shows every option with a mark on those chosen.
func choices(e, state object) string {
	h := holders[str(e["type"])]
	entry, known := state[str(e["action_id"])]
	value := obj(entry)[h.key]
	if !known {
		value = e[initialKeys[h.key]]
	}
	chosen := list(value)
	if !h.many {
		chosen = []any{value}
	}
	var parts []string
	for _, o := range offers(e) {
		mark := "( ) "
		for _, c := range chosen {
			if sameOption(o, c) {
				mark = "(x) "
			}
		}
		parts = append(parts, mark+textOf(obj(o)["text"]))
	}
	return strings.Join(parts, "  ")
}

func texts(options []any) []string {
	var out []string
	for _, o := range options {
		out = append(out, textOf(obj(o)["text"]))
	}
	return out
}

func held(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case json.Number:
		return x.String()
	case []any:
		var parts []string
		for _, e := range x {
			parts = append(parts, held(e))
		}
		return strings.Join(parts, ", ")
	case object:
		if label := textOf(x["text"]); label != "" {
			return label
		}
		return rich(x)
	}
	return ""
}

// rich flattens rich text.
func rich(e object) string {
	var b strings.Builder
	for _, part := range list(e["elements"]) {
		p := obj(part)
		switch str(p["type"]) {
		case "text":
			b.WriteString(str(p["text"]))
		case "link":
			b.WriteString(str(p["url"]))
		case "user":
			b.WriteString("<@" + str(p["user_id"]) + ">")
		case "channel":
			b.WriteString("<#" + str(p["channel_id"]) + ">")
		case "emoji":
			b.WriteString(":" + str(p["name"]) + ":")
		case "broadcast":
			b.WriteString("@" + str(p["range"]))
		default:
			b.WriteString(rich(p))
		}
	}
	return b.String()
}

var markup = regexp.MustCompile(`<(https?://[^|>]+|mailto:[^|>]+|!date\^[^|>]+|#[^|>]+)\|([^>]*)>`)

// readable resolves what Slack's client resolves: links and dates to their
// words, entities to characters. Mentions stay as they are, because tests ask
// for them.
func readable(s string) string {
	s = markup.ReplaceAllString(s, "$2")
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(s)
}
