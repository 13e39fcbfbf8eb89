package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"healthbot/storage/record"
)

// Team is what healthbot.yml sets up: who may act, and how the team works.
type Team struct {
	People record.Directory
	Policy record.Policy
}

// Options are what the file is checked with besides its own rules.
type Options struct {
	// CheckCron says why a cron line can't be used in a zone: it doesn't parse,
	// or it never fires. It belongs to the schedule, which reads such lines.
	// Nil accepts any line.
	CheckCron func(line string, zone *time.Location) error
}

// Defaults for what the file leaves out.
const (
	defaultCatchUp  = record.CatchLatest
	defaultGrace    = 2 * day
	defaultPerOwner = 5
)

// Load reads the file at path. What is wrong with it is [Problems]; any other
// error is one of reading it.
func Load(path string, o Options) (Team, error) {
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Team{}, Problems{{Where: path, Found: "no such file",
			Expected: "the team's configuration; begin with what `healthbot check --sample` prints, or name another file in " + TeamFile}}
	case err != nil:
		return Team{}, fmt.Errorf("config: %w", err)
	}
	return Parse(path, text, o)
}

// Parse reads the text of a file that people know by name.
func Parse(name string, text []byte, o Options) (Team, error) {
	doc, root, ok := open(name, text, "office_zone, people and routes at least")
	if !ok {
		return Team{}, doc.problems().err()
	}
	b := newBuilder(o)
	b.team(root)
	for _, check := range b.later {
		check()
	}
	if err := doc.problems().err(); err != nil {
		return Team{}, err
	}
	return b.result(), nil
}
