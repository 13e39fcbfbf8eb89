package slacksim

import "slices"

// message is one message, root or reply, of a person or of the bot.
type message struct {
	ts, thread stamp // thread is zero for a message that is in none
	user       string
	bot        bool
	subtype    string
	text       string
	blocks     []any
	attached   []any
	metadata   object
	clientID   string // client_msg_id, on what people write
	inviter    string // on the line that somebody was brought in
	edited     stamp
	to         string // the one person who sees an ephemeral message
	broadcast  bool   // a reply that is shown in the channel too
	replies    []*message
	files      []*file
	reactions  []Reaction
	suggested  map[string][]any // as in view

	rev int64 // when it last changed to the eye; see follow.go
}

// post files a message under its channel, or under its thread.
func (c *channel) post(m *message) {
	c.byTS[m.ts] = m
	c.opened = true
	root := c.byTS[m.thread]
	if root == nil {
		c.roots = append(c.roots, m)
		return
	}
	root.replies = append(root.replies, m)
	if m.broadcast {
		c.roots = append(c.roots, m)
	}
}

// delete removes a message. A root with replies leaves a tombstone, because its
// thread stays.
func (c *channel) delete(m *message) {
	if len(m.replies) > 0 {
		m.subtype, m.text, m.user, m.bot = "tombstone", "This message was deleted.", "USLACKBOT", false
		m.blocks, m.attached, m.metadata, m.edited = nil, nil, nil, 0
		m.files, m.reactions = nil, nil
		return
	}
	same := func(x *message) bool { return x == m }
	delete(c.byTS, m.ts)
	c.roots = slices.DeleteFunc(c.roots, same)
	if root := c.byTS[m.thread]; root != nil {
		root.replies = slices.DeleteFunc(root.replies, same)
	}
}

// dismiss removes an ephemeral message.
func (c *channel) dismiss(m *message) {
	c.private = slices.DeleteFunc(c.private, func(x *message) bool { return x == m })
}

func (c *channel) ephemeral(ts stamp) *message {
	for _, m := range c.private {
		if m.ts == ts {
			return m
		}
	}
	return nil
}

// messageObject is a message as the Web API and events show it. Metadata is
// left out: it is given only to those who ask.
func (s *Server) messageObject(m *message) object {
	w := s.opts.Workspace
	out := object{"type": "message", "user": m.user, "ts": m.ts.String(), "text": m.text, "team": w.TeamID}
	if m.bot {
		out["bot_id"] = w.botID()
		out["app_id"] = w.AppID
		out["bot_profile"] = s.botProfile()
	}
	if m.clientID != "" {
		out["client_msg_id"] = m.clientID
	}
	if m.inviter != "" {
		out["inviter"] = m.inviter
	}
	if m.subtype != "" {
		out["subtype"] = m.subtype
	} else if m.broadcast {
		out["subtype"] = "thread_broadcast"
	}
	if len(m.blocks) > 0 {
		out["blocks"] = clone(m.blocks)
	}
	if len(m.attached) > 0 {
		out["attachments"] = clone(m.attached)
	}
	if len(m.files) > 0 {
		out["files"], out["upload"] = objects(m.files, s.fileObject), false
	}
	if len(m.reactions) > 0 {
		out["reactions"] = objects(m.reactions, func(r Reaction) object {
			return object{"name": r.Name, "users": anyList(r.Users), "count": r.Count}
		})
	}
	if m.edited != 0 {
		out["edited"] = object{"user": m.user, "ts": m.edited.String()}
	}
	if m.thread != 0 {
		out["thread_ts"] = m.thread.String()
	}
	if len(m.replies) > 0 {
		users := m.replyUsers()
		out["thread_ts"] = m.ts.String()
		out["reply_count"] = len(m.replies)
		out["reply_users"] = anyList(users)
		out["reply_users_count"] = len(users)
		out["latest_reply"] = m.replies[len(m.replies)-1].ts.String()
		out["subscribed"] = true
		out["is_locked"] = false
	}
	return out
}

// inHistory adds what only history and replies know.
func (s *Server) inHistory(c *channel, m *message, withMetadata bool) object {
	out := s.messageObject(m)
	if root := c.byTS[m.thread]; root != nil && root != m {
		out["parent_user_id"] = root.user
	}
	if withMetadata && m.metadata != nil {
		out["metadata"] = clone(m.metadata)
	}
	return out
}

func (m *message) replyUsers() []string {
	var users []string
	for _, r := range m.replies {
		if !slices.Contains(users, r.user) && len(users) < 5 {
			users = append(users, r.user)
		}
	}
	return users
}

func (s *Server) botProfile() object {
	w := s.opts.Workspace
	return object{
		"id": w.botID(), "app_id": w.AppID, "user_id": w.BotUserID, "name": w.BotName,
		"deleted": false, "updated": s.opened.Unix(), "team_id": w.TeamID,
		"icons": object{
			"image_36": s.origin() + "/icon.svg", "image_48": s.origin() + "/icon.svg", "image_72": s.origin() + "/icon.svg",
		},
	}
}
