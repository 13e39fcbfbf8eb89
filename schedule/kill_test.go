package schedule

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"healthbot/scoring"
	"healthbot/storage/record"
)

var errKilled = errors.New("this process was killed")

// process is a Store as one process sees it: after its death it reaches nothing.
type process struct {
	*memory
	mu   sync.Mutex
	dead bool
	slow func() time.Duration // a claim or a mark takes time, and a kill may come before or after
}

func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dead = true
}

func (p *process) do(work func() error) error {
	time.Sleep(p.slow())
	p.mu.Lock()
	if p.dead {
		p.mu.Unlock()
		return errKilled
	}
	err := work()
	p.mu.Unlock()
	time.Sleep(p.slow())
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead {
		return errKilled
	}
	return err
}

func (p *process) NextDelivery(ctx context.Context) (d record.Delivery, ok bool, err error) {
	err = p.do(func() error {
		d, ok, err = p.memory.NextDelivery(ctx)
		return err
	})
	return d, ok && err == nil, err
}

func (p *process) DeliverySent(ctx context.Context, id string, r record.Receipt) error {
	return p.do(func() error { return p.memory.DeliverySent(ctx, id, r) })
}

func (p *process) DeliveryRefused(ctx context.Context, id string, no record.Refusal) error {
	return p.do(func() error { return p.memory.DeliveryRefused(ctx, id, no) })
}

func (p *process) DeliveryLost(ctx context.Context, id string) error {
	return p.do(func() error { return p.memory.DeliveryLost(ctx, id) })
}

// A Slack that answers late, refuses, or loses its answers before or after the
// message is there, and a bot that is killed again and again at any moment: in
// the end every message is there once, and a card never without its digest.
func TestKilledAgainAndAgain(t *testing.T) {
	const messages, seeds = 60, 60
	for seed := range uint64(seeds) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := rand.New(rand.NewPCG(seed, 0))
				var mu sync.Mutex
				some := func(most time.Duration) time.Duration {
					mu.Lock()
					defer mu.Unlock()
					return time.Duration(r.Int64N(int64(most)))
				}
				there := map[string]int{}
				slack := &fakeSlack{
					start: time.Now(),
					deliver: func(ctx context.Context, d record.Delivery, _ int) (record.Receipt, error) {
						time.Sleep(some(2 * time.Second)) // on its way; a kill doesn't call it back
						mu.Lock()
						fate := r.IntN(10)
						if fate < 8 {
							there[d.ID]++
							if d.Parent != "" && d.ParentTS == "" {
								t.Errorf("card %s went out before its digest", d.ID)
							}
						}
						mu.Unlock()
						switch fate {
						case 6, 7, 8: // the answer is lost
							time.Sleep(some(10 * time.Second))
							return record.Receipt{}, errLost
						case 9:
							return record.Receipt{}, again(some(20 * time.Second))
						}
						return receipt(d), nil
					},
					lookup: func(_ context.Context, d record.Delivery, _ int) (record.Receipt, bool, error) {
						mu.Lock()
						defer mu.Unlock()
						if r.IntN(5) == 0 {
							return record.Receipt{}, false, errLost
						}
						return receipt(d), there[d.ID] > 0, nil
					},
				}
				store := newMemory()
				for i := range messages {
					switch c := i % 3; {
					case i < 3:
						store.add(fmt.Sprintf("d%d digest C%d", i, c))
					default:
						store.add(fmt.Sprintf("d%d card C%d d%d", i, c, c))
					}
				}
				done := func() bool {
					for i := range messages {
						if store.delivery(fmt.Sprintf("d%d", i)).State != record.Sent {
							return false
						}
					}
					return true
				}
				kills := 0
				for ; !done(); kills++ {
					if kills > 300 {
						t.Fatal("it never ends")
					}
					p := &process{memory: store, slow: func() time.Duration { return some(100 * time.Millisecond) }}
					s, err := New(Options{Store: p, Deliverer: slack, Model: scoring.BuiltIn()})
					if err != nil {
						t.Fatal(err)
					}
					ctx, cancel := context.WithCancel(t.Context())
					var wg sync.WaitGroup
					wg.Go(func() {
						if err := s.Run(ctx); err != nil {
							t.Error(err)
						}
					})
					time.Sleep(some(3 * time.Minute))
					p.kill()
					cancel()
					time.Sleep(some(5 * time.Second)) // what it had sent may arrive after the new start
					defer wg.Wait()
				}
				for i := range messages {
					if id := fmt.Sprintf("d%d", i); there[id] != 1 {
						t.Errorf("%s is there %d times", id, there[id])
					}
				}
				if kills < 2 {
					t.Errorf("only %d kills", kills)
				}
			})
		})
	}
}
