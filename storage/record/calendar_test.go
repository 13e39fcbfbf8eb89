package record

import (
	"os"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // zones are the same on every machine

	"pgregory.net/rapid"

	"healthbot/scoring"
)

// zones are all of the tz database.
func zones(t *testing.T) []*time.Location {
	t.Helper()
	b, err := os.ReadFile("testdata/zones.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []*time.Location
	for name := range strings.Lines(string(b)) {
		z, err := time.LoadLocation(strings.TrimSpace(name))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, z)
	}
	if len(out) < 590 {
		t.Fatalf("only %d zones", len(out))
	}
	return out
}

func zoned(name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return z
}

func TestWorkingTime(t *testing.T) {
	policy := Policy{Holidays: map[string][]Date{"DE": {{2026, time.December, 25}, {2027, time.January, 1}}}}
	week := []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
	every := append([]time.Weekday{time.Saturday, time.Sunday}, week...)
	person := func(zone, region string, hours Hours, away ...Span) Person {
		return Person{Zone: zoned(zone), Region: region, Hours: hours, Away: away}
	}
	berlin := person("Europe/Berlin", "DE", OfficeHours)
	for _, c := range []struct {
		what, at, want string // of RFC 3339; "" is never
		who            Person
	}{
		{"at work", "2026-11-23T13:14:15+01:00", "2026-11-23T13:14:15+01:00", berlin},
		{"early", "2026-11-23T06:00:00+01:00", "2026-11-23T09:00:00+01:00", berlin},
		{"on the dot", "2026-11-23T09:00:00+01:00", "2026-11-23T09:00:00+01:00", berlin},
		{"the last second", "2026-11-23T16:59:59+01:00", "2026-11-23T16:59:59+01:00", berlin},
		{"after work", "2026-11-23T17:00:00+01:00", "2026-11-24T09:00:00+01:00", berlin},
		{"over a weekend", "2026-11-27T17:00:00+01:00", "2026-11-30T09:00:00+01:00", berlin},
		{"over a holiday and a weekend", "2026-12-24T18:00:00+01:00", "2026-12-28T09:00:00+01:00", berlin},
		{"nobody else's holiday", "2026-12-24T18:00:00+01:00", "2026-12-25T09:00:00+01:00", person("Europe/Berlin", "NO", OfficeHours)},
		{"of no region", "2026-12-24T18:00:00+01:00", "2026-12-25T09:00:00+01:00", person("Europe/Berlin", "", OfficeHours)},
		{"away, then a weekend", "2026-11-23T10:00:00+01:00", "2026-11-30T09:00:00+01:00",
			person("Europe/Berlin", "DE", OfficeHours, Span{Date{2026, 11, 23}, Date{2026, 11, 27}})},
		{"in their zone, not in ours", "2026-11-23T09:00:00+01:00", "2026-11-24T09:00:00+09:00", person("Asia/Tokyo", "", OfficeHours)},
		{"their day is another", "2026-11-29T23:30:00Z", "2026-11-30T09:00:00+09:00", person("Asia/Tokyo", "", OfficeHours)},
		{"no hours known are the office's", "2026-11-22T12:00:00Z", "2026-11-23T09:00:00Z", Person{}},
		{"half hours", "2026-11-27T07:00:00Z", "2026-11-30T08:30:00Z", person("Africa/Dakar", "", Hours{510, 1020, week[:4]})},
		{"the hour that spring leaves out", "2026-03-29T01:59:00+01:00", "2026-03-29T03:00:00+02:00", person("Europe/Berlin", "", Hours{150, 240, every})},
		{"all of their hours left out", "2026-03-29T01:59:00+01:00", "2026-03-30T02:00:00+02:00", person("Europe/Berlin", "", Hours{120, 180, every})},
		{"the hour that autumn repeats", "2026-10-25T02:30:00+01:00", "2026-10-25T02:30:00+01:00", person("Europe/Berlin", "", Hours{120, 180, every})},
		{"midnight that isn't there", "2026-03-07T23:30:00-05:00", "2026-03-08T01:00:00-04:00", person("America/Havana", "", Hours{0, 600, every[1:2]})},
		{"a day that never was", "2011-12-29T18:00:00-10:00", "2011-12-31T09:00:00+14:00", person("Pacific/Apia", "", Hours{540, 1020, every})},
		{"to the end of the day", "2026-11-23T23:59:59Z", "2026-11-23T23:59:59Z", person("UTC", "", Hours{0, 1440, every})},
		{"gone for good", "2026-11-23T10:00:00Z", "", person("UTC", "", OfficeHours, Span{Date{2026, 1, 1}, Date{2036, 1, 1}})},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := policy.WorkingTime(c.who, at)
		if !ok {
			if c.want != "" {
				t.Errorf("%s: never, want %s", c.what, c.want)
			}
			continue
		}
		if s := got.Format(time.RFC3339); s != c.want {
			t.Errorf("%s: %s, want %s", c.what, s, c.want)
		}
	}
}

// Whatever the zone, the hours and the day: never outside their hours, on a
// holiday or away; never before it was asked for; what comes later isn't told
// earlier; and nothing working was passed over.
func TestWorkingTimeHolds(t *testing.T) {
	all := zones(t)
	days := []time.Weekday{0, 1, 2, 3, 4, 5, 6}
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(all).Draw(t, "zone")
		around := time.Unix(rapid.Int64Range(0, 2_145_916_800).Draw(t, "around"), 0) // 1970 to 2037
		if _, change := around.In(zone).ZoneBounds(); !change.IsZero() && rapid.Bool().Draw(t, "at a change") {
			around = change
		}
		from := rapid.IntRange(0, 24*60-1).Draw(t, "from")
		who := Person{Zone: zone, Region: "X", Hours: Hours{from, rapid.IntRange(from+1, 24*60).Draw(t, "to"),
			rapid.SliceOfNDistinct(rapid.SampledFrom(days), 1, 7, rapid.ID).Draw(t, "days")}}
		today := DateOf(around.In(zone))
		near := rapid.Custom(func(t *rapid.T) Date { return today.Add(rapid.IntRange(-5, 15).Draw(t, "day")) })
		policy := Policy{Holidays: map[string][]Date{"X": rapid.SliceOfN(near, 0, 4).Draw(t, "holidays")}}
		if first := near.Draw(t, "away from"); rapid.Bool().Draw(t, "away") {
			who.Away = []Span{{first, first.Add(rapid.IntRange(0, 12).Draw(t, "for"))}}
		}
		works := func(at time.Time) bool {
			at = at.In(zone)
			h, m, _ := at.Clock()
			return policy.Workday(who, DateOf(at)) && h*60+m >= who.Hours.From && h*60+m < who.Hours.To
		}
		at := around.Add(time.Duration(rapid.IntRange(-72*60, 72*60).Draw(t, "minutes")) * time.Minute)
		got, ok := policy.WorkingTime(who, at)
		if !ok {
			t.Fatal("never, though nobody is away for long")
		}
		if got.Before(at) || !works(got) {
			t.Fatalf("asked at %s, answered %s, with %+v", at.In(zone), got, who.Hours)
		}
		later := at.Add(time.Duration(rapid.IntRange(0, 5*24*60).Draw(t, "later")) * time.Minute)
		if x, _ := policy.WorkingTime(who, later); x.Before(got) {
			t.Fatalf("asked at %s it is %s, asked later, at %s, it is %s", at, got, later, x)
		}
		for between := at; between.Before(got); between = between.Add(11 * time.Minute) {
			if works(between) {
				t.Fatalf("asked at %s, answered %s; but they work at %s", at.In(zone), got, between.In(zone))
			}
		}
	})
}

// In every zone, on every day that its clock changes between 1990 and 2037 and
// on the days beside it, the morning begins on that day and within the hours.
func TestMorningAtEveryChangeOfEveryClock(t *testing.T) {
	every := []time.Weekday{0, 1, 2, 3, 4, 5, 6}
	from, to := time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2038, 1, 1, 0, 0, 0, 0, time.UTC)
	n := 0
	for _, zone := range zones(t) {
		for _, change := from.In(zone).ZoneBounds(); !change.IsZero() && change.Before(to); _, change = change.ZoneBounds() {
			for _, hours := range []Hours{{0, 60, every}, {9 * 60, 17 * 60, every}, {90, 180, every}, {23 * 60, 24 * 60, every}} {
				for off := -1; off <= 1; off++ {
					n++
					day := DateOf(change.In(zone)).Add(off)
					got, ok := Policy{}.Morning(Person{Zone: zone, Hours: hours}, day)
					h, m, _ := got.Clock()
					if minute := h*60 + m; !ok || minute < hours.From || minute >= hours.To {
						t.Fatalf("%s on %s with %d-%d: %s", zone, day, hours.From, hours.To, got)
					}
					// Only where the clock has none of these hours is it the next day.
					if late := DateOf(got).Sub(day); late != 0 && (late > 2 || has(zone, day, hours)) {
						t.Fatalf("%s: the morning of %s is %s", zone, day, got)
					}
				}
			}
		}
	}
	t.Logf("%d mornings", n)
	if n < 100_000 {
		t.Errorf("only %d mornings were looked at", n)
	}
}

// has looks for a minute of a day that lies within hours, one by one.
func has(zone *time.Location, d Date, hours Hours) bool {
	for t := d.Time().Add(-30 * time.Hour); t.Before(d.Time().Add(54 * time.Hour)); t = t.Add(time.Minute) {
		local := t.In(zone)
		if h, m, _ := local.Clock(); DateOf(local) == d && h*60+m >= hours.From && h*60+m < hours.To {
			return true
		}
	}
	return false
}

func TestMorningBy(t *testing.T) {
	policy := Policy{Holidays: map[string][]Date{"DE": {{2026, time.December, 25}}}}
	ana := Person{Zone: zoned("Europe/Berlin"), Region: "DE", Hours: OfficeHours}
	away := ana
	away.Away = []Span{{Date{2026, 11, 1}, Date{2026, 11, 29}}}
	for _, c := range []struct {
		who       Person
		day, want string
	}{
		{ana, "2026-11-24", "2026-11-24T09:00:00+01:00"},
		{ana, "2026-11-28", "2026-11-27T09:00:00+01:00"},  // a Saturday
		{ana, "2026-12-27", "2026-12-24T09:00:00+01:00"},  // a Sunday after a holiday
		{away, "2026-11-24", "2026-11-30T09:00:00+01:00"}, // away long before it
	} {
		d, err := ParseDate(c.day)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := policy.MorningBy(c.who, d); !ok || got.Format(time.RFC3339) != c.want {
			t.Errorf("by %s: %s, want %s", c.day, got.Format(time.RFC3339), c.want)
		}
	}
}

// P1 is due in one working day, P2 in three, P3 in ten, by the doer's calendar.
func TestWorkdaysByLevel(t *testing.T) {
	policy := Policy{Holidays: map[string][]Date{"DE": {{2026, time.November, 25}}}}
	friday := Date{2026, 11, 20}
	for level, want := range map[scoring.Level]string{scoring.P1: "2026-11-23", scoring.P2: "2026-11-26", scoring.P3: "2026-12-07"} {
		n, ok := WorkdaysFor(level)
		if got := policy.AddWorkdays(Person{Region: "DE"}, friday, n); !ok || got.String() != want {
			t.Errorf("%s is due %s, want %s", level, got, want)
		}
	}
	for _, level := range []scoring.Level{scoring.P4, scoring.NoLevel} {
		if n, ok := WorkdaysFor(level); ok {
			t.Errorf("%q is due in %d working days, want at the next review", level, n)
		}
	}
}

func TestCover(t *testing.T) {
	away := Span{Date{2026, 11, 23}, Date{2026, 11, 27}}
	people := NewDirectory(Person{ID: "ANA", Backup: "BEN", Away: []Span{away}}, Person{ID: "BEN", Backup: "ANA", Away: []Span{{Date{2026, 11, 26}, Date{2026, 11, 30}}}},
		Person{ID: "EVE", Backup: "GONE", Away: []Span{away}})
	for _, c := range []struct {
		who  string
		day  int
		want string
	}{{"ANA", 22, "ANA"}, {"ANA", 23, "BEN"}, {"ANA", 26, "ANA"}, {"BEN", 28, "ANA"}, {"EVE", 23, "EVE"}} {
		if got, ok := people.Cover(c.who, Date{2026, 11, c.day}); !ok || got.ID != c.want {
			t.Errorf("%s on the %d.: %s, want %s", c.who, c.day, got.ID, c.want)
		}
	}
	if _, ok := people.Cover("NOBODY", away.From); ok {
		t.Error("somebody stands in for nobody")
	}
}
