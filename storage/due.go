package storage

import (
	"context"
	"time"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// DueAccounts lists the accounts of a segment ("" for all) whose next review
// falls on or before a day: the date that the last decision set, or else the
// last decision's day and the account's cadence; an account never decided on is
// due at once. Churned accounts, snoozed ones and those still open in a run of
// another segment are left out; those still open in an earlier run of this one
// are due, because the new run takes them over.
func (db *DB) DueAccounts(ctx context.Context, segment string, on record.Date) (out []string, err error) {
	err = db.read(ctx, func(r *reader) error {
		out, err = r.due(segment, on)
		return err
	})
	return out, err
}

func (r *reader) due(segment string, on record.Date) ([]string, error) {
	type row struct {
		account record.Account
		next    record.Date
		at      time.Time
	}
	rows, err := list(r, func(x *row) []any {
		return append(intoAccount(&x.account), scanDay{&x.next}, r.instant(&x.at))
	}, "SELECT "+accountCols+`, COALESCE(dc.next, ''), dc.at FROM account ac
		LEFT JOIN decision dc ON dc.rowid = (SELECT max(rowid) FROM decision WHERE account = ac.id)
		WHERE ($1 = '' OR ac.segment = $1) AND NOT EXISTS (
			SELECT 1 FROM review rv LEFT JOIN run rn ON rn.id = rv.run
			WHERE rv.account = ac.id AND (rv.state = 'snoozed' OR (rv.state = 'open' AND rn.state = 'open' AND rn.segment <> ac.segment)))
		ORDER BY ac.id`, segment)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, x := range rows {
		if x.account.StageAt(r.now) == scoring.Churned {
			continue
		}
		next := x.next
		if next.IsZero() && !x.at.IsZero() {
			next = record.DateOf(x.at).Add(r.rules.Policy.Cadence(x.account, r.now))
		}
		if !next.After(on) {
			out = append(out, x.account.ID)
		}
	}
	return out, nil
}
