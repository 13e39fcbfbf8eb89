package bot

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"healthbot/bot/view"
	"healthbot/scoring"
	"healthbot/storage/record"
)

// everybody tries: the order of the letters in the tables below.
var everybody = []record.Person{ana, bob, mgr, ann, lee, ada, exe}

// TestWhoMay goes through the routes: for each gesture, who gets through.
func TestWhoMay(t *testing.T) {
	forms := view.Frame{People: people(), Policy: policy(), Model: scoring.BuiltIn()}
	meta := view.Meta{Review: "rv_1"}
	s := oneAccount()
	task, _ := s.taskCase("tk_1")
	esc, _ := s.escCase("es_1")
	all := []string{"Ana", "Bob", "Max", "Ann", "Lee", "Ada", "Exe"}
	press := func(id, value string) func(string) any {
		return func(who string) any { return pressed(who, id, value) }
	}
	submit := func(v slack.ModalViewRequest) func(string) any {
		return func(who string) any { return submitted(t, who, v, nil) }
	}
	for name, c := range map[string]struct {
		gesture func(who string) any
		may     []string
	}{
		"ask":              {func(who string) any { return slack.SlashCommand{Command: cmdHealth, UserID: who, TriggerID: "1"} }, all},
		"mention":          {func(who string) any { return mentioned(who, "help", "", "E1") }, all},
		"message":          {func(who string) any { return direct(who, "help", "E1") }, all},
		"my queue":         {press(view.ActMyQueue, ""), all},
		"show":             {press(view.ActShow, view.Value("acme")), []string{"Ana", "Max", "Ann", "Lee", "Ada", "Exe"}},
		"review":           {press(view.ActReview, view.Value("rv_1")), []string{"Ana", "Max", "Ann", "Lee"}},
		"review account":   {press(view.ActReviewAccount, view.Value("acme")), []string{"Ana", "Max", "Ann", "Lee"}},
		"snooze…":          {press(view.ActMore, view.MoreValue(view.MoreSnooze, "rv_1")), []string{"Ana", "Max", "Lee"}},
		"change owner…":    {press(view.ActMore, view.MoreValue(view.MoreOwner, "rv_1")), []string{"Max", "Lee", "Ada"}},
		"pulse…":           {press(view.ActMore, view.MoreValue(view.MorePulse, "rv_1")), []string{"Ana", "Max", "Ann", "Lee"}},
		"override…":        {press(view.ActMore, view.MoreValue(view.MoreOverride, "rv_1")), []string{"Ana", "Max", "Lee"}},
		"cancelling…":      {press(view.ActAccountMore, view.MoreValue(view.MoreCancelling, "acme")), []string{"Ana", "Max", "Ann", "Lee"}},
		"nothing such":     {press(view.ActAccountMore, view.MoreValue("erase", "acme")), nil},
		"pulse, reviewing": {press(view.ActPulse, view.Value("rv_1")), []string{"Ana", "Max", "Ann", "Lee"}},
		"escalate now":     {press(view.ActEscalate, view.Value("rv_1")), []string{"Ana", "Max", "Lee"}},
		"pulse":            {submit(view.PulseForm(forms, openCase(), meta)), []string{"Ana", "Max", "Ann", "Lee"}},
		"override":         {submit(view.OverrideForm(forms, openCase(), meta)), []string{"Ana", "Max", "Lee"}},
		"cancelling":       {submit(view.CancellingForm(forms, openCase(), meta)), []string{"Ana", "Max", "Ann", "Lee"}},
		"staying":          {submit(view.CancellingForm(forms, leavingCase(), meta)), []string{"Ana", "Max", "Lee"}},
		"an unknown item":  {press(view.ActMore, view.MoreValue("erase", "rv_1")), nil},
		"owner…":           {press(view.ActOwner, view.Value("rv_1")), []string{"Max", "Lee", "Ada"}},
		"take":             {press(view.ActTake, view.Value("rv_1")), []string{"Ana", "Max", "Ann", "Lee"}},
		"confirm run":      {press(view.ActConfirmRun, view.Value("rn_1")), []string{"Max", "Ann", "Lee"}},
		"accept task":      {press(view.ActTaskAccept, view.Value("tk_1")), []string{"Ana", "Max", "Ann", "Lee"}},
		"task done…":       {press(view.ActTaskDone, view.Value("tk_1")), []string{"Ana", "Max", "Ann", "Lee"}},
		"decline task…":    {press(view.ActTaskDecline, view.Value("tk_1")), []string{"Ana", "Max", "Ann", "Lee"}},
		"hand on…":         {press(view.ActTaskHand, view.Value("tk_1")), []string{"Ana", "Max", "Ann", "Lee"}},
		"acknowledge":      {press(view.ActAcknowledge, view.Value("es_1")), []string{"Max"}},
		"decide…":          {press(view.ActDecide, view.Value("es_1")), []string{"Max"}},
		"inputs":           {submit(view.ReviewInputs(forms, heldCase(scoring.HoldStale), meta)), []string{"Ana", "Ann", "Lee"}},
		"outcome":          {submit(view.ReviewOutcome(forms, openCase(), meta)), []string{"Ana", "Max", "Lee"}},
		"follow":           {submit(view.ReviewFollow(forms, openCase(), record.Draft{Values: map[record.Field]string{record.FieldOutcome: "stable"}}, meta)), []string{"Ana", "Max", "Lee"}},
		"snooze":           {submit(view.SnoozeForm(forms, openCase(), meta)), []string{"Ana", "Max", "Lee"}},
		"owner":            {submit(view.OwnerForm(forms, openCase(), meta)), []string{"Max", "Lee", "Ada"}},
		"task done":        {submit(view.TaskDoneForm(forms, task, view.Meta{})), []string{"Ana", "Max", "Ann", "Lee"}},
		"decline task":     {submit(view.TaskDeclineForm(forms, task, view.Meta{})), []string{"Ana", "Max", "Ann", "Lee"}},
		"hand on":          {submit(view.TaskHandForm(forms, task, view.Meta{})), []string{"Ana", "Max", "Ann", "Lee"}},
		"decide":           {submit(view.DecideForm(forms, esc, view.Meta{})), []string{"Max"}},
		"a lost form":      {submit(view.SnoozeForm(forms, record.Case{Account: acme}, view.Meta{})), nil},
	} {
		t.Run(name, func(t *testing.T) {
			var may []string
			for _, p := range everybody {
				b := testBot(s, newFakeSlack())
				g, row := routed(t, b, c.gesture(p.ID))
				err := row.may.check(t.Context(), b, g)
				if err == nil {
					may = append(may, p.Name)
				} else if k := record.KindOf(err); (k != record.Forbidden && c.may != nil) || !strings.Contains(record.Say(err), "nothing was") {
					t.Errorf("%s was refused with %q (%s); a refusal is of kind forbidden and says that nothing was changed", p.Name, record.Say(err), k)
				}
			}
			if !slices.Equal(may, c.may) {
				t.Errorf("%v may, want %v", may, c.may)
			}
		})
	}
}

// routed decodes a gesture as the router does, up to the guard.
func routed(t *testing.T, b *Bot, data any) (*gesture, route) {
	t.Helper()
	g, ok := decode(ev(data))
	if !ok {
		t.Fatalf("%T is nobody's gesture", data)
	}
	row, ok := b.router.rows[g.kind][g.id]
	if !ok {
		t.Fatalf("no route for %s %s", g.kind, g.id)
	}
	if g.kind == submit {
		m, err := view.ParseMeta(g.view.PrivateMetadata)
		if err != nil {
			t.Fatal(err)
		}
		g.meta = m
	}
	return g, row
}

// leavingCase is Acme with an intent to cancel on record, and everything stale.
func leavingCase() record.Case {
	c := heldCase(scoring.HoldStale)
	c.Cancelling = &record.Cancellation{ID: "ca_1", Account: acme.ID, Who: "Kim", Heard: record.DateOf(noon), Evidence: "we leave", By: ann.ID, ByName: "Ann", At: noon}
	return c
}

// TestATaskOfSomebodyElsesAccount: its owner works on it, wherever they belong.
func TestATaskOfSomebodyElsesAccount(t *testing.T) {
	s := oneAccount()
	s.taskCase = func(string) (record.TaskCase, error) {
		return record.TaskCase{Task: record.Task{ID: "tk_1", Owner: bob.ID, State: record.TaskOpen}, Account: acme}, nil
	}
	b := testBot(s, newFakeSlack())
	g, row := routed(t, b, pressed(bob.ID, view.ActTaskAccept, view.Value("tk_1")))
	if err := row.may.check(t.Context(), b, g); err != nil {
		t.Errorf("Bob can't accept his own task: %v", err)
	}
}

// TestOurs: who is refused whatever their role, and what they are told.
func TestOurs(t *testing.T) {
	const fine = ""
	gone := errors.New("connection reset")
	for name, c := range map[string]struct {
		who   string
		facts userFacts
		fail  error
		say   string
	}{
		"one of ours":                  {ana.ID, userFacts{Team: "T0"}, nil, fine},
		"a guest":                      {ana.ID, userFacts{Team: "T0", Guest: true}, nil, "Guests can't use healthbot"},
		"a bot":                        {ana.ID, userFacts{Team: "T0", Bot: true}, nil, "Bots can't use healthbot"},
		"a stranger":                   {ana.ID, userFacts{Team: "T0", Stranger: true}, nil, "another company's workspace"},
		"of another workspace":         {ana.ID, userFacts{Team: "T1"}, nil, "another company's workspace"},
		"of our organisation":          {ana.ID, userFacts{Team: "T1", Enterprise: "E0"}, nil, fine},
		"deactivated":                  {ana.ID, userFacts{Team: "T0", Deleted: true}, nil, "deactivated"},
		"nobody has set them up":       {"U0NEW", userFacts{Team: "T0"}, nil, "Ask Ada to add your Slack id U0NEW"},
		"a guest nobody has set up":    {"U0NEW", userFacts{Team: "T0", Guest: true}, nil, "Guests can't use healthbot"},
		"Slack doesn't say":            {ana.ID, userFacts{}, gone, "Slack couldn't tell just now who you are"},
		"Slack doesn't know them":      {ana.ID, userFacts{}, slack.SlackErrorResponse{Err: "user_not_found"}, "another company's workspace"},
		"unknown, and Slack is silent": {"U0NEW", userFacts{}, gone, "You aren't set up"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFakeSlack()
			f.users[c.who] = c.facts
			if c.fail != nil {
				f.fail["user"] = c.fail
			}
			b := testBot(oneAccount(), f)
			b.me.Enterprise = "E0"
			said(t, b.ours(t.Context(), &gesture{who: c.who, channel: "C0CSM"}), c.say)
		})
	}
}

func said(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("refused: %v", err)
	case want != "" && err == nil:
		t.Errorf("let through, want %q", want)
	case want != "" && !strings.Contains(record.Say(err), want):
		t.Errorf("said %q, want %q", record.Say(err), want)
	}
}

func TestSharedChannels(t *testing.T) {
	for name, c := range map[string]struct {
		g    gesture
		fail error
		say  string
	}{
		"our channel":               {gesture{channel: "C0CSM"}, nil, ""},
		"shared":                    {gesture{channel: "C0SHARED"}, nil, "shared with another company"},
		"a form opened in a shared": {gesture{meta: view.Meta{Channel: "C0SHARED"}}, nil, "shared with another company"},
		"a DM":                      {gesture{channel: "D0ANA"}, errors.New("never asked"), ""},
		"Home":                      {gesture{}, errors.New("never asked"), ""},
		"private, and we aren't in": {gesture{channel: "C0HIDDEN"}, nil, ""},
		"Slack doesn't say":         {gesture{channel: "C0CSM"}, errors.New("timeout"), "Slack couldn't tell just now who can read this channel"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFakeSlack()
			f.channels["C0SHARED"] = channelFacts{Name: "shared", Shared: true, Member: true}
			if c.fail != nil {
				f.fail["channel"] = c.fail
			}
			b := testBot(oneAccount(), f)
			c.g.who = ana.ID
			said(t, b.ours(t.Context(), &c.g), c.say)
		})
	}
}

// TestCheckedAgain: what held at the click need not hold at the submission.
func TestCheckedAgain(t *testing.T) {
	s := oneAccount()
	f := newFakeSlack()
	b := testBot(s, f)
	give(t, b, ev(pressed(ana.ID, view.ActMore, view.MoreValue(view.MoreSnooze, "rv_1"))))
	if len(f.said) != 1 || !strings.HasPrefix(f.said[0], "open") {
		t.Fatalf("no form: %q", f.said)
	}
	s.reviewCase = func(string, string) (record.Case, error) { // meanwhile Acme became Bob's
		c := openCase()
		c.Account.Owner, c.Account.Manager = bob.ID, "U0MIA"
		return c, nil
	}
	s.change = func(context.Context, record.Actor, any) (any, error) { return nil, errUnexpected }
	acks := give(t, b, ev(submitted(t, ana.ID, view.SnoozeForm(b.frame(ana.ID, acme), openCase(), view.Meta{}), map[record.Field]slack.BlockAction{record.FieldNote: typed("later")})))
	r, ok := acks[0].(*slack.ViewSubmissionResponse)
	if !ok || r.ResponseAction != slack.RAUpdate || r.View.Submit != nil {
		t.Errorf("got %+v, want a refusal", acks[0])
	}
}

// TestMemo: an hour-old fact bridges a silence of Slack's, but not a definite no.
func TestMemo(t *testing.T) {
	answer, fail := 1, error(nil)
	m := newMemo(func(context.Context, string) (int, error) { return answer, fail }, 0, factsStale)
	get := func() (int, error) { return m.get(t.Context(), "k") }
	if v, err := get(); v != 1 || err != nil {
		t.Fatal(v, err)
	}
	fail = errors.New("timeout")
	if v, err := get(); v != 1 || err != nil {
		t.Errorf("Slack is silent: %d %v, want the last answer", v, err)
	}
	fail = slack.SlackErrorResponse{Err: "user_not_found"}
	if _, err := get(); err == nil {
		t.Error("Slack's no was overruled by what it said before")
	}
	m.fresh, answer, fail = factsFresh, 2, nil
	if v, err := get(); v != 1 || err != nil {
		t.Errorf("asked again while fresh: %d %v", v, err)
	}
}
