package storage

import (
	"healthbot/storage/record"
)

// review loads a review.
func (r *reader) review(id string) (record.Review, error) {
	rv, err := must(r, "review", r.intoReview, "SELECT "+reviewCols+" FROM review rv WHERE rv.id = $1", id)
	if err != nil {
		return rv, err
	}
	err = r.complete(&rv)
	return rv, err
}

// complete adds what was cleared in a review, and in which group that leaves it.
func (r *reader) complete(rv *record.Review) error {
	cleared, err := r.clearances("cl.review = $1", rv.ID)
	if err != nil {
		return err
	}
	rv.Cleared = cleared[rv.ID]
	g, err := r.gist(rv.Snapshot)
	if err != nil {
		return err
	}
	a, err := r.account(rv.Account)
	if err != nil {
		return err
	}
	last, err := r.lastDecision(rv.Account, "")
	if err != nil {
		return err
	}
	work, err := value[bool](r, "SELECT "+workOn("$1"), rv.Account)
	if err != nil {
		return err
	}
	rv.Standing = record.StandingOf(g.snapshot(), r.inForce(g.holds, rv.Cleared, a), last, work)
	return nil
}

// unfinished finds the account's review that isn't decided; there is one at most.
func (r *reader) unfinished(account string) (record.Review, bool, error) {
	rv, ok, err := first(r, r.intoReview, "SELECT "+reviewCols+" FROM review rv WHERE rv.account = $1 AND rv.state NOT IN ('decided', 'carried')", account)
	if err != nil || !ok {
		return rv, ok, err
	}
	err = r.complete(&rv)
	return rv, true, err
}

func (r *reader) run(id string) (record.Run, error) {
	return must(r, "run", r.intoRun, "SELECT "+runCols+" FROM run rn WHERE rn.id = $1", id)
}

func (r *reader) snapshot(id string) (record.Snapshot, error) {
	return must(r, "snapshot", r.intoSnapshot, "SELECT "+snapshotCols+" FROM snapshot sn WHERE sn.id = $1", id)
}

func (r *reader) gist(snapshot string) (gist, error) {
	return must(r, "snapshot", r.intoGist, "SELECT "+gistCols+" FROM snapshot sn WHERE sn.id = $1", snapshot)
}

func (r *reader) decision(id string) (record.Decision, error) {
	return must(r, "decision", r.intoDecision, "SELECT "+decisionCols+" FROM decision dc WHERE dc.id = $1", id)
}

// lastDecision is the account's latest decision outside of one review; "" leaves
// none out.
func (r *reader) lastDecision(account, except string) (*record.Decision, error) {
	d, ok, err := first(r, r.intoDecision, "SELECT "+decisionCols+" FROM decision dc WHERE dc.account = $1 AND dc.review <> $2 ORDER BY dc.rowid DESC LIMIT 1", account, except)
	if err != nil || !ok {
		return nil, err
	}
	return &d, nil
}

// workOn is the condition that an account has an open task or escalation.
func workOn(account string) string {
	return "(EXISTS (SELECT 1 FROM task WHERE account = " + account + " AND state IN ('open', 'accepted'))" +
		" OR EXISTS (SELECT 1 FROM escalation WHERE account = " + account + " AND state IN ('waiting for an answer', 'acknowledged')))"
}
