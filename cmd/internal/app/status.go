package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"healthbot/storage"
	"healthbot/storage/record"
)

const (
	tickWithin   = time.Minute     // the scheduler looks every few seconds
	answerWithin = 2 * time.Second // of the database
)

// status answers operators over HTTP, on this machine alone: what is told has
// no password.
type status struct {
	metrics *metrics
	backlog func(context.Context) (storage.Backlog, error)
	// writable says how the last attempt to write ended; nil: nobody knows
	writable func() error
	now      func() time.Time // real time
	log      zerolog.Logger
	listen   net.Listener
	server   *http.Server
}

// newStatus takes the address, so that a wrong one or one in use is known at the
// start; nothing is answered yet.
func newStatus(addr string, m *metrics, backlog func(context.Context) (storage.Backlog, error), log zerolog.Logger) (*status, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, &record.Error{Kind: record.Invalid, Cause: err,
			Say: fmt.Sprintf("Nothing can listen at %s. Nothing was started; free the address, or set HEALTHBOT_HTTP to another one.", addr)}
	}
	if a, ok := l.Addr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
		return nil, errors.Join(record.Errorf(record.Invalid, "Other machines can reach %s. Nothing was started; set HEALTHBOT_HTTP to an address of this machine alone, such as 127.0.0.1:9464.", addr), l.Close())
	}
	s := &status{metrics: m, backlog: backlog, now: time.Now, log: log, listen: l}
	s.server = &http.Server{Handler: s.routes(), ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10}
	return s, nil
}

func (s *status) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { s.answer(w, http.StatusOK, "ok\n") })
	mux.HandleFunc("GET /readyz", s.ready)
	mux.HandleFunc("GET /metrics", s.figures)
	return mux
}

// run answers until ctx ends. That nobody is answered any more is no reason for
// reviews to stop, so it is only logged.
func (s *status) run(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() { _ = s.server.Close() }) // nobody is owed an answer
	defer stop()
	s.log.Info().Stringer("address", s.listen.Addr()).Msg("answering operators")
	if err := s.server.Serve(s.listen); !errors.Is(err, http.ErrServerClosed) {
		s.log.Error().Err(err).Stringer("address", s.listen.Addr()).Msg("operators aren't answered any more")
	}
}

// close lets go of the address, where run never did.
func (s *status) close() error {
	if err := s.listen.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// ready says whether the bot can do its work, or everything that keeps it from it.
func (s *status) ready(w http.ResponseWriter, r *http.Request) {
	var why []string
	ctx, cancel := context.WithTimeout(r.Context(), answerWithin)
	defer cancel()
	if _, err := s.backlog(ctx); err != nil {
		s.log.Warn().Err(err).Msg("the database gives no answer")
		why = append(why, "the database gives no answer; the log says more")
	}
	if err := s.unwritable(); err != nil {
		why = append(why, "the database can't be written: "+record.Say(err))
	}
	if s.metrics.live.Load() == 0 {
		why = append(why, "no connection to Slack stands")
	}
	switch at := s.metrics.tick.Load(); {
	case at == 0:
		why = append(why, "the scheduler hasn't looked at the clock yet")
	case s.now().Sub(time.Unix(0, at)) > tickWithin:
		why = append(why, fmt.Sprintf("the scheduler hasn't looked at the clock for %s", s.now().Sub(time.Unix(0, at)).Round(time.Second)))
	}
	if len(why) > 0 {
		s.answer(w, http.StatusServiceUnavailable, "not ready: "+strings.Join(why, "\nnot ready: ")+"\n")
		return
	}
	s.answer(w, http.StatusOK, "ready\n")
}

func (s *status) unwritable() error {
	if s.writable == nil {
		return nil
	}
	return s.writable()
}

func (s *status) figures(w http.ResponseWriter, r *http.Request) {
	var b strings.Builder
	ctx, cancel := context.WithTimeout(r.Context(), answerWithin)
	defer cancel()
	err := s.metrics.write(&b)
	// Without the database the other figures count all the more.
	if waiting, lost := s.backlog(ctx); lost == nil {
		err = errors.Join(err, backlog(waiting).write(&b))
	} else {
		s.log.Warn().Err(lost).Msg("the database gives no answer")
	}
	if err != nil {
		http.Error(w, "the figures could not be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	s.answer(w, http.StatusOK, b.String())
}

func (s *status) answer(w http.ResponseWriter, code int, text string) {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	if _, err := w.Write([]byte(text)); err != nil {
		s.log.Debug().Err(err).Msg("an operator left before the answer")
	}
}
