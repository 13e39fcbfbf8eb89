package storage

import (
	"context"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// Decide records a human's outcome with what follows from it: a task for
// at-risk, a request to somebody for escalation, and the measurement. It is a
// Conflict when somebody was faster, or when a hold stands that nobody has
// looked into.
func (db *DB) Decide(ctx context.Context, actor record.Actor, c record.Classify) (d record.Decision, err error) {
	err = db.write(ctx, people, func(t *tx) error {
		id, again, err := t.repeated(actor)
		if err != nil {
			return err
		}
		if again {
			d, err = t.decision(id)
			return err
		}
		d, err = t.decide(actor, c)
		return err
	})
	return d, err
}

func (t *tx) decide(actor record.Actor, c record.Classify) (record.Decision, error) {
	rv, err := t.review(c.Review)
	if err != nil {
		return record.Decision{}, err
	}
	a, err := t.account(rv.Account)
	if err != nil {
		return record.Decision{}, err
	}
	if err := t.mayDecide(rv, a, c); err != nil {
		return record.Decision{}, err
	}
	if err := c.Validate(t.rules.Context(a, t.now)); err != nil {
		return record.Decision{}, err
	}
	s, err := t.snapshot(rv.Snapshot)
	if err != nil {
		return record.Decision{}, err
	}
	d := record.Decision{ID: newID(record.DecisionPrefix), Review: rv.ID, Account: a.ID, Outcome: c.Outcome,
		Sentence: c.Sentence, Reasons: c.Reasons, Next: c.Next, Watch: c.Watch, Owner: c.Owner, Goal: c.Goal, Supersedes: c.Supersedes,
		Score: s.Result.Score, Band: s.Result.Band, Version: s.Result.Version, By: actor.ID, ByName: actor.Name, At: t.now}
	if p := s.Result.Proposal; p != nil {
		d.Proposed = p.Outcome
	}
	if err := t.saveDecision(actor, rv, d); err != nil {
		return d, err
	}
	if err := t.append(change{Kind: record.EvMeasured, Actor: actor, Account: a.ID, Run: rv.Run, Subject: d.ID, After: d.Measure(s, c.Seen), Also: true}); err != nil {
		return d, err
	}
	if c.Outcome == scoring.AtRisk {
		if err := t.makeTask(actor, rv, d, *c.Task); err != nil {
			return d, err
		}
	}
	if c.Outcome == scoring.Escalation {
		if err := t.escalate(actor, rv, a, d, *c.Escalate); err != nil {
			return d, err
		}
	}
	return d, t.touchAccount(a.ID)
}

// mayDecide refuses what came too late or too early.
func (r *reader) mayDecide(rv record.Review, a record.Account, c record.Classify) error {
	if err := carriedOn(rv); err != nil {
		return err
	}
	if rv.Decision != c.Supersedes {
		if rv.Decision == "" {
			return record.Errorf(record.Conflict, "The decision that you are correcting isn't on this review. Nothing was saved; open the review again.")
		}
		return r.alreadyDecided(rv)
	}
	g, err := r.gist(rv.Snapshot)
	if err != nil {
		return err
	}
	holds, err := r.goesThrough(r.inForce(g.holds, rv.Cleared, a), a.ID, c.Outcome)
	if err != nil || len(holds) == 0 {
		return err
	}
	todo := "Verify the inputs first; what you typed is kept as a draft."
	switch h := holds[0]; h.Kind {
	case scoring.HoldUnowned:
		todo = "A support lead, manager or admin assigns an owner first."
	case scoring.HoldModel:
		return record.Unapproved(h.Evidence)
	}
	return record.Errorf(record.Conflict, "%s is on hold: %s. Nothing was saved. %s", a.Name, holds[0].Evidence, todo)
}

// saveDecision writes the decision, ends the review with it and drops the draft
// that it came from.
func (t *tx) saveDecision(actor record.Actor, rv record.Review, d record.Decision) error {
	reasons, err := encode(d.Reasons)
	if err != nil {
		return err
	}
	err = t.insert("decision", "id, review, account, outcome, proposed, sentence, reasons, next, watch, owner, goal, supersedes, score, band, version, by_id, by_name, at",
		d.ID, d.Review, d.Account, d.Outcome, d.Proposed, d.Sentence, reasons, d.Next.String(), d.Watch, d.Owner, d.Goal, optional(d.Supersedes),
		int(d.Score), d.Band, d.Version, d.By, d.ByName, instant(d.At))
	if err != nil {
		return err
	}
	if err := t.do("UPDATE review SET state = $1, decision = $2 WHERE id = $3", record.ReviewDecided, d.ID, rv.ID); err != nil {
		return err
	}
	if err := t.endDeadlines(rv.ID); err != nil { // a snooze that somebody ended early
		return err
	}
	if err := t.do("DELETE FROM draft WHERE review = $1 AND person = $2", rv.ID, actor.ID); err != nil {
		return err
	}
	var before any
	last, err := t.decisionBefore(rv, d)
	if err != nil {
		return err
	}
	if last != nil {
		before = map[string]any{"decision": last.ID, "outcome": last.Outcome, "score": last.Score}
	}
	return t.append(change{Kind: record.EvDecided, Actor: actor, Account: d.Account, Run: rv.Run, Subject: d.ID, Before: before,
		After: map[string]any{"review": d.Review, "outcome": d.Outcome, "proposed": d.Proposed, "reasons": d.Reasons, "next": d.Next, "owner": d.Owner,
			"supersedes": d.Supersedes, "score": d.Score, "band": d.Band, "version": d.Version},
		Text: map[record.Field]string{record.FieldSentence: d.Sentence, record.FieldWatch: d.Watch, record.FieldGoal: d.Goal}})
}

// decisionBefore is the one that a decision corrects, or else the account's last.
func (r *reader) decisionBefore(rv record.Review, d record.Decision) (*record.Decision, error) {
	if d.Supersedes == "" {
		return r.lastDecision(d.Account, rv.ID)
	}
	old, err := r.decision(d.Supersedes)
	return &old, err
}
