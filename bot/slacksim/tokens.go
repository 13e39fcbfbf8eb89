package slacksim

import (
	"fmt"
	"slices"
)

// A keyring is the app's tokens. What is revoked stays revoked: an app that is
// installed again gets others. Guarded by Server.mu.
type keyring struct {
	bot, app string
	revoked  []string
}

func newBotToken() string { return "xoxb-" + digits(12) + "-" + digits(12) + "-" + secret(24) }

func newAppToken(appID string) string { return "xapp-1-" + appID + "-" + digits(13) + "-" + secret(32) }

// kind tells what a token opens, or why it opens nothing.
func (k *keyring) kind(token string) (tokenKind, error) {
	switch {
	case token == "":
		return 0, refuse("not_authed")
	case slices.Contains(k.revoked, token):
		return 0, refuse("token_revoked")
	case token == k.bot:
		return botToken, nil
	case token == k.app:
		return appToken, nil
	}
	return 0, refuse("invalid_auth")
}

// secrets are all that must not be shown.
func (k *keyring) secrets() []string { return append([]string{k.bot, k.app}, k.revoked...) }

// revoke makes one token worthless, or both.
func (s *Server) revoke(which string) error {
	switch which {
	case "bot":
		s.revokeBot()
	case "app":
		s.revokeApp()
	case "":
		s.revokeBot()
		s.revokeApp()
	default:
		return fmt.Errorf("there is no token %q to revoke; there are bot and app, and nothing for both", which)
	}
	return nil
}

// revokeBot says so once, over connections that are the app token's own.
func (s *Server) revokeBot() {
	if slices.Contains(s.keys.revoked, s.keys.bot) {
		return
	}
	s.keys.revoked = append(s.keys.revoked, s.keys.bot)
	s.emit("tokens_revoked", object{
		"type": "tokens_revoked", "event_ts": s.eventTS(),
		"tokens": object{"oauth": []any{}, "bot": []any{s.opts.Workspace.BotUserID}},
	})
}

// revokeApp ends what the app token opened: connections, and tickets for more.
func (s *Server) revokeApp() {
	if slices.Contains(s.keys.revoked, s.keys.app) {
		return
	}
	s.keys.revoked = append(s.keys.revoked, s.keys.app)
	clear(s.tickets)
	for c := range s.conns {
		delete(s.conns, c)
		c.close()
	}
}

// reinstall gives new tokens for those that were revoked.
func (s *Server) reinstall() (object, error) {
	bot, app := slices.Contains(s.keys.revoked, s.keys.bot), slices.Contains(s.keys.revoked, s.keys.app)
	if !bot && !app {
		return nil, fmt.Errorf("both tokens are good; revoke comes before reinstall")
	}
	if bot {
		s.keys.bot = newBotToken()
	}
	if app {
		s.keys.app = newAppToken(s.opts.Workspace.AppID)
	}
	return object{"bot_token": s.keys.bot, "app_token": s.keys.app}, nil
}

// authRevoke is how an app gives up its own token.
func (c *call) authRevoke() (object, error) {
	if c.boolean("test") {
		return object{"revoked": false}, nil
	}
	c.revokeBot()
	return object{"revoked": true}, nil
}
