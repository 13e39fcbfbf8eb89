package storage

import (
	"context"
	"time"

	"healthbot/storage/record"
)

// Decisions lists every decision, oldest first, for exports.
func (db *DB) Decisions(ctx context.Context) (out []record.Decision, err error) {
	err = db.read(ctx, func(r *reader) error {
		out, err = list(r, r.intoDecision, "SELECT "+decisionCols+" FROM decision dc ORDER BY dc.rowid")
		return err
	})
	return out, err
}

// Tasks lists every task, oldest first, for exports.
func (db *DB) Tasks(ctx context.Context) (out []record.Task, err error) {
	err = db.read(ctx, func(r *reader) error {
		out, err = list(r, r.intoTask, "SELECT "+taskCols+" FROM task tk ORDER BY tk.rowid")
		return err
	})
	return out, err
}

// Escalations lists every escalation, oldest first, for exports.
func (db *DB) Escalations(ctx context.Context) (out []record.Escalation, err error) {
	err = db.read(ctx, func(r *reader) error {
		out, err = list(r, r.intoEscalation, "SELECT "+escalationCols+" FROM escalation es ORDER BY es.rowid")
		return err
	})
	return out, err
}

// Results lists what became of contracts, by day, for exports: of each result the
// revision that was received last.
func (db *DB) Results(ctx context.Context) (out []record.Result, err error) {
	err = db.read(ctx, func(r *reader) error {
		out, err = list(r, func(x *record.Result) []any {
			return []any{scanJSON{x}, &x.Account, &x.Source, r.instant(&x.ReceivedAt)}
		}, `SELECT fa.body, fa.account, fa.source, fa.received_at FROM fact_known fa
			WHERE fa.kind = 'result' AND NOT EXISTS (
				SELECT 1 FROM fact_known later
				WHERE later.source = fa.source AND later.kind = fa.kind AND later.external_id = fa.external_id
				AND (later.received_at, later.revision) > (fa.received_at, fa.revision))
			ORDER BY fa.body ->> 'on', fa.account, fa.source, fa.external_id`)
		return err
	})
	return out, err
}

// LastChange is the office time of the latest event, zero when there is none.
func (db *DB) LastChange(ctx context.Context) (at time.Time, err error) {
	err = db.read(ctx, func(r *reader) error {
		at, _, err = first(r, func(t *time.Time) []any { return []any{r.instant(t)} }, "SELECT max(at) FROM event")
		return err
	})
	return at, err
}
