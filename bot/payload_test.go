package bot

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"healthbot/bot/slacksim"
	"healthbot/storage/record"
)

var update = flag.Bool("update", false, "capture anew what the local Slack sends")

const payloads = "testdata/payloads"

// TestCapture does everything once that a person can do, in the local Slack, and
// keeps what it sent for the tests of damaged payloads. Ids of records and the
// addresses for answers become names in braces, because they change.
func TestCapture(t *testing.T) {
	if !*update {
		t.Skip("only with -update")
	}
	r := newRecords(t)
	f := newOffice(t, r, func(o *slacksim.Options) { o.Now = r.now })
	f.o.Model, f.o.Now = seatModel(), r.now
	b, _ := f.open()
	seat, manager := f.seat(ana), f.seat(mgr)
	_, err := seat.Say(t.Context(), "dm", "acme")
	f.must(err)
	_, err = seat.Say(t.Context(), "csm", "@healthbot mine")
	f.must(err)
	f.must(seat.Command(t.Context(), "csm", "/health acme"))
	f.must(seat.Command(t.Context(), "csm", "/health queue"))
	_, err = seat.Home(t.Context())
	f.must(err)
	at := func(kind record.DeliveryKind, subject, to string) slacksim.Target {
		p := f.post(b, kind, subject, to)
		return slacksim.Target{Channel: p.Channel, TS: p.TS}
	}
	card, digest := at(record.Card, r.ids["review"], "C0CSM"), at(record.Digest, r.ids["run"], "C0CSM")
	task, esc := at(record.TaskDM, r.ids["task"], ana.ID), at(record.EscalationDM, r.ids["escalation"], mgr.ID)
	other := at(record.TaskDM, r.ids["other task"], ana.ID)
	type inputs [][2]string
	for _, do := range []struct {
		who   *slacksim.Seat
		at    slacksim.Target
		press string
		forms []inputs // one after another; nil: the press opens none
	}{
		{seat, card, "Take it", nil}, {f.seat(lee), digest, "Confirm scope and sources", nil}, {seat, task, "Accept", nil}, {manager, esc, "Acknowledge", nil},
		{seat, card, "Snooze…", []inputs{{{"Why can it wait?", "They are away."}}}},
		{manager, card, "Change owner…", []inputs{{{"Who answers for this account from now on?", "Ana"}}}},
		{seat, task, "Done…", []inputs{{{"What came of it?", "A date."}, {"Did what was expected come true?", "Yes"}}}},
		{seat, other, "Decline…", []inputs{{{"Why?", "No time."}}}},
		{manager, esc, "Decide…", []inputs{{{"What will you do?", "Decline"}, {"In your words", "Call the CFO first."}}}},
		{seat, card, "Pulse…", []inputs{{{"How does it stand with them?", "2 · strained"}, {"What does that come from?", "The last call."}}}},
		{seat, card, "Override the score…", []inputs{{{"Points", "-5"}, {"Why is the score wrong?", "They merge."}, {"What shows it?", "The press."}}}},
		{seat, card, "Review", []inputs{{{"Your decision", "🔺 at-risk"}, {"Why, in a plain sentence", "Log-ins halved."}},
			{{"Goal", "Above 60."}, {"First task", "Call Kim."}, {"Done when", "A date."}}}},
		{seat, card, "They want to cancel…", []inputs{{{"Who said so?", "Kim"}, {"What was said?", "We look elsewhere."}}}},
	} {
		if err := do.who.Click(t.Context(), do.at, do.press); err != nil {
			t.Errorf("%s: %v", do.press, err)
			continue
		}
		was := ""
		for _, fill := range do.forms {
			f.wait(do.press, func(d slacksim.Dump) bool { m := modal(d, do.who.ID); return m != "" && m != was })
			was = modal(f.dump(), do.who.ID)
			for _, in := range fill {
				if err := do.who.Choose(t.Context(), in[0], in[1]); err != nil {
					t.Errorf("%s: %v", do.press, err)
				}
			}
			if err := do.who.Submit(t.Context()); err != nil {
				t.Errorf("%s: %v", do.press, err)
			}
		}
		for modal(f.dump(), do.who.ID) != "" {
			f.must(do.who.CloseModal(t.Context()))
		}
	}
	// What we have no use for, and Slack may send all the same.
	f.must(seat.Shortcut(t.Context(), "anything"))
	f.must(seat.MessageShortcut(t.Context(), "anything", card.Channel, card.TS))
	f.must(f.control.Idle(t.Context()))
	f.must(os.RemoveAll(payloads))
	f.must(os.MkdirAll(payloads, 0o755))
	seen := map[string]bool{}
	for _, e := range f.dump().Envelopes {
		name := nameOf(e)
		if seen[name] {
			continue
		}
		seen[name] = true
		frame := map[string]any{"envelope_id": e.ID, "type": e.Type, "payload": e.Payload, "accepts_response_payload": e.Type != "events_api"}
		text, err := json.MarshalIndent(frame, "", "  ")
		f.must(err)
		for what, id := range r.ids {
			text = bytes.ReplaceAll(text, []byte(id), []byte("{"+what+"}"))
		}
		text = regexp.MustCompile(`http://127\.0\.0\.1:\d+`).ReplaceAll(text, []byte("{slack}"))
		f.must(os.WriteFile(filepath.Join(payloads, name+".json"), append(text, '\n'), 0o644))
	}
}

// nameOf tells an envelope's kind and what it is about.
func nameOf(e slacksim.Envelope) string {
	var p struct {
		Type    string
		Command string
		Text    string
		Event   struct{ Type, Subtype string }
		View    struct {
			CallbackID string `json:"callback_id"`
		}
		Actions []struct {
			ID string `json:"action_id"`
		}
	}
	if b, err := json.Marshal(e.Payload); err == nil {
		_ = json.Unmarshal(b, &p) // what isn't there is left out of the name
	}
	parts := []string{e.Type, p.Command + strings.TrimPrefix(p.Text, " "), p.Event.Type, p.Event.Subtype, p.View.CallbackID}
	if e.Type == "interactive" {
		parts[1] = p.Type
	}
	if len(p.Actions) > 0 {
		parts = append(parts, p.Actions[0].ID)
	}
	return strings.Trim(regexp.MustCompile(`[^a-z0-9_.]+`).ReplaceAllString(strings.ToLower(strings.Join(parts, "-")), "-"), "-")
}

// captured are the envelopes that the local Slack sent, with the ids of these records.
func captured(t testing.TB, ids map[string]string, slack string) (out []string) {
	t.Helper()
	files, err := filepath.Glob(payloads + "/*.json")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d payloads in %s, %v; capture them with -update", len(files), payloads, err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		s := strings.ReplaceAll(string(b), "{slack}", slack)
		for what, id := range ids {
			s = strings.ReplaceAll(s, "{"+what+"}", id)
		}
		out = append(out, s)
	}
	return out
}
