package schedule

import (
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// zones is a sample of the tz database: whole, half and odd hours, clocks that
// change by half an hour or two hours, at midnight, backwards in winter, around
// Ramadan, and countries that skipped a day or moved their zone.
var zones = []string{
	"UTC", "Etc/GMT+12", "Etc/GMT-14",
	"Africa/Abidjan", "Africa/Cairo", "Africa/Casablanca", "Africa/El_Aaiun", "Africa/Johannesburg", "Africa/Juba",
	"Africa/Khartoum", "Africa/Lagos", "Africa/Monrovia", "Africa/Nairobi", "Africa/Sao_Tome", "Africa/Tripoli",
	"Africa/Tunis", "Africa/Windhoek",
	"America/Adak", "America/Anchorage", "America/Argentina/Buenos_Aires", "America/Argentina/San_Luis",
	"America/Asuncion", "America/Bogota", "America/Cancun", "America/Caracas", "America/Chicago", "America/Denver",
	"America/Grand_Turk", "America/Guayaquil", "America/Halifax", "America/Havana", "America/La_Paz", "America/Lima",
	"America/Los_Angeles", "America/Metlakatla", "America/Mexico_City", "America/Miquelon", "America/Montevideo",
	"America/New_York", "America/Nuuk", "America/Port-au-Prince", "America/Sao_Paulo", "America/Santiago",
	"America/Scoresbysund", "America/St_Johns", "America/Tijuana", "America/Whitehorse",
	"Antarctica/Casey", "Antarctica/Macquarie", "Antarctica/Troll",
	"Asia/Almaty", "Asia/Amman", "Asia/Baghdad", "Asia/Baku", "Asia/Beirut", "Asia/Colombo", "Asia/Damascus",
	"Asia/Dhaka", "Asia/Dubai", "Asia/Famagusta", "Asia/Gaza", "Asia/Hong_Kong", "Asia/Irkutsk", "Asia/Jerusalem",
	"Asia/Kabul", "Asia/Karachi", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Manila", "Asia/Pyongyang", "Asia/Riyadh",
	"Asia/Seoul", "Asia/Shanghai", "Asia/Singapore", "Asia/Tehran", "Asia/Tokyo", "Asia/Ulaanbaatar", "Asia/Yangon",
	"Atlantic/Azores", "Atlantic/Bermuda", "Atlantic/Reykjavik", "Atlantic/Stanley",
	"Australia/Adelaide", "Australia/Brisbane", "Australia/Eucla", "Australia/Lord_Howe", "Australia/Perth", "Australia/Sydney",
	"Europe/Amsterdam", "Europe/Berlin", "Europe/Chisinau", "Europe/Dublin", "Europe/Istanbul", "Europe/Kaliningrad",
	"Europe/Lisbon", "Europe/London", "Europe/Madrid", "Europe/Minsk", "Europe/Moscow", "Europe/Paris",
	"Europe/Samara", "Europe/Volgograd", "Europe/Zurich",
	"Indian/Maldives", "Indian/Mauritius",
	"Pacific/Apia", "Pacific/Auckland", "Pacific/Bougainville", "Pacific/Chatham", "Pacific/Easter", "Pacific/Efate",
	"Pacific/Fakaofo", "Pacific/Fiji", "Pacific/Gambier", "Pacific/Guam", "Pacific/Honolulu", "Pacific/Kiritimati",
	"Pacific/Kwajalein", "Pacific/Marquesas", "Pacific/Norfolk", "Pacific/Tongatapu",
}

func zone(t interface {
	Helper()
	Fatal(...any)
}, name string) *time.Location {
	t.Helper()
	z, err := ParseZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// changes lists the instants in [from, to) at which a zone's clock was changed.
func changes(z *time.Location, from, to time.Time) []time.Time {
	var out []time.Time
	for _, t := from.In(z).ZoneBounds(); !t.IsZero() && t.Before(to); _, t = t.ZoneBounds() {
		_, before := t.Add(-1).In(z).Zone()
		if _, after := t.Zone(); after != before {
			out = append(out, t)
		}
	}
	return out
}

func moment(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func wall(s string) Wall {
	w, err := ParseWall(s)
	if err != nil {
		panic(err)
	}
	return w
}

func cronLine(t interface {
	Helper()
	Fatal(...any)
}, line string) Spec {
	t.Helper()
	s, err := ParseCron(line)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
