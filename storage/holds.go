package storage

import (
	"fmt"
	"slices"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// inForce lists the holds that stand: those that the evidence sets off, without
// the ones whose every measure a person has looked into, "unowned" when nobody we
// know answers for the account, and "model" for every account while the live
// version of the model isn't the approved one.
func (r *reader) inForce(evidence []scoring.Hold, cleared []record.Clearance, a record.Account) []scoring.Hold {
	var out []scoring.Hold
	if h, ok := r.modelHold(); ok {
		out = append(out, h)
	}
	for _, h := range evidence {
		if !lookedInto(h, cleared) {
			out = append(out, h)
		}
	}
	if _, ok := r.rules.People.Acting(a, r.today()); !ok {
		h := scoring.Hold{Kind: scoring.HoldUnowned, Evidence: "nobody owns this account"}
		if a.Owner != "" {
			h.Evidence = fmt.Sprintf("the owner “%s” isn't set up in healthbot", a.Owner)
		}
		out = append(out, h)
	}
	return out
}

func lookedInto(h scoring.Hold, cleared []record.Clearance) bool {
	open := slices.ContainsFunc(h.Measures, func(m string) bool {
		return !slices.ContainsFunc(cleared, func(c record.Clearance) bool { return c.Kind == h.Kind && c.Measure == m })
	})
	return !open && len(h.Measures) > 0
}

// clearances lists what was looked into, by review, where a condition holds.
func (r *reader) clearances(where string, args ...any) (map[string][]record.Clearance, error) {
	type row struct {
		review string
		record.Clearance
	}
	rows, err := list(r, func(x *row) []any { return append([]any{&x.review}, r.intoClearance(&x.Clearance)...) },
		"SELECT cl.review, "+clearanceCols+" FROM clearance cl WHERE "+where+" ORDER BY cl.n", args...)
	if err != nil {
		return nil, err
	}
	out := map[string][]record.Clearance{}
	for _, x := range rows {
		out[x.review] = append(out[x.review], x.Clearance)
	}
	return out, nil
}
