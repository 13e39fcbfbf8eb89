package powercut

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"healthbot/storage"
	"healthbot/storage/record"
)

// With -long the power goes 2,000 times instead of 200:
//
//	go test ./cmd/internal/powercut -run PowerCuts -long -v
//
// A seed repeats the work and the choice of cuts; only ids and hashes differ.
var (
	long = flag.Bool("long", false, "cut the power 2,000 times")
	seed = flag.Uint64("seed", 0, "repeat an earlier run; 0 takes a new seed")
	cuts = flag.Int("cuts", 0, "how often to cut the power; 0 is 200, or with -long 2,000")
)

const (
	roundsPerWork = 8
	cutsPerWork   = 200 // a new recording is made after so many
)

// history is a recorded work, and what could be claimed when.
type history struct {
	ops    []Op
	claims []claimed
	copies []int // since which operation there is a copy
}

// claimed is a claim and the operation after which it was made. Many says that
// what came next showed contents of its own on the way to the next claim.
type claimed struct {
	claim
	at   int
	many bool
}

func recorded(t *testing.T, seed uint64) history {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "work")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), workFolder+"="+dir, workSeed+"="+strconv.FormatUint(seed, 10), workRounds+"="+strconv.Itoa(roundsPerWork))
	ops, err := Record(dir, env, os.Args[0], "-test.run=^TestWork$")
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrPermission) {
		t.Skipf("this machine doesn't let one process watch another: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	sameAsReal(t, ops, dir)
	h := history{ops: ops, claims: []claimed{{}}}
	for i, o := range ops {
		last := &h.claims[len(h.claims)-1]
		switch {
		case o.Kind != Mark:
		case o.Text == beginsMany:
			last.many = true
		case strings.HasPrefix(o.Text, "copied"):
			h.copies = append(h.copies, i)
		default:
			c := claimed{at: i}
			if err := json.Unmarshal([]byte(o.Text), &c.claim); err != nil {
				t.Fatal(err)
			}
			h.claims = append(h.claims, c)
		}
	}
	return h
}

// tally counts what the cuts did.
type tally struct {
	cuts, corrupt, lost, other int
	byMood                     map[Mood]int
	complaints                 []string
}

func (y *tally) String() string {
	return fmt.Sprintf("power cuts %d, corrupt %d, acknowledged commits lost in %d, other faults %d", y.cuts, y.corrupt, y.lost, y.other)
}

// verdicts on what a cut left.
var (
	errCorrupt = errors.New("corrupt")
	errLost    = errors.New("acknowledged, and lost")
)

// The power goes at any moment of a database's life. It opens, is whole, and has
// everything that was acknowledged, and nothing that was half done.
func TestPowerCuts(t *testing.T) {
	if racing {
		t.Skip("recorded without the race detector, which makes it take minutes: go test ./cmd/internal/powercut")
	}
	n, s := *cuts, *seed
	if n == 0 {
		n = 200
		if *long {
			n = 2000
		}
	}
	if s == 0 {
		s = rand.Uint64()
	}
	began := time.Now()
	y := tally{byMood: map[Mood]int{}}
	operations, claims := 0, 0
	for work := 0; y.cuts < n; work++ {
		r := rand.New(rand.NewPCG(s, uint64(work)))
		h := recorded(t, r.Uint64())
		operations, claims = operations+len(h.ops), claims+len(h.claims)-1
		h.cutOften(t, r, min(cutsPerWork, n-y.cuts), &y)
	}
	for i, c := range y.complaints {
		if i == 5 {
			t.Errorf("… and %d more", len(y.complaints)-i)
			break
		}
		t.Error(c)
	}
	t.Logf("%s; seed %d; %v; %d operations and %d acknowledgements recorded; %s", &y, s, y.byMood, operations, claims, time.Since(began).Round(time.Second))
}

// cutOften cuts at n moments of one work: any, often just behind a claim, and now
// and then when a file has just been given another's name.
func (h history) cutOften(t *testing.T, r *rand.Rand, n int, y *tally) {
	t.Helper()
	var moments, renames []int
	for i, o := range h.ops {
		if o.Kind == Rename {
			renames = append(renames, i)
		}
	}
	for range n {
		at := r.IntN(len(h.ops) + 1)
		switch r.IntN(6) {
		case 0, 1:
			at = min(len(h.ops), h.claims[r.IntN(len(h.claims))].at+1+r.IntN(3))
		case 2:
			if len(renames) > 0 {
				at = renames[r.IntN(len(renames))] + 1
			}
		}
		moments = append(moments, at)
	}
	slices.Sort(moments)
	d := NewDisk(h.ops)
	for _, at := range moments {
		d.Advance(at)
		m := AnyMood(r)
		dir := filepath.Join(t.TempDir(), strconv.Itoa(y.cuts))
		if err := d.Cut(r, m, dir); err != nil {
			t.Fatal(err)
		}
		y.cuts++
		y.byMood[m]++
		err := h.judge(t, at, dir)
		switch {
		case err == nil:
		case errors.Is(err, errCorrupt):
			y.corrupt++
		case errors.Is(err, errLost):
			y.lost++
		default:
			y.other++
		}
		if err != nil {
			y.complaints = append(y.complaints, fmt.Sprintf("after operation %d of %d, on a disk that %s: %v", at, len(h.ops), m, err))
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
}

// judge starts a bot's storage on what a cut left.
func (h history) judge(t *testing.T, at int, dir string) error {
	t.Helper()
	next, _ := slices.BinarySearchFunc(h.claims[1:], at, func(c claimed, at int) int {
		if c.at < at {
			return -1
		}
		return 1
	})
	last := h.claims[next] // claims[0] is that nothing was
	db, err := storage.Open(t.Context(), options(filepath.Join(dir, database), func() time.Time { return monday.AddDate(9, 0, 0) }))
	if err != nil {
		return fmt.Errorf("%w: %w", errCorrupt, err)
	}
	err = h.check(t, db, filepath.Join(dir, database), last, next)
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	return h.checkCopy(t, at, filepath.Join(dir, "copy.db"))
}

func (h history) check(t *testing.T, db *storage.DB, path string, last claimed, next int) error {
	t.Helper()
	ctx := t.Context()
	v, err := db.Verify(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", errCorrupt, err)
	}
	if v.Broken != nil {
		return fmt.Errorf("%w: the chain at %d: %s", errCorrupt, v.Broken.Seq, v.Broken.What)
	}
	if last.Events > 0 {
		if v.Events < last.Events {
			return fmt.Errorf("%w: %d of %d events", errLost, v.Events, last.Events)
		}
		e, err := db.Events(ctx, last.Events-1, 1)
		if err != nil {
			return err
		}
		if e[0].Hash != last.Head {
			return fmt.Errorf("%w: event %d is another one", errLost, last.Events)
		}
	}
	now, err := look(ctx, path)
	if err != nil {
		return fmt.Errorf("%w: %w", errCorrupt, err)
	}
	under := next+1 < len(h.claims) && now.State == h.claims[next+1].State // it was committed, and not claimed yet
	switch {
	case now.State == last.State, under, last.many:
	case slices.ContainsFunc(h.claims[:next], func(c claimed) bool { return c.State == now.State }):
		return fmt.Errorf("%w: the rows are as they were earlier", errLost)
	default:
		return fmt.Errorf("%w: the rows are as they never were", errCorrupt)
	}
	// And it can be worked with.
	if next < 2 { // opened, imported
		return nil
	}
	if _, err := db.AssignOwner(ctx, ana, record.AssignOwner{Account: accountID(0), Owner: lead}); err != nil {
		return fmt.Errorf("the next change: %w", err)
	}
	return nil
}

// checkCopy looks at the copy, if there must be one or is one.
func (h history) checkCopy(t *testing.T, at int, path string) error {
	t.Helper()
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if len(h.copies) > 0 && h.copies[0] < at {
			return fmt.Errorf("%w: the copy", errLost)
		}
		return nil
	}
	o := options(path, func() time.Time { return monday })
	o.ReadOnly = true
	db, err := storage.Open(t.Context(), o)
	if err != nil {
		return fmt.Errorf("%w: the copy: %w", errCorrupt, err)
	}
	v, err := db.Verify(t.Context())
	if err == nil && v.Broken != nil {
		err = fmt.Errorf("%w: the chain of the copy at %d: %s", errCorrupt, v.Broken.Seq, v.Broken.What)
	}
	return errors.Join(err, db.Close())
}
