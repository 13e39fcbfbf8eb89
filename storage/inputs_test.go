package storage

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// seen is what Inputs tells of one account at a moment, in few words.
type seen struct {
	Seats      float64
	Observed   time.Time
	Milestones []string // id, and "done"
	Synced     time.Time
}

func (o *office) seen(account string, asOf time.Time) (s seen) {
	o.t.Helper()
	in, err := o.Inputs(o.t.Context(), []string{account}, asOf)
	o.check(err)
	if len(in) == 0 {
		return seen{Seats: -1}
	}
	for _, r := range in[0].Readings {
		s.Seats, s.Observed = r.Value, r.ObservedAt
	}
	for _, m := range in[0].Facts.Milestones {
		text := m.ID
		if !m.Done.IsZero() {
			text += " done"
		}
		s.Milestones = append(s.Milestones, text)
	}
	s.Synced = in[0].Synced[scoring.KindMilestone]
	return s
}

// What was received later isn't seen, however early it was observed.
func TestInputsAsOf(t *testing.T) {
	o := empty(t)
	day := func(n int) time.Time { return monday.AddDate(0, 0, n) }
	at := func(x record.ReadingRow, received time.Time) record.ReadingRow { x.ReceivedAt = received; return x }
	o.load(record.Batch{File: "a.csv", Source: "crm", Accounts: []record.AccountRow{
		{ID: "acme", ReceivedAt: day(-30), Values: map[record.Attribute]string{record.AttrSegment: "small", record.AttrStarted: "2026-08-26"}},
		{ID: "acme", ReceivedAt: day(-10), Values: map[record.Attribute]string{record.AttrSegment: "enterprise"}},
	}})
	o.load(readings("r.csv",
		at(reading("acme", .2, day(-28)), day(-27)), // overtaken
		at(reading("acme", .4, day(-21)), day(-20)),
		at(reading("acme", .6, day(-21)), day(-6)), // corrected two weeks later
		at(reading("acme", .8, day(-14)), day(-2)), // came late
	))
	o.load(milestones("m.csv",
		milestone("acme", "m1", day(-5), time.Time{}, day(-20)), milestone("acme", "m2", day(9), time.Time{}, day(-20)),
		milestone("acme", "m1", day(-5), day(-4), day(-3)), milestone("acme", "m2", day(9), time.Time{}, day(-3).Add(time.Hour)),
	))
	for _, c := range []struct {
		day  int
		want seen
	}{
		{-31, seen{Seats: -1}}, // nobody had heard of it
		{-30, seen{}},
		{-27, seen{Seats: .2, Observed: day(-28)}},
		{-19, seen{Seats: .4, Observed: day(-21), Milestones: []string{"m1", "m2"}, Synced: day(-20)}},
		{-5, seen{Seats: .6, Observed: day(-21), Milestones: []string{"m1", "m2"}, Synced: day(-20)}},
		{-2, seen{Seats: .8, Observed: day(-14), Milestones: []string{"m1 done", "m2"}, Synced: day(-3).Add(time.Hour)}},
		{0, seen{Seats: .8, Observed: day(-14), Milestones: []string{"m1 done", "m2"}, Synced: day(-3).Add(time.Hour)}},
	} {
		if diff := cmp.Diff(c.want, o.seen("acme", day(c.day))); diff != "" {
			t.Errorf("day %d (-want +got):\n%s", c.day, diff)
		}
	}
	for when, want := range map[int]scoring.Account{
		-29: {ID: "acme", Segment: "small", Stage: scoring.Onboarding, StartedOn: time.Date(2026, 8, 26, 0, 0, 0, 0, time.UTC)},
		-10: {ID: "acme", Segment: "enterprise", Stage: scoring.Onboarding, StartedOn: time.Date(2026, 8, 26, 0, 0, 0, 0, time.UTC)},
		1:   {ID: "acme", Segment: "enterprise", Stage: scoring.Active, StartedOn: time.Date(2026, 8, 26, 0, 0, 0, 0, time.UTC)}, // day 90 is over
	} {
		in, err := o.Inputs(t.Context(), []string{"acme"}, day(when))
		o.check(err)
		if diff := cmp.Diff(want, in[0].Account); diff != "" {
			t.Errorf("day %d (-want +got):\n%s", when, diff)
		}
	}
	// The rows remember that they were loaded as history, and when.
	if n := o.count("SELECT count(*) FROM reading WHERE backfilled = 1 AND imported_at = $1 AND received_at < imported_at", monday.UnixMilli()); n != 4 {
		t.Errorf("%d readings are marked as history, want 4", n)
	}
}

// A file without times is what the source says now, and a sync of now.
func TestImportWithoutTimesIsOfNow(t *testing.T) {
	o := opened(t)
	o.load(milestones("m.csv", milestone("acme", "m1", monday.AddDate(0, 0, -1), time.Time{}, time.Time{})))
	if got := o.seen("acme", monday.Add(-time.Second)); !got.Synced.IsZero() || len(got.Milestones) > 0 {
		t.Errorf("known before it came: %+v", got)
	}
	o.now = monday.AddDate(0, 0, 7)
	o.load(milestones("none.csv")) // an empty export is a sync, too
	if got := o.seen("acme", o.now); !got.Synced.Equal(o.now) || len(got.Milestones) != 1 {
		t.Errorf("after an empty sync: %+v", got)
	}
	if got := o.seen("acme", monday); !got.Synced.Equal(monday) {
		t.Errorf("as of the first sync: %+v", got)
	}
	// One in which everything was refused is none.
	o.now = o.now.AddDate(0, 0, 7)
	o.load(milestones("bad.csv", milestone("nobody", "m9", monday, time.Time{}, time.Time{})))
	if got := o.seen("acme", o.now); got.Synced.Equal(o.now) {
		t.Error("a file that brought nothing but refusals counts as a sync")
	}
}

// Each source's newest reading is there; older ones aren't, so that a year of
// history costs what a week does.
func TestInputsOfEachSource(t *testing.T) {
	o := opened(t)
	b := readings("other.csv", reading("acme", .3, monday.AddDate(0, 0, -3)), reading("acme", .1, monday.AddDate(0, 0, -400)))
	b.Source = "other"
	o.load(b)
	in, err := o.Inputs(t.Context(), []string{"core", "nobody", "acme"}, o.now)
	o.check(err)
	if len(in) != 2 || in[0].Account.ID != "core" || in[1].Account.ID != "acme" {
		t.Fatalf("inputs of %v", in)
	}
	got := map[string]float64{}
	for _, r := range in[1].Readings {
		got[r.Source] = r.Value
	}
	if diff := cmp.Diff(map[string]float64{"usage": .9, "other": .3}, got); diff != "" {
		t.Error(diff)
	}
}

// A ticket that moves to another account counts there alone, and before it moved
// where it was.
func TestAFactThatMoves(t *testing.T) {
	o := opened(t)
	o.load(milestones("1.csv", milestone("acme", "m1", monday, time.Time{}, time.Time{})))
	o.now = o.now.Add(time.Hour)
	o.load(milestones("2.csv", milestone("beta", "m1", monday, time.Time{}, time.Time{})))
	for account, want := range map[string][2]int{"acme": {1, 0}, "beta": {0, 1}} {
		before, after := o.seen(account, monday), o.seen(account, o.now)
		if len(before.Milestones) != want[0] || len(after.Milestones) != want[1] {
			t.Errorf("%s has %v and then %v", account, before.Milestones, after.Milestones)
		}
	}
}

// Facts keep the zone of their source, because evidence names days.
func TestFactsKeepTheirDay(t *testing.T) {
	o := opened(t)
	tokyo := must1(time.LoadLocation("Asia/Tokyo"))
	due := time.Date(2026, 11, 20, 23, 59, 59, 0, tokyo)
	o.load(milestones("m.csv", milestone("acme", "m1", due, time.Time{}, time.Time{})))
	in, err := o.Inputs(t.Context(), []string{"acme"}, o.now)
	o.check(err)
	if got := in[0].Facts.Milestones[0].Due; !got.Equal(due) || got.Day() != 20 {
		t.Errorf("due %s, want %s", got, due)
	}
}
