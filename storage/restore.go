package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"healthbot/storage/record"
)

// Restored is what a restore found and did.
type Restored struct {
	Copy
	Kept   string `json:"kept"`    // where the replaced database is; "" when there was none
	LookUp int64  `json:"look_up"` // messages to be looked for in Slack before they are sent
	Edit   int64  `json:"edit"`    // posted messages to be brought back to what the record says
}

// Restore puts a copy in a database's place. The copy is checked, and made
// ready, in a file of its own; the database as it was is kept beside it; one
// rename changes the two over, and until then nothing has happened. It refuses
// while a `run` or any other process works with the database.
//
// The copy is of an earlier day, and Slack isn't. What the copy holds as not yet
// posted may have been posted since, so all of it goes out as "sending", which
// is looked up in Slack first. And posted messages about open work may show what
// the record no longer knows, so they are edited.
func Restore(ctx context.Context, o Options, by record.Actor, from string) (r Restored, err error) {
	if err := mayRestore(o.Path, from); err != nil {
		return r, err
	}
	unlock, err := keepOut(ctx, o)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	tmp, err := beside(o.Path, "restore")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, remove(tmp)) }()
	if r, err = readyCopy(ctx, o, by, from, tmp); err != nil {
		return r, sayOf(from, err)
	}
	if err := foldLog(ctx, tmp); err != nil { // only the one file is renamed
		return r, err
	}
	now := time.Now()
	if o.RealNow != nil {
		now = o.RealNow()
	}
	if r.Kept, err = setAside(ctx, o.Path, now); err != nil {
		return r, err
	}
	return r, finish(tmp, o.Path)
}

func mayRestore(path, from string) error {
	info, err := os.Stat(from)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return record.Errorf(record.NotFound, "There is no copy at %s. Nothing was changed.", from)
	case err != nil:
		return fmt.Errorf("look at %s: %w", from, err)
	case !info.Mode().IsRegular():
		return record.Errorf(record.Invalid, "%s isn't a file. Nothing was changed; name a copy that `healthbot backup` made.", from)
	}
	if own, err := os.Stat(path); err == nil && os.SameFile(info, own) {
		return record.Errorf(record.Invalid, "%s is the database itself. Nothing was changed; name a copy that `healthbot backup` made.", from)
	}
	return nil
}

// sayOf says that it is the copy of which an error speaks.
func sayOf(from string, err error) error {
	if kind := record.KindOf(err); kind != "" {
		return &record.Error{Kind: kind, Say: fmt.Sprintf("%s can't be put back. %s", from, record.Say(err)), Cause: errors.Unwrap(err)}
	}
	return fmt.Errorf("put %s back: %w", from, err)
}

// keepOut sees to it that no `run` lives on the database, and none starts.
func keepOut(ctx context.Context, o Options) (unlock func() error, err error) {
	unlock, err = lockFile(o.Path + lockSuffix)
	if err == nil {
		return unlock, nil
	}
	if !errors.Is(err, errHeld) && !errors.Is(err, errors.ErrUnsupported) {
		return nil, &record.Error{Kind: record.Broken, Cause: err,
			Say: fmt.Sprintf("The lock %s can't be taken. Nothing was changed; check that its folder belongs to the user that runs healthbot.", o.Path+lockSuffix)}
	}
	locked := errors.Is(err, errHeld)
	o.ReadOnly, o.anyAge = true, true
	db, err := Open(ctx, o)
	switch {
	case err != nil && locked:
		return nil, &record.Error{Kind: record.Busy, Cause: err, Say: "Another healthbot runs on this database. Nothing was changed. Stop that one first."}
	case err != nil: // there is none, or it is past reading: nobody runs on that
		return func() error { return nil }, nil
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if locked {
		return nil, db.heldByAnother(ctx, runLease)
	}
	return func() error { return nil }, db.read(ctx, func(r *reader) error {
		h, ok, err := r.holder(runLease)
		if err == nil && ok && db.real().Sub(h.beat) < leaseStale {
			err = record.Errorf(record.Busy, "This database is in use: %s holds it for `%s`. Nothing was changed. Stop that one first; if it is gone already, try again in %d seconds.", h.name, runLease, int(leaseStale.Seconds()))
		}
		return err
	})
}

// readyCopy copies a copy into tmp, checks it from end to end, brings it to this
// build's schema, and makes it ready to be worked with.
func readyCopy(ctx context.Context, o Options, by record.Actor, from, tmp string) (r Restored, err error) {
	// Its log comes along: where somebody copied a database with its log, the
	// latest commits stand in that alone.
	for _, suffix := range []string{"", "-wal"} {
		if err := copyFile(ctx, from+suffix, tmp+suffix); err != nil && (suffix == "" || !errors.Is(err, fs.ErrNotExist)) {
			return r, fmt.Errorf("copy it: %w", err)
		}
	}
	if r.Copy, err = examine(ctx, o, tmp, from); err != nil {
		return r, err
	}
	o.Path, o.called, o.ReadOnly, o.spare = tmp, from, false, true
	db, err := Open(ctx, o)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	r.LookUp, r.Edit, err = db.mistrust(ctx, by, r.Copy)
	return r, err
}

func copyFile(ctx context.Context, from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // only read
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err = io.Copy(out, in); err == nil {
		err = ctx.Err()
	}
	return errors.Join(err, out.Close())
}

// mistrust marks what Slack may know better than the copy does.
func (db *DB) mistrust(ctx context.Context, by record.Actor, c Copy) (lookUp, edit int64, err error) {
	err = db.write(ctx, people, func(t *tx) error {
		// Since when a message may be there is asked of Slack, too: the claim keeps
		// its time, and what was never claimed can't be older than itself.
		lookUp, err = t.exec(`UPDATE delivery SET state = 'sending', sending_at = min(coalesce(sending_at, touched_at), $1), not_until = NULL, shown = 0
			WHERE state IN ('pending', 'sending')`, instant(db.real()))
		if err != nil {
			return err
		}
		edit, err = t.exec(`UPDATE delivery SET wanted = wanted + 1, touched_at = $1 WHERE state = 'sent' AND (
			kind = 'card' AND subject IN (SELECT id FROM review WHERE state <> 'decided')
			OR kind IN ('digest', 'owner_line') AND subject IN (SELECT run FROM review WHERE state <> 'decided')
			OR kind = 'task_dm' AND subject IN (SELECT id FROM task WHERE state IN ('open', 'accepted'))
			OR kind = 'reminder_dm' AND subject IN (SELECT reminder FROM deadline WHERE state = 'told')
			OR kind IN ('escalation_dm', 'escalated_dm') AND subject IN (SELECT id FROM escalation WHERE state IN ('waiting for an answer', 'acknowledged')))`,
			instant(t.now))
		if err != nil {
			return err
		}
		if err := t.do("DELETE FROM lease"); err != nil { // of those who worked when the copy was made
			return err
		}
		return t.append(change{Kind: record.EvRestored, Actor: by, Subject: filepath.Base(c.Path),
			After: map[string]any{"events": c.Events, "head": c.Head, "looked_up": lookUp, "edited": edit}})
	})
	return lookUp, edit, err
}

// setAside keeps the database that is to be replaced, under a dated name. The
// old name stays for as long as it has two, so that at no moment there is none
// and a bot that starts would begin anew.
func setAside(ctx context.Context, path string, now time.Time) (kept string, err error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	} else if err != nil {
		return "", err
	}
	if err := foldLog(ctx, path); err != nil {
		return "", err
	}
	dated := path + ".replaced-" + now.Format("2006-01-02-150405")
	kept = dated
	for i := 1; ; i++ {
		err = os.Link(path, kept)
		if !errors.Is(err, fs.ErrExist) {
			break
		}
		kept = fmt.Sprintf("%s.%d", dated, i)
	}
	if err != nil { // a disk without links: then there is a short while without a database
		if err := os.Rename(path, kept); err != nil {
			return "", fmt.Errorf("keep the database as %s: %w", kept, err)
		}
	}
	// What SQLite couldn't fold in, left here, would be taken for the new one's.
	for _, suffix := range besides[1:] {
		if err := os.Rename(path+suffix, kept+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("keep the database's log as %s: %w", kept+suffix, err)
		}
	}
	// Before the names change over: if the power went and the old database's
	// journal came back beside the new one, SQLite would roll the new one back by it.
	return kept, syncFolder(filepath.Dir(path))
}

// foldLog puts everything into the one file, and takes log and index away. SQLite
// does that only for the last one who has the database open, so it also tells
// whether anybody else works with it.
func foldLog(ctx context.Context, path string) (err error) {
	handle, err := connect(path, "immediate")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, handle.Close()) }()
	handle.SetMaxOpenConns(1)
	var mode string
	err = handle.QueryRowContext(ctx, "PRAGMA journal_mode = DELETE").Scan(&mode)
	var e *sqlite.Error
	if errors.As(err, &e) {
		switch e.Code() & 0xff {
		case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB, codes.SQLITE_IOERR, codes.SQLITE_FORMAT:
			return nil // it is past reading, and kept as it is
		}
	}
	switch {
	case err == nil && mode == "delete":
		return nil
	case err == nil || e != nil && (e.Code()&0xff == codes.SQLITE_BUSY || e.Code()&0xff == codes.SQLITE_LOCKED):
		return &record.Error{Kind: record.Busy, Cause: err,
			Say: "Another process works with the database: an import or an export, perhaps. Nothing was changed. Let it end, and try again."}
	}
	return fmt.Errorf("close the database %s: %w", path, err)
}
