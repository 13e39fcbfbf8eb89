package schedule

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// The weekly scoring is the clock of everything that is carried on: bands that
// don't flap, red signals that don't blink, low weeks in a row, and later trends.
const (
	weekLine = "0 0 * * 1" // Mondays at 00:00 of the office
	// weeksBack is how much history a new database gets, if its import brought
	// any: a year for baselines and some to settle. After a longer standstill the
	// weeks before are left out; state is carried across the gap.
	weeksBack = 60 * 7 * 24 * time.Hour
	// weekRows is how many scores are gathered before they are stored: a few weeks
	// of a hundred accounts in one write.
	weekRows = 2000
)

// weeks is where the weekly scoring stands.
type weeks struct {
	spec Spec
	seen Wall // the first look at the clock
	last Wall // the latest week known to be stored
	trouble
}

// scoreWeeks makes the weekly scorings that are missing, oldest first. Like
// runs, they are made from what was known at their moment. Runs call it before
// they begin, because what they show depends on the state of their own Monday.
//
// The weeks of imported history are made when the first run or the first Monday
// needs them, and not before: until then more files may be on their way.
func (s *Scheduler) scoreWeeks(ctx context.Context, now time.Time, needed bool) error {
	w, zone := &s.weeks, officeZone(s.o.Policy)
	if w.seen.IsZero() {
		w.seen = WallAt(now, zone)
	}
	from := w.last
	if from.IsZero() {
		slot, since, err := s.o.Store.LastWeek(ctx)
		if err != nil {
			return fmt.Errorf("read the last week: %w", err)
		}
		switch {
		case slot != "":
			if from, err = ParseWall(slot); err != nil {
				return err
			}
			w.last = from
		case since.IsZero(), !needed && !w.begun(now, zone): // nobody to score, or no need yet
			return nil
		default:
			from = WallAt(since, zone)
		}
	}
	return s.catchUp(ctx, from, now, zone)
}

// begun says that a Monday has come since the first look at the clock.
func (w *weeks) begun(now time.Time, zone *time.Location) bool {
	next, ok := w.spec.next(w.seen)
	return ok && !next.After(WallAt(now, zone))
}

func (w *weeks) due(after Wall, now time.Time, zone *time.Location) []Slot {
	return Due(w.spec, zone, after, now, record.CatchAll, weeksBack)
}

func (s *Scheduler) catchUp(ctx context.Context, last Wall, now time.Time, zone *time.Location) error {
	slots := s.weeks.due(last, now, zone)
	if len(slots) == 0 {
		return nil
	}
	accounts, err := s.o.Store.Accounts(ctx)
	if err != nil {
		return fmt.Errorf("list the accounts: %w", err)
	}
	all := make([]string, len(accounts))
	for i, a := range accounts {
		all[i] = a.ID
	}
	begun, scored, first := time.Now(), 0, slots[0]
	carried := map[string]*scoring.Carried{} // of weeks not stored yet
	for ; len(slots) > 0; slots = s.weeks.due(last, now, zone) {
		var done []record.Week
		rows := 0
		for i, slot := range slots {
			w, err := s.scoreWeek(ctx, all, slot, carried)
			if err != nil {
				return fmt.Errorf("week of %s: %w", slot.Wall, err)
			}
			done = append(done, w)
			if rows += len(w.Scores); rows < weekRows && i < len(slots)-1 {
				continue
			}
			if err := s.o.Store.SaveWeeks(ctx, done); err != nil {
				return fmt.Errorf("save the weeks to %s: %w", slot.Wall, err)
			}
			last, s.weeks.last = slot.Wall, slot.Wall
			scored += len(done)
			done, rows = nil, 0
		}
	}
	s.log.Info().Stringer("from", first.Wall).Stringer("to", last).Int("weeks", scored).Int("accounts", len(all)).
		Dur("took", time.Since(begun)).Msg("weeks scored")
	return nil
}

// scoreWeek scores all accounts for one week and notes what each hands on.
// Reading takes longest, so the parts of the list are read side by side.
func (s *Scheduler) scoreWeek(ctx context.Context, all []string, slot Slot, carried map[string]*scoring.Carried) (record.Week, error) {
	w := record.Week{Slot: slot.Wall.String(), At: slot.At}
	cores := runtime.GOMAXPROCS(0)
	size := max(1, min(chunk, (len(all)+cores-1)/cores))
	for group := range slices.Chunk(slices.Collect(slices.Chunk(all, size)), cores) {
		scores, errs := make([][]record.Weekly, len(group)), make([]error, len(group))
		var wg sync.WaitGroup
		for i, ids := range group {
			wg.Go(func() {
				errs[i] = guard(func() (err error) {
					scores[i], err = s.scorePart(ctx, ids, slot.At, carried)
					return err
				})
			})
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			return w, err
		}
		w.Scores = append(w.Scores, slices.Concat(scores...)...)
	}
	for i, x := range w.Scores {
		carried[x.Result.Account] = &w.Scores[i].State
	}
	return w, nil
}

// scorePart only reads carried. An account that can't be scored is left out, as
// the log says, and its state stays as it was.
func (s *Scheduler) scorePart(ctx context.Context, ids []string, at time.Time, carried map[string]*scoring.Carried) ([]record.Weekly, error) {
	inputs, err := s.o.Store.Inputs(ctx, ids, at)
	if err != nil {
		return nil, fmt.Errorf("read what was known: %w", err)
	}
	for i := range inputs {
		if c := carried[inputs[i].Account.ID]; c != nil {
			inputs[i].Carried = c
		}
	}
	scorer := scoring.NewScorer(s.o.Model)
	results, _ := s.evaluate(scorer, inputs)
	var out []record.Weekly
	for i, r := range results {
		if r != nil {
			out = append(out, record.Weekly{Result: *r, State: scorer.Advance(inputs[i].Carried, *r)})
		}
	}
	return out, nil
}

func officeZone(p record.Policy) *time.Location {
	if p.Zone != nil {
		return p.Zone
	}
	return time.UTC
}
