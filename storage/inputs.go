package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"healthbot/scoring"
)

// Inputs gathers what was known of accounts at a moment: attributes, readings
// and facts received by then, in the revision that was the latest then, and the
// state that the week before handed on. It answers in the order asked, with a few queries however many accounts there
// are; an account that nobody had heard of by then is left out.
func (db *DB) Inputs(ctx context.Context, accounts []string, asOf time.Time) (out []scoring.Input, err error) {
	err = db.read(ctx, func(r *reader) error {
		out, err = r.inputs(accounts, asOf)
		return err
	})
	return out, err
}

func (r *reader) inputs(accounts []string, asOf time.Time) ([]scoring.Input, error) {
	asOf = asOf.In(r.zone()) // stages turn at the office's midnight
	known, err := r.accountsAsOf(accounts, asOf)
	if err != nil {
		return nil, err
	}
	synced, err := r.syncedAsOf(asOf)
	if err != nil {
		return nil, err
	}
	at := make(map[string]int, len(accounts))
	out := make([]scoring.Input, 0, len(accounts))
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
		return &scoring.Input{} // evidence that came before its account
	}
	if err := r.readingsAsOf(accounts, asOf, of); err != nil {
		return nil, err
	}
	if err := r.factsAsOf(accounts, asOf, of); err != nil {
		return nil, err
	}
	if err := r.saidAsOf(accounts, asOf, of); err != nil {
		return nil, err
	}
	if err := r.carriedAsOf(accounts, asOf, of); err != nil {
		return nil, err
	}
	return out, nil
}

// readingsAsOf finds for each series the one reading that counts: the latest
// observed, and of that the latest received. Going series by series, each a
// seek in the primary key, costs the same whether a year or a week is kept.
func (r *reader) readingsAsOf(accounts []string, asOf time.Time, of func(account string) *scoring.Input) error {
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
	if err != nil {
		return err
	}
	for _, x := range rows {
		in := of(x.account)
		in.Readings = append(in.Readings, x.Reading)
	}
	return nil
}

// factsAsOf decodes the facts that stood at asOf: of each, the revision that was
// received last by then. A fact that moved to another account counts there alone.
func (r *reader) factsAsOf(accounts []string, asOf time.Time, of func(account string) *scoring.Input) error {
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
		if err := addFact(&of(x.account).Facts, x.kind, x.body); err != nil {
			return fmt.Errorf("account %s: %w", x.account, err)
		}
	}
	return nil
}

func addFact(f *scoring.Facts, kind scoring.FactKind, body []byte) error {
	switch kind {
	case scoring.KindMilestone:
		return appendJSON(&f.Milestones, body)
	case scoring.KindTicket:
		return appendJSON(&f.Tickets, body)
	case scoring.KindInvoice:
		return appendJSON(&f.Invoices, body)
	case scoring.KindContact:
		return appendJSON(&f.Contacts, body)
	case scoring.KindTouch:
		return appendJSON(&f.Touches, body)
	}
	return fmt.Errorf("unknown kind of fact %q", kind)
}

func appendJSON[T any](to *[]T, body []byte) error {
	var x T
	if err := json.Unmarshal(body, &x); err != nil {
		return fmt.Errorf("decode %T: %w", x, err)
	}
	*to = append(*to, x)
	return nil
}

// syncedAsOf is, for each kind of fact, the last complete sync by then of any
// source that delivers it.
func (r *reader) syncedAsOf(asOf time.Time) (map[scoring.FactKind]time.Time, error) {
	type row struct {
		kind scoring.FactKind
		at   time.Time
	}
	rows, err := list(r, func(x *row) []any { return []any{&x.kind, r.instant(&x.at)} },
		"SELECT kind, max(at) FROM sync WHERE at <= $1 AND kind IN ('milestone', 'ticket', 'invoice', 'contact', 'touch') GROUP BY kind", instant(asOf))
	if err != nil {
		return nil, err
	}
	out := make(map[scoring.FactKind]time.Time, len(rows))
	for _, x := range rows {
		out[x.kind] = x.at
	}
	return out, nil
}
