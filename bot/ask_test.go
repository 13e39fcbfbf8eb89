package bot

import (
	"fmt"
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"healthbot/bot/view"
	"healthbot/scoring"
	"healthbot/storage/record"
)

// TestQuestions: the same words work in a command, a mention and a message.
func TestQuestions(t *testing.T) {
	for text, want := range map[string]string{
		"Acme":                               "find Acme",
		"  Acme   Corp ":                     "find Acme Corp",
		"AT&amp;T &lt;EU&gt;":                "find AT&T <EU>",
		`"queue"`:                            "find queue",
		"“mine”":                             "find mine",
		"„help“":                             "find help",
		`"`:                                  `find "`,
		"mine own company":                   "find mine own company",
		"helpful":                            "find helpful",
		"queue":                              "queue {Person: Manager: Segment: Band: Standing: Open:true}",
		"Queue band:Risk":                    "queue {Person: Manager: Segment: Band:risk Standing: Open:true}",
		"queue owner:me":                     "queue {Person:U0ANA Manager: Segment: Band: Standing: Open:true}",
		"queue owner:<@U0BOB|bob> flag:hold": "queue {Person:U0BOB Manager: Segment: Band: Standing:on hold Open:true}",
		"queue segment:ENTERPRISE":           "queue {Person: Manager: Segment:enterprise Band: Standing: Open:true}",
		"queue segment:smb":                  "say No route reviews a segment",
		"queue band:green":                   "say There is no band",
		"queue owner:ana":                    "say Name the owner with a mention",
		"queue flag:x":                       "say There is no flag",
		"queue colour:red":                   "say The queue can't be narrowed by",
		"mine":                               "desk U0ANA",
		"MINE":                               "desk U0ANA",
		"help":                               "help",
		"":                                   "help",
		strings.Repeat("x", 201):             "say That is 201 characters",
	} {
		ways := map[string]any{"command": slack.SlashCommand{Command: cmdHealth, UserID: ana.ID, ChannelID: "C0CSM", Text: text, TriggerID: "1", ResponseURL: "https://hooks.slack.com/commands/1"},
			"mention": mentioned(ana.ID, text, "", "E1"), "message": direct(ana.ID, text, "E1"), "message with the command's name": direct(ana.ID, "/health "+text, "E2")}
		for way, data := range ways {
			if got := asked(t, data); !strings.HasPrefix(got, want) {
				t.Errorf("%s %q: %s, want %s", way, text, got, want)
			}
		}
	}
}

// asked says what became of a question.
func asked(t *testing.T, data any) string {
	t.Helper()
	var got string
	s := oneAccount()
	s.find = func(q string, _ int) ([]record.Match, error) { got = "find " + q; return nil, nil }
	s.queue = func(f record.QueueFilter) ([]record.QueueRow, error) {
		got = "queue " + fmt.Sprintf("%+v", f)
		return nil, nil
	}
	s.desk = func(who string) (record.Desk, error) { got = "desk " + who; return record.Desk{Person: ana}, nil }
	f := newFakeSlack()
	b := testBot(s, f)
	give(t, b, ev(data))
	if len(f.said) != 1 {
		t.Fatalf("answered %q", f.said)
	}
	_, said, _ := strings.Cut(f.said[0], ": ")
	switch {
	case got != "":
		return got
	case strings.Contains(said, "/health ACCOUNT"):
		return "help"
	}
	return "say " + said
}

// TestWhereAnswersGo: to the one who asked alone, where they asked.
func TestWhereAnswersGo(t *testing.T) {
	mention := mentioned(ana.ID, "help", "", "E1")
	inThread := mentioned(ana.ID, "help", "99.5", "E2")
	ephemeral := pressed(ana.ID, view.ActShow, view.Value("acme"))
	ephemeral.Container.IsEphemeral = true
	inDM := pressed(ana.ID, view.ActShow, view.Value("acme"))
	inDM.Container.ChannelID, inDM.Container.ThreadTs = "DU0ANA", ""
	stranger := slack.SlashCommand{Command: cmdHealth, UserID: "U0NEW", ChannelID: "C0CSM", TriggerID: "2", ResponseURL: "https://hooks/2"}
	for name, c := range map[string]struct {
		data any
		want string
	}{
		"a command":                 {slack.SlashCommand{Command: cmdHealth, UserID: ana.ID, ChannelID: "C0CSM", TriggerID: "1", ResponseURL: "https://hooks/1"}, "respond https://hooks/1 false"},
		"a refused command":         {stranger, "respond https://hooks/2 false: You aren't set up"},
		"a mention":                 {mention, "whisper C0CSM  U0ANA"},
		"a mention in a thread":     {inThread, "whisper C0CSM 99.5 U0ANA"},
		"a message":                 {direct(ana.ID, "help", "E3"), "post D1 :"},
		"a press on a card":         {pressed(ana.ID, view.ActMyQueue, ""), "whisper C0CSM 99.000001 U0ANA"},
		"Refresh takes its place":   {ephemeral, "respond https://hooks.slack.com/actions/T0/1/abc true"},
		"a press in a DM":           {inDM, "post DU0ANA :"},
		"a press in Home":           {atHome(pressed(ana.ID, view.ActShow, view.Value("acme"))), "post DU0ANA :"},
		"a refused press in Home":   {atHome(pressed(bob.ID, view.ActTake, view.Value("rv_1"))), "open 1.2.3"},
		"a refused opening of Home": {homeOpened("U0NEW"), "home U0NEW"},
		"an opening of Home":        {homeOpened(ana.ID), "home U0ANA"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFakeSlack()
			b := testBot(oneAccount(), f)
			give(t, b, ev(c.data))
			if len(f.said) != 1 || !strings.HasPrefix(f.said[0], c.want) {
				t.Errorf("said %q, want %q", f.said, c.want)
			}
		})
	}
}

// TestNotInTheChannel: a press can come from where the bot isn't any more.
func TestNotInTheChannel(t *testing.T) {
	f := newFakeSlack()
	f.fail["whisper"] = slack.SlackErrorResponse{Err: "not_in_channel"}
	b := testBot(oneAccount(), f)
	give(t, b, ev(pressed(ana.ID, view.ActMyQueue, "")))
	if len(f.said) != 1 || !strings.HasPrefix(f.said[0], "respond https://hooks.slack.com/actions/T0/1/abc false") {
		t.Errorf("said %q, want the way around", f.said)
	}
}

// TestLateForm: a trigger lives three seconds.
func TestLateForm(t *testing.T) {
	f := newFakeSlack()
	f.fail["open"] = slack.SlackErrorResponse{Err: "expired_trigger_id"}
	b := testBot(oneAccount(), f)
	give(t, b, ev(pressed(ana.ID, view.ActReview, view.Value("rv_1"))))
	if len(f.said) != 1 || !strings.Contains(f.said[0], "please press again") {
		t.Errorf("said %q", f.said)
	}
}

// TestNames: what one may not read, one isn't told of either.
func TestNames(t *testing.T) {
	secret := record.Account{ID: "secret", Name: "Acme Secret", Owner: bob.ID, Manager: "U0MIA"}
	s := oneAccount()
	s.account = func(id string) (record.Account, error) {
		if id == secret.ID {
			return secret, nil
		}
		return acme, nil
	}
	f := newFakeSlack()
	b := testBot(s, f)
	answerTo := func(q string, found ...record.Match) string {
		s.find = func(string, int) ([]record.Match, error) { return found, nil }
		f.said = nil
		give(t, b, ev(slack.SlashCommand{Command: cmdHealth, UserID: ana.ID, Text: q, TriggerID: q, ResponseURL: "https://hooks/1"}))
		return strings.Join(f.said, "\n")
	}
	if got := answerTo("acme sec", record.Match{ID: "secret", Name: "Acme Secret"}, record.Match{ID: "acme", Name: "Acme"}); strings.Contains(got, "Secret") || !strings.Contains(got, "Acme") {
		t.Errorf("the nearest: %s", got)
	}
	if got := answerTo("secret", record.Match{ID: "secret", Name: "Acme Secret", Exact: true}); strings.Contains(got, "59") || !strings.Contains(got, "You may not read an account here") {
		t.Errorf("an account of somebody else's: %s", got)
	}
	if got := answerTo("acme", record.Match{ID: "acme", Name: "Acme", Exact: true}, record.Match{ID: "secret", Name: "Acme", Exact: true}); strings.Contains(got, "proposed") {
		t.Errorf("two of one name: one was picked: %s", got)
	}
}

// TestCommercial: ARR is for those who may see it, in private alone.
func TestCommercial(t *testing.T) {
	b := testBot(oneAccount(), newFakeSlack())
	for who, want := range map[string]bool{ana.ID: true, bob.ID: false, mgr.ID: true, ann.ID: true, lee.ID: false, exe.ID: true, ada.ID: false, "": false} {
		if got := b.frame(who, acme).Commercial; got != want {
			t.Errorf("%q sees ARR: %t, want %t", who, got, want)
		}
	}
}

func TestQueueShowsWhatOneMayRead(t *testing.T) {
	s := oneAccount()
	s.queue = func(record.QueueFilter) ([]record.QueueRow, error) {
		theirs := record.QueueRow{Review: "rv_2", Account: record.Account{ID: "zeta", Name: "Zeta", Owner: bob.ID, Manager: "U0MIA"}, Band: scoring.Watch}
		return []record.QueueRow{{Review: "rv_1", Account: acme, Band: scoring.Risk}, theirs}, nil
	}
	f := newFakeSlack()
	give(t, testBot(s, f), ev(slack.SlashCommand{Command: cmdHealth, UserID: ana.ID, Text: "queue", TriggerID: "1", ResponseURL: "https://hooks/1"}))
	if len(f.said) != 1 || !strings.Contains(f.said[0], "Acme") || strings.Contains(f.said[0], "Zeta") {
		t.Errorf("Ana was shown %q", f.said)
	}
}

func homeOpened(who string) slackevents.EventsAPIEvent {
	return slackevents.EventsAPIEvent{Data: &slackevents.EventsAPICallbackEvent{EventID: "Ev-home-" + who}, InnerEvent: slackevents.EventsAPIInnerEvent{Type: evHome,
		Data: &slackevents.AppHomeOpenedEvent{User: who, Channel: "D1", Tab: homeTab}}}
}
