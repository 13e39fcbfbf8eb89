package config

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// builder puts the team together, section by section. What a section refers to
// may come further down, so such checks wait in later.
type builder struct {
	options Options
	later   []func()

	zone     *time.Location // the office's
	region   string         // likewise
	people   []record.Person
	managers map[string]value // by person: where the manager is named
	policy   record.Policy

	// Where each thing is first named, by name.
	ids, admins, routes, segments, codes, sources, regions places
}

// places says on which line a name was first given.
type places map[string]int

// once notes a name; a second time is a mistake.
func (p places) once(v value, name string) {
	if name == "" { // already reported
		return
	}
	if line, twice := p[name]; twice {
		v.bad(fmt.Sprintf("%s again, first on line %d", quote(name), line), "each once")
		return
	}
	p[name] = v.line()
}

func (p places) names() []string {
	var out []string
	for name := range p {
		out = append(out, name)
	}
	slices.Sort(out) // so that of two equally near names always the same is offered
	return out
}

// known checks a reference: one to nothing that is named anywhere is a mistake.
func (p places) known(v value, name, expected string) {
	if _, ok := p[name]; name != "" && !ok {
		v.bad("the unknown "+quote(name), expected+suggest(name, p.names()))
	}
}

func newBuilder(o Options) *builder {
	return &builder{options: o, managers: map[string]value{},
		ids: places{}, admins: places{}, routes: places{}, segments: places{}, codes: places{}, sources: places{}, regions: places{},
		policy: record.Policy{PerOwner: defaultPerOwner, CadenceByStage: map[scoring.Stage]int{}, CadenceBySegment: map[string]int{},
			Holidays: map[string][]record.Date{}}}
}

// team reads the whole file. The order of the keys here is that of the sample.
func (b *builder) team(root value) {
	p := &b.policy
	root.object(
		required("office_zone", into(&b.zone, readZone)),
		optional("office_region", into(&b.region, b.inRegion)),
		required("people", into(&b.people, some("person", listOf(b.person)))),
		optional("holidays", into(&p.Holidays, b.holidays)),
		optional("currencies", b.money),
		required("routes", into(&p.Routes, some("route", listOf(b.route)))),
		optional("required_segments", into(&p.Required, setOf(b.requiredSegment))),
		optional("cadence", b.cadence),
		optional("reasons", into(&p.Reasons, listOf(b.reason))),
		optional("matrix", b.matrix),
		optional("sources", into(&p.Sources, listOf(b.source))),
		optional("per_owner", into(&p.PerOwner, func(v value) int { return v.whole(1, 20) })),
	)
	b.later = append(b.later, func() {
		if len(b.people) > 0 && len(b.admins) == 0 {
			root.bad("nobody with the role admin", "at least one; faults are reported to them")
		}
		b.managerCycles()
	})
}

// result fills in what depends on the office's zone.
func (b *builder) result() Team {
	for i := range b.people {
		p := &b.people[i]
		p.Zone = cmp.Or(p.Zone, b.zone)
		p.Region = cmp.Or(p.Region, b.officeRegion())
	}
	for i := range b.policy.Routes {
		r := &b.policy.Routes[i]
		r.Zone = cmp.Or(r.Zone, b.zone)
	}
	b.policy.Zone = b.zone
	return Team{record.NewDirectory(b.people...), b.policy}
}

func (b *builder) person(v value) record.Person {
	p := record.Person{Hours: record.OfficeHours}
	var backup value
	v.object(
		required("id", func(v value) { p.ID = readUser(v); b.ids.once(v, p.ID) }),
		required("name", into(&p.Name, value.text)),
		required("roles", into(&p.Roles, some("role", setOf(choice(record.Roles))))),
		optional("manager", func(at value) { p.Manager = b.someone(at); v = at }),
		optional("backup", func(at value) { p.Backup = b.someone(at); backup = at }),
		optional("away", into(&p.Away, listOf(readSpan))),
		optional("zone", into(&p.Zone, readZone)),
		optional("region", into(&p.Region, b.inRegion)),
		optional("hours", into(&p.Hours, readHours)),
	)
	b.managers[p.ID] = v // or the person, where no manager is named
	if p.Backup != "" && p.Backup == p.ID {
		backup.bad("the person's own id", "somebody else")
	}
	if p.Is(record.Admin) {
		b.admins[p.ID] = v.line()
	}
	return p
}

// someone reads a reference to a person.
func (b *builder) someone(v value) string {
	id := readUser(v)
	b.later = append(b.later, func() { b.ids.known(v, id, "the id of somebody under people") })
	return id
}

// managerCycles reports people who are, through others, their own manager. Each
// circle is reported once, where it was first entered.
func (b *builder) managerCycles() {
	above := map[string]string{}
	for _, p := range b.people {
		above[p.ID] = p.Manager
	}
	done := map[string]bool{}
	for _, p := range b.people {
		var way []string
		id := p.ID
		for id != "" && !done[id] && !slices.Contains(way, id) {
			way = append(way, id)
			id = above[id]
		}
		if i := slices.Index(way, id); i >= 0 {
			circle := append(way[i:], id)
			b.managers[id].bad("a circle of managers: "+arrows(circle), "somebody at the top")
		}
		for _, x := range way {
			done[x] = true
		}
	}
}

func arrows(ids []string) string {
	s := ids[0]
	for _, id := range ids[1:] {
		s += " → " + id
	}
	return s
}

func (b *builder) holidays(v value) map[string][]record.Date {
	out := map[string][]record.Date{}
	regions, _ := v.entries("regions with their dates")
	for _, r := range regions {
		b.regions[r.name] = r.value.line()
		out[r.name] = setOf(readDate)(r.value)
	}
	return out
}

// inRegion reads a reference to a region.
func (b *builder) inRegion(v value) string {
	region := v.text()
	b.later = append(b.later, func() { b.regions.known(v, region, "a region from holidays") })
	return region
}

// officeRegion is the region of everybody who names none: the one that is said,
// or the only one that there is.
func (b *builder) officeRegion() string {
	if b.region == "" && len(b.regions) == 1 {
		return b.regions.names()[0]
	}
	return b.region
}

func (b *builder) money(v value) {
	v.object(
		required("base", into(&b.policy.Currencies.Base, readMoney)),
		optional("rates", func(v value) {
			b.policy.Currencies.Rates = map[string]float64{}
			rates, _ := v.entries("currencies with what one unit is worth in the base")
			for _, r := range rates {
				at := value{v.doc, r.key, v.path}
				if !moneyForm.MatchString(r.name) {
					at.bad(quote(r.name), "a currency such as USD")
					continue
				}
				b.policy.Currencies.Rates[r.name] = r.value.positive()
				b.later = append(b.later, func() {
					if r.name == b.policy.Currencies.Base {
						at.bad("a rate for the base itself", "rates of other currencies")
					}
				})
			}
		}),
	)
}
