package powercut

import (
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"healthbot/cmd/internal/mutant"
)

// TestProofIsProven runs the proof against a storage with a mistake in it: it
// must fail, and in the way in which it should. (With NORMAL, SQLite promises a
// log that is never damaged, and a rollback journal, which it needs to change
// over to the log, that nearly never is: about one cut in two thousand showed it.)
func TestProofIsProven(t *testing.T) {
	if !*long && os.Getenv("HEALTHBOT_PROOFS") == "" {
		t.Skip("mutants take minutes: set HEALTHBOT_PROOFS=1, or give -long")
	}
	if racing {
		t.Skip("recorded without the race detector, which makes it take minutes: go test ./cmd/internal/powercut")
	}
	const file = "storage/db.go"
	for _, m := range []struct {
		name          string
		edit          mutant.Edit
		lost, corrupt expectation
		cuts          int // more than a hundred are for -long
	}{
		{"synchronous=NORMAL", mutant.Edit{File: file, Old: "synchronous(FULL)", New: "synchronous(NORMAL)"}, must, may, 100},
		{"synchronous=OFF", mutant.Edit{File: file, Old: "synchronous(FULL)", New: "synchronous(OFF)"}, must, must, 200},
		{"no journal", mutant.Edit{File: file, Old: "journal_mode(WAL)", New: "journal_mode(OFF)"}, may, must, 100},
		{"a rename whose folder isn't synced", mutant.Edit{File: "storage/backup.go", Old: "return syncFolder(filepath.Dir(path))", New: "return nil"}, must, mustNot, 100},
		{"a restore beside the old one's journal", mutant.Edit{File: "storage/restore.go", Old: "return kept, syncFolder(filepath.Dir(path))", New: "return kept, nil"}, mustNot, must, 1000},
	} {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			if m.cuts > 100 && !*long {
				t.Skip("one more way to fail, or a rare one: with -long")
			}
			bin := mutant.Tests(t, "cmd/internal/powercut", m.edit)
			// The seed is one by which each of them is found.
			cmd := exec.CommandContext(t.Context(), bin, "-test.run=^TestPowerCuts$", "-test.v", "-cuts="+strconv.Itoa(m.cuts), "-seed=7")
			cmd.Dir = mutant.Dir(t, "cmd/internal/powercut")
			said, err := cmd.CombinedOutput()
			if strings.Contains(string(said), "--- SKIP") {
				t.Skipf("%s", said)
			}
			found := summary.FindStringSubmatch(string(said))
			if err == nil || found == nil {
				t.Fatalf("the proof didn't find the mistake: %v\n%s", err, said)
			}
			t.Log(found[0])
			m.lost.check(t, "acknowledged commits lost", found[2] != "0")
			m.corrupt.check(t, "corrupt", found[1] != "0")
		})
	}
}

var summary = regexp.MustCompile(`power cuts \d+, corrupt (\d+), acknowledged commits lost in (\d+), other faults \d+`)

// expectation is whether a mistake must show in one way.
type expectation int

const (
	may expectation = iota
	must
	mustNot
)

func (e expectation) check(t *testing.T, what string, is bool) {
	t.Helper()
	if e != may && is != (e == must) {
		t.Errorf("%s: %t", what, is)
	}
}
