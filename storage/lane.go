package storage

import (
	"context"
	"slices"
	"sync"
)

// rank says who goes first when several want to write.
type rank int

const (
	people rank = iota // somebody in Slack waits for an answer
	bulk               // imports, runs, the outbox
)

// lane lets one writer through at a time, people before bulk. Without it a
// click would queue behind every chunk of an import, because the connection
// pool serves in order of arrival and SQLite's own busy wait isn't fair.
type lane struct {
	mu      sync.Mutex
	busy    bool
	waiting [2][]chan struct{}
}

// enter waits for the turn; every nil result must be followed by leave.
func (l *lane) enter(ctx context.Context, r rank) error {
	l.mu.Lock()
	if !l.busy {
		l.busy = true
		l.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	l.waiting[r] = append(l.waiting[r], turn)
	l.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	l.mu.Lock()
	i := slices.Index(l.waiting[r], turn)
	if i >= 0 {
		l.waiting[r] = slices.Delete(l.waiting[r], i, i+1)
	}
	l.mu.Unlock()
	if i < 0 { // the turn came at the same moment: hand it on
		l.leave()
	}
	return ctx.Err()
}

// leave gives the turn to the longest waiting person, or else to bulk work.
func (l *lane) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for r := range l.waiting {
		if len(l.waiting[r]) > 0 {
			next := l.waiting[r][0]
			l.waiting[r] = l.waiting[r][1:]
			close(next)
			return
		}
	}
	l.busy = false
}
