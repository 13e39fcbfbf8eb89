package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"healthbot/bot/view"
	"healthbot/scoring"
	"healthbot/storage/record"
)

// TestCommitBeforeAck is the promise of the whole: what Slack hears as done is done.
func TestCommitBeforeAck(t *testing.T) {
	var order trail
	s := oneAccount()
	s.change = func(_ context.Context, by record.Actor, verb any) (any, error) {
		order.add("commit %T as %s", verb, by.ID)
		return nil, nil
	}
	b := testBot(s, newFakeSlack())
	b.router.take(envelope{ev(pressed(ana.ID, view.ActTake, view.Value("rv_1"))), func(any) error {
		order.add("ack")
		return nil
	}})
	settle(t, b)
	if d := cmp.Diff([]string{"commit record.Take as U0ANA", "ack"}, order.all); d != "" {
		t.Errorf("order (-want +got):\n%s", d)
	}
}

// TestReadersAreAckedFirst: the ack doesn't wait for the store.
func TestReadersAreAckedFirst(t *testing.T) {
	acked := make(chan struct{})
	s := oneAccount()
	read := s.reviewCase
	s.reviewCase = func(id, viewer string) (record.Case, error) {
		<-acked
		return read(id, viewer)
	}
	f := newFakeSlack()
	b := testBot(s, f)
	b.router.take(envelope{ev(pressed(ana.ID, view.ActReview, view.Value("rv_1"))), func(any) error { close(acked); return nil }})
	if got, want := <-f.told, "open 1.2.3 "+view.CallOutcome; got != want {
		t.Errorf("Slack was told %q, want %q", got, want)
	}
	settle(t, b)
}

// TestOneOrderPerPerson: what a person does happens in their order, though an
// earlier gesture of theirs may be slow.
func TestOneOrderPerPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order trail
		s := oneAccount()
		s.change = func(_ context.Context, _ record.Actor, verb any) (any, error) {
			if _, first := verb.(record.Take); first {
				time.Sleep(time.Second)
			}
			order.add("%T", verb)
			return nil, nil
		}
		b := testBot(s, newFakeSlack())
		for _, p := range []slack.InteractionCallback{pressed(ana.ID, view.ActTake, view.Value("rv_1")), pressed(ana.ID, view.ActTaskAccept, view.Value("tk_1"))} {
			b.router.take(envelope{ev(p), func(any) error { return nil }})
		}
		b.router.wait(t.Context())
		if d := cmp.Diff([]string{"record.Take", "record.TaskChange"}, order.all); d != "" {
			t.Errorf("order (-want +got):\n%s", d)
		}
	})
}

// TestTooLate: a person whom Slack has told that it failed mustn't find it done.
func TestTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order trail
		s := oneAccount()
		s.change = func(_ context.Context, _ record.Actor, verb any) (any, error) {
			time.Sleep(3 * time.Second)
			order.add("%T", verb)
			return nil, nil
		}
		f := newFakeSlack()
		b := testBot(s, f)
		for _, p := range []slack.InteractionCallback{pressed(ana.ID, view.ActTake, view.Value("rv_1")), pressed(ana.ID, view.ActTaskAccept, view.Value("tk_1"))} {
			b.router.take(envelope{ev(p), func(any) error { return nil }})
		}
		b.router.wait(t.Context())
		if d := cmp.Diff([]string{"record.Take"}, order.all); d != "" {
			t.Errorf("carried out (-want +got):\n%s", d)
		}
		if len(f.said) != 1 || !strings.Contains(f.said[0], "longer than Slack waits") {
			t.Errorf("Ana was told %q", f.said)
		}
	})
}

// TestTooLateForTheGuard: Slack may take its time to say who somebody is.
func TestTooLateForTheGuard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := oneAccount()
		s.reviewCase = func(string, string) (record.Case, error) {
			time.Sleep(3 * time.Second)
			return openCase(), nil
		}
		s.change = func(context.Context, record.Actor, any) (any, error) {
			t.Error("committed after Slack gave up")
			return nil, nil
		}
		b := testBot(s, newFakeSlack())
		b.router.take(envelope{ev(pressed(ana.ID, view.ActTake, view.Value("rv_1"))), func(any) error { return nil }})
		b.router.wait(t.Context())
	})
}

// TestReadersDontHoldUpDecisions, however many wait for Slack.
func TestReadersDontHoldUpDecisions(t *testing.T) {
	asking, gate, taken := make(chan struct{}), make(chan struct{}), make(chan struct{})
	s := oneAccount()
	s.desk = func(string) (record.Desk, error) { close(asking); <-gate; return record.Desk{Person: bob}, nil }
	s.change = func(context.Context, record.Actor, any) (any, error) { close(taken); return nil, nil }
	b := testBot(s, newFakeSlack())
	b.router.reads, b.router.changes = newLanes(1, 10), newLanes(1, 10)
	fine := func(any) error { return nil }
	b.router.take(envelope{ev(slack.SlashCommand{Command: cmdHealth, UserID: bob.ID, Text: "mine", TriggerID: "1", ResponseURL: "https://hooks/1"}), fine})
	<-asking
	b.router.take(envelope{ev(pressed(ana.ID, view.ActTake, view.Value("rv_1"))), fine})
	select {
	case <-taken:
	case <-time.After(5 * time.Second):
		t.Error("Ana's decision waits behind Bob's question")
	}
	close(gate)
	settle(t, b)
}

func TestRequestKeys(t *testing.T) {
	keyOf := func(data any) string {
		g, ok := decode(ev(data))
		if !ok {
			t.Fatalf("%T isn't a gesture", data)
		}
		return g.request
	}
	p := pressed(ana.ID, view.ActTake, view.Value("rv_1"))
	f := submitted(t, ana.ID, view.SnoozeForm(view.Frame{}, openCase(), view.Meta{}), map[record.Field]slack.BlockAction{record.FieldNote: typed("away")})
	c := slack.SlashCommand{UserID: ana.ID, TriggerID: "5.6.7"}
	for _, again := range []any{p, f, c, mentioned(ana.ID, "acme", "", "Ev1")} {
		if first, second := keyOf(again), keyOf(again); first != second {
			t.Errorf("%T has another key each time", again)
		}
	}
	later, other, edited, hashed := p, p, f, f
	later.ActionCallback = slack.ActionCallbacks{BlockActions: []*slack.BlockAction{{ActionID: view.ActTake, BlockID: "b", Value: view.Value("rv_1"), ActionTs: "102.5"}}}
	other.Container.MessageTs = "100.000002"
	edited.View.State = &slack.ViewState{Values: map[string]map[string]slack.BlockAction{"in:note": {view.ActInput: typed("ill")}}}
	hashed.View.Hash = "h2"
	seen := map[string]string{}
	for name, data := range map[string]any{"a press": p, "a later press": later, "a press on another message": other,
		"a submission": f, "after field errors": edited, "of the next step": hashed, "a command": c,
		"another command": slack.SlashCommand{UserID: ana.ID, TriggerID: "5.6.8"}, "an event": mentioned(ana.ID, "acme", "", "Ev1"), "another event": mentioned(ana.ID, "acme", "", "Ev2"),
		"an event without an id": mentioned(ana.ID, "acme", "", "")} {
		k := keyOf(data)
		if twin, ok := seen[k]; ok {
			t.Errorf("%s and %s have the same key %q", name, twin, k)
		}
		seen[k] = name
	}
}

func mentioned(who, text, thread, id string) slackevents.EventsAPIEvent {
	return slackevents.EventsAPIEvent{Data: &slackevents.EventsAPICallbackEvent{EventID: id}, InnerEvent: slackevents.EventsAPIInnerEvent{Type: evMention,
		Data: &slackevents.AppMentionEvent{User: who, Text: "<@U0BOT> " + text, Channel: "C0CSM", TimeStamp: "200.1", ThreadTimeStamp: thread}}}
}

func direct(who, text, id string) slackevents.EventsAPIEvent {
	return slackevents.EventsAPIEvent{Data: &slackevents.EventsAPICallbackEvent{EventID: id}, InnerEvent: slackevents.EventsAPIInnerEvent{Type: "message",
		Data: &slackevents.MessageEvent{User: who, Text: text, Channel: "D1", ChannelType: "im", TimeStamp: "300.1"}}}
}

// TestDeliveredTwice: a repeated event is acknowledged and answered once; a
// repeated press reaches the store, with the same key, because only the store
// knows whether the first was committed.
func TestDeliveredTwice(t *testing.T) {
	var keys []string
	s := oneAccount()
	s.change = func(_ context.Context, by record.Actor, _ any) (any, error) {
		keys = append(keys, by.Request)
		return nil, nil
	}
	f := newFakeSlack()
	b := testBot(s, f)
	for range 2 {
		if acks := give(t, b, ev(mentioned(ana.ID, "acme", "", "Ev1"))); len(acks) != 1 {
			t.Errorf("%d acks for one delivery", len(acks))
		}
		give(t, b, ev(pressed(ana.ID, view.ActTake, view.Value("rv_1"))))
	}
	if len(f.said) != 1 {
		t.Errorf("one mention was answered %d times: %q", len(f.said), f.said)
	}
	if len(keys) != 2 || keys[0] != keys[1] || keys[0] == "" {
		t.Errorf("the store was given the keys %q, want one key twice", keys)
	}
}

// TestNobodysGesture: what nobody did is acknowledged and let go.
func TestNobodysGesture(t *testing.T) {
	f := newFakeSlack()
	b := testBot(&fakeStore{}, f)
	own := direct("", "card", "Ev1")
	own.InnerEvent.Data.(*slackevents.MessageEvent).BotID = "B0BOT"
	edit := direct(ana.ID, "acme", "Ev2")
	edit.InnerEvent.Data.(*slackevents.MessageEvent).SubType = "message_changed"
	bot := mentioned("U0OTHER", "acme", "", "Ev3")
	bot.InnerEvent.Data.(*slackevents.AppMentionEvent).BotID = "B0OTHER"
	input := pressed(ana.ID, view.ActInput, "")
	link := atHome(pressed(ana.ID, "link", "1:x"))
	for _, data := range []any{own, edit, bot, input, link, slack.InteractionCallback{Type: slack.InteractionTypeViewClosed}} {
		if acks := give(t, b, ev(data)); len(acks) != 1 || acks[0] != nil {
			t.Errorf("%T was acknowledged with %v", data, acks)
		}
	}
	if len(f.said) > 0 {
		t.Errorf("somebody was answered: %q", f.said)
	}
}

// TestOldButtons: messages and forms outlive deployments.
func TestOldButtons(t *testing.T) {
	f := newFakeSlack()
	b := testBot(oneAccount(), f)
	give(t, b, ev(pressed(ana.ID, "review.gone", "1:rv_1")))
	give(t, b, ev(pressed(ana.ID, view.ActTake, "0:rv_1")))
	for i, want := range []string{"belongs to another version", "belongs to another version"} {
		if !strings.HasPrefix(f.said[i], "whisper C0CSM 99.000001 U0ANA") || !strings.Contains(f.said[i], want) {
			t.Errorf("answer %d was %q, want a private one that it %s", i, f.said[i], want)
		}
	}
	old := submitted(t, ana.ID, view.SnoozeForm(view.Frame{}, openCase(), view.Meta{}), nil)
	old.View.CallbackID = "review.gone"
	acks := give(t, b, ev(old))
	r, ok := acks[0].(*slack.ViewSubmissionResponse)
	if !ok || (len(r.Errors) == 0 && r.View == nil) {
		t.Errorf("an old form was closed without a word: %v", acks)
	}
}

// TestSubmissions: how each kind of end looks to the person in the form.
func TestSubmissions(t *testing.T) {
	huge := record.Case{Account: acme, Review: openCase().Review, Holds: heldCase(scoring.HoldStale).Holds}
	for name, c := range map[string]struct {
		err  error
		want func(*testing.T, *slack.ViewSubmissionResponse)
	}{
		"saved": {nil, func(t *testing.T, r *slack.ViewSubmissionResponse) {
			if r.ResponseAction != slack.RAClear {
				t.Errorf("action %q, want the modal closed", r.ResponseAction)
			}
		}},
		"a field is wrong": {record.FieldErrors{record.FieldUntil: "That date is past."}, func(t *testing.T, r *slack.ViewSubmissionResponse) {
			if r.ResponseAction != slack.RAErrors || r.Errors[view.BlockID(record.FieldUntil)] != "That date is past." {
				t.Errorf("got %+v, want the complaint beside the date", r)
			}
		}},
		"somebody was faster": {record.Errorf(record.Conflict, "Already set to at-risk by Ana at 14:02; nothing of yours was saved."), func(t *testing.T, r *slack.ViewSubmissionResponse) {
			if b, _ := json.Marshal(r.View); r.ResponseAction != slack.RAUpdate || !strings.Contains(string(b), "Already set to at-risk by Ana at 14:02") || r.View.Submit != nil {
				t.Errorf("got %s, want a modal that says who was faster", b)
			}
		}},
		"a fault of ours": {errors.New("disk full: token xoxb-1"), func(t *testing.T, r *slack.ViewSubmissionResponse) {
			b, _ := json.Marshal(r)
			if r.ResponseAction != slack.RAErrors || strings.Contains(string(b), "disk") || !strings.Contains(string(b), "try again") {
				t.Errorf("got %s, want the form kept, with a general sentence", b)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := oneAccount()
			s.change = func(context.Context, record.Actor, any) (any, error) { return nil, c.err }
			b := testBot(s, newFakeSlack())
			v := view.SnoozeForm(b.frame(ana.ID, acme), huge, view.Meta{Review: "rv_1"})
			acks := give(t, b, ev(submitted(t, ana.ID, v, map[record.Field]slack.BlockAction{
				record.FieldUntil: {SelectedDate: "2026-12-01"}, record.FieldNote: typed("They are away.")})))
			r, ok := acks[0].(*slack.ViewSubmissionResponse)
			if len(acks) != 1 || !ok {
				t.Fatalf("acknowledged with %v", acks)
			}
			c.want(t, r)
		})
	}
}

// TestPanic: one gesture's panic is one gesture's failure.
func TestPanic(t *testing.T) {
	var log bytes.Buffer
	s := oneAccount()
	s.change = func(context.Context, record.Actor, any) (any, error) { panic("index out of range") }
	f := newFakeSlack()
	b := testBot(s, f)
	b.router.log = zerolog.New(&log)
	give(t, b, ev(pressed(ana.ID, view.ActTake, view.Value("rv_1"))))
	if len(f.said) != 1 || !strings.Contains(f.said[0], "Something went wrong on our side") {
		t.Errorf("Ana was told %q", f.said)
	}
	if !strings.Contains(log.String(), "index out of range") || !strings.Contains(log.String(), `"result":"failed"`) {
		t.Errorf("the operator finds %s", log.String())
	}
}

// TestTheLogLine: one line per gesture, with who did what and how it ended, and
// without a word that anybody typed.
func TestTheLogLine(t *testing.T) {
	var log bytes.Buffer
	b := testBot(oneAccount(), newFakeSlack())
	b.router.log = zerolog.New(&log)
	give(t, b, ev(slack.SlashCommand{Command: cmdHealth, UserID: ana.ID, ChannelID: "C0CSM", Text: "Acme secretword", TriggerID: "9.9.9", ResponseURL: "https://hooks.slack.com/commands/T0/1/verysecret"}))
	give(t, b, ev(pressed(bob.ID, view.ActTake, view.Value("rv_1"))))
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != 2 {
		t.Fatalf("%d lines for two gestures:\n%s", len(lines), log.String())
	}
	want := []map[string]any{
		{"level": "info", "kind": "slash_command", "id": "/health", "who": "U0ANA", "channel": "C0CSM", "account": "", "result": "ok", "acked": true, "message": "gesture"},
		{"level": "info", "kind": "block_actions", "id": "review.take", "who": "U0BOB", "channel": "C0CSM", "account": "acme", "result": "forbidden", "acked": true, "message": "gesture"},
	}
	for i, line := range lines {
		var got map[string]any
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		delete(got, "took")
		if d := cmp.Diff(want[i], got); d != "" {
			t.Errorf("line %d (-want +got):\n%s", i, d)
		}
	}
	if strings.Contains(log.String(), "secret") {
		t.Errorf("the log repeats what was typed or how to answer: %s", log.String())
	}
}

// TestFailingAcks: an ack that can't be queued is logged, and the work was done.
func TestFailingAcks(t *testing.T) {
	var mu sync.Mutex
	done := 0
	s := oneAccount()
	s.change = func(context.Context, record.Actor, any) (any, error) {
		mu.Lock()
		defer mu.Unlock()
		done++
		return nil, nil
	}
	var log bytes.Buffer
	b := testBot(s, newFakeSlack())
	b.router.log = zerolog.New(&log)
	b.router.take(envelope{ev(pressed(ana.ID, view.ActTake, view.Value("rv_1"))), func(any) error { return context.DeadlineExceeded }})
	settle(t, b)
	if done != 1 || !strings.Contains(log.String(), `"acked":false`) {
		t.Errorf("done %d times; log %s", done, log.String())
	}
}

// TestFullHouse: handlers are stuck and there is no room for more. Whoever reads
// the socket isn't held up; what found no room isn't acknowledged, so that Slack
// gives it again or tells the person, and nothing of it is remembered as seen.
func TestFullHouse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		s := oneAccount()
		s.find = func(string, int) ([]record.Match, error) { <-gate; return nil, nil }
		b := testBot(s, newFakeSlack())
		b.router.reads = newLanes(1, 2)
		acks := 0
		e := func(i int) envelope {
			return envelope{ev(direct(ana.ID, "acme", fmt.Sprint("Ev", i))), func(any) error { acks++; return nil }}
		}
		given := make(chan struct{})
		go func() {
			defer close(given)
			for i := range 5 {
				b.router.take(e(i))
			}
		}()
		synctest.Wait()
		select {
		case <-given:
		default:
			t.Error("the reader of the socket is held up")
			close(gate)
			<-given
			return
		}
		if acks != 2 {
			t.Errorf("%d of five are acknowledged, with room for two", acks)
		}
		close(gate)
		b.router.wait(t.Context())
		b.router.take(e(4)) // again, as Slack does
		b.router.wait(t.Context())
		if acks != 3 {
			t.Errorf("what came again was acknowledged %d times", acks-2)
		}
	})
}
