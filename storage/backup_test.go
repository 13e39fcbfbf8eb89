package storage

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"healthbot/storage/record"
)

// folder lists the names in a database's folder, to see that nothing is left
// over there; the lock's file stays.
func (o *office) folder() (names []string) {
	o.t.Helper()
	entries, err := os.ReadDir(filepath.Dir(o.path))
	o.check(err)
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), lockSuffix) {
			names = append(names, e.Name())
		}
	}
	return names
}

// copied is a database that was used and closed, and a copy of it.
func copied(t *testing.T) (o *office, c Copy) {
	t.Helper()
	o = used(t)
	c, err := Backup(t.Context(), o.options(), filepath.Join(filepath.Dir(o.path), "copy.db"), false)
	o.check(err)
	return o, c
}

func TestBackupIsWholeAndCheckedAndPrivate(t *testing.T) {
	o, c := copied(t)
	info, err := os.Stat(c.Path)
	o.check(err)
	if info.Mode().Perm() != 0o600 || info.Size() != c.Bytes {
		t.Errorf("the copy is %v with %d bytes, reported %d", info.Mode(), info.Size(), c.Bytes)
	}
	if got := o.folder(); !slices.Equal(got, []string{"copy.db", "health.db"}) {
		t.Errorf("the folder holds %v", got)
	}
	o.open()
	v, err := o.Verify(t.Context())
	o.check(err)
	if c.Events != v.Events || c.Head != v.Head || v.Events == 0 {
		t.Errorf("copied %+v of %+v", c, v)
	}
	of := *o
	of.path = c.Path
	of.open()
	defer of.Close()
	if got, err := of.Tasks(t.Context()); err != nil || len(got) != 1 {
		t.Errorf("the copy has tasks %v, %v", got, err)
	}
}

// A copy beside a bot and people at work is of one moment, and they don't wait.
func TestBackupBesideWriters(t *testing.T) {
	o := opened(t)
	release, err := o.Lease(t.Context(), "the bot")
	o.check(err)
	stop, began := make(chan struct{}), make(chan struct{})
	var writers sync.WaitGroup
	var wrote int
	var longest time.Duration
	writers.Go(func() {
		for ; ; wrote++ {
			select {
			case <-stop:
				return
			default:
			}
			at := time.Now()
			if _, err := o.AssignOwner(t.Context(), mia, record.AssignOwner{Account: "beta", Owner: []string{"UANA", "UBEN"}[wrote%2]}); err != nil {
				t.Error(err)
				return
			}
			longest = max(longest, time.Since(at))
			if wrote == 2 {
				close(began)
			}
		}
	})
	<-began
	dir := t.TempDir()
	for i := range 5 {
		to := filepath.Join(dir, fmt.Sprintf("%d.db", i))
		c, err := Backup(t.Context(), o.options(), to, false)
		o.check(err)
		of := *o
		of.path = to
		of.open()
		v, err := of.Verify(t.Context())
		o.check(err)
		owners := of.count("SELECT count(*) FROM event WHERE kind = 'account.owner_changed'")
		last := of.count("SELECT count(*) FROM account WHERE id = 'beta' AND owner = $1", []string{"UBEN", "UANA"}[owners%2])
		if v.Broken != nil || v.Events != c.Events || last != 1 {
			t.Errorf("copy %d isn't of one moment: %+v after %d changes", i, v, owners)
		}
		o.check(of.Close())
	}
	close(stop)
	writers.Wait()
	if longest > time.Second {
		t.Errorf("somebody waited %s", longest)
	}
	t.Logf("%d changes meanwhile, the longest took %s", wrote, longest)
	o.check(release())
}

func TestBackupRefuses(t *testing.T) {
	o, c := copied(t)
	ctx := t.Context()
	before, err := os.ReadFile(c.Path)
	o.check(err)
	_, err = Backup(ctx, o.options(), c.Path, false)
	wants(t, err, record.Conflict, "is there already", "--force")
	if after, err := os.ReadFile(c.Path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was changed, %v", err)
	}
	_, err = Backup(ctx, o.options(), c.Path, true)
	o.check(err)

	for _, replace := range []bool{false, true} {
		_, err = Backup(ctx, o.options(), o.path, replace)
		wants(t, err, record.Invalid, "the database itself")
		_, err = Backup(ctx, o.options(), filepath.Dir(o.path), replace)
		wants(t, err, record.Invalid, "isn't a file")
	}
	_, err = Backup(ctx, o.options(), filepath.Join(filepath.Dir(o.path), "nowhere", "c.db"), false)
	wants(t, err, record.Invalid, "No file can be made", "folder")

	inUse := *o
	inUse.path = filepath.Join(t.TempDir(), "other.db")
	inUse.open()
	_, err = Backup(ctx, o.options(), inUse.path, true)
	wants(t, err, record.Conflict, "in use")
	o.check(inUse.Close())

	none := o.options()
	none.Path += ".none"
	_, err = Backup(ctx, none, c.Path+"2", false)
	wants(t, err, record.NotFound, "no database")

	// A record that doesn't hold is no backup, and an older whole one stays.
	o.check(o.raw("DROP TRIGGER event_never_updated"))
	o.check(o.raw("UPDATE event SET actor = 'Eve' WHERE seq = 2"))
	_, err = Backup(ctx, o.options(), c.Path, true)
	wants(t, err, record.Broken, "broken at event 2", "keep the copies")
	if _, err := examine(ctx, o.options(), c.Path, c.Path); err != nil {
		t.Errorf("the older copy: %v", err)
	}
	if got := o.folder(); !slices.Equal(got, []string{"copy.db", "health.db"}) {
		t.Errorf("the folder holds %v", got)
	}
}

// The copy before an upgrade is made by the new program: it doesn't upgrade.
func TestBackupOfAnOlderSchema(t *testing.T) {
	o := used(t)
	ro := o.options()
	ro.ReadOnly, ro.anyAge = true, true
	db, err := open(t.Context(), ro, steps(t, "CREATE TABLE goal (id TEXT) STRICT"))
	o.check(err)
	o.check(db.Close())
	if got := o.folder(); !slices.Equal(got, []string{"health.db"}) {
		t.Errorf("looking at an older schema left %v", got)
	}
}

func TestCopiesStayPut(t *testing.T) {
	o, c := copied(t)
	o.now = o.now.Add(time.Hour)
	before, err := os.ReadFile(c.Path)
	o.check(err)
	_, err = Restore(t.Context(), o.options(), file, c.Path)
	o.check(err)
	if after, err := os.ReadFile(c.Path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("restoring changed the copy, %v", err)
	}
	if got := strings.Join(o.folder(), " "); got != "copy.db health.db health.db.replaced-2026-11-23-090000" {
		t.Errorf("the folder holds %s", got)
	}
}
