package fire

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

var (
	long = flag.Bool("long", false, "kill hundreds of times, wait as long as an outage lasts, and try every mutant")
	seed = flag.Uint64("fire.seed", 1, "decides the course of events; what the scheduler and the network add, it doesn't")
)

// workshop is where programs are built, for all tests of one run.
var workshop string

func TestMain(m *testing.M) {
	flag.Parse()
	dir, err := os.MkdirTemp("", "healthbot-fire-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	workshop = dir
	code := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// outside skips a test under the race detector, and where nobody asked for the
// proofs, with the reason.
func outside(t *testing.T) {
	t.Helper()
	if !*long && os.Getenv("HEALTHBOT_PROOFS") == "" {
		t.Skip("a proof in real time, with pauses scaled down, wants the machine for itself: set HEALTHBOT_PROOFS=1, or give -long")
	}
	if racing {
		t.Skip("the program runs in a process of its own, which the race detector doesn't see; run without -race")
	}
}

// root is the module's folder.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", "..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
