package view

import (
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"healthbot/storage/record"
)

// Queue is a private list of open reviews, most urgent first, each with its button.
func Queue(f Frame, title string, rows []record.QueueRow) Message {
	f.Commercial = false
	title = cut(clean(title), maxHeader)
	if len(rows) == 0 {
		l := append(line{say(doneSymbol + " "), strong(title)}, typing(": nothing is waiting. New reviews appear here when a run opens; `/health` and an account's name opens one at any time.")...)
		return Message{Text: text(l), Blocks: []slack.Block{paragraph(l)}}
	}
	kept, missing := most(queueRows, rows)
	head := line{strong(title), sayf(" · %s, most urgent first", count(len(rows), "account"))}
	blocks := []slack.Block{paragraph(head)}
	lines := []line{head}
	for _, r := range kept {
		blocks = append(blocks, f.queueRow(r))
		lines = append(lines, line{say(f.rowText(r))})
	}
	if missing != nil {
		missing = append(missing, say("; narrow it with segment:, band: or owner:me"))
		blocks = append(blocks, small(missing))
		lines = append(lines, missing)
	}
	return Message{Text: text(lines...), Blocks: blocks}
}

// queueRow is one account with the button that fits its state.
func (f Frame) queueRow(r record.QueueRow) slack.Block {
	switch {
	case r.Review == "":
		return row(f.rowText(r), button(ActReviewAccount, r.Account.ID, "Review"))
	case r.State == record.ReviewDecided:
		return row(f.rowText(r), button(ActReview, r.Review, "Correct…"))
	}
	return row(f.rowText(r), button(ActReview, r.Review, "Review"))
}

// rowText is one account in one line.
func (f Frame) rowText(r record.QueueRow) string {
	parts := []string{sign(r) + " " + accountName(r.Account), rowState(r)}
	add := func(s string) {
		if s != "" {
			parts = append(parts, s)
		}
	}
	add(string(r.Priority.Level))
	if r.Outcome != "" {
		add("last time " + string(r.Outcome))
	}
	add(f.renewal(r.Account))
	add(f.owner(r.Account))
	switch {
	case r.State == record.ReviewSnoozed:
		add("snoozed until " + f.day(r.Snoozed))
	case r.Taken != "":
		add("taken by " + f.person(r.Taken))
	case r.Standing != "" && len(r.Holds) == 0:
		add(string(r.Standing))
	}
	return strings.Join(parts, " · ")
}

// Mine is everything that waits for one person, in one private answer.
func Mine(f Frame, d record.Desk) Message {
	f.Commercial = false
	sum := deskLine(d)
	blocks := []slack.Block{paragraph(sum)}
	lines := []line{sum}
	budget := queueRows // over all lists, so that the answer fits one message
	for _, s := range f.desk(d) {
		if s.size == 0 {
			continue
		}
		kept, missing := most(min(budget, s.most), s.rows)
		budget -= len(kept)
		blocks = append(blocks, paragraph(line{strong(s.title)}))
		lines = append(lines, line{say(s.title)})
		for _, r := range kept {
			blocks = append(blocks, row(r.text, r.button))
			lines = append(lines, line{say(r.text)})
		}
		if missing != nil {
			blocks = append(blocks, small(append(missing, say("; all of it is in healthbot's Home tab"))))
			lines = append(lines, missing)
		}
	}
	return Message{Text: text(lines...), Blocks: blocks}
}

// deskLine says in one line how much waits.
func deskLine(d record.Desk) line {
	if len(d.Queue)+len(d.Tasks)+len(d.Waiting)+len(d.Raised)+len(d.Snoozed) == 0 {
		return line{say(doneSymbol + " Nothing is waiting for you. Enjoy it; the next run will find you here.")}
	}
	return line{strong(fmt.Sprintf("%s to decide · %s · %s waiting for your answer", count(len(d.Queue), "account"), count(len(d.Tasks), "task"), count(len(d.Waiting), "escalation")))}
}
