package scoring

// BuiltIn is version 1 of the model, approved at installation. Its numbers are
// starting points that a team replaces with its own, and each carries its
// reason. All seven signals are defined; the five of a first deployment are in
// service.
func BuiltIn() Model {
	all := AllSignals()
	return all.InService(Usage, Adoption, Support, Stakeholder, Milestones)
}

// IsBuiltIn says that a model is version 1, whichever signals are in service
// and however sources are ranked: those two follow from the configuration.
func (m Model) IsBuiltIn() bool {
	var signals []Signal
	for _, w := range m.Signals {
		signals = append(signals, w.Signal)
	}
	m.SourceOrder = nil
	return m.Digest() == AllSignals().InService(signals...).Digest()
}

// AllSignals is the built-in model with all seven signals in service.
func AllSignals() Model {
	return Model{
		Name: "built-in", Version: 1,
		// Shares are what counts: weights of signals out of service don't.
		Signals: []SignalWeight{
			{Usage, .20, "what people do tells more than what anybody says, and it is read the most often"},
			{Stakeholder, .16, "nobody renews what no sponsor answers for; silence comes before the end of use"},
			{Milestones, .15, "an outcome that is late is the value that was paid for and isn't there"},
			{Adoption, .15, "breadth makes leaving harder; it moves more slowly than use"},
			{Support, .14, "trouble is felt at once, and customers who write still care: less than usage"},
			{Billing, .11, "late payment is a late sign, and often only a slow office"},
			{Sentiment, .09, "few answer, and who answers isn't who decides: the least of all"},
		},
		Measures: []Measure{
			measure("usage.active_seat_ratio", "active seats", "ratio", 2, 0, 1, at(.1, .3, .5, .7, .9), 9, 7,
				"half of the seats in use is usual; counts double, because a few busy people can't hide idle seats; a weekly figure, and a week plus two days is on time"),
			measure("usage.logins_per_seat_week", "log-ins per seat and week", "per seat", 1, 0, 500, at(.5, 1, 2, 3, 5), 9, 7,
				"a tool for work is opened twice a week at the least, daily at best; a weekly figure"),
			measure("adoption.key_feature_ratio", "key features in use", "ratio", 1, 0, 1,
				[]AnchorSet{{At: [5]float64{.1, .25, .45, .65, .85}}, {Stage: Onboarding, At: [5]float64{.05, .12, .22, .35, .5}}}, 14, 14,
				"in the first 90 days half of the key features is already good; features change slowly, so a fortnight is on time"),
			derivedMeasure("support.open_urgent", "open urgent tickets", "count", 1, at(4, 3, 2, 1, 0), 2, 7, AbsentZero, OpenUrgent,
				"one open urgent ticket is ordinary, four at once are a crisis; tickets are read as they stand, so two days of silence is a stopped feed; none on record is none open"),
			derivedMeasure("support.sla_breaches_30d", "promised times missed in 30 days", "count", 1, at(5, 3, 2, 1, 0), 2, 7, AbsentZero, SLABreaches,
				"each is a promise broken: one happens, three in a month are a habit; none on record is none missed"),
			derivedMeasure("support.urgent_share_30d", "urgent share of tickets in 30 days", "ratio", .5, at(.8, .6, .4, .25, .1), 2, 7, AbsentZero, UrgentShare,
				"one ticket in four to ten is usually urgent; the mix tells trouble from mere questions, and is taken of five tickets at the least, so that a single one isn't a mix; counts half, because open urgent tickets count already; no ticket is no urgent one"),
			derivedMeasure("support.tickets_per_100_seats_30d", "tickets per 100 seats in 30 days", "per 100 seats", 1, at(40, 25, 15, 8, 3), 2, 7, AbsentUnknown, TicketsPer100,
				"eight tickets per 100 seats and month are ordinary, five times that is a product that doesn't work for them; unknown without a number of seats"),
			measure("sentiment.csat", "satisfaction", "of 5", 1, 1, 5, at(2.5, 3.2, 3.8, 4.3, 4.7), 90, 45,
				"answers crowd at the top: 3.8 of 5 is the middle; a survey's answer describes a quarter"),
			measure("sentiment.pulse", "pulse", "of 5", 1, 1, 5, at(1, 2, 3, 4, 5), 30, 30,
				"a person's own scale, taken as it is; an impression describes a month"),
			derivedMeasure("billing.days_overdue", "days overdue", "days", 1, at(90, 60, 30, 14, 0), 7, 14, AbsentZero, DaysOverdue,
				"a fortnight is a slow office, two months are a decision; no invoice on record is none unpaid"),
			derivedMeasure("stakeholder.days_since_reply", "days since a reply", "days", 2, at(45, 30, 21, 14, 7), 7, 14, AbsentBad, DaysSinceReply,
				"a reply a week is a conversation, six weeks of silence are none; counts double, because who has gone silent can't be counted among contacts; never a reply is the worst answer"),
			derivedMeasure("stakeholder.active_contacts", "active contacts", "count", 1, at(0, 1, 2, 3, 5), 7, 14, AbsentBad, ActiveContacts,
				"one contact is one resignation from none; five carry an account; nobody on record is the worst answer"),
			derivedMeasure("milestones.overdue", "overdue milestones", "count", 1, at(4, 3, 2, 1, 0), 7, 14, AbsentUnknown, OverdueMilestones,
				"one late milestone is ordinary, four are a plan nobody follows; without a plan nothing is known"),
			stalled(),
		},
		Caps: []CapRule{
			{"milestones and silence", 59, []Condition{{Kind: MilestonesOverdue, AtLeast: 2, Days: 7}, {Kind: SponsorSilent, Days: 21, Factor: 3}},
				"late and silent at once is how customers leave who still log in: at risk, whatever else is green"},
			{"milestones overdue", 74, []Condition{{Kind: MilestonesOverdue, AtLeast: 2, Days: 7}}, "two milestones a week late: not healthy; a week's grace, because dates slip"},
			{"sponsor silent", 74, []Condition{{Kind: SponsorSilent, Days: 21, Factor: 3}}, "three weeks and three times the usual gap: not healthy; either alone is a holiday or a quiet customer"},
			{"three red signals", 39, []Condition{{Kind: RedSignals, AtLeast: 3}}, "three of seven broken: critical"},
			{"two red signals", 59, []Condition{{Kind: RedSignals, AtLeast: 2}}, "two broken: at risk, though the rest may lift the sum"},
			{"a red signal", 74, []Condition{{Kind: RedSignals, AtLeast: 1}}, "one broken: not healthy"},
			{"champion left", 69, []Condition{{Kind: ChampionLeft}}, "nobody inside argues for a renewal until a successor is found: watch it"},
			{"severity 1 open", 59, []Condition{{Kind: Severity1Open, Days: 7}}, "a week without what they pay for"},
			{"escalated by the customer", 59, []Condition{{Kind: CustomerEscalated, AtLeast: 2, Days: 30}}, "who asks twice a month for somebody higher up has told you"},
			{"invoice 90 days overdue", 39, []Condition{{Kind: InvoiceOverdue, Days: 90}}, "a quarter unpaid is a customer who has stopped paying"},
			{"invoice 60 days overdue", 59, []Condition{{Kind: InvoiceOverdue, Days: 60}}, "two months unpaid isn't a slow office any more"},
			{"intent to cancel", 19, []Condition{{Kind: IntentToCancel}}, "they said so; no number speaks against it"},
			{"not proven healthy", 74, []Condition{{Kind: ThinCoverage}}, "too little fresh evidence to call anybody healthy"},
		},
		// Three lines of 15 to 20 points: moves of less than the usual noise of
		// five points stay inside a band.
		Bands: []BandLine{{Healthy, 75}, {Watch, 60}, {Risk, 40}, {Critical, 0}},
		// Below three fifths of the evidence a number would be a guess; from four
		// fifths on what is missing can't turn a band.
		Floor: .6, High: .8,
		// Ten points under normal is broken, if the signal is more than a sliver.
		RedBelow: 40, RedShare: .08,
		// At five points of noise this changes a band about once a year; plain
		// lines would do it eight times.
		Steady: Hysteresis{Smoothing: .4, WorseBy: 3, BetterBy: 5, BetterWeeks: 2, NearWeeks: 6,
			RedClear: 45, RedWeeks: 2, LowLine: 60, LowWeeks: 3},
		// A seventh of the whole silent stops the review; two sources a fifth apart
		// can't both be right; of what is unknown 25 points either way is possible.
		HoldShare: .15, Disagreement: .2, Doubt: 25,
		Priorities: []PriorityRow{
			{Escalation, Soon, P1, P1}, {Escalation, Near, P1, P1}, {Escalation, Far, P2, P2},
			{AtRisk, Soon, P2, P1}, {AtRisk, Near, P2, P2}, {AtRisk, Far, P3, P3},
			{Watchlist, Soon, P3, P2}, {Watchlist, Near, P3, P3}, {Watchlist, Far, P4, P4},
		},
		// The nearer the renewal, the less time is left to turn it; a date that
		// nobody knows weighs like one within a quarter.
		Urgency: Urgency{Rows: []UrgencyRow{{30, 1}, {60, .9}, {90, .75}, {180, .5}}, Later: .3, Unknown: .75},
		// Assumed until results are recorded; never shown as a probability.
		Rates: map[Band]float64{Healthy: .02, Watch: .06, Risk: .18, Critical: .40, Unscored: .06},
		Criteria: []Criterion{
			{Stable, "Evidence is fresh, nothing moved beyond tolerance, no open risk needs work."},
			{Watchlist, "Something moved or is unclear; no intervention yet, but look again soon and say what to watch."},
			{AtRisk, "The customer is losing value or contact; one owner works on it with a goal and a date."},
			{Escalation, "The owner alone can't turn it: a manager or another function must act by a date."},
		},
	}
}

// stalled says how long a plan has stood still, above all in activation. It
// belongs to the milestones, not to adoption: the same source delivers both, so
// that where no milestones are kept no signal carries a measure without data.
func stalled() Measure {
	return derivedMeasure("milestones.stalled_days", "days without progress on the plan", "days", .5,
		[]AnchorSet{{At: [5]float64{60, 30, 14, 7, 0}}, {Stage: Onboarding, At: [5]float64{42, 28, 14, 7, 0}}}, 7, 14, AbsentUnknown, StalledDays,
		"a late plan that moves is another thing than one that stands; a fortnight is normal, and in activation six weeks are too late to recover, because the first 90 days decide; counts half, because overdue milestones count already; without a plan nothing is known")
}

func at(a0, a25, a50, a75, a100 float64) []AnchorSet {
	return []AnchorSet{{At: [5]float64{a0, a25, a50, a75, a100}}}
}

// measure is a measure read from a source; 50 is normal until a segment's
// median is known, and 5 points of week-on-week noise are usual.
func measure(id, title, unit string, weight, lo, hi float64, anchors []AnchorSet, sla, half float64, why string) Measure {
	return Measure{ID: id, Signal: signalOf(id), Title: title, Unit: unit, Weight: weight, Min: lo, Max: hi, Anchors: anchors,
		SLA: sla, Half: half, Norm: 50, Spread: 5, Absence: AbsentUnknown, Why: why}
}

// derivedMeasure is computed from facts; it can be read from a source, too. What
// it is without facts is for absence to say, as long as their source is in sync:
// that way a customer without tickets isn't one about whom nothing is known.
func derivedMeasure(id, title, unit string, weight float64, anchors []AnchorSet, sla, half float64, absence Absence, d Derivation, why string) Measure {
	const most = 1e5 // no count, ratio or number of days of one customer is larger
	x := measure(id, title, unit, weight, 0, most, anchors, sla, half, why)
	x.Absence, x.Derive = absence, d
	if unit == "ratio" {
		x.Max = 1
	}
	return x
}

func signalOf(id string) Signal {
	for _, s := range Signals {
		if len(id) > len(s) && id[:len(s)] == string(s) && id[len(s)] == '.' {
			return s
		}
	}
	return ""
}
