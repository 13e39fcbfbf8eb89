package seed

import "time"

// calendar turns distances into dates. Everything is counted from the last
// syncs before now, in the office's zone: nights for facts, Mondays for figures.
type calendar struct {
	night  time.Time // the latest 06:00
	monday time.Time // the latest 06:00 on a Monday
}

const (
	syncHour = 6
	history  = 56 // weeks
)

func calendarAt(now time.Time, zone *time.Location) calendar {
	local := now.In(zone)
	night := time.Date(local.Year(), local.Month(), local.Day(), syncHour, 0, 0, 0, zone)
	if night.After(local) {
		night = night.AddDate(0, 0, -1)
	}
	sinceMonday := (int(night.Weekday()) + 6) % 7
	return calendar{night, night.AddDate(0, 0, -sinceMonday)}
}

// day is a day before (or, positive, after) the last night's.
func (c calendar) day(n int) time.Time { return c.night.AddDate(0, 0, n) }

// date writes a day without a time, as most exports do.
func (c calendar) date(n int) string { return c.day(n).Format(time.DateOnly) }

// hour is a moment on a day; hours are those of an office, so no change of
// clocks makes one of them twice or not at all.
func (c calendar) hour(n, hour, minute int) time.Time {
	d := c.day(n)
	return time.Date(d.Year(), d.Month(), d.Day(), hour, minute, 0, 0, d.Location())
}

// known is the sync that brings what happened on a day: next morning's.
func (c calendar) known(n int) time.Time {
	if n >= 0 {
		return c.night
	}
	return c.day(n + 1)
}

// sync is the Monday on which the figures of a week arrive: 0 is the last one.
func (c calendar) sync(week int) time.Time { return c.monday.AddDate(0, 0, 7*week) }

// observed is the last moment of the week that arrives on that Monday.
func (c calendar) observed(week int) time.Time {
	m := c.sync(week)
	return time.Date(m.Year(), m.Month(), m.Day(), 0, 0, -1, 0, m.Location())
}

// start is the first day of the history, in days from the last night's.
func (c calendar) start() int { return -7 * history }

func moment(t time.Time) string { return t.Format(time.RFC3339) }
