package fire

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the judge reads the file itself, not through the product

	"healthbot/bot/slacksim"
)

// world is one company with its Slack, its database and its bot.
type world struct {
	*testing.T
	company
	ctx       context.Context
	rng       *rand.Rand
	sim       *slacksim.Server
	slack     *slacksim.Client
	gate      *gate
	program   string
	db        string
	config    string
	tokens    [2]string // the bot's and the app's
	processes []*process
	changed   time.Time         // when something happened to the workspace
	dms       map[string]string // by person: their direct messages with the bot

	mu    sync.Mutex
	ahead time.Duration // of the office's clock before the real one
}

// newWorld starts a local Slack with everything strict and scaled, and imports the
// company with the program that is to be tried.
func newWorld(t *testing.T, program string, c company, seed uint64) *world {
	t.Helper()
	return newWorldAt(t, program, c, seed, slacksim.Options{RateFactor: speed, AckDeadline: ackWithin})
}

// newWorldAt is a world whose Slack has a pace of its own.
func newWorldAt(t *testing.T, program string, c company, seed uint64, o slacksim.Options) *world {
	t.Helper()
	dir := t.TempDir()
	w := &world{T: t, company: c, ctx: t.Context(), rng: rand.New(rand.NewPCG(seed, 1)), program: program,
		db: filepath.Join(cmp.Or(c.disk, dir), "fire.db"), config: filepath.Join(dir, "healthbot.yml"), ahead: time.Until(c.begin())}
	o.Addr, o.Workspace, o.Now = "127.0.0.1:0", c.workspace(), w.office
	sim, err := slacksim.New(o)
	w.must(err)
	t.Cleanup(func() { w.must(sim.Close()) })
	w.sim, w.slack, w.tokens = sim, sim.Control(), [2]string{sim.BotToken(), sim.AppToken()}
	w.gate = newGate(t, sim, rand.New(rand.NewPCG(seed, 2)))
	t.Cleanup(func() {
		for _, p := range w.processes {
			_ = p.Process.Kill() // most are gone
			<-p.ended
		}
	})
	d, err := w.slack.Dump(w.ctx)
	w.must(err)
	w.dms = map[string]string{}
	for _, room := range d.Channels {
		if room.Kind == "dm" {
			w.dms[room.User] = room.ID
		}
	}
	w.must(os.WriteFile(w.config, []byte(c.config()), 0o600))
	for _, words := range c.files(t, dir) {
		w.command(words...)
	}
	return w
}

// command runs one of the program's other commands.
func (w *world) command(words ...string) {
	w.Helper()
	if out, err := w.try(words...); err != nil {
		w.Fatalf("healthbot %s: %v\n%s", words[0], err, out)
	}
}

func (w *world) try(words ...string) (string, error) {
	words = append(words, "--db", w.db, "--config", w.config)
	if words[0] == "import" {
		words = append(words, "--now", w.office().Format(time.RFC3339Nano))
	}
	run := exec.Command(w.program, words...)
	run.Env = w.environ()
	out, err := run.CombinedOutput()
	return string(out), err
}

// office is the office's clock.
func (w *world) office() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.ahead).UTC()
}

// setOffice moves the office's clock, and Slack's with it. A running bot notices
// only at its next start.
func (w *world) setOffice(t time.Time) {
	w.Helper()
	w.mu.Lock()
	w.ahead = time.Until(t)
	w.mu.Unlock()
	w.must(w.slack.SetClock(w.ctx, t))
}

// open is a connection of our own to the database, for reading, or for getting in
// the bot's way.
func (w *world) open(pragmas ...string) *sql.DB {
	w.Helper()
	q := url.Values{"_txlock": {"immediate"}, "_pragma": pragmas}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: w.db, RawQuery: q.Encode()}).String())
	w.must(err)
	db.SetMaxOpenConns(1)
	w.Cleanup(func() { w.must(db.Close()) })
	return db
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// connected waits until a life is connected to Slack, or over.
func (w *world) connected(p *process, within time.Duration) error {
	t := time.NewTimer(within)
	defer t.Stop()
	select {
	case <-p.ready:
		return nil
	case <-p.ended:
		return fmt.Errorf("the bot ended before it was connected: %w\n%s", p.err, p.tail())
	case <-t.C:
		return fmt.Errorf("the bot was not connected after %s\n%s", within, p.tail())
	}
}

// until asks again and again, for what no message tells of; false: it never came.
func (w *world) until(within time.Duration, done func() bool) bool {
	end := time.NewTimer(within)
	defer end.Stop()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for !done() {
		select {
		case <-again.C:
		case <-end.C:
			return false
		}
	}
	return true
}

// sockets is how many connections Slack has at the moment.
func (w *world) sockets() int {
	d, err := w.slack.Dump(w.ctx)
	if err != nil {
		return 0
	}
	return d.Connections
}
