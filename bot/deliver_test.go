package bot

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"healthbot/storage/record"
)

func card() record.Delivery {
	return record.Delivery{ID: "dl_1", Kind: record.Card, Subject: "rv_1", To: "C0CSM", Parent: "dl_0", ParentTS: "99.000001", SentAt: noon}
}

func taskDM() record.Delivery {
	return record.Delivery{ID: "dl_2", Kind: record.TaskDM, Subject: "tk_1", To: ana.ID, SentAt: noon}
}

// TestRefusals: what each answer of Slack's means for a delivery. A wrong row
// here posts twice, or never.
func TestRefusals(t *testing.T) {
	code := func(c string) error { return fmt.Errorf("chat.postMessage: %w", slack.SlackErrorResponse{Err: c}) }
	reset := &url.Error{Op: "Post", URL: "https://slack.com/api/chat.postMessage", Err: errors.New("connection reset by peer")}
	dial := &url.Error{Op: "Post", URL: "https://slack.com/api/chat.postMessage", Err: &net.OpError{Op: "dial", Err: errors.New("connection refused")}}
	read := &url.Error{Op: "Post", URL: "https://slack.com/api/chat.postMessage", Err: &net.OpError{Op: "read", Err: errors.New("connection reset")}}
	const unknown, dead = -1, 0
	for name, c := range map[string]struct {
		err   error
		after time.Duration // -1: an unknown end; 0: dead; else again after
		say   string
	}{
		"rate limited":          {&slack.RateLimitedError{RetryAfter: 30 * time.Second}, 30 * time.Second, "patience"},
		"rate limited, at once": {&slack.RateLimitedError{}, time.Second, "patience"},
		"ratelimited in 200":    {code("ratelimited"), time.Minute, "busy"},
		"limit of the month":    {code("message_limit_exceeded"), time.Hour, "busy"},
		"channel_not_found":     {code("channel_not_found"), dead, "Check the route's channel id in healthbot.yml"},
		"not_in_channel":        {code("not_in_channel"), dead, "/invite @healthbot"},
		"is_archived":           {code("is_archived"), dead, "Unarchive it"},
		"restricted_action":     {code("restricted_action"), dead, "Ask a workspace admin"},
		"invalid_blocks":        {slack.SlackErrorResponse{Err: "invalid_blocks", ResponseMetadata: slack.ResponseMetadata{Messages: []string{"[ERROR] too long [json-pointer:/blocks/3]"}}}, dead, "/blocks/3"},
		"msg_blocks_too_long":   {code("msg_blocks_too_long"), dead, "too long"},
		"missing_scope":         {slack.SlackErrorResponse{Err: "missing_scope", Needed: "chat:write"}, dead, "Missing: chat:write"},
		"something new":         {code("brand_new_refusal"), dead, "(brand_new_refusal)"},
		"token revoked":         {code("token_revoked"), time.Minute, "Install the app again"},
		"nobody answers":        {dial, 10 * time.Second, "can't be reached"},
		"reset":                 {reset, unknown, ""},
		"reset while reading":   {read, unknown, ""},
		"500":                   {slack.StatusCodeError{Code: 500, Status: "500 Internal Server Error"}, unknown, ""},
		"503":                   {slack.StatusCodeError{Code: 503, Status: "503 Service Unavailable"}, unknown, ""},
		"time-out":              {context.DeadlineExceeded, unknown, ""},
		"internal_error":        {code("internal_error"), unknown, ""},
		"fatal_error":           {code("fatal_error"), unknown, ""},
		"request_timeout":       {code("request_timeout"), unknown, ""},
		"an answer cut short":   {errors.New("unexpected end of JSON input"), unknown, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFakeSlack()
			f.fail["post"], f.fail["update"] = c.err, c.err
			b := testBot(oneAccount(), f)
			_, err := b.Deliver(t.Context(), card())
			judge(t, err, c.after, c.say)
			judge(t, b.Edit(t.Context(), card()), c.after, c.say)
		})
	}
}

// judge checks that an error is the wanted refusal, or that it says nothing sure.
func judge(t *testing.T, err error, after time.Duration, say string) {
	t.Helper()
	r, sure := errors.AsType[*record.Refusal](err)
	switch {
	case err == nil:
		t.Error("no error")
	case after < 0 && sure:
		t.Errorf("taken for a definite no: %v", r)
	case after >= 0 && !sure:
		t.Errorf("taken for an unknown end: %v", err)
	case sure && (r.Again != (after > 0) || r.After != after || !strings.Contains(r.Reason, say)):
		t.Errorf("got %+v, want again after %s, and %q", r, after, say)
	}
}

// TestEveryDeadEnd reads the table: each sentence is whole, says whom it is about
// and stands in one table only.
func TestEveryDeadEnd(t *testing.T) {
	for code, say := range deadEnds {
		if strings.Count(say, "%s") != 1 || !strings.HasSuffix(say, ".") {
			t.Errorf("%s: %q names neither whom it is about nor ends", code, say)
		}
		if _, soon := passing[code]; soon || unknownEnds[code] {
			t.Errorf("%s is in two tables", code)
		}
	}
}

// TestBeforeThePost: what fails before a post was certainly not posted, so it
// never waits for a look-up.
func TestBeforeThePost(t *testing.T) {
	gone := errors.New("connection reset")
	for name, c := range map[string]struct {
		set   func(*fakeStore, *fakeSlack)
		d     record.Delivery
		after time.Duration
		say   string
	}{
		"the store fails": {func(s *fakeStore, _ *fakeSlack) {
			s.reviewCase = func(string, string) (record.Case, error) { return record.Case{}, errors.New("disk") }
		}, card(), againSoon, "Could not read what to post"},
		"the record is gone": {func(s *fakeStore, _ *fakeSlack) {
			s.taskCase = func(string) (record.TaskCase, error) {
				return record.TaskCase{}, record.Errorf(record.NotFound, "There is no task tk_1.")
			}
		}, taskDM(), 0, "There is no task"},
		"an unknown kind":         {func(*fakeStore, *fakeSlack) {}, record.Delivery{ID: "dl_9", Kind: "telegram", To: ana.ID}, 0, "telegram"},
		"the channel is shared":   {func(_ *fakeStore, f *fakeSlack) { f.channels["C0CSM"] = channelFacts{Name: "csm", Shared: true} }, card(), 0, "#csm is shared with another company"},
		"the channel is archived": {func(_ *fakeStore, f *fakeSlack) { f.channels["C0CSM"] = channelFacts{Name: "csm", Archived: true} }, card(), 0, "#csm is archived"},
		"the channel isn't known": {func(_ *fakeStore, f *fakeSlack) { delete(f.channels, "C0CSM") }, card(), 0, "Slack knows no channel C0CSM"},
		"Slack is silent":         {func(_ *fakeStore, f *fakeSlack) { f.fail["channel"] = gone }, card(), againSoon, "Could not look at channel"},
		"no DM can be opened":     {func(_ *fakeStore, f *fakeSlack) { f.fail["openDM"] = gone }, taskDM(), againSoon, "Could not open the DM with Ana"},
		"the person has left":     {func(_ *fakeStore, f *fakeSlack) { f.fail["openDM"] = slack.SlackErrorResponse{Err: "user_disabled"} }, taskDM(), 0, "The Slack account of Ana is deactivated"},
		"DMs are being held back": {func(_ *fakeStore, f *fakeSlack) {
			f.fail["openDM"] = &slack.RateLimitedError{RetryAfter: 7 * time.Second}
		}, taskDM(), 7 * time.Second, "patience"},
	} {
		t.Run(name, func(t *testing.T) {
			s, f := oneAccount(), newFakeSlack()
			f.fail["post"] = errUnexpected // would be an unknown end
			c.set(s, f)
			_, err := testBot(s, f).Deliver(t.Context(), c.d)
			judge(t, err, c.after, c.say)
		})
	}
}

// TestEditInASharedChannel: a channel may have been shared since the post.
func TestEditInASharedChannel(t *testing.T) {
	f := newFakeSlack()
	f.channels["C0CSM"] = channelFacts{Name: "csm", Shared: true}
	d := card()
	d.Channel, d.TS = "C0CSM", "100.000001"
	judge(t, testBot(oneAccount(), f).Edit(t.Context(), d), 0, "shared with another company")
	if len(f.said) > 0 {
		t.Errorf("said all the same: %q", f.said)
	}
}

// TestKinds: every kind of delivery is written, and goes where it should.
func TestKinds(t *testing.T) {
	for kind, c := range map[record.DeliveryKind]struct{ subject, to, want string }{
		record.Digest:       {"rn_1", "C0CSM", "post C0CSM : "},
		record.Card:         {"rv_1", "C0CSM", "post C0CSM 99.000001: "},
		record.OwnerLine:    {"rn_1", ana.ID, "post DU0ANA : "},
		record.TaskDM:       {"tk_1", ana.ID, "post DU0ANA : "},
		record.EscalationDM: {"es_1", mgr.ID, "post DU0MAX : "},
		record.EscalatedDM:  {"es_1", ana.ID, "post DU0ANA : "},
		record.AdminDM:      {"dl_1", ada.ID, "post DU0ADA : "},
		record.ReminderDM:   {"rm_1", ana.ID, "post DU0ANA : "},
		record.NoticeDM:     {"nt_1", ada.ID, "post DU0ADA : "},
	} {
		f := newFakeSlack()
		d := record.Delivery{ID: "dl_1", Kind: kind, Subject: c.subject, To: c.to}
		if kind == record.Card {
			d.Parent, d.ParentTS = "dl_0", "99.000001"
		}
		at, err := testBot(oneAccount(), f).Deliver(t.Context(), d)
		if err != nil || at.TS == "" || len(f.said) != 1 || !strings.HasPrefix(f.said[0], c.want) || len(f.said[0]) == len(c.want) {
			t.Errorf("%s: %q %v %v, want %q and a text", kind, f.said, at, err, c.want)
		}
		if strings.Contains(f.said[0], "120") {
			t.Errorf("%s shows ARR: %s", kind, f.said[0])
		}
	}
}

// TestLookup: a card is never looked for in the channel, where it
// can't be, or it would be posted again.
func TestLookup(t *testing.T) {
	lost := card()
	lost.ParentTS = ""
	b := testBot(oneAccount(), newFakeSlack())
	if _, found, err := b.Lookup(t.Context(), lost); err == nil || found {
		t.Errorf("a card without its thread: found %t, %v; want an error", found, err)
	}
	for _, err := range []error{nil, slack.SlackErrorResponse{Err: "ratelimited"}, errors.New("reset")} {
		f := newFakeSlack()
		f.fail["find"] = err
		_, found, got := testBot(oneAccount(), f).Lookup(t.Context(), card())
		if found || (got == nil) != (err == nil) {
			t.Errorf("%v: found %t, %v", err, found, got)
		}
	}
	f := newFakeSlack()
	f.fail["find"] = fmt.Errorf("conversations.replies: %w", wrapped{slack.SlackErrorResponse{Err: "thread_not_found"}})
	if _, found, err := testBot(oneAccount(), f).Lookup(t.Context(), card()); found || err != nil {
		t.Errorf("its thread was deleted: found %t, %v; want not found", found, err)
	}
}

type wrapped struct{ error }

func (w wrapped) Unwrap() error { return w.error }

// TestHomesFollow: a message to a person refreshes the Home that they have open.
func TestHomesFollow(t *testing.T) {
	f := newFakeSlack()
	b := testBot(oneAccount(), f)
	b.homes.quiet = 0
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); b.homes.run(ctx) }()
	if _, err := b.Deliver(ctx, taskDM()); err != nil { // Ana hasn't opened Home yet
		t.Fatal(err)
	}
	give(t, b, ev(homeOpened(ana.ID)))
	if _, err := b.Deliver(ctx, taskDM()); err != nil {
		t.Fatal(err)
	}
	var got []string
	for range 4 {
		got = append(got, strings.Fields(<-f.told)[0])
	}
	stop()
	<-done
	if want := []string{"post", "home", "post", "home"}; !slices.Equal(got, want) {
		t.Errorf("Slack was told %q, want %q", got, want)
	}
}
