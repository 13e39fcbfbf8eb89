package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"healthbot/storage/record"
)

// Copy is a copy of a database that was checked from end to end.
type Copy struct {
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"`
	Events int64  `json:"events"`
	Head   string `json:"head"` // hash of its last event
}

// Backup writes one consistent copy of a database to a file, beside whoever
// works with it: it reads one moment of it and holds up nobody's writing. The
// copy appears under its name only after it was checked, so that a file of that
// name is always a whole one. An existing file is refused unless replace.
//
// An older schema is copied as it is; a copy before an upgrade is the one that
// matters most.
func Backup(ctx context.Context, o Options, to string, replace bool) (c Copy, err error) {
	if err := mayBackUp(o.Path, to, replace); err != nil {
		return c, err
	}
	o.ReadOnly, o.anyAge = true, true
	db, err := Open(ctx, o)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tmp, err := beside(to, "backup")
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, remove(tmp)) }()
	if err := copyInto(ctx, o.Path, tmp); err != nil {
		return c, err
	}
	if c, err = examine(ctx, o, tmp, to); err != nil {
		return c, err
	}
	return c, finish(tmp, to)
}

// copyInto fills an empty file with one moment of a database. It needs a
// connection of its own: to those that may only query SQLite refuses this too.
func copyInto(ctx context.Context, path, to string) (err error) {
	handle, err := connect(path, "deferred")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, handle.Close()) }()
	if _, err := handle.ExecContext(ctx, "VACUUM INTO $1", to); err != nil {
		return fault(fmt.Errorf("copy %s: %w", path, err))
	}
	return nil
}

// mayBackUp refuses a target that isn't free to be written.
func mayBackUp(path, to string, replace bool) error {
	info, err := os.Stat(to)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("look at %s: %w", to, err)
	case !info.Mode().IsRegular():
		return record.Errorf(record.Invalid, "%s isn't a file. Nothing was written; name a file for the copy.", to)
	}
	if own, err := os.Stat(path); err == nil && os.SameFile(info, own) {
		return record.Errorf(record.Invalid, "%s is the database itself. Nothing was written; name another file for the copy.", to)
	}
	if _, err := os.Stat(to + "-wal"); err == nil {
		return record.Errorf(record.Conflict, "%s is a database that is in use. Nothing was written; name another file for the copy.", to)
	}
	if !replace {
		return record.Errorf(record.Conflict, "%s is there already. Nothing was written; name another file, or replace it with --force.", to)
	}
	return nil
}

// examine checks a copy: its pages and schema as it is opened, and its chain.
func examine(ctx context.Context, o Options, path, called string) (c Copy, err error) {
	o.Path, o.called, o.ReadOnly, o.anyAge = path, called, true, true
	db, err := Open(ctx, o)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	v, err := db.Verify(ctx)
	if err != nil {
		return c, err
	}
	if v.Broken != nil {
		return c, record.Errorf(record.Broken, "The record in %s is broken at event %d: %s. Nothing was written or replaced; keep the copies that you have, and see `healthbot verify`.", called, v.Broken.Seq, v.Broken.What)
	}
	info, err := os.Stat(path)
	if err != nil {
		return c, err
	}
	return Copy{Path: called, Bytes: info.Size(), Events: v.Events, Head: v.Head}, nil
}

// beside makes an empty file in the folder of another, so that a rename can put
// it in its place. Nobody else may read it.
func beside(path, why string) (string, error) {
	abs, err := filepath.Abs(path) // SQLite would take a relative "file:…" for an address
	if err != nil {
		return "", err
	}
	f, err := os.CreateTemp(filepath.Dir(abs), "."+filepath.Base(abs)+"."+why+"-*")
	if err != nil {
		return "", &record.Error{Kind: record.Invalid, Cause: err,
			Say: fmt.Sprintf("No file can be made in %s. Nothing was written; check that the folder exists, and whose it is.", filepath.Dir(abs))}
	}
	return f.Name(), f.Close()
}

// finish syncs a finished file and gives it its name.
func finish(tmp, path string) error {
	f, err := os.OpenFile(tmp, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s to disk: %w", path, err)
	}
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// remove takes a database and what SQLite keeps beside it away, where present.
func remove(path string) error {
	var errs []error
	for _, suffix := range besides {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// besides are the suffixes of a database's files: itself, and its log and the
// log's index, which belong to it and to no other.
var besides = []string{"", "-wal", "-shm"}
