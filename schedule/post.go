package schedule

import (
	"context"
	"errors"
	"slices"
	"time"

	"healthbot/storage/record"
)

// post starts the posts whose turn it is: in each channel the first in line.
func (o *outbox) post(ctx context.Context) {
	most := atOnce
	if o.silence.times > 0 {
		most = 1 // one is enough to hear whether Slack is back
	}
	first := map[string]bool{}
	for _, p := range slices.Clone(o.line) {
		c := o.channel(p.To)
		turn := !first[p.To]
		first[p.To] = true
		if !turn || p.away || c.busy || len(o.posting) >= most {
			continue // the end of what it waits for makes the next step
		}
		if o.now.Before(c.rest) || o.now.Before(c.pause) {
			o.by(c.rest)
			o.by(c.pause)
			continue
		}
		if !o.posts.AllowN(o.now, 1) {
			o.by(o.now.Add(perPost))
			return
		}
		c.busy, o.posting[p.ID] = true, true
		o.line = slices.DeleteFunc(o.line, func(q *place) bool { return q == p })
		o.call(func() func() {
			marked, err := o.deliver(ctx, p.Delivery)
			return func() { o.posted(p.Delivery, marked, err) }
		})
	}
}

// deliver posts one delivery and marks its end. Neither is interrupted: stopping
// in between would leave a message in Slack that nobody knows of.
func (o *outbox) deliver(ctx context.Context, d record.Delivery) (marked bool, err error) {
	var receipt record.Receipt
	err = o.ask(context.WithoutCancel(ctx), func(ctx context.Context) (err error) {
		receipt, err = o.slack.Deliver(ctx, d)
		return err
	})
	no, refused := errors.AsType[*record.Refusal](err)
	switch {
	case err == nil:
		marked = o.mark(ctx, d.ID, func(ctx context.Context) error { return o.store.DeliverySent(ctx, d.ID, receipt) })
	case refused:
		marked = o.mark(ctx, d.ID, func(ctx context.Context) error { return o.store.DeliveryRefused(ctx, d.ID, *no) })
	}
	return marked, err
}

// posted is the end of a post.
func (o *outbox) posted(d record.Delivery, marked bool, err error) {
	now := time.Now()
	c := o.channel(d.To)
	c.busy, c.rest = false, now.Add(postGap)
	delete(o.posting, d.ID)
	if marked {
		delete(o.unknown, d.ID)
	} else {
		o.unknown[d.ID] = doubt{o.realNow(), o.unknown[d.ID].times + 1}
	}
	log := o.log.With().Str("delivery", d.ID).Str("to", d.To).Logger()
	no, refused := errors.AsType[*record.Refusal](err)
	_, broke := errors.AsType[*panicked](err)
	o.watch.delivery(endOf(err))
	switch {
	case err == nil:
		o.answered(now)
	case refused && no.Again:
		c.wait(now, no.After)
		if !no.Silent {
			o.answered(now)
			log.Info().Str("reason", no.Reason).Dur("wait", no.After).Msg("Slack asks to wait")
		} else if o.silence.failed(now) {
			log.Warn().Str("reason", no.Reason).Int("times", o.silence.times).Msg("Slack can't be reached; trying again")
		}
		until := slices.MaxFunc([]time.Time{c.pause, o.silence.until}, time.Time.Compare).Add(patience)
		o.line = slices.Insert(o.line, 0, &place{Delivery: d, away: true, back: c.pause, until: until})
	case refused:
		o.answered(now)
		log.Warn().Str("reason", no.Reason).Msg("delivery refused for good")
	case broke: // a fault of our own, and no reason to leave Slack alone
		fault(log.Error(), err, "the delivery, to be looked up").Msg("delivery failed")
	default: // when one call is lost, more would be: give Slack a pause
		o.hush(d)
		if o.silence.failed(now) {
			fault(log.Warn(), err, "the delivery, to be looked up").Int("times", o.silence.times).Msg("Slack gave no answer; trying again")
		}
	}
}

// hush keeps the places of those whose end nobody knows once Slack is silent
// altogether: then nothing goes out anyway, and afterwards everything in order. A
// single lost answer keeps none: one card out of line is better than a minute's
// silence.
func (o *outbox) hush(d record.Delivery) {
	o.hushed = append(o.hushed, d)
	if len(o.hushed) < 2 && o.silence.times == 0 {
		return
	}
	for _, d := range slices.Backward(o.hushed) {
		o.line = slices.Insert(o.line, 0, &place{Delivery: d, away: true})
	}
	o.hushed = nil
}

// endOf words what became of a post, for counting.
func endOf(err error) End {
	no, refused := errors.AsType[*record.Refusal](err)
	switch {
	case err == nil:
		return Posted
	case !refused:
		return Unknown
	case no.Again:
		return Retried
	}
	return Dead
}

// answered notes that Slack is there.
func (o *outbox) answered(now time.Time) {
	o.silence.mended()
	o.hushed = nil
	o.heard = now
}

// wait keeps everything from a channel for as long as Slack asks.
func (c *channel) wait(now time.Time, after time.Duration) {
	if t := now.Add(max(after, postGap)); t.After(c.pause) {
		c.pause = t
	}
}

// mark writes a delivery's end down, and tries again while the store fails:
// until it is written, the delivery counts as under way. When the bot is
// stopping it gives up after a few seconds; the next start then looks it up.
func (o *outbox) mark(ctx context.Context, id string, write func(context.Context) error) bool {
	var t trouble
	for left := 5; ; {
		err := guard(func() error { return write(context.WithoutCancel(ctx)) })
		if err == nil {
			return true
		}
		if t.failed(time.Now()) {
			fault(o.log.Error(), err, "the delivery, as under way").Str("delivery", id).Int("times", t.times).Msg("delivery not marked; trying again")
		}
		switch record.KindOf(err) {
		case record.NotFound, record.Conflict, record.Invalid:
			return false // it wouldn't be written next time either
		}
		wait, stopped := time.Until(t.until), ctx.Done()
		if ctx.Err() != nil {
			if left--; left < 0 {
				return false
			}
			wait, stopped = firstPause, nil
		}
		select {
		case <-time.After(wait):
		case <-stopped:
		}
	}
}
