package storage

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// past of a few accounts: what was loaded for them, in whatever order.
type pastOf struct {
	*office
	*rapid.T
	accounts []string
	load     int
}

// Whatever was loaded, corrected, sent late, entered, retired, or begun and broken
// off, and in whatever order: at every moment the tables, the windows and the most
// direct question say the same, to the bit.
func TestPropertyInputsAgreeWithTheTruth(t *testing.T) {
	if racing {
		t.Skip("a hundred histories take minutes under the race detector")
	}
	o := empty(t)
	o.rules.Model = allMeasures()
	round, windows := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		p := &pastOf{office: o, T: rt}
		for i := range 3 {
			p.accounts = append(p.accounts, fmt.Sprintf("r%d-%d", round, i))
		}
		p.loadAccounts()
		for range rapid.IntRange(1, 7).Draw(rt, "steps") {
			o.now = o.now.Add(time.Duration(rapid.IntRange(1, 20).Draw(rt, "days")) * 24 * time.Hour)
			switch rapid.IntRange(0, 9).Draw(rt, "step") {
			case 0, 1, 2, 3, 4:
				p.loadReadings()
			case 5:
				p.enterReading()
			case 6:
				p.loadFacts()
			case 7:
				p.breakOff()
			case 8:
				p.scoreWeek()
			default:
				p.compare() // makes windows of what has none
			}
		}
		p.loadReadings() // clears away what broke off
		p.compare()
		p.compare() // now from windows that were made
		if n := o.count("SELECT count(DISTINCT account) FROM reading_window WHERE account IN "+among(1), ids(p.accounts)); n != len(p.accounts) {
			rt.Errorf("%d of %d accounts have a window", n, len(p.accounts))
		}
		windows += o.count("SELECT count(*) FROM reading_window WHERE account IN "+among(1), ids(p.accounts))
	})
	checked, wrong, err := o.CheckWindows(t.Context())
	o.check(err)
	if len(wrong) > 0 || checked == 0 || windows < round {
		t.Errorf("%d windows of %d rounds, %d compared; wrong are %v", windows, round, checked, wrong)
	}
	t.Logf("%d histories, %d windows", round, windows)
}

// weekBefore is a moment on an even grid, mostly, so that steps repeat and times meet.
func (p *pastOf) moment(name string) time.Time {
	at := p.now.AddDate(0, 0, -7*rapid.IntRange(0, 70).Draw(p.T, name))
	if rapid.IntRange(0, 3).Draw(p.T, name+" off the grid") == 0 {
		at = at.Add(-time.Duration(rapid.Int64Range(0, 9*24*3600*1000).Draw(p.T, name+" by")) * time.Millisecond)
	}
	return at
}

func (p *pastOf) loadAccounts() {
	b := record.Batch{File: "accounts.csv", Source: "crm"}
	for _, id := range p.accounts {
		for i := range rapid.IntRange(1, 3).Draw(p.T, "revisions") {
			row := account(id, id, "UANA")
			row.ReceivedAt = p.now.AddDate(0, 0, -rapid.IntRange(0, 500).Draw(p.T, "known since"))
			row.Values[record.AttrSeats] = fmt.Sprint(i)
			b.Accounts = append(b.Accounts, row)
		}
	}
	p.importing(b)
}

func (p *pastOf) importing(b record.Batch) {
	p.load++
	b.Digest = fmt.Sprintf("%s %d %s", p.accounts[0], p.load, b.File)
	_, err := p.Import(p.office.t.Context(), file, b, record.ImportOptions{})
	p.check(err)
}

func (p *pastOf) someReadings() record.Batch {
	b := record.Batch{File: "readings.csv", Source: rapid.SampledFrom([]string{"usage", "other"}).Draw(p.T, "source")}
	values := rapid.OneOf(rapid.Float64Range(0, 1), rapid.Map(rapid.IntRange(0, 100), func(n int) float64 { return float64(n) / 100 }),
		rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1, 1e-300, 1. / 3}))
	for range rapid.IntRange(1, 25).Draw(p.T, "rows") {
		at := p.moment("observed")
		x := record.ReadingRow{Account: rapid.SampledFrom(p.accounts).Draw(p.T, "account"), Value: values.Draw(p.T, "value"), ObservedAt: at,
			Measure: rapid.SampledFrom([]string{seats, "adoption.key_feature_ratio"}).Draw(p.T, "measure"), Evidence: fmt.Sprintf("row %d", len(b.Readings))}
		if rapid.IntRange(0, 2).Draw(p.T, "says when") > 0 { // as history; else it arrives now
			x.ReceivedAt = at.Add(time.Duration(rapid.IntRange(0, 30).Draw(p.T, "late")) * 24 * time.Hour)
			if x.ReceivedAt.After(p.now) {
				x.ReceivedAt = p.now
			}
		}
		b.Readings = append(b.Readings, x)
	}
	return b
}

func (p *pastOf) loadReadings() { p.importing(p.someReadings()) }

// breakOff stages some readings in an import that ends there.
func (p *pastOf) breakOff() {
	ctx := p.office.t.Context()
	plan := p.newPlan(record.ImportOptions{})
	b := p.someReadings()
	p.check(plan.gather(ctx, b.Parts()))
	p.check(p.read(ctx, func(r *reader) error { return r.decide(plan) }))
	token := newID("")
	release, err := p.holdImport(ctx, token, "a test")
	p.check(err)
	l := &loader{DB: p.DB, cargo: plan.cargo(token, ana), progress: func(record.Progress) {}, goOn: func(*tx) error { return nil }}
	p.check(l.tidy(ctx, token, l.guard))
	_, err = l.begin(ctx)
	p.check(err)
	_, err = l.stageRows(ctx)
	p.check(err)
	p.check(release())
	p.check(plan.close())
}

func (p *pastOf) enterReading() {
	in := record.Input{Measure: seats, Treatment: rapid.SampledFrom([]record.Treatment{record.Corrected, record.Dropped}).Draw(p.T, "treatment")}
	value := rapid.Float64Range(0, 1).Draw(p.T, "value")
	in.Value = &value
	account := rapid.SampledFrom(p.accounts).Draw(p.T, "account")
	p.check(p.write(p.office.t.Context(), people, func(t *tx) error {
		if err := t.addReading(ana, account, in, nil); err != nil {
			return err
		}
		return t.append(change{Kind: record.EvVerified, Account: account})
	}))
}

func (p *pastOf) loadFacts() {
	b := record.Batch{File: "milestones.csv", Source: "pm"}
	for i := range rapid.IntRange(0, 4).Draw(p.T, "facts") {
		due, done := p.moment("due"), time.Time{}
		if rapid.Bool().Draw(p.T, "done") {
			done = due
		}
		row := milestone(rapid.SampledFrom(p.accounts).Draw(p.T, "account"), fmt.Sprintf("%s-m%d", p.accounts[0], i%3), due, done, p.moment("received"))
		b.Facts = append(b.Facts, row)
	}
	p.importing(b)
}

func (p *pastOf) scoreWeek() {
	at := p.now
	in, err := p.Inputs(p.office.t.Context(), p.accounts, at)
	p.check(err)
	scorer := scoring.NewScorer(p.rules.Model)
	var rows []record.Weekly
	for i, x := range in {
		if i == 0 || rapid.Bool().Draw(p.T, "scored") {
			r := scorer.Evaluate(x)
			rows = append(rows, record.WeeklyOf(r, scorer.Advance(x.Carried, r)))
		}
	}
	p.check(p.StageWeekly(p.office.t.Context(), rows))
	p.check(p.SaveWeeks(p.office.t.Context(), []record.Week{{Slot: at.String(), At: at}}))
}

// compare asks in three ways for a few moments.
func (p *pastOf) compare() {
	ctx := p.office.t.Context()
	var moments []time.Time
	for range rapid.IntRange(1, 4).Draw(p.T, "moments") {
		moments = append(moments, p.moment("moment"))
	}
	moments = append(moments, p.now)
	slices.SortFunc(moments, time.Time.Compare)
	fast, err := p.InputsAt(ctx, p.accounts, moments)
	p.check(err)
	for _, at := range moments {
		var want []scoring.Input
		p.check(p.read(ctx, func(r *reader) (err error) {
			want, err = r.oracle(p.accounts, at)
			return err
		}))
		got, err := p.Inputs(ctx, p.accounts, at)
		p.check(err)
		if diff := cmp.Diff(want, got, emptyIsNil); diff != "" {
			p.Fatalf("the tables at %s (-asked directly +got):\n%s", at, diff)
		}
		got = nil
		for _, inputs := range fast {
			for _, in := range inputs {
				if in.Now.Equal(at) && !slices.ContainsFunc(got, func(x scoring.Input) bool { return x.Account.ID == in.Account.ID }) {
					got = append(got, withoutOldWords(in, want))
				}
			}
		}
		if diff := cmp.Diff(want, got, emptyIsNil); diff != "" {
			p.Fatalf("the windows at %s (-asked directly +got):\n%s", at, diff)
		}
	}
}

// emptyIsNil: nobody can tell an empty list from none.
var emptyIsNil = cmp.Options{ignoreNil[scoring.Reading](), ignoreNil[scoring.Input]()}

func ignoreNil[T any]() cmp.Option {
	return cmp.FilterValues(func(a, b []T) bool { return len(a) == 0 && len(b) == 0 }, cmp.Comparer(func(_, _ []T) bool { return true }))
}

// withoutOldWords lets a reading that came without its evidence pass; other words
// than the right ones don't.
func withoutOldWords(in scoring.Input, want []scoring.Input) scoring.Input {
	for _, w := range want {
		if w.Account.ID != in.Account.ID || len(w.Readings) != len(in.Readings) {
			continue
		}
		for i, r := range in.Readings {
			if r.Evidence == "" {
				in.Readings[i].Evidence = w.Readings[i].Evidence
			}
		}
	}
	return in
}

// A window that says something else than the table is found and made anew; one that
// can't be read at all misleads nobody.
func TestWindowsAreMended(t *testing.T) {
	o := opened(t)
	ctx := t.Context()
	seen := func() float64 {
		t.Helper()
		in, err := o.InputsAt(ctx, []string{"acme"}, []time.Time{o.now})
		o.check(err)
		return in[0][0].Readings[0].Value
	}
	body := func() (out []byte) {
		t.Helper()
		o.check(o.read(ctx, func(r *reader) (err error) {
			out, err = value[[]byte](r, "SELECT body FROM reading_window WHERE account = 'acme'")
			return err
		}))
		return out
	}
	right := body()
	lie, err := window{}.with(seats, "usage", []said{{observed: monday.UnixMilli(), received: monday.UnixMilli(), value: .25}})
	o.check(err)
	o.check(o.raw("UPDATE reading_window SET body = $1 WHERE account = 'acme'", lie.pack()))
	if got := seen(); got != .25 {
		t.Fatalf("the window isn't read: %v", got)
	}
	for _, want := range []int{1, 0} {
		checked, wrong, err := o.CheckWindows(ctx)
		o.check(err)
		if checked != 3 || len(wrong) != want {
			t.Errorf("%d compared, wrong are %v; want %d", checked, wrong, want)
		}
	}
	if got := body(); !bytes.Equal(got, right) {
		t.Errorf("the window is %x, want %x", got, right)
	}
	for _, broken := range [][]byte{{}, {9}, right[:len(right)-1], append(slices.Clone(right), 1)} {
		o.check(o.raw("UPDATE reading_window SET body = $1 WHERE account = 'acme'", broken))
		if got := seen(); got != .9 {
			t.Errorf("with %x: %v", broken, got)
		}
		if got := body(); !bytes.Equal(got, right) {
			t.Errorf("with %x: the window became %x, want %x", broken, got, right)
		}
	}
}
