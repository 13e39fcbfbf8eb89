package bot

import (
	"slices"

	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
)

// news are the events that make something old that we believe about a channel or
// a person. Believing it for a minute more would put customers' names into a
// channel that another company reads since a moment ago.
var news = []string{"channel_archive", "channel_left", "channel_shared", "channel_unarchive", "channel_unshared",
	"group_archive", "group_left", "group_unarchive", "user_change"}

// learn forgets what an event made old; false: it is about something else.
func (b *Bot) learn(ev socketmode.Event) bool {
	e, ok := ev.Data.(slackevents.EventsAPIEvent)
	if !ok || !slices.Contains(news, e.InnerEvent.Type) {
		return false
	}
	switch x := e.InnerEvent.Data.(type) {
	case *slackevents.ChannelArchiveEvent:
		b.channels.forget(x.Channel)
	case *slackevents.ChannelLeftEvent:
		b.channels.forget(x.Channel)
	case *slackevents.ChannelSharedEvent:
		b.channels.forget(x.Channel)
	case *slackevents.ChannelUnarchiveEvent:
		b.channels.forget(x.Channel)
	case *slackevents.ChannelUnsharedEvent:
		b.channels.forget(x.Channel)
	case *slackevents.GroupArchiveEvent:
		b.channels.forget(x.Channel)
	case *slackevents.GroupLeftEvent:
		b.channels.forget(x.Channel)
	case *slackevents.GroupUnarchiveEvent:
		b.channels.forget(x.Channel)
	case *slackevents.UserChangeEvent:
		b.users.forget(x.User.ID)
	}
	return true
}
