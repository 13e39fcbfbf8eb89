package slacksim

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
)

func TestWhoMayCall(t *testing.T) {
	s := start(t)
	for name, c := range map[string]struct{ token, method, want string }{
		"nobody":                  {"", "auth.test", "not_authed"},
		"a stranger":              {"xoxb-1-2-3", "auth.test", "invalid_auth"},
		"app token for a message": {s.AppToken(), "chat.postMessage", "not_allowed_token_type"},
		"bot token for a socket":  {s.BotToken(), "apps.connections.open", "not_allowed_token_type"},
		"a method of no Slack":    {s.BotToken(), "chat.shout", "unknown_method"},
		"even without a token":    {"", "chat.shout", "unknown_method"},
	} {
		t.Run(name, func(t *testing.T) {
			var header []string
			if c.token != "" {
				header = []string{"Authorization", "Bearer " + c.token}
			}
			w, answer := send(t, newRequest(t, "POST", s.APIURL()+c.method, "", "", header...))
			refused(t, answer, c.want)
			if w.StatusCode != http.StatusOK {
				t.Errorf("status %d; Slack answers 200", w.StatusCode)
			}
		})
	}
}

func TestEveryMethodAsksForItsScope(t *testing.T) {
	s := start(t, func(o *Options) {
		o.Workspace.BotScopes, o.Workspace.AppScopes = []string{"emoji:read"}, []string{"emoji:read"}
	})
	free := map[string]bool{"auth.test": true, "auth.revoke": true, "chat.getPermalink": true, "views.open": true, "views.push": true, "views.update": true, "views.publish": true,
		"blocks.validate": true, "chat.scheduledMessages.list": true}
	for name, m := range methods {
		token := s.BotToken()
		if m.token&botToken == 0 {
			token = s.AppToken()
		}
		answer := doAs(t, s, token, name, object{"channel": "C0CSM", "users": "U0ANA", "user": "U0ANA", "test": true})
		if free[name] {
			if answer["error"] == "missing_scope" {
				t.Errorf("%s needs no scope, got %s", name, encode(answer))
			}
			continue
		}
		refused(t, answer, "missing_scope")
		if answer["provided"] != "emoji:read" || answer["needed"] == "" {
			t.Errorf("%s: needed %q, provided %q", name, answer["needed"], answer["provided"])
		}
	}
}

// One scope of a family opens the method, not every kind of channel.
func TestAScopePerKindOfChannel(t *testing.T) {
	s := start(t, func(o *Options) { o.Workspace.BotScopes = []string{"channels:read", "channels:history"} })
	for _, c := range []struct{ method, channel, needed string }{
		{"conversations.info", "C0PRIV", "groups:read"},
		{"conversations.info", "D0ANA", "im:read"},
		{"conversations.members", "C0PRIV", "groups:read"},
		{"conversations.history", "C0PRIV", "groups:history"},
		{"conversations.history", "D0ANA", "im:history"},
	} {
		if got := refused(t, do(t, s, c.method, object{"channel": c.channel}), "missing_scope")["needed"]; got != c.needed {
			t.Errorf("%s of %s needs %v, want %s", c.method, c.channel, got, c.needed)
		}
	}
	must(t, do(t, s, "conversations.info", object{"channel": "C0CSM"}))
	refused(t, do(t, s, "conversations.list", object{"types": "public_channel,private_channel"}), "missing_scope")
}

func TestWaysToSendArguments(t *testing.T) {
	s := start(t)
	const blocks = `[{"type":"section","text":{"type":"mrkdwn","text":"in blocks"}}]`
	formBody := form("token", s.BotToken(), "channel", "C0CSM", "text", "t", "blocks", blocks)

	var multi bytes.Buffer
	parts := multipart.NewWriter(&multi)
	for k, v := range map[string]string{"token": s.BotToken(), "channel": "C0CSM", "text": "t", "blocks": blocks} {
		ok(t, parts.WriteField(k, v))
	}
	ok(t, parts.Close())

	address := s.APIURL() + "chat.postMessage"
	for name, r := range map[string]*http.Request{
		"form":          newRequest(t, "POST", address, "application/x-www-form-urlencoded", formBody),
		"query by GET":  newRequest(t, "GET", address+"?"+formBody, "", ""),
		"query by POST": newRequest(t, "POST", address+"?"+formBody, "", ""),
		"multipart":     newRequest(t, "POST", address, parts.FormDataContentType(), multi.String()),
		"JSON": newRequest(t, "POST", address, "application/json", `{"channel":"C0CSM","text":"t","blocks":`+blocks+`}`,
			"Authorization", "Bearer "+s.BotToken()),
		"JSON with JSON in a string": newRequest(t, "POST", address, "application/json; charset=utf-8",
			string(encode(object{"channel": "C0CSM", "text": "t", "blocks": blocks})), "Authorization", "Bearer "+s.BotToken()),
	} {
		t.Run(name, func(t *testing.T) {
			_, answer := send(t, r)
			message := obj(must(t, answer)["message"])
			if got := textOf(obj(list(message["blocks"])[0])["text"]); got != "in blocks" {
				t.Errorf("blocks came as %s", encode(message["blocks"]))
			}
		})
	}
	for name, c := range map[string]struct{ kind, body, want string }{
		"broken JSON":       {"application/json", `{`, "invalid_json"},
		"JSON list":         {"application/json", `[]`, "json_not_object"},
		"two JSON values":   {"application/json", `{} {}`, "invalid_json"},
		"no content type":   {"", `a=b`, "missing_post_type"},
		"strange type":      {"text/plain", `a=b`, "invalid_post_type"},
		"unreadable type":   {";", `a=b`, "invalid_post_type"},
		"broken form":       {"application/x-www-form-urlencoded", `a=%zz`, "invalid_form_data"},
		"multipart no ends": {"multipart/form-data; boundary=b", `x`, "invalid_form_data"},
	} {
		t.Run(name, func(t *testing.T) {
			_, answer := send(t, newRequest(t, "POST", address, c.kind, c.body, "Authorization", "Bearer "+s.BotToken()))
			refused(t, answer, c.want)
		})
	}
}

func TestWhoAmI(t *testing.T) {
	s := start(t)
	me := must(t, do(t, s, "auth.test", nil))
	if me["user_id"] != "U0BOT" || me["bot_id"] != "B0BOT" || me["team_id"] != "T0LOCAL" || me["url"] != "https://local-office.slack.com/" {
		t.Errorf("auth.test: %s", encode(me))
	}
	if app := must(t, doAs(t, s, s.AppToken(), "auth.test", nil)); app["app_id"] != "A0APP" {
		t.Errorf("auth.test of the app token: %s", encode(app))
	}
	if bot := obj(must(t, do(t, s, "bots.info", object{"bot": "B0BOT"}))["bot"]); bot["user_id"] != "U0BOT" || bot["app_id"] != "A0APP" {
		t.Errorf("bots.info: %s", encode(bot))
	}
	refused(t, do(t, s, "bots.info", object{"bot": "B9"}), "bot_not_found")
	if team := obj(must(t, do(t, s, "team.info", nil))["team"]); team["domain"] != "local-office" {
		t.Errorf("team.info: %s", encode(team))
	}
}

func TestOnlyLoopback(t *testing.T) {
	if _, err := New(Options{Addr: "0.0.0.0:0", Workspace: office()}); err == nil {
		t.Error("a server on all addresses was started")
	}
	s := start(t)
	r := newRequest(t, "GET", s.APIURL()+"auth.test", "", "")
	r.Host = "slack.evil.example"
	if w, _ := send(t, r); w.StatusCode != http.StatusForbidden {
		t.Errorf("another host's name: status %d", w.StatusCode)
	}
	r = newRequest(t, "GET", s.APIURL()+"auth.test", "", "")
	r.Host = "localhost:1"
	if w, _ := send(t, r); w.StatusCode != http.StatusOK {
		t.Errorf("localhost: status %d", w.StatusCode)
	}
}

func TestAWorkspaceSaysAllItsMistakes(t *testing.T) {
	w := office()
	w.TeamID, w.BotName, w.Command, w.AppID = "local", "", "health", "B1"
	w.People = append(w.People, Person{ID: "U0ANA", Name: "ana ruiz", TZ: "Mars/Base"}, Person{ID: "x", Name: "ben"})
	w.Channels = append(w.Channels, Channel{ID: "C0CSM", Name: "#x"}, Channel{ID: "C7"}, Channel{ID: "D1", Name: "y", Members: []string{"U404"}})
	err := w.Validate()
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"TeamID", "BotName", "Command", "AppID", "two people have the ID U0ANA", `"ana ruiz"`, "Mars/Base",
		`person's ID is "x"`, `two people have the handle "ben"`, `"#x"`, `channel C7 has the name ""`, "share the ID C0CSM", `channel's ID is "D1"`, "U404"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not said", want)
		}
	}
	if err := office().Validate(); err != nil {
		t.Errorf("the good one: %v", err)
	}
}
