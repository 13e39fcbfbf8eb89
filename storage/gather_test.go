package storage

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"healthbot/scoring"
	"healthbot/storage/record"
)

func TestCase(t *testing.T) {
	o := opened(t)
	ctx := t.Context()

	// Never scored: scored in passing, and nothing is kept.
	c, err := o.Case(ctx, "acme", "UANA")
	o.check(err)
	if c.Review != nil || c.Snapshot.ID != "" || c.Snapshot.Result.Score != 1000 || c.Renewing || o.count("SELECT count(*) FROM snapshot") != 0 {
		t.Errorf("never scored: %+v", c)
	}

	run := o.run("2026-11-23T09:00", "acme", "beta")
	rv := o.reviewOf("acme")
	o.check(o.SaveDraft(ctx, ana, record.Draft{Review: rv.ID, Values: map[record.Field]string{record.FieldSentence: "All"}}))
	o.now = monday.Add(time.Hour)
	_, err = o.TakeReview(ctx, ana, record.Take{Review: rv.ID})
	o.check(err)
	_, err = o.AssignOwner(ctx, mia, record.AssignOwner{Account: "acme", Owner: "UBEN"})
	o.check(err)
	_, err = o.SnoozeReview(ctx, ben, record.Snooze{Review: rv.ID, Until: o.today().Add(1), Why: "Away"})
	o.check(err)
	c, err = o.Case(ctx, "acme", "UANA")
	o.check(err)
	if c.Review == nil || c.Review.ID != rv.ID || c.Run == nil || c.Run.ID != run.ID || c.Draft == nil || c.Draft.Values[record.FieldSentence] != "All" || c.Snapshot.ID != rv.Snapshot {
		t.Errorf("under review: %+v", c)
	}
	if other, err := o.Case(ctx, "acme", "UBEN"); err != nil || other.Draft != nil {
		t.Errorf("Ben sees Ana's draft: %+v, %v", other.Draft, err)
	}
	_, err = o.Decide(ctx, ben, stable(rv.ID)) // a snoozed one can be decided early
	o.check(err)
	c, err = o.Case(ctx, "acme", "UANA")
	o.check(err)
	if c.Review == nil || c.Review.ID != rv.ID || c.Decision == nil || c.Last != nil {
		t.Errorf("decided in an open run: %+v", c)
	}
	var told []string
	for _, x := range c.Trail {
		told = append(told, x.Text+" by "+x.Who+x.At.Format(", 15:04"))
	}
	want := []string{"taken by Ana, 10:00", "given to Ben by Mia, 10:00", "set aside until 2026-11-24 by Ben, 10:00", "stable by Ben, 10:00"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("trail (-want +got):\n%s", diff)
	}

	// A spot review afterwards has a trail of its own, and the old decision is the last.
	o.now = monday.AddDate(0, 7, 0)
	spot, err := o.OpenReview(ctx, ben, "acme")
	o.check(err)
	c, err = o.Case(ctx, "acme", "UBEN")
	o.check(err)
	if c.Review.ID != spot.ID || c.Run != nil || c.Last == nil || c.Decision != nil || !c.Renewing || c.Snapshot.Previous == nil {
		t.Errorf("spot review: %+v", c)
	}
	if len(c.Trail) != 1 || c.Trail[0].Text != "opened" {
		t.Errorf("trail of the spot review: %+v", c.Trail)
	}
	old, err := o.ReviewCase(ctx, rv.ID, "")
	o.check(err)
	if len(old.Trail) != 4 {
		t.Errorf("trail of the old review: %+v", old.Trail)
	}
	_, err = o.Case(ctx, "nobody", "")
	wants(t, err, record.NotFound, "no account")
}

func TestQueueFilters(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	b := record.Batch{File: "s.csv", Source: "crm", Accounts: []record.AccountRow{account("small", "Small", "UBEN")}}
	b.Accounts[0].Values[record.AttrSegment] = "smb"
	b.Accounts[0].Values[record.AttrManager] = "USOMEONE"
	o.load(b)
	o.load(readings("s2.csv", reading("small", .9, monday)))
	o.run("2026-11-23T09:00", "acme", "beta", "core", "small")
	_, err := o.Decide(ctx, ana, stable(o.reviewOf("acme").ID))
	o.check(err)
	for _, c := range []struct {
		name string
		f    record.QueueFilter
		want string
	}{
		{"all", record.QueueFilter{}, "acme beta core small"},
		{"open", record.QueueFilter{Open: true}, "beta core small"},
		{"Ben's", record.QueueFilter{Person: "UBEN"}, "beta small"},
		{"an owner unknown to us", record.QueueFilter{Person: "core@example.com"}, "core"},
		{"Mia's teams", record.QueueFilter{Manager: "UMIA"}, "acme beta core"},
		{"segment", record.QueueFilter{Segment: "smb"}, "small"},
		{"band", record.QueueFilter{Band: scoring.Risk}, "beta"},
		{"standing", record.QueueFilter{Standing: record.OnHold}, "core"},
		{"several", record.QueueFilter{Person: "UBEN", Band: scoring.Healthy, Open: true}, "small"},
	} {
		rows, err := o.Queue(ctx, c.f)
		o.check(err)
		var got []string
		for _, r := range rows {
			got = append(got, r.Account.ID)
		}
		slices.Sort(got)
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
	}
	rows, err := o.Queue(ctx, record.QueueFilter{Person: "UBEN", Band: scoring.Risk})
	o.check(err)
	want := record.QueueRow{Review: o.reviewOf("beta").ID, Account: rows[0].Account, Score: 500, Band: scoring.Risk, Proposal: scoring.AtRisk, Standing: record.NeedsPerson, State: record.ReviewOpen,
		Priority: scoring.Priority{Level: scoring.P3, Renewal: scoring.Far, Rate: .18, Urgency: .3, Issues: 1, Loss: .18 * 1200.5, Weight: .18 * 1200.5 * .3, Assumed: true, Currency: "EUR"}}
	if diff := cmp.Diff(want, rows[0]); diff != "" {
		t.Error(diff)
	}
}

// While the owner is away the backup's desk has the account.
func TestQueueOfTheBackup(t *testing.T) {
	o := empty(t)
	o.check(o.Close())
	opts := o.options()
	today := record.DateOf(monday)
	opts.Rules.People = record.NewDirectory(
		record.Person{ID: "UANA", Name: "Ana", Backup: "UBEN", Away: []record.Span{{From: today, To: today.Add(4)}}},
		record.Person{ID: "UBEN", Name: "Ben"})
	db, err := Open(t.Context(), opts)
	o.check(err)
	o.DB = db
	o.load(record.Batch{File: "a.csv", Source: "crm", Accounts: []record.AccountRow{account("acme", "Acme", "UANA")}})
	o.load(readings("u.csv", reading("acme", .5, monday)))
	o.run("2026-11-23T09:00", "acme")
	lines := 0
	for _, d := range o.post() {
		if d.Kind == record.OwnerLine && d.To == "UBEN" {
			lines++
		}
	}
	desk, err := o.Desk(t.Context(), "UBEN")
	o.check(err)
	if lines != 1 || len(desk.Queue) != 1 {
		t.Errorf("Ben has %d lines and %d accounts while Ana is away", lines, len(desk.Queue))
	}
	o.now = monday.AddDate(0, 0, 5)
	desk, err = o.Desk(t.Context(), "UANA")
	o.check(err)
	if len(desk.Queue) != 1 {
		t.Error("Ana is back, and her desk is empty")
	}
}

func TestDesk(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	o.run("2026-11-23T09:00", "acme", "beta")
	_, err := o.SnoozeReview(ctx, ben, record.Snooze{Review: o.reviewOf("beta").ID, Until: o.today().Add(3), Why: "Away"})
	o.check(err)
	rv := o.reviewOf("acme")
	first, err := o.Decide(ctx, ana, atRisk(rv.ID, "UBEN"))
	o.check(err)
	second := escalation(rv.ID, "UMIA")
	second.Supersedes = first.ID
	_, err = o.Decide(ctx, ben, second)
	o.check(err)
	for person, want := range map[string][5]int{ // queue, tasks, waiting, raised, snoozed
		"UANA": {0, 0, 0, 1, 0}, // hers is the account
		"UBEN": {0, 1, 0, 1, 1}, // he raised it
		"UMIA": {0, 0, 1, 0, 0},
		"ULIN": {},
	} {
		d, err := o.Desk(ctx, person)
		o.check(err)
		got := [5]int{len(d.Queue), len(d.Tasks), len(d.Waiting), len(d.Raised), len(d.Snoozed)}
		if got != want || d.Person.ID != person || !d.LastRefresh.Equal(o.now) {
			t.Errorf("%s: %v, want %v", person, got, want)
		}
	}
	d, err := o.Desk(ctx, "UMIA")
	o.check(err)
	if d.Waiting[0].Escalation.Ask != "Call their CFO" || d.Waiting[0].Case.Account.ID != "acme" {
		t.Errorf("waiting: %+v", d.Waiting[0])
	}
	// An answered escalation is on nobody's desk.
	_, err = o.AnswerEscalation(ctx, mia, record.Answer{Escalation: d.Waiting[0].Escalation.ID, Verb: record.Accept})
	o.check(err)
	for _, person := range []string{"UANA", "UBEN", "UMIA"} {
		if d, err := o.Desk(ctx, person); err != nil || len(d.Waiting)+len(d.Raised) != 0 {
			t.Errorf("%s still has it: %+v, %v", person, d, err)
		}
	}
}

// A new colleague in the configuration ends a hold without any further step.
func TestConfigurationEndsAHold(t *testing.T) {
	o := opened(t)
	run := o.run("2026-11-23T09:00", "core")
	o.check(o.Close())
	opts := o.options()
	opts.Rules.People = record.NewDirectory(append(everybody.All(), record.Person{ID: "core@example.com", Name: "Cora"})...)
	db, err := Open(t.Context(), opts)
	o.check(err)
	o.DB = db
	c, err := o.RunCase(t.Context(), run.ID)
	o.check(err)
	if c.Counts.OnHold != 0 || o.reviewOf("core").Standing != record.Within {
		t.Errorf("still on hold: %+v", c.Counts)
	}
}

// A bot and an import of another process at once: both get through.
func TestBesideAnotherProcess(t *testing.T) {
	o := opened(t)
	release, err := o.Lease(t.Context(), "the bot")
	o.check(err)
	rv := o.reviewing("acme")
	stop := o.carrying()
	other := *o
	other.open()
	b := readings("big.csv")
	for i := range 3 * rowsPerTurn {
		b.Readings = append(b.Readings, reading("beta", .2, monday.Add(-time.Duration(i+1)*time.Hour)))
	}
	done := make(chan error, 1)
	go func() {
		_, err := other.Import(t.Context(), file, b, record.ImportOptions{})
		done <- err
	}()
	for range 20 {
		o.check(o.SaveDraft(t.Context(), ana, record.Draft{Review: rv.ID, Values: map[record.Field]string{record.FieldSentence: "x"}}))
	}
	o.check(<-done)
	stop()
	if n := o.count("SELECT count(*) FROM reading"); n != 3+len(b.Readings) {
		t.Errorf("%d readings", n)
	}
	o.check(other.Close())
	o.check(release())
	o.holds()
}
