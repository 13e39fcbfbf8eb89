package record

import (
	"fmt"
	"time"
)

// Date is a calendar day without a zone, as due dates and renewals are. The
// zero Date means none.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf is the day that t shows in its own location.
func DateOf(t time.Time) Date {
	if t.IsZero() {
		return Date{}
	}
	y, m, d := t.Date()
	return Date{y, m, d}
}

// ParseDate reads YYYY-MM-DD; an empty text is the zero Date.
func ParseDate(s string) (Date, error) {
	if s == "" {
		return Date{}, nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("%q is not a date; expected YYYY-MM-DD", s)
	}
	return DateOf(t), nil
}

// IsZero says that there is no date.
func (d Date) IsZero() bool { return d == Date{} }

// Time is midnight UTC of the day; the zero time for the zero Date.
func (d Date) Time() time.Time {
	if d.IsZero() {
		return time.Time{}
	}
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
}

// In is the first moment of the day in a zone.
func (d Date) In(zone *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, zone)
}

// Sub is the number of days from e to d.
func (d Date) Sub(e Date) int { return int(d.Time().Sub(e.Time()).Hours() / 24) }

// Add is the day n days later.
func (d Date) Add(n int) Date { return DateOf(d.Time().AddDate(0, 0, n)) }

// Before and After compare days.
func (d Date) Before(e Date) bool { return d.Time().Before(e.Time()) }
func (d Date) After(e Date) bool  { return e.Before(d) }

// String is YYYY-MM-DD, or empty.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.Time().Format(time.DateOnly)
}

func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

func (d *Date) UnmarshalText(b []byte) error {
	x, err := ParseDate(string(b))
	*d = x
	return err
}
