package bot

import (
	"context"
	"errors"
	"strings"

	"github.com/slack-go/slack"

	"healthbot/bot/view"
)

// present carries an answer out after the ack.
func (b *Bot) present(ctx context.Context, g *gesture, a answer) error {
	switch {
	case a.form != nil && (g.kind == submit || g.view.Type == slack.VTModal): // the form is open already
		return b.slack.updateView(ctx, g.view.ID, *a.form)
	case a.form != nil:
		return b.slack.openView(ctx, g.trigger, *a.form)
	}
	return b.whisper(ctx, g, *a.say, a.replace)
}

// whisper says something to the one person who made a gesture, where they made
// it. Slack has no single way for that:
//
//   - a command, and a press on a private message, bring a response_url, which
//     works even in channels that we aren't in;
//   - a mention, and a press on a message, are answered with an ephemeral message
//     in their thread;
//   - a message in our DM is answered in the DM, and so is what has no place:
//     a press in Home, a submitted form;
//   - who opens Home and may not, reads why in Home.
func (b *Bot) whisper(ctx context.Context, g *gesture, m view.Message, replace bool) error {
	switch {
	case g.id == evHome:
		return b.slack.publishHome(ctx, g.who, slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: m.Blocks}})
	case g.reply != "" && (g.kind == command || g.private):
		return b.slack.respond(ctx, g.reply, m, replace)
	case g.kind == event && g.id == evDirect:
		_, err := b.slack.post(ctx, post{channel: g.channel, thread: g.thread, message: m})
		return err
	case g.channel != "" && !strings.HasPrefix(g.channel, "D"):
		err := b.slack.whisper(ctx, g.channel, g.thread, g.who, m)
		if slackCode(err) == "" || g.reply == "" {
			return err
		}
		// We aren't in that channel, or the person isn't any more.
		if again := b.slack.respond(ctx, g.reply, m, false); again != nil {
			return errors.Join(err, again)
		}
		return nil
	}
	dm, err := b.dms.get(ctx, g.who)
	if err != nil {
		return err
	}
	_, err = b.slack.post(ctx, post{channel: dm, message: m})
	return err
}
