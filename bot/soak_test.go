package bot

import (
	"context"
	"flag"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"healthbot/bot/slacksim"
	"healthbot/storage/record"
)

// With -long the sockets keep Slack's own times, and the payloads are a million:
//
//	go test ./bot -run 'Refreshes|HalfOpen|Disconnects|Payloads' -long -v -timeout 60m
var (
	long = flag.Bool("long", false, "sockets at Slack's own pace, a million payloads")
	many = flag.Int("payloads", 0, "how many damaged payloads; 0 is 20,000, or with -long a million")
)

// quicker is a tempo whose every time is a part of Slack's.
func quicker(by time.Duration) tempo {
	t := slacksTempo
	for _, d := range []*time.Duration{&t.stagger, &t.silence, &t.longLife, &t.firstGap, &t.crowdGap, &t.longestGap, &t.window} {
		*d /= by
	}
	return t
}

// scale is how much quicker than life a test of the sockets runs.
func scale(short time.Duration) time.Duration {
	if *long {
		return 1
	}
	return short
}

// account counts what reached a handler, by what it was.
type account struct {
	mu   sync.Mutex
	seen map[string]int
}

func (a *account) add(what string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seen[what]++
}

// counting is a store that counts questions by their words and presses by their
// request keys.
func counting() (*fakeStore, *account) {
	a, s := &account{seen: map[string]int{}}, oneAccount()
	s.find = func(q string, _ int) ([]record.Match, error) { a.add(q); return nil, nil }
	s.change = func(_ context.Context, by record.Actor, _ any) (any, error) { a.add(by.Request); return nil, nil }
	return s, a
}

// crowd lets people write to the bot, use its command and press its button, one
// after another at a steady rate, each from a goroutine of their own.
type crowd struct {
	f    *office
	card slacksim.Target
	who  []*slacksim.Seat
	wg   sync.WaitGroup

	messages, commands, presses int
}

func newCrowd(f *office, b *Bot) *crowd {
	card := f.post(b, record.Card, "rv_1", "C0CSM")
	c := &crowd{f: f, card: slacksim.Target{Channel: card.Channel, TS: card.TS}}
	for _, p := range []record.Person{ana, mgr, ann, lee} {
		c.who = append(c.who, f.seat(p))
	}
	return c
}

// act is the i-th thing that somebody does.
func (c *crowd) act(ctx context.Context, i int) {
	seat, words := c.who[i%len(c.who)], fmt.Sprintf("n%d", i)
	do := func() error { _, err := seat.Say(ctx, "dm", words); return err }
	switch i % 5 {
	case 0:
		c.commands++
		do = func() error { return seat.Command(ctx, "csm", cmdHealth+" "+words) }
	case 1:
		c.presses++
		do = func() error { return seat.Click(ctx, c.card, "Take it") }
	default:
		c.messages++
	}
	c.wg.Go(func() {
		if err := do(); err != nil {
			c.f.t.Errorf("thing %d, at %s: %v", i, time.Now().Format("15:04:05.000"), err)
		}
	})
}

// once checks that everything that was done was handled, and once.
func (c *crowd) once(a *account) {
	c.f.t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	if want := c.messages + c.commands + c.presses; len(a.seen) != want {
		c.f.t.Errorf("%d things were handled of %d that were done", len(a.seen), want)
	}
	for what, n := range a.seen {
		if n != 1 {
			c.f.t.Errorf("%s was handled %d times", what, n)
		}
	}
}

// TestRefreshesUnderLoad: Slack refreshes the two sockets in turn, one every 20 s
// for ten minutes, while 50 things a second happen. At no moment is there no
// socket; nothing is lost, and nothing is done twice.
func TestRefreshesUnderLoad(t *testing.T) {
	if !*long && os.Getenv("HEALTHBOT_PROOFS") == "" {
		t.Skip("a proof in real time, with pauses scaled down, wants the machine for itself: set HEALTHBOT_PROOFS=1, or give -long")
	}
	const perSecond = 50
	by, length := scale(20), 12*time.Second
	if *long {
		length = 10 * time.Minute
	}
	ctx, cancel := context.WithTimeout(t.Context(), length+5*time.Minute)
	defer cancel()
	s, handled := counting()
	f := newOffice(t, s, func(o *slacksim.Options) { o.PingEvery = 5 * time.Second / by })
	var both atomic.Bool // since both sockets stood for the first time
	var live, without atomic.Int64
	f.o.Watch.Sockets = func(n int) {
		live.Store(int64(n))
		if n == ownSockets {
			both.Store(true)
		}
		if n == 0 && both.Load() {
			without.Add(1)
		}
	}
	b, _ := f.openAt(quicker(by))
	c := newCrowd(f, b)
	before := len(f.dump().Envelopes)

	acts, refresh, end := time.NewTicker(time.Second/perSecond), time.NewTicker(20*time.Second/by), time.NewTimer(length)
	defer acts.Stop()
	defer refresh.Stop()
	done, refreshes, began := 0, 0, time.Now()
	for going := true; going; {
		select {
		case <-acts.C:
			for due := int(time.Since(began).Seconds() * perSecond); done < due; done++ { // a ticker leaves out what it is late for
				c.act(ctx, done)
			}
		case <-refresh.C:
			// The oldest is the other one each time. If its turn comes before the
			// last one is back, which only an overloaded machine brings about, it waits.
			if live.Load() == ownSockets {
				f.must(f.control.Fault(ctx, slacksim.Fault{Kind: "disconnect_refresh", Connection: 1}))
				refreshes++
			}
		case <-end.C:
			going = false
		}
	}
	c.wg.Wait()
	f.must(f.control.Idle(ctx))
	settle(t, b)
	c.once(handled)
	if n := without.Load(); n > 0 {
		t.Errorf("%d times no socket was there", n)
	}
	d, err := f.control.Dump(ctx)
	f.must(err)
	again := 0
	for _, e := range d.Envelopes[before:] {
		if e.Waiting || len(e.Sent) == 0 || e.Sent[0].Attempt != 0 {
			t.Errorf("Slack found no socket for %s %s: %+v", e.Type, e.ID, e.Sent)
		}
		again += max(0, len(e.Sent)-1)
	}
	opens := 0
	for _, call := range d.Calls {
		if call.Method == "apps.connections.open" {
			opens++
		}
	}
	if opens != ownSockets+refreshes {
		t.Errorf("%d connections were opened for %d refreshes", opens, refreshes)
	}
	if refreshes < 5 || done < 100 {
		t.Errorf("only %d refreshes and %d things happened", refreshes, done)
	}
	t.Logf("%d refreshes in %s (times divided by %d); %d messages, %d commands, %d presses; %d sent again by Slack; %d moments without a socket",
		refreshes, length, by, c.messages, c.commands, c.presses, again, without.Load())
}

// TestHalfOpen: one socket is dead without a word. It is found, and meanwhile
// nothing is lost: what Slack sent there comes again, and is handled once.
func TestHalfOpen(t *testing.T) {
	by := scale(20)
	s, handled := counting()
	f := newOffice(t, s, func(o *slacksim.Options) {
		o.PingEvery = 5 * time.Second / by
		o.AckDeadline = min(o.AckDeadline, 3*time.Second/by)
		if !*long {
			o.AckDeadline = 200 * time.Millisecond
		}
	})
	back := make(chan time.Time, 10)
	f.o.Watch.Reconnect = func() { back <- time.Now() }
	b, _ := f.openAt(quicker(by))
	f.must(f.control.Fault(t.Context(), slacksim.Fault{Kind: "half_open", Connection: 1}))
	began := time.Now()
	c := &crowd{f: f}
	seat := f.seat(ana)
	for i := range 20 { // messages alone: a press into a dead socket fails, and the person is told
		_, err := seat.Say(t.Context(), "dm", fmt.Sprintf("n%d", i))
		f.must(err)
		c.messages++
	}
	found := (<-back).Sub(began)
	t.Logf("found after %s (times divided by %d)", found.Round(time.Millisecond), by)
	if *long && found > 35*time.Second { // only at Slack's own pace is a time worth a claim
		t.Errorf("found after %s, want within 35 s", found)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	f.must(f.control.Wait(ctx, func(d slacksim.Dump) bool {
		for _, e := range d.Envelopes {
			if len(e.Acks) == 0 {
				return false
			}
		}
		return true
	}))
	settle(t, b)
	c.once(handled)
}

// TestDisconnects: Slack hangs up on every socket as soon as it stands. There are
// at most six openings in any minute, for all sockets together.
func TestDisconnects(t *testing.T) {
	const minutes = 3
	by := scale(60)
	w := newWireSlack(t, `{"type":"hello","num_connections":1}`, `{"type":"disconnect","reason":"refresh_requested"}`)
	o := options(oneAccount())
	o.APIURL = w.URL + "/api/"
	tempo := quicker(by)
	b, err := newBot(o, tempo)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), minutes*tempo.window)
	defer cancel()
	began := time.Now()
	if err := b.Run(ctx); err != nil {
		t.Error(err)
	}
	windows := int32(time.Since(began)/tempo.window) + 1
	n := w.opened.Load()
	t.Logf("%d openings in %d minutes (divided by %d)", n, minutes, by)
	if n > opensMost*windows {
		t.Errorf("%d openings in %d windows of %s", n, windows, tempo.window)
	}
	if n < ownSockets+1 {
		t.Errorf("%d openings: the flood never came", n)
	}
}
