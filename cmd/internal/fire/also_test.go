package fire

import (
	"strings"
	"testing"
	"time"

	"healthbot/bot/slacksim"
)

// meanwhile lets something happen to the workspace in the middle of a review's
// posts, and waits until the outbox is at rest.
func meanwhile(t *testing.T, a slacksim.Admin) (*world, *process, *verdict) {
	t.Helper()
	w := newWorld(t, build(t, pace...), company{people: 4, segments: 2, firms: 48}, *seed)
	v := &verdict{}
	w.setOffice(start.Truncate(time.Hour).Add(time.Hour + time.Duration(minute(0))*time.Minute))
	p := w.run()
	w.must(w.connected(p, 30*time.Second))
	db := w.open("query_only(1)")
	w.until(20*time.Second, func() bool { return len(w.gate.taken()) > 9 })
	w.must(w.slack.Admin(w.ctx, a))
	w.changed = time.Now()
	if a.Kind == "revoke" {
		return w, p, v
	}
	w.until(30*time.Second, func() bool { return w.unfinished(db) == 0 })
	if n := w.unfinished(db); n > 0 {
		v.bad("lost", "%d deliveries and edits are never finished\n%s", n, p.tail())
	}
	return w, p, v
}

// told are the messages to the admin that contain some words.
func (w *world) told(person string, words ...string) (n int) {
	w.Helper()
	d := w.dump()
	for _, room := range d.Channels {
		for _, m := range room.Messages {
			if room.ID == w.dms[person] && m.BotID != "" && containsAll(m.Text(), words...) {
				n++
			}
		}
	}
	return n
}

// A channel that is lost in the middle of a review costs its own messages, which
// the admin is told once, and nothing else: the bot goes on, people decide on the
// cards that are there, and the other channel's review comes.
func TestChannelIsLost(t *testing.T) {
	outside(t)
	for _, c := range []struct{ kind, says string }{
		{"remove_app", "The bot isn't in"},
		{"archive", "archived"},
		{"share", "shared with another company"},
	} {
		t.Run(c.kind, func(t *testing.T) {
			t.Parallel()
			w, p, v := meanwhile(t, slacksim.Admin{Kind: c.kind, As: "U0ADM", Channel: channelID(0)})
			late := 0
			for _, x := range w.gate.taken() {
				late += number(x.channel == channelID(0) && x.at.After(w.changed))
			}
			if late > 1 { // one was on its way
				v.bad("leak", "%d messages were posted there afterwards", late)
			}
			if n := w.told("U0ADM", "couldn't be posted", c.says); n != 1 {
				v.bad("told", "the admin is told %d times, want once", n)
			}
			w.says(v, p, 10*time.Second, 200, "ready")
			w.must(p.stop())
			if log := strings.Join(p.log, "\n"); strings.Contains(log, "panic") {
				v.bad("ended", "it panicked:\n%s", p.tail())
			}
			w.setOffice(w.office().Add(apart * time.Minute)) // the other channel's turn
			p = w.run()
			db := w.open("query_only(1)")
			if !w.until(20*time.Second, func() bool { return len(w.runs(db, 1)) == 1 && w.unfinished(db) == 0 }) {
				v.bad("lost", "the other channel's review doesn't come\n%s", p.tail())
			}
			w.must(p.stop())
			upheld(t, v)
		})
	}
}

// A token that is revoked ends the bot, with what to do; what was not posted goes
// out when the app is installed again.
func TestTokenIsRevoked(t *testing.T) {
	outside(t)
	for _, token := range []string{"bot", "app"} {
		t.Run(token, func(t *testing.T) {
			t.Parallel()
			w, p, v := meanwhile(t, slacksim.Admin{Kind: "revoke", Token: token})
			if !wait(p.ended, 30*time.Second) {
				t.Fatalf("it goes on without a token:\n%s", p.tail())
			}
			if p.err == nil || !strings.Contains(p.tail(), "Install the app again") {
				v.bad("ended", "it doesn't say the fix: %v\n%s", p.err, p.tail())
			}
			db := w.open("query_only(1)")
			left := w.unfinished(db)
			v.count("left to post", left)
			w.tokens[0], w.tokens[1] = w.reinstall()
			p = w.run()
			if !w.until(40*time.Second, func() bool { return w.unfinished(db) == 0 }) {
				v.bad("lost", "%d deliveries are never finished\n%s", w.unfinished(db), p.tail())
			}
			w.must(p.stop())
			w.judge(v, nil)
			upheld(t, v)
		})
	}
}

func (w *world) reinstall() (string, string) {
	w.Helper()
	bot, app, err := w.slack.Reinstall(w.ctx)
	w.must(err)
	return bot, app
}
