package bot

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/rs/zerolog"
	"github.com/slack-go/slack"

	"healthbot/bot/slacksim"
	"healthbot/storage/record"
)

// TestDrainOfMany stops the bot in the middle of more decisions than slack-go
// keeps acks for. Each that was committed is acknowledged, and no ack is lost.
func TestDrainOfMany(t *testing.T) {
	const each = 12
	who := []record.Person{ana, bob, mgr, ann, lee, ada}
	gate, begun := make(chan struct{}), make(chan struct{}, each*len(who))
	var mu sync.Mutex
	committed := 0
	s := oneAccount()
	s.change = func(context.Context, record.Actor, any) (any, error) {
		begun <- struct{}{}
		<-gate
		mu.Lock()
		defer mu.Unlock()
		committed++
		return nil, nil
	}
	f := newOffice(t, s)
	b, stop := f.open()
	card := f.post(b, record.Card, "rv_1", "C0CSM")
	at := slacksim.Target{Channel: card.Channel, TS: card.TS}
	pressed := make(chan error, each*len(who))
	for _, p := range who {
		seat := f.seat(p)
		for range each {
			go func() { pressed <- seat.Click(t.Context(), at, "Take it") }()
		}
	}
	f.wait("all presses", func(d slacksim.Dump) bool {
		n := 0
		for _, e := range d.Envelopes {
			n += len(e.Sent)
		}
		return n >= each*len(who)
	})
	<-begun
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	b.sockets.taking.Wait()
	close(gate)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	ok := 0
	for range each * len(who) {
		if err := <-pressed; err == nil {
			ok++
		}
	}
	acks := 0
	for _, e := range f.dump().Envelopes {
		acks += len(e.Acks)
	}
	mu.Lock()
	defer mu.Unlock()
	if acks < committed || ok < committed || committed == 0 {
		t.Errorf("%d decisions were committed, %d acks arrived, %d people heard that it worked", committed, acks, ok)
	}
}

// TestStalledHandlers: everything that reads is stuck, more than there are
// workers for. All of it is acknowledged in time, and so are decisions.
func TestStalledHandlers(t *testing.T) {
	gate := make(chan struct{})
	s := oneAccount()
	s.find = func(string, int) ([]record.Match, error) { <-gate; return nil, nil }
	f := newOffice(t, s)
	b, _ := f.open()
	card := f.post(b, record.Card, "rv_1", "C0CSM")
	var wg sync.WaitGroup
	for i, p := range []record.Person{ana, bob, mgr, ann, lee, ada, exe} {
		seat := f.seat(p)
		for n := range 3 * workersAtOnce {
			wg.Go(func() {
				if err := seat.Command(t.Context(), "csm", fmt.Sprintf("/health n%d-%d", i, n)); err != nil {
					t.Errorf("a command while all handlers are stuck: %v", err)
				}
			})
		}
	}
	wg.Wait()
	if err := f.seat(lee).Click(t.Context(), slacksim.Target{Channel: card.Channel, TS: card.TS}, "Take it"); err != nil {
		t.Errorf("a decision while all readers are stuck: %v", err)
	}
	close(gate)
	settle(t, b)
}

// TestCrowd: other programs use the app token, so that there is place for one
// socket only. The bot says so, works with that one, and takes the second as soon
// as there is place again.
func TestCrowd(t *testing.T) {
	f := newOffice(t, oneAccount())
	var mu sync.Mutex
	var log bytes.Buffer
	turnedAway := make(chan struct{})
	f.o.Log = zerolog.New(listener{lockedWriter{&mu, &log}, `"reason":"too_many_websockets"`, sync.OnceFunc(func() { close(turnedAway) })})
	both := make(chan struct{})
	second := sync.OnceFunc(func() { close(both) })
	f.o.Watch.Sockets = func(live int) {
		if live == ownSockets {
			second()
		}
	}
	strangers := f.strangers(9)
	quick := slacksTempo
	quick.stagger, quick.firstGap, quick.crowdGap, quick.window = 0, time.Millisecond, 100*time.Millisecond, 0
	b, err := newBot(f.o, quick)
	f.must(err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	<-b.Ready()
	f.must(f.seat(lee).Command(t.Context(), "csm", "/health help")) // one of ten; the strangers ack, too
	<-turnedAway
	for _, c := range strangers {
		f.must(c.Close())
	}
	<-both
	f.wait("ours alone", func(d slacksim.Dump) bool { return d.Connections == ownSockets })
	for range 4 {
		f.must(f.seat(lee).Command(t.Context(), "csm", "/health help"))
	}
	cancel()
	f.must(<-ended)
	mu.Lock()
	defer mu.Unlock()
	for _, want := range []string{`"connections":10`, "another program uses this app token"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log doesn't say %s:\n%s", want, log.String())
		}
	}
}

// listener calls heard when a line with the word is written.
type listener struct {
	io.Writer
	word  string
	heard func()
}

func (l listener) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(l.word)) {
		l.heard()
	}
	return l.Writer.Write(p)
}

// strangers are connections that aren't ours, and acknowledge whatever they get.
func (f *office) strangers(n int) (out []*websocket.Conn) {
	f.t.Helper()
	api := slack.New("", slack.OptionAPIURL(f.o.APIURL), slack.OptionAppLevelToken(f.o.AppToken))
	for range n {
		_, url, err := api.StartSocketModeContext(f.t.Context())
		f.must(err)
		c, _, err := websocket.DefaultDialer.DialContext(f.t.Context(), url, nil)
		f.must(err)
		f.t.Cleanup(func() { _ = c.Close() })
		go func() {
			for {
				var m struct {
					ID string `json:"envelope_id"`
				}
				if c.ReadJSON(&m) != nil {
					return
				}
				if m.ID != "" && c.WriteJSON(m) != nil {
					return
				}
			}
		}()
		out = append(out, c)
	}
	f.wait("the strangers", func(d slacksim.Dump) bool { return d.Connections == n })
	return out
}
