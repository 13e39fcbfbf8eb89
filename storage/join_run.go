package storage

import (
	"context"
	"slices"
	"time"

	"healthbot/storage/record"
)

// JoinRun brings accounts up before their date: each joins the open run of its
// route, or a spot run that is opened for it, with a review, a card, and the line
// to its owner, all in one transaction. want names the route's job, segment and
// channel, and the slot of a new spot run. An account with an unfinished review is
// left alone, so sending the same again changes nothing. The runs that took
// somebody are returned.
func (db *DB) JoinRun(ctx context.Context, want record.Run, snapshots []record.Snapshot) (runs []record.Run, err error) {
	err = db.write(ctx, bulk, func(t *tx) error {
		if err := t.watchModel(); err != nil {
			return err
		}
		for snapshots := snapshots; len(snapshots) > 0; {
			run, taken, left, err := t.takes(want, snapshots)
			if err != nil {
				return err
			}
			if len(taken) > 0 {
				if err := t.join(run, taken); err != nil {
					return err
				}
				runs = append(runs, run)
			}
			snapshots = left
		}
		return nil
	})
	return runs, err
}

// takes finds the first open run that some of the accounts may join, and who is
// left after that. A run has an account once: one that was decided in it
// already needs another. Without any, a spot run is opened.
func (t *tx) takes(want record.Run, snapshots []record.Snapshot) (run record.Run, taken, left []record.Snapshot, err error) {
	accounts := make([]string, len(snapshots))
	for i, s := range snapshots {
		accounts[i] = s.Account
	}
	busy, err := list(&t.reader, column[string], "SELECT account FROM review WHERE state IN ('open', 'snoozed') AND account IN "+among(1), ids(accounts))
	if err != nil {
		return run, nil, nil, err
	}
	free := slices.DeleteFunc(slices.Clone(snapshots), func(s record.Snapshot) bool { return slices.Contains(busy, s.Account) })
	if len(free) == 0 {
		return run, nil, nil, nil
	}
	open, err := list(&t.reader, t.intoRun, "SELECT "+runCols+" FROM run rn WHERE rn.state = 'open' AND rn.job IN ($1, $2) ORDER BY rn.job = $2, rn.rowid",
		want.Job, record.SpotJob(want.Job))
	if err != nil {
		return run, nil, nil, err
	}
	for _, run := range open {
		had, err := list(&t.reader, column[string], "SELECT account FROM snapshot WHERE run = $1", run.ID)
		if err != nil {
			return run, nil, nil, err
		}
		for _, s := range free {
			if slices.Contains(had, s.Account) {
				left = append(left, s)
			} else {
				taken = append(taken, s)
			}
		}
		if len(taken) > 0 {
			return run, taken, left, nil
		}
		left = nil
	}
	run, err = t.openSpot(want)
	return run, free, nil, err
}

func (t *tx) openSpot(run record.Run) (record.Run, error) {
	run.ID, run.Job, run.State, run.OpenedAt = newID(record.RunPrefix), record.SpotJob(run.Job), record.RunOpen, t.now.Truncate(time.Millisecond)
	missing, err := encode(run.Missing)
	if err != nil {
		return run, err
	}
	err = t.insert("run", "id, job, slot, state, segment, channel, due_at, opened_at, late, version, missing",
		run.ID, run.Job, run.Slot, run.State, run.Segment, run.Channel, instant(run.DueAt), instant(run.OpenedAt), run.Late, run.Version, missing)
	if err != nil {
		return run, err
	}
	return run, t.append(change{Kind: record.EvRunOpened, Run: run.ID, Subject: run.ID,
		After: map[string]any{"job": run.Job, "slot": run.Slot, "segment": run.Segment, "state": run.State, "version": run.Version}})
}

func (t *tx) join(run record.Run, taken []record.Snapshot) error {
	c, err := t.runCase(run.ID)
	if err != nil {
		return err
	}
	cards := map[string]int{}
	for owner, rows := range c.Yours {
		cards[owner] = len(rows)
	}
	if err := t.knowModels(taken...); err != nil {
		return err
	}
	why := map[string]any{}
	for _, s := range taken {
		if _, _, err := t.saveSnapshot(run.ID, s); err != nil {
			return err
		}
		why[s.Account] = s.Early
	}
	turns, err := t.turns(run)
	if err != nil {
		return err
	}
	turns = slices.DeleteFunc(turns, func(x turn) bool { return why[x.account.ID] == nil }) // decided in it before
	if err := t.openReviews(run, turns); err != nil {
		return err
	}
	if err := t.touch(run.ID, record.Digest, record.OwnerLine); err != nil {
		return err
	}
	if err := t.announce(run, turns, cards); err != nil {
		return err
	}
	return t.append(change{Kind: record.EvRunJoined, Run: run.ID, Subject: run.ID, After: map[string]any{"accounts": why}})
}
