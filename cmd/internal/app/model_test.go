package app_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"healthbot/cmd/internal/app"
	"healthbot/scoring"
	"healthbot/storage"
	"healthbot/storage/record"
)

// After an upgrade, or with other sources, the built-in version isn't the
// approved one: the bot starts, says so in its log and in the record, and holds
// outcomes. A file that nobody approved doesn't start at all.
func TestStartWithAnotherModel(t *testing.T) {
	rules := team()
	path := filepath.Join(t.TempDir(), "r.db")
	db, err := storage.Open(t.Context(), storage.Options{Path: path, Rules: rules, Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	before := scoring.BuiltIn().InService(scoring.Usage, scoring.Support) // as other sources would make it
	if _, err := db.RecordModel(t.Context(), record.Actor{Name: "Mia"}, before, true); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	start := func(m scoring.Model) (*app.App, error) {
		rules.Model = m
		return app.New(t.Context(), app.Options{DB: path, APIURL: "http://127.0.0.1:1/api/", BotToken: "xoxb-1-2-aaaaaaaa", AppToken: "xapp-1-2-aaaaaaaa", Rules: rules, Log: zerolog.New(&log), Name: "test"})
	}

	ours := scoring.BuiltIn()
	ours.Name = "ours"
	if _, err := start(ours); record.KindOf(err) != record.Conflict || !strings.Contains(record.Say(err), "ours v1") {
		t.Errorf("an unapproved file: %v", err)
	}
	a, err := start(scoring.BuiltIn())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	if !strings.Contains(log.String(), "the model isn't the approved one") {
		t.Errorf("the log says nothing: %s", log.String())
	}
	events, err := a.DB().Events(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	last := events[len(events)-1]
	if last.Kind != record.EvModelMismatch || last.Subject != scoring.BuiltIn().Digest() || !strings.Contains(string(last.After), before.Digest()) {
		t.Errorf("the last event is %s %s: %s", last.Kind, last.Subject, last.After)
	}
}
