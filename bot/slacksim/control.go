package slacksim

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// request is the body of every POST of the control API; each act reads the
// fields that it needs.
type request struct {
	As         string `json:"as"`
	Channel    string `json:"channel"`
	TS         string `json:"ts"`
	ThreadTS   string `json:"thread_ts"`
	View       string `json:"view"` // an id, "home", or "top" for the modal on top
	Text       string `json:"text"`
	Query      string `json:"query"`
	CallbackID string `json:"callback_id"`
	Value      any    `json:"value"`
	All        bool   `json:"all"`  // close the whole stack
	Name       string `json:"name"` // of an emoji

	pointer
}

// Waits of the control API, in real time.
const (
	longPoll  = 25 * time.Second
	quietTime = 150 * time.Millisecond
)

func (s *Server) controlRoutes() http.Handler {
	mux := http.NewServeMux()
	for path, act := range map[string]func(*person, request) (*step, error){
		"say": s.say, "command": s.command, "click": s.click, "change": s.change, "suggest": s.suggest,
		"submit": s.submit, "close": s.closeView, "shortcut": s.shortcut, "home": s.visitHome, "read": s.markRead, "react": s.react,
	} {
		mux.HandleFunc("POST /control/"+path, func(w http.ResponseWriter, r *http.Request) { s.serveAct(w, r, act) })
	}
	mux.HandleFunc("POST /control/clock", s.serveClock)
	mux.HandleFunc("POST /control/fault", s.serveFault)
	mux.HandleFunc("POST /control/admin", s.serveAdmin)
	mux.HandleFunc("GET /control/state", s.serveState)
	mux.HandleFunc("GET /control/follow", s.serveFollow)
	mux.HandleFunc("GET /control/messages", s.serveMessages)
	mux.HandleFunc("GET /control/wait", s.serveWait)
	mux.HandleFunc("GET /control/idle", s.serveIdle)
	mux.HandleFunc("GET /control/dump", s.serveDump)
	mux.HandleFunc("/control/", func(w http.ResponseWriter, r *http.Request) {
		s.say404(w, r.Method+" "+r.URL.Path)
	})
	return s.onlyHolders(mux)
}

// onlyHolders admits who has the control token, and no page of another origin
// even if it had.
func (s *Server) onlyHolders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given := r.Header.Get("X-Control-Token")
		origin := r.Header.Get("Origin")
		switch {
		case subtle.ConstantTimeCompare([]byte(given), []byte(s.control)) != 1:
			answerJSON(w, http.StatusUnauthorized, object{"ok": false, "error": "the control token is missing or wrong; " +
				"it is in the address that the server printed, after #token="})
		case origin != "" && origin != "http://"+r.Host:
			answerJSON(w, http.StatusForbidden, object{"ok": false, "error": "a page of " + origin + " may not use this Slack"})
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func (s *Server) say404(w http.ResponseWriter, what string) {
	answerJSON(w, http.StatusNotFound, object{"ok": false, "error": "there is no " + what + " in the control API; there are " + addresses()})
}

// bodyOf reads a POST's JSON into v, keeping numbers as they are written.
func bodyOf(r *http.Request, v any) error {
	raw, err := io.ReadAll(io.LimitReader(r.Body, bodyLimit))
	if err != nil {
		return err
	}
	if err := unmarshal(raw, v); err != nil {
		return fmt.Errorf("the body is not the JSON that was expected: %w", err)
	}
	return nil
}

func (s *Server) serveAct(w http.ResponseWriter, r *http.Request, act func(*person, request) (*step, error)) {
	var q request
	if err := bodyOf(r, &q); err != nil {
		s.answer(w, nil, err)
		return
	}
	answer, err := s.act(r.Context(), func() (*step, error) {
		p, err := s.findPerson(q.As)
		if err != nil {
			return nil, err
		}
		return act(p, q)
	})
	s.answer(w, answer, err)
}

// answer is what every POST gets.
func (s *Server) answer(w http.ResponseWriter, answer object, err error) {
	if errors.Is(err, context.Canceled) {
		return // nobody is left to read it
	}
	out := object{"ok": err == nil}
	for k, v := range answer {
		out[k] = v
	}
	if err != nil {
		out["error"] = err.Error()
	}
	s.mu.Lock()
	out["seq"] = s.seq
	s.mu.Unlock()
	answerJSON(w, http.StatusOK, out)
}

func (s *Server) visitHome(p *person, _ request) (*step, error) {
	s.openHome(p)
	return over(object{"published": p.homes}), nil
}

func (s *Server) markRead(p *person, r request) (*step, error) {
	ch, err := s.findChannel(p, r.Channel, s.opts.Workspace.BotName)
	if err != nil {
		return nil, err
	}
	ts, ok := parseStamp(r.TS)
	if !ok {
		return nil, fmt.Errorf("%q is not a message's ts; %s", r.TS, s.newest(p, ch, false))
	}
	p.read[ch] = max(p.read[ch], ts)
	return over(object{}), nil
}

func (s *Server) serveClock(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Now     *time.Time `json:"now"`
		Advance string     `json:"advance"`
	}
	err := bodyOf(r, &q)
	if err == nil {
		err = s.moveClock(q.Now, q.Advance)
	}
	s.answer(w, object{"now": s.Now().Format(time.RFC3339Nano)}, err)
}

func (s *Server) moveClock(to *time.Time, by string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case to != nil:
		s.clock.set(*to)
	case by != "":
		d, err := time.ParseDuration(by)
		if err != nil {
			return fmt.Errorf("%q is not a duration; write 48h or 90m", by)
		}
		s.clock.add(d)
	default:
		return fmt.Errorf("say now (a time) or advance (a duration)")
	}
	s.ring()
	return nil
}

func (s *Server) serveFault(w http.ResponseWriter, r *http.Request) {
	var f Fault
	err := bodyOf(r, &f)
	if err == nil {
		s.mu.Lock()
		err = s.arm(f)
		s.touch()
		s.mu.Unlock()
	}
	s.answer(w, nil, err)
}

func (s *Server) serveAdmin(w http.ResponseWriter, r *http.Request) {
	var a Admin
	var answer object
	err := bodyOf(r, &a)
	if err == nil {
		s.mu.Lock()
		answer, err = s.administer(a)
		s.mu.Unlock()
	}
	s.answer(w, answer, err)
}

// serveWait is the long poll by which clients follow: it answers when
// something has happened since, or after a while to be asked again.
func (s *Server) serveWait(w http.ResponseWriter, r *http.Request) {
	since, err := strconv.ParseInt(r.URL.Query().Get("since"), 10, 64)
	if err != nil {
		s.answer(w, nil, fmt.Errorf("since must be the seq of an earlier answer"))
		return
	}
	if s.changedSince(r, since) {
		s.mu.Lock()
		seq := s.seq
		s.mu.Unlock()
		answerJSON(w, http.StatusOK, object{"ok": true, "seq": seq})
	}
}

// serveIdle answers when nothing is owed and nothing has moved for a moment.
func (s *Server) serveIdle(w http.ResponseWriter, r *http.Request) {
	for {
		s.mu.Lock()
		still, settled := s.quiet()
		changed := s.changed
		s.mu.Unlock()
		if settled && still >= quietTime {
			s.answer(w, nil, nil)
			return
		}
		left := longPoll // something is going on: only a change can end it
		if settled {
			left = quietTime - still
		}
		pause := time.NewTimer(left)
		select {
		case <-changed:
		case <-pause.C:
		case <-r.Context().Done():
			pause.Stop()
			return
		}
		pause.Stop()
	}
}

// serveDump answers everything; with messages=no, what the inspector shows.
func (s *Server) serveDump(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	raw := s.hide(encode(s.dump(r.URL.Query().Get("messages") != "no")))
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	s.write(w, raw)
}
