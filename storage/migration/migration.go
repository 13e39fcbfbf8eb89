// Package migration holds the numbered steps that bring a database from
// nothing to the schema of this build. They only go forward, are embedded in
// the program, and are never edited once released: storage keeps the checksum
// of each applied step and refuses a database whose steps differ from these.
//
// To change the schema, add the next number (0002_what_it_does.sql), and a test
// that starts from the schema before it with rows in every table it touches.
package migration

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// Step is one migration.
type Step struct {
	Version int    // counted from 1 without gaps
	Name    string // "init"
	SQL     string
	Sum     string // SHA-256 of the SQL
}

//go:embed *.sql
var files embed.FS

// All lists the steps of this build in order.
func All() ([]Step, error) { return Parse(files) }

// Parse reads steps from files named 0001_name.sql.
func Parse(fsys fs.FS) ([]Step, error) {
	names, err := fs.Glob(fsys, "*.sql") // sorted
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	var out []Step
	for i, file := range names {
		number, name, ok := strings.Cut(strings.TrimSuffix(path.Base(file), ".sql"), "_")
		v, err := strconv.Atoi(number)
		if !ok || err != nil || len(number) != 4 {
			return nil, fmt.Errorf("migration %s: expected a name like 0001_init.sql", file)
		}
		if v != i+1 {
			return nil, fmt.Errorf("migration %s: expected number %04d here", file, i+1)
		}
		b, err := fs.ReadFile(fsys, file)
		if err != nil {
			return nil, fmt.Errorf("read migration: %w", err)
		}
		sum := sha256.Sum256(b)
		out = append(out, Step{v, name, string(b), hex.EncodeToString(sum[:])})
	}
	return out, nil
}
