package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// beside is the same database in another process, as far as a database can tell.
func (o *office) beside() *office {
	o.t.Helper()
	other := *o
	other.open()
	o.t.Cleanup(func() { o.check(other.Close()) })
	return &other
}

// mixed is a file with everything: new accounts and changed ones, readings, facts.
func mixed(n int) record.Batch {
	b := readings("mixed.csv")
	for i := range n {
		b.Readings = append(b.Readings, reading("acme", .2, monday.Add(-time.Duration(i+1)*time.Hour)))
	}
	b.Accounts = []record.AccountRow{account("dune", "Dune", "UANA"), account("acme", "Acme Ltd", "UBEN")}
	b.Facts = []record.FactRow{milestone("dune", "m1", monday, time.Time{}, time.Time{})}
	b.Kinds = []scoring.FactKind{scoring.KindMilestone}
	return b
}

// sees is everything that people can see of a few accounts.
func (o *office) sees() string {
	o.t.Helper()
	in, err := o.Inputs(o.t.Context(), []string{"acme", "beta", "dune"}, o.now)
	o.check(err)
	all, err := o.Accounts(o.t.Context())
	o.check(err)
	return fmt.Sprintf("%d readings of %d accounts, synced %v, %+v", len(in[0].Readings), len(in), in[0].Synced, all)
}

// left says what an import leaves behind beside the database and in it.
func (o *office) left() []string {
	o.t.Helper()
	files, err := filepath.Glob(o.path + ".*")
	o.check(err)
	var out []string
	for _, f := range files {
		if !strings.HasSuffix(f, lockSuffix) {
			out = append(out, filepath.Base(f))
		}
	}
	if n := o.count("SELECT count(*) FROM account_row WHERE staged IS NOT NULL"); n > 0 {
		out = append(out, fmt.Sprint(n, " accounts not folded"))
	}
	if n := o.count("SELECT count(*) FROM batch WHERE loaded_at IS NULL AND copied >= 0"); n > 0 {
		out = append(out, fmt.Sprint(n, " batches"))
	}
	for _, table := range []string{"reading", "fact", "account_attribute", "sync"} {
		if n := o.count("SELECT count(*) FROM " + table + " WHERE batch IN (SELECT n FROM batch WHERE loaded_at IS NULL)"); n > 0 {
			out = append(out, fmt.Sprint(n, " rows of ", table))
		}
	}
	return out
}

// staged says that some of an import is stored, and nobody sees it.
func (o *office) staged() bool {
	return o.count("SELECT count(*) FROM batch WHERE loaded_at IS NULL AND copied > 0") > 0
}

var errKilled = errors.New("killed")

// A bot that stores an import is killed after each of its transactions in turn.
// The next one goes on; nothing shows before everything does, and nothing is there
// twice.
func TestABotKilledWhileItStores(t *testing.T) {
	if racing {
		t.Skip("minutes under the race detector; runs without it")
	}
	b := mixed(700)
	for cut := 0; ; cut++ {
		o := opened(t)
		before := o.sees()
		bot := o.beside()
		release, err := bot.Lease(t.Context(), "the bot")
		o.check(err)
		done := make(chan error, 1)
		var sum record.Summary
		go func() {
			s, err := o.Import(t.Context(), file, b, record.ImportOptions{})
			sum = s
			done <- err
		}()
		ctx, kill := context.WithCancelCause(t.Context())
		turns := 0
		bot.office = func() time.Time { // read once for each transaction
			if turns++; turns > cut+3 {
				kill(errKilled)
			}
			return bot.now
		}
		for ctx.Err() == nil && bot.count("SELECT count(*) FROM batch WHERE file = 'mixed.csv' AND loaded_at IS NOT NULL") == 0 {
			_ = bot.CarryImports(ctx) // its end is the point
		}
		killed := ctx.Err() != nil
		kill(nil)
		flipped := bot.count("SELECT count(*) FROM batch WHERE file = 'mixed.csv' AND loaded_at IS NOT NULL") > 0
		bot.office = func() time.Time { return bot.now }
		if seen := bot.sees(); !flipped && seen != before {
			t.Fatalf("killed after %d transactions, something shows:\n%s", cut, cmp.Diff(before, seen))
		}
		next := o.beside()
		if cut%2 == 0 { // the import goes on alone, or with the next bot
			o.check(release())
		} else {
			bot.token = next.token // the next bot has taken the lease over
			for len(done) == 0 {
				o.check(next.CarryImports(t.Context()))
			}
		}
		o.check(<-done)
		wantTally(t, sum, fmt.Sprintf("%d loaded, 0 unchanged, 0 corrected, 0 refused", len(b.Readings)+3))
		o.check(next.CarryImports(t.Context()))
		if n := o.count("SELECT count(*) FROM reading"); n != 3+len(b.Readings) {
			t.Fatalf("killed after %d transactions: %d readings, want %d", cut, n, 3+len(b.Readings))
		}
		if a, err := o.Account(t.Context(), "acme"); err != nil || a.Name != "Acme Ltd" || a.Owner != "UBEN" {
			t.Errorf("%+v, %v", a, err)
		}
		if got := o.left(); len(got) > 0 {
			t.Errorf("killed after %d transactions: left %v", cut, got)
		}
		o.holds()
		if !killed {
			if cut < 8 {
				t.Fatalf("only %d transactions were cut", cut)
			}
			return
		}
		if cut%2 == 1 {
			o.check(release())
		}
	}
}

// An import that is told to stop while the bot stores it leaves nothing.
func TestAnImportStoppedWhileTheBotStores(t *testing.T) {
	o := opened(t)
	before := o.sees()
	bot := o.beside()
	release, err := bot.Lease(t.Context(), "the bot")
	o.check(err)
	defer func() { o.check(release()) }()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := o.Import(ctx, file, mixed(3*rowsPerTurn), record.ImportOptions{})
		done <- err
	}()
	bot.office = func() time.Time {
		if ctx.Err() == nil && o.staged() {
			stop()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("the import ended with %v", err)
			}
		}
		return bot.now
	}
	for ctx.Err() == nil {
		o.check(bot.CarryImports(t.Context()))
	}
	o.check(bot.CarryImports(t.Context()))
	if seen := bot.sees(); seen != before {
		t.Errorf("something shows:\n%s", cmp.Diff(before, seen))
	}
	if got := o.left(); len(got) > 0 {
		t.Errorf("left %v", got)
	}
	// The same file once more. What was cleared keeps its number: batches become
	// visible in their order.
	stopCarrying := bot.carrying()
	defer stopCarrying()
	wantTally(t, o.load(mixed(300)), "303 loaded, 0 unchanged, 0 corrected, 0 refused")
	if n := o.count("SELECT count(*) FROM batch WHERE loaded_at IS NULL AND n > (SELECT max(n) FROM batch WHERE loaded_at IS NOT NULL)"); n != 0 {
		t.Errorf("%d batches wait behind the one that was loaded last", n)
	}
}

// TestChildImports isn't a test but an import that waits for a bot until it is
// killed.
func TestChildImports(t *testing.T) {
	path := os.Getenv(childDatabase)
	if path == "" {
		t.Skip("only in a process of its own")
	}
	o := &office{t: t, path: path, now: monday, wall: time.Now()}
	o.open()
	_, err := o.Import(t.Context(), file, mixed(500), record.ImportOptions{Progress: func(p record.Progress) {
		if p.Step == "loading" { // it has been handed over
			if _, err := os.Stdout.WriteString("held\n"); err != nil {
				t.Fatal(err)
			}
			_, err := io.Copy(io.Discard, os.Stdin)
			t.Fatal(err)
		}
	}})
	t.Fatal(err)
}

// An import that was killed with SIGKILL blocks nobody: the next one begins at
// once, and the bot clears away what it had stored.
func TestAKilledImportBlocksNobody(t *testing.T) {
	locked(t)
	o := opened(t)
	o.wall = time.Now()
	before := o.sees()
	bot := o.beside()
	release, err := bot.Lease(t.Context(), "the bot")
	o.check(err)
	defer func() { o.check(release()) }()
	for range 2 {
		cmd := child(t, "TestChildImports", o.path)
		_, err := o.Import(t.Context(), file, mixed(5), record.ImportOptions{})
		wants(t, err, record.Busy, "an import of mixed.csv holds it", "Nothing was changed")
		alive := true
		bot.office = func() time.Time {
			if alive && o.staged() {
				alive = false
				o.check(cmd.Process.Kill())
				var killed *exec.ExitError
				if err := cmd.Wait(); !errors.As(err, &killed) {
					t.Errorf("the child ended with %v", err)
				}
			}
			return bot.now
		}
		for alive {
			o.check(bot.CarryImports(t.Context()))
		}
		bot.office = func() time.Time { return bot.now }
		o.check(bot.CarryImports(t.Context()))
		if seen := o.sees(); seen != before {
			t.Errorf("something shows:\n%s", cmp.Diff(before, seen))
		}
		if got := o.left(); len(got) > 0 {
			t.Errorf("left %v", got)
		}
	}
	defer bot.carrying()()
	wantTally(t, o.load(mixed(5)), "8 loaded, 0 unchanged, 0 corrected, 0 refused")
	o.holds()
}

// What a bot can't store is told to the import, and nothing of it stays.
func TestABotThatCantStore(t *testing.T) {
	o := opened(t)
	before := o.sees()
	o.check(o.raw("CREATE TRIGGER no_more_facts BEFORE INSERT ON fact BEGIN SELECT RAISE(ABORT, 'no more facts'); END"))
	bot := o.beside()
	release, err := bot.Lease(t.Context(), "the bot")
	o.check(err)
	defer func() { o.check(release()) }()
	done := make(chan error, 1)
	go func() {
		_, err := o.Import(t.Context(), file, mixed(5), record.ImportOptions{})
		done <- err
	}()
	failed := 0
	for len(done) == 0 {
		if err := bot.CarryImports(t.Context()); err != nil {
			if failed++; !strings.Contains(err.Error(), "no more facts") {
				t.Fatal(err)
			}
		}
	}
	wants(t, <-done, record.Broken, "The running bot couldn't store mixed.csv")
	if failed != 1 {
		t.Errorf("it was tried %d times", failed)
	}
	o.check(bot.CarryImports(t.Context()))
	if got := o.left(); len(got) > 0 || o.sees() != before {
		t.Errorf("left %v, and to see %s", got, o.sees())
	}
}
