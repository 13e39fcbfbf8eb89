package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A copy, a change, the copy back: as an operator does it in a shell.
func TestBackupAndRestore(t *testing.T) {
	dir := t.TempDir()
	db, copied := filepath.Join(dir, "t.db"), filepath.Join(dir, "copy.db")
	accounts := write(t, dir, "accounts.csv", accountsCSV)
	must(t, "import", "--source", "crm", accounts, "--db", db)
	if out := must(t, "backup", copied, "--db", db); !strings.HasPrefix(out, copied+": ") || !strings.Contains(out, "checked") || !strings.Contains(out, "head ") {
		t.Errorf("backup says %q", out)
	}
	code, _, errs := command(t, "backup", copied, "--db", db)
	if code != exitFailed || !strings.Contains(errs, "is there already") || !strings.Contains(errs, "--force") {
		t.Errorf("a second copy: exit %d, %q", code, errs)
	}
	if out := must(t, "backup", copied, "--db", db, "--force", "--json"); !strings.Contains(out, `"head": "`) {
		t.Errorf("--json: %s", out)
	}

	must(t, "import", "--source", "crm", write(t, dir, "more.csv", "id,name,segment,seats,started_on,owner\nlate,Late Arrival,enterprise,5,2025-01-01,U0ANA\n"), "--db", db)
	out := must(t, "restore", copied, "--db", db)
	for _, want := range []string{copied + " is back as " + db, "kept as " + db + ".replaced-", "0 unfinished messages are looked up"} {
		if !strings.Contains(out, want) {
			t.Errorf("restore doesn't say %q:\n%s", want, out)
		}
	}
	if code, _, errs := command(t, "score", "late", "--db", db); code != exitFailed || !strings.Contains(errs, "late") {
		t.Errorf("the account of after the copy is still there: exit %d, %q", code, errs)
	}
	must(t, "verify", "--db", db)
	if out := must(t, "export", "events", "--db", db); !strings.Contains(out, "database.restored") {
		t.Errorf("the restore left no event:\n%s", out)
	}

	write(t, dir, "broken.db", "not a database, whatever its name says")
	code, _, errs = command(t, "restore", filepath.Join(dir, "broken.db"), "--db", db)
	if code != exitFailed || !strings.Contains(errs, "broken.db can't be put back") {
		t.Errorf("a broken copy: exit %d, %q", code, errs)
	}
	for _, args := range [][]string{{"backup"}, {"restore"}, {"backup", "x.db", "--db", filepath.Join(dir, "none.db")}} {
		if code, _, errs := command(t, args...); code != exitUsage || errs == "" {
			t.Errorf("healthbot %v: exit %d, %q", args, code, errs)
		}
	}
	if _, err := os.Stat("x.db"); err == nil {
		t.Error("a copy of nothing was made")
	}
}
