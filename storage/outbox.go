package storage

import (
	"context"
	"time"

	"healthbot/storage/record"
)

// The outbox: pending → sending → sent, or dead. A message whose end is unknown
// stays "sending" until it was looked for; see Unsettled and DeliveryLost. The
// moves that say only how far a hand-over got are bookkeeping; that a message
// was posted, or never will be, is an event.

// queue adds a delivery, unless there is one with its key already, and answers
// with its id.
func (t *tx) queue(d record.Delivery) (string, error) {
	d.Key = record.DeliveryKey(d.Kind, d.Subject, d.To)
	have, ok, err := first(&t.reader, column[string], "SELECT id FROM delivery WHERE key = $1", d.Key)
	if err != nil || ok {
		return have, err
	}
	d.ID = newID(record.DeliveryPrefix)
	return d.ID, t.insert("delivery", "id, key, kind, subject, recipient, parent, state, touched_at",
		d.ID, d.Key, d.Kind, d.Subject, d.To, optional(d.Parent), record.Pending, instant(t.now))
}

// nextPending is the oldest delivery whose time has come and whose parent, if it
// has one, was posted.
const nextPending = deliveryFrom + `WHERE dl.state = 'pending' AND (dl.not_until IS NULL OR dl.not_until <= $1)
	AND (dl.parent IS NULL OR pa.state = 'sent') ORDER BY dl.rowid LIMIT 1`

// NextDelivery claims the next message to post: from now on it is "sending", with
// one attempt more. Its Shown is what is wanted now; what is touched later will
// be an edit.
func (db *DB) NextDelivery(ctx context.Context) (d record.Delivery, ok bool, err error) {
	now := db.real()
	// Asked every few seconds, mostly in vain: look before taking the lane.
	err = db.read(ctx, func(r *reader) error {
		_, ok, err = first(r, column[string], "SELECT dl.id"+nextPending, instant(now))
		return err
	})
	if err != nil || !ok {
		return d, false, err
	}
	err = db.bookkeeping(ctx, bulk, "claim a delivery", func(t *tx) error {
		d, ok, err = first(&t.reader, t.intoDelivery, "SELECT "+deliveryCols+nextPending, instant(now))
		if err != nil || !ok {
			return err
		}
		d.State, d.Attempts, d.SentAt, d.Shown = record.Sending, d.Attempts+1, now.Truncate(time.Millisecond), d.Wanted
		return t.do("UPDATE delivery SET state = $1, attempts = $2, sending_at = $3, shown = $4, not_until = NULL WHERE id = $5",
			d.State, d.Attempts, instant(now), d.Shown, d.ID)
	})
	return d, ok, err
}

// DeliverySent records where Slack put a message.
func (db *DB) DeliverySent(ctx context.Context, id string, at record.Receipt) error {
	return db.write(ctx, bulk, func(t *tx) error {
		d, err := t.delivery(id)
		if err != nil || d.State == record.Sent {
			return err // told twice, for example by a late look-up
		}
		if err := t.do("UPDATE delivery SET state = $1, channel = $2, ts = $3, reason = '' WHERE id = $4", record.Sent, at.Channel, at.TS, id); err != nil {
			return err
		}
		if d.Kind == record.EscalationDM { // its owner sees that it arrived
			if err := t.touch(d.Subject, record.EscalatedDM); err != nil {
				return err
			}
		}
		return t.append(change{Kind: record.EvDeliverySent, Subject: id,
			After: map[string]any{"kind": d.Kind, "of": d.Subject, "to": d.To, "channel": at.Channel, "ts": at.TS, "attempts": d.Attempts}})
	})
}

// DeliveryRefused puts a refused message back for later, or declares it dead and
// tells each admin, once for a place and a reason.
func (db *DB) DeliveryRefused(ctx context.Context, id string, no record.Refusal) error {
	if no.Again {
		return db.bookkeeping(ctx, bulk, "put a delivery back", func(t *tx) error {
			return t.do("UPDATE delivery SET state = $1, not_until = $2, reason = $3, shown = 0 WHERE id = $4 AND state = 'sending'",
				record.Pending, instant(db.real().Add(no.After)), no.Reason, id)
		})
	}
	return db.write(ctx, bulk, func(t *tx) error {
		d, err := t.delivery(id)
		if err != nil || d.State == record.Dead {
			return err
		}
		below, err := t.bury(d, no.Reason)
		if err != nil {
			return err
		}
		after := map[string]any{"kind": d.Kind, "of": d.Subject, "to": d.To, "reason": no.Reason, "attempts": d.Attempts}
		if below > 0 {
			after["below"] = below
		}
		return t.append(change{Kind: record.EvDeliveryDead, Subject: id, Before: map[string]any{"state": d.State}, After: after})
	})
}

// bury declares a message dead, and with it those that would have stood below it;
// it says how many those are.
func (t *tx) bury(d record.Delivery, why string) (below int64, err error) {
	if err := t.tellOfDead(d, why); err != nil {
		return 0, err
	}
	if err := t.do("UPDATE delivery SET state = $1, reason = $2 WHERE id = $3", record.Dead, why, d.ID); err != nil {
		return 0, err
	}
	return t.exec("UPDATE delivery SET state = $1, reason = $2 WHERE parent = $3 AND state = $4", record.Dead, "The message that it belongs under couldn't be posted. "+why, d.ID, record.Pending)
}

// quietFor is how long the same refusal of the same place isn't told again: one
// channel out of reach takes a whole run's cards with it.
const quietFor = 24 * time.Hour

// tellOfDead queues a message to each admin, unless one says the same already. A
// fault in telling of faults isn't told: that would never end.
func (t *tx) tellOfDead(d record.Delivery, why string) error {
	if d.Kind == record.AdminDM {
		return nil
	}
	told, err := value[bool](&t.reader, `SELECT EXISTS (SELECT 1 FROM delivery dm JOIN delivery dead ON dead.id = dm.subject
		WHERE dm.kind = $1 AND dead.state = 'dead' AND dead.recipient = $2 AND dead.reason = $3 AND dm.touched_at > $4)`, record.AdminDM, d.To, why, instant(t.now.Add(-quietFor)))
	if err != nil || told {
		return err
	}
	for _, admin := range t.rules.People.With(record.Admin) {
		if _, err := t.queue(record.Delivery{Kind: record.AdminDM, Subject: d.ID, To: admin.ID}); err != nil {
			return err
		}
	}
	return nil
}

// Unsettled lists the deliveries that were handed to Slack before a moment of
// real time and whose end isn't known. A card can be looked for only in its
// thread, so after a restore it waits until its digest has been found or posted.
func (db *DB) Unsettled(ctx context.Context, before time.Time) (out []record.Delivery, err error) {
	err = db.read(ctx, func(r *reader) error {
		out, err = list(r, r.intoDelivery, "SELECT "+deliveryCols+deliveryFrom+`WHERE dl.state = 'sending' AND dl.sending_at < $1
			AND (dl.parent IS NULL OR pa.state = 'sent') ORDER BY dl.rowid`, instant(before))
		return err
	})
	return out, err
}

// DeliveryLost says that a message was looked for and isn't there: it is posted
// again.
func (db *DB) DeliveryLost(ctx context.Context, id string) error {
	return db.bookkeeping(ctx, bulk, "put a lost delivery back", func(t *tx) error {
		return t.do("UPDATE delivery SET state = $1, shown = 0 WHERE id = $2 AND state = 'sending'", record.Pending, id)
	})
}

const nextStale = deliveryFrom + "WHERE dl.state = 'sent' AND dl.wanted > dl.shown ORDER BY dl.touched_at, dl.rowid DESC LIMIT 1"

// NextEdit finds the posted message whose records changed the longest ago. Of
// those that one decision touched the card comes before the digest: it is the one
// that somebody looks at.
func (db *DB) NextEdit(ctx context.Context) (d record.Delivery, ok bool, err error) {
	err = db.read(ctx, func(r *reader) error {
		d, ok, err = first(r, r.intoDelivery, "SELECT "+deliveryCols+nextStale)
		return err
	})
	return d, ok, err
}

// Edited says up to which revision a posted message shows its records.
func (db *DB) Edited(ctx context.Context, id string, shown int) error {
	return db.bookkeeping(ctx, bulk, "note an edit", func(t *tx) error {
		return t.do("UPDATE delivery SET shown = min(wanted, max(shown, $1)) WHERE id = $2", shown, id)
	})
}

// Delivery loads one delivery, for example to tell an admin why it is dead.
func (db *DB) Delivery(ctx context.Context, id string) (d record.Delivery, err error) {
	err = db.read(ctx, func(r *reader) error {
		d, err = r.delivery(id)
		return err
	})
	return d, err
}

func (r *reader) delivery(id string) (record.Delivery, error) {
	return must(r, "delivery", r.intoDelivery, "SELECT "+deliveryCols+deliveryFrom+"WHERE dl.id = $1", id)
}
