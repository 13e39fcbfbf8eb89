package slacksim

import (
	"fmt"
	"strings"
)

// Rows for the blocks of schema_newer.go, in the tables that all others are in.

const (
	rich1 = `{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[]}]}`
	pic   = `{"type":"image","image_url":"https://e.example/i","alt_text":"a"}`
	press = `{"type":"button","text":` + pt + `}`
	raw   = `{"type":"raw_text","text":"c"}`
	line  = `{"type":"divider"}`
	task  = `{"type":"task_card","task_id":"t%d","title":"t","status":"pending"}`
)

func aCard(fields string) string     { return `{"type":"card",` + fields + `}` }
func container(fields string) string { return `{"type":"container",` + fields + `}` }
func titled(fields string) string {
	return container(`"title":` + pt + `,"child_blocks":[` + line + `]` + fields)
}
func layout(item string) string {
	return `{"type":"layout","label":"l","rows":[{"items":[` + item + `]}]}`
}
func laid(fields string) string {
	return `{"type":"layout","label":"l","rows":[{"items":[{"block":` + line + `}]}],` + fields + `}`
}
func dataTable(rows, more string) string {
	return `{"type":"data_table","caption":"c","rows":` + rows + more + `}`
}
func feedback(positive, negative string) string {
	return `{"type":"context_actions","elements":[{"type":"feedback_buttons","positive_button":` + positive + `,"negative_button":` + negative + `}]}`
}
func thumb(text, value string) string { return `{"text":` + text + `,"value":` + value + `}` }
func iconButton(fields string) string {
	return `{"type":"context_actions","elements":[{"type":"icon_button","icon":"trash","text":` + pt + fields + `}]}`
}

var good = thumb(pt, `"v"`)

func init() {
	goodBlocks = append(goodBlocks,
		feedback(good, `{"text":`+pt+`,"value":"w","accessibility_label":"bad"}`),
		iconButton(`,"value":"v","accessibility_label":"l","visible_to_user_ids":["U1"],"confirm":{"title":`+pt+`,"text":`+pt+`,"confirm":`+pt+`,"deny":`+pt+`}`),
		aCard(`"hero_image":`+pic+`,"icon":`+pic+`,"title":`+mtext(3)+`,"subtitle":`+pt+`,"body":`+mtext(3)+`,"actions":[`+press+`]`),
		`{"type":"carousel","elements":[`+aCard(`"title":`+pt)+`]}`,
		titled(`,"subtitle":`+mtext(3)+`,"width":"wide","icon":`+pic+`,"is_collapsible":true,"default_collapsed":true`),
		container(`"rich_text_title":`+rich1+`,"child_blocks":[`+inActions(press)+`],"has_header_divider":true`),
		laid(`"is_label_visible":true,"grid_lines":"rows","fallback":[`+line+`]`),
		layout(`{"block":`+titled("")+`,"width":"narrow","horizontal_alignment":"end"}`),
		`{"type":"plan","title":"p","tasks":[`+task+`]}`,
		`{"type":"task_card","task_id":"t","title":"t","status":"complete","details":`+rich1+`,"output":`+rich1+
			`,"sources":[{"type":"url","url":"https://e.example","text":"s"}]}`,
		dataTable(`[[`+raw+`,`+raw+`,`+raw+`,`+raw+`],[`+raw+`,{"type":"raw_number","value":1.5,"text":"1.5"},`+rich1+
			`,{"type":"action_cell","element":`+press+`,"fallback":{"type":"raw_number","value":1,"text":"1"}}]]`, `,"page_size":5,"row_header_column_index":1`),
	)
	for name, row := range map[string]struct{ block, want string }{
		"feedback, one thumb":       {`{"type":"context_actions","elements":[{"type":"feedback_buttons","positive_button":` + good + `}]}`, "missing required field: negative_button"},
		"feedback, mrkdwn":          {feedback(thumb(mtext(1), `"v"`), good), "unsupported type: mrkdwn"},
		"context_actions, button":   {`{"type":"context_actions","elements":[` + press + `]}`, "unsupported type: button"},
		"icon button without icon":  {`{"type":"context_actions","elements":[{"type":"icon_button","text":` + pt + `}]}`, "missing required field: icon"},
		"icon button in actions":    {inActions(`{"type":"icon_button","icon":"trash","text":` + pt + `}`), "unsupported type: icon_button"},
		"card of nothing":           {`{"type":"card"}`, "missing required field: one of hero_image, title, subtitle, body, actions"},
		"card with a menu":          {aCard(`"actions":[{"type":"users_select"}]`), "unsupported type: users_select"},
		"carousel of sections":      {`{"type":"carousel","elements":[{"type":"section","text":` + pt + `}]}`, "unsupported type: section [json-pointer:/blocks/0/elements/0/type]"},
		"carousel of a bad card":    {`{"type":"carousel","elements":[{"type":"card"}]}`, "missing required field: one of hero_image"},
		"carousel of nothing":       {`{"type":"carousel","elements":[]}`, "no less than 1 items"},
		"container without title":   {container(`"child_blocks":[` + line + `]`), "missing required field: one of title, rich_text_title"},
		"container in a container":  {container(`"title":` + pt + `,"child_blocks":[` + titled("") + `]`), "unsupported type: container [json-pointer:/blocks/0/child_blocks/0/type]"},
		"container, folded at once": {titled(`,"default_collapsed":true`), "requires is_collapsible"},
		"container, line and fold":  {titled(`,"has_header_divider":true,"is_collapsible":true`), "is not available with is_collapsible"},
		"container, width":          {titled(`,"width":"huge"`), "must be one of: narrow, standard, wide, full"},
		"container, a bad child":    {container(`"title":` + pt + `,"child_blocks":[{"type":"header"}]`), "missing required field: text [json-pointer:/blocks/0/child_blocks/0]"},
		"layout of markdown":        {layout(`{"block":{"type":"markdown","text":"t"}}`), "unsupported type: markdown"},
		"layout, an alert":          {layout(`{"block":{"type":"alert","text":` + pt + `}}`), "block type alert is not available in messages"},
		"layout, empty item":        {layout(`{}`), "missing required field: block"},
		"layout, empty row":         {`{"type":"layout","label":"l","rows":[{}]}`, "missing required field: items"},
		"layout, fallback":          {laid(`"fallback":[` + inActions(press) + `]`), "unsupported type: actions"},
		"layout, lines":             {laid(`"grid_lines":"all"`), "must be one of: none, rows, outer"},
		"layout, width":             {layout(`{"block":` + line + `,"width":"full"}`), "must be one of: narrow, standard, wide"},
		"plan of sections":          {`{"type":"plan","title":"p","tasks":[` + line + `]}`, "unsupported type: divider"},
		"task, state":               {`{"type":"task_card","task_id":"t","title":"t","status":"lost"}`, "must be one of: pending, in_progress, complete, error"},
		"task, source":              {`{"type":"task_card","task_id":"t","title":"t","status":"error","sources":[{"type":"url","url":"u","text":"s"}]}`, "input must match regex pattern"},
		"data table, a header only": {dataTable(`[[`+raw+`]]`, ""), "no less than 2 items"},
		"data table, ragged":        {dataTable(`[[`+raw+`],[`+raw+`,`+raw+`]]`, ""), "must have as many cells as the first row [json-pointer:/blocks/0/rows/1]"},
		"data table, header":        {dataTable(`[[`+rich1+`],[`+raw+`]]`, ""), "unsupported type in the header: rich_text"},
		"data table, page":          {dataTable(`[[`+raw+`],[`+raw+`]]`, `,"page_size":0`), "must be greater than or equal to 1"},
		"data table, column":        {dataTable(`[[`+raw+`],[`+raw+`]]`, `,"row_header_column_index":1`), "must be less than the number of columns"},
		"data table, number's text": {dataTable(`[[`+raw+`],[{"type":"raw_number","value":1}]]`, ""), "missing required field: text"},
		"data table, menu":          {dataTable(`[[`+raw+`],[{"type":"action_cell","element":{"type":"users_select"}}]]`, ""), "unsupported type: users_select"},
		"data table, fallback":      {dataTable(`[[`+raw+`],[{"type":"action_cell","element":`+press+`,"fallback":`+rich1+`}]]`, ""), "unsupported type: rich_text"},
		"video, not secure":         {strings.Replace(video(`"title":`+pt), "https://e.example/v", "http://e.example/v", 1), "input must match regex pattern"},
		"video, title not secure":   {video(`"title":` + pt + `,"title_url":"http://e.example"`), "input must match regex pattern"},
		"table, a number":           {`{"type":"table","rows":[[{"type":"raw_number","value":1,"text":"1"}]]}`, "unsupported type: raw_number"},
		"header in a carousel":      {`{"type":"carousel","elements":[{"text":"t"}]}`, "missing required field: type"},
	} {
		refusedBlocks[name] = row
	}
	for name, row := range map[string]struct{ fields, want string }{
		"card in a modal":             {`"blocks":[` + aCard(`"title":`+pt) + `]`, "block type card is not available in modals"},
		"carousel in a modal":         {`"blocks":[{"type":"carousel","elements":[]}]`, "block type carousel is not available in modals"},
		"context_actions in a modal":  {`"blocks":[` + feedback(good, good) + `]`, "block type context_actions is not available in modals"},
		"plan in a modal":             {`"blocks":[{"type":"plan","title":"p"}]`, "block type plan is not available in modals"},
		"task_card in a modal":        {`"blocks":[` + task + `]`, "block type task_card is not available in modals"},
		"data_table in a modal":       {`"blocks":[` + dataTable(`[]`, "") + `]`, "block type data_table is not available in modals"},
		"table in a modal's box":      {`"blocks":[` + container(`"title":`+pt+`,"child_blocks":[{"type":"table","rows":[[`+raw+`]]}]`) + `]`, "block type table is not available in modals"},
		"input without submit in box": {`"blocks":[` + container(`"title":`+pt+`,"child_blocks":[`+inInput(`{"type":"plain_text_input"}`)+`]`) + `]`, "missing required field: submit [json-pointer:/view]"},
	} {
		refusedViews[name] = row
	}
	type bound = struct {
		name  string
		limit limit
		block func(n int) string
		at    string
		items bool
	}
	blockBounds = append(blockBounds, []bound{
		{"context_actions", contextActionsElements, func(n int) string {
			return `{"type":"context_actions","elements":` + times(n, `{"type":"icon_button","icon":"trash","action_id":"a%d","text":`+pt+`}`) + `}`
		}, "/elements", true},
		{"feedback text", feedbackText, func(n int) string { return feedback(thumb(ptext(n), `"v"`), good) }, "/elements/0/positive_button/text/text", false},
		{"feedback value", feedbackValue, func(n int) string { return feedback(good, thumb(pt, `"`+x(n)+`"`)) }, "/elements/0/negative_button/value", false},
		{"card title", cardTitle, func(n int) string { return aCard(`"title":` + mtext(n)) }, "/title/text", false},
		{"card subtitle", cardTitle, func(n int) string { return aCard(`"subtitle":` + mtext(n)) }, "/subtitle/text", false},
		{"card body", cardBody, func(n int) string { return aCard(`"body":` + mtext(n)) }, "/body/text", false},
		{"carousel", carouselCards, func(n int) string {
			return `{"type":"carousel","elements":` + times(n, aCard(`"title":`+pt)) + `}`
		}, "/elements", true},
		{"container title", containerTitle, func(n int) string {
			return container(`"title":` + ptext(n) + `,"child_blocks":[` + line + `]`)
		}, "/title/text", false},
		{"container subtitle", containerTitle, func(n int) string { return titled(`,"subtitle":` + mtext(n)) }, "/subtitle/text", false},
		{"container blocks", containerBlocks, func(n int) string {
			return container(`"title":` + pt + `,"child_blocks":` + times(n, line))
		}, "/child_blocks", true},
		{"layout label", layoutLabel, func(n int) string {
			return `{"type":"layout","label":"` + x(n) + `","rows":[{"items":[{"block":` + line + `}]}]}`
		}, "/label", false},
		{"layout rows", layoutRows, func(n int) string {
			return `{"type":"layout","label":"l","rows":` + times(n, `{"items":[{"block":`+line+`}]}`) + `}`
		}, "/rows", true},
		{"layout items", layoutItems, func(n int) string {
			return `{"type":"layout","label":"l","rows":[{"items":` + times(n, `{"block":`+line+`}`) + `}]}`
		}, "/rows/0/items", true},
		{"data table rows", dataTableRows, func(n int) string { return dataTable(times(n, `[`+raw+`]`), "") }, "/rows", true},
		{"data table cells", dataTableCells, func(n int) string {
			return dataTable(`[`+times(n, raw)+`,`+times(n, raw)+`]`, "")
		}, "/rows/0", true},
	}...)
	numberBounds["page_size"] = struct {
		limit limit
		least int
		block func(n int) string
		at    string
	}{dataTablePage, 1, func(n int) string {
		return dataTable(`[[`+raw+`],[`+raw+`]]`, fmt.Sprintf(`,"page_size":%d`, n))
	}, "/page_size"}
}
