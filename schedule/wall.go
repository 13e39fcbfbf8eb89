package schedule

import (
	"fmt"
	"time"
	_ "time/tzdata" // zones must not depend on what the machine has installed

	"healthbot/storage/record"
)

// Wall is a date and time as a clock on a wall shows it, without a zone.
//
// The clock is one that never goes back: when the real one is set back an hour,
// it stands still for that hour. So each wall time is reached exactly once, at
// an instant that [Wall.In] gives, also one that the real clock shows twice or
// jumps over.
type Wall struct{ t time.Time } // in UTC, where every minute exists once

// wallLayout is how a slot is written; texts sort as the times do.
const wallLayout = "2006-01-02T15:04"

// furthest is more than the distance between any two offsets from UTC, and so
// more than a clock was ever set back.
const furthest = 48 * time.Hour

// WallAt is what the clock shows at an instant: the latest that it has shown so
// far.
func WallAt(now time.Time, zone *time.Location) Wall {
	w := shown(now, zone)
	start, _ := now.In(zone).ZoneBounds()
	for !start.IsZero() && now.Sub(start) < furthest {
		before := start.Add(-1).In(zone)
		if b := shown(before, zone); b.After(w) {
			w = b
		}
		start, _ = before.ZoneBounds()
	}
	return w
}

// shown is what a clock that is set back shows.
func shown(now time.Time, zone *time.Location) Wall {
	t := now.In(zone)
	y, m, d := t.Date()
	return Wall{time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)}
}

// In is the first instant at which the clock has reached w. [time.Date] would
// answer with the hour before for a time that is jumped over.
func (w Wall) In(zone *time.Location) time.Time {
	t := w.t.Add(-furthest).In(zone) // certainly earlier
	for {
		_, offset := t.Zone()
		if !shown(t, zone).t.Before(w.t) {
			return t // the clock jumped over w
		}
		at := w.t.Add(-time.Duration(offset) * time.Second)
		_, end := t.ZoneBounds()
		if end.IsZero() || at.Before(end) {
			return at.In(zone)
		}
		t = end.In(zone)
	}
}

// ParseWall reads a slot as [Wall.String] writes it.
func ParseWall(s string) (Wall, error) {
	t, err := time.Parse(wallLayout, s)
	if err != nil {
		return Wall{}, fmt.Errorf("%q is not a slot; expected YYYY-MM-DDThh:mm", s)
	}
	return Wall{t}, nil
}

// String writes the slot to the minute.
func (w Wall) String() string { return w.t.Format(wallLayout) }

// IsZero says that there is no time.
func (w Wall) IsZero() bool { return w.t.IsZero() }

// After compares what two clocks show.
func (w Wall) After(v Wall) bool { return w.t.After(v.t) }

// Date is the day on the calendar beside the clock.
func (w Wall) Date() record.Date { return record.DateOf(w.t) }
