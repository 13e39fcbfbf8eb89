package storage

import (
	"testing"
	"time"

	"healthbot/scoring"
	"healthbot/storage/record"
)

func goal(account, from string, at *[5]float64, received time.Time) record.FactRow {
	d := must1(record.ParseDate(from))
	g := record.Goal{Measure: seats, From: d, At: at, Evidence: "agreed in January"}
	return record.FactRow{Account: account, Kind: record.KindGoal, ExternalID: g.Key(account), ReceivedAt: received, Goal: &g}
}

func goalsOf(name, source string, rows ...record.FactRow) record.Batch {
	return record.Batch{File: name, Digest: name, Source: source, Facts: rows}
}

// A goal counts from its day until the next one's, as far as it was known then; the
// score says so, explains what it did, and comes out the same when it is asked for
// again.
func TestGoals(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	easy, hard, harder := [5]float64{.1, .2, .3, .4, .5}, [5]float64{.5, .7, .9, .95, 1}, [5]float64{.8, .9, .95, .99, 1}
	ask := func(at time.Time) record.Snapshot {
		t.Helper()
		s, err := o.Score(ctx, []string{"acme"}, at)
		o.check(err)
		return s[0]
	}
	wants := func(at time.Time, score scoring.Tenths, goal *[5]float64) {
		t.Helper()
		s := ask(at)
		g := s.Result.Findings[0].Goal
		if s.Result.Score != score || (g == nil) != (goal == nil) || g != nil && g.At != *goal {
			t.Errorf("on %s: %s with goal %v, want %s with %v", at.Format(time.DateOnly), s.Result.Score, g, score, goal)
		}
	}
	begun := o.now
	wants(begun, 1000, nil) // .9 of the seats
	stored := ask(begun)

	o.now = o.now.Add(time.Hour)
	wantTally(t, o.load(goalsOf("g1.csv", "plan", goal("acme", "2026-11-23", &hard, time.Time{}), goal("acme", "2026-11-25", &easy, time.Time{}), goal("beta", "2026-11-23", &easy, time.Time{}))),
		"3 loaded, 0 unchanged, 0 corrected, 0 refused")
	wants(begun, 1000, nil) // nobody knew
	wants(o.now, 500, &hard)
	s := ask(o.now)
	if s.Change != nil {
		t.Fatalf("compared with nothing: %+v", s.Change)
	}
	if g := s.Result.Findings[0].Goal; g.Evidence != "agreed in January" || g.Since.Format(time.DateOnly) != "2026-11-23" {
		t.Errorf("goal %+v", g)
	}
	wants(begun.AddDate(0, 0, 1), 500, &hard)
	wants(begun.AddDate(0, 0, 2), 1000, &easy) // the next one begins at the office's midnight
	midnight := time.Date(2026, 11, 25, 0, 0, 0, 0, berlin)
	wants(midnight.Add(-time.Millisecond), 500, &hard)
	wants(midnight, 1000, &easy)

	// A correction counts from when it is received; another source's goal of the same
	// day takes the place of one received earlier.
	o.now = o.now.Add(time.Hour)
	wantTally(t, o.load(goalsOf("g2.csv", "plan", goal("acme", "2026-11-23", &harder, time.Time{}))), "0 loaded, 0 unchanged, 1 corrected, 0 refused")
	wants(o.now.Add(-time.Minute), 500, &hard)
	wants(o.now, 250, &harder)
	o.now = o.now.Add(time.Hour)
	o.load(goalsOf("g3.csv", "crm", goal("acme", "2026-11-23", &easy, time.Time{})))
	wants(o.now, 1000, &easy)
	// Over.
	o.now = o.now.Add(time.Hour)
	o.load(goalsOf("g4.csv", "crm", goal("acme", "2026-11-23", nil, time.Time{})))
	wants(o.now, 1000, nil)

	// What was said before stays.
	again := ask(begun)
	if again.Result.Score != stored.Result.Score || again.Result.Digest != stored.Result.Digest {
		t.Errorf("on the first day: %s, then %s", stored.Result.Score, again.Result.Score)
	}
	o.holds()
}

// Between two scores a goal is a part of its own.
func TestAGoalIsAPartOfTheChange(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	_, err := o.OpenReview(ctx, ana, "acme")
	o.check(err)
	o.now = o.now.Add(time.Hour)
	o.load(goalsOf("g.csv", "plan", goal("acme", "2026-11-23", &[5]float64{.5, .7, .9, .95, 1}, time.Time{})))
	s, err := o.Score(ctx, []string{"acme"}, o.now)
	o.check(err)
	c := s[0].Change
	if c == nil || len(c.Parts) == 0 || c.Delta() != -500 {
		t.Fatalf("change %+v", c)
	}
	if p := c.Parts[0]; p.Kind != scoring.PartGoal || p.Points != -500 {
		t.Errorf("parts %+v", c.Parts)
	}
}

// What can't be a goal is refused, whoever made the batch.
func TestGoalsRefused(t *testing.T) {
	o := opened(t)
	level, unknown := goal("acme", "2026-11-23", &[5]float64{.1, .1, .3, .4, .5}, time.Time{}), goal("acme", "2026-11-24", &[5]float64{.1, .2, .3, .4, .5}, time.Time{})
	unknown.Goal.Measure = "usage.magic"
	s := o.load(goalsOf("g.csv", "plan", level, unknown, goal("nobody", "2026-11-23", nil, time.Time{})))
	wantTally(t, s, "0 loaded, 0 unchanged, 0 corrected, 3 refused")
}
