package bot

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"healthbot/bot/view"
	"healthbot/storage/record"
)

// On a full disk a submitted form stays open with all that was typed, and says
// what is wrong; a press is told. Nothing is acknowledged as done.
func TestAFullDiskKeepsTheForm(t *testing.T) {
	full := &record.Error{Kind: record.Broken, Cause: errors.New("database or disk is full (13)"), Say: "The disk is full. Nothing was saved; free some space and try again."}
	s := oneAccount()
	s.change = func(context.Context, record.Actor, any) (any, error) { return nil, full }
	f := newFakeSlack()
	b := testBot(s, f)
	snooze := submitted(t, ana.ID, view.SnoozeForm(view.Frame{}, openCase(), view.Meta{Review: "rv_1"}),
		map[record.Field]slack.BlockAction{record.FieldNote: typed("away"), record.FieldUntil: {SelectedDate: "2026-11-30"}})
	acks := give(t, b, ev(snooze))
	if len(acks) != 1 {
		t.Fatalf("%d acks", len(acks))
	}
	errs, ok := acks[0].(*slack.ViewSubmissionResponse)
	if !ok || errs.ResponseAction != slack.RAErrors || len(errs.Errors) != 1 {
		t.Fatalf("the form is answered with %+v", acks[0])
	}
	for _, text := range errs.Errors {
		if !strings.Contains(text, "The disk is full. Nothing was saved") || strings.Contains(text, "(13)") {
			t.Errorf("the form says %q", text)
		}
	}
	give(t, b, ev(pressed(ana.ID, view.ActTake, view.Value("rv_1"))))
	if len(f.said) != 1 || !strings.Contains(f.said[0], "The disk is full") {
		t.Errorf("the press is told %q", f.said)
	}
}
