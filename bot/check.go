package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"healthbot/storage/record"
)

// Problem is something that will keep the bot from working, and what mends it.
type Problem struct {
	What string `json:"what"` // the setting, scope or channel at fault
	Say  string `json:"say"`
}

func (p Problem) String() string { return p.What + ": " + p.Say }

// wrongTokens finds tokens that can't work, without asking Slack.
func wrongTokens(bot, app string) []Problem {
	var out []Problem
	wrong := func(name, token, prefix, other, from string) {
		switch {
		case strings.TrimSpace(token) == "":
			out = append(out, Problem{name, "is not set. It starts with " + prefix + " and comes from " + from + "."})
		case strings.HasPrefix(token, other):
			out = append(out, Problem{name, "holds the other token: this one starts with " + prefix + ". Are the two swapped?"})
		case !strings.HasPrefix(token, prefix):
			out = append(out, Problem{name, "must start with " + prefix + "; it comes from " + from + "."})
		case strings.TrimSpace(token) != token:
			out = append(out, Problem{name, "has a space or a line break at its end. Remove it."})
		}
	}
	wrong("SLACK_BOT_TOKEN", bot, "xoxb-", "xapp-", "the app's settings, OAuth & Permissions")
	wrong("SLACK_APP_TOKEN", app, "xapp-", "xoxb-", "the app's settings, Basic Information, App-Level Tokens, with "+appScope)
	return out
}

// Check asks Slack whether the bot can do its work: tokens, scopes, and each
// route's channel. It posts nothing. An empty answer means that all is well.
func Check(ctx context.Context, o Options) []Problem {
	if out := wrongTokens(o.BotToken, o.AppToken); len(out) > 0 {
		return out
	}
	api := newSlackAPI(o)
	defer api.http.CloseIdleConnections()
	return append(checkTokens(ctx, api), checkRoutes(ctx, api, o.Policy)...)
}

func checkTokens(ctx context.Context, api *slackAPI) []Problem {
	var out []Problem
	me, err := api.whoAmI(ctx)
	if err != nil {
		out = append(out, Problem{"SLACK_BOT_TOKEN", tokenFault(err)})
	}
	for _, s := range missing(me.Scopes) {
		out = append(out, Problem{"scope " + s, fmt.Sprintf("is missing. Put “- %s” under oauth_config.scopes.bot, as manifest.yml does, and install the app again.", s)})
	}
	// A URL that nobody dials expires by itself.
	if _, _, err := api.client.StartSocketModeContext(ctx); err != nil {
		out = append(out, Problem{"SLACK_APP_TOKEN", tokenFault(api.failed("apps.connections.open", err))})
	}
	return out
}

// missing lists the scopes that Slack didn't grant; nil means that it didn't say.
func missing(granted []string) []string {
	if granted == nil {
		return nil
	}
	return slices.DeleteFunc(Scopes(), func(s string) bool { return slices.Contains(granted, s) })
}

func tokenFault(err error) string {
	if fatal := fatalAuth(authCode(err)); fatal != nil {
		return record.Say(fatal)
	}
	return "Slack could not be asked: " + err.Error()
}

func checkRoutes(ctx context.Context, m messenger, p record.Policy) []Problem {
	var out []Problem
	seen := map[string]bool{}
	for _, r := range p.Routes {
		if seen[r.Channel] {
			continue
		}
		seen[r.Channel] = true
		if s := checkChannel(ctx, m, r.Channel); s != "" {
			out = append(out, Problem{fmt.Sprintf("route %s, channel %s", r.Name, r.Channel), s})
		}
	}
	return out
}

func checkChannel(ctx context.Context, m messenger, id string) string {
	c, err := m.channel(ctx, id)
	switch code := slackCode(err); {
	case code == "channel_not_found":
		return "Slack knows no such channel that the bot can see. Check the id, and invite the bot if the channel is private."
	case code == "missing_scope":
		return "" // said already, by its name
	case err != nil:
		return "Slack could not be asked: " + err.Error()
	}
	name := "#" + named(c, id)
	switch {
	case c.Archived:
		return name + " is archived. Unarchive it, or choose another channel."
	case c.Shared:
		return name + " is shared with another company. Nothing is posted there; choose another channel."
	case !c.Member:
		return "The bot isn't in " + name + ". Type /invite @healthbot there."
	}
	return ""
}
