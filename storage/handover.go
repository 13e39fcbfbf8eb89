package storage

import (
	"context"
	"errors"
	"os"
	"time"

	"modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"healthbot/storage/record"
)

// While a bot works on a database, an import doesn't write: people's clicks would
// wait behind it, because the bot's lane doesn't reach into other processes and
// SQLite's own queue isn't fair. It plans, puts what is to be stored into a file
// beside the database, and waits; the bot stores it through its lane. Neither
// needs the other to live: the file is the import's, and the rows that are staged
// are counted in the database, so that
//
//   - a bot that is killed is replaced by the next one, or by the import itself,
//     which goes on where it stood;
//   - an import that is killed takes its right to be loaded with it: the bot sees
//     that its lock is free, and clears away what was staged.

// handedOver is the file by which an import is handed over.
func (db *DB) handedOver(token string) string { return db.path + ".handover-" + token }

var (
	errBotCame = errors.New("storage: a bot has come, which stores imports")
	errBotGone = errors.New("storage: the bot that stored the import is gone")
)

// patience is how long an import waits for a bot that doesn't store any of it.
const patience = time.Minute

// deliver has a cargo stored, by the bot if there is one.
func (db *DB) deliver(ctx context.Context, c *cargo, progress func(record.Progress)) (err error) {
	path := db.handedOver(c.Token)
	defer func() { err = errors.Join(err, removeFile(path)) }()
	written := false
	for {
		beside, alone, err := db.botBeside(ctx)
		if err != nil {
			return err
		}
		if beside && !written {
			if err := c.save(path); err != nil {
				return err
			}
			written = true
		}
		if beside {
			err = db.await(ctx, c, progress)
		} else {
			l := &loader{DB: db, cargo: c, alone: alone, progress: progress, goOn: func(t *tx) error { return db.unlessBot(t) }}
			err = l.load(ctx)
		}
		if !errors.Is(err, errBotCame) && !errors.Is(err, errBotGone) && !errors.Is(err, errElsewhere) {
			return err
		}
		db.log.Info().Err(err).Msg("import goes on")
	}
}

// botBeside says whether a bot of another process works on the database, and
// whether none does at all.
func (db *DB) botBeside(ctx context.Context) (beside, alone bool, err error) {
	err = db.read(ctx, func(r *reader) error {
		token, alive, err := r.lives(db, runLease)
		beside, alone = alive && token != db.token, !alive
		return err
	})
	return beside, alone, err
}

func (db *DB) unlessBot(t *tx) error {
	token, alive, err := t.lives(db, runLease)
	if err == nil && alive && token != db.token {
		err = errBotCame
	}
	return err
}

// await watches how the bot gets on with a cargo.
func (db *DB) await(ctx context.Context, c *cargo, progress func(record.Progress)) error {
	type state struct {
		copied int
		loaded bool
		fault  string
	}
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	last, since := state{copied: -1}, time.Now()
	for {
		var s state
		err := db.read(ctx, func(r *reader) (err error) {
			s, _, err = first(r, func(s *state) []any { return []any{&s.copied, &s.loaded, &s.fault} },
				"SELECT copied, loaded_at IS NOT NULL, fault FROM batch WHERE id = $1", c.ID)
			return err
		})
		switch {
		case err != nil:
			return err
		case s.loaded:
			return nil
		case s.fault != "":
			return record.Errorf(record.Broken, "The running bot couldn't store %s: %s", c.File, s.fault)
		case s != last:
			last, since = s, time.Now()
			progress(record.Progress{Step: "loading", Rows: min(s.copied, c.Rows), Of: c.Rows})
		case time.Since(since) > patience:
			return record.Errorf(record.Busy, "The running bot hasn't taken anything of %s for a minute, so nothing was loaded. Its log may say why; restart it, or stop it, and import again.", c.File)
		}
		beside, _, err := db.botBeside(ctx)
		switch {
		case err != nil:
			return err
		case !beside:
			return errBotGone
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// CarryImports stores what an import has handed over, if there is anything, and
// clears away what one that was killed has left behind. A bot calls it every now
// and then. An error means that it should be tried again later.
func (db *DB) CarryImports(ctx context.Context) error {
	var token string
	var alive bool
	err := db.read(ctx, func(r *reader) (err error) {
		token, alive, err = r.lives(db, importLease)
		return err
	})
	if err != nil {
		return err
	}
	if !alive {
		if token != "" {
			if err := removeFile(db.handedOver(token)); err != nil {
				return err
			}
		}
		return db.tidy(ctx, "", func(*tx) error { return nil })
	}
	c, file, err := openCargo(db.handedOver(token))
	if errors.Is(err, os.ErrNotExist) { // it is still reading, or just done
		return db.tidy(ctx, token, func(*tx) error { return nil })
	}
	if err != nil {
		return err
	}
	l := &loader{DB: db, cargo: c, progress: func(record.Progress) {}, goOn: func(t *tx) error {
		now, alive, err := t.lives(db, importLease)
		if err == nil && (!alive || now != c.Token) {
			err = errElsewhere // its import was killed
		}
		return err
	}}
	err = l.load(ctx)
	if err != nil && !errors.Is(err, errElsewhere) && ctx.Err() == nil && !passes(err) {
		err = errors.Join(err, l.giveUp(ctx, err))
	}
	if errors.Is(err, errElsewhere) {
		err = nil
	}
	return errors.Join(err, file.Close())
}

// giveUp tells the import why it can't be stored.
func (l *loader) giveUp(ctx context.Context, why error) error {
	return l.bookkeeping(ctx, bulk, "say why an import can't be stored", func(t *tx) error {
		return t.do("UPDATE batch SET fault = $1 WHERE id = $2 AND loaded_at IS NULL", record.Say(why), l.ID)
	})
}

// passes says that an error goes by itself, or when a person makes room.
func passes(err error) bool {
	var e *sqlite.Error
	return record.KindOf(err) == record.Busy || errors.As(err, &e) && e.Code()&0xff == codes.SQLITE_FULL
}

// removeFile removes a file that may be gone already.
func removeFile(path string) error {
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
