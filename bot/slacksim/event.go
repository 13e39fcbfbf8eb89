package slacksim

import (
	"fmt"
	"slices"
	"strings"
)

// eventScopes is what an app needs besides its subscription.
var eventScopes = map[string][]string{
	"app_mention":           {"app_mentions:read"},
	"message.channels":      {"channels:history"},
	"message.groups":        {"groups:history"},
	"message.im":            {"im:history"},
	"member_joined_channel": {"channels:read", "groups:read"},
	"member_left_channel":   {"channels:read", "groups:read"},
	"channel_archive":       {"channels:read"},
	"channel_unarchive":     {"channels:read"},
	"channel_left":          {"channels:read"},
	"group_archive":         {"groups:read"},
	"group_unarchive":       {"groups:read"},
	"group_left":            {"groups:read"},
	"channel_shared":        {"channels:read", "groups:read"},
	"channel_unshared":      {"channels:read", "groups:read"},
	"user_change":           {"users:read"},
	"reaction_added":        {"reactions:read"},
	"reaction_removed":      {"reactions:read"},
}

// hears tells whether the app is sent an event: subscribed, and allowed to.
func (s *Server) hears(event string) bool {
	w := s.opts.Workspace
	if !slices.Contains(w.Events, event) {
		return false
	}
	need := eventScopes[event]
	return len(need) == 0 || slices.ContainsFunc(need, func(scope string) bool { return slices.Contains(w.BotScopes, scope) })
}

// emit sends an event, if the app hears it.
func (s *Server) emit(subscription string, event object) {
	if !s.hears(subscription) {
		return
	}
	w := s.opts.Workspace
	shared := false
	where := str(event["channel"])
	if item := obj(event["item"]); item != nil {
		where = str(item["channel"])
	}
	if ch := s.channel(where); ch != nil {
		shared = ch.Shared
	}
	s.deliver(s.newEnvelope("events_api", object{
		"token": "verification", "team_id": w.TeamID, "api_app_id": w.AppID,
		"context_team_id": w.TeamID, "context_enterprise_id": nil,
		"event": event, "type": "event_callback", "event_id": newID("Ev"), "event_time": s.clock.now().Unix(),
		"authorizations": []any{object{
			"enterprise_id": nil, "team_id": w.TeamID, "user_id": w.BotUserID, "is_bot": true, "is_enterprise_install": false,
		}},
		"is_ext_shared_channel": shared, "event_context": "4-" + secret(40),
	}, false))
}

// messageSubscriptions by kind of channel.
var messageSubscriptions = map[string]string{"channel": "message.channels", "group": "message.groups", "im": "message.im"}

// emitMessage tells the app of a message, its own ones included, and of a
// mention besides. Only channels that it is in are heard.
func (s *Server) emitMessage(ch *channel, m *message) {
	w := s.opts.Workspace
	if !ch.has(w.BotUserID) {
		return
	}
	event := s.inHistory(ch, m, false)
	if len(m.files) > 0 {
		event["subtype"] = "file_share"
	}
	event["channel"], event["channel_type"], event["event_ts"] = ch.ID, ch.kind(), m.ts.String()
	s.emit(messageSubscriptions[ch.kind()], event)

	if strings.Contains(m.text, "<@"+w.BotUserID+">") && !m.bot && m.subtype == "" && ch.with == nil {
		mention := s.messageObject(m)
		mention["type"], mention["channel"], mention["event_ts"] = "app_mention", ch.ID, m.ts.String()
		s.emit("app_mention", mention)
	}
}

// emitChange tells the app that a message was edited or deleted.
func (s *Server) emitChange(ch *channel, subtype string, m *message, previous object) {
	if !ch.has(s.opts.Workspace.BotUserID) {
		return
	}
	now := ch.nextStamp(s.clock.now()).String()
	event := object{
		"type": "message", "subtype": subtype, "hidden": true, "channel": ch.ID, "channel_type": ch.kind(),
		"ts": now, "event_ts": now, "previous_message": previous,
	}
	if subtype == "message_deleted" {
		event["deleted_ts"] = m.ts.String()
	} else {
		event["message"] = s.inHistory(ch, m, false)
	}
	s.emit(messageSubscriptions[ch.kind()], event)
}

// join makes somebody a member, and leaves the line that Slack leaves.
func (s *Server) join(ch *channel, id, inviter string) {
	ch.Members = append(ch.Members, id)
	s.reopen(ch)
	m := &message{
		ts: ch.nextStamp(s.clock.now()), user: id, subtype: "channel_join",
		text: fmt.Sprintf("<@%s> has joined the channel", id), inviter: inviter,
	}
	s.post(ch, m)
	event := object{
		"type": "member_joined_channel", "user": id, "channel": ch.ID, "channel_type": ch.ID[:1],
		"team": s.opts.Workspace.TeamID, "event_ts": m.ts.String(),
	}
	if inviter != "" {
		event["inviter"] = inviter
	}
	s.emitMessage(ch, m)
	if ch.has(s.opts.Workspace.BotUserID) {
		s.emit("member_joined_channel", event)
	}
	s.touch()
}

// openHome is what happens when a person looks at the app's Home.
func (s *Server) openHome(p *person) {
	event := object{
		"type": "app_home_opened", "user": p.ID, "channel": p.dm.ID, "tab": "home",
		"event_ts": stampOf(s.clock.now()).String(),
	}
	if p.home != nil {
		event["view"] = s.viewObject(p.home)
	}
	s.emit("app_home_opened", event)
}
