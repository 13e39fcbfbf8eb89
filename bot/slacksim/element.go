package slacksim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A spot is an element where it stands.
type spot struct {
	block, element object
	label          string // what a person sees
	option         object // the option that a label named, if it named one
}

func (s spot) isInput() bool    { return str(s.block["type"]) == "input" }
func (s spot) blockID() string  { return str(s.block["block_id"]) }
func (s spot) actionID() string { return str(s.element["action_id"]) }
func (s spot) kind() string     { return str(s.element["type"]) }

// forgets tells whether the element keeps nothing of what was chosen.
func (s spot) forgets() bool { return s.kind() == "overflow" || s.kind() == "feedback_buttons" }

// dispatches tells whether touching the element sends block_actions.
func (s spot) dispatches() bool { return !s.isInput() || truth(s.block["dispatch_action"]) }

// spots lists every element with an action, in the order in which it is seen.
func spots(blocks []any) []spot {
	var all []spot
	add := func(b object, e any, label string) {
		if el := obj(e); el["action_id"] != nil {
			all = append(all, spot{block: b, element: el, label: label})
		}
	}
	for _, b := range nestedBlocks(blocks) {
		b := obj(b)
		add(b, b["accessory"], elementLabel(b["accessory"]))
		add(b, b["element"], textOf(b["label"]))
		for _, e := range slices.Concat(list(b["elements"]), list(b["actions"])) {
			add(b, e, elementLabel(e))
		}
		for _, row := range list(b["rows"]) {
			for _, cell := range list(row) {
				add(b, obj(cell)["element"], elementLabel(obj(cell)["element"]))
			}
		}
	}
	return all
}

// elementLabel is the text on an element that stands without a label.
func elementLabel(v any) string {
	e := obj(v)
	for _, text := range []string{textOf(e["text"]), textOf(e["placeholder"])} {
		if text != "" {
			return text
		}
	}
	return ""
}

// pointer is how a caller names an element: by its ids, or by what is visible.
type pointer struct {
	Block  string `json:"block_id"`
	Action string `json:"action_id"`
	Label  string `json:"label"`
}

// find returns the one element that a pointer means. A label matches the text on
// the element first, then one of its options; failing both it may be an action_id.
func find(blocks []any, p pointer) (spot, error) {
	all := spots(blocks)
	fits := func(s spot) bool {
		return (p.Block == "" || s.blockID() == p.Block) && (p.Action == "" || s.actionID() == p.Action)
	}
	for _, match := range []func(spot) (spot, bool){
		func(s spot) (spot, bool) { return s, p.Label == "" || s.label == p.Label },
		func(s spot) (spot, bool) {
			s.option = optionCalled(offers(s.element), p.Label)
			return s, s.option != nil
		},
		func(s spot) (spot, bool) { return s, s.actionID() == p.Label },
	} {
		var found []spot
		for _, s := range all {
			if s, ok := match(s); ok && fits(s) {
				found = append(found, s)
			}
		}
		switch {
		case len(found) == 1:
			return found[0], nil
		case len(found) > 1:
			return spot{}, fmt.Errorf("%s is there %d times; say which block_id: %s", p, len(found), blockIDs(found))
		}
	}
	return spot{}, fmt.Errorf("there is no %s; there is %s", p, inventory(all))
}

func (p pointer) String() string {
	switch {
	case p.Label != "":
		return strconv.Quote(p.Label)
	case p.Action != "":
		return "element " + strings.TrimPrefix(p.Block+"/"+p.Action, "/")
	}
	return "element in block " + p.Block
}

func blockIDs(all []spot) string {
	var out []string
	for _, s := range all {
		out = append(out, s.blockID())
	}
	return strings.Join(out, ", ")
}

func inventory(all []spot) string {
	if len(all) == 0 {
		return "nothing to press or fill"
	}
	var out []string
	for _, s := range all {
		out = append(out, fmt.Sprintf("%s %q", s.kind(), s.label))
	}
	return strings.Join(out, ", ")
}

func optionCalled(options []any, name string) object {
	for _, o := range options {
		if name != "" && textOf(obj(o)["text"]) == name {
			return obj(o)
		}
	}
	for _, o := range options {
		if name != "" && str(obj(o)["value"]) == name {
			return obj(o)
		}
	}
	return nil
}

// A holder says under which key an element's value stands in state and actions,
// and whether there may be several.
type holder struct {
	key    string
	many   bool
	option bool // the value is a whole option
}

var holders = map[string]holder{
	"plain_text_input": {key: "value"}, "number_input": {key: "value"},
	"email_text_input": {key: "value"}, "url_text_input": {key: "value"},
	"rich_text_input": {key: "rich_text_value"},
	"datepicker":      {key: "selected_date"}, "timepicker": {key: "selected_time"},
	"datetimepicker": {key: "selected_date_time"},
	"static_select":  {key: "selected_option", option: true}, "external_select": {key: "selected_option", option: true},
	"radio_buttons": {key: "selected_option", option: true}, "overflow": {key: "selected_option", option: true},
	"checkboxes":            {key: "selected_options", many: true, option: true},
	"multi_static_select":   {key: "selected_options", many: true, option: true},
	"multi_external_select": {key: "selected_options", many: true, option: true},
	"feedback_buttons":      {key: "value"},
	"users_select":          {key: "selected_user"}, "multi_users_select": {key: "selected_users", many: true},
	"channels_select": {key: "selected_channel"}, "multi_channels_select": {key: "selected_channels", many: true},
	"conversations_select":       {key: "selected_conversation"},
	"multi_conversations_select": {key: "selected_conversations", many: true},
}

// initialKeys is where an element keeps the value it starts with.
var initialKeys = map[string]string{
	"value": "initial_value", "rich_text_value": "initial_value", "selected_date": "initial_date",
	"selected_time": "initial_time", "selected_date_time": "initial_date_time",
	"selected_option": "initial_option", "selected_options": "initial_options",
	"selected_user": "initial_user", "selected_users": "initial_users",
	"selected_channel": "initial_channel", "selected_channels": "initial_channels",
	"selected_conversation": "initial_conversation", "selected_conversations": "initial_conversations",
}

// initialInputs is the state of blocks that nobody has touched. Slack lists
// every element that can hold a value, the empty ones with null or an empty list.
func initialInputs(blocks []any) inputs {
	in := inputs{}
	for _, s := range spots(blocks) {
		h, holds := holders[s.kind()]
		if !holds || s.forgets() {
			continue
		}
		value := clone(s.element[initialKeys[h.key]])
		if h.many && value == nil {
			value = []any{}
		}
		in.set(s.blockID(), s.actionID(), object{"type": s.kind(), h.key: value})
	}
	return in
}

// value turns what a person chose or typed into what state and actions hold.
// offered are the options at hand, which for external menus the app has sent.
func (s spot) value(given any, offered []any) (object, error) {
	h, holds := holders[s.kind()]
	if !holds {
		return nil, fmt.Errorf("a %s holds no value", s.kind())
	}
	var values []any
	switch x := given.(type) {
	case nil:
	case []any:
		values = x
	default:
		values = []any{x}
	}
	for i, v := range values {
		var err error
		if values[i], err = s.one(h, v, offered); err != nil {
			return nil, err
		}
	}
	if most, ok := number(s.element["max_selected_items"]); ok && len(values) > int(most) {
		return nil, fmt.Errorf("%q takes %d at most", s.label, int(most))
	}
	out := object{"type": s.kind(), h.key: nil}
	switch {
	case h.many:
		out[h.key] = append([]any{}, values...)
	case len(values) > 1:
		return nil, fmt.Errorf("%q takes one value", s.label)
	case len(values) == 1:
		out[h.key] = values[0]
	}
	return out, nil
}

func (s spot) one(h holder, v any, offered []any) (any, error) {
	if o := obj(v); o != nil && h.option {
		v = o["value"]
	}
	given := str(v)
	if n, ok := v.(json.Number); ok {
		given = n.String()
	}
	switch {
	case h.option:
		o := optionCalled(offered, given)
		if o == nil {
			return nil, fmt.Errorf("%q offers no %q; it offers %s", s.label, given, optionNames(offered))
		}
		return clone(o), nil
	case h.key == "rich_text_value" && obj(v) != nil:
		return v, nil
	case h.key == "rich_text_value":
		return richParagraph(given), nil
	case h.key == "selected_date_time":
		n, err := strconv.ParseInt(given, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%q takes seconds since 1970, not %q", s.label, given)
		}
		return n, nil
	case h.key == "selected_date":
		return given, conforms(datePattern, given, s.label, "a date such as 2026-03-31")
	case h.key == "selected_time":
		return given, conforms(timePattern, given, s.label, "a time such as 09:30")
	case h.key == "value" && given == "":
		return nil, nil
	}
	return given, nil
}

func conforms(c check, given, label, want string) error {
	r := &report{}
	if c(r, "", given); len(r.problems) > 0 {
		return fmt.Errorf("%q takes %s, not %q", label, want, given)
	}
	return nil
}

func optionNames(options []any) string {
	var names []string
	for _, o := range options {
		names = append(names, strconv.Quote(textOf(obj(o)["text"])))
	}
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}

func richParagraph(text string) object {
	return object{"type": "rich_text", "elements": []any{
		object{"type": "rich_text_section", "elements": []any{object{"type": "text", "text": text}}},
	}}
}

// complaint is what Slack's own client says under an input that it will not
// submit. Empty is fine.
func (s spot) complaint(state object) string {
	h := holders[s.kind()]
	v := state[h.key]
	if v == nil || h.many && len(list(v)) == 0 {
		if truth(s.block["optional"]) {
			return ""
		}
		return "Please complete this required field."
	}
	text := str(v)
	bound := func(key string) (float64, bool) { return numeric(s.element[key]) }
	switch s.kind() {
	case "plain_text_input":
		if least, ok := bound("min_length"); ok && runes(text) < int(least) {
			return fmt.Sprintf("This entry must be at least %d characters.", int(least))
		}
		if most, ok := bound("max_length"); ok && runes(text) > int(most) {
			return fmt.Sprintf("This entry can't exceed %d characters.", int(most))
		}
		if runes(text) > inputValue.max() {
			return fmt.Sprintf("This entry can't exceed %d characters.", inputValue.max())
		}
	case "number_input":
		n, err := strconv.ParseFloat(text, 64)
		least, hasLeast := bound("min_value")
		most, hasMost := bound("max_value")
		switch {
		case err != nil:
			return "Please enter a number."
		case !truth(s.element["is_decimal_allowed"]) && n != float64(int64(n)):
			return "Please enter a whole number."
		case hasLeast && n < least:
			return fmt.Sprintf("Please enter a number greater than or equal to %v.", least)
		case hasMost && n > most:
			return fmt.Sprintf("Please enter a number less than or equal to %v.", most)
		}
	case "email_text_input":
		if at := strings.Index(text, "@"); at < 1 || at == len(text)-1 {
			return "Please enter a valid email address."
		}
	case "url_text_input":
		if !slices.ContainsFunc([]string{"http://", "https://"}, func(p string) bool { return strings.HasPrefix(text, p) }) {
			return "Please enter a valid URL."
		}
	}
	return ""
}
