package view

import (
	"fmt"

	"github.com/slack-go/slack"

	"healthbot/storage/record"
)

// deskSection is one list of a person's desk.
type deskSection struct {
	title string
	empty string // what to say when there is nothing: kind, and of use
	size  int
	most  int
	rows  []deskRow
}

type deskRow struct {
	text   string
	button *slack.ButtonBlockElement
}

// desk lays out the lists in the order in which they press.
func (f Frame) desk(d record.Desk) []deskSection {
	out := []deskSection{
		{title: "Waiting for your answer", empty: "No escalation waits for you.", most: homeTasks},
		{title: "Your queue", empty: "Your queue is clear. Accounts that need you appear here when a run opens.", most: homeRows},
		{title: "Your tasks", empty: "No open tasks. A task arrives as a message and stands here until it's done.", most: homeTasks},
		{title: "Raised by you or on your accounts", empty: "No open escalation. When you escalate, the answer shows here first.", most: homeTasks},
		{title: "Snoozed", empty: "Nothing is snoozed; every snooze here would come back on its date.", most: homeTasks},
	}
	for _, e := range d.Waiting {
		x := e.Escalation
		out[0].add(fmt.Sprintf("%s %s · %s · from %s · answer by %s", symbol("escalation required"), accountName(e.Case.Account),
			cut(clean(x.Ask), titleLength), name(x.ByName, x.By), f.deadline(x.RespondBy)), button(ActDecide, x.ID, "Decide…"))
	}
	for _, r := range d.Queue {
		out[1].rows = append(out[1].rows, f.deskQueue(r))
	}
	for _, t := range d.Tasks {
		out[2].add(f.taskLine(t), button(ActTaskDone, t.Task.ID, "Done…"))
	}
	for _, e := range d.Raised {
		x := e.Escalation
		out[3].add(fmt.Sprintf("%s %s · to %s: %s · answer by %s", symbol("escalation required"), accountName(e.Case.Account),
			f.person(x.Recipient), x.State, f.deadline(x.RespondBy)), button(ActShow, e.Case.Account.ID, "Show"))
	}
	for _, r := range d.Snoozed {
		out[4].rows = append(out[4].rows, f.deskQueue(r))
	}
	for i := range out {
		out[i].size = len(out[i].rows)
	}
	return out
}

func (s *deskSection) add(text string, b *slack.ButtonBlockElement) {
	s.rows = append(s.rows, deskRow{text, b})
}

func (f Frame) deskQueue(r record.QueueRow) deskRow {
	if r.Review == "" {
		return deskRow{f.rowText(r), button(ActReviewAccount, r.Account.ID, "Review")}
	}
	return deskRow{f.rowText(r), button(ActReview, r.Review, "Review")}
}

// taskLine is a task in one line; what is overdue says so.
func (f Frame) taskLine(t record.TaskCase) string {
	x := t.Task
	due := "due " + f.day(x.Due)
	if x.Due.Before(f.today()) {
		due = "⚠ overdue since " + f.day(x.Due)
	}
	return fmt.Sprintf("%s · %s · %s · %s · %s", cut(clean(x.Title), titleLength), accountName(t.Account), x.Kind, due, x.State)
}

// Home is a person's own page: what to do first stands first.
func Home(f Frame, d record.Desk) slack.HomeTabViewRequest {
	f.Commercial = false
	blocks := []slack.Block{header("Your accounts, today"), paragraph(deskLine(d))}
	for _, s := range f.desk(d) {
		blocks = append(blocks, divider(), paragraph(line{strong(s.title)}))
		kept, missing := most(s.most, s.rows)
		for _, r := range kept {
			blocks = append(blocks, row(r.text, r.button))
		}
		switch {
		case s.size == 0:
			blocks = append(blocks, small(line{say(s.empty)}))
		case missing != nil:
			blocks = append(blocks, small(append(missing, say("; /health queue lists more"))))
		}
	}
	blocks = append(blocks, divider(), small(f.homeFooter(d)))
	return slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: blocks}}
}

func (f Frame) homeFooter(d record.Desk) line {
	l := line{say("No run is planned. ")}
	if !d.NextRun.IsZero() {
		l = line{say("Next run "), f.moment(d.NextRun), say(". ")}
	}
	if !d.LastRefresh.IsZero() {
		l = append(l, say("Data as of "), f.moment(d.LastRefresh), say(". "))
	}
	return append(l, say("Type /health and an account's name to see any account."))
}
