package config

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"healthbot/storage/record"
)

// Write renders a healthbot.yml that [Parse] reads as the same team. It is for
// teams that come from somewhere else, as the demo's does; the explanations are
// in [Reference].
func Write(w io.Writer, t Team) error {
	y := &yamlWriter{out: bufio.NewWriter(w)}
	y.line("# `healthbot check --sample` explains every key.")
	p := t.Policy
	office := ""
	if p.Zone != nil {
		office = p.Zone.String()
		y.line("office_zone: %s", scalar(office))
	}

	y.section("people", len(t.People.All()))
	for _, x := range t.People.All() {
		y.item("id", x.ID)
		y.field("name", x.Name)
		y.list("roles", words(x.Roles))
		y.field("manager", x.Manager)
		y.field("backup", x.Backup)
		y.list("away", mapped(x.Away, spanText))
		if z := x.Zone; z != nil && z.String() != office {
			y.field("zone", z.String())
		}
		if len(p.Holidays) > 1 { // of one it is everybody's
			y.field("region", x.Region)
		}
		if !reflect.DeepEqual(x.Hours, record.OfficeHours) {
			y.field("hours", hoursText(x.Hours))
		}
	}

	y.section("holidays", len(p.Holidays))
	for _, region := range slices.Sorted(maps.Keys(p.Holidays)) {
		y.line("  %s: %s", scalar(region), flow(mapped(p.Holidays[region], record.Date.String)))
	}

	if p.Currencies.Base != "" {
		y.section("currencies", 1)
		y.line("  base: %s", scalar(p.Currencies.Base))
		pairs(y, "rates", p.Currencies.Rates, func(rate float64) string { return strconv.FormatFloat(rate, 'f', -1, 64) })
	}

	y.section("routes", len(p.Routes))
	for _, r := range p.Routes {
		y.item("name", r.Name)
		y.field("segment", r.Segment)
		y.field("channel", r.Channel)
		y.field("cron", r.Cron)
		if r.Zone != nil && r.Zone.String() != office {
			y.field("zone", r.Zone.String())
		}
		y.field("catch_up", string(cmp.Or(r.CatchUp, defaultCatchUp)))
		y.field("grace", durationText(cmp.Or(r.Grace, defaultGrace)))
	}
	if len(p.Required) > 0 {
		y.line("\nrequired_segments: %s", flow(p.Required))
	}

	inDays := func(n int) string { return fmt.Sprintf("%dd", n) }
	y.section("cadence", len(p.CadenceBySegment)+len(p.CadenceByStage))
	pairs(y, "by_segment", p.CadenceBySegment, inDays)
	byStage := map[string]int{}
	for stage, n := range p.CadenceByStage {
		byStage[string(stage)] = n
	}
	pairs(y, "by_stage", byStage, inDays)

	y.section("reasons", len(p.Reasons))
	for _, r := range p.Reasons {
		y.item("code", r.Code)
		y.field("title", r.Title)
	}
	y.section("matrix", len(p.Matrix))
	for _, m := range p.Matrix {
		y.line("  - recipients: %s", flow(m.Recipients))
		y.field("segment", m.Segment)
		y.field("reason", m.Reason)
		y.field("respond", durationText(m.Respond))
	}
	y.section("sources", len(p.Sources))
	for _, s := range p.Sources {
		y.item("name", s.Name)
		y.list("signals", words(s.Signals))
		y.field("period", inDays(max(1, s.Period)))
		y.field("owner", s.Owner)
	}
	if p.PerOwner > 0 {
		y.line("\nper_owner: %d", p.PerOwner)
	}
	return y.out.Flush()
}

// yamlWriter writes the few shapes that the file is made of. bufio keeps the
// first error for Flush.
type yamlWriter struct{ out *bufio.Writer }

func (y *yamlWriter) line(format string, args ...any) { fmt.Fprintf(y.out, format+"\n", args...) }

// section begins a top-level key, unless there is nothing to put under it.
func (y *yamlWriter) section(name string, n int) {
	if n > 0 {
		y.line("\n%s:", name)
	}
}

func (y *yamlWriter) item(name, text string) { y.line("  - %s: %s", name, scalar(text)) }

func (y *yamlWriter) field(name, text string) {
	if text != "" {
		y.line("    %s: %s", name, scalar(text))
	}
}

func (y *yamlWriter) list(name string, items []string) {
	if len(items) > 0 {
		y.line("    %s: %s", name, flow(items))
	}
}

// pairs writes a map on one line.
func pairs[V any](y *yamlWriter, name string, m map[string]V, text func(V) string) {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, scalar(k)+": "+text(m[k]))
	}
	if len(parts) > 0 {
		y.line("  %s: {%s}", name, strings.Join(parts, ", "))
	}
}

// flow writes a list on one line.
func flow(items []string) string { return "[" + strings.Join(mapped(items, scalar), ", ") + "]" }

func mapped[T any](list []T, text func(T) string) []string {
	var out []string
	for _, x := range list {
		out = append(out, text(x))
	}
	return out
}

// plain are texts that YAML can't take for anything else: words, dates and
// spans, times with their unit.
var plain = regexp.MustCompile(`^(?:[A-Za-z][A-Za-z0-9_/+.-]*(?: [A-Za-z0-9][A-Za-z0-9_/+.-]*)*|\d{4}-\d\d-\d\d(?:\.\.\d{4}-\d\d-\d\d)?|(?:\d+[dhm])+)$`)

// scalar writes a plain text as it is and any other in double quotes.
func scalar(s string) string {
	switch strings.ToLower(s) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n":
		return strconv.Quote(s)
	}
	if plain.MatchString(s) {
		return s
	}
	return strconv.Quote(s)
}
