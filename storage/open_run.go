package storage

import (
	"cmp"
	"context"
	"slices"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// DefaultPerOwner is how many cards an owner gets per run when the policy
// doesn't say.
const DefaultPerOwner = 5

// OpenRun makes a begun run visible: a review for every snapshot, sorted into
// its group, the digest, the cards of those that need a person (worst first,
// some per owner), and one line to each owner, all in one transaction. A run
// that is open already is returned as it is.
func (db *DB) OpenRun(ctx context.Context, id string, missing []string) (run record.Run, err error) {
	err = db.write(ctx, bulk, func(t *tx) error {
		run, err = t.run(id)
		if err != nil || run.State != record.RunBegun {
			return err
		}
		run.State, run.OpenedAt, run.Missing = record.RunOpen, t.now, missing
		text, err := encode(missing)
		if err != nil {
			return err
		}
		if err := t.do("UPDATE run SET state = $1, opened_at = $2, missing = $3 WHERE id = $4", run.State, instant(run.OpenedAt), text, id); err != nil {
			return err
		}
		if err := t.carryOver(run); err != nil {
			return err
		}
		turns, err := t.turns(run)
		if err != nil {
			return err
		}
		if err := t.openReviews(run, turns); err != nil {
			return err
		}
		if err := t.announce(run, turns, map[string]int{}); err != nil {
			return err
		}
		if err := t.touchNotices(run); err != nil {
			return err
		}
		groups := map[record.Standing]int{}
		for _, x := range turns {
			groups[x.standing]++
		}
		return t.append(change{Kind: record.EvRunOpened, Run: id, Subject: id,
			Before: map[string]any{"state": record.RunBegun},
			After:  map[string]any{"state": run.State, "due": len(turns), "groups": groups, "missing": missing}})
	})
	return run, err
}

// carryOver closes the job's earlier runs, spot runs included: what nobody decided in them comes up
// again in this one, and the old run says what wasn't reviewed.
func (t *tx) carryOver(run record.Run) error {
	earlier, err := list(&t.reader, column[string], "SELECT id FROM run WHERE job IN ($1, $2) AND state = 'open' AND id <> $3 ORDER BY rowid",
		run.Job, record.SpotJob(run.Job), run.ID)
	if err != nil {
		return err
	}
	for _, id := range earlier {
		type left struct{ review, account string }
		open, err := list(&t.reader, func(x *left) []any { return []any{&x.review, &x.account} },
			"SELECT id, account FROM review WHERE run = $1 AND state = 'open' ORDER BY account", id)
		if err != nil {
			return err
		}
		unreviewed := []string{}
		for _, x := range open {
			unreviewed = append(unreviewed, x.account)
			if err := t.touch(x.review, record.Card); err != nil {
				return err
			}
		}
		if err := t.do("UPDATE review SET state = $1 WHERE run = $2 AND state = $3", record.ReviewCarried, id, record.ReviewOpen); err != nil {
			return err
		}
		if err := t.do("UPDATE run SET state = $1 WHERE id = $2", record.RunClosed, id); err != nil {
			return err
		}
		if err := t.touch(id, record.Digest, record.OwnerLine); err != nil {
			return err
		}
		if err := t.append(change{Kind: record.EvRunClosed, Run: id, Subject: id, Before: map[string]any{"state": record.RunOpen},
			After: map[string]any{"state": record.RunClosed, "complete": len(unreviewed) == 0, "not_reviewed": unreviewed, "next": run.ID}}); err != nil {
			return err
		}
	}
	return nil
}

// turn is one account's turn in a run that opens.
type turn struct {
	gist
	account  record.Account
	spot     string // the review that a person had opened already
	review   string
	standing record.Standing
}

// turns sorts the accounts of a run into their groups, worst first. An account
// whose review is still open in another run, or snoozed, stays there.
func (t *tx) turns(run record.Run) ([]turn, error) {
	type row struct {
		turn
		outcome scoring.Outcome
		score   scoring.Tenths
		work    bool
	}
	rows, err := list(&t.reader, func(x *row) []any {
		return slices.Concat(t.intoGist(&x.gist), intoAccount(&x.account), []any{&x.spot, &x.outcome, &x.score, &x.work})
	}, "SELECT "+gistCols+", "+accountCols+", COALESCE(rv.id, ''), COALESCE(dc.outcome, ''), COALESCE(dc.score, 0), "+workOn("ac.id")+`
		FROM snapshot sn JOIN account ac ON ac.id = sn.account
		LEFT JOIN review rv ON rv.account = ac.id AND rv.state = 'open' AND rv.run IS NULL
		LEFT JOIN decision dc ON dc.rowid = (SELECT max(rowid) FROM decision WHERE account = ac.id)
		WHERE sn.run = $1 AND NOT EXISTS (
			SELECT 1 FROM review other WHERE other.account = ac.id AND (other.state = 'snoozed' OR (other.state = 'open' AND other.run IS NOT NULL)))`, run.ID)
	if err != nil {
		return nil, err
	}
	cleared, err := t.clearances("cl.review IN (SELECT id FROM review WHERE state = 'open' AND run IS NULL)")
	if err != nil {
		return nil, err
	}
	out := make([]turn, len(rows))
	for i, x := range rows {
		var last *record.Decision
		if x.outcome != "" {
			last = &record.Decision{Outcome: x.outcome, Score: x.score}
		}
		x.review = cmp.Or(x.spot, newID(record.ReviewPrefix))
		x.standing = record.StandingOf(x.snapshot(), t.inForce(x.holds, cleared[x.spot], x.account), last, x.work)
		out[i] = x.turn
	}
	slices.SortFunc(out, func(a, b turn) int { return worstFirst(a.gist, b.gist, a.account, b.account) })
	return out, nil
}

// openReviews gives each turn a review. One that a person had opened on their own
// joins the run, so that an account never has two.
func (t *tx) openReviews(run record.Run, turns []turn) error {
	since, err := t.lastSeq()
	if err != nil {
		return err
	}
	var rows [][]any
	for _, x := range turns {
		if x.spot == "" {
			rows = append(rows, []any{x.review, run.ID, x.account.ID, x.id, record.ReviewOpen, instant(t.now), since})
			continue
		}
		err := t.do("UPDATE review SET run = $1, snapshot = $2 WHERE id = $3", run.ID, x.id, x.spot)
		if err != nil {
			return err
		}
	}
	return t.insertAll("review", "id, run, account, snapshot, state, opened_at, since", "", rows)
}

// announce queues the run's messages: the digest, in its thread the cards of
// these turns, and "your five" to each owner who has one. cards counts those that
// an owner has in this run already.
func (t *tx) announce(run record.Run, turns []turn, cards map[string]int) error {
	digest, err := t.queue(record.Delivery{Kind: record.Digest, Subject: run.ID, To: run.Channel})
	if err != nil {
		return err
	}
	most := cmp.Or(t.rules.Policy.PerOwner, DefaultPerOwner)
	var owners []string
	for _, x := range turns {
		owner, _ := t.rules.People.Acting(x.account, t.today())
		jumps := x.early != nil && x.early.Worse
		if x.standing != record.NeedsPerson || !jumps && cards[owner.ID] >= most {
			continue
		}
		cards[owner.ID]++
		if !slices.Contains(owners, owner.ID) {
			owners = append(owners, owner.ID)
		}
		if _, err := t.queue(record.Delivery{Kind: record.Card, Subject: x.review, To: run.Channel, Parent: digest}); err != nil {
			return err
		}
	}
	for _, owner := range owners {
		if _, err := t.queue(record.Delivery{Kind: record.OwnerLine, Subject: run.ID, To: owner}); err != nil {
			return err
		}
	}
	return nil
}
