package scoring_test

import (
	"math"
	"testing"
	"time"

	. "healthbot/scoring"
)

// The table of SCORING.md section 8, cell by cell.
func TestPriorityTable(t *testing.T) {
	m := BuiltIn()
	days := map[string]int{"overdue": -3, "≤ 30": 30, "≤ 90": 90, "later": 91, "none": 0}
	for _, c := range []struct {
		proposal Outcome
		renewal  string
		level    Level
		top      Level
	}{
		{Escalation, "overdue", P1, P1}, {Escalation, "≤ 30", P1, P1}, {Escalation, "≤ 90", P1, P1}, {Escalation, "later", P2, P2}, {Escalation, "none", P2, P2},
		{AtRisk, "≤ 30", P2, P1}, {AtRisk, "≤ 90", P2, P2}, {AtRisk, "later", P3, P3}, {AtRisk, "none", P3, P3},
		{Watchlist, "overdue", P3, P2}, {Watchlist, "≤ 90", P3, P3}, {Watchlist, "later", P4, P4},
		{Stable, "≤ 30", NoLevel, NoLevel},
	} {
		r := Result{AsOf: monday, Band: Risk, Proposal: &Proposal{Outcome: c.proposal}}
		renewal := monday.AddDate(0, 0, days[c.renewal])
		if c.renewal == "none" {
			renewal = time.Time{}
		}
		for _, top := range []bool{false, true} {
			want := c.level
			if top {
				want = c.top
			}
			if got := m.Prioritize(r, renewal, Stakes{Top: top}).Level; got != want {
				t.Errorf("%s, renewal %s, top %v: %q, want %q", c.proposal, c.renewal, top, got, want)
			}
		}
	}
	if got := m.Prioritize(Result{AsOf: monday, Band: Unscored}, monday, Stakes{}).Level; got != NoLevel {
		t.Errorf("unscored: %q, want none", got)
	}
}

func TestPriorityWeight(t *testing.T) {
	m := BuiltIn()
	r := Result{AsOf: monday, Band: Risk, Proposal: &Proposal{Outcome: AtRisk}}
	for _, c := range []struct {
		left int
		s    Stakes
		want float64
	}{
		{20, Stakes{ARR: 1000}, 180}, {31, Stakes{ARR: 1000}, 162}, {61, Stakes{ARR: 1000}, 135}, {91, Stakes{ARR: 1000}, 90}, {181, Stakes{ARR: 1000}, 54},
		{20, Stakes{ARR: 1000, Severity1: 1, Severity2: 2}, 180 * 1.25}, {20, Stakes{ARR: 1000, Severity1: 9}, 180 * 1.5},
	} {
		if got := m.Prioritize(r, monday.AddDate(0, 0, c.left), c.s).Weight; math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%d days left, %+v: %v, want %v", c.left, c.s, got, c.want)
		}
	}
	none := m.Prioritize(r, time.Time{}, Stakes{ARR: 1000})
	if math.Abs(none.Weight-135) > 1e-9 || !none.NoDate {
		t.Errorf("without a renewal date: %+v", none)
	}
	near, far := m.Prioritize(r, monday.AddDate(0, 0, 20), Stakes{ARR: 1000}), m.Prioritize(r, monday.AddDate(0, 0, 80), Stakes{ARR: 1000})
	if near.Compare(far) >= 0 || far.Compare(near) <= 0 || near.Compare(near) != 0 {
		t.Error("of two at-risk accounts of one level the one renewing sooner comes first")
	}
}

// Without a level the score decides, however large the account; an unscored one
// stands where the watchlist would put it.
func TestPriorityWithoutLevel(t *testing.T) {
	m := BuiltIn()
	soon := monday.AddDate(0, 0, 20)
	of := func(o Outcome, arr float64) Priority {
		r := Result{AsOf: monday, Band: Healthy}
		if o != "" {
			r.Proposal = &Proposal{Outcome: o}
		}
		return m.Prioritize(r, soon, Stakes{ARR: arr})
	}
	if of(Stable, 1e6).Compare(of(Stable, 10)) != 0 {
		t.Error("two stable accounts are ordered by money")
	}
	unscored := of("", 1000)
	if unscored.Level != NoLevel || unscored.Compare(of(Stable, 1e6)) >= 0 || unscored.Compare(of(AtRisk, 1)) <= 0 {
		t.Errorf("unscored is ordered as %+v", unscored)
	}
}

func TestStakes(t *testing.T) {
	in := Input{Now: monday, Synced: map[FactKind]time.Time{KindTicket: ago(1)}, Facts: Facts{Tickets: []Ticket{
		{ID: "1", Severity: 1, Opened: ago(5)}, {ID: "2", Severity: 2, Opened: ago(5)}, {ID: "3", Severity: 2, Opened: ago(9), Closed: ago(2)},
		{ID: "4", Severity: 3, Opened: ago(5)}, {ID: "5", Severity: 1, Opened: ago(.5)}, // after the last sync
	}}}
	if got, want := in.Stakes(Stakes{ARR: 10, Top: true}), (Stakes{ARR: 10, Top: true, Severity1: 1, Severity2: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
