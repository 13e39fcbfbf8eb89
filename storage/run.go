package storage

import (
	"context"
	"time"

	"healthbot/storage/record"
)

// BeginRun claims a slot of a job. A slot that was begun before and not opened
// is handed back to be resumed; fresh is false when there is nothing left to do.
func (db *DB) BeginRun(ctx context.Context, want record.Run) (run record.Run, fresh bool, err error) {
	err = db.write(ctx, bulk, func(t *tx) error {
		have, ok, err := first(&t.reader, t.intoRun, "SELECT "+runCols+" FROM run rn WHERE rn.job = $1 AND rn.slot = $2", want.Job, want.Slot)
		if err != nil {
			return err
		}
		if ok {
			run, fresh = have, have.State == record.RunBegun
			return nil
		}
		if err := t.watchModel(); err != nil {
			return err
		}
		run, fresh = want, true
		run.ID, run.State = newID(record.RunPrefix), record.RunBegun
		missing, err := encode(run.Missing)
		if err != nil {
			return err
		}
		err = t.insert("run", "id, job, slot, state, segment, channel, due_at, late, version, missing",
			run.ID, run.Job, run.Slot, run.State, run.Segment, run.Channel, instant(run.DueAt), run.Late, run.Version, missing)
		if err != nil {
			return err
		}
		return t.append(change{Kind: record.EvRunBegun, Run: run.ID, Subject: run.ID,
			After: map[string]any{"job": run.Job, "slot": run.Slot, "segment": run.Segment, "late": run.Late, "version": run.Version}})
	})
	return run, fresh, err
}

// LastSlot is the latest slot of a job that was claimed, "" when none was. Its run
// may only be begun: claim it again to find out.
func (db *DB) LastSlot(ctx context.Context, job string) (slot string, err error) {
	err = db.read(ctx, func(r *reader) error {
		slot, err = value[string](r, "SELECT COALESCE(max(slot), '') FROM run WHERE job = $1", job)
		return err
	})
	return slot, err
}

// OpenRuns lists the runs being worked through, oldest first.
func (db *DB) OpenRuns(ctx context.Context) (out []record.Run, err error) {
	err = db.read(ctx, func(r *reader) error {
		out, err = list(r, r.intoRun, "SELECT "+runCols+" FROM run rn WHERE rn.state = 'open' ORDER BY rn.opened_at, rn.rowid")
		return err
	})
	return out, err
}

// ConfirmRun records that a person agreed with a run's scope and sources.
func (db *DB) ConfirmRun(ctx context.Context, actor record.Actor, id string) (run record.Run, err error) {
	err = db.write(ctx, people, func(t *tx) error {
		run, err = t.run(id)
		if err != nil {
			return err
		}
		if run.State != record.RunOpen {
			return record.Errorf(record.Conflict, "This run is %s, so its scope can't be confirmed. Nothing was changed.", run.State)
		}
		c, err := t.confirmation(id)
		if err != nil {
			return err
		}
		switch {
		case c.by == actor.ID && c.by != "":
			return nil // a second press says the same
		case c.by != "":
			return record.Errorf(record.Conflict, "Scope and sources were already confirmed by %s at %s. Nothing was changed.", c.name, t.clock(c.at))
		}
		if err := t.do("UPDATE run SET confirmed_by = $1, confirmed_name = $2, confirmed_at = $3 WHERE id = $4", actor.ID, actor.Name, instant(t.now), id); err != nil {
			return err
		}
		if err := t.touch(id, record.Digest); err != nil {
			return err
		}
		return t.append(change{Kind: record.EvConfirmed, Actor: actor, Run: id, Subject: id, After: map[string]any{"confirmed": true}})
	})
	return run, err
}

// confirmation is who agreed with a run's scope and sources.
type confirmation struct {
	by, name string
	at       time.Time
}

func (r *reader) confirmation(run string) (confirmation, error) {
	return must(r, "run", func(c *confirmation) []any { return []any{&c.by, &c.name, r.instant(&c.at)} },
		"SELECT confirmed_by, confirmed_name, confirmed_at FROM run WHERE id = $1", run)
}
