package source

import (
	"slices"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// Kind says what a file holds.
type Kind string

const (
	Accounts   Kind = "accounts"
	Readings   Kind = "readings"
	Milestones Kind = "milestones"
	Tickets    Kind = "tickets"
	Invoices   Kind = "invoices"
	Contacts   Kind = "contacts"
	Touches    Kind = "touches"
	Results    Kind = "results"
	Goals      Kind = "goals"
)

// Kinds lists them in the order of documentation.
var Kinds = []Kind{Accounts, Readings, Milestones, Tickets, Invoices, Contacts, Touches, Results, Goals}

// facts are the kinds whose rows are dated facts.
var facts = map[Kind]scoring.FactKind{
	Milestones: scoring.KindMilestone,
	Tickets:    scoring.KindTicket,
	Invoices:   scoring.KindInvoice,
	Contacts:   scoring.KindContact,
	Touches:    scoring.KindTouch,
	Results:    record.KindResult,
	Goals:      record.KindGoal,
}

// Detect says what a file with this header holds: the kind that knows most of
// its columns, if it knows at least half. Between two that know as many, the one
// that has all of its required columns is meant; else nobody can tell.
//
// It doesn't ask for a perfect header: one with a slip is better refused as
// tickets with a misspelt column than as a file of no kind.
func Detect(header []string) (Kind, bool) {
	var best Kind
	most, whole, tied := 0, false, false
	for _, k := range Kinds {
		n, complete := fit(k, header)
		switch {
		case 2*n < len(header) || n < most || n == most && whole && !complete:
		case n == most && whole == complete:
			tied = true
		default:
			best, most, whole, tied = k, n, complete, false
		}
	}
	if most == 0 || tied {
		return "", false
	}
	return best, true
}

// fit counts the columns of a kind that a header has, and says whether all the
// required ones are among them.
func fit(k Kind, header []string) (n int, complete bool) {
	cols := columns[k]
	there := make([]bool, len(cols))
	for _, h := range header {
		if i := find(cols, h); i >= 0 && !there[i] {
			there[i] = true
			n++
		}
	}
	return n, len(missing(cols, false, func(i int) bool { return there[i] })) == 0
}

// find returns the index of the column that a header names, or -1.
func find(cols []column, header string) int {
	h := plainName(header)
	return slices.IndexFunc(cols, func(c column) bool { return c.name == h || slices.Contains(c.also, h) })
}
