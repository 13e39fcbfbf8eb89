package storage

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// ours is a version of a team's own.
func ours(version int) scoring.Model {
	m := seatModel()
	m.Name, m.Version = "ours", version
	m.Measures = slices.Clone(m.Measures)
	m.Measures[0].Norm = 40 + float64(version)
	return m
}

// scoresWith opens the database again, as a bot that scores with another version.
func (o *office) scoresWith(m scoring.Model) {
	o.t.Helper()
	o.check(o.Close())
	o.scoresAfresh(m)
}

func (o *office) scoresAfresh(m scoring.Model) {
	o.t.Helper()
	options := o.options()
	options.Rules.Model = m
	db, err := Open(o.t.Context(), options)
	o.check(err)
	o.DB = db
}

func TestInstallationApprovesTheBuiltInModel(t *testing.T) {
	o := empty(t)
	ctx := t.Context()
	_, err := o.ApprovedModel(ctx)
	wants(t, err, record.NotFound, "No version", "healthbot run")

	// A version of one's own isn't approved by being there first.
	wants(t, o.WatchModel(ctx), record.Conflict, "isn't approved")
	if all, err := o.Models(ctx); err != nil || len(all) != 0 {
		t.Errorf("on record: %v, %v", all, err)
	}

	built := scoring.AllSignals().InService(scoring.Usage, scoring.Billing)
	built.SourceOrder = []string{"crm"}
	o.scoresWith(built)
	_, seq := o.events(0)
	o.check(o.WatchModel(ctx))
	o.check(o.WatchModel(ctx))
	if kinds, _ := o.events(seq); !slices.Equal(kinds, []record.EventKind{record.EvModel}) {
		t.Errorf("events: %v", kinds)
	}
	v, err := o.ApprovedModel(ctx)
	o.check(err)
	if diff := cmp.Diff(built, v.Model); diff != "" || v.Digest != built.Digest() || !v.InForce || v.ApprovedName != "" {
		t.Errorf("%+v\n%s", v, diff)
	}
	o.holds()
}

func TestModelVersionsAreKeptForEver(t *testing.T) {
	o := empty(t)
	ctx := t.Context()
	_, seq := o.events(0)
	for range 2 { // twice is once
		v, err := o.RecordModel(ctx, mia, ours(1), false)
		if o.check(err); v.Digest != ours(1).Digest() || v.InForce || !v.ApprovedAt.IsZero() || v.ByName != "Mia" {
			t.Errorf("recorded: %+v", v)
		}
	}
	for range 2 {
		v, err := o.RecordModel(ctx, mia, ours(2), true)
		if o.check(err); !v.InForce || v.ApprovedName != "Mia" || !v.ApprovedAt.Equal(o.now) {
			t.Errorf("approved: %+v", v)
		}
	}
	// Going back is another approval.
	_, err := o.RecordModel(ctx, lin, ours(1), true)
	o.check(err)
	want := []record.EventKind{record.EvModelKept, record.EvModel, record.EvModel}
	if kinds, _ := o.events(seq); !slices.Equal(kinds, want) {
		t.Errorf("events %v, want %v", kinds, want)
	}
	all, err := o.Models(ctx)
	o.check(err)
	if len(all) != 2 || all[0].Model.Version != 1 || !all[0].InForce || all[0].ApprovedName != "Lin" || all[1].InForce {
		t.Errorf("on record: %+v", all)
	}

	again := ours(2)
	again.Doubt++
	_, err = o.RecordModel(ctx, mia, again, true)
	wants(t, err, record.Conflict, "ours v2 is on record already", "Nothing was changed")
	broken := ours(3)
	broken.Measures[0].Unit = ""
	_, err = o.RecordModel(ctx, mia, broken, true)
	wants(t, err, record.Invalid, "nothing was recorded")
	_, err = o.Model(ctx, strings.Repeat("0", 64))
	wants(t, err, record.NotFound, "no version of the model")
	for _, q := range []string{
		"UPDATE model_version SET body = '{}'", "DELETE FROM model_version", "INSERT OR REPLACE INTO model_version SELECT digest, 'x', 9, '{}', 0, '', '' FROM model_version",
		"UPDATE model_approval SET by_name = 'Eve'", "DELETE FROM model_approval", "INSERT OR REPLACE INTO model_approval SELECT n, digest, '', 'Eve', 0 FROM model_approval",
	} {
		if err := o.raw(q); err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: %v", q, err)
		}
	}
	o.check(o.raw("DROP TRIGGER model_version_never_updated"))
	o.check(o.raw("UPDATE model_version SET body = replace(body, '\"doubt\":25', '\"doubt\":5')"))
	_, err = o.Model(ctx, ours(1).Digest())
	wants(t, err, record.Broken, "was changed after it was recorded")
	o.holds()
}

// While the live version isn't the approved one nobody can record an outcome,
// everybody is told which is which, and one event says so.
func TestUnapprovedModelHoldsEveryOutcome(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	_, err := o.RecordModel(ctx, mia, seatModel(), true)
	o.check(err)
	o.run("2026-11-23T09:00", "acme", "beta")
	o.post()
	if len(o.edits()) != 0 {
		t.Fatal("something is stale before anything changed")
	}

	o.scoresWith(ours(1))
	_, seq := o.events(0)
	facts := []string{"No outcomes for now", record.ModelName("ours v1", ours(1).Digest()), record.ModelName("built-in v1", seatModel().Digest()) + " is the approved one", "Nothing was saved", "healthbot model approve"}
	wants(t, o.WatchModel(ctx), record.Conflict, facts...)
	wants(t, o.WatchModel(ctx), record.Conflict)
	if kinds, _ := o.events(seq); !slices.Equal(kinds, []record.EventKind{record.EvModelMismatch}) {
		t.Errorf("events: %v", kinds)
	}
	if edits := o.edits(); len(edits) == 0 {
		t.Error("no posted message shows the hold")
	}
	rv := o.reviewOf("beta")
	_, err = o.Decide(ctx, ben, atRisk(rv.ID, "UBEN"))
	wants(t, err, record.Conflict, facts...)
	for _, account := range []string{"acme", "beta", "core"} {
		c, err := o.Case(ctx, account, "")
		if o.check(err); len(c.Holds) == 0 || c.Holds[0].Kind != scoring.HoldModel {
			t.Errorf("%s: %+v", account, c.Holds)
		}
	}
	if rows, err := o.Queue(ctx, record.QueueFilter{}); err != nil || rows[0].Standing != record.OnHold {
		t.Errorf("queue: %+v, %v", rows, err)
	}

	// The right version again: outcomes go on, and the end is told once.
	o.scoresWith(seatModel())
	o.check(o.WatchModel(ctx))
	o.check(o.WatchModel(ctx))
	want := []record.EventKind{record.EvModelMismatch, record.EvModelMatched}
	if kinds, _ := o.events(seq); !slices.Equal(kinds, want) {
		t.Errorf("events %v, want %v", kinds, want)
	}
	_, err = o.Decide(ctx, ben, atRisk(rv.ID, "UBEN"))
	o.check(err)
	o.holds()
}

// An approval given beside the bot counts at once, and the next run tells.
func TestApprovalBesideARunningBot(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	_, err := o.RecordModel(ctx, mia, seatModel(), true)
	o.check(err)
	o.run("2026-11-16T09:00", "beta")
	_, err = o.RecordModel(ctx, mia, ours(1), true)
	o.check(err)
	_, err = o.Decide(ctx, ben, atRisk(o.reviewOf("beta").ID, "UBEN"))
	wants(t, err, record.Conflict, "built-in v1", "ours v1", "is the approved one")
	_, seq := o.events(0)
	o.begin("2026-11-23T09:00", "acme")
	if kinds, _ := o.events(seq); len(kinds) == 0 || kinds[0] != record.EvModelMismatch {
		t.Errorf("events of the run: %v", kinds)
	}
}

// A stored score names its version, and that version computes it again.
func TestAStoredScoreCanBeComputedAgain(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	o.run("2026-11-23T09:00", "beta")
	c, err := o.Case(ctx, "beta", "")
	o.check(err)
	stored := c.Snapshot
	o.scoresWith(ours(4)) // years later
	o.now = o.now.AddDate(2, 0, 0)
	v, err := o.Model(ctx, stored.Result.Digest)
	o.check(err)
	in, err := o.Inputs(ctx, []string{"beta"}, stored.At)
	o.check(err)
	if again := scoring.Evaluate(v.Model, in[0]); again.Score != stored.Result.Score || again.Digest != stored.Result.Digest || again.Band != stored.Result.Band {
		t.Errorf("stored %s by %s, again %s by %s", stored.Result.Score, stored.Result.Version, again.Score, again.Version)
	}

	// A score by a version that nobody recorded isn't kept.
	_, _, err = o.BeginRun(ctx, record.Run{Job: "enterprise", Slot: "2026-11-30T09:00", Segment: "enterprise", Channel: "C1"})
	o.check(err)
	run, _, err := o.BeginRun(ctx, record.Run{Job: "enterprise", Slot: "2026-11-30T09:00", Segment: "enterprise", Channel: "C1"})
	o.check(err)
	stranger := scoring.Evaluate(ours(9), in[0])
	err = o.SaveSnapshots(ctx, run.ID, []record.Snapshot{{Account: "beta", At: o.now, Result: stranger}})
	wants(t, err, record.Broken, "ours v9", "isn't on record")
}

// A database from before versions were kept gets its first one when the bot
// starts, and its scores stay.
func TestModelsComeToAnOlderDatabase(t *testing.T) {
	o := empty(t)
	o.check(o.Close())
	o.path += ".older"
	older, err := open(t.Context(), o.options(), steps(t)[:3])
	o.check(err)
	o.DB = older
	o.loadOld(record.Batch{File: "accounts.csv", Digest: "d-accounts", Source: "crm", Accounts: []record.AccountRow{account("acme", "Acme", "UANA")}})
	o.check(o.Close())
	o.scoresAfresh(scoring.BuiltIn())
	o.check(o.WatchModel(t.Context()))
	if v, err := o.ApprovedModel(t.Context()); err != nil || v.Digest != scoring.BuiltIn().Digest() {
		t.Errorf("approved: %+v, %v", v, err)
	}
	if n := o.count("SELECT count(*) FROM account"); n != 1 {
		t.Errorf("%d accounts came through", n)
	}
	o.holds()
}
