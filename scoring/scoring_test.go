package scoring_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	. "healthbot/scoring"
)

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func ago(days float64) time.Time {
	return monday.Add(-time.Duration(days * 24 * float64(time.Hour)))
}

func TestScore(t *testing.T) {
	rising, falling := [5]float64{.1, .3, .5, .7, .9}, [5]float64{45, 30, 21, 14, 7}
	for _, c := range []struct {
		at      [5]float64
		x, want float64
	}{
		{rising, 0, 0}, {rising, .1, 0}, {rising, .2, 12.5}, {rising, .5, 50}, {rising, .78, 85}, {rising, .9, 100}, {rising, 7, 100},
		{falling, 99, 0}, {falling, 45, 0}, {falling, 37, 13.3333}, {falling, 21, 50}, {falling, 9, 92.8571}, {falling, 7, 100}, {falling, 0, 100},
	} {
		near(t, "score", Score(c.at, c.x), c.want)
	}
}

func TestFreshness(t *testing.T) {
	for _, c := range []struct{ age, sla, half, want float64 }{
		{0, 9, 7, 1}, {9, 9, 7, 1}, {16, 9, 7, .5}, {31, 14, 14, .4310}, {32.2, 9, 7, .1005}, {32.3, 9, 7, 0}, {4000, 9, 7, 0},
	} {
		near(t, "freshness", Freshness(c.age, c.sla, c.half), c.want)
	}
}

func TestTenths(t *testing.T) {
	for _, c := range []struct {
		x    float64
		want string
	}{{68.8802, "68.9"}, {59, "59.0"}, {59.95, "60.0"}, {59.949, "59.9"}, {0, "0.0"}, {-0.04, "0.0"}} {
		if got := RoundTenths(c.x).String(); got != c.want {
			t.Errorf("%v prints as %s, want %s", c.x, got, c.want)
		}
	}
}

// healthy is an account about which everything is known, fresh and good, under
// the built-in model. Tests then spoil one thing.
func healthy() Input {
	in := Input{Now: monday, Account: Account{ID: "acme", Segment: "enterprise", Stage: Active, Seats: 200, StartedOn: ago(400), RenewalOn: ago(-200)},
		Synced: map[FactKind]time.Time{}}
	for _, k := range FactKinds {
		in.Synced[k] = ago(.1)
	}
	for id, v := range map[string]float64{"usage.active_seat_ratio": .82, "usage.logins_per_seat_week": 4, "adoption.key_feature_ratio": .7} {
		in.Readings = append(in.Readings, Reading{Measure: id, Source: "product", Value: v, ObservedAt: ago(1), ReceivedAt: ago(.1)})
	}
	slices.SortFunc(in.Readings, func(a, b Reading) int { return strings.Compare(a.Measure, b.Measure) })
	in.Facts.Milestones = []Milestone{{ID: "m1", Name: "Go-live", Due: ago(60), Done: ago(61)}, {ID: "m2", Name: "Training", Due: ago(-20)}}
	in.Facts.Contacts = []Contact{{ID: "c1", Name: "Kim", Role: "champion"}, {ID: "c2", Name: "Lee"}, {ID: "c3", Name: "Max"}}
	for i := range 12 {
		in.Facts.Touches = append(in.Facts.Touches, Touch{Contact: []string{"c1", "c2", "c3"}[i%3], At: ago(float64(3 + 7*i)), Inbound: true})
	}
	in.Facts.Invoices = []Invoice{{ID: "i1", Due: ago(30), Paid: ago(31)}}
	return in
}

func TestCaps(t *testing.T) {
	silent := func(in *Input) {
		in.Facts.Touches = slices.DeleteFunc(in.Facts.Touches, func(x Touch) bool { return x.At.After(ago(37)) })
	}
	missed := func(in *Input) {
		in.Facts.Milestones = []Milestone{{ID: "a", Name: "Go-live", Due: ago(16)}, {ID: "b", Name: "Training", Due: ago(9)}}
	}
	for _, c := range []struct {
		name     string
		spoil    func(*Input)
		cap      string
		value    float64
		evidence string
	}{
		{"both", func(in *Input) { silent(in); missed(in) }, "milestones and silence", 59, "Go-live is 15 days overdue (due 7 Nov 2026), and 1 more; no reply for 37 days (usually every 7 days)"},
		{"milestones alone", missed, "milestones overdue", 74, "Go-live is 15 days overdue (due 7 Nov 2026), and 1 more"},
		{"silence alone", silent, "sponsor silent", 74, "no reply for 37 days (usually every 7 days)"},
		{"never a reply", func(in *Input) { in.Facts.Touches = nil }, "sponsor silent", 74, "no reply on record since the start on 19 Oct 2025"},
		{"one red", func(in *Input) { in.Readings[0].Value = .1 }, "a red signal", 74, "adoption at 0.0"},
		{"two red", func(in *Input) { in.Readings[0].Value = .1; in.Readings[1].Value = .1; in.Readings[2].Value = .5 }, "two red signals", 59, "usage at 0.0, adoption at 0.0"},
		{"champion left", func(in *Input) { in.Facts.Contacts[0].Left = ago(5) }, "champion left", 69, "Kim left on 18 Nov 2026, without a successor"},
		{"severity 1", func(in *Input) {
			in.Facts.Tickets = []Ticket{{ID: "T-1", Title: "Data loss", Severity: 1, Opened: ago(9)}}
		}, "severity 1 open", 59, "Data loss open for 8 days"},
		{"escalated twice", func(in *Input) {
			in.Facts.Tickets = []Ticket{{ID: "T-1", Severity: 3, Opened: ago(9), Closed: ago(8), Escalated: true}, {ID: "T-2", Severity: 3, Opened: ago(5), Closed: ago(4), Escalated: true}}
		}, "escalated by the customer", 59, "2 tickets escalated by the customer in 30 days"},
		{"invoice 61 days", func(in *Input) { in.Facts.Invoices = []Invoice{{ID: "i9", Due: ago(62)}} }, "invoice 60 days overdue", 59, "invoice i9 unpaid for 61 days"},
		{"invoice 91 days", func(in *Input) { in.Facts.Invoices = []Invoice{{ID: "i9", Due: ago(92)}} }, "invoice 90 days overdue", 39, "invoice i9 unpaid for 91 days"},
		{"intent", func(in *Input) { in.Account.CancelIntent = "said so on the phone" }, "intent to cancel", 19, "said so on the phone"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := healthy()
			if r := Evaluate(BuiltIn(), in); len(r.Caps) > 0 {
				t.Fatalf("capped before anything is spoilt: %+v", r.Caps)
			}
			c.spoil(&in)
			r := Evaluate(BuiltIn(), in)
			i := slices.IndexFunc(r.Caps, func(x Cap) bool { return x.Name == c.cap })
			if i < 0 {
				t.Fatalf("no cap %q among %+v", c.cap, r.Caps)
			}
			want := Cap{Name: c.cap, Value: c.value, Binding: r.Adjusted > c.value, Evidence: c.evidence}
			if diff := cmp.Diff(want, r.Caps[i]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if r.Score > RoundTenths(c.value) {
				t.Errorf("score %s above its cap %v", r.Score, c.value)
			}
		})
	}
}

func TestNotCapped(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*Input)
	}{
		{"a successor is there", func(in *Input) {
			in.Facts.Contacts[0].Left = ago(5)
			in.Facts.Contacts[1].Role = "champion"
		}},
		{"silent, but no longer than usual", func(in *Input) {
			in.Facts.Touches = nil
			for i := range 8 {
				in.Facts.Touches = append(in.Facts.Touches, Touch{Contact: "c1", At: ago(float64(25 + 30*i)), Inbound: true})
			}
		}},
		{"two milestones overdue by a week", func(in *Input) {
			in.Facts.Milestones = []Milestone{{ID: "a", Due: ago(7)}, {ID: "b", Due: ago(6)}}
		}},
		{"severity 1 for a week", func(in *Input) { in.Facts.Tickets = []Ticket{{ID: "T", Severity: 1, Opened: ago(7)}} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := healthy()
			c.spoil(&in)
			for _, got := range Evaluate(BuiltIn(), in).Caps {
				if got.Name != "a red signal" {
					t.Errorf("capped by %q: %s", got.Name, got.Evidence)
				}
			}
		})
	}
}

// A feed that stops must not make anything look better: facts are judged as of
// the last complete sync.
func TestStoppedFeedKeepsItsWindow(t *testing.T) {
	in := healthy()
	in.Facts.Tickets = []Ticket{{ID: "T-1", Severity: 3, Opened: ago(29), Closed: ago(28)}, {ID: "T-2", Severity: 3, Opened: ago(28), Closed: ago(27)}}
	before := Evaluate(BuiltIn(), in)
	in.Now = in.Now.AddDate(0, 0, 20) // the tickets would now be out of their 30 days
	after := Evaluate(BuiltIn(), in)
	find := func(r Result) Finding {
		return r.Findings[slices.IndexFunc(r.Findings, func(f Finding) bool { return f.Measure == "support.tickets_per_100_seats_30d" })]
	}
	if *find(before).Value != 1 || *find(after).Value != 1 {
		t.Errorf("tickets per 100 seats: %v, later %v; want 1 both times", *find(before).Value, *find(after).Value)
	}
	if find(after).State != Late {
		t.Errorf("state %s, want late", find(after).State)
	}
}

func TestHolds(t *testing.T) {
	m := BuiltIn()
	m.SourceOrder = []string{"warehouse", "product"}
	second := Reading{Measure: "usage.active_seat_ratio", Source: "warehouse", Value: .4, ObservedAt: ago(.5), ReceivedAt: ago(.1)}
	for _, c := range []struct {
		name  string
		spoil func(*Input)
		want  []Hold
	}{
		{"none", func(*Input) {}, []Hold{}},
		{"conflict", func(in *Input) {
			in.Now = ago(-1)
			second.ObservedAt, in.Readings[1].ObservedAt = ago(-.2), ago(-.3)
			second.ReceivedAt, in.Readings[1].ReceivedAt = ago(-.2), ago(-.3)
			in.Readings = append(in.Readings, second)
		}, []Hold{{HoldConflict, Usage, []string{"usage.active_seat_ratio"}, "active seats: warehouse says 40 %, product says 82 %"}}},
		{"a person settles it", func(in *Input) {
			in.Now = ago(-1)
			second.ObservedAt, in.Readings[1].ObservedAt = ago(-.2), ago(-.3)
			in.Readings = append(in.Readings, second, Reading{Measure: "usage.active_seat_ratio", Source: Person, Value: .8, ObservedAt: ago(-.4), ReceivedAt: ago(-.4)})
		}, []Hold{}},
		{"missing", func(in *Input) { in.Facts.Milestones = nil },
			[]Hold{{HoldMissing, Milestones, []string{"milestones.overdue", "milestones.stalled_days"}, "nothing is known about milestones"}}},
		{"stale", func(in *Input) { in.Readings[0].ObservedAt = ago(90) },
			[]Hold{{HoldStale, Adoption, []string{"adoption.key_feature_ratio"}, "all evidence on adoption has expired"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := healthy()
			c.spoil(&in)
			if diff := cmp.Diff(c.want, Evaluate(m, in).Holds); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnscored(t *testing.T) {
	in := healthy()
	in.Readings = nil
	delete(in.Synced, KindTicket)
	r := Evaluate(BuiltIn(), in)
	if !r.Unscored || r.Band != Unscored || r.Proposal != nil || r.Confidence != NoConfidence {
		t.Errorf("coverage %v: unscored %v, band %s, proposal %v, confidence %s", r.Coverage, r.Unscored, r.Band, r.Proposal, r.Confidence)
	}
	if fresh, all := r.FreshSignals(); fresh != 2 || all != 5 {
		t.Errorf("%d of %d signals fresh, want 2 of 5", fresh, all)
	}
	if !strings.HasPrefix(r.Next.Text, "Complete the evidence: usage, adoption, support") {
		t.Errorf("next action %q", r.Next.Text)
	}
}

func TestOverrideEndsAndNeverBeatsACap(t *testing.T) {
	in := healthy()
	plain := Evaluate(BuiltIn(), in)
	in.Override = &Override{Points: -10, Until: ago(-1)}
	if got := Evaluate(BuiltIn(), in); got.Score != RoundTenths(plain.Health-10) {
		t.Errorf("override of -10: %s, before %s", got.Score, plain.Score)
	}
	in.Override.Until = ago(0)
	if got := Evaluate(BuiltIn(), in); got.Score != plain.Score || got.Override != nil {
		t.Errorf("ended override still counts: %s", got.Score)
	}
	in.Override = &Override{Points: 15, Until: ago(-1)}
	in.Account.CancelIntent = "written notice"
	if got := Evaluate(BuiltIn(), in); got.Score != 190 {
		t.Errorf("override beat the cap: %s", got.Score)
	}
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*Model)
		want  string
	}{
		{"the built-in one", func(*Model) {}, ""},
		{"nothing in service", func(m *Model) { m.Signals = nil }, "no signal is in service"},
		{"zero weight", func(m *Model) { m.Signals[0].Weight = 0 }, "signal usage has weight 0"},
		{"no measure", func(m *Model) { m.Measures = m.Measures[:2] }, "signal support is in service but has no measure"},
		{"twice", func(m *Model) { m.Measures[1].ID = m.Measures[0].ID }, "declared twice"},
		{"no unit", func(m *Model) { m.Measures[0].Unit = "" }, "has no unit"},
		{"anchors", func(m *Model) { m.Measures[0].Anchors = []AnchorSet{{At: [5]float64{1, 2, 2, 3, 4}}} }, "only rise or only fall"},
		{"NaN", func(m *Model) { m.Measures[0].Norm = math.NaN() }, "norm of usage.active_seat_ratio"},
		{"cap of nothing", func(m *Model) { m.Caps[0].When = nil }, "names no condition"},
		{"unknown condition", func(m *Model) { m.Caps[0].When[0].Kind = "rain" }, `unknown condition "rain"`},
		{"bands", func(m *Model) { m.Bands[1].From = 80 }, "not below healthy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := BuiltIn()
			c.spoil(&m)
			err := m.Validate()
			if (c.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestDigestTellsVersionsApart(t *testing.T) {
	a, b := BuiltIn(), BuiltIn()
	if a.Digest() != b.Digest() {
		t.Error("the same model has two digests")
	}
	b.Measures[0].Norm++
	if a.Digest() == b.Digest() {
		t.Error("a changed norm kept the digest")
	}
}

func BenchmarkEvaluate(b *testing.B) {
	s, in := NewScorer(BuiltIn()), healthy()
	for b.Loop() {
		s.Evaluate(in)
	}
}
