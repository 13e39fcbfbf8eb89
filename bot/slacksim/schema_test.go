package slacksim

import (
	"maps"
	"slices"
	"testing"
)

func TestBlocksThatSlackRefuses(t *testing.T) {
	for name, c := range refusedBlocks {
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

func TestBlocksThatSlackTakes(t *testing.T) {
	used := map[string]bool{"alert": true, "file_input": true} // modals only; see TestViewsThatSlackTakes
	for _, g := range goodBlocks {
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
	for name, c := range refusedViews {
		t.Run(name, func(t *testing.T) { wantProblem(t, checkView(modal(t, c.fields)), c.want) })
	}
}

func TestViewsThatSlackTakes(t *testing.T) {
	for _, fields := range goodViews {
		if err := checkView(modal(t, fields)); err != nil {
			t.Errorf("%s\nrefused: %s", fields, problems(err))
		}
	}
	if err := checkView(js(t, `{"type":"home","blocks":[`+inInput(`{"type":"plain_text_input"}`)+`]}`)); err != nil {
		t.Errorf("an input on a Home needs no submit: %s", problems(err))
	}
}
