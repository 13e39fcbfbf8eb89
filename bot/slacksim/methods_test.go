package slacksim

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestScheduledMessages(t *testing.T) {
	s := start(t)
	control := s.Control()
	at := func(d time.Duration) string { return fmt.Sprint(s.Now().Add(d).Unix()) }
	root := post(t, s, "C0CSM", "root")
	for name, c := range map[string]struct {
		args object
		want string
	}{
		"no time":   {object{"text": "t"}, "invalid_time"},
		"not one":   {object{"text": "t", "post_at": "soon"}, "invalid_time"},
		"past":      {object{"text": "t", "post_at": at(-time.Second)}, "time_in_past"},
		"no text":   {object{"post_at": at(time.Hour)}, "no_text"},
		"too long":  {object{"post_at": at(time.Hour), "text": x(40_001)}, "msg_too_long"},
		"blocks":    {object{"post_at": at(time.Hour), "blocks": "[{}]"}, "invalid_blocks"},
		"no thread": {object{"post_at": at(time.Hour), "text": "t", "thread_ts": "1.0"}, "thread_not_found"},
		"a name":    {object{"post_at": at(time.Hour), "text": "t", "channel": "#csm"}, "channel_not_found"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.args["channel"] == nil {
				c.args["channel"] = "C0CSM"
			}
			refused(t, do(t, s, "chat.scheduleMessage", c.args), c.want)
		})
	}
	plan := func(text string, d time.Duration, more ...string) string {
		a := object{"channel": "C0CSM", "text": text, "post_at": at(d)}
		for i := 0; i < len(more); i += 2 {
			a[more[i]] = more[i+1]
		}
		answer := must(t, do(t, s, "chat.scheduleMessage", a))
		if str(answer["channel"]) != "C0CSM" || obj(answer["message"])["text"] != text {
			t.Errorf("answer: %s", encode(answer))
		}
		return str(answer["scheduled_message_id"])
	}
	plan("second", 3*time.Hour)
	plan("first", 2*time.Hour, "thread_ts", root)
	gone := plan("never", 4*time.Hour)
	plan("doomed", 5*time.Hour, "metadata", `{"event_type":"e","event_payload":{}}`)
	soon := plan("too late to stop", 30*time.Second)
	if got := list(must(t, do(t, s, "chat.scheduledMessages.list", object{"channel": "C0CSM", "limit": 2}))["scheduled_messages"]); len(got) != 2 || obj(got[0])["id"] != soon {
		t.Errorf("the list: %s", encode(got))
	}
	must(t, do(t, s, "chat.deleteScheduledMessage", object{"channel": "C0CSM", "scheduled_message_id": gone}))
	for _, id := range []string{gone, soon, "Q404"} {
		refused(t, do(t, s, "chat.deleteScheduledMessage", object{"channel": "C0CSM", "scheduled_message_id": id}), "invalid_scheduled_message_id")
	}
	ok(t, control.Advance(ctx(t), 150*time.Minute))
	said := func() (out []string) {
		all, err := seat(t, s, "ana").Messages(ctx(t), "csm")
		ok(t, err)
		for _, m := range all {
			out = append(out, m.Plain)
		}
		return out
	}
	if got := strings.Join(said(), ", "); got != "root, first, too late to stop" && got != "root, too late to stop, first" {
		t.Errorf("after two and a half hours: %s", got)
	}
	ok(t, control.Advance(ctx(t), 24*time.Hour))
	if got := said(); got[len(got)-1] != "second" || len(got) != 4 {
		t.Errorf("in the end: %q", got)
	}
	has(t, dump(t, s).Refusals[0].Text, "scheduled messages with metadata are never posted")
}

// The office clock runs, so a scheduled message comes without anybody moving it.
func TestAScheduledMessageComesByItself(t *testing.T) {
	s := start(t)
	must(t, do(t, s, "chat.scheduleMessage", object{"channel": "C0CSM", "text": "by itself", "post_at": fmt.Sprint(s.Now().Unix() + 1)}))
	ok(t, s.Control().Wait(ctx(t), func(d Dump) bool { return len(d.Channels[0].Messages) == 1 }))
}

func TestReactions(t *testing.T) {
	s := start(t, func(o *Options) {
		o.Workspace.BotScopes = append(o.Workspace.BotScopes, "reactions:write", "reactions:read")
		o.Workspace.Events = append(o.Workspace.Events, "reaction_added", "reaction_removed")
	})
	ts := post(t, s, "C0CSM", "t")
	for name, c := range map[string]struct {
		args object
		want string
	}{
		"nothing":     {object{"name": "eyes"}, "no_item_specified"},
		"no emoji":    {object{"channel": "C0CSM", "timestamp": ts, "name": ":eyes:"}, "invalid_name"},
		"no ts":       {object{"channel": "C0CSM", "timestamp": "x", "name": "eyes"}, "bad_timestamp"},
		"no message":  {object{"channel": "C0CSM", "timestamp": "1.000000", "name": "eyes"}, "message_not_found"},
		"elsewhere":   {object{"channel": "C404", "timestamp": ts, "name": "eyes"}, "channel_not_found"},
		"not in":      {object{"channel": "C0OUT", "timestamp": ts, "name": "eyes"}, "not_in_channel"},
		"nothing off": {object{"channel": "C0CSM", "timestamp": ts, "name": "eyes"}, "no_reaction"},
	} {
		t.Run(name, func(t *testing.T) {
			method := "reactions.add"
			if c.want == "no_reaction" {
				method = "reactions.remove"
			}
			refused(t, do(t, s, method, c.args), c.want)
		})
	}
	on := object{"channel": "C0CSM", "timestamp": ts, "name": "white_check_mark"}
	w := connect(t, s)
	w.ack(w.read(), nil) // the message
	must(t, do(t, s, "reactions.add", on))
	e := w.read()
	w.ack(e, nil)
	if event := obj(obj(e["payload"])["event"]); event["type"] != "reaction_added" || obj(event["item"])["ts"] != ts || event["item_user"] != "U0BOT" {
		t.Errorf("event: %s", encode(event))
	}
	refused(t, do(t, s, "reactions.add", on), "already_reacted")
	m := obj(list(must(t, do(t, s, "conversations.history", object{"channel": "C0CSM"}))["messages"])[0])
	if r := obj(list(m["reactions"])[0]); r["name"] != "white_check_mark" || string(encode(r["users"])) != `["U0BOT"]` {
		t.Errorf("history: %s", encode(m))
	}
	all, err := seat(t, s, "ana").Messages(ctx(t), "csm")
	ok(t, err)
	if len(all[0].Reactions) != 1 || all[0].Reactions[0].Count != 1 {
		t.Errorf("Ana sees %+v", all[0].Reactions)
	}
	must(t, do(t, s, "reactions.remove", on))
	w.ack(w.read(), nil)
	if all, err = seat(t, s, "ana").Messages(ctx(t), "csm"); err != nil || len(all[0].Reactions) != 0 {
		t.Errorf("afterwards: %+v %v", all[0].Reactions, err)
	}
}

func TestPeopleByEmailAndGroups(t *testing.T) {
	s := start(t, func(o *Options) {
		o.Workspace.BotScopes = append(o.Workspace.BotScopes, "users:read.email", "usergroups:read")
		o.Workspace.People[0].Email = "Ana@Acme.example"
		o.Workspace.Groups = []Group{
			{ID: "S0CSM", Handle: "csm-team", Name: "CSM team", Members: []string{"U0ANA", "U0BEN"}},
			{ID: "S0OLD", Handle: "old", Name: "Old", Disabled: true},
		}
	})
	for email, want := range map[string]string{"ana@acme.example": "U0ANA", "ben@local-office.example": "U0BEN"} {
		u := obj(must(t, do(t, s, "users.lookupByEmail", object{"email": email}))["user"])
		if u["id"] != want || !strings.EqualFold(str(obj(u["profile"])["email"]), email) {
			t.Errorf("%s is %s", email, encode(u))
		}
	}
	for _, email := range []string{"nobody@acme.example", "gus@local-office.example"} {
		refused(t, do(t, s, "users.lookupByEmail", object{"email": email}), "users_not_found")
	}
	refused(t, do(t, s, "users.lookupByEmail", nil), "invalid_arguments")

	groups := list(must(t, do(t, s, "usergroups.list", object{"include_users": true, "include_count": true}))["usergroups"])
	if len(groups) != 1 || obj(groups[0])["handle"] != "csm-team" || len(list(obj(groups[0])["users"])) != 2 || string(encode(obj(groups[0])["user_count"])) != "2" {
		t.Errorf("groups: %s", encode(groups))
	}
	if all := list(must(t, do(t, s, "usergroups.list", object{"include_disabled": true}))["usergroups"]); len(all) != 2 || obj(all[0])["users"] != nil {
		t.Errorf("with the disabled one: %s", encode(all))
	}
	if got := must(t, do(t, s, "usergroups.users.list", object{"usergroup": "S0CSM"}))["users"]; string(encode(got)) != `["U0ANA","U0BEN"]` {
		t.Errorf("members: %s", encode(got))
	}
	for _, id := range []string{"S404", "S0OLD"} {
		refused(t, do(t, s, "usergroups.users.list", object{"usergroup": id}), "no_such_subteam")
	}
	w := office()
	w.Groups = []Group{{ID: "G1", Handle: "x", Members: []string{"U404"}}, {ID: "S1"}, {ID: "S1"}}
	w.Shortcuts = []Shortcut{{CallbackID: "c", Name: "n", Type: "both"}}
	err := w.Validate()
	for _, want := range []string{`group's ID is "G1"`, "U404", "two groups have the ID S1", `has the type "both"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not said: %v", want, err)
		}
	}
}

func TestBlocksValidate(t *testing.T) {
	s := start(t)
	for name, c := range map[string]struct {
		args       object
		code       string
		pointer    string
		field, say string
	}{
		"good blocks":     {args: object{"blocks": `[{"type":"divider"}]`}},
		"good message":    {args: object{"message": `{"blocks":[{"type":"divider"}]}`}}, // without text, which it does not flag
		"good view":       {args: object{"view": object{"type": "home", "blocks": []any{}}}},
		"nothing":         {args: object{}, code: "invalid_arguments"},
		"two of them":     {args: object{"blocks": "[]", "view": "{}"}, code: "invalid_arguments"},
		"blocks":          {object{"blocks": `[{"type":"section","text":{"type":"x","text":"t"}}]`}, "invalid_blocks", "/0/text/type", "", "unsupported type: x"},
		"blocks, no list": {object{"blocks": `{}`}, "invalid_blocks", "", "", "must provide an array"},
		"blocks, no JSON": {object{"blocks": `[`}, "invalid_blocks", "", "", "must provide valid JSON"},
		"message":         {object{"message": `{"blocks":[{"type":"header"}]}`}, "invalid_message", "/blocks/0", "text", "missing required field: text"},
		"message, blocks": {object{"message": `{"blocks":{}}`}, "invalid_message", "/blocks", "", "must provide an array"},
		"message, a list": {object{"message": `[]`}, "invalid_message", "", "", "must provide an object"},
		"view":            {object{"view": `{"type":"modal","blocks":[]}`}, "invalid_view", "", "title", "missing required field: title"},
	} {
		t.Run(name, func(t *testing.T) {
			answer := do(t, s, "blocks.validate", c.args)
			if c.code == "" {
				must(t, answer)
				return
			}
			refused(t, answer, c.code)
			if c.say == "" {
				return
			}
			for _, e := range list(answer["errors"]) {
				e := obj(e)
				if e["code"] == "failed_constraint" && e["pointer"] == c.pointer && e["message"] == c.say && str(e["field"]) == c.field {
					return
				}
			}
			t.Errorf("errors: %s", encode(answer["errors"]))
		})
	}
	if messages, err := seat(t, s, "ana").Messages(ctx(t), "csm"); err != nil || len(messages) != 0 {
		t.Error("validating posted something")
	}
}

// What is not simulated is never taken for done.
func TestMethodsThatAreNotHere(t *testing.T) {
	s := start(t)
	refused(t, do(t, s, "pins.add", object{"channel": "C0CSM"}), "missing_scope")
	refused(t, do(t, s, "chat.startStream", object{"channel": "C0CSM"}), "service_unavailable")
	d := dump(t, s)
	if len(d.Refusals) != 1 || d.Refusals[0].Text != "chat.startStream is not simulated here; Slack has it" {
		t.Errorf("refusals: %+v", d.Refusals)
	}
	for name := range absentMethods {
		s.opts.Workspace.BotScopes = methods[name].scopes
		refused(t, do(t, s, name, nil), "service_unavailable")
	}
}

func TestPeopleReact(t *testing.T) {
	s := start(t, everyEvent)
	ana, ben := seat(t, s, "ana"), seat(t, s, "ben")
	ts := post(t, s, "C0CSM", "t")
	away, err := ana.Say(ctx(t), "outside", "the app is not here")
	ok(t, err)
	events := heard(t, s, func() {
		ok(t, ana.React(ctx(t), "csm", ts, "eyes"))
		ok(t, ben.React(ctx(t), "csm", ts, ":eyes:"))
		ok(t, ana.React(ctx(t), "csm", ts, "eyes"))
		ok(t, ana.React(ctx(t), "outside", away, "eyes"))
	})[1:] // after the message
	same(t, eventKinds(events), "reaction_added", "reaction_added", "reaction_removed")
	if e := events[1]; e["user"] != "U0BEN" || e["item_user"] != "U0BOT" || e["reaction"] != "eyes" || obj(e["item"])["ts"] != ts {
		t.Errorf("event: %s", encode(e))
	}
	all, err := ana.Messages(ctx(t), "csm")
	ok(t, err)
	if r := all[0].Reactions; len(r) != 1 || r[0].Count != 1 || r[0].Users[0] != "U0BEN" {
		t.Errorf("reactions: %+v", r)
	}
	for _, c := range []struct{ channel, ts, emoji, want string }{
		{"csm", "1.000000", "eyes", "the newest are"},
		{"csm", ts, "no emoji", "write one such as eyes"},
		{"nowhere", ts, "eyes", "there are #csm"},
	} {
		if err := ana.React(ctx(t), c.channel, c.ts, c.emoji); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if err := ben.React(ctx(t), "outside", away, "eyes"); err == nil || !strings.Contains(err.Error(), "is not in #outside") {
		t.Errorf("from outside: %v", err)
	}
	must(t, do(t, s, "chat.postEphemeral", object{"channel": "C0CSM", "user": "U0ANA", "text": "psst"}))
	mine, err := ana.Ephemerals(ctx(t))
	ok(t, err)
	if err := ana.React(ctx(t), "csm", mine[0].TS, "eyes"); err == nil || !strings.Contains(err.Error(), "all can see") {
		t.Errorf("an ephemeral: %v", err)
	}
	admin(t, s, Admin{Kind: "archive", Channel: "csm"})
	if err := ana.React(ctx(t), "csm", ts, "eyes"); err == nil || !strings.Contains(err.Error(), "archived") {
		t.Errorf("archived: %v", err)
	}
}
