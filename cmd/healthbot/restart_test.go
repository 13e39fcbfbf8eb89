package main

import (
	"net/url"
	"path/filepath"
	"testing"

	"healthbot/bot/slacksim"
)

// A page that is left open says that its Slack is gone, finds it when it is
// there again, and says what became of it.
func TestAPageOverARestart(t *testing.T) {
	workspace := slacksim.Workspace{
		TeamID: "T0LOCAL", TeamName: "Local Office", AppID: "A0APP", BotUserID: "U0BOT", BotName: "healthbot",
		BotScopes: []string{"chat:write"},
		People:    []slacksim.Person{{ID: "U0ANA", Name: "ana", RealName: "Ana Ruiz", TZ: "UTC", Locale: "en-GB"}},
		Channels:  []slacksim.Channel{{ID: "C0FEW", Name: "few", Members: []string{"U0ANA", "U0BOT"}}},
	}
	state := filepath.Join(t.TempDir(), "kept.slack")
	begin := func(address string) *slacksim.Server {
		s, err := slacksim.New(slacksim.Options{Addr: address, Workspace: workspace, State: state})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	b := openBrowser(t)
	s := begin("127.0.0.1:0")
	at, err := url.Parse(s.PageURL())
	if err != nil {
		t.Fatal(err)
	}
	posted(t, s, "C0FEW", 1)
	b.open(s.PageURL() + "&as=U0ANA&at=few")
	b.sees("#messages .message", "Message 1.")
	b.write("#message-box", "half a sen")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	b.sees(".banner.bad", "does not answer")
	s = begin(at.Host)
	b.sees(".toast", "Everything is still here.")
	b.gone(".banner.bad")
	posted(t, s, "C0FEW", 2)
	b.sees("#messages .message", "Message 2.")
	b.wait(`document.querySelector('#message-box').value === 'half a sen'`, nil)

	// The five hints can be done without, and come back.
	b.sees(".hints li:nth-child(5)", "")
	b.click("[data-focus=hints-off]", "")
	b.gone(".hints")
	b.click("#tool-hints", "")
	b.sees(".hints li:nth-child(5)", "")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
