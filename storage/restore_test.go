package storage

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"healthbot/storage/record"
)

var ada = record.Actor{ID: "UADA", Name: "Ada"}

func TestRestoreBringsBackAndKeeps(t *testing.T) {
	o, c := copied(t)
	ctx := t.Context()
	o.open()
	rv, err := o.OpenReview(ctx, ana, "acme")
	o.check(err)
	_, err = o.Decide(ctx, ana, stable(rv.ID))
	o.check(err)
	o.check(o.Close())

	for i, want := range []string{"health.db.replaced-2026-11-23-090000", "health.db.replaced-2026-11-23-090000.1"} {
		r, err := Restore(ctx, o.options(), ada, c.Path)
		o.check(err)
		if r.Events != c.Events || r.Head != c.Head || filepath.Base(r.Kept) != want {
			t.Errorf("restore %d: %+v of %+v", i, r, c)
		}
	}
	o.open()
	if got, err := o.Decisions(ctx); err != nil || len(got) != 1 {
		t.Errorf("the restored database has decisions %v, %v; want the one of before", got, err)
	}
	events, err := o.Events(ctx, c.Events, 10)
	o.check(err)
	if len(events) != 1 || events[0].Kind != record.EvRestored || events[0].ActorID != "UADA" || events[0].Prev != c.Head || !strings.Contains(string(events[0].After), c.Head) {
		t.Errorf("the restore left %+v", events)
	}
	o.holds()

	kept := *o
	kept.path = o.path + ".replaced-2026-11-23-090000"
	kept.open()
	defer kept.Close()
	if got, err := kept.Decisions(ctx); err != nil || len(got) != 2 {
		t.Errorf("the replaced database has decisions %v, %v; want both", got, err)
	}
	for _, path := range []string{o.path, kept.path} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s may be read by others: %v, %v", path, info, err)
		}
	}
}

// On a new machine there is nothing to replace.
func TestRestoreWhereNothingIs(t *testing.T) {
	o, c := copied(t)
	o.path = filepath.Join(t.TempDir(), "new.db")
	r, err := Restore(t.Context(), o.options(), ada, c.Path)
	o.check(err)
	if r.Kept != "" {
		t.Errorf("kept %q", r.Kept)
	}
	o.open()
	o.holds()
}

// A database past reading is replaced too, and kept. Its log mustn't stay: it
// would be taken for the new one's.
func TestRestoreOverWreckage(t *testing.T) {
	o, c := copied(t)
	wreck := bytes.Repeat([]byte("wreck"), 5000)
	for _, suffix := range besides {
		o.check(os.WriteFile(o.path+suffix, wreck, 0o600))
	}
	r, err := Restore(t.Context(), o.options(), ada, c.Path)
	o.check(err)
	if got, err := os.ReadFile(r.Kept); err != nil || !bytes.Equal(got, wreck) {
		t.Errorf("the wreck wasn't kept as it was: %v", err)
	}
	if _, err := os.Stat(o.path + "-wal"); err == nil {
		t.Error("its log lies beside the new database")
	}
	o.open()
	o.holds()
}

// Whoever copied a database by hand, with its log beside it, gets all of it.
func TestRestoreTakesTheLogAlong(t *testing.T) {
	o := opened(t)
	byHand := filepath.Join(t.TempDir(), "copy.db")
	for _, suffix := range []string{"", "-wal"} { // the bot is at work: the log holds the latest commits
		b, err := os.ReadFile(o.path + suffix)
		o.check(err)
		o.check(os.WriteFile(byHand+suffix, b, 0o600))
	}
	want, err := o.Verify(t.Context())
	o.check(err)
	o.check(o.Close())
	r, err := Restore(t.Context(), o.options(), ada, byHand)
	o.check(err)
	if r.Events != want.Events || r.Head != want.Head {
		t.Errorf("restored %+v of %+v", r, want)
	}
	o.open()
}

func TestRestoreRefuses(t *testing.T) {
	o, c := copied(t)
	ctx := t.Context()
	dir := t.TempDir()
	spoilt := func(name string, spoil func(path string)) string {
		path := filepath.Join(dir, name)
		b, err := os.ReadFile(c.Path)
		o.check(err)
		o.check(os.WriteFile(path, b, 0o600))
		spoil(path)
		return path
	}
	sql := func(queries ...string) func(string) {
		return func(path string) {
			of := *o
			of.path = path
			for _, q := range queries {
				o.check(of.raw(q))
			}
		}
	}
	for _, bad := range []struct {
		name  string
		path  string
		kind  record.Kind
		facts []string
	}{
		{"nothing", filepath.Join(dir, "none.db"), record.NotFound, []string{"no copy at"}},
		{"itself", o.path, record.Invalid, []string{"the database itself"}},
		{"a folder", dir, record.Invalid, []string{"isn't a file"}},
		{"empty", spoilt("empty.db", func(p string) { o.check(os.Truncate(p, 0)) }), record.Broken, []string{"can't be put back", "is empty"}},
		{"cut short", spoilt("short.db", func(p string) { o.check(os.Truncate(p, c.Bytes/2)) }), record.Broken, []string{"short.db can't be put back", "damaged"}},
		{"forged", spoilt("forged.db", sql("DROP TRIGGER event_never_updated", "UPDATE event SET actor = 'Eve' WHERE seq = 3")), record.Broken, []string{"broken at event 3"}},
		{"newer", spoilt("newer.db", sql("INSERT INTO migration (version, name, sum, applied_at) SELECT max(version) + 1, 'later', 'x', 0 FROM migration")), record.Broken, []string{"newer healthbot"}},
		{"another's", spoilt("other.db", func(p string) { o.check(os.Remove(p)); sql("CREATE TABLE notes (text TEXT)")(p) }), record.Broken, []string{"another program"}},
	} {
		t.Run(bad.name, func(t *testing.T) {
			before := o.folder()
			_, err := Restore(ctx, o.options(), ada, bad.path)
			wants(t, err, bad.kind, append(bad.facts, "Nothing was")...)
			if after := o.folder(); strings.Join(after, " ") != strings.Join(before, " ") {
				t.Errorf("the folder holds %v, before %v", after, before)
			}
		})
	}
	o.open()
	o.holds()
}

func TestRestoreRefusesBesideOthers(t *testing.T) {
	locked(t)
	o, c := copied(t)
	ctx := t.Context()
	o.open()
	release, err := o.Lease(ctx, "process 7 on web-1")
	o.check(err)
	_, err = Restore(ctx, o.options(), ada, c.Path)
	wants(t, err, record.Busy, "process 7 on web-1", "Stop that one first")
	o.check(release())

	// An import or an export has no lease; the database itself tells of them.
	_, err = Restore(ctx, o.options(), ada, c.Path)
	wants(t, err, record.Busy, "Another process works with the database")
	o.check(o.Close())

	// Killed, a bot leaves its row; its lock went with it.
	cmd := child(t, "TestChildHoldsTheLease", o.path)
	o.wall = time.Now()
	_, err = Restore(ctx, o.options(), ada, c.Path)
	wants(t, err, record.Busy, "process of the child")
	o.check(cmd.Process.Kill())
	if err := cmd.Wait(); err == nil {
		t.Error("the child ended by itself")
	}
	_, err = Restore(ctx, o.options(), ada, c.Path)
	o.check(err)
	o.open()
	if n := o.count("SELECT count(*) FROM lease"); n != 0 {
		t.Errorf("%d leases of another day", n)
	}
}

// What wasn't posted when the copy was made may have been since: all of it is
// looked up before it goes out, a card once its digest is known; and what is
// posted about open work shows what the record says.
func TestRestoreLooksBeforeItPosts(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	o.run("2026-11-23T09:00", "acme", "beta")
	line := o.next()
	for line.Kind != record.OwnerLine { // the digest is under way, its end unknown
		line = o.next()
	}
	o.check(o.DeliverySent(ctx, line.ID, record.Receipt{Channel: "D1", TS: "1.0"}))
	copy := filepath.Join(t.TempDir(), "copy.db")
	_, err := Backup(ctx, o.options(), copy, false)
	o.check(err)
	o.check(o.Close())
	o.wall = o.wall.Add(time.Hour)
	r, err := Restore(ctx, o.options(), ada, copy)
	o.check(err)
	o.open()

	unfinished := o.count("SELECT count(*) FROM delivery WHERE state = 'sending'")
	if r.LookUp != int64(unfinished) || unfinished < 2 || o.count("SELECT count(*) FROM delivery WHERE state = 'pending'") != 0 {
		t.Fatalf("%d to be looked up, reported %d", unfinished, r.LookUp)
	}
	if d := o.next(); d.ID != "" {
		t.Fatalf("sent without a look: %+v", d)
	}
	if e := o.edits(); r.Edit != 1 || !e[line.Key] {
		t.Errorf("%d edits, %v; want the owner's line", r.Edit, e)
	}
	look := func() []record.Delivery {
		t.Helper()
		got, err := o.Unsettled(ctx, o.wall.Add(time.Millisecond))
		o.check(err)
		return got
	}
	first := look()
	if len(first) != 1 || first[0].Kind != record.Digest {
		t.Fatalf("looked up first: %+v", first)
	}
	if at := first[0].SentAt; at.IsZero() || at.After(monday.Add(time.Minute)) {
		t.Errorf("the search begins at %s; the message may be older", at)
	}
	o.check(o.DeliverySent(ctx, first[0].ID, record.Receipt{Channel: "C1", TS: "7.7"}))
	cards := look()
	if len(cards) != unfinished-1 || cards[0].ParentTS != "7.7" {
		t.Fatalf("then: %+v", cards)
	}
	if e := o.edits(); !e[first[0].Key] {
		t.Errorf("what was found in Slack may be of another day, and isn't edited: %v", e)
	}
	o.check(o.DeliveryLost(ctx, cards[0].ID))
	if d := o.next(); d.ID != cards[0].ID || d.ParentTS != "7.7" {
		t.Errorf("not found, then %+v", d)
	}
}
