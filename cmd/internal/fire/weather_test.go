package fire

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"healthbot/bot/slacksim"
)

// weather is what the local Slack does to its callers.
type weather struct {
	w    *world
	mu   sync.Mutex
	rng  *rand.Rand
	done chan struct{}
	stop context.CancelFunc
}

var (
	// some answers to calls are lost, late, wrong, or a no
	failures = []string{"429", "500_before", "500_after", "lost_answer", "malformed", "reset", "hang"}
	// and so are envelopes and connections
	troubles = []string{"repeat", "late", "ignore_ack", "drop_socket", "disconnect_refresh"}
	// What the guard asks is answered: it refuses people when Slack doesn't say who
	// they are, and such a refusal is right.
	spared = map[string]bool{"users.info": true, "conversations.info": true, "views.open": true}
)

const (
	oneCallIn   = 20 // fails
	troubleRest = 1500 * time.Millisecond
)

// storm makes Slack hostile until it is calmed.
func (w *world) storm(seed uint64) *weather {
	ctx, stop := context.WithCancel(w.ctx)
	x := &weather{w: w, rng: rand.New(rand.NewPCG(seed, 4)), done: make(chan struct{}), stop: stop}
	w.gate.before = func(method string) { x.call(ctx, method) }
	go func() {
		defer close(x.done)
		for ctx.Err() == nil {
			x.ask(ctx, slacksim.Fault{Kind: troubles[x.draw(len(troubles))]})
			pause(ctx, time.Duration(x.draw(int(2*troubleRest))))
		}
	}()
	return x
}

// call decides what becomes of a call that is about to reach Slack.
func (x *weather) call(ctx context.Context, method string) {
	if x.draw(oneCallIn) == 0 && !spared[method] {
		x.ask(ctx, slacksim.Fault{Kind: failures[x.draw(len(failures))], Method: method})
	}
}

func (x *weather) ask(ctx context.Context, f slacksim.Fault) {
	if err := x.w.slack.Fault(ctx, f); err != nil && ctx.Err() == nil {
		x.w.Errorf("the local Slack doesn't fail: %v", err)
	}
}

func (x *weather) draw(n int) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.rng.IntN(n)
}

// calm ends it, and what was still to come.
func (x *weather) calm() {
	x.w.Helper()
	x.stop()
	<-x.done
	x.w.must(x.w.slack.Fault(x.w.ctx, slacksim.Fault{Kind: "clear"}))
}
