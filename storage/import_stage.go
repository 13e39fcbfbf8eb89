package storage

import (
	"context"
	"errors"
	"time"

	"healthbot/storage/record"
)

// staging is why chunks of an import go through the second door.
const staging = "stage rows of an import, which nobody sees before its event"

// pace fits the size of chunks to the time that they may hold the writer, which
// differs by a factor of ten between disks, and between the first and the last row
// of a large import. A person's commit that comes meanwhile waits for the rest of
// a chunk; where nobody waits, larger ones cost less.
type pace struct {
	size  int
	alone bool // no bot works on the database
}

const (
	holdBeside = 5 * time.Millisecond
	holdAlone  = 50 * time.Millisecond

	// leastTurn and rowsPerTurn are the least and the most rows of a chunk.
	leastTurn   = 50
	rowsPerTurn = 2000
	rowsAlone   = 10_000
)

func (p *pace) rows() int {
	if p.size == 0 {
		p.size = 4 * leastTurn
	}
	return p.size
}

// took follows slowly upward and at once downward.
func (p *pace) took(d time.Duration) {
	hold, most := holdBeside, rowsPerTurn
	if p.alone {
		hold, most = holdAlone, rowsAlone
	}
	fits := int(float64(p.rows()) * float64(hold) / float64(max(d, time.Microsecond)))
	p.size = max(leastTurn, min(most, fits, p.size+p.size/4+1))
}

// turn runs one chunk, at the end of the lane.
func (db *DB) turn(ctx context.Context, pc *pace, fn func(*tx) error) error {
	var begun time.Time
	err := db.bookkeeping(ctx, bulk, staging, func(t *tx) error {
		begun = time.Now()
		return fn(t)
	})
	if err != nil {
		return err
	}
	held := time.Since(begun)
	db.log.Trace().Dur("held", held).Msg("import staged a chunk")
	pc.took(held)
	return nil
}

// loader stores a cargo. It may be killed anywhere: with each chunk it writes how
// many rows are staged, so that the next one, in this process or another, goes on
// from there, and of two at once only one does.
type loader struct {
	*DB
	*cargo
	n        int64 // of the batch
	copied   int   // items staged so far: rows, then accounts, then syncs
	passed   int   // items of the parts that are through
	alone    bool  // no bot works on the database
	progress func(record.Progress)
	goOn     func(*tx) error // asked in each chunk
}

// errElsewhere means that somebody else goes on with an import, or nobody may.
var errElsewhere = errors.New("storage: this import goes on elsewhere")

// load stores a cargo from wherever it stands. Before that it clears away what
// imports that broke off have left behind.
func (l *loader) load(ctx context.Context) error {
	if err := l.tidy(ctx, l.Token, l.guard); err != nil {
		return err
	}
	loaded, err := l.begin(ctx)
	if err != nil || loaded {
		return err
	}
	for _, part := range []func(context.Context) (int, error){l.stageRows, l.stageAccounts, l.stageSyncs} {
		n, err := part(ctx)
		if err != nil {
			return err
		}
		l.passed += n
	}
	if err := l.flip(ctx); err != nil {
		return err
	}
	// It is loaded. What is left to do shows to nobody, and whoever comes next does it.
	if err := l.fold(ctx, l.guard); err != nil {
		l.log.Warn().Err(err).Msg("accounts of an import are folded later")
	}
	return nil
}

// guard shows that the import is alive, and asks whether to go on.
func (l *loader) guard(t *tx) error {
	if err := l.goOn(t); err != nil {
		return err
	}
	return t.renew(l.DB, importLease, l.Token)
}

// begin makes the batch, or finds how far it is. Batches become visible in the
// order of their numbers.
func (l *loader) begin(ctx context.Context) (loaded bool, err error) {
	type state struct {
		n      int64
		copied int
		loaded bool
		fault  string
	}
	err = l.turn(ctx, &pace{}, func(t *tx) error {
		if err := l.guard(t); err != nil {
			return err
		}
		s, ok, err := first(&t.reader, func(s *state) []any { return []any{&s.n, &s.copied, &s.loaded, &s.fault} },
			"SELECT n, copied, loaded_at IS NOT NULL, fault FROM batch WHERE id = $1", l.ID)
		switch {
		case err != nil:
			return err
		case s.fault != "":
			return errElsewhere
		case ok:
			l.n, l.copied, loaded = s.n, s.copied, s.loaded
			return nil
		}
		summary, err := encode(l.Summary)
		if err != nil {
			return err
		}
		if l.n, err = value[int64](&t.reader, "SELECT 1 + max(n) FROM batch"); err != nil {
			return err
		}
		return t.do(`INSERT INTO batch (n, id, file, digest, source, started_at, summary, token) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			l.n, l.ID, l.File, l.Digest, l.Source, instant(l.At), summary, l.Token)
	})
	return loaded, err
}

// stage stores some items and that they are stored, at once.
func (l *loader) stage(ctx context.Context, pc *pace, items int, fn func(*tx) error) error {
	err := l.turn(ctx, pc, func(t *tx) error {
		if err := l.guard(t); err != nil {
			return err
		}
		moved, err := t.exec("UPDATE batch SET copied = copied + $1 WHERE id = $2 AND copied = $3 AND loaded_at IS NULL", items, l.ID, l.copied)
		if err == nil && moved == 0 {
			err = errElsewhere
		}
		if err != nil {
			return err
		}
		return fn(t)
	})
	if err == nil {
		l.copied += items
	}
	return err
}

// chunks collects the items of one part, leaves out those that are stored
// already, and stores the rest a turn at a time.
type chunks[T any] struct {
	*loader
	pace  pace
	seen  int
	items []T
	store func(*tx, []T) error
}

func inChunks[T any](l *loader, store func(*tx, []T) error) *chunks[T] {
	return &chunks[T]{loader: l, store: store, pace: pace{alone: l.alone}}
}

func (c *chunks[T]) add(ctx context.Context, item T) error {
	if c.seen++; c.passed+c.seen <= c.copied {
		return nil
	}
	if len(c.items) >= c.pace.rows() {
		if err := c.flush(ctx); err != nil {
			return err
		}
	}
	c.items = append(c.items, item)
	return nil
}

func (c *chunks[T]) flush(ctx context.Context) error {
	if len(c.items) == 0 {
		return nil
	}
	err := c.stage(ctx, &c.pace, len(c.items), func(t *tx) error { return c.store(t, c.items) })
	c.items = c.items[:0]
	c.progress(record.Progress{Step: "loading", Rows: min(c.copied, c.Rows), Of: c.Rows})
	return err
}
