package storage

import (
	"encoding/json"
	"fmt"
	"math"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// factSaid is one revision of a fact. It stood from when it was received until
// the next one was.
type factSaid struct {
	account         string
	kind            scoring.FactKind
	body            []byte
	received, until int64
}

// facts decodes the facts that stood at each moment: of each, the revision that
// was received last by then. A fact that moved to another account counts there
// alone.
func (g *gathering) facts() error {
	goals := goals{}
	return each(g.reader, func(x *factSaid) []any { return []any{&x.account, &x.kind, &x.body, &x.received, &x.until} }, func(x factSaid) error {
		inputs, from := g.inputs(x.account)
		if x.kind == record.KindGoal {
			return goals.add(inputs, g.at[from:], x)
		}
		var add func(*scoring.Facts)
		for i := range inputs {
			if at := g.at[from+i]; at < x.received || at >= x.until {
				continue
			}
			if add == nil {
				var err error
				if add, err = fact(x.kind, x.body); err != nil {
					return fmt.Errorf("account %s: %w", x.account, err)
				}
			}
			add(&inputs[i].Facts)
		}
		return nil
	}, `SELECT fa.account, fa.kind, fa.body, fa.received_at, COALESCE((SELECT min(received_at) FROM fact
			WHERE source = fa.source AND kind = fa.kind AND external_id = fa.external_id
			AND (received_at, revision) > (fa.received_at, fa.revision)`+g.loaded+`), $3)
		FROM fact fa WHERE fa.account IN `+among(1)+` AND fa.kind <> 'result' AND fa.received_at <= $2`+g.loaded+`
		ORDER BY fa.account, fa.source, fa.kind, fa.external_id, fa.revision`, g.asked, g.last(), int64(math.MaxInt64))
}

// fact decodes one, and answers with what adds it to an account's.
func fact(kind scoring.FactKind, body []byte) (func(*scoring.Facts), error) {
	switch kind {
	case scoring.KindMilestone:
		return decoded(body, func(f *scoring.Facts) *[]scoring.Milestone { return &f.Milestones })
	case scoring.KindTicket:
		return decoded(body, func(f *scoring.Facts) *[]scoring.Ticket { return &f.Tickets })
	case scoring.KindInvoice:
		return decoded(body, func(f *scoring.Facts) *[]scoring.Invoice { return &f.Invoices })
	case scoring.KindContact:
		return decoded(body, func(f *scoring.Facts) *[]scoring.Contact { return &f.Contacts })
	case scoring.KindTouch:
		return decoded(body, func(f *scoring.Facts) *[]scoring.Touch { return &f.Touches })
	}
	return nil, fmt.Errorf("unknown kind of fact %q", kind)
}

func decoded[T any](body []byte, in func(*scoring.Facts) *[]T) (func(*scoring.Facts), error) {
	var x T
	if err := json.Unmarshal(body, &x); err != nil {
		return nil, fmt.Errorf("decode %T: %w", x, err)
	}
	return func(f *scoring.Facts) { to := in(f); *to = append(*to, x) }, nil
}
