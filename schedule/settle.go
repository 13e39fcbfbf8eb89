package schedule

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"healthbot/storage/record"
)

// settleOld looks for deliveries whose end nobody knows, and asks Slack about
// them once the settle time is over.
//
// The time counts from the end of the call; for what an earlier process left
// behind, from the start of this one, because a claim may be older than the
// post that followed it. Asking too early finds nothing, and posts twice.
func (o *outbox) settleOld(ctx context.Context) error {
	before := o.realNow().Add(-o.settle)
	if early := o.began.Sub(before); early > 0 {
		o.by(o.now.Add(early))
		return nil
	}
	if o.settling || o.now.Before(o.settleAt) {
		o.by(o.settleAt)
		return nil
	}
	o.settleAt = o.now.Add(o.poll)
	old, err := o.store.Unsettled(ctx, before)
	if err != nil {
		return err
	}
	old = slices.DeleteFunc(old, func(d record.Delivery) bool {
		return o.posting[d.ID] || o.unknown[d.ID].since.After(before) ||
			slices.ContainsFunc(o.line, func(p *place) bool { return p.ID == d.ID && !p.away })
	})
	if len(old) == 0 {
		return nil
	}
	o.settling = true
	hopeless := map[string]bool{}
	for id, u := range o.unknown {
		hopeless[id] = u.times >= mostUnknown
	}
	o.call(func() func() {
		ended, err := o.lookUp(ctx, old, hopeless)
		return func() { o.settled(ctx, ended, err) }
	})
	return nil
}

// lookUp asks for each delivery in turn, until Slack doesn't answer. It returns
// what became of those about which it did, by id.
func (o *outbox) lookUp(ctx context.Context, old []record.Delivery, hopeless map[string]bool) (ended map[string]record.DeliveryState, err error) {
	ended = map[string]record.DeliveryState{}
	for _, d := range old {
		if err := o.lookups.Wait(ctx); err != nil {
			return ended, err
		}
		end, write, err := o.lookFor(ctx, d, hopeless[d.ID])
		if err != nil {
			return ended, fmt.Errorf("look for delivery %s: %w", d.ID, err)
		}
		if o.mark(ctx, d.ID, write) {
			o.log.Info().Str("delivery", d.ID).Str("to", d.To).Str("end", string(end)).Msg("unknown end settled")
			o.watch.delivery(map[record.DeliveryState]End{record.Sent: Found, record.Pending: Retried, record.Dead: Dead}[end])
			ended[d.ID] = end
		}
	}
	return ended, nil
}

// lookFor finds out what became of a delivery, and how to write that down.
func (o *outbox) lookFor(ctx context.Context, d record.Delivery, hopeless bool) (end record.DeliveryState, write func(context.Context) error, err error) {
	var receipt record.Receipt
	var found bool
	err = o.ask(ctx, func(ctx context.Context) (err error) {
		receipt, found, err = o.slack.Lookup(ctx, d)
		return err
	})
	var why string
	no, refused := errors.AsType[*record.Refusal](err)
	switch {
	case refused && !no.Again:
		why = "Nobody knows whether it was posted, and its channel can't be read: " + no.Reason
	case err != nil:
		return "", nil, err
	case found:
		return record.Sent, func(ctx context.Context) error { return o.store.DeliverySent(ctx, d.ID, receipt) }, nil
	case hopeless:
		why = fmt.Sprintf("Slack gave no answer %d times, and it isn't in the channel. The log says more.", mostUnknown)
	default:
		return record.Pending, func(ctx context.Context) error { return o.store.DeliveryLost(ctx, d.ID) }, nil
	}
	return record.Dead, func(ctx context.Context) error {
		return o.store.DeliveryRefused(ctx, d.ID, record.Refusal{Reason: why})
	}, nil
}

// settled is the end of a round.
func (o *outbox) settled(ctx context.Context, ended map[string]record.DeliveryState, err error) {
	o.settling = false
	now := time.Now()
	for id, end := range ended {
		i := slices.IndexFunc(o.line, func(p *place) bool { return p.away && p.ID == id })
		if end == record.Pending {
			if i >= 0 { // it comes back to its place
				o.line[i].back, o.line[i].until = now, now.Add(patience)
			}
			continue
		}
		delete(o.unknown, id)
		if i >= 0 {
			o.line = slices.Delete(o.line, i, i+1)
		}
	}
	if err == nil || ctx.Err() != nil {
		o.lookup.mended()
		return
	}
	if o.lookup.failed(time.Now()) {
		fault(o.log.Warn(), err, "the delivery, to be looked up").Int("times", o.lookup.times).Msg("delivery not settled; trying again")
	}
	o.settleAt = o.lookup.until
	if no, ok := errors.AsType[*record.Refusal](err); ok && no.After > 0 {
		o.settleAt = time.Now().Add(no.After)
	}
}
