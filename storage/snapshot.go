package storage

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"healthbot/storage/record"
)

// snapshotsPerTurn is how many snapshots are written before a person may go
// first. A result is some ten kilobytes, so the limit lies far under the 2,000
// rows of a turn.
const snapshotsPerTurn = 200

// SaveSnapshots stores scores of a run that is begun, in chunks; one that the
// run already has for an account stays as it is, so that a resumed run may send
// them all again.
func (db *DB) SaveSnapshots(ctx context.Context, run string, snapshots []record.Snapshot) error {
	for len(snapshots) > 0 {
		part := snapshots[:min(len(snapshots), snapshotsPerTurn)]
		snapshots = snapshots[len(part):]
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
	digest := sha256.New()
	saved := 0
	for _, s := range part {
		if s.Previous == nil {
			if s.Previous, err = t.previous(s.Account, s.At); err != nil {
				return err
			}
		}
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
	proposal := ""
	if s.Result.Proposal != nil {
		proposal = string(s.Result.Proposal.Outcome)
	}
	n, err := t.exec("INSERT INTO snapshot (id, run, account, at, score, band, unscored, proposal, holds, result, previous) VALUES "+
		tuples(1, 11)+" ON CONFLICT (run, account) DO NOTHING",
		cmp.Or(s.ID, newID(record.SnapshotPrefix)), optional(run), s.Account, instant(s.At), int(s.Result.Score), s.Result.Band, s.Result.Unscored,
		proposal, holds, result, previous)
	return n, result, err
}

// previous is what a snapshot is compared with: the latest one of the account
// before it that people could see.
func (r *reader) previous(account string, before time.Time) (*record.Previous, error) {
	g, ok, err := first(r, r.intoGist, "SELECT "+gistCols+" FROM snapshot_seen sn WHERE sn.account = $1 AND sn.at < $2 ORDER BY sn.at DESC, sn.n DESC LIMIT 1",
		account, instant(before))
	if err != nil || !ok {
		return nil, err
	}
	return g.previous(), nil
}

func (g gist) previous() *record.Previous {
	return &record.Previous{AsOf: g.at, Score: g.score, Band: g.band, Unscored: g.unscored}
}

// rescore stores a fresh snapshot outside of a run; without a previous to
// compare with, it is compared with the latest.
func (t *tx) rescore(account string, previous *record.Previous) (record.Snapshot, error) {
	result, err := t.score(account)
	if err != nil {
		return record.Snapshot{}, err
	}
	if previous == nil {
		if previous, err = t.previous(account, t.now); err != nil {
			return record.Snapshot{}, err
		}
	}
	s := record.Snapshot{ID: newID(record.SnapshotPrefix), Account: account, At: t.now, Result: result, Previous: previous}
	_, _, err = t.saveSnapshot("", s)
	return s, err
}
