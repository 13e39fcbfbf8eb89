package slacksim

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// Each of these is refused for the one reason it names: a rule without a row
// here could be removed unnoticed.
func TestBlocksThatSlackRefuses(t *testing.T) {
	for name, c := range map[string]struct{ block, want string }{
		"not an object":           {`"section"`, "must provide an object [json-pointer:/blocks/0]"},
		"no type":                 {`{"text":` + pt + `}`, "missing required field: type [json-pointer:/blocks/0]"},
		"unknown block":           {`{"type":"sektion"}`, "unsupported type: sektion [json-pointer:/blocks/0/type]"},
		"unknown field":           {`{"type":"divider","colour":"red"}`, "invalid additional property: colour [json-pointer:/blocks/0]"},
		"alert in a message":      {`{"type":"alert","text":` + pt + `}`, "block type alert is not available in messages [json-pointer:/blocks/0/type]"},
		"empty block_id":          {`{"type":"divider","block_id":""}`, "must be more than 0 characters [json-pointer:/blocks/0/block_id]"},
		"block_id a number":       {`{"type":"divider","block_id":7}`, "must provide a string [json-pointer:/blocks/0/block_id]"},
		"section without content": {`{"type":"section"}`, "missing required field: one of text, fields [json-pointer:/blocks/0]"},
		"section, empty fields":   {`{"type":"section","fields":[]}`, "no less than 1 items allowed [json-pointer:/blocks/0/fields]"},
		"fields not a list":       {`{"type":"section","fields":{}}`, "must provide an array [json-pointer:/blocks/0/fields]"},
		"expand a string":         {`{"type":"section","text":` + pt + `,"expand":"yes"}`, "must provide a boolean [json-pointer:/blocks/0/expand]"},
		"empty text":              {`{"type":"section","text":{"type":"mrkdwn","text":""}}`, "must be more than 0 characters [json-pointer:/blocks/0/text/text]"},
		"text without text":       {`{"type":"section","text":{"type":"mrkdwn"}}`, "missing required field: text [json-pointer:/blocks/0/text]"},
		"text without type":       {`{"type":"section","text":{"text":"t"}}`, "missing required field: type [json-pointer:/blocks/0/text]"},
		"text a string":           {`{"type":"section","text":"t"}`, "must provide an object [json-pointer:/blocks/0/text]"},
		"emoji on mrkdwn":         {`{"type":"section","text":{"type":"mrkdwn","text":"t","emoji":true}}`, "invalid additional property: emoji [json-pointer:/blocks/0/text]"},
		"verbatim on plain_text":  {`{"type":"section","text":{"type":"plain_text","text":"t","verbatim":true}}`, "invalid additional property: verbatim [json-pointer:/blocks/0/text]"},
		"a text fails its union":  {`{"type":"section","text":{"type":"mrkdwn"}}`, "failed to match all allowed schemas [json-pointer:/blocks/0/text]"},
		"mrkdwn header":           {`{"type":"header","text":` + mtext(1) + `}`, "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]"},
		"mrkdwn button":           {inActions(`{"type":"button","text":` + mtext(1) + `}`), "unsupported type: mrkdwn [json-pointer:/blocks/0/elements/0/text/type]"},
		"mrkdwn label":            {`{"type":"input","label":` + mtext(1) + `,"element":{"type":"plain_text_input"}}`, "unsupported type: mrkdwn [json-pointer:/blocks/0/label/type]"},
		"mrkdwn option":           {inActions(`{"type":"static_select","options":[{"text":` + mtext(1) + `,"value":"v"}]}`), "unsupported type: mrkdwn"},
		"mrkdwn placeholder":      {inActions(`{"type":"users_select","placeholder":` + mtext(1) + `}`), "unsupported type: mrkdwn"},
		"header without text":     {`{"type":"header"}`, "missing required field: text [json-pointer:/blocks/0]"},
		"context without any":     {`{"type":"context"}`, "missing required field: elements"},
		"context with a button":   {`{"type":"context","elements":[{"type":"button","text":` + pt + `}]}`, "unsupported type: button [json-pointer:/blocks/0/elements/0/type]"},
		"actions, none":           {`{"type":"actions","elements":[]}`, "no less than 1 items allowed [json-pointer:/blocks/0/elements]"},
		"actions, text input":     {inActions(`{"type":"plain_text_input"}`), "unsupported type: plain_text_input"},
		"accessory, text input":   {asAccessory(`{"type":"plain_text_input"}`), "unsupported type: plain_text_input"},
		"accessory, date time":    {asAccessory(`{"type":"datetimepicker"}`), "unsupported type: datetimepicker"},
		"input, button":           {inInput(`{"type":"button","text":` + pt + `}`), "unsupported type: button [json-pointer:/blocks/0/element/type]"},
		"input, overflow":         {inInput(`{"type":"overflow","options":[` + opt + `]}`), "unsupported type: overflow"},
		"input without label":     {`{"type":"input","element":{"type":"plain_text_input"}}`, "missing required field: label"},
		"input without element":   {`{"type":"input","label":` + pt + `}`, "missing required field: element"},
		"file input in a message": {inInput(`{"type":"file_input"}`), "file_input is only available in modals"},
		"image without alt":       {`{"type":"image","image_url":"https://e.example/i"}`, "missing required field: alt_text"},
		"image of nothing":        {`{"type":"image","alt_text":"a"}`, "missing required field: one of image_url, slack_file"},
		"image of two things": {`{"type":"image","alt_text":"a","image_url":"https://e.example/i","slack_file":{"id":"F12345678"}}`,
			"only one of image_url, slack_file may be provided"},
		"image from a disk":         {`{"type":"image","alt_text":"a","image_url":"file:///i"}`, "input must match regex pattern"},
		"slack file's id":           {`{"type":"image","alt_text":"a","slack_file":{"id":"X1"}}`, "input must match regex pattern: ^[F][A-Z0-9]{8,}$ [json-pointer:/blocks/0/slack_file/id]"},
		"slack file, not there":     {`{"type":"image","alt_text":"a","slack_file":{"id":"F12345678"}}`, "invalid slack file [json-pointer:/blocks/0/slack_file]"},
		"slack file, nothing":       {`{"type":"image","alt_text":"a","slack_file":{}}`, "missing required field: one of id, url"},
		"image element without alt": {asAccessory(`{"type":"image","image_url":"https://e.example/i"}`), "missing required field: alt_text [json-pointer:/blocks/0/accessory]"},
		"button without text":       {inActions(`{"type":"button"}`), "missing required field: text [json-pointer:/blocks/0/elements/0]"},
		"button, loud":              {inActions(`{"type":"button","text":` + pt + `,"style":"loud"}`), "must be one of: primary, danger"},
		"button's unknown field":    {inActions(`{"type":"button","text":` + pt + `,"onclick":"x"}`), "invalid additional property: onclick"},
		"element without type":      {inActions(`{"text":` + pt + `}`), "missing required field: type [json-pointer:/blocks/0/elements/0]"},
		"confirm without deny":      {inActions(`{"type":"button","text":` + pt + `,"confirm":{"title":` + pt + `,"text":` + pt + `,"confirm":` + pt + `}}`), "missing required field: deny"},
		"confirm, loud":             {confirmed("style", `"loud"`), "must be one of: primary, danger"},
		"select of nothing":         {inActions(`{"type":"static_select"}`), "missing required field: one of options, option_groups"},
		"select of both": {inActions(`{"type":"static_select","options":[` + opt + `],"option_groups":[{"label":` + pt + `,"options":[` + opt + `]}]}`),
			"only one of options, option_groups"},
		"select, empty":           {inActions(`{"type":"static_select","options":[]}`), "no less than 1 items allowed"},
		"option without value":    {inActions(`{"type":"static_select","options":[{"text":` + pt + `}]}`), "missing required field: value"},
		"option a string":         {inActions(`{"type":"static_select","options":["v"]}`), "must provide an object [json-pointer:/blocks/0/elements/0/options/0]"},
		"option with a link":      {inActions(`{"type":"static_select","options":[{"text":` + pt + `,"value":"v","url":"https://e.example"}]}`), "invalid additional property: url"},
		"same value twice":        {inActions(`{"type":"static_select","options":[` + opt + `,` + opt + `]}`), "duplicate option value: v%d"},
		"initial not offered":     {inActions(`{"type":"static_select","options":[` + opt + `],"initial_option":{"text":` + pt + `,"value":"w"}}`), "initial option is not among the options [json-pointer:/blocks/0/elements/0/initial_option]"},
		"initial among many":      {inActions(`{"type":"checkboxes","options":[` + opt + `],"initial_options":[{"text":` + pt + `,"value":"w"}]}`), "initial option is not among the options [json-pointer:/blocks/0/elements/0/initial_options]"},
		"group without label":     {inActions(`{"type":"static_select","option_groups":[{"options":[` + opt + `]}]}`), "missing required field: label"},
		"min_query_length":        {inActions(`{"type":"external_select","min_query_length":-1}`), "must be greater than or equal to 0"},
		"max_selected_items":      {inActions(`{"type":"multi_users_select","max_selected_items":0}`), "must be greater than or equal to 1"},
		"max_selected on one":     {inActions(`{"type":"users_select","max_selected_items":1}`), "invalid additional property: max_selected_items"},
		"filter, nothing":         {inActions(`{"type":"conversations_select","filter":{}}`), "missing required field: one of include"},
		"filter, unknown":         {inActions(`{"type":"conversations_select","filter":{"include":["dm"]}}`), "must be one of: im, mpim, private, public"},
		"date":                    {inActions(`{"type":"datepicker","initial_date":"31.12.2026"}`), "input must match regex pattern"},
		"time":                    {inActions(`{"type":"timepicker","initial_time":"24:00"}`), "input must match regex pattern"},
		"date time in ms":         {inActions(`{"type":"datetimepicker","initial_date_time":1712345678000}`), "must be a UNIX timestamp of 10 digits"},
		"min above max":           {inInput(`{"type":"plain_text_input","min_length":5,"max_length":4}`), "min_length must not be greater than max_length"},
		"number, decimals unsaid": {inInput(`{"type":"number_input"}`), "missing required field: is_decimal_allowed"},
		"number as a number":      {inInput(`{"type":"number_input","is_decimal_allowed":true,"min_value":1}`), "must be a numeric string"},
		"number, min above max":   {inInput(`{"type":"number_input","is_decimal_allowed":true,"min_value":"2","max_value":"1"}`), "min_value must not be greater than max_value"},
		"number, initial too low": {inInput(`{"type":"number_input","is_decimal_allowed":true,"min_value":"2","initial_value":"1"}`), "min_value must not be greater than initial_value"},
		"number, initial too high": {inInput(`{"type":"number_input","is_decimal_allowed":true,"max_value":"2","initial_value":"3"}`),
			"initial_value must not be greater than max_value"},
		"dispatch on nothing known": {inInput(`{"type":"plain_text_input","dispatch_action_config":{"trigger_actions_on":["blur"]}}`), "must be one of: on_enter_pressed, on_character_entered"},
		"file from nowhere":         {`{"type":"file","external_id":"x","source":"local"}`, "must be one of: remote"},
		"video without title":       {`{"type":"video","alt_text":"a","thumbnail_url":"https://e.example/t","video_url":"https://e.example/v"}`, "missing required field: title"},
		"markdown, empty":           {`{"type":"markdown","text":""}`, "must be more than 0 characters"},
		"table without rows":        {`{"type":"table"}`, "missing required field: rows"},
		"table, number cell":        {`{"type":"table","rows":[[{"type":"raw_number","value":1,"text":"1"}]]}`, "unsupported type: raw_number [json-pointer:/blocks/0/rows/0/0/type]"},
		"table, empty cell":         {`{"type":"table","rows":[[{"type":"raw_text","text":""}]]}`, "must be more than 0 characters [json-pointer:/blocks/0/rows/0/0/text]"},
		"table, alignment":          {`{"type":"table","rows":[[{"type":"raw_text","text":"c"}]],"column_settings":[{"align":"middle"}]}`, "must be one of: left, center, right"},
		"chart of no kind":          {`{"type":"data_visualization","title":"t","chart":{"type":"radar"}}`, "unsupported type: radar [json-pointer:/blocks/0/chart/type]"},
		"pie, zero":                 {`{"type":"data_visualization","title":"t","chart":{"type":"pie","segments":[{"label":"a","value":0}]}}`, "must be a number greater than 0"},
		"chart, text value":         {chartOf(`["c0"]`, `[{"name":"s","data":[{"label":"c0","value":"1"}]}]`), "must provide a number"},
		"chart, a gap":              {chartOf(`["c0","c1"]`, `[{"name":"s","data":[{"label":"c0","value":1}]}]`), "exactly one data point per category"},
		"chart, wrong label":        {chartOf(`["c0"]`, `[{"name":"s","data":[{"label":"c9","value":1}]}]`), "exactly one data point per category"},
		"chart, category twice":     {chartOf(`["c0","c0"]`, `[{"name":"s","data":[{"label":"c0","value":1},{"label":"c0","value":1}]}]`), "must contain unique items"},
		"chart, series twice":       {chartOf(`["c0"]`, `[{"name":"s","data":`+points(1)+`},{"name":"s","data":`+points(1)+`}]`), "series names must be unique"},
		"chart without axis":        {`{"type":"data_visualization","title":"t","chart":{"type":"bar","series":[{"name":"s","data":` + points(1) + `}]}}`, "missing required field: axis_config"},
		"rich text, no container":   {`{"type":"rich_text","elements":[{"type":"text","text":"t"}]}`, "unsupported type: text"},
		"rich text, unknown leaf":   {`{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"blink","text":"t"}]}]}`, "unsupported type: blink"},
		"rich text, leaf's need":    {`{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"user"}]}]}`, "missing required field: user_id"},
		"rich text, list's style":   {`{"type":"rich_text","elements":[{"type":"rich_text_list","elements":[{"type":"rich_text_section","elements":[]}],"style":"dashes"}]}`, "must be one of: bullet, ordered"},
		"same action_id in a block": {inActions(`{"type":"button","action_id":"a","text":` + pt + `},{"type":"button","action_id":"a","text":` + pt + `}`), "`action_id` \"a\" already exists [json-pointer:/blocks/0/elements/1/action_id]"},
		"header level one half":     {`{"type":"header","text":` + pt + `,"level":1.5}`, "must provide an integer"},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := decode([]byte(c.block))
			ok(t, err)
			wantProblem(t, checkBlocks([]any{v}), c.want)
		})
	}
}

func TestNamesMustNotRepeat(t *testing.T) {
	divider := func() any { return js(t, `{"type":"divider","block_id":"d"}`) }
	wantProblem(t, checkBlocks([]any{divider(), divider()}), "`block_id` \"d\" already exists [json-pointer:/blocks/1/block_id]")

	// The same action_id in two blocks is how a list of rows is built.
	row := func(id string) any {
		return js(t, `{"type":"section","block_id":"`+id+`","text":`+pt+`,"accessory":{"type":"button","action_id":"open","text":`+pt+`}}`)
	}
	if err := checkBlocks([]any{row("1"), row("2")}); err != nil {
		t.Errorf("one action_id in two blocks: %s", problems(err))
	}
}

// Each block here is right, and between them they use every kind of block and
// element there is a table for.
func TestBlocksThatSlackTakes(t *testing.T) {
	good := []string{
		`{"type":"section","text":` + mtext(5) + `,"fields":[` + pt + `],"expand":true}`,
		`{"type":"header","text":{"type":"plain_text","text":"t","emoji":true},"level":2}`,
		`{"type":"divider","block_id":"d"}`,
		`{"type":"image","image_url":"https://e.example/i","alt_text":"a","title":` + pt + `}`,
		`{"type":"context","elements":[{"type":"image","image_url":"https://e.example/i","alt_text":"a"},{"type":"mrkdwn","text":"t","verbatim":true}]}`,
		`{"type":"markdown","text":"# t"}`,
		`{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"t"}]},` +
			`{"type":"rich_text_list","style":"bullet","elements":[{"type":"rich_text_section","elements":[{"type":"link","url":"u"}]}]},` +
			`{"type":"rich_text_quote","elements":[]},{"type":"rich_text_preformatted","elements":[]}]}`,
		`{"type":"table","rows":[[{"type":"raw_text","text":"c"},{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[]}]}]],"column_settings":[null,{"align":"right","is_wrapped":true}]}`,
		chartOf(`["c0","c1"]`, `[{"name":"s","data":`+points(2)+`}]`),
		`{"type":"file","external_id":"x","source":"remote"}`,
		video(`"title":` + pt),
		inInput(`{"type":"plain_text_input","multiline":true,"min_length":1,"max_length":2,"dispatch_action_config":{"trigger_actions_on":["on_enter_pressed"]}}`),
		inInput(`{"type":"number_input","is_decimal_allowed":false,"min_value":"1","max_value":"5","initial_value":"3"}`),
		inInput(`{"type":"email_text_input","initial_value":"a@e.example"}`),
		inInput(`{"type":"url_text_input"}`),
		inInput(`{"type":"rich_text_input","min_lines":2,"max_lines":3,"initial_value":{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[]}]}}`),
		inInput(`{"type":"radio_buttons","options":[` + opt + `],"initial_option":` + opt + `}`),
		inInput(`{"type":"datetimepicker","initial_date_time":1712345678}`),
		inActions(`{"type":"overflow","options":[` + opt + `]}`),
		inActions(`{"type":"checkboxes","options":[{"text":` + mtext(2) + `,"value":"v"}]}`),
		inActions(`{"type":"datepicker","initial_date":"2026-12-31"},{"type":"timepicker","initial_time":"09:30","timezone":"Europe/Madrid"}`),
		inActions(`{"type":"static_select","options":[` + opt + `],"initial_option":` + opt + `},{"type":"external_select","min_query_length":0}`),
		inActions(`{"type":"users_select","initial_user":"U1"},{"type":"channels_select"},{"type":"conversations_select","filter":{"include":["im"]},"default_to_current_conversation":true}`),
		asAccessory(`{"type":"multi_static_select","option_groups":[{"label":` + pt + `,"options":[` + opt + `]}],"max_selected_items":2}`),
		inInput(`{"type":"multi_external_select"}`), inInput(`{"type":"multi_users_select","initial_users":["U1"]}`),
		inInput(`{"type":"multi_channels_select"}`), inInput(`{"type":"multi_conversations_select"}`),
		inActions(strings.ReplaceAll(button, "%d", "1")),
	}
	used := map[string]bool{"alert": true, "file_input": true} // modals only; see TestViewsThatSlackTakes
	for _, g := range good {
		b := js(t, g)
		if err := checkBlocks([]any{b}); err != nil {
			t.Errorf("%s\nrefused: %s", g, problems(err))
		}
		each(b, func(o object) { used[str(o["type"])] = true })
	}
	for _, kind := range slices.Concat(slices.Collect(maps.Keys(blockKinds)), slices.Collect(maps.Keys(elements))) {
		if kind != "actions" && kind != "input" && !used[kind] {
			t.Errorf("no good %s is tried", kind)
		}
	}
}

func TestViewsThatSlackRefuses(t *testing.T) {
	for name, c := range map[string]struct{ fields, want string }{
		"kind":                {`"type":"dialog"`, "must be one of: modal, home [json-pointer:/view/type]"},
		"no title":            {`"title":null`, "missing required field: title [json-pointer:/view]"},
		"no blocks":           {`"blocks":null`, "missing required field: blocks [json-pointer:/view]"},
		"mrkdwn title":        {`"title":` + mtext(1), "unsupported type: mrkdwn [json-pointer:/view/title/type]"},
		"unknown field":       {`"submit_disabled":true`, "invalid additional property: submit_disabled [json-pointer:/view]"},
		"fails its union":     {`"submit_disabled":true`, "failed to match all allowed schemas [json-pointer:/view]"},
		"input, no submit":    {`"blocks":[` + inInput(`{"type":"plain_text_input"}`) + `]`, "missing required field: submit [json-pointer:/view]"},
		"clear_on_close":      {`"clear_on_close":"yes"`, "must provide a boolean [json-pointer:/view/clear_on_close]"},
		"blocks not a list":   {`"blocks":{}`, "must provide an array [json-pointer:/view/blocks]"},
		"a wrong block":       {`"blocks":[{"type":"section"}]`, "missing required field: one of text, fields [json-pointer:/view/blocks/0]"},
		"table in a modal":    {`"blocks":[{"type":"table","rows":[[{"type":"raw_text","text":"c"}]]}]`, "block type table is not available in modals"},
		"markdown in a modal": {`"blocks":[{"type":"markdown","text":"t"}]`, "block type markdown is not available in modals"},
		"chart in a modal":    {`"blocks":[` + chartOf(`["c0"]`, `[{"name":"s","data":`+points(1)+`}]`) + `]`, "block type data_visualization is not available in modals"},
		"file in a modal":     {`"blocks":[{"type":"file","external_id":"x","source":"remote"}]`, "block type file is not available in modals"},
		"two cursors": {`"submit":` + pt + `,"blocks":[` + inInput(`{"type":"plain_text_input","focus_on_load":true}`) + `,` +
			inInput(`{"type":"plain_text_input","focus_on_load":true}`) + `]`, "focus_on_load may be set on one element only"},
		"alert in a home":     {`"type":"home","title":null,"blocks":[{"type":"alert","text":` + pt + `}]`, "block type alert is not available in home tabs"},
		"home with a title":   {`"type":"home"`, "invalid additional property: title"},
		"alert of no level":   {`"blocks":[{"type":"alert","text":` + pt + `,"level":"panic"}]`, "must be one of: default, info, warning, error, success"},
		"alert without text":  {`"blocks":[{"type":"alert"}]`, "missing required field: text"},
		"input label, at all": {`"submit":` + pt + `,"blocks":[{"type":"input","element":{"type":"plain_text_input"}}]`, "missing required field: label [json-pointer:/view/blocks/0]"},
	} {
		t.Run(name, func(t *testing.T) { wantProblem(t, checkView(modal(t, c.fields)), c.want) })
	}
}

func TestViewsThatSlackTakes(t *testing.T) {
	for _, fields := range []string{
		`"submit":` + pt + `,"close":` + pt + `,"private_metadata":"","callback_id":"c","external_id":"","notify_on_close":true`,
		`"blocks":[{"type":"alert","text":` + mtext(3) + `,"level":"warning"}]`,
		`"blocks":[]`,
		`"submit":` + pt + `,"blocks":[` + inInput(`{"type":"file_input","filetypes":["csv"],"max_files":1}`) + `]`,
	} {
		if err := checkView(modal(t, fields)); err != nil {
			t.Errorf("%s\nrefused: %s", fields, problems(err))
		}
	}
	if err := checkView(js(t, `{"type":"home","blocks":[`+inInput(`{"type":"plain_text_input"}`)+`]}`)); err != nil {
		t.Errorf("an input on a Home needs no submit: %s", problems(err))
	}
}
