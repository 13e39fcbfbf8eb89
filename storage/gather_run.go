package storage

import (
	"context"
	"time"

	"healthbot/storage/record"
)

// RunCase gathers a run with its numbers, as its digest shows them.
func (db *DB) RunCase(ctx context.Context, id string) (c record.RunCase, err error) {
	err = db.read(ctx, func(r *reader) error {
		c, err = r.runCase(id)
		return err
	})
	return c, err
}

func (r *reader) runCase(id string) (c record.RunCase, err error) {
	if c.Run, err = r.run(id); err != nil {
		return c, err
	}
	who, err := r.confirmation(id)
	if err != nil {
		return c, err
	}
	c.Confirmed, c.ConfirmedAt = who.name, who.at
	if c.Sources, err = r.sources(); err != nil {
		return c, err
	}
	all, err := r.entries("rv.run = $1", id)
	if err != nil {
		return c, err
	}
	c.Segments, c.Waiting, c.Yours = map[string]int{}, map[string]int{}, map[string][]record.QueueRow{}
	for _, e := range all {
		r.tally(&c, e)
	}
	return c, nil
}

// tally counts one review of a run. The groups count what is still to do: a
// review leaves its group when it is decided or set aside.
func (r *reader) tally(c *record.RunCase, e entry) {
	n := &c.Counts
	n.Due++
	c.Segments[e.Account.Segment]++
	owner := r.answers(e.Account)
	if e.card {
		c.Yours[owner] = append(c.Yours[owner], e.QueueRow)
	}
	switch e.State {
	case record.ReviewDecided:
		n.Decided++
		return
	case record.ReviewSnoozed:
		n.Snoozed++
		return
	case record.ReviewCarried:
		n.Carried++
		return
	}
	switch e.Standing {
	case record.OnHold:
		n.OnHold++
		c.Held = append(c.Held, record.HeldAccount{Account: e.Account.ID, Name: e.Account.Name, Holds: e.Holds})
	case record.NeedsPerson:
		n.NeedPerson++
		if !e.card {
			c.Waiting[owner]++
		}
	case record.InWork:
		n.InWork++
	default:
		n.Within++
	}
}

// lateBy is how long after its period a source counts as late.
const lateBy = 2 * 24 * time.Hour

// sources says how current each configured source is.
func (r *reader) sources() ([]record.SourceState, error) {
	type row struct {
		source string
		at     time.Time
	}
	rows, err := list(r, func(x *row) []any { return []any{&x.source, r.instant(&x.at)} },
		"SELECT source, max(at) FROM sync_known WHERE at <= $1 GROUP BY source", instant(r.now))
	if err != nil {
		return nil, err
	}
	last := map[string]time.Time{}
	for _, x := range rows {
		last[x.source] = x.at
	}
	var out []record.SourceState
	for _, s := range r.rules.Policy.Sources {
		at := last[s.Name]
		period := time.Duration(s.Period) * 24 * time.Hour
		out = append(out, record.SourceState{Name: s.Name, LastSync: at, Late: at.IsZero() || (s.Period > 0 && r.now.Sub(at) > period+lateBy)})
	}
	return out, nil
}
