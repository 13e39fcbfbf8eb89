package schedule

import (
	"context"
	"fmt"
	"runtime"
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
	// weekRows is how many scores are made between reading and storing: those of a
	// thousand accounts for one week, or of sixteen for sixty.
	weekRows = 1000
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
	all, err := s.o.Store.AccountIDs(ctx)
	if err != nil {
		return fmt.Errorf("list the accounts: %w", err)
	}
	begun, scored, first := time.Now(), 0, slots[0]
	for ; len(slots) > 0; slots = s.weeks.due(last, now, zone) {
		if err := s.scoreSlots(ctx, all, slots); err != nil {
			return fmt.Errorf("weeks of %s to %s: %w", slots[0].Wall, slots[len(slots)-1].Wall, err)
		}
		last = slots[len(slots)-1].Wall
		s.weeks.last = last
		scored += len(slots)
	}
	s.log.Info().Stringer("from", first.Wall).Stringer("to", last).Int("weeks", scored).Int("accounts", len(all)).
		Dur("took", time.Since(begun)).Msg("weeks scored")
	return nil
}

// scoreSlots scores all accounts for some weeks in a row. An account hands its
// state to itself alone, so all of its weeks are scored together, from one look at
// what was known; parts of the list go side by side, and nothing larger than a
// part is in memory. The weeks count when all of it is kept.
func (s *Scheduler) scoreSlots(ctx context.Context, all []string, slots []Slot) error {
	moments, weeks := make([]time.Time, len(slots)), make([]record.Week, len(slots))
	for i, slot := range slots {
		moments[i], weeks[i] = slot.At, record.Week{Slot: slot.Wall.String(), At: slot.At}
	}
	scorer := scoring.NewScorer(s.o.Model)
	err := sideBySide(ctx, all, max(1, weekRows/len(slots)), func(ctx context.Context, ids []string) error {
		inputs, err := s.o.Store.InputsAt(ctx, ids, moments)
		if err != nil {
			return fmt.Errorf("read what was known: %w", err)
		}
		if err := s.o.Store.StageWeekly(ctx, s.scoreInRow(scorer, inputs)); err != nil {
			return fmt.Errorf("keep the scores: %w", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.o.Store.SaveWeeks(ctx, weeks); err != nil {
		return fmt.Errorf("save: %w", err)
	}
	return nil
}

// scoreInRow scores accounts week after week and notes what each hands on. A week
// that can't be scored is left out, as the log says, and its account's state stays
// as it was.
func (s *Scheduler) scoreInRow(scorer *scoring.Scorer, inputs [][]scoring.Input) []record.Weekly {
	var out []record.Weekly
	var failed failures
	for _, weeks := range inputs {
		runtime.Gosched() // somebody may wait for this core to answer a click
		var carried *scoring.Carried
		for _, in := range weeks {
			if carried != nil {
				in.Carried = carried
			}
			failed.note(in.Account.ID, guard(func() error {
				r := scorer.Evaluate(in)
				state := scorer.Advance(in.Carried, r)
				out, carried = append(out, record.WeeklyOf(r, state)), &state
				return nil
			}))
		}
	}
	failed.report(s.log)
	return out
}

func officeZone(p record.Policy) *time.Location {
	if p.Zone != nil {
		return p.Zone
	}
	return time.UTC
}
