package storage

import (
	"context"
	"time"

	"healthbot/storage/record"
)

// Backlog is what the outbox has before it.
type Backlog struct {
	Pending int // to be posted
	Sending int // handed to Slack, the end unknown
	Stale   int // posted, to be edited
	Dead    int // refused for good, ever
	// Lag is how long, on the office clock, the oldest of those to be posted has
	// waited since it was queued or its records last changed.
	Lag time.Duration
}

// Backlog counts what waits in the outbox.
func (db *DB) Backlog(ctx context.Context) (b Backlog, err error) {
	err = db.read(ctx, func(r *reader) error {
		type state struct {
			record.DeliveryState
			n, stale int
			oldest   time.Time
		}
		states, err := list(r, func(s *state) []any { return []any{&s.DeliveryState, &s.n, &s.stale, r.instant(&s.oldest)} },
			"SELECT state, count(*), sum(wanted > shown), min(touched_at) FROM delivery GROUP BY state")
		if err != nil {
			return err
		}
		for _, s := range states {
			switch s.DeliveryState {
			case record.Pending:
				b.Pending, b.Lag = s.n, max(r.now.Sub(s.oldest), 0)
			case record.Sending:
				b.Sending = s.n
			case record.Sent:
				b.Stale = s.stale
			case record.Dead:
				b.Dead = s.n
			}
		}
		return nil
	})
	return b, err
}
