package app_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"healthbot/cmd/internal/app"
	"healthbot/storage"
	"healthbot/storage/record"
)

// gate stands between a bot and the local Slack. While it is shut it stops
// messages on their way there, or the answers on their way back, and whoever
// waits behind it can be killed at that very moment.
type gate struct {
	*httptest.Server
	slack *httputil.ReverseProxy

	mu     sync.Mutex
	before bool          // messages are stopped on their way there
	open   chan struct{} // closed while nothing is stopped
	held   chan struct{} // one token for the first message stopped
}

func newGate(w *world) *gate {
	target, err := url.Parse(w.sim.APIURL())
	w.must(err)
	target.Path = ""
	g := &gate{slack: &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }},
		open: make(chan struct{}), held: make(chan struct{}, 1)}
	close(g.open)
	g.Server = httptest.NewServer(g)
	w.Cleanup(g.Close)
	return g
}

func (g *gate) shut(before bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.before, g.open = before, make(chan struct{})
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	before, open := g.before, g.open
	g.mu.Unlock()
	if !strings.HasSuffix(r.URL.Path, "/chat.postMessage") {
		g.slack.ServeHTTP(w, r)
		return
	}
	wait := func() bool {
		select {
		case <-open:
			return true
		default:
		}
		select {
		case g.held <- struct{}{}:
		default:
		}
		select {
		case <-open:
			return true
		case <-r.Context().Done():
			return false
		}
	}
	body, err := io.ReadAll(r.Body) // all of it, or the caller's end isn't noticed
	if err != nil || before && !wait() {
		return
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	answer := httptest.NewRecorder()
	g.slack.ServeHTTP(answer, r.WithContext(context.WithoutCancel(r.Context()))) // Slack has it, whoever dies
	if !wait() {
		return
	}
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes()) // to nobody, if it was killed
}

// process is a bot in a process of its own.
type process struct {
	*exec.Cmd
	w     *world
	stdin io.Closer
	ended chan error
}

// orders are what that process is told.
type orders struct {
	DB, APIURL, BotToken, AppToken string
	Office                         time.Time
}

const ordersVariable = "APP_TEST_ORDERS"

// settle is how long the bots of these tests leave an unknown end alone.
const settle = 4 * time.Second

// startProcess starts this test's binary again as a bot, and returns when it is
// connected.
func (w *world) startProcess(api string) *process {
	w.Helper()
	text, err := json.Marshal(orders{w.db, api + "/api/", w.sim.BotToken(), w.sim.AppToken(), w.sim.Now()})
	w.must(err)
	p := &process{Cmd: exec.Command(os.Args[0], "-test.run=^TestBotProcess$"), w: w, ended: make(chan error, 1)}
	p.Env = append(os.Environ(), ordersVariable+"="+string(text))
	p.Stderr = os.Stderr
	out, err := p.StdoutPipe()
	w.must(err)
	p.stdin, err = p.StdinPipe()
	w.must(err)
	w.must(p.Start())
	w.Cleanup(func() { _ = p.stdin.Close() }) // a test that failed leaves none behind
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "connected" {
		w.Fatalf("the bot's process says %q, %v", lines.Text(), lines.Err())
	}
	go func() {
		_, _ = io.Copy(io.Discard, out) // what the test framework prints at the end
		p.ended <- p.Wait()
	}()
	return p
}

// kill ends it as kill -9 does.
func (p *process) kill() {
	p.w.Helper()
	p.w.must(p.Process.Kill())
	if err := <-p.ended; err == nil {
		p.w.Fatal("the bot's process ended well, though it was killed")
	}
}

// stop ends it as Ctrl-C does.
func (p *process) stop() {
	p.w.Helper()
	p.w.must(p.stdin.Close())
	p.w.must(<-p.ended)
}

// TestBotProcess isn't a test but the bot's process.
func TestBotProcess(t *testing.T) {
	text := os.Getenv(ordersVariable)
	if text == "" {
		t.Skip("only in a process of its own")
	}
	var o orders
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	a, err := app.New(t.Context(), app.Options{DB: o.DB, APIURL: o.APIURL, BotToken: o.BotToken, AppToken: o.AppToken, Rules: team(),
		Now: func() time.Time { return o.Office.Add(time.Since(began)) }, Log: zerolog.Nop(), Tick: 100 * time.Millisecond, Settle: settle, Name: "the bot's process"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-a.Ready()
		_, _ = os.Stdout.WriteString("connected\n") // a parent that isn't there any more closes stdin, too
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	if err := errors.Join(a.Run(ctx), a.Close()); err != nil {
		t.Fatal(err)
	}
}

// posted is what the bot posted, by channel and ts.
func (w *world) posted() map[string]string {
	w.Helper()
	d, err := w.slack.Dump(w.ctx)
	w.must(err)
	out := map[string]string{}
	for _, room := range d.Channels {
		for _, m := range room.Messages {
			if m.BotID != "" && !m.Ephemeral {
				out[room.ID+" "+m.TS] = m.Text()
			}
		}
	}
	return out
}

// once waits until the outbox is at rest, and checks that each message that the
// record knows stands in Slack, once, and no other.
func (w *world) once() {
	w.Helper()
	db, err := storage.Open(w.ctx, storage.Options{Path: w.db, Now: w.sim.Now, Rules: w.rules, ReadOnly: true, Log: zerolog.Nop()})
	w.must(err)
	defer func() { w.must(db.Close()) }()
	t := time.NewTicker(50 * time.Millisecond)
	defer t.Stop()
	for {
		b, err := db.Backlog(w.ctx)
		w.must(err)
		if b.Pending+b.Sending+b.Stale == 0 {
			break
		}
		select {
		case <-t.C:
		case <-w.ctx.Done():
			w.Fatalf("the outbox doesn't come to rest: %+v\n%s", b, w.screen(channel))
		}
	}
	sent := map[string]int{}
	events, err := db.Events(w.ctx, 0, 10_000)
	w.must(err)
	for _, e := range events {
		var at struct{ Channel, TS string }
		if e.Kind == record.EvDeliverySent {
			w.must(json.Unmarshal(e.After, &at))
			sent[at.Channel+" "+at.TS]++
		}
	}
	for key, text := range w.posted() {
		if sent[key] != 1 {
			w.Errorf("this message stands in the record %d times:\n%s", sent[key], text)
		}
		delete(sent, key)
	}
	for key := range sent {
		w.Errorf("the record names a message %s that isn't there", key)
	}
	if v, err := db.Verify(w.ctx); err != nil || v.Broken != nil {
		w.Errorf("the chain: %+v, %v", v.Broken, err)
	}
}

// A bot is killed while its messages are on their way to Slack, or when Slack
// has them and the bot doesn't know. The next one starts within seconds, and in
// the end every message is there once.
func TestKilledWhilePosting(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		before bool
		there  bool
	}{{"before Slack has them", true, false}, {"before the answer is noted", false, true}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newCompany(t)
			g := newGate(w)
			g.shut(c.before)
			p := w.startProcess(g.URL)
			<-g.held
			p.kill()
			if n := len(w.posted()); (n > 0) != c.there {
				t.Fatalf("Slack has %d messages", n)
			}
			close(g.open)
			began := time.Now()
			p = w.startProcess(g.URL)
			took := time.Since(began)
			t.Logf("killed, the next start was connected after %s", took.Round(time.Millisecond))
			if took > 10*time.Second {
				t.Errorf("the next start took %s", took)
			}
			w.card("Borealis Systems")
			w.once()
			p.stop()
			w.noRefusals()
		})
	}
}

// A copy is made while a run's messages are going out; the bot posts the rest,
// and then its database is lost. What the copy holds as unposted is found in
// Slack, and nothing is posted again.
func TestRestoredInTheMiddleOfARun(t *testing.T) {
	t.Parallel()
	w := newCompany(t)
	g := newGate(w)
	g.shut(false)
	p := w.startProcess(g.URL)
	<-g.held
	copied := filepath.Join(t.TempDir(), "copy.db")
	o := storage.Options{Path: w.db, Now: w.sim.Now, Rules: w.rules, Log: zerolog.Nop()}
	_, err := storage.Backup(w.ctx, o, copied, false)
	w.must(err)
	if _, err := storage.Restore(w.ctx, o, record.Actor{Name: "test"}, copied); record.KindOf(err) != record.Busy || !strings.Contains(record.Say(err), "the bot's process") {
		t.Fatalf("restored beside a running bot: %v", err)
	}
	close(g.open)
	w.card("Borealis Systems")
	w.once()
	p.stop()

	w.must(os.WriteFile(w.db, []byte("past reading"), 0o600))
	r, err := storage.Restore(w.ctx, o, record.Actor{Name: "test"}, copied)
	w.must(err)
	if r.LookUp < 4 {
		t.Errorf("%d messages to be looked up; the digest, the owners' lines and three cards were unfinished", r.LookUp)
	}
	p = w.startProcess(g.URL)
	w.once()
	p.stop()
	w.noRefusals()
}
