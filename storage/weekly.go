package storage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"time"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// A weekly score is made once, from what was known at its Monday, and stays: a
// correction that arrives later, or a new version of the model, doesn't rewrite
// the weeks behind it. Snapshots that read their state would no longer be what
// their own inputs give.
//
// The rows of a week are kept as they are made, some thousand at a time, so that
// nobody holds a large company's week in memory. Until its row in the table of
// weeks stands nobody reads them.

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

// StageWeekly keeps weekly scores of any weeks that aren't done yet, a turn at a
// time. What an attempt that broke off has kept of them is overwritten; rows of a
// week that is done are left alone.
func (db *DB) StageWeekly(ctx context.Context, rows []record.Weekly) error {
	for part := range slices.Chunk(rows, weeklyPerTurn) {
		values, err := weeklyRows(part) // before the turn, so that it is short
		if err != nil {
			return err
		}
		err = db.bookkeeping(ctx, bulk, "stage weekly scores, which nobody reads before their week's event", func(t *tx) error {
			return t.stageWeekly(part, values)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// weeklyPerTurn is how many weekly scores are written before a person may go
// first: a few milliseconds' worth, and few enough commits for a large company.
const weeklyPerTurn = 500

func weeklyRows(part []record.Weekly) ([][]any, error) {
	values := make([][]any, len(part))
	for i, s := range part {
		state, err := encode(s.State)
		if err != nil {
			return nil, err
		}
		values[i] = []any{instant(s.At), s.Account, int(s.Score), s.Unscored, string(s.Band), s.Health, state}
	}
	return values, nil
}

func (t *tx) stageWeekly(part []record.Weekly, values [][]any) error {
	stands := map[int64]bool{} // by week
	open := make([][]any, 0, len(part))
	for i, s := range part {
		at := s.At.UnixMilli()
		done, known := stands[at]
		if !known {
			var err error
			if done, err = value[bool](&t.reader, "SELECT EXISTS (SELECT 1 FROM week WHERE at = $1)", at); err != nil {
				return err
			}
			stands[at] = done
		}
		if !done {
			open = append(open, values[i])
		}
	}
	return t.insertAll("weekly", "week, account, score, unscored, band, health, state",
		`ON CONFLICT (week, account) DO UPDATE SET score = excluded.score, unscored = excluded.unscored, band = excluded.band,
		health = excluded.health, state = excluded.state`, open)
}

// SaveWeeks makes weeks count whose rows are all staged, oldest first, each with
// an event that knows the digest of its rows. One that counts already stays as it
// is, so that after a fault all may be sent again.
func (db *DB) SaveWeeks(ctx context.Context, weeks []record.Week) error {
	sums := make([]weekSum, len(weeks))
	err := db.read(ctx, func(r *reader) (err error) { // a hundred thousand rows aren't read in the writer's turn
		for i, w := range weeks {
			if sums[i], err = r.sumWeek(w); err != nil {
				return fmt.Errorf("week of %s: %w", w.Slot, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return db.write(ctx, bulk, func(t *tx) error {
		for i, w := range weeks {
			if err := t.saveWeek(w, sums[i]); err != nil {
				return fmt.Errorf("week of %s: %w", w.Slot, err)
			}
		}
		return nil
	})
}

// weekSum is what a week's event tells of its rows.
type weekSum struct {
	accounts, unscored int
	digest             string
}

func (r *reader) sumWeek(w record.Week) (s weekSum, err error) {
	type row struct {
		account, state string
		score          int
		unscored       bool
	}
	digest := sha256.New()
	err = each(r, func(x *row) []any { return []any{&x.account, &x.score, &x.unscored, &x.state} }, func(x row) error {
		fmt.Fprintf(digest, "%s %d %s\n", x.account, x.score, x.state)
		s.accounts++
		if x.unscored {
			s.unscored++
		}
		return nil
	}, "SELECT account, score, unscored, state FROM weekly WHERE week = $1 ORDER BY account", instant(w.At))
	s.digest = hex.EncodeToString(digest.Sum(nil))
	return s, err
}

func (t *tx) saveWeek(w record.Week, s weekSum) error {
	done, err := value[bool](&t.reader, "SELECT EXISTS (SELECT 1 FROM week WHERE slot = $1)", w.Slot)
	if err != nil || done {
		return err
	}
	// The version goes on record with the week, whose event tells of it: later
	// scores are compared with this one, and must know what made it.
	model, err := t.keepModel(record.Actor{}, t.rules.Model, false)
	if err != nil {
		return err
	}
	version := t.rules.Model.Label()
	if err := t.insert("week", "slot, at, accounts, version, model, digest", w.Slot, instant(w.At), s.accounts, version, model, s.digest); err != nil {
		return err
	}
	return t.append(change{Kind: record.EvWeekly, Subject: "week " + w.Slot,
		After: map[string]any{"accounts": s.accounts, "unscored": s.unscored, "digest": s.digest, "version": version, "model": model}})
}

// carried finds for each account and moment the state that the last week before
// handed on. Before, not at: a scoring of the very moment of a weekly one sees
// what that one saw, and gives the same score.
func (g *gathering) carried() error {
	var states map[string]*scoring.Carried
	of := int64(math.MinInt64) // the week that they are of; this one: none
	for i, at := range g.at {
		week, err := value[int64](g.reader, "SELECT COALESCE(max(at), $2) FROM week WHERE at < $1", at, of)
		if err != nil {
			return err
		}
		if week != of {
			of = week
			if states, err = g.carriedBefore(at); err != nil {
				return err
			}
		}
		for _, in := range g.out {
			if j := i - (len(g.at) - len(in)); j >= 0 {
				in[j].Carried = states[in[j].Account.ID]
			}
		}
	}
	return nil
}

// carriedBefore looks up the last week before a moment, and earlier ones for the
// accounts that it left out.
func (g *gathering) carriedBefore(at int64) (map[string]*scoring.Carried, error) {
	type row struct {
		account string
		state   scoring.Carried
	}
	out := make(map[string]*scoring.Carried, len(g.place))
	err := each(g.reader, func(x *row) []any { return []any{&x.account, scanJSON{&x.state}} }, func(x row) error {
		x.state.Week = x.state.Week.In(g.zone())
		out[x.account] = &x.state
		return nil
	}, `SELECT we.account, we.state FROM json_each($1) asked CROSS JOIN weekly we ON we.account = asked.value AND we.week = (
		SELECT at FROM week WHERE at < $2 AND EXISTS (SELECT 1 FROM weekly WHERE week = week.at AND account = asked.value)
		ORDER BY at DESC LIMIT 1)`, g.asked, at)
	return out, err
}
