package scoring

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Derivation names a rule that turns dated facts into a measure. Each rule is
// computed as of the end of its source's last complete sync, not as of now:
// otherwise facts would fall out of their window, and look better, because a
// feed stopped.
type Derivation string

const (
	OverdueMilestones Derivation = "overdue milestones"        // due < t, not done
	StalledDays       Derivation = "days without progress"     // overdue milestones, and none done since
	OpenUrgent        Derivation = "open urgent tickets"       // open, severity 1-2
	UrgentShare       Derivation = "urgent share of tickets"   // severity 1-2 among those opened in 30 days
	SLABreaches       Derivation = "SLA breaches in 30 days"   // tickets with a breach
	TicketsPer100     Derivation = "tickets per 100 seats"     // opened in 30 days, over seats
	DaysOverdue       Derivation = "days overdue"              // of the oldest unpaid invoice
	DaysSinceReply    Derivation = "days since the last reply" // latest inbound touch
	ActiveContacts    Derivation = "active contacts"           // not left, inbound touch in 30 days
)

// Derivations lists the rules.
var Derivations = []Derivation{OverdueMilestones, StalledDays, OpenUrgent, UrgentShare, SLABreaches, TicketsPer100, DaysOverdue, DaysSinceReply, ActiveContacts}

// derived is what a rule found. Known is false when there was nothing to judge,
// and the measure's absence rule decides.
type derived struct {
	value    float64
	known    bool
	evidence string
}

type rule struct {
	kind FactKind
	eval func(in Input, t time.Time) derived
}

var derivations = map[Derivation]rule{
	OverdueMilestones: {KindMilestone, overdueMilestones},
	StalledDays:       {KindMilestone, stalledDays},
	OpenUrgent:        {KindTicket, openUrgent},
	UrgentShare:       {KindTicket, urgentShare},
	SLABreaches:       {KindTicket, slaBreaches},
	TicketsPer100:     {KindTicket, ticketsPer100},
	DaysOverdue:       {KindInvoice, daysOverdue},
	DaysSinceReply:    {KindTouch, daysSinceReply},
	ActiveContacts:    {KindTouch, activeContacts},
}

const month = 30 * 24 * time.Hour

// happened says that a dated thing lies at or before t; zero times never do.
func happened(at, t time.Time) bool { return !at.IsZero() && !at.After(t) }

// within says that a dated thing lies in the window ending at t.
func within(at, t time.Time, window time.Duration) bool {
	return happened(at, t) && at.After(t.Add(-window))
}

// overdue lists the milestones overdue at t by more than late, oldest first.
func overdue(ms []Milestone, t time.Time, late time.Duration) []Milestone {
	var out []Milestone
	for _, m := range ms {
		if m.Due.Add(late).Before(t) && !happened(m.Done, t) {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b Milestone) int {
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID))
	})
	return out
}

func overdueMilestones(in Input, t time.Time) derived {
	list := overdue(in.Facts.Milestones, t, 0)
	d := derived{value: float64(len(list)), known: len(in.Facts.Milestones) > 0}
	switch {
	case len(list) > 0:
		d.evidence = milestoneEvidence(list, t)
	case d.known:
		d.evidence = fmt.Sprintf("none of %s is overdue", count(len(in.Facts.Milestones), "milestone"))
	}
	return d
}

func milestoneEvidence(list []Milestone, t time.Time) string {
	m := list[0]
	s := fmt.Sprintf("%s is %s overdue (due %s)", m.Name, count(int(days(t.Sub(m.Due))), "day"), date(m.Due))
	if n := len(list) - 1; n > 0 {
		s += fmt.Sprintf(", and %d more", n)
	}
	return s
}

// stalledDays counts the days since a plan came to a standstill: since the
// oldest overdue milestone was due, or since anything was done after that.
// Progress of any kind starts the count anew, and a plan in time stands at 0. It
// is known exactly when overdueMilestones is, so that counting both costs no
// account any coverage.
func stalledDays(in Input, t time.Time) derived {
	d := derived{known: len(in.Facts.Milestones) > 0}
	list := overdue(in.Facts.Milestones, t, 0)
	if len(list) == 0 {
		if d.known {
			d.evidence = "the plan is in time"
		}
		return d
	}
	since, what := list[0].Due, fmt.Sprintf("%s was due", list[0].Name)
	for _, m := range in.Facts.Milestones {
		if reached := fmt.Sprintf("%s was reached", m.Name); happened(m.Done, t) && (m.Done.After(since) || m.Done.Equal(since) && reached < what) {
			since, what = m.Done, reached
		}
	}
	d.value = days(t.Sub(since))
	d.evidence = fmt.Sprintf("no milestone reached since %s on %s", what, date(since))
	return d
}

func openTickets(in Input, t time.Time, worst int) []Ticket {
	var out []Ticket
	for _, x := range in.Facts.Tickets {
		if x.Severity <= worst && happened(x.Opened, t) && !happened(x.Closed, t) {
			out = append(out, x)
		}
	}
	slices.SortFunc(out, func(a, b Ticket) int {
		return cmp.Or(cmp.Compare(a.Severity, b.Severity), a.Opened.Compare(b.Opened), cmp.Compare(a.ID, b.ID))
	})
	return out
}

func openUrgent(in Input, t time.Time) derived {
	list := openTickets(in, t, 2)
	d := derived{value: float64(len(list)), known: true, evidence: "no open ticket of severity 1 or 2"}
	if len(list) > 0 {
		x := list[0]
		d.evidence = fmt.Sprintf("%s of severity 1-2 open; %s (severity %d) since %s", count(len(list), "ticket"), x.name(), x.Severity, date(x.Opened))
	}
	return d
}

// fewTickets is the least number that the urgent share is taken of: one urgent
// ticket alone is a fifth of few, not all of them.
const fewTickets = 5

func urgentShare(in Input, t time.Time) derived {
	var all, urgent int
	for _, x := range in.Facts.Tickets {
		if !within(x.Opened, t, month) {
			continue
		}
		all++
		if x.Severity <= 2 {
			urgent++
		}
	}
	if all == 0 {
		return derived{known: true, evidence: "no ticket opened in 30 days"}
	}
	return derived{float64(urgent) / float64(max(all, fewTickets)), true,
		fmt.Sprintf("%d of %s opened in 30 days had severity 1 or 2", urgent, count(all, "ticket"))}
}

func (x Ticket) name() string { return cmp.Or(x.Title, x.ID) }

func slaBreaches(in Input, t time.Time) derived {
	n := 0
	for _, x := range in.Facts.Tickets {
		if within(x.Breached, t, month) {
			n++
		}
	}
	return derived{float64(n), true, count(n, "ticket") + " missed the promised time in 30 days"}
}

func ticketsPer100(in Input, t time.Time) derived {
	if in.Account.Seats <= 0 {
		return derived{}
	}
	n := 0
	for _, x := range in.Facts.Tickets {
		if within(x.Opened, t, month) {
			n++
		}
	}
	return derived{float64(100*float64(n)) / float64(in.Account.Seats), true,
		fmt.Sprintf("%s in 30 days on %s", count(n, "ticket"), count(in.Account.Seats, "seat"))}
}

// oldestUnpaid returns the unpaid invoice that has been due the longest.
func oldestUnpaid(in Input, t time.Time) (Invoice, float64) {
	var oldest Invoice
	var late float64
	for _, x := range in.Facts.Invoices {
		if x.Due.Before(t) && !happened(x.Paid, t) {
			if d := days(t.Sub(x.Due)); d > late || d == late && x.ID < oldest.ID {
				oldest, late = x, d
			}
		}
	}
	return oldest, late
}

func daysOverdue(in Input, t time.Time) derived {
	x, late := oldestUnpaid(in, t)
	d := derived{value: late, known: len(in.Facts.Invoices) > 0, evidence: "every invoice due is paid"}
	if late > 0 {
		d.evidence = fmt.Sprintf("invoice %s is unpaid %s after %s", x.ID, count(int(late), "day"), date(x.Due))
	}
	return d
}

// lastInbound is the latest touch that came from the customer.
func lastInbound(in Input, t time.Time) (Touch, bool) {
	var last Touch
	for _, x := range in.Facts.Touches {
		if x.Inbound && happened(x.At, t) && (x.At.After(last.At) || x.At.Equal(last.At) && x.ID < last.ID) {
			last = x
		}
	}
	return last, !last.At.IsZero()
}

func daysSinceReply(in Input, t time.Time) derived {
	last, ok := lastInbound(in, t)
	if !ok {
		return derived{evidence: "no reply on record"}
	}
	d := days(t.Sub(last.At))
	return derived{d, true, fmt.Sprintf("last reply from %s on %s", in.contactName(last.Contact), date(last.At))}
}

func (in Input) contactName(id string) string {
	for _, c := range in.Facts.Contacts {
		if c.ID == id {
			return c.Name
		}
	}
	return cmp.Or(id, "a contact")
}

func activeContacts(in Input, t time.Time) derived {
	seen := map[string]bool{}
	for _, x := range in.Facts.Touches {
		if x.Inbound && within(x.At, t, month) {
			seen[x.Contact] = true
		}
	}
	n := 0
	for _, c := range in.Facts.Contacts {
		if seen[c.ID] && !happened(c.Left, t) {
			n++
		}
	}
	if n == 0 {
		return derived{0, true, "nobody wrote in the last 30 days"}
	}
	return derived{float64(n), true, count(n, "contact") + " wrote in the last 30 days"}
}

// usualGap is the median gap between inbound touches over 52 weeks, from five
// gaps on; with fewer it is taken as a week.
func usualGap(in Input, t time.Time) time.Duration {
	const year, few, week = 52 * 7 * 24 * time.Hour, 5, 7 * 24 * time.Hour
	var at []time.Time
	for _, x := range in.Facts.Touches {
		if x.Inbound && within(x.At, t, year) {
			at = append(at, x.At)
		}
	}
	slices.SortFunc(at, time.Time.Compare)
	var gaps []time.Duration
	for i := 1; i < len(at); i++ {
		gaps = append(gaps, at[i].Sub(at[i-1]))
	}
	if len(gaps) < few {
		return week
	}
	slices.Sort(gaps)
	if n := len(gaps); n%2 == 0 {
		return (gaps[n/2-1] + gaps[n/2]) / 2
	}
	return gaps[len(gaps)/2]
}

// count words a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// date is how evidence writes a day.
func date(t time.Time) string { return t.Format("2 Jan 2006") }
