package view

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"
)

// The judge below knows nothing of this package's builders or constants: it
// walks the JSON as Slack gets it, with a table of its own. The numbers are
// those of docs.slack.dev/reference, as of late 2026.
var judged = map[string]int{
	"blocks of a message": 50, "blocks of a view": 100, "text of a message": 4000, "all text of a message": 8000,
	"title": 24, "private_metadata": 3000, "id": 255, "section": 3000, "header": 150, "context": 10, "actions": 25,
	"button": 75, "value of a button": 2000, "url": 3000, "option": 75, "value of an option": 150, "options": 100, "choices": 10,
	"overflow": 5, "label": 2000, "input": 3000, "bytes of a modal": 18_000,
}

type judge struct {
	problems []string
	blockIDs map[string]bool
	counted  int
	inputs   int
}

func (j *judge) add(format string, args ...any) {
	j.problems = append(j.problems, fmt.Sprintf(format, args...))
}

func (j *judge) within(what, s string, most string) {
	if n := units(s); n < 1 || n > judged[most] {
		j.add("%s has %d characters; 1 to %d are allowed: %.60q", what, n, judged[most], s)
	}
}

func units(s string) int { return len(utf16.Encode([]rune(s))) }

// judgeView checks a message, a modal or Home, and returns what is wrong.
func judgeView(raw []byte) []string {
	j := &judge{blockIDs: map[string]bool{}}
	var v map[string]any
	if err := json.Unmarshal(raw, &v); err != nil {
		return []string{err.Error()}
	}
	blocks, _ := v["blocks"].([]any)
	for i, b := range blocks {
		j.block(fmt.Sprintf("block %d", i), b.(map[string]any))
	}
	if len(blocks) == 0 {
		j.add("no blocks")
	}
	switch v["type"] {
	case nil:
		j.message(v, blocks)
	case "modal":
		j.modal(v, blocks)
	case "home":
		if len(blocks) > judged["blocks of a view"] {
			j.add("%d blocks", len(blocks))
		}
	default:
		j.add("type %v", v["type"])
	}
	j.hidden("view", v)
	return j.problems
}

func (j *judge) message(v map[string]any, blocks []any) {
	text, _ := v["text"].(string)
	j.within("text", text, "text of a message")
	if strings.ContainsAny(text, "<>") || strings.Contains(strings.NewReplacer("&amp;", "", "&lt;", "", "&gt;", "").Replace(text), "&") {
		j.add("text is not escaped: %.200q", text)
	}
	if len(blocks) > judged["blocks of a message"] {
		j.add("%d blocks", len(blocks))
	}
	if j.counted > judged["all text of a message"] {
		j.add("%d characters over all blocks", j.counted)
	}
	if j.inputs > 0 {
		j.add("inputs in a message")
	}
}

func (j *judge) modal(v map[string]any, blocks []any) {
	if len(blocks) > judged["blocks of a view"] {
		j.add("%d blocks", len(blocks))
	}
	for _, k := range []string{"title", "submit", "close"} {
		if o, ok := v[k].(map[string]any); ok {
			j.text(k, o, "title", "plain_text")
		} else if k == "title" || k == "submit" && j.inputs > 0 {
			j.add("no %s", k)
		}
	}
	if s, _ := v["private_metadata"].(string); units(s) > judged["private_metadata"] {
		j.add("private_metadata has %d characters", units(s))
	}
	b, err := json.Marshal(v) // with <, > and & as six bytes each, as slack-go sends them
	if err != nil {
		j.add("%v", err)
	}
	if len(b) > judged["bytes of a modal"] {
		j.add("the modal weighs %d bytes", len(b))
	}
}

func (j *judge) block(at string, b map[string]any) {
	if id, ok := b["block_id"].(string); ok {
		j.within(at+" block_id", id, "id")
		if j.blockIDs[id] {
			j.add("%s repeats block_id %s", at, id)
		}
		j.blockIDs[id] = true
	}
	switch b["type"] {
	case "divider":
	case "header":
		j.text(at, b["text"], "header", "plain_text")
	case "section":
		j.text(at, b["text"], "section", "plain_text", "mrkdwn")
		if a, ok := b["accessory"].(map[string]any); ok {
			j.element(at, a)
		}
	case "context":
		j.each(at, b["elements"], "context", func(at string, o map[string]any) { j.text(at, o, "section", "plain_text", "mrkdwn") })
	case "actions":
		seen := map[any]bool{}
		j.each(at, b["elements"], "actions", func(at string, o map[string]any) {
			if seen[o["action_id"]] {
				j.add("%s repeats action_id %v", at, o["action_id"])
			}
			seen[o["action_id"]] = true
			j.element(at, o)
		})
	case "input":
		j.inputs++
		j.text(at+" label", b["label"], "label", "plain_text")
		if b["hint"] != nil {
			j.text(at+" hint", b["hint"], "label", "plain_text")
		}
		j.element(at, b["element"].(map[string]any))
	case "rich_text":
		j.rich(at, b)
	default:
		j.add("%s is of type %v", at, b["type"])
	}
}

// each visits a list that may not be empty.
func (j *judge) each(at string, v any, most string, visit func(string, map[string]any)) {
	all, _ := v.([]any)
	if len(all) < 1 || len(all) > judged[most] {
		j.add("%s has %d entries; 1 to %d are allowed", at, len(all), judged[most])
	}
	for i, x := range all {
		visit(fmt.Sprintf("%s/%d", at, i), x.(map[string]any))
	}
}

var (
	tokens  = regexp.MustCompile(`<!date\^\d+\^[^|<>]+\|[^|<>]+>|<https?://[^|<>]+\|[^|<>]+>`)
	escaped = strings.NewReplacer("&amp;", "", "&lt;", "", "&gt;", "")
)

func (j *judge) text(at string, v any, most string, types ...string) {
	o, _ := v.(map[string]any)
	s, _ := o["text"].(string)
	j.within(at, s, most)
	j.counted += units(s)
	if kind := fmt.Sprint(o["type"]); !strings.Contains(strings.Join(types, " "), kind) {
		j.add("%s is %s", at, kind)
	}
	if o["type"] == "mrkdwn" {
		rest := escaped.Replace(tokens.ReplaceAllString(s, ""))
		if strings.ContainsAny(rest, "<>&`~") || strings.Count(rest, "*")%2 != 0 || o["verbatim"] != true {
			j.add("%s is open to what stands in it: %.200q", at, s)
		}
	}
}

func (j *judge) element(at string, e map[string]any) {
	id, _ := e["action_id"].(string)
	j.within(at+" action_id", id, "id")
	switch e["type"] {
	case "button":
		j.text(at, e["text"], "button", "plain_text")
		j.within(at+" value", fmt.Sprint(e["value"]), "value of a button")
	case "overflow":
		j.options(at, e, "overflow")
	case "radio_buttons":
		j.options(at, e, "choices")
	case "static_select", "multi_static_select":
		j.options(at, e, "options")
	case "plain_text_input":
		s, _ := e["initial_value"].(string)
		if most, ok := e["max_length"].(float64); !ok || units(s) > int(most) || int(most) > judged["input"] {
			j.add("%s: %d characters in an input of %v", at, units(s), e["max_length"])
		}
	case "datepicker":
		if s, ok := e["initial_date"].(string); ok && !regexp.MustCompile(`^\d{4}-\d\d-\d\d$`).MatchString(s) {
			j.add("%s: initial_date %q", at, s)
		}
	case "users_select", "datetimepicker", "number_input":
	default:
		j.add("%s is of type %v", at, e["type"])
	}
}

func (j *judge) options(at string, e map[string]any, most string) {
	seen := map[any]bool{}
	var all []any
	j.each(at, e["options"], most, func(at string, o map[string]any) {
		j.text(at, o["text"], "option", "plain_text")
		if o["description"] != nil {
			j.text(at+" description", o["description"], "option", "plain_text")
		}
		j.within(at+" value", fmt.Sprint(o["value"]), "value of an option")
		if seen[o["value"]] {
			j.add("%s repeats value %v", at, o["value"])
		}
		seen[o["value"]] = true
		all = append(all, o)
	})
	first, _ := e["initial_options"].([]any)
	if o := e["initial_option"]; o != nil {
		first = append(first, o)
	}
	for _, o := range first {
		found := false
		for _, x := range all {
			found = found || reflect.DeepEqual(o, x)
		}
		if !found {
			j.add("%s: initial option %v is not among the options", at, o)
		}
	}
}

func (j *judge) rich(at string, b map[string]any) {
	walk(b["elements"], func(o map[string]any) {
		switch o["type"] {
		case "rich_text_section", "rich_text_list":
			if all, _ := o["elements"].([]any); len(all) == 0 {
				j.add("%s has an empty %v", at, o["type"])
			}
		case "text":
			s, _ := o["text"].(string)
			j.within(at, s, "section")
			j.counted += units(s)
		case "link":
			j.within(at, fmt.Sprint(o["url"]), "url")
			j.within(at, fmt.Sprint(o["text"]), "section")
			j.counted += units(fmt.Sprint(o["text"]))
		case "date":
			j.within(at, fmt.Sprint(o["fallback"]), "section")
			j.counted += units(fmt.Sprint(o["fallback"]))
		case nil: // a style
		default:
			j.add("%s has a %v", at, o["type"])
		}
	})
}

// hidden refuses characters that a reader can't see, in anything shown.
func (j *judge) hidden(at string, v any) {
	switch x := v.(type) {
	case map[string]any:
		for k, y := range x {
			switch k {
			case "initial_value", "private_metadata", "value", "url": // not shown, or the person's own typing
			default:
				j.hidden(at+"/"+k, y)
			}
		}
	case []any:
		for i, y := range x {
			j.hidden(fmt.Sprintf("%s/%d", at, i), y)
		}
	case string:
		depth := 0
		for _, r := range x {
			switch {
			case r == '\u2068':
				depth++
			case r == '\u2069':
				depth--
			case r == '\n':
			case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == '\u2028', r == '\u2029', r == '\u3164', r == '\u2800':
				j.add("%s hides %U: %.80q", at, r, x)
			}
		}
		if depth != 0 {
			j.add("%s leaves an isolate open: %.80q", at, x)
		}
	}
}

func TestLimitsOfGoldens(t *testing.T) {
	for name, v := range goldens() {
		for _, p := range judgeView(encode(t, v)) {
			t.Errorf("%s: %s", name, p)
		}
	}
}

// TestJudge proves that the judge judges: each broken view is refused.
func TestJudge(t *testing.T) {
	long := strings.Repeat("x", 3001)
	for name, raw := range map[string]string{
		"no text":         `{"blocks":[{"type":"divider"}]}`,
		"raw mention":     `{"text":"<!channel>","blocks":[{"type":"divider"}]}`,
		"long section":    `{"text":"t","blocks":[{"type":"section","text":{"type":"plain_text","text":"` + long + `"}}]}`,
		"open formatting": `{"text":"t","blocks":[{"type":"context","elements":[{"type":"mrkdwn","verbatim":true,"text":"a * b"}]}]}`,
		"parsed mention":  `{"text":"t","blocks":[{"type":"context","elements":[{"type":"mrkdwn","verbatim":true,"text":"<!here>"}]}]}`,
		"twin actions":    `{"text":"t","blocks":[{"type":"actions","elements":[{"type":"button","action_id":"a","value":"1","text":{"type":"plain_text","text":"A"}},{"type":"button","action_id":"a","value":"1","text":{"type":"plain_text","text":"B"}}]}]}`,
		"no submit":       `{"type":"modal","title":{"type":"plain_text","text":"t"},"blocks":[{"type":"input","block_id":"b","label":{"type":"plain_text","text":"l"},"element":{"type":"datepicker","action_id":"a"}}]}`,
		"foreign initial": `{"type":"modal","title":{"type":"plain_text","text":"t"},"submit":{"type":"plain_text","text":"s"},"blocks":[{"type":"input","block_id":"b","label":{"type":"plain_text","text":"l"},"element":{"type":"static_select","action_id":"a","options":[{"text":{"type":"plain_text","text":"o"},"value":"1"}],"initial_option":{"text":{"type":"plain_text","text":"p"},"value":"1"}}}]}`,
		"hidden":          `{"text":"a\u202eb","blocks":[{"type":"divider"}]}`,
		"open isolate":    `{"text":"a\u2068b","blocks":[{"type":"divider"}]}`,
		"heavy modal":     `{"type":"modal","title":{"type":"plain_text","text":"t"},"blocks":[` + strings.Repeat(`{"type":"section","text":{"type":"plain_text","text":"`+long[:3000]+`"}},`, 6) + `{"type":"divider"}]}`,
		"empty list":      `{"text":"t","blocks":[{"type":"rich_text","elements":[{"type":"rich_text_list","style":"bullet","elements":[]}]}]}`,
	} {
		if len(judgeView([]byte(raw))) == 0 {
			t.Errorf("%s was let through", name)
		}
	}
}
