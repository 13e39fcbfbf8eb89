package slacksim

import (
	"strings"
	"testing"
)

const card = `[{"type":"section","block_id":"top","text":{"type":"mrkdwn","text":"*Acme* 59"},"accessory":{"type":"overflow","action_id":"more",
  "options":[{"text":{"type":"plain_text","text":"Snooze"},"value":"snooze"},{"text":{"type":"plain_text","text":"Share"},"value":"share"}]}},
 {"type":"actions","block_id":"act","elements":[
  {"type":"button","action_id":"review","value":"r1","style":"primary","text":{"type":"plain_text","text":"Review"}},
  {"type":"static_select","action_id":"band","placeholder":{"type":"plain_text","text":"Band"},
   "options":[{"text":{"type":"plain_text","text":"Red"},"value":"red"},{"text":{"type":"plain_text","text":"Green"},"value":"green"}]},
  {"type":"datepicker","action_id":"day","placeholder":{"type":"plain_text","text":"Day"}},
  {"type":"multi_users_select","action_id":"who","placeholder":{"type":"plain_text","text":"Who"},"max_selected_items":2},
  {"type":"checkboxes","action_id":"tick","options":[{"text":{"type":"plain_text","text":"A"},"value":"a"},{"text":{"type":"plain_text","text":"B"},"value":"b"}]}]}]`

func (st *stage) card() Target {
	st.t.Helper()
	ts := str(must(st.t, do(st.t, st.Server, "chat.postMessage", object{"channel": "C0CSM", "text": "card", "blocks": card,
		"metadata": object{"event_type": "card", "event_payload": object{"key": "k"}}}))["ts"])
	st.next() // its own message event
	return Target{Channel: "csm", TS: ts}
}

func TestAClick(t *testing.T) {
	st := onStage(t)
	at := st.card()
	ok(t, st.ana.Click(ctx(t), at, "Review"))
	p := st.next()
	container, action := obj(p["container"]), obj(list(p["actions"])[0])
	if p["type"] != "block_actions" || p["enterprise"] != nil || p["is_enterprise_install"] != false || str(p["trigger_id"]) == "" || str(p["token"]) == "" ||
		string(encode(p["user"])) != `{"id":"U0ANA","name":"ana","team_id":"T0LOCAL","username":"ana"}` || string(encode(p["channel"])) != `{"id":"C0CSM","name":"csm"}` {
		t.Errorf("payload: %s", encode(p))
	}
	if container["type"] != "message" || container["message_ts"] != at.TS || container["channel_id"] != "C0CSM" || container["is_ephemeral"] != false {
		t.Errorf("container: %s", encode(container))
	}
	if obj(p["message"])["ts"] != at.TS || obj(p["message"])["bot_id"] != "B0BOT" || len(list(obj(p["message"])["blocks"])) != 2 {
		t.Errorf("message: %s", encode(p["message"]))
	}
	if action["type"] != "button" || action["action_id"] != "review" || action["block_id"] != "act" || action["value"] != "r1" ||
		action["style"] != "primary" || textOf(action["text"]) != "Review" || str(action["action_ts"]) == "" {
		t.Errorf("action: %s", encode(action))
	}
	has(t, str(p["response_url"]), st.origin()+"/response/T0LOCAL/")
}

func TestMenus(t *testing.T) {
	st := onStage(t)
	at := st.card()
	for _, c := range []struct {
		label string
		value []string
		want  string
	}{
		{"Share", nil, `"selected_option":{"text":{"emoji":true,"text":"Share","type":"plain_text"},"value":"share"}`},
		{"Green", nil, `"selected_option":{"text":{"emoji":true,"text":"Green","type":"plain_text"},"value":"green"}`},
		{"Band", []string{"red"}, `"selected_option":{"text":{"emoji":true,"text":"Red","type":"plain_text"},"value":"red"}`},
		{"Day", []string{"2026-03-31"}, `"selected_date":"2026-03-31"`},
		{"Who", []string{"Ben Okafor", "@ana"}, `"selected_users":["U0BEN","U0ANA"]`},
		{"tick", []string{"A", "b"}, `"selected_options":[{"text":{"emoji":true,"text":"A","type":"plain_text"},"value":"a"},{"text":{"emoji":true,"text":"B","type":"plain_text"},"value":"b"}]`},
	} {
		if c.value == nil {
			ok(t, st.ana.Click(ctx(t), at, c.label))
		} else {
			ok(t, st.ana.Pick(ctx(t), at, c.label, c.value...))
		}
		p := st.next()
		has(t, string(encode(list(p["actions"])[0])), c.want)
	}
	ok(t, st.ana.Click(ctx(t), at, "Review"))
	state := string(encode(st.next()["state"]))
	for _, want := range []string{`"selected_date":"2026-03-31"`, `"selected_users":["U0BEN","U0ANA"]`, `"band":{"selected_option"`} {
		has(t, state, want) // what was chosen before travels with the next press
	}
	if strings.Contains(state, `"more"`) {
		t.Error("an overflow menu has no state")
	}
	for _, c := range []struct {
		label string
		value []string
		want  string
	}{
		{"Band", []string{"blue"}, `offers no "blue"; it offers "Red", "Green"`},
		{"Band", []string{"red", "green"}, "takes one value"},
		{"Day", []string{"tomorrow"}, `takes a date such as 2026-03-31, not "tomorrow"`},
		{"Who", []string{"ana", "ben", "gil"}, "takes 2 at most"},
		{"Who", []string{"ana", "zoe"}, `no person "zoe" to choose; there are Ana Ruiz`},
		{"Nowhere", []string{"x"}, `there is no "Nowhere"; there is overflow "", button "Review", static_select "Band"`},
	} {
		if err := st.ana.Pick(ctx(t), at, c.label, c.value...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %v: %v", c.label, c.value, err)
		}
	}
	if err := st.ana.Click(ctx(t), at, "Band"); err == nil || !strings.Contains(err.Error(), "say which value") {
		t.Errorf("a menu without a choice: %v", err)
	}
	if err := st.ana.Click(ctx(t), Target{Channel: "csm", TS: "1.000000"}, "Review"); err == nil || !strings.Contains(err.Error(), "sees no message") {
		t.Errorf("a message that is not there: %v", err)
	}
	if err := st.ana.Click(ctx(t), at, "Nowhere"); err == nil || !strings.Contains(err.Error(), `there is no "Nowhere"`) {
		t.Errorf("a button that is not there: %v", err)
	}
	plain := Target{Channel: "csm", TS: post(t, st.Server, "C0CSM", "plain")}
	if err := st.ana.Click(ctx(t), plain, "Review"); err == nil || !strings.Contains(err.Error(), "there is nothing to press or fill") {
		t.Errorf("a message without buttons: %v", err)
	}
	if err := seat(t, st.Server, "eve").Click(ctx(t), at, "Review"); err == nil || !strings.Contains(err.Error(), "sees no channel") {
		t.Errorf("somebody from outside: %v", err)
	}
}

func TestOneLabelInManyRows(t *testing.T) {
	st := onStage(t)
	row := func(id string) string {
		return `{"type":"section","block_id":"` + id + `","text":` + pt + `,"accessory":{"type":"button","action_id":"open","text":{"type":"plain_text","text":"Open"}}}`
	}
	must(t, do(t, st.Server, "views.publish", object{"user_id": "U0ANA", "view": `{"type":"home","blocks":[` + row("acme") + `,` + row("globex") + `]}`}))
	err := st.ana.Click(ctx(t), Target{View: "home"}, "Open")
	if err == nil || !strings.Contains(err.Error(), "2 times; say which block_id: acme, globex") {
		t.Errorf("got %v", err)
	}
	ok(t, st.ana.Click(ctx(t), Target{View: "home", Block: "globex"}, "Open"))
	p := st.next()
	if obj(p["container"])["type"] != "view" || obj(p["view"])["type"] != "home" || obj(list(p["actions"])[0])["block_id"] != "globex" ||
		p["response_url"] != nil || p["channel"] != nil {
		t.Errorf("payload: %s", encode(p))
	}
	if err := seat(t, st.Server, "ben").Click(ctx(t), Target{View: "home"}, "Open"); err == nil || !strings.Contains(err.Error(), "has published no Home for ben") {
		t.Errorf("Ben's Home: %v", err)
	}
	ok(t, st.ana.Click(ctx(t), Target{View: str(obj(p["view"])["id"]), Block: "acme"}, "Open")) // by its id, as the page does
}

func TestAClickInAThreadAndOnAnEphemeral(t *testing.T) {
	st := onStage(t)
	root := st.card()
	reply := str(must(t, do(t, st.Server, "chat.postMessage", object{"channel": "C0CSM", "text": "t", "blocks": card, "thread_ts": root.TS}))["ts"])
	st.next()
	ok(t, st.ana.Click(ctx(t), Target{Channel: "csm", TS: reply}, "Review"))
	if p := st.next(); obj(p["container"])["thread_ts"] != root.TS {
		t.Errorf("container: %s", encode(p["container"]))
	}
	ts := str(must(t, do(t, st.Server, "chat.postEphemeral", object{"channel": "C0CSM", "user": "U0ANA", "text": "t", "blocks": card}))["message_ts"])
	ok(t, st.ana.Click(ctx(t), Target{Channel: "csm", TS: ts}, "Review"))
	if p := st.next(); obj(p["container"])["is_ephemeral"] != true || p["message"] != nil {
		t.Errorf("an ephemeral's content was given: %s", encode(p))
	}
	if err := seat(t, st.Server, "ben").Click(ctx(t), Target{Channel: "csm", TS: ts}, "Review"); err == nil || !strings.Contains(err.Error(), "sees no message") {
		t.Errorf("Ben presses what only Ana sees: %v", err)
	}
}

func TestAnUnansweredClick(t *testing.T) {
	s := start(t, quick)
	connect(t, s)
	ts := str(must(t, do(t, s, "chat.postMessage", object{"channel": "C0PRIV", "text": "t", "blocks": card}))["ts"])
	err := seat(t, s, "ana").Click(ctx(t), Target{Channel: "leads", TS: ts}, "Review")
	if err == nil || !strings.Contains(err.Error(), "not responding") {
		t.Errorf("the person was told %v", err)
	}
	if d := dump(t, s); len(d.Refusals) == 0 || !strings.Contains(d.Refusals[len(d.Refusals)-1].Text, "the press on review was not acknowledged within 120ms") {
		t.Errorf("refusals %v", d.Refusals)
	}
}

func TestFillingAModal(t *testing.T) {
	st := onStage(t)
	input := func(label, element string, more ...string) string {
		return `{"type":"input","block_id":"` + label + `","optional":true,"label":{"type":"plain_text","text":"` + label + `"},"element":` +
			strings.Replace(element, "{", `{"action_id":"a",`, 1) + strings.Join(more, "") + `}`
	}
	st.open(named(t, "all", `"submit":`+pt, `"blocks":[`+strings.Join([]string{
		input("Text", `{"type":"plain_text_input","max_length":5}`),
		input("Number", `{"type":"number_input","is_decimal_allowed":false,"min_value":"1","max_value":"5"}`),
		input("Mail", `{"type":"email_text_input"}`), input("Link", `{"type":"url_text_input"}`),
		input("Rich", `{"type":"rich_text_input"}`), input("Time", `{"type":"timepicker"}`),
		input("Moment", `{"type":"datetimepicker"}`), input("Person", `{"type":"users_select"}`),
		input("Place", `{"type":"conversations_select","response_url_enabled":true}`),
		input("Band", `{"type":"radio_buttons","options":[`+opt+`]}`),
		input("Loud", `{"type":"static_select","options":[`+opt+`]}`, `,"dispatch_action":true`),
	}, ",")+`]`))
	for _, c := range []struct{ label, wrong, complaint, right, want string }{
		{"Text", "123456", "can't exceed 5", "12345", `"value":"12345"`},
		{"Number", "9", "less than or equal to 5", "3", `"value":"3"`},
		{"Number", "0", "greater than or equal to 1", "3", `"value":"3"`},
		{"Number", "1.5", "whole number", "3", `"value":"3"`},
		{"Number", "three", "enter a number", "3", `"value":"3"`},
		{"Mail", "ana", "valid email", "ana@e.example", `"value":"ana@e.example"`},
		{"Link", "e.example", "valid URL", "https://e.example", `"value":"https://e.example"`},
	} {
		ok(t, st.ana.Fill(ctx(t), c.label, c.wrong))
		if err := st.ana.Submit(ctx(t)); err == nil || !strings.Contains(err.Error(), c.complaint) {
			t.Errorf("%s %q: %v", c.label, c.wrong, err)
		}
		ok(t, st.ana.Fill(ctx(t), c.label, c.right))
	}
	ok(t, st.ana.Fill(ctx(t), "Rich", "hello"))
	ok(t, st.ana.Choose(ctx(t), "Time", "09:30"))
	ok(t, st.ana.Choose(ctx(t), "Moment", "1712345678"))
	ok(t, st.ana.Choose(ctx(t), "Person", "Ben Okafor"))
	ok(t, st.ana.Choose(ctx(t), "Place", "#csm"))
	ok(t, st.ana.Choose(ctx(t), "Band", "t"))
	for label, wrong := range map[string]string{"Time": "9 am", "Moment": "noon", "Band": "u", "Nothing": "x", "Place": "#nowhere", "Person": "zoe"} {
		if err := st.ana.Choose(ctx(t), label, wrong); err == nil {
			t.Errorf("%s took %q", label, wrong)
		}
	}
	if n := len(st.got); n != 0 {
		t.Errorf("the app was told of %d changes without dispatch_action", n)
	}
	ok(t, st.ana.Choose(ctx(t), "Loud", "t"))
	p := st.next()
	if p["type"] != "block_actions" || obj(obj(obj(obj(p["view"])["state"])["values"])["Loud"])["a"] == nil {
		t.Errorf("dispatch_action: %s", encode(p))
	}
	v, err := st.ana.View(ctx(t))
	ok(t, err)
	for _, want := range []string{"Text: <12345>", "Rich: <hello>", "Time: <09:30>", "Moment: <1712345678>", "Person: <U0BEN>", "Band: (x) t", "[t]"} {
		has(t, v.Text(), want)
	}
	ok(t, st.ana.Submit(ctx(t)))
	p = st.next()
	state := string(encode(obj(obj(p["view"])["state"])["values"]))
	for _, want := range []string{`"selected_time":"09:30"`, `"selected_date_time":1712345678`, `"selected_user":"U0BEN"`, `"selected_conversation":"C0CSM"`} {
		has(t, state, want)
	}
	if urls := list(p["response_urls"]); len(urls) != 1 || obj(urls[0])["channel_id"] != "C0CSM" || obj(urls[0])["block_id"] != "Place" {
		t.Errorf("response_urls: %s", encode(p["response_urls"]))
	}
}

// The page sends values in more forms than a person has words for.
func TestFormsOfValues(t *testing.T) {
	at := func(element string) spot {
		return spots([]any{js(t, `{"type":"input","block_id":"b","label":`+pt+`,"element":`+strings.Replace(element, "{", `{"action_id":"a",`, 1)+`}`)})[0]
	}
	const rich = `{"type":"rich_text","elements":[]}`
	for name, c := range map[string]struct {
		element, value, want string
	}{
		"a whole option":        {`{"type":"static_select","options":[` + opt + `]}`, opt, `{"selected_option":` + opt + `,"type":"static_select"}`},
		"a number":              {`{"type":"datetimepicker"}`, `1712345678`, `{"selected_date_time":1712345678,"type":"datetimepicker"}`},
		"rich text":             {`{"type":"rich_text_input"}`, rich, `{"rich_text_value":` + rich + `,"type":"rich_text_input"}`},
		"nothing":               {`{"type":"plain_text_input"}`, `null`, `{"type":"plain_text_input","value":null}`},
		"an emptied text":       {`{"type":"plain_text_input"}`, `""`, `{"type":"plain_text_input","value":null}`},
		"an emptied menu":       {`{"type":"multi_static_select","options":[` + opt + `]}`, `[]`, `{"selected_options":[],"type":"multi_static_select"}`},
		"one for several":       {`{"type":"multi_users_select"}`, `"U1"`, `{"selected_users":["U1"],"type":"multi_users_select"}`},
		"a menu nobody touched": {`{"type":"multi_users_select"}`, ``, `{"selected_users":[],"type":"multi_users_select"}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := at(c.element)
			var got object
			if c.value == "" {
				got = initialInputs([]any{s.block})["b"]["a"]
			} else {
				v, err := decode([]byte(c.value))
				ok(t, err)
				got, err = s.value(v, offers(s.element))
				ok(t, err)
			}
			want := js(t, c.want)
			if string(encode(got)) != string(encode(want)) {
				t.Errorf("got %s, want %s", encode(got), c.want)
			}
		})
	}
	if _, err := at(`{"type":"file_input"}`).value("x", nil); err == nil {
		t.Error("a file was typed")
	}
	if _, err := at(`{"type":"external_select"}`).value("x", nil); err == nil || !strings.Contains(err.Error(), "it offers nothing") {
		t.Errorf("a menu that offers nothing: %v", err)
	}
	long := at(`{"type":"plain_text_input"}`)
	if got := long.complaint(object{"value": x(3001)}); !strings.Contains(got, "3000") {
		t.Errorf("3,001 characters: %q", got)
	}
}

func TestSuggestions(t *testing.T) {
	st := onStage(t)
	st.answer = func(p object) any {
		switch {
		case p["type"] != "block_suggestion":
			return nil
		case p["value"] == "many":
			return js(t, `{"options":`+times(101, opt)+`}`)
		case p["value"] == "none":
			return nil
		}
		return object{"options": []any{object{"text": object{"type": "plain_text", "text": "Acme"}, "value": str(p["value"])}}}
	}
	st.open(named(t, "m", `"submit":`+pt, `"blocks":[{"type":"input","block_id":"b","label":{"type":"plain_text","text":"Account"},"element":{"type":"external_select","action_id":"a"}}]`))
	got, err := st.ana.Suggest(ctx(t), "Account", "acm")
	ok(t, err)
	same(t, got, "Acme")
	p := st.next()
	if p["type"] != "block_suggestion" || p["action_id"] != "a" || p["block_id"] != "b" || p["value"] != "acm" || obj(p["view"])["id"] == nil || p["trigger_id"] != nil {
		t.Errorf("payload: %s", encode(p))
	}
	if _, err := st.ana.Suggest(ctx(t), "Account", "ac"); err == nil || !strings.Contains(err.Error(), "at least 3 characters") {
		t.Errorf("a short query: %v", err)
	}
	for query, want := range map[string]string{"many": "no more than 100 items", "none": "missing required field: one of options, option_groups"} {
		if _, err := st.ana.Suggest(ctx(t), "Account", query); err == nil || !strings.Contains(err.Error(), "could not be loaded") {
			t.Errorf("%s: %v", query, err)
		}
		d := dump(t, st.Server)
		has(t, d.Refusals[len(d.Refusals)-1].Text, want)
	}
	ok(t, st.ana.Choose(ctx(t), "Account", "Acme"))
	ok(t, st.ana.Submit(ctx(t)))
	for p = st.next(); p["type"] != "view_submission"; p = st.next() {
	}
	has(t, string(encode(obj(obj(p["view"])["state"])["values"])), `"selected_option":{"text":{"text":"Acme","type":"plain_text"},"value":"acm"}`)
}

// Choosing what was not offered yet searches first, as a person types to find.
func TestChoosingFromAnExternalMenu(t *testing.T) {
	st := onStage(t)
	st.answer = func(p object) any {
		if p["type"] == "block_suggestion" {
			return object{"options": []any{object{"text": object{"type": "plain_text", "text": "Globex"}, "value": "2"}}}
		}
		return nil
	}
	st.open(named(t, "m", `"submit":`+pt, `"blocks":[{"type":"input","block_id":"b","label":{"type":"plain_text","text":"Account"},"element":{"type":"external_select","action_id":"a"}}]`))
	ok(t, st.ana.Choose(ctx(t), "Account", "Globex"))
	if p := st.next(); p["value"] != "Globex" {
		t.Errorf("searched for %v", p["value"])
	}
	if err := st.ana.Choose(ctx(t), "Account", "Initech"); err == nil || !strings.Contains(err.Error(), `offers no "Initech"; it offers "Globex"`) {
		t.Errorf("what the app does not offer: %v", err)
	}
}

// In a message, an external menu works as it does in a modal.
func TestAnExternalMenuInAMessage(t *testing.T) {
	st := onStage(t)
	st.answer = func(p object) any {
		if p["type"] == "block_suggestion" {
			return object{"option_groups": []any{object{"label": object{"type": "plain_text", "text": "G"},
				"options": []any{object{"text": object{"type": "plain_text", "text": "Globex"}, "value": "2"}}}}}
		}
		return nil
	}
	ts := str(must(t, do(t, st.Server, "chat.postMessage", object{"channel": "C0CSM", "text": "t",
		"blocks": inList(`{"type":"external_select","action_id":"a","min_query_length":1,"placeholder":{"type":"plain_text","text":"Account"}}`)}))["ts"])
	st.next()
	ok(t, st.ana.Pick(ctx(t), Target{Channel: "csm", TS: ts}, "Account", "Globex"))
	if p := st.next(); p["type"] != "block_suggestion" || obj(p["message"])["ts"] != ts || obj(p["container"])["type"] != "message" {
		t.Errorf("payload: %s", encode(p))
	}
	has(t, string(encode(st.next()["actions"])), `"value":"2"`)
	a, err := st.Control().post(ctx(t), "suggest", object{"as": "ana", "channel": "csm", "ts": ts, "action_id": "a", "query": "Glo"})
	if err != nil || len(a.Options) != 1 {
		t.Errorf("%v %v", a.Options, err)
	}
	if _, err := st.Control().post(ctx(t), "suggest", object{"as": "ana", "channel": "csm", "ts": st.card().TS, "action_id": "band"}); err == nil || !strings.Contains(err.Error(), "only external menus") {
		t.Errorf("a static menu: %v", err)
	}
}

func inList(element string) string { return "[" + inActions(element) + "]" }

// Whatever a person does, an app that stays silent is said to be silent.
func TestSilence(t *testing.T) {
	s := start(t, quick)
	w := connect(t, s)
	ana := seat(t, s, "ana")
	done := make(chan error, 1)
	go func() { done <- ana.Command(ctx(t), "dm", "/health") }()
	e := w.read()
	w.ack(e, nil)
	ok(t, <-done)
	menu := `"blocks":[{"type":"input","optional":true,"label":{"type":"plain_text","text":"Account"},"element":{"type":"external_select"}}]`
	must(t, do(t, s, "views.open", object{"trigger_id": obj(e["payload"])["trigger_id"], "view": named(t, "m", `"submit":`+pt, `"notify_on_close":true`, menu)}))
	if _, err := ana.Suggest(ctx(t), "Account", "acme"); err == nil || !strings.Contains(err.Error(), "could not be loaded") {
		t.Errorf("search: %v", err)
	}
	if err := ana.Shortcut(ctx(t), "queue"); err == nil || !strings.Contains(err.Error(), "trouble connecting") {
		t.Errorf("shortcut: %v", err)
	}
	ok(t, ana.CloseModal(ctx(t))) // the person has gone on; only the inspector knows
	var said []string
	for _, r := range dump(t, s).Refusals {
		said = append(said, r.Text)
	}
	for i, want := range []string{"the search in", "shortcut queue", "the closing of"} {
		if i >= len(said) || !strings.Contains(said[i], want) {
			t.Fatalf("refusals %q", said)
		}
	}
}

func TestShortcuts(t *testing.T) {
	st := onStage(t)
	at := st.card()
	ok(t, st.ana.Shortcut(ctx(t), "open_queue"))
	p := st.next()
	if p["type"] != "shortcut" || p["callback_id"] != "open_queue" || str(p["trigger_id"]) == "" || p["response_url"] != nil || str(p["action_ts"]) == "" {
		t.Errorf("global: %s", encode(p))
	}
	ok(t, st.ana.MessageShortcut(ctx(t), "attach", "csm", at.TS))
	p = st.next()
	if p["type"] != "message_action" || p["message_ts"] != at.TS || obj(p["message"])["ts"] != at.TS || obj(p["channel"])["id"] != "C0CSM" || str(p["response_url"]) == "" {
		t.Errorf("message: %s", encode(p))
	}
}

func TestOnlyRegisteredShortcutsAreRun(t *testing.T) {
	st := onStage(t, func(o *Options) {
		o.Workspace.Shortcuts = []Shortcut{{CallbackID: "attach", Name: "Attach", Type: MessageShortcut}}
	})
	at := st.card()
	ok(t, st.ana.MessageShortcut(ctx(t), "attach", "csm", at.TS))
	for _, id := range []string{"attach", "open_queue", ""} {
		if err := st.ana.Shortcut(ctx(t), id); err == nil || !strings.Contains(err.Error(), "there are attach (message)") {
			t.Errorf("%q as a global shortcut: %v", id, err)
		}
	}
}
