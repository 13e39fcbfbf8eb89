package slacksim

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

// everyEvent subscribes to all that there is, with the scopes for it.
func everyEvent(o *Options) {
	o.Workspace.Events = append(slices.Sorted(maps.Keys(eventScopes)), "tokens_revoked")
	o.Workspace.BotScopes = append(o.Workspace.BotScopes, "reactions:read")
}

func admin(t *testing.T, s *Server, a Admin) {
	t.Helper()
	ok(t, s.Control().Admin(ctx(t), a))
}

func TestWhatBecomesOfChannels(t *testing.T) {
	s := start(t, everyEvent)
	events := heard(t, s, func() {
		admin(t, s, Admin{Kind: "archive", Channel: "#csm", As: "ben"})
		refused(t, do(t, s, "chat.postMessage", object{"channel": "C0CSM", "text": "t"}), "is_archived")
		admin(t, s, Admin{Kind: "unarchive", Channel: "csm"})
		admin(t, s, Admin{Kind: "archive", Channel: "leads"})
		admin(t, s, Admin{Kind: "unarchive", Channel: "leads"})
		admin(t, s, Admin{Kind: "archive", Channel: "secret"}) // the app is not in it and hears nothing
		admin(t, s, Admin{Kind: "share", Channel: "outside"})
		admin(t, s, Admin{Kind: "unshare", Channel: "shared"})
		admin(t, s, Admin{Kind: "remove", Channel: "csm", Person: "gil"})
		admin(t, s, Admin{Kind: "remove_app", Channel: "csm", As: "ben"})
		admin(t, s, Admin{Kind: "remove_app", Channel: "leads"})
	})
	same(t, eventKinds(events), "message/channel_archive", "channel_archive", "message/channel_unarchive", "channel_unarchive",
		"message/group_archive", "group_archive", "message/group_unarchive", "group_unarchive",
		"channel_shared", "channel_unshared", "member_left_channel", "channel_left", "group_left")
	for i, want := range map[int]object{
		0:  {"user": "U0BEN", "text": "<@U0BEN> archived the channel"},
		1:  {"user": "U0BEN", "channel": "C0CSM"},
		5:  {"user": "U0ANA", "channel": "C0PRIV"},
		8:  {"channel": "C0OUT", "connected_team_id": "T0ELSEWHERE"},
		9:  {"channel": "C0SHARED", "previously_connected_team_id": "T0ELSEWHERE", "is_ext_shared": false},
		10: {"user": "U0GUEST", "channel": "C0CSM", "channel_type": "C"},
		11: {"actor_id": "U0BEN", "channel": "C0CSM"},
		12: {"actor_id": "U0ANA", "channel": "C0PRIV"},
	} {
		for field, value := range want {
			if events[i][field] != value || events[i]["event_ts"] == nil {
				t.Errorf("%s of %s is not %v", field, encode(events[i]), value)
			}
		}
	}
	refused(t, do(t, s, "chat.postMessage", object{"channel": "C0CSM", "text": "t"}), "not_in_channel")
	refused(t, do(t, s, "chat.postMessage", object{"channel": "C0PRIV", "text": "t"}), "channel_not_found")
	if info := obj(must(t, do(t, s, "conversations.info", object{"channel": "C0OUT"}))["channel"]); info["is_ext_shared"] != true {
		t.Errorf("shared: %s", encode(info))
	}
	if members := encode(must(t, do(t, s, "conversations.members", object{"channel": "C0SHARED"}))["members"]); strings.Contains(string(members), "U0EXT") {
		t.Errorf("people of the other workspace stayed: %s", members)
	}
}

func TestWhatBecomesOfPeople(t *testing.T) {
	s := start(t, everyEvent)
	ben := seat(t, s, "ben")
	events := heard(t, s, func() {
		admin(t, s, Admin{Kind: "deactivate", Person: "ben"})
		if _, err := ben.Say(ctx(t), "csm", "t"); err == nil || !strings.Contains(err.Error(), "deactivated") {
			t.Errorf("a deactivated account spoke: %v", err)
		}
		refused(t, do(t, s, "conversations.open", object{"users": "U0BEN"}), "user_disabled")
		post(t, s, "D0BEN", "Slack takes this")
		admin(t, s, Admin{Kind: "reactivate", Person: "ben"})
		admin(t, s, Admin{Kind: "reactivate", Person: "gus"})
		admin(t, s, Admin{Kind: "profile", Person: "ana", Title: "VP", TZ: "Asia/Tokyo"})
	})
	same(t, eventKinds(events), "user_change", "message", "user_change", "user_change", "user_change")
	if user := obj(events[0]["user"]); user["id"] != "U0BEN" || user["deleted"] != true || user["tz"] != nil {
		t.Errorf("deactivated: %s", encode(user))
	}
	if user := obj(events[2]["user"]); user["deleted"] != false || user["tz"] != "America/New_York" {
		t.Errorf("back: %s", encode(user))
	}
	if user := obj(events[4]["user"]); user["tz"] != "Asia/Tokyo" || obj(user["profile"])["title"] != "VP" || user["real_name"] != "Ana Ruiz" {
		t.Errorf("changed: %s", encode(user))
	}
	must(t, do(t, s, "conversations.open", object{"users": "U0GONE"}))
	if _, err := seat(t, s, "gus").Say(ctx(t), "dm", "here again"); err != nil {
		t.Error(err)
	}
}

// A subscription alone is not enough.
func TestEventsNeedScopes(t *testing.T) {
	s := start(t, everyEvent, func(o *Options) { o.Workspace.BotScopes = nil })
	events := heard(t, s, func() {
		admin(t, s, Admin{Kind: "share", Channel: "csm"})
		admin(t, s, Admin{Kind: "archive", Channel: "csm"})
		admin(t, s, Admin{Kind: "profile", Person: "ana", Title: "VP"})
		admin(t, s, Admin{Kind: "remove_app", Channel: "leads"})
	})
	same(t, eventKinds(events))
}

func TestAdministratorsAreToldWhatThereIs(t *testing.T) {
	s := start(t)
	for _, c := range []struct {
		act  Admin
		want string
	}{
		{Admin{Kind: "explode"}, "there are archive, unarchive"},
		{Admin{Kind: "archive", Channel: "csm", As: "zoe"}, "there are ana, ben"},
		{Admin{Kind: "archive", Channel: "nowhere"}, "there are #csm"},
		{Admin{Kind: "archive", Channel: "D0ANA"}, "a direct message"},
		{Admin{Kind: "archive", Channel: "old"}, "archived already"},
		{Admin{Kind: "unarchive", Channel: "csm"}, "un-archived already"},
		{Admin{Kind: "share", Channel: "shared"}, "shared already"},
		{Admin{Kind: "unshare", Channel: "csm"}, "not shared already"},
		{Admin{Kind: "remove_app", Channel: "outside"}, "@healthbot is not in #outside"},
		{Admin{Kind: "remove", Channel: "outside", Person: "ben"}, "ben is not in #outside"},
		{Admin{Kind: "deactivate", Person: "nobody"}, "there are Ana Ruiz"},
		{Admin{Kind: "deactivate", Person: "otherbot"}, "is a bot"},
		{Admin{Kind: "deactivate", Person: "gus"}, "deactivated already"},
		{Admin{Kind: "reactivate", Person: "ana"}, "active already"},
		{Admin{Kind: "profile", Person: "ana"}, "there are real_name, title, tz, locale"},
		{Admin{Kind: "profile", Person: "ana", TZ: "Mars/Base"}, "Europe/Madrid"},
		{Admin{Kind: "revoke", Token: "house"}, "there are bot and app"},
		{Admin{Kind: "reinstall"}, "revoke comes before"},
	} {
		if err := s.Control().Admin(ctx(t), c.act); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c.act, err)
		}
	}
	for _, who := range []string{"ben", "gil", "eve"} {
		admin(t, s, Admin{Kind: "deactivate", Person: who})
	}
	if err := s.Control().Admin(ctx(t), Admin{Kind: "deactivate", Person: "ana"}); err == nil || !strings.Contains(err.Error(), "last person") {
		t.Errorf("an empty workspace: %v", err)
	}
}

// ended reads a connection to its end, which must be one without a word.
func (w *appSocket) ended() {
	w.t.Helper()
	for {
		_, frame, err := w.ws.ReadMessage()
		if err != nil {
			if websocket.IsCloseError(err, websocket.CloseNormalClosure) {
				w.t.Errorf("a polite end: %v", err)
			}
			return
		}
		if strings.Contains(string(frame), `"disconnect"`) {
			w.t.Errorf("a reason was given: %s", frame)
		}
	}
}

func TestRevokedTokens(t *testing.T) {
	s := start(t, everyEvent)
	bot, app := s.BotToken(), s.AppToken()
	w := connect(t, s)
	unused := ticket(t, s)

	admin(t, s, Admin{Kind: "revoke", Token: "bot"})
	e := w.read()
	if event := obj(obj(e["payload"])["event"]); event["type"] != "tokens_revoked" || list(obj(event["tokens"])["bot"])[0] != "U0BOT" {
		t.Errorf("told: %s", encode(e))
	}
	w.ack(e, nil)
	for _, method := range []string{"auth.test", "chat.postMessage", "views.open"} {
		refused(t, doAs(t, s, bot, method, object{"channel": "C0CSM", "text": "t"}), "token_revoked")
	}
	must(t, doAs(t, s, app, "auth.test", nil)) // the other one is good

	admin(t, s, Admin{Kind: "revoke"})
	w.ended()
	refused(t, doAs(t, s, app, "apps.connections.open", nil), "token_revoked")
	if _, _, err := websocket.DefaultDialer.DialContext(ctx(t), unused, nil); err == nil {
		t.Error("a ticket of the revoked token opened a connection")
	}

	newBot, newApp, err := s.Control().Reinstall(ctx(t))
	ok(t, err)
	if newBot == bot || newApp == app || newBot != s.BotToken() || newApp != s.AppToken() {
		t.Error("the new tokens are not new")
	}
	refused(t, doAs(t, s, bot, "auth.test", nil), "token_revoked")
	post(t, s, "C0CSM", "again")
	connect(t, s)
	raw := string(encode(dump(t, s)))
	for _, secret := range []string{bot, app, newBot, newApp} {
		if strings.Contains(raw, secret) {
			t.Error("a token is in the dump")
		}
	}
}

func TestAnAppGivesUpItsToken(t *testing.T) {
	s := start(t)
	bot := s.BotToken()
	if answer := must(t, do(t, s, "auth.revoke", object{"test": true})); answer["revoked"] != false {
		t.Errorf("a test: %s", encode(answer))
	}
	if answer := must(t, do(t, s, "auth.revoke", nil)); answer["revoked"] != true {
		t.Errorf("in earnest: %s", encode(answer))
	}
	refused(t, doAs(t, s, bot, "auth.test", nil), "token_revoked")
	must(t, doAs(t, s, s.AppToken(), "apps.connections.open", nil))
}

func TestScopesInTheHeader(t *testing.T) {
	s := start(t)
	header := func(token string) (scopes string, there bool) {
		w, _ := send(t, newRequest(t, "POST", s.APIURL()+"auth.test", "application/x-www-form-urlencoded", form("token", token)))
		return w.Header.Get("X-OAuth-Scopes"), w.Header.Values("X-OAuth-Scopes") != nil
	}
	if got, _ := header(s.BotToken()); got != strings.Join(s.opts.Workspace.BotScopes, ",") {
		t.Errorf("bot token: %q", got)
	}
	if got, _ := header(s.AppToken()); got != "connections:write" {
		t.Errorf("app token: %q", got)
	}
	if got, there := header("xoxb-1"); there {
		t.Errorf("no token: %q", got)
	}
}

func TestWhatAdministratorsDidIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "demo.slack")
	s := kept(t, path)
	bot := s.BotToken()
	admin(t, s, Admin{Kind: "archive", Channel: "csm"})
	admin(t, s, Admin{Kind: "share", Channel: "leads"})
	admin(t, s, Admin{Kind: "deactivate", Person: "ben"})
	admin(t, s, Admin{Kind: "reactivate", Person: "gus"})
	_, err := seat(t, s, "gus").Say(ctx(t), "dm", "here again")
	ok(t, err)
	admin(t, s, Admin{Kind: "revoke"})
	ok(t, s.Close())

	again := kept(t, path)
	refused(t, doAs(t, again, bot, "auth.test", nil), "token_revoked")
	_, _, err = again.Control().Reinstall(ctx(t))
	ok(t, err)
	if info := obj(must(t, do(t, again, "conversations.info", object{"channel": "C0CSM"}))["channel"]); info["is_archived"] != true {
		t.Errorf("archived: %s", encode(info))
	}
	if info := obj(must(t, do(t, again, "conversations.info", object{"channel": "C0PRIV"}))["channel"]); info["is_ext_shared"] != true {
		t.Errorf("shared: %s", encode(info))
	}
	if user := obj(must(t, do(t, again, "users.info", object{"user": "U0BEN"}))["user"]); user["deleted"] != true {
		t.Errorf("deactivated: %s", encode(user))
	}
	said, err := seat(t, again, "gus").DM(ctx(t))
	ok(t, err)
	if len(said) != 1 || said[0].Plain != "here again" {
		t.Errorf("what was said: %+v", said)
	}
}
