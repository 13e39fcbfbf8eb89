package view

import (
	"fmt"
	"time"

	"github.com/slack-go/slack"

	"healthbot/storage/record"
)

// NoticeDM tells an admin what a job didn't do, what is kept, and what to do.
func NoticeDM(f Frame, n record.Notice) Message {
	route, known := f.Policy.Route(n.Job)
	what := line{say("⚠ "), strong("The review " + label(n.Job) + " of " + slotTime(n.Slot) + " can't open")}
	why := field("Why", cut(clean(n.Reason), evidenceLength))
	kept := line{strong("Kept: "), say("everything scored so far. It is tried again every minute, and opens late as soon as it can.")}
	do := append(line{strong("To do: ")}, typing("look at the log, which names the fault; `healthbot check --online` tries what the bot needs.")...)
	if n.Kind == record.NoticeMissed {
		what = line{say("⚠ "), strong(missedTitle(n))}
		rule := "its catch-up leaves them out"
		if known && route.Grace > 0 {
			rule = fmt.Sprintf("with catch_up %s and a grace of %s they aren't run any more", catchUp(route), hours(route.Grace))
		}
		why = line{strong("Why: "), sayf("the bot wasn't there at their time, or its clock jumped; %s.", rule)}
		kept = line{strong("Kept: "), say("every account. What was due then comes up in the next run.")}
		do = append(line{strong("To do: ")}, typing("nothing, if that is soon enough. Sooner: `/health` and an account's name reviews any one. To have more caught up, change catch_up or grace of the route in healthbot.yml.")...)
	}
	lines := []line{what, why, kept, do}
	if !n.Opened.IsZero() {
		lines = append(lines, line{strong(doneSymbol + " It opened after all"), sayf(", %s", f.clock(n.Opened))})
	}
	return Message{Text: text(lines...), Blocks: []slack.Block{paragraph(lines...)}}
}

func missedTitle(n record.Notice) string {
	if n.Count == 1 {
		return fmt.Sprintf("The review %s of %s was missed", label(n.Job), slotTime(n.Slot))
	}
	return fmt.Sprintf("%d reviews %s were missed, from %s to %s", n.Count, label(n.Job), slotTime(n.First), slotTime(n.Slot))
}

// slotTime writes a slot's wall time.
func slotTime(slot string) string {
	t, err := time.Parse("2006-01-02T15:04", slot)
	if err != nil {
		return label(slot)
	}
	return t.Format("Mon 2 Jan 2006, 15:04")
}

func catchUp(r record.Route) record.CatchUp {
	if r.CatchUp == "" {
		return record.CatchLatest
	}
	return r.CatchUp
}

// hours writes a length of time in whole days or hours.
func hours(d time.Duration) string {
	if d%(24*time.Hour) == 0 {
		return count(int(d/(24*time.Hour)), "day")
	}
	return count(int(d.Hours()), "hour")
}
