package bot

import (
	"context"

	"healthbot/bot/view"
	"healthbot/storage/record"
)

// openSaying opens the form for what a person has to say about an account.
func (b *Bot) openSaying(g *gesture, item view.More, c record.Case) answer {
	f, m := b.frame(g.who, c.Account), b.metaOf(g)
	switch item {
	case view.MoreOverride:
		return form(view.OverrideForm(f, c, m))
	case view.MoreCancelling:
		return form(view.CancellingForm(f, c, m))
	}
	return form(view.PulseForm(f, c, m))
}

// openPulse is the way from a review's form to the pulse and back.
func (b *Bot) openPulse(_ context.Context, g *gesture) (answer, error) {
	m := b.formMeta(g)
	m.Review = g.review.Review.ID
	return form(view.PulseForm(b.frame(g.who, g.account), g.review, m)), nil
}

// openEscalation is the way past data holds while the customer is known to want
// to cancel.
func (b *Bot) openEscalation(_ context.Context, g *gesture) (answer, error) {
	return b.escalateAnyway(g, g.review, b.formMeta(g))
}

// escalateAnyway shows the outcome form although data holds stand, if what a
// person reported lets it; otherwise the review goes its usual way.
func (b *Bot) escalateAnyway(g *gesture, c record.Case, m view.Meta) (answer, error) {
	if !c.EscalatesAnyway() {
		return b.step(g, c, m)
	}
	for _, act := range []record.Act{record.ClassifyAct, record.EscalateAct} {
		if err := b.may(g.who, act, c.Account); err != nil {
			return answer{}, err
		}
	}
	return form(view.ReviewOutcome(b.frame(g.who, c.Account), c, m)), nil
}

// formMeta is the metadata of the form in which a button was pressed, so that the
// review goes on as it began; elsewhere it begins anew.
func (b *Bot) formMeta(g *gesture) view.Meta {
	if m, err := view.ParseMeta(g.view.PrivateMetadata); err == nil && m.Review != "" {
		return m
	}
	return b.metaOf(g)
}

func (b *Bot) recordPulse(ctx context.Context, g *gesture) (answer, error) {
	p, err := view.ParsePulse(g.view)
	if err != nil {
		return answer{}, err
	}
	c, err := b.store.RecordPulse(ctx, g.actor(b.o.People), p)
	if err != nil {
		return answer{}, err
	}
	b.changed(g.who, c.Account.Owner)
	if g.meta.Review != "" && c.Review != nil && c.Review.ID == g.meta.Review { // the review goes on
		m := g.meta
		m.Subject, m.Changed = "", append(m.Changed, record.PulseMeasure)
		next, err := b.step(g, c, m)
		if record.KindOf(err) != record.Forbidden {
			return next, err
		}
	}
	return form(view.PulseRecorded(b.frame(g.who, c.Account), c, p)), nil
}

func (b *Bot) setOverride(ctx context.Context, g *gesture) (answer, error) {
	o, err := view.ParseOverride(g.view)
	if err != nil {
		return answer{}, err
	}
	c, err := b.store.SetOverride(ctx, g.actor(b.o.People), o)
	if err != nil {
		return answer{}, err
	}
	b.changed(g.who, c.Account.Owner)
	return b.shown(g, "The override is recorded, with your name. `"+cmdHealth+" "+c.Account.Name+"` shows it beside the computed score."), nil
}

// reportCancellation records the report and, for who may, goes on to escalating.
func (b *Bot) reportCancellation(ctx context.Context, g *gesture) (answer, error) {
	r, err := view.ParseCancelling(g.view)
	if err != nil {
		return answer{}, err
	}
	c, err := b.store.ReportCancellation(ctx, g.actor(b.o.People), r)
	if err != nil {
		return answer{}, err
	}
	b.changed(g.who, c.Account.Owner)
	m := g.meta
	m.Review, m.Subject, m.Step = "", "", ""
	next, err := b.escalateAnyway(g, c, m)
	if err != nil { // recorded; what comes next is somebody else's
		return form(view.Done("It is recorded, with your name. " + record.Say(err))), nil
	}
	return next, nil
}

func (b *Bot) withdrawCancellation(ctx context.Context, g *gesture) (answer, error) {
	w, err := view.ParseStaying(g.view)
	if err != nil {
		return answer{}, err
	}
	c, err := b.store.WithdrawCancellation(ctx, g.actor(b.o.People), w)
	if err != nil {
		return answer{}, err
	}
	b.changed(g.who, c.Account.Owner)
	return b.shown(g, "It is withdrawn, with your name; the report stays on record."), nil
}

// shown closes the form where a card shows what was done, and else says it.
func (b *Bot) shown(g *gesture, done string) answer {
	if g.meta.Via == "command" {
		return form(view.Done(done))
	}
	return answer{done: true}
}
