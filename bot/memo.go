package bot

import (
	"context"
	"sync"
	"time"
)

const (
	factsFresh   = 5 * time.Minute // how long we believe what Slack said about a person
	channelFresh = time.Minute     // a channel may become shared at any moment
	factsStale   = time.Hour       // and how long when Slack doesn't answer
	memoMost     = 20_000
)

// memo keeps what Slack says about a person or a channel for a while. When Slack
// doesn't answer, what it said within the last hour is good enough; without that
// the error is returned, and the guard refuses.
type memo[T any] struct {
	load         func(ctx context.Context, id string) (T, error)
	fresh, stale time.Duration
	mu           sync.Mutex
	known        map[string]fact[T]
	forgotten    int // how often
}

type fact[T any] struct {
	value T
	at    time.Time
}

func newMemo[T any](load func(context.Context, string) (T, error), fresh, stale time.Duration) *memo[T] {
	return &memo[T]{load: load, fresh: fresh, stale: stale, known: map[string]fact[T]{}}
}

func (m *memo[T]) get(ctx context.Context, id string) (T, error) {
	m.mu.Lock()
	f, ok := m.known[id]
	before := m.forgotten
	m.mu.Unlock()
	if ok && time.Since(f.at) < m.fresh {
		return f.value, nil
	}
	v, err := m.load(ctx, id)
	if err != nil {
		// A definite answer of Slack's counts more than what was true before.
		if ok && slackCode(err) == "" && time.Since(f.at) < m.stale {
			return f.value, nil
		}
		return v, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.known) >= memoMost {
		clear(m.known)
	}
	if m.forgotten == before {
		m.known[id] = fact[T]{v, time.Now()}
	}
	return v, nil
}

// forget drops what is known of an id, also for when Slack doesn't answer. What is
// being loaded at this moment may be as old, so it isn't kept either.
func (m *memo[T]) forget(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.known, id)
	m.forgotten++
}
