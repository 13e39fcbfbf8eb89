package view

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// TestMoved: the card's parts are the largest and what is left, and sum to the
// move; a cap stands last.
func TestMoved(t *testing.T) {
	s := record.Snapshot{ID: "sn_1", Result: scoring.Result{Score: 590, AsOf: now}, Previous: &record.Previous{AsOf: daysAgo(28), Score: 870},
		Change: &scoring.Change{From: 870, To: 590, Parts: []scoring.Part{
			{Kind: scoring.PartCap, Name: "milestones and silence", Points: -99},
			{Kind: scoring.PartMovement, Name: "days since a reply", Points: -85},
			{Kind: scoring.PartMovement, Name: "overdue milestones", Points: -75},
			{Kind: scoring.PartFreshness, Name: "key features in use", Note: "stale", Points: -16},
			{Kind: scoring.PartMovement, Name: "active contacts", Points: -13},
			{Kind: scoring.PartMovement, Name: "active seats", Points: 8},
		}}}
	f := frame()
	for want, got := range map[string]string{
		"87.0 → 59.0 since 26 Oct (four weeks ago): −8.5 days since a reply, −7.5 overdue milestones, −2.1 other, −9.9 cap milestones and silence":                                                               f.moved(s, cardParts).flat(),
		"87.0 → 59.0 since 26 Oct (four weeks ago): −8.5 days since a reply, −7.5 overdue milestones, −1.6 key features in use, stale, −1.3 active contacts, +0.8 active seats, −9.9 cap milestones and silence": f.moved(s, allParts).flat(),
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	unexplained, same, unscored, first := s, s, s, s
	unexplained.Change = nil
	same.Change, same.Previous = nil, &record.Previous{AsOf: daysAgo(7), Score: 590}
	unscored.Previous = &record.Previous{AsOf: daysAgo(7), Unscored: true}
	first.Previous = nil
	if got := f.moved(unexplained, cardParts).flat(); got != "87.0 → 59.0 since 26 Oct (four weeks ago)" {
		t.Error(got)
	}
	for _, s := range []record.Snapshot{same, unscored, first} {
		if got := f.moved(s, cardParts).flat(); got != "" {
			t.Errorf("nothing to explain: %s", got)
		}
	}
	// A part that is lost in "other" to nothing isn't shown.
	s.Change.Parts = []scoring.Part{{Name: "a", Points: -200}, {Name: "b", Points: -80}, {Name: "c", Points: -10}, {Name: "d", Points: 5}, {Name: "e", Points: -5}}
	if got := f.moved(s, cardParts).flat(); strings.Contains(got, "other") {
		t.Error(got)
	}
}

func TestAgo(t *testing.T) {
	const d = 24 * time.Hour
	for want, distance := range map[string]time.Duration{
		"less than a day ago": 3 * time.Hour, "1 day ago": d, "6 days ago": 6*d + time.Hour, "a week ago": 7 * d, "13 days ago": 13 * d,
		"two weeks ago": 14 * d, "four weeks ago": 28*d + 9*time.Hour, "12 weeks ago": 84 * d,
	} {
		if got := ago(distance); got != want {
			t.Errorf("%s: %q, want %q", distance, got, want)
		}
	}
}

// TestPriority: the level is for everybody, money for those who may see it.
func TestPriority(t *testing.T) {
	f := frame()
	c := acmeCase()
	got := text(f.priority(c)...)
	if want := "Priority: P1 · at-risk, renews 4 Dec, one of the segment's largest · urgency × 1 · open tickets × 1.05"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	f.Commercial = true
	if got := text(f.priority(c)...); !strings.Contains(got, "assumed loss EUR 43,200 (18 % of ARR, assumed for band risk)") {
		t.Error(got)
	}
	c.Snapshot.Priority.NoRate, c.Snapshot.Priority.Loss = true, 0
	if got := text(f.priority(c)...); !strings.Contains(got, "no rate for EUR: its ARR counts as nothing here") {
		t.Error(got)
	}
	c.Account.RenewalOn = record.Date{}
	if got := text(f.priority(c)...); !strings.Contains(got, "no renewal date on record") {
		t.Error(got)
	}
	c.Snapshot.Result.Proposal, c.Snapshot.Priority = nil, scoring.Priority{As: scoring.P3}
	if got := f.priority(c); got != nil {
		t.Errorf("an unscored account has %v", got)
	}
}

// TestSteadily: a band that a score alone wouldn't have says so, and low weeks
// are a caveat.
func TestSteadily(t *testing.T) {
	f := frame()
	for want, r := range map[string]scoring.Result{
		"": {Score: 800, Band: scoring.Healthy},
		", not yet healthy: the change has to last": {Score: 780, Band: scoring.Watch},
		", not yet risk: the change has to last":    {Score: 585, Band: scoring.Watch},
	} {
		if got := f.steadily(r); got != want {
			t.Errorf("%s in %s: %q, want %q", r.Score, r.Band, got, want)
		}
	}
	c := acmeCase()
	c.Snapshot.Result.LowFor = 4
	if got := join(" · ", f.caveats(c)...).flat(); !strings.Contains(got, "Under 60 in 4 weekly scores in a row: a person must look") {
		t.Error(got)
	}
}

// TestGoals: the customer's own goals stand on the card with where they stand.
func TestGoals(t *testing.T) {
	f, c := frame(), acmeCase()
	r := &c.Snapshot.Result
	if got := f.goals(*r); got != nil {
		t.Fatalf("without a goal: %v", got)
	}
	value := .81
	r.Findings = append(r.Findings, scoring.Finding{Measure: "usage.active_seat_ratio", Title: "active seats", Unit: "ratio", Value: &value,
		Goal: &scoring.Goal{At: [5]float64{.1, .3, .5, .7, .9}, Evidence: "success plan https://plan.example/7"}},
		scoring.Finding{Measure: "sentiment.csat", Title: "satisfaction", Unit: "of 5", Goal: &scoring.Goal{At: [5]float64{1, 2, 3, 4, 4.5}}})
	want := "Customer goal: active seats 90 %, now 81 % – success plan · where it was agreed\nCustomer goal: satisfaction 4.5 of 5"
	if got := text(f.goals(*r)...); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, m := range []Message{Card(f, c), Health(f, c)} {
		if all := blocksText(t, m); !strings.Contains(all, "Customer goal") {
			t.Errorf("not shown: %s", all)
		}
	}
}

func blocksText(t *testing.T, m Message) string {
	t.Helper()
	b, err := json.Marshal(m.Blocks)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
