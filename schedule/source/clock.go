package source

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"healthbot/storage/record"
)

// clock reads dates and times: in the zone of the source, and never later than
// now where a column says so.
type clock struct {
	zone *time.Location
	now  time.Time
}

// Years outside of these are a damaged or placeholder date, such as 1900-01-00,
// 1970-01-01 or 9999-12-31.
const firstYear, lastYear = 1990, 2199

// tick is the resolution of stored times; the end of a day is one before the
// next, so that it still belongs to its day and its week.
const tick = time.Millisecond

// layouts are the times that are read, beside a bare date and RFC 3339.
var layouts = []string{time.DateTime, "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04"}

// wall is a date, or a date and time, as a calendar and a clock on the wall show
// it. It is read without a zone first: in some zones the first hour of a day is
// skipped in spring, and its midnight would fall on the day before.
type wall struct {
	at  time.Time // in UTC
	day bool      // no time of day was given
}

func (w wall) in(zone *time.Location) time.Time {
	y, m, d := w.at.Date()
	return time.Date(y, m, d, w.at.Hour(), w.at.Minute(), w.at.Second(), w.at.Nanosecond(), zone)
}

// read turns the text of a date, time or week into a cell.
func (t *clock) read(c *column, s string) (cell, *fault) {
	if c.kind == weekStart || c.kind == weekEnd {
		if end, ok := isoWeekEnd(s, t.zone); ok {
			return t.checked(c, cell{at: end, day: true}, s)
		}
	}
	if len(s) == len(time.DateOnly) {
		if at, err := time.Parse(time.DateOnly, s); err == nil {
			return t.placed(c, wall{at, true}, s)
		}
	}
	for _, l := range layouts {
		if at, err := time.Parse(l, s); err == nil {
			return t.placed(c, wall{at, false}, s)
		}
	}
	if at, err := time.Parse(time.RFC3339, s); err == nil {
		if c.kind == moment {
			return t.checked(c, cell{at: at.In(t.zone)}, s)
		}
		return t.placed(c, wall{record.DateOf(at.In(t.zone)).Time(), true}, s)
	}
	return cell{}, &fault{show(s), c.expected()}
}

// format reads a text by a mapping's own layout.
func (t *clock) format(c *column, s, layout string) (cell, *fault) {
	at, err := time.Parse(layout, s)
	if err != nil {
		return cell{}, &fault{show(s), "a date written as the mapping says, such as " + time.Date(2026, 3, 31, 14, 5, 0, 0, time.UTC).Format(layout)}
	}
	return t.placed(c, wall{at, !strings.Contains(layout, "15")}, s)
}

// placed gives a date the meaning that its column has: a day, the end of a day,
// the end of a week, or simply that time.
func (t *clock) placed(c *column, w wall, s string) (cell, *fault) {
	x := cell{day: true}
	switch {
	case c.kind == weekStart:
		x.at = endOfDay(w.at.AddDate(0, 0, 6), t.zone)
	case w.day, c.kind == weekEnd, c.kind == date:
		x.at = endOfDay(w.at, t.zone)
	default:
		x = cell{at: w.in(t.zone)}
	}
	return t.checked(c, x, s)
}

// checked refuses impossible years and, where the column says so, the future. A
// day or week that ends later than now but isn't past its last day yet is not
// the future: today's date is what daily exports carry.
func (t *clock) checked(c *column, x cell, s string) (cell, *fault) {
	if y := x.at.Year(); y < firstYear || y > lastYear {
		return cell{}, &fault{show(s), fmt.Sprintf("a year from %d to %d", firstYear, lastYear)}
	}
	if c.past && t.future(x) {
		return cell{}, t.tooLate(c, x, s)
	}
	x.set = true
	if c.kind == date {
		x.text = x.at.Format(time.DateOnly)
	}
	return x, nil
}

func (t *clock) future(x cell) bool {
	if x.day {
		return record.DateOf(x.at.In(t.zone)).After(record.DateOf(t.now.In(t.zone)))
	}
	return x.at.After(t.now)
}

// before compares two times, by their days where one of them is only a day.
func (t *clock) before(a, b cell) bool {
	if a.day || b.day {
		return record.DateOf(a.at.In(t.zone)).Before(record.DateOf(b.at.In(t.zone)))
	}
	return a.at.Before(b.at)
}

// word writes a time as exactly as it was given.
func (t *clock) word(x cell) string {
	if x.day {
		return x.at.In(t.zone).Format(time.DateOnly)
	}
	return x.at.In(t.zone).Format(time.DateTime)
}

func (t *clock) tooLate(c *column, x cell, s string) *fault {
	now := t.now.In(t.zone).Format("2006-01-02 15:04 MST")
	if c.kind == weekStart || c.kind == weekEnd {
		return &fault{fmt.Sprintf("%s, a week that ends on %s", show(s), x.at.Format(time.DateOnly)), "a week that is over by " + now}
	}
	return &fault{show(s) + ", which is in the future", "a time up to now, " + now}
}

// endOfDay is the last moment, in a zone, of the day that t shows. It is reckoned
// from the next midnight, because days have 23 or 25 hours, too; where a zone
// skips that midnight, from the moment at which it does.
func endOfDay(t time.Time, zone *time.Location) time.Time {
	y, m, d := t.Date()
	next, noon := time.Date(y, m, d+1, 0, 0, 0, 0, zone), time.Date(y, m, d+1, 12, 0, 0, 0, zone)
	if next.Day() != noon.Day() {
		next, _ = noon.ZoneBounds()
	}
	return next.Add(-tick)
}

// isoWeekEnd reads 2026-W13 and gives the end of its Sunday.
func isoWeekEnd(s string, zone *time.Location) (time.Time, bool) {
	if len(s) != len("2026-W13") || s[4] != '-' || s[5] != 'W' && s[5] != 'w' {
		return time.Time{}, false
	}
	year, err1 := strconv.ParseUint(s[:4], 10, 16)
	week, err2 := strconv.ParseUint(s[6:], 10, 8)
	if err1 != nil || err2 != nil || week < 1 {
		return time.Time{}, false
	}
	// The 4th of January is always in week 1.
	fourth := time.Date(int(year), 1, 4, 0, 0, 0, 0, time.UTC)
	monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7+7*(int(week)-1))
	if y, w := monday.ISOWeek(); y != int(year) || w != int(week) {
		return time.Time{}, false // a week 53 that this year doesn't have
	}
	return endOfDay(monday.AddDate(0, 0, 6), zone), true
}

// span is how long after a given time something happened: "8d", "12h", "2w".
type span struct {
	days  int
	hours int
}

func (p span) zero() bool { return p == span{} }

// add moves by calendar days in at's zone, so that the end of a day stays one.
func (p span) add(at time.Time) time.Time {
	return at.AddDate(0, 0, p.days).Add(time.Duration(p.hours) * time.Hour)
}

func (p span) String() string {
	if p.hours != 0 {
		return strconv.Itoa(p.hours) + "h"
	}
	return strconv.Itoa(p.days) + "d"
}

// parseSpan reads a whole number and h, d or w.
func parseSpan(s string) (span, bool) {
	if s == "" {
		return span{}, false
	}
	n, err := strconv.Atoi(s[:len(s)-1])
	if err != nil || n < -36500 || n > 36500 {
		return span{}, false
	}
	switch s[len(s)-1] {
	case 'h':
		return span{hours: n}, true
	case 'd':
		return span{days: n}, true
	case 'w':
		return span{days: 7 * n}, true
	}
	return span{}, false
}

// parseLayout turns DD.MM.YYYY hh:mm into a layout that package time reads.
func parseLayout(s string) (string, bool) {
	out := strings.NewReplacer("YYYY", "2006", "MM", "01", "DD", "02", "hh", "15", "mm", "04", "ss", "05").Replace(s)
	return out, strings.Contains(s, "YYYY") && strings.Contains(s, "MM") && strings.Contains(s, "DD") &&
		strings.Trim(strings.NewReplacer("YYYY", "", "MM", "", "DD", "", "hh", "", "mm", "", "ss", "").Replace(s), " .,:/-T") == ""
}
