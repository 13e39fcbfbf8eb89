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
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/rs/zerolog"
)

// wireSlack is a Slack of the barest kind: it sends what it is told to and hands
// over what it is sent. The local Slack is too well-behaved for these tests.
type wireSlack struct {
	*httptest.Server
	say    []string // to each connection, at once
	acks   chan string
	opened atomic.Int32
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
		w.opened.Add(1)
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
		`{"type":"events_api","envelope_id":"e-1","payload":`+payload+`}`, `{"type":"interactive","envelope_id":"e-2","payload":{"type":"block_actions","message":{"blocks":[{"type":"actions","elements":[{"type":"invented"}]}]}}}`,
		`{"type":{"not":"a word"},"envelope_id":"e-3"}`, `{"type":oops}`, `{"type":"invented","envelope_id":"e-5"}`)
	var mu sync.Mutex
	var log bytes.Buffer
	o := options(oneAccount())
	o.APIURL = w.URL + "/api/"
	o.Log = zerolog.New(lockedWriter{&mu, &log})
	var counted atomic.Int32
	o.Watch.Unreadable = func() { counted.Add(1) }
	b, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	for _, want := range []string{"e-1", "e-2", "e-3", "e-5"} {
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
	if n := counted.Load(); n != 5 {
		t.Errorf("%d of five were counted", n)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, want := range []string{`"so_far":4`, `"connections":3`, "another program uses this app token"} {
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
	quick := slacksTempo
	quick.firstGap = time.Millisecond // a crowd is worth more than that
	b, err := newBot(o, quick)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := b.Run(ctx); err != nil {
		t.Error(err)
	}
	if n := w.opened.Load(); n != 1 {
		t.Errorf("%d connections in 300 ms, want one", n)
	}
}
