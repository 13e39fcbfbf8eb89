package storage

import (
	"context"
	"time"

	"healthbot/storage/record"
)

// Names of leases: each is held by one process at a time.
const (
	runLease    = "run"    // the bot itself
	importLease = "import" // staging of an import
)

// leaseStale is how long a lease outlives its last sign of life.
const leaseStale = 30 * time.Second

// Lease makes this process the only `run` on the database, until release, or
// until it hasn't renewed for thirty seconds. Another holder is a Busy error
// that names it.
func (db *DB) Lease(ctx context.Context, who string) (release func() error, err error) {
	return db.lease(ctx, runLease, who)
}

// RenewLease is the sign of life; it fails when somebody else has taken over.
func (db *DB) RenewLease(ctx context.Context, _ string) error {
	return db.bookkeeping(ctx, people, "renew the lease", func(t *tx) error { return t.renew(db, runLease) })
}

func (db *DB) lease(ctx context.Context, name, who string) (func() error, error) {
	err := db.bookkeeping(ctx, people, "take the lease", func(t *tx) error {
		now := db.real()
		type held struct {
			holder      string
			since, beat time.Time
		}
		h, ok, err := first(&t.reader, func(h *held) []any { return []any{&h.holder, t.instant(&h.since), t.instant(&h.beat)} },
			"SELECT holder, since, beat FROM lease WHERE name = $1", name)
		if err != nil {
			return err
		}
		if ok && now.Sub(h.beat) < leaseStale {
			return record.Errorf(record.Busy, "This database is in use: %s holds it for `%s` since %s. Nothing was changed. Stop that one first; if it is gone already, try again in %d seconds.",
				h.holder, name, clock(h.since, now, t.zone()), int(leaseStale.Seconds()))
		}
		return t.do("INSERT INTO lease (name, holder, token, since, beat) VALUES ($1, $2, $3, $4, $4) ON CONFLICT (name) DO UPDATE SET holder = $2, token = $3, since = $4, beat = $4",
			name, who, db.token, instant(now))
	})
	if err != nil {
		return nil, err
	}
	release := func() error {
		// On the way out the caller's context is over already.
		return db.bookkeeping(context.WithoutCancel(ctx), people, "give the lease back", func(t *tx) error {
			return t.do("DELETE FROM lease WHERE name = $1 AND token = $2", name, db.token)
		})
	}
	return release, nil
}

// renew notes that this process is alive.
func (t *tx) renew(db *DB, name string) error {
	n, err := t.exec("UPDATE lease SET beat = $1 WHERE name = $2 AND token = $3", instant(db.real()), name, db.token)
	if err == nil && n == 0 {
		return record.Errorf(record.Busy, "Another process has taken this database over, because this one gave no sign of life for %d seconds.", int(leaseStale.Seconds()))
	}
	return err
}

// clock writes a time of the office: "14:02", with the day unless it is today.
func clock(at, now time.Time, zone *time.Location) string {
	at, now = at.In(zone), now.In(zone)
	switch {
	case record.DateOf(at) == record.DateOf(now):
		return at.Format("15:04")
	case at.Year() == now.Year():
		return at.Format("15:04 on 2 Jan")
	}
	return at.Format("15:04 on 2 Jan 2006")
}

func (r *reader) clock(at time.Time) string { return clock(at, r.now, r.zone()) }
