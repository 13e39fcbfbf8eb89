package record

import (
	"fmt"
	"slices"
	"strings"
)

// Act is something that the role table governs.
type Act string

const (
	ReadAccount   Act = "read an account"
	SeeCommercial Act = "see ARR and commercial evidence"
	VerifyInputs  Act = "verify inputs"
	ClassifyAct   Act = "classify or snooze"
	WorkReview    Act = "take a review or work on tasks"
	ChangeOwner   Act = "change an account's owner"
	OverrideScore Act = "override a score"
	ReportAct     Act = "report what a customer said" // and one's own impression
	EscalateAct   Act = "escalate"
	ConfirmRun    Act = "confirm a run's scope and sources"
	ManagePeople  Act = "manage people and configuration"
	UseHealthbot  Act = "use healthbot" // anybody in the directory
)

// Reach says over which accounts a role may act.
type Reach string

const (
	Nowhere Reach = ""
	Own     Reach = "own"       // the account's owner, or the backup while the owner is away
	Team    Reach = "team"      // own, and accounts under the same manager
	Teams   Reach = "own teams" // accounts whose manager one is
	All     Reach = "all"
)

// table is the role table: who may do what, where. Nothing else in the program
// grants anything.
var table = map[Act]map[Role]Reach{
	ReadAccount:   {CSM: Team, AccountManager: Team, Analyst: All, SupportLead: All, Manager: Teams, Executive: All, Admin: All},
	SeeCommercial: {CSM: Own, AccountManager: Own, Analyst: All, Manager: Teams, Executive: All},
	VerifyInputs:  {CSM: Own, AccountManager: Own, Analyst: All, SupportLead: All},
	ClassifyAct:   {CSM: Own, AccountManager: Own, SupportLead: All, Manager: Teams},
	WorkReview:    {CSM: Team, AccountManager: Team, Analyst: All, SupportLead: All, Manager: Teams},
	ChangeOwner:   {SupportLead: All, Manager: Teams, Admin: All},
	OverrideScore: {CSM: Own, AccountManager: Own, SupportLead: All, Manager: Teams},
	// Whoever hears that a customer wants to leave must be able to say so.
	ReportAct:    {CSM: Team, AccountManager: Team, Analyst: All, SupportLead: All, Manager: Teams},
	EscalateAct:  {CSM: Own, AccountManager: Own, SupportLead: All, Manager: Teams},
	ConfirmRun:   {Analyst: All, SupportLead: All, Manager: Teams},
	ManagePeople: {Admin: All},
	UseHealthbot: {CSM: All, AccountManager: All, Analyst: All, SupportLead: All, Manager: All, Executive: All, Admin: All},
}

// May answers whether a person may act on an account today; a refusal is an
// [Error] of kind Forbidden that says what is missing and whom to ask.
func (d Directory) May(who string, act Act, a Account, today Date) error {
	p, ok := d.Person(who)
	if !ok {
		return Errorf(Forbidden, "You aren't set up in healthbot yet, so nothing was changed. Ask %s to add your Slack id %s to healthbot.yml.", d.askFor(Admin), who)
	}
	if d.allowed(p, act, a, today) {
		return nil
	}
	return Errorf(Forbidden, "You may not %s here, so nothing was changed. That takes %s; ask %s.", act, d.needs(act), d.whoMay(act, a, today))
}

func (d Directory) allowed(p Person, act Act, a Account, today Date) bool {
	return slices.ContainsFunc(p.Roles, func(r Role) bool { return d.covers(table[act][r], p, a, today) })
}

func (d Directory) covers(reach Reach, p Person, a Account, today Date) bool {
	switch reach {
	case All:
		return true
	case Own:
		return d.isOwn(p, a, today)
	case Team:
		return d.isOwn(p, a, today) || (a.Manager != "" && a.Manager == p.Manager)
	case Teams:
		return a.Manager != "" && a.Manager == p.ID
	}
	return false
}

// isOwn holds for the owner always, and for the backup while the owner is away.
func (d Directory) isOwn(p Person, a Account, today Date) bool {
	if p.ID == a.Owner {
		return true
	}
	acting, ok := d.Acting(a, today)
	return ok && acting.ID == p.ID
}

// needs words which roles an act takes.
func (d Directory) needs(act Act) string {
	var parts []string
	for _, r := range Roles {
		switch reach := table[act][r]; reach {
		case Nowhere:
		case All:
			parts = append(parts, string(r))
		default:
			parts = append(parts, fmt.Sprintf("%s (%s)", r, reach))
		}
	}
	return strings.Join(parts, ", ")
}

// whoMay names up to three people who could do it, the owner first.
func (d Directory) whoMay(act Act, a Account, today Date) string {
	var names []string
	for _, p := range d.All() {
		if d.allowed(p, act, a, today) {
			if p.ID == a.Owner {
				names = slices.Insert(names, 0, p.Name)
			} else {
				names = append(names, p.Name)
			}
		}
	}
	switch n := len(names); {
	case n == 0:
		return d.askFor(Admin)
	case n > 3:
		names = names[:3]
	}
	return strings.Join(names, " or ")
}

// askFor names somebody with a role, or the role itself.
func (d Directory) askFor(r Role) string {
	if ps := d.With(r); len(ps) > 0 {
		return ps[0].Name
	}
	return "your " + string(r)
}
