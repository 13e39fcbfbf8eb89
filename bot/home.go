package bot

import (
	"context"
	"sync"
	"time"

	"healthbot/bot/view"
	"healthbot/storage/record"
)

const (
	homeTab      = "home"
	homeQuiet    = 1500 * time.Millisecond // changes come in bursts; one view shows them all
	homesTracked = 5000
)

// openHome shows a person's desk in the Home tab.
func (b *Bot) openHome(ctx context.Context, g *gesture) (answer, error) {
	if g.tab != homeTab { // the Messages tab is opened with the same event
		return answer{}, nil
	}
	b.homes.opened(g.who)
	return answer{}, b.publish(ctx, g.who)
}

func (b *Bot) publish(ctx context.Context, who string) error {
	d, err := b.desk(ctx, who)
	if err != nil {
		return err
	}
	return b.slack.publishHome(ctx, who, view.Home(b.frame(who, record.Account{}), d))
}

// desk is what a person has to do; storage doesn't know the schedule.
func (b *Bot) desk(ctx context.Context, who string) (record.Desk, error) {
	d, err := b.store.Desk(ctx, who)
	if err != nil {
		return d, err
	}
	if now := b.o.Now(); d.NextRun.IsZero() {
		d.NextRun = b.o.NextRun(now)
	}
	return d, nil
}

// homes refreshes the Home of people whose desk changed, once they have opened
// it: for anybody else the next opening is soon enough.
type homes struct {
	b     *Bot
	quiet time.Duration
	kick  chan struct{}

	mu    sync.Mutex
	seen  map[string]bool
	dirty map[string]bool
}

func newHomes(b *Bot) *homes {
	return &homes{b: b, quiet: homeQuiet, kick: make(chan struct{}, 1), seen: map[string]bool{}, dirty: map[string]bool{}}
}

func (h *homes) opened(who string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.seen) >= homesTracked {
		clear(h.seen)
	}
	h.seen[who] = true
	delete(h.dirty, who) // it is about to be shown as it is now
}

// touch says that these people's desks changed. Empty ids are nobody.
func (h *homes) touch(people ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range people {
		if h.seen[p] {
			h.dirty[p] = true
		}
	}
	if len(h.dirty) == 0 {
		return
	}
	select {
	case h.kick <- struct{}{}:
	default:
	}
}

// run publishes until ctx ends.
func (h *homes) run(ctx context.Context) {
	for {
		select {
		case <-h.kick:
		case <-ctx.Done():
			return
		}
		t := time.NewTimer(h.quiet)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return
		}
		h.mu.Lock()
		dirty := h.dirty
		h.dirty = map[string]bool{}
		h.mu.Unlock()
		for who := range dirty {
			if err := h.b.publish(ctx, who); err != nil {
				h.b.log.Warn().Err(err).Str("who", who).Msg("a Home tab could not be refreshed")
			}
		}
	}
}
