package view

import (
	"strings"
	"testing"
	"time"

	"healthbot/scoring"
	"healthbot/storage/record"
)

func TestTally(t *testing.T) {
	for want, n := range map[string]record.Counts{
		"42 due · 5 need a person · 3 on hold · 6 in work · 28 within tolerance":            {Due: 42, NeedPerson: 5, OnHold: 3, InWork: 6, Within: 28},
		"2 due · 1 needs a person · 0 on hold · 0 in work · 1 within tolerance · 1 decided": {Due: 2, NeedPerson: 1, Within: 1, Decided: 1},
		"1 due · 0 need a person · 0 on hold · 0 in work · 1 within tolerance · 1 snoozed":  {Due: 1, Within: 1, Snoozed: 1},
		"Nothing is due; everything in scope has its next review ahead.":                    {},
	} {
		if got := tally(n); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestLate: a run that missed its time says so, with the day if it is another.
func TestLate(t *testing.T) {
	c := run()
	c.Run.Late = true
	f := frame()
	f.Policy.Zone = tokyo
	for want, posted := range map[string]time.Time{
		"due 09:00, posted 11:42 after downtime":                       now.Add(2*time.Hour + 42*time.Minute),
		"due Mon 23 Nov 09:00, posted Tue 24 Nov 08:00 after downtime": now.Add(23 * time.Hour),
	} {
		c.Run.OpenedAt = posted
		if m := Digest(f.in(tokyo), c); !strings.Contains(m.Text, want) { // the route's zone, whoever looks
			t.Errorf("%q isn't in %q", want, m.Text)
		}
	}
}

func TestWaiting(t *testing.T) {
	for want, by := range map[string]map[string]int{
		"":                                      {ana: 0},
		"1 more waits in the queue: Ana 1":      {ana: 1},
		"6 more wait in the queue: Ana 4, Bo 2": {bo: 2, ana: 4, mia: 0},
	} {
		if got := frame().waiting(by).flat(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestTimes(t *testing.T) {
	f := frame()
	for want, got := range map[string]string{
		"14:02":                          f.clock(now.Add(5*time.Hour + 2*time.Minute)),
		"Tue 24 Nov, 00:30":              f.clock(now.Add(15*time.Hour + 30*time.Minute)),
		"22:02":                          f.in(tokyo).clock(now.Add(5*time.Hour + 2*time.Minute)),
		"23 Dec 2027, 09:00":             f.clock(now.AddDate(1, 1, 0)),
		"4 Dec":                          f.day(day(2026, 12, 4)),
		"1 Dec 2027":                     f.day(day(2027, 12, 1)),
		"Mon 23 Nov, 17:00 (Asia/Tokyo)": f.in(tokyo).deadline(now),
		"just now":                       f.age(now.Add(-time.Minute)),
		"5 h old":                        f.age(daysAgo(.23)),
		"1 day old":                      f.age(daysAgo(1.9)),
		"no date":                        f.age(time.Time{}),
		"renewal was due 20 Nov":         f.renewal(record.Account{RenewalOn: day(2026, 11, 20)}),
		"":                               f.renewal(record.Account{}),
		"owner not set up: jdoe":         f.owner(record.Account{Owner: "jdoe"}),
		"no owner":                       f.owner(record.Account{}),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	// Nothing configured: the office is in UTC.
	if got := (Frame{Now: now}).clock(now); got != "08:00" {
		t.Errorf("got %q", got)
	}
}

// TestTaskDue: work is due by the account's priority and the doer's own calendar.
func TestTaskDue(t *testing.T) {
	f := frame()
	anna, _ := f.People.Person(ana)
	anna.Region = "de"
	away := anna
	away.Away = []record.Span{{From: day(2026, 11, 24), To: day(2026, 11, 27)}}
	abroad := anna
	abroad.Region = "no"
	for _, tt := range []struct {
		what  string
		p     record.Person
		level scoring.Level
		want  record.Date
	}{
		{"at once", anna, scoring.P1, day(2026, 11, 24)},
		{"over a holiday", anna, scoring.P2, day(2026, 11, 27)},
		{"of another region", abroad, scoring.P2, day(2026, 11, 26)},
		{"nobody known", record.Person{}, scoring.P2, day(2026, 11, 26)},
		{"over a weekend and an absence", away, scoring.P2, day(2026, 12, 2)},
		{"in its time", anna, scoring.P3, day(2026, 12, 8)},
		{"without a level", anna, scoring.NoLevel, day(2026, 11, 27)},
	} {
		c := acmeCase()
		c.Snapshot.Priority.Level = tt.level
		if got := f.taskDue(c, tt.p); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.what, got, tt.want)
		}
	}
}

// TestCriteria stand beside the outcomes where all fit, else above them.
func TestCriteria(t *testing.T) {
	f := frame()
	options, above := f.outcomes()
	if above == nil || options[0].Description != nil {
		t.Error("long criteria must stand above")
	}
	f.Model.Criteria = []scoring.Criterion{{Outcome: scoring.Stable, Text: "all is well"}, {Outcome: scoring.AtRisk, Text: "losing value"}}
	options, above = f.outcomes()
	if above != nil || options[0].Description.Text != "all is well" || options[1].Description != nil {
		t.Error("short criteria must stand beside their outcome")
	}
}

// TestStaleDraft: dates that have gone by since are replaced, texts stay.
func TestStaleDraft(t *testing.T) {
	f := frame()
	for _, o := range []scoring.Outcome{scoring.Watchlist, scoring.AtRisk, scoring.Escalation} {
		d := draft(o)
		d.Values[record.FieldNext], d.Values[record.FieldDue], d.Values[record.FieldRespondBy] = "2026-11-23", "2026-11-20", "1000000000"
		d.Values[record.FieldWatch], d.Values[record.FieldGoal], d.Values[record.FieldAsk] = "kept", "kept", "kept"
		got, _, err := ParseFollow(submit(t, ReviewFollow(f, acmeCase(), d, Meta{Step: CallOutcome}), nil), d)
		if err != nil {
			t.Fatal(err)
		}
		switch o {
		case scoring.Watchlist:
			if got.Next != day(2026, 12, 7) || got.Watch != "kept" {
				t.Errorf("%+v", got)
			}
		case scoring.AtRisk:
			if got.Task.Due != day(2026, 11, 24) || got.Goal != "kept" {
				t.Errorf("%+v", got.Task)
			}
		case scoring.Escalation:
			if !got.Escalate.RespondBy.After(now) || got.Escalate.Ask != "kept" {
				t.Errorf("%+v", got.Escalate)
			}
		}
	}
}

// TestLastTimeComesBack: words of the last decision, not its dates and people.
func TestLastTimeComesBack(t *testing.T) {
	c := acmeCase()
	c.Last.Next, c.Last.Owner = day(2026, 11, 30), bo
	got, _, err := ParseFollow(submit(t, ReviewFollow(frame(), c, draft(scoring.Watchlist), Meta{Step: CallOutcome}), nil), draft(scoring.Watchlist))
	if err != nil || got.Watch != c.Last.Watch || got.Next != day(2026, 12, 7) {
		t.Errorf("%v, %+v", err, got)
	}
	c.Last.Outcome, c.Last.Goal = scoring.AtRisk, "A date with Noor"
	got, _, err = ParseFollow(submit(t, ReviewFollow(frame(), c, draft(scoring.AtRisk), Meta{Step: CallOutcome}), nil), draft(scoring.AtRisk))
	if err != nil || got.Goal != "A date with Noor" || got.Owner != ana {
		t.Errorf("%v, %+v", err, got)
	}
}

// TestEmptiedField: what a person clears is clear, whatever the draft said.
func TestEmptiedField(t *testing.T) {
	d := draft(scoring.Escalation)
	d.Values[record.FieldPlan] = "an old plan"
	form := ReviewFollow(frame(), acmeCase(), d, Meta{Step: CallOutcome})
	got, saved, err := ParseFollow(submit(t, form, map[record.Field]string{record.FieldPlan: ""}), d)
	if err != nil || got.Escalate.Plan != "" || saved.Values[record.FieldPlan] != "" {
		t.Errorf("%v, %+v, %v", err, got.Escalate, saved.Values)
	}
	if d.Values[record.FieldPlan] == "" {
		t.Error("the caller's draft was changed")
	}
}

// TestOpenEscalationIsUpdated: the form says that there is one already.
func TestOpenEscalationIsUpdated(t *testing.T) {
	c := acmeCase()
	e := escalation()
	c.Escalation = &e
	if s := string(encode(t, ReviewFollow(frame(), c, draft(scoring.Escalation), Meta{Step: CallOutcome}))); !strings.Contains(s, "There is an open escalation to Kai already") {
		t.Error(s)
	}
	f := frame()
	f.Policy.Matrix = nil
	c.Account.Manager = ""
	if s := string(encode(t, ReviewFollow(f, c, draft(scoring.Escalation), Meta{Step: CallOutcome}))); !strings.Contains(s, "Nobody is set as recipient") {
		t.Error(s)
	}
}

// TestFixes: a refusal that nobody foresaw still says what to do.
func TestFixes(t *testing.T) {
	for reason, want := range map[string]string{"Type /invite @healthbot there.": "/invite @healthbot", "new_error": "healthbot check --online"} {
		if m := AdminDM(frame(), record.Delivery{ID: "dl_1", Kind: record.TaskDM, To: ana, Reason: reason}); !strings.Contains(m.Text, want) || !strings.Contains(m.Text, "a task to Ana") {
			t.Errorf("%s: %s", reason, m.Text)
		}
	}
}
