package fire

import (
	"context"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"sync"

	"healthbot/bot/slacksim"
)

// want is something that a person sets out to do, and keeps at until Slack shows
// that it was taken.
type want struct {
	person   string
	verb     verb
	delivery string // the message on which it is done; "" for what is asked for by name
	account  string // then
	route    int    // whose run it belongs to; -1: none
	place    slacksim.Target

	tried, kept bool // a click was sent; the app took one
}

type verb string

const (
	take   verb = "take"
	decide verb = "decide"
	snooze verb = "snooze"
	verify verb = "verify"
	accept verb = "accept"
	finish verb = "finish"
)

// crowd is everybody in the company at their Slack.
type crowd struct {
	w   *world
	ctx context.Context

	mu     sync.Mutex
	rng    *rand.Rand
	open   bool
	queues map[string][]*want
	busy   map[int]int // wants under way, by route
	closed map[int]bool
	asked  map[int]bool // held firms that somebody was sent to
	done   []*want
	bells  map[string]chan any
	errs   []error
	doing  sync.WaitGroup
}

// gather seats everybody. They act until leave.
func (w *world) gather(ctx context.Context, seed uint64) *crowd {
	w.Helper()
	c := &crowd{w: w, ctx: ctx, rng: rand.New(rand.NewPCG(seed, 3)), open: true, queues: map[string][]*want{}, busy: map[int]int{},
		closed: map[int]bool{}, asked: map[int]bool{}, bells: map[string]chan any{}}
	for i := range w.people {
		seat, err := w.slack.As(personID(i))
		w.must(err)
		c.bells[seat.ID] = make(chan any, 1)
		p := &person{crowd: c, Seat: seat}
		c.doing.Go(p.act)
	}
	w.gate.seen = c.see
	return c
}

var firmForm = regexp.MustCompile(`Firm (\d{4})`)

// see decides what people will do about a message.
func (c *crowd) see(s sight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := slacksim.Target{Channel: s.channel, TS: s.ts}
	route := slices.Index(c.channels(), s.channel)
	switch {
	case !c.open || route >= 0 && c.closed[route]:
	case slices.Contains(s.labels, "Take it"):
		m := firmForm.FindStringSubmatch(s.text)
		if m == nil {
			c.errs = append(c.errs, fmt.Errorf("a card names no firm: %s", s.text))
			return
		}
		var firm int
		_, _ = fmt.Sscanf(m[1], "%d", &firm) // four digits
		who := personID(c.w.owner(firm))
		for _, v := range c.plan() {
			c.add(&want{person: who, verb: v, delivery: s.delivery, route: route, place: at})
		}
	case slices.Contains(s.labels, "Accept"):
		for i := range c.w.people {
			if c.w.dms[personID(i)] == s.channel {
				c.add(&want{person: personID(i), verb: accept, delivery: s.delivery, route: -1, place: at})
				c.add(&want{person: personID(i), verb: finish, delivery: s.delivery, route: -1, place: at})
			}
		}
	case route >= 0: // a digest; it counts what is held
		for firm := route * c.w.firms; firm < (route+1)*c.w.firms; firm++ {
			if c.w.held(firm) && !c.asked[firm] {
				c.asked[firm] = true
				c.add(&want{person: personID(c.w.owner(firm)), verb: verify, account: fmt.Sprintf("f%04d", firm), route: route})
				break
			}
		}
	}
}

// plan is what somebody does about a card.
func (c *crowd) plan() []verb {
	switch n := c.rng.IntN(100); {
	case n < 35:
		return []verb{take, decide}
	case n < 60:
		return []verb{decide}
	case n < 72:
		return []verb{snooze}
	case n < 85:
		return []verb{take}
	}
	return nil // nobody has time; it comes up again
}

func (c *crowd) channels() (out []string) {
	for i := range c.w.segments {
		out = append(out, channelID(i))
	}
	return out
}

func (c *crowd) add(x *want) {
	c.queues[x.person] = append(c.queues[x.person], x)
	ring(c.bells[x.person])
}

// next is what a person does next; nil: everybody goes home.
func (c *crowd) next(who string) *want {
	for {
		c.mu.Lock()
		if q := c.queues[who]; len(q) > 0 {
			x := q[0]
			c.queues[who] = q[1:]
			c.busy[x.route]++
			c.done = append(c.done, x)
			c.mu.Unlock()
			return x
		}
		open := c.open
		c.mu.Unlock()
		if !open {
			return nil
		}
		select {
		case <-c.bells[who]:
		case <-c.ctx.Done():
			return nil
		}
	}
}

// retire lets nobody begin anything on a route's cards, because its next run is
// about to carry them over; still says that nobody is at it any more.
func (c *crowd) retire(route int) (still bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed[route] = true
	for who, q := range c.queues {
		c.queues[who] = slices.DeleteFunc(q, func(x *want) bool { return x.route == route })
	}
	return c.busy[route] == 0
}

// resume lets people act on a route's new cards.
func (c *crowd) resume(route int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed[route] = false
}

// leave ends the day: what is under way is finished, and nothing begun.
func (c *crowd) leave() {
	c.mu.Lock()
	c.open = false
	clear(c.queues)
	for _, b := range c.bells {
		ring(b)
	}
	c.mu.Unlock()
	c.doing.Wait()
}

// waiting is how much people still have before them.
func (c *crowd) waiting() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, q := range c.queues {
		n += len(q)
	}
	for _, k := range c.busy {
		n += k
	}
	return n
}
