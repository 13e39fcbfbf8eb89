package powercut

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sameAsReal replays a whole recording on a disk that keeps everything, and
// compares it with the folder: a call that was overlooked shows here.
func sameAsReal(t *testing.T, ops []Op, dir string) {
	t.Helper()
	d := NewDisk(ops)
	d.Advance(len(ops))
	again := t.TempDir()
	if err := d.Cut(rand.New(rand.NewPCG(1, 1)), Keeps, again); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(contents(t, dir), contents(t, again)); d != "" {
		t.Fatalf("the recording isn't what happened (-real +replayed):\n%.2000s", d)
	}
}

func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		out[filepath.Base(path)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const exercise = "POWERCUT_EXERCISE"

// TestExercise isn't a test but a process that touches files in every way that
// is recorded, and then, if it is told to, in one that isn't.
func TestExercise(t *testing.T) {
	dir := os.Getenv(workFolder)
	if dir == "" || os.Getenv(exercise) == "" {
		t.Skip("only in a process of its own")
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	one, err := os.Create(at("one"))
	must(err)
	_, err = one.Write(bytes.Repeat([]byte("a"), 1000))
	must(err)
	_, err = one.WriteAt([]byte("b"), 500)
	must(err)
	must(one.Truncate(900))
	must(one.Sync())
	_, err = one.WriteString("behind the end") // where the file stood, past the cut
	must(err)

	two, err := os.OpenFile(at("two"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	must(err)
	_, err = one.Seek(0, io.SeekStart)
	must(err)
	_, err = io.Copy(two, one) // the kernel copies by itself where it can
	must(err)
	_, err = two.WriteString("appended")
	must(err)
	must(two.Close())

	must(os.Link(at("two"), at("three")))
	must(os.Rename(at("two"), at("four")))
	must(os.WriteFile(at("gone"), []byte("x"), 0o600))
	must(os.Remove(at("gone")))
	must(os.WriteFile(at("gone"), []byte("another file of that name"), 0o600))
	must(os.WriteFile(at("four"), []byte("shorter"), 0o600)) // and so is three
	must(one.Close())
	folder, err := os.Open(dir)
	must(err)
	must(folder.Sync())
	must(folder.Close())
	marks := os.NewFile(MarkFD, "marks")
	_, err = marks.WriteString("all of it\n")
	must(err)
	if os.Getenv(exercise) == "strange" {
		must(strangeWrite(at("one")))
	}
}

func exercised(t *testing.T, how string) (dir string, ops []Op, err error) {
	t.Helper()
	dir = t.TempDir()
	ops, err = Record(dir, append(os.Environ(), workFolder+"="+dir, exercise+"="+how), os.Args[0], "-test.run=^TestExercise$")
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrPermission) {
		t.Skipf("this machine doesn't let one process watch another: %v", err)
	}
	return dir, ops, err
}

func TestRecord(t *testing.T) {
	dir, ops, err := exercised(t, "plain")
	if err != nil {
		t.Fatal(err)
	}
	sameAsReal(t, ops, dir)
	if last := ops[len(ops)-2:]; last[0].Kind != SyncDir || last[0].Name != "." || last[1].Kind != Mark || last[1].Text != "all of it" {
		t.Errorf("it ends with %v", last)
	}
	syncs := slices.IndexFunc(ops, func(o Op) bool { return o.Kind == Sync })
	if syncs < 0 || ops[syncs-1].Kind != Truncate || ops[syncs].Began != syncs {
		t.Errorf("the fsync behind the truncation isn't where it was: %v", ops)
	}
}

// What isn't understood mustn't be left out in silence.
func TestRecordRefusesToGuess(t *testing.T) {
	if _, _, err := exercised(t, "strange"); err == nil {
		t.Error("a writev on a recorded file went unnoticed")
	}
}

func TestRecordTellsOfFailure(t *testing.T) {
	dir := t.TempDir()
	_, err := Record(dir, append(os.Environ(), workFolder+"="+dir, workSeed+"=none"), os.Args[0], "-test.run=^TestWork$")
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrPermission) {
		t.Skipf("this machine doesn't let one process watch another: %v", err)
	}
	if err == nil || !bytes.Contains([]byte(err.Error()), []byte("invalid syntax")) {
		t.Errorf("a process that failed was recorded with %v", err)
	}
}
