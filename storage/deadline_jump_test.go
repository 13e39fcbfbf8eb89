package storage

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"healthbot/storage/record"
)

// Whatever the office clock does (steps of a second to a year, forward and back),
// and however often the bot is started, every deadline is told once, within its
// reader's working hours, never of what is done, and never a flood.
func TestDeadlinesUnderAJumpingClock(t *testing.T) {
	seeds := uint64(6)
	switch {
	case *long:
		seeds = 150
	case racing:
		seeds = 2 // .ci/run runs all six without the race detector
	}
	total := 0
	for seed := range seeds {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) { total += jumping(t, rand.New(rand.NewPCG(seed, 1))) })
	}
	t.Logf("%d reminders over %d seeds", total, seeds)
	if total < int(seeds) {
		t.Errorf("only %d reminders came", total)
	}
}

var jumps = []time.Duration{time.Second, time.Minute, 15 * time.Minute, time.Hour, 5 * time.Hour, 24 * time.Hour, 3 * 24 * time.Hour, 7 * 24 * time.Hour, 45 * 24 * time.Hour, 365 * 24 * time.Hour}

func jumping(t *testing.T, r *rand.Rand) (reminders int) {
	o := staffed(t)
	ctx := t.Context()
	for i, account := range []string{"acme", "beta"} {
		rv, err := o.OpenReview(ctx, ben, account)
		o.check(err)
		d := atRisk(rv.ID, []string{"UANA", "UBEN"}[i])
		d.Task.Due = record.DateOf(monday).Add(r.IntN(9))
		_, err = o.Decide(ctx, ben, d)
		o.check(err)
	}
	rv, err := o.OpenReview(ctx, mia, "core")
	o.check(err)
	_, err = o.AssignOwner(ctx, mia, record.AssignOwner{Account: "core", Owner: "UANA"})
	o.check(err)
	_, err = o.SnoozeReview(ctx, ana, record.Snooze{Review: rv.ID, Until: record.DateOf(monday).Add(1 + r.IntN(20)), Why: "a meeting"})
	o.check(err)
	asked := o.reviewDecided("beta")
	e := escalation(asked.ID, "UMIA")
	e.Supersedes = asked.Decision
	_, err = o.Decide(ctx, ben, e)
	o.check(err)
	o.post()

	for range 80 {
		step := jumps[r.IntN(len(jumps))]
		if r.IntN(3) == 0 {
			step = -step
		}
		o.now, o.wall = o.now.Add(step), o.wall.Add(time.Minute)
		switch r.IntN(12) {
		case 0:
			o.check(o.Close())
			o.open()
			o.rules.People = staff()
		case 1:
			o.actSomehow(r)
		}
		_, err := o.WakeSnoozed(ctx, record.DateOf(o.now))
		o.check(err)
		n, err := o.Ring(ctx)
		o.check(err)
		again, err := o.Ring(ctx) // at the same moment
		o.check(err)
		posted := o.post()
		if n > 4 || again > 0 {
			t.Fatalf("at %s %d messages, and %d more at the same moment", o.now, n, again)
		}
		to := map[string]bool{}
		for _, d := range posted {
			if d.Kind == record.ReminderDM {
				reminders++
				o.fits(d, to)
			}
		}
	}
	o.toldOnce()
	o.holds()
	return reminders
}

// actSomehow lets somebody settle something, if there is something.
func (o *office) actSomehow(r *rand.Rand) {
	o.t.Helper()
	ctx := o.t.Context()
	e := o.theEscalation()
	tasks, err := o.Tasks(ctx)
	o.check(err)
	switch verb := []record.EscalationVerb{record.Acknowledge, record.Accept}[r.IntN(2)]; {
	case r.IntN(2) == 0 && e.State == record.EscOpen:
		_, err = o.AnswerEscalation(ctx, record.Actor{ID: e.Recipient, Name: "x"}, record.Answer{Escalation: e.ID, Verb: verb, Text: "yes"})
	case tasks[0].Open():
		_, err = o.ChangeTask(ctx, ana, record.TaskChange{Task: tasks[0].ID, Verb: record.CompleteTask, Result: "done"})
	}
	o.check(err)
}

// fits checks one reminder: its reader works now, gets one at a time, and is asked
// nothing that is over.
func (o *office) fits(d record.Delivery, to map[string]bool) {
	o.t.Helper()
	who, _ := o.rules.People.Person(d.To)
	if at, ok := o.rules.Policy.WorkingTime(who, o.now); !ok || !at.Equal(o.now) {
		o.t.Errorf("%s is told at %s, and works at %s", d.To, o.now.In(who.Location()), at)
	}
	if to[d.To] {
		o.t.Errorf("%s gets two messages at %s", d.To, o.now)
	}
	to[d.To] = true
	m, err := o.Reminder(o.t.Context(), d.Subject)
	o.check(err)
	if len(m.Items) == 0 {
		o.t.Errorf("%s is told of nothing", d.To)
	}
	for _, x := range m.Items {
		if x.Over && x.Step != record.StepAnswered {
			o.t.Errorf("%s is told of %s of %s, which is over", d.To, x.Step, x.Account.ID)
		}
	}
}

// toldOnce reads the chain: no deadline was told twice, and nobody was told twice
// of one account on one of their days, urgent steps aside.
func (o *office) toldOnce() {
	o.t.Helper()
	events, err := o.Events(o.t.Context(), 0, 10000)
	o.check(err)
	told, days := map[string]int{}, map[string]int{}
	for _, e := range events {
		if e.Kind != record.EvReminded {
			continue
		}
		var what struct {
			Person string
			Told   []struct {
				Subject string
				Step    record.Step
			}
		}
		o.check(json.Unmarshal(e.After, &what))
		who, _ := o.rules.People.Person(what.Person)
		accounts := map[string]bool{}
		for _, x := range what.Told {
			told[x.Subject+" "+string(x.Step)]++
			if !x.Step.Urgent() {
				accounts[x.Subject] = true
			}
		}
		for subject := range accounts {
			days[fmt.Sprintf("%s %s %s", what.Person, subject, record.DateOf(e.At.In(who.Location())))]++
		}
	}
	for what, n := range told {
		if n > 1 {
			o.t.Errorf("%s was told %d times", what, n)
		}
	}
	for what, n := range days {
		if n > 1 {
			o.t.Errorf("%s: told %d times", what, n)
		}
	}
}
