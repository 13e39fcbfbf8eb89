package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// feed is a Slack that sends whatever frames it is given, good or bad, over real
// WebSockets to a real bot, and sees which are acknowledged. What the bot asks
// of its Web API it grants.
type feed struct {
	*httptest.Server
	t    testing.TB
	room chan struct{} // one token per frame that is to be acknowledged

	mu    sync.Mutex
	conns []*feedLine
	turn  int
	owed  map[string]owed
	idle  *sync.Cond // somebody has acknowledged, or come

	frames, acks, unreadable, envelopes, connections atomic.Int64
}

type feedLine struct {
	mu sync.Mutex
	ws *websocket.Conn
}

// owed is a frame that waits for its ack, and the connection that it went to.
type owed struct {
	frame []byte
	on    *feedLine
}

func newFeed(t testing.TB) *feed {
	f := &feed{t: t, owed: map[string]owed{}, room: make(chan struct{}, 64)}
	f.idle = sync.NewCond(&f.mu)
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	mux := http.NewServeMux()
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		switch strings.TrimPrefix(r.URL.Path, "/api/") {
		case "auth.test":
			fmt.Fprint(w, `{"ok":true,"team_id":"T0LOCAL","user_id":"U0BOT"}`)
		case "apps.connections.open":
			fmt.Fprintf(w, `{"ok":true,"url":"ws%s/link"}`, strings.TrimPrefix(f.URL, "http"))
		case "users.info":
			fmt.Fprintf(w, `{"ok":true,"user":{"id":%q,"team_id":"T0LOCAL"}}`, r.FormValue("user"))
		case "conversations.info":
			fmt.Fprintf(w, `{"ok":true,"channel":{"id":%q,"name":"csm","is_member":true}}`, r.FormValue("channel"))
		default:
			fmt.Fprint(w, `{"ok":true,"channel":"C0CSM","ts":"1.000001","message_ts":"1.000001","view":{"id":"V1"}}`)
		}
	})
	mux.HandleFunc("/link", func(w http.ResponseWriter, r *http.Request) {
		ws, err := up.Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		f.serve(&feedLine{ws: ws})
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") }) // addresses for answers
	f.Server = httptest.NewServer(mux)
	t.Cleanup(f.Close)
	return f
}

func (f *feed) serve(c *feedLine) {
	defer c.ws.Close()
	if c.write([]byte(`{"type":"hello","num_connections":1}`)) != nil {
		return
	}
	f.connections.Add(1)
	f.mu.Lock()
	f.conns = append(f.conns, c)
	f.idle.Broadcast()
	f.mu.Unlock()
	ping := func() error { return c.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)) }
	gone, pings := make(chan struct{}), time.NewTicker(5*time.Second)
	defer close(gone)
	defer pings.Stop()
	go func() {
		for err := ping(); err == nil; err = ping() {
			select {
			case <-pings.C:
			case <-gone:
				return
			}
		}
	}()
	for {
		_, b, err := c.ws.ReadMessage()
		if err != nil {
			break
		}
		var ack struct {
			ID string `json:"envelope_id"`
		}
		if err := json.Unmarshal(b, &ack); err != nil {
			f.t.Errorf("an ack that is no JSON: %.200s", b)
			continue
		}
		f.acks.Add(1)
		f.settled(ack.ID)
	}
	f.gone(c)
}

func (f *feed) settled(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.owed[id]; ok {
		delete(f.owed, id)
		<-f.room
		f.idle.Broadcast()
	}
}

// gone gives what a connection left unanswered to another, as Slack does.
func (f *feed) gone(c *feedLine) {
	f.mu.Lock()
	for i, x := range f.conns {
		if x == c {
			f.conns = append(f.conns[:i], f.conns[i+1:]...)
			break
		}
	}
	var again [][]byte
	for id, o := range f.owed {
		if o.on == c {
			again = append(again, o.frame)
			f.owed[id] = owed{frame: o.frame}
		}
	}
	f.mu.Unlock()
	for _, frame := range again {
		f.deliver(frame, idOf(frame))
	}
}

func (c *feedLine) write(frame []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ws.WriteMessage(websocket.TextMessage, frame)
}

// send puts a frame on a connection; an id is one that must be acknowledged.
func (f *feed) send(frame []byte, id string) {
	if id != "" {
		f.room <- struct{}{}
		f.mu.Lock()
		f.owed[id] = owed{frame: frame}
		f.mu.Unlock()
	}
	f.frames.Add(1)
	f.deliver(frame, id)
}

func (f *feed) deliver(frame []byte, id string) {
	for {
		f.mu.Lock()
		for len(f.conns) == 0 {
			f.idle.Wait()
		}
		f.turn++
		c := f.conns[f.turn%len(f.conns)]
		if o, ok := f.owed[id]; ok {
			o.on = c
			f.owed[id] = o
		}
		f.mu.Unlock()
		if c.write(frame) == nil {
			return
		}
		f.mu.Lock()
		for i, x := range f.conns { // its reader will find out, too
			if x == c {
				f.conns = append(f.conns[:i], f.conns[i+1:]...)
				break
			}
		}
		f.mu.Unlock()
	}
}

// idOf is by which id a frame can be acknowledged, "" when by none.
func idOf(frame []byte) string {
	var m struct {
		ID string `json:"envelope_id"`
	}
	if json.Unmarshal(frame, &m) != nil {
		return ""
	}
	return m.ID
}

// settle waits until everything is acknowledged; the error tells what isn't.
func (f *feed) settle(within time.Duration) error {
	over := time.AfterFunc(within, f.idle.Broadcast)
	defer over.Stop()
	end := time.Now().Add(within)
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.owed) > 0 && time.Now().Before(end) {
		f.idle.Wait()
	}
	var errs []error
	for id, o := range f.owed {
		errs = append(errs, fmt.Errorf("%s was never acknowledged: %.1500s", id, o.frame))
		delete(f.owed, id)
		<-f.room
	}
	return errors.Join(errs...)
}

// run starts a bot on a database and returns when it is connected.
func (f *feed) run(r *records) (b *Bot, stop func()) {
	f.t.Helper()
	o := options(r)
	o.APIURL, o.Model, o.Now = f.URL+"/api/", seatModel(), r.now
	o.Watch = Watch{Unreadable: func() { f.unreadable.Add(1) }, Envelope: func(string) { f.envelopes.Add(1) }}
	quick := slacksTempo
	quick.stagger, quick.firstGap, quick.window = 0, time.Millisecond, 0
	b, err := newBot(o, quick)
	if err != nil {
		f.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			f.t.Error(err)
		}
	})
	f.t.Cleanup(stop)
	<-b.Ready()
	return b, stop
}
