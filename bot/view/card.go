package view

import (
	"slices"

	"github.com/slack-go/slack"

	"healthbot/storage/record"
)

// Card is an account in a run's thread, and in a channel: without amounts of
// money and without what an escalation says. It is edited on every change.
func Card(f Frame, c record.Case) Message {
	f.Viewer, f.Commercial = "", false
	headline, status, first := f.headline(c), f.status(c, false), f.first(c)
	moved := f.moved(c.Snapshot, cardParts)

	blocks := []slack.Block{paragraph(append([]line{headline}, status...)...), paragraph(first...)}
	if moved != nil {
		blocks = append(blocks, paragraph(moved))
	}
	if d := f.drivers(c.Snapshot.Result); len(d) > 0 {
		blocks = append(blocks, list(line{strong("Weighs most"), say(weighed)}, d))
	}
	if below := slices.Concat(f.goals(c.Snapshot.Result), f.work(c)); len(below) > 0 {
		blocks = append(blocks, paragraph(below...))
	}
	if cs := join(" · ", f.caveats(c)...); len(cs) > 0 {
		blocks = append(blocks, small(append(line{say("⚠ ")}, cs...)))
	}
	blocks = append(blocks, small(f.footer(c)))
	if t := f.trail(c.Trail); len(t) > 0 {
		blocks = append(blocks, small(t))
	}
	if controls := cardControls(c); len(controls) > 0 {
		blocks = append(blocks, slack.NewActionBlock("", controls...))
	}
	return Message{Text: text(slices.Concat([]line{headline}, status, first, []line{moved})...), Blocks: blocks}
}

// first is what stands right below the headline, so that ten seconds are enough:
// why, how sure, what stops it, and what is next. The details follow.
func (f Frame) first(c record.Case) []line {
	return slices.Concat(f.why(c), f.stops(c.Holds), []line{f.next(c)})
}

// weighed explains the marks in a list of findings.
const weighed = ", in points below ▼ or above ▲ what is normal for the segment"

// status is why the account is up before its date, and what became of the review
// so far; that stands where used buttons stood.
func (f Frame) status(c record.Case, private bool) []line {
	var out []line
	if e := c.Snapshot.Early; e != nil && c.Decision == nil {
		out = append(out, line{strong("Up before its date: "), say(f.excerpt(e.Why, evidenceLength))})
	}
	return append(out, f.became(c, private)...)
}

func (f Frame) became(c record.Case, private bool) []line {
	r := c.Review
	switch {
	case c.Decision != nil:
		return f.decided(c.Decision, private)
	case r == nil:
		return nil
	case r.State == record.ReviewCarried:
		return []line{{strong("Not reviewed in this run; carried over to the next one.")}}
	case r.State == record.ReviewSnoozed:
		l := line{say(snoozeSymbol + " "), strong("Snoozed until " + f.day(r.Snoozed))}
		if why := f.said(r.Why); why != "" {
			l = append(l, sayf(": %s", why))
		}
		return []line{l}
	case r.Taken != "":
		return []line{{say("👤 "), strong("Taken by " + f.person(r.Taken)), say(", "), f.moment(r.TakenAt)}}
	}
	return nil
}

// footer says how old and by which version the score is, and leads elsewhere.
func (f Frame) footer(c record.Case) line {
	if !hasResult(c.Snapshot) {
		return line{say("no score so far")}
	}
	l := line{say("evidence as of "), f.moment(c.Snapshot.Result.AsOf), sayf(" · %s", label(c.Snapshot.Result.Version))}
	if url := webLink(c.Account.CRM); url != "" {
		l = append(l, say(" · "), open(url, "Open in CRM"))
	}
	return l
}

// cardControls are the three controls of an open review; a decided one can
// still be corrected, and what a person says goes on record at any time.
func cardControls(c record.Case) []slack.BlockElement {
	r := c.Review
	if r == nil || r.State == record.ReviewCarried {
		return nil
	}
	owner := choice(MoreValue(MoreOwner, r.ID), "Change owner…", "")
	more := append([]*slack.OptionBlockObject{owner}, said(c, r.ID)...)
	if c.Decision != nil {
		return []slack.BlockElement{button(ActReview, r.ID, "Correct…"), slack.NewOverflowBlockElement(ActMore, more...)}
	}
	out := []slack.BlockElement{primary(button(ActReview, r.ID, "Review"))}
	if r.Taken == "" {
		out = append(out, button(ActTake, r.ID, "Take it"))
	}
	if r.State != record.ReviewSnoozed {
		more = slices.Insert(more, 0, choice(MoreValue(MoreSnooze, r.ID), "Snooze…", ""))
	}
	return append(out, slack.NewOverflowBlockElement(ActMore, more...))
}

// choice is one option of a menu.
func choice(value, label, description string) *slack.OptionBlockObject {
	o := slack.NewOptionBlockObject(value, words(cut(label, maxOption)), nil)
	if description != "" {
		o.Description = words(cut(description, maxOption))
	}
	return o
}
