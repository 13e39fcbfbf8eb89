package storage

import (
	"context"
	"fmt"
	"slices"

	"healthbot/storage/record"
)

// Deadlines: waiting → told or over. They are armed by the use case that makes
// something due, ended by the one that settles it, and told by Ring, which
// queues the message in the same commit.

// arm sets a deadline, or sets it anew where the subject had one of this step.
func (t *tx) arm(d record.Deadline) error {
	return t.do(`INSERT INTO deadline (subject, step, account, person, due_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (subject, step) DO UPDATE SET account = $3, person = $4, due_at = $5, state = 'waiting', told_to = '', told_at = NULL, reminder = NULL`,
		d.Subject, d.Step, d.Account, d.Person, instant(d.Due))
}

// armIf arms a deadline that has a time.
func (t *tx) armIf(d record.Deadline, ok bool) error {
	if !ok {
		return nil
	}
	return t.arm(d)
}

// armTask sets the first deadline of a task.
func (t *tx) armTask(x record.Task) error {
	owner, ok := t.rules.People.Person(x.Owner)
	if !ok {
		return nil // gone from the configuration; the task stands in the queue of its account
	}
	return t.armIf(t.rules.Policy.FirstReminder(x, owner, t.now))
}

// queueAnew queues a message about a subject. Who got one before sees it edited,
// and an edit notifies nobody: they are told by a reminder.
func (t *tx) queueAnew(d record.Delivery, account string, again record.Step) error {
	_, known, err := first(&t.reader, column[string], "SELECT id FROM delivery WHERE key = $1", record.DeliveryKey(d.Kind, d.Subject, d.To))
	if err != nil {
		return err
	}
	if _, err := t.queue(d); err != nil || !known {
		return err
	}
	who, _ := t.rules.People.Person(d.To)
	at, ok := t.rules.Policy.WorkingTime(who, t.now)
	return t.armIf(record.Deadline{Subject: d.Subject, Step: again, Account: account, Person: d.To, Due: at}, ok)
}

// armBack sets the end of a snooze: the owner's first working moment of its day.
func (t *tx) armBack(rv record.Review) error {
	a, err := t.account(rv.Account)
	if err != nil {
		return err
	}
	d := record.Deadline{Subject: rv.ID, Step: record.StepBack, Account: a.ID, Person: t.answers(a)}
	owner, _ := t.rules.People.Person(d.Person)
	at, ok := t.rules.Policy.Morning(owner, rv.Snoozed)
	d.Due = at
	return t.armIf(d, ok)
}

// armOverride sets the moment at which whoever set an override is asked about it:
// the morning some working days before it ends, or the next one if that is past.
func (t *tx) armOverride(v record.Override) error {
	who, ok := t.rules.People.Person(v.By)
	if !ok {
		return nil
	}
	at, ok := t.rules.Policy.MorningBefore(who, record.DateOf(v.Until.In(t.zone())), record.EndsDays)
	if ok && at.Before(t.now) {
		at, ok = t.rules.Policy.Morning(who, t.dayOf(who).Add(1))
	}
	return t.armIf(record.Deadline{Subject: v.ID, Step: record.StepEnds, Account: v.Account, Person: v.By, Due: at}, ok)
}

// dayOf is the calendar day where somebody is.
func (r *reader) dayOf(who record.Person) record.Date {
	return record.DateOf(r.now.In(who.Location()))
}

// endDeadlines ends what is still due about a subject, or some steps of it.
// Reminders that were posted are edited; one that wasn't yet and has nothing left
// to say goes.
func (t *tx) endDeadlines(subject string, steps ...record.Step) error {
	type row struct {
		n        int64
		step     record.Step
		reminder string
	}
	rows, err := list(&t.reader, func(x *row) []any { return []any{&x.n, &x.step, scanOptional{&x.reminder}} },
		"SELECT n, step, reminder FROM deadline WHERE subject = $1 AND state <> 'over'", subject)
	if err != nil {
		return err
	}
	var told []string
	for _, x := range rows {
		if kind, _ := x.step.Split(); len(steps) > 0 && !slices.Contains(steps, kind) {
			continue
		}
		if err := t.do("UPDATE deadline SET state = 'over' WHERE n = $1", x.n); err != nil {
			return err
		}
		if x.reminder != "" && !slices.Contains(told, x.reminder) {
			told = append(told, x.reminder)
		}
	}
	for _, id := range told {
		err := t.do(`DELETE FROM delivery WHERE kind = $1 AND subject = $2 AND state = 'pending'
			AND NOT EXISTS (SELECT 1 FROM deadline WHERE reminder = $2 AND state = 'told')`, record.ReminderDM, id)
		if err != nil {
			return err
		}
		if err := t.touch(id, record.ReminderDM); err != nil {
			return err
		}
	}
	return nil
}

// PlanDeadlines arms the deadlines of what was due before there were any: work
// that an older schema left behind. It says how many.
func (db *DB) PlanDeadlines(ctx context.Context) (n int, err error) {
	err = db.write(ctx, bulk, func(t *tx) error {
		const without = "NOT EXISTS (SELECT 1 FROM deadline WHERE subject = "
		tasks, err := list(&t.reader, t.intoTask, "SELECT "+taskCols+" FROM task tk WHERE tk.state IN ('open', 'accepted') AND "+without+"tk.id)")
		if err != nil {
			return err
		}
		for _, x := range tasks {
			if err := t.armTask(x); err != nil {
				return err
			}
		}
		escalations, err := list(&t.reader, t.intoEscalation, "SELECT "+escalationCols+" FROM escalation es WHERE es.state IN ('waiting for an answer', 'acknowledged') AND "+without+"es.id)")
		if err != nil {
			return err
		}
		for _, e := range escalations {
			if err := t.armEscalation(e); err != nil {
				return err
			}
		}
		snoozed, err := list(&t.reader, t.intoReview, "SELECT "+reviewCols+" FROM review rv WHERE rv.state = 'snoozed' AND "+without+"rv.id)")
		if err != nil {
			return err
		}
		for _, rv := range snoozed {
			if err := t.armBack(rv); err != nil {
				return err
			}
		}
		overrides, err := list(&t.reader, t.intoOverride, "SELECT "+overrideCols+" FROM override ov WHERE "+overrideStands("$1")+" AND "+without+"ov.id)", instant(t.now))
		if err != nil {
			return err
		}
		for _, v := range overrides {
			if err := t.armOverride(v); err != nil {
				return err
			}
		}
		if n = len(tasks) + len(escalations) + len(snoozed) + len(overrides); n == 0 {
			return nil
		}
		return t.append(change{Kind: record.EvPlanned,
			After: map[string]any{"tasks": len(tasks), "escalations": len(escalations), "snoozes": len(snoozed), "overrides": len(overrides)}})
	})
	if err != nil {
		return 0, fmt.Errorf("plan the deadlines: %w", err)
	}
	return n, nil
}

const deadlineCols = "dd.n, dd.subject, dd.step, dd.account, dd.person, dd.due_at, dd.state"

// waiting is a deadline's row.
type waiting struct {
	record.Deadline
	n     int64
	state string
}

func (r *reader) intoWaiting(w *waiting) []any {
	return []any{&w.n, &w.Subject, &w.Step, &w.Account, &w.Person, r.instant(&w.Due), &w.state}
}
