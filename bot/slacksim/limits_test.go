package slacksim

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestEveryLimitHasANumberAndASource(t *testing.T) {
	for l := range limitCount {
		if limits[l].max <= 0 || limits[l].source == "" {
			t.Errorf("limit %d: %d from %q", l, limits[l].max, limits[l].source)
		}
	}
}

func x(n int) string { return strings.Repeat("é", n) } // two bytes, one character

// times repeats a JSON element n times; %d in it becomes a running number.
func times(n int, element string) string {
	out := make([]string, n)
	for i := range out {
		out[i] = strings.ReplaceAll(element, "%d", fmt.Sprint(i))
	}
	return "[" + strings.Join(out, ",") + "]"
}

const (
	pt     = `{"type":"plain_text","text":"t"}`
	opt    = `{"text":` + pt + `,"value":"v%d"}`
	button = `{"type":"button","action_id":"a%d","text":` + pt + `}`
)

func ptext(n int) string { return `{"type":"plain_text","text":"` + x(n) + `"}` }
func mtext(n int) string { return `{"type":"mrkdwn","text":"` + x(n) + `"}` }

func inActions(element string) string { return `{"type":"actions","elements":[` + element + `]}` }
func asAccessory(element string) string {
	return `{"type":"section","text":` + pt + `,"accessory":` + element + `}`
}
func inInput(element string) string {
	return `{"type":"input","label":` + pt + `,"element":` + element + `}`
}

func confirmed(field, value string) string {
	parts := map[string]string{"title": pt, "text": pt, "confirm": pt, "deny": pt}
	parts[field] = value
	var out []string
	for _, k := range sortedKeys(parts) {
		out = append(out, `"`+k+`":`+parts[k])
	}
	return inActions(`{"type":"button","text":` + pt + `,"confirm":{` + strings.Join(out, ",") + `}}`)
}

func chartOf(categories, series string) string {
	return `{"type":"data_visualization","title":"t","chart":{"type":"line","series":` + series + `,"axis_config":{"categories":` + categories + `}}}`
}

func points(n int) string { return times(n, `{"label":"c%d","value":1}`) }

// blockBounds holds, for every limit on blocks, a block that is as long as one
// says. Each is accepted at its limit and refused one beyond it.
var blockBounds = []struct {
	name  string
	limit limit
	block func(n int) string
	at    string // where the complaint points
	items bool   // a count, not a length
}{
	{"text object", textObject, func(n int) string { return `{"type":"context","elements":[` + mtext(n) + `]}` }, "/elements/0/text", false},
	{"section text", sectionText, func(n int) string { return `{"type":"section","text":` + mtext(n) + `}` }, "/text/text", false},
	{"section field", sectionField, func(n int) string { return `{"type":"section","fields":[` + mtext(n) + `]}` }, "/fields/0/text", false},
	{"section fields", sectionFields, func(n int) string { return `{"type":"section","fields":` + times(n, pt) + `}` }, "/fields", true},
	{"header", headerText, func(n int) string { return `{"type":"header","text":` + ptext(n) + `}` }, "/text/text", false},
	{"actions", actionsElements, func(n int) string { return `{"type":"actions","elements":` + times(n, button) + `}` }, "/elements", true},
	{"context", contextElements, func(n int) string { return `{"type":"context","elements":` + times(n, pt) + `}` }, "/elements", true},
	{"image url", imageURL, func(n int) string {
		return `{"type":"image","alt_text":"a","image_url":"https://` + strings.Repeat("i", n-8) + `"}`
	}, "/image_url", false},
	{"image alt", imageAlt, func(n int) string {
		return `{"type":"image","alt_text":"` + x(n) + `","image_url":"https://e.example/i.png"}`
	}, "/alt_text", false},
	{"image title", imageTitle, func(n int) string {
		return `{"type":"image","alt_text":"a","title":` + ptext(n) + `,"image_url":"https://e.example/i.png"}`
	}, "/title/text", false},
	{"input label", inputLabel, func(n int) string {
		return `{"type":"input","label":` + ptext(n) + `,"element":{"type":"plain_text_input"}}`
	}, "/label/text", false},
	{"input hint", inputHint, func(n int) string {
		return `{"type":"input","label":` + pt + `,"hint":` + ptext(n) + `,"element":{"type":"plain_text_input"}}`
	}, "/hint/text", false},
	{"video title", videoTitle, func(n int) string { return video(`"title":` + ptext(n)) }, "/title/text", false},
	{"video description", videoDescription, func(n int) string { return video(`"title":` + pt + `,"description":` + ptext(n)) }, "/description/text", false},
	{"video author", videoAuthor, func(n int) string { return video(`"title":` + pt + `,"author_name":"` + x(n) + `"`) }, "/author_name", false},
	{"table rows", tableRows, func(n int) string {
		return `{"type":"table","rows":` + times(n, `[{"type":"raw_text","text":"c"}]`) + `}`
	}, "/rows", true},
	{"table cells", tableCells, func(n int) string {
		return `{"type":"table","rows":[` + times(n, `{"type":"raw_text","text":"c"}`) + `]}`
	}, "/rows/0", true},
	{"table column settings", tableCells, func(n int) string {
		return `{"type":"table","rows":[[{"type":"raw_text","text":"c"}]],"column_settings":` + times(n, `{"align":"left"}`) + `}`
	}, "/column_settings", true},
	{"chart title", chartTitle, func(n int) string {
		return `{"type":"data_visualization","title":"` + x(n) + `","chart":{"type":"pie","segments":` + points(1) + `}}`
	}, "/title", false},
	{"chart segments", chartSegments, func(n int) string {
		return `{"type":"data_visualization","title":"t","chart":{"type":"pie","segments":` + points(n) + `}}`
	}, "/chart/segments", true},
	{"chart series", chartSeries, func(n int) string {
		return chartOf(`["c0"]`, times(n, `{"name":"s%d","data":[{"label":"c0","value":1}]}`))
	}, "/chart/series", true},
	{"chart points", chartPoints, func(n int) string {
		return chartOf(times(n, `"c%d"`), `[{"name":"s","data":`+points(n)+`}]`)
	}, "/chart/series/0/data", true},
	{"chart label", chartLabel, func(n int) string {
		return chartOf(`["`+x(n)+`"]`, `[{"name":"s","data":[{"label":"`+x(n)+`","value":1}]}]`)
	}, "/chart/axis_config/categories/0", false},
	{"chart axis", chartAxis, func(n int) string {
		return `{"type":"data_visualization","title":"t","chart":{"type":"bar","series":[{"name":"s","data":` + points(1) +
			`}],"axis_config":{"categories":["c0"],"y_label":"` + x(n) + `"}}}`
	}, "/chart/axis_config/y_label", false},
	{"block_id", identifier, func(n int) string { return `{"type":"divider","block_id":"` + x(n) + `"}` }, "/block_id", false},
	{"action_id", identifier, func(n int) string {
		return inActions(`{"type":"button","action_id":"` + x(n) + `","text":` + pt + `}`)
	}, "/elements/0/action_id", false},
	{"button text", buttonText, func(n int) string { return inActions(`{"type":"button","text":` + ptext(n) + `}`) }, "/elements/0/text/text", false},
	{"button value", buttonValue, func(n int) string {
		return inActions(`{"type":"button","text":` + pt + `,"value":"` + x(n) + `"}`)
	}, "/elements/0/value", false},
	{"button url", linkURL, func(n int) string { return inActions(`{"type":"button","text":` + pt + `,"url":"` + x(n) + `"}`) }, "/elements/0/url", false},
	{"accessibility label", accessibilityLabel, func(n int) string {
		return inActions(`{"type":"button","text":` + pt + `,"accessibility_label":"` + x(n) + `"}`)
	}, "/elements/0/accessibility_label", false},
	{"placeholder", placeholderText, func(n int) string {
		return inActions(`{"type":"users_select","placeholder":` + ptext(n) + `}`)
	}, "/elements/0/placeholder/text", false},
	{"option text", optionText, func(n int) string {
		return inActions(`{"type":"static_select","options":[{"text":` + ptext(n) + `,"value":"v"}]}`)
	}, "/elements/0/options/0/text/text", false},
	{"option value", optionValue, func(n int) string {
		return inActions(`{"type":"static_select","options":[{"text":` + pt + `,"value":"` + x(n) + `"}]}`)
	}, "/elements/0/options/0/value", false},
	{"option description", optionDescription, func(n int) string {
		return inActions(`{"type":"radio_buttons","options":[{"text":` + pt + `,"value":"v","description":` + mtext(n) + `}]}`)
	}, "/elements/0/options/0/description/text", false},
	{"options", selectOptions, func(n int) string { return inActions(`{"type":"static_select","options":` + times(n, opt) + `}`) }, "/elements/0/options", true},
	{"option groups", selectGroups, func(n int) string {
		return inActions(`{"type":"static_select","option_groups":` + times(n, `{"label":`+pt+`,"options":[`+opt+`]}`) + `}`)
	}, "/elements/0/option_groups", true},
	{"options of a group", selectOptions, func(n int) string {
		return inActions(`{"type":"static_select","option_groups":[{"label":` + pt + `,"options":` + times(n, opt) + `}]}`)
	}, "/elements/0/option_groups/0/options", true},
	{"group label", groupLabel, func(n int) string {
		return inActions(`{"type":"static_select","option_groups":[{"label":` + ptext(n) + `,"options":[` + opt + `]}]}`)
	}, "/elements/0/option_groups/0/label/text", false},
	{"overflow", overflowOptions, func(n int) string { return inActions(`{"type":"overflow","options":` + times(n, opt) + `}`) }, "/elements/0/options", true},
	{"overflow link", linkURL, func(n int) string {
		return inActions(`{"type":"overflow","options":[{"text":` + pt + `,"value":"v","url":"` + x(n) + `"}]}`)
	}, "/elements/0/options/0/url", false},
	{"checkboxes", choiceOptions, func(n int) string { return inActions(`{"type":"checkboxes","options":` + times(n, opt) + `}`) }, "/elements/0/options", true},
	{"radio buttons", choiceOptions, func(n int) string { return inActions(`{"type":"radio_buttons","options":` + times(n, opt) + `}`) }, "/elements/0/options", true},
	{"input value", inputValue, func(n int) string { return inInput(`{"type":"plain_text_input","initial_value":"` + x(n) + `"}`) }, "/element/initial_value", false},
	{"confirm title", confirmTitle, func(n int) string { return confirmed("title", ptext(n)) }, "/elements/0/confirm/title/text", false},
	{"confirm text", confirmText, func(n int) string { return confirmed("text", mtext(n)) }, "/elements/0/confirm/text/text", false},
	{"confirm button", confirmButton, func(n int) string { return confirmed("confirm", ptext(n)) }, "/elements/0/confirm/confirm/text", false},
	{"deny button", confirmButton, func(n int) string { return confirmed("deny", ptext(n)) }, "/elements/0/confirm/deny/text", false},
}

func video(fields string) string {
	return `{"type":"video","alt_text":"a","thumbnail_url":"https://e.example/t.png","video_url":"https://e.example/v",` + fields + `}`
}

func TestBlockBounds(t *testing.T) {
	for _, b := range blockBounds {
		t.Run(b.name, func(t *testing.T) {
			most := b.limit.max()
			if err := checkBlocks([]any{js(t, b.block(most))}); err != nil {
				t.Errorf("at %d: %v %s", most, err, problems(err))
			}
			want := fmt.Sprintf("must be less than %d characters", most+1)
			if b.items {
				want = fmt.Sprintf("no more than %d items allowed", most)
			}
			want += " [json-pointer:/blocks/0" + b.at + "]"
			wantProblem(t, checkBlocks([]any{js(t, b.block(most+1))}), want)
		})
	}
}

func problems(err error) string {
	var e *apiError
	if !errors.As(err, &e) {
		return ""
	}
	return strings.Join(append(e.errors, e.messages...), "\n")
}

func wantProblem(t *testing.T, err error, want string) {
	t.Helper()
	if !strings.Contains(problems(err), want) {
		t.Errorf("want %q, got %v:\n%s", want, err, problems(err))
	}
}

// numberBounds are limits on numbers: accepted at most, refused beyond.
var numberBounds = map[string]struct {
	limit limit
	least int
	block func(n int) string
	at    string
}{
	"header level": {headerLevels, 1, func(n int) string { return fmt.Sprintf(`{"type":"header","text":%s,"level":%d}`, pt, n) }, "/level"},
	"min_length": {inputValue, 0, func(n int) string { return inInput(fmt.Sprintf(`{"type":"plain_text_input","min_length":%d}`, n)) },
		"/element/min_length"},
	"max_length": {inputValue, 1, func(n int) string { return inInput(fmt.Sprintf(`{"type":"plain_text_input","max_length":%d}`, n)) },
		"/element/max_length"},
	"min_lines": {richLines, 1, func(n int) string { return inInput(fmt.Sprintf(`{"type":"rich_text_input","min_lines":%d}`, n)) },
		"/element/min_lines"},
}

func TestNumberBounds(t *testing.T) {
	for name, b := range numberBounds {
		t.Run(name, func(t *testing.T) {
			for _, n := range []int{b.least, b.limit.max()} {
				if err := checkBlocks([]any{js(t, b.block(n))}); err != nil {
					t.Errorf("%d: %s", n, problems(err))
				}
			}
			wantProblem(t, checkBlocks([]any{js(t, b.block(b.least-1))}), fmt.Sprintf("must be greater than or equal to %d [json-pointer:/blocks/0%s]", b.least, b.at))
			wantProblem(t, checkBlocks([]any{js(t, b.block(b.limit.max()+1))}), fmt.Sprintf("must be less than or equal to %d [json-pointer:/blocks/0%s]", b.limit.max(), b.at))
		})
	}
}

// TestViewBounds does the same for modals.
var viewBounds = map[string]struct {
	limit limit
	field func(n int) string
	want  string
}{
	"title":            {viewTitle, func(n int) string { return `"title":` + ptext(n) }, "less than 25 characters [json-pointer:/view/title/text]"},
	"submit":           {viewButton, func(n int) string { return `"submit":` + ptext(n) }, "less than 25 characters [json-pointer:/view/submit/text]"},
	"close":            {viewButton, func(n int) string { return `"close":` + ptext(n) }, "less than 25 characters [json-pointer:/view/close/text]"},
	"private_metadata": {viewMetadata, func(n int) string { return `"private_metadata":"` + x(n) + `"` }, "less than 3001 characters [json-pointer:/view/private_metadata]"},
	"callback_id":      {identifier, func(n int) string { return `"callback_id":"` + x(n) + `"` }, "less than 256 characters [json-pointer:/view/callback_id]"},
	"external_id":      {identifier, func(n int) string { return `"external_id":"` + x(n) + `"` }, "less than 256 characters [json-pointer:/view/external_id]"},
	"blocks":           {blocksPerView, func(n int) string { return `"blocks":` + times(n, `{"type":"divider"}`) }, "no more than 100 items allowed [json-pointer:/view/blocks]"},
	"file inputs": {fileInputs, func(n int) string {
		return `"submit":` + pt + `,"blocks":[` + inInput(fmt.Sprintf(`{"type":"file_input","max_files":%d}`, n)) + `]`
	}, "less than or equal to 10 [json-pointer:/view/blocks/0/element/max_files]"},
}

func TestViewBounds(t *testing.T) {
	for name, b := range viewBounds {
		t.Run(name, func(t *testing.T) {
			if err := checkView(modal(t, b.field(b.limit.max()))); err != nil {
				t.Errorf("at the limit: %s", problems(err))
			}
			wantProblem(t, checkView(modal(t, b.field(b.limit.max()+1))), b.want)
		})
	}
}

// modal is a good modal with some fields replaced.
func modal(t *testing.T, fields string) object {
	t.Helper()
	v := js(t, `{"type":"modal","title":`+pt+`,"blocks":[{"type":"section","text":`+pt+`}]}`)
	for k, f := range js(t, "{"+fields+"}") {
		v[k] = f
	}
	return v
}

func TestWholeMessageBounds(t *testing.T) {
	dividers := list(js(t, `{"b":`+times(51, `{"type":"divider"}`)+`}`)["b"])
	if err := checkBlocks(dividers[:50]); err != nil {
		t.Errorf("50 blocks: %s", problems(err))
	}
	wantProblem(t, checkBlocks(dividers), "no more than 50 items allowed [json-pointer:/blocks]")

	section := func(n int) any { return js(t, `{"type":"section","text":`+mtext(n)+`}`) }
	four := []any{section(3000), section(3000), section(3000)}
	if err := checkBlocks(append(four, section(3000))); err != nil {
		t.Errorf("12,000 characters: %v", err)
	}
	if err := checkBlocks(append(four, section(2999), section(2))); err == nil || err.Error() != "msg_blocks_too_long" {
		t.Errorf("12,001 characters: %v", err)
	}

	table := js(t, `{"type":"table","rows":[[{"type":"raw_text","text":"c"}]]}`)
	if err := checkBlocks([]any{table, clone(table)}); err == nil || err.Error() != "invalid_attachments" || problems(err) != "only_one_table_allowed" {
		t.Errorf("two tables: %v %s", err, problems(err))
	}
	chart := js(t, `{"type":"data_visualization","title":"t","chart":{"type":"pie","segments":`+points(1)+`}}`)
	if err := checkBlocks([]any{chart, chart}); err != nil {
		t.Errorf("two charts: %s", problems(err))
	}
	wantProblem(t, checkBlocks([]any{chart, chart, chart}), "no more than 2 data_visualization blocks")

	markdown := js(t, `{"type":"markdown","text":"`+x(12_001)+`"}`)
	wantProblem(t, checkBlocks([]any{markdown}), "must be less than 12001 characters [json-pointer:/blocks/0/text]")
}

func TestAViewMayNotBeTooLarge(t *testing.T) {
	view := func(n int) object {
		return modal(t, `"submit":`+pt+`,"blocks":`+times(100, inInput(`{"type":"plain_text_input","initial_value":"`+strings.Repeat("v", n)+`"}`)))
	}
	if err := checkView(view(2000)); err != nil {
		t.Errorf("200 kB: %v %s", err, problems(err))
	}
	if err := checkView(view(2500)); err == nil || err.Error() != "view_too_large" {
		t.Errorf("250 kB: %v", err)
	}
}
