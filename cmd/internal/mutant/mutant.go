// Package mutant builds this program with a mistake in it, to prove a proof.
//
// A proof that has never failed may be one that can't. So a test that claims
// "no post is doubled" is run a second time against a program in which the
// reason for that was taken out, and must fail there. The mistake is written as
// an edit of the source, which the compiler is given through its -overlay flag:
// no file changes, no program carries switches that exist for tests alone, and
// an edit whose place is gone, because somebody rewrote the line, fails loudly.
package mutant

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Edit is one place in the source and what stands there instead.
type Edit struct {
	File string // from the module's root: "storage/db.go"
	Old  string // must be in the file exactly once
	New  string
}

// Program builds a command of this module with the edits made and returns the
// path of the executable, which is gone when the test ends.
func Program(t testing.TB, pkg string, edits ...Edit) string {
	t.Helper()
	return compile(t, pkg, edits, "build")
}

// Tests builds the test binary of a package of this module with the edits made.
// It wants to run in its package's folder, as `go test` would run it: see [Dir].
func Tests(t testing.TB, pkg string, edits ...Edit) string {
	t.Helper()
	return compile(t, pkg, edits, "test", "-c")
}

// Dir is the folder of a package of this module.
func Dir(t testing.TB, pkg string) string {
	t.Helper()
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(root, pkg)
}

func compile(t testing.TB, pkg string, edits []Edit, verb ...string) string {
	t.Helper()
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	overlay, err := write(root, dir, edits)
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "mutant")
	args := append(verb, "-overlay", overlay, "-o", out, "./"+pkg)
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = root
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("the mutant doesn't compile: %v\n%s", err, said)
	}
	return out
}

// write puts the edited files into dir, and beside them the list by which the
// compiler takes them for the real ones.
func write(root, dir string, edits []Edit) (overlay string, err error) {
	edited := map[string][]byte{}
	for _, e := range edits {
		name := filepath.Join(root, filepath.FromSlash(e.File))
		text, known := edited[name]
		if !known {
			if text, err = os.ReadFile(name); err != nil {
				return "", err
			}
		}
		if n := bytes.Count(text, []byte(e.Old)); n != 1 {
			return "", fmt.Errorf("mutant: %s has the text to be changed %d times, and should have it once; look for what became of it:\n%s", e.File, n, e.Old)
		}
		edited[name] = bytes.Replace(text, []byte(e.Old), []byte(e.New), 1)
	}
	list := struct{ Replace map[string]string }{map[string]string{}}
	for name, text := range edited {
		at := filepath.Join(dir, fmt.Sprintf("%d-%s", len(list.Replace), filepath.Base(name)))
		if err := os.WriteFile(at, text, 0o600); err != nil {
			return "", err
		}
		list.Replace[name] = at
	}
	b, err := json.Marshal(list)
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, b, 0o600)
}

// moduleRoot is the folder of go.mod, above wherever a test runs.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, miss := os.Stat(filepath.Join(dir, "go.mod")); miss == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("mutant: no go.mod above the working folder")
		}
		dir = up
	}
	return "", err
}
