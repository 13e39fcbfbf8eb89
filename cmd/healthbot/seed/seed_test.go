package seed

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"healthbot/bot/slacksim"
	"healthbot/cmd/healthbot/config"
	"healthbot/schedule/source"
	"healthbot/scoring"
	"healthbot/storage/record"
)

// moments at which a demo may begin; the company must be the same at all of them.
func moments(t *testing.T) map[string]time.Time {
	t.Helper()
	berlin, tokyo := location(office), location("Asia/Tokyo")
	return map[string]time.Time{
		"Monday before nine":            time.Date(2026, 11, 23, 8, 59, 57, 0, berlin),
		"Monday before the sync":        time.Date(2026, 11, 23, 5, 30, 0, 0, berlin),
		"the second of the sync":        time.Date(2026, 11, 23, 6, 0, 0, 0, berlin),
		"Sunday night":                  time.Date(2026, 11, 29, 23, 59, 59, 0, berlin),
		"a leap day":                    time.Date(2028, 2, 29, 12, 0, 0, 0, berlin),
		"clocks go forward":             time.Date(2026, 3, 29, 3, 30, 0, 0, berlin),
		"clocks go back, first half":    time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC),
		"clocks go back, second half":   time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC),
		"already tomorrow in Tokyo":     time.Date(2026, 7, 15, 1, 0, 0, 0, tokyo),
		"a moment without a round time": time.Date(2026, 8, 5, 17, 43, 21, 987654321, time.UTC),
	}
}

func eachMoment(t *testing.T, do func(t *testing.T, now time.Time)) {
	all := moments(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) { do(t, all[name]) })
	}
}

// lands is where a story must end up.
type lands struct {
	band     scoring.Band
	cap      string // the binding one
	proposal scoring.Outcome
	holds    []scoring.HoldKind
}

var ending = map[string]lands{
	"acme":              {scoring.Risk, "milestones and silence", scoring.AtRisk, nil},
	"ferrowind":         {scoring.Risk, "", scoring.AtRisk, nil},
	"granite-mutual":    {scoring.Critical, "three red signals", scoring.Escalation, nil},
	"halcyon-air":       {scoring.Watch, "champion left", scoring.Watchlist, nil},
	"juniper-retail":    {scoring.Healthy, "", scoring.Stable, nil},
	"kestrel-telecom":   {scoring.Risk, "severity 1 open", scoring.Escalation, nil},
	"lumen-hospitals":   {scoring.Healthy, "", scoring.Stable, nil},
	"meridian-steel":    {scoring.Watch, "", scoring.Watchlist, nil},
	"northgate-transit": {scoring.Healthy, "", scoring.Stable, []scoring.HoldKind{scoring.HoldConflict}},
	"pemberton-press":   {scoring.Watch, "", scoring.Watchlist, nil},
	"rosewater-clinics": {scoring.Healthy, "", scoring.Stable, nil},
	"umbra-studios":     {scoring.Risk, "invoice 60 days overdue", scoring.AtRisk, nil},
	"vantage-couriers":  {scoring.Watch, "sponsor silent", scoring.Watchlist, nil},
	"yarrow-insurance":  {scoring.Healthy, "", scoring.Stable, nil},
	"zephyr-cycles":     {scoring.Healthy, "", scoring.Stable, nil},
	"bluefin-cannery":   {scoring.Watch, "", scoring.Watchlist, nil},
	"hawthorn-security": {scoring.Healthy, "", scoring.Stable, nil},
	"inkwell-legal":     {scoring.Watch, "milestones overdue", scoring.Watchlist, nil},
	"kindling-bakery":   {scoring.Healthy, "", scoring.Stable, nil},
	"larkrise-yoga":     {scoring.Healthy, "", scoring.Stable, nil},
	"nimbus-carwash":    {scoring.Critical, "", scoring.Escalation, nil},
	"quince-catering":   {scoring.Risk, "two red signals", scoring.AtRisk, nil},
	"sparrow-taxis":     {scoring.Risk, "escalated by the customer", scoring.AtRisk, nil},
	"thistle-books":     {scoring.Healthy, "", scoring.Stable, nil},
	"wren-dental":       {scoring.Watch, "a red signal", scoring.Watchlist, nil},
	"cinder-gym":        {scoring.Watch, "", scoring.Watchlist, nil},
	"firefly-events":    {scoring.Healthy, "", scoring.Stable, nil},
	"bobby-tables":      {scoring.Watch, "", scoring.Watchlist, nil},
	"silent-gull":       {scoring.Unscored, "", "", []scoring.HoldKind{scoring.HoldStale, scoring.HoldMissing, scoring.HoldMissing}},
}

func TestStoriesLand(t *testing.T) {
	for _, s := range Stories() {
		if _, ok := ending[s.Account]; !ok {
			t.Errorf("%s has a story and no ending to check", s.Account)
		}
	}
	eachMoment(t, func(t *testing.T, now time.Time) {
		scorer := scoring.NewScorer(model())
		bands := map[scoring.Band]int{}
		for id, in := range load(t, now).inputs(t, now) {
			r := scorer.Evaluate(in)
			bands[r.Band]++
			want, special := ending[id]
			if !special {
				want = lands{band: scoring.Healthy, proposal: scoring.Stable}
			}
			got := lands{band: r.Band}
			if c, ok := r.Binding(); ok {
				got.cap = c.Name
			}
			if r.Proposal != nil {
				got.proposal = r.Proposal.Outcome
			}
			for _, h := range r.Holds {
				got.holds = append(got.holds, h.Kind)
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s at %s: %+v, want %+v", id, r.Score, got, want)
			}
			for _, b := range model().Bands {
				if got.cap == "" && b.From > 0 && math.Abs(r.Score.Float()-b.From) < 1 {
					t.Errorf("%s is at %s, a hair from the line of %s: a small change would tell another story", id, r.Score, b.Band)
				}
			}
		}
		want := map[scoring.Band]int{scoring.Healthy: 48, scoring.Watch: 9, scoring.Risk: 6, scoring.Critical: 2, scoring.Unscored: 1}
		if !maps.Equal(bands, want) {
			t.Errorf("bands: %v, want %v", bands, want)
		}
	})
}

// Acme is what every screenshot shows: strong usage that hides a silent sponsor
// and two missed milestones, and a score that was fine a month ago.
func TestTheStar(t *testing.T) {
	eachMoment(t, func(t *testing.T, now time.Time) {
		w := load(t, now)
		for _, m := range []scoring.Model{scoring.BuiltIn(), model()} {
			r := scoring.Evaluate(m, w.inputs(t, now)["acme"])
			c, _ := r.Binding()
			if r.Score.String() != "59.0" || c.Name != "milestones and silence" || r.WithoutCaps().Float() < 65 || r.Confidence != scoring.HighConfidence {
				t.Errorf("%d signals: %s by %q, %s without caps, confidence %s", len(m.Signals), r.Score, c.Name, r.WithoutCaps(), r.Confidence)
			}
		}
		r := scoring.Evaluate(model(), w.inputs(t, now)["acme"])
		c, _ := r.Binding()
		if !strings.Contains(c.Evidence, "Roll-out to the Graz plant is 17 days overdue") && !strings.Contains(c.Evidence, "Roll-out to the Graz plant is 18 days overdue") {
			t.Errorf("milestone in the evidence: %s", c.Evidence)
		}
		if !strings.Contains(c.Evidence, "no reply for 36 days (usually every 9 days)") && !strings.Contains(c.Evidence, "no reply for 36 days (usually every 10 days)") {
			t.Errorf("silence in the evidence: %s", c.Evidence)
		}
		for _, f := range r.Findings {
			if f.Signal == scoring.Usage && (f.Score == nil || *f.Score < 80) {
				t.Errorf("usage should be strong: %s at %v", f.Measure, f.Score)
			}
		}
		past := now.AddDate(0, 0, -35)
		if before := scoring.Evaluate(model(), w.inputs(t, past)["acme"]); before.Band != scoring.Healthy || before.Score.Float() < 85 {
			t.Errorf("five weeks ago: %s, %s", before.Score, before.Band)
		}
	})
}

// What the other troubles look like from near.
func TestTroubles(t *testing.T) {
	now := moments(t)["Monday before nine"]
	w := load(t, now)
	in := w.inputs(t, now)
	result := func(id string) scoring.Result { return scoring.Evaluate(model(), in[id]) }
	finding := func(id, measure string) scoring.Finding {
		r := result(id)
		i := slices.IndexFunc(r.Findings, func(f scoring.Finding) bool { return f.Measure == measure })
		if i < 0 {
			t.Fatalf("%s has no %s", id, measure)
		}
		return r.Findings[i]
	}
	for _, id := range []string{"lumen-hospitals", "juniper-retail", "rosewater-clinics", "hawthorn-security", "larkrise-yoga", "firefly-events"} {
		if f := finding(id, "adoption.key_feature_ratio"); f.State != scoring.Late {
			t.Errorf("%s: adoption is %s, want late", id, f.State)
		}
	}
	if h, _ := result("northgate-transit").Hold(scoring.HoldConflict); !strings.Contains(h.Evidence, telemetry) || !strings.Contains(h.Evidence, warehouse) {
		t.Errorf("the conflict: %+v", h)
	}
	for _, id := range []string{"delta-harbour", "evergrand", "cassia-foods", "juniper-retail"} {
		if f := finding(id, "usage.active_seat_ratio"); len(f.Others) != 1 || f.Others[0].Conflict {
			t.Errorf("%s: two sources should agree: %+v", id, f.Others)
		}
	}
	for id, stage := range map[string]scoring.Stage{"ferrowind": scoring.Onboarding, "kindling-bakery": scoring.Onboarding, "granite-mutual": scoring.Renewing, "halcyon-air": scoring.Active} {
		if in[id].Account.Stage != stage {
			t.Errorf("%s is %s, want %s", id, in[id].Account.Stage, stage)
		}
	}
	ago := func(id string, weeks int) float64 {
		at := now.AddDate(0, 0, -7*weeks)
		return scoring.Evaluate(model(), w.inputs(t, at)[id]).Health
	}
	for _, id := range []string{"pemberton-press", "granite-mutual", "nimbus-carwash"} {
		if then := ago(id, 26); then-result(id).Health < 10 {
			t.Errorf("%s should have fallen: %.1f, now %.1f", id, then, result(id).Health)
		}
	}
	for _, id := range []string{"bluefin-cannery", "zephyr-cycles", "thistle-books", "cinder-gym"} {
		if then := ago(id, 26); result(id).Health-then < 8 {
			t.Errorf("%s should have risen: %.1f, now %.1f", id, then, result(id).Health)
		}
	}
}

func TestAccounts(t *testing.T) {
	now := moments(t)["Monday before nine"]
	people := record.NewDirectory(People()...)
	var unmapped, names []string
	segments := map[string]int{}
	for _, r := range load(t, now).batches["accounts.csv"].Accounts {
		v := r.Values
		names = append(names, v[record.AttrName])
		segments[v[record.AttrSegment]]++
		if _, ok := people.Person(v[record.AttrOwner]); !ok {
			unmapped = append(unmapped, r.ID)
		}
		if m, ok := people.Person(v[record.AttrManager]); !ok || !m.Is(record.Manager) {
			t.Errorf("%s has the manager %q", r.ID, v[record.AttrManager])
		}
		for _, a := range []record.Attribute{record.AttrSeats, record.AttrStarted, record.AttrARR, record.AttrCurrency, record.AttrRenewal, record.AttrCRM} {
			if v[a] == "" {
				t.Errorf("%s has no %s", r.ID, a)
			}
		}
	}
	if !slices.Equal(unmapped, []string{"yarrow-insurance"}) {
		t.Errorf("accounts without an owner we know: %v", unmapped)
	}
	if want := map[string]int{"enterprise": 14, "mid-market": 22, "smb": 30}; !maps.Equal(segments, want) {
		t.Errorf("segments: %v", segments)
	}
	if !slices.Contains(names, "=SUM(Bobby;<!channel>) & *Tables*, Ltd.") {
		t.Error("the hostile name is gone")
	}
	// "/health acme" must find one account.
	if n := len(slices.DeleteFunc(names, func(s string) bool { return !strings.HasPrefix(strings.ToLower(s), "acme") })); n != 1 {
		t.Errorf("%d names begin with Acme", n)
	}
}

// Files must import without a single refusal (see load), small, and with every
// system heard of on the last night.
func TestFiles(t *testing.T) {
	eachMoment(t, func(t *testing.T, now time.Time) {
		w := load(t, now)
		if w.rows > 40_000 {
			t.Errorf("%d rows", w.rows)
		}
		c := calendarAt(now, location(office))
		last := map[string]time.Time{}
		for name, b := range w.batches {
			hear := func(at time.Time, where record.Where) {
				if at.IsZero() || at.After(now) {
					t.Errorf("%s was received at %s, which is not before %s", where, at, now)
				}
				if at.After(last[name]) {
					last[name] = at
				}
			}
			for _, r := range b.Accounts {
				hear(r.ReceivedAt, r.Where)
			}
			for _, r := range b.Readings {
				hear(r.ReceivedAt, r.Where)
				if !r.ObservedAt.Before(r.ReceivedAt) {
					t.Errorf("%s was observed at %s and received before, at %s", r.Where, r.ObservedAt, r.ReceivedAt)
				}
			}
			for _, r := range b.Facts {
				hear(r.ReceivedAt, r.Where)
				if at := happened(r); at.After(r.ReceivedAt) {
					t.Errorf("%s happened at %s and was received before, at %s", r.Where, at, r.ReceivedAt)
				}
			}
			switch {
			case strings.HasPrefix(name, "readings-"):
				if !last[name].Equal(c.monday) {
					t.Errorf("%s: last heard of at %s, want Monday's sync %s", name, last[name], c.monday)
				}
			case len(b.Facts) > 0:
				if !last[name].Equal(c.night) {
					t.Errorf("%s: last heard of at %s, want last night's sync %s", name, last[name], c.night)
				}
			}
		}
	})
}

// happened is the latest thing that a fact says has taken place.
func happened(r record.FactRow) time.Time {
	var at []time.Time
	switch r.Kind {
	case scoring.KindMilestone:
		at = []time.Time{r.Milestone.Done}
	case scoring.KindTicket:
		at = []time.Time{r.Ticket.Opened, r.Ticket.Closed, r.Ticket.Breached}
	case scoring.KindInvoice:
		at = []time.Time{r.Invoice.Paid}
	case scoring.KindContact:
		at = []time.Time{r.Contact.Left}
	case scoring.KindTouch:
		at = []time.Time{r.Touch.At}
	}
	return slices.MaxFunc(at, time.Time.Compare)
}

func TestSameMomentSameBytes(t *testing.T) {
	now := moments(t)["a leap day"]
	for i, f := range Files(now) {
		if again := Files(now.Add(time.Minute))[i]; f.Name != again.Name || !bytes.Equal(f.CSV, again.CSV) {
			t.Errorf("%s changed within a minute", f.Name)
		}
	}
}

// The headers are those that the importer documents, so that a file needs no
// mapping and is recognised by its header alone.
func TestHeadersAreRecognised(t *testing.T) {
	for _, f := range Files(moments(t)["Sunday night"]) {
		header, err := csv.NewReader(bytes.NewReader(f.CSV)).Read()
		if err != nil {
			t.Fatal(err)
		}
		if k, ok := source.Detect(header); !ok || k != f.Kind {
			t.Errorf("%s was taken for %q", f.Name, k)
		}
	}
}

func TestWorkspace(t *testing.T) {
	w := Workspace()
	if err := w.Validate(); err != nil {
		t.Fatal(err)
	}
	channel := func(id string) slacksim.Channel {
		i := slices.IndexFunc(w.Channels, func(c slacksim.Channel) bool { return c.ID == id })
		if i < 0 {
			t.Fatalf("there is no channel %s", id)
		}
		return w.Channels[i]
	}
	for _, r := range Policy().Routes {
		c := channel(r.Channel)
		if c.Name != "cs-"+r.Segment || c.Shared || c.Archived || c.Private || !slices.Contains(c.Members, w.BotUserID) {
			t.Errorf("route %s goes to a channel that the bot can't use: %+v", r.Name, c)
		}
	}
	if c := channel(shared); !c.Shared || !slices.Contains(c.Members, felix) {
		t.Errorf("the shared channel: %+v", c)
	}
	if !channel(archived).Archived || !channel(leadership).Private || slices.Contains(channel(leadership).Members, w.BotUserID) {
		t.Error("the archived or the private channel isn't")
	}
	guests, strangers := 0, 0
	directory := record.NewDirectory(People()...)
	for _, p := range w.People {
		_, known := directory.Person(p.ID)
		if known == (p.Guest || p.Stranger) {
			t.Errorf("%s: set up in healthbot: %v, guest: %v, stranger: %v", p.RealName, known, p.Guest, p.Stranger)
		}
		if p.Guest {
			guests++
		}
		if p.Stranger {
			strangers++
		}
	}
	if guests != 1 || strangers != 1 || len(w.People) != 13 {
		t.Errorf("%d people, %d guests, %d strangers", len(w.People), guests, strangers)
	}
}

// The team must pass the same checks as anybody's healthbot.yml.
func TestTeamIsAValidConfiguration(t *testing.T) {
	var b bytes.Buffer
	if err := config.Write(&b, Team()); err != nil {
		t.Fatal(err)
	}
	team, err := config.Parse("healthbot.yml", b.Bytes(), config.Options{})
	if err != nil {
		t.Fatalf("%v\nin\n%s", err, b.String())
	}
	if n := len(team.People.All()); n != 11 {
		t.Errorf("%d people", n)
	}
	roles := map[record.Role]int{}
	for _, x := range team.People.All() {
		for _, r := range x.Roles {
			roles[r]++
		}
	}
	want := map[record.Role]int{record.CSM: 4, record.AccountManager: 1, record.Manager: 2, record.Analyst: 1, record.SupportLead: 1, record.Executive: 1, record.Admin: 1}
	if !maps.Equal(roles, want) {
		t.Errorf("roles: %v, want %v", roles, want)
	}
	if got := team.Policy.Signals(); len(got) != len(scoring.Signals) {
		t.Errorf("signals with a source: %v", got)
	}
}
