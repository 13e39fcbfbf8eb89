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

// fakeStore answers with what a test sets; anything else is a call that the
// test didn't expect.
type fakeStore struct {
	Store
	account    func(string) (record.Account, error)
	find       func(string, int) ([]record.Match, error)
	kase       func(account, viewer string) (record.Case, error)
	reviewCase func(review, viewer string) (record.Case, error)
	runCase    func(string) (record.RunCase, error)
	taskCase   func(string) (record.TaskCase, error)
	escCase    func(string) (record.EscalationCase, error)
	queue      func(record.QueueFilter) ([]record.QueueRow, error)
	desk       func(string) (record.Desk, error)
	delivery   func(string) (record.Delivery, error)
	change     func(ctx context.Context, by record.Actor, verb any) (any, error) // every change
}

func (f *fakeStore) Account(_ context.Context, id string) (record.Account, error) {
	return f.account(id)
}
func (f *fakeStore) Find(_ context.Context, q string, n int) ([]record.Match, error) {
	return f.find(q, n)
}
func (f *fakeStore) Case(_ context.Context, a, v string) (record.Case, error) { return f.kase(a, v) }
func (f *fakeStore) ReviewCase(_ context.Context, r, v string) (record.Case, error) {
	return f.reviewCase(r, v)
}
func (f *fakeStore) RunCase(_ context.Context, id string) (record.RunCase, error) {
	return f.runCase(id)
}
func (f *fakeStore) TaskCase(_ context.Context, id string) (record.TaskCase, error) {
	return f.taskCase(id)
}
func (f *fakeStore) EscalationCase(_ context.Context, id string) (record.EscalationCase, error) {
	return f.escCase(id)
}
func (f *fakeStore) Queue(_ context.Context, q record.QueueFilter) ([]record.QueueRow, error) {
	return f.queue(q)
}
func (f *fakeStore) Desk(_ context.Context, p string) (record.Desk, error) { return f.desk(p) }
func (f *fakeStore) Delivery(_ context.Context, id string) (record.Delivery, error) {
	return f.delivery(id)
}

// changed carries a verb to the test and gives its answer the type wanted.
func changed[T any](ctx context.Context, f *fakeStore, by record.Actor, verb any) (out T, err error) {
	v, err := f.change(ctx, by, verb)
	if v != nil {
		out = v.(T)
	}
	return out, err
}

type openReview string
type confirmRun string

func (f *fakeStore) OpenReview(ctx context.Context, by record.Actor, a string) (record.Review, error) {
	return changed[record.Review](ctx, f, by, openReview(a))
}
func (f *fakeStore) SaveDraft(ctx context.Context, by record.Actor, d record.Draft) error {
	_, err := f.change(ctx, by, d)
	return err
}
func (f *fakeStore) TakeReview(ctx context.Context, by record.Actor, t record.Take) (record.Review, error) {
	return changed[record.Review](ctx, f, by, t)
}
func (f *fakeStore) SnoozeReview(ctx context.Context, by record.Actor, s record.Snooze) (record.Review, error) {
	return changed[record.Review](ctx, f, by, s)
}
func (f *fakeStore) VerifyInputs(ctx context.Context, by record.Actor, v record.Verify) (record.Case, error) {
	return changed[record.Case](ctx, f, by, v)
}
func (f *fakeStore) AssignOwner(ctx context.Context, by record.Actor, a record.AssignOwner) (record.Account, error) {
	return changed[record.Account](ctx, f, by, a)
}
func (f *fakeStore) Decide(ctx context.Context, by record.Actor, c record.Classify) (record.Decision, error) {
	return changed[record.Decision](ctx, f, by, c)
}
func (f *fakeStore) ChangeTask(ctx context.Context, by record.Actor, c record.TaskChange) (record.Task, error) {
	return changed[record.Task](ctx, f, by, c)
}
func (f *fakeStore) AnswerEscalation(ctx context.Context, by record.Actor, a record.Answer) (record.Escalation, error) {
	return changed[record.Escalation](ctx, f, by, a)
}
func (f *fakeStore) ConfirmRun(ctx context.Context, by record.Actor, run string) (record.Run, error) {
	return changed[record.Run](ctx, f, by, confirmRun(run))
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

// fakeSlack notes what it was told, and answers as a healthy workspace does.
type fakeSlack struct {
	mu       sync.Mutex
	said     []string // "post C1 thread: text", "whisper …", "open …"
	users    map[string]userFacts
	channels map[string]channelFacts
	fail     map[string]error // by method
	told     chan string
}

func newFakeSlack() *fakeSlack {
	return &fakeSlack{users: map[string]userFacts{}, channels: map[string]channelFacts{"C0CSM": {Name: "csm", Member: true}},
		fail: map[string]error{}, told: make(chan string, 100)}
}

func (f *fakeSlack) say(method, format string, args ...any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.fail[method]; err != nil {
		return err
	}
	s := method + " " + fmt.Sprintf(format, args...)
	f.said = append(f.said, s)
	f.told <- s
	return nil
}

func (f *fakeSlack) whoAmI(context.Context) (identity, error) {
	return identity{Team: "T0", User: "U0BOT"}, f.fail["whoAmI"]
}
func (f *fakeSlack) post(_ context.Context, p post) (record.Receipt, error) {
	return record.Receipt{Channel: p.channel, TS: "1.000001"}, f.say("post", "%s %s: %s", p.channel, p.thread, p.message.Text)
}
func (f *fakeSlack) update(_ context.Context, at record.Receipt, p post) error {
	return f.say("update", "%s %s: %s", at.Channel, at.TS, p.message.Text)
}
func (f *fakeSlack) whisper(_ context.Context, channel, thread, user string, m view.Message) error {
	return f.say("whisper", "%s %s %s: %s", channel, thread, user, m.Text)
}
func (f *fakeSlack) respond(_ context.Context, url string, m view.Message, replace bool) error {
	return f.say("respond", "%s %t: %s", url, replace, m.Text)
}
func (f *fakeSlack) openDM(_ context.Context, user string) (string, error) {
	return "D" + user, f.fail["openDM"]
}
func (f *fakeSlack) openView(_ context.Context, trigger string, v slack.ModalViewRequest) error {
	return f.say("open", "%s %s", trigger, v.CallbackID)
}
func (f *fakeSlack) updateView(_ context.Context, id string, v slack.ModalViewRequest) error {
	return f.say("updateView", "%s %s", id, v.CallbackID)
}
func (f *fakeSlack) publishHome(_ context.Context, user string, _ slack.HomeTabViewRequest) error {
	return f.say("home", "%s", user)
}
func (f *fakeSlack) channel(_ context.Context, id string) (channelFacts, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.fail["channel"]; err != nil {
		return channelFacts{}, err
	}
	c, ok := f.channels[id]
	if !ok {
		return c, slack.SlackErrorResponse{Err: "channel_not_found"}
	}
	return c, nil
}
func (f *fakeSlack) user(_ context.Context, id string) (userFacts, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.fail["user"]; err != nil {
		return userFacts{}, err
	}
	u, ok := f.users[id]
	if !ok {
		u = userFacts{Team: "T0"}
	}
	return u, nil
}
func (f *fakeSlack) find(context.Context, search) (record.Receipt, bool, error) {
	return record.Receipt{}, false, f.fail["find"]
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
	if left := b.router.work.wait(ctx); left > 0 {
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
