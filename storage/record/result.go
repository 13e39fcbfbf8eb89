package record

import (
	"time"

	"healthbot/scoring"
)

// KindResult is the kind of fact that says how a contract went on. It is what a
// health score should have foreseen and no evidence for one, which is why scoring
// doesn't know it.
const KindResult scoring.FactKind = "result"

// Ending is how a contract went on.
type Ending string

const (
	Renewed    Ending = "renewed"
	Churned    Ending = "churned"
	Contracted Ending = "contracted"
	Expanded   Ending = "expanded"
)

// Result is what became of an account's contract on a day.
type Result struct {
	ID         string    `json:"id"` // in the system it comes from
	Account    string    `json:"-"`
	Source     string    `json:"-"`
	ReceivedAt time.Time `json:"-"`
	On         Date      `json:"on"`
	Ending     Ending    `json:"result"`
	Before     *float64  `json:"arr_before,omitempty"` // a year; nil: nobody said
	After      *float64  `json:"arr_after,omitempty"`
}
