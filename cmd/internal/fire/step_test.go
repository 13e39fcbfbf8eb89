package fire

import (
	"context"
	"database/sql"
	"runtime"
	"time"
)

// step is a place in the bot's work at which it is killed: a spot in the traffic,
// or a state of the database between two of its commits.
type step struct {
	name  string
	needs need
	reach func(w *world, k *killer) (there bool)
}

// need is what must be going on for a step to come.
type need string

const (
	aSlot  need = "a review that is due"
	aPost  need = "a message to post"
	aClick need = "somebody who presses"
)

// killer is what reaching a step needs.
type killer struct {
	grip   *grip
	within time.Duration
	freed  []func() // runs after the kill
}

// after lets something go when the bot is dead.
func (k *killer) after(f func()) { k.freed = append(k.freed, f) }

// steps are the named ones, in the order in which they come.
var steps = []step{
	{"slot claimed", aSlot, between("EXISTS (SELECT 1 FROM run WHERE state = 'begun' AND id NOT IN (SELECT run FROM snapshot WHERE run IS NOT NULL))")},
	{"snapshots saved", aSlot, between("EXISTS (SELECT 1 FROM run WHERE state = 'begun' AND id IN (SELECT run FROM snapshot))")},
	{"run opened", aSlot, between("EXISTS (SELECT 1 FROM run JOIN delivery ON subject = run.id AND kind = 'digest' WHERE run.state = 'open' AND delivery.state = 'pending' AND attempts = 0)")},
	{"delivery marked sending", aPost, marked},
	{"post sent, not there yet", aPost, caught(postArrives)},
	{"post there, unanswered", aPost, caught(postTaken)},
	{"answered, not marked", aPost, unmarked},
	{"click received", aClick, received},
	{"committed, not acked", aClick, caught(ackArrives)},
	{"acked", aClick, caught(ackPassed)},
}

// caught is a step at which something is held in the gate. What is held goes on
// after the kill: the network doesn't know that its sender is dead.
func caught(at spot) func(*world, *killer) bool {
	return func(w *world, k *killer) bool {
		t := w.gate.set(at)
		k.after(t.release)
		return wait(t.sprung, k.within)
	}
}

// between2 is a step between two commits. The writer's lock is taken the moment
// that the bot lets go of it, and kept while it is killed.
func between(state string) func(*world, *killer) bool {
	return func(w *world, k *killer) bool {
		return k.grip.seize(k.within, func(tx *sql.Conn) (there bool, err error) {
			err = tx.QueryRowContext(w.ctx, "SELECT "+state).Scan(&there)
			return there, err
		})
	}
}

// marked is a claimed delivery of which nothing has left yet.
func marked(w *world, k *killer) bool {
	return k.grip.seize(k.within, func(tx *sql.Conn) (bool, error) {
		rows, err := tx.QueryContext(w.ctx, "SELECT id FROM delivery WHERE state = 'sending' AND attempts = 1")
		if err != nil {
			return false, err
		}
		defer rows.Close()
		w.gate.mu.Lock()
		defer w.gate.mu.Unlock()
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				return false, err
			}
			if !w.gate.tried[id] {
				return true, nil
			}
		}
		return false, rows.Err()
	})
}

// unmarked lets an answer through while the database can't be written.
func unmarked(w *world, k *killer) bool {
	taken := w.gate.set(postTaken)
	k.after(taken.release)
	if !wait(taken.sprung, k.within) || !k.grip.seize(k.within, always) {
		return false
	}
	answered := w.gate.set(postAnswered)
	k.after(answered.release)
	taken.release()
	there := wait(answered.sprung, k.within)
	pause(w.ctx, 5*time.Millisecond) // it reads the answer, and can't write it down
	return there
}

// received lets a click in while the database can't be written.
func received(w *world, k *killer) bool {
	arrives := w.gate.set(clickArrives)
	k.after(arrives.release)
	if !wait(arrives.sprung, k.within) || !k.grip.seize(k.within, always) {
		return false
	}
	passed := w.gate.set(clickPassed)
	k.after(passed.release)
	arrives.release()
	there := wait(passed.sprung, k.within)
	pause(w.ctx, 30*time.Millisecond) // it works on it, and can't commit
	return there
}

func always(*sql.Conn) (bool, error) { return true, nil }

func wait(c <-chan struct{}, within time.Duration) bool {
	t := time.NewTimer(within)
	defer t.Stop()
	select {
	case <-c:
		return true
	case <-t.C:
		return false
	}
}

// grip holds the database's write lock from outside.
type grip struct {
	db   *sql.DB // reads beside it
	conn *sql.Conn
	held bool
}

func (w *world) newGrip() *grip {
	w.Helper()
	conn, err := w.open().Conn(w.ctx)
	w.must(err)
	w.Cleanup(func() { w.must(conn.Close()) })
	return &grip{db: w.open("query_only(1)"), conn: conn}
}

// seize takes the lock whenever it is free, until the state that it finds is the
// one that was wanted; then it keeps the lock. It asks without a pause, because
// the bot needs a fraction of a millisecond from one commit to the next.
func (g *grip) seize(within time.Duration, there func(*sql.Conn) (bool, error)) bool {
	for end := time.Now().Add(within); time.Now().Before(end); {
		if _, err := g.conn.ExecContext(context.Background(), "BEGIN IMMEDIATE"); err != nil {
			runtime.Gosched()
			continue
		}
		g.held = true
		ok, err := there(g.conn)
		if err == nil && ok {
			return true
		}
		if g.loose() != nil {
			return false
		}
	}
	return false
}

// loose lets go.
func (g *grip) loose() error {
	if !g.held {
		return nil
	}
	g.held = false
	_, err := g.conn.ExecContext(context.Background(), "ROLLBACK")
	return err
}
