package storage

import (
	"testing"
	"time"

	"healthbot/storage/record"
)

func TestBacklog(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	want := func(b Backlog) {
		t.Helper()
		if got, err := o.Backlog(ctx); err != nil || got != b {
			t.Errorf("backlog %+v, %v; want %+v", got, err, b)
		}
	}
	want(Backlog{})
	run := o.run("2026-11-23T09:00", "acme", "beta") // a digest, a card, an owner's line
	o.now = o.now.Add(time.Minute)
	want(Backlog{Pending: 3, Lag: time.Minute})
	digest := o.next()
	want(Backlog{Pending: 2, Sending: 1, Lag: time.Minute})
	o.check(o.DeliverySent(ctx, digest.ID, record.Receipt{Channel: "C1", TS: "1.0"}))
	_, err := o.ConfirmRun(ctx, lin, run.ID)
	o.check(err)
	want(Backlog{Pending: 2, Stale: 1, Lag: time.Minute})
	o.check(o.DeliveryRefused(ctx, o.next().ID, record.Refusal{Reason: "user_disabled"}))
	o.post()
	want(Backlog{Stale: 1, Dead: 1})
}
