package slacksim

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// claim takes over the tokens of a kept workspace, where the options leave them
// open, and makes sure that it is this one.
func (k *savedState) claim(o *Options) error {
	if k == nil {
		return nil
	}
	w := o.Workspace
	if k.Team != w.TeamID || k.App != w.AppID || k.Bot != w.BotUserID {
		return fmt.Errorf("the Slack kept in %s is workspace %s with app %s, not %s with %s; nothing was changed. "+
			"Move the file away to start with an empty Slack", o.State, k.Team, k.App, w.TeamID, w.AppID)
	}
	o.BotToken = cmp.Or(o.BotToken, k.BotToken)
	o.AppToken = cmp.Or(o.AppToken, k.AppToken)
	return nil
}

// office is where the office clock stands at the start: where the kept one is
// by now, but never before the moment that was asked for.
func (k *savedState) office(asked func() time.Time) time.Time {
	if k == nil {
		return asked()
	}
	now := time.Now().Add(k.Ahead)
	if asked != nil {
		if at := asked(); at.After(now) {
			return at
		}
	}
	return now
}

// restore puts a kept workspace into place. People and channels that are no
// longer in the workspace are left out with all that is theirs.
func (s *Server) restore(k *savedState) {
	s.control, s.opened, s.keys.revoked = k.Control, k.Opened, k.Revoked
	files := map[string]*file{}
	for _, f := range k.Files {
		kept := &file{
			id: f.ID, name: f.Name, title: f.Title, alt: f.Alt, door: f.Door, length: f.Length, content: f.Content, created: f.Created,
		}
		if f.Completed {
			kept.processed = time.Unix(0, 0) // long ago
		}
		s.files = append(s.files, kept)
		files[f.ID] = kept
	}
	for _, kept := range k.People { // before channels: who came back has a DM to refill
		if p := s.person(kept.ID); p != nil && kept.Facts != nil {
			p.Person = *kept.Facts
			if p.dm == nil && !p.Deactivated && !p.Bot {
				s.giveDM(p, s.opts.Workspace.BotUserID, s.opened)
			}
		}
	}
	for _, c := range k.Channels {
		if ch := s.channel(c.ID); ch != nil {
			s.refill(ch, c, files)
		}
	}
	for _, kept := range k.People {
		p := s.person(kept.ID)
		if p == nil {
			continue
		}
		for id, ts := range kept.Read {
			if ch := s.channel(id); ch != nil {
				p.read[ch] = ts
			}
		}
		p.homes = kept.Homes
		if v := kept.Home; v != nil {
			p.home = &view{id: v.ID, owner: p, body: v.Body, hash: v.Hash, state: v.State, suggested: map[string][]any{}}
			p.home.root = p.home
			s.views[v.ID] = p.home
		}
	}
	for _, m := range k.Agenda {
		ch := s.channel(m.Channel)
		if ch == nil {
			continue
		}
		d := draft{text: m.Text, blocks: m.Blocks, attached: m.Attached, metadata: m.Metadata}
		s.agenda = append(s.agenda, &scheduled{m.ID, ch, m.At, m.Made, d, m.Thread, m.Broadcast})
	}
	for _, e := range k.Events {
		kept := s.newEnvelope("events_api", e.Payload, false)
		kept.at = e.At
		s.waiting = append(s.waiting, kept)
	}
	s.wind()
}

func (s *Server) refill(ch *channel, c savedChannel, files map[string]*file) {
	ch.Members = slices.DeleteFunc(c.Members, func(id string) bool {
		return s.person(id) == nil && id != s.opts.Workspace.BotUserID
	})
	if c.Facts != nil {
		ch.Archived, ch.Shared = c.Facts.Archived, c.Facts.Shared
	}
	ch.created = c.Created
	for _, m := range c.Messages {
		kept := &message{
			ts: m.TS, thread: m.Thread, edited: m.Edited, user: m.User, subtype: m.Subtype, text: m.Text, clientID: m.ClientID,
			inviter: m.Inviter, bot: m.Bot, broadcast: m.Broadcast, blocks: m.Blocks, attached: m.Attached, metadata: m.Metadata,
			reactions: m.Reactions,
		}
		for _, id := range m.Files {
			if f := files[id]; f != nil {
				kept.files = append(kept.files, f)
				f.shares = append(f.shares, share{ch, m.TS, m.Thread})
			}
		}
		s.post(ch, kept)
	}
	ch.opened, ch.last = c.Opened, c.Last
}
