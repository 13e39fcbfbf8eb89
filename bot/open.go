package bot

import (
	"context"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"healthbot/bot/view"
	"healthbot/scoring"
	"healthbot/storage/record"
)

// openReview opens the first step that the review needs now. On a decided
// review the form is a correction: a new decision, and the old one stays.
func (b *Bot) openReview(_ context.Context, g *gesture) (answer, error) {
	return b.step(g, g.review, b.metaOf(g))
}

// openAccountReview opens the account's review, a spot review if none is open.
func (b *Bot) openAccountReview(ctx context.Context, g *gesture) (answer, error) {
	r, err := b.store.OpenReview(ctx, g.actor(b.o.People), g.account.ID)
	if err != nil {
		return answer{}, err
	}
	if g.review, err = b.store.ReviewCase(ctx, r.ID, g.who); err != nil {
		return answer{}, err
	}
	b.changed(g.who)
	return b.openReview(ctx, g)
}

// step is what has to be done next with a case: verify what is on hold, give it
// an owner, or choose an outcome. Each takes a right of its own.
func (b *Bot) step(g *gesture, c record.Case, m view.Meta) (answer, error) {
	f := b.frame(g.who, c.Account)
	if i := slices.IndexFunc(c.Holds, func(h scoring.Hold) bool { return h.Kind == scoring.HoldModel }); i >= 0 {
		return answer{}, record.Unapproved(c.Holds[i].Evidence)
	}
	if len(c.Holds) == 0 {
		if err := b.may(g.who, record.ClassifyAct, c.Account); err != nil {
			return answer{}, err
		}
		return form(view.ReviewOutcome(f, c, m)), nil
	}
	act, show := record.VerifyInputs, view.ReviewInputs
	if onlyUnowned(c.Holds) {
		act, show = record.ChangeOwner, view.OwnerForm
	}
	if err := b.may(g.who, act, c.Account); err != nil {
		return answer{}, because("This account is on hold: "+evidence(c.Holds)+".", err)
	}
	return form(show(f, c, m)), nil
}

// onlyUnowned says that an owner is all that is missing.
func onlyUnowned(holds []scoring.Hold) bool {
	return !slices.ContainsFunc(holds, func(h scoring.Hold) bool { return h.Kind != scoring.HoldUnowned })
}

// because puts the reason before a refusal.
func because(why string, err error) error {
	return &record.Error{Kind: record.KindOf(err), Say: why + " " + record.Say(err), Cause: err}
}

func evidence(holds []scoring.Hold) string {
	var out []string
	for _, h := range holds {
		out = append(out, h.Evidence)
	}
	return strings.Join(out, "; ")
}

// metaOf begins a form's metadata: what it is about and where it came from.
func (b *Bot) metaOf(g *gesture) view.Meta {
	m := view.Meta{OpenedAt: b.o.Now(), Via: "card", Channel: g.channel, TS: g.message}
	switch {
	case g.view.Type == slack.VTHomeTab:
		m.Via = "home"
	case g.private, g.kind == command, strings.HasPrefix(g.channel, "D"):
		m.Via = "command"
	}
	return m
}

func (b *Bot) openMore(ctx context.Context, g *gesture) (answer, error) {
	item, _, err := view.ParseMore(g.value)
	if err != nil {
		return answer{}, err
	}
	switch item {
	case view.MoreOwner:
		return b.openOwner(ctx, g)
	case view.MoreSnooze:
		if err := undecided(b, g.review); err != nil {
			return answer{}, err
		}
		return form(view.SnoozeForm(b.frame(g.who, g.account), g.review, b.metaOf(g))), nil
	}
	return b.openSaying(g, item, g.review), nil
}

// openAccountMore is the menu of an account without a review.
func (b *Bot) openAccountMore(ctx context.Context, g *gesture) (answer, error) {
	item, _, err := view.ParseMore(g.value)
	if err != nil {
		return answer{}, err
	}
	c, err := b.store.Case(ctx, g.account.ID, g.who)
	if err != nil {
		return answer{}, err
	}
	return b.openSaying(g, item, c), nil
}

// undecided refuses what only makes sense before a decision.
func undecided(b *Bot, c record.Case) error {
	d := c.Decision
	if d == nil {
		return nil
	}
	return record.Errorf(record.Conflict, "Already set to %s by %s on %s, so there is nothing to put off. Nothing was changed.", d.Outcome, d.ByName, b.moment(d.At))
}

func (b *Bot) openOwner(_ context.Context, g *gesture) (answer, error) {
	return form(view.OwnerForm(b.frame(g.who, g.account), g.review, b.metaOf(g))), nil
}

func (b *Bot) openTaskDone(_ context.Context, g *gesture) (answer, error) {
	return b.taskForm(g, record.CompleteTask, view.TaskDoneForm)
}

func (b *Bot) openTaskDecline(_ context.Context, g *gesture) (answer, error) {
	return b.taskForm(g, record.DeclineTask, view.TaskDeclineForm)
}

func (b *Bot) openTaskHand(_ context.Context, g *gesture) (answer, error) {
	return b.taskForm(g, record.HandOnTask, view.TaskHandForm)
}

// taskForm opens a task's form, unless the task has moved on.
func (b *Bot) taskForm(g *gesture, v record.TaskVerb, show func(view.Frame, record.TaskCase, view.Meta) slack.ModalViewRequest) (answer, error) {
	if _, err := g.task.Task.Move(v, b.o.People); err != nil {
		return answer{}, err
	}
	m := b.metaOf(g)
	m.Subject = g.task.Task.ID
	return form(show(b.frame(g.who, g.account), g.task, m)), nil
}

func (b *Bot) openDecide(ctx context.Context, g *gesture) (answer, error) {
	if _, err := g.esc.Escalation.Move(record.Accept, b.o.People); err != nil {
		return answer{}, err
	}
	// Its owner sees that it was opened; the form doesn't depend on it.
	if err := b.store.EscalationOpened(ctx, g.actor(b.o.People), g.esc.Escalation.ID); err != nil {
		b.router.line(b.log.Warn().Err(err), g).Msg("that an escalation was opened could not be kept")
	}
	b.o.Wake()
	m := b.metaOf(g)
	m.Subject = g.esc.Escalation.ID
	return form(view.DecideForm(b.frame(g.who, g.account), g.esc, m)), nil
}
