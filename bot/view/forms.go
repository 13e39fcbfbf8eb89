package view

import (
	"cmp"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"healthbot/storage/record"
)

// modal puts a form together. A form without a submit button only tells.
func modal(title, submit, callback string, m Meta, blocks ...slack.Block) slack.ModalViewRequest {
	m.Step = callback
	v := slack.ModalViewRequest{Type: slack.VTModal, Title: words(cut(title, maxTitle)), Close: words("Close"),
		Blocks: slack.Blocks{BlockSet: blocks}}
	if submit != "" {
		v.Submit, v.CallbackID, v.PrivateMetadata = words(cut(submit, maxTitle)), callback, m.String()
	}
	return v
}

// left is how many bytes a modal with these blocks still has room for.
func left(blocks []slack.Block, m Meta) int {
	return maxAckBytes - frameBytes - weight(blocks) - weight(m.String())
}

// input asks for one field.
func input(field record.Field, label, hint string, element slack.BlockElement) *slack.InputBlock {
	b := slack.NewInputBlock(BlockID(field), words(cut(label, maxHint)), nil, element)
	if hint != "" {
		b.Hint = words(cut(hint, maxHint))
	}
	return b
}

func optional(b *slack.InputBlock) *slack.InputBlock { return b.WithOptional(true) }

// typed is a text field. What it starts with is the text as it was typed, so it
// is clipped without a mark; our own forms never let it grow longer.
func typed(initial string, most int) *slack.PlainTextInputBlockElement {
	return slack.NewPlainTextInputBlockElement(nil, ActInput).WithInitialValue(clip(initial, most)).WithMaxLength(most)
}

func multiline(e *slack.PlainTextInputBlockElement) *slack.PlainTextInputBlockElement {
	return e.WithMultiline(true)
}

func date(initial record.Date) *slack.DatePickerBlockElement {
	e := slack.NewDatePickerBlockElement(ActInput)
	e.InitialDate = initial.String()
	return e
}

func moment(initial time.Time) *slack.DateTimePickerBlockElement {
	e := slack.NewDateTimePickerBlockElement(ActInput)
	if !initial.IsZero() {
		e.InitialDateTime = initial.Unix()
	}
	return e
}

func radio(initial string, options ...*slack.OptionBlockObject) *slack.RadioButtonsBlockElement {
	e := slack.NewRadioButtonsBlockElement(ActInput, options...)
	e.InitialOption = chosen(initial, options)
	return e
}

func menu(initial string, options ...*slack.OptionBlockObject) *slack.SelectBlockElement {
	e := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, nil, ActInput, options...)
	e.InitialOption = chosen(initial, options)
	return e
}

// chosen is the option itself: Slack wants the preselected one to the letter.
func chosen(value string, options []*slack.OptionBlockObject) *slack.OptionBlockObject {
	for _, o := range options {
		if o.Value == value {
			return o
		}
	}
	return nil
}

// people lets one choose somebody. It is a menu of those in the directory as
// long as that is short enough; beyond, Slack's own menu of everybody, and who
// isn't set up is refused with a sentence.
func (f Frame) people(initial string) slack.BlockElement {
	all := f.People.All()
	var options []*slack.OptionBlockObject
	for i, p := range all {
		label := name(p.Name, p.ID)
		if i > 0 && all[i-1].Name == p.Name || i+1 < len(all) && all[i+1].Name == p.Name {
			label = name(p.Name+" · "+p.ID, p.ID)
		}
		options = append(options, choice(p.ID, label, ""))
	}
	if n := len(options); n > 0 && n <= maxOptions && weight(options) <= peopleBytes {
		return menu(initial, options...)
	}
	e := slack.NewOptionsSelectBlockElement(slack.OptTypeUser, nil, ActInput)
	if _, known := f.People.Person(initial); known {
		e.InitialUser = initial
	}
	return e
}

// SnoozeForm sets a review aside until a date.
func SnoozeForm(f Frame, c record.Case, m Meta) slack.ModalViewRequest {
	m.Review = cmp.Or(m.Review, reviewID(c))
	latest := f.today().Add(record.MaxSnooze)
	return modal("Snooze", "Snooze", CallSnooze, m,
		paragraph(f.headline(c)),
		input(record.FieldUntil, "Until when?", "It comes back on that day. "+f.day(latest)+" at the latest.", date(f.today().Add(7))),
		input(record.FieldNote, "Why can it wait?", "", multiline(typed("", phraseLength))))
}

// OwnerForm changes the one person answerable for an account.
func OwnerForm(f Frame, c record.Case, m Meta) slack.ModalViewRequest {
	m.Review = cmp.Or(m.Review, reviewID(c))
	return modal("Change owner", "Change owner", CallOwner, m,
		paragraph(f.headline(c)),
		input(record.FieldOwner, "Who answers for this account from now on?", "One person, never two. Open tasks stay with whoever has them.", f.people(c.Account.Owner)),
		optional(input(record.FieldNote, "What should they know?", "Goes on the record with your name.", multiline(typed("", planLength)))))
}

// TaskDoneForm closes a task with its result.
func TaskDoneForm(f Frame, c record.TaskCase, m Meta) slack.ModalViewRequest {
	m.Subject = c.Task.ID
	return modal("Close the task", "Done", CallTaskDone, m,
		f.taskHead(c),
		input(record.FieldResult, "What came of it?", "", multiline(typed("", planLength))),
		input(record.FieldMet, "Did what was expected come true?", "", radio("",
			choice("yes", "Yes", "As expected"), choice("no", "No", "Not, or only in part"))))
}

// TaskDeclineForm hands a task back with a reason.
func TaskDeclineForm(f Frame, c record.TaskCase, m Meta) slack.ModalViewRequest {
	m.Subject = c.Task.ID
	return modal("Decline the task", "Decline", CallTaskDecline, m,
		f.taskHead(c),
		input(record.FieldResult, "Why?", "It goes on the record, so that the task can go to somebody else.", multiline(typed("", phraseLength))))
}

func (f Frame) taskHead(c record.TaskCase) slack.Block {
	return paragraph(line{strong(told(c.Task.Title)), sayf(" · %s · due %s", accountName(c.Account), f.day(c.Task.Due))},
		field("Done when", told(c.Task.Expected)))
}

// DecideForm is the recipient's answer to an escalation.
func DecideForm(f Frame, c record.EscalationCase, m Meta) slack.ModalViewRequest {
	m.Subject = c.Escalation.ID
	e := c.Escalation
	asker := name(e.ByName, e.By)
	return modal("Your answer", "Answer", CallDecide, m,
		paragraph(f.headline(c.Case), field(asker+" asks", told(e.Ask)), field("Answer by", f.deadline(e.RespondBy))),
		input(fieldVerb, "What will you do?", "", radio("",
			choice(string(record.Accept), "Accept", "You do what is asked"),
			choice(string(record.Change), "Change", "You do something else; say what"),
			choice(string(record.Decline), "Decline", "You don't; say why"))),
		optional(input(record.FieldAnswer, "In your words", "Needed when you change or decline. "+asker+" and the owner see it at once.", multiline(typed("", planLength)))))
}

// Done is a modal that says what happened; there is nothing to press but Close.
func Done(s string) slack.ModalViewRequest {
	return modal("healthbot", "", "", Meta{}, paragraph(typing(cmp.Or(told(s), "Nothing to say."))))
}

func reviewID(c record.Case) string {
	if c.Review == nil {
		return ""
	}
	return c.Review.ID
}

// number writes a value as a form field holds it.
func number(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
