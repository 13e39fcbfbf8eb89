package storage

import (
	"time"

	"healthbot/storage/record"
)

// armEscalation begins the deadlines of an escalation that asks its first person.
func (t *tx) armEscalation(e record.Escalation) error {
	if err := t.endDeadlines(e.ID); err != nil {
		return err
	}
	asked, err := t.asked(e.ID)
	if err != nil {
		return err
	}
	if e.State == record.EscAcknowledged {
		return t.armIdle(e, record.MostIdle*(len(asked)-1)+1, e.AckedAt)
	}
	return t.armRemind(e, len(asked))
}

// armRemind reminds the recipient, the nth who was asked, when their time is over.
func (t *tx) armRemind(e record.Escalation, n int) error {
	who, _ := t.rules.People.Person(e.Recipient)
	at, ok := t.rules.Policy.WorkingTime(who, e.RespondBy)
	return t.armIf(record.Deadline{Subject: e.ID, Step: record.StepRemind.Nth(n), Account: e.Account, Person: e.Recipient, Due: at}, ok)
}

// armIdle comes back when nothing has happened for some working days.
func (t *tx) armIdle(e record.Escalation, n int, since time.Time) error {
	at, ok := t.idleAfter(e, since)
	return t.armIf(record.Deadline{Subject: e.ID, Step: record.StepIdle.Nth(n), Account: e.Account, Person: e.Recipient, Due: at}, ok)
}

func (r *reader) idleAfter(e record.Escalation, since time.Time) (time.Time, bool) {
	who, _ := r.rules.People.Person(e.Recipient)
	return r.rules.Policy.Morning(who, r.rules.Policy.AddWorkdays(who, record.DateOf(since.In(who.Location())), record.IdleDays))
}

// armClimb lets an escalation go on, the next working morning of whoever is next;
// where nobody is, its owner is told that they have to speak with the recipient.
func (t *tx) armClimb(e record.Escalation, n int) error {
	a, next, ok, err := t.above(e)
	if err != nil {
		return err
	}
	d := record.Deadline{Subject: e.ID, Step: record.StepClimb.Nth(n), Account: e.Account, Person: next.ID}
	if !ok {
		if next, ok = t.rules.People.Acting(a, t.today()); !ok {
			return nil
		}
		d.Step, d.Person = record.StepStuck.Nth(n), next.ID
	}
	at, ok := t.rules.Policy.Morning(next, t.dayOf(next).Add(1))
	d.Due = at
	return t.armIf(d, ok)
}

// tellOwner tells the account's owner of a step, in their own working time,
// unless it was their own doing.
func (t *tx) tellOwner(e record.Escalation, step record.Step, did string) error {
	a, err := t.account(e.Account)
	if err != nil {
		return err
	}
	owner, ok := t.rules.People.Acting(a, t.today())
	if !ok || owner.ID == did {
		return nil
	}
	at, ok := t.rules.Policy.WorkingTime(owner, t.now)
	return t.armIf(record.Deadline{Subject: e.ID, Step: step, Account: a.ID, Person: owner.ID, Due: at}, ok)
}

// above is who is asked next.
func (r *reader) above(e record.Escalation) (a record.Account, next record.Person, ok bool, err error) {
	if a, err = r.account(e.Account); err != nil {
		return a, next, false, err
	}
	d, err := r.decision(e.Decision)
	if err != nil {
		return a, next, false, err
	}
	asks, err := r.asked(e.ID)
	if err != nil {
		return a, next, false, err
	}
	reason := ""
	if len(d.Reasons) > 0 {
		reason = d.Reasons[0]
	}
	var asked []string
	for _, x := range asks {
		asked = append(asked, x.Person)
	}
	next, ok = r.rules.Policy.Above(a, reason, r.rules.People, asked, r.today())
	return a, next, ok, nil
}

// ofEscalation looks at the escalation behind a deadline.
func (t *tx) ofEscalation(w waiting) (c call, err error) {
	if c.escalation, err = t.escalation(w.Subject); err != nil {
		return c, err
	}
	e := c.escalation
	asks, err := t.asked(e.ID)
	if err != nil {
		return c, err
	}
	kind, n := w.Step.Split()
	var known bool
	switch kind {
	case record.StepClimbed, record.StepStuck, record.StepAnswered:
		c.who, known = t.cover(w.Person)
		c.over = !known || kind == record.StepStuck && e.State != record.EscOpen
		return c, nil
	case record.StepIdle:
		n = (n-1)/record.MostIdle + 1
	}
	c.who, known = t.rules.People.Person(e.Recipient)
	if c.over = !known || !e.Open() || n != len(asks); c.over {
		return c, nil
	}
	if kind == record.StepAsked {
		c.over = e.State != record.EscOpen
		return c, nil
	}
	if e.State == record.EscAcknowledged {
		return t.ofAcknowledged(c, kind)
	}
	_, next, ok, err := t.above(e)
	if err != nil {
		return c, err
	}
	// Who is away can't answer: it goes on at once.
	if kind == record.StepClimb || c.who.AwayOn(t.dayOf(c.who)) && ok {
		if c.over = !ok; c.over {
			return c, nil
		}
		c.who = next
		at, works := t.rules.Policy.WorkingTime(next, t.now)
		c.climb = works && !at.After(t.now)
	}
	return c, nil
}

// ofAcknowledged: whatever a person does with the account resets the clock.
func (t *tx) ofAcknowledged(c call, kind record.Step) (call, error) {
	e := c.escalation
	if kind == record.StepRemind {
		c.over = true
		return c, nil
	}
	last, ok, err := first(&t.reader, func(at *time.Time) []any { return []any{t.instant(at)} },
		"SELECT at FROM event WHERE account = $1 AND actor_id <> '' ORDER BY seq DESC LIMIT 1", e.Account)
	if err != nil {
		return c, err
	}
	if !ok || last.Before(e.AckedAt) {
		last = e.AckedAt
	}
	if last.After(t.now) { // the clock was set back since
		last = t.now
	}
	if idle, ok := t.idleAfter(e, last); ok && idle.After(t.now) {
		c.after = idle
		return c, nil
	}
	if kind == record.StepClimb {
		_, next, ok, err := t.above(e)
		if err != nil {
			return c, err
		}
		c.over, c.who = !ok, next
		at, works := t.rules.Policy.WorkingTime(next, t.now)
		c.climb = ok && works && !at.After(t.now)
	}
	return c, nil
}

// climb asks the next person: with the same time to answer, and with everything
// open again.
func (t *tx) climb(e record.Escalation, next record.Person) error {
	before := map[string]any{"recipient": e.Recipient, "respond_by": e.RespondBy, "state": e.State}
	asks, err := t.asked(e.ID)
	if err != nil {
		return err
	}
	last := asks[len(asks)-1]
	span := max(last.RespondBy.Sub(last.At), time.Hour)
	by, ok := t.rules.Policy.WorkingTime(next, t.now.Add(span))
	if !ok {
		by = t.now.Add(span)
	}
	e.Recipient, e.RespondBy, e.State, e.AckedAt = next.ID, by, record.EscOpen, time.Time{}
	err = t.do("UPDATE escalation SET recipient = $1, respond_by = $2, state = $3, acked_at = NULL WHERE id = $4", e.Recipient, instant(e.RespondBy), e.State, e.ID)
	if err != nil {
		return err
	}
	n := len(asks) + 1
	if err := t.ask(e, n); err != nil {
		return err
	}
	if err := t.queueAnew(record.Delivery{Kind: record.EscalationDM, Subject: e.ID, To: e.Recipient}, e.Account, record.StepAsked.Nth(n)); err != nil {
		return err
	}
	if err := t.armRemind(e, n); err != nil {
		return err
	}
	if err := t.tellOwner(e, record.StepClimbed.Nth(n), ""); err != nil {
		return err
	}
	if err := t.touchEscalation(e.ID); err != nil {
		return err
	}
	if err := t.touchAccount(e.Account); err != nil {
		return err
	}
	return t.append(change{Kind: record.EvEscClimbed, Account: e.Account, Subject: e.ID, Before: before,
		After: map[string]any{"recipient": e.Recipient, "respond_by": e.RespondBy, "state": e.State}})
}

// ask notes that somebody is asked.
func (t *tx) ask(e record.Escalation, n int) error {
	return t.insert("escalation_ask", "escalation, n, person, at, respond_by", e.ID, n, e.Recipient, instant(t.now), instant(e.RespondBy))
}

// asked lists whom an escalation asked, in order.
func (r *reader) asked(id string) ([]record.Ask, error) {
	return list(r, func(a *record.Ask) []any {
		return []any{&a.Person, r.instant(&a.At), r.instant(&a.RespondBy), r.instant(&a.OpenedAt), &a.Delivered}
	}, `SELECT ea.person, ea.at, ea.respond_by, ea.opened_at,
		EXISTS (SELECT 1 FROM delivery WHERE subject = ea.escalation AND kind = 'escalation_dm' AND recipient = ea.person AND state = 'sent')
		FROM escalation_ask ea WHERE ea.escalation = $1 ORDER BY ea.n`, id)
}
