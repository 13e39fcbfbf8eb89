package storage

import (
	"time"

	"healthbot/storage/record"
)

// call is what a deadline that has come means now: the record may have moved on
// since it was armed, and so may people.
type call struct {
	over  bool          // nothing is left to tell
	climb bool          // the escalation goes on to who
	who   record.Person // who is told
	after time.Time     // not before this

	task       record.Task
	escalation record.Escalation
}

// meaning looks at the record behind a deadline.
func (t *tx) meaning(w waiting) (call, error) {
	switch kind, _ := w.Step.Split(); kind {
	case record.StepDue, record.StepOverdue, record.StepGiven:
		return t.ofTask(w)
	case record.StepBack:
		return t.ofSnooze(w)
	case record.StepEnds:
		v, err := t.overrideOf(w.Subject)
		if err != nil {
			return call{}, err
		}
		who, ok := t.cover(v.By)
		return call{who: who, over: !ok || !v.Until.After(t.now)}, nil
	}
	return t.ofEscalation(w)
}

// cover is who stands in for somebody where it is today for them.
func (t *tx) cover(id string) (record.Person, bool) {
	p, ok := t.rules.People.Person(id)
	if !ok {
		return p, false
	}
	return t.rules.People.Cover(id, t.dayOf(p))
}

func (t *tx) ofTask(w waiting) (c call, err error) {
	if c.task, err = t.task(w.Subject); err != nil {
		return c, err
	}
	var ok bool
	c.who, ok = t.cover(c.task.Owner)
	c.over = !ok || !c.task.Open()
	return c, nil
}

// ofSnooze tells the owner once the account is back in the queue, which it is
// from the office's own morning on.
func (t *tx) ofSnooze(w waiting) (c call, err error) {
	rv, err := t.review(w.Subject)
	if err != nil {
		return c, err
	}
	a, err := t.account(rv.Account)
	if err != nil {
		return c, err
	}
	owner, known := t.rules.People.Acting(a, t.today())
	c.who = owner
	switch rv.State {
	case record.ReviewSnoozed:
		c.after, _ = t.rules.Policy.WorkingTime(owner, rv.Snoozed.Start(t.zone()))
		if !t.today().Before(rv.Snoozed) {
			c.after = t.now.Add(time.Minute) // it wakes at this very tick
		}
	case record.ReviewCarried:
		_, open, err := t.unfinished(a.ID)
		if err != nil {
			return c, err
		}
		known = known && open
	case record.ReviewDecided:
		known = false
	}
	c.over = !known
	return c, nil
}

// follow arms what comes after a deadline that is told now.
func (b *bell) follow(w waiting, c call) error {
	switch kind, n := w.Step.Split(); kind {
	case record.StepDue, record.StepOverdue:
		return b.armIf(b.rules.Policy.NextReminder(c.task, w.Step, c.who, b.now))
	case record.StepRemind:
		return b.armClimb(c.escalation, n)
	case record.StepIdle:
		if n%record.MostIdle == 0 {
			return b.armClimb(c.escalation, (n-1)/record.MostIdle+1)
		}
		return b.armIdle(c.escalation, n+1, b.now)
	}
	return nil
}
