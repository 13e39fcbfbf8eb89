package storage

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// staff are the people of these tests, with hours and managers: Ana and Ben in
// Berlin under Mia, Mia under Kim in Tokyo.
func staff(change ...func(map[string]*record.Person)) record.Directory {
	tokyo := must1(time.LoadLocation("Asia/Tokyo"))
	people := map[string]*record.Person{
		"UANA": {ID: "UANA", Name: "Ana", Roles: []record.Role{record.CSM}, Manager: "UMIA", Backup: "UBEN", Zone: berlin},
		"UBEN": {ID: "UBEN", Name: "Ben", Roles: []record.Role{record.AccountManager}, Manager: "UMIA", Zone: berlin},
		"UMIA": {ID: "UMIA", Name: "Mia", Roles: []record.Role{record.Manager}, Manager: "UKIM", Zone: berlin},
		"UKIM": {ID: "UKIM", Name: "Kim", Roles: []record.Role{record.Executive}, Zone: tokyo},
		"ULIN": {ID: "ULIN", Name: "Lin", Roles: []record.Role{record.Analyst}, Zone: berlin},
		"UADA": {ID: "UADA", Name: "Ada", Roles: []record.Role{record.Admin}, Zone: berlin},
	}
	for _, c := range change {
		c(people)
	}
	var all []record.Person
	for _, p := range people {
		p.Hours, p.Region = record.OfficeHours, "DE"
		all = append(all, *p)
	}
	return record.NewDirectory(all...)
}

// staffed is the office of these tests on its Monday, nine o'clock.
func staffed(t *testing.T, change ...func(map[string]*record.Person)) *office {
	t.Helper()
	o := opened(t)
	o.rules.People = staff(change...)
	return o
}

// tasked has a task on Beta, due on Thursday.
func tasked(t *testing.T, owner string, change ...func(map[string]*record.Person)) (*office, record.Task) {
	t.Helper()
	o := staffed(t, change...)
	rv, err := o.OpenReview(t.Context(), ben, "beta")
	o.check(err)
	_, err = o.Decide(t.Context(), ben, atRisk(rv.ID, owner))
	o.check(err)
	tasks, err := o.Tasks(t.Context())
	o.check(err)
	o.post()
	return o, tasks[0]
}

// escalated asks Mia about Beta, by one o'clock on Monday.
func escalated(t *testing.T, change ...func(map[string]*record.Person)) (*office, record.Escalation) {
	t.Helper()
	o := staffed(t, change...)
	rv, err := o.OpenReview(t.Context(), ben, "beta")
	o.check(err)
	_, err = o.Decide(t.Context(), ben, escalation(rv.ID, "UMIA"))
	o.check(err)
	o.post()
	return o, o.theEscalation()
}

func (o *office) theEscalation() record.Escalation {
	o.t.Helper()
	all, err := o.Escalations(o.t.Context())
	o.check(err)
	return all[len(all)-1]
}

// until lets the office clock go by, from one quarter of an hour at which something
// is due to the next, and says whom Slack told of what: "Thu 26 Nov 09:00 UANA due".
func (o *office) until(day int, clock string) (told []string) {
	o.t.Helper()
	end := must1(time.ParseInLocation("2006-01-02 15:04", fmt.Sprintf("2026-11-%02d %s", min(day, 30), clock), berlin)).AddDate(0, 0, max(day-30, 0))
	for {
		told = append(told, o.ringNow()...)
		due := time.UnixMilli(int64(o.count("SELECT COALESCE(min(due_at), 0) FROM deadline WHERE state = 'waiting'")))
		next := o.now.Truncate(15 * time.Minute).Add(15 * time.Minute)
		for next.Before(due) && next.Before(end) {
			next = next.Add(15 * time.Minute)
		}
		if next.After(end) {
			return told
		}
		o.now, o.wall = next, next
	}
}

// ringNow tells what is due now, and says what was posted.
func (o *office) ringNow() (told []string) {
	o.t.Helper()
	_, err := o.Ring(o.t.Context())
	o.check(err)
	for _, d := range o.post() {
		line := fmt.Sprintf("%s %s ", o.now.In(berlin).Format("Mon 2 Jan 15:04"), d.To)
		if d.Kind != record.ReminderDM {
			told = append(told, line+string(d.Kind))
			continue
		}
		r, err := o.Reminder(o.t.Context(), d.Subject)
		o.check(err)
		var steps []string
		for _, x := range r.Items {
			step := string(x.Step)
			if x.For != "" {
				step += " for " + x.For
			}
			steps = append(steps, step)
		}
		told = append(told, line+strings.Join(steps, " + "))
	}
	return told
}

func (o *office) told(got []string, want ...string) {
	o.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		o.t.Errorf("told (-want +got):\n%s", diff)
	}
	o.holds()
}

func TestATaskIsRemindedThreeTimesAfterItsDay(t *testing.T) {
	o, _ := tasked(t, "UANA")
	o.told(o.until(57, "12:00"), // into the last week of December
		"Thu 26 Nov 09:00 UANA due", "Fri 27 Nov 09:00 UANA overdue.1", "Fri 4 Dec 09:00 UANA overdue.2", "Fri 11 Dec 09:00 UANA overdue.3")
}

func TestATaskIsRemindedUntilItIsDone(t *testing.T) {
	o, task := tasked(t, "UANA")
	o.told(o.until(27, "12:00"), "Thu 26 Nov 09:00 UANA due", "Fri 27 Nov 09:00 UANA overdue.1")
	_, err := o.ChangeTask(t.Context(), ana, record.TaskChange{Task: task.ID, Verb: record.AcceptTask})
	o.check(err)
	o.edits()
	_, err = o.ChangeTask(t.Context(), ana, record.TaskChange{Task: task.ID, Verb: record.CompleteTask, Result: "Spoke"})
	o.check(err)
	n := 0
	for key := range o.edits() {
		if strings.HasPrefix(key, string(record.ReminderDM)) {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d of the two reminders lose their buttons", n)
	}
	o.told(o.until(60, "12:00"))
}

// A task of a Saturday is reminded on Friday; one that is due today, not on the
// day on which it was given; and holidays wait.
func TestReminderDays(t *testing.T) {
	for _, c := range []struct {
		name    string
		due     record.Date
		made    time.Time
		holiday record.Date
		want    []string
	}{
		{"Saturday", record.Date{Year: 2026, Month: 11, Day: 28}, monday, record.Date{},
			[]string{"Fri 27 Nov 09:00 UANA due", "Mon 30 Nov 09:00 UANA overdue.1", "Mon 7 Dec 09:00 UANA overdue.2", "Mon 14 Dec 09:00 UANA overdue.3"}},
		{"today", record.DateOf(monday), monday, record.Date{},
			[]string{"Tue 24 Nov 09:00 UANA overdue.1", "Tue 1 Dec 09:00 UANA overdue.2", "Tue 8 Dec 09:00 UANA overdue.3"}},
		{"given before work, due today", record.DateOf(monday), monday.Add(-2 * time.Hour), record.Date{},
			[]string{"Tue 24 Nov 09:00 UANA overdue.1", "Tue 1 Dec 09:00 UANA overdue.2", "Tue 8 Dec 09:00 UANA overdue.3"}},
		{"on a holiday", record.Date{Year: 2026, Month: 11, Day: 25}, monday, record.Date{Year: 2026, Month: 11, Day: 25},
			[]string{"Tue 24 Nov 09:00 UANA due", "Thu 26 Nov 09:00 UANA overdue.1", "Thu 3 Dec 09:00 UANA overdue.2", "Thu 10 Dec 09:00 UANA overdue.3"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := staffed(t)
			o.rules.Policy.Holidays = map[string][]record.Date{"DE": {c.holiday}}
			rv, err := o.OpenReview(t.Context(), ben, "beta")
			o.check(err)
			o.now = c.made
			d := atRisk(rv.ID, "UANA")
			d.Task.Due = c.due
			_, err = o.Decide(t.Context(), ben, d)
			o.check(err)
			o.post()
			o.told(o.until(57, "12:00"), c.want...)
		})
	}
}

// Handed on, a task and its reminders are somebody else's; moved, they follow.
func TestATaskHandedOn(t *testing.T) {
	o, task := tasked(t, "UANA")
	ctx := t.Context()
	hand := func(by record.Actor, to string, due record.Date) error {
		_, err := o.ChangeTask(ctx, by, record.TaskChange{Task: task.ID, Verb: record.HandOnTask, Owner: to, Due: due, Result: "He knows their deputy"})
		return err
	}
	wants(t, hand(ana, "UANA", task.Due), record.Invalid, "Nothing would change")
	wants(t, hand(ana, "NOBODY", task.Due), record.Invalid, "isn't set up")
	wants(t, hand(ana, "UBEN", record.DateOf(monday).Add(-1)), record.Invalid, "past")
	o.told(o.until(26, "12:00"), "Thu 26 Nov 09:00 UANA due")
	o.check(hand(ana, "UBEN", task.Due))
	o.told(o.until(27, "12:00"), "Thu 26 Nov 12:00 UBEN task_dm", "Fri 27 Nov 09:00 UBEN overdue.1")
	o.check(hand(ben, "UBEN", record.DateOf(monday).Add(9))) // Wednesday
	o.told(o.until(34, "12:00"), "Wed 2 Dec 09:00 UBEN due", "Thu 3 Dec 09:00 UBEN overdue.1")
	_, err := o.ChangeTask(ctx, ben, record.TaskChange{Task: task.ID, Verb: record.DeclineTask, Result: "Not mine"})
	o.check(err)
	wants(t, hand(ben, "UANA", record.DateOf(o.now).Add(1)), record.Conflict, "declined by Ben")
	o.told(o.until(60, "12:00"))
}

// While its owner is away a task's reminder goes to the backup, in the backup's
// hours; without one it waits.
func TestAwayIsCovered(t *testing.T) {
	away := []record.Span{{From: record.Date{Year: 2026, Month: 11, Day: 25}, To: record.Date{Year: 2026, Month: 11, Day: 27}}}
	o, _ := tasked(t, "UANA", func(p map[string]*record.Person) { p["UANA"].Away = nil })
	o.rules.People = staff(func(p map[string]*record.Person) { p["UANA"].Away = away }) // known only since
	o.told(o.until(30, "12:00"), "Thu 26 Nov 09:00 UBEN due for UANA", "Fri 27 Nov 09:00 UBEN overdue.1 for UANA")
	o, _ = tasked(t, "UANA")
	o.rules.People = staff(func(p map[string]*record.Person) { p["UANA"].Away, p["UANA"].Backup = away, "" })
	o.told(o.until(37, "08:00"), "Mon 30 Nov 09:00 UANA due") // late, and so the first that it is overdue
	o.told(o.until(37, "12:00"), "Mon 7 Dec 09:00 UANA overdue.2")
}

// What is due for one person at one time is one message, and one account is told
// once a working day.
func TestOneMessageForOnePerson(t *testing.T) {
	o, _ := tasked(t, "UBEN")
	ctx := t.Context()
	rv, err := o.OpenReview(ctx, ana, "acme")
	o.check(err)
	d := atRisk(rv.ID, "UBEN")
	_, err = o.Decide(ctx, ana, d)
	o.check(err)
	points := scoring.Tenths(50) // an override that ends with Monday
	_, err = o.SetOverride(ctx, ben, record.SetOverride{Account: "beta", Points: &points, Reason: "a pilot", Evidence: "their plan", Until: record.Date{Year: 2026, Month: 12, Day: 1}})
	o.check(err)
	o.post()
	o.told(o.until(26, "12:00"), "Thu 26 Nov 09:00 UBEN due + due + ends")

	// A bot that was down tells each once, with what is true now, and the same
	// account not again on that day.
	o.now = o.now.AddDate(0, 0, 18)
	o.check(o.Close())
	o.open()
	o.rules.People = staff()
	o.told(o.ringNow(), "Mon 14 Dec 12:00 UBEN overdue.1 + overdue.1")
	o.told(o.ringNow())
	o.told(o.until(51, "12:00"), "Mon 21 Dec 09:00 UBEN overdue.2 + overdue.2")
}

// A reminder that isn't posted yet goes when its task is done, and not when
// something else is in it.
func TestAReminderNotYetPostedIsWithdrawn(t *testing.T) {
	o, task := tasked(t, "UANA")
	ctx := t.Context()
	o.now = monday.AddDate(0, 0, 3)
	if n, err := o.Ring(ctx); err != nil || n != 1 {
		t.Fatalf("%d messages, %v", n, err)
	}
	_, err := o.ChangeTask(ctx, ana, record.TaskChange{Task: task.ID, Verb: record.CompleteTask, Result: "Spoke"})
	o.check(err)
	if d := o.next(); d.ID != "" {
		t.Errorf("told of what is done: %+v", d)
	}
	o.holds()
}

// A snoozed account comes back by itself; its owner gets one line on its morning.
func TestASnoozeEnds(t *testing.T) {
	o := staffed(t)
	ctx := t.Context()
	snooze := func(account string) record.Review {
		rv, err := o.OpenReview(ctx, ben, account)
		o.check(err)
		rv, err = o.SnoozeReview(ctx, ben, record.Snooze{Review: rv.ID, Until: record.Date{Year: 2026, Month: 11, Day: 26}, Why: "a meeting"})
		o.check(err)
		return rv
	}
	snooze("beta")
	early := snooze("acme")
	_, err := o.Decide(ctx, ana, stable(early.ID)) // ended early: nobody is told
	o.check(err)
	o.post()
	o.told(o.until(26, "08:45"))
	_, err = o.WakeSnoozed(ctx, record.DateOf(o.now))
	o.check(err)
	o.told(o.until(28, "12:00"), "Thu 26 Nov 09:00 UBEN back")
}

// Asleep until its day in the office, whatever the day is for its owner.
func TestASnoozeEndsInTheOffice(t *testing.T) {
	o := staffed(t, func(p map[string]*record.Person) {
		p["UBEN"].Zone = must1(time.LoadLocation("Pacific/Auckland")) // twelve hours ahead of Berlin
	})
	ctx := t.Context()
	rv, err := o.OpenReview(ctx, ben, "beta")
	o.check(err)
	_, err = o.SnoozeReview(ctx, ben, record.Snooze{Review: rv.ID, Until: record.Date{Year: 2026, Month: 11, Day: 26}, Why: "a meeting"})
	o.check(err)
	o.told(o.until(25, "23:45"))
	_, err = o.WakeSnoozed(ctx, record.Date{Year: 2026, Month: 11, Day: 26})
	o.check(err)
	o.told(o.until(26, "12:00"), "Thu 26 Nov 00:00 UBEN back") // noon in Auckland
}

// Work that was due before there were deadlines gets them.
func TestPlanDeadlines(t *testing.T) {
	o, _ := tasked(t, "UANA")
	ctx := t.Context()
	rv, err := o.OpenReview(ctx, ben, "acme")
	o.check(err)
	_, err = o.SnoozeReview(ctx, ben, record.Snooze{Review: rv.ID, Until: record.Date{Year: 2026, Month: 11, Day: 27}, Why: "a meeting"})
	o.check(err)
	o.check(o.raw("DELETE FROM deadline"))
	for i, want := range []int{2, 0} {
		if n, err := o.PlanDeadlines(ctx); err != nil || n != want {
			t.Errorf("time %d: %d planned, %v; want %d", i+1, n, err, want)
		}
	}
	o.post()
	_, err = o.WakeSnoozed(ctx, record.Date{Year: 2026, Month: 11, Day: 27})
	o.check(err)
	o.told(o.until(27, "12:00"), "Thu 26 Nov 09:00 UANA due", "Fri 27 Nov 09:00 UANA back + overdue.1")
}
