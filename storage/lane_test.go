package storage

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

// People go first, whoever came before them; among equals the earlier one.
func TestLaneLetsPeopleGoFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l lane
		ctx := t.Context()
		if err := l.enter(ctx, bulk); err != nil {
			t.Fatal(err)
		}
		order := make(chan string, 4)
		queue := func(name string, r rank) {
			go func() {
				if err := l.enter(ctx, r); err != nil {
					t.Error(err)
				}
				order <- name
				l.leave()
			}()
			synctest.Wait() // it stands in line now
		}
		queue("import 1", bulk)
		queue("import 2", bulk)
		queue("click 1", people)
		queue("click 2", people)
		l.leave()
		for _, want := range []string{"click 1", "click 2", "import 1", "import 2"} {
			if got := <-order; got != want {
				t.Errorf("%s went, want %s", got, want)
			}
		}
	})
}

// Who gives up while waiting doesn't keep the others waiting.
func TestLaneForgetsWhoGaveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l lane
		if err := l.enter(t.Context(), people); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan error)
		go func() { gone <- l.enter(ctx, people) }()
		synctest.Wait()
		cancel()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		l.leave()
		if err := l.enter(t.Context(), bulk); err != nil || !l.busy {
			t.Errorf("the lane is blocked: %v", err)
		}
	})
}
