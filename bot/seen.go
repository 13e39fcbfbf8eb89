package bot

import (
	"sync"
	"time"
)

// Slack may deliver an event or a command again up to an hour later; clicks and
// submissions are told apart in the database, by the request key.
const (
	rememberFor  = 90 * time.Minute
	rememberMost = 50_000 // Slack sends at most 30,000 events an hour
)

// seen remembers what has been answered already. It keeps two generations, so
// that forgetting costs nothing and a key lives at least as long as it must.
type seen struct {
	mu      sync.Mutex
	turned  time.Time
	new     map[string]struct{}
	old     map[string]struct{}
	clockFn func() time.Time
}

func newSeen(now func() time.Time) *seen {
	return &seen{new: map[string]struct{}{}, clockFn: now, turned: now()}
}

// before says whether a key has come already, and remembers it.
func (s *seen) before(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.clockFn(); now.Sub(s.turned) >= rememberFor || len(s.new) >= rememberMost {
		s.old, s.new, s.turned = s.new, map[string]struct{}{}, now
	}
	if _, ok := s.new[key]; ok {
		return true
	}
	if _, ok := s.old[key]; ok {
		return true
	}
	s.new[key] = struct{}{}
	return false
}
