package slacksim

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// kept starts a server on a state file, and ends it when told to.
func kept(t *testing.T, path string, change ...func(*Options)) *Server {
	t.Helper()
	return start(t, append(change, func(o *Options) { filing(o); o.State = path })...)
}

// sight is all that a person, and the app, can see of a workspace, without what
// is new in every process: addresses, sequence numbers, the moment.
func sight(t *testing.T, s *Server) string {
	t.Helper()
	var b strings.Builder
	for _, who := range []string{"ana", "ben"} {
		pic, err := s.Control().state(ctx(t), who)
		ok(t, err)
		pic.Seq, pic.Now, pic.Connections = 0, "", 0
		b.Write(encode(pic))
		b.WriteString("\n")
	}
	for _, method := range []string{"conversations.history", "conversations.members", "conversations.info"} {
		for _, channel := range []string{"C0CSM", "D0ANA"} {
			b.Write(encode(do(t, s, method, object{"channel": channel, "include_all_metadata": true})))
			b.WriteString("\n")
		}
	}
	b.Write(encode(do(t, s, "chat.scheduledMessages.list", nil)))
	return strings.ReplaceAll(b.String(), s.origin(), "ORIGIN")
}

// lived is a workspace in which one of everything has happened.
func lived(t *testing.T, s *Server) (root string) {
	t.Helper()
	ana := seat(t, s, "ana")
	root = str(must(t, do(t, s, "chat.postMessage", object{"channel": "C0CSM", "text": "root",
		"blocks":   js(t, `{"b":[{"type":"section","text":`+mtext(3)+`,"accessory":`+button+`}]}`)["b"],
		"metadata": object{"event_type": "card", "event_payload": object{"key": "k", "n": 1.25}}}))["ts"])
	_, err := ana.Reply(ctx(t), "csm", root, "reply")
	ok(t, err)
	must(t, do(t, s, "chat.postMessage", object{"channel": "C0CSM", "text": "aloud", "thread_ts": root, "reply_broadcast": true}))
	must(t, do(t, s, "chat.update", object{"channel": "C0CSM", "ts": root, "text": "root, edited"}))
	upload(t, s, "c.png", pixel, object{"channel_id": "C0CSM", "initial_comment": "see"})
	must(t, do(t, s, "reactions.add", object{"channel": "C0CSM", "timestamp": root, "name": "eyes"}))
	ok(t, ana.Command(ctx(t), "csm", "/invite @eve"))
	_, err = ana.Say(ctx(t), "dm", "between us")
	ok(t, err)
	must(t, do(t, s, "views.publish", object{"user_id": "U0ANA", "view": js(t, `{"type":"home","external_id":"x","blocks":[`+inInput(`{"type":"plain_text_input","initial_value":"v"}`)+`]}`)}))
	must(t, do(t, s, "chat.scheduleMessage", object{"channel": "C0CSM", "text": "later", "post_at": fmt.Sprint(s.Now().Unix() + 7200)}))
	doomed := post(t, s, "C0CSM", "gone")
	must(t, do(t, s, "chat.delete", object{"channel": "C0CSM", "ts": doomed}))
	return root
}

func reacting(o *Options) { o.Workspace.BotScopes = append(o.Workspace.BotScopes, "reactions:write") }

func TestAWorkspaceIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "demo.slack")
	noon := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	s := kept(t, path, reacting, func(o *Options) { o.Now = func() time.Time { return noon } })
	root := lived(t, s)
	before := sight(t, s)
	ok(t, s.Close())
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the file: %v %v", info, err)
	}
	again := kept(t, path, reacting)
	if after := sight(t, again); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
	if again.BotToken() != s.BotToken() || again.AppToken() != s.AppToken() || again.control != s.control {
		t.Error("the tokens are others")
	}
	if d := again.Now().Sub(noon); d < 0 || d > time.Minute {
		t.Errorf("the office clock says %v", again.Now())
	}
	if ts := post(t, again, "C0CSM", "next"); compareTS(ts, root) <= 0 {
		t.Errorf("%s came after %s", ts, root)
	}
	// What nobody acknowledged is delivered to the first that comes.
	w := connect(t, again)
	first := w.read()
	if event := obj(obj(first["payload"])["event"]); event["ts"] != root || first["retry_reason"] != "connection_failed" {
		t.Errorf("first: %s", encode(first))
	}
	ok(t, again.Control().Advance(ctx(t), 3*time.Hour))
	ok(t, again.Control().Wait(ctx(t), func(d Dump) bool {
		for _, m := range d.Channels[0].Messages {
			if m.Plain == "later" {
				return true
			}
		}
		return false
	}))
	refused(t, do(t, again, "views.publish", object{"user_id": "U0BEN", "view": object{"type": "home", "external_id": "x", "blocks": []any{}}}), "duplicate_external_id")
}

// Nobody has to close it: what has been answered is soon in the file.
func TestAKilledServerIsKeptToo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "demo.slack")
	s := kept(t, path)
	ts := post(t, s, "C0CSM", "written without a goodbye")
	limit := ctx(t)
	for {
		raw, err := os.ReadFile(path)
		ok(t, err)
		if strings.Contains(string(raw), "written without a goodbye") {
			copied := filepath.Join(t.TempDir(), "copy.slack")
			ok(t, os.WriteFile(copied, raw, 0o600))
			again := kept(t, copied)
			must(t, do(t, again, "chat.update", object{"channel": "C0CSM", "ts": ts, "text": "still the bot's"}))
			return
		}
		if limit.Err() != nil {
			t.Fatal("it was never written")
		}
	}
}

func TestTheLaterClockWins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "demo.slack")
	early := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct{ asked, want time.Time }{{early, early}, {early.AddDate(0, 0, -7), early}, {early.AddDate(0, 0, 7), early.AddDate(0, 0, 7)}} {
		s := kept(t, path, func(o *Options) { o.Now = func() time.Time { return c.asked } })
		if d := s.Now().Sub(c.want); d < 0 || d > time.Minute {
			t.Errorf("asked for %v the clock says %v, want %v", c.asked, s.Now(), c.want)
		}
		ok(t, s.Close())
	}
}

func TestAStateThatCantBeRead(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "demo.slack")
	s := kept(t, path)
	ok(t, s.Close())
	good, err := os.ReadFile(path)
	ok(t, err)
	for name, c := range map[string]struct {
		content, want string
		change        func(*Options)
	}{
		"another version": {content: strings.Replace(string(good), "state 1 ", "state 2 ", 1), want: "is of version 2, and this program reads version 1"},
		"cut":             {content: string(good[:len(good)-10]), want: "is damaged"},
		"a letter":        {content: strings.Replace(string(good), "C0CSM", "C0XXX", 1), want: "is damaged"},
		"something else":  {content: "SQLite format 3", want: "is not one of ours"},
		"empty":           {want: "is not one of ours"},
		"another office":  {content: string(good), want: "is workspace T0LOCAL with app A0APP, not T0OTHER", change: func(o *Options) { o.Workspace.TeamID = "T0OTHER" }},
	} {
		t.Run(name, func(t *testing.T) {
			ok(t, os.WriteFile(path, []byte(c.content), 0o600))
			o := Options{Workspace: office(), State: path}
			if c.change != nil {
				c.change(&o)
			}
			_, err := New(o)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "nothing was changed") {
				t.Errorf("got %v", err)
			}
			if now, err := os.ReadFile(path); err != nil || string(now) != c.content {
				t.Errorf("the file was touched: %v", err)
			}
		})
	}
	for name, path := range map[string]string{"a folder": dir, "nowhere": filepath.Join(dir, "missing", "demo.slack")} {
		if _, err := New(Options{Workspace: office(), State: path}); err == nil {
			t.Errorf("%s was taken for a state file", name)
		}
	}
}

// People and channels that are gone from the workspace take nothing with them
// that others need.
func TestASmallerWorkspace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "demo.slack")
	s := kept(t, path, reacting)
	lived(t, s)
	_, err := seat(t, s, "ben").Say(ctx(t), "secret", "s")
	ok(t, err)
	ok(t, s.Close())
	again := kept(t, path, func(o *Options) {
		o.Workspace.People = append(o.Workspace.People[:1:1], o.Workspace.People[2:]...)
		o.Workspace.Channels = o.Workspace.Channels[:1:1]
		o.Workspace.Channels[0].Members = []string{"U0ANA", "U0BOT"}
	})
	if all, err := seat(t, again, "ana").Messages(ctx(t), "csm"); err != nil || len(all) == 0 {
		t.Errorf("Ana sees %v %v", all, err)
	}
}
