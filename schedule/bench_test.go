package schedule

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// fakeSlack is a Deliverer made of functions, which notes what it was asked. A
// function that isn't there takes everything at once.
type fakeSlack struct {
	deliver func(ctx context.Context, d record.Delivery, try int) (record.Receipt, error)
	edit    func(ctx context.Context, d record.Delivery, try int) error
	lookup  func(ctx context.Context, d record.Delivery, try int) (record.Receipt, bool, error)

	start time.Time
	mu    sync.Mutex
	tries map[string]int
	asked []string
}

func (s *fakeSlack) note(what string, d record.Delivery) (try int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tries == nil {
		s.tries = map[string]int{}
	}
	s.tries[what+d.ID]++
	s.asked = append(s.asked, fmt.Sprintf("%s %s %s", time.Since(s.start).Round(time.Millisecond), what, d.ID))
	return s.tries[what+d.ID]
}

func (s *fakeSlack) Deliver(ctx context.Context, d record.Delivery) (record.Receipt, error) {
	try := s.note("post", d)
	if s.deliver == nil {
		return receipt(d), nil
	}
	return s.deliver(ctx, d, try)
}

func (s *fakeSlack) Edit(ctx context.Context, d record.Delivery) error {
	try := s.note("edit", d)
	if s.edit == nil {
		return nil
	}
	return s.edit(ctx, d, try)
}

func (s *fakeSlack) Lookup(ctx context.Context, d record.Delivery) (record.Receipt, bool, error) {
	try := s.note("look", d)
	if s.lookup == nil {
		return record.Receipt{}, false, nil
	}
	return s.lookup(ctx, d, try)
}

// log is everything that Slack was asked so far, "1s post a"; what was asked at
// the same time in the order of the alphabet, because there is no other.
func (s *fakeSlack) log() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := func(line string) time.Duration {
		d, _ := time.ParseDuration(strings.Fields(line)[0])
		return d
	}
	return slices.SortedFunc(slices.Values(s.asked), func(a, b string) int {
		return cmp.Or(cmp.Compare(at(a), at(b)), cmp.Compare(a, b))
	})
}

func receipt(d record.Delivery) record.Receipt {
	return record.Receipt{Channel: d.To, TS: "ts-" + d.ID}
}

// again is a refusal that passes.
func again(after time.Duration) error {
	return &record.Refusal{Reason: "ratelimited", Again: true, After: after}
}

// bench runs one scheduler in virtual time.
type bench struct {
	*testing.T
	store *memory
	slack *fakeSlack
	out   *bytes.Buffer // the log; written by many, read when they are still
	s     *Scheduler
	stop  func() // ends Run and waits for it
}

// scene runs a test in virtual time. Its scheduler isn't started.
func scene(t *testing.T, play func(b *bench)) {
	synctest.Test(t, func(t *testing.T) {
		play(&bench{T: t, store: newMemory(), slack: &fakeSlack{start: time.Now()}, out: &bytes.Buffer{}, stop: func() {}})
	})
}

// run starts a scheduler on the bench's store.
func (b *bench) run(change ...func(*Options)) {
	b.Helper()
	o := Options{Store: b.store, Deliverer: b.slack, Model: scoring.BuiltIn(), Log: zerolog.New(zerolog.SyncWriter(b.out))}
	for _, c := range change {
		c(&o)
	}
	s, err := New(o)
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	b.s = s
	b.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			b.Errorf("Run ended with %v", err)
		}
	})
	b.Cleanup(b.stop)
}

// pass lets virtual time go by, and then everything that is under way go on.
func (b *bench) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
