package slacksim

import "testing"

// methodScopes is what Slack's method pages say of bot tokens, said here once
// more. Methods for app tokens alone are not among them.
var methodScopes = map[string]string{
	"auth.revoke": "", "bots.info": "users:read", "team.info": "team:read",
	"chat.postMessage": "chat:write", "chat.update": "chat:write", "chat.delete": "chat:write", "chat.postEphemeral": "chat:write",
	"chat.getPermalink": "", "chat.scheduleMessage": "chat:write", "chat.deleteScheduledMessage": "chat:write",
	"chat.scheduledMessages.list": "",
	"conversations.list":          "channels:read,groups:read,im:read,mpim:read",
	"conversations.info":          "channels:read,groups:read,im:read,mpim:read",
	"conversations.members":       "channels:read,groups:read,im:read,mpim:read",
	"conversations.history":       "channels:history,groups:history,im:history,mpim:history",
	"conversations.replies":       "channels:history,groups:history,im:history,mpim:history",
	"conversations.open":          "im:write,mpim:write", "conversations.join": "channels:join",
	"users.info": "users:read", "users.list": "users:read", "users.lookupByEmail": "users:read.email",
	"usergroups.list": "usergroups:read", "usergroups.users.list": "usergroups:read",
	"files.getUploadURLExternal": "files:write", "files.completeUploadExternal": "files:write",
	"files.info": "files:read", "files.delete": "files:write", "files.upload": "files:write",
	"reactions.add": "reactions:write", "reactions.remove": "reactions:write",
	"chat.startStream": "chat:write", "chat.appendStream": "chat:write", "chat.stopStream": "chat:write",
	"pins.add": "pins:write", "pins.remove": "pins:write", "pins.list": "pins:read", "calls.add": "calls:write",
	"bookmarks.add": "bookmarks:write", "bookmarks.edit": "bookmarks:write", "bookmarks.remove": "bookmarks:write", "bookmarks.list": "bookmarks:read",
	"views.open": "", "views.push": "", "views.update": "", "views.publish": "", "blocks.validate": "",
}

// methodProbes ask every method with a token of the wrong kind, and with one
// that has no scope.
func methodProbes(t *testing.T) []probe {
	s := start(t, func(o *Options) {
		o.Workspace.BotScopes, o.Workspace.AppScopes = []string{"emoji:read"}, []string{"emoji:read"}
	})
	ask := func(method, token string) *apiError {
		s.mu.Lock()
		defer s.mu.Unlock()
		clear(s.rates)
		_, err := s.carryOut(method, args{"channel": "C0CSM", "users": "U0ANA", "user": "U0ANA", "test": true}, token)
		refused, _ := err.(*apiError)
		if refused == nil {
			return &apiError{}
		}
		return refused
	}
	all := []probe{
		{"apps.connections.open", func() bool { return ask("apps.connections.open", s.BotToken()).code == "not_allowed_token_type" }},
		{"apps.connections.open", func() bool { return ask("apps.connections.open", s.AppToken()).code == "missing_scope" }},
		{"auth.test", func() bool {
			return ask("auth.test", s.BotToken()).code == "" && ask("auth.test", s.AppToken()).code == ""
		}},
	}
	for name := range methods {
		if _, listed := methodScopes[name]; !listed && name != "auth.test" && name != "apps.connections.open" {
			t.Errorf("%s is in no list of scopes", name)
		}
	}
	for name, want := range methodScopes {
		all = append(all, probe{name, func() bool { return ask(name, s.AppToken()).code == "not_allowed_token_type" }})
		all = append(all, probe{name, func() bool {
			got := ask(name, s.BotToken())
			if want == "" {
				return got.code != "missing_scope"
			}
			return got.code == "missing_scope" && got.more["needed"] == want
		}})
	}
	return all
}

// eventProbes ask for every event with a subscription and no scope.
func eventProbes(t *testing.T) []probe {
	s := start(t, func(o *Options) {
		everyEvent(o)
		o.Workspace.BotScopes = nil
	})
	var all []probe
	for _, event := range s.opts.Workspace.Events {
		if event != "tokens_revoked" { // needs none
			all = append(all, probe{event, func() bool { return !s.hears(event) }})
		}
	}
	return all
}
