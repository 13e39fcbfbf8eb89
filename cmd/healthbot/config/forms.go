package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones are the same on every machine

	"healthbot/storage/record"
)

// The forms of single values: how they are written, read and written back.

var (
	userForm    = regexp.MustCompile(`^[UW][A-Z0-9]{2,}$`)
	channelForm = regexp.MustCompile(`^[CG][A-Z0-9]{2,}$`)
	codeForm    = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*$`)
	moneyForm   = regexp.MustCompile(`^[A-Z]{3}$`)
	measureForm = regexp.MustCompile(`^[a-z]+\.[a-z][a-z0-9_]*$`)
	numberForm  = regexp.MustCompile(`^[-+]?(?:0|[1-9]\d*)?(?:\.\d*)?(?:[eE][-+]?\d+)?$`)
)

func form(expected string, re *regexp.Regexp) func(value) string {
	return parsed(expected, func(s string) (string, bool) { return s, re.MatchString(s) })
}

var (
	readUser      = form("a Slack user id such as U012AB3CD (profile, ⋮, “Copy member ID”)", userForm)
	readChannel   = form("a Slack channel id such as C012AB3CD (at the end of the channel's “About”)", channelForm)
	readCode      = form("lower-case letters, digits, - and _", codeForm)
	readMeasureID = form("a signal, a dot and a name in lower case, such as usage.active_seat_ratio", measureForm)
	readMoney     = form("a currency such as EUR", moneyForm)
	readZone      = parsed("a time zone such as Europe/Berlin", parseZone)
	readDate      = parsed("a date such as 2026-12-24", parseDate)
	readSpan      = parsed("a date or a span such as 2026-07-01..2026-07-14", parseSpan)
	readHours     = parsed("working hours such as Mon-Fri 09:00-17:00", parseHours)
)

func parseZone(s string) (*time.Location, bool) {
	if s == "Local" { // whatever the machine is set to; another answer on another machine
		return nil, false
	}
	z, err := time.LoadLocation(s)
	return z, err == nil
}

func parseDate(s string) (record.Date, bool) {
	d, err := record.ParseDate(s)
	return d, err == nil && !d.IsZero()
}

func parseSpan(s string) (record.Span, bool) {
	first, last, two := strings.Cut(s, "..")
	if !two {
		last = first
	}
	from, ok := parseDate(first)
	to, ok2 := parseDate(last)
	return record.Span{From: from, To: to}, ok && ok2 && !to.Before(from)
}

func spanText(s record.Span) string {
	if s.From == s.To {
		return s.From.String()
	}
	return s.From.String() + ".." + s.To.String()
}

var dayNames = []string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"} // by time.Weekday

var hoursForm = regexp.MustCompile(`^([A-Za-z,-]+) (\d\d):(\d\d)-(\d\d):(\d\d)$`)

func parseHours(s string) (record.Hours, bool) {
	m := hoursForm.FindStringSubmatch(s)
	if m == nil {
		return record.Hours{}, false
	}
	var clock [4]int
	for i := range clock {
		clock[i], _ = strconv.Atoi(m[i+2]) // two digits each, says the form
	}
	h := record.Hours{From: clock[0]*60 + clock[1], To: clock[2]*60 + clock[3]}
	if clock[1] > 59 || clock[3] > 59 || h.To > 24*60 || h.From >= h.To {
		return record.Hours{}, false
	}
	for part := range strings.SplitSeq(m[1], ",") {
		first, last, two := strings.Cut(part, "-")
		if !two {
			last = first
		}
		from, to := slices.Index(dayNames, first), slices.Index(dayNames, last)
		if from < 0 || to < 0 {
			return record.Hours{}, false
		}
		for d := from; ; d = (d + 1) % 7 { // Sun-Thu and Fri-Mon alike
			if slices.Contains(h.Days, time.Weekday(d)) {
				return record.Hours{}, false
			}
			h.Days = append(h.Days, time.Weekday(d))
			if d == to {
				break
			}
		}
	}
	return h, true
}

// hoursText writes hours so that parseHours reads the same days in the same order.
func hoursText(h record.Hours) string {
	var parts []string
	for i := 0; i < len(h.Days); {
		j := i
		for j+1 < len(h.Days) && h.Days[j+1] == (h.Days[j]+1)%7 {
			j++
		}
		part := dayNames[h.Days[i]]
		if j > i {
			part += "-" + dayNames[h.Days[j]]
		}
		parts = append(parts, part)
		i = j + 1
	}
	return fmt.Sprintf("%s %02d:%02d-%02d:%02d", strings.Join(parts, ","), h.From/60, h.From%60, h.To/60, h.To%60)
}

const day = 24 * time.Hour

var durationForm = regexp.MustCompile(`^(?:(\d{1,3})d)?(?:(\d{1,3})h)?(?:(\d{1,3})m)?$`)

// duration reads "2d", "24h", "1d12h" or "90m" between two ends.
func duration(lo, hi time.Duration) func(value) time.Duration {
	expected := fmt.Sprintf("a time with its unit, such as 90m, 24h or 2d, from %s to %s", durationText(lo), durationText(hi))
	return parsed(expected, func(s string) (time.Duration, bool) {
		m := durationForm.FindStringSubmatch(s)
		if m == nil || s == "" {
			return 0, false
		}
		var total time.Duration
		for i, unit := range []time.Duration{day, time.Hour, time.Minute} {
			n, _ := strconv.Atoi(m[i+1]) // digits or nothing, says the form
			total += time.Duration(n) * unit
		}
		return total, lo <= total && total <= hi
	})
}

func durationText(d time.Duration) string {
	if d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	s := ""
	if h := d / time.Hour; h > 0 {
		s = fmt.Sprintf("%dh", h)
	}
	if m := d % time.Hour / time.Minute; m > 0 {
		s += fmt.Sprintf("%dm", m)
	}
	return s
}

// days reads a whole number of days, written with their unit: "7d".
func days(most int) func(value) int {
	expected := fmt.Sprintf("days such as 7d, from 1d to %dd", most)
	return parsed(expected, func(s string) (int, bool) {
		digits, ok := strings.CutSuffix(s, "d")
		n, err := strconv.Atoi(digits)
		return n, ok && err == nil && strconv.Itoa(n) == digits && 1 <= n && n <= most
	})
}
