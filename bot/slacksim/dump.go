package slacksim

import (
	"slices"
	"time"
)

// Dump is everything the server knows, secrets redacted.
type Dump struct {
	Seq         int64      `json:"seq"`
	Now         time.Time  `json:"now"` // office clock
	Connections int        `json:"connections"`
	Channels    []Room     `json:"channels"` // DMs included
	People      []Screen   `json:"people"`
	Calls       []Call     `json:"calls"`
	Envelopes   []Envelope `json:"envelopes"`
	Refusals    []Refusal  `json:"refusals"`
}

// Room is a conversation with its messages, oldest first, replies and
// ephemerals among them.
type Room struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Topic    string    `json:"topic"`
	Kind     string    `json:"kind"` // public, private, shared, dm
	User     string    `json:"user,omitempty"`
	Archived bool      `json:"archived"`
	Member   bool      `json:"member"` // whether whoever looks is in it; in a Dump, whether the bot is
	Unread   int       `json:"unread"`
	LastRead string    `json:"last_read,omitempty"` // up to which message whoever looks has read
	Members  []string  `json:"members"`
	Messages []Message `json:"messages"`
}

// Message is a message as somebody sees it.
type Message struct {
	TS          string         `json:"ts"`
	ThreadTS    string         `json:"thread_ts,omitempty"`
	User        string         `json:"user,omitempty"`
	BotID       string         `json:"bot_id,omitempty"`
	Subtype     string         `json:"subtype,omitempty"`
	Plain       string         `json:"text"`
	Blocks      []any          `json:"blocks,omitempty"`
	Attachments []any          `json:"attachments,omitempty"`
	Edited      *Edit          `json:"edited,omitempty"`
	ReplyCount  int            `json:"reply_count"`
	ReplyUsers  []string       `json:"reply_users,omitempty"`
	LatestReply string         `json:"latest_reply,omitempty"`
	Metadata    map[string]any `json:"metadata,omitempty"`
	Keys        []string       `json:"metadata_keys,omitempty"`
	Ephemeral   bool           `json:"ephemeral,omitempty"`
	To          string         `json:"to,omitempty"` // who alone sees an ephemeral one
	Files       []File         `json:"files,omitempty"`
	Reactions   []Reaction     `json:"reactions,omitempty"`
}

// Edit says who changed a message last, and when.
type Edit struct {
	User string `json:"user"`
	TS   string `json:"ts"`
}

// Screen is what one person has before them besides messages.
type Screen struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Home    *View    `json:"home,omitempty"`
	Homes   int      `json:"homes"` // how often a Home was published
	Modals  []View   `json:"modals,omitempty"`
	Notices []string `json:"notices,omitempty"`
}

// Envelope is one thing the app was sent.
type Envelope struct {
	Seq     int64          `json:"seq"`
	At      time.Time      `json:"at"` // office clock
	ID      string         `json:"id"`
	Type    string         `json:"type"`
	Payload map[string]any `json:"payload"`
	Sent    []Delivery     `json:"sent,omitempty"`
	Acks    []Ack          `json:"acks,omitempty"`

	Attempts int  `json:"attempts"`
	Open     bool `json:"open"`    // whether an acknowledgement is awaited
	Waiting  bool `json:"waiting"` // no connection has taken it yet
}

func (s *Server) dump(messages bool) Dump {
	d := Dump{
		Seq: s.seq, Now: s.clock.now(), Connections: len(s.conns),
		Refusals: append([]Refusal{}, s.refusals...),
		Calls:    make([]Call, 0, len(s.calls)), Envelopes: make([]Envelope, 0, len(s.envelopes)),
	}
	for _, c := range s.channels {
		if messages {
			d.Channels = append(d.Channels, s.room(c, nil))
		} else {
			d.Channels = append(d.Channels, s.door(c, nil))
		}
	}
	for _, p := range s.people {
		screen := Screen{ID: p.ID, Name: p.Name, Homes: p.homes, Notices: slices.Clone(p.notices)}
		if p.home != nil {
			screen.Home = s.viewSeen(p.home)
		}
		for _, v := range p.modals {
			screen.Modals = append(screen.Modals, *s.viewSeen(v))
		}
		d.People = append(d.People, screen)
	}
	for _, c := range s.calls {
		shown := *c
		shown.Args = obj(redacted(c.Args))
		shown.Answer = obj(redacted(c.Answer))
		d.Calls = append(d.Calls, shown)
	}
	for _, e := range s.envelopes {
		acks := slices.Clone(e.acks)
		for i := range acks {
			acks[i].Payload = obj(redacted(acks[i].Payload))
		}
		d.Envelopes = append(d.Envelopes, Envelope{
			Seq: e.seq, At: e.at, ID: e.id, Type: e.kind, Payload: obj(redacted(e.payload)),
			Sent: slices.Clone(e.sent), Acks: acks, Attempts: len(e.sent), Open: e.open(), Waiting: slices.Contains(s.waiting, e),
		})
	}
	return d
}

// room is a conversation as p sees it; nil sees everything.
func (s *Server) room(c *channel, p *person) Room {
	r := s.door(c, p)
	for _, m := range c.byTS {
		r.Messages = append(r.Messages, s.seen(m, p))
	}
	for _, m := range c.private {
		if p == nil || m.to == p.ID {
			r.Messages = append(r.Messages, s.seen(m, p))
		}
	}
	slices.SortFunc(r.Messages, func(a, b Message) int { return compareTS(a.TS, b.TS) })
	return r
}

// door is a room without its messages.
func (s *Server) door(c *channel, p *person) Room {
	r := Room{
		ID: c.ID, Name: c.Name, Topic: c.Topic, Kind: "public", Archived: c.Archived,
		Members: slices.Clone(c.Members), Member: c.has(s.opts.Workspace.BotUserID), Messages: []Message{},
	}
	switch {
	case c.with != nil:
		r.Kind, r.Name, r.User = "dm", s.opts.Workspace.BotName, c.with.ID
	case c.Shared:
		r.Kind = "shared"
	case c.Private:
		r.Kind = "private"
	}
	if p != nil {
		r.Member, r.Unread, r.LastRead = c.has(p.ID), c.unread(p), p.read[c].String()
		if c.with != nil {
			r.User = s.opts.Workspace.BotUserID
		}
	}
	return r
}

// unread counts what others wrote since p last looked.
func (c *channel) unread(p *person) (n int) {
	for _, m := range c.byTS {
		if m.ts > p.read[c] && m.user != p.ID {
			n++
		}
	}
	for _, m := range c.private {
		if m.to == p.ID && m.ts > p.read[c] {
			n++
		}
	}
	return n
}

func compareTS(a, b string) int {
	x, _ := parseStamp(a)
	y, _ := parseStamp(b)
	return int(x - y)
}

func (s *Server) seen(m *message, p *person) Message {
	out := Message{
		TS: m.ts.String(), User: m.user, Subtype: m.subtype, Plain: m.text,
		Blocks: s.pictures(clone(m.blocks), p), Attachments: clone(m.attached), ReplyCount: len(m.replies), ReplyUsers: m.replyUsers(),
		Metadata: clone(m.metadata), Keys: sortedKeys(obj(m.metadata["event_payload"])), Ephemeral: m.to != "", To: m.to,
	}
	for _, f := range m.files {
		out.Files = append(out.Files, f.seen())
	}
	out.Reactions = m.reacted()
	if m.bot {
		out.BotID = s.opts.Workspace.botID()
	}
	if m.edited != 0 {
		out.Edited = &Edit{User: m.user, TS: m.edited.String()}
	}
	switch {
	case m.thread != 0:
		out.ThreadTS = m.thread.String()
	case len(m.replies) > 0:
		out.ThreadTS = out.TS
		out.LatestReply = m.replies[len(m.replies)-1].ts.String()
	}
	if m.broadcast {
		out.Subtype = "thread_broadcast"
	}
	return out
}

func (s *Server) viewSeen(v *view) *View {
	raw := s.viewObject(v)
	raw["blocks"] = s.pictures(list(raw["blocks"]), v.owner)
	if len(v.errors) > 0 {
		raw["errors"] = withErrors(object{}, v)["errors"]
	}
	return &View{ID: v.id, Title: textOf(v.body["title"]), CallbackID: str(v.body["callback_id"]), JSON: raw}
}
