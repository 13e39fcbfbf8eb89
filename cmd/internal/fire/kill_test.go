package fire

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// plan is how much is tried.
type plan struct {
	program string
	company company
	seed    uint64
	kills   int
	posts   int           // go on until there are so many, if that is more
	within  time.Duration // stop killing then, whatever was reached
}

// fire lets a company work while its bot is killed and Slack is hostile, and
// judges what is left when all is still.
func fire(t *testing.T, p plan) *verdict {
	t.Helper()
	w := newWorld(t, p.program, p.company, p.seed)
	v := &verdict{}
	ctx, goHome := context.WithCancel(t.Context())
	defer goHome()
	people := w.gather(ctx, p.seed)
	weather := w.storm(p.seed)
	w.gate.slow = settle / 4

	lives := &lives{world: w, verdict: v, people: people, grip: w.newGrip(), route: -1, turns: map[need]int{}}
	for end := time.Now().Add(p.within); (lives.kills < p.kills || len(w.gate.posts) < p.posts) && time.Now().Before(end) && lives.next(); {
	}
	v.count("kills", lives.kills)

	weather.calm()
	w.gate.slow = 0
	lives.rest(goHome)
	return v
}

// lives are the bot's, one after the other.
type lives struct {
	*world
	*verdict
	people *crowd
	grip   *grip
	kills  int
	turns  map[need]int // of the named steps
	route  int          // whose next run comes due when the clock is moved; -1: none is waited for
}

// next lives one life to its violent end: at a named step, at any moment, or
// after long enough for unknown ends to settle.
func (l *lives) next() bool {
	need := l.clock()
	p := l.run()
	k := &killer{grip: l.grip, within: settle}
	name := "at any moment"
	switch n := l.rng.IntN(100); {
	case n < 25 && need != aSlot:
		name = "after a while"
		l.until(settle*6, func() bool { return l.unfinished(l.grip.db) == 0 })
	case n < 70 || need == aSlot:
		name = l.reach(need, k)
	default:
		pause(l.ctx, time.Duration(l.rng.Int64N(int64(settle/2)))) // before it is connected, too
	}
	l.gate.orphan()
	err := p.kill()
	l.gate.orphan()
	for _, f := range k.freed {
		f()
	}
	l.gate.clear()
	l.must(l.grip.loose())
	l.kills++
	l.count("kill: "+name, 1)
	if err != nil {
		l.bad("ended", "%v", err)
		return false
	}
	l.wish()
	return true
}

// reach waits for the next named step that can come; one that doesn't come in
// time is a kill at any moment.
func (l *lives) reach(going need, k *killer) string {
	if going == "" {
		going = aPost
		if l.people.waiting() > 0 && l.rng.IntN(2) == 0 {
			going = aClick
		}
	}
	for l.turns[going]++; ; l.turns[going]++ {
		if s := steps[l.turns[going]%len(steps)]; s.needs != going {
			continue
		} else if s.reach(l.world, k) {
			return s.name
		}
		return "at any moment"
	}
}

// wish chooses the route whose next run is to come due, if none is chosen yet.
// It is the next one on the clock.
func (l *lives) wish() {
	if l.route < 0 && l.unfinished(l.grip.db) < 60 {
		l.route = l.following()
	}
}

// following is the route that is due next on the office's clock.
func (l *lives) following() int {
	now := l.office().Minute()
	for route := range l.segments {
		if minute(route) > now {
			return route
		}
	}
	return 0
}

// clock moves the office to the next slot, when nobody is at work on what that
// will carry over; it answers what is going on then.
func (l *lives) clock() need {
	if l.route < 0 || !l.people.retire(l.route) {
		return ""
	}
	now := l.office()
	to := now.Truncate(time.Hour).Add(time.Duration(minute(l.route)) * time.Minute)
	for !to.After(now) || to.Hour() < firstHour || to.Hour() > lastHour {
		to = to.Add(time.Hour)
	}
	l.setOffice(to.Add(time.Duration(l.rng.Int64N(int64(settle/8))) - settle/16))
	l.people.resume(l.route)
	l.route = -1
	return aSlot
}

// rest lets the last bot live until nothing is left to do, and judges.
func (l *lives) rest(goHome context.CancelFunc) {
	p := l.run()
	if err := l.connected(p, time.Minute); err != nil {
		l.bad("ended", "%v", err)
		return
	}
	end := time.Now().Add(30 * time.Second)
	l.until(time.Until(end), func() bool { return l.people.waiting() == 0 })
	if time.Now().After(end) {
		goHome()
	}
	l.people.leave()
	db := l.open("query_only(1)")
	if !l.until(4*time.Minute, func() bool { return l.unfinished(db) == 0 }) {
		l.bad("lost", "%d deliveries and edits are never finished\n%s", l.unfinished(db), p.tail())
	}
	if err := p.stop(); err != nil {
		l.bad("ended", "%v", err)
	}
	l.judge(l.verdict, l.people)
}

// report writes a verdict down.
func (v *verdict) report(t *testing.T) {
	t.Helper()
	var parts []string
	for _, what := range slices.SortedFunc(maps.Keys(v.figures), func(a, b string) int { return cmp.Compare(a, b) }) {
		parts = append(parts, fmt.Sprintf("%s %d", what, v.figures[what]))
	}
	t.Logf("seed %d: %s", *seed, strings.Join(parts, ", "))
}

// short is what every run of the tests tries.
func short(program string) plan {
	return plan{program: program, company: office, seed: *seed, kills: 40, within: 30 * time.Second}
}

var office = company{people: 10, segments: 3, firms: 60}

// The bot is killed again and again, at random and at each named step, while
// Slack is hostile, people press and reviews come due. In the end every message
// is there once, and what was acknowledged is on record once.
func TestKills(t *testing.T) {
	outside(t)
	t.Parallel()
	p := short(build(t, pace...))
	if *long {
		p.kills, p.posts, p.within = 125, 1250, 5*time.Minute
	}
	upheld(t, fire(t, p))
}
