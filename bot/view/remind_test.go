package view

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// reminderGoldens are the messages about deadlines, by the name of their file.
func reminderGoldens(f Frame) map[string]any {
	late, soon, done, given := task(), task(), task(), task()
	late.ID, late.Title, late.Due = "tk_2", "Plan the SSO roll-out", day(2026, 11, 20)
	soon.Due = day(2026, 11, 23)
	done.State, done.Met, done.Result, done.EndedBy, done.EndedAt = record.TaskDone, true, "We meet on 2 Dec.", bo, now.Add(time.Hour)
	given.Owner = kai
	back := record.Review{ID: "rv_1", Account: "acme", State: record.ReviewOpen, Snoozed: day(2026, 11, 23), Why: "Waiting for the steering meeting"}
	open, acked, answered := escalation(), escalation(), escalation()
	acked.State, acked.AckedAt = record.EscAcknowledged, daysAgo(4)
	answered.State, answered.AckedAt = record.EscChanged, now.Add(time.Hour)
	answered.DecidedAt, answered.DecidedBy, answered.Answer = now.Add(3*time.Hour), kai, "I call on Thursday."
	went := open
	went.Recipient = mia
	asked := []record.Ask{{Person: kai, At: daysAgo(1), RespondBy: now.Add(-2 * time.Hour), Delivered: true, OpenedAt: daysAgo(.9)},
		{Person: mia, At: now, RespondBy: now.Add(24 * time.Hour), Delivered: true}}

	of := func(step record.Step, fill func(*record.ReminderItem)) record.ReminderItem {
		x := record.ReminderItem{Step: step, Account: acme()}
		fill(&x)
		return x
	}
	tasked := func(step record.Step, t record.Task) record.ReminderItem {
		return of(step, func(x *record.ReminderItem) { x.Task, x.Over = &t, !t.Open() || t.Owner == kai })
	}
	escalated := func(step record.Step, e record.Escalation, next string) record.ReminderItem {
		return of(step, func(x *record.ReminderItem) { x.Escalation, x.Asked, x.Next = &e, asked, next })
	}
	rm := func(items ...record.ReminderItem) record.Reminder {
		return record.Reminder{ID: "rm_1", Person: ana, Due: now, At: now, Items: items}
	}
	snoozed := of(record.StepBack, func(x *record.ReminderItem) { x.Review = &back })
	override := of(record.StepEnds, func(x *record.ReminderItem) {
		x.Override = &record.Override{ID: "ov_1", Points: 80, Reason: "A new sponsor signed", Until: time.Date(2026, 11, 26, 0, 0, 0, 0, berlin), By: ana}
	})
	standing := tasked(record.StepDue, soon)
	standing.For = ana
	ended := escalated(record.StepRemind, went, "")
	ended.Over = true
	downtime := rm(escalated(record.StepRemind, open, mia))
	downtime.At = now.Add(2*time.Hour + 42*time.Minute)
	var many []record.ReminderItem
	for range 14 {
		many = append(many, tasked(record.StepOverdue.Nth(1), late))
	}

	climbed := escalationCase(record.EscOpen)
	climbed.Escalation.Recipient, climbed.Asked = mia, asked
	passed := f
	passed.Viewer = kai
	next := escalationCase(record.EscOpen)
	next.Next = mia

	slot := record.Notice{ID: "nt_1", Kind: record.NoticeMissed, Job: "enterprise-weekly", Slot: "2026-11-16T09:00", First: "2026-11-02T09:00", Count: 3}
	one := slot
	one.First, one.Count, one.Job = one.Slot, 1, "gone"
	failed := record.Notice{ID: "nt_2", Kind: record.NoticeFailed, Job: "enterprise-weekly", Slot: "2026-11-23T09:00", First: "2026-11-23T09:00", Count: 1,
		Reason: "The disk is full. Nothing was saved; free some space and try again."}
	opened := failed
	opened.Opened = now.Add(2 * time.Hour)

	return map[string]any{
		"reminder_task_due": ReminderDM(f, rm(tasked(record.StepDue, soon))), "reminder_task_ahead": ReminderDM(f, rm(tasked(record.StepDue, task()))),
		"reminder_task_last": ReminderDM(f, rm(tasked(record.StepOverdue.Nth(3), late))), "reminder_task_stand_in": ReminderDM(f, rm(standing)),
		"reminder_several": ReminderDM(f, rm(tasked(record.StepOverdue.Nth(1), late), tasked(record.StepDue, soon), snoozed, override)),
		"reminder_settled": ReminderDM(f, rm(tasked(record.StepDue, done), tasked(record.StepDue, given), ended)), "reminder_many": ReminderDM(f, rm(many...)),
		"reminder_snooze": ReminderDM(f, rm(snoozed)), "reminder_override": ReminderDM(f, rm(override)),
		"reminder_escalation": ReminderDM(f, rm(escalated(record.StepRemind.Nth(1), open, mia))), "reminder_escalation_late": ReminderDM(f, downtime),
		"reminder_task_given": ReminderDM(f, rm(tasked(record.StepGiven, soon))), "reminder_asked": ReminderDM(f, rm(escalated(record.StepAsked.Nth(1), open, mia))),
		"reminder_idle":    ReminderDM(f, rm(escalated(record.StepIdle.Nth(1), acked, mia))),
		"reminder_climbed": ReminderDM(f, rm(escalated(record.StepClimbed.Nth(2), went, ""))), "reminder_stuck": ReminderDM(f, rm(escalated(record.StepStuck.Nth(1), open, ""))),
		"reminder_answered":    ReminderDM(f, rm(escalated(record.StepAnswered, answered, ""))),
		"escalation_dm_passed": EscalationDM(passed, climbed), "escalation_dm_next": EscalationDM(f, next), "escalated_dm_climbed": EscalatedDM(f, climbed),
		"notice_missed": NoticeDM(f, slot), "notice_missed_one": NoticeDM(f, one), "notice_failed": NoticeDM(f, failed), "notice_opened": NoticeDM(f, opened),
	}
}

// TestReminderEndsWithItsMatter: what is settled has no buttons left, and what
// isn't has one that ends it.
func TestReminderEndsWithItsMatter(t *testing.T) {
	all := reminderGoldens(frame())
	for name, labels := range map[string]string{
		"reminder_task_due": "Done…|Hand on…|Open", "reminder_snooze": "Review|Open", "reminder_escalation": "Acknowledge|Decide…|Open",
		"reminder_idle": "Decide…|Open", "reminder_settled": "", "reminder_stuck": "Open", "escalation_dm_passed": "", "task_dm_handed_on": "",
	} {
		m, ok := all[name].(Message)
		if !ok {
			m = TaskDM(frame(), record.TaskCase{Task: task(), Account: acme()}) // Bo's, and Ana reads
		}
		s := string(encode(t, m))
		for label := range strings.SplitSeq(labels, "|") {
			if label != "" && !strings.Contains(s, `"text": "`+label+`"`) {
				t.Errorf("%s lacks the button %s", name, label)
			}
		}
		if labels == "" && strings.Contains(s, `"button"`) {
			t.Errorf("%s still has buttons", name)
		}
	}
}

// TestReminderCounts says how many things wait, and not those that are settled.
func TestReminderCounts(t *testing.T) {
	all := reminderGoldens(frame())
	for name, want := range map[string]string{"reminder_several": "4 things wait for you", "reminder_many": "… 4 more, cut here",
		"reminder_escalation_late": "due 09:00, sent 11:42 after downtime", "reminder_task_last": "3 days ago"} {
		if m := all[name].(Message); !strings.Contains(m.Text, want) {
			t.Errorf("%s doesn't say %q:\n%s", name, want, m.Text)
		}
	}
	for _, name := range []string{"reminder_settled", "reminder_task_due"} {
		if m := all[name].(Message); strings.Contains(m.Text, "things wait") {
			t.Errorf("%s counts what isn't there:\n%s", name, m.Text)
		}
	}
}

func (h hostile) reminder() record.Reminder {
	asks := func() []record.Ask {
		return many(h, 3, func() record.Ask {
			return record.Ask{Person: h.person(), At: h.time(), RespondBy: h.time(), OpenedAt: pick(h, time.Time{}, h.time())}
		})
	}
	r := record.Reminder{Due: h.time(), At: h.time()}
	for range 1 + h.n(14) {
		x := record.ReminderItem{Over: h.yes(), For: h.person(), Account: h.account(), Asked: asks(), Next: h.person()}
		switch x.Step = pick(h, record.StepDue, record.StepOverdue.Nth(3), record.StepGiven, record.StepAsked, record.StepRemind, record.StepIdle, record.StepClimbed, record.StepStuck, record.StepAnswered, record.StepBack, record.StepEnds); x.Step {
		case record.StepDue, record.StepOverdue.Nth(3), record.StepGiven:
			task := h.task()
			x.Task = &task
		case record.StepBack:
			x.Review = &record.Review{ID: "rv_1", Snoozed: h.date(), Why: h.text()}
		case record.StepEnds:
			x.Override = &record.Override{Points: scoring.Tenths(h.n(150)), Reason: h.text(), Until: h.time()}
		default:
			e := h.escalation()
			x.Escalation = &e
		}
		r.Items = append(r.Items, x)
	}
	return r
}

// TestHostileReminders: whatever stands in a record, Slack takes the message.
func TestHostileReminders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := hostile{t}
		f := h.frame()
		for name, v := range map[string]any{
			"reminder": ReminderDM(f, h.reminder()), "hand on": TaskHandForm(f, record.TaskCase{Task: h.task(), Account: h.account()}, Meta{Via: "card"}),
			"notice": NoticeDM(f, record.Notice{Kind: pick(h, record.NoticeMissed, record.NoticeFailed), Job: h.text(), Slot: h.text(), First: h.text(),
				Count: h.n(3), Reason: h.text(), Opened: pick(h, time.Time{}, h.time())}),
		} {
			for _, p := range judgeView(encodeRapid(t, v)) {
				t.Errorf("%s: %s", name, p)
			}
		}
	})
}
