package bot

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"healthbot/bot/view"
	"healthbot/scoring"
	"healthbot/storage/record"
)

// Store is what the bot reads and the use cases that it calls. Each change is
// one transaction and idempotent by the actor's request key.
type Store interface {
	Account(ctx context.Context, id string) (record.Account, error)
	Find(ctx context.Context, query string, most int) ([]record.Match, error)
	Case(ctx context.Context, account, viewer string) (record.Case, error)
	ReviewCase(ctx context.Context, review, viewer string) (record.Case, error)
	RunCase(ctx context.Context, run string) (record.RunCase, error)
	TaskCase(ctx context.Context, id string) (record.TaskCase, error)
	EscalationCase(ctx context.Context, id string) (record.EscalationCase, error)
	Queue(ctx context.Context, f record.QueueFilter) ([]record.QueueRow, error)
	Desk(ctx context.Context, person string) (record.Desk, error)
	Delivery(ctx context.Context, id string) (record.Delivery, error) // what an admin is told about
	Notice(ctx context.Context, id string) (record.Notice, error)     // likewise
	Reminder(ctx context.Context, id string) (record.Reminder, error)

	OpenReview(ctx context.Context, by record.Actor, account string) (record.Review, error)
	SaveDraft(ctx context.Context, by record.Actor, d record.Draft) error
	TakeReview(ctx context.Context, by record.Actor, t record.Take) (record.Review, error)
	SnoozeReview(ctx context.Context, by record.Actor, s record.Snooze) (record.Review, error)
	VerifyInputs(ctx context.Context, by record.Actor, v record.Verify) (record.Case, error)
	AssignOwner(ctx context.Context, by record.Actor, a record.AssignOwner) (record.Account, error)
	SetOverride(ctx context.Context, by record.Actor, o record.SetOverride) (record.Case, error)
	ReportCancellation(ctx context.Context, by record.Actor, r record.ReportCancellation) (record.Case, error)
	WithdrawCancellation(ctx context.Context, by record.Actor, w record.WithdrawCancellation) (record.Case, error)
	RecordPulse(ctx context.Context, by record.Actor, p record.Pulse) (record.Case, error)
	Decide(ctx context.Context, by record.Actor, c record.Classify) (record.Decision, error)
	ChangeTask(ctx context.Context, by record.Actor, c record.TaskChange) (record.Task, error)
	AnswerEscalation(ctx context.Context, by record.Actor, a record.Answer) (record.Escalation, error)
	EscalationOpened(ctx context.Context, by record.Actor, id string) error
	ConfirmRun(ctx context.Context, by record.Actor, run string) (record.Run, error)
}

// Options are everything that the bot needs. Keep the fields named.
type Options struct {
	APIURL             string // of Slack's Web API; empty: the real one
	BotToken, AppToken string
	Store              Store
	People             record.Directory
	Policy             record.Policy
	Model              scoring.Model
	Now                func() time.Time // the office clock; nil: time.Now
	Log                zerolog.Logger
	Wake               func()                        // tells the outbox that something may be pending
	NextRun            func(now time.Time) time.Time // for Home; the zero time: none is planned
	Watch              Watch                         // for an operator's counters
}

// Bot answers people and delivers messages.
type Bot struct {
	o        Options
	rules    record.Rules
	log      zerolog.Logger
	store    Store
	slack    messenger
	sockets  *sockets
	me       identity // known before the first gesture arrives
	users    *memo[userFacts]
	channels *memo[channelFacts]
	dms      *memo[string]
	router   *router
	homes    *homes
	close    func() // lets go of idle connections
}

// New checks the options and the table of routes; it doesn't speak with Slack.
func New(o Options) (*Bot, error) { return newBot(o, slacksTempo) }

func newBot(o Options, tempo tempo) (*Bot, error) {
	if o.Store == nil {
		return nil, errors.New("bot: a store is needed")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Wake == nil {
		o.Wake = func() {}
	}
	if o.NextRun == nil {
		o.NextRun = func(time.Time) time.Time { return time.Time{} }
	}
	if p := wrongTokens(o.BotToken, o.AppToken); len(p) > 0 {
		return nil, &record.Error{Kind: record.Invalid, Say: p[0].String()}
	}
	api := newSlackAPI(o)
	b := assemble(o, api)
	b.close = api.http.CloseIdleConnections
	b.sockets = newSockets(o, api, tempo)
	b.sockets.take, b.sockets.settle = b.router.take, b.router.wait
	return b, nil
}

// assemble makes everything but the sockets.
func assemble(o Options, m messenger) *Bot {
	b := &Bot{o: o, rules: record.Rules{People: o.People, Policy: o.Policy, Model: o.Model}, log: o.Log, store: o.Store, slack: m}
	b.users = newMemo(m.user, factsFresh, factsStale)
	b.channels = newMemo(m.channel, channelFresh, factsStale)
	b.dms = newMemo(m.openDM, 24*time.Hour, 24*time.Hour) // a DM's channel never changes
	b.router = newRouter(b, routes())
	b.homes = newHomes(b)
	return b
}

// Run receives until ctx ends, and then drains: work that was taken is finished
// and its acks are out when it returns. It ends early only for what no retry can
// mend, with an error that says the fix.
func (b *Bot) Run(ctx context.Context) error {
	defer b.close()
	if err := b.introduce(ctx); err != nil || ctx.Err() != nil {
		return err
	}
	// Handlers outlive ctx by the length of the drain.
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	b.router.begin(work)
	var wg sync.WaitGroup
	wg.Go(func() { b.homes.run(work) })
	err := b.sockets.run(ctx)
	stop()
	wg.Wait()
	// What the drain had to leave is cut short now; the store may be closed next.
	last, cancel := context.WithTimeout(context.Background(), commitWithin)
	defer cancel()
	if left := b.router.wait(last); left > 0 {
		b.log.Error().Int("left", left).Msg("stopped beside work that doesn't end")
	}
	return err
}

// Ready is closed when Slack first said hello.
func (b *Bot) Ready() <-chan struct{} { return b.sockets.ready }

// introduce learns who we are, waiting for Slack as long as it takes.
func (b *Bot) introduce(ctx context.Context) error {
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		me, err := b.slack.whoAmI(ctx)
		if err == nil {
			b.me = me
			return nil
		}
		if fatal := fatalAuth(slackCode(err)); fatal != nil {
			return fmt.Errorf("greet Slack: %w", fatal)
		}
		if ctx.Err() != nil {
			return nil
		}
		b.log.Warn().Err(err).Dur("again_in", wait).Msg("Slack can't be reached")
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return nil
		}
	}
}

// today is the office's calendar day.
func (b *Bot) today() record.Date { return b.rules.Today(b.o.Now()) }

// may asks the role table.
func (b *Bot) may(who string, act record.Act, a record.Account) error {
	return b.o.People.May(who, act, a, b.today())
}

// frame is what a view for one person depends on; for a channel, who is "".
// ARR appears only in private answers to those who may see it.
func (b *Bot) frame(who string, about record.Account) view.Frame {
	f := view.Frame{Now: b.o.Now(), Zone: b.o.Policy.Zone, People: b.o.People, Policy: b.o.Policy, Model: b.o.Model, Viewer: who}
	if p, ok := b.o.People.Person(who); ok {
		if p.Zone != nil {
			f.Zone = p.Zone
		}
		f.Commercial = about.ID != "" && b.may(who, record.SeeCommercial, about) == nil
	}
	return f
}

// changed wakes the outbox and refreshes the Home of those concerned.
func (b *Bot) changed(people ...string) {
	b.o.Wake()
	b.homes.touch(people...)
}
