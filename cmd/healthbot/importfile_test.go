package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"healthbot/schedule/source"
	"healthbot/scoring"
	"healthbot/storage/record"
)

// What isn't a file that can be read is refused with a sentence, and nothing loads.
func TestWhatIsNoFile(t *testing.T) {
	dir, load := imported(t)
	for _, tc := range []struct{ name, want string }{
		{filepath.Join(dir, "nowhere.csv"), "there is no file " + filepath.Join(dir, "nowhere.csv") + "; nothing was loaded"},
		{dir, dir + " is a directory; name the files in it, such as " + filepath.Join(dir, "accounts.csv")},
	} {
		code, out, errs := command(t, "import", tc.name, "--db", filepath.Join(dir, "t.db"), "--source", "test")
		if code != exitUsage || out != "" || !strings.Contains(errs, tc.want) {
			t.Errorf("exit %d, %q, %q; want %q", code, out, errs, tc.want)
		}
	}
	code, out, errs := load("f.csv", long+"A,"+ratio+",0.81,2026-03-30\nB,"+ratio+",0.8")
	if code != exitRefused || !strings.HasPrefix(out, "f.csv: 1 loaded, 0 unchanged, 0 corrected, 1 refused") || !strings.Contains(errs, "f.csv:3: found 3 fields; expected 4, as in the header") {
		t.Errorf("a file cut in the middle of a row: exit %d, %q, %q", code, out, errs)
	}
}

// A file may come through standard input or a pipe.
func TestPipes(t *testing.T) {
	dir, _ := imported(t)
	at := []string{"--db", filepath.Join(dir, "t.db"), "--now", "2026-04-01T12:00", "--source", "test"}
	var out, errs bytes.Buffer
	if code := run(t.Context(), append([]string{"import", "-"}, at...), strings.NewReader(long+"A,"+ratio+",0.8,2026-03-30\nA,"+ratio+",high,2026-03-29\n"), &out, &errs); code != exitRefused {
		t.Errorf("exit %d", code)
	}
	if out.String() != "stdin: 1 loaded, 0 unchanged, 0 corrected, 1 refused\n" || !strings.Contains(errs.String(), "stdin:3:27, column value: found “high”") {
		t.Errorf("%q, %q", out.String(), errs.String())
	}
	pipe := filepath.Join(dir, "pipe.csv")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("no pipes with a name here:", err)
	}
	wrote := make(chan error, 1)
	go func() { wrote <- os.WriteFile(pipe, []byte(long+"B,"+ratio+",0.8,2026-03-30\n"), 0o600) }()
	if out := must(t, append([]string{"import", pipe}, at...)...); out != "pipe.csv: 1 loaded, 0 unchanged, 0 corrected, 0 refused\n" {
		t.Error(out)
	}
	if err := <-wrote; err != nil {
		t.Error(err)
	}
	// A pipe into which nobody writes waits until it is told to stop.
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := openInput(ctx, terminal{}, pipe); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	other, err := os.OpenFile(pipe, os.O_WRONLY, 0) // so that nothing waits any more
	if err == nil {
		err = other.Close()
	}
	if err != nil {
		t.Error(err)
	}
}

// A file that is written to while it is read loads nothing.
func TestAFileThatGrows(t *testing.T) {
	var b strings.Builder
	b.WriteString(long)
	for i := range 9000 {
		fmt.Fprintf(&b, "A,%s,0.5,2026-03-%02d %02d:%02d:%02d\n", ratio, 1+i%30, i/30%24, i/720%60, i/43200)
	}
	path := write(t, t.TempDir(), "f.csv", b.String())
	for _, grows := range []bool{false, true} {
		in, err := openInput(t.Context(), terminal{}, path)
		if err != nil {
			t.Fatal(err)
		}
		var last error
		parts := 0
		for _, err := range in.whole(source.Parse(in, in.name, source.Options{Source: "test", Now: time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC), Model: scoring.BuiltIn()})) {
			if last = err; parts == 0 && grows {
				f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
				if err == nil {
					_, err = io.WriteString(f, "A,"+ratio+",0.5,2026-")
				}
				if err = errors.Join(err, f.Close()); err != nil {
					t.Fatal(err)
				}
			}
			parts++
		}
		if !grows && (last != nil || parts < 3) {
			t.Errorf("untouched: %d parts, %v", parts, last)
		}
		if grows && (record.KindOf(last) != record.Invalid || !strings.HasPrefix(record.Say(last), "f.csv: it was written to while it was read (")) {
			t.Errorf("written to: %v", last)
		}
		if err := in.close(); err != nil {
			t.Error(err)
		}
	}
}
