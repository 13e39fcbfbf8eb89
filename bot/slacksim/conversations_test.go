package slacksim

import (
	"fmt"
	"strings"
	"testing"
)

func TestReadingIsRefused(t *testing.T) {
	s := start(t)
	for _, method := range []string{"conversations.info", "conversations.members", "conversations.history", "conversations.replies"} {
		refused(t, do(t, s, method, object{"channel": "C404"}), "channel_not_found")
		refused(t, do(t, s, method, object{"channel": "C0SECRET"}), "channel_not_found")
	}
	refused(t, do(t, s, "conversations.history", object{"channel": "C0OUT"}), "not_in_channel")
	refused(t, do(t, s, "conversations.replies", object{"channel": "C0OUT", "ts": "1.0"}), "not_in_channel")
	refused(t, do(t, s, "conversations.replies", object{"channel": "C0CSM", "ts": "1.0"}), "thread_not_found")
	for _, bound := range []string{"oldest", "latest"} {
		refused(t, do(t, s, "conversations.history", object{"channel": "C0CSM", bound: "noon"}), "invalid_ts_"+bound)
	}
	for _, limit := range []any{0, -1, 1000, "ten"} {
		refused(t, do(t, s, "conversations.history", object{"channel": "C0CSM", "limit": fmt.Sprint(limit)}), "invalid_limit")
	}
	for _, c := range []string{"nonsense", "bmV4dDo0MDQ="} { // the second decodes, to a message that is not there
		refused(t, do(t, s, "conversations.history", object{"channel": "C0CSM", "cursor": c}), "invalid_cursor")
	}
	refused(t, do(t, s, "conversations.list", object{"types": "secret_channel"}), "invalid_types")
	for _, method := range []string{"conversations.list", "conversations.members", "conversations.replies", "users.list"} {
		ts := post(t, s, "C0CSM", "t")
		refused(t, do(t, s, method, object{"channel": "C0CSM", "ts": ts, "limit": 0}), "invalid_limit")
	}
	refused(t, do(t, s, "conversations.replies", object{"channel": "C0CSM", "ts": post(t, s, "C0CSM", "t"), "oldest": "noon"}), "invalid_ts_oldest")
}

func TestFactsOfAChannel(t *testing.T) {
	s := start(t)
	info := func(id string) object {
		return obj(must(t, do(t, s, "conversations.info", object{"channel": id, "include_num_members": true, "include_locale": true}))["channel"])
	}
	for id, want := range map[string]map[string]any{
		"C0CSM":    {"name": "csm", "is_member": true, "is_private": false, "is_channel": true, "is_archived": false, "is_ext_shared": false, "locale": "en-US"},
		"C0OUT":    {"is_member": false},
		"C0OLD":    {"is_archived": true},
		"C0PRIV":   {"is_private": true, "is_group": true, "is_channel": false},
		"C0SHARED": {"is_shared": true, "is_ext_shared": true},
		"D0ANA":    {"is_im": true, "user": "U0ANA"},
	} {
		got := info(id)
		for k, v := range want {
			if got[k] != v {
				t.Errorf("%s: %s is %v, want %v", id, k, got[k], v)
			}
		}
	}
	if n, _ := number(info("C0CSM")["num_members"]); n != 4 {
		t.Errorf("num_members %v", n)
	}
	if teams := strings.Join(stringsIn(info("C0SHARED")["shared_team_ids"]), " "); teams != "T0LOCAL T0ELSEWHERE" {
		t.Errorf("shared with %s", teams)
	}
	if topic := str(obj(info("C0CSM")["topic"])["value"]); topic != "Reviews" {
		t.Errorf("topic %q", topic)
	}
}

func TestListing(t *testing.T) {
	s := start(t)
	names := func(args object) string {
		var out []string
		for {
			answer := must(t, do(t, s, "conversations.list", args))
			for _, c := range list(answer["channels"]) {
				out = append(out, str(obj(c)["id"]))
			}
			next := str(obj(answer["response_metadata"])["next_cursor"])
			if next == "" {
				return strings.Join(out, " ")
			}
			args["cursor"] = next
		}
	}
	if got := names(object{"limit": "1"}); got != "C0CSM C0OUT C0OLD C0SHARED" {
		t.Errorf("public, one at a time: %s", got)
	}
	if got := names(object{"types": "public_channel,private_channel", "exclude_archived": "true"}); got != "C0CSM C0OUT C0PRIV C0SHARED" {
		t.Errorf("all but archived: %s", got)
	}
	if got := names(object{"types": "im"}); got != "" {
		t.Errorf("DMs that nobody opened: %s", got)
	}
	post(t, s, "U0ANA", "hello")
	if got := names(object{"types": "im"}); got != "D0ANA" {
		t.Errorf("DMs: %s", got)
	}
	members := must(t, do(t, s, "conversations.members", object{"channel": "C0CSM", "limit": 3}))
	next := str(obj(members["response_metadata"])["next_cursor"])
	rest := must(t, do(t, s, "conversations.members", object{"channel": "C0CSM", "limit": 3, "cursor": next}))
	if got := append(stringsIn(members["members"]), stringsIn(rest["members"])...); strings.Join(got, " ") != "U0ANA U0BEN U0BOT U0GUEST" {
		t.Errorf("members %v", got)
	}
}

func TestHistoryByPageAndWindow(t *testing.T) {
	s := start(t)
	var ts []string
	for i := range 5 {
		ts = append(ts, post(t, s, "C0CSM", fmt.Sprint(i)))
	}
	read := func(args object) (texts, next string) {
		args["channel"] = "C0CSM"
		answer := must(t, do(t, s, "conversations.history", args))
		var out []string
		for _, m := range list(answer["messages"]) {
			out = append(out, str(obj(m)["text"]))
		}
		next = str(obj(answer["response_metadata"])["next_cursor"])
		if (next != "") != truth(answer["has_more"]) {
			t.Errorf("has_more %v with cursor %q", answer["has_more"], next)
		}
		return strings.Join(out, " "), next
	}
	page, next := read(object{"limit": 2})
	if page != "4 3" {
		t.Errorf("first page %s", page)
	}
	post(t, s, "C0CSM", "meanwhile")
	if page, _ = read(object{"limit": 2, "cursor": next}); page != "2 1" {
		t.Errorf("second page %s", page)
	}
	for want, args := range map[string]object{
		"2":     {"oldest": ts[1], "latest": ts[3]},
		"3 2 1": {"oldest": ts[1], "latest": ts[3], "inclusive": true},
		"1 0":   {"latest": ts[2], "oldest": "0"},
	} {
		if got, _ := read(args); got != want {
			t.Errorf("%s: %s, want %s", encode(args), got, want)
		}
	}
}

func TestOpeningDMs(t *testing.T) {
	s := start(t)
	for users, want := range map[string]string{
		"": "users_list_not_supplied", "U404": "user_not_found", "U0OTHER": "cannot_dm_bot", "U0BOT": "cannot_dm_bot",
		"U0GONE": "user_disabled", "U0ANA,U0BEN": "method_not_supported_for_channel_type",
	} {
		refused(t, do(t, s, "conversations.open", object{"users": users}), want)
	}
	refused(t, do(t, s, "conversations.open", object{"channel": "C0CSM"}), "channel_not_found")
	groupsOnly := start(t, func(o *Options) { o.Workspace.BotScopes = []string{"mpim:write"} })
	refused(t, do(t, groupsOnly, "conversations.open", object{"users": "U0ANA"}), "missing_scope")
	first := must(t, do(t, s, "conversations.open", object{"users": "U0ANA"}))
	if obj(first["channel"])["id"] != "D0ANA" || first["already_open"] != nil {
		t.Errorf("first: %s", encode(first))
	}
	again := must(t, do(t, s, "conversations.open", object{"users": "U0ANA", "return_im": true}))
	if again["already_open"] != true || obj(again["channel"])["is_im"] != true {
		t.Errorf("again: %s", encode(again))
	}
}

func TestJoining(t *testing.T) {
	s := start(t)
	for channel, want := range map[string]string{
		"C404": "channel_not_found", "C0OLD": "is_archived",
		"C0PRIV": "method_not_supported_for_channel_type", "D0ANA": "method_not_supported_for_channel_type",
	} {
		refused(t, do(t, s, "conversations.join", object{"channel": channel}), want)
	}
	must(t, do(t, s, "conversations.join", object{"channel": "C0OUT"}))
	post(t, s, "C0OUT", "now it works")
	if again := must(t, do(t, s, "conversations.join", object{"channel": "C0OUT"})); again["warning"] != "already_in_channel" {
		t.Errorf("again: %s", encode(again))
	}
}

func TestPeople(t *testing.T) {
	s := start(t, func(o *Options) {
		o.Workspace.BotScopes = append(o.Workspace.BotScopes, "users:read.email")
	})
	user := func(id string) object {
		return obj(must(t, do(t, s, "users.info", object{"user": id, "include_locale": true}))["user"])
	}
	for id, want := range map[string]map[string]any{
		"U0ANA":   {"name": "ana", "real_name": "Ana Ruiz", "tz": "Europe/Madrid", "locale": "es-ES", "is_restricted": false, "is_bot": false, "deleted": false, "team_id": "T0LOCAL"},
		"U0GUEST": {"is_restricted": true, "is_ultra_restricted": false},
		"U0EXT":   {"is_stranger": true, "team_id": "T0ELSEWHERE"},
		"U0GONE":  {"deleted": true, "tz": nil, "is_restricted": nil},
		"U0OTHER": {"is_bot": true},
		"U0BOT":   {"is_bot": true, "name": "healthbot"},
	} {
		got := user(id)
		for k, v := range want {
			if got[k] != v {
				t.Errorf("%s: %s is %v, want %v", id, k, got[k], v)
			}
		}
	}
	profile := obj(user("U0ANA")["profile"])
	if profile["title"] != "CSM" || profile["email"] != "ana@local-office.example" {
		t.Errorf("profile %s", encode(profile))
	}
	refused(t, do(t, s, "users.info", object{"user": "U404"}), "user_not_found")
	first := must(t, do(t, s, "users.list", object{"limit": 4}))
	next := str(obj(first["response_metadata"])["next_cursor"])
	rest := must(t, do(t, s, "users.list", object{"limit": 4, "cursor": next}))
	if a, b := len(list(first["members"])), len(list(rest["members"])); a != 4 || b != 3 {
		t.Errorf("pages of %d and %d people", a, b)
	}

	shy := start(t)
	if got := obj(obj(must(t, do(t, shy, "users.info", object{"user": "U0ANA"}))["user"])["profile"])["email"]; got != nil {
		t.Errorf("an email without users:read.email: %v", got)
	}
}
