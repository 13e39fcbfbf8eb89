package bot

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"healthbot/bot/view"
)

// TestClosedLoop compares every id in the goldens with the routes: no dead
// buttons, no unreachable handlers.
func TestClosedLoop(t *testing.T) {
	files, err := filepath.Glob("view/testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no goldens: %v", err)
	}
	actions, callbacks := map[string]bool{}, map[string]bool{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var tree any
		if err := json.Unmarshal(b, &tree); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		walk(tree, func(o map[string]any) {
			if id, ok := o["action_id"].(string); ok && id != view.ActInput {
				actions[id] = true
			}
			if id, ok := o["callback_id"].(string); ok && id != "" {
				callbacks[id] = true
			}
			if o["notify_on_close"] == true {
				t.Errorf("%s wants to know when it is closed, and no route does", f)
			}
		})
	}
	if d := cmp.Diff(ids(press), slices.Sorted(maps.Keys(actions))); d != "" {
		t.Errorf("presses that are routed (-) and that can be made (+):\n%s", d)
	}
	if d := cmp.Diff(ids(submit), slices.Sorted(maps.Keys(callbacks))); d != "" {
		t.Errorf("forms that are routed (-) and that can be submitted (+):\n%s", d)
	}
}

func walk(v any, visit func(map[string]any)) {
	switch x := v.(type) {
	case map[string]any:
		visit(x)
		for _, y := range x {
			walk(y, visit)
		}
	case []any:
		for _, y := range x {
			walk(y, visit)
		}
	}
}

func TestARowNeedsItsGuard(t *testing.T) {
	fine := func(*Bot, context.Context, *gesture) (answer, error) { return answer{}, nil }
	for name, c := range map[string]struct {
		rows []route
		want string
	}{
		"no guard":   {[]route{does(press, "a.b", guard{}, ackFirst, fine)}, "route block_actions a.b doesn't say who may"},
		"no handler": {[]route{does(press, "a.b", member(), ackFirst, nil)}, "route block_actions a.b has no handler"},
		"twice":      {[]route{does(press, "a.b", member(), ackFirst, fine), does(press, "a.b", member(), ackFirst, fine)}, "route block_actions a.b is there twice"},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if got, _ := recover().(string); !strings.Contains(got, c.want) {
					t.Errorf("New said %q, want %q", got, c.want)
				}
			}()
			table(c.rows)
		})
	}
}

// TestChangesCommitFirst names the rows that may be acknowledged before they are
// done. Whoever adds one here must be sure that it changes nothing.
func TestChangesCommitFirst(t *testing.T) {
	want := []string{"/health", "account.more", "account.show", "app_home_opened", "app_mention", "escalation.decide", "message.im", "queue.mine",
		"review.escalate", "review.more", "review.open", "review.owner", "review.pulse", "task.decline", "task.done", "task.hand"}
	var got []string
	for _, r := range routes() {
		if r.order == ackFirst {
			if r.kind == submit {
				t.Errorf("the form %s is acknowledged before it is saved", r.id)
			}
			got = append(got, r.id)
		}
	}
	slices.Sort(got)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("acknowledged first (-want +got):\n%s", d)
	}
}
