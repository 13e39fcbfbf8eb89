package view

import (
	"fmt"
	"slices"

	"github.com/slack-go/slack"

	"healthbot/storage/record"
)

// TaskDM tells somebody of their task; it is edited as the task moves, and its
// used buttons give way to what was done.
func TaskDM(f Frame, c record.TaskCase) Message {
	t := c.Task
	title := line{say("📌 "), strong(told(t.Title)), sayf(" · %s · %s · due %s", accountName(c.Account), t.Kind, f.day(t.Due))}
	if t.Open() && t.Due.Before(f.today()) {
		title = append(title, say(" · ⚠ overdue"))
	}
	detail := []line{
		field("Done when", told(t.Expected)),
		{strong("From: "), sayf("%s, %s", name(t.ByName, t.By), f.clock(t.MadeAt))},
	}
	status := f.taskStatus(t)
	given := t.Open() && f.Viewer != t.Owner
	if given {
		status = []line{{strong("➡ Handed on"), sayf(" to %s", f.person(t.Owner))}}
	}
	blocks := []slack.Block{paragraph(slices.Concat([]line{title}, detail, status)...)}
	rest := []slack.BlockElement{button(ActTaskHand, t.ID, "Hand on…"), button(ActTaskDecline, t.ID, "Decline…")}
	switch {
	case given:
	case t.State == record.TaskOpen:
		blocks = append(blocks, slack.NewActionBlock("", append([]slack.BlockElement{primary(button(ActTaskAccept, t.ID, "Accept")),
			button(ActTaskDone, t.ID, "Done…")}, rest...)...))
	case t.State == record.TaskAccepted:
		blocks = append(blocks, slack.NewActionBlock("", append([]slack.BlockElement{primary(button(ActTaskDone, t.ID, "Done…"))}, rest...)...))
	}
	return Message{Text: text(slices.Concat([]line{{say("Task for you:")}, title}, detail, status)...), Blocks: blocks}
}

func (f Frame) taskStatus(t record.Task) []line {
	switch t.State {
	case record.TaskAccepted:
		return []line{{strong(doneSymbol + " Accepted")}}
	case record.TaskDone:
		met := "as expected"
		if !t.Met {
			met = "not as expected"
		}
		return []line{{strong(doneSymbol + " Done"), sayf(" by %s, %s, %s: %s", f.person(t.EndedBy), f.clock(t.EndedAt), met, told(t.Result))}}
	case record.TaskDeclined:
		return []line{{strong("✖ Declined"), sayf(" by %s, %s: %s", f.person(t.EndedBy), f.clock(t.EndedAt), told(t.Result))}}
	}
	return nil
}

// EscalationDM is what the recipient gets: short, complete, in his own zone.
func EscalationDM(f Frame, c record.EscalationCase) Message {
	e := c.Escalation
	if p, ok := f.People.Person(e.Recipient); ok {
		f = f.in(p.Location())
	}
	title := line{say(symbol("escalation required") + " "), strong(name(e.ByName, e.By) + " asks for your help with " + accountName(c.Case.Account))}
	plea := []line{
		field("The ask", told(e.Ask)),
		field("Answer by", f.deadline(e.RespondBy)),
	}
	detail := []line{
		field("What set it off", told(e.Trigger)),
		field("Reason", told(e.Reason)),
		field("Plan", told(e.Plan)),
		field("Owner", f.owner(c.Case.Account)),
	}
	status := f.answer(e)
	passed := e.Open() && f.Viewer != e.Recipient && slices.ContainsFunc(c.Asked, func(a record.Ask) bool { return a.Person == f.Viewer })
	if passed {
		status = append(status, line{strong("➡ It went on to " + f.person(e.Recipient)), say("; nothing is asked of you any more.")})
	}

	account := append([]line{f.headline(c.Case)}, f.commercial(c.Case.Account)...)
	blocks := []slack.Block{
		paragraph(slices.Concat([]line{title}, plea, status)...),
		paragraph(detail...),
		paragraph(append(account, append(f.why(c.Case), f.moved(c.Case.Snapshot, cardParts))...)...),
	}
	if d := f.drivers(c.Case.Snapshot.Result); len(d) > 0 {
		blocks = append(blocks, list(line{strong("Evidence")}, d))
	}
	if e.Open() && !passed {
		blocks = append(blocks, small(line{say(f.withoutAnswer(c))}))
	}
	switch {
	case passed:
	case e.State == record.EscOpen:
		blocks = append(blocks, slack.NewActionBlock("", button(ActAcknowledge, e.ID, "Acknowledge"), primary(button(ActDecide, e.ID, "Decide…"))))
	case e.State == record.EscAcknowledged:
		blocks = append(blocks, slack.NewActionBlock("", primary(button(ActDecide, e.ID, "Decide…"))))
	}
	return Message{Text: text(slices.Concat([]line{title}, plea, detail, status)...), Blocks: blocks}
}

// withoutAnswer says what happens if the recipient does nothing.
func (f Frame) withoutAnswer(c record.EscalationCase) string {
	owner := f.owner(c.Case.Account)
	if c.Next == "" {
		return fmt.Sprintf("Without an answer you are reminded, the account stays with %s, and nothing is decided in your name.", owner)
	}
	return fmt.Sprintf("Without an answer you are reminded once; then it goes on to %s. The account stays with %s, and nothing is decided in your name.", f.person(c.Next), owner)
}

// EscalatedDM shows the account's owner how the escalation stands. Slack tells
// nobody what was read, so it speaks of presses only.
func EscalatedDM(f Frame, c record.EscalationCase) Message {
	e := c.Escalation
	title := line{say(symbol("escalation required") + " "), strong(accountName(c.Case.Account) + " is escalated to " + f.person(e.Recipient)),
		sayf(" by %s, %s", name(e.ByName, e.By), f.clock(e.MadeAt))}
	lines := []line{title, field("The ask", told(e.Ask)), field("Answer due", f.deadline(e.RespondBy)), field("Plan", told(e.Plan))}
	status := slices.Concat(f.asked(c.Asked), f.answer(e))
	if len(status) == 0 {
		status = []line{{strong("… No press so far")}}
	}
	lines = append(lines, status...)
	note := small(line{say("You stay the owner. This message is kept up to date; a press by the recipient shows here.")})
	return Message{Text: text(lines...), Blocks: []slack.Block{paragraph(lines...), note,
		slack.NewActionBlock("", button(ActShow, c.Case.Account.ID, "Show account"))}}
}

// asked says what became of the request at each person whom it reached.
func (f Frame) asked(all []record.Ask) []line {
	var out []line
	for i, a := range all {
		l := line{strong(f.person(a.Person)), sayf(": asked %s", f.clock(a.At))}
		if i > 0 {
			l = line{strong("➡ Went on to " + f.person(a.Person)), sayf(", %s", f.clock(a.At))}
		}
		if a.Delivered {
			l = append(l, say(" · delivered"))
		}
		switch {
		case !a.OpenedAt.IsZero():
			l = append(l, sayf(" · opened %s", f.clock(a.OpenedAt)))
		case i < len(all)-1:
			l = append(l, sayf(" · no answer by %s", f.clock(a.RespondBy)))
		default:
			l = append(l, say(" · no press so far"))
		}
		out = append(out, l)
	}
	return out
}

// answer says what the recipient did, in place of the buttons used.
func (f Frame) answer(e record.Escalation) []line {
	var out []line
	if !e.AckedAt.IsZero() {
		out = append(out, line{strong(doneSymbol + " Acknowledged"), sayf(" by %s, %s", f.person(e.Recipient), f.clock(e.AckedAt))})
	}
	if e.Open() {
		return out
	}
	l := line{strong(decisionMark[e.State] + " " + string(e.State)), sayf(" by %s, %s", f.person(e.DecidedBy), f.clock(e.DecidedAt))}
	if s := told(e.Answer); s != "" {
		l = append(l, sayf(": %s", s))
	}
	return append(out, l)
}

var decisionMark = map[record.EscalationState]string{record.EscAccepted: doneSymbol, record.EscChanged: "🔁", record.EscDeclined: "✖"}

// AdminDM tells an admin of a message that Slack refused for good. The reason is
// a sentence that names the fix already; bot words it where it meets the refusal.
func AdminDM(f Frame, d record.Delivery) Message {
	where := f.place(d.To)
	lines := []line{
		{say("⚠ "), strong("A message couldn't be posted: "), sayf("%s to %s", deliveryNames[d.Kind], where)},
		field("Why", cut(clean(d.Reason), evidenceLength)),
		append(line{strong("If that isn't enough: ")}, typing("`healthbot check --online` tries what the bot needs and says what is missing.")...),
		{say("Nothing is lost: what it would have shown is recorded, and people find it with /health and in their Home.")},
	}
	return Message{Text: text(lines...), Blocks: []slack.Block{paragraph(lines...), small(line{sayf("delivery %s · %s · %s", label(d.ID), label(d.Subject), count(d.Attempts, "attempt"))})}}
}

// place names where a delivery goes.
func (f Frame) place(to string) string {
	if p, ok := f.People.Person(to); ok {
		return name(p.Name, p.ID)
	}
	for _, r := range f.Policy.Routes {
		if r.Channel == to {
			return "the channel of route " + label(r.Name) + " (" + name(to) + ")"
		}
	}
	return name(to)
}

var deliveryNames = map[record.DeliveryKind]string{
	record.Digest: "the opening of a run", record.Card: "an account's card", record.OwnerLine: "an owner's line",
	record.TaskDM: "a task", record.EscalationDM: "an escalation", record.EscalatedDM: "an escalation's status",
	record.AdminDM: "a fault report", record.ReminderDM: "a reminder", record.NoticeDM: "a notice about runs",
}
