package fire

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"healthbot/bot"
	"healthbot/bot/slacksim"
)

// company is who is there and what is wrong with their customers: enough of it
// that every review asks for dozens of decisions.
type company struct {
	people   int // who own accounts
	segments int // each with a channel and a route of its own
	firms    int // in each segment
	// A route's cron line and zone, where they aren't the usual ones.
	line, zone string
	from       time.Time // when the data is loaded, where it isn't start
	disk       string    // a folder for the database, where it isn't one of the test's own
}

// begin is when the company's data is loaded.
func (c company) begin() time.Time {
	if c.from.IsZero() {
		return start
	}
	return c.from
}

// start is when a company begins: a Monday, before its first review.
var start = time.Date(2026, 11, 23, 5, 50, 0, 0, time.UTC)

const (
	firstHour, lastHour = 6, 20 // of the reviews, on the office's clock
	apart               = 10    // minutes from one route's review to the next one's
)

func personID(i int) string    { return fmt.Sprintf("U0P%02d", i) }
func personName(i int) string  { return fmt.Sprintf("Person %02d", i) }
func channelID(i int) string   { return fmt.Sprintf("C0SEG%d", i) }
func channelName(i int) string { return fmt.Sprintf("reviews-%d", i) }
func routeName(i int) string   { return fmt.Sprintf("route %d", i) }
func firmName(i int) string    { return fmt.Sprintf("Firm %04d", i) }

// owner is who answers for a firm. Neighbours belong to different people, and
// every segment has firms of everybody.
func (c company) owner(firm int) int { return firm % c.people }

// segment is where a firm belongs.
func (c company) segment(firm int) int { return firm / c.firms }

// held says that two sources disagree about a firm, so that its inputs must be
// verified first and there is no card.
func (c company) held(firm int) bool { return firm%10 == 3 }

// minute is when in the hour a route is due.
func minute(route int) int { return 5 + apart*route }

// config is the company's healthbot.yml.
func (c company) config() string {
	var b strings.Builder
	fmt.Fprintln(&b, "office_zone: UTC\npeople:")
	for i := range c.people {
		fmt.Fprintf(&b, "  - {id: %s, name: %s, roles: [csm], manager: U0MAN, backup: %s, hours: \"Mon-Sun 00:00-23:59\"}\n", personID(i), personName(i), personID((i+1)%c.people))
	}
	fmt.Fprintln(&b, "  - {id: U0MAN, name: Mia Chen, roles: [manager]}\n  - {id: U0ADM, name: Ada Novak, roles: [admin, analyst]}")
	fmt.Fprintln(&b, "currencies: {base: EUR, rates: {USD: 0.9}}\nroutes:")
	for i := range c.segments {
		line, zone := fmt.Sprintf("%d %d-%d * * *", minute(i), firstHour, lastHour), "UTC"
		if c.line != "" {
			line, zone = c.line, c.zone
		}
		fmt.Fprintf(&b, "  - {name: %s, segment: seg%d, channel: %s, cron: %q, zone: %s, catch_up: all, grace: 8d}\n", routeName(i), i, channelID(i), line, zone)
	}
	fmt.Fprintln(&b, "cadence:\n  by_segment:")
	for i := range c.segments {
		fmt.Fprintf(&b, "    seg%d: 1d\n", i)
	}
	fmt.Fprint(&b, `reasons:
  - {code: low-usage, title: Usage is falling}
matrix:
  - {recipients: [manager], respond: 1d}
sources:
  - {name: product, signals: [usage, adoption], period: 31d, owner: U0ADM}
  - {name: crm, signals: [stakeholder, milestones], period: 31d, owner: U0ADM}
per_owner: 12
`)
	return b.String()
}

// workspace is the company's Slack.
func (c company) workspace() slacksim.Workspace {
	w := slacksim.Workspace{TeamID: "T0CO", TeamName: "Company", AppID: "A0HB", BotUserID: "U0BOT", BotName: "healthbot", Command: "/health",
		BotScopes: bot.Scopes(), AppScopes: bot.AppScopes(), Events: bot.Subscriptions()}
	members := []string{"U0BOT"}
	add := func(id, handle, name string) {
		w.People = append(w.People, slacksim.Person{ID: id, Name: handle, RealName: name, TZ: "UTC"})
		members = append(members, id)
	}
	for i := range c.people {
		add(personID(i), fmt.Sprintf("person%02d", i), personName(i))
	}
	add("U0MAN", "mia", "Mia Chen")
	add("U0ADM", "ada", "Ada Novak")
	for i := range c.segments {
		w.Channels = append(w.Channels, slacksim.Channel{ID: channelID(i), Name: channelName(i), Members: members})
	}
	return w
}

// files writes the company's data as an analyst would hand it over, and returns
// the import commands' words, in their order.
func (c company) files(t *testing.T, dir string) [][]string {
	t.Helper()
	day := func(n int) string { return c.begin().AddDate(0, 0, -n).Format(time.DateOnly) }
	var accounts, readings, second, milestones, contacts, touches bytes.Buffer
	fmt.Fprintln(&accounts, "id,name,segment,seats,started_on,arr,currency,renewal_on,owner,manager")
	fmt.Fprintln(&readings, "account,measure,value,observed_at")
	fmt.Fprintln(&second, "account,measure,value,observed_at")
	fmt.Fprintln(&milestones, "account,id,name,due,done")
	fmt.Fprintln(&contacts, "account,id,name,role")
	fmt.Fprintln(&touches, "account,id,contact,at,direction")
	for i := range c.firms * c.segments {
		id := fmt.Sprintf("f%04d", i)
		fmt.Fprintf(&accounts, "%s,%s,seg%d,200,%s,%d,EUR,%s,%s,U0MAN\n", id, firmName(i), c.segment(i), day(400), 20000+i*100, day(-200), personID(c.owner(i)))
		seats := .25
		if c.held(i) {
			seats = .8
			fmt.Fprintf(&second, "%s,usage.active_seat_ratio,.45,%s\n", id, day(1))
		}
		fmt.Fprintf(&readings, "%s,usage.active_seat_ratio,%v,%s\n%s,usage.logins_per_seat_week,.8,%s\n%s,adoption.key_feature_ratio,.15,%s\n", id, seats, day(1), id, day(1), id, day(1))
		fmt.Fprintf(&milestones, "%s,%s-kick,Kick-off,%s,%s\n%s,%s-late,Go-live,%s,\n", id, id, day(300), day(301), id, id, day(16))
		fmt.Fprintf(&contacts, "%s,%s-c,Kim,champion\n", id, id)
		for k := range 4 {
			fmt.Fprintf(&touches, "%s,%s-t%d,%s-c,%s,inbound\n", id, id, k, id, day(30+7*k))
		}
	}
	var commands [][]string
	for _, f := range []struct {
		name, source string
		text         *bytes.Buffer
	}{{"accounts.csv", "crm", &accounts}, {"readings.csv", "product", &readings}, {"warehouse.csv", "warehouse", &second},
		{"milestones.csv", "crm", &milestones}, {"contacts.csv", "crm", &contacts}, {"touches.csv", "crm", &touches}} {
		path := filepath.Join(dir, f.name)
		if err := os.WriteFile(path, f.text.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		commands = append(commands, []string{"import", "--strict", "--source", f.source, path})
	}
	return commands
}
