package bot

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// tempo is how patient the sockets are with Slack. Tests that speak with a local
// Slack are quicker in all of it alike.
type tempo struct {
	stagger    time.Duration // the second connection follows the first after so long
	silence    time.Duration // Slack pings every few seconds; what is quiet for so long is dead
	longLife   time.Duration // a socket that lived so long earned an instant reconnect
	firstGap   time.Duration // between two openings, doubling with each short life
	crowdGap   time.Duration // somebody else uses the token: ten sockets are open
	longestGap time.Duration // so that after an outage, however long, people wait no longer
	window     time.Duration // in which there are at most opensMost openings
}

// opensMost is for all sockets together: enough for refreshes, however often
// they come, and no storm, whatever Slack does.
const opensMost = 6

var slacksTempo = tempo{stagger: 20 * time.Second, silence: 30 * time.Second, longLife: 30 * time.Second, firstGap: 2 * time.Second,
	crowdGap: 30 * time.Second, longestGap: time.Minute, window: time.Minute}

// Reasons of a disconnect, as Slack words them.
const (
	reasonLinkDisabled = "link_disabled"
	reasonTooMany      = "too_many_websockets"
)

// pace is the HTTP client of one socket. slack-go reconnects without a pause
// after Slack hangs up: 5,166 connections in two seconds were seen. The pace
// holds back apps.connections.open instead.
type pace struct {
	next   doer
	tempo  tempo
	budget *budget

	mu        sync.Mutex
	opened    time.Time // when the last attempt went out; zero: none yet
	short     int       // short lives in a row
	crowded   bool
	notBefore time.Time // Slack's own wish
}

func (p *pace) Do(req *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(req.URL.Path, "/apps.connections.open") {
		return p.next.Do(req)
	}
	if err := p.hold(req.Context()); err != nil {
		return nil, err
	}
	res, err := p.next.Do(req)
	if err == nil && res.StatusCode == http.StatusTooManyRequests {
		if s, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil {
			p.wish(time.Now().Add(time.Duration(s) * time.Second))
		}
	}
	return res, err
}

// hold waits until it is this socket's turn to open again.
func (p *pace) hold(ctx context.Context) error {
	if err := pause(ctx, p.delay(time.Now())); err != nil {
		return err
	}
	if err := pause(ctx, p.budget.book(time.Now())); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.opened = time.Now()
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// delay is how long the next attempt has to wait: not at all after a long life,
// else some seconds since the last one, doubling with each short life.
func (p *pace) delay(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	wish := p.notBefore.Sub(now)
	life := now.Sub(p.opened)
	if p.opened.IsZero() || life >= p.tempo.longLife && !p.crowded {
		p.short = 0
		return max(0, wish)
	}
	gap := p.tempo.firstGap
	if p.crowded {
		gap, p.crowded = p.tempo.crowdGap, false
	}
	gap = min(gap<<min(p.short, 10), p.tempo.longestGap)
	p.short++
	return max(0, gap-life, wish)
}

// tooMany makes the next wait a long one.
func (p *pace) tooMany() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.crowded = true
}

func (p *pace) wish(notBefore time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notBefore = notBefore
}

// budget is what all sockets together may open in a while.
type budget struct {
	most   int
	window time.Duration

	mu   sync.Mutex
	last []time.Time // the latest openings, at most as many as are allowed
}

// book takes the next free place and says how long it is until then.
func (b *budget) book(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := now
	if len(b.last) == b.most {
		if free := b.last[0].Add(b.window); free.After(at) {
			at = free
		}
		b.last = b.last[1:]
	}
	b.last = append(b.last, at)
	return at.Sub(now)
}
