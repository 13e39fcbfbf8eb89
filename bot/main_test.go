package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"go.uber.org/goleak"

	"healthbot/bot/view"
	"healthbot/scoring"
	"healthbot/storage/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The people of the tests: Ana owns Acme, Max is her manager, Ann is the
// analyst, Lee the support lead, Ada the admin; Bob is another CSM elsewhere.
var (
	ana = record.Person{ID: "U0ANA", Name: "Ana", Roles: []record.Role{record.CSM}, Manager: "U0MAX"}
	bob = record.Person{ID: "U0BOB", Name: "Bob", Roles: []record.Role{record.CSM}, Manager: "U0MIA"}
	mgr = record.Person{ID: "U0MAX", Name: "Max", Roles: []record.Role{record.Manager}}
	ann = record.Person{ID: "U0ANN", Name: "Ann", Roles: []record.Role{record.Analyst}}
	lee = record.Person{ID: "U0LEE", Name: "Lee", Roles: []record.Role{record.SupportLead}}
	ada = record.Person{ID: "U0ADA", Name: "Ada", Roles: []record.Role{record.Admin}}
	exe = record.Person{ID: "U0EXE", Name: "Exe", Roles: []record.Role{record.Executive}}

	acme = record.Account{ID: "acme", Name: "Acme", Segment: "enterprise", Owner: ana.ID, Manager: "U0MAX", ARR: 120000, Currency: "EUR"}
	noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
)

func people() record.Directory { return record.NewDirectory(ana, bob, mgr, ann, lee, ada, exe) }

func policy() record.Policy {
	return record.Policy{Zone: time.UTC, Routes: []record.Route{{Name: "enterprise", Segment: "enterprise", Channel: "C0CSM", Zone: time.UTC}},
		Reasons: []record.Reason{{Code: "usage", Title: "Usage fell"}}, PerOwner: 5}
}

// snapshot is a score as the model makes it from nothing but an account.
func snapshot() record.Snapshot {
	m := scoring.BuiltIn()
	v := 59.0
	return record.Snapshot{ID: "sn_1", Account: acme.ID, At: noon, Result: scoring.Result{Account: acme.ID, AsOf: noon, Version: m.Name, Score: 590,
		Band: scoring.Risk, Coverage: 1, Confidence: scoring.HighConfidence, Low: 55, High: 63,
		Findings: []scoring.Finding{{Measure: "usage.active_seat_ratio", Title: "active seats", Signal: scoring.Usage, Value: &v, Unit: "ratio", Score: &v, State: scoring.Fresh, ObservedAt: noon}},
		Proposal: &scoring.Proposal{Outcome: scoring.AtRisk, Reason: "59.0 is in band risk"}}}
}

func openCase() record.Case {
	return record.Case{Account: acme, Snapshot: snapshot(), Review: &record.Review{ID: "rv_1", Account: acme.ID, State: record.ReviewOpen, Standing: record.NeedsPerson}}
}

func heldCase(kind scoring.HoldKind) record.Case {
	c := openCase()
	c.Holds = []scoring.Hold{{Kind: kind, Signal: scoring.Usage, Measures: []string{"usage.active_seat_ratio"}, Evidence: "all evidence on usage has expired"}}
	return c
}

// oneAccount is a store with Acme, its open review, a task, an escalation and a run.
func oneAccount() *fakeStore {
	c := openCase()
	task := record.Task{ID: "tk_1", Account: acme.ID, Kind: record.Outreach, Title: "Call them", Owner: ana.ID, State: record.TaskOpen, Due: record.DateOf(noon).Add(7)}
	esc := record.Escalation{ID: "es_1", Account: acme.ID, Recipient: mgr.ID, By: ana.ID, ByName: "Ana", Ask: "Call their CFO", Trigger: "silence", Reason: "no reply", State: record.EscOpen, RespondBy: noon.Add(24 * time.Hour), MadeAt: noon}
	return &fakeStore{
		account: func(id string) (record.Account, error) {
			if id != acme.ID {
				return record.Account{}, record.Errorf(record.NotFound, "There is no account %s.", id)
			}
			return acme, nil
		},
		find: func(q string, _ int) ([]record.Match, error) {
			if q == "acme" || q == "Acme" {
				return []record.Match{{ID: acme.ID, Name: acme.Name, Exact: true}}, nil
			}
			return []record.Match{{ID: acme.ID, Name: acme.Name}}, nil
		},
		kase:       func(string, string) (record.Case, error) { return c, nil },
		reviewCase: func(string, string) (record.Case, error) { return c, nil },
		runCase: func(string) (record.RunCase, error) {
			return record.RunCase{Run: record.Run{ID: "rn_1", Job: "enterprise", Slot: "2026-11-23T09:00", Segment: "enterprise", Channel: "C0CSM", State: record.RunOpen, DueAt: noon, OpenedAt: noon}}, nil
		},
		reminder: func(id string) (record.Reminder, error) {
			return record.Reminder{ID: id, Person: ana.ID, Due: noon, At: noon, Items: []record.ReminderItem{{Step: record.StepDue, Account: acme, Task: &task}}}, nil
		},
		notice: func(id string) (record.Notice, error) {
			return record.Notice{ID: id, Kind: record.NoticeMissed, Job: "enterprise", Slot: "2026-11-23T09:00", First: "2026-11-23T09:00", Count: 1}, nil
		},
		taskCase: func(string) (record.TaskCase, error) { return record.TaskCase{Task: task, Account: acme}, nil },
		escCase: func(string) (record.EscalationCase, error) {
			return record.EscalationCase{Escalation: esc, Case: c}, nil
		},
		queue: func(record.QueueFilter) ([]record.QueueRow, error) {
			return []record.QueueRow{{Review: "rv_1", Account: acme, Score: 590, Band: scoring.Risk, Proposal: scoring.AtRisk, Standing: record.NeedsPerson, State: record.ReviewOpen}}, nil
		},
		desk: func(id string) (record.Desk, error) {
			p, _ := people().Person(id)
			return record.Desk{Person: p}, nil
		},
		delivery: func(id string) (record.Delivery, error) {
			return record.Delivery{ID: id, Kind: record.Card, To: "C0CSM", Reason: "The bot isn't in C0CSM."}, nil
		},
		change: func(context.Context, record.Actor, any) (any, error) { return nil, nil },
	}
}

var errUnexpected = errors.New("not expected by the test")

func options(s Store) Options {
	return Options{BotToken: "xoxb-test-bot-token", AppToken: "xapp-test-app-token", Store: s, People: people(), Policy: policy(),
		Model: scoring.BuiltIn(), Now: func() time.Time { return noon }, Log: zerolog.New(io.Discard),
		Wake: func() {}, NextRun: func(time.Time) time.Time { return time.Time{} }}
}

func testBot(s Store, m messenger) *Bot {
	b := assemble(options(s), m)
	b.me = identity{Team: "T0", User: "U0BOT"}
	return b
}

// acks records what was acknowledged, in order, together with what a test notes.
type trail struct {
	mu  sync.Mutex
	all []string
}

func (a *trail) add(format string, args ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all = append(a.all, fmt.Sprintf(format, args...))
}

// give hands an event to the router, as a socket would, and waits until all is done.
func give(t *testing.T, b *Bot, ev socketmode.Event) (acks []any) {
	t.Helper()
	var mu sync.Mutex
	b.router.take(envelope{ev, func(p any) error {
		mu.Lock()
		defer mu.Unlock()
		acks = append(acks, p)
		return nil
	}})
	settle(t, b)
	mu.Lock()
	defer mu.Unlock()
	return acks
}

func settle(t *testing.T, b *Bot) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if left := b.router.wait(ctx); left > 0 {
		t.Fatalf("%d pieces of work never ended", left)
	}
}

var envelopes int

func ev(data any) socketmode.Event {
	envelopes++
	return socketmode.Event{Data: data, Request: &socketmode.Request{EnvelopeID: fmt.Sprintf("env-%d", envelopes)}}
}

// pressed is a press on a message in the channel.
func pressed(who, action, value string) slack.InteractionCallback {
	return slack.InteractionCallback{Type: slack.InteractionTypeBlockActions, User: slack.User{ID: who}, TriggerID: "1.2.3", ResponseURL: "https://hooks.slack.com/actions/T0/1/abc",
		Container:      slack.Container{Type: "message", ChannelID: "C0CSM", MessageTs: "100.000001", ThreadTs: "99.000001"},
		ActionCallback: slack.ActionCallbacks{BlockActions: []*slack.BlockAction{{ActionID: action, BlockID: "b", Value: value, ActionTs: "101.5"}}}}
}

// atHome moves a press to the Home tab.
func atHome(c slack.InteractionCallback) slack.InteractionCallback {
	c.Container, c.ResponseURL = slack.Container{Type: "view", ViewID: "V0HOME"}, ""
	c.View = slack.View{ID: "V0HOME", Type: slack.VTHomeTab}
	return c
}

// submitted is a submission of a form as we made it, with what was typed in it.
func submitted(t *testing.T, who string, v slack.ModalViewRequest, values map[record.Field]slack.BlockAction) slack.InteractionCallback {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var sv slack.View
	if err := json.Unmarshal(b, &sv); err != nil {
		t.Fatal(err)
	}
	sv.ID, sv.Hash = "V1", "h1"
	sv.State = &slack.ViewState{Values: map[string]map[string]slack.BlockAction{}}
	for f, a := range values {
		a.ActionID = view.ActInput
		sv.State.Values[view.BlockID(f)] = map[string]slack.BlockAction{view.ActInput: a}
	}
	return slack.InteractionCallback{Type: slack.InteractionTypeViewSubmission, User: slack.User{ID: who}, TriggerID: "1.2.4", View: sv}
}

func typed(s string) slack.BlockAction { return slack.BlockAction{Value: s} }
func chosen(s string) slack.BlockAction {
	return slack.BlockAction{SelectedOption: slack.OptionBlockObject{Value: s}}
}
