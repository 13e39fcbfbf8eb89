package bot

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"healthbot/bot/view"
	"healthbot/storage/record"
)

// arrival says in which way a gesture reaches us.
type arrival string

const (
	press   arrival = "block_actions"
	submit  arrival = "view_submission"
	command arrival = "slash_command"
	event   arrival = "event"
)

// gesture is one thing that a person did in Slack, decoded. The guard adds what
// it is about, so that the handler works on exactly what was checked.
type gesture struct {
	kind arrival
	id   string // action_id, callback_id, command or event type
	who  string // Slack user id
	// request is made from what Slack sent, and the same whenever Slack sends it
	// again; it becomes record.Actor.Request.
	request string
	arrived time.Time // real time
	acked   bool

	channel string
	message string // the ts of the message it was made on, or of the message itself
	thread  string // the thread it belongs to, if any
	private bool   // that message is seen by one person alone
	trigger string // opens a modal, once, within three seconds
	reply   string // response_url
	value   string // of the pressed button, or the chosen menu item
	text    string // what was typed after the command, the mention, or in the DM
	tab     string // of app_home_opened
	view    slack.View
	meta    view.Meta // of a submitted form

	// What the guard found.
	account record.Account
	review  record.Case
	run     record.RunCase
	task    record.TaskCase
	esc     record.EscalationCase
}

// actor is who acts, for the record.
func (g *gesture) actor(people record.Directory) record.Actor {
	return record.Actor{ID: g.who, Name: people.Name(g.who), Channel: cmp.Or(g.channel, g.meta.Channel),
		Message: cmp.Or(g.message, g.meta.TS), Request: g.request}
}

// decode reads what Slack sent. The second result is false for what nobody did:
// our own messages, edits, other bots.
func decode(ev socketmode.Event) (*gesture, bool) {
	switch d := ev.Data.(type) {
	case slack.SlashCommand:
		return &gesture{kind: command, id: d.Command, who: d.UserID, request: key("command", d.TriggerID), trigger: d.TriggerID,
			channel: d.ChannelID, reply: d.ResponseURL, text: d.Text}, true
	case slack.InteractionCallback:
		return decodeInteraction(d)
	case slackevents.EventsAPIEvent:
		return decodeEvent(d)
	}
	return nil, false
}

func decodeInteraction(d slack.InteractionCallback) (*gesture, bool) {
	g := &gesture{kind: arrival(d.Type), who: d.User.ID, trigger: d.TriggerID, reply: d.ResponseURL, view: d.View,
		channel: cmp.Or(d.Container.ChannelID, d.Channel.ID), message: d.Container.MessageTs,
		thread: cmp.Or(d.Container.ThreadTs, d.Message.ThreadTimestamp), private: d.Container.IsEphemeral}
	switch d.Type {
	case slack.InteractionTypeBlockActions:
		if len(d.ActionCallback.BlockActions) == 0 {
			return nil, false
		}
		a := d.ActionCallback.BlockActions[0] // Slack sends one per press
		g.id, g.value = a.ActionID, cmp.Or(a.Value, a.SelectedOption.Value)
		g.request = key("press", cmp.Or(g.message, d.View.ID), g.channel, g.who, a.ActionID, a.BlockID, a.ActionTs)
	case slack.InteractionTypeViewSubmission:
		g.id = d.View.CallbackID
		g.request = key("submit", d.View.ID, d.View.Hash, stateDigest(d.View))
	default: // shortcuts, closed views and the like: we ask for none of them
		g.id = cmp.Or(d.CallbackID, d.View.CallbackID)
	}
	return g, true
}

// stateDigest tells apart two submissions of one view: after field errors Slack
// sends the same view id and hash again, with other values. The same values
// again are the same gesture.
func stateDigest(v slack.View) string {
	b, err := json.Marshal(v.State) // map keys are sorted
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

func decodeEvent(d slackevents.EventsAPIEvent) (*gesture, bool) {
	g := &gesture{kind: event, id: d.InnerEvent.Type}
	if cb, ok := d.Data.(*slackevents.EventsAPICallbackEvent); ok && cb.EventID != "" {
		g.request = key("event", cb.EventID)
	}
	switch e := d.InnerEvent.Data.(type) {
	case *slackevents.AppHomeOpenedEvent:
		g.who, g.channel, g.tab = e.User, e.Channel, e.Tab
	case *slackevents.AppMentionEvent:
		if e.BotID != "" {
			return nil, false
		}
		g.who, g.channel, g.message, g.thread, g.text = e.User, e.Channel, e.TimeStamp, e.ThreadTimeStamp, e.Text
	case *slackevents.MessageEvent:
		// Edits, joins and bots (ourselves among them) come as messages too.
		if e.BotID != "" || e.SubType != "" || e.User == "" || !e.IsIM() {
			return nil, false
		}
		g.id = evDirect
		g.who, g.channel, g.message, g.thread, g.text = e.User, e.Channel, e.TimeStamp, e.ThreadTimeStamp, e.Text
	}
	if g.request == "" { // never seen; but nothing else may share the empty key
		g.request = key("event", g.id, g.who, g.channel, g.message)
	}
	return g, g.who != ""
}

// key joins what makes a gesture unique. An empty part makes it no less so.
func key(parts ...string) string { return strings.Join(parts, "|") }

// part makes a request key for one of several changes that a gesture makes.
func part(a record.Actor, name string) record.Actor {
	a.Request = fmt.Sprintf("%s|%s", a.Request, name)
	return a
}
