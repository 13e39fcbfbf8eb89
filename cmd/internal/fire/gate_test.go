package fire

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"healthbot/bot/slacksim"
)

// gate stands between the bot and the local Slack. It sees everything that
// passes, can hold it at a spot so that the bot is killed there and nowhere else,
// and lets messages arrive late, as networks do.
type gate struct {
	*httptest.Server
	slack  string // the local Slack's origin
	seen   func(sight)
	before func(method string) // looks at a call before Slack does
	http   *http.Client
	ctx    context.Context
	stop   context.CancelFunc

	mu      sync.Mutex
	rng     *rand.Rand
	slow    time.Duration // posts arrive up to this much later
	dialing time.Duration // a new Socket Mode connection takes this long
	closed  bool          // Slack can't be reached
	traps   map[spot]*trap
	conns   map[io.Closer]bool
	tried   map[string]bool     // deliveries of which a post came here
	flying  map[string]bool     // those on their way now
	doubted map[string]bool     // deliveries whose first post had no plain success
	clicks  map[string]*click   // by envelope
	unacked map[string][]byte   // envelopes of interactions that nobody acknowledged yet
	posts   []arrival           // posts that Slack took, in its order
	opens   []time.Time         // of Socket Mode connections
	latest  map[string]*click   // by person
	modals  map[string]chan any // by person: told when a modal opens
	replies map[string]chan any // by person: told when the bot answers in private
}

// arrival is a post that Slack took.
type arrival struct {
	delivery, channel, ts string
	at                    time.Time
}

// spot is a place in the traffic.
type spot string

const (
	postArrives  spot = "a post that Slack doesn't have yet"
	postTaken    spot = "a post that Slack has, the answer on its way"
	postAnswered spot = "an answered post"
	clickArrives spot = "a click that the bot doesn't have yet"
	clickPassed  spot = "a click that the bot has"
	ackArrives   spot = "an ack that Slack doesn't have yet"
	ackPassed    spot = "an ack that Slack has"
)

// trap waits at a spot for the first that comes by, and holds it until released.
type trap struct {
	sprung, released chan struct{}
	once             sync.Once
}

func (t *trap) release() { t.once.Do(func() { close(t.released) }) }

// sight is something that people in Slack see.
type sight struct {
	delivery, channel, ts, text string
	labels                      []string
}

// click is an interaction, as it went through.
type click struct {
	envelope, person, trigger string
	change                    bool // it asks for a change of the record
	acked                     bool
	late                      bool   // delivered again, after the person was told that it failed
	action, title             string // of the ack's payload: clear, update or errors; the next form's title
}

func newGate(t *testing.T, sim *slacksim.Server, rng *rand.Rand) *gate {
	t.Helper()
	u, err := url.Parse(sim.APIURL())
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{slack: "http://" + u.Host, seen: func(sight) {}, before: func(string) {}, rng: rng, traps: map[spot]*trap{}, conns: map[io.Closer]bool{},
		tried: map[string]bool{}, flying: map[string]bool{}, doubted: map[string]bool{}, clicks: map[string]*click{}, unacked: map[string][]byte{},
		latest: map[string]*click{}, modals: map[string]chan any{}, replies: map[string]chan any{},
		http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	g.ctx, g.stop = context.WithCancel(t.Context())
	mux := http.NewServeMux()
	mux.HandleFunc("/api/{method}", g.call)
	mux.HandleFunc("/response/", g.respond)
	mux.HandleFunc("/link/", g.socket)
	g.Server = httptest.NewServer(mux)
	t.Cleanup(func() {
		g.stop()
		g.mu.Lock()
		for c := range g.conns {
			_ = c.Close() // the other side may have gone first
		}
		for _, trap := range g.traps {
			trap.release()
		}
		g.mu.Unlock()
		g.http.CloseIdleConnections()
		g.CloseClientConnections()
		g.Close()
	})
	return g
}

// set puts a trap at a spot, for the first that comes by.
func (g *gate) set(at spot) *trap {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := &trap{sprung: make(chan struct{}), released: make(chan struct{})}
	g.traps[at] = t
	return t
}

// at springs a trap and answers what it was; nil: there was none.
func (g *gate) at(s spot) *trap {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.traps[s]
	delete(g.traps, s)
	if t != nil {
		close(t.sprung)
	}
	return t
}

// clear removes traps that nothing came by.
func (g *gate) clear() {
	g.mu.Lock()
	defer g.mu.Unlock()
	clear(g.traps)
}

// shut cuts Slack off, or opens the way again.
func (g *gate) shut(closed bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = closed
	if closed {
		for c := range g.conns {
			_ = c.Close() // it may have ended already
		}
	}
}

// orphan puts in doubt what is on its way, because its sender is dead, and what
// was answered a moment ago, because that may not be written down.
func (g *gate) orphan() {
	g.mu.Lock()
	defer g.mu.Unlock()
	maps.Copy(g.doubted, g.flying)
	for _, a := range slices.Backward(g.posts) {
		if time.Since(a.at) > settle {
			break
		}
		g.doubted[a.delivery] = true
	}
}

// taken are the posts that Slack took so far.
func (g *gate) taken() []arrival {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.posts)
}

// note remembers a delivery in one of the sets.
func (g *gate) note(set map[string]bool, delivery string) {
	if delivery == "" {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	set[delivery] = true
}

// opened tells a person that a modal opened before them.
func (g *gate) opened(body, answer []byte) {
	var q struct {
		Trigger string `json:"trigger_id"`
	}
	var a struct{ OK bool }
	if json.Unmarshal(body, &q) != nil || json.Unmarshal(answer, &a) != nil || !a.OK {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for person, c := range g.latest {
		if c.trigger == q.Trigger {
			ring(g.modals[person])
		}
	}
}

// respond carries an answer to a response URL through.
func (g *gate) respond(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		cut(w)
		return
	}
	res, answer, err := g.forward(r, body)
	if err != nil {
		cut(w)
		return
	}
	g.mu.Lock()
	for _, bell := range g.replies {
		ring(bell) // whose it is, the address doesn't tell; they look for themselves
	}
	g.mu.Unlock()
	w.Header().Set("Content-Type", res.Header.Get("Content-Type"))
	w.WriteHeader(res.StatusCode)
	_, _ = w.Write(answer) // to nobody, if it was killed
}

// bell is where a person hears of something, whether they listen or not.
func (g *gate) bell(of map[string]chan any, person string) chan any {
	g.mu.Lock()
	defer g.mu.Unlock()
	if of[person] == nil {
		of[person] = make(chan any, 1)
	}
	select {
	case <-of[person]:
	default:
	}
	return of[person]
}

func ring(bell chan any) {
	select {
	case bell <- nil: // nobody listens on nil
	default:
	}
}

// metadata is the delivery's id in a post's form.
func metadata(body []byte) string {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return ""
	}
	var m struct {
		Payload struct{ ID string } `json:"event_payload"`
	}
	if json.Unmarshal([]byte(form.Get("metadata")), &m) != nil {
		return ""
	}
	return m.Payload.ID
}

// labels are the words on the controls of some blocks.
func labels(v any) (out []string) {
	switch x := v.(type) {
	case []any:
		for _, e := range x {
			out = append(out, labels(e)...)
		}
	case map[string]any:
		if text, ok := x["text"].(map[string]any); ok {
			if s, ok := text["text"].(string); ok && (x["action_id"] != nil || x["value"] != nil) {
				out = append(out, s)
			}
		}
		for _, key := range []string{"elements", "accessory", "options"} {
			out = append(out, labels(x[key])...)
		}
	}
	return out
}

// pause lets the network take its time.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// cut ends the caller's connection without an answer.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return // it is cut already
	}
	_ = conn.Close() // nobody is left to be told
}
