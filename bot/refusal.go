package bot

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"healthbot/storage/record"
)

const (
	againSoon  = 10 * time.Second
	againLater = time.Minute
)

// deadEnds are the refusals that need a person, each with what mends it. %s is
// the channel or person.
var deadEnds = map[string]string{
	"channel_not_found":                        "Slack knows no channel %s that the bot can see. Check the route's channel id in healthbot.yml, and invite the bot if the channel is private.",
	"not_in_channel":                           "The bot isn't in %s. Type /invite @healthbot there.",
	"is_archived":                              "%s is archived. Unarchive it, or choose another channel for the route in healthbot.yml.",
	"restricted_action":                        "A workspace setting keeps the bot from posting in %s. Ask a workspace admin to let apps post there.",
	"restricted_action_read_only_channel":      "%s is read-only. Let the bot post there in the channel's settings, or choose another channel in healthbot.yml.",
	"restricted_action_thread_only_channel":    "%s allows replies only. Choose another channel for the route in healthbot.yml.",
	"restricted_action_non_threadable_channel": "%s allows no threads, and cards are posted in one. Choose another channel for the route in healthbot.yml.",
	"user_not_found":                           "Slack knows nobody with the id %s. Correct the person's id in healthbot.yml.",
	"user_disabled":                            "The Slack account of %s is deactivated. Name somebody else in healthbot.yml.",
	"user_not_visible":                         "The bot can't see %s. Check the person's id in healthbot.yml.",
	"cannot_dm_bot":                            "%s is a bot and takes no direct messages. Correct the person's id in healthbot.yml.",
	"messages_tab_disabled":                    "The app's Messages tab is off, so %s can't get direct messages. Switch it on under App Home, or apply manifest.yml.",
	"missing_scope":                            "The bot token lacks a scope to reach %s. Apply manifest.yml and install the app again.",
	"invalid_blocks":                           "Slack didn't accept the message for %s. This is a fault in healthbot; please report it with the log.",
	"invalid_blocks_format":                    "Slack didn't accept the message for %s. This is a fault in healthbot; please report it with the log.",
	"invalid_attachments":                      "Slack didn't accept the message for %s. This is a fault in healthbot; please report it with the log.",
	"msg_blocks_too_long":                      "The message for %s is too long for Slack. This is a fault in healthbot; please report it with the log.",
	"msg_too_long":                             "The message for %s is too long for Slack. This is a fault in healthbot; please report it with the log.",
	"no_text":                                  "The message for %s is empty. This is a fault in healthbot; please report it with the log.",
	"metadata_too_large":                       "The message for %s carries too much metadata. This is a fault in healthbot; please report it with the log.",
	"invalid_metadata_format":                  "Slack didn't accept the metadata of the message for %s. This is a fault in healthbot; please report it with the log.",
	"thread_not_found":                         "The message that the card for %s belongs under was deleted.",
	"cannot_reply_to_message":                  "The message that the card for %s belongs under takes no replies.",
	"message_not_found":                        "The message in %s was deleted, so it can't be brought up to date.",
	"cant_update_message":                      "The message in %s isn't the bot's own, so it can't be brought up to date.",
	"edit_window_closed":                       "The workspace allows no more edits of the message in %s.",
	"no_permission":                            "The bot may not post to %s. Ask a workspace admin to let apps post there.",
	"ekm_access_denied":                        "The workspace's encryption keys keep the bot from %s. Ask a workspace admin.",
	"as_user_not_supported":                    "Slack didn't accept the message for %s. This is a fault in healthbot; please report it with the log.",
	"team_access_not_granted":                  "The workspace hasn't granted the bot access to %s. Ask a workspace admin to approve it.",
	"is_inactive":                              "%s is frozen in Slack, so nothing can be posted there.",
}

// passing are definite refusals that time mends.
var passing = map[string]time.Duration{
	"ratelimited":            againLater,
	"rate_limited":           againLater,
	"message_limit_exceeded": time.Hour,
	"service_unavailable":    againLater,
	"team_added_to_org":      time.Hour,
	"accesslimited":          againLater,
	"org_login_required":     time.Hour,
	"update_failed":          againSoon,
}

// unknownEnds are answers after which the message may be there all the same.
var unknownEnds = map[string]bool{"internal_error": true, "fatal_error": true, "request_timeout": true, "duplicate_message_not_found": true}

// posting judges how a call that posts or edits failed: with a definite no, or
// with an end that nobody knows.
func (b *Bot) posting(err error, d record.Delivery) error {
	if r := b.refused(err, d); r != nil {
		return r
	}
	// A connection that never came about carried nothing.
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return &record.Refusal{Reason: "Slack can't be reached.", Again: true, After: againSoon, Silent: true}
	}
	return err
}

// unposted is for what fails before a post: then it is certain that nothing was
// posted, however the failure ended.
func (b *Bot) unposted(doing string, err error, d record.Delivery) error {
	if r := b.refused(err, d); r != nil {
		return r
	}
	return &record.Refusal{Reason: fmt.Sprintf("Could not %s: %s.", doing, b.redact(err.Error())), Again: true, After: againSoon, Silent: slackCode(err) == ""}
}

// refused is Slack's definite no, or nil.
func (b *Bot) refused(err error, d record.Delivery) *record.Refusal {
	if e, ok := errors.AsType[*slack.RateLimitedError](err); ok {
		return &record.Refusal{Reason: "Slack asks for patience.", Again: true, After: max(e.RetryAfter, time.Second)}
	}
	e, ok := errors.AsType[slack.SlackErrorResponse](err)
	if !ok || unknownEnds[e.Err] {
		return nil
	}
	if after, ok := passing[e.Err]; ok {
		return &record.Refusal{Reason: "Slack is busy (" + e.Err + ").", Again: true, After: after}
	}
	if fatal, ok := fatals[e.Err]; ok && e.Err != "missing_scope" {
		// The token is at fault, not the message: it goes out once that is mended.
		b.mayEnd(e.Err)
		return &record.Refusal{Reason: fatal, Again: true, After: againLater}
	}
	return &record.Refusal{Reason: b.deadEnd(e, d)}
}

// deadEnd says what an admin must do, with Slack's code for whoever looks it up.
func (b *Bot) deadEnd(e slack.SlackErrorResponse, d record.Delivery) string {
	who := cmp.Or(d.Channel, d.To)
	if isDM(d) {
		who = b.o.People.Name(d.To)
	}
	say := "Slack refused the message for %s."
	if s, ok := deadEnds[e.Err]; ok {
		say = s
	}
	parts := []string{fmt.Sprintf(say, who)}
	if e.Needed != "" {
		parts = append(parts, "Missing: "+e.Needed+".")
	}
	detail := e.Err
	if len(e.ResponseMetadata.Messages) > 0 {
		detail += ": " + strings.Join(e.ResponseMetadata.Messages, "; ")
	}
	return b.redact(strings.Join(append(parts, "("+detail+")"), " "))
}

// unsent is for a delivery that could not even be written: nothing was posted.
// A record that isn't there will never be; anything else may pass.
func unsent(doing string, err error) error {
	if record.KindOf(err) == record.NotFound {
		return &record.Refusal{Reason: "Could not " + doing + ": " + record.Say(err)}
	}
	return &record.Refusal{Reason: fmt.Sprintf("Could not %s: %s", doing, redact(err.Error())), Again: true, After: againSoon}
}
