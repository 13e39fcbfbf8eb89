package schedule

import (
	"testing"
	"time"
)

func TestWallInstants(t *testing.T) {
	for _, c := range []struct{ zone, wall, at string }{
		{"UTC", "2026-11-23T09:00", "2026-11-23T09:00:00Z"},
		{"Europe/Berlin", "2026-11-23T09:00", "2026-11-23T08:00:00Z"},
		{"Europe/Berlin", "2026-03-29T01:59", "2026-03-29T00:59:00Z"},
		{"Europe/Berlin", "2026-03-29T02:00", "2026-03-29T01:00:00Z"}, // missing: at the end of the hour
		{"Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:00:00Z"},
		{"Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00:00Z"},
		{"Europe/Berlin", "2026-03-29T03:01", "2026-03-29T01:01:00Z"},
		{"Europe/Berlin", "2026-10-25T02:00", "2026-10-25T00:00:00Z"}, // twice: the first
		{"Europe/Berlin", "2026-10-25T02:59", "2026-10-25T00:59:00Z"},
		{"Europe/Berlin", "2026-10-25T03:00", "2026-10-25T02:00:00Z"},
		{"America/Havana", "2026-03-08T00:00", "2026-03-08T05:00:00Z"}, // midnight is missing
		{"Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30:00Z"},
		{"Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45:00Z"},
		{"Antarctica/Troll", "2026-03-29T02:30", "2026-03-29T01:00:00Z"},
		{"Pacific/Apia", "2011-12-30T09:00", "2011-12-30T10:00:00Z"}, // a day that never was
		{"Pacific/Apia", "2011-12-31T00:00", "2011-12-30T10:00:00Z"},
		{"Asia/Manila", "1844-12-31T12:00", "1844-12-31T15:56:08Z"}, // likewise
		{"America/Juneau", "1867-10-18T12:00", "1867-10-17T20:57:41Z"},
	} {
		z := zone(t, c.zone)
		if got, want := wall(c.wall).In(z), moment(c.at); !got.Equal(want) {
			t.Errorf("%s in %s = %s, want %s", c.wall, c.zone, got.UTC().Format(time.RFC3339), c.at)
		}
	}
}

func TestWallStandsStillWhenSetBack(t *testing.T) {
	z := zone(t, "Europe/Berlin")
	for _, c := range []struct{ at, want string }{
		{"2026-10-25T00:59:00Z", "2026-10-25T02:59"},
		{"2026-10-25T01:00:00Z", "2026-10-25T02:59"}, // shows 2:00 again
		{"2026-10-25T01:30:00Z", "2026-10-25T02:59"},
		{"2026-10-25T02:00:00Z", "2026-10-25T03:00"},
		{"2026-03-29T00:59:00Z", "2026-03-29T01:59"},
		{"2026-03-29T01:00:00Z", "2026-03-29T03:00"},
	} {
		if got := WallAt(moment(c.at), z).String(); got != c.want {
			t.Errorf("clock at %s shows %s, want %s", c.at, got, c.want)
		}
	}
}

// Around every change of every zone, a wall time's instant is exactly the first
// at which the clock has reached it, and the clock never goes back.
func TestWallAroundEveryChange(t *testing.T) {
	from, to := moment("1960-01-01T00:00:00Z"), moment("2040-01-01T00:00:00Z")
	n := 0
	for _, name := range zones {
		z := zone(t, name)
		for _, change := range changes(z, from, to) {
			n++
			last := WallAt(change.Add(-3*time.Hour), z)
			for m := -180; m <= 180; m += 7 {
				now := change.Add(time.Duration(m) * time.Minute)
				w := WallAt(now, z)
				if last.After(w) {
					t.Fatalf("%s: clock went back from %v to %v at %v", name, last.t, w.t, now)
				}
				last = w
				w = Wall{now.Add(time.Hour).Truncate(time.Minute)}
				_, offset := now.In(z).Zone()
				w.t = w.t.Add(time.Duration(offset) * time.Second).UTC()
				at := w.In(z)
				if w.After(WallAt(at, z)) {
					t.Fatalf("%s: at %v the clock hasn't reached %v", name, at, w.t)
				}
				if before := WallAt(at.Add(-1), z); !w.After(before) {
					t.Fatalf("%s: just before %v the clock has reached %v already", name, at, w.t)
				}
			}
		}
	}
	if n < 3000 {
		t.Fatalf("only %d changes were looked at; is the zone data there?", n)
	}
}

func TestParseWall(t *testing.T) {
	for _, s := range []string{"", "2026-11-23", "2026-11-23T24:00", "2026-02-30T09:00", "2026-11-23T09:00:00Z"} {
		if w, err := ParseWall(s); err == nil {
			t.Errorf("ParseWall(%q) = %v, want an error", s, w)
		}
	}
	if got := wall("2026-11-23T09:05"); got.String() != "2026-11-23T09:05" || got.Date().String() != "2026-11-23" {
		t.Errorf("got %s on %s", got, got.Date())
	}
}
