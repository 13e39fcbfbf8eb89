package record

import "healthbot/scoring"

// KindGoal is the kind of fact that says what a customer wants to reach. It is no
// evidence, but what evidence is judged by.
const KindGoal scoring.FactKind = "goal"

// Goal is a customer's own success criterion for a measure, from a day on and
// until the next one of that measure.
type Goal struct {
	Measure  string      `json:"measure"`
	From     Date        `json:"from"`
	At       *[5]float64 `json:"at,omitempty"` // nil: from that day on there is none
	Evidence string      `json:"evidence,omitempty"`
}

// Key tells a goal from the account's others.
func (g Goal) Key(account string) string { return account + " " + g.Measure + " " + g.From.String() }
