package main

import (
	"strings"
	"testing"
)

// TestCheckReadsCronLines: what would fail or stay silent later is refused now,
// by the parser that the schedule uses, and 7 is a Sunday.
func TestCheckReadsCronLines(t *testing.T) {
	for line, want := range map[string]string{
		`"0 9 * * 7"`:             "",
		`"30 2 * * 1-7/2"`:        "",
		`"TZ=UTC 0 9 * * 1"`:      "names a zone",
		`"CRON_TZ=UTC 0 9 * * 1"`: "names a zone",
		`"0 9 31 2 *"`:            "never comes due",
		`"0 9 * * 8"`:             "can't be read",
		`"@every 1h"`:             "can't be read",
		"\"0 9 * * 1\"\n    zone: Europe/Atlantis": "expected a time zone",
		"\"0 9 * * 1\"\n    zone: Local":           "expected a time zone",
	} {
		team := write(t, t.TempDir(), "healthbot.yml", "office_zone: Europe/Berlin\npeople:\n  - {id: U01ANA, name: Ana, roles: [admin]}\nroutes:\n"+
			"  - name: all\n    segment: all\n    channel: C01ALL\n    cron: "+line+"\n")
		code, _, out := command(t, "check", "--config", team)
		if want == "" && code != 0 || want != "" && (code == 0 || !strings.Contains(out, want) || !strings.Contains(out, "^")) {
			t.Errorf("%s: exit %d, want %q:\n%s", line, code, want, out)
		}
	}
}
