package main

import (
	"fmt"
	"time"
)

// officeClock is time.Now, or the moment that --now names, for commands on past
// data. For a command that goes on it is where the clock starts; for one that
// is over at once it stands still, so that what one command loads at a moment
// is known to another that asks about that moment.
func officeClock(now string, zone *time.Location, goesOn bool) (func() time.Time, error) {
	if now == "" {
		return time.Now, nil
	}
	start, err := parseMoment(now, zone)
	if err != nil {
		return nil, usage(fmt.Errorf("--now: %w", err))
	}
	if !goesOn {
		return func() time.Time { return start }, nil
	}
	begun := time.Now()
	return func() time.Time { return start.Add(time.Since(begun)) }, nil
}

// parseMoment reads a day (its last second, so that all of it is known), a
// minute, or a full RFC 3339 time.
func parseMoment(s string, zone *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	if t, err := time.ParseInLocation("2006-01-02T15:04", s, zone); err == nil {
		return t, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, s, zone); err == nil {
		return t.AddDate(0, 0, 1).Add(-time.Second), nil
	}
	return time.Time{}, fmt.Errorf("found %q; expected a day (2024-06-30), a minute (2024-06-30T09:00) or RFC 3339", s)
}
