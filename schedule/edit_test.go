package schedule

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"healthbot/storage/record"
)

func TestOutboxHoldsEditsBackInAPausedChannel(t *testing.T) {
	scene(t, func(b *bench) {
		b.slack.deliver = func(_ context.Context, d record.Delivery, try int) (record.Receipt, error) {
			if d.ID == "b" && try == 1 {
				return record.Receipt{}, again(20 * time.Second)
			}
			return receipt(d), nil
		}
		b.store.add("a card C1", "b card C1")
		b.run()
		b.pass(2 * time.Second)
		b.store.touch("a")
		b.s.Wake()
		b.pass(time.Minute)
		b.wantLog("0s post a", "1s post b", "21s edit a", "21s post b")
	})
}

func TestOutboxCoalescesEdits(t *testing.T) {
	scene(t, func(b *bench) {
		b.store.add("dg digest C1", "c1 card C1 dg")
		b.run()
		b.pass(10 * time.Second)
		for range 20 { // ten seconds of decisions
			b.store.touch("dg", "c1")
			b.s.Wake()
			b.pass(500 * time.Millisecond)
		}
		b.pass(20 * time.Second)
		at := map[string][]time.Duration{}
		for _, line := range b.slack.log() {
			f := strings.Fields(line)
			if f[1] == "edit" {
				d, _ := time.ParseDuration(f[0])
				at[f[2]] = append(at[f[2]], d)
			}
		}
		for id, gap := range map[string]time.Duration{"dg": digestGap, "c1": editGap} {
			if n := len(at[id]); n < 2 || n > int(10*time.Second/gap)+2 {
				b.Errorf("%s was edited %d times", id, n)
			}
			for i := 1; i < len(at[id]); i++ {
				if d := at[id][i] - at[id][i-1]; d < gap {
					b.Errorf("%s was edited again after %s", id, d)
				}
			}
			if d := b.store.delivery(id); d.Shown != d.Wanted {
				b.Errorf("%s shows %d of %d", id, d.Shown, d.Wanted)
			}
		}
	})
}

// What is touched during an edit isn't shown by it, and must be edited again.
func TestOutboxEditsAgainWhatChangedMeanwhile(t *testing.T) {
	scene(t, func(b *bench) {
		b.slack.edit = func(_ context.Context, d record.Delivery, try int) error {
			if try == 1 {
				b.store.touch(d.ID)
			}
			return nil
		}
		b.store.add("a card C1")
		b.run()
		b.pass(2 * time.Second)
		b.store.touch("a")
		b.s.Wake()
		b.pass(time.Minute)
		b.wantLog("0s post a", "2s edit a", "3s edit a")
	})
}

func TestOutboxEditsThatFail(t *testing.T) {
	scene(t, func(b *bench) {
		b.slack.edit = func(_ context.Context, d record.Delivery, try int) error {
			switch d.ID {
			case "gone":
				return &record.Refusal{Reason: "message_not_found"}
			case "broken":
				panic("no such view")
			case "slow":
				if try == 1 {
					return again(30 * time.Second)
				}
			case "lost":
				if try < 3 {
					return errLost
				}
			}
			return nil
		}
		b.store.add("gone card C1", "broken card C2", "slow card C3", "lost card C4", "fine card C5")
		b.run()
		b.pass(10 * time.Second)
		b.store.touch("gone", "broken", "slow", "lost", "fine")
		b.s.Wake()
		b.pass(2 * time.Minute)
		edits := slices.DeleteFunc(b.slack.log(), func(s string) bool { return !strings.Contains(s, "edit") })
		if diff := cmp.Diff([]string{"10s edit broken", "10s edit gone", "10s edit slow", "40s edit lost",
			"40s edit slow", "41s edit lost", "43s edit fine", "43s edit lost"}, edits); diff != "" {
			b.Error(diff)
		}
		b.stop()
		for _, id := range []string{"gone", "broken"} {
			if !strings.Contains(b.out.String(), `"delivery":"`+id+`"`) {
				b.Errorf("the log doesn't name %s", id)
			}
		}
	})
}

// An edit that alone gets no answer doesn't block the others for ever, but an
// hour without any answer costs none.
func TestOutboxTellsAStuckEditFromASilentSlack(t *testing.T) {
	for _, others := range []bool{true, false} {
		scene(t, func(b *bench) {
			b.slack.edit = func(_ context.Context, d record.Delivery, _ int) error {
				if d.ID == "a" {
					return errLost
				}
				return nil
			}
			b.store.add("a card C1", "b card C2")
			b.run()
			b.pass(5 * time.Second)
			b.store.touch("a", "b")
			b.s.Wake()
			b.pass(30 * time.Second)
			if others {
				b.store.add("x card C3")
			}
			b.pass(10 * time.Minute)
			if d := b.store.delivery("b"); (d.Shown == d.Wanted) != others {
				b.Errorf("answers to others %v: b shows %d of %d", others, d.Shown, d.Wanted)
			}
		})
	}
}
