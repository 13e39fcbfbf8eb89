package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/rs/zerolog"

	"healthbot/bot/slacksim"
	"healthbot/storage/record"
)

// TestDrain stops the bot while presses are being committed: each is committed,
// and each person's ack is out before the sockets close.
func TestDrain(t *testing.T) {
	gate, begun := make(chan struct{}), make(chan string, 10)
	s := oneAccount()
	s.change = func(_ context.Context, by record.Actor, _ any) (any, error) {
		begun <- by.ID
		<-gate
		return nil, nil
	}
	f := newOffice(t, s)
	b, stop := f.open()
	card := f.post(b, record.Card, "rv_1", "C0CSM")
	who := []record.Person{ana, mgr, ann, lee}
	pressed := make(chan error, len(who))
	for _, p := range who {
		seat := f.seat(p)
		go func() {
			pressed <- seat.Click(t.Context(), slacksim.Target{Channel: card.Channel, TS: card.TS}, "Take it")
		}()
	}
	for range who {
		<-begun
	}
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	select {
	case err := <-ended:
		t.Fatalf("stopped in the middle of a commit: %v", err)
	case <-b.router.ctx.Done():
		t.Fatal("the commit's context ended")
	case gate <- struct{}{}: // the first may go; the others follow
	}
	close(gate)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	for range who {
		if err := <-pressed; err != nil {
			t.Errorf("a press during the stop: %v", err)
		}
	}
	for _, e := range f.dump().Envelopes {
		if len(e.Acks) != 1 {
			t.Errorf("envelope %s has %d acks", e.Type, len(e.Acks))
		}
	}
}

// TestNothingIsTakenWhileStopping: what comes after the stop isn't acknowledged,
// so that Slack gives it to whoever comes next.
func TestNothingIsTakenWhileStopping(t *testing.T) {
	gate, begun := make(chan struct{}), make(chan struct{})
	s := oneAccount()
	var once sync.Once
	s.change = func(context.Context, record.Actor, any) (any, error) {
		once.Do(func() { close(begun) })
		<-gate
		return nil, nil
	}
	f := newOffice(t, s)
	b, stop := f.open()
	card := f.post(b, record.Card, "rv_1", "C0CSM")
	target := slacksim.Target{Channel: card.Channel, TS: card.TS}
	first := make(chan error, 1)
	seat, other := f.seat(ana), f.seat(lee)
	go func() { first <- seat.Click(t.Context(), target, "Take it") }()
	<-begun
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	b.sockets.taking.Wait() // the listeners have heard of it
	late := make(chan error, 1)
	go func() { late <- other.Click(t.Context(), target, "Take it") }()
	f.wait("the late press", func(d slacksim.Dump) bool { return len(d.Envelopes) == 2 && d.Envelopes[1].Attempts > 0 })
	close(gate)
	if err := <-first; err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := <-late; err == nil {
		t.Error("a press after the stop was acknowledged")
	}
}

// TestRefreshWithoutAGap: while one socket is replaced the other answers.
func TestRefreshWithoutAGap(t *testing.T) {
	f := newOffice(t, oneAccount())
	_, _ = f.open()
	seat := f.seat(ana)
	for _, kind := range []string{"disconnect_refresh", "drop_socket", "disconnect_refresh"} {
		f.must(f.control.Fault(t.Context(), slacksim.Fault{Kind: kind, Connection: 1}))
		if err := seat.Command(t.Context(), "csm", "/health help"); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		f.wait("the socket's return", func(d slacksim.Dump) bool { return d.Connections == ownSockets })
	}
}

// TestRepeats: Slack sends a command and a press twice.
func TestRepeats(t *testing.T) {
	s := oneAccount()
	var mu sync.Mutex
	keys := map[string]int{}
	s.change = func(_ context.Context, by record.Actor, _ any) (any, error) {
		mu.Lock()
		defer mu.Unlock()
		keys[by.Request]++
		return nil, nil
	}
	f := newOffice(t, s)
	b, _ := f.open()
	card := f.post(b, record.Card, "rv_1", "C0CSM")
	f.must(f.control.Fault(t.Context(), slacksim.Fault{Kind: "repeat", Times: 2}))
	f.must(f.seat(ana).Command(t.Context(), "csm", "/health help"))
	f.must(f.seat(ana).Click(t.Context(), slacksim.Target{Channel: card.Channel, TS: card.TS}, "Take it"))
	f.wait("both deliveries of both", func(d slacksim.Dump) bool {
		n := 0
		for _, e := range d.Envelopes {
			n += len(e.Acks)
		}
		return n == 4
	})
	f.must(f.control.Idle(t.Context()))
	settle(t, b)
	answers := 0
	for _, c := range f.dump().Calls {
		if c.Method == "response_url" {
			answers++
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if answers != 1 || len(keys) != 1 {
		t.Errorf("the command was answered %d times, and the store was given the keys %v; want one each", answers, keys)
	}
}

// TestFatal: what no retry can mend ends Run with the fix.
func TestFatal(t *testing.T) {
	for name, c := range map[string]struct {
		fault slacksim.Fault
		want  string
	}{
		"a bot token as app token": {slacksim.Fault{Kind: "error", Method: "apps.connections.open", Error: "not_allowed_token_type", Times: 9}, "xapp- and have connections:write"},
		"an unknown app token":     {slacksim.Fault{Kind: "error", Method: "apps.connections.open", Error: "invalid_auth", Times: 9}, "xapp- and have connections:write"},
		"a revoked token":          {slacksim.Fault{Kind: "error", Method: "apps.connections.open", Error: "token_revoked", Times: 9}, "Install the app again"},
		"the app is gone":          {slacksim.Fault{Kind: "error", Method: "apps.connections.open", Error: "account_inactive", Times: 9}, "uninstalled"},
		"no scope":                 {slacksim.Fault{Kind: "error", Method: "apps.connections.open", Error: "missing_scope", Times: 9}, "connections:write"},
		"an unknown bot token":     {slacksim.Fault{Kind: "error", Method: "auth.test", Error: "invalid_auth"}, "xoxb-"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newOffice(t, oneAccount())
			f.must(f.control.Fault(t.Context(), c.fault))
			b, err := New(f.o)
			f.must(err)
			err = b.Run(t.Context())
			if err == nil || !strings.Contains(record.Say(err), c.want) || record.KindOf(err) != record.Forbidden {
				t.Errorf("ended with %v, want %q", err, c.want)
			}
			select {
			case <-b.Ready():
				t.Error("ready, without ever having been connected")
			default:
			}
		})
	}
}

func TestLinkDisabled(t *testing.T) {
	f := newOffice(t, oneAccount())
	b, err := New(f.o)
	f.must(err)
	ended := make(chan error, 1)
	go func() { ended <- b.Run(t.Context()) }()
	<-b.Ready()
	f.must(f.control.Fault(t.Context(), slacksim.Fault{Kind: "link_disabled", Times: 9}))
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "Socket Mode was switched off") {
		t.Errorf("ended with %v", err)
	}
}

// TestSlackComesLate: a start while Slack is away waits for it.
func TestSlackComesLate(t *testing.T) {
	f := newOffice(t, oneAccount())
	f.must(f.control.Fault(t.Context(), slacksim.Fault{Kind: "500_before", Method: "auth.test"}))
	f.must(f.control.Fault(t.Context(), slacksim.Fault{Kind: "500_before", Method: "apps.connections.open"}))
	_, _ = f.open()
}

// wireSlack is a Slack of the barest kind: it sends what it is told to and hands
// over what it is sent. The local Slack is too well-behaved for these tests.
type wireSlack struct {
	*httptest.Server
	say  []string // to each connection, at once
	acks chan string
}

func newWireSlack(t *testing.T, say ...string) *wireSlack {
	w := &wireSlack{say: say, acks: make(chan string, 10)}
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	mux := http.NewServeMux()
	mux.HandleFunc("/api/auth.test", func(rw http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(rw, `{"ok":true,"team_id":"T0","user_id":"U0BOT"}`)
	})
	mux.HandleFunc("/api/apps.connections.open", func(rw http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(rw, `{"ok":true,"url":"ws%s/link"}`, strings.TrimPrefix(w.URL, "http"))
	})
	mux.HandleFunc("/link", func(rw http.ResponseWriter, r *http.Request) {
		c, err := up.Upgrade(rw, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		for _, s := range w.say {
			if err := c.WriteMessage(websocket.TextMessage, []byte(s)); err != nil {
				return
			}
		}
		for {
			_, b, err := c.ReadMessage()
			if err != nil {
				return
			}
			w.acks <- string(b)
		}
	})
	w.Server = httptest.NewServer(mux)
	t.Cleanup(w.Close)
	return w
}

// TestUnreadable: what can't be parsed is acknowledged by its id, or Slack would
// send it again and again; and a stranger's sockets are noticed.
func TestUnreadable(t *testing.T) {
	const payload = `{"type":"event_callback","event_id":"Ev1","event":{"type":"invented_event","text":"private words"}}`
	w := newWireSlack(t, `{"type":"hello","num_connections":3,"connection_info":{"app_id":"A1"}}`,
		`{"type":"events_api","envelope_id":"e-1","payload":`+payload+`}`, `{"type":"interactive","envelope_id":"e-2","payload":{"type":"block_actions","message":{"blocks":[{"type":"actions","elements":[{"type":"invented"}]}]}}}`)
	var mu sync.Mutex
	var log bytes.Buffer
	o := options(oneAccount())
	o.APIURL = w.URL + "/api/"
	o.Log = zerolog.New(lockedWriter{&mu, &log})
	b, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	for _, want := range []string{"e-1", "e-2"} {
		var got struct {
			ID string `json:"envelope_id"`
		}
		if err := json.Unmarshal([]byte(<-w.acks), &got); err != nil || got.ID != want {
			t.Errorf("acknowledged %q, want %q", got.ID, want)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, want := range []string{`"so_far":2`, `"connections":3`, "another program uses this app token"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log doesn't say %s:\n%s", want, log.String())
		}
	}
	if strings.Contains(log.String(), "private words") {
		t.Errorf("the log repeats what somebody wrote:\n%s", log.String())
	}
}

type lockedWriter struct {
	mu *sync.Mutex
	b  *bytes.Buffer
}

func (w lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

// TestNoStorm: Slack hangs up on each connection at once. Without a pace there
// would be thousands of connections in these seconds.
func TestNoStorm(t *testing.T) {
	w := newWireSlack(t, `{"type":"hello","num_connections":1}`, `{"type":"disconnect","reason":"too_many_websockets"}`)
	o := options(oneAccount())
	o.APIURL = w.URL + "/api/"
	b, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := b.Run(ctx); err != nil {
		t.Error(err)
	}
	p := b.sockets.lines[0].pace
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.short > 1 || p.opened.IsZero() {
		t.Errorf("%d short lives in 300 ms; last opened %s", p.short, p.opened)
	}
}

// TestTally: the drain waits for acks that were queued and didn't leave yet, and
// tells how many there were when it can't wait any longer.
func TestTally(t *testing.T) {
	var a tally
	if n := a.wait(t.Context()); n != 0 {
		t.Errorf("%d acks, though none was queued", n)
	}
	a.queued()
	a.queued()
	a.left()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if n := a.wait(ctx); n != 1 {
		t.Errorf("%d acks are out there, want 1", n)
	}
	go a.left()
	if n := a.wait(t.Context()); n != 0 {
		t.Errorf("%d acks are out there, want none", n)
	}
	a.left() // a frame that nobody queued
	a.queued()
	if n := a.wait(ctx); n != 1 {
		t.Errorf("%d acks are out there, want 1", n)
	}
}
