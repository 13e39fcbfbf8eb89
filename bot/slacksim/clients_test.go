package slacksim_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"healthbot/bot/slacksim"
)

// A judge is itself judged: clients that Slack's own developers wrote for the
// real one must find nothing missing here. The scripts are in clients; each
// line they print becomes a subtest.
func TestSomebodyElsesClients(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed; the local Slack is tried with slack-go alone")
	}
	if _, err := os.Stat("clients/node_modules"); errors.Is(err, os.ErrNotExist) {
		t.Skip("the clients are not installed; run npm ci --prefix bot/slacksim/clients")
	}
	recorded := t.TempDir()
	for _, script := range []string{"bolt.mjs", "modals.mjs", "sockets.mjs", "webapi.mjs"} {
		t.Run(script, func(t *testing.T) {
			s := clientOffice(t)
			report(t, node, script,
				"SLACK_API_URL="+s.APIURL(), "SLACK_BOT_TOKEN="+s.BotToken(), "SLACK_APP_TOKEN="+s.AppToken(),
				"CONTROL_PAGE="+s.PageURL(), "RECORD="+recorded)
		})
	}
	// Last: it asks the compiler about what the others have seen.
	t.Run("types.mjs", func(t *testing.T) {
		goldens, err := filepath.Abs("../view/testdata")
		if err != nil {
			t.Fatal(err)
		}
		report(t, node, "types.mjs", "RECORD="+recorded, "GOLDENS="+goldens)
	})
}

// report runs a script and makes a subtest of each of its checks.
func report(t *testing.T, node, script string, env ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, node, script)
	c.Dir = "clients"
	c.Env = append(os.Environ(), env...)
	var complaints bytes.Buffer
	c.Stderr = &complaints
	out, ended := c.Output()

	checks, failed := 0, false
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		verdict, name, why := parse(lines.Text())
		if verdict == "" {
			t.Log(lines.Text())
			continue
		}
		checks++
		t.Run(name, func(t *testing.T) {
			switch verdict {
			case "not ok":
				failed = true
				t.Error(why)
			case "skip":
				t.Skip(why)
			}
		})
	}
	if err := lines.Err(); err != nil {
		t.Error(err)
	}
	if ended != nil && !failed || checks == 0 {
		t.Errorf("%s broke off after %d checks: %v", script, checks, ended)
	}
	if t.Failed() {
		t.Logf("%s also said:\n%s", script, &complaints)
	}
}

// parse reads "ok NAME", "not ok NAME # why" and "skip NAME # why".
func parse(line string) (verdict, name, why string) {
	for _, verdict := range []string{"ok", "not ok", "skip"} {
		rest, found := strings.CutPrefix(line, verdict+" ")
		if !found {
			continue
		}
		if verdict != "ok" {
			rest, why, _ = strings.Cut(rest, " # ")
		}
		return verdict, rest, why
	}
	return "", "", ""
}

// clientOffice is a workspace with people and places enough for pages of them.
// Patience and rates are Slack's own; only pings come faster, to be seen.
func clientOffice(t *testing.T) *slacksim.Server {
	t.Helper()
	s, err := slacksim.New(slacksim.Options{
		PingEvery: 500 * time.Millisecond, Log: t.Logf,
		Workspace: slacksim.Workspace{
			TeamID: "T0LOCAL", TeamName: "Local Office", AppID: "A0APP", BotUserID: "U0BOT", BotName: "healthbot", Command: "/health",
			BotScopes: []string{"chat:write", "commands", "app_mentions:read", "channels:read", "groups:read", "channels:history",
				"groups:history", "im:history", "im:read", "im:write", "users:read", "files:read", "files:write"},
			AppScopes: []string{"connections:write"},
			Events: []string{"app_home_opened", "app_mention", "message.channels", "message.groups", "message.im",
				"member_joined_channel"},
			Shortcuts: []slacksim.Shortcut{
				{CallbackID: "new_account", Name: "New account", Type: slacksim.GlobalShortcut},
				{CallbackID: "about_this", Name: "About this", Type: slacksim.MessageShortcut},
			},
			People: []slacksim.Person{
				{ID: "U0ANA", Name: "ana", RealName: "Ana Ruiz", Title: "CSM", TZ: "Europe/Madrid", Locale: "es-ES"},
				{ID: "U0BEN", Name: "ben", RealName: "Ben Okafor", TZ: "America/New_York", Locale: "en-US"},
				{ID: "U0GUEST", Name: "gil", RealName: "Gil Guest", TZ: "UTC", Guest: true},
				{ID: "U0EXT", Name: "eve", RealName: "Eve Elsewhere", TZ: "UTC", Stranger: true},
				{ID: "U0GONE", Name: "gus", RealName: "Gus Gone", TZ: "UTC", Deactivated: true},
			},
			Channels: []slacksim.Channel{
				{ID: "C0CSM", Name: "csm", Topic: "Reviews", Members: []string{"U0ANA", "U0BEN", "U0BOT", "U0GUEST"}},
				{ID: "C0OUT", Name: "outside", Members: []string{"U0ANA"}},
				{ID: "C0OLD", Name: "old", Archived: true, Members: []string{"U0ANA", "U0BOT"}},
				{ID: "C0PRIV", Name: "leads", Private: true, Members: []string{"U0ANA", "U0BOT"}},
				{ID: "C0SHARED", Name: "shared", Shared: true, Members: []string{"U0ANA", "U0EXT", "U0BOT"}},
			},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
