package scoring

// BuiltIn is version 1 of the model, approved at installation. Its numbers are
// starting points that a team replaces with its own: anchors from what is
// usual in subscription software, norms of 50 until medians are known, weights
// that give engagement and outcomes more say than satisfaction surveys.
// All seven signals are defined; the five of a first deployment are in service.
func BuiltIn() Model {
	all := AllSignals()
	return all.InService(Usage, Adoption, Support, Stakeholder, Milestones)
}

// AllSignals is the built-in model with all seven signals in service.
func AllSignals() Model {
	return Model{
		Name: "built-in", Version: 1,
		Signals: []SignalWeight{
			{Usage, .20}, {Stakeholder, .16}, {Milestones, .15}, {Adoption, .15},
			{Support, .14}, {Billing, .11}, {Sentiment, .09},
		},
		Measures: []Measure{
			// Weekly figures: a week plus two days is still on time.
			measure("usage.active_seat_ratio", "active seats", "ratio", 2, 0, 1, at(.1, .3, .5, .7, .9), 9, 7),
			measure("usage.logins_per_seat_week", "log-ins per seat and week", "per seat", 1, 0, 500, at(.5, 1, 2, 3, 5), 9, 7),
			// Features change slowly; a fortnight is on time.
			measure("adoption.key_feature_ratio", "key features in use", "ratio", 1, 0, 1,
				// In the first 90 days half of the key features is already good.
				[]AnchorSet{{At: [5]float64{.1, .25, .45, .65, .85}}, {Stage: Onboarding, At: [5]float64{.05, .12, .22, .35, .5}}}, 14, 14),
			// Tickets are read as they stand; two days is a stopped feed.
			derivedMeasure("support.open_urgent", "open urgent tickets", "count", 1, at(4, 3, 2, 1, 0), 2, 7, AbsentZero, OpenUrgent),
			derivedMeasure("support.sla_breaches_30d", "promised times missed in 30 days", "count", 1, at(5, 3, 2, 1, 0), 2, 7, AbsentZero, SLABreaches),
			derivedMeasure("support.tickets_per_100_seats_30d", "tickets per 100 seats in 30 days", "per 100 seats", 1, at(40, 25, 15, 8, 3), 2, 7, AbsentUnknown, TicketsPer100),
			// A survey answer describes a quarter, a person's pulse a month.
			measure("sentiment.csat", "satisfaction", "of 5", 1, 1, 5, at(2.5, 3.2, 3.8, 4.3, 4.7), 90, 45),
			measure("sentiment.pulse", "pulse", "of 5", 1, 1, 5, at(1, 2, 3, 4, 5), 30, 30),
			derivedMeasure("billing.days_overdue", "days overdue", "days", 1, at(90, 60, 30, 14, 0), 7, 14, AbsentZero, DaysOverdue),
			derivedMeasure("stakeholder.days_since_reply", "days since a reply", "days", 2, at(45, 30, 21, 14, 7), 7, 14, AbsentBad, DaysSinceReply),
			derivedMeasure("stakeholder.active_contacts", "active contacts", "count", 1, at(0, 1, 2, 3, 5), 7, 14, AbsentBad, ActiveContacts),
			derivedMeasure("milestones.overdue", "overdue milestones", "count", 1, at(4, 3, 2, 1, 0), 7, 14, AbsentUnknown, OverdueMilestones),
		},
		Caps: []CapRule{
			{"milestones and silence", 59, []Condition{{Kind: MilestonesOverdue, AtLeast: 2, Days: 7}, {Kind: SponsorSilent, Days: 21, Factor: 3}}},
			{"milestones overdue", 74, []Condition{{Kind: MilestonesOverdue, AtLeast: 2, Days: 7}}},
			{"sponsor silent", 74, []Condition{{Kind: SponsorSilent, Days: 21, Factor: 3}}},
			{"three red signals", 39, []Condition{{Kind: RedSignals, AtLeast: 3}}},
			{"two red signals", 59, []Condition{{Kind: RedSignals, AtLeast: 2}}},
			{"a red signal", 74, []Condition{{Kind: RedSignals, AtLeast: 1}}},
			{"champion left", 69, []Condition{{Kind: ChampionLeft}}},
			{"severity 1 open", 59, []Condition{{Kind: Severity1Open, Days: 7}}},
			{"escalated by the customer", 59, []Condition{{Kind: CustomerEscalated, AtLeast: 2, Days: 30}}},
			{"invoice 90 days overdue", 39, []Condition{{Kind: InvoiceOverdue, Days: 90}}},
			{"invoice 60 days overdue", 59, []Condition{{Kind: InvoiceOverdue, Days: 60}}},
			{"intent to cancel", 19, []Condition{{Kind: IntentToCancel}}},
			{"not proven healthy", 74, []Condition{{Kind: ThinCoverage}}},
		},
		Bands: []BandLine{{Healthy, 75}, {Watch, 60}, {Risk, 40}, {Critical, 0}},
		Floor: .6, High: .8,
		RedBelow: 40, RedShare: .08,
		// At five points of noise this changes a band about once a year; plain
		// lines would do it eight times.
		Steady: Hysteresis{Smoothing: .4, WorseBy: 3, BetterBy: 5, BetterWeeks: 2, NearWeeks: 6,
			RedClear: 45, RedWeeks: 2, LowLine: 60, LowWeeks: 3},
		HoldShare: .15, Disagreement: .2, Doubt: 25,
		Priorities: []PriorityRow{
			{Escalation, Soon, P1, P1}, {Escalation, Near, P1, P1}, {Escalation, Far, P2, P2},
			{AtRisk, Soon, P2, P1}, {AtRisk, Near, P2, P2}, {AtRisk, Far, P3, P3},
			{Watchlist, Soon, P3, P2}, {Watchlist, Near, P3, P3}, {Watchlist, Far, P4, P4},
		},
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

func at(a0, a25, a50, a75, a100 float64) []AnchorSet {
	return []AnchorSet{{At: [5]float64{a0, a25, a50, a75, a100}}}
}

// measure is a measure read from a source; 50 is normal until a segment's
// median is known, and 5 points of week-on-week noise are usual.
func measure(id, title, unit string, weight, lo, hi float64, anchors []AnchorSet, sla, half float64) Measure {
	return Measure{ID: id, Signal: signalOf(id), Title: title, Unit: unit, Weight: weight, Min: lo, Max: hi, Anchors: anchors,
		SLA: sla, Half: half, Norm: 50, Spread: 5, Absence: AbsentUnknown}
}

// derivedMeasure is computed from facts; it can be read from a source, too.
func derivedMeasure(id, title, unit string, weight float64, anchors []AnchorSet, sla, half float64, absence Absence, d Derivation) Measure {
	const most = 1e5 // no count, ratio or number of days of one customer is larger
	x := measure(id, title, unit, weight, 0, most, anchors, sla, half)
	x.Absence, x.Derive = absence, d
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
