package schedule

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// Options say what to work with, and how.
type Options struct {
	Store     Store
	Deliverer Deliverer
	Policy    record.Policy // its routes are the jobs
	Model     scoring.Model // scores runs; the approved version
	Now       func() time.Time
	RealNow   func() time.Time // for settling; Store must mark claims by the same clock
	Tick      time.Duration    // how often to look, in real time; default 5 s
	// Settle is how long the end of a delivery must have been unknown before the
	// channel is asked; default 60 s. A call to Slack gets a quarter of it.
	Settle time.Duration
	// First says from which moment on a job that never ran has slots, for example
	// since when the database is there. By default, and for the zero time, that
	// is the first tick of this process.
	First func(job string) time.Time
	Watch Watch // for an operator's counters
	Log   zerolog.Logger
}

const (
	defaultTick   = 5 * time.Second
	defaultSettle = 60 * time.Second
)

// Scheduler does the background work. It is started once, by [Scheduler.Run].
type Scheduler struct {
	o       Options
	log     zerolog.Logger
	jobs    []*job
	out     *outbox
	woken   record.Date // the office's day on which snoozes were last ended
	snoozes trouble
	bells   trouble
	planned bool // deadlines of earlier work are armed
	weeks   weeks
	started atomic.Bool
}

// job is a route with its place in time.
type job struct {
	route record.Route
	spec  Spec
	since time.Time // its slots begin after this; used while it never ran
	owed  []Slot    // what is to be run
	done  string    // the last slot of which this process knows that its run is open
	spots spots
	known Wall   // the last missed slot of which admins know
	told  string // the slot of which they know that its run doesn't open
	trouble
}

// New checks the routes, and reports everything that is wrong with them.
func New(o Options) (*Scheduler, error) {
	if o.Store == nil || o.Deliverer == nil {
		return nil, errors.New("schedule: a Store and a Deliverer are needed")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.RealNow == nil {
		o.RealNow = time.Now
	}
	if o.Tick <= 0 {
		o.Tick = defaultTick
	}
	if o.Settle <= 0 {
		o.Settle = defaultSettle
	}
	s := &Scheduler{o: o, log: o.Log.With().Str("part", "schedule").Logger()}
	var err error
	if s.weeks.spec, err = ParseCron(weekLine); err != nil {
		return nil, err
	}
	var errs []error
	names := map[string]bool{}
	for _, r := range o.Policy.Routes {
		j, err := newJob(r)
		if names[r.Name] {
			err = errors.Join(err, record.Errorf(record.Invalid, "Two routes are named so. Rename one: the name is how its runs are told apart."))
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("route %q: %w", r.Name, err))
			continue
		}
		names[r.Name] = true
		s.jobs = append(s.jobs, j)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	s.out = newOutbox(o)
	return s, nil
}

func newJob(r record.Route) (*job, error) {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, record.Errorf(record.Invalid, format, args...)) }
	if r.Name == "" {
		wrong("It has no name. Give it one: the name is how its runs are told apart.")
	}
	if strings.Contains(r.Name, ":") {
		wrong("Its name has a colon in it. Leave that out: it marks the runs between a route's slots.")
	}
	if r.Segment == "" {
		wrong("It names no segment. Say whose accounts it reviews.")
	}
	if r.Channel == "" {
		wrong("It names no channel. Give the id of the channel to post in.")
	}
	if r.Zone == nil {
		wrong("It has no time zone. Write an IANA name such as Europe/Berlin.")
	}
	if r.Grace < 0 {
		wrong("Its grace of %s is negative. Leave it out, or say how old a missed slot may be.", r.Grace)
	}
	switch r.CatchUp {
	case "", record.CatchLatest, record.CatchAll, record.CatchSkip:
	default:
		wrong("Its catch-up %q is unknown. Write latest, all or skip.", r.CatchUp)
	}
	spec, err := ParseCron(r.Cron)
	if err != nil {
		errs = append(errs, err)
	}
	return &job{route: r, spec: spec}, errors.Join(errs...)
}

// Next is when the next run is due after now; zero without routes.
func (s *Scheduler) Next(now time.Time) time.Time {
	var next time.Time
	for _, j := range s.jobs {
		w, ok := j.spec.next(WallAt(now, j.route.Zone))
		if !ok {
			continue
		}
		if at := w.In(j.route.Zone); next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return next
}

// Wake says that something may wait to be delivered. It never blocks.
func (s *Scheduler) Wake() { s.out.wakeUp() }

// Run works until ctx ends, and then until every delivery in flight is marked.
// A run that is being made is left as begun; the next start finishes it.
func (s *Scheduler) Run(ctx context.Context) error {
	if !s.started.CompareAndSwap(false, true) {
		return errors.New("schedule: Run was called twice")
	}
	var wg sync.WaitGroup
	wg.Go(func() { s.out.run(ctx) })
	s.watch(ctx)
	wg.Wait()
	return nil
}

// watch looks at the office clock, now and at every tick. That clock may have
// been moved in between, by a year or backwards; nothing here depends on its
// going evenly.
func (s *Scheduler) watch(ctx context.Context) {
	t := time.NewTicker(s.o.Tick)
	defer t.Stop()
	for ctx.Err() == nil {
		s.tick(ctx, s.o.Now())
		s.o.Watch.tick()
		select {
		case <-ctx.Done():
		case <-t.C:
		}
	}
}

// tick does what is due. One thing's fault doesn't keep the others waiting.
func (s *Scheduler) tick(ctx context.Context, now time.Time) {
	try(ctx, &s.snoozes, s.log.With().Str("work", "snoozes").Logger(), "all snoozes", func() error { return s.wakeSnoozed(ctx, now) })
	try(ctx, &s.weeks.trouble, s.log.With().Str("work", "weekly scores").Logger(), "all weeks scored so far", func() error { return s.scoreWeeks(ctx, now, false) })
	for _, j := range s.jobs {
		try(ctx, &j.trouble, s.log.With().Str("job", j.route.Name).Logger(), "everything scored so far", func() error { return s.advance(ctx, j, now) })
		try(ctx, &j.spots.trouble, s.log.With().Str("job", j.route.Name).Str("work", "spot reviews").Logger(), "every account, for the next look", func() error { return s.bringUp(ctx, j, now) })
	}
	try(ctx, &s.bells, s.log.With().Str("work", "deadlines").Logger(), "every deadline", func() error { return s.ring(ctx) })
}

// wakeSnoozed ends snoozes once on every day of the office, before that day's
// runs look for accounts.
func (s *Scheduler) wakeSnoozed(ctx context.Context, now time.Time) error {
	today := record.Rules{Policy: s.o.Policy}.Today(now)
	if today == s.woken {
		return nil
	}
	n, err := s.o.Store.WakeSnoozed(ctx, today)
	if err != nil {
		return fmt.Errorf("end snoozes up to %s: %w", today, err)
	}
	s.woken = today
	if n > 0 {
		s.log.Info().Int("reviews", n).Stringer("day", today).Msg("snoozes ended")
		s.Wake()
	}
	return nil
}
