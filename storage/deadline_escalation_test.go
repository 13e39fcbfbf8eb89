package storage

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"healthbot/storage/record"
)

// Unanswered it climbs, each step once: Mia is reminded when her time is over,
// the next working morning Kim in Tokyo is asked, and the owner is told. Above
// Kim there is nobody, so the owner is told that, too.
func TestAnEscalationClimbs(t *testing.T) {
	o, e := escalated(t)
	o.told(o.until(50, "12:00"),
		"Mon 23 Nov 13:00 UMIA remind.1",
		"Tue 24 Nov 01:00 UKIM escalation_dm", // nine in Tokyo
		"Tue 24 Nov 05:00 UKIM remind.2",
		"Tue 24 Nov 09:00 UBEN climbed.2",
		"Wed 25 Nov 09:00 UBEN stuck.2")
	now := o.theEscalation()
	if now.Recipient != "UKIM" || now.State != record.EscOpen || now.RespondBy.Sub(must1(time.Parse(time.RFC3339, "2026-11-24T04:00:00Z"))) != 0 {
		t.Errorf("the escalation is %+v", now)
	}
	c, err := o.EscalationCase(t.Context(), e.ID)
	o.check(err)
	var asked []string
	for _, a := range c.Asked {
		asked = append(asked, a.Person)
		if !a.Delivered || !a.OpenedAt.IsZero() {
			t.Errorf("asked: %+v", a)
		}
	}
	if diff := cmp.Diff([]string{"UMIA", "UKIM"}, asked); diff != "" || c.Next != "" {
		t.Errorf("asked %v, next %q", asked, c.Next)
	}
	// Mia is too late: it asks Kim now.
	kinds, _ := o.events(0)
	n := 0
	for _, k := range kinds {
		if k == record.EvEscClimbed {
			n++
		}
	}
	if n != 1 {
		t.Errorf("it climbed %d times", n)
	}
}

// The matrix names who comes next, before anybody's manager; the account's owner
// isn't asked, and who is away is passed over.
func TestWhoIsAbove(t *testing.T) {
	day := record.DateOf(monday)
	a := record.Account{ID: "beta", Segment: "enterprise", Owner: "UBEN", Manager: "UMIA"}
	away := []record.Span{{From: day, To: day}}
	policy := record.Policy{Matrix: []record.MatrixRow{{Reason: "silence", Recipients: []string{record.ManagerRecipient, "UBEN", "ULIN"}, Respond: time.Hour}}}
	for _, c := range []struct {
		name, reason string
		asked        []string
		change       func(map[string]*record.Person)
		want         string
	}{
		{"the matrix", "silence", []string{"UMIA"}, nil, "ULIN"},
		{"then the managers", "silence", []string{"UMIA", "ULIN"}, func(p map[string]*record.Person) { p["ULIN"].Manager = "UKIM" }, "UKIM"},
		{"no row", "", []string{"UMIA"}, nil, "UKIM"},
		{"the account's manager", "", []string{"ULIN"}, nil, "UMIA"},
		{"away, with a backup", "", []string{"UMIA"}, func(p map[string]*record.Person) { p["UMIA"].Away, p["UMIA"].Backup = away, "ULIN" }, "ULIN"},
		{"the next one away, with a backup", "", []string{"UMIA"}, func(p map[string]*record.Person) { p["UKIM"].Away, p["UKIM"].Backup = away, "UADA" }, "UADA"},
		{"the next one away, without", "silence", []string{"UMIA"}, func(p map[string]*record.Person) { p["ULIN"].Away = away }, "UKIM"},
		{"nobody", "", []string{"UMIA", "UKIM"}, nil, ""},
		{"a circle of managers", "", []string{"UMIA", "UKIM"}, func(p map[string]*record.Person) { p["UKIM"].Manager = "UMIA" }, ""},
		{"a manager who is gone", "", []string{"UMIA"}, func(p map[string]*record.Person) { p["UMIA"].Manager = "UGONE" }, ""},
	} {
		if c.change == nil {
			c.change = func(map[string]*record.Person) {}
		}
		got, ok := policy.Above(a, c.reason, staff(c.change), c.asked, day)
		if got.ID != c.want || ok != (c.want != "") {
			t.Errorf("%s: %q, want %q", c.name, got.ID, c.want)
		}
	}
}

// Acknowledged, it waits; idle for two working days it comes back, twice, and
// then goes on. Whatever a person does with the account resets the clock.
func TestAcknowledgedButIdle(t *testing.T) {
	o, e := escalated(t)
	ctx := t.Context()
	o.now = monday.Add(3 * time.Hour)
	o.check(o.EscalationOpened(ctx, ana, e.ID)) // not hers
	o.check(o.EscalationOpened(ctx, mia, e.ID))
	opened := o.now
	o.now = o.now.Add(time.Hour)
	o.check(o.EscalationOpened(ctx, mia, e.ID)) // the first counts
	_, err := o.AnswerEscalation(ctx, mia, record.Answer{Escalation: e.ID, Verb: record.Acknowledge})
	o.check(err)
	c, err := o.EscalationCase(ctx, e.ID)
	o.check(err)
	if len(c.Asked) != 1 || !c.Asked[0].OpenedAt.Equal(opened) || c.Next != "UKIM" {
		t.Errorf("asked %+v, next %q", c.Asked, c.Next)
	}
	o.told(o.until(24, "12:00"))
	_, err = o.AssignOwner(ctx, mia, record.AssignOwner{Account: "beta", Owner: "UANA"}) // activity on Tuesday
	o.check(err)
	o.told(o.until(34, "12:00"),
		"Thu 26 Nov 09:00 UMIA idle.1", "Mon 30 Nov 09:00 UMIA idle.2",
		"Tue 1 Dec 01:00 UKIM escalation_dm", "Tue 1 Dec 05:00 UKIM remind.2",
		"Tue 1 Dec 09:00 UANA climbed.2", "Wed 2 Dec 09:00 UANA stuck.2")
}

// A decision ends all of it, and the owner is told, in their own time.
func TestAnAnswerEndsTheClimbing(t *testing.T) {
	o, e := escalated(t)
	ctx := t.Context()
	o.told(o.until(23, "18:00"), "Mon 23 Nov 13:00 UMIA remind.1")
	_, err := o.AnswerEscalation(ctx, mia, record.Answer{Escalation: e.ID, Verb: record.Accept, Text: "I call"})
	o.check(err)
	o.told(o.until(50, "12:00"), "Tue 24 Nov 09:00 UBEN answered")
	stale := o.edits()
	if len(stale) == 0 {
		t.Error("Mia's reminder keeps its buttons")
	}
}

// Whoever is away when their time is over can't answer: it goes on at once.
func TestAnAbsentRecipientIsPassedOver(t *testing.T) {
	o, _ := escalated(t)
	o.rules.People = staff(func(p map[string]*record.Person) {
		p["UMIA"].Away, p["UMIA"].Backup = []record.Span{{From: record.DateOf(monday), To: record.DateOf(monday).Add(30)}}, "ULIN"
	})
	o.told(o.until(24, "08:00"), "Mon 23 Nov 13:00 ULIN escalation_dm", "Mon 23 Nov 13:00 UBEN climbed.2")
}

// Asked anew, an escalation begins anew, also with whom it asked before.
func TestAnUpdatedEscalationBeginsAnew(t *testing.T) {
	o, e := escalated(t)
	ctx := t.Context()
	o.told(o.until(24, "12:00"), "Mon 23 Nov 13:00 UMIA remind.1", "Tue 24 Nov 01:00 UKIM escalation_dm", "Tue 24 Nov 05:00 UKIM remind.2", "Tue 24 Nov 09:00 UBEN climbed.2")
	rv := o.reviewDecided("beta")
	again := escalation(rv.ID, "UMIA")
	again.Supersedes, again.Escalate.RespondBy = rv.Decision, o.now.Add(2*time.Hour)
	_, err := o.Decide(ctx, ben, again)
	o.check(err)
	o.told(o.until(25, "08:00"), "Tue 24 Nov 12:00 UMIA asked.1", "Tue 24 Nov 14:00 UMIA remind.1",
		"Wed 25 Nov 01:00 UKIM asked.2", "Wed 25 Nov 03:00 UKIM remind.2")
	c, err := o.EscalationCase(ctx, e.ID)
	o.check(err)
	if len(c.Asked) != 2 {
		t.Errorf("asked %+v", c.Asked)
	}
}

// reviewDecided is the latest review of an account.
func (o *office) reviewDecided(account string) (rv record.Review) {
	o.t.Helper()
	err := o.read(o.t.Context(), func(r *reader) error {
		id, err := value[string](r, "SELECT id FROM review WHERE account = $1 ORDER BY rowid DESC LIMIT 1", account)
		if err != nil {
			return err
		}
		rv, err = r.review(id)
		return err
	})
	o.check(err)
	return rv
}
