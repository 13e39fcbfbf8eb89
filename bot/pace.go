package bot

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"
)

// slack-go reconnects without a pause after Slack hangs up: 5,166 connections
// in two seconds were seen. The pace holds back apps.connections.open instead.
const (
	longLife  = 30 * time.Second // a socket that lived this long earned an instant reconnect
	firstGap  = 2 * time.Second
	crowdGap  = 30 * time.Second // somebody else uses the token: ten sockets are open
	longestIn = 5 * time.Minute
)

// Reasons of a disconnect, as Slack words them.
const (
	reasonLinkDisabled = "link_disabled"
	reasonTooMany      = "too_many_websockets"
)

// pace is the HTTP client of one socket.
type pace struct {
	next doer
	gap  time.Duration // the first

	mu      sync.Mutex
	opened  time.Time // when the last attempt went out; zero: none yet
	short   int       // short lives in a row
	crowded bool
}

func (p *pace) Do(req *http.Request) (*http.Response, error) {
	if strings.HasSuffix(req.URL.Path, "/apps.connections.open") {
		if err := p.hold(req.Context()); err != nil {
			return nil, err
		}
	}
	return p.next.Do(req)
}

// hold waits until it is this socket's turn to open again.
func (p *pace) hold(ctx context.Context) error {
	t := time.NewTimer(p.delay(time.Now()))
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.opened = time.Now()
	return nil
}

// delay is how long the next attempt has to wait: not at all after a long life,
// else at least two seconds since the last one, doubling with each short life.
func (p *pace) delay(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	life := now.Sub(p.opened)
	if p.opened.IsZero() || life >= longLife && !p.crowded {
		p.short = 0
		return 0
	}
	gap := p.gap
	if p.crowded {
		gap, p.crowded = crowdGap, false
	}
	gap = min(gap<<min(p.short, 10), longestIn)
	p.short++
	return max(0, gap-life)
}

// tooMany makes the next wait a long one.
func (p *pace) tooMany() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.crowded = true
}
