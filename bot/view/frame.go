package view

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// Message is what goes to chat.postMessage and its kin. Text is complete by
// itself (a reader of notifications, or with a screen reader, learns from it
// what matters) and is escaped already.
type Message struct {
	Text   string
	Blocks []slack.Block
}

// Frame is everything beside the record that a view depends on: when, where,
// for whom and by which rules.
type Frame struct {
	Now    time.Time
	Zone   *time.Location // the viewer's; nil: the office's
	People record.Directory
	Policy record.Policy
	Model  scoring.Model
	Viewer string // Slack user id; "" in channels
	// Commercial lets amounts of money appear; only ever set for private
	// answers to people who may see them.
	Commercial bool
}

func (f Frame) zone() *time.Location {
	switch {
	case f.Zone != nil:
		return f.Zone
	case f.Policy.Zone != nil:
		return f.Policy.Zone
	}
	return time.UTC
}

// today is the day where rules are kept: the office.
func (f Frame) today() record.Date {
	return record.Rules{Policy: f.Policy}.Today(f.Now)
}

// in is the frame as somebody else's clock shows it.
func (f Frame) in(zone *time.Location) Frame {
	f.Zone = zone
	return f
}

// soon is how near a date must be to be clear without its year.
const soon = 300

// day writes a date: "4 Dec", with the year when it isn't near.
func (f Frame) day(d record.Date) string {
	if n := d.Sub(f.today()); n > soon || n < -soon {
		return d.Time().Format("2 Jan 2006")
	}
	return d.Time().Format("2 Jan")
}

// clock writes a moment: "14:02" today, "Mon 23 Nov, 14:02" on another day.
func (f Frame) clock(t time.Time) string {
	t = t.In(f.zone())
	now := f.Now.In(f.zone())
	switch d := record.DateOf(t); {
	case d == record.DateOf(now):
		return t.Format("15:04")
	case d.Sub(record.DateOf(now)) > soon || d.Sub(record.DateOf(now)) < -soon:
		return t.Format("2 Jan 2006, 15:04")
	}
	return t.Format("Mon 2 Jan, 15:04")
}

// deadline writes a moment in full with its zone, for who must keep to it.
func (f Frame) deadline(t time.Time) string {
	return t.In(f.zone()).Format("Mon 2 Jan, 15:04") + " (" + f.zone().String() + ")"
}

// moment is a past time that each reader sees in his own zone.
func (f Frame) moment(t time.Time) part { return part{text: f.clock(t), at: t} }

// age words how old something is.
func (f Frame) age(t time.Time) string {
	switch d := f.Now.Sub(t); {
	case t.IsZero():
		return "no date"
	case d < time.Hour:
		return "just now"
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h old", int(d.Hours()))
	default:
		return count(int(d.Hours()/24), "day") + " old"
	}
}

// person writes somebody's name.
func (f Frame) person(id string) string { return name(f.People.Name(id), id) }

// owner writes who answers for an account today.
func (f Frame) owner(a record.Account) string {
	p, ok := f.People.Acting(a, f.today())
	switch {
	case !ok && a.Owner == "":
		return "no owner"
	case !ok:
		return "owner not set up: " + name(a.Owner)
	case p.ID != a.Owner:
		return fmt.Sprintf("%s for %s (away)", name(p.Name, p.ID), f.person(a.Owner))
	}
	return name(p.Name, p.ID)
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// points writes a score as short as it is exact: 59, 68.9.
func points(t scoring.Tenths) string { return strings.TrimSuffix(t.String(), ".0") }

// move writes a difference with its sign as a symbol.
func move(d scoring.Tenths) string {
	switch {
	case d < 0:
		return "▼" + points(-d)
	case d > 0:
		return "▲" + points(d)
	}
	return "＝"
}

// Symbols differ in shape as well as in colour, and the word always follows.
var outcomeSymbol = map[scoring.Outcome]string{
	scoring.Stable: "🟢", scoring.Watchlist: "🔶", scoring.AtRisk: "🔺", scoring.Escalation: "⛔"}

var bandOutcome = map[scoring.Band]scoring.Outcome{
	scoring.Healthy: scoring.Stable, scoring.Watch: scoring.Watchlist, scoring.Risk: scoring.AtRisk, scoring.Critical: scoring.Escalation}

const (
	holdSymbol     = "✋"
	unscoredSymbol = "⚪"
	snoozeSymbol   = "💤"
	doneSymbol     = "✅"
)

func symbol(o scoring.Outcome) string { return cmp.Or(outcomeSymbol[o], unscoredSymbol) }

// reason writes a reason code as people know it.
func (f Frame) reason(code string) string {
	for _, r := range f.Policy.Reasons {
		if r.Code == code {
			return cmp.Or(label(r.Title), label(r.Code))
		}
	}
	return label(code)
}

func (f Frame) reasons(codes []string) string {
	var out []string
	for _, c := range codes {
		out = append(out, f.reason(c))
	}
	return strings.Join(out, ", ")
}
