package storage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"healthbot/storage/record"
)

// Names of leases: each is held by one process at a time.
const (
	runLease    = "run"    // the bot itself
	importLease = "import" // staging of an import
)

// leaseStale is how long a lease outlives its last sign of life, where nothing
// better tells that its holder is gone.
const leaseStale = 30 * time.Second

// lockSuffix names the files beside a database whose locks say that a `run`, or
// an import, lives.
const lockSuffix = ".lock"

func (db *DB) lockPath(lease string) string {
	if lease == runLease {
		return db.path + lockSuffix
	}
	return db.path + "." + lease + lockSuffix
}

// errHeld means that another process holds a lock.
var errHeld = errors.New("storage: the lock is held")

// Lease makes this process the only `run` on the database, until release.
// Another holder is a Busy error that names it.
//
// Two things tell that a holder lives. The kernel's lock on a file beside the
// database ends with its process, even by SIGKILL, so that the next start needs
// no patience; the row in the database names the holder for people. That the
// lock knows only this machine is no loss: so does the shared memory of SQLite's
// write-ahead log. Where there are no such locks, the row alone counts, until it
// hasn't been renewed for thirty seconds.
func (db *DB) Lease(ctx context.Context, who string) (release func() error, err error) {
	return db.hold(ctx, runLease, db.token, who)
}

// hold takes a lease with its lock.
func (db *DB) hold(ctx context.Context, name, token, who string) (release func() error, err error) {
	path := db.lockPath(name)
	unlock, err := db.lockSoon(ctx, path)
	alone := err == nil
	switch {
	case errors.Is(err, errHeld):
		return nil, db.heldByAnother(ctx, name)
	case errors.Is(err, errors.ErrUnsupported):
		unlock = func() error { return nil }
	case err != nil:
		return nil, &record.Error{Kind: record.Broken, Cause: err,
			Say: fmt.Sprintf("The lock %s can't be taken. Nothing was changed; check that its folder belongs to the user that runs healthbot.", path)}
	}
	giveBack, err := db.takeLease(ctx, name, token, who, alone)
	if err != nil {
		return nil, errors.Join(err, unlock())
	}
	// The row goes first: whoever gets the lock next finds no trace of us.
	return func() error { return errors.Join(giveBack(), unlock()) }, nil
}

// lockSoon takes a lock, with a little patience: who only looks whether its holder
// lives has it for a moment, too.
func (db *DB) lockSoon(ctx context.Context, path string) (unlock func() error, err error) {
	const looks, patience = 10, 10 * time.Millisecond
	for range looks {
		if unlock, err = db.lock(path); !errors.Is(err, errHeld) {
			return unlock, err
		}
		select {
		case <-time.After(patience):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return nil, err
}

// lives says who holds a lease, by its token, and whether that one lives.
func (r *reader) lives(db *DB, name string) (token string, alive bool, err error) {
	type held struct {
		token string
		beat  time.Time
	}
	h, ok, err := first(r, func(h *held) []any { return []any{&h.token, r.instant(&h.beat)} }, "SELECT token, beat FROM lease WHERE name = $1", name)
	if err != nil || !ok {
		return "", false, err
	}
	unlock, err := db.lock(db.lockPath(name))
	switch {
	case err == nil:
		return h.token, false, unlock()
	case errors.Is(err, errHeld):
		return h.token, true, nil
	case errors.Is(err, errors.ErrUnsupported):
		return h.token, db.real().Sub(h.beat) < leaseStale, nil
	}
	return h.token, false, err
}

// RenewLease is the sign of life; it fails when somebody else has taken over.
func (db *DB) RenewLease(ctx context.Context, _ string) error {
	return db.bookkeeping(ctx, people, "renew the lease", func(t *tx) error { return t.renew(db, runLease, db.token) })
}

// holder is who has a lease.
type holder struct {
	name        string
	since, beat time.Time
}

func (r *reader) holder(lease string) (holder, bool, error) {
	return first(r, func(h *holder) []any { return []any{&h.name, r.instant(&h.since), r.instant(&h.beat)} },
		"SELECT holder, since, beat FROM lease WHERE name = $1", lease)
}

// heldByAnother names the process that holds a lock.
func (db *DB) heldByAnother(ctx context.Context, name string) error {
	var h holder
	var known bool
	err := db.read(ctx, func(r *reader) (err error) {
		h, known, err = r.holder(name)
		return err
	})
	if err != nil || !known { // it has the lock already, or still, and no row
		return &record.Error{Kind: record.Busy, Cause: err,
			Say: fmt.Sprintf("This database is in use: another `healthbot %s` is just starting or stopping on it. Nothing was changed. Try again in a moment.", name)}
	}
	return record.Errorf(record.Busy, "This database is in use: %s holds it for `%s` since %s. Nothing was changed. Stop that one first.",
		h.name, name, clock(h.since, db.real(), db.zone()))
}

// takeLease takes a lease's row. Whoever is alone, because no other holder can
// be alive, takes it over from whom it names; anybody else waits until it is
// stale.
func (db *DB) takeLease(ctx context.Context, name, token, who string, alone bool) (func() error, error) {
	err := db.bookkeeping(ctx, people, "take the lease", func(t *tx) error {
		now := db.real()
		h, ok, err := t.holder(name)
		switch {
		case err != nil:
			return err
		case ok && alone:
			db.log.Warn().Str("lease", name).Str("from", h.name).Time("last_sign", h.beat).Msg("taken over from a process that ended without a word")
		case ok && now.Sub(h.beat) < leaseStale:
			return record.Errorf(record.Busy, "This database is in use: %s holds it for `%s` since %s. Nothing was changed. Stop that one first; if it is gone already, try again in %d seconds.",
				h.name, name, clock(h.since, now, t.zone()), int(leaseStale.Seconds()))
		}
		return t.do("INSERT INTO lease (name, holder, token, since, beat) VALUES ($1, $2, $3, $4, $4) ON CONFLICT (name) DO UPDATE SET holder = $2, token = $3, since = $4, beat = $4",
			name, who, token, instant(now))
	})
	if err != nil {
		return nil, err
	}
	release := func() error {
		// On the way out the caller's context is over already.
		return db.bookkeeping(context.WithoutCancel(ctx), people, "give the lease back", func(t *tx) error {
			return t.do("DELETE FROM lease WHERE name = $1 AND token = $2", name, token)
		})
	}
	return release, nil
}

// renew notes that the holder of a lease is alive.
func (t *tx) renew(db *DB, name, token string) error {
	n, err := t.exec("UPDATE lease SET beat = $1 WHERE name = $2 AND token = $3", instant(db.real()), name, token)
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
