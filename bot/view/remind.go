package view

import (
	"fmt"

	"github.com/slack-go/slack"

	"healthbot/storage/record"
)

// ReminderDM tells one person of everything that is due now, each with the
// buttons that end it. It is edited as things are settled.
func ReminderDM(f Frame, r record.Reminder) Message {
	kept, missing := most(reminderItems, r.Items)
	var blocks []slack.Block
	var lines []line
	if open := unsettled(r.Items); open > 1 {
		lines = append(lines, line{strong(fmt.Sprintf("⏰ %d things wait for you", open))})
	}
	if r.Late() {
		lines = append(lines, line{say(f.afterDowntime(r.Due, r.At, "sent"))})
	}
	if len(lines) > 0 {
		blocks = append(blocks, paragraph(lines...))
	}
	for _, x := range kept {
		about := f.reminder(x)
		lines = append(lines, about...)
		blocks = append(blocks, paragraph(about...))
		if buttons := reminderButtons(x); len(buttons) > 0 {
			blocks = append(blocks, slack.NewActionBlock("", buttons...))
		}
	}
	if missing != nil {
		missing = append(missing, say("; all of it is in healthbot's Home tab"))
		lines, blocks = append(lines, missing), append(blocks, small(missing))
	}
	return Message{Text: text(lines...), Blocks: blocks}
}

// unsettled counts what still waits for the reader.
func unsettled(items []record.ReminderItem) (n int) {
	for _, x := range items {
		if !x.Over {
			n++
		}
	}
	return n
}

// reminder words one thing that is due, or how it was settled.
func (f Frame) reminder(x record.ReminderItem) []line {
	var out []line
	switch kind, n := x.Step.Split(); kind {
	case record.StepDue, record.StepOverdue, record.StepGiven:
		out = f.taskReminder(x, kind == record.StepOverdue && n == record.MostOverdue)
		if kind == record.StepGiven && !x.Over {
			out = append([]line{{strong("This task is yours again:")}}, out...)
		}
	case record.StepBack:
		out = f.snoozeReminder(x)
	case record.StepEnds:
		out = f.overrideReminder(x)
	default:
		out = f.escalationReminder(kind, x)
	}
	if x.For != "" && !x.Over {
		out = append(out, line{sayf("You stand in for %s, who is away.", f.person(x.For))})
	}
	return out
}

func (f Frame) taskReminder(x record.ReminderItem, last bool) []line {
	t := *x.Task
	title := line{strong(cut(told(t.Title), titleLength)), sayf(" · %s", accountName(x.Account))}
	switch late := record.DateOf(f.Now.In(f.zone())).Sub(t.Due); { // by the reader's calendar
	case !t.Open():
		return append([]line{append(line{say("📌 ")}, title...)}, f.taskStatus(t)...)
	case x.Over:
		return []line{append(line{say("📌 ")}, title...), {sayf("➡ %s has it now, due %s", f.person(t.Owner), f.day(t.Due))}}
	case late > 0:
		title = append(append(line{say("⚠ ")}, title...), sayf(" · was due %s, %s ago", f.day(t.Due), count(late, "day")))
	case late == 0:
		title = append(append(line{say("📌 ")}, title...), say(" · due today"))
	default:
		title = append(append(line{say("📌 ")}, title...), sayf(" · due %s", f.day(t.Due)))
	}
	out := []line{title, field("Done when", cut(told(t.Expected), evidenceLength))}
	if last {
		out = append(out, line{say("This is the last reminder; the task stays in your Home until it's done.")})
	}
	return out
}

func (f Frame) snoozeReminder(x record.ReminderItem) []line {
	if x.Over {
		return []line{{say(doneSymbol + " "), strong(accountName(x.Account)), say(" is seen to")}}
	}
	out := []line{{say(snoozeSymbol + " "), strong(accountName(x.Account) + " is back in your queue"), sayf(" · it was set aside until %s", f.day(x.Review.Snoozed))}}
	return append(out, field("Why", cut(told(x.Review.Why), evidenceLength)))
}

func (f Frame) overrideReminder(x record.ReminderItem) []line {
	title := "Your override of " + x.Override.Points.Signed() + " on " + accountName(x.Account)
	if x.Over {
		return []line{{say(doneSymbol + " "), strong(title), say(" is over")}}
	}
	return []line{{say("⏳ "), strong(title + " ends " + f.day(record.DateOf(x.Override.Until.In(f.zone()))))},
		field("Reason", cut(told(x.Override.Reason), evidenceLength)),
		{say("Let it end, or set it anew with fresh evidence. Nothing to do if it has done its work.")}}
}

func (f Frame) escalationReminder(kind record.Step, x record.ReminderItem) []line {
	e, account := *x.Escalation, accountName(x.Account)
	asker, recipient := name(e.ByName, e.By), f.person(e.Recipient)
	mark := say(symbol("escalation required") + " ")
	ask := field("The ask", cut(told(e.Ask), evidenceLength))
	switch kind {
	case record.StepAnswered:
		return append([]line{{mark, strong("The escalation of " + account + " is answered")}}, f.answer(e)...)
	case record.StepClimbed:
		return append([]line{{mark, strong("The escalation of " + account + " went on to " + recipient),
			sayf(": %s gave no answer in time. You stay the owner.", f.lastAsked(x.Asked))}}, f.answer(e)...)
	case record.StepStuck:
		if x.Over {
			break
		}
		return []line{{mark, strong("Nobody is left to ask about " + account), sayf(": %s gave no answer in time, and nobody above is set up. Speak with them directly; the request stays open.", recipient)}}
	case record.StepIdle:
		if x.Over {
			break
		}
		return []line{{mark, strong(account + " waits for your decision"), sayf(" · you acknowledged it %s, and nothing has happened since", f.clock(e.AckedAt))}, ask, f.goesOn(x.Next)}
	case record.StepAsked:
		if x.Over {
			break
		}
		return []line{{mark, strong(asker + " asks for your help with " + account + " again"), sayf(" · answer by %s", f.deadline(e.RespondBy))}, ask}
	case record.StepRemind:
		if x.Over {
			break
		}
		return []line{{mark, strong(asker + " waits for your answer on " + account), sayf(" · it was due %s", f.deadline(e.RespondBy))}, ask, f.goesOn(x.Next)}
	}
	status := f.answer(e)
	if len(status) == 0 {
		status = []line{{sayf("➡ It went on to %s; nothing is asked of you any more.", recipient)}}
	}
	return append([]line{{mark, strong("The escalation of " + account)}}, status...)
}

// goesOn says what happens without an answer.
func (f Frame) goesOn(next string) line {
	if next == "" {
		return nil
	}
	return line{sayf("Without an answer it goes on to %s on their next working morning.", f.person(next))}
}

// lastAsked is who was asked before the recipient.
func (f Frame) lastAsked(asked []record.Ask) string {
	if len(asked) < 2 {
		return "whoever was asked"
	}
	return f.person(asked[len(asked)-2].Person)
}

// reminderButtons end the matter, or open it.
func reminderButtons(x record.ReminderItem) []slack.BlockElement {
	if x.Over {
		return nil
	}
	open := button(ActShow, x.Account.ID, "Open")
	switch kind, _ := x.Step.Split(); kind {
	case record.StepDue, record.StepOverdue, record.StepGiven:
		return []slack.BlockElement{primary(button(ActTaskDone, x.Task.ID, "Done…")), button(ActTaskHand, x.Task.ID, "Hand on…"), open}
	case record.StepBack:
		return []slack.BlockElement{primary(button(ActReview, x.Review.ID, "Review")), open}
	case record.StepAsked, record.StepRemind:
		return []slack.BlockElement{button(ActAcknowledge, x.Escalation.ID, "Acknowledge"), primary(button(ActDecide, x.Escalation.ID, "Decide…")), open}
	case record.StepIdle:
		return []slack.BlockElement{primary(button(ActDecide, x.Escalation.ID, "Decide…")), open}
	}
	return []slack.BlockElement{open}
}

// TaskHandForm gives a task to somebody else, or another day.
func TaskHandForm(f Frame, c record.TaskCase, m Meta) slack.ModalViewRequest {
	m.Subject = c.Task.ID
	due := c.Task.Due
	if due.Before(f.today()) {
		owner, _ := f.People.Person(c.Task.Owner)
		due = f.Policy.AddWorkdays(owner, f.today(), 1)
	}
	return modal("Hand on the task", "Hand on", CallTaskHand, m,
		f.taskHead(c),
		input(record.FieldOwner, "Who does it from now on?", "They get it as a private message at once. Leave yourself to move its day.", f.people(c.Task.Owner)),
		input(record.FieldDue, "Due", "", date(due)),
		input(record.FieldResult, "What should they know?", "It goes on the record with your name.", multiline(typed("", planLength))))
}
