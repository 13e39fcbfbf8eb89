package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"healthbot/schedule/source"
	"healthbot/storage"
	"healthbot/storage/record"
)

// load imports one file beside the running bot, as `healthbot import` does.
func (w *world) load(kind, from, text string) {
	w.Helper()
	db, err := storage.Open(w.ctx, storage.Options{Path: w.db, Now: w.sim.Now, Rules: w.rules, Log: zerolog.Nop()})
	w.must(err)
	defer func() { w.must(db.Close()) }()
	b, err := source.ReadAll(strings.NewReader(text), kind+".csv", source.Options{Kind: source.Kind(kind), Source: from, Zone: time.UTC, Now: w.sim.Now(), Model: w.rules.Model})
	w.must(err)
	sum, err := db.Import(w.ctx, record.Actor{Name: "test"}, b, record.ImportOptions{Strict: true})
	w.must(err)
	if len(sum.Refused) > 0 || sum.Loaded == 0 {
		w.Fatalf("%d rows of %s loaded; refused: %v", sum.Loaded, kind, sum.Refused)
	}
}

// On Monday Ana finds Borealis stable. On Wednesday its people stop logging in:
// it comes back before its date, in a spot review of its own, and Ana is told.
func TestWhatMovesComesBackBeforeItsDate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ana := w.as("Ana Ruiz")
	w.press(ana, w.card("Borealis Systems"), "Review")
	w.modal(ana, "Borealis Systems")
	w.must(ana.Choose(w.ctx, "Your decision", "stable"))
	w.must(ana.Fill(w.ctx, "Why, in a plain sentence", "The sponsor was on holiday; milestones are re-planned."))
	w.must(ana.Submit(w.ctx))
	w.modal(ana, "What follows", "stable")
	w.must(ana.Submit(w.ctx))
	w.await(channel, "Borealis Systems", "stable by Ana Ruiz")

	w.must(w.slack.SetClock(w.ctx, monday.Add(50*time.Hour))) // Wednesday, 10:59
	w.load("readings", "product", "account,measure,value,observed_at\n"+
		"borealis,usage.active_seat_ratio,0.15,2026-11-24\nborealis,usage.logins_per_seat_week,0.6,2026-11-24\nborealis,adoption.key_feature_ratio,0.1,2026-11-24\n")
	card := w.await(channel, "Borealis Systems", "Up before its date")
	digest := w.await(channel, "Spot review of enterprise", "1 due", "1 needs a person")
	if card.ThreadTS != digest.TS {
		t.Errorf("the card stands in thread %s, the spot review is %s", card.ThreadTS, digest.TS)
	}
	w.await("dm:U0ANA", "Spot review of enterprise", "your one", "Borealis Systems")

	// It is a review like any other; once decided it stays away.
	w.press(ana, card, "Review")
	w.modal(ana, "Borealis Systems")
	w.must(ana.Choose(w.ctx, "Your decision", "watchlist"))
	w.must(ana.Fill(w.ctx, "Why, in a plain sentence", "Nobody logs in since Tuesday; I called Kim."))
	w.must(ana.Submit(w.ctx))
	w.modal(ana, "What follows", "watchlist")
	w.must(ana.Fill(w.ctx, "What do you watch?", "Log-ins"))
	w.must(ana.Submit(w.ctx))
	w.await(channel, "Borealis Systems", "watchlist by Ana Ruiz")
	w.verified()
	w.noRefusals()
}
