package storage

import (
	"context"
	"slices"
	"time"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// factRow is one fact to be stored.
type factRow struct {
	kind       scoring.FactKind
	externalID string
	account    string
	body       string
	received   time.Time
	backfilled bool
	revision   int
}

type factKey struct {
	kind scoring.FactKind
	id   string
}

// planFacts works like planReadings: the key is source, kind and external id, and
// what is said is the account and the body.
func (p *plan) planFacts(r *reader) error {
	if len(p.batch.Facts) == 0 {
		p.syncFacts(nil)
		return nil
	}
	before, err := p.factsBefore(r)
	if err != nil {
		return err
	}
	type moment struct {
		factKey
		received int64
	}
	twice := duplicates[moment]{}
	bodies := make([]string, len(p.batch.Facts))
	for i, x := range p.batch.Facts {
		if bodies[i], err = body(x); err != nil {
			return err
		}
		received, _ := p.received(x.ReceivedAt)
		twice.add(moment{factKey{x.Kind, x.ExternalID}, received.UnixMilli()}, x.Account+" "+bodies[i], x.Where)
	}
	order := make([]int, len(bodies)) // oldest news first, so that revisions follow one another
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		a, _ := p.received(p.batch.Facts[i].ReceivedAt)
		b, _ := p.received(p.batch.Facts[j].ReceivedAt)
		return a.Compare(b)
	})
	when := map[scoring.FactKind][]time.Time{}
	for _, i := range order {
		x, said := p.batch.Facts[i], p.batch.Facts[i].Account+" "+bodies[i]
		received, backfilled := p.received(x.ReceivedAt)
		key := factKey{x.Kind, x.ExternalID}
		if !p.checkFact(x, bodies[i], received) {
			continue
		}
		if o, ok := twice.other(moment{key, received.UnixMilli()}, said); ok {
			p.refuse(x.Where, "", "another "+string(x.Kind)+" "+quoted(x.ExternalID)+" than in line "+o.line(), "one row for an external id in one file")
			continue
		}
		when[x.Kind] = append(when[x.Kind], received)
		v := p.judge(before[key], said, received)
		p.count(v)
		if v == isSame {
			continue
		}
		n := nextRevision(before[key])
		before[key] = append(before[key], revision{said, received, n})
		p.facts = append(p.facts, factRow{x.Kind, x.ExternalID, x.Account, bodies[i], received, backfilled, n})
	}
	p.syncFacts(when)
	return nil
}

// syncFacts notes the kinds of which the file was complete. A file that brought
// only refused rows of a kind proves nothing; one that brought none proves that
// there are none.
func (p *plan) syncFacts(when map[scoring.FactKind][]time.Time) {
	for _, k := range p.batch.Kinds {
		brought := slices.ContainsFunc(p.batch.Facts, func(x record.FactRow) bool { return x.Kind == k })
		switch {
		case len(when[k]) > 0:
			p.addSyncs(string(k), when[k])
		case !brought && !p.parseRefused():
			p.addSyncs(string(k), []time.Time{p.now})
		}
	}
}

func (p *plan) parseRefused() bool { return len(p.batch.Refused) > 0 }

func (p *plan) checkFact(x record.FactRow, body string, received time.Time) bool {
	switch {
	case x.ExternalID == "":
		p.refuse(x.Where, "id", "nothing", "the id that the source gives the "+string(x.Kind))
	case !slices.Contains(scoring.FactKinds, x.Kind) || body == "":
		p.refuse(x.Where, "", "a row of kind "+quoted(string(x.Kind)), "a milestone, ticket, invoice, contact or touch")
	default:
		return p.checkAccount(x.Where, x.Account) && p.checkReceived(x.Where, received)
	}
	return false
}

// body is a fact as JSON; "" when the row doesn't hold the fact that its kind
// names.
func body(x record.FactRow) (string, error) {
	switch {
	case x.Kind == scoring.KindMilestone && x.Milestone != nil:
		return encode(x.Milestone)
	case x.Kind == scoring.KindTicket && x.Ticket != nil:
		return encode(x.Ticket)
	case x.Kind == scoring.KindInvoice && x.Invoice != nil:
		return encode(x.Invoice)
	case x.Kind == scoring.KindContact && x.Contact != nil:
		return encode(x.Contact)
	case x.Kind == scoring.KindTouch && x.Touch != nil:
		return encode(x.Touch)
	}
	return "", nil
}

func (p *plan) factsBefore(r *reader) (map[factKey][]revision, error) {
	type row struct {
		factKey
		account, body string
		received      time.Time
		number        int
	}
	var kinds []string
	for _, x := range p.batch.Facts {
		if !slices.Contains(kinds, string(x.Kind)) {
			kinds = append(kinds, string(x.Kind))
		}
	}
	rows, err := list(r, func(x *row) []any {
		return []any{&x.kind, &x.id, &x.account, &x.body, r.instant(&x.received), &x.number}
	}, "SELECT kind, external_id, account, body, received_at, revision FROM fact_known WHERE source = $1 AND kind IN "+among(2)+" ORDER BY kind, external_id, revision",
		p.batch.Source, ids(kinds))
	if err != nil {
		return nil, err
	}
	out := make(map[factKey][]revision, len(rows))
	for _, x := range rows {
		out[x.factKey] = append(out[x.factKey], revision{x.account + " " + x.body, x.received, x.number})
	}
	return out, nil
}

func (db *DB) stageFacts(ctx context.Context, batch int64, p *plan) error {
	return inChunks(ctx, db, p.facts, func(t *tx, part []factRow) error {
		rows := make([][]any, len(part))
		for i, x := range part {
			rows[i] = []any{p.batch.Source, x.kind, x.externalID, x.revision, x.account, x.body, instant(x.received), instant(p.now), x.backfilled, batch}
		}
		return t.insertAll("fact", "source, kind, external_id, revision, account, body, received_at, imported_at, backfilled, batch", "", rows)
	})
}
