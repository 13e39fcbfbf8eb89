package schedule

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"healthbot/storage/record"
)

func TestDue(t *testing.T) {
	const (
		latest, all, skip = record.CatchLatest, record.CatchAll, record.CatchSkip
		week              = 7 * 24 * time.Hour
		monday            = "0 9 * * 1"
	)
	for _, c := range []struct {
		name, line, zone, last, now string
		catchUp                     record.CatchUp
		grace                       time.Duration
		want                        []string // "!" marks a late one
	}{
		{"nothing yet", monday, "UTC", "2026-11-16T09:00", "2026-11-23T08:59:59Z", latest, 0, nil},
		{"on the dot", monday, "UTC", "2026-11-16T09:00", "2026-11-23T09:00:00Z", latest, 0, []string{"2026-11-23T09:00"}},
		{"only once", monday, "UTC", "2026-11-23T09:00", "2026-11-23T09:00:05Z", latest, 0, nil},
		{"a moment later", monday, "UTC", "2026-11-16T09:00", "2026-11-23T09:04:59Z", latest, 0, []string{"2026-11-23T09:00"}},
		{"late", monday, "UTC", "2026-11-16T09:00", "2026-11-23T09:05:00Z", latest, 0, []string{"2026-11-23T09:00!"}},
		{"in its own zone", monday, "Asia/Kathmandu", "2026-11-16T09:00", "2026-11-23T03:15:00Z", latest, 0, []string{"2026-11-23T09:00"}},
		{"not before, there", monday, "Asia/Kathmandu", "2026-11-16T09:00", "2026-11-23T03:14:59Z", latest, 0, nil},
		{"by default the latest", monday, "UTC", "2026-11-02T09:00", "2026-11-24T09:00:00Z", "", 0, []string{"2026-11-23T09:00!"}},
		{"a year of downtime, latest", monday, "UTC", "2025-11-17T09:00", "2026-11-24T09:00:00Z", latest, 0, []string{"2026-11-23T09:00!"}},
		{"a year of minutes, latest", "* * * * *", "UTC", "2025-11-17T09:00", "2026-11-24T09:00:30Z", latest, 0, []string{"2026-11-24T09:00"}},
		{"three weeks, all", monday, "UTC", "2026-11-02T09:00", "2026-11-23T09:00:00Z", all, 0, []string{"2026-11-09T09:00!", "2026-11-16T09:00!", "2026-11-23T09:00"}},
		{"three weeks, all within grace", monday, "UTC", "2026-11-02T09:00", "2026-11-23T09:00:00Z", all, week + time.Hour, []string{"2026-11-16T09:00!", "2026-11-23T09:00"}},
		{"grace is over", monday, "UTC", "2026-11-02T09:00", "2026-11-24T09:00:00Z", latest, 24 * time.Hour, nil},
		{"grace isn't over", monday, "UTC", "2026-11-02T09:00", "2026-11-24T08:59:59Z", latest, 24 * time.Hour, []string{"2026-11-23T09:00!"}},
		{"a tiny grace loses none on time", monday, "UTC", "2026-11-16T09:00", "2026-11-23T09:00:05Z", latest, time.Second, []string{"2026-11-23T09:00"}},
		{"skip runs on time", monday, "UTC", "2026-11-16T09:00", "2026-11-23T09:00:05Z", skip, week, []string{"2026-11-23T09:00"}},
		{"skip drops what was missed", monday, "UTC", "2026-11-02T09:00", "2026-11-23T09:05:00Z", skip, week, nil},
		{"clock set back behind last", monday, "UTC", "2026-11-23T09:00", "2026-11-01T00:00:00Z", all, 0, nil},
		{"hour missing in spring", "30 2 * * *", "Europe/Berlin", "2026-03-28T02:30", "2026-03-29T01:00:00Z", latest, 0, []string{"2026-03-29T02:30"}},
		{"hour missing, not before its end", "30 2 * * *", "Europe/Berlin", "2026-03-28T02:30", "2026-03-29T00:59:59Z", latest, 0, nil},
		{"hour repeated in autumn, the first", "30 2 * * *", "Europe/Berlin", "2026-10-24T02:30", "2026-10-25T00:30:00Z", latest, 0, []string{"2026-10-25T02:30"}},
		{"hour repeated, not again", "30 2 * * *", "Europe/Berlin", "2026-10-25T02:30", "2026-10-25T01:30:00Z", all, 0, nil},
		{"repeated hour, every quarter", "*/15 * * * *", "Europe/Berlin", "2026-10-25T02:30", "2026-10-25T02:00:00Z", all, 0, []string{"2026-10-25T02:45!", "2026-10-25T03:00"}},
		{"a day that never was", "0 9 * * *", "Pacific/Apia", "2011-12-29T09:00", "2011-12-30T10:00:00Z", all, 0, []string{"2011-12-30T09:00"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			z := zone(t, c.zone)
			var got []string
			for _, s := range Due(cronLine(t, c.line), z, wall(c.last), moment(c.now), c.catchUp, c.grace) {
				if want := s.Wall.In(z); !s.At.Equal(want) {
					t.Errorf("%s is at %s, want %s", s.Wall, s.At, want)
				}
				text := s.Wall.String()
				if s.late(moment(c.now)) {
					text += "!"
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDueWithoutABeginning(t *testing.T) {
	if got := Due(cronLine(t, "* * * * *"), time.UTC, Wall{}, moment("2026-11-23T09:00:00Z"), record.CatchAll, 0); got != nil {
		t.Errorf("a job that never began is due %d times", len(got))
	}
}

func TestDueAllComesInPortions(t *testing.T) {
	spec, now, last := cronLine(t, "0 * * * *"), moment("2026-11-23T09:00:00Z"), wall("2026-11-18T09:00")
	n := 0
	for slots := Due(spec, time.UTC, last, now, record.CatchAll, 0); len(slots) > 0; slots = Due(spec, time.UTC, last, now, record.CatchAll, 0) {
		if len(slots) > mostAtOnce {
			t.Fatalf("%d slots at once", len(slots))
		}
		n += len(slots)
		last = slots[len(slots)-1].Wall
	}
	if n != 5*24 {
		t.Errorf("%d slots in five days of hours, want 120", n)
	}
}

// patterns are cron lines with a second opinion on what they mean.
var patterns = []struct {
	line  string
	match func(t time.Time) bool
}{
	{"30 2 * * *", func(t time.Time) bool { return t.Hour() == 2 && t.Minute() == 30 }},
	{"0 0 * * *", func(t time.Time) bool { return t.Hour() == 0 && t.Minute() == 0 }},
	{"0 9 * * 1", func(t time.Time) bool { return t.Hour() == 9 && t.Minute() == 0 && t.Weekday() == time.Monday }},
	{"59 23 * * 7", func(t time.Time) bool { return t.Hour() == 23 && t.Minute() == 59 && t.Weekday() == time.Sunday }},
	{"*/20 * * * *", func(t time.Time) bool { return t.Minute()%20 == 0 }},
	{"* * * * *", func(time.Time) bool { return true }},
	{"15 1-3 * * *", func(t time.Time) bool { return t.Hour() >= 1 && t.Hour() <= 3 && t.Minute() == 15 }},
	{"5 0 1,15 * *", func(t time.Time) bool { return t.Minute() == 5 && t.Hour() == 0 && (t.Day() == 1 || t.Day() == 15) }},
}

// Whatever the zone, the line and the ticks, with clocks stepped forward and
// back: over a change of the clock, every wall time that the line names comes
// due once, in order, and at the first tick that can see it.
func TestDueGivesEverySlotOnce(t *testing.T) {
	from, to := moment("1995-01-01T00:00:00Z"), moment("2030-01-01T00:00:00Z")
	rapid.Check(t, func(t *rapid.T) {
		z := zone(t, rapid.SampledFrom(zones).Draw(t, "zone"))
		p := rapid.SampledFrom(patterns).Draw(t, "line")
		around := moment("2026-11-23T09:00:00Z")
		if list := changes(z, from, to); len(list) > 0 {
			around = rapid.SampledFrom(list).Draw(t, "change")
		}
		begin := around.Add(-time.Duration(rapid.IntRange(1, 1500).Draw(t, "minutes before")) * time.Minute)
		spec := cronLine(t, p.line)

		// A second opinion on the wall clock: look at it every minute, and
		// remember the latest time that it showed.
		var reached time.Time
		watched := begin.Add(-48 * time.Hour)
		watch := func(until time.Time) (before, after time.Time) {
			before = reached
			for ; !watched.After(until); watched = watched.Add(time.Minute) {
				y, m, d := watched.In(z).Date()
				h, min, _ := watched.In(z).Clock()
				if w := time.Date(y, m, d, h, min, 0, 0, time.UTC); w.After(reached) {
					reached = w
				}
			}
			return before, reached
		}
		watch(begin)

		last, now := WallAt(begin, z), begin
		for _, step := range rapid.SliceOfN(rapid.IntRange(-180, 400), 1, 20).Draw(t, "steps") {
			now = now.Add(time.Duration(step) * time.Minute)
			before, after := watch(now)
			var want, got []string
			for w := before.Add(time.Minute); !w.After(after); w = w.Add(time.Minute) {
				if p.match(w) {
					want = append(want, w.Format(wallLayout))
				}
			}
			for {
				slots := Due(spec, z, last, now, record.CatchAll, 0)
				if len(slots) == 0 {
					break
				}
				for _, s := range slots {
					got = append(got, s.Wall.String())
				}
				last = slots[len(slots)-1].Wall
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%q in %s at %s: due %v, want %v", p.line, z, now.In(z), got, want)
			}
		}
	})
}

// latest and skip only ever leave slots out of what all gives.
func TestDueCatchUpIsPartOfAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := zone(t, rapid.SampledFrom(zones).Draw(t, "zone"))
		spec := cronLine(t, rapid.SampledFrom(patterns).Draw(t, "line").line)
		now := moment("2026-11-23T09:00:00Z").Add(time.Duration(rapid.IntRange(-1e6, 1e6).Draw(t, "minutes")) * time.Minute)
		down := time.Duration(rapid.IntRange(0, 45).Draw(t, "down")) * time.Minute
		grace := time.Duration(rapid.IntRange(0, 60).Draw(t, "grace")) * time.Minute
		last := WallAt(now.Add(-down), z)
		all := Due(spec, z, last, now, record.CatchAll, 0)
		kept := slices.DeleteFunc(slices.Clone(all), func(s Slot) bool {
			return grace > 0 && s.late(now) && now.Sub(s.At) >= grace
		})
		onTime := slices.DeleteFunc(slices.Clone(all), func(s Slot) bool { return s.late(now) })
		same := func(name string, got, want []Slot) {
			if !slices.EqualFunc(got, want, func(a, b Slot) bool { return a.Wall == b.Wall && a.At.Equal(b.At) }) {
				t.Fatalf("%s: got %v, want %v of %v", name, got, want, all)
			}
		}
		same("all", Due(spec, z, last, now, record.CatchAll, grace), kept)
		same("skip", Due(spec, z, last, now, record.CatchSkip, grace), onTime)
		same("latest", Due(spec, z, last, now, record.CatchLatest, grace), kept[max(0, len(kept)-1):])
	})
}

// Ten years of a nightly run, in every zone: no night is left out and
// none comes twice, whatever the clocks did.
func TestDueEveryNight(t *testing.T) {
	spec := cronLine(t, "30 2 * * *")
	to := moment("2018-01-01T12:00:00Z")
	for _, name := range zones {
		z := zone(t, name)
		last := wall("2008-01-01T12:00")
		now, day := last.In(z), last.Date()
		for ; now.Before(to); now = now.Add(500 * time.Hour) {
			for _, s := range Due(spec, z, last, now, record.CatchAll, 0) {
				if day = day.Add(1); s.Wall.Date() != day {
					t.Fatalf("%s: %s is due, want the night of %s", name, s.Wall, day)
				}
				last = s.Wall
			}
		}
		if end := WallAt(now, z).Date(); end.Sub(day) > 21 {
			t.Fatalf("%s: no night after %s", name, day)
		}
	}
}
