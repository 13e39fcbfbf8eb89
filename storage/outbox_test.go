package storage

import (
	"testing"
	"time"

	"healthbot/storage/record"
)

func (o *office) next() record.Delivery {
	o.t.Helper()
	d, ok, err := o.NextDelivery(o.t.Context())
	o.check(err)
	if !ok {
		return record.Delivery{}
	}
	return d
}

// The digest goes first, and cards wait until its ts is known.
func TestDeliveryOrder(t *testing.T) {
	o := opened(t)
	run := o.run("2026-11-23T09:00", "acme", "beta")
	ctx := t.Context()
	digest := o.next()
	if digest.Kind != record.Digest || digest.Subject != run.ID || digest.To != "C1" || digest.State != record.Sending || digest.Attempts != 1 || !digest.SentAt.Equal(o.wall) {
		t.Fatalf("first goes %+v", digest)
	}
	if d := o.next(); d.Kind != record.OwnerLine || d.To != "UBEN" {
		t.Fatalf("while the digest is on its way: %+v", d)
	}
	if d := o.next(); d.ID != "" {
		t.Fatalf("a card went before its parent: %+v", d)
	}
	o.check(o.DeliverySent(ctx, digest.ID, record.Receipt{Channel: "C1", TS: "77.7"}))
	card := o.next()
	if card.Kind != record.Card || card.ParentTS != "77.7" || card.Parent != digest.ID {
		t.Fatalf("then goes %+v", card)
	}
	o.check(o.DeliverySent(ctx, card.ID, record.Receipt{Channel: "C1", TS: "77.8"}))
	o.check(o.DeliverySent(ctx, card.ID, record.Receipt{Channel: "C1", TS: "77.9"})) // a late look-up
	if d, err := o.Delivery(ctx, card.ID); err != nil || d.TS != "77.8" || d.State != record.Sent {
		t.Errorf("%+v, %v", d, err)
	}
}

// A refusal that may pass waits on real time; the office clock doesn't matter.
func TestRefusedForNow(t *testing.T) {
	o := opened(t)
	o.run("2026-11-23T09:00", "acme")
	ctx := t.Context()
	d := o.next()
	o.check(o.DeliveryRefused(ctx, d.ID, record.Refusal{Reason: "ratelimited", Again: true, After: 30 * time.Second}))
	o.now = o.now.Add(time.Hour)
	o.wall = o.wall.Add(29 * time.Second)
	if d := o.next(); d.ID != "" {
		t.Fatalf("tried again too early: %+v", d)
	}
	o.wall = o.wall.Add(time.Second)
	again := o.next()
	if again.ID != d.ID || again.Attempts != 2 || again.Reason != "ratelimited" {
		t.Errorf("then %+v", again)
	}
}

// A dead delivery is told to each admin once, and a dead message to an admin to
// nobody.
func TestRefusedForGood(t *testing.T) {
	o := opened(t)
	o.run("2026-11-23T09:00", "acme")
	ctx := t.Context()
	d := o.next()
	for range 2 {
		o.check(o.DeliveryRefused(ctx, d.ID, record.Refusal{Reason: "channel_not_found"}))
	}
	if got, err := o.Delivery(ctx, d.ID); err != nil || got.State != record.Dead || got.Reason != "channel_not_found" {
		t.Errorf("%+v, %v", got, err)
	}
	dm := o.next()
	if dm.Kind != record.AdminDM || dm.To != "UADA" || dm.Subject != d.ID {
		t.Fatalf("the admin gets %+v", dm)
	}
	o.check(o.DeliveryRefused(ctx, dm.ID, record.Refusal{Reason: "user_disabled"}))
	if d := o.next(); d.ID != "" {
		t.Errorf("telling of faults goes on: %+v", d)
	}
}

// A channel that can't be reached is told once, however many messages it takes
// with it; the next day, or another reason, is told again. Cards die with their
// digest instead of waiting for ever.
func TestDeadChannelIsToldOnce(t *testing.T) {
	o := opened(t)
	o.run("2026-11-23T09:00", "acme", "beta")
	ctx := t.Context()
	dead := func(reason string) (dms int) {
		t.Helper()
		for d := o.next(); d.ID != ""; d = o.next() {
			if d.Kind == record.AdminDM {
				dms++
				o.check(o.DeliverySent(ctx, d.ID, record.Receipt{Channel: "DADA", TS: "1." + d.ID}))
				continue
			}
			o.check(o.DeliveryRefused(ctx, d.ID, record.Refusal{Reason: reason}))
		}
		return dms
	}
	if n := dead("archived"); n != 2 { // of the channel, and of the owner's DM
		t.Errorf("%d messages to the admin, want one for each place", n)
	}
	if b, err := o.Backlog(ctx); err != nil || b.Pending != 0 || b.Dead < 3 {
		t.Errorf("%+v, %v: cards wait for a digest that will never be there", b, err)
	}
	o.run("2026-11-23T15:00", "acme", "beta")
	if n := dead("archived"); n != 0 {
		t.Errorf("the same is told %d times more on the same day", n)
	}
	o.run("2026-11-23T16:00", "acme", "beta")
	if n := dead("not there"); n != 2 {
		t.Errorf("another reason is told %d times, want 2", n)
	}
	o.now = o.now.AddDate(0, 0, 2)
	o.run("2026-11-25T09:00", "acme", "beta")
	if n := dead("archived"); n != 2 {
		t.Errorf("two days later it is told %d times, want 2", n)
	}
	o.holds()
}

// What has no known end is neither posted again nor forgotten until it was
// looked for.
func TestUnsettled(t *testing.T) {
	o := opened(t)
	o.run("2026-11-23T09:00", "acme")
	ctx := t.Context()
	d := o.next()
	if again := o.next(); again.ID != "" {
		t.Fatalf("posted twice: %+v", again)
	}
	if got, err := o.Unsettled(ctx, o.wall); err != nil || len(got) != 0 {
		t.Errorf("unsettled at once: %v, %v", got, err)
	}
	o.check(o.Close()) // a kill and a new start change nothing
	o.open()
	got, err := o.Unsettled(ctx, o.wall.Add(time.Second))
	o.check(err)
	if len(got) != 1 || got[0].ID != d.ID {
		t.Fatalf("unsettled: %v", got)
	}
	o.check(o.DeliveryLost(ctx, d.ID))
	again := o.next()
	if again.ID != d.ID || again.Attempts != 2 {
		t.Errorf("then %+v", again)
	}
	o.check(o.DeliverySent(ctx, d.ID, record.Receipt{Channel: "C1", TS: "1.0"}))
	o.check(o.DeliveryLost(ctx, d.ID)) // too late to be true
	if d := o.next(); d.ID != "" {
		t.Errorf("posted twice: %+v", d)
	}
}

// A change touches exactly the messages that show it, once however often.
func TestEditsFollowChanges(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	run := o.run("2026-11-23T09:00", "acme", "beta", "core")
	o.post()
	if stale := o.edits(); len(stale) != 0 {
		t.Fatalf("stale as soon as posted: %v", stale)
	}
	rv := o.reviewOf("beta")
	card, digest := record.DeliveryKey(record.Card, rv.ID, "C1"), record.DeliveryKey(record.Digest, run.ID, "C1")
	line := record.DeliveryKey(record.OwnerLine, run.ID, "UBEN")
	wantEdits := func(what string, keys ...string) {
		t.Helper()
		stale := o.edits()
		for _, k := range keys {
			if !stale[k] {
				t.Errorf("%s: %s isn't edited", what, k)
			}
			delete(stale, k)
		}
		for k := range stale {
			t.Errorf("%s: %s is edited for nothing", what, k)
		}
	}
	_, err := o.TakeReview(ctx, ben, record.Take{Review: rv.ID})
	o.check(err)
	wantEdits("take", card, digest, line)
	_, err = o.ConfirmRun(ctx, lin, run.ID)
	o.check(err)
	wantEdits("confirm", digest)
	d, err := o.Decide(ctx, ben, atRisk(rv.ID, "UANA"))
	o.check(err)
	wantEdits("decide", card, digest, line)
	c, err := o.ReviewCase(ctx, rv.ID, "")
	o.check(err)
	task := record.DeliveryKey(record.TaskDM, c.Tasks[0].ID, "UANA")
	o.post()
	_, err = o.ChangeTask(ctx, ana, record.TaskChange{Task: c.Tasks[0].ID, Verb: record.AcceptTask})
	o.check(err)
	wantEdits("accept", card, digest, line, task)
	_, err = o.ChangeTask(ctx, ana, record.TaskChange{Task: c.Tasks[0].ID, Verb: record.CompleteTask, Result: "Spoke"})
	o.check(err)
	wantEdits("complete", card, digest, line, task)

	again := escalation(rv.ID, "UMIA")
	again.Supersedes = d.ID
	_, err = o.Decide(ctx, ben, again)
	o.check(err)
	wantEdits("escalate", card, digest, line)
	c, err = o.ReviewCase(ctx, rv.ID, "")
	o.check(err)
	esc := c.Escalation.ID
	asked, told := record.DeliveryKey(record.EscalationDM, esc, "UMIA"), record.DeliveryKey(record.EscalatedDM, esc, "UBEN")
	sent := map[string]bool{}
	for _, d := range o.post() {
		sent[d.Key] = true
	}
	if !sent[asked] || !sent[told] || len(sent) != 2 {
		t.Errorf("escalating posts %v", sent)
	}
	for _, v := range []record.EscalationVerb{record.Acknowledge, record.Accept} {
		_, err = o.AnswerEscalation(ctx, mia, record.Answer{Escalation: esc, Verb: v})
		o.check(err)
		wantEdits(string(v), card, digest, line, asked, told)
	}

	// Core's new owner has no card, so no line of theirs tells of it.
	_, err = o.AssignOwner(ctx, mia, record.AssignOwner{Account: "core", Owner: "UANA"})
	o.check(err)
	wantEdits("assign", digest)
}

// What changes while a message is under way is an edit later.
func TestTouchedWhileSending(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	run := o.run("2026-11-23T09:00", "beta")
	d := o.next()
	_, err := o.ConfirmRun(ctx, lin, run.ID)
	o.check(err)
	o.check(o.DeliverySent(ctx, d.ID, record.Receipt{Channel: "C1", TS: "1.0"}))
	e, ok, err := o.NextEdit(ctx)
	o.check(err)
	if !ok || e.ID != d.ID || e.Wanted != 2 || e.Shown != 1 || e.Channel != "C1" || e.TS != "1.0" {
		t.Fatalf("edit %+v, %v", e, ok)
	}
	// Touched again while it is edited: the edit shows what it was rendered from.
	_, err = o.TakeReview(ctx, ben, record.Take{Review: o.reviewOf("beta").ID})
	o.check(err)
	o.check(o.Edited(ctx, e.ID, e.Wanted))
	if e, ok, err := o.NextEdit(ctx); err != nil || !ok || e.ID != d.ID || e.Shown != 2 {
		t.Errorf("edit %+v, %v, %v", e, ok, err)
	}
}

// Of what one decision touched the card is edited first: somebody looks at it.
func TestTheCardIsEditedBeforeTheDigest(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	o.run("2026-11-23T09:00", "beta")
	o.post()
	_, err := o.TakeReview(ctx, ben, record.Take{Review: o.reviewOf("beta").ID})
	o.check(err)
	var order []record.DeliveryKind
	for {
		e, ok, err := o.NextEdit(ctx)
		o.check(err)
		if !ok {
			break
		}
		order = append(order, e.Kind)
		o.check(o.Edited(ctx, e.ID, e.Wanted))
	}
	if len(order) != 3 || order[2] != record.Digest {
		t.Errorf("edited in the order %v", order)
	}
}
