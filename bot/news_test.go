package bot

import (
	"testing"

	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
)

// Whatever happens to a channel or a person, what was believed of them counts no
// more; of others it does. Each event that the manifest asks for is known.
func TestNewsMakeFactsOld(t *testing.T) {
	b := testBot(oneAccount(), newFakeSlack())
	all := map[string]any{
		"channel_archive": &slackevents.ChannelArchiveEvent{Channel: "C1"}, "channel_left": &slackevents.ChannelLeftEvent{Channel: "C1"},
		"channel_shared": &slackevents.ChannelSharedEvent{Channel: "C1"}, "channel_unarchive": &slackevents.ChannelUnarchiveEvent{Channel: "C1"},
		"channel_unshared": &slackevents.ChannelUnsharedEvent{Channel: "C1"}, "group_archive": &slackevents.GroupArchiveEvent{Channel: "C1"},
		"group_left": &slackevents.GroupLeftEvent{Channel: "C1"}, "group_unarchive": &slackevents.GroupUnarchiveEvent{Channel: "C1"},
		"user_change": &slackevents.UserChangeEvent{User: slackevents.User{ID: "U1"}},
	}
	for _, kind := range news {
		b.channels.known = map[string]fact[channelFacts]{"C1": {}, "C2": {}}
		b.users.known = map[string]fact[userFacts]{"U1": {}, "U2": {}}
		ev := socketmode.Event{Type: socketmode.EventTypeEventsAPI, Data: slackevents.EventsAPIEvent{
			InnerEvent: slackevents.EventsAPIInnerEvent{Type: kind, Data: all[kind]}}}
		if !b.learn(ev) {
			t.Errorf("%s is news to nobody", kind)
		}
		if n := len(b.channels.known) + len(b.users.known); n != 3 || b.channels.known["C2"] != (fact[channelFacts]{}) {
			t.Errorf("after %s %d of 4 facts are believed, want 3", kind, n)
		}
	}
	if b.learn(socketmode.Event{Data: slackevents.EventsAPIEvent{InnerEvent: slackevents.EventsAPIInnerEvent{Type: "app_mention"}}}) {
		t.Error("a mention is nothing to learn from")
	}
}
