package bot

import (
	"errors"
	"net/http"
	"slices"

	"github.com/slack-go/slack"

	"healthbot/storage/record"
)

const appTokenFix = "SLACK_APP_TOKEN must start with xapp- and have connections:write: make one in the app's settings under Basic Information, App-Level Tokens."

// fatals are the refusals that no retry can mend, each with its fix.
var fatals = map[string]string{
	"invalid_auth":            "Slack doesn't accept the token. " + appTokenFix + " SLACK_BOT_TOKEN must start with xoxb-; copy it from OAuth & Permissions.",
	"not_authed":              "Slack got no token. Set SLACK_BOT_TOKEN (xoxb-…) and SLACK_APP_TOKEN (xapp-…).",
	"not_allowed_token_type":  "Slack got a token of the wrong kind; are the two swapped? " + appTokenFix + " SLACK_BOT_TOKEN must start with xoxb-.",
	"account_inactive":        "The app was uninstalled, or whoever installed it was deactivated. Install it again in the app's settings and set the new SLACK_BOT_TOKEN.",
	"token_revoked":           "The token was revoked. Install the app again in its settings and set the new tokens.",
	"token_expired":           "The token has expired. Install the app again in its settings and set the new tokens.",
	"missing_scope":           "The token lacks a scope. " + appTokenFix + " For the bot token, apply manifest.yml and install the app again.",
	"no_permission":           "The app token lacks connections:write. " + appTokenFix,
	"forbidden_team":          "This workspace doesn't let the app connect. Ask a workspace admin to approve it.",
	"team_access_not_granted": "This workspace doesn't let the app connect. Ask a workspace admin to approve it.",
	"access_denied":           "This workspace doesn't let the app connect. Ask a workspace admin to approve it.",
	codeNoAPI:                 "Nothing at Slack's address answers as its Web API does. Is SLACK_API_URL right? Without it, the real one is used.",
	reasonLinkDisabled:        "Socket Mode was switched off in the app's settings. Switch it on again under Socket Mode (or apply manifest.yml), then start healthbot.",
}

// fatalAuth is the error that ends the bot for a code, or nil when the code is
// nothing to end for.
func fatalAuth(code string) error {
	fix, ok := fatals[code]
	if !ok {
		return nil
	}
	return &record.Error{Kind: record.Forbidden, Say: fix, Cause: errors.New(code)}
}

// lifeless are the fatals that say the token itself is worthless, wherever they
// come up. The others may be about one channel or one person.
var lifeless = []string{"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"}

// mayEnd ends the bot when a refusal says that its token is worthless: nothing
// would ever be delivered again, and nobody would notice why.
func (b *Bot) mayEnd(code string) {
	if b.sockets != nil && slices.Contains(lifeless, code) {
		b.sockets.giveUp(fatalAuth(code))
	}
}

// codeNoAPI stands for a plain 404, which slack-go gives up on.
const codeNoAPI = "http_404"

// authCode is Slack's code for a failed call.
func authCode(err error) string {
	if e, ok := errors.AsType[slack.StatusCodeError](err); ok && e.Code == http.StatusNotFound {
		return codeNoAPI
	}
	return slackCode(err)
}
