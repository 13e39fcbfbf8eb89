package view

import (
	"time"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// The office in which the tests play: a Monday morning in Berlin, a few people,
// and Acme, whose sponsor fell silent.

var (
	berlin = mustZone("Europe/Berlin")
	tokyo  = mustZone("Asia/Tokyo")
	now    = time.Date(2026, 11, 23, 9, 0, 0, 0, berlin)
)

const (
	ana = "U0ANA00001"
	bo  = "U0BO000002"
	mia = "U0MIA00003"
	li  = "U0LI000004"
	sam = "U0SAM00005"
	kai = "U0KAI00006" // in Tokyo
)

func mustZone(name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return z
}

func day(y int, m time.Month, d int) record.Date { return record.Date{Year: y, Month: m, Day: d} }

func daysAgo(n float64) time.Time { return now.Add(-time.Duration(n * 24 * float64(time.Hour))) }

func directory() record.Directory {
	return record.NewDirectory(
		record.Person{ID: ana, Name: "Ana", Roles: []record.Role{record.CSM}, Manager: mia, Backup: bo, Zone: berlin, Hours: record.OfficeHours},
		record.Person{ID: bo, Name: "Bo", Roles: []record.Role{record.CSM}, Manager: mia, Zone: berlin, Hours: record.OfficeHours},
		record.Person{ID: mia, Name: "Mia", Roles: []record.Role{record.Manager}, Zone: berlin, Hours: record.OfficeHours},
		record.Person{ID: li, Name: "Li", Roles: []record.Role{record.Analyst}, Zone: berlin},
		record.Person{ID: sam, Name: "Sam", Roles: []record.Role{record.SupportLead, record.Admin}, Zone: berlin},
		record.Person{ID: kai, Name: "Kai", Roles: []record.Role{record.Executive}, Zone: tokyo},
	)
}

func policy() record.Policy {
	return record.Policy{
		Zone:             berlin,
		Routes:           []record.Route{{Name: "enterprise-weekly", Segment: "enterprise", Channel: "C0ENTERPR1", Cron: "0 9 * * 1", Zone: berlin}},
		CadenceBySegment: map[string]int{"enterprise": 28},
		Reasons: []record.Reason{{Code: "silence", Title: "Sponsor silent"}, {Code: "milestones", Title: "Milestones slip"},
			{Code: "adoption", Title: "Adoption stalls"}, {Code: "support", Title: "Support trouble"}},
		Matrix:   []record.MatrixRow{{Segment: "enterprise", Recipients: []string{kai, record.ManagerRecipient}, Respond: 30 * time.Hour}},
		Sources:  []record.Source{{Name: "usage-db", Signals: []scoring.Signal{scoring.Usage, scoring.Adoption}, Period: 7, Owner: li}},
		Holidays: map[string][]record.Date{"de": {day(2026, 11, 25)}},
		PerOwner: 5,
	}
}

func frame() Frame {
	return Frame{Now: now, Zone: berlin, People: directory(), Policy: policy(), Model: scoring.BuiltIn(), Viewer: ana}
}

func acme() record.Account {
	return record.Account{ID: "acme", Name: "Acme", Segment: "enterprise", Seats: 120, StartedOn: day(2024, 2, 1), ARR: 240000, Currency: "EUR",
		RenewalOn: day(2026, 12, 4), Owner: ana, Manager: mia, CRM: "https://crm.example.com/acme"}
}

// acmeInput is what is known of Acme: usage holds, milestones slip, and the
// sponsor has been silent for six weeks.
func acmeInput() scoring.Input {
	in := scoring.Input{
		Now: now, Account: acme().Scoring(now),
		Readings: []scoring.Reading{
			{Measure: "usage.active_seat_ratio", Source: "usage-db", Value: .86, ObservedAt: daysAgo(2), ReceivedAt: daysAgo(2), Evidence: "103 of 120 seats active https://usage.example.com/acme"},
			{Measure: "usage.logins_per_seat_week", Source: "usage-db", Value: 4.6, ObservedAt: daysAgo(2), ReceivedAt: daysAgo(2)},
			{Measure: "adoption.key_feature_ratio", Source: "usage-db", Value: .8, ObservedAt: daysAgo(20), ReceivedAt: daysAgo(20), Evidence: "12 of 15 key features"},
		},
		Synced: map[scoring.FactKind]time.Time{},
	}
	for _, k := range scoring.FactKinds {
		in.Synced[k] = daysAgo(.2)
	}
	in.Facts.Milestones = []scoring.Milestone{
		{ID: "m1", Name: "Roll-out in Lyon", Due: daysAgo(19)}, {ID: "m2", Name: "SSO", Due: daysAgo(12)}, {ID: "m3", Name: "Kick-off", Due: daysAgo(300), Done: daysAgo(299)}}
	in.Facts.Contacts = []scoring.Contact{{ID: "c1", Name: "Noor", Role: "sponsor"}, {ID: "c2", Name: "Ed", Role: "champion"}}
	in.Facts.Touches = []scoring.Touch{{ID: "t1", Contact: "c1", At: daysAgo(41), Inbound: true}}
	in.Facts.Tickets = []scoring.Ticket{{ID: "T-77", Title: "Export is slow", Severity: 3, Opened: daysAgo(9)}}
	return in
}

// acmeBefore is what was known of Acme four weeks ago: the sponsor had written a
// fortnight before, and the milestones lay ahead.
func acmeBefore() scoring.Input {
	in := acmeInput()
	in.Now = daysAgo(28)
	for i, v := range []float64{.84, 4.4, .8} {
		in.Readings[i].Value, in.Readings[i].ObservedAt, in.Readings[i].ReceivedAt = v, daysAgo(30), daysAgo(30)
	}
	in.Synced = map[scoring.FactKind]time.Time{}
	for _, k := range scoring.FactKinds {
		in.Synced[k] = daysAgo(28.2)
	}
	return in
}

func acmeSnapshot() record.Snapshot {
	m, scorer := scoring.BuiltIn(), scoring.NewScorer(scoring.BuiltIn())
	change, ok := scoring.Explain(scoring.End{Scorer: scorer, Input: acmeBefore()}, scoring.End{Scorer: scorer, Input: acmeInput()})
	if !ok {
		panic("Acme is unscored")
	}
	r := scorer.Evaluate(acmeInput())
	return record.Snapshot{ID: "sn_1", Account: "acme", At: now, Result: r, Change: &change,
		Previous: &record.Previous{AsOf: daysAgo(28), Score: change.From, Band: scoring.Healthy},
		Priority: m.Prioritize(r, acme().RenewalOn.Time(), scoring.Stakes{ARR: acme().ARR, Currency: "EUR", Top: true, Severity2: 1})}
}

// acmeCase is Acme in Monday's run, open.
func acmeCase() record.Case {
	return record.Case{
		Account: acme(), Snapshot: acmeSnapshot(),
		Review: &record.Review{ID: "rv_1", Run: "rn_1", Account: "acme", Snapshot: "sn_1", State: record.ReviewOpen, Standing: record.NeedsPerson},
		Run:    &record.Run{ID: "rn_1", Segment: "enterprise", State: record.RunOpen},
		Last: &record.Decision{ID: "dc_0", Review: "rv_0", Account: "acme", Outcome: scoring.Watchlist, Sentence: "Sponsor travels; look again.", Watch: "A reply from Noor",
			Next: day(2026, 11, 23), Reasons: []string{"silence"}, Score: 870, By: ana, ByName: "Ana", At: daysAgo(21)},
		Renewing: true,
	}
}

// unscored has little fresh evidence: two measures late, the rest unknown.
func unscored() record.Case { return acmeAs(littleInput()) }

func littleInput() scoring.Input {
	in := acmeInput()
	in.Readings = in.Readings[2:]
	in.Synced = map[scoring.FactKind]time.Time{scoring.KindMilestone: daysAgo(1), scoring.KindTicket: daysAgo(1)}
	in.Facts = scoring.Facts{Milestones: in.Facts.Milestones[2:]}
	return in
}

// conflicting has two sources that disagree about active seats.
func conflicting() record.Case {
	c := acmeCase()
	in := acmeInput()
	in.Readings = append(in.Readings, scoring.Reading{Measure: "usage.active_seat_ratio", Source: "billing-export", Value: .4, ObservedAt: daysAgo(2.5), ReceivedAt: daysAgo(2)})
	c.Snapshot.Result, c.Snapshot.Change = scoring.Evaluate(scoring.BuiltIn(), in), nil
	c.Snapshot.Priority = scoring.BuiltIn().Prioritize(c.Snapshot.Result, acme().RenewalOn.Time(), scoring.Stakes{ARR: acme().ARR, Currency: "EUR"})
	c.Holds = c.Snapshot.Result.Holds
	return c
}

// overridden is Acme with Ana's correction of the score.
func overridden() record.Case {
	in := acmeInput()
	until := time.Date(2026, 12, 20, 0, 0, 0, 0, berlin)
	in.Override = &scoring.Override{Points: -13.5, Reason: "Half of the seats are our own test accounts", Until: until}
	c := acmeAs(in)
	c.Override = &record.Override{ID: "ov_1", Account: "acme", Points: -135, Reason: in.Override.Reason, Evidence: "Ed's list of 20 Nov", Until: until, By: ana, ByName: "Ana", At: daysAgo(3)}
	return c
}

// cancelling is Acme after its sponsor was heard to want to cancel.
func cancelling(in scoring.Input) record.Case {
	x := record.Cancellation{ID: "ca_1", Account: "acme", Who: "Noor", Heard: day(2026, 11, 22), Evidence: "“We won't renew, whatever you change.”", By: li, ByName: "Li", At: daysAgo(.5)}
	in.Account.CancelIntent = x.Words()
	c := acmeAs(in)
	c.Cancelling = &x
	return c
}

// acmeAs is Acme's open review with the score of something else that is known.
func acmeAs(in scoring.Input) record.Case {
	c, scorer := acmeCase(), scoring.NewScorer(scoring.BuiltIn())
	s := &c.Snapshot
	s.Result, s.Change = scorer.Evaluate(in), nil
	if change, ok := scoring.Explain(scoring.End{Scorer: scorer, Input: acmeBefore()}, scoring.End{Scorer: scorer, Input: in}); ok {
		s.Change = &change
	}
	s.Priority = scoring.BuiltIn().Prioritize(s.Result, acme().RenewalOn.Time(), scoring.Stakes{ARR: acme().ARR, Currency: "EUR"})
	c.Holds = s.Result.Holds
	return c
}

func decided(o scoring.Outcome) record.Case {
	c := acmeCase()
	c.Review.State, c.Review.Decision = record.ReviewDecided, "dc_1"
	at := now.Add(5*time.Hour + 2*time.Minute)
	c.Decision = &record.Decision{ID: "dc_1", Review: "rv_1", Account: "acme", Outcome: o, Proposed: scoring.AtRisk, Sentence: "No reply for six weeks and the roll-out slips.",
		Reasons: []string{"silence", "milestones"}, Next: day(2026, 12, 14), Watch: "A reply from Noor", Owner: ana, Goal: "Above 60 within 30 days",
		Score: 590, By: ana, ByName: "Ana", At: at}
	c.Trail = []record.Trail{{At: now.Add(time.Hour), Who: bo, Text: "taken"}, {At: at, Who: ana, Text: string(o)}}
	switch o {
	case scoring.AtRisk:
		c.Tasks = []record.Task{task()}
	case scoring.Escalation:
		e := escalation()
		c.Escalation = &e
	}
	return c
}

func task() record.Task {
	return record.Task{ID: "tk_1", Decision: "dc_1", Account: "acme", Kind: record.Outreach, Title: "Reach a second stakeholder", Owner: bo,
		Due: day(2026, 11, 27), Expected: "A date with Noor's deputy", State: record.TaskOpen, By: ana, ByName: "Ana", MadeAt: now}
}

func escalation() record.Escalation {
	return record.Escalation{ID: "es_1", Decision: "dc_1", Account: "acme", Recipient: kai, Trigger: "No reply for 41 days before a renewal on 4 Dec",
		Reason: "Noor is gone quiet; I can't reach anybody else.", Plan: "I keep the roll-out going with Ed.", Ask: "Call their COO this week.",
		RespondBy: time.Date(2026, 11, 24, 15, 0, 0, 0, berlin), State: record.EscOpen, By: ana, ByName: "Ana", MadeAt: now}
}

func escalationCase(state record.EscalationState) record.EscalationCase {
	c := record.EscalationCase{Escalation: escalation(), Case: decided(scoring.Escalation)}
	e := &c.Escalation
	e.State = state
	if state != record.EscOpen {
		e.AckedAt = now.Add(time.Hour)
	}
	if !e.Open() {
		e.DecidedAt, e.DecidedBy, e.Answer = now.Add(3*time.Hour), kai, "I call on Thursday."
	}
	return c
}

func run() record.RunCase {
	return record.RunCase{
		Run: record.Run{ID: "rn_1", Job: "enterprise-weekly", Slot: "2026-11-23T09:00", State: record.RunOpen, Segment: "enterprise", Channel: "C0ENTERPR1",
			DueAt: now, OpenedAt: now, Version: "built-in v1", Missing: []string{"3 accounts of segment smb: no route reviews it"}},
		Counts:   record.Counts{Due: 42, NeedPerson: 5, OnHold: 3, InWork: 6, Within: 28},
		Segments: map[string]int{"enterprise": 42},
		Held: []record.HeldAccount{{Account: "globex", Name: "Globex", Holds: conflicting().Holds},
			{Account: "initech", Name: "Initech", Holds: []scoring.Hold{{Kind: scoring.HoldUnowned, Evidence: "owner “jdoe” isn't set up"}}}},
		Waiting: map[string]int{ana: 4, bo: 2},
		Sources: []record.SourceState{{Name: "usage-db", LastSync: daysAgo(.1)}, {Name: "tickets", LastSync: daysAgo(12), Late: true}, {Name: "surveys"}},
		Yours:   map[string][]record.QueueRow{ana: rows()},
	}
}

func rows() []record.QueueRow {
	b := acme()
	b.ID, b.Name, b.RenewalOn = "beta", "Beta GmbH", day(2027, 12, 1)
	g := acme()
	g.ID, g.Name, g.Owner = "globex", "Globex", "jdoe"
	return []record.QueueRow{
		{Review: "rv_1", Priority: scoring.Priority{Level: scoring.P1}, Account: acme(), Score: 590, Band: scoring.Risk, Proposal: scoring.AtRisk, Standing: record.NeedsPerson, State: record.ReviewOpen, Outcome: scoring.Watchlist},
		{Review: "rv_2", Priority: scoring.Priority{Level: scoring.P4}, Account: b, Score: 687, Band: scoring.Watch, Proposal: scoring.Watchlist, Standing: record.InWork, State: record.ReviewOpen, Taken: bo, Outcome: scoring.AtRisk},
		{Review: "rv_3", Account: g, Unscored: true, Standing: record.OnHold, State: record.ReviewOpen, Holds: []scoring.Hold{{Kind: scoring.HoldUnowned}}},
	}
}

func desk() record.Desk {
	done := rows()[1]
	done.State, done.Snoozed, done.Taken = record.ReviewSnoozed, day(2026, 12, 3), ""
	late := task()
	late.ID, late.Title, late.Due = "tk_2", "Plan the SSO roll-out", day(2026, 11, 20)
	person, _ := directory().Person(ana)
	return record.Desk{Person: person, Queue: rows(), Tasks: []record.TaskCase{{Task: late, Account: acme()}, {Task: task(), Account: acme()}},
		Waiting: []record.EscalationCase{escalationCase(record.EscOpen)}, Raised: []record.EscalationCase{escalationCase(record.EscAcknowledged)},
		Snoozed: []record.QueueRow{done}, NextRun: now.Add(7 * 24 * time.Hour), LastRefresh: daysAgo(.1)}
}

func draft(o scoring.Outcome) record.Draft {
	return record.Draft{Review: "rv_1", Person: ana, Values: map[record.Field]string{
		record.FieldOutcome: string(o), record.FieldSentence: "No reply for six weeks.", record.FieldReasons: "silence\nmilestones"}}
}
