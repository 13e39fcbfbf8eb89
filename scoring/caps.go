package scoring

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// CapRule keeps the score at or below Value while all of its conditions hold.
// A cap only ever lowers, and it always names its evidence.
type CapRule struct {
	Name  string      `json:"name"`
	Value float64     `json:"value"`
	When  []Condition `json:"when"`
	Why   string      `json:"why,omitempty"`
}

// Condition is one testable statement about an account. The fields that a kind
// doesn't use stay zero.
type Condition struct {
	Kind    ConditionKind `json:"kind"`
	AtLeast int           `json:"at_least,omitempty"` // how many
	Days    float64       `json:"days,omitempty"`     // for longer than
	Factor  float64       `json:"factor,omitempty"`   // times the usual gap
}

// ConditionKind names what a condition looks at.
type ConditionKind string

const (
	MilestonesOverdue ConditionKind = "milestones overdue" // AtLeast, by more than Days
	SponsorSilent     ConditionKind = "sponsor silent"     // for more than Days and Factor × usual gap
	RedSignals        ConditionKind = "red signals"        // AtLeast
	ChampionLeft      ConditionKind = "champion left"      // without a successor
	Severity1Open     ConditionKind = "severity 1 open"    // for more than Days
	CustomerEscalated ConditionKind = "customer escalated" // AtLeast tickets within Days
	InvoiceOverdue    ConditionKind = "invoice overdue"    // by more than Days
	IntentToCancel    ConditionKind = "intent to cancel"   // recorded by a person
	ThinCoverage      ConditionKind = "thin coverage"      // scored, but below high coverage
)

// ConditionKinds lists them.
var ConditionKinds = []ConditionKind{MilestonesOverdue, SponsorSilent, RedSignals, ChampionLeft, Severity1Open, CustomerEscalated,
	InvoiceOverdue, IntentToCancel, ThinCoverage}

// ByCoverage says that a cap speaks of our evidence and not of the customer.
func (m Model) ByCoverage(cap string) bool {
	return slices.ContainsFunc(m.Caps, func(c CapRule) bool {
		return c.Name == cap && slices.ContainsFunc(c.When, func(w Condition) bool { return w.Kind == ThinCoverage })
	})
}

// Uses says which numbers a condition of this kind looks at.
func (k ConditionKind) Uses() (atLeast, days, factor bool) {
	switch k {
	case MilestonesOverdue, CustomerEscalated:
		return true, true, false
	case SponsorSilent:
		return false, true, true
	case RedSignals:
		return true, false, false
	case Severity1Open, InvoiceOverdue:
		return false, true, false
	}
	return false, false, false
}

// sight is what conditions look at.
type sight struct {
	in       *Input
	red      []redSignal
	coverage float64
	model    *Model
}

type redSignal struct {
	signal Signal
	value  float64
}

// at is the moment as of which facts of a kind are judged.
func (s *sight) at(k FactKind) (time.Time, bool) {
	t, ok := s.in.Synced[k]
	if !ok || t.After(s.in.Now) {
		return s.in.Now, ok
	}
	return t, ok
}

// A condition answers with its evidence, or with "" when it doesn't hold.
var conditions = map[ConditionKind]func(Condition, *sight) string{
	MilestonesOverdue: func(c Condition, s *sight) string {
		t, _ := s.at(KindMilestone)
		list := overdue(s.in.Facts.Milestones, t, dayspan(c.Days))
		if len(list) == 0 || len(list) < c.AtLeast {
			return ""
		}
		return milestoneEvidence(list, t)
	},
	SponsorSilent: func(c Condition, s *sight) string {
		t, synced := s.at(KindTouch)
		limit := max(dayspan(c.Days), time.Duration(c.Factor*float64(usualGap(*s.in, t))))
		last, ok := lastInbound(*s.in, t)
		switch {
		case ok && t.Sub(last.At) > limit:
			return fmt.Sprintf("no reply for %s (usually every %s)", count(int(days(t.Sub(last.At))), "day"), count(int(days(usualGap(*s.in, t))+0.5), "day"))
		case !ok && synced && !s.in.Account.StartedOn.IsZero() && t.Sub(s.in.Account.StartedOn) > limit:
			return fmt.Sprintf("no reply on record since the start on %s", date(s.in.Account.StartedOn))
		}
		return ""
	},
	RedSignals: func(c Condition, s *sight) string {
		if len(s.red) < c.AtLeast {
			return ""
		}
		var parts []string
		for _, r := range s.red {
			parts = append(parts, fmt.Sprintf("%s at %s", r.signal, RoundTenths(r.value)))
		}
		return strings.Join(parts, ", ")
	},
	ChampionLeft: func(_ Condition, s *sight) string {
		t, _ := s.at(KindContact)
		var left *Contact
		for i, x := range s.in.Facts.Contacts {
			switch {
			case x.Role != "champion":
			case !happened(x.Left, t):
				return ""
			case left == nil || x.Left.After(left.Left) || x.Left.Equal(left.Left) && x.ID < left.ID:
				left = &s.in.Facts.Contacts[i]
			}
		}
		if left == nil {
			return ""
		}
		return fmt.Sprintf("%s left on %s, without a successor", left.Name, date(left.Left))
	},
	Severity1Open: func(c Condition, s *sight) string {
		t, _ := s.at(KindTicket)
		for _, x := range openTickets(*s.in, t, 1) {
			if t.Sub(x.Opened) > dayspan(c.Days) {
				return fmt.Sprintf("%s open for %s", x.name(), count(int(days(t.Sub(x.Opened))), "day"))
			}
		}
		return ""
	},
	CustomerEscalated: func(c Condition, s *sight) string {
		t, _ := s.at(KindTicket)
		n := 0
		for _, x := range s.in.Facts.Tickets {
			if x.Escalated && within(x.Opened, t, dayspan(c.Days)) {
				n++
			}
		}
		if n == 0 || n < c.AtLeast {
			return ""
		}
		return fmt.Sprintf("%s escalated by the customer in %.0f days", count(n, "ticket"), c.Days)
	},
	InvoiceOverdue: func(c Condition, s *sight) string {
		t, _ := s.at(KindInvoice)
		x, late := oldestUnpaid(*s.in, t)
		if late <= c.Days {
			return ""
		}
		return fmt.Sprintf("invoice %s unpaid for %s", x.ID, count(int(late), "day"))
	},
	IntentToCancel: func(_ Condition, s *sight) string { return s.in.Account.CancelIntent },
	ThinCoverage: func(_ Condition, s *sight) string {
		if s.coverage < s.model.Floor || s.coverage >= s.model.High {
			return ""
		}
		return fmt.Sprintf("only %.0f %% of the evidence is fresh", 100*s.coverage)
	},
}

func dayspan(d float64) time.Duration { return time.Duration(d * 24 * float64(time.Hour)) }

// holds returns the joined evidence of all conditions, or "" if one fails.
func (r CapRule) holds(s *sight) string {
	var parts []string
	for _, c := range r.When {
		e := conditions[c.Kind](c, s)
		if e == "" {
			return ""
		}
		parts = append(parts, e)
	}
	return strings.Join(parts, "; ")
}
