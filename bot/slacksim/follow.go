package slacksim

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Whoever keeps a picture up to date asks for it once, with the newest messages
// of each conversation, and from then on for what has changed. Whatever changes
// a message in the eye of somebody stirs it; a conversation that looks different
// as a whole is opened anew.

const (
	firstPage = 100 // roots of each conversation in a first picture, with their replies
	pageLimit = 1000
)

// A removal is a message that is no longer there.
type removal struct {
	ts  stamp
	to  string // who alone could see it; empty for everybody
	rev int64
}

// stir says that a message looks different from now on, and with it the root
// that counts it.
func (st *state) stir(c *channel, m *message) {
	m.rev = st.seq + 1
	if root := c.byTS[m.thread]; root != nil {
		root.rev = m.rev
	}
}

// reopen says that a conversation looks different as a whole: to some it may be
// there now, or no longer.
func (st *state) reopen(c *channel) { c.rev = st.seq + 1 }

func (st *state) post(c *channel, m *message) {
	c.post(m)
	st.stir(c, m)
}

// whisper posts to one person.
func (st *state) whisper(c *channel, m *message) {
	c.private = append(c.private, m)
	st.stir(c, m)
}

// unpost takes a message away, or leaves a tombstone in its place.
func (st *state) unpost(c *channel, m *message) {
	st.stir(c, m)
	if m.to != "" {
		c.dismiss(m)
	} else {
		c.delete(m)
	}
	if m.subtype != "tombstone" {
		c.gone = append(c.gone, removal{m.ts, m.to, m.rev})
	}
}

// stirShares stirs the messages that a file hangs on.
func (st *state) stirShares(f *file) {
	for _, sh := range f.shares {
		if m := sh.channel.byTS[sh.ts]; m != nil {
			st.stir(sh.channel, m)
		}
	}
}

// stirPictures stirs the messages that show a file in their blocks: who may see
// it has changed.
func (s *Server) stirPictures(f *file) {
	shows := func(m *message) (found bool) {
		each(m.blocks, func(o object) {
			ref := obj(o["slack_file"])
			found = found || ref != nil && s.fileCalled(ref) == f
		})
		return found
	}
	for _, c := range s.channels {
		for _, m := range c.byTS {
			if shows(m) {
				s.stir(c, m)
			}
		}
	}
}

// glimpse is a picture of which only what is new may be there.
type glimpse struct {
	picture
	Run      string       `json:"run"`   // differs after a restart, when seq counts anew
	Whole    bool         `json:"whole"` // nothing that was known before counts
	Channels []roomChange `json:"channels"`
	DMs      []roomChange `json:"dms"`
}

// roomChange is a conversation, or what is new in it.
type roomChange struct {
	Room
	Whole   bool   `json:"whole"`             // the messages are the newest of all there are
	Earlier int    `json:"earlier,omitempty"` // roots before them, when whole
	Gone    []gone `json:"gone,omitempty"`
}

type gone struct {
	TS        string `json:"ts"`
	Ephemeral bool   `json:"ephemeral,omitempty"`
}

// serveFollow answers a first picture at once, and then each time that something
// has changed since the one that the asker has.
func (s *Server) serveFollow(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	since, err := strconv.ParseInt(q.Get("since"), 10, 64)
	if whole := err != nil || q.Get("run") != s.run; whole {
		since = -1
	} else if !s.changedSince(r, since) {
		return // nobody is left to read it
	}
	s.mu.Lock()
	look, err := s.glimpse(q.Get("as"), since)
	var raw []byte
	if err == nil {
		raw = encode(look)
	}
	s.mu.Unlock()
	s.show(w, raw, err)
}

// show writes what was encoded under the mutex, or what was wrong.
func (s *Server) show(w http.ResponseWriter, raw []byte, err error) {
	if err != nil {
		s.answer(w, nil, err)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	s.write(w, raw)
}

// changedSince waits for a change, for a while at most; false if the asker left.
func (s *Server) changedSince(r *http.Request, since int64) bool {
	enough := time.NewTimer(longPoll)
	defer enough.Stop()
	for {
		s.mu.Lock()
		seq, changed := s.seq, s.changed
		s.mu.Unlock()
		if seq != since { // also when a restarted server counts from the beginning
			return true
		}
		select {
		case <-changed:
		case <-enough.C:
			return true
		case <-r.Context().Done():
			return false
		}
	}
}

func (s *Server) glimpse(who string, since int64) (*glimpse, error) {
	pic, me, err := s.frame(who)
	if err != nil {
		return nil, err
	}
	look := &glimpse{picture: *pic, Run: s.run, Whole: since < 0, Channels: []roomChange{}, DMs: []roomChange{s.news(me.dm, me, since)}}
	for _, c := range s.visible(me) {
		look.Channels = append(look.Channels, s.news(c, me, since))
	}
	return look, nil
}

// news is what has changed in a conversation for somebody who saw it at since.
func (s *Server) news(c *channel, p *person, since int64) roomChange {
	out := roomChange{Room: s.door(c, p), Whole: since < c.rev || since < 0}
	mine := func(m *message) bool { return m.to == p.ID }
	if out.Whole {
		roots := c.roots[max(0, len(c.roots)-firstPage):]
		out.Earlier = len(c.roots) - len(roots)
		out.Messages = s.withReplies(roots, p)
		for _, m := range c.private {
			if mine(m) {
				out.Messages = append(out.Messages, s.seen(m, p))
			}
		}
		return out
	}
	for _, m := range c.byTS {
		if m.rev > since {
			out.Messages = append(out.Messages, s.seen(m, p))
		}
	}
	for _, m := range c.private {
		if mine(m) && m.rev > since {
			out.Messages = append(out.Messages, s.seen(m, p))
		}
	}
	for _, g := range c.gone {
		if g.rev > since && (g.to == "" || g.to == p.ID) {
			out.Gone = append(out.Gone, gone{g.ts.String(), g.to != ""})
		}
	}
	slices.SortFunc(out.Messages, func(a, b Message) int { return compareTS(a.TS, b.TS) })
	return out
}

func (s *Server) withReplies(roots []*message, p *person) []Message {
	out := make([]Message, 0, len(roots))
	for _, m := range roots {
		if m.thread == 0 { // one that was sent to the channel too comes with its thread
			out = append(out, s.seen(m, p))
			for _, reply := range m.replies {
				out = append(out, s.seen(reply, p))
			}
			continue
		}
		if !slices.ContainsFunc(roots, func(root *message) bool { return root.ts == m.thread }) {
			out = append(out, s.seen(m, p))
		}
	}
	return out
}

// serveMessages turns the pages of a conversation backwards.
func (s *Server) serveMessages(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	s.mu.Lock()
	page, err := s.messagesBefore(q.Get("as"), q.Get("channel"), q.Get("before"), q.Get("last"))
	var raw []byte
	if err == nil {
		raw = encode(page)
	}
	s.mu.Unlock()
	s.show(w, raw, err)
}

func (s *Server) messagesBefore(who, which, before, last string) (object, error) {
	p, err := s.findPerson(who)
	if err != nil {
		return nil, err
	}
	c, err := s.findChannel(p, which, s.opts.Workspace.BotName)
	if err != nil {
		return nil, err
	}
	ts, known := parseStamp(before)
	if !known {
		return nil, fmt.Errorf("%q is not a message's ts; %s", before, s.newest(p, c, true))
	}
	n, err := strconv.Atoi(last)
	if err != nil || n < 1 || n > pageLimit {
		return nil, fmt.Errorf("last is %q; it is how many messages to show, 1 to %d", last, pageLimit)
	}
	end, _ := slices.BinarySearchFunc(c.roots, ts, func(m *message, ts stamp) int { return cmp.Compare(m.ts, ts) })
	from := max(0, end-n)
	return object{"ok": true, "seq": s.seq, "messages": s.withReplies(c.roots[from:end], p), "earlier": from}, nil
}
