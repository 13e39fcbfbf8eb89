package storage

import (
	"fmt"
	"testing"
	"time"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// book is an office with many accounts that have a year of weekly readings of
// each measure, and milestones.
func book(b *testing.B, accounts int) (*DB, []string) {
	dir := b.TempDir()
	db, err := Open(b.Context(), Options{Path: dir + "/health.db", Now: func() time.Time { return monday }, Rules: record.Rules{People: everybody, Model: allMeasures()}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	in := record.Batch{File: "book.csv", Digest: "book", Source: "usage"}
	var ids []string
	for i := range accounts {
		id := fmt.Sprintf("acct-%05d", i)
		ids = append(ids, id)
		row := account(id, "Customer "+id, "UANA")
		row.ReceivedAt = monday.AddDate(-2, 0, 0)
		in.Accounts = append(in.Accounts, row)
	}
	mustLoad(b, db, in)
	return db, ids
}

func mustLoad(b *testing.B, db *DB, batch record.Batch) {
	b.Helper()
	s, err := db.Import(b.Context(), file, batch, record.ImportOptions{Strict: true})
	if err != nil || s.Stopped {
		b.Fatalf("%v %v", err, s.Refused)
	}
}

func allMeasures() scoring.Model { return scoring.AllSignals() }

// year is a batch of weekly readings of a measure for each account.
func year(name string, ids []string, weeks int, measures ...string) record.Batch {
	b := record.Batch{File: name, Digest: name, Source: "usage"}
	for _, id := range ids {
		for w := range weeks {
			at := monday.AddDate(0, 0, -7*w)
			for _, m := range measures {
				b.Readings = append(b.Readings, record.ReadingRow{Account: id, Measure: m, Value: 1, ObservedAt: at, ReceivedAt: at, Evidence: "weekly export"})
			}
		}
	}
	return b
}

// 50,000 readings: 500 accounts, two measures, fifty weeks.
func BenchmarkImport(b *testing.B) {
	db, ids := book(b, 500)
	n := 0
	for b.Loop() {
		batch := year(fmt.Sprintf("%d.csv", n), ids, 50, "usage.active_seat_ratio", "usage.logins_per_seat_week")
		for i := range batch.Readings {
			batch.Readings[i].ObservedAt = batch.Readings[i].ObservedAt.Add(-time.Duration(n) * time.Hour)
		}
		n++
		mustLoad(b, db, batch)
	}
}

// The same file once more: everything is unchanged.
func BenchmarkImportAgain(b *testing.B) {
	db, ids := book(b, 500)
	batch := year("year.csv", ids, 50, "usage.active_seat_ratio", "usage.logins_per_seat_week")
	mustLoad(b, db, batch)
	for b.Loop() {
		mustLoad(b, db, batch)
	}
}

// What is known of 500 accounts with a year of eleven measures and 150 facts each.
func BenchmarkInputs(b *testing.B) {
	db, ids := book(b, 500)
	var measures []string
	for _, m := range allMeasures().Measures {
		if m.Min <= 1 && m.Max >= 1 {
			measures = append(measures, m.ID)
		}
	}
	mustLoad(b, db, year("year.csv", ids, 52, measures...))
	facts := record.Batch{File: "touches.csv", Digest: "touches", Source: "mail", Kinds: []scoring.FactKind{scoring.KindTouch}}
	for _, id := range ids {
		for n := range 150 {
			x := scoring.Touch{ID: fmt.Sprintf("%s-%d", id, n), Contact: "kim", At: monday.AddDate(0, 0, -2*n), Inbound: true}
			facts.Facts = append(facts.Facts, record.FactRow{Account: id, Kind: scoring.KindTouch, ExternalID: x.ID, Touch: &x, ReceivedAt: x.At})
		}
	}
	mustLoad(b, db, facts)
	for b.Loop() {
		in, err := db.Inputs(b.Context(), ids, monday)
		if err != nil || len(in) != len(ids) || len(in[0].Readings) != len(measures) || len(in[0].Facts.Touches) != 150 {
			b.Fatal(err, len(in))
		}
	}
}
