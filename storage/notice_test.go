package storage

import (
	"testing"
	"testing/fstest"

	"healthbot/storage/migration"
	"healthbot/storage/record"
)

// Each admin is told once of a slot, also after a restart, and the message is
// edited when the run opens after all.
func TestNotify(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	failed := record.Notice{Kind: record.NoticeFailed, Job: "enterprise", Slot: "2026-11-23T09:00", First: "2026-11-23T09:00", Count: 1, Reason: "The disk is full."}
	run := o.begin("2026-11-23T09:00", "acme")
	for i, want := range []bool{true, false, false} {
		if fresh, err := o.Notify(ctx, failed); err != nil || fresh != want {
			t.Errorf("time %d: fresh %v, %v", i+1, fresh, err)
		}
		if i == 1 {
			o.check(o.Close())
			o.open()
		}
	}
	if missed, err := o.LastMissed(ctx, "enterprise"); err != nil || missed != "" {
		t.Errorf("a run that fails isn't missed: %q, %v", missed, err)
	}
	posted := o.post()
	if len(posted) != 1 || posted[0].Kind != record.NoticeDM || posted[0].To != "UADA" {
		t.Fatalf("posted %+v", posted)
	}
	n, err := o.Notice(ctx, posted[0].Subject)
	o.check(err)
	if n.Reason != failed.Reason || !n.At.Equal(o.now) || !n.Opened.IsZero() {
		t.Errorf("the notice is %+v", n)
	}
	_, err = o.OpenRun(ctx, run.ID, nil)
	o.check(err)
	if n, err := o.Notice(ctx, n.ID); err != nil || !n.Opened.Equal(o.now) {
		t.Errorf("opened after all: %+v, %v", n, err)
	}
	if !o.edits()[posted[0].Key] {
		t.Error("the message still says that it doesn't open")
	}
	for _, slot := range []string{"2026-11-09T09:00", "2026-11-16T09:00"} {
		_, err := o.Notify(ctx, record.Notice{Kind: record.NoticeMissed, Job: "enterprise", Slot: slot, First: slot, Count: 1})
		o.check(err)
	}
	if missed, err := o.LastMissed(ctx, "enterprise"); err != nil || missed != "2026-11-16T09:00" {
		t.Errorf("last missed %q, %v", missed, err)
	}
	o.holds()
}

// The step that brings deadlines takes the outbox over in its order, threads and
// all, and knows whom escalations asked.
func TestMigrationToDeadlines(t *testing.T) {
	all := must1(migration.All())
	files := fstest.MapFS{}
	for _, s := range all {
		if s.Name == "deadlines" {
			break
		}
		files[stepFile(s.Version, s.Name)] = &fstest.MapFile{Data: []byte(s.SQL)}
	}
	o := &office{t: t, path: t.TempDir() + "/old.db", now: monday, wall: monday}
	db, err := open(t.Context(), o.options(), must1(migration.Parse(files)))
	o.check(err)
	o.DB = db
	o.check(o.Close())
	o.check(o.raw(`INSERT INTO account (id, name, segment, stage, seats, started_on, arr, currency, renewal_on, owner, backup, manager, crm, process, process_link)
		VALUES ('beta', 'Beta', 'enterprise', '', 1, '', 0, '', '', 'UBEN', '', 'UMIA', '', '', '')`))
	o.check(o.raw(`INSERT INTO snapshot (id, account, at, score, band, unscored, proposal, holds, result, previous) VALUES ('sn_1', 'beta', 1, 500, 'risk', 0, '', '[]', '{}', '')`))
	o.check(o.raw(`INSERT INTO review (id, account, snapshot, state, opened_at, since, decision) VALUES ('rv_1', 'beta', 'sn_1', 'open', 1, 0, NULL)`))
	o.check(o.raw(`INSERT INTO decision (id, review, account, outcome, proposed, sentence, reasons, next, watch, owner, goal, score, band, version, by_id, by_name, at)
		VALUES ('dc_1', 'rv_1', 'beta', 'escalation required', '', 'x', '[]', '', '', '', '', 500, 'risk', 'v', 'UBEN', 'Ben', 1)`))
	o.check(o.raw(`INSERT INTO escalation (id, decision, account, recipient, cause, reason, plan, ask, respond_by, state, by_id, by_name, made_at, acked_at)
		VALUES ('es_1', 'dc_1', 'beta', 'UMIA', 'c', 'r', 'p', 'a', 99, 'acknowledged', 'UBEN', 'Ben', 11, 22)`))
	for _, d := range []string{"('dl_z', 'k1', 'digest', 'rn_1', 'C1', NULL, 'pending', 1)", "('dl_b', 'k2', 'card', 'rv_1', 'C1', 'dl_z', 'pending', 1)", "('dl_a', 'k3', 'task_dm', 'tk_1', 'UBEN', NULL, 'pending', 1)"} {
		o.check(o.raw("INSERT INTO delivery (id, key, kind, subject, recipient, parent, state, touched_at) VALUES " + d))
	}
	o.open()
	t.Cleanup(func() { o.check(o.Close()) })
	o.rules.People = staff()
	if d := o.next(); d.ID != "dl_z" {
		t.Errorf("first goes %+v, want the digest", d)
	}
	if d := o.next(); d.ID != "dl_a" {
		t.Errorf("then goes %+v: the card must wait for the digest", d)
	}
	o.check(o.DeliverySent(t.Context(), "dl_z", record.Receipt{Channel: "C1", TS: "7.7"}))
	if d := o.next(); d.ID != "dl_b" || d.ParentTS != "7.7" {
		t.Errorf("then goes %+v, want the card in its thread", d)
	}
	c, err := o.EscalationCase(t.Context(), "es_1")
	o.check(err)
	if len(c.Asked) != 1 || c.Asked[0].Person != "UMIA" || c.Asked[0].At.UnixMilli() != 11 || c.Asked[0].OpenedAt.UnixMilli() != 22 {
		t.Errorf("asked %+v", c.Asked)
	}
	if n, err := o.PlanDeadlines(t.Context()); err != nil || n != 1 {
		t.Errorf("%d planned, %v", n, err)
	}
	if n := o.count("SELECT count(*) FROM deadline WHERE subject = 'es_1' AND step = 'idle.1'"); n != 1 {
		t.Error("an acknowledged escalation has no deadline")
	}
	if n := o.count("SELECT count(*) FROM pragma_foreign_key_check"); n != 0 {
		t.Errorf("%d references lead nowhere", n)
	}
}
