package view

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// Review is the form that a press on Review opens: the inputs first while a
// hold stands, else inputs and outcome in one.
func Review(f Frame, c record.Case, m Meta) slack.ModalViewRequest {
	if len(c.Holds) > 0 {
		return ReviewInputs(f, c, m)
	}
	return ReviewOutcome(f, c, m)
}

// begin fills in what the first step knows: when the review was opened, and
// which decision it would correct. Later steps keep it, so that a decision made
// meanwhile by somebody else shows up as a conflict.
func (f Frame) begin(c record.Case, m Meta) Meta {
	m.Review = cmp.Or(m.Review, reviewID(c))
	if m.OpenedAt.IsZero() {
		m.OpenedAt = f.Now
	}
	if m.Step == "" && c.Decision != nil {
		m.Supersedes = c.Decision.ID
	}
	return m
}

// ReviewInputs is the first step while a hold stands: each measure on hold with
// what can be done about it. As many as fit are shown; the form comes again for
// the rest.
func ReviewInputs(f Frame, c record.Case, m Meta) slack.ModalViewRequest {
	m = f.begin(c, m)
	m.Inputs = true
	blocks := []slack.Block{paragraph(append([]line{f.headline(c)}, f.holds(c.Holds)...)...)}
	if slices.ContainsFunc(c.Holds, func(h scoring.Hold) bool { return h.Kind == scoring.HoldUnowned }) {
		blocks = append(blocks, slack.NewActionBlock("", button(ActOwner, m.Review, "Change owner…")))
	}
	if c.EscalatesAnyway() {
		blocks = append(blocks, paragraph(line{strong("They want to cancel: "), say("that can be escalated without verifying anything.")}),
			slack.NewActionBlock("", button(ActEscalate, m.Review, "Escalate now…")))
	}
	held := heldMeasures(c.Holds)
	if len(held) == 0 {
		return modal("Verify first", "", "", m, append(blocks, small(line{say("The review goes on as soon as the account has an owner.")}))...)
	}
	budget := left(blocks, m)
	for i, id := range held {
		group := f.verify(c, id)
		if budget -= weight(group); budget < 0 || len(blocks)+len(group) >= maxViewBlocks {
			blocks = append(blocks, small(line{sayf("… %d more, cut here; they follow when you press Next", len(held)-i)}))
			break
		}
		blocks = append(blocks, group...)
	}
	return modal("Verify first", "Next", CallInputs, m, blocks...)
}

// heldMeasures lists what is on hold, each measure once.
func heldMeasures(hs []scoring.Hold) []string {
	var out []string
	for _, h := range hs {
		for _, id := range h.Measures {
			if !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	return out
}

// verify shows one measure and asks what is to be done about it.
func (f Frame) verify(c record.Case, id string) []slack.Block {
	x := f.found(c.Snapshot.Result, id)
	shown := []line{f.finding(x, evidenceLength)}
	for _, o := range x.Others {
		shown = append(shown, line{sayf("%s says %s · %s", name(o.Source, "another source"), scoring.Value(o.Value, label(x.Unit)), f.age(o.ObservedAt))})
	}
	owner := "Nobody is set for it yet; it goes on the record"
	if p, ok := f.Policy.DataOwner(x.Signal); ok {
		owner = f.person(p) + " looks into it"
	}
	var options []*slack.OptionBlockObject
	if x.Value != nil {
		options = append(options, choice(string(record.Confirmed), "It is right", "The value stands, as of today"))
	}
	if x.State == scoring.Unknown {
		options = append(options, choice(string(record.Corrected), "Enter a value", "As of today"))
	} else {
		options = append(options, choice(string(record.Corrected), "Enter another value", "The old one stays on record"))
		options = append(options, choice(string(record.Dropped), "Take it out", "It no longer counts"))
	}
	options = append(options, choice(string(record.Routed), "Ask the data owner", owner))

	value := slack.NewNumberInputBlockElement(nil, ActInput, true)
	unit := label(x.Unit)
	if x.Unit == ratio {
		unit = "percent, for example 63"
	}
	return []slack.Block{divider(), paragraph(shown...),
		optional(input(OfMeasure(record.FieldTreatment, id), title(x)+": what about it?", "", menu("", options...))),
		optional(input(OfMeasure(record.FieldValue, id), "Value ("+unit+")", "", value)),
		optional(input(OfMeasure(record.FieldNote, id), "Note", "Needed with a value and for taking out: where you know it from.", typed("", phraseLength))),
	}
}

// ratio is the unit that people read and enter in percent.
const ratio = "ratio"

// found is a measure's finding, or what the model says of it.
func (f Frame) found(r scoring.Result, id string) scoring.Finding {
	for _, x := range r.Findings {
		if x.Measure == id {
			return x
		}
	}
	x, _ := f.Model.Measure(id)
	return scoring.Finding{Measure: id, Title: cmp.Or(x.Title, id), Signal: x.Signal, Unit: cmp.Or(x.Unit, "units"), State: scoring.Unknown}
}

// ReviewOutcome shows the inputs, the proposal and last time, and asks for the
// outcome. The proposal is preselected, so that a routine review takes three
// presses; whether the person agreed is recorded with the decision.
func ReviewOutcome(f Frame, c record.Case, m Meta) slack.ModalViewRequest {
	m = f.begin(c, m)
	r := c.Snapshot.Result
	top := slices.Concat([]line{f.headline(c)}, f.commercial(c.Account), f.cancelling(c), f.why(c), []line{f.moved(c.Snapshot, allParts)}, f.priority(c), f.proposal(r), f.lastTime(c))
	if d := c.Decision; d != nil {
		top = append(top, line{strong("Already decided: "), sayf("%s by %s, %s. Saving records a correction; the first decision stays.", d.Outcome, name(d.ByName, d.By), f.clock(d.At))})
	}
	blocks := []slack.Block{paragraph(fitting(topBytes, top)...)}
	if cs := join(" · ", f.caveats(c)...); len(cs) > 0 {
		blocks = append(blocks, small(append(line{say("⚠ ")}, cs...)))
	}
	options, criteria := f.outcomes()
	if criteria != nil {
		blocks = append(blocks, criteria)
	}
	first := f.initial(c)
	if c.EscalatesAnyway() {
		blocks = append(blocks, paragraph(append(f.holds(c.Holds), line{say("Until somebody has verified the inputs, only an escalation can be recorded.")})...))
		options = slices.DeleteFunc(options, func(o *slack.OptionBlockObject) bool { return o.Value != string(scoring.Escalation) })
		kept := map[record.Field]string{}
		maps.Copy(kept, first)
		kept[record.FieldOutcome] = string(scoring.Escalation)
		first = kept
	}
	if f.Model.Asks(record.PulseMeasure) {
		blocks = append(blocks, slack.NewActionBlock("", button(ActPulse, m.Review, "Pulse…")))
	}
	blocks = append(blocks, input(record.FieldOutcome, "Your decision", "", radio(first[record.FieldOutcome], options...)))
	if menu, hint := f.reasonMenu(first[record.FieldReasons]); menu != nil {
		blocks = append(blocks, optional(input(record.FieldReasons, "Reasons", hint, menu)))
	}
	blocks = append(blocks, optional(input(record.FieldSentence, "Why, in a plain sentence", "Needed unless the account is stable.",
		multiline(typed(first[record.FieldSentence], sentenceLength)))))
	if len(r.Findings) > 0 {
		// One run of text without links or bold, in what the rest leaves: all of it
		// must fit an acknowledgement.
		shown := line{say("Inputs, the worst first:")}
		for _, l := range f.findings(r, min(left(blocks, m), maxSection-100), func(l line) int { return weight("\n• " + l.flat()) }) {
			shown = append(shown, say("\n• "+l.flat()))
		}
		blocks = slices.Insert(blocks, 1, paragraph(shown))
	}
	return modal("Review "+accountName(c.Account), "Next", CallOutcome, m, blocks...)
}

func (f Frame) proposal(r scoring.Result) []line {
	p := r.Proposal
	if p == nil {
		return []line{{strong("No proposal: "), say("there is too little evidence to suggest an outcome. You decide by what you know.")}}
	}
	return []line{{strong("Proposed: "), sayf("%s %s, because %s", symbol(p.Outcome), p.Outcome, f.said(p.Reason))}}
}

// outcomes are the four with their criteria: beside each where they fit, else
// in a list above.
func (f Frame) outcomes() ([]*slack.OptionBlockObject, slack.Block) {
	var options []*slack.OptionBlockObject
	var criteria []line
	fit := true
	for _, o := range scoring.Outcomes {
		text := cut(clean(f.Model.Criterion(o)), evidenceLength)
		fit = fit && length(text) <= maxOption
		if text != "" {
			criteria = append(criteria, line{strong(string(o)), say(": " + text)})
		}
		options = append(options, choice(string(o), symbol(o)+" "+string(o), text))
	}
	if fit || len(criteria) == 0 {
		return options, nil
	}
	for _, o := range options {
		o.Description = nil
	}
	return options, list(line{strong("What each means")}, criteria)
}

// initial is what the form starts with: the draft; else the decision being
// corrected; else the proposal, with last time's reasons if it is the same.
func (f Frame) initial(c record.Case) map[record.Field]string {
	switch {
	case c.Draft != nil:
		return c.Draft.Values
	case c.Decision != nil:
		return recorded(c.Decision)
	}
	first := map[record.Field]string{}
	if p := c.Snapshot.Result.Proposal; p != nil {
		first[record.FieldOutcome] = string(p.Outcome)
		if c.Last != nil && c.Last.Outcome == p.Outcome {
			first[record.FieldReasons] = strings.Join(c.Last.Reasons, reasonSeparator)
		}
	}
	return first
}

// reasonSeparator parts reason codes in a draft's value.
const reasonSeparator = "\n"

// reasonMenu offers the reason codes of the configuration, as many as fit, and
// says how many may be chosen.
func (f Frame) reasonMenu(initial string) (slack.BlockElement, string) {
	var options, first []*slack.OptionBlockObject
	hint := fmt.Sprintf("At most %d.", record.MaxReasons)
	budget := reasonsBytes
	for i, r := range f.Policy.Reasons {
		o := choice(r.Code, f.reason(r.Code), "")
		if budget -= weight(o); budget < 0 || len(options) == maxOptions {
			hint += fmt.Sprintf(" … %d more codes are configured, cut here.", len(f.Policy.Reasons)-i)
			break
		}
		options = append(options, o)
		if slices.Contains(strings.Split(initial, reasonSeparator), r.Code) && len(first) < record.MaxReasons {
			first = append(first, o)
		}
	}
	if len(options) == 0 {
		return nil, ""
	}
	return slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeStatic, nil, ActInput, options...).
		WithInitialOptions(first...).WithMaxSelectedItems(record.MaxReasons), hint
}
