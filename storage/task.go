package storage

import (
	"context"

	"healthbot/storage/record"
)

// makeTask adds the first task of a decision and its DM. The DM goes to the
// task's owner even when they made it themselves: its buttons are how the task
// is worked on.
func (t *tx) makeTask(actor record.Actor, rv record.Review, d record.Decision, want record.NewTask) error {
	x := record.Task{ID: newID(record.TaskPrefix), Decision: d.ID, Account: d.Account, Kind: want.Kind, Title: want.Title, Owner: want.Owner,
		Due: want.Due, Expected: want.Expected, State: record.TaskOpen, By: actor.ID, ByName: actor.Name, MadeAt: t.now}
	err := t.insert("task", "id, decision, account, kind, title, owner, due, expected, state, by_id, by_name, made_at",
		x.ID, x.Decision, x.Account, x.Kind, x.Title, x.Owner, x.Due.String(), x.Expected, x.State, x.By, x.ByName, instant(x.MadeAt))
	if err != nil {
		return err
	}
	if _, err := t.queue(record.Delivery{Kind: record.TaskDM, Subject: x.ID, To: x.Owner}); err != nil {
		return err
	}
	if err := t.armTask(x); err != nil {
		return err
	}
	return t.append(change{Kind: record.EvTaskMade, Actor: actor, Account: x.Account, Run: rv.Run, Subject: x.ID, Also: true,
		After: map[string]any{"decision": x.Decision, "kind": x.Kind, "owner": x.Owner, "due": x.Due, "state": x.State},
		Text:  map[record.Field]string{record.FieldTask: x.Title, record.FieldExpected: x.Expected}})
}

// ChangeTask carries a verb out on a task. One that somebody ended already is a
// Conflict that says who and when.
func (db *DB) ChangeTask(ctx context.Context, actor record.Actor, c record.TaskChange) (x record.Task, err error) {
	err = db.write(ctx, people, func(t *tx) error {
		_, again, err := t.repeated(actor)
		if err != nil {
			return err
		}
		if x, err = t.task(c.Task); err != nil || again {
			return err
		}
		to, err := x.Move(c.Verb, t.rules.People)
		if err != nil {
			if !x.EndedAt.IsZero() {
				err = record.Errorf(record.Conflict, "This task was already %s by %s at %s; nothing of yours was saved.", x.State, t.rules.People.Name(x.EndedBy), t.clock(x.EndedAt))
			}
			return err
		}
		if err := c.Validate(x, t.rules.People, t.today()); err != nil {
			return err
		}
		before, owner := map[string]any{"state": x.State}, x.Owner
		after := map[string]any{"state": to, "met": c.Met}
		if c.Verb == record.HandOnTask {
			before["owner"], before["due"] = x.Owner, x.Due
			after["owner"], after["due"] = c.Owner, c.Due
			x.Owner, x.Due = c.Owner, c.Due
		}
		x.State = to
		if !x.Open() {
			x.Result, x.Met, x.EndedAt, x.EndedBy = c.Result, c.Met, t.now, actor.ID
		}
		err = t.do("UPDATE task SET state = $1, result = $2, met = $3, ended_at = $4, ended_by = $5, owner = $6, due = $7 WHERE id = $8",
			x.State, x.Result, x.Met, instant(x.EndedAt), x.EndedBy, x.Owner, x.Due.String(), x.ID)
		if err != nil {
			return err
		}
		err = t.append(change{Kind: record.EvTaskChanged, Actor: actor, Account: x.Account, Subject: x.ID,
			Before: before, After: after, Text: map[record.Field]string{record.FieldResult: c.Result}})
		if err != nil {
			return err
		}
		if err := t.touchTask(x.ID); err != nil {
			return err
		}
		if err := t.reschedule(x, c.Verb, owner); err != nil {
			return err
		}
		return t.touchAccount(x.Account)
	})
	return x, err
}

// reschedule brings a task's reminders, and who has its message, in line with
// what was done to it.
func (t *tx) reschedule(x record.Task, did record.TaskVerb, before string) error {
	if did == record.AcceptTask {
		return nil
	}
	if err := t.endDeadlines(x.ID); err != nil {
		return err
	}
	if !x.Open() {
		return nil
	}
	if before == x.Owner { // they moved its day themselves
		return t.armTask(x)
	}
	if err := t.queueAnew(record.Delivery{Kind: record.TaskDM, Subject: x.ID, To: x.Owner}, x.Account, record.StepGiven); err != nil {
		return err
	}
	return t.armTask(x)
}

func (r *reader) task(id string) (record.Task, error) {
	return must(r, "task", r.intoTask, "SELECT "+taskCols+" FROM task tk WHERE tk.id = $1", id)
}
