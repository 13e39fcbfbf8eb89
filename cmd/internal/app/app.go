// Package app is the only place that knows every package: it opens the
// database, connects the bot and the scheduler to it, runs them, and takes them
// down again, last in, first out.
package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"healthbot/bot"
	"healthbot/schedule"
	"healthbot/storage"
	"healthbot/storage/record"
)

// Options are everything that a running healthbot needs to be told.
type Options struct {
	DB                         string // path of the database file
	APIURL, BotToken, AppToken string
	Rules                      record.Rules
	Now                        func() time.Time // the office clock; default time.Now
	Log                        zerolog.Logger
	Tick                       time.Duration // how often to look for due work; 0: the scheduler's default
	Settle                     time.Duration // how long an unknown end rests before Slack is asked; 0: the scheduler's default
	Name                       string        // who holds the lease, for people: "run on host web-1"
	HTTP                       string        // loopback address at which operators are answered; "": none
}

// App is a running healthbot.
type App struct {
	db        *storage.DB
	bot       *bot.Bot
	scheduler *schedule.Scheduler
	metrics   *metrics
	status    *status // nil: nobody is answered
	o         Options
	cleanups  []func() error
}

// leaseEvery is how often the right to be the only bot on a database is
// renewed; storage gives it up after 30 s without.
const leaseEvery = 5 * time.Second

// carryEvery is how often an import is looked for that waits to be stored.
const carryEvery = 250 * time.Millisecond

// New opens and connects everything, and starts nothing. It is deliberately one
// straight line: each step needs the one before, and whatever was opened is
// closed again when a later step fails.
func New(ctx context.Context, o Options) (_ *App, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	a := &App{o: o, metrics: newMetrics()}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()

	a.db, err = storage.Open(ctx, storage.Options{Path: o.DB, Now: o.Now, Rules: o.Rules, Log: o.Log})
	if err != nil {
		return nil, err
	}
	a.cleanups = append(a.cleanups, a.db.Close)

	release, err := a.db.Lease(ctx, o.Name)
	if err != nil {
		return nil, err
	}
	a.cleanups = append(a.cleanups, release)

	if o.HTTP != "" {
		if a.status, err = newStatus(o.HTTP, a.metrics, a.db.Backlog, o.Log.With().Str("part", "status").Logger()); err != nil {
			return nil, err
		}
		a.status.writable = a.db.Writable
		a.cleanups = append(a.cleanups, a.status.close)
	}

	// Scores of a file that nobody approved are a slip at the command line. A
	// built-in version that differs comes from an upgrade or another configuration:
	// outcomes are held then, and what people have open goes on.
	if err := a.db.WatchModel(ctx); err != nil {
		if record.KindOf(err) != record.Conflict || !o.Rules.Model.IsBuiltIn() {
			return nil, err
		}
		o.Log.Error().Err(err).Msg("the model isn't the approved one")
	}

	// A route that never ran is due from the day on which the database was made.
	first, err := a.db.Events(ctx, 0, 1)
	if err != nil {
		return nil, err
	}
	since := func(string) time.Time {
		if len(first) == 0 {
			return time.Time{}
		}
		return first[0].At
	}

	// The scheduler delivers through the bot, and the bot wakes the scheduler:
	// the one knot of the program, tied here and nowhere else.
	a.bot, err = bot.New(bot.Options{
		APIURL: o.APIURL, BotToken: o.BotToken, AppToken: o.AppToken,
		Store: a.db, People: o.Rules.People, Policy: o.Rules.Policy, Model: o.Rules.Model,
		Now: o.Now, Log: o.Log, Watch: a.metrics.bot(),
		Wake:    func() { a.scheduler.Wake() },
		NextRun: func(now time.Time) time.Time { return a.scheduler.Next(now) },
	})
	if err != nil {
		return nil, err
	}
	a.scheduler, err = schedule.New(schedule.Options{
		Store: a.db, Deliverer: a.bot, Policy: o.Rules.Policy, Model: o.Rules.Model, Now: o.Now, Tick: o.Tick, Settle: o.Settle,
		First: since, Watch: a.metrics.schedule(), Log: o.Log,
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// Run works until ctx ends, or until something happens that only a person can
// mend; it returns when every queued answer has left and every delivery in
// flight is marked.
func (a *App) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return a.bot.Run(ctx) })
	g.Go(func() error { return a.scheduler.Run(ctx) })
	g.Go(func() error { return a.keepLease(ctx) })
	g.Go(func() error { return a.carryImports(ctx) })
	if a.status != nil {
		g.Go(func() error { a.status.run(ctx); return nil })
	}
	if err := g.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// keepLease renews the right to be the only bot here; losing it ends the bot,
// because two on one database would each think that they alone post.
func (a *App) keepLease(ctx context.Context) error {
	t := time.NewTicker(leaseEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			err := a.db.RenewLease(ctx, a.o.Name)
			switch {
			case err == nil || ctx.Err() != nil:
			case record.KindOf(err) == record.Busy:
				return fmt.Errorf("stopped, because another healthbot took over this database: %w", err)
			default: // a passing fault; the lease outlives several missed renewals
				a.o.Log.Warn().Err(err).Msg("lease not renewed; trying again")
			}
		}
	}
}

// carryImports stores what `healthbot import` hands over while the bot runs.
func (a *App) carryImports(ctx context.Context) error {
	t := time.NewTicker(carryEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			if err := a.db.CarryImports(ctx); err != nil && ctx.Err() == nil {
				a.o.Log.Error().Err(err).Msg("import not stored")
			}
		}
	}
}

// Close takes everything down, last in, first out.
func (a *App) Close() error {
	var errs []error
	for len(a.cleanups) > 0 {
		last := a.cleanups[len(a.cleanups)-1]
		a.cleanups = a.cleanups[:len(a.cleanups)-1]
		errs = append(errs, last())
	}
	return errors.Join(errs...)
}

// Ready is closed when the first connection to Slack stands.
func (a *App) Ready() <-chan struct{} { return a.bot.Ready() }

// HTTP is the address at which operators are answered, "" for none.
func (a *App) HTTP() string {
	if a.status == nil {
		return ""
	}
	return a.status.listen.Addr().String()
}

// DB is the open database, for commands that prepare it before Run.
func (a *App) DB() *storage.DB { return a.db }
