package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"healthbot/bot/slacksim"
)

var longRun = flag.Bool("long", false, "scroll through 5,000 messages and print how quick the page is")

// slackOfMany is a local Slack with a channel of n messages, the last of them
// unread by Ben, and a shorter one.
func slackOfMany(t *testing.T, n int) (s *slacksim.Server, ts []string) {
	t.Helper()
	s, err := slacksim.New(slacksim.Options{RateFactor: 1e6, Workspace: slacksim.Workspace{
		TeamID: "T0LOCAL", TeamName: "Local Office", AppID: "A0APP", BotUserID: "U0BOT", BotName: "healthbot", Events: []string{"app_home_opened"},
		BotScopes: []string{"chat:write", "reactions:write"}, AppScopes: []string{"connections:write"},
		People: []slacksim.Person{
			{ID: "U0ANA", Name: "ana", RealName: "Ana Ruiz", TZ: "Europe/Madrid", Locale: "en-GB"},
			{ID: "U0BEN", Name: "ben", RealName: "Ben Okafor", TZ: "America/New_York", Locale: "en-US"},
		},
		Channels: []slacksim.Channel{
			{ID: "C0MANY", Name: "many", Members: []string{"U0ANA", "U0BEN", "U0BOT"}},
			{ID: "C0FEW", Name: "few", Members: []string{"U0ANA", "U0BEN", "U0BOT"}},
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	for i := range n {
		ts = append(ts, posted(t, s, "C0MANY", i))
	}
	posted(t, s, "C0FEW", 0)
	return s, ts
}

// posted is a message of the app: every tenth a card, the others of one to six lines.
func posted(t *testing.T, s *slacksim.Server, channel string, i int) (ts string) {
	t.Helper()
	text := fmt.Sprintf("Message %d. %s", i, strings.Repeat("The renewal is on track, and the sponsor has answered. ", i%7))
	body := map[string]any{"channel": channel, "text": text}
	if i%10 == 0 {
		body["blocks"] = json.RawMessage(fmt.Sprintf(`[{"type":"section","text":{"type":"mrkdwn","text":"*Acme* %s"},
			"accessory":{"type":"button","action_id":"review","text":{"type":"plain_text","text":"Review"}}}]`, text))
	}
	return callAs(t, s, s.BotToken(), "chat.postMessage", body).TS
}

// slackAnswer is what these tests read of the Web API's answers.
type slackAnswer struct {
	OK      bool
	TS, URL string
	Error   string
}

func callAs(t *testing.T, s *slacksim.Server, token, method string, args map[string]any) (answer slackAnswer) {
	t.Helper()
	raw, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.APIURL()+method, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("Authorization", "Bearer "+token)
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Error(err)
		return answer
	}
	defer w.Body.Close()
	if err := json.NewDecoder(w.Body).Decode(&answer); err != nil || !answer.OK {
		t.Errorf("%s: %v %+v", method, err, answer)
	}
	return answer
}

const (
	manyMessages = 5_000
	fewRows      = 200 // what may be in the page of a list, however long
	pane         = `document.querySelector('#main .scroller')`
	settled      = `document.querySelector('#messages')?.getAttribute('aria-busy') === 'false'`
)

// sight is what somebody reads, and where it stands: the first row in sight.
const sight = `(() => { const top = ` + pane + `.getBoundingClientRect().top;
	const row = [...document.querySelectorAll('#messages .message')].find((e) => e.getBoundingClientRect().bottom > top + 1);
	return row && { ts: row.dataset.ts, y: Math.round(row.getBoundingClientRect().top) }; })()`

type place struct {
	TS string
	Y  int
}

func (b *browser) rows() (n int) {
	b.t.Helper()
	b.wait("document.querySelector('#messages').children.length", &n)
	return n
}

// key presses one, with modifiers: 1 is Alt, 2 Ctrl, 8 Shift.
func (b *browser) key(name string, code, modifiers int) {
	b.t.Helper()
	for _, event := range []string{"rawKeyDown", "keyUp"} {
		b.call("Input.dispatchKeyEvent", map[string]any{"type": event, "key": name, "code": name, "windowsVirtualKeyCode": code, "modifiers": modifiers}, nil)
	}
}

// Of 5,000 messages few are in the page, wherever one is in them, and nothing
// that happens elsewhere moves what one reads.
func TestALongConversation(t *testing.T) {
	b := openBrowser(t)
	s, ts := slackOfMany(t, manyMessages)
	b.open(s.PageURL() + "&as=U0ANA&at=many")
	few := func(where string) {
		t.Helper()
		if n := b.rows(); n > fewRows {
			t.Errorf("%s: %d rows are in the page", where, n)
		}
	}
	shows := func(where string, i int) {
		t.Helper()
		b.wait(fmt.Sprintf(`(() => { const e = document.querySelector("#messages [data-ts='%s']"); if (!e) return false;
			const r = e.getBoundingClientRect(), p = %s.getBoundingClientRect();
			return e.getAttribute('aria-posinset') === '%d' && r.bottom > p.top && r.top < p.bottom; })()`, ts[i], pane, i+1), nil)
		few(where)
	}

	b.wait(settled, nil)
	b.sees("#messages .new-line", "New")
	b.wait(fmt.Sprintf("document.querySelector('#messages .message').getAttribute('aria-setsize') === '%d'", manyMessages), nil)
	few("at first")

	b.wait("("+pane+".focus(), true)", nil)
	b.key("End", 35, 0)
	shows("at the end", manyMessages-1)
	b.key("Home", 36, 0)
	shows("at the beginning", 0)
	b.sees("#messages .intro", "")

	// In the middle: a new message, an edit far away and another width leave the reader where they are.
	b.wait("("+pane+".scrollTop = "+pane+".scrollHeight / 2, true)", nil)
	var before, after place
	b.wait(`(() => { const now = `+sight+`, was = window.was; window.was = JSON.stringify(now); return was === window.was && now; })()`, &before)
	ts = append(ts, posted(t, s, "C0MANY", manyMessages))
	b.sees(".jump", "New messages")
	b.wait(sight, &after)
	if before != after {
		t.Errorf("a new message moved the reader from %+v to %+v", before, after)
	}
	few("in the middle")
	b.click(".jump", "")
	shows("at the new one", manyMessages)
	// Who is at the newest stays there.
	ts = append(ts, posted(t, s, "C0MANY", manyMessages+1))
	shows("at the next", manyMessages+1)

	// The search is ours, since the browser's would see few.
	b.wait("("+pane+".focus(), true)", nil)
	b.key("f", 70, 2)
	b.sees(".find", "")
	b.call("Input.insertText", map[string]any{"text": "message 1234."}, nil)
	b.sees(".find", "1 of 1")
	b.sees("#messages .message.found", "Message 1234.")
	few("in the search")
	b.key("Escape", 27, 0)
	b.gone(".find")
	b.wait(fmt.Sprintf("document.activeElement.dataset.ts === %q", ts[1234]), nil)

	// Where one reads is marked when one comes back.
	seat, err := s.Control().As("ben")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seat.Say(t.Context(), "many", "read so far"); err != nil {
		t.Fatal(err)
	}
	ts = append(ts, "", posted(t, s, "C0MANY", 7))
	b.become("U0BEN")
	b.sees("#messages .new-line", "New")
	b.wait(fmt.Sprintf("document.querySelector('#messages .new-line').nextElementSibling.dataset.ts === %q", ts[len(ts)-1]), nil)
	few("as somebody else")

	for _, c := range b.complaints() {
		t.Errorf("the page's console: %s", c)
	}
}

// How quick the page is depends on what else the machine does: a bare page is
// scrolled beside it, and nothing is asserted.
func TestHowQuickThePageIs(t *testing.T) {
	if !*longRun {
		t.Skip("prints frames and paints with -long")
	}
	b := openBrowser(t)
	s, _ := slackOfMany(t, manyMessages)
	scroll := func(name, pane string, step int) {
		b.wait("(window.times = [], window.most = 0, true)", nil)
		for still := false; !still; { // in parts, each short enough for one answer
			var end struct{ Still bool }
			b.wait(fmt.Sprintf(`(async () => { const pane = %s; let still = false; let last = await new Promise(requestAnimationFrame);
				for (let n = 0; n < 150 && !still; n++) {
					const at = pane.scrollTop;
					pane.scrollTop += %d;
					still = pane.scrollTop === at;
					const now = await new Promise(requestAnimationFrame);
					times.push(now - last);
					last = now;
					most = Math.max(most, pane.firstElementChild.children.length);
				}
				return { still }; })()`, pane, step), &end)
			still = end.Still
		}
		var f struct {
			Frames, Rows          int
			Median, P90, P99, Max float64
		}
		b.wait(`(() => { times.sort((a, b) => a - b); const q = (x) => times[Math.floor(x * (times.length - 1))];
			return { frames: times.length, rows: most, median: q(.5), p90: q(.9), p99: q(.99), max: q(1) }; })()`, &f)
		t.Logf("%-28s %4d frames: median %.1f ms, 90%% under %.1f, 99%% under %.1f, longest %.1f; %d rows", name, f.Frames, f.Median, f.P90, f.P99, f.Max, f.Rows)
	}
	var first, messages float64
	for range 3 {
		began := time.Now()
		b.open(s.PageURL() + "&as=U0ANA&at=many")
		b.sees("#messages .message", "")
		b.wait("performance.getEntriesByName('first-contentful-paint')[0]?.startTime", &first)
		b.wait("performance.now()", &messages)
		t.Logf("first contentful paint after %.0f ms, messages within %.0f ms, %v with the driver", first, messages, time.Since(began).Round(time.Millisecond))
		b.call("Page.navigate", map[string]any{"url": "about:blank"}, nil) // or the same document would stay
	}
	b.open(s.PageURL() + "&as=U0ANA&at=many")
	b.wait(settled, nil)
	b.wait("("+pane+".scrollTop = 0, true)", nil)
	scroll("5,000 messages, down", pane, 160)
	scroll("5,000 messages, up", pane, -160)
	b.wait(`(document.body.replaceChildren(Object.assign(document.createElement('div'), { id: 'bare' })), true)`, nil)
	b.wait(`(() => { const e = document.querySelector('#bare'), tall = document.createElement('div'); e.style.setProperty('height', '900px'); e.style.setProperty('overflow', 'auto');
		tall.style.setProperty('height', '200000px'); e.append(tall); return true; })()`, nil)
	scroll("a bare page, for comparison", `document.querySelector('#bare')`, 160)
}
