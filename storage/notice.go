package storage

import (
	"context"

	"healthbot/storage/record"
)

// Notify tells every admin of something about a job, once: a second notice about
// the same slot is none. It answers whether it was new.
func (db *DB) Notify(ctx context.Context, n record.Notice) (fresh bool, err error) {
	err = db.write(ctx, bulk, func(t *tx) error {
		_, known, err := first(&t.reader, column[string], "SELECT id FROM notice WHERE kind = $1 AND job = $2 AND slot = $3", n.Kind, n.Job, n.Slot)
		if err != nil || known {
			return err
		}
		fresh, n.ID = true, newID(record.NoticePrefix)
		err = t.insert("notice", "id, kind, job, slot, first, count, reason, at", n.ID, n.Kind, n.Job, n.Slot, n.First, n.Count, n.Reason, instant(t.now))
		if err != nil {
			return err
		}
		for _, admin := range t.rules.People.With(record.Admin) {
			if _, err := t.queue(record.Delivery{Kind: record.NoticeDM, Subject: n.ID, To: admin.ID}); err != nil {
				return err
			}
		}
		return t.append(change{Kind: record.EvNotice, Subject: n.ID,
			After: map[string]any{"kind": n.Kind, "job": n.Job, "slot": n.Slot, "first": n.First, "count": n.Count}})
	})
	return fresh, err
}

// LastMissed is the latest slot of a job of which admins know that it was missed,
// "" for none.
func (db *DB) LastMissed(ctx context.Context, job string) (slot string, err error) {
	err = db.read(ctx, func(r *reader) error {
		slot, err = value[string](r, "SELECT COALESCE(max(slot), '') FROM notice WHERE kind = $1 AND job = $2", record.NoticeMissed, job)
		return err
	})
	return slot, err
}

// Notice loads one notice, with what became of it since.
func (db *DB) Notice(ctx context.Context, id string) (n record.Notice, err error) {
	err = db.read(ctx, func(r *reader) error {
		n, err = must(r, "notice", func(n *record.Notice) []any {
			return []any{&n.ID, &n.Kind, &n.Job, &n.Slot, &n.First, &n.Count, &n.Reason, r.instant(&n.At), r.instant(&n.Opened)}
		}, `SELECT nt.id, nt.kind, nt.job, nt.slot, nt.first, nt.count, nt.reason, nt.at, rn.opened_at
			FROM notice nt LEFT JOIN run rn ON rn.job = nt.job AND rn.slot = nt.slot AND nt.kind = 'failed' WHERE nt.id = $1`, id)
		return err
	})
	return n, err
}

// touchNotices edits what admins were told of a run's slot: it opened after all.
func (t *tx) touchNotices(run record.Run) error {
	failed, err := list(&t.reader, column[string], "SELECT id FROM notice WHERE kind = $1 AND job = $2 AND slot = $3", record.NoticeFailed, run.Job, run.Slot)
	if err != nil {
		return err
	}
	for _, id := range failed {
		if err := t.touch(id, record.NoticeDM); err != nil {
			return err
		}
	}
	return nil
}
