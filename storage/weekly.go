package storage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// A weekly score is made once, from what was known at its Monday, and stays: a
// correction that arrives later, or a new version of the model, doesn't rewrite
// the weeks behind it. Snapshots that read their state would no longer be what
// their own inputs give.

// LastWeek is the slot of the latest weekly scoring. "" means none, and then
// since is when the first account became known (imported history has no weeks
// before that), the zero time when there is no account.
func (db *DB) LastWeek(ctx context.Context) (slot string, since time.Time, err error) {
	err = db.read(ctx, func(r *reader) error {
		if slot, err = value[string](r, "SELECT COALESCE(max(slot), '') FROM week"); err != nil || slot != "" {
			return err
		}
		since, _, err = first(r, func(t *time.Time) []any { return []any{r.instant(t)} }, "SELECT min(received_at) FROM account_attribute_known")
		return err
	})
	return slot, since, err
}

// SaveWeeks stores weekly scorings, oldest first, as many whole weeks in one
// transaction as a person may have to wait for. One that is stored already stays
// as it is, so that after a fault all may be sent again.
func (db *DB) SaveWeeks(ctx context.Context, weeks []record.Week) error {
	for len(weeks) > 0 {
		ahead, err := db.stageWeek(ctx, weeks[0])
		if err != nil {
			return err
		}
		n, rows := 1, len(weeks[0].Scores)-ahead
		for n < len(weeks) && rows+len(weeks[n].Scores) <= rowsPerTurn {
			rows += len(weeks[n].Scores)
			n++
		}
		err = db.write(ctx, bulk, func(t *tx) error {
			for i, w := range weeks[:n] {
				rest := w.Scores
				if i == 0 {
					rest = rest[ahead:]
				}
				if err := t.saveWeek(w, rest); err != nil {
					return fmt.Errorf("week of %s: %w", w.Slot, err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		weeks = weeks[n:]
	}
	return nil
}

// stageWeek writes the rows of a large week that don't fit into its last
// transaction, and says how many. Nobody reads them before the week is done.
func (db *DB) stageWeek(ctx context.Context, w record.Week) (ahead int, err error) {
	for len(w.Scores)-ahead > rowsPerTurn {
		part := w.Scores[ahead : ahead+rowsPerTurn]
		err := db.bookkeeping(ctx, bulk, "stage a week's scores, which nobody reads before its event", func(t *tx) error {
			done, err := t.weekDone(w.Slot)
			if err != nil || done {
				return err
			}
			return t.insertWeekly(w, part)
		})
		if err != nil {
			return ahead, err
		}
		ahead += len(part)
	}
	return ahead, nil
}

func (r *reader) weekDone(slot string) (bool, error) {
	return value[bool](r, "SELECT EXISTS (SELECT 1 FROM week WHERE slot = $1)", slot)
}

// saveWeek adds the rest of a week's rows, and the row that makes it count.
func (t *tx) saveWeek(w record.Week, rest []record.Weekly) error {
	done, err := t.weekDone(w.Slot)
	if err != nil || done {
		return err
	}
	if err := t.insertWeekly(w, rest); err != nil {
		return err
	}
	digest, unscored := sha256.New(), 0
	for _, s := range w.Scores {
		state, err := encode(s.State)
		if err != nil {
			return err
		}
		fmt.Fprintf(digest, "%s %d %s\n", s.Result.Account, s.Result.Score, state)
		if s.Result.Unscored {
			unscored++
		}
	}
	version, model := t.rules.Model.Label(), t.rules.Model.Digest()
	sum := hex.EncodeToString(digest.Sum(nil))
	if err := t.insert("week", "slot, at, accounts, version, model, digest", w.Slot, instant(w.At), len(w.Scores), version, model, sum); err != nil {
		return err
	}
	return t.append(change{Kind: record.EvWeekly, Subject: "week " + w.Slot,
		After: map[string]any{"accounts": len(w.Scores), "unscored": unscored, "digest": sum, "version": version, "model": model}})
}

func (t *tx) insertWeekly(w record.Week, part []record.Weekly) error {
	rows := make([][]any, len(part))
	for i, s := range part {
		state, err := encode(s.State)
		if err != nil {
			return err
		}
		rows[i] = []any{s.Result.Account, instant(w.At), int(s.Result.Score), s.Result.Unscored, s.Result.Band, s.Result.Health, state}
	}
	return t.insertAll("weekly", "account, week, score, unscored, band, health, state",
		`ON CONFLICT (account, week) DO UPDATE SET score = excluded.score, unscored = excluded.unscored, band = excluded.band,
		health = excluded.health, state = excluded.state`, rows)
}

// carriedAsOf finds for each account the state that the last week before a
// moment handed on. Before, not at: a scoring of the very moment of a weekly one
// sees what that one saw, and gives the same score.
func (r *reader) carriedAsOf(accounts []string, asOf time.Time, of func(account string) *scoring.Input) error {
	type row struct {
		account string
		state   scoring.Carried
	}
	rows, err := list(r, func(x *row) []any { return []any{&x.account, scanJSON{&x.state}} },
		`SELECT we.account, we.state FROM account ac JOIN weekly we ON we.account = ac.id AND we.week = (
			SELECT max(week) FROM weekly WHERE account = ac.id AND week <= (SELECT max(at) FROM week WHERE at < $2))
		WHERE ac.id IN `+among(1), ids(accounts), instant(asOf))
	if err != nil {
		return err
	}
	for _, x := range rows {
		x.state.Week = x.state.Week.In(r.zone())
		of(x.account).Carried = &x.state
	}
	return nil
}
