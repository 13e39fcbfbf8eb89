package slacksim

import "time"

// clock is the office clock: real time, moved.
type clock struct{ ahead time.Duration }

func startClock(at time.Time) clock { return clock{time.Until(at)} }

func (c clock) now() time.Time       { return time.Now().Add(c.ahead) }
func (c *clock) set(t time.Time)     { c.ahead = time.Until(t) }
func (c *clock) add(d time.Duration) { c.ahead += d }

// timer is a callback on real time, under the server's mutex, that Close knows of.
type timer struct {
	s     *Server
	inner *time.Timer
}

// after runs f once d has passed, holding s.mu. The caller holds s.mu too. A
// closed server arms nothing, or Close would wait for it.
func (s *Server) after(d time.Duration, f func()) *timer {
	if s.closed {
		return nil
	}
	t := &timer{s: s}
	s.tasks.Add(1)
	s.timers[t] = struct{}{}
	t.inner = time.AfterFunc(d, func() {
		defer s.tasks.Done()
		s.mu.Lock()
		defer s.mu.Unlock()
		if _, armed := s.timers[t]; !armed {
			return // stopped while it waited for the mutex
		}
		delete(s.timers, t)
		f()
	})
	return t
}

// stop is harmless on a timer that is nil, stopped or has fired.
func (t *timer) stop() {
	if t == nil {
		return
	}
	delete(t.s.timers, t)
	if t.inner.Stop() {
		t.s.tasks.Done()
	}
}
