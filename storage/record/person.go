package record

import (
	"cmp"
	"slices"
	"time"
)

// Role is what a person may be; several at once are usual.
type Role string

const (
	CSM            Role = "csm"
	AccountManager Role = "account_manager"
	Analyst        Role = "analyst" // Customer Operations
	SupportLead    Role = "support_lead"
	Manager        Role = "manager"
	Executive      Role = "executive"
	Admin          Role = "admin"
)

// Roles lists the roles that configuration may name.
var Roles = []Role{CSM, AccountManager, Analyst, SupportLead, Manager, Executive, Admin}

// Person is somebody who may act, known by Slack user id and by nothing else.
type Person struct {
	ID      string // Slack user id
	Name    string
	Roles   []Role
	Manager string // Slack user id
	Backup  string // Slack user id; acts while this person is away
	Away    []Span
	Zone    *time.Location
	Region  string // whose holidays they keep, as the policy names it
	Hours   Hours
}

// Span is a run of days, both ends included.
type Span struct{ From, To Date }

// Hours are somebody's working hours, in minutes since midnight, and their days.
type Hours struct {
	From, To int
	Days     []time.Weekday
}

// OfficeHours is nine to five, Monday to Friday.
var OfficeHours = Hours{9 * 60, 17 * 60, []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}}

// Is says whether the person has one of the roles.
func (p Person) Is(roles ...Role) bool {
	return slices.ContainsFunc(p.Roles, func(r Role) bool { return slices.Contains(roles, r) })
}

// AwayOn says whether the person is away on a day.
func (p Person) AwayOn(d Date) bool {
	return slices.ContainsFunc(p.Away, func(s Span) bool { return !d.Before(s.From) && !d.After(s.To) })
}

// Location is the person's zone, UTC when none is known.
func (p Person) Location() *time.Location {
	if p.Zone == nil {
		return time.UTC
	}
	return p.Zone
}

// Cover is who stands in for somebody on a day: themselves unless they are away,
// then their backup if that one is there; else they have to wait.
func (d Directory) Cover(id string, on Date) (Person, bool) {
	p, ok := d.people[id]
	if b, known := d.people[p.Backup]; ok && known && p.AwayOn(on) && !b.AwayOn(on) {
		return b, true
	}
	return p, ok
}

// Directory is everybody who may act. It comes from configuration and is
// immutable; owners that sources name are found by id alone, never by name.
type Directory struct{ people map[string]Person }

// NewDirectory indexes people by id.
func NewDirectory(people ...Person) Directory {
	d := Directory{make(map[string]Person, len(people))}
	for _, p := range people {
		d.people[p.ID] = p
	}
	return d
}

// Person finds somebody by Slack user id.
func (d Directory) Person(id string) (Person, bool) {
	p, ok := d.people[id]
	return p, ok
}

// Name is how to write somebody, known or not.
func (d Directory) Name(id string) string {
	if p, ok := d.people[id]; ok {
		return p.Name
	}
	return cmp.Or(id, "nobody")
}

// All lists everybody by name.
func (d Directory) All() []Person {
	var out []Person
	for _, p := range d.people {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b Person) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return out
}

// With lists everybody who has one of the roles, by name.
func (d Directory) With(roles ...Role) []Person {
	return slices.DeleteFunc(d.All(), func(p Person) bool { return !p.Is(roles...) })
}

// Acting is the one person answerable for an account today: its owner, or the
// backup while the owner is away. The second result is false when neither is
// somebody we know: the account is unowned.
func (d Directory) Acting(a Account, today Date) (Person, bool) {
	owner, ok := d.people[a.Owner]
	if ok && !owner.AwayOn(today) {
		return owner, true
	}
	if b, known := d.people[cmp.Or(a.Backup, owner.Backup)]; known && ok {
		return b, true
	}
	return owner, ok
}
