package slacksim

import (
	"strings"
	"testing"
)

func TestCommands(t *testing.T) {
	st := onStage(t)
	ok(t, st.ana.Command(ctx(t), "csm", "/health  acme <&> "))
	p := st.next()
	for k, want := range map[string]any{
		"command": "/health", "text": "acme &lt;&amp;&gt;", "user_id": "U0ANA", "user_name": "ana", "channel_id": "C0CSM", "channel_name": "csm",
		"team_id": "T0LOCAL", "team_domain": "local-office", "api_app_id": "A0APP", "is_enterprise_install": "false",
	} {
		if p[k] != want {
			t.Errorf("%s is %v, want %v", k, p[k], want)
		}
	}
	ok(t, st.ana.Command(ctx(t), "dm", "/health"))
	if p := st.next(); p["channel_name"] != "directmessage" || p["channel_id"] != "D0ANA" {
		t.Errorf("in a DM: %s", encode(p))
	}
	ok(t, st.ana.Command(ctx(t), "leads", "/health"))
	if p := st.next(); p["channel_name"] != "privategroup" {
		t.Errorf("in a private channel: %s", encode(p))
	}
	ok(t, st.ana.Command(ctx(t), "outside", "/health")) // the bot need not be there
	st.next()
	root := post(t, st.Server, "C0CSM", "root")
	var a answer
	ok(t, st.Control().ask(ctx(t), "POST", "command", object{"as": "ana", "channel": "csm", "thread_ts": root, "text": "/health"}, &a))
	if a.OK || a.Error != "/health is not supported in threads. Sorry!" {
		t.Errorf("in a thread: %+v", a)
	}
	for who, c := range map[string]struct{ channel, line, want string }{
		"ana": {"csm", "/helath", "/helath is not a valid command."},
		"ben": {"outside", "/health", "is not in #outside"},
		"eve": {"shared", "/health", "/health is not a valid command."},
		"gil": {"outside", "/health", "sees no channel"},
	} {
		if err := seat(t, st.Server, who).Command(ctx(t), c.channel, c.line); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s in %s: %v", who, c.channel, err)
		}
	}
	if err := st.ana.Command(ctx(t), "old", "/health"); err == nil || !strings.Contains(err.Error(), "archived") {
		t.Errorf("in an archived channel: %v", err)
	}
	none := start(t, func(o *Options) { o.Workspace.BotScopes = nil })
	if err := seat(t, none, "ana").Command(ctx(t), "csm", "/health"); err == nil || !strings.Contains(err.Error(), "not a valid command") {
		t.Errorf("without the scope: %v", err)
	}
}

func TestAnswersToACommand(t *testing.T) {
	st := onStage(t)
	st.answer = func(p object) any {
		switch p["text"] {
		case "private":
			return object{"text": "for you"}
		case "public":
			return object{"text": "for all", "response_type": "in_channel"}
		case "bad":
			return object{"blocks": []any{object{"type": "section"}}}
		case "empty":
			return object{"response_type": "in_channel"}
		}
		return nil
	}
	for _, word := range []string{"private", "public"} {
		ok(t, st.ana.Command(ctx(t), "outside", "/health "+word))
	}
	for word, want := range map[string]string{"bad": `/health failed with the error "invalid_blocks"`, "empty": `"no_text"`} {
		if err := st.ana.Command(ctx(t), "outside", "/health "+word); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", word, err)
		}
	}
	all, err := st.ana.Messages(ctx(t), "#outside")
	ok(t, err)
	if len(all) != 2 || all[0].Text() != "for you" || !all[0].Ephemeral || all[1].Text() != "for all" || all[1].Ephemeral {
		t.Errorf("Ana sees %+v", all)
	}
	has(t, dump(t, st.Server).Refusals[0].Text, "the answer to /health was refused")
}
