package slacksim

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// scheduled is a message that the office clock will post.
type scheduled struct {
	id        string
	channel   *channel
	at        time.Time // office clock
	made      time.Time
	draft     draft
	thread    stamp
	broadcast bool
}

func (c *call) scheduleMessage() (object, error) {
	ch, err := c.writable(false)
	if err != nil {
		return nil, err
	}
	seconds, ok := c.integer("post_at", 0)
	at, now := time.Unix(int64(seconds), 0), c.clock.now()
	switch {
	case !ok || seconds == 0:
		return nil, refuse("invalid_time")
	case !at.After(now):
		return nil, refuse("time_in_past")
	case at.After(now.AddDate(0, 0, scheduledDays.max())):
		return nil, refuse("time_too_far")
	}
	d, err := c.args.draft(c.world())
	switch {
	case err != nil:
		return nil, err
	case d.empty():
		return nil, refuse("no_text")
	case runes(d.text) > messageText.max():
		return nil, refuse("msg_too_long")
	case c.crowded(ch, at):
		return nil, refuse("restricted_too_many")
	}
	thread, err := c.threadIn(ch)
	if err != nil {
		return nil, err
	}
	m := &scheduled{
		id: newID("Q"), channel: ch, at: at, made: now, draft: d,
		thread: thread, broadcast: thread != 0 && c.boolean("reply_broadcast"),
	}
	c.agenda = append(c.agenda, m)
	slices.SortStableFunc(c.agenda, func(a, b *scheduled) int { return a.at.Compare(b.at) })
	c.wind()

	shown := object{"type": "delayed_message", "subtype": "bot_message", "bot_id": c.opts.Workspace.botID(), "text": d.text}
	if len(d.blocks) > 0 {
		shown["blocks"] = clone(d.blocks)
	}
	return object{"channel": ch.ID, "scheduled_message_id": m.id, "post_at": at.Unix(), "message": shown}, nil
}

// crowded tells whether the five minutes around a moment are full.
func (s *Server) crowded(ch *channel, at time.Time) bool {
	near := 0
	for _, m := range s.agenda {
		if m.channel == ch && m.at.Sub(at).Abs() < 5*time.Minute {
			near++
		}
	}
	return near >= scheduledInWindow.max()
}

func (c *call) scheduledList() (object, error) {
	all := slices.Clone(c.agenda)
	if id := c.text("channel"); id != "" {
		all = slices.DeleteFunc(all, func(m *scheduled) bool { return m.channel.ID != id })
	}
	some, next, err := paged(c, all, func(m *scheduled) string { return m.id }, 100, pageSize.max())
	if err != nil {
		return nil, err
	}
	return object{
		"scheduled_messages": objects(some, func(m *scheduled) object {
			return object{"id": m.id, "channel_id": m.channel.ID, "post_at": m.at.Unix(), "date_created": m.made.Unix(), "text": m.draft.text}
		}),
		"response_metadata": nextPage(next),
	}, nil
}

// deleteScheduled: what will be posted within the minute can't be held back.
func (c *call) deleteScheduled() (object, error) {
	i := slices.IndexFunc(c.agenda, func(m *scheduled) bool {
		return m.id == c.text("scheduled_message_id") && m.channel.ID == c.text("channel")
	})
	if i < 0 || c.agenda[i].at.Sub(c.clock.now()) < time.Minute {
		return nil, refuse("invalid_scheduled_message_id")
	}
	c.agenda = slices.Delete(c.agenda, i, i+1)
	c.wind()
	return object{}, nil
}

// wind sets the alarm for the next scheduled message. The office clock runs at
// the pace of a real one, so a real timer will do until somebody moves it.
func (s *Server) wind() {
	s.alarm.stop()
	s.alarm = nil
	if len(s.agenda) > 0 {
		s.alarm = s.after(max(0, s.agenda[0].at.Sub(s.clock.now())), s.ring)
	}
}

// ring posts what is due.
func (s *Server) ring() {
	now := s.clock.now()
	for len(s.agenda) > 0 && !s.agenda[0].at.After(now) {
		m := s.agenda[0]
		s.agenda = s.agenda[1:]
		s.postScheduled(m)
	}
	s.wind()
	s.touch()
}

func (s *Server) postScheduled(m *scheduled) {
	ch := m.channel
	why := ""
	switch {
	case m.draft.metadata != nil: // a bug that chat.scheduleMessage's own page warns of
		why = "scheduled messages with metadata are never posted"
	case ch.Archived:
		why = "the channel is archived"
	case !ch.has(s.opts.Workspace.BotUserID):
		why = "the bot is not in the channel"
	}
	if why != "" {
		s.deny(nil, fmt.Sprintf("scheduled message %s for %s was not posted: %s", m.id, cmp.Or(ch.Name, ch.ID), why), "")
		return
	}
	posted := s.botMessage(ch, m.draft)
	if ch.byTS[m.thread] != nil {
		posted.thread, posted.broadcast = m.thread, m.broadcast
	}
	s.post(ch, posted)
	s.emitMessage(ch, posted)
}
