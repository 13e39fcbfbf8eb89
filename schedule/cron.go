package schedule

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"healthbot/storage/record"
)

// Spec is a cron line that comes due at some time.
type Spec struct {
	line     string
	schedule cron.Schedule
}

// String is the line as it was written.
func (s Spec) String() string { return s.line }

const howToWrite = "Write five fields: minute, hour, day of month, month, day of week; 0 9 * * 1 is every Monday at 9."

// parser takes the five classic fields and no descriptors: @every counts real
// time, not what a clock shows.
var parser = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

// ParseCron reads a cron line: five fields as robfig/cron has them, and 7 for
// Sunday. It refuses, with a sentence, what would fail or stay silent later: a
// zone inside the line, and a day that no year has.
func ParseCron(line string) (Spec, error) {
	fields := strings.Fields(line)
	for _, f := range fields {
		if strings.HasPrefix(f, "TZ=") || strings.HasPrefix(f, "CRON_TZ=") {
			return Spec{}, record.Errorf(record.Invalid, "The cron line %q names a zone. Leave %s out and give the zone in the route's own field.", line, f)
		}
	}
	if len(fields) == 5 {
		fields[4] = sundays(fields[4])
	}
	schedule, err := parser.Parse(strings.Join(fields, " "))
	if err != nil {
		return Spec{}, &record.Error{Kind: record.Invalid, Say: fmt.Sprintf("The cron line %q can't be read: %s. %s", line, err, howToWrite), Cause: err}
	}
	s := Spec{strings.TrimSpace(line), schedule}
	// The five years that Next looks ahead from here contain a 29 February.
	if _, ok := s.next(Wall{time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)}); !ok {
		return Spec{}, record.Errorf(record.Invalid, "The cron line %q never comes due: there is no such day, so nothing would ever be reviewed. Choose one that exists.", line)
	}
	return s, nil
}

// ParseZone finds a time zone by its IANA name. The machine's own zone is no
// answer: a route means the same wherever the bot runs.
func ParseZone(name string) (*time.Location, error) {
	if name != "" && name != "Local" {
		zone, err := time.LoadLocation(name)
		if err == nil {
			return zone, nil
		}
	}
	return nil, record.Errorf(record.Invalid, "%q is not a time zone. Write an IANA name such as Europe/Berlin or America/New_York, or UTC.", name)
}

// next is the first slot after w; false when there is none within five years.
func (s Spec) next(w Wall) (Wall, bool) {
	t := s.schedule.Next(w.t)
	return Wall{t}, !t.IsZero()
}

// latest is the last slot in (after, upTo]. It looks back ever further, because
// cron lines can only be walked forward, and the way may be years of minutes.
func (s Spec) latest(after, upTo Wall) (Wall, bool) {
	const farthest = 100 * 365 * 24 * time.Hour
	for span := time.Hour; ; span *= 8 {
		from := Wall{upTo.t.Add(-span)}
		if after.After(from) || span > farthest {
			from = after
		}
		var last Wall
		for w, ok := s.next(from); ok && !w.After(upTo); w, ok = s.next(w) {
			last = w
		}
		if !last.IsZero() || from == after {
			return last, !last.IsZero()
		}
	}
}

// sundays rewrites the 7s of a day-of-week field as days that robfig/cron
// knows. What isn't a plain number is left for it to refuse.
func sundays(field string) string {
	parts := strings.Split(field, ",")
	for i, part := range parts {
		span, every, stepped := strings.Cut(part, "/")
		from, to, ranged := strings.Cut(span, "-")
		if !ranged {
			to = from
		}
		if to != "7" {
			continue
		}
		step, err := 1, error(nil)
		if stepped {
			step, err = strconv.Atoi(every)
		}
		first, notDay := strconv.Atoi(from)
		if err != nil || notDay != nil || step < 1 || first < 0 || first > 7 {
			continue
		}
		var days []string
		for day := first; day <= 7; day += min(step, 8) { // 8 is past the week, and can't overflow
			days = append(days, strconv.Itoa(day%7))
		}
		parts[i] = strings.Join(days, ",")
	}
	return strings.Join(parts, ",")
}
