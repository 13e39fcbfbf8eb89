package schedule

import (
	"time"

	"healthbot/storage/record"
)

// Slot is one time at which a job is due.
type Slot struct {
	Wall Wall
	At   time.Time // the instant
}

// late says that the slot is so long past that people should be told.
func (s Slot) late(now time.Time) bool { return now.Sub(s.At) >= punctual }

// punctual is how long after its time a slot still counts as on time: ticks,
// and other runs of the same slot, take a moment.
const punctual = 5 * time.Minute

// mostAtOnce bounds what one call of [Due] gives, so that catching up with a
// year of slots doesn't keep other jobs waiting. The next call gives the rest.
const mostAtOnce = 50

// Due lists the slots after last that have come, oldest first. Those that were
// missed are treated as c says; one missed by grace or more is dropped, and a
// grace of 0 drops none. A slot on time is due whatever c says.
//
// last is the job's last slot, or what the wall clock showed when the job came
// into being; without it nothing is due.
func Due(spec Spec, zone *time.Location, last Wall, now time.Time, c record.CatchUp, grace time.Duration) []Slot {
	if last.IsZero() {
		return nil
	}
	oldest := grace
	if c == record.CatchSkip {
		oldest = punctual
	}
	if oldest > 0 {
		// Slots up to this wall time came due at or before now − oldest.
		if w := WallAt(now.Add(-max(oldest, punctual)), zone); w.After(last) {
			last = w
		}
	}
	upTo := WallAt(now, zone)
	if c != record.CatchAll && c != record.CatchSkip {
		w, ok := spec.latest(last, upTo)
		if !ok {
			return nil
		}
		return []Slot{Slot{w, w.In(zone)}}
	}
	var out []Slot
	for w, ok := spec.next(last); ok && !w.After(upTo) && len(out) < mostAtOnce; w, ok = spec.next(w) {
		out = append(out, Slot{w, w.In(zone)})
	}
	return out
}
