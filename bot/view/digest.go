package view

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"healthbot/storage/record"
)

// Digest is a run's one message in its channel; cards follow in its thread. It
// is edited as the run is worked through.
func Digest(f Frame, c record.RunCase) Message {
	f.Viewer, f.Commercial = "", false
	f = f.in(f.routeZone(c.Run))
	title := line{strong(runName(c.Run)), sayf(" · %s", f.day(slotDate(c.Run)))}
	counts := line{strong(tally(c.Counts))}
	state := f.runState(c)

	top := slices.Concat([]line{title, counts}, state)
	blocks := []slack.Block{paragraph(top...)}
	if held := f.held(c.Held); len(held) > 0 {
		blocks = append(blocks, list(line{strong("On hold: verify first")}, held))
	}
	if w := f.waiting(c.Waiting); len(w) > 0 {
		blocks = append(blocks, paragraph(w))
	}
	if missing := names(c.Run.Missing); len(missing) > 0 {
		blocks = append(blocks, list(line{strong("Missing from scope")}, missing))
	}
	blocks = append(blocks, small(f.scope(c)))
	if s := f.sources(c.Sources); len(s) > 0 {
		blocks = append(blocks, small(s))
	}
	var controls []slack.BlockElement
	if c.Confirmed == "" && c.Run.State == record.RunOpen {
		controls = append(controls, button(ActConfirmRun, c.Run.ID, "Confirm scope and sources"))
	}
	blocks = append(blocks, slack.NewActionBlock("", append(controls, button(ActMyQueue, c.Run.ID, "My queue"))...))
	return Message{Text: text(append(top, f.waiting(c.Waiting))...), Blocks: blocks}
}

// runName is what people call a run.
func runName(r record.Run) string {
	if r.Spot() {
		return "Spot review of " + name(r.Segment, r.Route())
	}
	return "Review of " + name(r.Segment, r.Job)
}

// tally writes the digest's numbers:
// "42 due · 5 need a person · 3 on hold · 6 in work · 28 within tolerance".
func tally(n record.Counts) string {
	if n.Due == 0 {
		return "Nothing is due; everything in scope has its next review ahead."
	}
	need := "need"
	if n.NeedPerson == 1 {
		need = "needs"
	}
	s := fmt.Sprintf("%d due", n.Due)
	if n.NeedPerson+n.OnHold+n.InWork+n.Within > 0 { // else all is done, or over
		s += fmt.Sprintf(" · %d %s a person · %d on hold · %d in work · %d within tolerance", n.NeedPerson, need, n.OnHold, n.InWork, n.Within)
	}
	if n.Decided > 0 {
		s += fmt.Sprintf(" · %d decided", n.Decided)
	}
	if n.Snoozed > 0 {
		s += fmt.Sprintf(" · %d snoozed", n.Snoozed)
	}
	if n.Carried > 0 {
		s += fmt.Sprintf(" · %d not reviewed, carried over", n.Carried)
	}
	return s
}

// runState says whether the run is late, confirmed or closed.
func (f Frame) runState(c record.RunCase) []line {
	var out []line
	if c.Run.Late {
		out = append(out, line{say(f.afterDowntime(c.Run.DueAt, c.Run.OpenedAt, "posted"))})
	}
	if c.Confirmed != "" {
		out = append(out, line{say(doneSymbol + " Scope and sources confirmed by " + f.person(c.Confirmed) + ", "), f.moment(c.ConfirmedAt)})
	}
	if c.Run.State == record.RunClosed {
		out = append(out, line{say("This run is closed: the next one has come.")})
	}
	return out
}

// afterDowntime says that something comes late: "due 09:00, posted 11:42 after
// downtime".
func (f Frame) afterDowntime(due, at time.Time, did string) string {
	due, at = due.In(f.zone()), at.In(f.zone())
	form := "15:04"
	if record.DateOf(due) != record.DateOf(at) {
		form = "Mon 2 Jan 15:04"
	}
	return fmt.Sprintf("due %s, %s %s after downtime", due.Format(form), did, at.Format(form))
}

// held names a few of the accounts on hold, each with its first reason.
func (f Frame) held(all []record.HeldAccount) []line {
	var out []line
	kept, missing := most(digestHeld, all)
	for _, h := range kept {
		l := line{say(holdSymbol + " "), strong(name(h.Name, h.Account))}
		if len(h.Holds) > 0 {
			l = append(l, sayf(": %s, %s", h.Holds[0].Kind, f.excerpt(h.Holds[0].Evidence, evidenceLength)))
		}
		if n := len(h.Holds) - 1; n > 0 {
			l = append(l, sayf(" (and %d more)", n))
		}
		out = append(out, l)
	}
	if missing != nil {
		out = append(out, missing)
	}
	return out
}

// waiting counts the accounts that need a person and got no card.
func (f Frame) waiting(by map[string]int) line {
	total := 0
	var parts []string
	owners := slices.SortedFunc(maps.Keys(by), func(a, b string) int {
		return strings.Compare(f.People.Name(a), f.People.Name(b))
	})
	for _, id := range owners {
		if by[id] > 0 {
			total += by[id]
			parts = append(parts, fmt.Sprintf("%s %d", f.person(id), by[id]))
		}
	}
	if total == 0 {
		return nil
	}
	verb := "wait"
	if total == 1 {
		verb = "waits"
	}
	kept, missing := most(digestNames, parts)
	return line{strong(fmt.Sprintf("%d more %s", total, verb)), sayf(" in the queue: %s%s", strings.Join(kept, ", "), missing.flat())}
}

// names makes list items of sentences, and says what is cut.
func names(all []string) []line {
	var out []line
	kept, missing := most(digestNames, all)
	for _, s := range kept {
		if s = clean(s); s != "" {
			out = append(out, line{say(cut(s, evidenceLength))})
		}
	}
	if missing != nil {
		out = append(out, missing)
	}
	return out
}

func (f Frame) scope(c record.RunCase) line {
	var parts []string
	total := 0
	for _, s := range slices.Sorted(maps.Keys(c.Segments)) {
		total += c.Segments[s]
		parts = append(parts, fmt.Sprintf("%s %d", name(s), c.Segments[s]))
	}
	kept, missing := most(digestNames, parts)
	l := line{sayf("Scope: %s", count(total, "account"))}
	if len(kept) > 0 {
		l = append(l, sayf(" (%s%s)", strings.Join(kept, ", "), missing.flat()))
	}
	return append(l, sayf(" · scored by %s", label(c.Run.Version)))
}

func (f Frame) sources(all []record.SourceState) line {
	l := line{say("Sources: ")}
	kept, missing := most(digestNames, all)
	for i, s := range kept {
		if i > 0 {
			l = append(l, say(" · "))
		}
		l = append(l, say(name(s.Name)+" "))
		switch {
		case s.LastSync.IsZero():
			l = append(l, say("⚠ never synced"))
		case s.Late:
			l = append(l, say("⚠ late, last "), f.moment(s.LastSync))
		default:
			l = append(l, f.moment(s.LastSync))
		}
	}
	if len(all) == 0 {
		return nil
	}
	return append(l, missing...)
}

// routeZone is the zone in which the run's slot is a wall time.
func (f Frame) routeZone(r record.Run) *time.Location {
	if route, ok := f.Policy.Route(r.Route()); ok && route.Zone != nil {
		return route.Zone
	}
	return f.zone()
}

// slotDate is the day of the slot, which is a wall time and needs no zone.
func slotDate(r record.Run) record.Date {
	if len(r.Slot) >= len(time.DateOnly) {
		if d, err := record.ParseDate(r.Slot[:len(time.DateOnly)]); err == nil {
			return d
		}
	}
	return record.DateOf(r.DueAt)
}

// OwnerLine is the one line that an owner gets when a run opens: "your five".
func OwnerLine(f Frame, c record.RunCase, owner string) Message {
	f.Commercial = false
	rows := c.Yours[owner]
	l := line{strong(runName(c.Run) + ": "), sayf("your %s", spelled(len(rows)))}
	kept, missing := most(lineRows, rows)
	for i, r := range kept {
		l = append(l, say([]string{": ", ", "}[min(i, 1)]+sign(r)+" "), strong(accountName(r.Account)), sayf(" (%s)", rowState(r)))
	}
	if missing != nil {
		l = append(l, say(", "))
		l = append(l, missing...)
	}
	if n := c.Waiting[owner]; n > 0 {
		l = append(l, sayf(". %d more in your queue", n))
	}
	l = append(l, say("."))
	return Message{Text: text(l), Blocks: []slack.Block{paragraph(l), slack.NewActionBlock("", primary(button(ActMyQueue, c.Run.ID, "My queue")))}}
}

// spelled writes small numbers as people say them.
func spelled(n int) string {
	words := []string{"queue is clear", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"}
	if n < len(words) {
		return words[n]
	}
	return fmt.Sprint(n)
}

// rowState is a row's score and where it is heading, in a few words.
func rowState(r record.QueueRow) string {
	switch {
	case len(r.Holds) > 0:
		return "on hold: " + string(r.Holds[0].Kind)
	case r.Unscored:
		return "unscored"
	}
	s := points(r.Score)
	if r.Proposal != "" {
		s += ", proposed: " + string(r.Proposal)
	}
	return s
}

// sign is the symbol of a row.
func sign(r record.QueueRow) string {
	switch {
	case r.State == record.ReviewDecided && r.Outcome != "":
		return symbol(r.Outcome)
	case r.State == record.ReviewSnoozed:
		return snoozeSymbol
	case len(r.Holds) > 0:
		return holdSymbol
	case r.Unscored:
		return unscoredSymbol
	case r.Proposal != "":
		return symbol(r.Proposal)
	}
	return symbol(bandOutcome[r.Band])
}
