package storage

import (
	"context"

	"healthbot/storage/record"
)

// Reminder gathers what a message about deadlines shows, each with its record as
// it stands now.
func (db *DB) Reminder(ctx context.Context, id string) (m record.Reminder, err error) {
	err = db.read(ctx, func(r *reader) error {
		m, err = r.reminder(id)
		return err
	})
	return m, err
}

func (r *reader) reminder(id string) (record.Reminder, error) {
	m, err := must(r, "reminder", func(m *record.Reminder) []any { return []any{&m.ID, &m.Person, r.instant(&m.Due), r.instant(&m.At)} },
		"SELECT id, person, due_at, at FROM reminder WHERE id = $1", id)
	if err != nil {
		return m, err
	}
	rows, err := list(r, r.intoWaiting, "SELECT "+deadlineCols+" FROM deadline dd WHERE dd.reminder = $1 ORDER BY dd.account, dd.n", id)
	if err != nil {
		return m, err
	}
	for _, w := range rows {
		item, err := r.reminderItem(m, w)
		if err != nil {
			return m, err
		}
		m.Items = append(m.Items, item)
	}
	return m, nil
}

func (r *reader) reminderItem(m record.Reminder, w waiting) (x record.ReminderItem, err error) {
	x = record.ReminderItem{Step: w.Step, Over: w.state == "over"}
	if x.Account, err = r.account(w.Account); err != nil {
		return x, err
	}
	meant := w.Person
	switch kind, _ := w.Step.Split(); kind {
	case record.StepDue, record.StepOverdue, record.StepGiven:
		task, err := r.task(w.Subject)
		if err != nil {
			return x, err
		}
		x.Task, meant = &task, task.Owner
		x.Over = x.Over || !task.Open()
	case record.StepBack:
		rv, err := r.review(w.Subject)
		if err != nil {
			return x, err
		}
		meant = x.Account.Owner
		if rv.State == record.ReviewCarried { // it went on as a review of its own
			if next, open, err := r.unfinished(x.Account.ID); err != nil {
				return x, err
			} else if open {
				next.Snoozed, next.Why = rv.Snoozed, rv.Why
				rv = next
			}
		}
		x.Review = &rv
		x.Over = x.Over || rv.State != record.ReviewOpen
	case record.StepEnds:
		v, err := r.overrideOf(w.Subject)
		if err != nil {
			return x, err
		}
		x.Override, meant = &v, v.By
		x.Over = x.Over || !v.Until.After(r.now)
	default:
		e, err := r.escalation(w.Subject)
		if err != nil {
			return x, err
		}
		c, err := r.escalationCase(e)
		if err != nil {
			return x, err
		}
		x.Escalation, x.Asked, x.Next = &e, c.Asked, c.Next
		switch kind {
		case record.StepClimbed, record.StepStuck, record.StepAnswered:
			meant = x.Account.Owner
		}
	}
	if meant != m.Person {
		x.For = meant
	}
	return x, nil
}

func (r *reader) overrideOf(id string) (record.Override, error) {
	return must(r, "override", r.intoOverride, "SELECT "+overrideCols+" FROM override ov WHERE ov.id = $1", id)
}
