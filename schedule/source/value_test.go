package source

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestNumbers(t *testing.T) {
	for in, want := range map[string]float64{
		"0": 0, "-0": 0, "1234.5": 1234.5, ".5": .5, "5.": 5, "+3": 3, "-3": -3, "\u22123": -3, "1e3": 1000, "1E+05": 1e5, "007": 7,
		"82%": .82, "82 %": .82, "82\u00a0%": .82, "1.5 %": .015, "12,5 %": .125,
		"1,234,567": 1234567, "1,234.5": 1234.5, "1,234,567.25": 1234567.25, "1.234.567": 1234567, "1.234,5": 1234.5, "-1.234.567,25": -1234567.25,
		"1 234": 1234, "1 234,5": 1234.5, "1 234.5": 1234.5, "1\u00a0234\u202f567": 1234567, "1'234.5": 1234.5, "1’234": 1234,
		"12,5": 12.5, "0,82": .82, "0,823": .823, "1234,567": 1234.567, ",5": .5,
	} {
		if got, _, why, ok := parseNumber(in); !ok || got != want || math.Signbit(got) && got == 0 {
			t.Errorf("%q: got %v, %t, %q; want %v", in, got, ok, why, want)
		}
	}
	for in, why := range map[string]string{
		"1,234": "; this could be 1234 or 1.234", "-1,234": "; this could be -1234 or -1.234", "999,999": "; this could be 999999 or 999.999",
		"": "", "%": "", "-": "", ".": "", ",": "", "e5": "", "1e": "", "--1": "", "1-2": "", "1 2": "", "1,2,3": "", "1,23,456": "", "12,34.5": "", "1.2.3": "",
		"1,234.567.8": "", "1 234 5": "", "0,123,456": "", "1,234,": "", "0x10": "", "1e999": "", "NaN": "", "inf": "", "-Infinity": "", "∞": "", "½": "", "٣": "",
		"2026-03-31": "", "$5": "", "5 EUR": "", "(5)": "", "5%%": "", "% 5": "", "1.5.%": "", "1,234 %": "; this could be 1234 or 1.234", "1,234e5": "",
	} {
		if v, _, got, ok := parseNumber(in); ok || got != why {
			t.Errorf("%q: got %v, %t, %q; want %q", in, v, ok, got, why)
		}
	}
}

func TestSpansAndLayouts(t *testing.T) {
	for in, want := range map[string]span{"8d": {days: 8}, "2w": {days: 14}, "12h": {hours: 12}, "-1d": {days: -1}, "0d": {}} {
		if got, ok := parseSpan(in); !ok || got != want {
			t.Errorf("%q: got %+v, %t", in, got, ok)
		}
	}
	for _, in := range []string{"", "d", "8", "8 d", "8m", "1.5d", "99999999d", "8dd", "é"} {
		if got, ok := parseSpan(in); ok {
			t.Errorf("%q: got %+v", in, got)
		}
	}
	for in, want := range map[string]string{"DD.MM.YYYY": "02.01.2006", "MM/DD/YYYY hh:mm": "01/02/2006 15:04", "YYYYMMDD": "20060102", "YYYY-MM-DDThh:mm:ss": "2006-01-02T15:04:05"} {
		if got, ok := parseLayout(in); !ok || got != want {
			t.Errorf("%q: got %q, %t", in, got, ok)
		}
	}
	for _, in := range []string{"", "DD/MM", "DD.MM.YY", "2006-01-02", "YYYY-MM-DD Z", "dd.mm.yyyy"} {
		if got, ok := parseLayout(in); ok {
			t.Errorf("%q: got %q", in, got)
		}
	}
}

// TestEndsOfDaysAndWeeks goes through the days on which a day isn't 24 hours, in
// a zone whose clocks change at midnight, too.
func TestEndsOfDaysAndWeeks(t *testing.T) {
	for _, zone := range []string{"UTC", "Europe/Berlin", "America/New_York", "America/Santiago", "Asia/Kolkata", "Pacific/Apia", "Africa/Cairo", "America/Havana", "Asia/Beirut", "Atlantic/Azores"} {
		z, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		for day := time.Date(2024, 1, 1, 12, 0, 0, 0, z); day.Year() < 2027; day = day.AddDate(0, 0, 1) {
			end := endOfDay(day, z)
			if end.Day() != day.Day() || end.Add(tick).Day() == day.Day() {
				t.Fatalf("%s: the end of %s is %s", zone, day.Format(time.DateOnly), end)
			}
			clock := clock{z, day.AddDate(1, 0, 0)}
			for _, s := range []string{day.Format(time.DateOnly), day.Format(time.DateOnly) + " 00:00:00"} {
				got, f := clock.read(&column{kind: date}, s)
				if f != nil || got.text != day.Format(time.DateOnly) || !got.at.Equal(end) {
					t.Fatalf("%s: %s is read as %+v %+v", zone, s, got, f)
				}
			}
			y, w := day.ISOWeek()
			got, ok := isoWeekEnd(weekName(y, w), z)
			if gy, gw := got.ISOWeek(); !ok || gy != y || gw != w || got.Weekday() != time.Sunday {
				t.Fatalf("%s: %s ends at %s", zone, weekName(y, w), got)
			}
		}
	}
	for _, no := range []string{"2026-W00", "2025-W53", "2026-W54", "2026-13", "2026-Wxx", "+026-W01", "2026W013"} {
		if got, ok := isoWeekEnd(no, time.UTC); ok {
			t.Errorf("%s ends at %s", no, got)
		}
	}
}

func weekName(y, w int) string {
	return time.Date(y, 6, 1, 0, 0, 0, 0, time.UTC).Format("2006") + "-W" + string([]byte{'0' + byte(w/10), '0' + byte(w%10)})
}

func TestShow(t *testing.T) {
	for in, want := range map[string]string{
		"Acme":                     "“Acme”",
		"":                         "“”",
		"a\tb\r\n\x00\x7f":         `“a\tb\r\n\x00\x7f”`,
		"a\xffb\uFFFD":             `“a\xffb` + "\uFFFD”",
		"\u202eevil\u200b":         `“\u202eevil\u200b”`,
		"Zoë\u00a0B":               `“Zoë\u00a0B”`,
		strings.Repeat("é", 40):    "“" + strings.Repeat("é", 40) + "”",
		strings.Repeat("é", 1234):  "“" + strings.Repeat("é", 40) + "…” (1,234 characters)",
		"xoxb-1-2-abc":             "something that looks like a secret (12 characters, not shown)",
		"see xapp-1-A0-123":        "something that looks like a secret (17 characters, not shown)",
		"https://ana:pw@crm.io/x":  "something that looks like a secret (23 characters, not shown)",
		"eyJhbGciOiJIUzI1NiJ9.e30": "something that looks like a secret (24 characters, not shown)",
		"Password: hunter22":       "something that looks like a secret (18 characters, not shown)",
		"ghp_0123456789abcdefXYZ":  "something that looks like a secret (23 characters, not shown)",
		"AKIAIOSFODNN7EXAMPLE":     "something that looks like a secret (20 characters, not shown)",
		"-----BEGIN KEY":           "something that looks like a secret (14 characters, not shown)",
		"https://crm.io/a@b":       "“https://crm.io/a@b”",
		"risk-averse token":        "“risk-averse token”",
	} {
		if got := show(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

func TestNearest(t *testing.T) {
	all := []string{"account", "measure", "value", "observed_at", "received_at"}
	for in, want := range map[string]string{"acount": "account", "Vlaue": "value", "observed": "observed_at", "recieved_at": "received_at", "measures": "measure", "id": "", "industry": "", "": ""} {
		if got := nearest(in, all); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestDetect(t *testing.T) {
	for in, want := range map[string]Kind{
		"id,name": Accounts, "account_id,name,seats": Accounts, "id": Accounts, "Account,Owner": Accounts,
		"account,measure,value,observed_at": Readings, "account_id,measure,value,week_start,evidence": Readings,
		"account,id,name,due,done": Milestones, "account,milestone_id,name,due": Milestones,
		"account,id,severity,opened": Tickets, "account,ticket_id,priority,opened_at,closed_at": Tickets, "acount,id,severity,opend,closed": Tickets,
		"account,id,due": Invoices, "account,invoice_id,due_date,paid_on": Invoices,
		"account,id,name": Contacts, "account,id,name,role,left": Contacts,
		"account,id,at,direction": Touches, "account,id,at,direction,contact": Touches,
		"account_id,week,usage_events,csat,tickets,errors": "", "foo,bar": "", "": "", "account,foo,bar": "",
	} {
		got, ok := Detect(strings.Split(in, ","))
		if got != want || ok != (want != "") {
			t.Errorf("%s: got %q, %t; want %q", in, got, ok, want)
		}
	}
}
