package record_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"healthbot/scoring"
	. "healthbot/storage/record"
)

var (
	now   = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	today = DateOf(now)

	people = NewDirectory(
		Person{ID: "UANA", Name: "Ana", Roles: []Role{CSM}, Manager: "UMIA", Backup: "UBEN"},
		Person{ID: "UBEN", Name: "Ben", Roles: []Role{AccountManager}, Manager: "UMIA"},
		Person{ID: "UCLE", Name: "Cleo", Roles: []Role{CSM}, Manager: "UOLE"},
		Person{ID: "UMIA", Name: "Mia", Roles: []Role{Manager}},
		Person{ID: "UOLE", Name: "Ole", Roles: []Role{Manager}},
		Person{ID: "ULIN", Name: "Lin", Roles: []Role{Analyst}},
		Person{ID: "USAM", Name: "Sam", Roles: []Role{SupportLead}},
		Person{ID: "UEVE", Name: "Eve", Roles: []Role{Executive}},
		Person{ID: "UADA", Name: "Ada", Roles: []Role{Admin}},
	)
	acme = Account{ID: "acme", Name: "Acme", Segment: "enterprise", Owner: "UANA", Manager: "UMIA", RenewalOn: today.Add(200)}
)

// The role table, written out a second time from PRODUCT.md: who may do what
// with Acme, owned by Ana, managed by Mia.
func TestRoleTable(t *testing.T) {
	for _, c := range []struct {
		act Act
		may string // first letters: Ana Ben Cleo Mia Ole Lin Sam Eve aDa
	}{
		{ReadAccount, "A B M L S E D"},
		{SeeCommercial, "A M L E"},
		{VerifyInputs, "A L S"},
		{ClassifyAct, "A S M"},
		{WorkReview, "A B L S M"},
		{ChangeOwner, "S M D"},
		{EscalateAct, "A S M"},
		{OverrideScore, "A S M"},
		{ReportAct, "A B L S M"},
		{ConfirmRun, "L S M"},
		{ManagePeople, "D"},
		{UseHealthbot, "A B C M O L S E D"},
	} {
		for letter, id := range map[string]string{"A": "UANA", "B": "UBEN", "C": "UCLE", "M": "UMIA", "O": "UOLE", "L": "ULIN", "S": "USAM", "E": "UEVE", "D": "UADA"} {
			err := people.May(id, c.act, acme, today)
			if want := strings.Contains(c.may, letter); want != (err == nil) {
				t.Errorf("%s may %s: %v, want allowed %v", people.Name(id), c.act, err, want)
			}
			if err != nil && KindOf(err) != Forbidden {
				t.Errorf("%s may %s: kind %q", people.Name(id), c.act, KindOf(err))
			}
		}
	}
}

func TestRefusalSaysWhomToAsk(t *testing.T) {
	err := people.May("UCLE", ClassifyAct, acme, today)
	want := "You may not classify or snooze here, so nothing was changed. That takes csm (own), account_manager (own), support_lead, manager (own teams); ask Ana or Mia or Sam."
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	err = people.May("UXYZ", ReadAccount, acme, today)
	if err == nil || !strings.Contains(err.Error(), "Ask Ada to add your Slack id UXYZ") {
		t.Errorf("stranger: %v", err)
	}
}

func TestBackupActsWhileTheOwnerIsAway(t *testing.T) {
	away := Person{ID: "UANA", Name: "Ana", Roles: []Role{CSM}, Manager: "UMIA", Backup: "UBEN", Away: []Span{{today, today.Add(4)}}}
	ben, _ := people.Person("UBEN")
	d := NewDirectory(away, ben)
	if p, ok := d.Acting(acme, today); !ok || p.ID != "UBEN" {
		t.Errorf("acting: %v %v, want Ben", p.Name, ok)
	}
	if err := d.May("UBEN", ClassifyAct, acme, today); err != nil {
		t.Errorf("Ben stands in, and is refused: %v", err)
	}
	if err := d.May("UBEN", ClassifyAct, acme, today.Add(5)); err == nil {
		t.Error("Ana is back, and Ben may still classify")
	}
	unmapped := acme
	unmapped.Owner = "ana@example.com"
	if p, ok := d.Acting(unmapped, today); ok {
		t.Errorf("an unmapped owner was guessed to be %s", p.Name)
	}
}

func TestTaskStates(t *testing.T) {
	for _, s := range []TaskState{TaskOpen, TaskAccepted, TaskDone, TaskDeclined} {
		for _, v := range []TaskVerb{AcceptTask, CompleteTask, DeclineTask} {
			want, legal := map[string]TaskState{
				"open accept": TaskAccepted, "open complete": TaskDone, "open decline": TaskDeclined,
				"accepted complete": TaskDone, "accepted decline": TaskDeclined,
			}[string(s)+" "+string(v)]
			task := Task{State: s}
			if s == TaskDone || s == TaskDeclined {
				task.EndedAt, task.EndedBy = now, "UBEN"
			}
			got, err := task.Move(v, people)
			if got != want || legal != (err == nil) {
				t.Errorf("%s a task that is %s: %q, %v", v, s, got, err)
			}
			if !legal && (KindOf(err) != Conflict || task.EndedBy != "" && !strings.Contains(err.Error(), "by Ben")) {
				t.Errorf("%s a task that is %s: %v doesn't say who ended it", v, s, err)
			}
		}
	}
}

func TestEscalationStates(t *testing.T) {
	for _, s := range []EscalationState{EscOpen, EscAcknowledged, EscAccepted, EscChanged, EscDeclined} {
		for _, v := range []EscalationVerb{Acknowledge, Accept, Change, Decline} {
			open := s == EscOpen || s == EscAcknowledged
			legal := open && !(s == EscAcknowledged && v == Acknowledge)
			e := Escalation{State: s}
			if !open {
				e.DecidedAt, e.DecidedBy = now, "UMIA"
			}
			_, err := e.Move(v, people)
			if legal != (err == nil) {
				t.Errorf("%s an escalation that is %s: %v", v, s, err)
			}
			if !open && !strings.Contains(err.Error(), "by Mia") {
				t.Errorf("%v doesn't say who answered", err)
			}
		}
	}
}

func TestClassifyValidate(t *testing.T) {
	x := Rules{People: people, Policy: Policy{CadenceBySegment: map[string]int{"enterprise": 7}}}.Context(acme, now)
	task := func() *NewTask {
		return &NewTask{Kind: Outreach, Title: "Call Kim", Owner: "UBEN", Due: today.Add(3), Expected: "A date for the training"}
	}
	esc := func() *NewEscalation {
		return &NewEscalation{Recipient: "UMIA", Trigger: "two red signals", Reason: "Sponsor left", Ask: "Call their CFO", RespondBy: now.Add(time.Hour)}
	}
	for _, c := range []struct {
		name string
		c    Classify
		want []Field
	}{
		{"stable", Classify{Outcome: scoring.Stable, Next: today.Add(7)}, nil},
		{"stable without a date", Classify{Outcome: scoring.Stable}, []Field{FieldNext}},
		{"stable in the past", Classify{Outcome: scoring.Stable, Next: today}, []Field{FieldNext}},
		{"stable beyond twice the cadence", Classify{Outcome: scoring.Stable, Next: today.Add(15)}, []Field{FieldNext}},
		{"watchlist", Classify{Outcome: scoring.Watchlist, Sentence: "Usage fell", Watch: "log-ins", Next: today.Add(14)}, nil},
		{"watchlist of nothing", Classify{Outcome: scoring.Watchlist, Sentence: " ", Next: today.Add(14)}, []Field{FieldSentence, FieldWatch}},
		{"at-risk", Classify{Outcome: scoring.AtRisk, Sentence: "Silent", Owner: "UANA", Goal: "above 60", Task: task()}, nil},
		{"at-risk without work", Classify{Outcome: scoring.AtRisk, Sentence: "Silent", Owner: "UANA", Goal: "above 60"}, []Field{FieldTask}},
		{"at-risk with an empty task", Classify{Outcome: scoring.AtRisk, Sentence: "Silent", Owner: "UXXX", Task: &NewTask{Due: today.Add(-1)}},
			[]Field{FieldDue, FieldExpected, FieldGoal, FieldOwner, FieldTask, FieldTaskKind}},
		{"escalation", Classify{Outcome: scoring.Escalation, Sentence: "Now", Escalate: esc()}, nil},
		{"escalation to nobody", Classify{Outcome: scoring.Escalation, Sentence: "Now", Escalate: &NewEscalation{RespondBy: now}},
			[]Field{FieldAsk, FieldRecipient, FieldRespondBy, FieldTrigger}},
		{"no outcome", Classify{Sentence: "x"}, []Field{FieldOutcome}},
		{"four reasons, a novel", Classify{Outcome: scoring.Stable, Next: today.Add(1), Reasons: []string{"a", "b", "c", "d"}, Sentence: strings.Repeat("ä", MaxText+1)},
			[]Field{FieldReasons, FieldSentence}},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.c.Validate(x)
			var f FieldErrors
			errors.As(err, &f)
			if c.name == "escalation to nobody" {
				delete(f, FieldSentence)
			}
			got := map[Field]bool{}
			for k := range f {
				got[k] = true
			}
			want := map[Field]bool{}
			for _, k := range c.want {
				want[k] = true
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("fields (-want +got):\n%s\n%v", diff, err)
			}
		})
	}
}

func TestStanding(t *testing.T) {
	score := func(points float64, p scoring.Outcome) Snapshot {
		return Snapshot{Result: scoring.Result{Score: scoring.RoundTenths(points), Proposal: &scoring.Proposal{Outcome: p}}}
	}
	last := func(points float64, o scoring.Outcome) *Decision {
		return &Decision{Outcome: o, Score: scoring.RoundTenths(points)}
	}
	low := func(points float64, p scoring.Outcome) Snapshot { // three weekly scores in a row were low
		s := score(points, p)
		s.Result.LowFor = 3
		return s
	}
	for _, c := range []struct {
		name  string
		s     Snapshot
		holds []scoring.Hold
		last  *Decision
		work  bool
		want  Standing
	}{
		{"on hold", score(50, scoring.AtRisk), []scoring.Hold{{}}, nil, false, OnHold},
		{"new and fine", score(90, scoring.Stable), nil, nil, false, Within},
		{"new and not fine", score(70, scoring.Watchlist), nil, nil, false, NeedsPerson},
		{"as last time", score(72, scoring.Watchlist), nil, last(70, scoring.Watchlist), false, Within},
		{"moved by 6", score(76, scoring.Stable), nil, last(82, scoring.Stable), false, Within},
		{"moved by 7", score(76, scoring.Stable), nil, last(83, scoring.Stable), false, NeedsPerson},
		{"another proposal", score(74, scoring.Watchlist), nil, last(76, scoring.Stable), false, NeedsPerson},
		{"at risk, in work", score(50, scoring.AtRisk), nil, last(50, scoring.AtRisk), true, InWork},
		{"at risk, nobody works", score(50, scoring.AtRisk), nil, last(50, scoring.AtRisk), false, NeedsPerson},
		{"low for weeks, and new", low(80, scoring.Stable), nil, nil, false, NeedsPerson},
		{"low for weeks, as last time", low(58, scoring.Watchlist), nil, last(58, scoring.Watchlist), false, NeedsPerson},
		{"low for weeks, in work", low(50, scoring.AtRisk), nil, last(50, scoring.AtRisk), true, InWork},
		{"unscored, nothing held", Snapshot{}, nil, nil, false, NeedsPerson},
	} {
		if got := StandingOf(c.s, c.holds, c.last, c.work); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestStageAt(t *testing.T) {
	for _, c := range []struct {
		a    Account
		want scoring.Stage
	}{
		{Account{StartedOn: today.Add(-89)}, scoring.Onboarding},
		{Account{StartedOn: today.Add(-90)}, scoring.Active},
		{Account{StartedOn: today.Add(-400), RenewalOn: today.Add(90)}, scoring.Renewing},
		{Account{StartedOn: today.Add(-400), RenewalOn: today.Add(91)}, scoring.Active},
		{Account{RenewalOn: today.Add(-5)}, scoring.Renewing},
		{Account{Stage: scoring.Churned, RenewalOn: today.Add(5)}, scoring.Churned},
	} {
		if got := c.a.StageAt(now); got != c.want {
			t.Errorf("%+v: %s, want %s", c.a, got, c.want)
		}
	}
}

func TestRecipients(t *testing.T) {
	p := Policy{Matrix: []MatrixRow{
		{Segment: "enterprise", Reason: "outage", Recipients: []string{"USAM", ManagerRecipient, "UMIA"}, Respond: 4 * time.Hour},
		{Recipients: []string{"UEVE"}, Respond: 48 * time.Hour},
	}}
	for _, c := range []struct {
		reason string
		want   []string
		in     time.Duration
	}{{"outage", []string{"USAM", "UMIA"}, 4 * time.Hour}, {"price", []string{"UEVE"}, 48 * time.Hour}} {
		got, in := p.Recipients(acme, c.reason)
		if diff := cmp.Diff(c.want, got); diff != "" || in != c.in {
			t.Errorf("%s: %v in %v", c.reason, got, in)
		}
	}
	if got, _ := (Policy{}).Recipients(acme, "price"); !cmp.Equal(got, []string{"UMIA"}) {
		t.Errorf("without a matrix: %v, want the account's manager", got)
	}
}

// Any change to any field of an event changes its hash.
func TestSealCoversEveryField(t *testing.T) {
	base := func() Event {
		return Event{Seq: 1, At: now, Kind: EvDecided, ActorID: "UANA", Actor: "Ana", Account: "acme", Run: "rn_1", Subject: "dc_1",
			Before: []byte(`{"a":1}`), After: []byte(`{"a":2}`), TextHash: "t", Where: "C1", Request: "r", Prev: "p"}
	}
	want, err := base().Seal()
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Event){
		"seq": func(e *Event) { e.Seq++ }, "at": func(e *Event) { e.At = e.At.Add(time.Millisecond) }, "kind": func(e *Event) { e.Kind = EvTaken },
		"actor id": func(e *Event) { e.ActorID = "UBEN" }, "actor": func(e *Event) { e.Actor = "Ben" }, "account": func(e *Event) { e.Account = "b" },
		"run": func(e *Event) { e.Run = "" }, "subject": func(e *Event) { e.Subject = "x" }, "before": func(e *Event) { e.Before = nil },
		"after": func(e *Event) { e.After = []byte(`{}`) }, "text": func(e *Event) { e.TextHash = "" }, "where": func(e *Event) { e.Where = "" },
		"request": func(e *Event) { e.Request = "" }, "prev": func(e *Event) { e.Prev = "" },
	} {
		e := base()
		change(&e)
		if got, err := e.Seal(); err != nil || got == want {
			t.Errorf("a changed %s keeps the hash (%v)", name, err)
		}
	}
}

func TestSnoozeValidate(t *testing.T) {
	for _, c := range []struct {
		s    Snooze
		want bool
	}{
		{Snooze{Until: today.Add(1), Why: "Waiting for finance"}, true},
		{Snooze{Until: today, Why: "x"}, false},
		{Snooze{Why: "x"}, false},
		{Snooze{Until: today.Add(1)}, false},
		{Snooze{Until: today.Add(MaxSnooze + 1), Why: "x"}, false},
	} {
		if err := c.s.Validate(today); (err == nil) != c.want {
			t.Errorf("%+v: %v", c.s, err)
		}
	}
}
