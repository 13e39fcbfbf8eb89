package fire

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"healthbot/bot/slacksim"
)

// small is a company for proofs that need no volume.
var small = company{people: 6, segments: 1, firms: 30}

// morning lets the first review of a small company come due, with everybody at
// their Slack, and judges when all is done. Nobody is killed; disturb is what
// goes on meanwhile, and its context ends when people have nothing more to do.
func morning(t *testing.T, program string, c company, disturb func(ctx context.Context, w *world, v *verdict)) *verdict {
	t.Helper()
	w := newWorld(t, program, c, *seed)
	v := &verdict{}
	ctx, over := context.WithCancel(t.Context())
	defer over()
	people := w.gather(ctx, *seed)
	w.setOffice(start.Truncate(time.Hour).Add(time.Hour + time.Duration(minute(0))*time.Minute))
	p := w.run()
	if err := w.connected(p, 30*time.Second); err != nil {
		v.bad("ended", "%v", err)
		return v
	}
	db := w.open("query_only(1)")
	disturbing, calm := context.WithCancel(ctx)
	go func() {
		defer calm()
		w.until(10*time.Second, func() bool { return len(w.gate.taken()) > 0 })
		w.until(30*time.Second, func() bool { return w.unfinished(db) == 0 && people.waiting() == 0 })
	}()
	disturb(disturbing, w, v)
	<-disturbing.Done()
	people.leave()
	if !w.until(20*time.Second, func() bool { return w.unfinished(db) == 0 }) {
		v.bad("lost", "%d deliveries and edits are never finished\n%s", w.unfinished(db), p.tail())
	}
	if err := p.stop(); err != nil {
		v.bad("ended", "%v", err)
	}
	w.judge(v, people)
	return v
}

// repeats delivers every envelope twice.
func repeats(t *testing.T, program string) *verdict {
	return morning(t, program, small, func(ctx context.Context, w *world, _ *verdict) {
		if err := w.slack.Fault(ctx, slacksim.Fault{Kind: "repeat", Times: 1_000_000}); err != nil {
			w.Errorf("nothing is repeated: %v", err)
		}
		<-ctx.Done()
	})
}

// beside writes to the database from another process's place, as an import or a
// backup does, and lets nobody be refused for it.
func beside(t *testing.T, program string) *verdict {
	v := morning(t, program, small, func(ctx context.Context, w *world, v *verdict) {
		rng := rand.New(rand.NewPCG(*seed, 5))
		db := w.open("busy_timeout(5000)")
		n := 0
		for ; ctx.Err() == nil; n++ {
			if err := meddle(ctx, db, time.Duration(rng.Int64N(int64(10*time.Millisecond)))); err != nil && ctx.Err() == nil {
				w.Errorf("nobody writes beside the bot: %v", err)
				break
			}
			pause(ctx, time.Duration(rng.Int64N(int64(10*time.Millisecond))))
		}
		v.count("transactions of another process", n)
	})
	if n := v.figures["told that the database is busy"]; n > 0 {
		v.bad("busy", "%d gestures were refused for it", n)
	}
	return v
}

// meddle keeps the writer's lock for a while, and changes the file without
// changing what it says.
func meddle(ctx context.Context, db *sql.DB, hold time.Duration) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "UPDATE chain_head SET one = 1"); err != nil {
		return err
	}
	pause(ctx, hold)
	return tx.Commit()
}

// refresh has Slack end the two connections in turn while somebody asks all the
// time: there is always one that takes the question.
func refresh(t *testing.T, program string) *verdict {
	const rounds = 8
	return morning(t, program, small, func(_ context.Context, w *world, v *verdict) {
		ctx := w.ctx
		w.gate.dialing = 150 * time.Millisecond // as long as in life
		ada, err := w.slack.As("U0ADM")
		if err != nil {
			w.Errorf("nobody asks: %v", err)
			return
		}
		asking, stop := context.WithCancel(ctx)
		asked := make(chan int)
		go func() {
			n, failed := 0, 0
			for ; asking.Err() == nil; n++ {
				err := ada.Command(asking, channelName(0), "/health help")
				if err != nil && strings.Contains(err.Error(), "dispatch_failed") {
					failed++
				}
				pause(asking, 5*time.Millisecond)
			}
			if failed > 0 {
				v.bad("gap", "%d of %d questions found no connection", failed, n)
			}
			asked <- n
		}()
		both := func() bool {
			return w.until(10*time.Second, func() bool { return w.sockets() == 2 })
		}
		done := 0
		for ; done < rounds; done++ {
			if !both() {
				v.bad("gap", "no second connection stands")
				break
			}
			if err := w.slack.Fault(ctx, slacksim.Fault{Kind: "disconnect_refresh", Connection: 1}); err != nil && ctx.Err() == nil {
				w.Errorf("no refresh: %v", err)
			}
		}
		both()
		stop()
		v.count("questions", <-asked)
		v.count("refreshes", done)
	})
}

// slots lets nights pass in which clocks are changed.
func slots(t *testing.T, program string) *verdict {
	c := small
	c.line, c.zone, c.from = "30 2 * * *", "Europe/Berlin", time.Date(2026, 3, 27, 12, 0, 0, 0, time.UTC)
	w := newWorld(t, program, c, *seed)
	v := &verdict{}
	db := w.open("query_only(1)")
	expected := map[string]bool{}
	expect := func(year int, month time.Month, from, to int) {
		for day := from; day <= to; day++ {
			expected[fmt.Sprintf("%04d-%02d-%02dT02:30", year, month, day)] = true
		}
	}
	for _, at := range []time.Time{
		c.from,
		time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC),   // the night of the 29th has no half past two
		time.Date(2026, 10, 24, 12, 0, 0, 0, time.UTC), // eight days of grace back
		time.Date(2026, 10, 26, 12, 0, 0, 0, time.UTC), // the night of the 25th has two
	} {
		switch {
		case at.Month() == time.April:
			expect(2026, 3, 28, 31)
			expect(2026, 4, 1, 1)
		case at.Day() == 24:
			expect(2026, 10, 17, 24)
		case at.Day() == 26:
			expect(2026, 10, 25, 26)
		}
		w.setOffice(at)
		p := w.run()
		if err := w.connected(p, 30*time.Second); err != nil {
			v.bad("ended", "%v", err)
			return v
		}
		w.until(5*time.Second, func() bool { return len(w.runs(db, 0)) >= len(expected) })
		w.must(p.kill())
	}
	got := w.runs(db, 0)
	for slot := range expected {
		if state := got[slot]; state == "" {
			v.bad("slot", "%s has no run", slot)
		}
		delete(got, slot)
	}
	for slot := range got {
		v.bad("slot", "%s was never due", slot)
	}
	v.count("slots", len(expected))
	return v
}

// upheld fails a test for each problem that a proof found.
func upheld(t *testing.T, v *verdict) {
	t.Helper()
	v.report(t)
	const most = 5 // of a kind; more say nothing more
	told := map[string]int{}
	for _, problem := range v.problems {
		kind, _, _ := strings.Cut(problem, ":")
		if told[kind]++; told[kind] <= most {
			t.Error(problem)
		}
	}
	for kind, n := range told {
		if n > most {
			t.Errorf("%s: %d more", kind, n-most)
		}
	}
}

// Whatever Slack delivers twice is done once.
func TestRepeats(t *testing.T) {
	outside(t)
	t.Parallel()
	upheld(t, repeats(t, build(t, pace...)))
}

// Somebody else's short transactions cost people nothing.
func TestBeside(t *testing.T) {
	outside(t)
	t.Parallel()
	v := beside(t, build(t, pace...))
	upheld(t, v)
}

// A refresh leaves no gap.
func TestRefresh(t *testing.T) {
	outside(t)
	t.Parallel()
	upheld(t, refresh(t, build(t, pace...)))
}

// Each wall slot has one run, also in the nights in which clocks are changed.
func TestSlots(t *testing.T) {
	outside(t)
	t.Parallel()
	upheld(t, slots(t, build(t, pace...)))
}
