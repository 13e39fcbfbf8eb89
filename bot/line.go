package bot

import (
	"context"
	"sync"

	"github.com/slack-go/slack/socketmode"
)

// line is one of the connections.
type line struct {
	n      int
	client *socketmode.Client
	pace   *pace
	acks   tally
	bad    int // envelopes that couldn't be read
	greets int // how often Slack said hello

	mu   sync.Mutex
	stop context.CancelFunc // ends the connection, or the attempt at one
}

// connect keeps a connection until ctx ends, or until it is to begin anew.
func (l *line) connect(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	l.mu.Lock()
	l.stop = stop
	l.mu.Unlock()
	return l.client.RunContext(ctx)
}

// again begins anew after a failed attempt. slack-go would wait by itself now, up
// to five minutes beside what the pace makes it wait.
func (l *line) again() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stop != nil {
		l.stop()
	}
}

// ack answers an envelope. slack-go only queues it; the tally knows when it left.
func (l *line) ack(id string, payload any) error {
	ctx, cancel := context.WithTimeout(context.Background(), ackWithin)
	defer cancel()
	l.acks.queued()
	if err := l.client.AckCtx(ctx, id, payload); err != nil {
		l.acks.left()
		return err
	}
	return nil
}

// tally counts acks on their way out.
type tally struct {
	mu   sync.Mutex
	n    int
	none chan struct{} // closed when n falls to zero
}

func (t *tally) queued() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n++; t.n == 1 {
		t.none = make(chan struct{})
	}
}

func (t *tally) left() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n == 0 {
		return
	}
	if t.n--; t.n == 0 {
		close(t.none)
	}
}

// wait returns when every ack is out, or how many aren't when ctx ends.
func (t *tally) wait(ctx context.Context) int {
	t.mu.Lock()
	n, none := t.n, t.none
	t.mu.Unlock()
	if n == 0 {
		return 0
	}
	select {
	case <-none:
		return 0
	case <-ctx.Done():
		t.mu.Lock()
		defer t.mu.Unlock()
		return t.n
	}
}
