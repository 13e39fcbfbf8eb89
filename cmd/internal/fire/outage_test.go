package fire

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"healthbot/bot/slacksim"
)

// readyz is what the bot tells operators; 0 while it can't be asked.
func (w *world) readyz(p *process) (code int, text string) {
	p.mu.Lock()
	at := p.http
	p.mu.Unlock()
	r, err := http.NewRequestWithContext(w.ctx, http.MethodGet, "http://"+at+"/readyz", nil)
	if err != nil {
		return 0, err.Error()
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err.Error()
	}
	return res.StatusCode, string(b)
}

// says waits until /readyz answers with a code and words.
func (w *world) says(v *verdict, p *process, within time.Duration, code int, words ...string) {
	var last string
	if !w.until(within, func() bool {
		got, text := w.readyz(p)
		last = fmt.Sprintf("%d %s", got, text)
		return got == code && containsAll(text, words...)
	}) {
		v.bad("status", "want %d with %q, have %s", code, words, last)
	}
}

// outage is a time without Slack that begins in the middle of a review's posts.
// Then the bot itself is away for half an hour, in which two more come due.
func outage(t *testing.T, program string, lasts time.Duration) *verdict {
	t.Helper()
	c := company{people: 8, segments: 3, firms: 40}
	w := newWorld(t, program, c, *seed)
	v := &verdict{}
	soon := start.Truncate(time.Hour).Add(time.Hour + time.Duration(minute(0))*time.Minute - time.Second)
	w.setOffice(soon)
	p := w.run()
	if err := w.connected(p, 30*time.Second); err != nil {
		v.bad("ended", "%v", err)
		return v
	}
	db := w.open("query_only(1)")
	w.until(20*time.Second, func() bool { return len(w.gate.taken()) > 15 })
	w.gate.shut(true)
	pause(w.ctx, lasts)
	w.says(v, p, 10*time.Second, http.StatusServiceUnavailable, "no connection to Slack")
	v.count("backlog", w.unfinished(db))
	w.gate.shut(false)
	opened := time.Now()
	w.says(v, p, 20*time.Second, http.StatusOK, "ready")
	drained := func() {
		if !w.until(2*time.Minute, func() bool { return w.unfinished(db) == 0 }) {
			v.bad("lost", "%d deliveries and edits are never finished\n%s", w.unfinished(db), p.tail())
		}
		w.must(p.stop())
	}
	drained()
	v.count("drained after ms", int(time.Since(opened).Milliseconds()))
	w.setOffice(soon.Add(30 * time.Minute)) // past the two other routes' slots
	p = w.run()
	w.until(20*time.Second, func() bool { return len(w.runs(db, 2)) > 0 })
	drained()
	w.judgeLate(v, 1, 2)
	w.judgeStrictOrder(v)
	w.judge(v, nil)
	if n := v.figures["refused as too fast"]; n > 0 {
		v.bad("pace", "%d posts were refused as too fast", n)
	}
	return v
}

// judgeLate looks for the words by which a review that is posted late says so.
func (w *world) judgeLate(v *verdict, routes ...int) {
	w.Helper()
	d := w.dump()
	for _, route := range routes {
		found := false
		for _, room := range d.Channels {
			for _, m := range room.Messages {
				found = found || room.ID == channelID(route) && m.ThreadTS == m.TS && containsAll(m.Text(), "due ", "after downtime")
			}
		}
		if !found {
			v.bad("late", "the review of %s doesn't say that it is late", routeName(route))
		}
	}
}

// judgeStrictOrder is for outages: whatever was in doubt, each channel's messages
// stand there in the order in which they were queued.
func (w *world) judgeStrictOrder(v *verdict) {
	w.Helper()
	turn := map[string]int{}
	for i, x := range w.deliveries(w.open("query_only(1)")) {
		turn[x.id] = i
	}
	last := map[string]int{}
	for _, p := range w.gate.taken() {
		if n := turn[p.delivery]; n < last[p.channel] {
			v.bad("inversion", "in %s %s (%s) came after a later one, the %dth after the %dth queued", p.channel, p.ts, p.delivery, n, last[p.channel])
		} else {
			last[p.channel] = n
		}
	}
}

// Without Slack the bot goes on as far as it can; when Slack is back everything
// goes out in order, once, and what is late says so.
func TestSlackDown(t *testing.T) {
	outside(t)
	t.Parallel()
	lasts := 4 * time.Minute / speed
	if *long {
		lasts = 30 * time.Minute / speed
	}
	upheld(t, outage(t, build(t, pace...), lasts))
}

// locked keeps the database's write lock in another process's hands for a while,
// in the middle of a morning.
func locked(t *testing.T, program string, lasts time.Duration) *verdict {
	t.Helper()
	return morning(t, program, small, func(_ context.Context, w *world, v *verdict) {
		ctx := w.ctx
		w.until(20*time.Second, func() bool { return len(w.gate.taken()) > 5 })
		g := w.newGrip()
		if !g.seize(5*time.Second, always) {
			w.Errorf("the lock can't be had")
			return
		}
		before := w.events(g)
		pause(ctx, lasts)
		if lasts > 8*time.Second {
			w.says(v, w.processes[0], 10*time.Second, http.StatusServiceUnavailable, "can't be written")
		}
		if n := w.events(g); n != before {
			v.bad("file", "%d events were written while the lock was held", n-before)
		}
		w.must(g.loose())
		w.says(v, w.processes[0], 20*time.Second, http.StatusOK, "ready")
	})
}

func (w *world) events(g *grip) (n int) {
	w.Helper()
	w.must(g.db.QueryRowContext(w.ctx, "SELECT count(*) FROM event").Scan(&n))
	return n
}

// A database that somebody else holds costs people a "please try again", and
// nothing else.
func TestDatabaseLocked(t *testing.T) {
	outside(t)
	for _, lasts := range []time.Duration{4 * time.Second, 30 * time.Second} {
		t.Run(lasts.String(), func(t *testing.T) {
			if lasts > 10*time.Second && !*long {
				t.Skip("tried with -long")
			}
			t.Parallel()
			upheld(t, locked(t, build(t, pace...), lasts))
		})
	}
}

// The pace itself can't be scaled and measured at once: here the program is the
// one that is shipped, with none of its pauses changed, and Slack's limits are
// Slack's. A backlog drains at the floor of one message a second and channel.
func TestPace(t *testing.T) {
	outside(t)
	if !*long {
		t.Skip("takes two minutes; measured with -long")
	}
	t.Parallel()
	c := company{people: 5, segments: 2, firms: 66}
	w := newWorldAt(t, build(t), c, *seed, slacksim.Options{})
	v := &verdict{}
	w.setOffice(start.Add(time.Hour)) // both routes are due
	p := w.run()
	w.must(w.connected(p, 30*time.Second))
	db := w.open("query_only(1)")
	if !w.until(4*time.Minute, func() bool { return len(w.gate.taken()) > 0 && w.unfinished(db) == 0 }) {
		v.bad("lost", "%d deliveries and edits are never finished\n%s", w.unfinished(db), p.tail())
	}
	w.must(p.stop())
	first, last, n := map[string]time.Time{}, map[string]time.Time{}, map[string]int{}
	for _, a := range w.gate.taken() {
		if n[a.channel]++; n[a.channel] == 1 {
			first[a.channel] = a.at
		}
		last[a.channel] = a.at
	}
	for channel, k := range n {
		if k < 10 {
			continue
		}
		over := last[channel].Sub(first[channel]).Seconds() / float64(k-1)
		t.Logf("%s: %d messages, one each %.4f s", channel, k, over)
		if over > 1.02 {
			v.bad("pace", "%s: one message each %.4f s, want 1.02 at most", channel, over)
		}
	}
	w.judgeStrictOrder(v)
	w.judge(v, nil)
	if k := v.figures["refused as too fast"]; k > 0 {
		v.bad("pace", "%d posts were refused as too fast", k)
	}
	upheld(t, v)
}
