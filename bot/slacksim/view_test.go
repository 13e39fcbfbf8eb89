package slacksim

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// A stage is a workspace whose app remembers what it was sent and answers as
// the test says.
type stage struct {
	*Server
	t      *testing.T
	ana    *Seat
	got    chan object // payloads, in order
	answer func(payload object) any
}

func onStage(t *testing.T, change ...func(*Options)) *stage {
	t.Helper()
	st := &stage{Server: start(t, change...), t: t, got: make(chan object, 100)}
	st.ana = seat(t, st.Server, "ana")
	connect(t, st.Server).serve(func(e object) any {
		p := obj(e["payload"])
		st.got <- p
		if st.answer != nil {
			return st.answer(p)
		}
		return nil
	})
	return st
}

func (st *stage) next() object {
	st.t.Helper()
	select {
	case p := <-st.got:
		return p
	case <-ctx(st.t).Done():
		st.t.Fatal("the app was sent nothing")
		return nil
	}
}

// trigger lets Ana run a command and returns the trigger that it brings.
func (st *stage) trigger() string {
	st.t.Helper()
	ok(st.t, st.ana.Command(ctx(st.t), "csm", "/health"))
	return str(st.next()["trigger_id"])
}

func (st *stage) open(view object) object {
	st.t.Helper()
	return obj(must(st.t, do(st.t, st.Server, "views.open", object{"trigger_id": st.trigger(), "view": view}))["view"])
}

func (st *stage) top() string {
	st.t.Helper()
	v, err := st.ana.View(ctx(st.t))
	ok(st.t, err)
	return v.Title
}

func named(t *testing.T, title string, more ...string) object {
	t.Helper()
	return modal(t, strings.Join(append([]string{`"title":{"type":"plain_text","text":"` + title + `"}`}, more...), ","))
}

func TestTriggers(t *testing.T) {
	st := onStage(t)
	view := named(t, "one")
	open := func(trigger string) object {
		return do(t, st.Server, "views.open", object{"trigger_id": trigger, "view": view})
	}
	refused(t, open(""), "invalid_arguments")
	refused(t, open("not.a.trigger"), "invalid_trigger_id")
	refused(t, open("123.456.abcdef"), "invalid_trigger_id")
	good := st.trigger()
	refused(t, do(t, st.Server, "views.open", object{"trigger_id": good, "view": object{"type": "modal"}}), "invalid_arguments")
	must(t, open(good)) // a refused view did not use it up
	refused(t, open(good), "exchanged_trigger_id")

	hasty := onStage(t, func(o *Options) { o.TriggerLife = time.Nanosecond })
	refused(t, do(t, hasty.Server, "views.open", object{"trigger_id": hasty.trigger(), "view": view}), "expired_trigger_id")
}

func TestTheStackOfModals(t *testing.T) {
	st := onStage(t)
	push := func(title string) object {
		return do(t, st.Server, "views.push", object{"trigger_id": st.trigger(), "view": named(t, title)})
	}
	refused(t, push("nothing to stand on"), "not_found")
	one := st.open(named(t, "one"))
	two := obj(must(t, push("two"))["view"])
	must(t, push("three"))
	refused(t, push("four"), "push_limit_reached")
	if two["root_view_id"] != one["id"] || two["previous_view_id"] != one["id"] || one["previous_view_id"] != nil {
		t.Errorf("two: root %v, previous %v", two["root_view_id"], two["previous_view_id"])
	}
	for _, want := range []string{"three", "two", "one"} {
		if got := st.top(); got != want {
			t.Errorf("on top is %q, want %q", got, want)
		}
		ok(t, st.ana.CloseModal(ctx(t)))
	}
	if _, err := st.ana.View(ctx(t)); err == nil {
		t.Error("a modal is left")
	}
	refused(t, do(t, st.Server, "views.update", object{"view_id": one["id"], "view": named(t, "x")}), "not_found")
}

func TestUpdatingAView(t *testing.T) {
	st := onStage(t)
	v := st.open(named(t, "one", `"external_id":"ext"`))
	update := func(args object) object {
		if args["view"] == nil {
			args["view"] = named(t, "new")
		}
		return do(t, st.Server, "views.update", args)
	}
	both := refused(t, update(object{"view_id": v["id"], "external_id": "ext"}), "invalid_arguments")
	has(t, string(encode(both)), "[ERROR] Cannot provide both `view_id` and `external_id`")
	refused(t, update(object{}), "invalid_arguments")
	refused(t, update(object{"view_id": "V404"}), "not_found")
	refused(t, update(object{"view_id": v["id"], "hash": "old"}), "hash_conflict")
	refused(t, update(object{"view_id": v["id"], "view": homeView("t")}), "invalid_arguments")
	refused(t, update(object{"view_id": v["id"], "view": "no view"}), "invalid_arguments")
	after := obj(must(t, update(object{"view_id": v["id"], "hash": v["hash"], "view": named(t, "new", `"external_id":"ext"`)}))["view"])
	if after["hash"] == v["hash"] || after["id"] != v["id"] {
		t.Errorf("hash %v became %v", v["hash"], after["hash"])
	}
	refused(t, update(object{"view_id": v["id"], "hash": v["hash"]}), "hash_conflict")
	must(t, update(object{"external_id": "ext"}))
	if st.top() != "new" {
		t.Errorf("on top is %q", st.top())
	}
}

func TestExternalIDsAreUnique(t *testing.T) {
	st := onStage(t)
	st.open(named(t, "one", `"external_id":"ext"`))
	again := object{"trigger_id": st.trigger(), "view": named(t, "two", `"external_id":"ext"`)}
	refused(t, do(t, st.Server, "views.open", again), "duplicate_external_id")
	home := homeView("t")
	home["external_id"] = "ext"
	refused(t, do(t, st.Server, "views.publish", object{"user_id": "U0BEN", "view": home}), "duplicate_external_id")
	plain := obj(must(t, do(t, st.Server, "views.push", object{"trigger_id": st.trigger(), "view": named(t, "above")}))["view"])
	refused(t, do(t, st.Server, "views.update", object{"view_id": plain["id"], "view": named(t, "two", `"external_id":"ext"`)}), "duplicate_external_id")
	ok(t, st.ana.CloseModal(ctx(t)))
	ok(t, st.ana.CloseModal(ctx(t)))
	again["trigger_id"] = st.trigger()
	must(t, do(t, st.Server, "views.open", again))
}

func TestPublishing(t *testing.T) {
	s := start(t)
	publish := func(args object) object { return do(t, s, "views.publish", args) }
	refused(t, publish(object{"view": homeView("t")}), "invalid_arguments")
	refused(t, publish(object{"user_id": "U404", "view": homeView("t")}), "user_not_found")
	refused(t, publish(object{"user_id": "U0OTHER", "view": homeView("t")}), "user_not_found")
	refused(t, publish(object{"user_id": "U0ANA", "view": modal(t, "")}), "invalid_arguments")
	refused(t, publish(object{"user_id": "U0ANA"}), "invalid_arguments")
	refused(t, publish(object{"user_id": "U0ANA", "view": homeView("t"), "hash": "of nothing"}), "hash_conflict")
	first := obj(must(t, publish(object{"user_id": "U0ANA", "view": homeView("t")}))["view"])
	refused(t, publish(object{"user_id": "U0ANA", "view": homeView("t"), "hash": "old"}), "hash_conflict")
	second := obj(must(t, publish(object{"user_id": "U0ANA", "view": homeView("t"), "hash": first["hash"]}))["view"])
	if second["id"] != first["id"] || second["type"] != "home" {
		t.Errorf("published: %s", encode(second))
	}
}

func TestWhatWasEnteredStaysOnUpdate(t *testing.T) {
	st := onStage(t)
	input := func(block, action, initial string) string {
		return fmt.Sprintf(`{"type":"input","block_id":%q,"label":{"type":"plain_text","text":%q},"element":{"type":"plain_text_input","action_id":%q,"initial_value":%q}}`, block, block, action, initial)
	}
	form := func(blocks ...string) object {
		return named(t, "form", `"submit":`+pt, `"blocks":[`+strings.Join(blocks, ",")+`]`)
	}
	v := st.open(form(input("Why", "a", "old"), input("Who", "a", "old")))
	ok(t, st.ana.Fill(ctx(t), "Why", "typed"))
	ok(t, st.ana.Fill(ctx(t), "Who", "typed"))
	after := obj(must(t, do(t, st.Server, "views.update", object{"view_id": v["id"], "view": form(input("Why", "a", "new"), input("Who", "b", "new"))}))["view"])
	values := obj(obj(after["state"])["values"])
	if got := obj(obj(values["Why"])["a"])["value"]; got != "typed" {
		t.Errorf("the same ids: %v", got)
	}
	if got := obj(obj(values["Who"])["b"])["value"]; got != "new" {
		t.Errorf("another action_id: %v", got)
	}
}

const ask = `"submit":{"type":"plain_text","text":"Save"},"callback_id":"ask","private_metadata":"m","blocks":[` +
	`{"type":"section","block_id":"s","text":{"type":"mrkdwn","text":"facts"}},` +
	`{"type":"input","block_id":"why","label":{"type":"plain_text","text":"Why"},"element":{"type":"plain_text_input","action_id":"t","min_length":3}},` +
	`{"type":"input","block_id":"opt","optional":true,"label":{"type":"plain_text","text":"Note"},"element":{"type":"plain_text_input","action_id":"t"}}]`

func TestASubmission(t *testing.T) {
	st := onStage(t)
	st.open(named(t, "ask", ask))
	err := st.ana.Submit(ctx(t))
	if fields, isFields := err.(FieldErrors); !isFields || fields["why"] != "Please complete this required field." || len(fields) != 1 {
		t.Fatalf("an empty required field: %v", err)
	}
	ok(t, st.ana.Fill(ctx(t), "Why", "no"))
	if v, err := st.ana.View(ctx(t)); err != nil || strings.Contains(v.Text(), "!") {
		t.Errorf("the complaint stays while one types: %v %s", err, v.Text())
	}
	if err := st.ana.Submit(ctx(t)); err == nil || !strings.Contains(err.Error(), "at least 3 characters") {
		t.Errorf("too short: %v", err)
	}
	ok(t, st.ana.Fill(ctx(t), "Why", "because"))
	ok(t, st.ana.Submit(ctx(t)))
	p := st.next()
	view := obj(p["view"])
	if p["type"] != "view_submission" || p["api_app_id"] != "A0APP" || obj(p["user"])["username"] != "ana" || obj(p["team"])["domain"] != "local-office" ||
		p["is_enterprise_install"] != false || len(list(p["response_urls"])) != 0 || str(p["trigger_id"]) == "" {
		t.Errorf("payload: %s", encode(p))
	}
	if view["callback_id"] != "ask" || view["private_metadata"] != "m" || str(view["hash"]) == "" || view["app_id"] != "A0APP" || view["bot_id"] != "B0BOT" {
		t.Errorf("view: %s", encode(view))
	}
	const want = `{"values":{"opt":{"t":{"type":"plain_text_input","value":null}},"why":{"t":{"type":"plain_text_input","value":"because"}}}}`
	if got := string(encode(view["state"])); got != want {
		t.Errorf("state %s", got)
	}
	if _, err := st.ana.View(ctx(t)); err == nil {
		t.Error("a plain acknowledgement closes the modal")
	}
}

func TestAnswersToASubmission(t *testing.T) {
	good := object{"type": "modal", "title": object{"type": "plain_text", "text": "next"}, "blocks": []any{}}
	for name, c := range map[string]struct {
		answer any
		top    string // the modal on top afterwards; "" if none
		depth  int
		wrong  string // the refusal, if it is refused
	}{
		"nothing":             {nil, "below", 1, ""},
		"an empty object":     {object{}, "below", 1, ""},
		"clear":               {object{"response_action": "clear"}, "", 0, ""},
		"update":              {object{"response_action": "update", "view": good}, "next", 2, ""},
		"push":                {object{"response_action": "push", "view": good}, "next", 3, ""},
		"errors":              {object{"response_action": "errors", "errors": object{"why": "think again"}}, "ask", 2, ""},
		"errors, no input":    {object{"response_action": "errors", "errors": object{"s": "x"}}, "ask", 2, `no input block "s"`},
		"errors, none":        {object{"response_action": "errors"}, "ask", 2, "came without errors"},
		"errors, empty":       {object{"response_action": "errors", "errors": object{"why": ""}}, "ask", 2, `the error for "why" is empty`},
		"update, bad view":    {object{"response_action": "update", "view": object{"type": "modal"}}, "ask", 2, "missing required field: title"},
		"push, bad view":      {object{"response_action": "push", "view": object{"type": "modal"}}, "ask", 2, "missing required field: title"},
		"push, a home":        {object{"response_action": "push", "view": homeView("t")}, "ask", 2, "must be one of: modal"},
		"update without view": {object{"response_action": "update"}, "ask", 2, "must be one of: modal, home"},
		"taken external_id": {object{"response_action": "push", "view": func() object { v := clone(good); v["external_id"] = "below"; return v }()},
			"ask", 2, "duplicate_external_id"},
		"unknown":   {object{"response_action": "close"}, "ask", 2, `no response_action "close"`},
		"no action": {object{"errors": object{"why": "x"}}, "ask", 2, `no response_action ""`},
	} {
		t.Run(name, func(t *testing.T) {
			st := onStage(t)
			st.answer = func(p object) any {
				if p["type"] == "view_submission" {
					return c.answer
				}
				return nil
			}
			st.open(named(t, "below", `"external_id":"below"`))
			must(t, do(t, st.Server, "views.push", object{"trigger_id": st.trigger(), "view": named(t, "ask", ask)}))
			ok(t, st.ana.Fill(ctx(t), "Why", "because"))
			err := st.ana.Submit(ctx(t))
			d := dump(t, st.Server)
			switch fields, isFields := err.(FieldErrors); {
			case c.wrong != "":
				if err == nil || !strings.Contains(err.Error(), "We had some trouble connecting") {
					t.Errorf("the person was told %v", err)
				}
				if len(d.Refusals) != 1 || !strings.Contains(d.Refusals[0].Text, c.wrong) || d.Refusals[0].Who != "U0ANA" {
					t.Errorf("refusals %v, want %q", d.Refusals, c.wrong)
				}
			case name == "errors":
				if !isFields || fields["why"] != "think again" {
					t.Errorf("got %v", err)
				}
				v, err := st.ana.View(ctx(t))
				ok(t, err)
				has(t, v.Text(), "! think again")
			case err != nil:
				t.Error(err)
			}
			if depth := len(d.People[0].Modals); depth != c.depth {
				t.Fatalf("%d modals are open, want %d", depth, c.depth)
			}
			if c.top != "" && st.top() != c.top {
				t.Errorf("on top is %q, want %q", st.top(), c.top)
			}
		})
	}
}

func TestPushingByAckHasItsLimitToo(t *testing.T) {
	st := onStage(t)
	st.answer = func(p object) any {
		if p["type"] == "view_submission" {
			return object{"response_action": "push", "view": object{"type": "modal", "title": object{"type": "plain_text", "text": "four"}, "blocks": []any{}}}
		}
		return nil
	}
	st.open(named(t, "one"))
	must(t, do(t, st.Server, "views.push", object{"trigger_id": st.trigger(), "view": named(t, "two")}))
	must(t, do(t, st.Server, "views.push", object{"trigger_id": st.trigger(), "view": named(t, "three", `"submit":`+pt)}))
	if err := st.ana.Submit(ctx(t)); err == nil {
		t.Error("a fourth modal was pushed")
	}
	has(t, dump(t, st.Server).Refusals[0].Text, "push_limit_reached")
}

func TestAnUnansweredSubmission(t *testing.T) {
	s := start(t, quick)
	w := connect(t, s)
	ana := seat(t, s, "ana")
	done := make(chan error, 1)
	go func() { done <- ana.Command(ctx(t), "csm", "/health") }()
	e := w.read()
	w.ack(e, nil)
	ok(t, <-done)
	must(t, do(t, s, "views.open", object{"trigger_id": obj(e["payload"])["trigger_id"], "view": named(t, "m", `"submit":`+pt)}))
	if err := ana.Submit(ctx(t)); err == nil || !strings.Contains(err.Error(), "We had some trouble connecting") {
		t.Errorf("the person was told %v", err)
	}
	if v, err := ana.View(ctx(t)); err != nil || v.Title != "m" {
		t.Errorf("the modal is gone: %v", err)
	}
}

func TestAHomeIsNoModal(t *testing.T) {
	s := start(t)
	must(t, do(t, s, "views.publish", object{"user_id": "U0ANA", "view": homeView("t")}))
	for _, act := range []string{"submit", "close"} {
		if _, err := s.Control().post(ctx(t), act, object{"as": "ana", "view": "home"}); err == nil || !strings.Contains(err.Error(), "a Home is not") {
			t.Errorf("%s: %v", act, err)
		}
	}
	if err := seat(t, s, "ana").Submit(ctx(t)); err == nil || !strings.Contains(err.Error(), "no modal open") {
		t.Errorf("no modal: %v", err)
	}
	st := onStage(t)
	v := st.open(named(t, "facts"))
	if err := st.ana.Submit(ctx(t)); err == nil || !strings.Contains(err.Error(), `"facts" has no submit button`) {
		t.Errorf("without a button: %v", err)
	}
	must(t, do(t, st.Server, "views.push", object{"trigger_id": st.trigger(), "view": named(t, "above")}))
	if _, err := st.Control().post(ctx(t), "close", object{"as": "ana", "view": v["id"]}); err == nil || !strings.Contains(err.Error(), `"above"`) {
		t.Errorf("a covered modal: %v", err)
	}
	_, err := st.Control().post(ctx(t), "close", object{"as": "ana", "view": "top", "all": true})
	ok(t, err)
	if _, err := st.ana.View(ctx(t)); err == nil {
		t.Error("the cross left a modal")
	}
}

func TestClosing(t *testing.T) {
	st := onStage(t)
	st.open(named(t, "loud", `"notify_on_close":true`, `"callback_id":"loud"`))
	ok(t, st.ana.CloseModal(ctx(t)))
	p := st.next()
	if p["type"] != "view_closed" || p["is_cleared"] != false || obj(p["view"])["callback_id"] != "loud" {
		t.Errorf("payload: %s", encode(p))
	}
	st.open(named(t, "below"))
	must(t, do(t, st.Server, "views.push", object{"trigger_id": st.trigger(), "view": named(t, "top", `"notify_on_close":true`, `"clear_on_close":true`)}))
	ok(t, st.ana.CloseModal(ctx(t)))
	if p := st.next(); p["is_cleared"] != true {
		t.Errorf("clear_on_close: %s", encode(p))
	}
	if _, err := st.ana.View(ctx(t)); err == nil {
		t.Error("clear_on_close left a modal")
	}
	st.open(named(t, "quiet"))
	ok(t, st.ana.CloseModal(ctx(t)))
	post(t, st.Server, "C0CSM", "t")
	if p := st.next(); p["type"] != "event_callback" {
		t.Errorf("a modal that does not ask for it was told of: %s", encode(p))
	}
}
