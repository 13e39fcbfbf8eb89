package record

import (
	"fmt"
	"iter"
	"time"

	"healthbot/scoring"
)

// Batch is what one import file brought, or a part of it: parsed and checked, but
// not stored yet. Rows that couldn't be parsed are in Refused. A file of any
// length is a sequence of batches, of which the last knows what only the end of
// the file tells: the digest, and whether it was whole.
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

// Parts is the batch as a sequence of one.
func (b Batch) Parts() iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) { yield(b, nil) }
}

// Rows counts what a batch brings, without what was refused.
func (b Batch) Rows() int { return len(b.Accounts) + len(b.Readings) + len(b.Facts) }

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
	Result     *Result
	Goal       *Goal
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

// MostRefused is how many refused rows a summary lists; what goes beyond is
// counted. A file of another shape refuses every row, and a million of them
// would help nobody.
const MostRefused = 10_000

// MostMarked is how many marked rows a summary lists.
const MostMarked = 100

// MostChanges is how many changes a dry run shows.
const MostChanges = 20

// Summary is what became of an import.
type Summary struct {
	File      string    `json:"file"`
	Loaded    int       `json:"loaded"`
	Unchanged int       `json:"unchanged"`
	Corrected int       `json:"corrected"`
	Refused   []Refused `json:"refused"`                // in the order of the file
	More      int       `json:"more_refused,omitempty"` // beyond those listed
	Stopped   bool      `json:"stopped,omitempty"`      // --strict, and a row was refused: nothing was loaded
	// Marked are rows that loaded, though a person should look at them: the first
	// MostMarked, in the order of accounts.
	Marked     []Refused `json:"marked,omitempty"`
	MoreMarked int       `json:"more_marked,omitempty"`
	Changes    []Diff    `json:"changes,omitempty"` // of a dry run: the first MostChanges
}

// RefusedRows counts the refused rows, listed or not.
func (s Summary) RefusedRows() int { return len(s.Refused) + s.More }

// Diff is one thing that an import would change.
type Diff struct {
	Account string `json:"account"`
	What    string `json:"what"`             // an attribute, a measure and when, a fact and its field
	Before  string `json:"before,omitempty"` // as this source said it last; "" if it is new
	After   string `json:"after"`
}

// Progress says how far an import is.
type Progress struct {
	Step string // "reading", "comparing", "loading"
	Rows int    // done in this step
	Of   int    // 0 while nobody knows
}
