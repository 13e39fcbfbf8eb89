package storage

import (
	"context"

	"healthbot/storage/record"
)

// Case gathers an account with its unfinished review, or else with its latest
// decided one of an open run; without either, with its latest score. viewer is
// whose draft belongs to it.
func (db *DB) Case(ctx context.Context, account, viewer string) (c record.Case, err error) {
	err = db.read(ctx, func(r *reader) error {
		c, err = r.caseOf(account, viewer)
		return err
	})
	return c, err
}

// ReviewCase gathers the case of one review.
func (db *DB) ReviewCase(ctx context.Context, review, viewer string) (c record.Case, err error) {
	err = db.read(ctx, func(r *reader) error {
		rv, err := r.review(review)
		if err != nil {
			return err
		}
		c, err = r.gather(rv.Account, &rv, viewer)
		return err
	})
	return c, err
}

// TaskCase gathers a task with its account.
func (db *DB) TaskCase(ctx context.Context, id string) (c record.TaskCase, err error) {
	err = db.read(ctx, func(r *reader) error {
		if c.Task, err = r.task(id); err != nil {
			return err
		}
		c.Account, err = r.account(c.Task.Account)
		return err
	})
	return c, err
}

// EscalationCase gathers an escalation with the case of its account.
func (db *DB) EscalationCase(ctx context.Context, id string) (c record.EscalationCase, err error) {
	err = db.read(ctx, func(r *reader) error {
		e, err := r.escalation(id)
		if err != nil {
			return err
		}
		c, err = r.escalationCase(e)
		return err
	})
	return c, err
}

// escalationCase shows the review that led to the escalation, as its recipient
// should see what the person saw.
func (r *reader) escalationCase(e record.Escalation) (c record.EscalationCase, err error) {
	c.Escalation = e
	d, err := r.decision(e.Decision)
	if err != nil {
		return c, err
	}
	rv, err := r.review(d.Review)
	if err != nil {
		return c, err
	}
	if c.Case, err = r.gather(e.Account, &rv, ""); err != nil {
		return c, err
	}
	if c.Asked, err = r.asked(e.ID); err != nil || !e.Open() {
		return c, err
	}
	_, next, _, err := r.above(e)
	c.Next = next.ID
	return c, err
}

func (r *reader) caseOf(account, viewer string) (record.Case, error) {
	rv, ok, err := r.unfinished(account)
	if err != nil {
		return record.Case{}, err
	}
	if !ok {
		rv, ok, err = first(r, r.intoReview, "SELECT "+reviewCols+` FROM review rv JOIN run rn ON rn.id = rv.run AND rn.state = 'open'
			WHERE rv.account = $1 ORDER BY rv.rowid DESC LIMIT 1`, account)
		if err != nil {
			return record.Case{}, err
		}
		if ok {
			if err := r.complete(&rv); err != nil {
				return record.Case{}, err
			}
		}
	}
	if !ok {
		return r.gather(account, nil, viewer)
	}
	return r.gather(account, &rv, viewer)
}

// gather fills a case; rv is nil when no review is on.
func (r *reader) gather(account string, rv *record.Review, viewer string) (c record.Case, err error) {
	if c.Account, err = r.account(account); err != nil {
		return c, err
	}
	c.Review = rv
	if c.Snapshot, err = r.caseSnapshot(account, rv); err != nil {
		return c, err
	}
	c.Renewing = !c.Account.RenewalOn.IsZero() && c.Account.RenewalOn.Sub(r.today()) <= renewingDays
	review, decision := "", ""
	var cleared []record.Clearance
	if rv != nil {
		review, decision, cleared = rv.ID, rv.Decision, rv.Cleared
		if err := r.addReview(&c, viewer); err != nil {
			return c, err
		}
	}
	c.Holds = r.inForce(c.Snapshot.Result.Holds, cleared, c.Account)
	if err := r.addSaid(&c); err != nil {
		return c, err
	}
	if c.Last, err = r.lastDecision(account, review); err != nil {
		return c, err
	}
	c.Tasks, err = list(r, r.intoTask, "SELECT "+taskCols+" FROM task tk WHERE tk.account = $1 AND (tk.state IN ('open', 'accepted') OR tk.decision = $2) ORDER BY tk.due, tk.rowid", account, decision)
	if err != nil {
		return c, err
	}
	e, ok, err := first(r, r.intoEscalation, "SELECT "+escalationCols+" FROM escalation es WHERE es.account = $1 ORDER BY es.made_at DESC, es.rowid DESC LIMIT 1", account)
	if ok {
		c.Escalation = &e
	}
	return c, err
}

// renewingDays is how near a renewal makes the owner decide or confirm.
const renewingDays = 90

// addReview adds what only a case with a review has.
func (r *reader) addReview(c *record.Case, viewer string) error {
	rv := c.Review
	if rv.Run != "" {
		run, err := r.run(rv.Run)
		if err != nil {
			return err
		}
		c.Run = &run
	}
	if rv.Decision != "" {
		d, err := r.decision(rv.Decision)
		if err != nil {
			return err
		}
		c.Decision = &d
	}
	var err error
	if c.Trail, err = r.trail(*rv); err != nil {
		return err
	}
	if viewer != "" {
		c.Draft, err = r.draft(rv.ID, viewer)
	}
	return err
}

// caseSnapshot is the score that the review starts from, or else the latest; an
// account that was never scored is scored in passing, and nothing is kept.
func (r *reader) caseSnapshot(account string, rv *record.Review) (record.Snapshot, error) {
	if rv != nil {
		return r.snapshot(rv.Snapshot)
	}
	s, ok, err := first(r, r.intoSnapshot, "SELECT "+snapshotCols+" FROM snapshot_seen sn WHERE sn.account = $1 ORDER BY sn.at DESC, sn.n DESC LIMIT 1", account)
	if err != nil || ok {
		return s, err
	}
	return r.scoreNow(account, nil)
}
