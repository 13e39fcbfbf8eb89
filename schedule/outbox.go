package schedule

import (
	"context"
	"slices"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/time/rate"

	"healthbot/storage/record"
)

// Slack's limits: one message a second and channel, several hundred messages a
// minute in all, chat.update and conversations.history in tier 3 (50 a minute).
// docs.slack.dev/apis/web-api/rate-limits
const (
	postGap   = time.Second
	perPost   = 250 * time.Millisecond // 240 a minute
	perEdit   = 1200 * time.Millisecond
	perLookup = 1200 * time.Millisecond
)

const (
	// ahead is how many deliveries are claimed while their channels must wait, so
	// that the ones behind them, to other channels, go on. After a kill, each
	// costs a look into its channel.
	ahead = 32
	// atOnce is how many posts are under way at a time, each to another channel.
	atOnce = 4
	// patience is how long a channel waits for a refused delivery to come back,
	// once Slack's pause is over, before the ones behind it overtake.
	patience = 30 * time.Second
	// mostUnknown is how often one delivery's end may stay unknown.
	mostUnknown = 5
)

// outbox brings queued deliveries to Slack and keeps posted ones up to date.
//
// One goroutine, in run, owns all of its state. Calls to Slack, and the marks in
// the store that follow them, run beside it and hand back a function, which the
// owner runs: no locks, and one order of things.
type outbox struct {
	store   Store
	slack   Deliverer
	log     zerolog.Logger
	watch   Watch
	realNow func() time.Time
	poll    time.Duration // how often to look without being woken
	settle  time.Duration
	wake    chan struct{}

	ends  chan func()
	calls int // under way: posts, an edit, a round of settling

	line     []*place // claimed deliveries in the order of their turn
	channels map[string]*channel
	posting  map[string]bool  // ids being posted or marked
	unknown  map[string]doubt // by id: ends that nobody knew
	began    time.Time        // real time
	editing  bool
	editRest time.Time            // no edit before
	editedAt map[string]time.Time // when a message was edited last
	stuck    stuck
	settling bool
	settleAt time.Time

	posts, edits, lookups *rate.Limiter

	silence trouble           // posts get no answer
	hushed  []record.Delivery // whose answers were lost since the last one that came
	heard   time.Time         // Slack's last definite answer
	faults  trouble           // of the store
	lookup  trouble
	now     time.Time // of this step
	next    time.Time // when the next one is due
}

// place is a delivery's place in line. It is kept, without the delivery, while
// that is back in the store for a pause that Slack asked for, or while Slack is
// silent and nobody knows its end.
type place struct {
	record.Delivery
	away        bool
	back, until time.Time // when it is expected, and when given up; zero: not before its end is known
}

// channel is what is known of a channel, or of a person for direct messages.
type channel struct {
	busy  bool      // a post is under way
	rest  time.Time // no post before
	pause time.Time // nothing at all before: Retry-After
}

// doubt is what is known of a delivery whose end isn't.
type doubt struct {
	since time.Time // real time
	times int
}

func newOutbox(o Options) *outbox {
	return &outbox{
		store: o.Store, slack: o.Deliverer, watch: o.Watch, realNow: o.RealNow, poll: o.Tick, settle: o.Settle,
		log:  o.Log.With().Str("part", "outbox").Logger(),
		wake: make(chan struct{}, 1), ends: make(chan func()),
		channels: map[string]*channel{}, posting: map[string]bool{},
		unknown: map[string]doubt{}, editedAt: map[string]time.Time{},
		posts:   rate.NewLimiter(rate.Every(perPost), atOnce),
		edits:   rate.NewLimiter(rate.Every(perEdit), 5),
		lookups: rate.NewLimiter(rate.Every(perLookup), 1),
	}
}

func (o *outbox) wakeUp() {
	select {
	case o.wake <- struct{}{}:
	default: // it is about to look anyway
	}
}

// run works until ctx ends, and then until the outbox is at rest.
func (o *outbox) run(ctx context.Context) {
	o.began = o.realNow()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
			continue
		case <-o.wake:
		case end := <-o.ends:
			o.calls--
			end()
		case <-timer.C:
		}
		timer.Reset(o.step(ctx))
	}
	o.drain(ctx)
}

// step starts everything that can start, and answers how long nothing more can.
func (o *outbox) step(ctx context.Context) time.Duration {
	o.now = time.Now()
	o.next = o.now.Add(o.poll)
	o.forget()
	try(ctx, &o.faults, o.log, "every delivery and edit that waits", func() error {
		if !o.silence.resting(o.now) {
			if err := o.claim(ctx); err != nil {
				return err
			}
			o.post(ctx)
			if err := o.edit(ctx); err != nil {
				return err
			}
		}
		return o.settleOld(ctx)
	})
	o.by(o.silence.until)
	o.by(o.faults.until)
	return max(time.Until(o.next), 0)
}

// by asks for the next step at t, unless that was past when this step began.
func (o *outbox) by(t time.Time) {
	if t.After(o.now) && t.Before(o.next) {
		o.next = t
	}
}

// forget drops what no longer matters, so that nothing here grows for ever.
func (o *outbox) forget() {
	o.line = slices.DeleteFunc(o.line, func(p *place) bool { return p.away && !p.until.IsZero() && !o.now.Before(p.until) })
	for to, c := range o.channels {
		if !c.busy && o.now.After(c.rest) && o.now.After(c.pause) {
			delete(o.channels, to)
		}
	}
	for id, t := range o.editedAt {
		if o.now.Sub(t) > digestGap {
			delete(o.editedAt, id)
		}
	}
}

func (o *outbox) channel(to string) *channel {
	c, ok := o.channels[to]
	if !ok {
		c = &channel{}
		o.channels[to] = c
	}
	return c
}

// claim takes deliveries from the store while there is room in line. Those whose
// place is kept have room always. A claim isn't interrupted: between the
// store's commit and its answer the delivery would be nobody's.
func (o *outbox) claim(ctx context.Context) error {
	for {
		room, expected := ahead, 0
		for _, p := range o.line {
			switch {
			case !p.away:
				room--
			case p.back.IsZero():
			case !o.now.Before(p.back):
				expected++
				o.by(o.now.Add(time.Second)) // it may come back any moment
			default:
				o.by(p.back)
			}
		}
		if room <= 0 && expected == 0 {
			return nil
		}
		d, ok, err := o.store.NextDelivery(context.WithoutCancel(ctx))
		if err != nil || !ok {
			return err
		}
		i := slices.IndexFunc(o.line, func(p *place) bool { return p.away && p.ID == d.ID })
		if i >= 0 {
			o.line[i] = &place{Delivery: d}
			continue
		}
		o.line = append(o.line, &place{Delivery: d})
		if room <= 0 {
			return nil // those expected are older; so they aren't back yet
		}
	}
}

// call runs work beside the loop, and what it returns in the loop.
func (o *outbox) call(work func() (end func())) {
	o.calls++
	go func() { o.ends <- work() }()
}

// ask calls Slack for at most a quarter of the time after which an unknown end
// is looked into: by then, the call is certainly over.
func (o *outbox) ask(ctx context.Context, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, o.settle/4)
	defer cancel()
	return guard(func() error { return call(ctx) })
}

// drain waits for what is under way, and gives back what was claimed and not begun.
func (o *outbox) drain(ctx context.Context) {
	for ; o.calls > 0; o.calls-- {
		end := <-o.ends
		end()
	}
	for _, p := range o.line {
		if !p.away && !o.mark(ctx, p.ID, func(ctx context.Context) error { return o.store.DeliveryLost(ctx, p.ID) }) {
			return // the store is out of order; the next start finds them by itself
		}
	}
}
