package storage

import (
	"encoding/json"
	"time"

	"healthbot/scoring"
)

// The oracle asks the tables for what was known at one moment in the most direct
// words that SQL has for it: row by row, a question for each kind of thing. Inputs
// and InputsAt must say the same, whatever was loaded in whatever order, and
// benchmarks say how much faster they do.
func (r *reader) oracle(accounts []string, asOf time.Time) ([]scoring.Input, error) {
	asOf = asOf.In(r.zone())
	known, err := r.accountsAsOf(accounts, asOf)
	if err != nil {
		return nil, err
	}
	type sync struct {
		kind scoring.FactKind
		at   time.Time
	}
	syncs, err := list(r, func(x *sync) []any { return []any{&x.kind, r.instant(&x.at)} },
		"SELECT kind, max(at) FROM sync_known WHERE at <= $1 AND kind IN ('milestone', 'ticket', 'invoice', 'contact', 'touch') GROUP BY kind", instant(asOf))
	if err != nil {
		return nil, err
	}
	synced := map[scoring.FactKind]time.Time{}
	for _, x := range syncs {
		synced[x.kind] = x.at
	}
	at := map[string]int{}
	var out []scoring.Input
	for _, id := range accounts {
		if a, ok := known[id]; ok {
			at[id] = len(out)
			out = append(out, scoring.Input{Now: asOf, Account: a.Scoring(asOf), Synced: synced})
		}
	}
	of := func(account string) *scoring.Input {
		if i, ok := at[account]; ok {
			return &out[i]
		}
		return &scoring.Input{}
	}
	if err := r.oracleReadings(accounts, asOf, of); err != nil {
		return nil, err
	}
	if err := r.oracleFacts(accounts, asOf, of); err != nil {
		return nil, err
	}
	return out, r.oracleCarried(accounts, asOf, of)
}

func (r *reader) oracleReadings(accounts []string, asOf time.Time, of func(account string) *scoring.Input) error {
	type row struct {
		account string
		scoring.Reading
	}
	rows, err := list(r, func(x *row) []any {
		return []any{&x.account, &x.Measure, &x.Source, &x.Value, r.instant(&x.ObservedAt), r.instant(&x.ReceivedAt), &x.Evidence, &x.Retired}
	}, `SELECT se.account, se.measure, se.source, re.value, re.observed_at, re.received_at, re.evidence, re.retired
		FROM series se JOIN reading re ON re.series = se.n AND (re.observed_at, re.revision) = (
			SELECT observed_at, revision FROM reading_known
			WHERE series = se.n AND observed_at <= $2 AND received_at <= $2
			ORDER BY observed_at DESC, received_at DESC, revision DESC LIMIT 1)
		WHERE se.account IN `+among(1)+` ORDER BY se.account, se.measure, se.source`, ids(accounts), instant(asOf))
	for _, x := range rows {
		in := of(x.account)
		in.Readings = append(in.Readings, x.Reading)
	}
	return err
}

func (r *reader) oracleFacts(accounts []string, asOf time.Time, of func(account string) *scoring.Input) error {
	type row struct {
		account string
		kind    scoring.FactKind
		body    []byte
	}
	rows, err := list(r, func(x *row) []any { return []any{&x.account, &x.kind, &x.body} },
		`SELECT fa.account, fa.kind, fa.body FROM fact_known fa
		WHERE fa.account IN `+among(1)+` AND fa.kind <> 'result' AND fa.received_at <= $2 AND NOT EXISTS (
			SELECT 1 FROM fact_known later
			WHERE later.source = fa.source AND later.kind = fa.kind AND later.external_id = fa.external_id
			AND later.received_at <= $2 AND (later.received_at, later.revision) > (fa.received_at, fa.revision))
		ORDER BY fa.account, fa.kind, fa.source, fa.external_id`, ids(accounts), instant(asOf))
	if err != nil {
		return err
	}
	for _, x := range rows {
		f := &of(x.account).Facts
		var to any
		switch x.kind {
		case scoring.KindMilestone:
			f.Milestones = append(f.Milestones, scoring.Milestone{})
			to = &f.Milestones[len(f.Milestones)-1]
		case scoring.KindTicket:
			f.Tickets = append(f.Tickets, scoring.Ticket{})
			to = &f.Tickets[len(f.Tickets)-1]
		case scoring.KindInvoice:
			f.Invoices = append(f.Invoices, scoring.Invoice{})
			to = &f.Invoices[len(f.Invoices)-1]
		case scoring.KindContact:
			f.Contacts = append(f.Contacts, scoring.Contact{})
			to = &f.Contacts[len(f.Contacts)-1]
		case scoring.KindTouch:
			f.Touches = append(f.Touches, scoring.Touch{})
			to = &f.Touches[len(f.Touches)-1]
		}
		if err := json.Unmarshal(x.body, to); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) oracleCarried(accounts []string, asOf time.Time, of func(account string) *scoring.Input) error {
	type row struct {
		account string
		state   scoring.Carried
	}
	rows, err := list(r, func(x *row) []any { return []any{&x.account, scanJSON{&x.state}} },
		`SELECT we.account, we.state FROM account ac JOIN weekly we ON we.account = ac.id AND we.week = (
			SELECT max(week) FROM weekly WHERE account = ac.id AND week IN (SELECT at FROM week WHERE at < $2))
		WHERE ac.id IN `+among(1), ids(accounts), instant(asOf))
	for _, x := range rows {
		x.state.Week = x.state.Week.In(r.zone())
		of(x.account).Carried = &x.state
	}
	return err
}
