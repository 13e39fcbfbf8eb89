package slacksim

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// responseURL is the right to answer an interaction a few times, in channels
// the bot is not in as well.
type responseURL struct {
	secret  string
	owner   *person
	channel *channel
	origin  *message // what replace_original replaces
	uses    int
	until   time.Time
}

func (s *Server) newResponseURL(p *person, ch *channel, origin *message) string {
	id := digits(13)
	u := &responseURL{
		secret: secret(24), owner: p, channel: ch, origin: origin,
		until: time.Now().Add(time.Duration(responseMinutes.max()) * time.Minute),
	}
	s.urls[id] = u
	return fmt.Sprintf("%s/response/%s/%s/%s", s.origin(), s.opts.Workspace.TeamID, id, u.secret)
}

func (s *Server) serveResponse(w http.ResponseWriter, r *http.Request) {
	a, _, err := readArgs(r)
	s.mu.Lock()
	record := s.beginCall("response_url", a)
	fault := s.takeFault("response_url")
	s.touch()
	s.mu.Unlock()
	if fault.before(w, r) {
		s.endCall(record, nil, fault.describe())
		return
	}
	s.mu.Lock()
	if err == nil {
		err = s.respond(r.PathValue("id"), r.PathValue("secret"), a)
	}
	s.touch()
	s.mu.Unlock()

	answer, status := object{"ok": true}, http.StatusOK
	if refused := (*apiError)(nil); errors.As(err, &refused) {
		answer, status = refused.answer(), refused.status
		if status == 0 {
			status = http.StatusBadRequest
		}
	}
	if fault.after(w) {
		s.endCall(record, answer, fault.describe())
		return
	}
	s.endCall(record, answer, "")
	answerJSON(w, status, answer)
}

func (s *Server) respond(id, secret string, a args) error {
	u := s.urls[id]
	gone := func(code string) error { return &apiError{code: code, status: http.StatusNotFound} }
	switch {
	case u == nil, subtle.ConstantTimeCompare([]byte(secret), []byte(u.secret)) != 1:
		return gone("no_such_url")
	case time.Now().After(u.until):
		return gone("expired_url")
	case u.uses >= responseUses.max():
		return gone("used_url")
	}
	u.uses++
	if a.boolean("delete_original") {
		s.remove(u)
		return nil
	}
	d, err := a.draft(s.world())
	switch {
	case err != nil:
		return err
	case d.empty():
		return refuse("no_text")
	case a.boolean("replace_original") && u.origin != nil:
		s.replaceOrigin(u, d)
		return nil
	}
	thread, err := a.threadIn(u.channel)
	if err != nil {
		return err
	}
	m := s.answerIn(u.owner, u.channel, thread, d, a.text("response_type") == "in_channel")
	if u.origin == nil {
		u.origin = m
	}
	return nil
}

// answerIn posts what a command or an interaction is answered with: to the one
// person, unless the app says otherwise.
func (s *Server) answerIn(p *person, ch *channel, thread stamp, d draft, forAll bool) *message {
	m := s.botMessage(ch, d)
	m.thread = thread
	if forAll {
		s.post(ch, m)
		s.emitMessage(ch, m)
		return m
	}
	m.to = p.ID
	s.whisper(ch, m)
	return m
}

func (s *Server) replaceOrigin(u *responseURL, d draft) {
	m := u.origin
	previous := s.messageObject(m)
	m.text, m.blocks, m.attached = d.text, d.blocks, d.attached
	s.stir(u.channel, m)
	if m.to != "" {
		return
	}
	m.edited = stampOf(s.clock.now())
	s.emitChange(u.channel, "message_changed", m, previous)
}

func (s *Server) remove(u *responseURL) {
	m := u.origin
	switch {
	case m == nil:
	case m.to != "":
		s.unpost(u.channel, m)
	default:
		previous := s.messageObject(m)
		s.unpost(u.channel, m)
		s.emitChange(u.channel, "message_deleted", m, previous)
	}
	u.origin = nil
}
