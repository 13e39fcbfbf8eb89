package storage

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"healthbot/storage/record"
)

// snapshotsPerTurn is how many snapshots are written before a person may go
// first. A result is some ten kilobytes, so the limit lies far under the 2,000
// rows of a turn.
const snapshotsPerTurn = 200

// SaveSnapshots stores scores of a run that is begun, all of one moment, in
// chunks, with what they are compared with, why they moved and how urgent they
// are. One that the run already has for an account stays as it is, so that a
// resumed run may send them all again.
func (db *DB) SaveSnapshots(ctx context.Context, run string, snapshots []record.Snapshot) error {
	for len(snapshots) > 0 {
		part := slices.Clone(snapshots[:min(len(snapshots), snapshotsPerTurn)])
		snapshots = snapshots[len(part):]
		// Explaining takes longer than writing, so it comes before the writer's turn.
		if err := db.read(ctx, func(r *reader) error { return r.completeScores(part) }); err != nil {
			return err
		}
		err := db.write(ctx, bulk, func(t *tx) error { return t.saveSnapshots(run, part) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) saveSnapshots(run string, part []record.Snapshot) error {
	rn, err := t.run(run)
	if err != nil {
		return err
	}
	if rn.State != record.RunBegun {
		return record.Errorf(record.Conflict, "This run is %s already, so its scores stand. Nothing was changed.", rn.State)
	}
	if err := t.knowModels(part...); err != nil {
		return err
	}
	digest := sha256.New()
	saved := 0
	for _, s := range part {
		n, text, err := t.saveSnapshot(run, s)
		if err != nil {
			return err
		}
		if n > 0 {
			saved++
			digest.Write([]byte(text))
		}
	}
	if saved == 0 {
		return nil
	}
	return t.append(change{Kind: record.EvScored, Run: run, Subject: run,
		After: map[string]any{"snapshots": saved, "digest": hex.EncodeToString(digest.Sum(nil)), "version": rn.Version}})
}

// saveSnapshot adds one snapshot; run is "" outside of runs. It answers with the
// number of rows added and the result as stored.
func (t *tx) saveSnapshot(run string, s record.Snapshot) (int64, string, error) {
	result, err := encode(s.Result)
	if err != nil {
		return 0, "", err
	}
	holds, err := encode(s.Result.Holds)
	if err != nil {
		return 0, "", err
	}
	previous := ""
	if s.Previous != nil {
		if previous, err = encode(s.Previous); err != nil {
			return 0, "", err
		}
	}
	change := ""
	if s.Change != nil {
		if change, err = encode(s.Change); err != nil {
			return 0, "", err
		}
	}
	priority, err := encode(s.Priority)
	if err != nil {
		return 0, "", err
	}
	early := ""
	if s.Early != nil {
		if early, err = encode(s.Early); err != nil {
			return 0, "", err
		}
	}
	proposal := ""
	if s.Result.Proposal != nil {
		proposal = string(s.Result.Proposal.Outcome)
	}
	n, err := t.exec("INSERT INTO snapshot (id, run, account, at, score, band, unscored, proposal, holds, result, previous, change, priority, low_for, version, model, early) VALUES "+
		tuples(1, 17)+" ON CONFLICT (run, account) DO NOTHING",
		cmp.Or(s.ID, newID(record.SnapshotPrefix)), optional(run), s.Account, instant(s.At), int(s.Result.Score), s.Result.Band, s.Result.Unscored,
		proposal, holds, result, previous, change, priority, s.Result.LowFor, s.Result.Version, s.Result.Digest, early)
	return n, result, err
}

// rescore stores a fresh snapshot outside of a run, on its own or instead of
// another.
func (t *tx) rescore(account string, instead *record.Snapshot) (record.Snapshot, error) {
	s, err := t.scoreNow(account, instead)
	if err != nil {
		return s, err
	}
	s.ID = newID(record.SnapshotPrefix)
	if err := t.knowModels(s); err != nil {
		return s, err
	}
	_, _, err = t.saveSnapshot("", s)
	return s, err
}
