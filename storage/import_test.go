package storage

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"healthbot/scoring"
	"healthbot/storage/record"
)

func tally(s record.Summary) string {
	return fmt.Sprintf("%d loaded, %d unchanged, %d corrected, %d refused", s.Loaded, s.Unchanged, s.Corrected, len(s.Refused))
}

func wantTally(t *testing.T, s record.Summary, want string) {
	t.Helper()
	if got := tally(s); got != want {
		t.Errorf("%s: %s, want %s\n%v", s.File, got, want, s.Refused)
	}
}

func milestone(account, id string, due, done, received time.Time) record.FactRow {
	return record.FactRow{Account: account, Kind: scoring.KindMilestone, ExternalID: id, ReceivedAt: received,
		Milestone: &scoring.Milestone{ID: id, Name: "Go live", Due: due, Done: done}}
}

func milestones(name string, rows ...record.FactRow) record.Batch {
	return record.Batch{File: name, Digest: "d-" + name, Source: "plan", Facts: rows, Kinds: []scoring.FactKind{scoring.KindMilestone}}
}

func TestTwiceIsOnce(t *testing.T) {
	o := opened(t)
	week := monday.AddDate(0, 0, -7)
	for _, b := range []record.Batch{
		{File: "a.csv", Digest: "da", Source: "crm", Accounts: []record.AccountRow{account("dune", "Dune", "UANA"), account("echo", "Echo", "UBEN")}},
		readings("r.csv", reading("acme", .8, week), reading("acme", .7, week.AddDate(0, 0, -7)), reading("beta", .6, week)),
		milestones("m.csv", milestone("acme", "m1", monday, time.Time{}, time.Time{}), milestone("acme", "m2", monday, time.Time{}, time.Time{})),
	} {
		n := len(b.Accounts) + len(b.Readings) + len(b.Facts)
		wantTally(t, o.load(b), fmt.Sprintf("%d loaded, 0 unchanged, 0 corrected, 0 refused", n))
		o.now = o.now.Add(time.Hour)
		wantTally(t, o.load(b), fmt.Sprintf("0 loaded, %d unchanged, 0 corrected, 0 refused", n))
		b.Digest += "'" // the same rows in another file
		wantTally(t, o.load(b), fmt.Sprintf("0 loaded, %d unchanged, 0 corrected, 0 refused", n))
	}
	if n := o.count("SELECT count(*) FROM reading"); n != 3+3 {
		t.Errorf("%d readings, want the three of the beginning and three more", n)
	}
	o.holds()
}

func TestCorrections(t *testing.T) {
	o := opened(t)
	week := monday.AddDate(0, 0, -7)
	first, second := readings("1.csv", reading("acme", .8, week)), readings("2.csv", reading("acme", .4, week))
	wantTally(t, o.load(first), "1 loaded, 0 unchanged, 0 corrected, 0 refused")
	o.now = o.now.Add(time.Hour)
	wantTally(t, o.load(second), "0 loaded, 0 unchanged, 1 corrected, 0 refused")
	if n := o.count("SELECT count(*) FROM reading re JOIN series se ON se.n = re.series WHERE se.account = 'acme' AND observed_at = $1", week.UnixMilli()); n != 2 {
		t.Errorf("%d revisions are kept, want both", n)
	}
	// The older file once more doesn't undo the correction.
	wantTally(t, o.load(first), "0 loaded, 1 unchanged, 0 corrected, 0 refused")
	// A new file that says the old value does.
	o.now = o.now.Add(time.Hour)
	wantTally(t, o.load(readings("3.csv", reading("acme", .8, week))), "0 loaded, 0 unchanged, 1 corrected, 0 refused")

	wantTally(t, o.load(milestones("m1.csv", milestone("acme", "m1", monday, time.Time{}, time.Time{}))), "1 loaded, 0 unchanged, 0 corrected, 0 refused")
	wantTally(t, o.load(milestones("m2.csv", milestone("acme", "m1", monday, o.now, time.Time{}))), "0 loaded, 0 unchanged, 1 corrected, 0 refused")
	// Another source's fact of the same id is another fact.
	b := milestones("m3.csv", milestone("beta", "m1", monday, time.Time{}, time.Time{}))
	b.Source = "other"
	wantTally(t, o.load(b), "1 loaded, 0 unchanged, 0 corrected, 0 refused")
}

// Each bad row is refused with its place, what was found and what was expected;
// the good ones load.
func TestRefusals(t *testing.T) {
	week := monday.AddDate(0, 0, -7)
	later := monday.Add(time.Second)
	received := func(x record.ReadingRow, at time.Time) record.ReadingRow { x.ReceivedAt = at; return x }
	other := func(x record.ReadingRow, measure string) record.ReadingRow { x.Measure = measure; return x }
	good := reading("beta", .6, week)
	for _, c := range []struct {
		name  string
		batch record.Batch
		want  []string // one refusal each
		tally string
	}{
		{"unknown account", readings("r.csv", reading("nobody", .5, week), good), []string{"r.csv:2, column account: found “nobody”; expected an account that is known"}, "1 loaded, 0 unchanged, 0 corrected, 1 refused"},
		{"unknown measure", readings("r.csv", other(good, "usage.magic"), good), []string{"column measure: found “usage.magic”"}, "1 loaded, 0 unchanged, 0 corrected, 1 refused"},
		{"beyond the bounds", readings("r.csv", reading("acme", 70, week), good), []string{"column value: found 70; expected 0 to 1 (active seats, ratio)"}, "1 loaded, 0 unchanged, 0 corrected, 1 refused"},
		{"observed tomorrow", readings("r.csv", reading("acme", .7, later), good), []string{"column observed_at: found 2026-11-23T09:00:01+01:00; expected a time that isn't in the future"}, "1 loaded, 0 unchanged, 0 corrected, 1 refused"},
		{"received tomorrow", readings("r.csv", received(reading("acme", .7, week), later), good), []string{"column received_at"}, "1 loaded, 0 unchanged, 0 corrected, 1 refused"},
		{"two values in one file", readings("r.csv", reading("acme", .7, week), reading("acme", .8, week), good),
			[]string{"r.csv:2, column value: found 0.7 here and 0.8 on line 3; expected one value for “acme”, usage.active_seat_ratio at 2026-11-16 09:00", "r.csv:3, column value: found 0.8 here and 0.7 on line 2"}, "1 loaded, 0 unchanged, 0 corrected, 2 refused"},
		{"the same value twice", readings("r.csv", good, good), nil, "1 loaded, 1 unchanged, 0 corrected, 0 refused"},
		{"two bodies in one file", milestones("m.csv", milestone("acme", "m1", monday, time.Time{}, time.Time{}), milestone("acme", "m1", later, time.Time{}, time.Time{})),
			[]string{"found due “2026-11-23T09:00:00+01:00” here and due “2026-11-23T09:00:01+01:00” on line 0; expected one milestone with id “m1”", "found due “2026-11-23T09:00:01+01:00” here"}, "0 loaded, 0 unchanged, 0 corrected, 2 refused"},
		{"fact without an id", milestones("m.csv", milestone("acme", "", monday, time.Time{}, time.Time{})), []string{"column id: found nothing"}, "0 loaded, 0 unchanged, 0 corrected, 1 refused"},
		{"fact of an unknown account", milestones("m.csv", milestone("nobody", "m1", monday, time.Time{}, time.Time{})), []string{"column account"}, "0 loaded, 0 unchanged, 0 corrected, 1 refused"},
		{"fact of another kind", record.Batch{File: "f.csv", Source: "plan", Facts: []record.FactRow{{Account: "acme", Kind: scoring.KindTicket, ExternalID: "t1", Milestone: &scoring.Milestone{}}}},
			[]string{"a row of kind “ticket”"}, "0 loaded, 0 unchanged, 0 corrected, 1 refused"},
		{"seats that are none", record.Batch{File: "a.csv", Source: "crm", Accounts: []record.AccountRow{{ID: "dune", Values: map[record.Attribute]string{record.AttrSeats: "many"}}}},
			[]string{"column seats: found “many”; expected a whole number of seats"}, "0 loaded, 0 unchanged, 0 corrected, 1 refused"},
		{"a date that is none", record.Batch{File: "a.csv", Source: "crm", Accounts: []record.AccountRow{{ID: "dune", Values: map[record.Attribute]string{record.AttrRenewal: "30.6.2027"}}}},
			[]string{"column renewal_on: found “30.6.2027”; expected a date as YYYY-MM-DD"}, "0 loaded, 0 unchanged, 0 corrected, 1 refused"},
		{"two owners in one file", record.Batch{File: "a.csv", Source: "crm", Accounts: []record.AccountRow{account("dune", "Dune", "UANA"), account("dune", "Dune", "UBEN")}},
			[]string{"column owner: found “UANA” here and “UBEN” on line 2; expected one value for account “dune”", "column owner: found “UBEN” here and “UANA” on line 2"}, "0 loaded, 0 unchanged, 0 corrected, 2 refused"},
		{"refused by the parser", record.Batch{File: "r.csv", Source: "usage", Readings: []record.ReadingRow{good}, Refused: []record.Refused{{Found: "x"}}}, []string{"found x"}, "1 loaded, 0 unchanged, 0 corrected, 1 refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := opened(t)
			strict, err := o.Import(t.Context(), file, c.batch, record.ImportOptions{Strict: true})
			o.check(err)
			if strict.Stopped != (len(c.want) > 0) || len(strict.Refused) != len(c.want) {
				t.Errorf("strict: %+v", strict)
			}
			if strict.Stopped {
				if strict.Loaded != 0 || o.count("SELECT count(*) FROM batch") != 3 {
					t.Error("strict loaded something")
				}
			} else {
				return // it is loaded
			}
			s := o.load(c.batch)
			wantTally(t, s, c.tally)
			for i, want := range c.want {
				if i < len(s.Refused) && !strings.Contains(s.Refused[i].String(), want) {
					t.Errorf("refused: %s\nwant     %s", s.Refused[i], want)
				}
			}
		})
	}
}

func TestDryRunChangesNothing(t *testing.T) {
	o := opened(t)
	_, before := o.events(0)
	b := readings("r.csv", reading("acme", .2, monday), reading("beta", .6, monday.AddDate(0, 0, -7)), reading("nobody", .6, monday))
	s, err := o.Import(t.Context(), file, b, record.ImportOptions{DryRun: true})
	o.check(err)
	wantTally(t, s, "1 loaded, 0 unchanged, 1 corrected, 1 refused")
	if _, after := o.events(0); after != before || o.count("SELECT count(*) FROM batch") != 3 {
		t.Error("a dry run left something")
	}
}

// An owner set in Slack stands until the source has news.
func TestAFileChangesOnlyWhatItsSourceChanged(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	owner := func() string {
		t.Helper()
		a, err := o.Account(ctx, "acme")
		o.check(err)
		return a.Owner
	}
	export := func(name, owner string) record.Batch {
		o.now = o.now.Add(time.Hour)
		return record.Batch{File: name, Digest: name, Source: "crm", Accounts: []record.AccountRow{account("acme", "Acme", owner)}}
	}
	o.now = o.now.Add(time.Hour)
	_, err := o.AssignOwner(ctx, mia, record.AssignOwner{Account: "acme", Owner: "UBEN"})
	o.check(err)
	wantTally(t, o.load(export("tuesday", "UANA")), "0 loaded, 1 unchanged, 0 corrected, 0 refused")
	if got := owner(); got != "UBEN" {
		t.Errorf("the export undid the owner set in Slack: %s", got)
	}
	wantTally(t, o.load(export("wednesday", "UMIA")), "0 loaded, 0 unchanged, 1 corrected, 0 refused")
	if got := owner(); got != "UMIA" {
		t.Errorf("the source's news didn't count: %s", got)
	}
	// Another source has its own history.
	b := export("thursday", "UANA")
	b.Source = "billing"
	o.load(b)
	if got := owner(); got != "UANA" {
		t.Errorf("the other source's news didn't count: %s", got)
	}
}

func TestAccountsFromFiles(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	got, err := o.Account(ctx, "acme")
	o.check(err)
	want := record.Account{ID: "acme", Name: "Acme", Segment: "enterprise", Seats: 100, ARR: 1200.5, Currency: "EUR", Owner: "UANA", Manager: "UMIA",
		StartedOn: record.Date{Year: 2024, Month: 1, Day: 1}, RenewalOn: record.Date{Year: 2027, Month: 6, Day: 30}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	o.load(record.Batch{File: "ids.csv", Source: "list", Accounts: []record.AccountRow{{ID: "bare"}}})
	if got, err := o.Account(ctx, "bare"); err != nil || got.Name != "bare" {
		t.Errorf("an account with nothing but an id: %+v, %v", got, err)
	}
	all, err := o.Accounts(ctx)
	o.check(err)
	if len(all) != 4 || all[0].Name != "Acme" {
		t.Errorf("accounts: %v", all)
	}
	_, err = o.Account(ctx, "nobody")
	wants(t, err, record.NotFound, "no account")
}

// Cut off anywhere on the way, an import leaves nothing to see, and the next one
// loads as if it had never been.
func TestACutImportLeavesNothingToSee(t *testing.T) {
	if racing {
		t.Skip("minutes under the race detector; runs without it")
	}
	b := readings("big.csv")
	for i := range rowsPerTurn + 10 {
		b.Readings = append(b.Readings, reading("acme", .2, monday.Add(-time.Duration(i)*time.Hour)))
	}
	b.Readings = b.Readings[1:] // the one of this moment is there already
	b.Accounts = []record.AccountRow{account("dune", "Dune", "UANA")}
	b.Facts = []record.FactRow{milestone("dune", "m1", monday, time.Time{}, time.Time{})}
	b.Kinds = []scoring.FactKind{scoring.KindMilestone}
	for cut := 1; ; cut++ {
		o := opened(t)
		before, err := o.Inputs(t.Context(), []string{"acme", "dune"}, o.now)
		o.check(err)
		_, seq := o.events(0)
		ctx, cancel := context.WithCancel(t.Context())
		turns := 0
		o.office = func() time.Time { // read once for each transaction
			if turns++; turns > cut {
				cancel()
			}
			return o.now
		}
		_, err = o.Import(ctx, file, b, record.ImportOptions{})
		cancel()
		o.office = func() time.Time { return o.now }
		if err == nil {
			if cut < 8 {
				t.Fatalf("only %d transactions were cut", cut)
			}
			return
		}
		after, err := o.Inputs(t.Context(), []string{"acme", "dune"}, o.now)
		o.check(err)
		if diff := cmp.Diff(before, after); diff != "" {
			t.Fatalf("cut after %d transactions, something shows:\n%s", cut, diff)
		}
		if kinds, _ := o.events(seq); len(kinds) != 0 {
			t.Fatalf("cut after %d transactions: %v", cut, kinds)
		}
		o.wall = o.wall.Add(time.Minute) // a killed one can't give its lease back
		wantTally(t, o.load(b), fmt.Sprintf("%d loaded, 0 unchanged, 0 corrected, 0 refused", len(b.Readings)+2))
		if n := o.count("SELECT count(*) FROM reading") + o.count("SELECT count(*) FROM fact"); n != 3+len(b.Readings)+1 {
			t.Errorf("cut after %d transactions, then again: %d rows, want %d", cut, n, 3+len(b.Readings)+1)
		}
		o.holds()
	}
}

// What loads, though a person should look at it, is told with its place.
func TestMarked(t *testing.T) {
	o := opened(t)
	export := func(source string, values map[record.Attribute]string) record.Summary {
		o.now = o.now.Add(time.Hour)
		return o.load(record.Batch{File: source + ".csv", Source: source, Accounts: []record.AccountRow{{ID: "acme", Values: values, Where: record.Where{File: source + ".csv", Line: 7}}}})
	}
	marked := func(s record.Summary, want ...string) {
		t.Helper()
		var got []string
		for _, x := range s.Marked {
			got = append(got, x.String())
		}
		if d := cmp.Diff(want, got); d != "" || len(s.Refused) > 0 {
			t.Errorf("%v\n%s", s.Refused, d)
		}
	}
	// Two sources, two segments: told once, when it happens.
	smb := map[record.Attribute]string{record.AttrSegment: "smb"}
	marked(export("billing", smb), "billing.csv:7, column segment: found “smb”, where crm says “enterprise”; expected one segment; the one received last counts")
	marked(export("billing", smb))
	marked(export("billing", map[record.Attribute]string{record.AttrSegment: "mid"})) // its own correction
	marked(export("crm", map[record.Attribute]string{record.AttrSegment: "large"}), "crm.csv:7, column segment: found “large”, where billing says “mid”; expected one segment; the one received last counts")

	// A renewal of nobody knows how much.
	marked(export("crm", map[record.Attribute]string{record.AttrRenewal: "2027-01-31"})) // the ARR is known
	row := record.AccountRow{ID: "dune", Values: map[record.Attribute]string{record.AttrRenewal: "2027-01-31"}, Where: record.Where{File: "d.csv", Line: 3}}
	without := record.Batch{File: "d.csv", Source: "crm", Accounts: []record.AccountRow{row}}
	want := "d.csv:3, column arr: found nothing, with a renewal on 2027-01-31; expected what it is worth a year: until then the renewal weighs nothing"
	s, err := o.Import(t.Context(), file, without, record.ImportOptions{DryRun: true})
	o.check(err)
	marked(s, want)
	marked(o.load(without), want)
	row.Values = map[record.Attribute]string{record.AttrRenewal: "2027-02-28", record.AttrARR: "10"}
	without.Accounts[0] = row
	marked(o.load(without))
}
