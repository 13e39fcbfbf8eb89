package schedule

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"healthbot/storage/record"
)

func TestOutboxSettlesAnUnknownEnd(t *testing.T) {
	for _, c := range []struct {
		name  string
		found bool
		want  []string
	}{
		{"found", true, []string{"0s post a", "16s post b", "1m15s look a"}},
		{"not found", false, []string{"0s post a", "16s post b", "1m15s look a", "1m15s post a"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			scene(t, func(b *bench) {
				b.slack.deliver = func(ctx context.Context, d record.Delivery, try int) (record.Receipt, error) {
					if d.ID == "a" && try == 1 {
						<-ctx.Done() // after a quarter of the settle time
						return record.Receipt{}, ctx.Err()
					}
					return receipt(d), nil
				}
				b.slack.lookup = func(_ context.Context, d record.Delivery, _ int) (record.Receipt, bool, error) {
					return receipt(d), c.found, nil
				}
				b.store.add("a card C1", "b card C1")
				b.run()
				b.pass(time.Minute)
				b.wantState(record.Sending, "a")
				b.wantState(record.Sent, "b")
				b.pass(time.Minute)
				b.wantLog(c.want...)
				b.wantState(record.Sent, "a")
			})
		})
	}
}

// A claim may be much older than the post that followed it: after a kill, the
// settle time counts from the new start.
func TestOutboxWaitsBeforeItSettlesWhatAnotherProcessLeft(t *testing.T) {
	scene(t, func(b *bench) {
		b.store.add("a card C1")
		if _, ok, _ := b.store.NextDelivery(b.Context()); !ok {
			b.Fatal("nothing to claim")
		}
		b.pass(10 * time.Minute)
		b.slack.start = time.Now()
		b.run()
		b.pass(59 * time.Second)
		b.wantLog()
		b.pass(2 * time.Second)
		b.wantLog("1m0s look a", "1m0s post a")
		b.wantState(record.Sent, "a")
	})
}

func TestOutboxTriesAgainWhenItCannotLook(t *testing.T) {
	scene(t, func(b *bench) {
		b.slack.deliver = func(_ context.Context, d record.Delivery, _ int) (record.Receipt, error) {
			return record.Receipt{}, errLost
		}
		b.slack.lookup = func(_ context.Context, d record.Delivery, try int) (record.Receipt, bool, error) {
			switch {
			case d.ID == "b":
				return record.Receipt{}, false, &record.Refusal{Reason: "not_in_channel"}
			case try == 1:
				return record.Receipt{}, false, errLost
			case try == 2:
				return record.Receipt{}, false, again(40 * time.Second)
			}
			return receipt(d), true, nil
		}
		b.store.add("a card C1", "b card C2")
		b.run()
		b.pass(3 * time.Minute)
		b.wantLog("0s post a", "0s post b", "1m5s look a", "1m6.2s look a", "1m46.2s look a", "1m47.4s look b")
		b.wantState(record.Sent, "a")
		if d := b.store.delivery("b"); d.State != record.Dead || !strings.Contains(d.Reason, "can't be read: not_in_channel") {
			b.Errorf("b is %s: %s", d.State, d.Reason)
		}
	})
}

// One message that Slack never answers about must not be tried for ever.
func TestOutboxBuriesWhatIsNeverAnswered(t *testing.T) {
	scene(t, func(b *bench) {
		b.slack.deliver = func(_ context.Context, d record.Delivery, _ int) (record.Receipt, error) {
			if d.ID == "a" {
				return record.Receipt{}, errLost
			}
			panic("no such view: " + d.ID)
		}
		b.store.add("a card C1", "p card C2")
		b.run()
		b.pass(time.Hour)
		for _, id := range []string{"a", "p"} {
			if d := b.store.delivery(id); d.State != record.Dead || d.Attempts != mostUnknown || !strings.Contains(d.Reason, "5 times") {
				b.Errorf("%s is %s after %d attempts: %s", id, d.State, d.Attempts, d.Reason)
			}
		}
		b.stop()
		if !strings.Contains(b.out.String(), "no such view") || !strings.Contains(b.out.String(), "settle_test.go") {
			b.Error("the log doesn't say what panicked and where")
		}
	})
}

// While Slack gives no answer, little is tried, and less and less often: each
// try must be looked into afterwards.
func TestOutboxLeavesASilentSlackAlone(t *testing.T) {
	scene(t, func(b *bench) {
		var silent atomic.Bool
		silent.Store(true)
		var mu sync.Mutex
		posted := map[string]int{}
		b.slack.deliver = func(_ context.Context, d record.Delivery, _ int) (record.Receipt, error) {
			if silent.Load() {
				return record.Receipt{}, errLost
			}
			mu.Lock()
			defer mu.Unlock()
			posted[d.ID]++
			return receipt(d), nil
		}
		b.slack.lookup = func(context.Context, record.Delivery, int) (record.Receipt, bool, error) {
			if silent.Load() {
				return record.Receipt{}, false, errLost
			}
			return record.Receipt{}, false, nil
		}
		for i := range 100 {
			b.store.add(fmt.Sprintf("d%d card C%d", i, i%3))
		}
		b.run()
		b.pass(10 * time.Minute)
		if n := len(b.slack.log()); n > 30 {
			b.Errorf("Slack was asked %d times in ten silent minutes", n)
		}
		silent.Store(false)
		b.pass(10 * time.Minute)
		mu.Lock()
		defer mu.Unlock()
		for i := range 100 {
			if id := fmt.Sprintf("d%d", i); posted[id] != 1 {
				b.Errorf("%s was posted %d times", id, posted[id])
			}
		}
	})
}
