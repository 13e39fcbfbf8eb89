package config

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// Any team that the types allow and the rules accept is written so that it is
// read as the same team, whatever its names look like.
func TestWriteAndParseAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		team := teams.Draw(t, "team")
		var b bytes.Buffer
		if err := Write(&b, team); err != nil {
			t.Fatal(err)
		}
		again, err := Parse("healthbot.yml", b.Bytes(), Options{})
		if err != nil {
			t.Fatalf("%v\nin\n%s", err, b.String())
		}
		if diff := cmp.Diff(team, again, comparers...); diff != "" {
			t.Fatalf("- written, + read:\n%s\nfrom\n%s", diff, b.String())
		}
	})
}

var (
	zones = rapid.SampledFrom([]string{"UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5"})
	names = rapid.OneOf(
		rapid.StringMatching(`[A-Z][a-z]{1,8}( [A-Z][a-z]{1,8})?`),
		rapid.SampledFrom([]string{"no", "Null", "~", "12", "1e3", "0x1f", ".5", "- a", "a: b", "a #b", "#b", "*x", "&x", "!x", "[x]", "{x}", "a, b", "x]", "'", `"`, `\`, "%x", "@x", "`x",
			"=cmd()|<!channel>", "2026-12-25", "12:30", "é日", "\u200b", "🙂", "a:", ":a", "---", "...", "<<", "?", "? x", "| x", "> x", "true", ".inf", ".nan", "a\u00a0b"}),
		rapid.StringN(1, 12, 100).Filter(func(s string) bool {
			return utf8.ValidString(s) && strings.TrimSpace(s) == s && s != "" && !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c >= 0x7f && c < 0xa0 }) &&
				!strings.Contains(s, "\ufeff") && !strings.Contains(s, "\ufffd")
		}),
	)
	dates = rapid.Custom(func(t *rapid.T) record.Date {
		return record.Date{Year: 2026, Month: 1, Day: 1}.Add(rapid.IntRange(0, 800).Draw(t, "day"))
	})
	teams = rapid.Custom(drawTeam)
)

func zone(t *rapid.T, label string) *time.Location {
	z, err := time.LoadLocation(zones.Draw(t, label))
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func drawTeam(t *rapid.T) Team {
	p := record.Policy{Zone: zone(t, "office"), PerOwner: rapid.IntRange(1, 20).Draw(t, "per owner"),
		Holidays: map[string][]record.Date{}, CadenceBySegment: map[string]int{}, CadenceByStage: map[scoring.Stage]int{}}
	regions := rapid.SliceOfNDistinct(names, 0, 3, rapid.ID).Draw(t, "regions")
	for _, region := range regions {
		p.Holidays[region] = rapid.SliceOfNDistinct(dates, 1, 3, rapid.ID).Draw(t, "holidays")
	}
	ids := rapid.SliceOfNDistinct(rapid.StringMatching(`U[A-Z0-9]{2,6}`), 1, 5, rapid.ID).Draw(t, "ids")
	somebody := rapid.SampledFrom(ids)
	var people []record.Person
	for i, id := range ids {
		x := record.Person{ID: id, Name: names.Draw(t, "name"), Zone: zone(t, "zone"), Hours: record.OfficeHours, Roles: []record.Role{record.Admin}}
		x.Roles = append(x.Roles, rapid.SliceOfNDistinct(rapid.SampledFrom(record.Roles[:6]), 0, 3, rapid.ID).Draw(t, "roles")...)
		switch len(regions) {
		case 0:
		case 1:
			x.Region = regions[0]
		default:
			x.Region = rapid.SampledFrom(append(regions, "")).Draw(t, "region")
		}
		if i > 0 && rapid.Bool().Draw(t, "managed") {
			x.Manager, x.Backup = ids[i-1], ids[0]
		}
		if rapid.Bool().Draw(t, "own hours") {
			from := rapid.IntRange(0, 24*60-1).Draw(t, "from")
			x.Hours = record.Hours{From: from, To: rapid.IntRange(from+1, 24*60).Draw(t, "to"),
				Days: rapid.SliceOfNDistinct(rapid.Map(rapid.IntRange(0, 6), func(d int) time.Weekday { return time.Weekday(d) }), 1, 7, rapid.ID).Draw(t, "days")}
		}
		for _, from := range rapid.SliceOfN(dates, 0, 2).Draw(t, "away") {
			x.Away = append(x.Away, record.Span{From: from, To: from.Add(rapid.IntRange(0, 9).Draw(t, "days away"))})
		}
		people = append(people, x)
	}
	segments := rapid.SliceOfNDistinct(names, 1, 3, rapid.ID).Draw(t, "segments")
	for _, s := range segments {
		p.Routes = append(p.Routes, record.Route{Name: "r " + s, Segment: s, Channel: "C01", Cron: "0 9 * * 1", Zone: zone(t, "route zone"),
			CatchUp: rapid.SampledFrom([]record.CatchUp{record.CatchAll, record.CatchLatest, record.CatchSkip}).Draw(t, "catch up"),
			Grace:   time.Duration(rapid.IntRange(1, 31*24*60).Draw(t, "grace")) * time.Minute})
		p.CadenceBySegment[s] = rapid.IntRange(1, 365).Draw(t, "cadence")
	}
	p.Required = segments
	for _, s := range rapid.SliceOfNDistinct(rapid.SampledFrom(reviewed), 0, 3, rapid.ID).Draw(t, "stages") {
		p.CadenceByStage[s] = rapid.IntRange(1, 365).Draw(t, "stage cadence")
	}
	for _, code := range rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z0-9][a-z0-9_-]{0,6}`), 0, 3, rapid.ID).Draw(t, "codes") {
		p.Reasons = append(p.Reasons, record.Reason{Code: code, Title: names.Draw(t, "title")})
		p.Matrix = append(p.Matrix, record.MatrixRow{Reason: code, Segment: rapid.SampledFrom(append(segments, "")).Draw(t, "segment"),
			Recipients: []string{record.ManagerRecipient, somebody.Draw(t, "recipient")}, Respond: time.Duration(rapid.IntRange(15, 30*24*60).Draw(t, "respond")) * time.Minute})
		p.Sources = append(p.Sources, record.Source{Name: "s" + code, Owner: somebody.Draw(t, "owner"), Period: rapid.IntRange(1, 92).Draw(t, "period"),
			Signals: rapid.SliceOfNDistinct(rapid.SampledFrom(scoring.Signals), 1, 7, rapid.ID).Draw(t, "signals")})
	}
	team := Team{People: record.NewDirectory(people...), Policy: p}
	if rapid.Bool().Draw(t, "currencies") {
		team.Policy.Currencies = record.Currencies{Base: "EUR", Rates: map[string]float64{"USD": float64(rapid.IntRange(1, 1e6).Draw(t, "rate")) / 1e4}}
	}
	return team
}

// wellTold says what is wrong with an error as a person would read it.
func wellTold(text []byte, err error) string {
	var ps Problems
	ok := errors.As(err, &ps)
	if !ok || len(ps) == 0 {
		return fmt.Sprintf("not problems: %T", err)
	}
	for _, p := range ps {
		var line, column int
		if !strings.HasPrefix(p.Where, "healthbot.yml:") {
			return "no place: " + p.Where
		}
		if _, err := fmt.Sscanf(strings.TrimPrefix(p.Where, "healthbot.yml:"), "%d:%d", &line, &column); err != nil {
			return "no place: " + p.Where
		}
		if line < 1 || line > 1+bytes.Count(text, []byte("\n")) || column < 1 {
			return "a place beyond the text: " + p.Where
		}
		if p.Found == "" || p.Expected == "" {
			return "half a sentence: " + p.String()
		}
		if n := strings.Count(p.String(), "\n"); n != 2 || !strings.HasSuffix(p.String(), "^") {
			return "not three lines with a caret: " + p.String()
		}
		if strings.ContainsFunc(strings.ReplaceAll(p.String(), "\n", ""), func(c rune) bool { return c < ' ' && c != '\t' }) {
			return fmt.Sprintf("a control character: %q", p.String())
		}
	}
	return ""
}

// Any text is either a team or mistakes, each with a place in that text, and no
// token that was pasted anywhere is shown.
func FuzzParse(f *testing.F) {
	f.Add([]byte(Reference()))
	f.Add([]byte(small))
	for _, s := range []string{"", "\n", "a", "-", "[", "{", "a: [", "? a", "people: {}", "\t", "%YAML", "--- a\n--- b", "a: |\n  b", "a: \"\\x1b\"", "'", "\"", "&a *a", "!!", "<<: *a", "a: 'xoxb-1-2-x", "#", ":", "- - -", "{{", "a:\r\rb"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		team, err := Parse("healthbot.yml", text, checked)
		if err == nil {
			if len(team.People.All()) == 0 || len(team.Policy.Routes) == 0 || team.Policy.Zone == nil {
				t.Fatalf("taken, but empty: %+v", team)
			}
			return
		}
		if wrong := wellTold(text, err); wrong != "" {
			t.Fatal(wrong)
		}
	})
}

// A token may be pasted anywhere; it never shows.
func TestPastedTokensNeverShow(t *testing.T) {
	lines := strings.Split(Reference(), "\n")
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.SampledFrom([]string{"xoxb-12-", "xoxp-", "xapp-1-A0-", "xoxe.xoxp-", "XOXB-", "https://hooks.slack.com/services/T0/B0/"}).Draw(t, "kind") + "sEcReT"
		mutated := append([]string{}, lines...)
		i := rapid.IntRange(0, len(lines)-1).Draw(t, "line")
		at := rapid.IntRange(0, len(lines[i])).Draw(t, "at")
		mutated[i] = lines[i][:at] + secret + lines[i][at:]
		_, err := Parse("healthbot.yml", []byte(strings.Join(mutated, "\n")), checked)
		if err == nil {
			t.Fatal("the token went unnoticed")
		}
		if strings.Contains(err.Error(), "sEcReT") {
			t.Fatalf("the token shows:\n%s", err)
		}
	})
}
