package storage

import (
	"context"

	"healthbot/storage/record"
)

// escalate asks the recipient, or updates what is being asked already: an
// account has one open escalation at most.
func (t *tx) escalate(actor record.Actor, rv record.Review, a record.Account, d record.Decision, want record.NewEscalation) error {
	old, ok, err := first(&t.reader, t.intoEscalation, "SELECT "+escalationCols+" FROM escalation es WHERE es.account = $1 AND es.state IN ('waiting for an answer', 'acknowledged')", a.ID)
	if err != nil {
		return err
	}
	e := record.Escalation{ID: newID(record.EscalationPrefix), Decision: d.ID, Account: a.ID, Recipient: want.Recipient, Trigger: want.Trigger,
		Reason: want.Reason, Plan: want.Plan, Ask: want.Ask, RespondBy: want.RespondBy, State: record.EscOpen, By: actor.ID, ByName: actor.Name, MadeAt: t.now}
	ev := change{Kind: record.EvEscalated, Actor: actor, Account: a.ID, Run: rv.Run, Also: true,
		After: map[string]any{"decision": e.Decision, "recipient": e.Recipient, "respond_by": e.RespondBy, "state": e.State},
		Text:  map[record.Field]string{record.FieldTrigger: e.Trigger, record.FieldSentence: e.Reason, record.FieldPlan: e.Plan, record.FieldAsk: e.Ask}}
	if ok {
		// What is asked has changed, so an acknowledgement of the old ask is none.
		e.ID, ev.Kind = old.ID, record.EvEscUpdated
		ev.Before = map[string]any{"decision": old.Decision, "recipient": old.Recipient, "respond_by": old.RespondBy, "state": old.State}
		err = t.do(`UPDATE escalation SET decision = $1, recipient = $2, cause = $3, reason = $4, plan = $5, ask = $6, respond_by = $7, state = $8,
			by_id = $9, by_name = $10, made_at = $11, acked_at = NULL WHERE id = $12`,
			e.Decision, e.Recipient, e.Trigger, e.Reason, e.Plan, e.Ask, instant(e.RespondBy), e.State, e.By, e.ByName, instant(e.MadeAt), e.ID)
	} else {
		err = t.insert("escalation", "id, decision, account, recipient, cause, reason, plan, ask, respond_by, state, by_id, by_name, made_at",
			e.ID, e.Decision, e.Account, e.Recipient, e.Trigger, e.Reason, e.Plan, e.Ask, instant(e.RespondBy), e.State, e.By, e.ByName, instant(e.MadeAt))
	}
	if err != nil {
		return err
	}
	ev.Subject = e.ID
	if err := t.append(ev); err != nil {
		return err
	}
	if err := t.do("DELETE FROM escalation_ask WHERE escalation = $1", e.ID); err != nil {
		return err
	}
	if err := t.ask(e, 1); err != nil {
		return err
	}
	if err := t.armEscalation(e); err != nil {
		return err
	}
	if err := t.tellEscalation(actor, a, e); err != nil {
		return err
	}
	return t.touchEscalation(e.ID)
}

// tellEscalation queues the request to the recipient, unless they asked
// themselves, and the live status to the owner, who sees it also when the request
// is their own. An owner who has the message already gets it edited.
func (t *tx) tellEscalation(actor record.Actor, a record.Account, e record.Escalation) error {
	if e.Recipient != actor.ID {
		if err := t.queueAnew(record.Delivery{Kind: record.EscalationDM, Subject: e.ID, To: e.Recipient}, a.ID, record.StepAsked.Nth(1)); err != nil {
			return err
		}
	}
	owner, ok := t.rules.People.Acting(a, t.today())
	if !ok || owner.ID == e.Recipient {
		return nil
	}
	_, err := t.queue(record.Delivery{Kind: record.EscalatedDM, Subject: e.ID, To: owner.ID})
	return err
}

// AnswerEscalation carries the recipient's verb out. An escalation that was
// answered before is a Conflict that says by whom and when.
func (db *DB) AnswerEscalation(ctx context.Context, actor record.Actor, v record.Answer) (e record.Escalation, err error) {
	err = db.write(ctx, people, func(t *tx) error {
		_, again, err := t.repeated(actor)
		if err != nil {
			return err
		}
		if e, err = t.escalation(v.Escalation); err != nil || again {
			return err
		}
		to, err := e.Move(v.Verb, t.rules.People)
		switch {
		case err != nil && !e.DecidedAt.IsZero():
			return record.Errorf(record.Conflict, "This escalation was already %s by %s at %s; nothing of yours was saved.", e.State, t.rules.People.Name(e.DecidedBy), t.clock(e.DecidedAt))
		case err != nil && !e.AckedAt.IsZero():
			return record.Errorf(record.Conflict, "This escalation was already acknowledged at %s. Nothing was changed.", t.clock(e.AckedAt))
		case err != nil:
			return err
		}
		if err := v.Validate(); err != nil {
			return err
		}
		before := e.State
		e.State = to
		if e.AckedAt.IsZero() {
			e.AckedAt = t.now
		}
		if !e.Open() {
			e.Answer, e.DecidedAt, e.DecidedBy = v.Text, t.now, actor.ID
		}
		err = t.do("UPDATE escalation SET state = $1, answer = $2, acked_at = $3, decided_at = $4, decided_by = $5 WHERE id = $6",
			e.State, e.Answer, instant(e.AckedAt), instant(e.DecidedAt), e.DecidedBy, e.ID)
		if err != nil {
			return err
		}
		err = t.append(change{Kind: record.EvEscAnswered, Actor: actor, Account: e.Account, Subject: e.ID,
			Before: map[string]any{"state": before}, After: map[string]any{"state": e.State},
			Text: map[record.Field]string{record.FieldAnswer: e.Answer}})
		if err != nil {
			return err
		}
		if err := t.touchEscalation(e.ID); err != nil {
			return err
		}
		if err := t.answered(actor, e, v.Verb); err != nil {
			return err
		}
		return t.touchAccount(e.Account)
	})
	return e, err
}

// answered moves the deadlines on: an acknowledgement stops the climbing and
// begins the wait for a decision; a decision ends all, and its owner is told.
func (t *tx) answered(actor record.Actor, e record.Escalation, did record.EscalationVerb) error {
	if err := t.opened(e); err != nil {
		return err
	}
	if did != record.Acknowledge {
		if err := t.endDeadlines(e.ID); err != nil {
			return err
		}
		return t.tellOwner(e, record.StepAnswered, actor.ID)
	}
	if err := t.endDeadlines(e.ID, record.StepAsked, record.StepRemind, record.StepClimb, record.StepStuck); err != nil {
		return err
	}
	asks, err := t.asked(e.ID)
	if err != nil {
		return err
	}
	return t.armIdle(e, record.MostIdle*(len(asks)-1)+1, t.now)
}

// EscalationOpened notes the recipient's first press; what was read nobody knows.
func (db *DB) EscalationOpened(ctx context.Context, actor record.Actor, id string) error {
	return db.write(ctx, people, func(t *tx) error {
		e, err := t.escalation(id)
		if err != nil || e.Recipient != actor.ID {
			return err
		}
		asks, err := t.asked(id)
		if err != nil || len(asks) == 0 || !asks[len(asks)-1].OpenedAt.IsZero() {
			return err
		}
		if err := t.opened(e); err != nil {
			return err
		}
		if err := t.touch(id, record.EscalatedDM); err != nil {
			return err
		}
		return t.append(change{Kind: record.EvEscOpened, Actor: actor, Account: e.Account, Subject: id, After: map[string]any{"opened": true}})
	})
}

func (t *tx) opened(e record.Escalation) error {
	return t.do("UPDATE escalation_ask SET opened_at = $1 WHERE escalation = $2 AND person = $3 AND opened_at IS NULL", instant(t.now), e.ID, e.Recipient)
}

func (r *reader) escalation(id string) (record.Escalation, error) {
	return must(r, "escalation", r.intoEscalation, "SELECT "+escalationCols+" FROM escalation es WHERE es.id = $1", id)
}
