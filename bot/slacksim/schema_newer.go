package slacksim

import (
	"slices"
	"strconv"
)

// The blocks that Slack added in 2025 and 2026. Their pages say less about
// surfaces than the older ones do; where one says nothing, the block is taken
// in messages only, and Guesses lists it.

// Which blocks may stand inside of others.
var (
	containerChildren = []string{"actions", "context", "divider", "file", "header", "image", "input",
		"rich_text", "section", "table", "video"}

	layoutBlocks = []string{"actions", "alert", "card", "carousel", "container", "context", "data_table",
		"data_visualization", "divider", "file", "header", "image", "input", "rich_text", "section", "table", "video"}

	layoutFallbacks = []string{"context", "divider", "header", "image", "rich_text", "section", "table", "video"}
)

func newerBlocks() map[string]blockKind {
	return map[string]blockKind{
		"context_actions": block(inMessage, shape{
			fields: fields{"elements": items(elements.of("feedback_buttons", "icon_button"), 1, contextActionsElements)},
			needs:  []string{"elements"},
		}),
		"card": block(inMessage, shape{
			fields: fields{
				"hero_image": elements.of("image"),
				"icon":       elements.of("image"),
				"title":      marked(cardTitle),
				"subtitle":   marked(cardTitle),
				"body":       marked(cardBody),
				"actions":    items(elements.of("button"), 1, actionsElements),
			},
			also: rules{atLeastOne("hero_image", "title", "subtitle", "body", "actions")},
		}),
		"carousel": block(inMessage, shape{
			fields: fields{"elements": items(blocksOf("card"), 1, carouselCards)},
			needs:  []string{"elements"},
		}),
		"container": block(anywhere, shape{
			fields: fields{
				"title":              plain(containerTitle),
				"rich_text_title":    part("rich text"),
				"subtitle":           marked(containerTitle),
				"child_blocks":       items(blocksOf(containerChildren...), 1, containerBlocks),
				"width":              enum("narrow", "standard", "wide", "full"),
				"icon":               elements.of("image"),
				"is_collapsible":     boolean,
				"default_collapsed":  boolean,
				"has_header_divider": boolean,
			},
			needs: []string{"child_blocks"},
			also:  rules{atLeastOne("title", "rich_text_title"), collapsing},
		}),
		"layout": block(anywhere, shape{
			fields: fields{
				"label":            chars(1, layoutLabel),
				"rows":             items(part("layout row"), 1, layoutRows),
				"is_label_visible": boolean,
				"grid_lines":       enum("none", "rows", "outer"),
				"fallback":         items(blocksOf(layoutFallbacks...), 0, blocksPerMessage),
			},
			needs: []string{"label", "rows"},
		}),
		"plan": block(inMessage, shape{
			fields: fields{"title": chars(1, anyLength), "tasks": items(blocksOf("task_card"), 1, blocksPerMessage)},
			needs:  []string{"title"},
		}),
		"task_card": block(inMessage, shape{
			fields: fields{
				"task_id": chars(1, identifier),
				"title":   chars(1, anyLength),
				"details": part("rich text"),
				"output":  part("rich text"),
				"sources": items(elements.of("url"), 1, anyLength),
				"status":  enum("pending", "in_progress", "complete", "error"),
			},
			needs: []string{"task_id", "title", "status"},
		}),
		"data_table": block(inMessage, shape{
			fields: fields{
				"caption": chars(1, anyLength),
				"rows": items(items(dataCell.of("raw_text", "raw_number", "rich_text", "action_cell"),
					1, dataTableCells), 2, dataTableRows),
				"page_size":               whole(1, dataTablePage),
				"row_header_column_index": whole(0, anyLength),
			},
			needs: []string{"caption", "rows"},
			also:  rules{evenRows, plainHeader, headerColumn, tableTextInAll},
		}),
	}
}

// blocksOf accepts a block of one of the named kinds, on a surface that has it.
func blocksOf(names ...string) check {
	return func(r *report, at string, v any) {
		if kind, typed := obj(v)["type"].(string); typed && !slices.Contains(names, kind) {
			r.add(at+"/type", "unsupported type: %s", kind)
			return
		}
		oneBlock(r, at, v)
	}
}

// dataCell is a cell of a data_table. The text of a number is what is shown;
// one page requires it, another calls it optional, so it is required.
var dataCell = kinds{
	"raw_text":   {fields: fields{"type": anything, "text": chars(1, anyLength)}, needs: []string{"text"}},
	"raw_number": {fields: fields{"type": anything, "value": decimal, "text": chars(1, anyLength)}, needs: []string{"value", "text"}},
	"rich_text":  richText,
	"action_cell": {
		fields: fields{"type": anything, "element": elements.of("button"), "fallback": fallbackCell.of("raw_text", "raw_number")},
		needs:  []string{"element"},
	},
}

var fallbackCell = kinds{
	"raw_text":   {fields: fields{"type": anything, "text": chars(1, anyLength)}, needs: []string{"text"}},
	"raw_number": {fields: fields{"type": anything, "value": decimal, "text": chars(1, anyLength)}, needs: []string{"value", "text"}},
}

func evenRows(r *report, at string, o object) {
	rows := list(o["rows"])
	for i, row := range rows {
		if len(list(row)) != len(list(rows[0])) {
			r.add(at+"/rows/"+strconv.Itoa(i), "must have as many cells as the first row")
		}
	}
}

func plainHeader(r *report, at string, o object) {
	rows := list(o["rows"])
	if len(rows) == 0 {
		return
	}
	for i, cell := range list(rows[0]) {
		if kind := str(obj(cell)["type"]); kind != "raw_text" {
			r.add(at+"/rows/0/"+strconv.Itoa(i)+"/type", "unsupported type in the header: %s", kind)
		}
	}
}

func headerColumn(r *report, at string, o object) {
	rows := list(o["rows"])
	if n, ok := number(o["row_header_column_index"]); ok && len(rows) > 0 && int(n) >= len(list(rows[0])) {
		r.add(at+"/row_header_column_index", "must be less than the number of columns")
	}
}

func tableTextInAll(r *report, at string, o object) {
	if visibleText(list(o["rows"])) > dataTableText.max() {
		r.add(at+"/rows", "must be less than %d characters in all cells", dataTableText.max()+1)
	}
}

// collapsing: what only a container that can be folded has, and what it has not.
func collapsing(r *report, at string, o object) {
	if truth(o["default_collapsed"]) && !truth(o["is_collapsible"]) {
		r.add(at+"/default_collapsed", "requires is_collapsible")
	}
	if truth(o["has_header_divider"]) && truth(o["is_collapsible"]) {
		r.add(at+"/has_header_divider", "is not available with is_collapsible")
	}
}

// children are the blocks that stand inside of a block.
func children(b object) []any {
	switch str(b["type"]) {
	case "container":
		return list(b["child_blocks"])
	case "carousel":
		return list(b["elements"])
	case "plan":
		return list(b["tasks"])
	case "layout":
		var all []any
		for _, row := range list(b["rows"]) {
			for _, item := range list(obj(row)["items"]) {
				all = append(all, obj(item)["block"])
			}
		}
		return all
	}
	return nil
}

// nestedBlocks are blocks with all that stand inside of them, in the order in
// which they are seen.
func nestedBlocks(blocks []any) []any {
	var all []any
	for _, b := range blocks {
		all = append(append(all, b), nestedBlocks(children(obj(b)))...)
	}
	return all
}
