package app_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"healthbot/bot"
	"healthbot/bot/slacksim"
	"healthbot/cmd/internal/app"
	"healthbot/schedule/source"
	"healthbot/scoring"
	"healthbot/storage"
	"healthbot/storage/record"
)

// world is a small company: a local Slack over real HTTP and WebSockets, a real
// database, and the bot that `healthbot run` starts.
type world struct {
	*testing.T
	ctx   context.Context
	sim   *slacksim.Server
	slack *slacksim.Client
	db    string
	rules record.Rules
	stop  func()        // stops the bot, and waits until it has ended
	http  func() string // where the bot answers operators
}

const channel = "cs-enterprise"

// monday is just before the enterprise review is due.
var monday = time.Date(2026, 11, 23, 8, 59, 58, 0, time.UTC)

func team() record.Rules {
	person := func(id, name, manager, backup string, roles ...record.Role) record.Person {
		return record.Person{ID: id, Name: name, Roles: roles, Manager: manager, Backup: backup, Zone: time.UTC, Hours: record.OfficeHours}
	}
	people := record.NewDirectory(
		person("U0ANA", "Ana Ruiz", "U0MIA", "U0BEN", record.CSM),
		person("U0BEN", "Ben Okafor", "U0MIA", "U0ANA", record.AccountManager),
		person("U0CLEO", "Cleo Meyer", "U0OLE", "", record.CSM),
		person("U0MIA", "Mia Chen", "", "", record.Manager),
		person("U0OLE", "Ole Hansen", "", "", record.Manager),
		person("U0LIN", "Lin Sato", "", "", record.Analyst),
		person("U0SAM", "Sam Adeyemi", "", "", record.SupportLead),
		person("U0ADA", "Ada Novak", "", "", record.Admin),
	)
	policy := record.Policy{
		Zone: time.UTC, PerOwner: 5,
		Routes: []record.Route{{Name: "enterprise weekly", Segment: "enterprise", Channel: "C0ENT", Cron: "0 9 * * 1",
			Zone: time.UTC, CatchUp: record.CatchLatest, Grace: 48 * time.Hour}},
		CadenceBySegment: map[string]int{"enterprise": 7},
		Reasons:          []record.Reason{{Code: "silence", Title: "Sponsor silent"}, {Code: "outcome", Title: "Outcome late"}},
		Matrix:           []record.MatrixRow{{Recipients: []string{record.ManagerRecipient}, Respond: 24 * time.Hour}},
		Sources: []record.Source{{Name: "product", Signals: []scoring.Signal{scoring.Usage, scoring.Adoption}, Period: 7, Owner: "U0LIN"},
			{Name: "crm", Signals: []scoring.Signal{scoring.Stakeholder, scoring.Milestones}, Period: 7, Owner: "U0LIN"},
			{Name: "desk", Signals: []scoring.Signal{scoring.Support}, Period: 1, Owner: "U0SAM"}},
	}
	return record.Rules{People: people, Policy: policy, Model: scoring.BuiltIn()}
}

func workspace(people record.Directory) slacksim.Workspace {
	w := slacksim.Workspace{TeamID: "T0CO", TeamName: "Northwind CS", AppID: "A0HB", BotUserID: "U0BOT", BotName: "healthbot", Command: "/health",
		BotScopes: bot.Scopes(), AppScopes: []string{"connections:write"}, Events: bot.Subscriptions()}
	members := []string{"U0BOT", "U0GUS"}
	for _, p := range people.All() {
		w.People = append(w.People, slacksim.Person{ID: p.ID, Name: strings.ToLower(strings.Fields(p.Name)[0]), RealName: p.Name, TZ: "UTC", Locale: "en-US"})
		members = append(members, p.ID)
	}
	w.People = append(w.People, slacksim.Person{ID: "U0GUS", Name: "gus", RealName: "Gus Guest", Guest: true, TZ: "UTC"})
	w.Channels = []slacksim.Channel{
		{ID: "C0ENT", Name: channel, Members: members},
		{ID: "C0SHARED", Name: "partner-shared", Shared: true, Members: []string{"U0BOT", "U0ANA"}},
	}
	return w
}

// hostile is a customer's name that would ping a channel or start a formula.
const hostile = "=Fern<!channel> & Co"

// customer is one account of the small company and what is wrong with it.
type customer struct {
	id, name, owner         string
	seats, logins, features float64
	lastReply               int // days ago
	missed                  int // milestones 16 days overdue
	otherSeats              float64
}

var customers = []customer{
	{"borealis", "Borealis Systems", "U0ANA", .82, 4.1, .66, 37, 2, 0}, // strong log-ins, silent sponsor: 59 by cap
	{"cedar", "Cedar Labs", "U0ANA", .85, 4.4, .74, 4, 0, 0},           // nothing wrong
	{"delta", "Delta Foods", "U0BEN", .35, 1.1, .30, 12, 1, 0},         // not used
	{"echo", "Echo Works", "U0ANA", .80, 3.9, .70, 5, 0, .45},          // two sources disagree
	{"fern", hostile, "U0ANA", .20, .7, .12, 60, 3, 0},                 // a hostile name, in real trouble
	{"gale", "Gale Logistics", "gale@elsewhere.example", .8, 4, .7, 5, 0, 0},
}

// files are the customers as an analyst would hand them over.
func files(now time.Time) []export {
	day := func(n int) string { return now.AddDate(0, 0, -n).Format(time.DateOnly) }
	var accounts, readings, second, milestones, contacts, touches, tickets bytes.Buffer
	fmt.Fprintln(&accounts, "id,name,segment,seats,started_on,arr,currency,renewal_on,owner,manager")
	fmt.Fprintln(&readings, "account,measure,value,observed_at")
	fmt.Fprintln(&second, "account,measure,value,observed_at")
	fmt.Fprintln(&milestones, "account,id,name,due,done")
	fmt.Fprintln(&contacts, "account,id,name,role")
	fmt.Fprintln(&touches, "account,id,contact,at,direction")
	fmt.Fprintln(&tickets, "account,id,title,severity,opened,closed")
	for _, c := range customers {
		fmt.Fprintf(&accounts, "%s,%q,enterprise,200,%s,120000,EUR,%s,%s,U0MIA\n", c.id, c.name, day(400), day(-120), c.owner)
		for measure, v := range map[string]float64{"usage.active_seat_ratio": c.seats, "usage.logins_per_seat_week": c.logins, "adoption.key_feature_ratio": c.features} {
			fmt.Fprintf(&readings, "%s,%s,%v,%s\n", c.id, measure, v, day(1))
		}
		if c.otherSeats > 0 {
			fmt.Fprintf(&second, "%s,usage.active_seat_ratio,%v,%s\n", c.id, c.otherSeats, day(1))
		}
		fmt.Fprintf(&milestones, "%s,%s-done,Kick-off,%s,%s\n", c.id, c.id, day(300), day(301))
		for i := range c.missed {
			fmt.Fprintf(&milestones, "%s,%s-%d,Milestone %d,%s,\n", c.id, c.id, i, i+1, day(16))
		}
		for i := range 3 {
			fmt.Fprintf(&contacts, "%s,%s-c%d,Contact %d,%s\n", c.id, c.id, i, i+1, []string{"champion", "", ""}[i])
		}
		for i := range 10 {
			fmt.Fprintf(&touches, "%s,%s-t%d,%s-c%d,%s,inbound\n", c.id, c.id, i, c.id, i%3, day(c.lastReply+7*i))
		}
		fmt.Fprintf(&tickets, "%s,%s-k,How do I export?,3,%s,%s\n", c.id, c.id, day(50), day(49))
	}
	return []export{
		{"accounts.csv", "accounts", "crm", accounts.String()}, {"readings.csv", "readings", "product", readings.String()},
		{"warehouse.csv", "readings", "warehouse", second.String()},
		{"milestones.csv", "milestones", "crm", milestones.String()}, {"contacts.csv", "contacts", "crm", contacts.String()},
		{"touches.csv", "touches", "crm", touches.String()}, {"tickets.csv", "tickets", "desk", tickets.String()},
	}
}

// newWorld is a company whose bot is at work.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := newCompany(t)
	w.startBot()
	t.Cleanup(func() { w.stop() })
	return w
}

// raced are the journeys that the race detector watches: between them they use
// every loop. All of them would take a quarter of an hour there, and what a person
// waits for in them would pass its limits.
var raced = []string{"TestMondayMorning", "TestEscalationToDecision", "TestTwoAtOnce", "TestRestartInTheMiddle", "TestOperatorsWatch"}

// newCompany starts the local Slack and imports the company; the office clock
// stands just before Monday's review.
func newCompany(t *testing.T) *world {
	t.Helper()
	if racing && !slices.Contains(raced, t.Name()) {
		t.Skip("under the race detector: a few journeys stand for all there")
	}
	return companyOf(t, team(), files(monday)...)
}

// export is a file as an analyst hands it over.
type export struct{ name, kind, source, text string }

// companyOf is a company with rules and files of its own.
func companyOf(t *testing.T, rules record.Rules, files ...export) *world {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second) // some journeys start the bot three times, under the race detector
	t.Cleanup(cancel)
	w := &world{T: t, ctx: ctx, db: filepath.Join(t.TempDir(), "journey.db"), rules: rules}
	sim, err := slacksim.New(slacksim.Options{Addr: "127.0.0.1:0", Workspace: workspace(w.rules.People),
		Now: func() time.Time { return monday.Add(-time.Minute) }, TriggerLife: 30 * time.Second, AckDeadline: 10 * time.Second, RateFactor: 50})
	w.must(err)
	t.Cleanup(func() { w.must(sim.Close()) })
	w.sim, w.slack = sim, sim.Control()

	db, err := storage.Open(ctx, storage.Options{Path: w.db, Now: sim.Now, Rules: w.rules, Log: zerolog.Nop()})
	w.must(err)
	for _, f := range files {
		b, err := source.ReadAll(strings.NewReader(f.text), f.name, source.Options{Kind: source.Kind(f.kind), Source: f.source, Zone: time.UTC, Now: monday, Model: w.rules.Model})
		w.must(err)
		sum, err := db.Import(ctx, record.Actor{Name: "test"}, b, record.ImportOptions{Strict: true})
		w.must(err)
		if len(sum.Refused) > 0 {
			t.Fatalf("%s: %v", f.name, sum.Refused[0])
		}
	}
	w.must(db.Close())
	w.must(w.slack.SetClock(ctx, monday)) // however long the import took, it was before the review
	return w
}

// startBot starts the bot on the world's database and waits until it is connected.
func (w *world) startBot() {
	w.Helper()
	log := zerolog.Nop()
	if os.Getenv("HEALTHBOT_LOG") == "debug" {
		log = zerolog.New(zerolog.ConsoleWriter{Out: os.Stderr})
	}
	a, err := app.New(w.ctx, app.Options{DB: w.db, APIURL: w.sim.APIURL(), BotToken: w.sim.BotToken(), AppToken: w.sim.AppToken(),
		Rules: w.rules, Now: w.sim.Now, Log: log, Tick: 100 * time.Millisecond, HTTP: "127.0.0.1:0", Name: w.Name()})
	w.must(err)
	w.http = a.HTTP
	ctx, cancel := context.WithCancel(w.ctx)
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	w.stop = func() {
		w.Helper()
		cancel()
		w.must(<-ended)
		w.must(a.Close())
		w.stop = func() {}
	}
	select {
	case <-a.Ready():
	case err := <-ended:
		w.Fatalf("the bot ended before it was connected: %v", err)
	}
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// as sits down at somebody's Slack.
func (w *world) as(name string) *slacksim.Seat {
	w.Helper()
	s, err := w.slack.As(name)
	w.must(err)
	return s
}

// digest waits for the run's digest in the channel.
func (w *world) digest() slacksim.Message { return w.await(channel, "need a person") }

// card waits for an account's card.
func (w *world) card(account string) slacksim.Message { return w.await(channel, account+" · ") }

// await waits for a message of the bot's in a channel, or in somebody's DM
// ("dm:U0ANA"), that contains all of the words.
func (w *world) await(where string, words ...string) slacksim.Message {
	w.Helper()
	var found slacksim.Message
	err := w.slack.Wait(w.ctx, func(d slacksim.Dump) bool {
		m, ok := find(d, where, words...)
		found = m
		return ok
	})
	if err != nil {
		w.Fatalf("waiting in %s for %q: %v\n%s", where, words, err, w.screen(where))
	}
	return found
}

func find(d slacksim.Dump, where string, words ...string) (slacksim.Message, bool) {
	user, dm := strings.CutPrefix(where, "dm:")
	for _, room := range d.Channels {
		if room.Name != where && !(dm && room.Kind == "dm" && room.User == user) {
			continue
		}
		for i := len(room.Messages) - 1; i >= 0; i-- {
			m := room.Messages[i]
			if m.BotID != "" && containsAll(m.Text(), words) {
				return m, true
			}
		}
	}
	return slacksim.Message{}, false
}

func containsAll(text string, words []string) bool {
	for _, word := range words {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// screen is everything that stands in a place, for a failing test's message.
func (w *world) screen(where string) string {
	d, err := w.slack.Dump(context.Background())
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	user, dm := strings.CutPrefix(where, "dm:")
	for _, room := range d.Channels {
		if room.Name == where || dm && room.Kind == "dm" && room.User == user {
			for _, m := range room.Messages {
				fmt.Fprintf(&b, "--- %s ephemeral %v to %s\n%s\n", m.TS, m.Ephemeral, m.To, m.Text())
			}
		}
	}
	for _, r := range d.Refusals {
		fmt.Fprintf(&b, "refused: %+v\n", r)
	}
	return b.String()
}

// told waits until somebody is told something privately, in a channel.
func (w *world) told(s *slacksim.Seat, words ...string) {
	w.Helper()
	err := w.slack.Wait(w.ctx, func(d slacksim.Dump) bool {
		for _, room := range d.Channels {
			for _, m := range room.Messages {
				if m.Ephemeral && m.To == s.ID && containsAll(m.Text(), words) {
					return true
				}
			}
		}
		return false
	})
	if err != nil {
		w.Fatalf("%s was never told %q: %v\n%s", s.Name, words, err, w.screen(channel))
	}
}

// modal waits until the modal on top of somebody's screen contains the words.
func (w *world) modal(s *slacksim.Seat, words ...string) *slacksim.View {
	w.Helper()
	var last string
	var view *slacksim.View
	err := w.slack.Wait(w.ctx, func(slacksim.Dump) bool {
		v, err := s.View(w.ctx)
		if err != nil {
			last = err.Error()
			return false
		}
		view, last = v, v.Text()
		return containsAll(v.Title+"\n"+last, words)
	})
	if err != nil {
		w.Fatalf("%s never saw a modal with %q: %v\nlast: %s\n%s", s.Name, words, err, last, w.screen(channel))
	}
	return view
}

// noRefusals fails if the local Slack refused anything that the bot sent.
func (w *world) noRefusals() {
	w.Helper()
	d, err := w.slack.Dump(w.ctx)
	w.must(err)
	for _, r := range d.Refusals {
		w.Errorf("the local Slack refused: %+v", r)
	}
}

// beside opens the record beside the bot.
func (w *world) beside() *storage.DB {
	w.Helper()
	db, err := storage.Open(w.ctx, storage.Options{Path: w.db, Now: w.sim.Now, Rules: w.rules, Log: zerolog.Nop()})
	w.must(err)
	w.Cleanup(func() { w.must(db.Close()) })
	return db
}

// verified opens the record beside the bot and walks its chain.
func (w *world) verified() *storage.DB {
	w.Helper()
	db := w.beside()
	v, err := db.Verify(w.ctx)
	w.must(err)
	if v.Broken != nil || v.Events == 0 {
		w.Fatalf("the chain of %d events is broken: %+v", v.Events, v.Broken)
	}
	return db
}
