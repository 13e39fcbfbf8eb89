package bot

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

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
	f := newOffice(t, s, func(o *slacksim.Options) { o.AckDeadline = 300 * time.Millisecond })
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
	<-first // whether its ack was in time is no matter here
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

// TestDrainWaits, step by step and in virtual time: for the listeners, the work
// and the acks, but not for ever.
func TestDrainWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		heard, worked := false, make(chan struct{})
		l := &line{}
		s := &sockets{lines: []*line{l}, log: zerolog.Nop(), settle: func(context.Context) int {
			if !heard {
				t.Error("counted the work while a listener could still bring more")
			}
			<-worked
			return 0
		}}
		s.taking.Add(1)
		l.acks.queued()
		done := make(chan struct{})
		go func() { defer close(done); s.drain(t.Context()) }()
		for step, next := range []func(){func() { heard = true; s.taking.Done() }, func() { close(worked) }, l.acks.left} {
			synctest.Wait()
			select {
			case <-done:
				t.Fatalf("hung up before step %d", step)
			default:
			}
			next()
		}
		<-done

		start := time.Now()
		l.acks.queued()
		s.drain(t.Context())
		if took := time.Since(start); took != drainWithin {
			t.Errorf("an ack that never leaves held the stop up for %s", took)
		}
		gone, hangUp := context.WithCancel(t.Context())
		hangUp()
		start = time.Now()
		s.drain(gone)
		if took := time.Since(start); took != 0 {
			t.Errorf("without a socket the stop waited %s for an ack", took)
		}
	})
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
