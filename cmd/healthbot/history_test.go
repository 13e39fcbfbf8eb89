package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"healthbot/cmd/healthbot/config"
	"healthbot/cmd/healthbot/seed"
	"healthbot/schedule"
	"healthbot/scoring"
	"healthbot/storage"
	"healthbot/storage/record"
)

// These tests play weeks of the demo's company: its files through the importer,
// a real database, the scheduler on a clock that they move. Only Slack isn't there.

// mute takes every message.
type mute struct{}

func (mute) Deliver(_ context.Context, d record.Delivery) (record.Receipt, error) {
	return record.Receipt{Channel: d.To, TS: d.ID}, nil
}
func (mute) Edit(context.Context, record.Delivery) error { return nil }
func (mute) Lookup(context.Context, record.Delivery) (record.Receipt, bool, error) {
	return record.Receipt{}, false, nil
}

// quillmoor is the demo's company, with a clock of its own.
type quillmoor struct {
	*testing.T
	*storage.DB
	path  string
	rules record.Rules
	start time.Time // where its clock begins
	begun time.Time
}

// atTheOffice is the Monday on which the demo begins, a moment before nine.
var atTheOffice = time.Date(2026, 11, 23, 8, 59, 57, 0, seed.Policy().Zone)

// newQuillmoor opens the company with a clock that begins some weeks before
// the demo's: what had been received by then is known, the rest isn't yet.
func newQuillmoor(t *testing.T, weeksEarlier int) *quillmoor {
	t.Helper()
	q := &quillmoor{T: t, path: filepath.Join(t.TempDir(), "q.db"), rules: rulesOf(seed.Team()), start: atTheOffice.AddDate(0, 0, -7*weeksEarlier), begun: time.Now()}
	q.open(func() time.Time { return atTheOffice })
	q.must(load(t.Context(), q.DB, q.rules, atTheOffice))
	q.must(q.Close())
	q.open(q.now)
	t.Cleanup(func() { q.must(q.Close()) })
	return q
}

func (q *quillmoor) now() time.Time { return q.start.Add(time.Since(q.begun)) }

func (q *quillmoor) open(now func() time.Time) {
	q.Helper()
	db, err := storage.Open(q.Context(), storage.Options{Path: q.path, Now: now, Rules: q.rules, Log: zerolog.Nop()})
	q.must(err)
	q.DB = db
}

func (q *quillmoor) must(err error) {
	q.Helper()
	if err != nil {
		q.Fatal(err)
	}
}

// work runs the scheduler while virtual time passes.
func (q *quillmoor) work(d time.Duration) {
	q.Helper()
	s, err := schedule.New(schedule.Options{Store: q.DB, Deliverer: mute{}, Policy: q.rules.Policy, Model: q.rules.Model, Now: q.now,
		Tick: 20 * time.Minute, First: func(string) time.Time { return q.start }, Log: zerolog.New(io.Discard)})
	q.must(err)
	ctx, stop := context.WithCancel(q.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	time.Sleep(d)
	stop()
	q.must(<-ended)
}

// "Why 59, and why was it 87?" The demo's star answers on its first card.
func TestTheStarIsExplained(t *testing.T) {
	if racing {
		t.Skip("minutes under the race detector; runs without it")
	}
	synctest.Test(t, func(t *testing.T) {
		q := newQuillmoor(t, 0)
		q.work(time.Hour)
		c, err := q.Case(t.Context(), "acme", "")
		q.must(err)
		s := c.Snapshot
		if s.Change == nil || c.Run == nil {
			t.Fatalf("not explained: %+v", s.Previous)
		}
		if s.Result.Score != 590 || s.Previous.Score < 850 || s.Previous.Score > 950 || !s.Previous.AsOf.Equal(time.Date(2026, 10, 26, 0, 0, 0, 0, seed.Policy().Zone)) {
			t.Errorf("%s on %s → %s", s.Previous.Score, s.Previous.AsOf, s.Result.Score)
		}
		var sum scoring.Tenths
		kinds := map[string]scoring.Tenths{}
		for _, p := range s.Change.Parts {
			sum += p.Points
			kinds[string(p.Kind)+" "+p.Measure] += p.Points
		}
		if sum != s.Result.Score-s.Previous.Score {
			t.Errorf("parts sum to %s, the score moved by %s: %v", sum, s.Result.Score-s.Previous.Score, s.Change.Parts)
		}
		for _, want := range []string{"cap ", "movement stakeholder.days_since_reply", "movement milestones.overdue"} {
			if kinds[want] >= 0 {
				t.Errorf("%q took nothing: %v", want, s.Change.Parts)
			}
		}
		if s.Priority.Level != scoring.P2 || !s.Priority.Top && s.Priority.Loss <= 0 {
			t.Errorf("priority %+v", s.Priority)
		}
	})
}

// The command says the same before the bot ever ran, from imported history alone.
func TestScoreIsExplained(t *testing.T) {
	if racing {
		t.Skip("minutes under the race detector; runs without it")
	}
	q := newQuillmoor(t, 0)
	var yml bytes.Buffer
	q.must(config.Write(&yml, seed.Team()))
	at := []string{"--db", q.path, "--config", write(t, t.TempDir(), "healthbot.yml", yml.String()), "--as-of", "2026-11-23T09:00"}
	var report scoring.Report
	q.must(json.Unmarshal([]byte(must(t, append([]string{"score", "Acme", "--json"}, at...)...)), &report))
	if report.Previous == nil || report.Priority == nil || len(report.Parts) < 4 || *report.Score != 590 || report.Priority.Level != scoring.P2 {
		t.Fatalf("%+v", report)
	}
	sum := *report.Previous.Score
	for _, p := range report.Parts {
		sum += p.Points
	}
	if sum != *report.Score {
		t.Errorf("%s and its parts make %s, not %s", report.Previous.Score, sum, *report.Score)
	}
	text := must(t, append([]string{"score", "Acme"}, at...)...)
	for _, want := range []string{fmt.Sprintf("%s → 59.0 since 26 October 2026", report.Previous.Score), report.Parts[0].Points.Signed() + "  " + report.Parts[0].Words(), "P2: renewal within 90 days"} {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %q:\n%s", want, text)
		}
	}
	code, _, errs := command(t, append([]string{"score", "acme", "--now", "2026-11-23"}, at...)...)
	if code != exitUsage || !strings.Contains(errs, "--as-of") {
		t.Errorf("both dates: exit %d, %s", code, errs)
	}
}

// Same readings, version and carried state, same score, for ever: three weekly
// runs and what people did between them, all computed again from the record.
func TestEveryScoreRecomputes(t *testing.T) {
	if racing {
		t.Skip("scores a year of weeks three times over: minutes under the race detector; runs without it")
	}
	synctest.Test(t, func(t *testing.T) {
		q := newQuillmoor(t, 2)
		ctx := t.Context()
		for range 3 {
			q.work(time.Hour)
			q.decideAll()
			q.work(7*24*time.Hour - time.Hour)
		}
		raw, err := sql.Open("sqlite", "file:"+q.path)
		q.must(err)
		defer raw.Close()
		type stored struct {
			account string
			at      time.Time
			score   int
			text    string
			change  string
			before  string
		}
		read := func(query string) (out []stored) {
			rows, err := raw.QueryContext(ctx, query)
			q.must(err)
			defer rows.Close()
			for rows.Next() {
				var s stored
				var at int64
				q.must(rows.Scan(&s.account, &at, &s.score, &s.text, &s.change, &s.before))
				s.at = time.UnixMilli(at)
				out = append(out, s)
			}
			q.must(rows.Err())
			return out
		}
		scorer := scoring.NewScorer(q.rules.Model)
		known := map[string]map[string]scoring.Input{} // by moment and account
		accounts, err := q.Accounts(ctx)
		q.must(err)
		var ids []string
		for _, a := range accounts {
			ids = append(ids, a.ID)
		}
		compute := func(s stored) (scoring.Input, scoring.Result) {
			at := known[s.at.String()]
			if at == nil {
				inputs, err := q.Inputs(ctx, ids, s.at)
				q.must(err)
				at = map[string]scoring.Input{}
				for _, in := range inputs {
					at[in.Account.ID] = in
				}
				known[s.at.String()] = at
			}
			in, ok := at[s.account]
			if !ok {
				t.Fatalf("%s isn't known at %s", s.account, s.at)
			}
			return in, scorer.Evaluate(in)
		}

		snapshots, runs, explained := read("SELECT account, at, score, result, change, previous FROM snapshot ORDER BY at, account"), map[string]bool{}, 0
		for _, s := range snapshots {
			runs[s.at.String()] = true
			_, r := compute(s)
			text, err := json.Marshal(r)
			q.must(err)
			if int(r.Score) != s.score || string(text) != s.text {
				t.Errorf("%s at %s was %d and is %s\n%s", s.account, s.at, s.score, r.Score, cmp.Diff(s.text, string(text)))
			}
			if s.change == "" {
				continue
			}
			explained++
			var c scoring.Change
			var before record.Previous
			q.must(json.Unmarshal([]byte(s.change), &c))
			q.must(json.Unmarshal([]byte(s.before), &before))
			var sum scoring.Tenths
			for _, p := range c.Parts {
				sum += p.Points
				if p.Kind == scoring.PartRecord || p.Kind == scoring.PartModel {
					t.Errorf("%s at %s: its earlier end no longer computes: %s", s.account, s.at, p)
				}
			}
			if c.From != before.Score || int(c.To) != s.score || sum != c.Delta() {
				t.Errorf("%s at %s: %s → %d explained as %s → %s by %s", s.account, s.at, before.Score, s.score, c.From, c.To, sum)
			}
		}
		if len(runs) < 4 || len(snapshots) < 150 || explained < 100 {
			t.Errorf("%d snapshots of %d moments, %d explained: too few to prove anything", len(snapshots), len(runs), explained)
		}

		weeks := read("SELECT account, week, score, state, '', '' FROM weekly ORDER BY week, account")
		for _, s := range weeks {
			in, r := compute(s)
			state, err := json.Marshal(scorer.Advance(in.Carried, r))
			q.must(err)
			var want, got scoring.Carried
			q.must(json.Unmarshal([]byte(s.text), &want))
			q.must(json.Unmarshal(state, &got))
			if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })); diff != "" || int(r.Score) != s.score {
				t.Errorf("week %s of %s was %d and is %s: %s", s.at, s.account, s.score, r.Score, diff)
			}
		}
		if len(weeks) < 3000 {
			t.Errorf("%d weekly scores", len(weeks))
		}
		t.Logf("%d snapshots of %d moments, %d explained, %d weekly scores", len(snapshots), len(runs), explained, len(weeks))
		v, err := q.Verify(ctx)
		q.must(err)
		if v.Broken != nil {
			t.Errorf("the chain is broken: %+v", v.Broken)
		}
	})
}

// decideAll settles what is open: holds are confirmed as they are, and every
// review is recorded as stable, so that the accounts are due again in a week.
func (q *quillmoor) decideAll() {
	q.Helper()
	ctx, now := q.Context(), q.now()
	rows, err := q.Queue(ctx, record.QueueFilter{Open: true})
	q.must(err)
	if len(rows) == 0 {
		q.Fatal("nothing to decide")
	}
	for i, row := range rows {
		who := record.Actor{ID: row.Account.Owner, Name: "somebody", Request: fmt.Sprintf("%s %d", now, i)}
		var inputs []record.Input
		for _, h := range row.Holds {
			for _, m := range h.Measures {
				how := record.Routed
				if h.Kind == scoring.HoldConflict {
					how = record.Confirmed
				}
				inputs = append(inputs, record.Input{Measure: m, Treatment: how})
			}
		}
		if len(inputs) > 0 {
			_, err := q.VerifyInputs(ctx, who, record.Verify{Review: row.Review, Inputs: inputs})
			q.must(err)
			who.Request += " verified"
		}
		_, err := q.Decide(ctx, who, record.Classify{Review: row.Review, Outcome: scoring.Stable, Next: record.DateOf(now).Add(7)})
		if record.KindOf(err) != record.Conflict { // an account that nobody owns stays on hold
			q.must(err)
		}
	}
}
