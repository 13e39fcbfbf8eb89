package schedule

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// scope finds out who is missing from a run, and why.
type scope struct {
	names    map[string]string // of accounts, by id
	segments map[string]int    // accounts by segment without a route
	nameless []string          // accounts without a segment
	reviewed []string          // accounts still under review elsewhere
	snoozed  []string

	mu      sync.Mutex
	unknown []string // accounts that the store gave no evidence for
	failed  []string // accounts that couldn't be scored
}

// readScope looks at all accounts, before the run's own reviews exist.
func (s *Scheduler) readScope(ctx context.Context, run record.Run, due []string) (*scope, error) {
	accounts, err := s.o.Store.Accounts(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the accounts: %w", err)
	}
	sc := &scope{names: map[string]string{}, segments: map[string]int{}}
	for _, segment := range s.o.Policy.Required {
		if _, ok := s.o.Policy.RouteFor(segment); !ok {
			sc.segments[segment] = 0
		}
	}
	for _, a := range accounts {
		sc.names[a.ID] = cmp.Or(a.Name, a.ID)
		if a.StageAt(run.DueAt) == scoring.Churned {
			continue
		}
		if a.Segment == "" {
			sc.nameless = append(sc.nameless, a.ID)
		} else if _, ok := s.o.Policy.RouteFor(a.Segment); !ok {
			sc.segments[a.Segment]++
		}
	}
	rows, err := s.o.Store.Queue(ctx, record.QueueFilter{Segment: run.Segment})
	if err != nil {
		return nil, fmt.Errorf("list the open reviews: %w", err)
	}
	in := make(map[string]bool, len(due))
	for _, id := range due {
		in[id] = true
	}
	for _, row := range rows {
		switch id := row.Account.ID; {
		case in[id]:
		case row.State == record.ReviewSnoozed:
			sc.snoozed = append(sc.snoozed, fmt.Sprintf("%s until %s", sc.name(id), row.Snoozed))
		case row.State == record.ReviewOpen:
			sc.reviewed = append(sc.reviewed, id)
		}
	}
	return sc, nil
}

// took notes the accounts that were asked for and not answered, and those that
// couldn't be scored. Parts of a run come at once.
func (sc *scope) took(ids []string, inputs []scoring.Input, unscored []string) {
	got := make(map[string]bool, len(inputs))
	for _, in := range inputs {
		got[in.Account.ID] = true
	}
	sc.mu.Lock()
	defer sc.mu.Unlock()
	for _, id := range ids {
		if !got[id] {
			sc.unknown = append(sc.unknown, id)
		}
	}
	sc.failed = append(sc.failed, unscored...)
}

func (sc *scope) name(id string) string { return cmp.Or(sc.names[id], id) }

// missing words it for the digest, one line a reason.
func (sc *scope) missing() []string {
	var out []string
	for _, segment := range slices.Sorted(maps.Keys(sc.segments)) {
		if n := sc.segments[segment]; n == 0 {
			out = append(out, fmt.Sprintf("segment %s has no route (no accounts yet)", segment))
		} else {
			out = append(out, fmt.Sprintf("segment %s has no route: %s", segment, counted(n)))
		}
	}
	line := func(why string, who []string) {
		if len(who) > 0 {
			out = append(out, why+": "+few(who))
		}
	}
	line("no segment", sc.named(sc.nameless))
	line("still under review", sc.named(sc.reviewed))
	line("snoozed", sc.snoozed)
	line("nothing was known yet", sc.named(sc.unknown))
	line("couldn't be scored, an admin finds why in the log", sc.named(sc.failed))
	return out
}

func (sc *scope) named(ids []string) []string {
	var out []string
	for _, id := range ids {
		out = append(out, sc.name(id))
	}
	return out
}

// few names the first five and counts the rest.
func few(who []string) string {
	const most = 5
	slices.Sort(who)
	if n := len(who) - most; n > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(who[:most], ", "), n)
	}
	return strings.Join(who, ", ")
}

func counted(n int) string {
	if n == 1 {
		return "1 account"
	}
	return fmt.Sprintf("%d accounts", n)
}
