package schedule

import (
	"context"
	"errors"
	"time"

	"healthbot/storage/record"
)

// A message is edited at most once in its gap, and shows everything that
// happened meanwhile. A digest changes with every decision of its run.
const (
	editGap   = time.Second
	digestGap = 5 * time.Second
)

// edit brings the message that has waited longest up to date. Edits go one at a
// time: the store names only the first, so the ones behind it wait with it.
func (o *outbox) edit(ctx context.Context) error {
	if o.editing || o.now.Before(o.editRest) {
		o.by(o.editRest)
		return nil
	}
	d, ok, err := o.store.NextEdit(ctx)
	if err != nil || !ok {
		return err
	}
	gap := editGap
	if d.Kind == record.Digest {
		gap = digestGap
	}
	ready := o.editedAt[d.ID].Add(gap)
	if c, ok := o.channels[d.To]; ok && c.pause.After(ready) {
		ready = c.pause
	}
	switch {
	case o.now.Before(ready):
		o.by(ready)
		return nil
	case !o.edits.AllowN(o.now, 1):
		o.by(o.now.Add(perEdit))
		return nil
	case !o.posts.AllowN(o.now, 1): // one budget for all that is written
		o.by(o.now.Add(perPost))
		return nil
	}
	o.editing = true
	last := o.stuck.id == d.ID && o.stuck.times >= mostUnknown && o.heard.After(o.stuck.since)
	o.call(func() func() {
		done, err := o.update(ctx, d, last)
		return func() { o.edited(d, done, err) }
	})
	return nil
}

// stuck is an edit that Slack doesn't answer.
type stuck struct {
	id    string
	since time.Time
	trouble
}

// update edits a message and marks it as showing what was wanted when it was
// asked for. What can't be shown is marked too, or all behind it would wait for
// ever: when Slack says no, when we panic, and on the last of many tries that
// got no answer although other calls did.
func (o *outbox) update(ctx context.Context, d record.Delivery, last bool) (done bool, err error) {
	err = o.ask(context.WithoutCancel(ctx), func(ctx context.Context) error { return o.slack.Edit(ctx, d) })
	if no, ok := errors.AsType[*record.Refusal](err); ok {
		last = !no.Again
	} else if _, broke := errors.AsType[*panicked](err); broke {
		last = true
	}
	if err == nil || last {
		done = o.mark(ctx, d.ID, func(ctx context.Context) error { return o.store.Edited(ctx, d.ID, d.Wanted) })
	}
	return done, err
}

// edited is the end of an edit.
func (o *outbox) edited(d record.Delivery, done bool, err error) {
	now := time.Now()
	o.editing, o.editedAt[d.ID] = false, now
	log := o.log.With().Str("delivery", d.ID).Str("to", d.To).Logger()
	no, refused := errors.AsType[*record.Refusal](err)
	if err == nil || refused {
		o.answered(now)
	}
	switch {
	case done:
		o.stuck = stuck{}
		if err == nil {
			o.watch.edit()
		} else {
			fault(log.Error(), err, "the message as it was").Msg("message can't be brought up to date")
		}
	case refused:
		c := o.channel(d.To)
		c.wait(now, no.After)
		o.editRest = c.pause // Slack counts edits by method, not by channel
		log.Info().Str("reason", no.Reason).Dur("wait", no.After).Msg("Slack asks to wait")
	default:
		if o.stuck.id != d.ID {
			o.stuck = stuck{id: d.ID, since: now}
		}
		if o.stuck.failed(now) {
			fault(log.Warn(), err, "the message as it was").Int("times", o.stuck.times).Msg("edit not answered; trying again")
		}
		o.editRest = o.stuck.until
	}
}
