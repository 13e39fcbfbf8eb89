package record

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Deadline is a moment at which something is due, about one subject, once.
// Deadlines are rows: what is due stays due over restarts and downtime, and
// telling of it and noting that it was told are one commit.
type Deadline struct {
	Subject string // the id of a task, an escalation, a review or an override
	Step    Step
	Account string
	Person  string // who is told, unless somebody stands in for them then
	Due     time.Time
}

// Step says what is due. Where several follow one another they are numbered:
// "overdue.2".
type Step string

const (
	StepDue     Step = "due"     // of a task: its day has come
	StepOverdue Step = "overdue" // of a task: the morning after, then weekly
	StepGiven   Step = "given"   // of a task: it is somebody's again, whose old message an edit changes silently

	StepAsked    Step = "asked"    // of an escalation: likewise, somebody is asked again
	StepRemind   Step = "remind"   // the time to answer is over
	StepClimb    Step = "climb"    // it goes on to the next person
	StepIdle     Step = "idle"     // acknowledged, and nothing has happened since
	StepClimbed  Step = "climbed"  // its account's owner is told that it went on
	StepStuck    Step = "stuck"    // and that nobody is left to ask
	StepAnswered Step = "answered" // and what was decided

	StepBack Step = "back" // of a review: its snooze is over
	StepEnds Step = "ends" // of an override: it ends soon
)

// MostOverdue is how often somebody is told that a task is overdue.
const MostOverdue = 3

const (
	// IdleDays is how many working days an acknowledged escalation may rest.
	IdleDays = 2
	// MostIdle is how often its recipient is reminded before it goes on.
	MostIdle = 2
	// EndsDays is how many working days before its end an override is asked about.
	EndsDays = 3
)

// Nth numbers a step.
func (s Step) Nth(n int) Step { return Step(fmt.Sprintf("%s.%d", s, n)) }

// Split is the step without its number; 1 for those without one.
func (s Step) Split() (kind Step, n int) {
	name, number, ok := strings.Cut(string(s), ".")
	n, err := strconv.Atoi(number)
	if !ok || err != nil {
		return Step(name), 1
	}
	return Step(name), n
}

// Urgent says that the step has a time of its own. What isn't urgent is told
// once a working day for each account.
func (s Step) Urgent() bool {
	switch kind, _ := s.Split(); kind {
	case StepDue, StepOverdue, StepBack, StepEnds:
		return false
	}
	return true
}

// FirstReminder is the first deadline of a task: the morning of its day, or the
// last working morning before. Who got the task that same day knows already, and
// is reminded when it is overdue.
func (p Policy) FirstReminder(t Task, owner Person, now time.Time) (Deadline, bool) {
	d := Deadline{Subject: t.ID, Step: StepDue, Account: t.Account, Person: owner.ID}
	today := DateOf(now.In(owner.Location()))
	at, ok := p.MorningBy(owner, t.Due)
	if !ok || !DateOf(at).After(today) {
		d.Step = StepOverdue.Nth(1)
		at, ok = p.Morning(owner, later(t.Due, today).Add(1))
	}
	d.Due = at
	return d, ok
}

// NextReminder is the deadline after one that somebody was told of; false when
// there is none. A reminder that came too late to be of the day counts as one
// that the task is overdue.
func (p Policy) NextReminder(t Task, told Step, owner Person, now time.Time) (Deadline, bool) {
	kind, n := told.Split()
	today := DateOf(now.In(owner.Location()))
	if kind == StepDue && !today.After(t.Due) {
		n = 0
	}
	if n >= MostOverdue {
		return Deadline{}, false
	}
	day := today.Add(7)
	if n == 0 {
		day = t.Due.Add(1)
	}
	at, ok := p.Morning(owner, day)
	return Deadline{Subject: t.ID, Step: StepOverdue.Nth(n + 1), Account: t.Account, Person: owner.ID, Due: at}, ok
}

func later(a, b Date) Date {
	if a.After(b) {
		return a
	}
	return b
}

// Above is who is asked after others gave no answer: somebody who stands in for
// the last one while they are away, then the others that the matrix names, then
// the last one's managers upwards. Nobody is asked twice, nor the account's own
// owner, nor who is away without a backup.
func (p Policy) Above(a Account, reason string, people Directory, asked []string, today Date) (Person, bool) {
	tried := map[string]bool{"": true, a.Owner: true}
	for _, id := range asked {
		tried[id] = true
	}
	var line []string
	if len(asked) > 0 {
		last, _ := people.Person(asked[len(asked)-1])
		if last.AwayOn(today) {
			line = append(line, last.Backup)
		}
		named, _ := p.Recipients(a, reason)
		line = append(line, named...)
		for up, seen := last.Manager, map[string]bool{}; up != "" && !seen[up]; {
			line, seen[up] = append(line, up), true
			next, _ := people.Person(up)
			up = next.Manager
		}
	}
	for _, id := range line {
		who, ok := people.Cover(id, today)
		if ok && !tried[who.ID] && !tried[id] && !who.AwayOn(today) {
			return who, true
		}
	}
	return Person{}, false
}

// Ask is one person who was asked by an escalation.
type Ask struct {
	Person    string
	At        time.Time
	RespondBy time.Time
	Delivered bool
	OpenedAt  time.Time // their first press; Slack tells nobody what was read
}

// Reminder is one message to one person about everything that is due at one time.
type Reminder struct {
	ID     string
	Person string
	Due    time.Time // of what was due first
	At     time.Time // when it was told
	Items  []ReminderItem
}

// Late says that the reminder comes so long after its time that it says so.
func (r Reminder) Late() bool { return r.At.Sub(r.Due) >= 5*time.Minute }

// ReminderItem is one thing that a reminder tells of; the records are those of
// the moment at which it is read.
type ReminderItem struct {
	Step    Step
	Over    bool   // nothing is left to do
	For     string // whom the reader stands in for; "": nobody
	Account Account

	Task       *Task
	Escalation *Escalation
	Asked      []Ask
	Next       string // who is asked next; "": nobody is left
	Review     *Review
	Override   *Override
}

// NoticeKind says what an operator is told of.
type NoticeKind string

const (
	NoticeMissed NoticeKind = "missed" // slots that are not caught up
	NoticeFailed NoticeKind = "failed" // a run that doesn't open
)

// Notice is something about a job that every admin is told once.
type Notice struct {
	ID     string
	Kind   NoticeKind
	Job    string
	Slot   string // the one it is about; of several missed ones the last
	First  string // of several missed ones
	Count  int
	Reason string
	At     time.Time
	// Opened is when the run opened after all; zero: it hasn't.
	Opened time.Time
}
