package scoring

import (
	"cmp"
	"time"
)

// Level is how urgent a decision is.
type Level string

const (
	P1      Level = "P1" // due in 1 working day
	P2      Level = "P2" // in 3
	P3      Level = "P3" // in 10
	P4      Level = "P4" // at the next review
	NoLevel Level = ""   // stable and unscored: at the next review
)

// Nearness says how close a renewal is.
type Nearness string

const (
	Soon   Nearness = "within 30 days or overdue"
	Near   Nearness = "within 90 days"
	Far    Nearness = "later or none"
	month1          = 30
	month3          = 90
)

// Nearnesses and Levels list them, the nearest and most urgent first.
var (
	Nearnesses = []Nearness{Soon, Near, Far}
	Levels     = []Level{P1, P2, P3, P4}
)

// PriorityRow gives the level for a proposal and a renewal; Top is the level for
// an account among the segment's largest.
type PriorityRow struct {
	Outcome Outcome  `json:"outcome"`
	Renewal Nearness `json:"renewal"`
	Level   Level    `json:"level"`
	Top     Level    `json:"top"`
}

// Urgency weighs an account by the days to its renewal; the first row whose
// Days reach counts. A missing date weighs Unknown.
type Urgency struct {
	Rows    []UrgencyRow `json:"rows"`
	Later   float64      `json:"later"`
	Unknown float64      `json:"unknown"`
}

// UrgencyRow is one step of the urgency.
type UrgencyRow struct {
	Days   int     `json:"days"`
	Weight float64 `json:"weight"`
}

// Priority is how accounts are ordered, with its parts on view.
type Priority struct {
	Level   Level    `json:"level"`
	As      Level    `json:"as,omitempty"` // unscored: no level, but ordered as if on the watchlist
	Renewal Nearness `json:"renewal"`
	Top     bool     `json:"top"`     // ARR in the segment's top fifth
	Rate    float64  `json:"rate"`    // the assumed chance of loss, by band
	Urgency float64  `json:"urgency"` // by days to renewal
	Issues  float64  `json:"issues"`  // by open urgent tickets
	Loss    float64  `json:"loss"`    // rate · ARR, for those alone who may see ARR
	Weight  float64  `json:"weight"`  // loss · urgency · issues: the order within a level
	NoDate  bool     `json:"no_date"` // a missing renewal date is a data task
	Assumed bool     `json:"assumed"` // no results yet: the rate is assumed, and no probability is shown
	// Currency is what Loss is in, one for all accounts. NoRate says that the
	// account's own can't be converted: its ARR counts as nothing here, which is a
	// data task, too.
	Currency string `json:"currency,omitempty"`
	NoRate   bool   `json:"no_rate,omitempty"`
}

// Stakes are what a priority needs beyond the score.
type Stakes struct {
	ARR      float64 // in Currency, as that of all accounts; 0 with NoRate
	Currency string
	NoRate   bool // the account's own currency can't be converted
	Top      bool // among the segment's top fifth by ARR
	// Severity1 and Severity2 count open tickets.
	Severity1, Severity2 int
}

// Stakes adds the open urgent tickets to what is at stake in money.
func (in Input) Stakes(s Stakes) Stakes {
	t, _ := (&sight{in: &in}).at(KindTicket)
	for _, x := range openTickets(in, t, 2) {
		if x.Severity == 1 {
			s.Severity1++
		} else {
			s.Severity2++
		}
	}
	return s
}

// Prioritize orders an account by what it proposes, when it renews and what is
// at stake.
func (m Model) Prioritize(r Result, renewal time.Time, s Stakes) Priority {
	p := Priority{Renewal: Far, Top: s.Top, Currency: s.Currency, NoRate: s.NoRate, Urgency: m.Urgency.Unknown, NoDate: renewal.IsZero(), Assumed: true,
		Rate: m.Rates[r.Band], Issues: min(1.5, 1+float64(.15*float64(s.Severity1))+float64(.05*float64(s.Severity2)))}
	if !renewal.IsZero() {
		left := int(days(renewal.Sub(r.AsOf)))
		switch {
		case left <= month1:
			p.Renewal = Soon
		case left <= month3:
			p.Renewal = Near
		}
		p.Urgency = m.Urgency.Later
		for i := len(m.Urgency.Rows) - 1; i >= 0; i-- {
			if left <= m.Urgency.Rows[i].Days {
				p.Urgency = m.Urgency.Rows[i].Weight
			}
		}
	}
	p.Loss = float64(p.Rate * s.ARR)
	p.Weight = float64(float64(p.Loss*p.Urgency) * p.Issues)
	if r.Proposal == nil {
		p.As = m.level(Watchlist, p)
	} else {
		p.Level = m.level(r.Proposal.Outcome, p)
	}
	return p
}

func (m Model) level(o Outcome, p Priority) Level {
	for _, row := range m.Priorities {
		if row.Outcome == o && row.Renewal == p.Renewal {
			if p.Top {
				return row.Top
			}
			return row.Level
		}
	}
	return NoLevel
}

// Compare orders by level, then by weight. Accounts without a level come last
// and are alike: the score decides between them.
func (p Priority) Compare(q Priority) int {
	if c := cmp.Compare(p.order(), q.order()); c != 0 || p.order() == unranked {
		return c
	}
	return cmp.Compare(q.Weight, p.Weight)
}

const unranked Level = "P9"

func (p Priority) order() Level { return cmp.Or(p.Level, p.As, unranked) }
