package record

import (
	"slices"
	"time"

	"healthbot/scoring"
)

// When people work: their own hours in their own zone, without the holidays of
// their region and the days on which they are away. Whatever reminds somebody
// asks here for the moment.

// restless is how far ahead a working day is looked for: beyond, somebody is
// away for good.
const restless = 2 * 366

// Workday says whether somebody works on a day.
func (p Policy) Workday(who Person, d Date) bool {
	return slices.Contains(who.hours().Days, d.Time().Weekday()) && !who.AwayOn(d) && !slices.Contains(p.Holidays[who.Region], d)
}

// WorkingTime is the first moment, at or after another, at which somebody works;
// false when none comes within two years.
//
// It goes by what the clock on their wall shows, so that a morning that a change
// of the clock swallows begins at its end, and one that it repeats is one.
func (p Policy) WorkingTime(who Person, at time.Time) (time.Time, bool) {
	hours := who.hours()
	t := at.In(who.Location())
	last := DateOf(t).Add(restless)
	for {
		day := DateOf(t)
		since := wall(t).Sub(day.Time())
		begins := day.Time().Add(time.Duration(hours.From) * time.Minute)
		if !p.Workday(who, day) || since >= time.Duration(hours.To)*time.Minute {
			for day = day.Add(1); !p.Workday(who, day); day = day.Add(1) {
				if day.After(last) {
					return time.Time{}, false
				}
			}
			begins = day.Time().Add(time.Duration(hours.From) * time.Minute)
		} else if !wall(t).Before(begins) {
			return t, true
		}
		t = reach(t, begins)
	}
}

// Morning is when somebody begins to work on a day, or on the next one on which
// they do.
func (p Policy) Morning(who Person, d Date) (time.Time, bool) {
	return p.WorkingTime(who, d.Start(who.Location()))
}

// MorningBy is the latest morning of somebody's that isn't after a day: what is
// due on a Saturday is thought of on Friday. Who didn't work for two weeks before
// it gets the next one after.
func (p Policy) MorningBy(who Person, d Date) (time.Time, bool) {
	for back := range 14 {
		if day := d.Add(-back); p.Workday(who, day) {
			return p.Morning(who, day)
		}
	}
	return p.Morning(who, d)
}

// MorningBefore is the morning n working days of somebody's before a day; who
// works on fewer of the two weeks before it gets the first of these.
func (p Policy) MorningBefore(who Person, d Date, n int) (time.Time, bool) {
	day := d
	for range 14 {
		if day = day.Add(-1); p.Workday(who, day) {
			n--
		}
		if n <= 0 {
			break
		}
	}
	return p.Morning(who, day)
}

// AddWorkdays is the day n working days of somebody's after another. Who is away
// for two months gets a day all the same: then any is as good.
func (p Policy) AddWorkdays(who Person, from Date, n int) Date {
	d := from
	for range 60 {
		d = d.Add(1)
		if p.Workday(who, d) {
			n--
		}
		if n <= 0 {
			return d
		}
	}
	return d
}

// WorkdaysFor is how many working days the work on an account may take that has
// a level of priority; false for what waits until the next review.
func WorkdaysFor(l scoring.Level) (days int, ok bool) {
	days, ok = map[scoring.Level]int{scoring.P1: 1, scoring.P2: 3, scoring.P3: 10}[l]
	return days, ok
}

// hours are the person's, or the office's where none are known.
func (p Person) hours() Hours {
	if p.Hours.From >= p.Hours.To || len(p.Hours.Days) == 0 {
		return OfficeHours
	}
	return p.Hours
}

// Start is the first moment at which a zone's calendar has reached the day.
func (d Date) Start(zone *time.Location) time.Time {
	const furthest = 48 * time.Hour // more than any clock is from UTC
	return reach(d.Time().Add(-furthest).In(zone), d.Time())
}

// wall is what the clock shows at t in its zone, as if it were UTC, where every
// minute exists once.
func wall(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// reach is the first moment from t on at which the clock of its zone shows w or
// later. [time.Date] would answer with the hour before for a time that a change
// of the clock jumps over.
func reach(t, w time.Time) time.Time {
	for wall(t).Before(w) {
		at := t.Add(w.Sub(wall(t)))
		_, change := t.ZoneBounds()
		if change.IsZero() || at.Before(change) {
			return at
		}
		t = change.In(t.Location())
	}
	return t
}
