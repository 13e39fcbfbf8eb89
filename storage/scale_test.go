package storage

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rs/zerolog"

	"healthbot/schedule"
	"healthbot/scoring"
	"healthbot/storage/record"
)

// company is a large office: every account with a year of weekly readings of seven
// signals, and the state of the week before.
type company struct {
	*DB
	b    *testing.B
	ids  []string
	now  time.Time
	week time.Time // the Monday to score
}

// sevenSignals are measures, one of each signal; those that derive from facts are
// read here from a source that counts them itself.
var sevenSignals = []string{seats, "stakeholder.days_since_reply", "milestones.overdue", "adoption.key_feature_ratio", "support.open_urgent",
	"billing.days_overdue", "sentiment.csat"}

func sevenSignalsModel() scoring.Model {
	m := scoring.AllSignals()
	m.Measures = slices.DeleteFunc(slices.Clone(m.Measures), func(x scoring.Measure) bool { return !slices.Contains(sevenSignals, x.ID) })
	return m
}

const weeksOfBook = 52

// largeBook makes a company. Its rows are written past the importer, which has
// benchmarks of its own; windows are made from them.
func largeBook(b *testing.B, accounts int) *company {
	b.Helper()
	c := &company{b: b, week: midnight(0), now: midnight(0).Add(time.Second)}
	path := b.TempDir() + "/health.db"
	rules := record.Rules{People: everybody, Model: sevenSignalsModel(), Policy: record.Policy{Zone: berlin}}
	var err error
	c.DB, err = Open(b.Context(), Options{Path: path, Now: func() time.Time { return c.now }, Rules: rules, Log: zerolog.Nop()})
	c.must(err)
	b.Cleanup(func() { c.must(c.Close()) })
	for i := range accounts {
		c.ids = append(c.ids, fmt.Sprintf("acct-%06d", i))
	}
	c.exec("INSERT INTO batch (n, id, file, digest, source, started_at, loaded_at, summary) VALUES (1, 'im_book', 'book.csv', '', 'book', 0, 0, '{}')")
	for part := range slices.Chunk(c.ids, 1000) {
		asked := ids(part)
		c.exec(`INSERT INTO account_row (id, name, segment, stage, seats, started_on, arr, currency, renewal_on, owner, backup, manager, crm, process, process_link)
			SELECT value, 'Customer ' || value, 'enterprise', '', 100, '2024-01-01', 1000 + substr(value, 6), 'EUR', '2027-06-30', 'UANA', '', 'UMIA', '', '', '' FROM json_each($1)`, asked)
		c.exec(`INSERT INTO account_attribute (account, attribute, value, source, received_at, imported_at, backfilled, batch)
			SELECT a.value, x.value ->> 0, x.value ->> 1, 'crm', $2, $2, 1, 1 FROM json_each($1) a, json_each($3) x ORDER BY a.value`, asked, midnight(-60).UnixMilli(),
			`[["name","Customer"],["segment","enterprise"],["seats","100"],["started_on","2024-01-01"],["arr","1200.50"],["currency","EUR"],["renewal_on","2027-06-30"],["owner","UANA"],["manager","UMIA"]]`)
		c.exec("INSERT INTO series (account, measure, source) SELECT a.value, x.value, 'book' FROM json_each($1) a, json_each($2) x ORDER BY a.value, x.value", asked, ids(sevenSignals))
		// A steady level for each series, with some noise of its own every week.
		c.exec(`WITH RECURSIVE back(i) AS (SELECT $2 UNION ALL SELECT i - 1 FROM back WHERE i > 0)
			INSERT INTO reading SELECT n, $3 - 604800000 * i, 1,
				CASE WHEN measure LIKE '%ratio' THEN (30 + (n * 31 + i * i * 7) % 60) / 100.0 WHEN measure = 'sentiment.csat' THEN 3 + ((n + i) % 20) / 10.0 ELSE (n * 7 + i) % 4 END,
				0, $3 - 604800000 * i + 3600000, $3 - 604800000 * i + 3600000, 1, 'weekly export, row ' || n, '', 1
			FROM json_each($1) a CROSS JOIN series se ON se.account = a.value CROSS JOIN back`, asked, weeksOfBook-1, c.week.Add(-6*time.Hour).UnixMilli())
	}
	c.must(c.rememberWindows(b.Context(), c.ids))
	c.must(c.SaveWeeks(b.Context(), []record.Week{weekOf(midnight(-2))})) // so that the first pass has one week to make, not sixty
	c.pass(midnight(-1))
	return c
}

func (c *company) must(err error) {
	c.b.Helper()
	if err != nil {
		c.b.Fatal(err)
	}
}

func (c *company) exec(query string, args ...any) {
	c.b.Helper()
	_, err := c.writer.ExecContext(c.b.Context(), query, args...)
	c.must(err)
}

// again takes the scored week back, so that it can be scored once more.
func (c *company) again() {
	c.exec("DELETE FROM week WHERE at = $1", c.week.UnixMilli())
	c.exec("DELETE FROM weekly WHERE week = $1", c.week.UnixMilli())
}

// watched is a store that tells when a week is done.
type watched struct {
	schedule.Store
	done chan struct{}
}

func (w watched) SaveWeeks(ctx context.Context, weeks []record.Week) error {
	err := w.Store.SaveWeeks(ctx, weeks)
	if err == nil {
		close(w.done)
	}
	return err
}

// pass is what the bot does on a Monday at midnight.
func (c *company) pass(week time.Time) {
	c.b.Helper()
	ctx, cancel := context.WithCancel(c.b.Context())
	defer cancel()
	store := watched{c.DB, make(chan struct{})}
	now := week.Add(time.Second)
	first := now.Add(-2 * time.Second)
	looks := 0
	s, err := schedule.New(schedule.Options{Store: store, Deliverer: nobody{}, Policy: c.rules.Policy, Model: c.rules.Model, Tick: time.Millisecond,
		Now: func() time.Time { // a look before midnight and then after it
			if looks++; looks == 1 {
				return first
			}
			return now
		}})
	c.must(err)
	var g errgroup.Group
	g.Go(func() error { return s.Run(ctx) })
	<-store.done
	cancel()
	c.must(g.Wait())
}

// nobody delivers nothing.
type nobody struct{ schedule.Deliverer }

// explained is the pass with more: level, why it moved over four weeks, band with
// its carried state, findings with their evidence; the week's rows are kept.
func (c *company) explained() {
	scorer := scoring.NewScorer(c.rules.Model)
	moments := []time.Time{midnight(-4), c.week}
	c.parts(func(ctx context.Context, ids []string) error {
		inputs, err := c.InputsAt(ctx, ids, moments)
		if err != nil {
			return err
		}
		rows := make([]record.Weekly, 0, len(inputs))
		for _, in := range inputs {
			runtime.Gosched()
			row, err := explainOne(scorer, in[0], in[1])
			if err != nil {
				return err
			}
			rows = append(rows, row)
		}
		return c.StageWeekly(ctx, rows)
	})
	c.must(c.SaveWeeks(c.b.Context(), []record.Week{weekOf(c.week)}))
}

func explainOne(scorer *scoring.Scorer, before, after scoring.Input) (record.Weekly, error) {
	r := scorer.Evaluate(after)
	change, ok := scoring.Explain(scoring.End{Scorer: scorer, Input: before}, scoring.End{Scorer: scorer, Input: after, Result: &r})
	if ok && change.To != r.Score || r.Unscored || r.Findings[0].Evidence == "" {
		return record.Weekly{}, fmt.Errorf("%s: %+v, %+v", r.Account, change, r)
	}
	return record.WeeklyOf(r, scorer.Advance(after.Carried, r)), nil
}

// parts works through all accounts as the scheduler does.
func (c *company) parts(work func(ctx context.Context, ids []string) error) {
	c.b.Helper()
	g, ctx := errgroup.WithContext(c.b.Context())
	g.SetLimit(runtime.GOMAXPROCS(0))
	for ids := range slices.Chunk(c.ids, 1000) {
		g.Go(func() error { return work(ctx, ids) })
	}
	c.must(g.Wait())
}

// rowByRow is the peer: it asks account by account, and stores row by row, five
// hundred to a transaction.
func (c *company) rowByRow(accounts []string) {
	scorer := scoring.NewScorer(c.rules.Model)
	for part := range slices.Chunk(accounts, 500) {
		var rows []record.Weekly
		for _, id := range part {
			var ends [2][]scoring.Input
			for i, at := range []time.Time{midnight(-4), c.week} {
				c.must(c.read(c.b.Context(), func(r *reader) (err error) {
					ends[i], err = r.oracle([]string{id}, at)
					return err
				}))
			}
			row, err := explainOne(scorer, ends[0][0], ends[1][0])
			c.must(err)
			rows = append(rows, row)
		}
		values, err := weeklyRows(rows)
		c.must(err)
		c.must(c.bookkeeping(c.b.Context(), bulk, "a peer", func(t *tx) error {
			for _, v := range values {
				if err := t.insert("weekly", "week, account, score, unscored, band, health, state", v...); err != nil {
					return err
				}
			}
			return nil
		}))
	}
}

// sizes are what the benchmarks of scale measure; the larger ones take minutes to
// build.
func sizes(b *testing.B, run func(b *testing.B, accounts int)) {
	for _, n := range []int{1000, 10000, 100000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			if n > 1000 && !*long {
				b.Skip("-long isn't set")
			}
			run(b, n)
		})
	}
}

// Each Monday every account is scored and its state carried on.
//
//	go test ./storage -run - -bench BenchmarkWeek -benchtime 1x -long
func BenchmarkWeek(b *testing.B) {
	sizes(b, func(b *testing.B, accounts int) {
		c := largeBook(b, accounts)
		c.measure(func() { c.pass(c.week) })
	})
}

// Level, change over four weeks, band with carried state and evidence of every
// account, persisted; and how much longer the way of row by row takes.
//
//	go test ./storage -run - -bench BenchmarkExplained -benchtime 1x -long
func BenchmarkExplained(b *testing.B) {
	sizes(b, func(b *testing.B, accounts int) {
		c := largeBook(b, accounts)
		rate := c.measure(c.explained)
		some := c.ids[:1000]
		begun := time.Now()
		c.rowByRow(some)
		b.ReportMetric(rate*time.Since(begun).Seconds()/float64(len(some)), "x-row-by-row")
	})
}

// measure scores the week again and again, and answers with accounts per second.
func (c *company) measure(score func()) float64 {
	peak := watchMemory()
	var used time.Duration
	for c.b.Loop() {
		before := processorTime()
		score()
		used += processorTime() - before
		c.b.StopTimer()
		c.again()
		c.b.StartTimer()
	}
	scored := float64(len(c.ids)) * float64(c.b.N)
	rate := scored / c.b.Elapsed().Seconds()
	c.b.ReportMetric(rate, "accounts/s")
	c.b.ReportMetric(float64(used.Nanoseconds())/1000/scored, "cpu-µs/account")
	c.b.ReportMetric(peak(), "MB-peak")
	return rate
}

// load is work that goes on while people commit.
type load struct {
	name string
	run  func() error
}

// BenchmarkCommitMeanwhile measures what a person waits for a verification and for a
// decision, from the call to the return, while all accounts are computed. Other
// loads belong in the list.
//
//	go test ./storage -run - -bench BenchmarkCommitMeanwhile -benchtime 1x -long
func BenchmarkCommitMeanwhile(b *testing.B) {
	sizes(b, func(b *testing.B, accounts int) {
		c := largeBook(b, accounts)
		reviews := c.openReviews(min(accounts, 1000))
		quiet := c.meanwhile(&reviews, load{"nothing else", func() error { time.Sleep(time.Second); return nil }})
		slices.Sort(quiet)
		var took []time.Duration
		for b.Loop() {
			took = append(took, c.meanwhile(&reviews, load{"weekly scoring", func() error { c.pass(c.week); return nil }})...)
			b.StopTimer()
			c.again()
			b.StartTimer()
		}
		slices.Sort(took)
		if len(took) == 0 {
			b.Fatal("nobody committed meanwhile")
		}
		ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
		b.ReportMetric(float64(len(took)), "commits")
		b.ReportMetric(ms(took[len(took)/2]), "ms-median")
		b.ReportMetric(ms(took[len(took)*99/100]), "ms-p99")
		b.ReportMetric(ms(took[len(took)-1]), "ms-worst")
		b.ReportMetric(ms(quiet[len(quiet)/2]), "ms-median-alone")
		b.ReportMetric(ms(quiet[len(quiet)*99/100]), "ms-p99-alone")
	})
}

// meanwhile lets people verify and decide, one after another with a breath in
// between, until the loads are done.
func (c *company) meanwhile(reviews *[]string, loads ...load) (took []time.Duration) {
	c.b.Helper()
	var g errgroup.Group
	for _, l := range loads {
		g.Go(func() error {
			if err := l.run(); err != nil {
				return fmt.Errorf("%s: %w", l.name, err)
			}
			return nil
		})
	}
	done := make(chan error, 1)
	go func() { done <- g.Wait() }()
	for n := 0; ; n++ {
		select {
		case err := <-done:
			c.must(err)
			return took
		case <-time.After(10 * time.Millisecond):
		}
		if len(*reviews) == 0 {
			continue
		}
		review := (*reviews)[0]
		begun := time.Now()
		if n%2 == 0 {
			_, err := c.VerifyInputs(c.b.Context(), ana, record.Verify{Review: review, Inputs: []record.Input{{Measure: seats, Treatment: record.Confirmed}}})
			c.must(err)
		} else {
			_, err := c.Decide(c.b.Context(), ana, stable(review))
			c.must(err)
			*reviews = (*reviews)[1:]
		}
		took = append(took, time.Since(begun))
	}
}

// openReviews makes a run over some accounts and answers with its reviews.
func (c *company) openReviews(accounts int) (out []string) {
	c.b.Helper()
	ctx := c.b.Context()
	run, _, err := c.BeginRun(ctx, record.Run{Job: "enterprise", Slot: "2026-11-16T09:00", Segment: "enterprise", Channel: "C1", DueAt: midnight(-1), Version: "v1"})
	c.must(err)
	inputs, err := c.Inputs(ctx, c.ids[:accounts], midnight(-1))
	c.must(err)
	var snaps []record.Snapshot
	for _, in := range inputs {
		snaps = append(snaps, record.Snapshot{Account: in.Account.ID, At: midnight(-1), Result: scoring.Evaluate(c.rules.Model, in)})
	}
	c.must(c.SaveSnapshots(ctx, run.ID, snaps))
	_, err = c.OpenRun(ctx, run.ID, nil)
	c.must(err)
	c.must(c.read(ctx, func(r *reader) (err error) {
		out, err = list(r, column[string], "SELECT id FROM review ORDER BY account")
		return err
	}))
	return out
}

var _ schedule.Store = (*DB)(nil)
