package bot

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

type doFunc func(*http.Request) (*http.Response, error)

func (f doFunc) Do(r *http.Request) (*http.Response, error) { return f(r) }

func opening(t *testing.T) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://slack.com/api/apps.connections.open", nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func fine(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}}, nil
}

func newPace(b *budget, answer doFunc) *pace {
	return &pace{next: answer, tempo: slacksTempo, budget: b}
}

// TestPace lives through a connection's troubles in virtual time: lives says how
// long each connection lasted, and want when each was opened.
func TestPace(t *testing.T) {
	s := func(secs ...int) (out []time.Duration) {
		for _, n := range secs {
			out = append(out, time.Duration(n)*time.Second)
		}
		return out
	}
	for name, c := range map[string]struct {
		lives, waits []time.Duration
		crowdedAt    int // after this life Slack said too_many_websockets; 0: never
	}{
		"the first opens at once":             {lives: s(0), waits: s(0)},
		"a refresh after an hour is instant":  {lives: s(3600, 3600, 0), waits: s(0, 0, 0)},
		"short lives wait longer and longer":  {lives: s(0, 0, 0, 0, 0), waits: s(0, 2, 4, 8, 16)},
		"but never beyond a minute":           {lives: s(0, 0, 0, 0, 0, 0, 0, 0), waits: s(0, 2, 4, 8, 16, 32, 60, 60)},
		"what was lived counts":               {lives: s(1, 1, 0), waits: s(0, 1, 3)},
		"a long life makes up for short ones": {lives: s(0, 0, 60, 0, 0), waits: s(0, 2, 4, 0, 2)},
		"a crowd waits half a minute":         {lives: s(3600, 5, 0), waits: s(0, 0, 25), crowdedAt: 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPace(&budget{most: opensMost, window: slacksTempo.window}, fine)
				var waits []time.Duration
				for i, life := range c.lives {
					before := time.Now()
					if _, err := p.Do(opening(t)); err != nil {
						t.Fatal(err)
					}
					waits = append(waits, time.Since(before))
					time.Sleep(life) // virtual
					if i+1 == c.crowdedAt {
						p.tooMany()
					}
				}
				if d := cmp.Diff(c.waits, waits); d != "" {
					t.Errorf("waits (-want +got):\n%s", d)
				}
			})
		})
	}
}

func TestPaceEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(&budget{most: opensMost, window: slacksTempo.window}, fine)
		if _, err := p.Do(opening(t)); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := p.Do(opening(t).WithContext(ctx)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a stop had to wait for the pace: %v", err)
		}
	})
}

func TestOtherCallsArentHeldBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		p := &pace{next: doFunc(func(*http.Request) (*http.Response, error) { calls++; return nil, nil })}
		r := opening(t)
		r.URL.Path = "/api/chat.postMessage"
		start := time.Now()
		for range 10 {
			if _, err := p.Do(r); err != nil {
				t.Fatal(err)
			}
		}
		if time.Since(start) != 0 || calls != 10 {
			t.Errorf("%d calls took %s", calls, time.Since(start))
		}
	})
}

// TestFlood, in virtual time: Slack hangs up on both sockets at once, whenever
// they come, for an hour. In no minute are there more than six openings, and the
// sockets don't give up.
func TestFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var opened []time.Time
		shared := &budget{most: opensMost, window: slacksTempo.window}
		answer := func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			opened = append(opened, time.Now())
			return fine(r)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		var wg sync.WaitGroup
		for range ownSockets {
			p := newPace(shared, answer)
			wg.Go(func() {
				for ctx.Err() == nil {
					if _, err := p.Do(opening(t).WithContext(ctx)); err != nil && ctx.Err() == nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		for i := range opened[opensMost:] {
			if d := opened[i+opensMost].Sub(opened[i]); d < time.Minute {
				t.Fatalf("opening %d came %s after the one six before it", i+opensMost, d)
			}
		}
		if len(opened) < 2*60 {
			t.Errorf("%d openings in an hour: somebody gave up", len(opened))
		}
	})
}

// TestRetryAfter: Slack says how long to stay away from opening, and is obeyed.
func TestRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		p := newPace(&budget{most: opensMost, window: slacksTempo.window}, func(r *http.Request) (*http.Response, error) {
			if calls++; calls > 1 {
				return fine(r)
			}
			return &http.Response{StatusCode: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"45"}}}, nil
		})
		start := time.Now()
		for range 2 {
			if _, err := p.Do(opening(t)); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took != 45*time.Second {
			t.Errorf("the second attempt came after %s", took)
		}
	})
}
