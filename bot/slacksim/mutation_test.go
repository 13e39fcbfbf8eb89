package slacksim

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// A table of checks is worth what its tests notice. Here each check is switched
// off in turn, and some row of the tests' own tables has to go wrong.

// A probe is one row of a table: it passes as long as everything is checked.
type probe struct {
	about  string // what it contains, to try the likely ones first
	passes func() bool
}

func complains(err error, want string) bool { return strings.Contains(problems(err), want) }

// probes are all rows of the tables, made ready before anything is switched
// off, so that none of them moves with what it is to notice.
func probes(t *testing.T) []probe {
	var all []probe
	add := func(about string, passes func() bool) { all = append(all, probe{about, passes}) }
	one := func(text string) []any {
		v, err := decode([]byte(text))
		ok(t, err)
		return []any{v}
	}
	for name, c := range refusedBlocks {
		blocks := one(c.block)
		add(name+c.block+c.want, func() bool { return complains(checkBlocks(blocks), c.want) })
	}
	for name, c := range elementRules {
		blocks := one(inActions(c.element))
		add(name+c.element, func() bool { return complains(checkBlocks(blocks), c.want) })
	}
	for _, g := range goodBlocks {
		blocks := one(g)
		add(g, func() bool { return checkBlocks(blocks) == nil })
	}
	for name, c := range refusedViews {
		view := modal(t, c.fields)
		add(name+c.fields+c.want, func() bool { return complains(checkView(view), c.want) })
	}
	for _, g := range goodViews {
		view := modal(t, g)
		add(g, func() bool { return checkView(view) == nil })
	}
	for _, b := range blockBounds {
		beyond := one(b.block(b.limit.max() + 1))
		add(b.name+b.at+b.block(1000), func() bool { return complains(checkBlocks(beyond), "[json-pointer:/blocks/0"+b.at+"]") })
	}
	for name, b := range numberBounds {
		beyond := one(b.block(b.limit.max() + 1))
		add(name+b.at, func() bool { return complains(checkBlocks(beyond), "[json-pointer:/blocks/0"+b.at+"]") })
	}
	for name, b := range viewBounds {
		beyond := modal(t, b.field(b.limit.max()+1))
		add(name+b.want, func() bool { return complains(checkView(beyond), b.want) })
	}
	for kind, want := range required {
		add(kind, func() bool { return missing(everyShape()[kind]) == want })
	}
	for kind, s := range everyShape() {
		for field := range s.fields {
			if unchecked(kind, field) {
				continue
			}
			add(kind+"/"+field, func() bool { return minds(everyShape()[kind], field) })
		}
	}
	return append(all, rulesOfPlaces(t)...)
}

// rulesOfPlaces are rows for rules that stand in several places: each must
// have it itself.
func rulesOfPlaces(t *testing.T) []probe {
	var all []probe
	refused := func(s string, want string) {
		v := []any{js(t, s)}
		all = append(all, probe{s + want, func() bool { return complains(checkBlocks(v), want) }})
	}
	for _, kind := range []string{"bar", "area", "line"} {
		refused(strings.Replace(chartOf(`["c0","c1"]`, `[{"name":"s","data":`+points(1)+`}]`), `"line"`, `"`+kind+`"`, 1), "exactly one data point per category")
	}
	for _, image := range []string{`"alt_text":"a"`, `"alt_text":"a","image_url":"https://e.example/i","slack_file":{"id":"F12345678"}`} {
		refused(asAccessory(`{"type":"image",`+image+`}`), "one of image_url, slack_file")
	}
	refused(`{"type":"image","alt_text":"a","slack_file":{"id":"F12345678","url":"u"}}`, "only one of id, url may be provided")
	suggested := object{"options": []any{}, "option_groups": []any{}}
	tooMany := list(js(t, `{"options":`+times(suggestedOptions.max()+1, opt)+`}`)["options"])
	return append(all,
		probe{"suggestions", func() bool { return !fits(suggestions, suggested) }},
		probe{"suggestions options", func() bool { return !fits(suggestions, object{"options": tooMany}) }},
		probe{"metadata", func() bool { return !fits(metadataShape, object{"event_type": "e", "event_payload": "x"}) }})
}

func fits(s shape, v any) bool {
	r := &report{}
	s.check(r, "", v)
	return len(r.problems) == 0
}

func unchecked(kind, field string) bool {
	return slices.Contains(free, field) || slices.Contains(free, kind+"/"+field)
}

// minds tells whether a field is checked at all: nonsense must be refused.
func minds(s shape, field string) bool {
	r := &report{surface: inModal}
	check := s.fields[field]
	check(r, "/"+field, object{"nonsense": object{"at": object{"all": true}}})
	return slices.ContainsFunc(r.problems, func(p problem) bool { return strings.HasPrefix(p.pointer, "/"+field) })
}

// missing lists what a shape asks for when it is given nothing.
func missing(s shape) string {
	r := &report{surface: inModal}
	s.check(r, "", object{})
	var fields []string
	for _, p := range r.problems {
		if field, is := strings.CutPrefix(p.message, "missing required field: "); is && !strings.HasPrefix(field, "one of ") {
			fields = append(fields, field)
		}
	}
	return strings.Join(fields, " ")
}

// A mutation is one check, switched off and on again.
type mutation struct {
	name, about string
	off, on     func()
}

// mutations are all named checks: fields, required fields and rules of every
// shape, the surfaces of blocks, and the limits.
func mutations() []mutation {
	var all []mutation
	shapes := func(prefix string, table map[string]shape, set func(string, shape)) {
		for kind, s := range maps.Clone(table) {
			name := prefix + kind
			swap := func(what, about string, without shape) {
				all = append(all, mutation{name + " " + what, about, func() { set(kind, without) }, func() { set(kind, s) }})
			}
			for field := range s.fields {
				if !unchecked(name, field) {
					without := s
					without.fields = maps.Clone(s.fields)
					without.fields[field] = anything
					swap("field "+field, field, without)
				}
			}
			for i, need := range s.needs {
				without := s
				without.needs = slices.Delete(slices.Clone(s.needs), i, i+1)
				swap("needs "+need, kind, without)
			}
			for i := range s.also {
				without := s
				without.also = slices.Delete(slices.Clone(s.also), i, i+1)
				swap("rule "+string(rune('1'+i)), kind, without)
			}
		}
	}
	table := func(prefix string, k kinds) {
		shapes(prefix, k, func(kind string, s shape) { k[kind] = s })
	}
	table("", elements)
	table("chart ", charts)
	table("", richContainers)
	table("cell ", tableCell)
	table("data cell ", dataCell)
	table("fallback cell ", fallbackCell)
	table("text ", texting)
	table("part ", parts)
	for prefix, k := range map[string]map[string]blockKind{"": blockKinds, "view ": viewKinds} {
		plain := map[string]shape{}
		for kind, b := range k {
			plain[kind] = b.shape
			if b.on != anywhere && prefix == "" {
				all = append(all, mutation{kind + " surface", kind,
					func() { k[kind] = blockKind{anywhere, b.shape} }, func() { k[kind] = b }})
			}
		}
		shapes(prefix, plain, func(kind string, s shape) { k[kind] = blockKind{k[kind].on, s} })
	}
	shapes("", map[string]shape{"metadata": metadataShape}, func(_ string, s shape) { metadataShape = s })
	shapes("", map[string]shape{"suggestions": suggestions}, func(_ string, s shape) { suggestions = s })
	for name, m := range methods {
		anybody, anyToken := m, m
		anybody.scopes, anyToken.token = nil, botToken|appToken
		back := func() { methods[name] = m }
		if len(m.scopes) > 0 {
			all = append(all, mutation{name + " scope", name, func() { methods[name] = anybody }, back})
		}
		if m.token != anyToken.token {
			all = append(all, mutation{name + " token", name, func() { methods[name] = anyToken }, back})
		}
	}
	for event, need := range eventScopes {
		all = append(all, mutation{"scope for event " + event, event,
			func() { delete(eventScopes, event) }, func() { eventScopes[event] = need }})
	}
	for l := range limitCount {
		was := limits[l]
		all = append(all, mutation{fmt.Sprintf("limit %d, of %s,", was.max, was.source), "",
			func() { limits[l].max = 1 << 30 }, func() { limits[l] = was }})
	}
	return all
}

func TestEveryCheckIsNoticed(t *testing.T) {
	all := slices.Concat(probes(t), serverProbes(t), methodProbes(t), eventProbes(t))
	for _, p := range all {
		if !p.passes() {
			t.Fatalf("%s fails although nothing is switched off", p.about)
		}
	}
	began, tried := time.Now(), 0
	changes := mutations()
	for _, m := range changes {
		m.off()
		noticed := false
		for _, likely := range []bool{true, false} {
			for _, p := range all {
				if strings.Contains(p.about, m.about) == likely && !noticed {
					tried++
					noticed = !p.passes()
				}
			}
		}
		m.on()
		if !noticed {
			t.Errorf("%s could be removed unnoticed", m.name)
		}
	}
	for _, p := range all {
		if !p.passes() {
			t.Errorf("%s fails after everything was switched on again", p.about)
		}
	}
	t.Logf("%d checks were switched off one at a time, and each was noticed by one of %d rows (%d tries, %v)",
		len(changes), len(all), tried, time.Since(began).Round(time.Millisecond))
}
