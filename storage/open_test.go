package storage

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"healthbot/storage/migration"
	"healthbot/storage/record"
)

// steps is this build's migrations and some more, as a later build would have.
func steps(t *testing.T, more ...string) []migration.Step {
	t.Helper()
	all, err := migration.All()
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for _, s := range all {
		files[stepFile(s.Version, s.Name)] = &fstest.MapFile{Data: []byte(s.SQL)}
	}
	for i, sql := range more {
		files[stepFile(len(all)+1+i, "later")] = &fstest.MapFile{Data: []byte(sql)}
	}
	out, err := migration.Parse(files)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// latest is the schema of this build, and before where its copy goes when a
// later one takes over.
var latest = len(must1(migration.All()))

func before(path string) string { return fmt.Sprintf("%s.before-%d", path, latest+1) }

func stepFile(version int, name string) string {
	return fmt.Sprintf("%04d_%s.sql", version, name)
}

// used is a closed database with rows in it.
func used(t *testing.T) *office {
	o := opened(t)
	rv, err := o.OpenReview(t.Context(), ben, "beta")
	o.check(err)
	_, err = o.Decide(t.Context(), ben, atRisk(rv.ID, "UBEN"))
	o.check(err)
	o.check(o.Close())
	return o
}

func TestMigrationKeepsRowsAndACopy(t *testing.T) {
	o := used(t)
	later := steps(t, "ALTER TABLE task ADD COLUMN note TEXT NOT NULL DEFAULT 'none'; CREATE TABLE goal (id TEXT PRIMARY KEY) STRICT;")
	db, err := open(t.Context(), o.options(), later)
	o.check(err)
	o.DB = db
	if n := o.count("SELECT count(*) FROM task WHERE note = 'none'"); n != 1 {
		t.Errorf("%d tasks came through, want 1", n)
	}
	kinds, _ := o.events(0)
	if kinds[0] != record.EvInstalled || kinds[len(kinds)-1] != record.EvInstalled {
		t.Errorf("a migration leaves an event: %v", kinds)
	}
	o.holds()

	// The copy is the database as it was: today's build opens it.
	copied := *o
	copied.path = before(o.path)
	copied.open()
	if got, err := copied.Tasks(t.Context()); err != nil || len(got) != 1 {
		t.Errorf("the copy has tasks %v, %v", got, err)
	}
	o.check(copied.Close())

	// Opened again, nothing is left to do.
	o.check(o.Close())
	db, err = open(t.Context(), o.options(), later)
	o.check(err)
	o.DB = db
	if all, _ := filepath.Glob(o.path + ".before-*"); len(all) != 1 {
		t.Errorf("copies: %v", all)
	}
	for _, name := range []string{o.path, before(o.path)} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s may be read by others: %v, %v", name, info, err)
		}
	}
}

func TestAFailedMigrationChangesNothing(t *testing.T) {
	o := used(t)
	if _, err := open(t.Context(), o.options(), steps(t, "CREATE TABLE goal (id TEXT) STRICT; CREATE TABLE task (id TEXT)")); err == nil {
		t.Fatal("a broken step was applied")
	}
	if _, err := open(t.Context(), o.options(), steps(t, "CREATE TABLE task (id TEXT)")); err == nil {
		t.Fatal("a broken step was applied")
	}
	if all, _ := filepath.Glob(o.path + ".before-*"); len(all) != 2 {
		t.Errorf("the second attempt's copy took the first one's place: %v", all)
	}
	o.open()
	if n := o.count("SELECT count(*) FROM sqlite_schema WHERE name = 'goal'"); n != 0 {
		t.Error("half a step stayed")
	}
	o.holds()
}

func TestOpenRefusesWhatItCannotTrust(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*office)
		facts []string
	}{
		{"newer", func(o *office) {
			db, err := open(context.Background(), o.options(), steps(o.t, "CREATE TABLE goal (id TEXT) STRICT"))
			o.check(err)
			o.check(db.Close())
		}, []string{"newer healthbot", fmt.Sprintf("schema %d", latest+1), "Nothing was changed", "healthbot restore"}},
		{"edited", func(o *office) { o.check(o.raw("UPDATE migration SET sum = 'edited'")) },
			[]string{"Step 1", "edited", "healthbot version"}},
		{"another program's", func(o *office) {
			o.path += ".other"
			o.check(o.raw("CREATE TABLE notes (text TEXT)"))
		},
			[]string{"another program", "HEALTHBOT_DB"}},
		{"no database at all", func(o *office) { o.check(os.WriteFile(o.path, []byte(strings.Repeat("hello", 1000)), 0o600)) },
			[]string{"damaged", "healthbot restore"}},
		{"damaged page", func(o *office) {
			b, err := os.ReadFile(o.path)
			o.check(err)
			for i := 4096; i < 4096*6; i++ {
				b[i] = 0xAA
			}
			o.check(os.WriteFile(o.path, b, 0o600))
		}, []string{"damaged", "healthbot restore"}},
		{"no folder", func(o *office) { o.path = filepath.Join(filepath.Dir(o.path), "nowhere", "health.db") },
			[]string{"can't be made", "folder"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := used(t)
			c.spoil(o)
			before, _ := os.ReadFile(o.path)
			_, err := Open(t.Context(), o.options())
			wants(t, err, record.Broken, c.facts...)
			if after, _ := os.ReadFile(o.path); !slices.Equal(before, after) {
				t.Error("the file was changed")
			}
		})
	}
}

func TestReadOnly(t *testing.T) {
	o := used(t)
	ro := o.options()
	ro.ReadOnly = true
	db, err := Open(t.Context(), ro)
	o.check(err)
	if v, err := db.Verify(t.Context()); err != nil || v.Broken != nil || v.Events == 0 {
		t.Errorf("verify: %+v, %v", v, err)
	}
	_, err = db.OpenReview(t.Context(), ana, "acme")
	wants(t, err, record.Forbidden, "reading only")
	o.check(db.Close())

	_, err = open(t.Context(), ro, steps(t, "CREATE TABLE goal (id TEXT) STRICT"))
	wants(t, err, record.Broken, "older healthbot", "Nothing was changed")
	ro.Path += ".nope"
	_, err = Open(t.Context(), ro)
	wants(t, err, record.NotFound, "no database", "healthbot run")
	if _, err := os.Stat(ro.Path); err == nil {
		t.Error("opening for reading made a file")
	}
}

// The pragmas stand on every connection, those opened later included.
func TestPragmasOnEveryConnection(t *testing.T) {
	o := empty(t)
	ctx := t.Context()
	conns := make([]*sql.Conn, readersAtOnce) // all held at once, so that each is another
	for i := range conns {
		conn, err := o.readers.Conn(ctx)
		o.check(err)
		defer conn.Close()
		var n int // the mode of the log is learned at the first look into the file
		o.check(conn.QueryRowContext(ctx, "SELECT count(*) FROM event").Scan(&n))
		conns[i] = conn
	}
	for _, c := range []struct {
		pragma          string
		writer, readers string
	}{
		{"journal_mode", "wal", "wal"}, {"synchronous", "2", "2"}, {"foreign_keys", "1", "1"}, {"recursive_triggers", "1", "1"},
		{"busy_timeout", "5000", "5000"}, {"secure_delete", "1", ""}, {"query_only", "0", "1"},
	} {
		for i, conn := range conns {
			var got string
			o.check(conn.QueryRowContext(ctx, "PRAGMA "+c.pragma).Scan(&got))
			if c.readers != "" && got != c.readers {
				t.Errorf("reader %d has %s %s, want %s", i, c.pragma, got, c.readers)
			}
		}
		var got string
		o.check(o.writer.QueryRowContext(ctx, "PRAGMA "+c.pragma).Scan(&got))
		if got != c.writer {
			t.Errorf("the writer has %s %s, want %s", c.pragma, got, c.writer)
		}
	}
}

// A path may hold what means something in an address.
func TestPathsWithSpecialCharacters(t *testing.T) {
	o := &office{t: t, path: filepath.Join(t.TempDir(), "a b?c#d%20.db"), now: monday, wall: monday}
	o.open()
	o.check(o.Close())
	if _, err := os.Stat(o.path); err != nil {
		t.Error(err)
	}
}
