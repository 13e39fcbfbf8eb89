package slacksim

import (
	"strings"
	"testing"
)

// Whoever names something that is not there is told what is.
func TestErrorsSayWhatThereIsInstead(t *testing.T) {
	st := onStage(t, func(o *Options) {
		o.Workspace.Shortcuts = []Shortcut{{"open_queue", "Open queue", GlobalShortcut}, {"flag", "Flag", MessageShortcut}}
	})
	at := st.card()
	must(t, do(t, st.Server, "views.publish", object{"user_id": "U0ANA", "view": js(t, `{"type":"home","blocks":[`+asAccessory(strings.ReplaceAll(button, "%d", "1"))+`]}`)}))
	for name, c := range map[string]struct {
		path string
		body object
		want []string
	}{
		"person":            {"say", object{"as": "zoe", "channel": "csm", "text": "t"}, []string{`no person "zoe"`, "ana, ben"}},
		"nobody":            {"home", object{}, []string{"ana, ben"}},
		"a bot's seat":      {"home", object{"as": "otherbot"}, []string{"bot or deactivated"}},
		"channel":           {"say", object{"as": "ana", "channel": "random", "text": "t"}, []string{`no channel "random"`, "#csm, #outside", "the DM with the bot"}},
		"message":           {"click", object{"as": "ana", "channel": "csm", "ts": "1.000000", "label": "Review"}, []string{"sees no message", "the newest are " + at.TS}},
		"message in the DM": {"click", object{"as": "ana", "channel": "dm", "ts": "1.000000", "label": "Review"}, []string{"in the DM with the bot", "there is none"}},
		"label":             {"click", object{"as": "ana", "channel": "csm", "ts": at.TS, "label": "Explode"}, []string{`no "Explode"`, `button "Review"`}},
		"action":            {"click", object{"as": "ana", "channel": "csm", "ts": at.TS, "action_id": "x", "block_id": "y"}, []string{"no element y/x", `button "Review"`}},
		"label on Home":     {"click", object{"as": "ana", "view": "home", "label": "Explode"}, []string{`button "t"`}},
		"modal":             {"submit", object{"as": "ana", "view": "top"}, []string{"has no modal open", "open are the Home V"}},
		"modal of Ben's":    {"change", object{"as": "ben", "view": "V404", "label": "x", "value": "y"}, []string{"has no modal open", "nothing is open"}},
		"Home of Ben's":     {"click", object{"as": "ben", "view": "home", "label": "x"}, []string{"no Home for ben", "nothing is open"}},
		"shortcut":          {"shortcut", object{"as": "ana", "callback_id": "x"}, []string{"open_queue (global)", "flag (message)"}},
		"shortcut's kind":   {"shortcut", object{"as": "ana", "callback_id": "open_queue", "channel": "csm", "ts": at.TS}, []string{"no message shortcut"}},
		"thread":            {"say", object{"as": "ana", "channel": "csm", "text": "t", "thread_ts": "1.000000"}, []string{"no thread 1.000000 in #csm", "the newest are " + at.TS}},
		"thread nowhere":    {"say", object{"as": "ana", "channel": "outside", "text": "t", "thread_ts": "1.000000"}, []string{"there is none"}},
		"ts to read":        {"read", object{"as": "ana", "channel": "csm", "ts": "now"}, []string{`"now" is not a message's ts`, at.TS}},
		"somebody to bring": {"command", object{"as": "ana", "channel": "csm", "text": "/invite @zoe"}, []string{"nobody called", "healthbot, ana"}},
		"menu that is none": {"suggest", object{"as": "ana", "channel": "csm", "ts": at.TS, "label": "Review", "query": "abc"}, []string{"only external menus"}},
		"fault":             {"fault", object{"kind": "x"}, []string{"half_open"}},
		"clock":             {"clock", object{}, []string{"now (a time) or advance"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := st.Control().post(ctx(t), c.path, c.body)
			for _, want := range c.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not said: %v", want, err)
				}
			}
		})
	}
}

// The table of the control API, its routes and its description are one.
func TestTheControlAPIIsDescribed(t *testing.T) {
	s := start(t)
	for _, row := range controlTable {
		address := s.origin() + "/control/" + row.path
		if row.path == "wait" {
			address += "?since=-1"
		}
		w, answer := send(t, newRequest(t, row.method, address, "application/json", "{}", "X-Control-Token", s.control))
		if w.StatusCode == 404 {
			t.Errorf("%s %s is described and not there", row.method, row.path)
		}
		if row.path == "dump" && answer["calls"] == nil {
			t.Errorf("dump: %s", encode(answer))
		}
		has(t, ControlDoc, row.does)
	}
	w, answer := send(t, newRequest(t, "POST", s.origin()+"/control/dance", "application/json", "{}", "X-Control-Token", s.control))
	if w.StatusCode != 404 || !strings.Contains(str(answer["error"]), "POST /control/say, POST /control/command") {
		t.Errorf("%d %s", w.StatusCode, encode(answer))
	}
}

func TestShortcutsAreShown(t *testing.T) {
	s := start(t, func(o *Options) { o.Workspace.Shortcuts = []Shortcut{{"open_queue", "Open queue", GlobalShortcut}} })
	pic, err := s.Control().state(ctx(t), "ana")
	ok(t, err)
	if got := string(encode(pic.Shortcuts)); got != `[{"callback_id":"open_queue","name":"Open queue","type":"global"}]` {
		t.Errorf("shortcuts: %s", got)
	}
	if pic, err = start(t).Control().state(ctx(t), "ana"); err != nil || string(encode(pic.Shortcuts)) != "[]" {
		t.Errorf("none: %s %v", encode(pic.Shortcuts), err)
	}
	if err := seat(t, s, "ana").Shortcut(ctx(t), ""); err == nil || !strings.Contains(err.Error(), "there are open_queue (global)") {
		t.Errorf("a shortcut of no name: %v", err)
	}
}

// The newer blocks can be read, and what is in them pressed, like any other.
func TestNewerBlocksAreAlive(t *testing.T) {
	st := onStage(t)
	post := func(blocks string) Target {
		answer := must(t, do(t, st.Server, "chat.postMessage", object{"channel": "C0CSM", "text": "t", "blocks": "[" + blocks + "]"}))
		st.next() // its event
		return Target{Channel: "csm", TS: str(answer["ts"])}
	}
	text := func(s string) string { return `{"type":"plain_text","text":"` + s + `"}` }
	named := func(label string) string {
		return `{"type":"button","action_id":"` + label + `","text":` + text(label) + `}`
	}
	at := post(strings.Join([]string{
		container(`"title":` + text("Box") + `,"child_blocks":[` + inActions(named("Inside")) + `]`),
		`{"type":"carousel","elements":[` + aCard(`"title":`+text("Card")+`,"body":`+text("Body")+`,"actions":[`+named("Carry")+`]`) + `]}`,
		dataTable(`[[{"type":"raw_text","text":"Head"}],[{"type":"action_cell","element":`+named("Cell")+`}]]`, ""),
		feedback(thumb(text("Good"), `"up"`), thumb(text("Bad"), `"down"`)),
		`{"type":"layout","label":"Lay","is_label_visible":true,"rows":[{"items":[{"block":` + asAccessory(named("Laid")) + `}]}]}`,
		`{"type":"plan","title":"Plan","tasks":[{"type":"task_card","task_id":"1","title":"Task","status":"error","details":` + strings.Replace(rich1, `"elements":[]`, `"elements":[{"type":"text","text":"Detail"}]`, 1) + `}]}`,
	}, ","))
	thread, err := st.ana.Thread(ctx(t), "csm", at.TS)
	ok(t, err)
	const want = "Box\n[Inside]\nCard\nBody\n[Carry]\nc\nHead\n[Cell]\n[Good] [Bad]\nLay\nt\n[Laid]\nPlan\nTask error\nDetail"
	if got := thread[0].Text(); got != want {
		t.Errorf("read:\n%s\nwant:\n%s", got, want)
	}
	for label, value := range map[string]any{"Inside": nil, "Carry": nil, "Cell": nil, "Laid": nil, "Good": "up", "Bad": "down"} {
		ok(t, st.ana.Click(ctx(t), at, label))
		action := obj(list(st.next()["actions"])[0])
		if str(action["block_id"]) == "" || action["value"] != value {
			t.Errorf("%s: %s", label, encode(action))
		}
	}
}
