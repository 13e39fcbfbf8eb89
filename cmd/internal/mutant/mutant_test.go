package mutant

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The edit reaches the program, and the tree stays as it is.
func TestProgram(t *testing.T) {
	const file, old = "cmd/healthbot/main.go", "where a named person decides"
	name := filepath.Join(Dir(t, ""), file)
	before, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	bin := Program(t, "cmd/healthbot", Edit{file, old, "where a mutant decides"})
	said, err := exec.CommandContext(t.Context(), bin, "--help").CombinedOutput()
	if err != nil || !strings.Contains(string(said), "where a mutant decides") {
		t.Errorf("the program says %s, %v", said, err)
	}
	after, err := os.ReadFile(name)
	if err != nil || string(after) != string(before) {
		t.Errorf("the source changed, or %v", err)
	}
}

// An edit whose place isn't there, or isn't the only one, is no edit.
func TestPlaces(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "a.go"), []byte("one two two"), 0o600); err != nil {
		t.Fatal(err)
	}
	for old, want := range map[string]string{"three": "0 times", "two": "2 times"} {
		if _, err := write(root, t.TempDir(), []Edit{{"a.go", old, "x"}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want it to say %q", old, err, want)
		}
	}
	dir := t.TempDir()
	if _, err := write(root, dir, []Edit{{"a.go", "one", "three"}, {"a.go", "three two", "four"}}); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "0-a.go")); err != nil || string(b) != "four two" {
		t.Errorf("two edits of one file make %q, %v", b, err)
	}
}
