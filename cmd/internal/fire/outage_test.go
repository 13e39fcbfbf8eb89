package fire

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"healthbot/bot/slacksim"
)

// readyz is what the bot tells operators; 0 while it can't be asked.
func (w *world) readyz(p *process) (code int, text string) {
	p.mu.Lock()
	at := p.http
	p.mu.Unlock()
	r, err := http.NewRequestWithContext(w.ctx, http.MethodGet, "http://"+at+"/readyz", nil)
	if err != nil {
		return 0, err.Error()
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err.Error()
	}
	return res.StatusCode, string(b)
}

// says waits until /readyz answers with a code and words.
func (w *world) says(v *verdict, p *process, within time.Duration, code int, words ...string) {
	var last string
	if !w.until(within, func() bool {
		got, text := w.readyz(p)
		last = fmt.Sprintf("%d %s", got, text)
		return got == code && containsAll(text, words...)
	}) {
		v.bad("status", "want %d with %q, have %s", code, words, last)
	}
}

// outage is a time without Slack that begins in the middle of a review's posts.
// Then the bot itself is away for half an hour, in which two more come due.
func outage(t *testing.T, program string, lasts time.Duration) *verdict {
	t.Helper()
	c := company{people: 8, segments: 3, firms: 40}
	w := newWorld(t, program, c, *seed)
	v := &verdict{}
	soon := start.Truncate(time.Hour).Add(time.Hour + time.Duration(minute(0))*time.Minute - time.Second)
	w.setOffice(soon)
	p := w.run()
	if err := w.connected(p, 30*time.Second); err != nil {
		v.bad("ended", "%v", err)
		return v
	}
	db := w.open("query_only(1)")
	w.until(20*time.Second, func() bool { return len(w.gate.taken()) > 15 })
	w.gate.shut(true)
	pause(w.ctx, lasts)
	w.says(v, p, 10*time.Second, http.StatusServiceUnavailable, "no connection to Slack")
	v.count("backlog", w.unfinished(db))
	w.gate.shut(false)
	opened := time.Now()
	w.says(v, p, 20*time.Second, http.StatusOK, "ready")
	drained := func() {
		if !w.until(2*time.Minute, func() bool { return w.unfinished(db) == 0 }) {
			v.bad("lost", "%d deliveries and edits are never finished\n%s", w.unfinished(db), p.tail())
		}
		w.must(p.stop())
	}
	drained()
	v.count("drained after ms", int(time.Since(opened).Milliseconds()))
	w.setOffice(soon.Add(30 * time.Minute)) // past the two other routes' slots
	p = w.run()
	w.until(20*time.Second, func() bool { return len(w.runs(db, 2)) > 0 })
	drained()
	w.judgeLate(v, 1, 2)
	w.judgeStrictOrder(v)
	w.judge(v, nil)
	if n := v.figures["refused as too fast"]; n > 0 {
		v.bad("pace", "%d posts were refused as too fast", n)
	}
	return v
}

// judgeLate looks for the words by which a review that is posted late says so.
func (w *world) judgeLate(v *verdict, routes ...int) {
	w.Helper()
	d := w.dump()
	for _, route := range routes {
		found := false
		for _, room := range d.Channels {
			for _, m := range room.Messages {
				found = found || room.ID == channelID(route) && m.ThreadTS == m.TS && containsAll(m.Text(), "due ", "after downtime")
			}
		}
		if !found {
			v.bad("late", "the review of %s doesn't say that it is late", routeName(route))
		}
	}
}

// judgeStrictOrder is for outages: whatever was in doubt, each channel's messages
// stand there in the order in which they were queued.
func (w *world) judgeStrictOrder(v *verdict) {
	w.Helper()
	turn := map[string]int{}
	for i, x := range w.deliveries(w.open("query_only(1)")) {
		turn[x.id] = i
	}
	last := map[string]int{}
	for _, p := range w.gate.taken() {
		if n := turn[p.delivery]; n < last[p.channel] {
			v.bad("inversion", "in %s %s (%s) came after a later one, the %dth after the %dth queued", p.channel, p.ts, p.delivery, n, last[p.channel])
		} else {
			last[p.channel] = n
		}
	}
}

// Without Slack the bot goes on as far as it can; when Slack is back everything
// goes out in order, once, and what is late says so.
func TestSlackDown(t *testing.T) {
	outside(t)
	t.Parallel()
	lasts := 4 * time.Minute / speed
	if *long {
		lasts = 30 * time.Minute / speed
	}
	upheld(t, outage(t, build(t, pace...), lasts))
}

// locked keeps the database's write lock in another process's hands for a while,
// in the middle of a morning.
func locked(t *testing.T, program string, lasts time.Duration) *verdict {
	t.Helper()
	return morning(t, program, small, func(_ context.Context, w *world, v *verdict) {
		ctx := w.ctx
		w.until(20*time.Second, func() bool { return len(w.gate.taken()) > 5 })
		g := w.newGrip()
		if !g.seize(5*time.Second, always) {
			w.Errorf("the lock can't be had")
			return
		}
		before := w.events(g)
		pause(ctx, lasts)
		if lasts > 8*time.Second {
			w.says(v, w.processes[0], 10*time.Second, http.StatusServiceUnavailable, "can't be written")
		}
		if n := w.events(g); n != before {
			v.bad("file", "%d events were written while the lock was held", n-before)
		}
		w.must(g.loose())
		w.says(v, w.processes[0], 20*time.Second, http.StatusOK, "ready")
	})
}

func (w *world) events(g *grip) (n int) {
	w.Helper()
	w.must(g.db.QueryRowContext(w.ctx, "SELECT count(*) FROM event").Scan(&n))
	return n
}

// A database that somebody else holds costs people a "please try again", and
// nothing else.
func TestDatabaseLocked(t *testing.T) {
	outside(t)
	for _, lasts := range []time.Duration{4 * time.Second, 30 * time.Second} {
		t.Run(lasts.String(), func(t *testing.T) {
			if lasts > 10*time.Second && !*long {
				t.Skip("tried with -long")
			}
			t.Parallel()
			upheld(t, locked(t, build(t, pace...), lasts))
		})
	}
}

// narrow is the paced program on a disk whose room a test decides: before each
// transaction it reads how many pages may be added. SQLite itself then says that
// the disk is full.
var narrow = append(pace[:len(pace):len(pace)],
	edit{"storage/tx.go", "	t, err := db.writer.BeginTx(ctx, nil)\n", `	if err := db.room(ctx); err != nil {
		return err
	}
	t, err := db.writer.BeginTx(ctx, nil)
`},
	edit{"storage/tx.go", "// exec changes rows and says how many.\n", `func (db *DB) room(ctx context.Context) error {
	most := 1 << 30
	if text, err := os.ReadFile(db.path + ".room"); err == nil {
		if err := db.writer.QueryRowContext(ctx, "PRAGMA page_count").Scan(&most); err != nil {
			return err
		}
		more, err := strconv.Atoi(string(text))
		if err != nil {
			return err
		}
		most += more
	}
	_, err := db.writer.ExecContext(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", most))
	return err
}

// exec changes rows and says how many.
`},
	edit{"storage/tx.go", "import (\n", "import (\n	\"os\"\n	\"strconv\"\n"})

// room decides how much can be written.
type room interface {
	leave(pages int) error
	free() error
}

// full fills the disk again and again, each time with a little more room left, so
// that it is full at one write after the other, and frees it again.
func full(t *testing.T, program string, c company, of func(*world) room, rooms int) *verdict {
	t.Helper()
	return morning(t, program, c, func(_ context.Context, w *world, v *verdict) {
		r := of(w)
		w.until(20*time.Second, func() bool { return len(w.gate.taken()) > 0 })
		for n := range rooms {
			w.must(r.leave(n))
			pause(w.ctx, 250*time.Millisecond)
			w.must(r.free())
			pause(w.ctx, 150*time.Millisecond)
		}
		v.count("times full", rooms)
	})
}

// growth is the room that a program with the edits of narrow allows.
type growth struct{ path string }

func (g growth) leave(pages int) error {
	return os.WriteFile(g.path, []byte(strconv.Itoa(pages)), 0o600)
}

func (g growth) free() error { return os.Remove(g.path) }

// ballast fills a small file system of its own.
type ballast struct{ dir string }

func (b ballast) leave(pages int) error {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(b.dir, &fs); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(b.dir, "ballast"))
	if err != nil {
		return err
	}
	size := (int64(fs.Bavail) - int64(pages)) * fs.Bsize
	for size > 0 && syscall.Fallocate(int(f.Fd()), 0, 0, size) != nil {
		size -= fs.Bsize // the bot was faster
	}
	return f.Close()
}

func (b ballast) free() error { return os.Remove(filepath.Join(b.dir, "ballast")) }

// smallDisk is a file system of 16 MiB, where one can be mounted.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("no small file system can be mounted here (%v: %s); TestNoRoom fills the database instead", err, strings.TrimSpace(string(out)))
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v: %s", err, out)
		}
	})
	return dir
}

// A database that can't grow acknowledges nothing that isn't saved, and goes on
// when it can.
func TestNoRoom(t *testing.T) {
	outside(t)
	t.Parallel()
	of := func(w *world) room { return growth{w.db + ".room"} }
	upheld(t, full(t, build(t, narrow...), small, of, times(6, 60)))
}

// On a real full disk the same holds, operators are told, and it is over when
// there is room.
func TestDiskFull(t *testing.T) {
	outside(t)
	t.Parallel()
	c := small
	c.disk = smallDisk(t)
	of := func(*world) room { return ballast{c.disk} }
	program := build(t, pace...)
	upheld(t, full(t, program, c, of, times(6, 60)))
	upheld(t, morning(t, program, company{people: 6, segments: 1, firms: 30, disk: smallDisk(t)}, func(_ context.Context, w *world, v *verdict) {
		r := ballast{filepath.Dir(w.db)}
		w.must(r.leave(0))
		w.says(v, w.processes[0], 20*time.Second, http.StatusServiceUnavailable, "disk is full")
		w.must(r.free())
		w.says(v, w.processes[0], 20*time.Second, http.StatusOK, "ready")
	}))
}

// times is how often something is tried.
func times(seldom, often int) int {
	if *long {
		return often
	}
	return seldom
}

// The pace itself can't be scaled and measured at once: here the program is the
// one that is shipped, with none of its pauses changed, and Slack's limits are
// Slack's. A backlog drains at the floor of one message a second and channel.
func TestPace(t *testing.T) {
	outside(t)
	if !*long {
		t.Skip("takes two minutes; measured with -long")
	}
	t.Parallel()
	c := company{people: 5, segments: 2, firms: 66}
	w := newWorldAt(t, build(t), c, *seed, slacksim.Options{})
	v := &verdict{}
	w.setOffice(start.Add(time.Hour)) // both routes are due
	p := w.run()
	w.must(w.connected(p, 30*time.Second))
	db := w.open("query_only(1)")
	if !w.until(4*time.Minute, func() bool { return len(w.gate.taken()) > 0 && w.unfinished(db) == 0 }) {
		v.bad("lost", "%d deliveries and edits are never finished\n%s", w.unfinished(db), p.tail())
	}
	w.must(p.stop())
	first, last, n := map[string]time.Time{}, map[string]time.Time{}, map[string]int{}
	for _, a := range w.gate.taken() {
		if n[a.channel]++; n[a.channel] == 1 {
			first[a.channel] = a.at
		}
		last[a.channel] = a.at
	}
	for channel, k := range n {
		if k < 10 {
			continue
		}
		over := last[channel].Sub(first[channel]).Seconds() / float64(k-1)
		t.Logf("%s: %d messages, one each %.4f s", channel, k, over)
		if over > 1.02 {
			v.bad("pace", "%s: one message each %.4f s, want 1.02 at most", channel, over)
		}
	}
	w.judgeStrictOrder(v)
	w.judge(v, nil)
	if k := v.figures["refused as too fast"]; k > 0 {
		v.bad("pace", "%d posts were refused as too fast", k)
	}
	upheld(t, v)
}
