package storage

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// weekly scores accounts for a moment as the scheduler does, without storing it.
func (o *office) weekly(at time.Time, accounts ...string) (out []record.Weekly) {
	o.t.Helper()
	inputs, err := o.Inputs(o.t.Context(), accounts, at)
	o.check(err)
	scorer := scoring.NewScorer(seatModel())
	for _, in := range inputs {
		r := scorer.Evaluate(in)
		out = append(out, record.WeeklyOf(r, scorer.Advance(in.Carried, r)))
	}
	return out
}

func weekOf(at time.Time) record.Week {
	return record.Week{Slot: at.In(berlin).Format("2006-01-02T15:04"), At: at}
}

// week scores accounts for a moment, and makes it count.
func (o *office) week(at time.Time, accounts ...string) {
	o.t.Helper()
	o.check(o.StageWeekly(o.t.Context(), o.weekly(at, accounts...)))
	o.check(o.SaveWeeks(o.t.Context(), []record.Week{weekOf(at)}))
}

// midnight is the office's, on the Monday so many weeks away from the first.
func midnight(weeks int) time.Time { return time.Date(2026, 11, 23+7*weeks, 0, 0, 0, 0, berlin) }

// received is a reading that was observed and received at one moment.
func received(account string, value float64, at time.Time) record.ReadingRow {
	x := reading(account, value, at)
	x.ReceivedAt = at
	return x
}

// history is an office whose accounts were known, and read, weeks ago.
func history(t *testing.T, rows ...record.ReadingRow) *office {
	t.Helper()
	o := empty(t)
	var accounts []record.AccountRow
	for _, a := range []record.AccountRow{account("acme", "Acme", "UANA"), account("beta", "Beta", "UBEN"), account("core", "Core", "UANA")} {
		a.ReceivedAt = midnight(-60)
		accounts = append(accounts, a)
	}
	o.load(record.Batch{File: "a.csv", Digest: "d-a", Source: "crm", Accounts: accounts})
	o.load(readings("h.csv", rows...))
	return o
}

// A week's state is read by whatever is scored after it, and by nothing at its
// very moment or before.
func TestCarriedState(t *testing.T) {
	o := history(t, received("acme", .3, midnight(-3)), received("acme", .3, midnight(-1)))
	ctx := t.Context()
	if slot, since, err := o.LastWeek(ctx); err != nil || slot != "" || !since.Equal(midnight(-60)) {
		t.Errorf("before any week: %q, %s, %v", slot, since, err)
	}
	for n := -2; n <= 0; n++ {
		o.week(midnight(n), "acme", "beta")
	}
	if slot, _, err := o.LastWeek(ctx); err != nil || slot != "2026-11-23T00:00" {
		t.Errorf("last week %q, %v", slot, err)
	}
	for _, c := range []struct {
		at  time.Time
		low int
	}{
		{midnight(-2).Add(-time.Hour), -1}, {midnight(-2), -1}, {midnight(-2).Add(time.Millisecond), 1},
		{midnight(-1), 1}, {midnight(0), 2}, {monday, 3}, {midnight(40), 3},
	} {
		in, err := o.Inputs(ctx, []string{"acme", "core"}, c.at)
		o.check(err)
		low := -1
		if in[0].Carried != nil {
			low = in[0].Carried.Low
		}
		if low != c.low || in[1].Carried != nil {
			t.Errorf("%s: %d low weeks, want %d; Core has %+v", c.at, low, c.low, in[1].Carried)
		}
	}
	// Three low weeks: somebody must look.
	s, err := o.Score(ctx, []string{"acme"}, monday)
	o.check(err)
	if s[0].Result.LowFor != 3 {
		t.Errorf("low for %d weeks, want 3", s[0].Result.LowFor)
	}
	o.run("2026-11-23T09:00", "acme")
	if n := o.count("SELECT low_for FROM snapshot"); n != 3 {
		t.Errorf("the list's columns say %d", n)
	}
	o.holds()
}

// What is stored twice is stored once; one event a week says how many, and their
// digest tells another content.
func TestSaveWeeksOnce(t *testing.T) {
	o := history(t, received("acme", .3, midnight(-3)), received("beta", .9, midnight(-3)))
	ctx := t.Context()
	_, since := o.events(0)
	o.week(midnight(-2), "acme", "beta")
	o.week(midnight(-1), "acme", "beta")
	other := o.weekly(midnight(-1), "acme", "core") // the week is done, and stays
	other[0].State.Low = 77
	o.check(o.StageWeekly(ctx, slices.Concat(other, o.weekly(midnight(0), "acme", "beta"))))
	o.check(o.SaveWeeks(ctx, []record.Week{weekOf(midnight(-2)), weekOf(midnight(-1)), weekOf(midnight(0))}))
	if n := o.count("SELECT count(*) FROM weekly"); n != 6 {
		t.Errorf("%d weekly scores, want 6", n)
	}
	if n := o.count("SELECT count(*) FROM weekly WHERE state ->> '$.low' = 77"); n != 0 {
		t.Error("a week that was done is overwritten")
	}
	all, err := o.Events(ctx, since, 100)
	o.check(err)
	digests := map[string]bool{}
	for i, e := range all {
		var after struct {
			Accounts int
			Digest   string
			Version  string
		}
		o.check(json.Unmarshal(e.After, &after))
		if e.Kind != record.EvWeekly || after.Accounts != 2 || after.Version != seatModel().Label() {
			t.Errorf("event %d: %s %s", i, e.Kind, e.After)
		}
		digests[after.Digest] = true
	}
	if len(all) != 3 || len(digests) != 3 {
		t.Errorf("%d events with %d digests, want 3", len(all), len(digests))
	}
	o.holds()
}

// A week of a large company is written in several turns, and counts when it is
// said to be done; an attempt that broke off is overwritten.
func TestALargeWeek(t *testing.T) {
	o := history(t, received("acme", .3, midnight(-1)))
	ctx := t.Context()
	rows := o.weekly(midnight(0), "acme")
	for i := range 2*weeklyPerTurn + 10 {
		x := rows[0]
		x.Account = fmt.Sprintf("x%d", i)
		rows = append(rows, x)
	}
	broken := slices.Clone(rows[:weeklyPerTurn+1])
	broken[0].State.Low = 9
	o.check(o.StageWeekly(ctx, broken))
	in, err := o.Inputs(ctx, []string{"acme"}, monday)
	o.check(err)
	if in[0].Carried != nil {
		t.Error("half a week is read")
	}
	o.check(o.StageWeekly(ctx, rows))
	o.check(o.SaveWeeks(ctx, []record.Week{weekOf(midnight(0))}))
	in, err = o.Inputs(ctx, []string{"acme"}, monday)
	o.check(err)
	if in[0].Carried == nil || in[0].Carried.Low != 1 {
		t.Errorf("carried %+v", in[0].Carried)
	}
	if n := o.count("SELECT count(*) FROM weekly"); n != len(rows) {
		t.Errorf("%d rows, want %d", n, len(rows))
	}
	if n := o.count("SELECT accounts FROM week"); n != len(rows) {
		t.Errorf("the week counts %d", n)
	}
}

// An account that a week left out goes on from the last one that it had, across
// any number of weeks; a week that isn't done hands on nothing.
func TestCarriedPastAWeekWithoutTheAccount(t *testing.T) {
	o := history(t, received("acme", .3, midnight(-5)), received("acme", .3, midnight(-2)), received("beta", .3, midnight(-5)))
	o.week(midnight(-4), "acme", "beta")
	o.week(midnight(-3), "acme")
	o.week(midnight(-2), "acme")
	o.check(o.StageWeekly(t.Context(), o.weekly(midnight(-1), "acme", "beta")))
	each, err := o.InputsAt(t.Context(), []string{"beta", "acme"}, []time.Time{midnight(-4), midnight(-3), midnight(0)})
	o.check(err)
	var got [][]int
	for _, inputs := range each {
		var low []int
		for _, in := range inputs {
			n := 0
			if in.Carried != nil {
				n = in.Carried.Low
			}
			low = append(low, n)
		}
		got = append(got, low)
	}
	if diff := cmp.Diff([][]int{{0, 1, 1}, {0, 1, 3}}, got); diff != "" {
		t.Errorf("low weeks carried (-want +got):\n%s", diff)
	}
}

// A database from before the weekly scores keeps its snapshots, and the next
// score is compared with the last of them.
func TestMigrationToWeeklyScores(t *testing.T) {
	all := steps(t)
	o := &office{t: t, path: filepath.Join(t.TempDir(), "health.db"), now: monday, wall: monday}
	db, err := open(t.Context(), o.options(), all[:1])
	o.check(err)
	o.DB = db
	t.Cleanup(func() { o.check(o.Close()) })
	o.loadOld(record.Batch{File: "a.csv", Digest: "d", Source: "crm", Accounts: []record.AccountRow{account("acme", "Acme", "UANA")}})
	o.loadOld(readings("r.csv", reading("acme", .9, monday)))
	result, err := encode(scoring.Result{Account: "acme", AsOf: monday, Version: seatModel().Label(), Digest: seatModel().Digest(), Score: 1000, Band: scoring.Healthy})
	o.check(err)
	o.check(o.raw(`INSERT INTO snapshot (id, account, at, score, band, unscored, proposal, holds, result, previous)
		VALUES ('sn_old', 'acme', $1, 1000, 'healthy', 0, 'stable', '[]', $2, '')`, monday.UnixMilli(), result))
	o.check(o.Close())
	o.open()
	o.now = monday.AddDate(0, 0, 7)
	o.load(readings("r2.csv", reading("acme", .7, o.now)))
	s, err := o.Score(t.Context(), []string{"acme"}, o.now)
	o.check(err)
	want := record.Previous{AsOf: monday, Score: 1000, Band: scoring.Healthy, Version: seatModel().Label(), Digest: seatModel().Digest()}
	if diff := cmp.Diff(&want, s[0].Previous); diff != "" {
		t.Error(diff)
	}
	if s[0].Change == nil || s[0].Change.Delta() != -250 {
		t.Errorf("change %+v", s[0].Change)
	}
	o.holds()
}
