package view

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// What every view says of an account in the same words: the card, the private
// answer, the review form and the escalation message.

// headline is the line that carries the decision:
// "Acme · 59 ▼28 · watchlist → proposed: at-risk · renews 4 Dec · Ana · P1".
func (f Frame) headline(c record.Case) line {
	l := line{say(f.sign(c) + " "), strong(accountName(c.Account))}
	for _, s := range []string{f.standing(c.Snapshot), path(c), f.renewal(c.Account), f.owner(c.Account), string(c.Snapshot.Priority.Level)} {
		if s != "" {
			l = append(l, say(" · "+s))
		}
	}
	return l
}

// sign is the symbol of what matters most about a case now.
func (f Frame) sign(c record.Case) string {
	p := c.Snapshot.Result.Proposal
	switch {
	case c.Decision != nil:
		return symbol(c.Decision.Outcome)
	case len(c.Holds) > 0 && !c.EscalatesAnyway():
		return holdSymbol
	case p != nil:
		return symbol(p.Outcome)
	}
	return unscoredSymbol
}

// hasResult says that there is a score, or a stated lack of one, to show. A score
// that was only asked for isn't stored and has no id, but is one all the same.
func hasResult(s record.Snapshot) bool { return len(s.Result.Findings) > 0 }

// standing is the score with its move, or why there is none.
func (f Frame) standing(s record.Snapshot) string {
	r := s.Result
	switch {
	case !hasResult(s):
		return "not scored yet"
	case r.Unscored:
		fresh, all := r.FreshSignals()
		return fmt.Sprintf("Unscored: %d of %s fresh", fresh, count(all, "signal"))
	case s.Previous == nil || s.Previous.Unscored:
		return points(r.Score)
	}
	return points(r.Score) + " " + move(r.Score-s.Previous.Score)
}

// path leads from the last outcome to the one decided or proposed.
func path(c record.Case) string {
	var from, to string
	if c.Last != nil {
		from = string(c.Last.Outcome)
	}
	switch p := c.Snapshot.Result.Proposal; {
	case c.Decision != nil:
		to = string(c.Decision.Outcome)
	case p != nil:
		to = "proposed: " + string(p.Outcome)
	case from != "":
		return "last time " + from
	}
	if from == "" || to == "" {
		return to
	}
	return from + " → " + to
}

func (f Frame) renewal(a record.Account) string {
	switch {
	case a.RenewalOn.IsZero():
		return ""
	case a.RenewalOn.Before(f.today()):
		return "renewal was due " + f.day(a.RenewalOn)
	}
	return "renews " + f.day(a.RenewalOn)
}

// why says in the first lines below the headline what somebody who never saw a
// card asks first: where the score comes from, and how sure it is.
func (f Frame) why(c record.Case) []line {
	r := c.Snapshot.Result
	if !hasResult(c.Snapshot) {
		return []line{{say("No evidence has been scored for this account so far.")}}
	}
	l := line{strong("Why: ")}
	if r.Unscored {
		l = append(l, sayf("no score, because only %.0f %% of the evidence is fresh and a score needs %.0f %%.", math.Floor(100*r.Coverage), 100*f.Model.Floor))
		return append([]line{l}, f.because(r)...)
	}
	if capped, binding := r.Binding(); binding {
		l = append(l, sayf("%s, held down by the cap ", f.onScale(r)), strong(label(capped.Name)), sayf("; %s without it. %s.", points(r.WithoutCaps()), f.said(capped.Evidence)))
	} else {
		l = append(l, sayf("%s. %s", f.onScale(r), f.weighty(r)))
	}
	return slices.Concat([]line{l}, f.because(r), f.overridden(c), f.sure(r))
}

// onScale says where on the scale the score lies: "59 of 100, band risk (40 to 60)".
func (f Frame) onScale(r scoring.Result) string {
	above := 100.0
	for _, b := range f.Model.Bands {
		if b.Band == r.Band {
			return fmt.Sprintf("%s of 100, band %s (%s to %s%s)", points(r.Score), r.Band, number(b.From), number(above), f.steadily(r))
		}
		above = b.From
	}
	return fmt.Sprintf("%s of 100, band %s", points(r.Score), r.Band)
}

// weighty names what pulls the score down by a point or more.
func (f Frame) weighty(r scoring.Result) string {
	down, _ := r.Drivers()
	var names []string
	for _, x := range down {
		if x.Points <= -1 && len(names) < 2 {
			names = append(names, title(x))
		}
	}
	if len(names) == 0 {
		return "Nothing pulls it down by a point or more."
	}
	return "Pulled down most by " + strings.Join(names, " and ") + "."
}

// sure words coverage and range.
func (f Frame) sure(r scoring.Result) []line {
	if r.Version == "" || r.Unscored {
		return nil
	}
	l := line{strong("How sure: "), sayf("%s confidence, %.0f %% of the evidence is fresh", r.Confidence, math.Floor(100*r.Coverage))}
	if low, high := math.Round(r.Low), math.Round(r.High); low < high {
		l = append(l, sayf("; likely between %.0f and %.0f (8 times in 10)", low, high))
	}
	return []line{l}
}

// because gives the proposal's reason where band and cap don't say it already.
func (f Frame) because(r scoring.Result) []line {
	c, capped := r.Binding()
	if p := r.Proposal; p != nil && !strings.Contains(p.Reason, "is in band") && (r.Unscored || !capped || !strings.Contains(p.Reason, c.Evidence)) {
		return []line{{strong("Proposed because: "), sayf("%s.", f.said(p.Reason))}}
	}
	return nil
}

// drivers are at most three findings: what pulls the score down, then what
// holds it up. What weighs less than half a point is no driver.
func (f Frame) drivers(r scoring.Result) []line {
	down, up := r.Drivers()
	light := func(x scoring.Finding) bool { return math.Abs(x.Points) < .5 }
	kept, _ := most(cardDrivers, slices.DeleteFunc(append(down, up...), light))
	var out []line
	for _, x := range kept {
		out = append(out, f.finding(x, evidenceLength))
	}
	return out
}

// finding is one judgement with its evidence, age and link.
func (f Frame) finding(x scoring.Finding, evidence int) line {
	mark := move(scoring.RoundTenths(x.Points))
	if x.State == scoring.Unknown {
		mark = "?"
	}
	l := line{say(mark + " "), strong(title(x))}
	if x.Value != nil {
		l = append(l, sayf(": %s", scoring.Value(*x.Value, label(x.Unit))))
	}
	words, url := link(x.Evidence)
	if s := f.excerpt(words, evidence); s != "" && x.Value != nil {
		l = append(l, sayf(" (%s)", s))
	} else if s != "" {
		l = append(l, sayf(": %s", s))
	}
	if x.State == scoring.Unknown {
		return l
	}
	l = append(l, sayf(" · %s", f.age(x.ObservedAt)))
	if note := stateNote[x.State]; note != "" {
		l = append(l, sayf(" · %s", note))
	}
	if source := name(x.Source, "source"); webLink(url) != "" {
		l = append(l, say(" · "), open(url, source))
	} else {
		l = append(l, sayf(" · %s", source))
	}
	return l
}

// title names a measure.
func title(x scoring.Finding) string { return cmp.Or(label(x.Title), label(x.Measure)) }

var stateNote = map[scoring.State]string{scoring.Late: "late, counts in part", scoring.Expired: "expired", scoring.Retired: "taken out"}

// holds says in one line what stops the review.
func (f Frame) holds(hs []scoring.Hold) []line {
	if len(hs) == 0 {
		return nil
	}
	var kinds, evidence []string
	for _, h := range hs {
		if !slices.Contains(kinds, string(h.Kind)) {
			kinds = append(kinds, string(h.Kind))
		}
	}
	kept, missing := most(cardCaveats, hs)
	for _, h := range kept {
		evidence = append(evidence, f.excerpt(h.Evidence, evidenceLength))
	}
	if missing != nil {
		evidence = append(evidence, missing.flat())
	}
	return []line{{say(holdSymbol + " "), strong("On hold, " + strings.Join(kinds, " and ")), say(": " + strings.Join(evidence, "; "))}}
}

// cleared says who can clear the holds, and where.
func cleared(hs []scoring.Hold) []line {
	isUnowned := func(h scoring.Hold) bool { return h.Kind == scoring.HoldUnowned }
	var out []line
	if slices.ContainsFunc(hs, isUnowned) {
		out = append(out, line{strong("First: "), say("a support lead, manager or admin gives it an owner, with Change owner…")})
	}
	isModel := func(h scoring.Hold) bool { return h.Kind == scoring.HoldModel }
	if slices.ContainsFunc(hs, isModel) { // nothing else helps before that
		return []line{{strong("First: "), say("an admin starts healthbot with the approved version of the model, or has this one approved")}}
	}
	if slices.ContainsFunc(hs, func(h scoring.Hold) bool { return !isUnowned(h) }) {
		out = append(out, line{strong("Verify first: "), say("the owner, an analyst or a support lead, with Review")})
	}
	return out
}

// stops are the holds and who can clear them.
func (f Frame) stops(hs []scoring.Hold) []line { return append(f.holds(hs), cleared(hs)...) }

// caveats are doubts that stop nothing.
func (f Frame) caveats(c record.Case) []line {
	r, a := c.Snapshot.Result, c.Account
	var out []line
	if a.Process != "" {
		out = append(out, line{say("Also in: "), open(webLink(a.ProcessAt), name(a.Process)), say("; look there first")})
	}
	if late := f.named(r.Findings, scoring.Late); late != "" {
		out = append(out, line{say("Late: " + late)})
	}
	if old := f.named(r.Findings, scoring.Expired); old != "" {
		out = append(out, line{say("Expired: " + old)})
	}
	if r.LowFor > 0 {
		out = append(out, line{sayf("Under %.0f in %s in a row: a person must look", f.Model.Steady.LowLine, count(r.LowFor, "weekly score"))})
	}
	if c.Renewing {
		out = append(out, line{say("Renewal within 90 days: the owner decides or confirms")})
	}
	return out
}

// named lists the measures in a state with their ages.
func (f Frame) named(fs []scoring.Finding, s scoring.State) string {
	var out []string
	for _, x := range fs {
		if x.State == s {
			out = append(out, fmt.Sprintf("%s (%s)", title(x), f.age(x.ObservedAt)))
		}
	}
	kept, missing := most(cardCaveats, out)
	if missing != nil {
		kept = append(slices.Clone(kept), missing.flat())
	}
	return strings.Join(kept, ", ")
}

// decided says what was decided, by whom and when, and what follows. What led
// to an escalation stays out of channels.
func (f Frame) decided(d *record.Decision, private bool) []line {
	l := line{say(symbol(d.Outcome) + " "), strong(string(d.Outcome)), sayf(" by %s, ", name(d.ByName, d.By)), f.moment(d.At)}
	if s := f.said(d.Sentence); s != "" && (private || d.Outcome != scoring.Escalation) {
		l = append(l, sayf(": %s", s))
	}
	if len(d.Reasons) > 0 {
		l = append(l, sayf(" (%s)", f.reasons(d.Reasons)))
	}
	out := []line{l}
	switch d.Outcome {
	case scoring.Stable:
		out = append(out, field("Next review", f.day(d.Next)))
	case scoring.Watchlist:
		out = append(out, field("Watching until "+f.day(d.Next), f.said(d.Watch)))
	case scoring.AtRisk:
		out = append(out, line{strong("Goal: "), sayf("%s · %s", f.said(d.Goal), f.person(d.Owner))})
	}
	return out
}

// goals are the customer's own, with where they stand.
func (f Frame) goals(r scoring.Result) []line {
	var out []line
	for _, x := range r.Findings {
		if x.Goal == nil {
			continue
		}
		l := line{strong("Customer goal: "), sayf("%s %s", title(x), scoring.Value(x.Goal.At[4], label(x.Unit)))}
		if x.Value != nil {
			l = append(l, sayf(", now %s", scoring.Value(*x.Value, label(x.Unit))))
		}
		words, url := link(x.Goal.Evidence)
		if s := f.excerpt(words, evidenceLength); s != "" {
			l = append(l, sayf(" – %s", s))
		}
		if webLink(url) != "" {
			l = append(l, say(" · "), open(url, "where it was agreed"))
		}
		out = append(out, l)
	}
	kept, missing := most(cardGoals, out)
	if missing != nil {
		kept = append(slices.Clone(kept), missing)
	}
	return kept
}

// work lists open tasks and the escalation.
func (f Frame) work(c record.Case) []line {
	var out []line
	kept, missing := most(cardTasks, c.Tasks)
	for _, t := range kept {
		out = append(out, line{strong("Task: "), sayf("%s · %s · due %s · %s", f.excerpt(t.Title, titleLength), f.person(t.Owner), f.day(t.Due), t.State)})
	}
	if missing != nil {
		out = append(out, missing)
	}
	if e := c.Escalation; e != nil {
		l := line{strong("Escalated to " + f.person(e.Recipient)), sayf(": %s", e.State)}
		if e.Open() {
			l = append(l, say(", answer due "), f.moment(e.RespondBy))
		}
		out = append(out, l)
	}
	return out
}

// next is the proposed next step, until somebody has decided what it is.
func (f Frame) next(c record.Case) line {
	r := c.Snapshot.Result
	if r.Next.Text == "" || c.Decision != nil {
		return nil
	}
	who := "Next: "
	if r.Next.Role != "" {
		who = fmt.Sprintf("Next, for the %s: ", r.Next.Role)
	}
	return line{strong(who), say(f.said(r.Next.Text))}
}

// trail says who did what when, newest last.
func (f Frame) trail(ts []record.Trail) line {
	earlier := len(ts) - cardTrail
	var out line
	if earlier > 0 {
		out, ts = line{sayf("… %d earlier, cut here", earlier)}, ts[earlier:]
	}
	for _, t := range ts {
		l := line{say(f.excerpt(t.Text, trailLength))}
		if t.Who != "" {
			l = append(l, sayf(" by %s", f.person(t.Who)))
		}
		out = join(" · ", out, append(l, say(", "), f.moment(t.At)))
	}
	return out
}
