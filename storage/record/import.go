package record

import (
	"fmt"
	"time"

	"healthbot/scoring"
)

// Batch is what one import file brought, parsed and checked, before it is
// stored. Rows that couldn't be parsed are in Refused.
type Batch struct {
	File     string // base name, for people
	Digest   string // SHA-256 of the content
	Source   string
	Accounts []AccountRow
	Readings []ReadingRow
	Facts    []FactRow
	Refused  []Refused
	// Kinds are the kinds of fact that the file is a complete sync of.
	Kinds []scoring.FactKind
}

// AccountRow is one account as a file gave it: only the attributes it names.
type AccountRow struct {
	ID         string
	Values     map[Attribute]string // canonical text: dates YYYY-MM-DD, numbers plain
	ReceivedAt time.Time            // zero: now
	Where      Where
}

// ReadingRow is one reading of an account.
type ReadingRow struct {
	Account    string
	Measure    string
	Value      float64
	ObservedAt time.Time
	ReceivedAt time.Time // zero: now
	Evidence   string
	Collector  string
	Where      Where
}

// FactRow is one dated fact of an account; exactly one of the pointers is set.
type FactRow struct {
	Account    string
	Kind       scoring.FactKind
	ExternalID string
	ReceivedAt time.Time // zero: now
	Milestone  *scoring.Milestone
	Ticket     *scoring.Ticket
	Invoice    *scoring.Invoice
	Contact    *scoring.Contact
	Touch      *scoring.Touch
	Where      Where
}

// Where is a place in a file, counted from 1; Column 0 means the whole line.
type Where struct {
	File   string
	Line   int
	Column int
}

func (w Where) String() string {
	if w.Column == 0 {
		return fmt.Sprintf("%s:%d", w.File, w.Line)
	}
	return fmt.Sprintf("%s:%d:%d", w.File, w.Line, w.Column)
}

// Refused is a row that wasn't loaded, and what would have been right.
type Refused struct {
	Where    Where  `json:"where"`
	Column   string `json:"column,omitempty"` // the column's name
	Found    string `json:"found"`
	Expected string `json:"expected"`
}

func (r Refused) String() string {
	at := r.Where.String()
	if r.Column != "" {
		at += ", column " + r.Column
	}
	return fmt.Sprintf("%s: found %s; expected %s", at, r.Found, r.Expected)
}

// Summary is what became of an import.
type Summary struct {
	File      string    `json:"file"`
	Loaded    int       `json:"loaded"`
	Unchanged int       `json:"unchanged"`
	Corrected int       `json:"corrected"`
	Refused   []Refused `json:"refused"`
	Stopped   bool      `json:"stopped,omitempty"` // --strict, and a row was refused: nothing was loaded
}
