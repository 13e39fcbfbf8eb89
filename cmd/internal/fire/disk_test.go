package fire

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

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
