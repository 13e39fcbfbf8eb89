package schedule

import (
	"context"
	"errors"
	"fmt"
	"time"

	"healthbot/storage/record"
)

// mostSilent is how often a run may fail to open before the admins are told: the
// pauses between the tries are 15 seconds then, and most troubles are over.
const mostSilent = 4

// missed are the slots of a job that came and won't be caught up.
type missed struct {
	first, last Wall
	n           int
}

// missedSlots finds them between a job's last slot and the first that is still
// run: the ones that its catch-up leaves out, or that came longer ago than its
// grace. Where a slot came while the one before was at work, nobody missed it.
func missedSlots(spec Spec, zone *time.Location, last Wall, now time.Time, kept []Slot) (m missed) {
	until := WallAt(now, zone)
	if long := WallAt(now.Add(-punctual), zone); until.After(long) {
		until = long
	}
	if len(kept) > 0 && !until.t.Before(kept[0].Wall.t) {
		until = Wall{kept[0].Wall.t.Add(-time.Minute)}
	}
	for w, ok := spec.next(last); ok && !w.After(until) && m.n < mostCounted; w, ok = spec.next(w) {
		if m.n++; m.n == 1 {
			m.first = w
		}
		m.last = w
	}
	if m.n == mostCounted { // a line of minutes and a year of downtime: the end is enough
		if w, ok := spec.latest(m.last, until); ok {
			m.last = w
		}
	}
	return m
}

// mostCounted is how many missed slots are counted; beyond, it is "so many or more".
const mostCounted = 1000

// reportMissed tells the admins of missed slots, of each once.
func (s *Scheduler) reportMissed(ctx context.Context, j *job, last Wall, now time.Time, kept []Slot) error {
	if j.known.IsZero() {
		known, err := s.o.Store.LastMissed(ctx, j.route.Name)
		if err != nil {
			return fmt.Errorf("read the last missed slot: %w", err)
		}
		if known != "" {
			if j.known, err = ParseWall(known); err != nil {
				return err
			}
		}
	}
	if j.known.After(last) {
		last = j.known
	}
	m := missedSlots(j.spec, j.route.Zone, last, now, kept)
	if m.n == 0 {
		return nil
	}
	fresh, err := s.o.Store.Notify(ctx, record.Notice{Kind: record.NoticeMissed, Job: j.route.Name, Slot: m.last.String(), First: m.first.String(), Count: m.n})
	if err != nil {
		return fmt.Errorf("tell of missed slots: %w", err)
	}
	if j.known = m.last; fresh {
		s.log.Warn().Str("job", j.route.Name).Int("slots", m.n).Stringer("from", m.first).Stringer("to", m.last).Msg("slots missed; the admins are told")
		s.Wake()
	}
	return nil
}

// reportFailed tells the admins of a run that doesn't open, once, when it has
// failed so often that it won't mend itself.
func (s *Scheduler) reportFailed(ctx context.Context, j *job, why error) error {
	slot := j.owed[0].Wall.String()
	if j.times+1 < mostSilent || j.told == slot || ctx.Err() != nil {
		return nil
	}
	n := record.Notice{Kind: record.NoticeFailed, Job: j.route.Name, Slot: slot, First: slot, Count: 1, Reason: "A fault that only the log describes."}
	if _, broke := errors.AsType[*panicked](why); !broke && record.KindOf(why) != "" {
		n.Reason = record.Say(why)
	}
	if _, err := s.o.Store.Notify(ctx, n); err != nil {
		return fmt.Errorf("tell the admins of it: %w", err)
	}
	j.told = slot
	s.Wake()
	return nil
}
