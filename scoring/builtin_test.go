package scoring_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	. "healthbot/scoring"
)

func finding(t *testing.T, in Input, measure string) Finding {
	t.Helper()
	r := Evaluate(AllSignals(), in)
	i := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.Measure == measure })
	if i < 0 {
		t.Fatalf("no finding on %s", measure)
	}
	return r.Findings[i]
}

func TestStalledDays(t *testing.T) {
	plan := func(ms ...Milestone) []Milestone { return ms }
	kickoff := Milestone{ID: "1", Name: "Kick-off", Due: ago(60), Done: ago(50)}
	for _, c := range []struct {
		name     string
		plan     []Milestone
		want     float64
		evidence string
	}{
		{"in time", plan(kickoff, Milestone{ID: "2", Due: ago(-3)}), 0, "the plan is in time"},
		{"overdue, nothing since", plan(kickoff, Milestone{ID: "2", Name: "Go-live", Due: ago(20)}), 20, "no milestone reached since Go-live was due on 3 Nov 2026"},
		{"overdue, something else reached since", plan(Milestone{ID: "2", Name: "Go-live", Due: ago(20)}, Milestone{ID: "3", Name: "Training", Due: ago(-9), Done: ago(6)}),
			6, "no milestone reached since Training was reached on 17 Nov 2026"},
		{"the oldest counts", plan(Milestone{ID: "2", Name: "Go-live", Due: ago(5)}, Milestone{ID: "3", Name: "Training", Due: ago(30)}), 30, "no milestone reached since Training was due on 24 Oct 2026"},
	} {
		in := healthy()
		in.Facts.Milestones = c.plan
		in.Synced[KindMilestone] = in.Now
		f := finding(t, in, "milestones.stalled_days")
		if f.Value == nil || *f.Value != c.want || f.Evidence != c.evidence {
			t.Errorf("%s: %+v, want %v days, %q", c.name, f, c.want, c.evidence)
		}
	}
	none := healthy()
	none.Facts.Milestones = nil
	if f := finding(t, none, "milestones.stalled_days"); f.State != Unknown {
		t.Errorf("without a plan nothing is known, got %+v", f)
	}
}

// The standstill is known exactly when overdue milestones are, so adding it
// cost no account any coverage.
func TestStalledDaysCostNoCoverage(t *testing.T) {
	for _, spoil := range []func(*Input){func(*Input) {}, func(in *Input) { in.Facts.Milestones = nil }, func(in *Input) { delete(in.Synced, KindMilestone) }} {
		in := healthy()
		spoil(&in)
		with := BuiltIn()
		without := with
		without.Measures = slices.DeleteFunc(slices.Clone(with.Measures), func(x Measure) bool { return x.ID == "milestones.stalled_days" })
		if a, b := Evaluate(with, in).Coverage, Evaluate(without, in).Coverage; fmt.Sprintf("%.9f", a) != fmt.Sprintf("%.9f", b) {
			t.Errorf("coverage %v with it, %v without", a, b)
		}
	}
}

func TestUrgentShare(t *testing.T) {
	tickets := func(severities ...int) (out []Ticket) {
		for i, s := range severities {
			out = append(out, Ticket{ID: fmt.Sprint(i), Severity: s, Opened: ago(10), Closed: ago(9)})
		}
		return out
	}
	for _, c := range []struct {
		name string
		list []Ticket
		want float64
	}{
		{"none", nil, 0},
		{"a single one is no mix", tickets(1), .2},
		{"two in four", tickets(1, 2, 3, 4), .4},
		{"six in ten", tickets(1, 1, 2, 2, 2, 2, 3, 3, 4, 4), .6},
		{"old ones are left out", append(tickets(3, 3, 3, 3, 2), Ticket{ID: "old", Severity: 1, Opened: ago(40)}), .2},
	} {
		in := healthy()
		in.Facts.Tickets = c.list
		if f := finding(t, in, "support.urgent_share_30d"); f.Value == nil || *f.Value != c.want {
			t.Errorf("%s: %+v, want %v", c.name, f, c.want)
		}
	}
}

// Every number that somebody may ask about has its reason beside it.
func TestBuiltInSaysWhy(t *testing.T) {
	m := AllSignals()
	for _, w := range m.Signals {
		if w.Why == "" {
			t.Errorf("signal %s gives no reason", w.Signal)
		}
	}
	for _, x := range m.Measures {
		if x.Why == "" {
			t.Errorf("measure %s gives no reason", x.ID)
		}
	}
	for _, c := range m.Caps {
		if c.Why == "" {
			t.Errorf("cap %q gives no reason", c.Name)
		}
	}
}

func TestIsBuiltIn(t *testing.T) {
	m := AllSignals()
	for _, same := range []Model{m, BuiltIn(), m.InService(Usage, Billing)} {
		same.SourceOrder = []string{"telemetry", "warehouse"}
		if !same.IsBuiltIn() {
			t.Errorf("%v in another order of sources is another version", same.Signals)
		}
	}
	other := AllSignals()
	other.Measures[0].Norm = 51
	renamed := AllSignals()
	renamed.Version = 2
	for _, x := range []Model{other, renamed, {}} {
		if x.IsBuiltIn() {
			t.Errorf("%s passes for the built-in one", x.Label())
		}
	}
}

// The lists name every word that the code knows.
func TestListsAreComplete(t *testing.T) {
	m := AllSignals()
	for _, x := range m.Measures {
		if x.Derive != "" && !slices.Contains(Derivations, x.Derive) {
			t.Errorf("%q is missing from Derivations", x.Derive)
		}
	}
	used := map[ConditionKind]bool{}
	for _, c := range m.Caps {
		for _, cond := range c.When {
			used[cond.Kind] = true
			n, d, f := cond.Kind.Uses()
			if got := [3]bool{cond.AtLeast != 0, cond.Days != 0, cond.Factor != 0}; got != [3]bool{n, d, f} {
				t.Errorf("%s uses %v, the built-in cap gives %v", cond.Kind, [3]bool{n, d, f}, got)
			}
		}
	}
	if len(used) != len(ConditionKinds) {
		t.Errorf("the built-in caps use %d conditions of %d", len(used), len(ConditionKinds))
	}
	var bands []Band
	for _, b := range m.Bands {
		bands = append(bands, b.Band)
	}
	if diff := cmp.Diff(bands, Bands); diff != "" {
		t.Error(diff)
	}
}
