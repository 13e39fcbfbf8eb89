package slacksim

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// The fidelity table names tests that there are, and every guess.
func TestTheDocumentationIsTrue(t *testing.T) {
	raw, err := os.ReadFile("doc.go")
	ok(t, err)
	doc := string(raw)
	files, err := filepath.Glob("*.go")
	ok(t, err)
	var code strings.Builder
	for _, name := range files {
		text, err := os.ReadFile(name)
		ok(t, err)
		code.Write(text)
	}
	for _, name := range regexp.MustCompile(`\bTest[A-Z]\w+`).FindAllString(doc, -1) {
		if !strings.Contains(code.String(), "func "+name+"(t *testing.T)") {
			t.Errorf("doc.go names %s, and there is no such test", name)
		}
	}
	for _, name := range regexp.MustCompile(`\b[a-z_]+\.go\b`).FindAllString(doc, -1) {
		if _, err := os.Stat(name); err != nil {
			t.Errorf("doc.go names %s: %v", name, err)
		}
	}
	guesses := reflect.TypeFor[Guesses]()
	for i := range guesses.NumField() {
		if name := "Guesses." + guesses.Field(i).Name; !strings.Contains(doc, name) {
			t.Errorf("doc.go does not name %s", name)
		}
	}
}
