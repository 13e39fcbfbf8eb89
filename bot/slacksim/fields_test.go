package slacksim

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// everyShape is all tables of shapes, by the name of what they describe.
func everyShape() map[string]shape {
	all := maps.Clone(elements)
	all["element image"] = elements["image"] // a block has the same name
	for kind, b := range blockKinds {
		all[kind] = b.shape
	}
	for kind, c := range charts {
		all["chart "+kind] = c
	}
	for kind, c := range richContainers {
		all[kind] = c
	}
	for kind, v := range viewKinds {
		all["view "+kind] = v.shape
	}
	for kind, c := range tableCell {
		all["cell "+kind] = c
	}
	for kind, c := range dataCell {
		all["data cell "+kind] = c
	}
	for kind, c := range fallbackCell {
		all["fallback cell "+kind] = c
	}
	for kind, c := range texting {
		all["text "+kind] = c
	}
	for kind, c := range parts {
		all["part "+kind] = c
	}
	all["metadata"] = metadataShape
	all["suggestions"] = suggestions
	return all
}

// free are the fields that Slack looks into and this package does not.
var free = []string{"type", "entities", "text plain_text/text", "text mrkdwn/text", "rich_text_preformatted/border", "rich_text_preformatted/language", "rich_text_quote/border"}

// An object of nonsense is wrong for every field there is: for a string, a
// number, a list, and for an object with fields of its own.
func TestEveryFieldIsChecked(t *testing.T) {
	for kind, s := range everyShape() {
		for field := range s.fields {
			if slices.Contains(free, field) || slices.Contains(free, kind+"/"+field) {
				continue
			}
			r := &report{surface: inModal}
			s.fields[field](r, "/"+field, object{"nonsense": object{"at": object{"all": true}}})
			if !slices.ContainsFunc(r.problems, func(p problem) bool { return strings.HasPrefix(p.pointer, "/"+field) }) {
				t.Errorf("%s: anything may be its %s", kind, field)
			}
		}
	}
}

// inner are fields of small objects that stand inside of others.
func TestInnerFieldsAreChecked(t *testing.T) {
	point := func(field string) string {
		return `{"type":"data_visualization","title":"t","chart":{"type":"pie","segments":[{"label":"a","value":1,` + field + `}]}}`
	}
	for name, block := range map[string]string{
		"emoji":                            `{"type":"section","text":{"type":"plain_text","text":"t","emoji":"yes"}}`,
		"verbatim":                         `{"type":"section","text":{"type":"mrkdwn","text":"t","verbatim":"yes"}}`,
		"exclude_bot_users":                inActions(`{"type":"conversations_select","filter":{"exclude_bot_users":"yes"}}`),
		"exclude_external_shared_channels": inActions(`{"type":"conversations_select","filter":{"exclude_external_shared_channels":"yes"}}`),
		"include":                          inActions(`{"type":"conversations_select","filter":{"include":[]}}`),
		"is_wrapped":                       `{"type":"table","rows":[[{"type":"raw_text","text":"c"}]],"column_settings":[{"is_wrapped":"yes"}]}`,
		"label":                            point(`"label":7`),
		"value":                            point(`"value":"1"`),
		"name":                             chartOf(`["c0"]`, `[{"name":"","data":`+points(1)+`}]`),
		"data":                             chartOf(`["c0"]`, `[{"name":"s","data":{}}]`),
		"x_label": `{"type":"data_visualization","title":"t","chart":{"type":"bar","series":[{"name":"s","data":` + points(1) +
			`}],"axis_config":{"categories":["c0"],"x_label":""}}}`,
		"slack_file/url": `{"type":"image","alt_text":"a","slack_file":{"url":7}}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, field, nested := strings.Cut(name, "/")
			if !nested {
				field = name
			}
			wantProblem(t, checkBlocks([]any{js(t, block)}), "/"+field)
		})
	}
}

// required is what each thing cannot do without, said here once more.
var required = map[string]string{
	"button": "text", "overflow": "options", "image": "alt_text", "element image": "alt_text", "number_input": "is_decimal_allowed",
	"checkboxes": "options", "radio_buttons": "options",
	"header": "text", "context": "elements", "actions": "elements", "input": "label element", "markdown": "text",
	"rich_text": "elements", "table": "rows", "data_visualization": "title chart", "alert": "text",
	"call": "call_id", "file": "external_id source", "video": "alt_text title thumbnail_url video_url",
	"chart pie": "segments", "chart bar": "series axis_config", "chart area": "series axis_config", "chart line": "series axis_config",
	"rich_text_section": "elements", "rich_text_preformatted": "elements", "rich_text_quote": "elements", "rich_text_list": "elements style",
	"view modal": "title blocks", "view home": "blocks", "cell raw_text": "text", "cell rich_text": "elements",
	"metadata": "event_type event_payload",

	"context_actions": "elements", "carousel": "elements", "container": "child_blocks", "layout": "label rows",
	"plan": "title", "task_card": "task_id title status", "data_table": "caption rows",
	"icon_button": "icon text", "feedback_buttons": "positive_button negative_button", "url": "url text",
	"data cell raw_text": "text", "data cell raw_number": "value text", "data cell rich_text": "elements", "data cell action_cell": "element",
	"fallback cell raw_text": "text", "fallback cell raw_number": "value text", "text plain_text": "text", "text mrkdwn": "text",
	"part confirm": "title text confirm deny", "part option": "text value", "part choice option": "text value",
	"part overflow option": "text value", "part option group": "label options", "part feedback button": "text value",
	"part axis": "categories", "part series": "name data", "part data point": "label value", "part segment": "label value",
	"part layout row": "items", "part layout item": "block", "part rich text": "elements",
}

func TestRequiredFields(t *testing.T) {
	for kind, s := range everyShape() {
		r := &report{surface: inModal}
		s.check(r, "", object{})
		var missing []string
		for _, p := range r.problems {
			if field, is := strings.CutPrefix(p.message, "missing required field: "); is && !strings.HasPrefix(field, "one of ") {
				missing = append(missing, field)
			}
		}
		if got := strings.Join(missing, " "); got != required[kind] {
			t.Errorf("%s needs %q, want %q", kind, got, required[kind])
		}
	}
	for name, c := range map[string]struct{ block, want string }{
		"option":         {inActions(`{"type":"overflow","options":[{}]}`), "text value"},
		"option group":   {inActions(`{"type":"static_select","option_groups":[{}]}`), "label options"},
		"confirm":        {inActions(`{"type":"button","text":` + pt + `,"confirm":{}}`), "title text confirm deny"},
		"series":         {chartOf(`[]`, `[{}]`), "name data"},
		"axis":           {`{"type":"data_visualization","title":"t","chart":{"type":"bar","series":[],"axis_config":{}}}`, "categories"},
		"data point":     {`{"type":"data_visualization","title":"t","chart":{"type":"pie","segments":[{}]}}`, "label value"},
		"a plain text":   {`{"type":"header","text":{"type":"plain_text"}}`, "text"},
		"a marked text":  {`{"type":"section","text":{"type":"mrkdwn"}}`, "text"},
		"an empty union": {`{"type":"header","text":{}}`, "type"},
	} {
		for _, field := range strings.Fields(c.want) {
			wantProblem(t, checkBlocks([]any{js(t, c.block)}), "missing required field: "+field+" ")
		}
		if c.want == "" {
			t.Errorf("%s: nothing is asked", name)
		}
	}
}

const (
	twice = `[` + opt + `,` + opt + `]`
	other = `{"text":` + pt + `,"value":"other"}`
)

var elementRules = map[string]struct{ element, want string }{
	"overflow, value twice":        {`{"type":"overflow","options":` + twice + `}`, "duplicate option value"},
	"multi select, value twice":    {`{"type":"multi_static_select","options":` + twice + `}`, "duplicate option value"},
	"checkboxes, value twice":      {`{"type":"checkboxes","options":` + twice + `}`, "duplicate option value"},
	"radio buttons, value twice":   {`{"type":"radio_buttons","options":` + twice + `}`, "duplicate option value"},
	"multi select of nothing":      {`{"type":"multi_static_select"}`, "one of options, option_groups"},
	"multi select, initial":        {`{"type":"multi_static_select","options":[` + opt + `],"initial_options":[` + other + `]}`, "initial option is not among"},
	"radio buttons, initial":       {`{"type":"radio_buttons","options":[` + opt + `],"initial_option":` + other + `}`, "initial option is not among"},
	"one initial, another's label": {`{"type":"static_select","options":[` + opt + `],"initial_option":{"text":{"type":"plain_text","text":"u"},"value":"v%d"}}`, "initial option is not among"},
	"rich text, lines":             {`{"type":"rich_text_input","min_lines":3,"max_lines":2}`, "min_lines must not be greater than max_lines"},
}

// Rules that concern several fields of an element, where other elements have
// the same rule: each must have it itself.
func TestRulesOfEachElement(t *testing.T) {
	for name, c := range elementRules {
		t.Run(name, func(t *testing.T) { wantProblem(t, checkBlocks([]any{js(t, inActions(c.element))}), c.want) })
	}
	for name, image := range map[string]string{
		"nothing": `{"type":"image","alt_text":"a"}`,
		"both":    `{"type":"image","alt_text":"a","image_url":"https://e.example/i","slack_file":{"id":"F12345678"}}`,
	} {
		t.Run("image element, "+name, func(t *testing.T) {
			wantProblem(t, checkBlocks([]any{js(t, asAccessory(image))}), "one of image_url, slack_file")
		})
	}
	group := `{"label":` + pt + `,"options":[` + opt + `]}`
	wantProblem(t, checkBlocks([]any{js(t, inActions(`{"type":"static_select","option_groups":[`+group+`,`+group+`]}`))}), "duplicate option value")
	for _, suggestion := range []object{{}, {"options": []any{}, "option_groups": []any{}}} {
		r := &report{}
		if suggestions.check(r, "", suggestion); len(r.problems) == 0 {
			t.Errorf("%v is a good answer to a search", suggestion)
		}
	}
}
