package schedule

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"healthbot/storage/record"
)

var errLost = errors.New("connection reset by peer")

func (b *bench) wantLog(want ...string) {
	b.Helper()
	if diff := cmp.Diff(want, b.slack.log()); diff != "" {
		b.Errorf("what Slack was asked (-want +got):\n%s", diff)
	}
}

func (b *bench) wantState(want record.DeliveryState, ids ...string) {
	b.Helper()
	for _, id := range ids {
		if d := b.store.delivery(id); d.State != want {
			b.Errorf("%s is %s (%s), want %s", id, d.State, d.Reason, want)
		}
	}
}

func TestOutboxKeepsOrderAndPace(t *testing.T) {
	scene(t, func(b *bench) {
		b.store.add("c1 card C1 dg", "dg digest C1", "c2 card C1 dg", "c3 card C1 dg", "ana owner_line U1", "other digest C2")
		b.run()
		b.pass(10 * time.Second)
		b.wantLog("0s post ana", "0s post dg", "0s post other", "1s post c1", "2s post c2", "3s post c3")
		if d := b.store.delivery("c1"); d.State != record.Sent || d.TS != "ts-c1" || d.Channel != "C1" {
			b.Errorf("c1 is %+v", d)
		}
	})
}

func TestOutboxRestsAfterTheAnswer(t *testing.T) {
	scene(t, func(b *bench) {
		b.slack.deliver = func(_ context.Context, d record.Delivery, _ int) (record.Receipt, error) {
			time.Sleep(400 * time.Millisecond) // or two could arrive less than a second apart
			return receipt(d), nil
		}
		b.store.add("a card C1", "b card C1", "x card C2")
		b.run()
		b.pass(5 * time.Second)
		b.wantLog("0s post a", "0s post x", "1.4s post b")
	})
}

func TestOutboxStaysBelowTheWorkspaceLimit(t *testing.T) {
	scene(t, func(b *bench) {
		for i := range 100 {
			b.store.add(fmt.Sprintf("d%d task_dm U%d", i, i))
		}
		b.run()
		b.pass(10 * time.Second)
		if n := len(b.slack.log()); n < 40 || n > 45 {
			b.Errorf("%d posts in ten seconds, want four a second and a burst of four", n)
		}
		b.pass(20 * time.Second)
		if n := len(b.slack.log()); n != 100 {
			b.Errorf("%d posts in half a minute, want all 100", n)
		}
		b.pass(10 * time.Second)
		b.stop()
		if n := len(b.s.out.channels) + len(b.s.out.posting) + len(b.s.out.line); n > 0 {
			b.Errorf("an outbox at rest remembers %d things", n)
		}
	})
}

func TestOutboxHonoursRetryAfterForTheChannel(t *testing.T) {
	scene(t, func(b *bench) {
		b.slack.deliver = func(_ context.Context, d record.Delivery, try int) (record.Receipt, error) {
			if d.ID == "a" && try == 1 {
				return record.Receipt{}, again(30 * time.Second)
			}
			return receipt(d), nil
		}
		b.store.add("a card C1", "b card C1", "x card C2", "c card C1", "y card C2")
		b.run()
		b.pass(29 * time.Second)
		b.store.touch("x")
		b.s.Wake()
		b.pass(31 * time.Second)
		// What was refused goes first; the channel waits, and nobody else does.
		b.wantLog("0s post a", "0s post x", "1s post y", "29s edit x", "30s post a", "31s post b", "32s post c")
		b.wantState(record.Sent, "a", "b", "c", "x", "y")
	})
}

// Also when there is no room left in line for what comes back.
func TestOutboxKeepsAPlaceInAFullLine(t *testing.T) {
	scene(t, func(b *bench) {
		var order []string
		b.slack.deliver = func(_ context.Context, d record.Delivery, try int) (record.Receipt, error) {
			if d.ID == "d0" && try == 1 {
				return record.Receipt{}, again(20 * time.Second)
			}
			order = append(order, d.ID)
			return receipt(d), nil
		}
		var want []string
		for i := range 2 * ahead {
			want = append(want, fmt.Sprintf("d%d", i))
			b.store.add(want[i] + " card C1")
		}
		b.run()
		b.pass(20*time.Second + 2*ahead*time.Second)
		if diff := cmp.Diff(want, order); diff != "" {
			b.Error(diff)
		}
	})
}

// A refused delivery that doesn't come back, for example because a person
// removed it, mustn't block its channel for ever.
func TestOutboxGivesUpAPlaceInLine(t *testing.T) {
	scene(t, func(b *bench) {
		b.slack.deliver = func(_ context.Context, d record.Delivery, _ int) (record.Receipt, error) {
			if d.ID == "a" {
				b.store.mu.Lock()
				defer b.store.mu.Unlock()
				b.store.find("a").ID = "gone"
				return record.Receipt{}, again(10 * time.Second)
			}
			return receipt(d), nil
		}
		b.store.add("a card C1", "b card C1")
		b.run()
		b.pass(39 * time.Second)
		b.wantLog("0s post a")
		b.pass(10 * time.Second)
		b.wantLog("0s post a", "40s post b")
	})
}

func TestOutboxBuriesWhatIsRefusedForGood(t *testing.T) {
	scene(t, func(b *bench) {
		b.slack.deliver = func(_ context.Context, d record.Delivery, _ int) (record.Receipt, error) {
			if d.ID == "a" {
				return record.Receipt{}, fmt.Errorf("post: %w", &record.Refusal{Reason: "is_archived"})
			}
			return receipt(d), nil
		}
		b.store.add("a card C1", "b card C1")
		b.run()
		b.pass(time.Hour)
		b.wantLog("0s post a", "1s post b")
		if d := b.store.delivery("a"); d.State != record.Dead || d.Reason != "is_archived" {
			b.Errorf("a is %+v", d)
		}
	})
}

func TestOutboxWakes(t *testing.T) {
	scene(t, func(b *bench) {
		b.run()
		b.pass(1700 * time.Millisecond)
		b.store.add("a task_dm U1")
		b.s.Wake()
		b.pass(0)
		b.store.add("b task_dm U2") // nobody says so: the poll finds it
		b.pass(5 * time.Second)
		b.wantLog("1.7s post a", "6.7s post b")
	})
}

func TestOutboxSurvivesTheStore(t *testing.T) {
	scene(t, func(b *bench) {
		b.store.refuse(errors.New("disk full"), "NextDelivery")
		b.store.add("a card C1")
		b.run()
		b.pass(10 * time.Minute)
		if n := b.store.count("NextDelivery"); n < 5 || n > 20 {
			b.Errorf("the store was asked %d times in ten minutes of trouble", n)
		}
		b.store.refuse(nil)
		b.pass(2 * time.Minute)
		b.wantState(record.Sent, "a")
		b.stop()
		if n := strings.Count(b.out.String(), "disk full"); n < 2 || n > 6 {
			b.Errorf("the log names the fault %d times, want a few:\n%s", n, b.out)
		}
		if !strings.Contains(b.out.String(), "works again") {
			b.Error("the log doesn't say that it works again")
		}
	})
}

func TestOutboxMarksWhatWasPosted(t *testing.T) {
	scene(t, func(b *bench) {
		b.store.refuse(errors.New("busy"), "DeliverySent")
		b.store.add("a card C1", "b card C1")
		b.run()
		b.pass(3 * time.Minute) // longer than the settle time: it is still ours
		b.wantLog("0s post a")
		b.store.refuse(nil)
		b.pass(3 * time.Minute)
		b.wantState(record.Sent, "a", "b")
		if n := len(b.slack.log()); n != 2 {
			b.Errorf("Slack was asked %v", b.slack.log())
		}
	})
}

func TestOutboxDrains(t *testing.T) {
	scene(t, func(b *bench) {
		b.slack.deliver = func(ctx context.Context, d record.Delivery, _ int) (record.Receipt, error) {
			select {
			case <-time.After(5 * time.Second):
				return receipt(d), nil
			case <-ctx.Done():
				return record.Receipt{}, ctx.Err()
			}
		}
		marks := 0
		b.store.before = func(method string) error {
			if method == "DeliverySent" {
				if marks++; marks < 3 {
					return errors.New("busy")
				}
			}
			return nil
		}
		b.store.add("a card C1", "b card C1", "x card C2", "c card C1")
		b.run()
		b.pass(time.Second)
		b.stop()
		if took := time.Since(b.slack.start); took < 5*time.Second || took > 10*time.Second {
			b.Errorf("stopped after %s", took)
		}
		b.wantLog("0s post a", "0s post x")
		b.wantState(record.Sent, "a", "x")
		b.wantState(record.Pending, "b", "c") // claimed, and given back
	})
}

func TestOutboxStopsThoughTheStoreIsOut(t *testing.T) {
	scene(t, func(b *bench) {
		b.store.refuse(errors.New("disk gone"), "DeliverySent", "DeliveryLost")
		b.store.add("a card C1", "b card C1", "c card C1")
		b.run()
		b.pass(time.Second)
		begun := time.Now()
		b.stop()
		if took := time.Since(begun); took > 30*time.Second {
			b.Errorf("took %s to stop", took)
		}
		b.wantState(record.Sending, "a", "b", "c") // to be looked up at the next start
	})
}
