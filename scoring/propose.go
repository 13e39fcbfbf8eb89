package scoring

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// band places a score by the plain lines.
func (m *Model) band(d Tenths) Band {
	for _, b := range m.Bands {
		if d >= RoundTenths(b.From) {
			return b.Band
		}
	}
	return m.Bands[len(m.Bands)-1].Band
}

// proposals is what each band suggests to the person who decides.
var proposals = map[Band]Outcome{Healthy: Stable, Watch: Watchlist, Risk: AtRisk, Critical: Escalation}

// propose suggests an outcome with its reason. A severity 1 ticket past its
// promised time, an intent to cancel, or two red signals close to renewal
// propose escalation whatever the band; several low weeks at least the watchlist.
func propose(m *Model, in *Input, r *Result, red int) Proposal {
	if s := in.Account.CancelIntent; s != "" {
		return Proposal{Escalation, "intent to cancel: " + s}
	}
	t, _ := (&sight{in: in}).at(KindTicket)
	for _, x := range openTickets(*in, t, 1) {
		if happened(x.Breached, t) {
			return Proposal{Escalation, fmt.Sprintf("severity 1 ticket %s is past its promised time", x.name())}
		}
	}
	if until := in.Account.RenewalOn; red >= 2 && !until.IsZero() && until.Sub(in.Now) <= 60*24*time.Hour {
		return Proposal{Escalation, fmt.Sprintf("%d red signals with renewal on %s", red, date(until))}
	}
	reason := r.Score.String() + " is in band " + string(r.Band)
	if c, ok := r.Binding(); ok {
		reason += ", by cap “" + c.Name + "”"
	}
	p := Proposal{proposals[r.Band], reason}
	if r.LowFor > 0 && p.Outcome == Stable {
		p = Proposal{Watchlist, fmt.Sprintf("%s in a row under %.0f", count(r.LowFor, "weekly score"), m.Steady.LowLine)}
	}
	return p
}

// holds finds the stop rules that the evidence itself sets off.
func holds(m *Model, shares []share, r *Result) []Hold {
	var out []Hold
	for _, w := range m.Signals {
		var share float64
		var known, live int
		for i := range r.Findings {
			f := &r.Findings[i]
			if f.Signal != w.Signal {
				continue
			}
			share = shares[i].signal
			if f.State != Unknown {
				known++
			}
			if f.State == Fresh || f.State == Late || f.State == Retired {
				live++
			}
			for _, o := range f.Others {
				if o.Conflict {
					out = append(out, Hold{HoldConflict, w.Signal, []string{f.Measure},
						fmt.Sprintf("%s: %s says %s, %s says %s", f.Title, f.Source, Value(*f.Value, f.Unit), o.Source, Value(o.Value, f.Unit))})
				}
			}
		}
		if share < m.HoldShare-1e-12 || live > 0 {
			continue
		}
		var ids []string
		for i := range r.Findings {
			if r.Findings[i].Signal == w.Signal {
				ids = append(ids, r.Findings[i].Measure)
			}
		}
		if known == 0 {
			out = append(out, Hold{HoldMissing, w.Signal, ids, fmt.Sprintf("nothing is known about %s", w.Signal)})
		} else {
			out = append(out, Hold{HoldStale, w.Signal, ids, fmt.Sprintf("all evidence on %s has expired", w.Signal)})
		}
	}
	if r.Unscored && !slices.ContainsFunc(out, func(h Hold) bool { return h.Kind == HoldMissing }) {
		var ids []string
		for _, f := range r.Findings {
			if f.State != Fresh {
				ids = append(ids, f.Measure)
			}
		}
		out = append(out, Hold{HoldMissing, "", ids, fmt.Sprintf("only %.0f %% of the evidence is fresh; a score needs %.0f %%", 100*r.Coverage, 100*m.Floor)})
	}
	return out
}

// FreshSignals counts the signals in service with at least one fresh measure.
func (r Result) FreshSignals() (fresh, all int) {
	seen, ok := map[Signal]bool{}, map[Signal]bool{}
	for _, f := range r.Findings {
		seen[f.Signal] = true
		if f.State == Fresh {
			ok[f.Signal] = true
		}
	}
	return len(ok), len(seen)
}

// Gaps names the measures that keep the score from being trusted.
func (r Result) Gaps() []string {
	var out []string
	for _, f := range r.Findings {
		if f.State == Unknown || f.State == Expired {
			out = append(out, f.Title)
		}
	}
	return out
}

// gapsBySignal names a signal where all of its measures are gaps, and else the
// measures: nobody reads a list of ten.
func gapsBySignal(m *Model, r *Result) []string {
	gaps := r.Gaps()
	var out []string
	for _, w := range m.Signals {
		var titles []string
		whole := true
		for _, f := range r.Findings {
			if f.Signal != w.Signal {
				continue
			}
			titles = append(titles, f.Title)
			whole = whole && slices.Contains(gaps, f.Title)
		}
		if whole {
			out = append(out, string(w.Signal))
			continue
		}
		for _, title := range titles {
			if slices.Contains(gaps, title) {
				out = append(out, title)
			}
		}
	}
	return out
}

// driving is how many points a finding must take or give to be worth a word.
const driving = 0.05

// worst is the finding that pulls the score down most, the first of Drivers.
func (r *Result) worst() *Finding {
	var out *Finding
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Points < -driving && (out == nil || f.Points < out.Points) {
			out = f
		}
	}
	return out
}

// Drivers are the findings that pull the score down most, worst first, and
// after them those that hold it up most.
func (r Result) Drivers() (down, up []Finding) {
	for _, f := range r.Findings {
		switch {
		case f.Points < -driving:
			down = append(down, f)
		case f.Points > driving:
			up = append(up, f)
		}
	}
	slices.SortStableFunc(down, func(a, b Finding) int { return cmp.Compare(a.Points, b.Points) })
	slices.SortStableFunc(up, func(a, b Finding) int { return cmp.Compare(b.Points, a.Points) })
	return down, up
}

// nextAction is the first rule that matches; each names what to do and whose
// work it usually is.
func nextAction(m *Model, in *Input, r *Result) Action {
	caused := func(kind ConditionKind) bool { // by a cap in force
		return slices.ContainsFunc(r.Caps, func(c Cap) bool {
			return slices.ContainsFunc(m.Caps, func(rule CapRule) bool {
				return rule.Name == c.Name && slices.ContainsFunc(rule.When, func(cond Condition) bool { return cond.Kind == kind })
			})
		})
	}
	near := !in.Account.RenewalOn.IsZero() && in.Account.RenewalOn.Sub(in.Now) <= 90*24*time.Hour
	worst := r.worst()
	switch {
	case in.Account.CancelIntent != "":
		return Action{"Speak with whoever wants to cancel, and escalate it; offer no terms", "owner"}
	case r.Unscored, r.Coverage < m.High && near:
		return Action{"Complete the evidence: " + strings.Join(gapsBySignal(m, r), ", "), "data owner"}
	case caused(SponsorSilent):
		return Action{"Reach a second stakeholder", "owner"}
	case caused(MilestonesOverdue):
		t, _ := (&sight{in: in}).at(KindMilestone)
		return Action{fmt.Sprintf("Re-plan “%s” with the sponsor", overdue(in.Facts.Milestones, t, 0)[0].Name), "owner"}
	case caused(ChampionLeft):
		return Action{"Arrange an executive introduction", "manager"}
	case caused(Severity1Open):
		return Action{"Escalate the severity 1 ticket inside support", "support lead"}
	case caused(InvoiceOverdue):
		return Action{"Speak with finance about the unpaid invoice; offer no terms", "owner"}
	case worst != nil:
		return Action{remedies[worst.Signal], "owner"}
	}
	return Action{"None; next review as scheduled", ""}
}

var remedies = map[Signal]string{
	Usage:       "Review which features fell out of use",
	Adoption:    "Offer enablement for the features not adopted",
	Sentiment:   "Follow up the last response",
	Stakeholder: "Reach a second contact",
	Milestones:  "Re-plan the overdue milestone",
	Support:     "Go through the open tickets",
	Billing:     "Ask finance about the unpaid invoice; offer no terms",
}

// Value words a measured value with its unit.
func Value(v float64, unit string) string {
	switch unit {
	case "ratio":
		return fmt.Sprintf("%.0f %%", 100*v)
	case "days":
		return count(int(v), "day") // full days, as evidence counts them
	case "count":
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g %s", v, unit)
}
