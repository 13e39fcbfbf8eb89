package storage

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"healthbot/storage/record"
)

// signsAlone makes a database go by signs of life, as on systems without locks.
func signsAlone(o *office) {
	o.lock = func(string) (func() error, error) { return nil, errors.ErrUnsupported }
}

func TestLeaseBySignsOfLife(t *testing.T) {
	o := empty(t)
	ctx := t.Context()
	other := *o
	other.open()
	defer other.Close()
	signsAlone(o)
	signsAlone(&other)

	release, err := o.Lease(ctx, "host-1")
	o.check(err)
	_, err = other.Lease(ctx, "host-2")
	wants(t, err, record.Busy, "host-1", "since 09:00")
	_, err = other.Lease(ctx, "host-1") // a namesake is somebody else
	wants(t, err, record.Busy, "host-1")

	// A sign of life keeps it; thirty seconds without one don't.
	o.wall = o.wall.Add(29 * time.Second)
	o.check(o.RenewLease(ctx, "host-1"))
	other.wall = o.wall.Add(29 * time.Second)
	_, err = other.Lease(ctx, "host-2")
	wants(t, err, record.Busy)
	other.wall = o.wall.Add(31 * time.Second)
	releaseOther, err := other.Lease(ctx, "host-2")
	o.check(err)
	wants(t, o.RenewLease(ctx, "host-1"), record.Busy, "taken this database over")

	// The one who lost it can't give it away.
	o.check(release())
	o.check(other.RenewLease(ctx, "host-2"))
	o.check(releaseOther())
	_, err = o.Lease(ctx, "host-1")
	o.check(err)
}

// locked skips a test where the kernel keeps no locks.
func locked(t *testing.T) {
	t.Helper()
	unlock, err := lockFile(t.TempDir() + "/try.lock")
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("no file locks here")
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
}

// While its process lives a lease is kept, however long it gives no sign, and a
// second is refused at once with the name of the first.
func TestLeaseByLock(t *testing.T) {
	locked(t)
	o := empty(t)
	ctx := t.Context()
	other := *o
	other.open()
	defer other.Close()
	release, err := o.Lease(ctx, "host-1")
	o.check(err)
	other.wall = o.wall.Add(time.Hour)
	_, err = other.Lease(ctx, "host-2")
	wants(t, err, record.Busy, "host-1", "since 09:00", "Stop that one first.")
	o.check(release())
	releaseOther, err := other.Lease(ctx, "host-2")
	o.check(err)
	o.check(o.raw("DELETE FROM lease")) // as in the moment between the lock and the row
	_, err = o.Lease(ctx, "host-1")
	wants(t, err, record.Busy, "starting or stopping", "Try again in a moment")
	o.check(releaseOther())
	if info, err := os.Stat(o.path + lockSuffix); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the lock may be taken by others: %v, %v", info, err)
	}
}

const childDatabase = "STORAGE_TEST_CHILD_DATABASE"

// child starts this test's binary again as another process, which runs the one
// test named and prints a line when it is where it should be.
func child(t *testing.T, test, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+test+"$")
	cmd.Env = append(os.Environ(), childDatabase+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cmd.StdinPipe(); err != nil { // kept open: the child ends when it closes
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "held" {
		t.Fatalf("the other process says %q, %v", lines.Text(), lines.Err())
	}
	return cmd
}

// TestChildHoldsTheLease isn't a test but the other process of the next ones.
func TestChildHoldsTheLease(t *testing.T) {
	path := os.Getenv(childDatabase)
	if path == "" {
		t.Skip("only in a process of its own")
	}
	o := &office{t: t, path: path, now: monday, wall: time.Now()}
	o.open()
	_, err := o.Lease(t.Context(), "process of the child")
	o.check(err)
	if _, err := os.Stdout.WriteString("held\n"); err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	o.check(err)
}

// A bot that was killed with SIGKILL costs the next one no patience.
func TestAKilledHolderIsReplacedAtOnce(t *testing.T) {
	locked(t)
	o := empty(t)
	o.wall = time.Now()
	for range 3 {
		cmd := child(t, "TestChildHoldsTheLease", o.path)
		_, err := o.Lease(t.Context(), "the next")
		wants(t, err, record.Busy, "process of the child", "Stop that one first.")
		o.check(cmd.Process.Kill())
		var killed *exec.ExitError
		if err := cmd.Wait(); !errors.As(err, &killed) || !strings.Contains(killed.String(), "killed") {
			t.Fatalf("the child ended with %v", err)
		}
		if n := o.count("SELECT count(*) FROM lease"); n != 1 {
			t.Fatalf("%d leases; the killed one should have left its row", n)
		}
		began := time.Now()
		release, err := o.Lease(t.Context(), "the next")
		o.check(err)
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("it took %s", took)
		}
		o.check(o.RenewLease(t.Context(), "the next"))
		o.check(release())
	}
}
