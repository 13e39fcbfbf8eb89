package bot

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"healthbot/bot/slacksim"
	"healthbot/storage/record"
)

// TestCheck finds what would keep the bot from working, and is silent otherwise.
func TestCheck(t *testing.T) {
	f := newOffice(t, oneAccount())
	if p := Check(t.Context(), f.o); len(p) > 0 {
		t.Errorf("all is well, but: %v", p)
	}
	f.o.Policy.Routes = []record.Route{{Name: "a", Channel: "C0OUT"}, {Name: "b", Channel: "C0OLD"}, {Name: "c", Channel: "C0SHARED"}, {Name: "d", Channel: "C0NONE"}, {Name: "e", Channel: "C0NONE"}}
	var got []string
	for _, p := range Check(t.Context(), f.o) {
		got = append(got, p.String())
	}
	for i, want := range []string{"route a, channel C0OUT: Slack knows no such channel", "route b, channel C0OLD: #old is archived", "route c, channel C0SHARED: #shared is shared", "route d, channel C0NONE: Slack knows no such channel"} {
		if len(got) != 4 || !strings.HasPrefix(got[i], want) {
			t.Fatalf("problems %q; want number %d to say %q", got, i, want)
		}
	}
	f.o.Policy.Routes = nil
	f.must(f.control.Fault(t.Context(), slacksim.Fault{Kind: "error", Method: "apps.connections.open", Error: "not_allowed_token_type"}))
	f.must(f.control.Fault(t.Context(), slacksim.Fault{Kind: "error", Method: "auth.test", Error: "invalid_auth"}))
	p := Check(t.Context(), f.o)
	if len(p) != 2 || p[0].What != "SLACK_BOT_TOKEN" || p[1].What != "SLACK_APP_TOKEN" || !strings.Contains(p[1].Say, "xapp-") {
		t.Errorf("refused tokens: %v", p)
	}
	f.o.BotToken, f.o.AppToken = f.o.AppToken, f.o.BotToken
	if p := Check(t.Context(), f.o); len(p) != 2 || !strings.Contains(p[0].Say, "swapped") {
		t.Errorf("swapped tokens: %v", p)
	}
}

func TestCheckScopes(t *testing.T) {
	if got := missing(Scopes()); len(got) > 0 {
		t.Errorf("nothing is missing, but %v", got)
	}
	if got := missing(nil); got != nil {
		t.Errorf("Slack didn't say, but %v", got)
	}
	if got := missing(slices.DeleteFunc(Scopes(), func(s string) bool { return s == "users:read" })); !slices.Equal(got, []string{"users:read"}) {
		t.Errorf("got %v", got)
	}
}

func TestWrongTokens(t *testing.T) {
	for _, c := range []struct{ bot, app, want string }{
		{"xoxb-1", "xapp-1", ""},
		{"", "xapp-1", "SLACK_BOT_TOKEN: is not set. It starts with xoxb-"},
		{"xapp-1", "xoxb-1", "Are the two swapped?"},
		{"xoxp-1", "xapp-1", "SLACK_BOT_TOKEN: must start with xoxb-"},
		{"xoxb-1\n", "xapp-1", "line break"},
		{"xoxb-1", "", "SLACK_APP_TOKEN: is not set. It starts with xapp-"},
	} {
		b, err := json.Marshal(wrongTokens(c.bot, c.app))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range wrongTokens(c.bot, c.app) {
			got = append(got, p.String())
		}
		if s := strings.Join(got, "\n"); (c.want == "") != (s == "") || !strings.Contains(s, c.want) {
			t.Errorf("%q and %q: %q, want %q", c.bot, c.app, s, c.want)
		}
		if strings.Contains(string(b), "xoxb-1") || strings.Contains(string(b), "xoxp-1") {
			t.Errorf("a token is repeated: %s", b)
		}
		o := options(oneAccount())
		o.BotToken, o.AppToken = c.bot, c.app
		if _, err := New(o); (err == nil) != (c.want == "") {
			t.Errorf("New with %q and %q: %v", c.bot, c.app, err)
		}
	}
	o := options(nil)
	o.Store = nil
	if _, err := New(o); err == nil {
		t.Error("New went without a store")
	}
}
