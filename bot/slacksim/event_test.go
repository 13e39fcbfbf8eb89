package slacksim

import (
	"strings"
	"testing"
)

// heard acknowledges everything and returns the events that came until the
// workspace was quiet.
func heard(t *testing.T, s *Server, do func()) []object {
	t.Helper()
	connect(t, s).serve(func(object) any { return nil })
	do()
	ok(t, s.Control().Idle(ctx(t)))
	var events []object
	for _, e := range dump(t, s).Envelopes {
		events = append(events, obj(e.Payload["event"]))
	}
	return events
}

func eventKinds(events []object) (out []string) {
	for _, e := range events {
		kind := str(e["type"])
		if sub := str(e["subtype"]); sub != "" {
			kind += "/" + sub
		}
		out = append(out, kind)
	}
	return out
}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}

func TestAMention(t *testing.T) {
	s := start(t)
	events := heard(t, s, func() {
		_, err := seat(t, s, "ana").Say(ctx(t), "csm", "@healthbot acme & <b> in #leads, says @ben.")
		ok(t, err)
	})
	same(t, eventKinds(events), "message", "app_mention")
	const want = "<@U0BOT> acme &amp; &lt;b&gt; in <#C0PRIV|leads>, says <@U0BEN>."
	for _, e := range events {
		if e["text"] != want || e["user"] != "U0ANA" || e["channel"] != "C0CSM" || e["event_ts"] != e["ts"] || e["client_msg_id"] == nil {
			t.Errorf("event: %s", encode(e))
		}
	}
	if events[0]["channel_type"] != "channel" {
		t.Errorf("channel_type %v", events[0]["channel_type"])
	}
	var users []any
	each(events[0]["blocks"], func(o object) {
		if o["type"] == "user" {
			users = append(users, o["user_id"])
		}
	})
	if len(users) != 2 || users[0] != "U0BOT" || users[1] != "U0BEN" {
		t.Errorf("the rich text mentions %v", users)
	}
}

// The page sends text as Slack's own client does: references made, markup
// escaped. Both spellings arrive as one.
func TestWhatAPersonTypes(t *testing.T) {
	s := start(t)
	for typed, want := range map[string]string{
		"<@U0BEN> &lt;b&gt; &amp; c":         "<@U0BEN> &lt;b&gt; &amp; c",
		"@ben <b> & c":                       "<@U0BEN> &lt;b&gt; &amp; c",
		"<#C0CSM|csm> <!here> (#csm)":        "<#C0CSM|csm> <!here> (<#C0CSM|csm>)",
		"<https://e.example|site> https://x": "<https://e.example|site> https://x",
		"a@ben.example #nowhere @nobody":     "a@ben.example #nowhere @nobody",
	} {
		if got := s.typed(typed); got != want {
			t.Errorf("%q became %q, want %q", typed, got, want)
		}
	}
	raw := string(encode(s.rich("&lt;b&gt; <@U1><#C1|c><!here><https://e.example|site>")))
	for _, want := range []string{`{"text":"<b> ","type":"text"}`, `{"type":"user","user_id":"U1"}`, `{"channel_id":"C1","type":"channel"}`,
		`{"range":"here","type":"broadcast"}`, `{"text":"site","type":"link","url":"https://e.example"}`} {
		has(t, raw, want)
	}
}

func TestEventsOfEachPlace(t *testing.T) {
	s := start(t)
	var root string
	events := heard(t, s, func() {
		ana := seat(t, s, "ana")
		_, err := ana.Say(ctx(t), "dm", "@healthbot acme")
		ok(t, err)
		root, err = ana.Say(ctx(t), "leads", "psst")
		ok(t, err)
		_, err = ana.Reply(ctx(t), "leads", root, "more")
		ok(t, err)
		_, err = ana.Say(ctx(t), "outside", "the bot is not in @healthbot")
		ok(t, err)
		ts := post(t, s, "C0CSM", "own")
		must(t, do(t, s, "chat.update", object{"channel": "C0CSM", "ts": ts, "text": "edited"}))
		must(t, do(t, s, "chat.delete", object{"channel": "C0CSM", "ts": ts}))
	})
	same(t, eventKinds(events), "message", "message", "message", "message", "message/message_changed", "message/message_deleted")
	if e := events[0]; e["channel_type"] != "im" || e["channel"] != "D0ANA" {
		t.Errorf("DM: %s", encode(e))
	}
	if e := events[2]; e["channel_type"] != "group" || e["thread_ts"] != root || e["parent_user_id"] != "U0ANA" {
		t.Errorf("reply: %s", encode(e))
	}
	if e := events[3]; e["bot_id"] != "B0BOT" || e["user"] != "U0BOT" {
		t.Errorf("the bot's own: %s", encode(e))
	}
	if e := events[4]; obj(e["message"])["text"] != "edited" || obj(e["previous_message"])["text"] != "own" || e["hidden"] != true {
		t.Errorf("edit: %s", encode(e))
	}
	if e := events[5]; e["deleted_ts"] != events[3]["ts"] {
		t.Errorf("deletion: %s", encode(e))
	}
	notices, err := seat(t, s, "ana").Notices(ctx(t))
	ok(t, err)
	if len(notices) != 1 {
		t.Fatalf("notices %q", notices)
	}
	has(t, notices[0], "/invite @healthbot")
}

func TestASharedChannelIsMarked(t *testing.T) {
	s := start(t)
	post(t, s, "C0SHARED", "t")
	post(t, s, "C0CSM", "t")
	d := dump(t, s)
	if d.Envelopes[0].Payload["is_ext_shared_channel"] != true || d.Envelopes[1].Payload["is_ext_shared_channel"] != false {
		t.Error("is_ext_shared_channel does not tell which is shared")
	}
}

func TestOnlySubscribedEventsAreSent(t *testing.T) {
	say := func(s *Server) func() {
		return func() {
			_, err := seat(t, s, "ana").Say(ctx(t), "csm", "@healthbot")
			ok(t, err)
		}
	}
	quiet := start(t, func(o *Options) { o.Workspace.Events = nil })
	same(t, eventKinds(heard(t, quiet, say(quiet))))
	noScope := start(t, func(o *Options) { o.Workspace.BotScopes = []string{"app_mentions:read"} })
	same(t, eventKinds(heard(t, noScope, say(noScope))), "app_mention")
	noMentions := start(t, func(o *Options) { o.Workspace.BotScopes = []string{"channels:history"} })
	same(t, eventKinds(heard(t, noMentions, say(noMentions))), "message")
}

func TestComingIn(t *testing.T) {
	s := start(t)
	events := heard(t, s, func() {
		ana := seat(t, s, "ana")
		ok(t, ana.Command(ctx(t), "outside", "/invite @healthbot"))
		ok(t, ana.Command(ctx(t), "outside", "/invite ben"))
		if err := ana.Command(ctx(t), "outside", "/invite ben"); err == nil {
			t.Error("ben came twice")
		}
		for channel, want := range map[string]string{"outside": "there is nobody", "dm": "can be invited to a direct message"} {
			name := map[string]string{"outside": "nobody", "dm": "ben"}[channel]
			if err := ana.Command(ctx(t), channel, "/invite "+name); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s into %s: %v", name, channel, err)
			}
		}
	})
	same(t, eventKinds(events), "message/channel_join", "member_joined_channel", "message/channel_join", "member_joined_channel")
	if e := events[1]; e["user"] != "U0BOT" || e["inviter"] != "U0ANA" || e["channel"] != "C0OUT" || e["channel_type"] != "C" {
		t.Errorf("event: %s", encode(e))
	}
	post(t, s, "C0OUT", "thanks")
}

func TestOpeningHome(t *testing.T) {
	s := start(t)
	w := connect(t, s)
	w.serve(func(e object) any {
		event := obj(obj(e["payload"])["event"])
		if event["type"] == "app_home_opened" {
			title := "first"
			if event["view"] != nil {
				title = "then " + textOf(obj(list(obj(event["view"])["blocks"])[0])["text"])
			}
			must(t, do(t, s, "views.publish", object{"user_id": event["user"], "view": homeView(title)}))
		}
		return nil
	})
	ana := seat(t, s, "ana")
	home, err := ana.Home(ctx(t))
	ok(t, err)
	has(t, home.Text(), "first")
	home, err = ana.Home(ctx(t))
	ok(t, err)
	has(t, home.Text(), "then first")
	if current, err := ana.CurrentHome(ctx(t)); err != nil || current.Text() != home.Text() {
		t.Errorf("as it stands: %v %v", current, err)
	}
	ok(t, s.Control().Idle(ctx(t))) // the app is done, too
}

func homeView(text string) object {
	return object{"type": "home", "blocks": []any{object{"type": "section", "text": object{"type": "mrkdwn", "text": text}}}}
}
