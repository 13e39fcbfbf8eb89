package bot

import (
	"context"
	"time"

	"healthbot/bot/view"
	"healthbot/scoring"
	"healthbot/storage/record"
)

// take puts one's name on a review. The card shows it by editing itself.
func (b *Bot) take(ctx context.Context, g *gesture) (answer, error) {
	if _, err := b.store.TakeReview(ctx, g.actor(b.o.People), record.Take{Review: g.review.Review.ID}); err != nil {
		return answer{}, err
	}
	b.changed(g.who, g.account.Owner)
	return answer{}, nil
}

func (b *Bot) confirmRun(ctx context.Context, g *gesture) (answer, error) {
	if _, err := b.store.ConfirmRun(ctx, g.actor(b.o.People), g.run.Run.ID); err != nil {
		return answer{}, err
	}
	b.changed(g.who)
	return answer{}, nil
}

func (b *Bot) acceptTask(ctx context.Context, g *gesture) (answer, error) {
	if _, err := b.store.ChangeTask(ctx, g.actor(b.o.People), record.TaskChange{Task: g.task.Task.ID, Verb: record.AcceptTask}); err != nil {
		return answer{}, err
	}
	b.changed(g.who, g.task.Task.Owner, g.account.Owner)
	return answer{}, nil
}

func (b *Bot) acknowledge(ctx context.Context, g *gesture) (answer, error) {
	a := record.Answer{Escalation: g.esc.Escalation.ID, Verb: record.Acknowledge}
	if _, err := b.store.AnswerEscalation(ctx, g.actor(b.o.People), a); err != nil {
		return answer{}, err
	}
	b.changed(g.who, g.esc.Escalation.By, g.account.Owner)
	return answer{}, nil
}

// verifyInputs records what somebody found out about inputs on hold. The next
// step is chosen from the case as it stands then.
func (b *Bot) verifyInputs(ctx context.Context, g *gesture) (answer, error) {
	v, err := view.ParseInputs(b.o.Model, g.view)
	if err != nil {
		return answer{}, err
	}
	v.Review = g.meta.Review
	c, err := b.store.VerifyInputs(ctx, g.actor(b.o.People), v)
	if err != nil {
		return answer{}, err
	}
	b.changed(g.who, c.Account.Owner)
	m := g.meta
	for _, in := range v.Inputs {
		m.Changed = append(m.Changed, in.Measure)
	}
	next, err := b.step(g, c, m)
	if record.KindOf(err) == record.Forbidden {
		// Recorded; what comes next is somebody else's.
		return form(view.Done("The inputs are recorded, with your name. " + record.Say(err))), nil
	}
	return next, err
}

// chooseOutcome keeps the outcome step as a draft, right or wrong, and shows
// what follows from it.
func (b *Bot) chooseOutcome(ctx context.Context, g *gesture) (answer, error) {
	d, wrong := view.ParseOutcome(g.view, g.review.Draft)
	d.Review, d.Person = g.meta.Review, g.who
	if err := b.store.SaveDraft(ctx, part(g.actor(b.o.People), "draft"), d); err != nil {
		return answer{}, err
	}
	if wrong != nil {
		return answer{}, wrong
	}
	return form(view.ReviewFollow(b.frame(g.who, g.account), g.review, d, g.meta)), nil
}

// decide records the outcome. What keeps it from being recorded keeps the draft.
func (b *Bot) decide(ctx context.Context, g *gesture) (answer, error) {
	if g.review.Draft == nil {
		if d := g.review.Decision; d != nil && d.By == g.who && d.Outcome == g.meta.Outcome && d.ID != g.meta.Supersedes && !d.At.Before(g.meta.OpenedAt) {
			return answer{done: true}, nil // Slack sent the form again: this is what it recorded
		}
		return answer{}, record.Errorf(record.Conflict, "The first step of this review isn't there any more, so nothing was saved. Please close the form and open the review again.")
	}
	c, d, err := view.ParseFollow(g.view, *g.review.Draft)
	if err == nil {
		err = b.record(ctx, g, c)
	}
	if err != nil {
		d.Review, d.Person = g.meta.Review, g.who
		if lost := b.store.SaveDraft(ctx, part(g.actor(b.o.People), "draft"), d); lost != nil {
			b.router.line(b.log.Warn().Err(lost), g).Msg("a draft could not be kept")
		}
		return answer{}, err
	}
	if g.meta.Via == "command" { // no card shows it
		return form(view.Done("Recorded: " + g.account.Name + " is set to " + string(c.Outcome) + ".")), nil
	}
	return answer{done: true}, nil
}

func (b *Bot) record(ctx context.Context, g *gesture, c record.Classify) error {
	if c.Outcome == scoring.Escalation {
		if err := b.may(g.who, record.EscalateAct, g.account); err != nil {
			return err
		}
	}
	c.Review, c.Supersedes, c.Seen = g.meta.Review, g.meta.Supersedes, g.meta.Seen()
	if _, err := b.store.Decide(ctx, g.actor(b.o.People), c); err != nil {
		return err
	}
	concerned := []string{g.who, g.account.Owner, c.Owner}
	if c.Task != nil {
		concerned = append(concerned, c.Task.Owner)
	}
	if c.Escalate != nil {
		concerned = append(concerned, c.Escalate.Recipient)
	}
	b.changed(concerned...)
	return nil
}

func (b *Bot) snooze(ctx context.Context, g *gesture) (answer, error) {
	s, err := view.ParseSnooze(g.view)
	if err != nil {
		return answer{}, err
	}
	s.Review = g.meta.Review
	if _, err := b.store.SnoozeReview(ctx, g.actor(b.o.People), s); err != nil {
		return answer{}, err
	}
	b.changed(g.who, g.account.Owner)
	return answer{done: true}, nil
}

func (b *Bot) assignOwner(ctx context.Context, g *gesture) (answer, error) {
	a, err := view.ParseOwner(g.view)
	if err != nil {
		return answer{}, err
	}
	a.Review, a.Account = g.meta.Review, g.account.ID
	if _, err := b.store.AssignOwner(ctx, g.actor(b.o.People), a); err != nil {
		return answer{}, err
	}
	b.changed(g.who, g.account.Owner, a.Owner)
	return answer{done: true}, nil
}

func (b *Bot) changeTask(ctx context.Context, g *gesture) (answer, error) {
	c, err := view.ParseTask(g.view)
	if err != nil {
		return answer{}, err
	}
	c.Task = g.meta.Subject
	if _, err := b.store.ChangeTask(ctx, g.actor(b.o.People), c); err != nil {
		return answer{}, err
	}
	b.changed(g.who, g.task.Task.Owner, c.Owner, g.account.Owner)
	return answer{done: true}, nil
}

func (b *Bot) answerEscalation(ctx context.Context, g *gesture) (answer, error) {
	a, err := view.ParseDecide(g.view)
	if err != nil {
		return answer{}, err
	}
	a.Escalation = g.meta.Subject
	if _, err := b.store.AnswerEscalation(ctx, g.actor(b.o.People), a); err != nil {
		return answer{}, err
	}
	b.changed(g.who, g.esc.Escalation.By, g.account.Owner)
	return answer{done: true}, nil
}

// moment words an instant in the office's zone.
func (b *Bot) moment(t time.Time) string {
	zone := b.o.Policy.Zone
	if zone == nil {
		zone = time.UTC
	}
	return t.In(zone).Format("2 January at 15:04")
}
