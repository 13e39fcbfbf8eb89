package bot

import (
	"context"
	"fmt"
	"sync"

	"github.com/slack-go/slack"

	"healthbot/bot/view"
	"healthbot/storage/record"
)

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
	reminder   func(string) (record.Reminder, error)
	notice     func(string) (record.Notice, error)
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

func (f *fakeStore) Reminder(_ context.Context, id string) (record.Reminder, error) {
	return f.reminder(id)
}
func (f *fakeStore) Notice(_ context.Context, id string) (record.Notice, error) { return f.notice(id) }

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
type opened string

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
func (f *fakeStore) SetOverride(ctx context.Context, by record.Actor, o record.SetOverride) (record.Case, error) {
	return changed[record.Case](ctx, f, by, o)
}
func (f *fakeStore) ReportCancellation(ctx context.Context, by record.Actor, r record.ReportCancellation) (record.Case, error) {
	return changed[record.Case](ctx, f, by, r)
}
func (f *fakeStore) WithdrawCancellation(ctx context.Context, by record.Actor, w record.WithdrawCancellation) (record.Case, error) {
	return changed[record.Case](ctx, f, by, w)
}
func (f *fakeStore) RecordPulse(ctx context.Context, by record.Actor, p record.Pulse) (record.Case, error) {
	return changed[record.Case](ctx, f, by, p)
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
func (f *fakeStore) EscalationOpened(ctx context.Context, by record.Actor, id string) error {
	_, err := f.change(ctx, by, opened(id))
	return err
}
func (f *fakeStore) ConfirmRun(ctx context.Context, by record.Actor, run string) (record.Run, error) {
	return changed[record.Run](ctx, f, by, confirmRun(run))
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
