package bot

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestLanesKeepOrder(t *testing.T) {
	l := newLanes(4, 1000)
	var mu sync.Mutex
	got := map[string][]int{}
	for i := range 200 {
		for _, key := range []string{"ana", "bob", "max"} {
			enter(t, l)
			l.do(key, func() {
				mu.Lock()
				defer mu.Unlock()
				got[key] = append(got[key], i)
			})
		}
	}
	if left := l.wait(t.Context()); left != 0 {
		t.Fatalf("%d left", left)
	}
	for key, order := range got {
		if len(order) != 200 || !slices.IsSorted(order) {
			t.Errorf("%s's %d gestures came in the order %v", key, len(order), order)
		}
	}
	if len(l.waiting) != 0 {
		t.Errorf("%d lanes stayed open", len(l.waiting))
	}
}

// TestLanesAreSideBySide: a slow gesture of one person holds up nobody else, and
// no more than so many run at once.
func TestLanesAreSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for workers, want := range map[int]time.Duration{1: 4 * time.Second, 2: 2 * time.Second, 9: 2 * time.Second} {
			l := newLanes(workers, 10)
			start := time.Now()
			for _, key := range []string{"ana", "ana", "bob", "bob"} {
				enter(t, l)
				l.do(key, func() { time.Sleep(time.Second) })
			}
			l.wait(t.Context())
			if took := time.Since(start); took != want {
				t.Errorf("two seconds of work for each of two people took %s with %d workers, want %s", took, workers, want)
			}
		}
	})
}

func enter(t *testing.T, l *lanes) {
	t.Helper()
	if !l.enter() {
		t.Fatal("no room")
	}
}

func TestLanesAreFullWithoutWaiting(t *testing.T) {
	l := newLanes(1, 2)
	block := make(chan struct{})
	for range 2 {
		enter(t, l)
		l.do("ana", func() { <-block })
	}
	if l.enter() {
		t.Error("a third gesture found room for two")
	}
	l.then("ana", func() {}) // what follows needs no room
	ended, end := context.WithCancel(t.Context())
	end()
	if left := l.wait(ended); left != 3 {
		t.Errorf("%d left, want 3", left)
	}
	close(block)
	if left := l.wait(t.Context()); left != 0 {
		t.Errorf("%d left, want none", left)
	}
	if !l.enter() {
		t.Error("work that is done kept its room")
	}
}

func TestSeen(t *testing.T) {
	now := noon
	s := newSeen(func() time.Time { return now })
	if s.before("a") || !s.before("a") || s.before("b") {
		t.Error("a key is new once, and only once")
	}
	now = now.Add(rememberFor)
	if !s.before("a") {
		t.Error("forgotten after one period; Slack repeats for an hour")
	}
	now = now.Add(rememberFor)
	s.before("c")
	now = now.Add(rememberFor)
	if s.before("a") {
		t.Error("remembered for ever")
	}
	for i := range rememberMost {
		s.before(key("flood", string(rune(i))))
	}
	s.before("last")
	if n := len(s.new); n > rememberMost {
		t.Errorf("%d keys are kept, want at most %d", n, rememberMost)
	}
}
