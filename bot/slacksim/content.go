package slacksim

import (
	"fmt"
	"slices"
	"strconv"
)

// This file judges whole messages and views: what no single block can know.

// checkBlocks returns the refusal that Slack would give for a message's blocks,
// or nil.
func (w world) checkBlocks(blocks []any) error {
	r := &report{world: w, surface: inMessage}
	w.messageBlocks(r, blocks)
	if len(r.problems) > 0 {
		return invalidBlocks(r.texts())
	}
	if count(blocks, "table") > tablesPerMessage.max() {
		return &apiError{code: "invalid_attachments", messages: []string{"only_one_table_allowed"}}
	}
	if visibleText(blocks) > blocksText.max() {
		return refuse("msg_blocks_too_long")
	}
	return nil
}

func (w world) messageBlocks(r *report, blocks []any) {
	if len(blocks) > blocksPerMessage.max() {
		r.add("/blocks", "no more than %d items allowed", blocksPerMessage.max())
	}
	eachBlock(r, "/blocks", blocks)
	if charts := count(blocks, "data_visualization"); charts > chartsPerMessage.max() {
		r.add("/blocks", "no more than %d data_visualization blocks allowed", chartsPerMessage.max())
	}
}

// checkView judges the view argument of views.* and of acknowledgements.
func (w world) checkView(view object) error {
	r := &report{world: w}
	w.wholeView(r, view)
	if len(r.problems) > 0 {
		return invalidView(r.texts())
	}
	if len(encode(view)) > viewBytes.max() {
		return refuse("view_too_large")
	}
	return nil
}

func (w world) wholeView(r *report, view object) {
	form, known := viewKinds[str(view["type"])]
	if !known {
		r.add("/view/type", "must be one of: modal, home")
		return
	}
	r.surface = form.on
	union(r, "/view", view, form.check)
}

var viewKinds = map[string]blockKind{
	"modal": {inModal, shape{
		fields: with(fields{
			"title":           plain(viewTitle),
			"submit":          plain(viewButton),
			"close":           plain(viewButton),
			"clear_on_close":  boolean,
			"notify_on_close": boolean,
		}, viewFields),
		needs: []string{"title", "blocks"},
		also:  rules{inputsNeedSubmit, oneFocus},
	}},
	"home": {inHome, shape{fields: viewFields, needs: []string{"blocks"}}},
}

var viewFields = fields{
	"type":             anything,
	"blocks":           viewBlocks,
	"private_metadata": chars(0, viewMetadata),
	"callback_id":      chars(0, identifier),
	"external_id":      chars(0, identifier),
}

func viewBlocks(r *report, at string, v any) {
	items(anything, 0, blocksPerView)(r, at, v)
	eachBlock(r, at, list(v))
}

func inputsNeedSubmit(r *report, at string, view object) {
	if view["submit"] == nil && count(list(view["blocks"]), "input") > 0 {
		r.add(at, "missing required field: submit")
	}
}

// oneFocus: the cursor can only be in one place.
func oneFocus(r *report, at string, view object) {
	focused := 0
	each(view["blocks"], func(o object) {
		if truth(o["focus_on_load"]) {
			focused++
		}
	})
	if focused > 1 {
		r.add(at+"/blocks", "focus_on_load may be set on one element only")
	}
}

// eachBlock checks every block by its kind and the surface it is for, and the
// names that must not repeat.
func eachBlock(r *report, at string, blocks []any) {
	seen := map[string]bool{}
	for i, b := range blocks {
		at := at + "/" + strconv.Itoa(i)
		o := oneBlock(r, at, b)
		if o == nil {
			continue
		}
		if id := str(o["block_id"]); id != "" {
			if seen[id] {
				r.add(at+"/block_id", "`block_id` %q already exists", id)
			}
			seen[id] = true
		}
		distinctActions(r, at, o)
	}
}

// oneBlock checks a block by its kind. It returns nil for what is none.
func oneBlock(r *report, at string, v any) object {
	o, ok := v.(object)
	if !ok {
		r.add(at, "must provide an object")
		return nil
	}
	kind, known := blockKinds[str(o["type"])]
	switch {
	case o["type"] == nil:
		r.add(at, "missing required field: type")
		return nil
	case !known || slices.Contains(r.absent, str(o["type"])):
		r.add(at+"/type", "unsupported type: %s", str(o["type"]))
		return nil
	case kind.on&r.surface == 0:
		r.add(at+"/type", "block type %s is not available in %s", str(o["type"]), r.surface)
		return nil
	}
	kind.check(r, at, o)
	return o
}

func distinctActions(r *report, at string, b object) {
	seen := map[string]bool{}
	for i, e := range list(b["elements"]) {
		id := str(obj(e)["action_id"])
		if id != "" && seen[id] {
			r.add(fmt.Sprintf("%s/elements/%d/action_id", at, i), "`action_id` %q already exists", id)
		}
		seen[id] = true
	}
}

func count(blocks []any, kind string) int {
	n := 0
	for _, b := range nestedBlocks(blocks) {
		if str(obj(b)["type"]) == kind {
			n++
		}
	}
	return n
}

// visibleText counts the characters that Slack adds up over all blocks.
func visibleText(blocks []any) int {
	n := 0
	each(blocks, func(o object) {
		if s, ok := o["text"].(string); ok {
			n += runes(s)
		}
	})
	return n
}

// settle completes blocks the way Slack stores them: names where there were
// none, and the defaults of text objects. It owns the blocks it is given.
func settle(blocks []any, newID func() string) []any {
	for _, b := range nestedBlocks(blocks) {
		if o := obj(b); o["block_id"] == nil {
			o["block_id"] = newID()
		}
	}
	for _, b := range blocks {
		o := obj(b)
		each(o, func(e object) {
			switch kind := str(e["type"]); {
			case kind == "plain_text" && e["emoji"] == nil:
				e["emoji"] = true
			case kind == "mrkdwn" && e["verbatim"] == nil:
				e["verbatim"] = false
			case elements[kind].fields["action_id"] != nil && e["action_id"] == nil:
				e["action_id"] = newID()
			}
		})
	}
	return blocks
}
