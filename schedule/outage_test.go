package schedule

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"healthbot/storage/record"
)

// After half an hour without Slack a backlog goes out in order in each channel,
// never faster than a message a second, and hardly slower. Time is virtual, and
// the pauses are those of the product; an answer takes Slack 20 ms here. The rest
// counts from the answer, so that each second of latency would be one of floor.
func TestOutboxDrainsInOrderAfterAnOutage(t *testing.T) {
	for _, c := range []struct {
		name string
		lost bool // what Slack's edge swallowed came through all the same
		dial bool // there is no connection at all
	}{{"nothing came through", false, false}, {"the last came through", true, false}, {"no connection", false, true}} {
		t.Run(c.name, func(t *testing.T) {
			scene(t, func(b *bench) {
				const messages, channels, latency, down, up = 240, 3, 20 * time.Millisecond, 10 * time.Second, 30*time.Minute + 10*time.Second
				type arrival struct {
					id int
					at time.Time
				}
				var mu sync.Mutex
				there := map[string][]arrival{}
				begun := time.Now()
				silent := func() bool { return time.Since(begun) > down && time.Since(begun) < up }
				take := func(d record.Delivery) {
					mu.Lock()
					defer mu.Unlock()
					var id int
					_, _ = fmt.Sscanf(d.ID, "d%d", &id) // we named them so
					there[d.To] = append(there[d.To], arrival{id, time.Now()})
				}
				b.slack.deliver = func(_ context.Context, d record.Delivery, _ int) (record.Receipt, error) {
					time.Sleep(latency)
					if silent() {
						if c.lost && time.Since(begun) < down+time.Second {
							take(d)
						}
						if c.dial {
							return record.Receipt{}, &record.Refusal{Reason: "unreachable", Again: true, After: 10 * time.Second, Silent: true}
						}
						return record.Receipt{}, errLost
					}
					take(d)
					return receipt(d), nil
				}
				b.slack.lookup = func(_ context.Context, d record.Delivery, _ int) (record.Receipt, bool, error) {
					if silent() {
						return record.Receipt{}, false, errLost
					}
					mu.Lock()
					defer mu.Unlock()
					for _, a := range there[d.To] {
						if fmt.Sprintf("d%d", a.id) == d.ID {
							return receipt(d), true, nil
						}
					}
					return record.Receipt{}, false, nil
				}
				for i := range messages {
					b.store.add(fmt.Sprintf("d%d card C%d", i, i%channels))
				}
				b.run()
				b.pass(up + 5*time.Minute)
				for to, all := range there {
					if len(all) != messages/channels {
						t.Errorf("%s has %d messages, want %d", to, len(all), messages/channels)
					}
					var first, last time.Time // after the outage
					n := 0
					for i, a := range all {
						if i > 0 && a.id <= all[i-1].id {
							t.Errorf("in %s d%d came after d%d", to, a.id, all[i-1].id)
						}
						if i > 0 && a.at.Sub(all[i-1].at) < time.Second {
							t.Errorf("in %s d%d came %s after the one before", to, a.id, a.at.Sub(all[i-1].at))
						}
						if a.at.Sub(begun) < up {
							continue
						}
						if last = a.at; n == 0 {
							first = a.at
						}
						n++
					}
					if wait := first.Sub(begun.Add(up)); wait > 70*time.Second {
						t.Errorf("%s was silent for %s after the outage", to, wait)
					}
					if over := last.Sub(first).Seconds() / float64(n-1); over > 1.02 {
						t.Errorf("%s took %.3f s a message", to, over)
					}
				}
			})
		})
	}
}
