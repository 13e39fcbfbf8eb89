package storage

import (
	"context"
	"slices"
	"time"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// Early scores the accounts of a segment that have a decision and no unfinished
// review, on what was known at a moment, and gives those that are due before their
// date, worst first. next is the day of the run that would take them anyway.
// Nothing is stored.
func (db *DB) Early(ctx context.Context, segment string, at time.Time, next record.Date) (out []record.Snapshot, err error) {
	var all []record.Recorded
	err = db.read(ctx, func(r *reader) error {
		all, err = r.recorded(segment)
		return err
	})
	if err != nil {
		return nil, err
	}
	for part := range slices.Chunk(all, snapshotsPerTurn) {
		err := db.read(ctx, func(r *reader) error {
			found, err := r.early(part, at, next)
			out = append(out, found...)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(out, func(a, b record.Snapshot) int { return a.Priority.Compare(b.Priority) })
	return out, nil
}

// recorded lists where people left the accounts of a segment. A date that the
// last decision didn't set is its day and the account's cadence.
func (r *reader) recorded(segment string) ([]record.Recorded, error) {
	rows, err := list(r, func(x *record.Recorded) []any {
		return slices.Concat(intoAccount(&x.Account), []any{r.instant(&x.At), &x.Proposed, &x.Score, &x.Band, &x.Unscored, scanJSON{&x.Caps}, scanDay{&x.Next}})
	}, "SELECT "+accountCols+`, dc.at, dc.proposed, dc.score, dc.band, sn.unscored,
			(SELECT json_group_array(value ->> '$.name') FROM json_each(sn.result, '$.caps') WHERE value ->> '$.binding'), dc.next
		FROM account ac
		JOIN decision dc ON dc.rowid = (SELECT max(rowid) FROM decision WHERE account = ac.id)
		JOIN review rv ON rv.id = dc.review JOIN snapshot sn ON sn.id = rv.snapshot
		WHERE ac.segment = $1 AND NOT EXISTS (SELECT 1 FROM review WHERE account = ac.id AND state IN ('open', 'snoozed'))
		ORDER BY ac.id`, segment)
	if err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(x record.Recorded) bool { return x.Account.StageAt(r.now) == scoring.Churned })
	for i := range rows {
		if x := &rows[i]; x.Next.IsZero() {
			x.Next = record.DateOf(x.At).Add(r.rules.Policy.Cadence(x.Account, r.now))
		}
	}
	return rows, nil
}

func (r *reader) early(all []record.Recorded, at time.Time, next record.Date) ([]record.Snapshot, error) {
	accounts := make([]string, len(all))
	was := make(map[string]record.Recorded, len(all))
	for i, x := range all {
		accounts[i], was[x.Account.ID] = x.Account.ID, x
	}
	inputs, err := r.inputs(accounts, at)
	if err != nil || len(inputs) == 0 {
		return nil, err
	}
	// Saying why a score moved costs another scoring: ask first without.
	today := record.DateOf(at.In(r.zone()))
	stays := func(s record.Snapshot) bool {
		x := was[s.Account]
		_, early := x.Early(r.rules.Model, s, today, next, r.rules.Policy.Cadence(x.Account, at))
		return !early
	}
	out := slices.DeleteFunc(r.evaluate(inputs), stays)
	if err := r.compare(out, at); err != nil {
		return nil, err
	}
	if err := r.explain(out, inputs); err != nil {
		return nil, err
	}
	out = slices.DeleteFunc(out, stays)
	for i := range out {
		x := was[out[i].Account]
		why, _ := x.Early(r.rules.Model, out[i], today, next, r.rules.Policy.Cadence(x.Account, at))
		out[i].Early = &why
	}
	return out, nil
}

// LastLoad is the number of the latest import that is visible.
func (db *DB) LastLoad(ctx context.Context) (n int64, err error) {
	err = db.read(ctx, func(r *reader) error {
		n, err = value[int64](r, "SELECT max(n) FROM batch WHERE loaded_at IS NOT NULL")
		return err
	})
	return n, err
}
