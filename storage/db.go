package storage

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"healthbot/storage/migration"
	"healthbot/storage/record"
)

// Options say which database to open and by which rules it changes.
type Options struct {
	Path string
	// Now is the office clock, RealNow the one on the wall; both default to time.Now.
	Now      func() time.Time
	RealNow  func() time.Time
	Rules    record.Rules
	ReadOnly bool // never migrates and never writes
	Log      zerolog.Logger

	called string // by what name people know the file; "" is by its path
	anyAge bool   // read-only, an older schema will do
	spare  bool   // the file is a copy already: migrating it needs no other one
}

// DB is one open database. Its methods may be called at once.
type DB struct {
	path    string
	called  string // in sentences for people
	anyAge  bool
	spare   bool
	office  func() time.Time
	real    func() time.Time
	rules   record.Rules
	live    string // digest of the model in rules
	models  bool   // the schema keeps versions of the model
	log     zerolog.Logger
	writer  *sql.DB // one connection; nil when read-only
	readers *sql.DB
	lane    lane
	finder  finder
	stakes  stakes
	// importing lets one import of this process run at a time; other processes
	// are kept out by a lease.
	importing sync.Mutex
	writing   atomic.Pointer[error] // how the last attempt ended
	token     string                // tells this process's leases from those of its namesakes
	lock      func(path string) (unlock func() error, err error)
}

// readersAtOnce is enough for the clicks of a large team; a connection costs
// about two megabytes of page cache.
const readersAtOnce = 8

// Open opens a database and brings it to this build's schema, after putting a
// copy beside it. A damaged file, one from a newer build, or one whose
// migrations were edited is refused with an [record.Error] of kind Broken.
func Open(ctx context.Context, o Options) (*DB, error) {
	steps, err := migration.All()
	if err != nil {
		return nil, err
	}
	return open(ctx, o, steps)
}

func open(ctx context.Context, o Options, steps []migration.Step) (_ *DB, err error) {
	db := &DB{path: o.Path, office: o.Now, real: o.RealNow, rules: o.Rules, live: o.Rules.Model.Digest(), log: o.Log, token: newID(""), lock: lockFile,
		called: cmp.Or(o.called, o.Path), anyAge: o.anyAge, spare: o.spare}
	if db.office == nil {
		db.office = time.Now
	}
	if db.real == nil {
		db.real = time.Now
	}
	defer func() {
		if err != nil {
			err = errors.Join(fault(err), db.Close())
		}
	}()
	if o.ReadOnly {
		if _, err := os.Stat(o.Path); err != nil {
			return nil, &record.Error{Kind: record.NotFound, Cause: err,
				Say: fmt.Sprintf("There is no database at %s. Start the bot with `healthbot run`, or load data with `healthbot import`.", o.Path)}
		}
	} else if err := private(o.Path); err != nil {
		return nil, err
	} else if db.writer, err = connect(o.Path, "immediate", "journal_mode(WAL)", "secure_delete(1)"); err != nil {
		return nil, err
	} else {
		db.writer.SetMaxOpenConns(1)
	}
	if db.readers, err = connect(o.Path, "deferred", "query_only(1)"); err != nil {
		return nil, err
	}
	db.readers.SetMaxOpenConns(readersAtOnce)
	db.readers.SetMaxIdleConns(readersAtOnce)
	if err := db.prepare(ctx, steps); err != nil {
		return nil, err
	}
	return db, nil
}

// connect makes a handle. Pragmas stand in the DSN because by Exec they would
// reach one pooled connection of many; busy_timeout comes first, so that the
// others wait for a lock instead of failing.
func connect(path, txlock string, pragmas ...string) (*sql.DB, error) {
	pragmas = append([]string{"busy_timeout(5000)"}, pragmas...)
	pragmas = append(pragmas, "foreign_keys(1)", "recursive_triggers(1)", "synchronous(FULL)")
	dsn := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(),
		RawQuery: url.Values{"_pragma": pragmas, "_txlock": {txlock}, "_dqs": {"0"}}.Encode()}
	handle, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return handle, nil
}

// private makes a new file that only this user may read, because it will hold
// what people wrote about customers; SQLite gives its log the same permissions.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case err != nil:
		return &record.Error{Kind: record.Broken, Cause: err,
			Say: fmt.Sprintf("The database %s can't be made. Nothing was changed; check that its folder exists and belongs to the user that runs healthbot.", path)}
	}
	return f.Close()
}

// prepare checks the file, then migrates it. It looks through a reader: the first
// use of the writer would turn a file that isn't ours to write-ahead logging.
func (db *DB) prepare(ctx context.Context, steps []migration.Step) error {
	var verdict string
	if err := db.readers.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return fmt.Errorf("check %s: %w", db.path, err)
	}
	if verdict != "ok" {
		return &record.Error{Kind: record.Broken, Cause: errors.New(verdict),
			Say: fmt.Sprintf("The database %s is damaged. Nothing was changed; keep the file, and put the latest copy back with `healthbot restore`.", db.called)}
	}
	if err := db.migrate(ctx, steps); err != nil {
		return err
	}
	// An older schema that is only read has no place for them.
	return db.readers.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema WHERE name = 'model_approval'").Scan(&db.models)
}

// Close ends all connections; whatever was committed is on disk.
func (db *DB) Close() error {
	var errs []error
	for _, h := range []*sql.DB{db.readers, db.writer} { // the writer last: it folds the log into the file
		if h != nil {
			errs = append(errs, h.Close())
		}
	}
	return errors.Join(errs...)
}
