package source

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"healthbot/scoring"
)

var update = flag.Bool("update", false, "write golden files")

func TestDocIsTheGolden(t *testing.T) {
	got, path := Doc(scoring.BuiltIn()), filepath.Join("testdata", "doc.golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("the documentation changed; run with -update if that is meant (-want +got):\n%s", d)
	}
}

// TestDocFitsATerminal keeps the page readable where it is read.
func TestDocFitsATerminal(t *testing.T) {
	const wide = 116
	for l := range strings.Lines(Doc(scoring.BuiltIn())) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(l, "\n")); n > wide {
			t.Errorf("%d columns, at most %d: %s", n, wide, l)
		}
	}
}
