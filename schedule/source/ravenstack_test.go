package source

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// ravenStack finds the exports that nobody here wrote; they are kept out of the
// repository, so that a checkout without them skips these tests and says so.
func ravenStack(t testing.TB, file string) *os.File {
	t.Helper()
	dir := cmp.Or(os.Getenv("HEALTHBOT_DATA"), filepath.Join("..", "..", "..", "shared", "data"))
	f, err := os.Open(filepath.Join(dir, "ravenstack", file))
	if err != nil {
		t.Skipf("no RavenStack data: %v (HEALTHBOT_DATA names the folder that ravenstack/ is in)", err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func mappingFile(t testing.TB, name string) *Mapping {
	t.Helper()
	path := filepath.Join("testdata", "ravenstack", name)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := ParseMapping(b, path)
	if err != nil {
		t.Fatal(err)
	}
	return &m
}

func loadRaven(t testing.TB, file, mapping string, now time.Time) record.Batch {
	t.Helper()
	b, err := ReadAll(ravenStack(t, file), file, Options{Mapping: mappingFile(t, mapping), Now: now, Model: ravenModel(t)})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// afterAll is later than everything in the exports, whose last week ends on
// 5 January 2025 and was received two days after.
var afterAll = time.Date(2025, 1, 8, 9, 0, 0, 0, time.UTC)

// ravenModel is the version of the model that is shipped with the mappings.
func ravenModel(t testing.TB) scoring.Model {
	t.Helper()
	text, err := os.ReadFile("testdata/ravenstack/model.yml")
	if err != nil {
		t.Fatal(err)
	}
	var m scoring.Model
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&m); err != nil {
		t.Fatal(err)
	}
	if err := m.Validate(); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestRavenStackAccounts(t *testing.T) {
	b := loadRaven(t, "accounts.csv", "accounts.yml", afterAll)
	if len(b.Accounts) != 500 || len(b.Refused) != 0 || b.Source != "ravenstack" {
		t.Errorf("%d accounts from %q, %d refused: %v", len(b.Accounts), b.Source, len(b.Refused), b.Refused)
	}
	counts := map[string]int{}
	for _, a := range b.Accounts {
		counts[a.Values[record.AttrSegment]]++
		counts[a.Values[record.AttrOwner]]++
		if _, ok := a.Values[record.AttrStage]; ok {
			t.Fatalf("%s has a stage; churn_flag tells the future and must not become one", a.ID)
		}
	}
	want := map[string]int{"smb": 168, "mid-market": 178, "enterprise": 154, "U0RAVEN001": 291, "U0RAVEN002": 58, "U0RAVEN003": 151}
	if !maps.Equal(counts, want) {
		t.Errorf("got %v, want %v", counts, want)
	}
	first := map[record.Attribute]string{record.AttrName: "Company_0", record.AttrSegment: "smb", record.AttrSeats: "9",
		record.AttrStarted: "2024-10-16", record.AttrOwner: "U0RAVEN001", record.AttrManager: "U0RAVEN004"}
	if a := b.Accounts[0]; a.ID != "A-2e4581" || !maps.Equal(a.Values, first) {
		t.Errorf("the first account is %s with %v", a.ID, a.Values)
	}
}

func TestRavenStackWeeks(t *testing.T) {
	b := loadRaven(t, "account_week.csv", "weeks.yml", afterAll)
	if len(b.Refused) != 0 {
		t.Errorf("%d refused, the first: %v", len(b.Refused), b.Refused[0])
	}
	counts := map[string]int{}
	for _, r := range b.Readings {
		counts[r.Measure]++
		if r.ReceivedAt.Before(r.ObservedAt) {
			t.Fatalf("%v is received before it is observed", r)
		}
	}
	// One week has usage and no event at all: no rate can be told for it.
	want := map[string]int{"usage.events_week": 19497, "usage.errors_per_event": 19496, "adoption.features_week": 19497, "sentiment.csat": 1165}
	if !maps.Equal(counts, want) {
		t.Errorf("got %v, want %v", counts, want)
	}
	r := b.Readings[0]
	if r.Account != "A-00cac8" || r.Value != 5 || !r.ObservedAt.Equal(time.Date(2023, 1, 1, 23, 59, 59, 999e6, time.UTC)) || !r.ReceivedAt.Equal(time.Date(2023, 1, 3, 23, 59, 59, 999e6, time.UTC)) {
		t.Errorf("the first reading is %+v", r)
	}
}

// TestRavenStackStopsAtNow reads the export as if it were the middle of 2024:
// what comes later is refused, week by week, and nothing of it loads.
func TestRavenStackStopsAtNow(t *testing.T) {
	now := time.Date(2024, 6, 26, 12, 0, 0, 0, time.UTC)
	b := loadRaven(t, "account_week.csv", "weeks.yml", now)
	weeks := map[string]bool{}
	for _, r := range b.Readings {
		weeks[r.ObservedAt.Format(time.DateOnly)] = true
		if r.ObservedAt.After(now) || r.ReceivedAt.After(now) {
			t.Fatalf("%+v is later than %s", r, now)
		}
	}
	if last := slices.Max(slices.Collect(maps.Keys(weeks))); last != "2024-06-23" || len(b.Refused) != 5475 {
		t.Errorf("the last week ends on %s, and %d rows are refused", last, len(b.Refused))
	}
}

func TestRavenStackTickets(t *testing.T) {
	b := loadRaven(t, "support_tickets.csv", "tickets.yml", afterAll)
	severities, escalated := map[int]int{}, 0
	for _, f := range b.Facts {
		severities[f.Ticket.Severity]++
		if f.Ticket.Escalated {
			escalated++
		}
	}
	if want := map[int]int{1: 514, 2: 510, 3: 491, 4: 485}; len(b.Refused) != 0 || escalated != 95 || !maps.Equal(severities, want) {
		t.Errorf("by severity %v, %d escalated, refused %v", severities, escalated, b.Refused)
	}
	if !slices.Equal(b.Kinds, []scoring.FactKind{scoring.KindTicket}) {
		t.Errorf("a whole file is a complete sync of tickets, not of %v", b.Kinds)
	}
}

// TestRavenStackIsScored asks whether these exports carry a review: in the first
// days of each month of 2024 five accounts in six must get a score.
func TestRavenStackIsScored(t *testing.T) {
	model := ravenModel(t)
	if err := model.Validate(); err != nil {
		t.Fatal(err)
	}
	inputs := map[string]*scoring.Input{}
	for _, a := range loadRaven(t, "accounts.csv", "accounts.yml", afterAll).Accounts {
		var seats int
		if _, err := fmt.Sscan(a.Values[record.AttrSeats], &seats); err != nil {
			t.Fatal(err)
		}
		inputs[a.ID] = &scoring.Input{Account: scoring.Account{ID: a.ID, Segment: a.Values[record.AttrSegment], Stage: scoring.Active, Seats: seats}}
	}
	weeks := loadRaven(t, "account_week.csv", "weeks.yml", afterAll)
	for _, r := range weeks.Readings {
		in := inputs[r.Account]
		in.Readings = append(in.Readings, scoring.Reading{Measure: r.Measure, Source: weeks.Source, Value: r.Value, ObservedAt: r.ObservedAt, ReceivedAt: r.ReceivedAt})
	}
	for _, f := range loadRaven(t, "support_tickets.csv", "tickets.yml", afterAll).Facts {
		in := inputs[f.Account]
		in.Facts.Tickets = append(in.Facts.Tickets, *f.Ticket)
	}
	var all, scored int
	bands, holds := map[scoring.Band]int{}, map[string]int{}
	for month := range 12 {
		now := time.Date(2024, time.Month(month+1), 3, 9, 0, 0, 0, time.UTC)
		for _, in := range inputs {
			in.Now, in.Synced = now, map[scoring.FactKind]time.Time{scoring.KindTicket: now.Add(-9 * time.Hour)}
			r := scoring.Evaluate(model, *in)
			all++
			bands[r.Band]++
			for _, h := range r.Holds {
				holds[string(h.Kind)+" "+string(h.Signal)]++
			}
			if !r.Unscored {
				scored++
			}
		}
	}
	t.Logf("%.1f %% of the %d account-months of 2024 stay unscored; bands %v; holds %v", 100*float64(all-scored)/float64(all), all, bands, holds)
	if all != 6000 || scored < 5000 {
		t.Errorf("%d of %d account-months are scored, want five in six; bands %v", scored, all, bands)
	}
}

func BenchmarkWeeks(b *testing.B) {
	f := ravenStack(b, "account_week.csv")
	m := mappingFile(b, "weeks.yml")
	info, err := f.Stat()
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.Seek(0, 0); err != nil {
			b.Fatal(err)
		}
		batch, err := ReadAll(f, "account_week.csv", Options{Mapping: m, Now: afterAll, Model: ravenModel(b)})
		if err != nil || len(batch.Refused) > 0 {
			b.Fatal(err, batch.Refused)
		}
	}
}
