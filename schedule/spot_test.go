package schedule

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"healthbot/storage/record"
)

// wantJoined compares what was brought up so far.
func (b *bench) wantJoined(want ...string) {
	b.Helper()
	b.store.mu.Lock()
	defer b.store.mu.Unlock()
	if diff := cmp.Diff(want, b.store.joined); diff != "" {
		b.Error(diff)
	}
}

func (b *bench) moved(account string, load int64) {
	b.store.mu.Lock()
	defer b.store.mu.Unlock()
	b.store.early = []record.Snapshot{{Account: account, Early: &record.Early{Why: "fell 12.0"}}}
	b.store.load = load
}

// An account that moved comes up on the next working day, or soon after the
// import that brought the news, and once; never at night or at the weekend.
func TestSpotReviews(t *testing.T) {
	scene(t, func(b *bench) {
		b.moved("ac1", 0)
		b.run(at(officeAt("2026-11-24T06:59:00Z"), weekly)) // a Tuesday
		b.pass(30 * time.Second)
		b.wantJoined()
		b.pass(time.Minute)
		b.wantJoined("weekly 2026-11-24T07:00: ac1")

		b.moved("ac2", 0) // nothing new came in: tomorrow will do
		b.pass(time.Hour)
		b.wantJoined("weekly 2026-11-24T07:00: ac1")
		b.moved("ac2", 1)
		b.pass(time.Minute)
		b.wantJoined("weekly 2026-11-24T07:00: ac1", "weekly 2026-11-24T08:00: ac2")

		b.moved("ac3", 1)
		b.pass(23 * time.Hour)
		b.wantJoined("weekly 2026-11-24T07:00: ac1", "weekly 2026-11-24T08:00: ac2", "weekly 2026-11-25T07:00: ac3")
		before := b.store.count("Early")
		b.pass(time.Hour)
		if n := b.store.count("Early"); n != before {
			b.Errorf("looked %d times more with nothing new", n-before)
		}
		b.pass(3*24*time.Hour + 10*time.Hour) // to Saturday evening
		b.moved("ac4", 2)
		b.pass(36*time.Hour - time.Minute) // to Monday, two hours before its run
		if n := len(b.store.joined); n != 3 {
			b.Errorf("brought up at the weekend, or though the run comes today: %q", b.store.joined)
		}
		b.pass(3 * time.Hour)
		id := "rn_weekly_2026-11-30T09:00"
		if _, ok := b.store.snapshots[id]["ac4"]; !ok {
			b.Errorf("the run took %v, want ac4 along", b.store.snapshots[id])
		}
	})
}

// While an import is under way its parts come in one after the other; the look
// waits until no more came.
func TestSpotReviewsWaitForTheLastImport(t *testing.T) {
	scene(t, func(b *bench) {
		b.run(at(officeAt("2026-11-24T10:00:00Z"), weekly))
		b.pass(time.Minute)
		before := b.store.count("Early")
		for n := range 5 {
			b.moved("ac1", int64(n+1))
			b.pass(5 * time.Second)
		}
		if n := b.store.count("Early"); n != before {
			b.Errorf("looked %d times while files came in", n-before)
		}
		b.pass(5 * time.Second)
		b.wantJoined("weekly 2026-11-24T10:01: ac1")
	})
}

func TestSpotReviewsAreTriedAgain(t *testing.T) {
	scene(t, func(b *bench) {
		b.moved("ac1", 0)
		b.store.refuse(errors.New("disk full"), "JoinRun")
		b.run(at(officeAt("2026-11-24T10:00:00Z"), weekly))
		b.pass(10 * time.Minute)
		b.wantJoined()
		b.store.refuse(nil)
		b.pass(2 * time.Minute)
		if n := len(b.store.joined); n != 1 {
			b.Errorf("joined %q", b.store.joined)
		}
	})
}
