package bot

import (
	"context"
	"sync"
)

// lanes runs work in order within a key and side by side across keys, a bounded
// number at a time. The key is a person: what one person does happens in the
// order in which they did it, and nobody waits behind somebody else's slow call.
type lanes struct {
	at   chan struct{} // one token per piece of work under way
	room chan struct{} // one token per gesture known, waiting or under way

	mu      sync.Mutex
	waiting map[string][]func() // a key is present while its lane is open
	left    int                 // pieces of work not done yet
	idle    chan struct{}       // closed while there are none
}

func newLanes(atOnce, most int) *lanes {
	idle := make(chan struct{})
	close(idle)
	return &lanes{at: make(chan struct{}, atOnce), room: make(chan struct{}, most), waiting: map[string][]func(){}, idle: idle}
}

// enter takes room for one more gesture, if there is any; leave gives it back.
// It never waits: whoever reads a socket would hold up everybody's acks with it.
func (l *lanes) enter() bool {
	select {
	case l.room <- struct{}{}:
		return true
	default:
		return false
	}
}

func (l *lanes) leave() { <-l.room }

// do queues work for which there is room already.
func (l *lanes) do(key string, work func()) {
	l.then(key, func() {
		defer l.leave()
		work()
	})
}

// then queues what follows from work under way and needs no room of its own:
// work that waited for room while holding some would wait for ever.
func (l *lanes) then(key string, work func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.left == 0 {
		l.idle = make(chan struct{})
	}
	l.left++
	if q, open := l.waiting[key]; open {
		l.waiting[key] = append(q, work)
		return
	}
	l.waiting[key] = nil
	go l.run(key, work)
}

// run works through one lane and ends with it, so that idle people cost nothing.
func (l *lanes) run(key string, work func()) {
	for work != nil {
		l.at <- struct{}{}
		work()
		<-l.at
		work = l.next(key)
	}
}

func (l *lanes) next(key string) func() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.left--; l.left == 0 {
		close(l.idle)
	}
	if q := l.waiting[key]; len(q) > 0 {
		l.waiting[key] = q[1:]
		return q[0]
	}
	delete(l.waiting, key)
	return nil
}

// wait returns when nothing is left to do, or with how much is when ctx ends.
func (l *lanes) wait(ctx context.Context) (left int) {
	for {
		l.mu.Lock()
		idle, left := l.idle, l.left
		l.mu.Unlock()
		if left == 0 {
			return 0
		}
		select {
		case <-idle:
		case <-ctx.Done():
			return left
		}
	}
}
