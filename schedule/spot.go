package schedule

import (
	"context"
	"fmt"
	"slices"
	"time"

	"healthbot/storage/record"
)

// Accounts come up between slots from Monday to Friday, at these hours of the
// route's zone. A move that is found at night waits for the morning.
const (
	spotsFrom  = 7
	spotsUntil = 19
)

// spots is when a route last looked for accounts that can't wait.
type spots struct {
	day  record.Date
	load int64 // the import that it knew of
	seen int64 // the import that the tick before saw
	trouble
}

// bringUp looks for accounts of a route that are due before their date, once on
// each working day and after imports. With a slot less than a day ahead it
// doesn't: that run takes them along.
func (s *Scheduler) bringUp(ctx context.Context, j *job, now time.Time) error {
	wall := WallAt(now, j.route.Zone)
	if day := wall.t.Weekday(); day == time.Saturday || day == time.Sunday || wall.t.Hour() < spotsFrom || wall.t.Hour() >= spotsUntil {
		return nil
	}
	load, err := s.o.Store.LastLoad(ctx)
	if err != nil {
		return fmt.Errorf("read the last import: %w", err)
	}
	was := &j.spots
	if wall.Date() == was.day && load == was.load {
		return nil
	}
	if load != was.seen { // more files may be on their way
		was.seen = load
		return nil
	}
	next, ok := j.spec.next(wall)
	if !ok || next.In(j.route.Zone).Sub(now) >= 24*time.Hour {
		if err := s.spotReviews(ctx, j, wall, next, now); err != nil {
			return err
		}
	}
	was.day, was.load = wall.Date(), load
	return nil
}

func (s *Scheduler) spotReviews(ctx context.Context, j *job, wall, next Wall, now time.Time) error {
	early, err := s.o.Store.Early(ctx, j.route.Segment, now, next.Date())
	if err != nil {
		return fmt.Errorf("look for accounts that can't wait: %w", err)
	}
	for part := range slices.Chunk(early, chunk) {
		runs, err := s.o.Store.JoinRun(ctx, record.Run{
			Job: j.route.Name, Slot: wall.String(), Segment: j.route.Segment, Channel: j.route.Channel, DueAt: now, Version: s.o.Model.Label(),
		}, part)
		if err != nil {
			return fmt.Errorf("bring up %s: %w", counted(len(part)), err)
		}
		for _, run := range runs {
			s.log.Info().Str("job", run.Job).Str("slot", run.Slot).Str("run", run.ID).Msg("accounts brought up before their date")
		}
		s.Wake()
	}
	return nil
}
