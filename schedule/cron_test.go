package schedule

import (
	"strings"
	"testing"

	"healthbot/storage/record"
)

func TestParseCron(t *testing.T) {
	// 2026-11-23 is a Monday.
	for _, c := range []struct{ line, want string }{
		{"0 9 * * 1", "2026-11-30T09:00"},
		{"  0 9 * * 1 ", "2026-11-30T09:00"},
		{"0 9 * * MON", "2026-11-30T09:00"},
		{"0 9 * * 7", "2026-11-29T09:00"},
		{"0 9 * * 0", "2026-11-29T09:00"},
		{"0 9 * * 2,7", "2026-11-24T09:00"},
		{"0 9 * * 6-7", "2026-11-28T09:00"},
		{"0 9 * * 3-7/2", "2026-11-25T09:00"},
		{"0 9 * * 7/2", "2026-11-29T09:00"},
		{"0 9 * * 0-7", "2026-11-24T09:00"},
		{"0 9 7 * *", "2026-12-07T09:00"}, // a 7 elsewhere is none of the days
		{"7 7 * 7 *", "2027-07-01T07:07"},
		{"*/20 * * * *", "2026-11-23T09:20"},
		{"0 9 29 2 *", "2028-02-29T09:00"},
		{"0 9 31 * *", "2026-12-31T09:00"},
		{"0 9 1 * 1", "2026-11-30T09:00"}, // day of month or of week, as cron always had it
	} {
		s, err := ParseCron(c.line)
		if err != nil {
			t.Errorf("%q: %v", c.line, err)
			continue
		}
		if got, _ := s.next(wall("2026-11-23T09:00")); got.String() != c.want {
			t.Errorf("%q is due next at %s, want %s", c.line, got, c.want)
		}
		if s.String() != strings.TrimSpace(c.line) {
			t.Errorf("%q prints as %q", c.line, s)
		}
	}
}

func TestParseCronRefuses(t *testing.T) {
	for _, c := range []struct{ line, says string }{
		{"", "five fields"},
		{"0 9 * *", "five fields"},
		{"0 0 9 * * 1", "five fields"},
		{"@daily", "five fields"},
		{"@every 1h", "five fields"},
		{"0 9 * * 8", "can't be read"},
		{"0 9 * * 7-8", "can't be read"},
		{"0 9 * * 9-7", "can't be read"},
		{"0 9 * * 5-7/0", "can't be read"},
		{"0 9 * * 5-7/x", "can't be read"},
		{"0 25 * * 1", "can't be read"},
		{"x 9 * * 1", "can't be read"},
		{"TZ=UTC", "names a zone"}, // the parser would panic
		{"TZ=UTC 0 9 * * 1", "names a zone"},
		{" CRON_TZ=Europe/Berlin 0 9 * * 1", "names a zone"},
		{"0 9 31 2 *", "never comes due"},
		{"0 9 30 2 *", "never comes due"},
		{"0 9 31 4,6,9,11 *", "never comes due"},
		{"0 9 , * *", "never comes due"},
	} {
		_, err := ParseCron(c.line)
		if err == nil || !strings.Contains(record.Say(err), c.says) || record.KindOf(err) != record.Invalid {
			t.Errorf("ParseCron(%q) says %q, want %q", c.line, record.Say(err), c.says)
		}
	}
}

func FuzzParseCron(f *testing.F) {
	for _, line := range []string{"0 9 * * 1", "TZ=UTC", "0 9 31 2 *", "0 9 * * 1-7/3", "*/0 * * * *", "59-0 1 1 1 7/9223372036854775807"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		s, err := ParseCron(line)
		if err != nil {
			return
		}
		from := wall("2026-11-23T09:00")
		w, ok := s.next(from)
		if !ok || !w.After(from) || w.t.Second() != 0 {
			t.Fatalf("%q was accepted, and is due next at %v, %v", line, w.t, ok)
		}
	})
}

func TestParseZone(t *testing.T) {
	for _, name := range zones {
		if z := zone(t, name); z.String() != name {
			t.Errorf("%s became %s", name, z)
		}
	}
	for _, name := range []string{"", "Local", "Europe/Bärlin", "CEST", "../etc/passwd"} {
		if z, err := ParseZone(name); err == nil || !strings.Contains(record.Say(err), "not a time zone") {
			t.Errorf("ParseZone(%q) = %v, %v; want a sentence", name, z, err)
		}
	}
}

func TestLatestFindsTheLastSlot(t *testing.T) {
	upTo := wall("2026-11-23T09:30")
	for _, c := range []struct{ line, after, want string }{
		{"* * * * *", "1990-01-01T00:00", "2026-11-23T09:30"},
		{"0 9 * * 1", "1990-01-01T00:00", "2026-11-23T09:00"},
		{"0 9 * * 1", "2026-11-16T09:00", "2026-11-23T09:00"},
		{"0 9 * * 1", "2026-11-23T09:00", ""},
		{"0 9 29 2 *", "1990-01-01T00:00", "2024-02-29T09:00"},
		{"0 9 29 2 *", "2024-03-01T00:00", ""},
		{"31 9 23 11 *", "0001-01-02T00:00", "2025-11-23T09:31"},
	} {
		got, ok := cronLine(t, c.line).latest(wall(c.after), upTo)
		if ok != (c.want != "") || ok && got.String() != c.want {
			t.Errorf("latest of %q after %s = %s, %v; want %q", c.line, c.after, got, ok, c.want)
		}
	}
}
