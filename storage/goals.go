package storage

import (
	"encoding/json"
	"fmt"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// goals finds at each moment which goal counts, of all that were set for an
// account and a measure: the one that began last, and of two that began on one day
// the one that was received last.
type goals map[goalKey]goalRank

type goalKey struct {
	account, measure string
	at               int64
}

type goalRank struct {
	from     record.Date
	received int64
}

// add has a goal count in the inputs of the moments at which it is the one.
func (gs goals) add(inputs []scoring.Input, at []int64, x factSaid) error {
	var g record.Goal
	if err := json.Unmarshal(x.body, &g); err != nil {
		return fmt.Errorf("account %s: decode %T: %w", x.account, g, err)
	}
	for i := range inputs {
		in, key := &inputs[i], goalKey{x.account, g.Measure, at[i]}
		best, ok := gs[key]
		switch {
		case at[i] < x.received || at[i] >= x.until: // another revision of it stood then
			continue
		case g.From.After(record.DateOf(in.Now)): // it hadn't begun
			continue
		case ok && (g.From.Before(best.from) || g.From == best.from && x.received < best.received):
			continue
		}
		gs[key] = goalRank{g.From, x.received}
		if g.At == nil {
			delete(in.Account.Goals, g.Measure)
			continue
		}
		if in.Account.Goals == nil {
			in.Account.Goals = map[string]scoring.Goal{}
		}
		in.Account.Goals[g.Measure] = scoring.Goal{At: *g.At, Since: g.From.Time(), Evidence: g.Evidence}
	}
	return nil
}
