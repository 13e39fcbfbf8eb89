package storage

import (
	"context"
	"time"

	"healthbot/storage/record"
)

// mostRung bounds what one transaction tells: nobody reads more at once, and a
// person's click waits for it.
const mostRung = 100

// Ring tells people of what is due now, everything that is due for one person at
// one time in one message, and answers how many messages it queued. What is due
// outside of somebody's working hours, or while they are away, moves to when
// they, or who stands in for them, are there.
func (db *DB) Ring(ctx context.Context) (rung int, err error) {
	// First all that ends, climbs or moves to somebody else, which may be due for
	// them now; then everybody is told at once. A move seldom sets off another.
	const rounds = 3
	for moved, i := true, 0; moved && i < rounds; i++ {
		if moved, _, err = db.ringAll(ctx, false); err != nil {
			return 0, err
		}
	}
	_, rung, err = db.ringAll(ctx, true)
	return rung, err
}

// ringAll goes through everybody for whom something is due. Asked every few
// seconds, mostly in vain, it looks before it takes the lane.
func (db *DB) ringAll(ctx context.Context, tell bool) (moved bool, told int, err error) {
	var everybody []string
	err = db.read(ctx, func(r *reader) (err error) {
		everybody, err = list(r, column[string], "SELECT DISTINCT person FROM deadline WHERE state = 'waiting' AND due_at <= $1 ORDER BY person", instant(r.now))
		return err
	})
	for _, person := range everybody {
		var b *bell
		if b, err = db.ring(ctx, person, tell); err != nil {
			break
		}
		moved = moved || b.moved+b.over > 0
		if len(b.items) > 0 {
			told++
		}
	}
	return moved, told, err
}

// ring settles what is due for one person, and tells them of what is left.
func (db *DB) ring(ctx context.Context, person string, tell bool) (b *bell, err error) {
	err = db.write(ctx, bulk, func(t *tx) error {
		b = &bell{tx: t, person: person, telling: tell}
		due, err := list(&t.reader, t.intoWaiting, "SELECT "+deadlineCols+` FROM deadline dd
			WHERE dd.state = 'waiting' AND dd.due_at <= $1 AND dd.person = $2 ORDER BY dd.due_at, dd.n LIMIT $3`, instant(t.now), person, mostRung)
		if err != nil {
			return err
		}
		for _, w := range due {
			if err := b.settle(w); err != nil {
				return err
			}
		}
		return b.tell()
	})
	return b, err
}

// bell gathers what one person is told at one moment.
type bell struct {
	*tx
	person  string
	telling bool // else only what isn't for this person now is settled
	items   []waiting
	moved   int
	over    int
}

// settle decides what becomes of a deadline that has come.
func (b *bell) settle(w waiting) error {
	c, err := b.meaning(w)
	if err != nil {
		return err
	}
	switch {
	case c.over:
		b.over++
		return b.do("UPDATE deadline SET state = 'over' WHERE n = $1", w.n)
	case c.climb:
		if err := b.do("UPDATE deadline SET state = 'told', told_at = $1 WHERE n = $2", instant(b.now), w.n); err != nil {
			return err
		}
		b.moved++
		return b.climb(c.escalation, c.who)
	}
	at, err := b.when(w, c)
	if err != nil {
		return err
	}
	if c.who.ID != b.person || at.After(b.now) {
		b.moved++
		if !at.After(b.now) {
			at = w.Due // still due, and as late as it is
		}
		return b.do("UPDATE deadline SET person = $1, due_at = $2 WHERE n = $3", c.who.ID, instant(at), w.n)
	}
	if !b.telling {
		return nil
	}
	b.items = append(b.items, w)
	return b.follow(w, c)
}

// when is the moment at which somebody is told: within their working hours, and
// of one account once a working day.
func (b *bell) when(w waiting, c call) (time.Time, error) {
	at := c.after
	if at.Before(b.now) {
		at = b.now
	}
	if !w.Step.Urgent() {
		last, ok, err := first(&b.reader, func(t *time.Time) []any { return []any{b.instant(t)} },
			"SELECT max(told_at) FROM deadline WHERE account = $1 AND told_to = $2 AND state <> 'waiting'", w.Account, c.who.ID)
		if err != nil {
			return at, err
		}
		today := b.dayOf(c.who)
		if ok && !last.IsZero() && record.DateOf(last.In(c.who.Location())) == today {
			if next, ok := b.rules.Policy.Morning(c.who, today.Add(1)); ok {
				at = next
			}
		}
	}
	if at, ok := b.rules.Policy.WorkingTime(c.who, at); ok {
		return at, nil
	}
	return b.now.AddDate(0, 0, 7), nil // away for good: perhaps somebody says who does it
}

// tell queues the one message and leaves the event.
func (b *bell) tell() error {
	if len(b.items)+b.moved+b.over == 0 {
		return nil
	}
	var id string
	if len(b.items) > 0 {
		id = newID(record.ReminderPrefix)
		due := b.items[0].Due
		if err := b.insert("reminder", "id, person, due_at, at", id, b.person, instant(due), instant(b.now)); err != nil {
			return err
		}
	}
	told := []map[string]any{}
	for _, w := range b.items {
		err := b.do("UPDATE deadline SET state = 'told', told_to = $1, told_at = $2, reminder = $3 WHERE n = $4", b.person, instant(b.now), id, w.n)
		if err != nil {
			return err
		}
		told = append(told, map[string]any{"subject": w.Subject, "step": w.Step, "due": w.Due})
	}
	if id != "" {
		if _, err := b.queue(record.Delivery{Kind: record.ReminderDM, Subject: id, To: b.person}); err != nil {
			return err
		}
	}
	return b.append(change{Kind: record.EvReminded, Subject: id, After: map[string]any{"person": b.person, "told": told, "moved": b.moved, "over": b.over}})
}
