package record

import (
	"strings"
	"testing"
	"time"

	"healthbot/scoring"
)

func TestEarly(t *testing.T) {
	m := scoring.BuiltIn()
	today := Date{2026, 11, 24}
	base := func() (Recorded, Snapshot) {
		was := Recorded{
			Account: Account{ID: "acme", RenewalOn: today.Add(300)}, At: today.Add(-20).Time(), Proposed: scoring.Watchlist,
			Score: 700, Band: scoring.Watch, Next: today.Add(10),
		}
		return was, Snapshot{Account: "acme", Result: scoring.Result{Score: 700, Band: scoring.Watch, Proposal: &scoring.Proposal{Outcome: scoring.Watchlist}}}
	}
	part := func(kind scoring.PartKind, name string, points scoring.Tenths) *scoring.Change {
		return &scoring.Change{Parts: []scoring.Part{{Kind: kind, Name: name, Points: points}}}
	}
	for _, c := range []struct {
		name   string
		change func(was *Recorded, s *Snapshot)
		want   string // "" stays
		worse  bool
	}{
		{"nothing", func(*Recorded, *Snapshot) {}, "", false},
		{"a fall within tolerance", func(_ *Recorded, s *Snapshot) { s.Result.Score = 640 }, "", false},
		{"a fall beyond", func(_ *Recorded, s *Snapshot) { s.Result.Score = 639 }, "fell 6.1 since 2026-11-04", true},
		{"a rise beyond", func(_ *Recorded, s *Snapshot) { s.Result.Score = 761 }, "rose 6.1 since 2026-11-04", false},
		{"a small fall with the renewal near", func(was *Recorded, s *Snapshot) {
			was.Account.RenewalOn, was.At, s.Result.Score = today.Add(60), today.Add(-5).Time(), 659
		}, "fell 4.1 since", true},
		{"a fall by ageing alone", func(_ *Recorded, s *Snapshot) {
			s.Result.Score, s.Change = 620, part(scoring.PartFreshness, "seats", -80)
		}, "", false},
		{"a worse band by ageing alone", func(_ *Recorded, s *Snapshot) {
			s.Result.Score, s.Result.Band, s.Change = 590, scoring.Risk, part(scoring.PartFreshness, "seats", -110)
		}, "", false},
		{"capped for thin coverage", func(was *Recorded, s *Snapshot) {
			was.Score, s.Result.Score, s.Change = 850, 740, part(scoring.PartCap, "not proven healthy", -110)
			s.Result.Caps = []scoring.Cap{{Name: "not proven healthy", Value: 74, Binding: true}}
		}, "", false},
		{"a worse band", func(_ *Recorded, s *Snapshot) { s.Result.Score, s.Result.Band = 650, scoring.Risk }, "watch → risk since 2026-11-04", true},
		{"a better band", func(_ *Recorded, s *Snapshot) { s.Result.Score, s.Result.Band = 750, scoring.Healthy }, "", false},
		{"a new cap", func(_ *Recorded, s *Snapshot) {
			s.Result.Score, s.Result.Caps = 690, []scoring.Cap{{Name: "champion left", Value: 69, Binding: true}}
		}, "cap “champion left” set in since", true},
		{"the cap that people saw", func(was *Recorded, s *Snapshot) {
			was.Caps, s.Result.Score, s.Result.Caps = []string{"champion left"}, 690, []scoring.Cap{{Name: "champion left", Value: 69, Binding: true}}
		}, "", false},
		{"escalation is proposed now", func(_ *Recorded, s *Snapshot) {
			s.Result.Proposal = &scoring.Proposal{Outcome: scoring.Escalation, Reason: "severity 1 ticket T-1 is past its promised time"}
		}, "escalation required is proposed: severity 1 ticket T-1", true},
		{"escalation was proposed then", func(was *Recorded, s *Snapshot) {
			was.Proposed, s.Result.Proposal = scoring.Escalation, &scoring.Proposal{Outcome: scoring.Escalation}
		}, "", false},
		{"the renewal came near", func(was *Recorded, _ *Snapshot) { was.Account.RenewalOn = today.Add(90) }, "renews on 2027-02-22 and was last reviewed on 2026-11-04", false},
		{"the renewal was near then", func(was *Recorded, _ *Snapshot) { was.Account.RenewalOn, was.At = today.Add(90), today.Time() }, "", false},
		{"the renewal isn't near yet", func(was *Recorded, _ *Snapshot) { was.Account.RenewalOn = today.Add(91) }, "", false},
		{"overdue with a run in sight", func(was *Recorded, _ *Snapshot) { was.Next = today.Add(-1) }, "", false},
		{"overdue with none", func(was *Recorded, _ *Snapshot) { was.Next, was.Account.Segment = today.Add(-1), "far" }, "was due on 2026-11-23, and the next run comes on 2026-12-24", false},
		{"unscored", func(_ *Recorded, s *Snapshot) { s.Result.Score, s.Result.Unscored = 100, true }, "", false},
		{"on hold", func(_ *Recorded, s *Snapshot) {
			s.Result.Score, s.Result.Holds = 100, []scoring.Hold{{Kind: scoring.HoldStale}}
		}, "", false},
		{"unscored when people looked", func(was *Recorded, _ *Snapshot) { was.Unscored, was.Score = true, 0 }, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			was, s := base()
			c.change(&was, &s)
			next := today.Add(7)
			if was.Account.Segment == "far" {
				next = today.Add(30)
			}
			got, ok := was.Early(m, s, today, next, 30)
			if ok != (c.want != "") || !strings.HasPrefix(got.Why, c.want) || got.Worse != c.worse {
				t.Errorf("got %+v, %v, want %q, worse %v", got, ok, c.want, c.worse)
			}
		})
	}
}

// A move that brought an account up doesn't again once it is recorded.
func TestEarlyOnce(t *testing.T) {
	m := scoring.BuiltIn()
	today := Date{2026, 11, 24}
	s := Snapshot{Result: scoring.Result{Score: 500, Band: scoring.Risk, Proposal: &scoring.Proposal{Outcome: scoring.Escalation},
		Caps: []scoring.Cap{{Name: "two red signals", Value: 59, Binding: true}}}}
	was := Recorded{At: today.Add(-1).Time(), Score: 800, Band: scoring.Healthy, Account: Account{RenewalOn: today.Add(50)}, Next: today.Add(5)}
	if _, ok := was.Early(m, s, today, today.Add(7), 30); !ok {
		t.Fatal("it isn't brought up at all")
	}
	was.At, was.Score, was.Band, was.Proposed, was.Caps = today.Time().Add(9*time.Hour), 500, scoring.Risk, scoring.Escalation, []string{"two red signals"}
	if e, ok := was.Early(m, s, today, today.Add(7), 30); ok {
		t.Errorf("again: %+v", e)
	}
}
