package record

import (
	"slices"
	"time"
)

// TaskKind is what sort of work a task is.
type TaskKind string

const (
	Outreach    TaskKind = "outreach"
	Enablement  TaskKind = "enablement"
	IssueWork   TaskKind = "issue resolution"
	Stakeholder TaskKind = "stakeholder alignment"
)

// TaskKinds lists the kinds as forms offer them.
var TaskKinds = []TaskKind{Outreach, Enablement, IssueWork, Stakeholder}

func (k TaskKind) valid() bool { return slices.Contains(TaskKinds, k) }

// TaskState is where a task stands.
type TaskState string

const (
	TaskOpen     TaskState = "open"
	TaskAccepted TaskState = "accepted"
	TaskDone     TaskState = "done"
	TaskDeclined TaskState = "declined"
)

// Task is one piece of work with one owner, a due date and an expected result.
type Task struct {
	ID       string
	Decision string
	Account  string
	Kind     TaskKind
	Title    string
	Owner    string
	Due      Date
	Expected string
	State    TaskState
	Result   string
	Met      bool // whether what was expected came true
	By       string
	ByName   string
	MadeAt   time.Time
	EndedAt  time.Time
	EndedBy  string
}

// TaskVerb is what can be done with a task.
type TaskVerb string

const (
	AcceptTask   TaskVerb = "accept"
	CompleteTask TaskVerb = "complete"
	DeclineTask  TaskVerb = "decline"
	HandOnTask   TaskVerb = "hand on"
)

// taskMoves is the whole state machine of a task: state × verb → state.
var taskMoves = map[TaskState]map[TaskVerb]TaskState{
	TaskOpen:     {AcceptTask: TaskAccepted, CompleteTask: TaskDone, DeclineTask: TaskDeclined, HandOnTask: TaskOpen},
	TaskAccepted: {CompleteTask: TaskDone, DeclineTask: TaskDeclined, HandOnTask: TaskOpen},
}

// Move says what a verb makes of a task; a Conflict error tells who ended it
// already, with when and how.
func (t Task) Move(v TaskVerb, people Directory) (TaskState, error) {
	if to, ok := taskMoves[t.State][v]; ok {
		return to, nil
	}
	if t.EndedAt.IsZero() {
		return "", Errorf(Conflict, "This task is already %s. Nothing was changed.", t.State)
	}
	return "", Errorf(Conflict, "This task was already %s by %s. Nothing was changed.", t.State, people.Name(t.EndedBy))
}

// Open says that there is still work to do.
func (t Task) Open() bool { return t.State == TaskOpen || t.State == TaskAccepted }

// TaskChange carries a verb out on a task.
type TaskChange struct {
	Task   string
	Verb   TaskVerb
	Result string // complete: what came of it; decline, hand on: why
	Met    bool
	Owner  string // hand on: who does it now; the same person, to move its day
	Due    Date   // hand on: by when
}

// Validate reports what keeps the change of a task from being recorded.
func (c TaskChange) Validate(t Task, people Directory, today Date) error {
	f := FieldErrors{}
	switch c.Verb {
	case HandOnTask:
		person(f, FieldOwner, c.Owner, people)
		text(f, FieldResult, c.Result, true, "Say why, so that they know what is left to do.")
		switch {
		case c.Due.IsZero():
			f.add(FieldDue, "Choose by when.")
		case c.Due.Before(today):
			f.add(FieldDue, "That date is past; choose today or later.")
		case c.Owner == t.Owner && c.Due == t.Due:
			f.add(FieldOwner, "Nothing would change: choose somebody else, or another day.")
		}
	case CompleteTask:
		text(f, FieldResult, c.Result, true, "Say what came of it.")
	case DeclineTask:
		text(f, FieldResult, c.Result, true, "Say why, so that it can go to somebody else.")
	}
	return f.err()
}
