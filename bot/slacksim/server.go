package slacksim

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Options say how the server runs. The zero values of all but Workspace are
// Slack's own.
type Options struct {
	Addr      string // "127.0.0.1:0"; anything but loopback is refused
	Workspace Workspace

	BotToken, AppToken string // random when empty (xoxb-…, xapp-…)

	// Now is where the office clock starts; time.Now when nil. It is asked once. A
	// kept Slack's own clock wins if it is later.
	Now func() time.Time

	// Patience, on real time: 3 s, 3 s and 5 s when zero.
	TriggerLife, AckDeadline, PingEvery time.Duration

	// FileDelay is how long Slack looks at an uploaded file before it has a type
	// and can be shown; 300 ms of real time when zero.
	FileDelay time.Duration

	// State is a file in which the workspace is kept: written at most every 250 ms
	// after a change and by Close, read by New. Empty keeps nothing.
	State string

	Guesses Guesses

	// RateFactor multiplies every rate limit; 1 when zero. Only a test that is
	// not about rates has a reason to set it.
	RateFactor float64

	Log func(format string, args ...any) // optional
}

// Server is one running workspace.
type Server struct {
	opts     Options
	listener net.Listener
	http     *http.Server
	control  string // token of the control API
	run      string // tells this process from one before it
	ctx      context.Context
	stop     context.CancelFunc
	tasks    sync.WaitGroup

	mu     sync.Mutex // guards everything below
	closed bool
	clock  clock
	keys   keyring
	state
	socketHub
	ledger
	faults []*Fault
	rates  map[string]*bucket
}

// New validates the workspace, listens, and serves until Close.
func New(opts Options) (*Server, error) {
	if err := opts.Workspace.Validate(); err != nil {
		return nil, fmt.Errorf("the workspace can't be used: %w", err)
	}
	kept, err := readState(opts.State)
	if err == nil {
		err = kept.claim(&opts)
	}
	if err != nil {
		return nil, err
	}
	asked := opts.Now
	fill(&opts)
	if kept == nil {
		asked = opts.Now
	}
	host, _, err := net.SplitHostPort(opts.Addr)
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", opts.Addr, err)
	}
	if !loopback(host) {
		return nil, fmt.Errorf("address %q is not on loopback; this Slack has no real security, so nobody else may reach it", opts.Addr)
	}
	listener, err := net.Listen("tcp", opts.Addr)
	if err != nil {
		return nil, err
	}

	s := &Server{opts: opts, listener: listener, control: secret(32), run: secret(8), rates: map[string]*bucket{}}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.clock = startClock(kept.office(asked))
	s.state = newState(opts.Workspace, s.clock.now())
	s.socketHub = newSocketHub()
	s.ledger = newLedger()
	s.keys = keyring{bot: cmp.Or(opts.BotToken, newBotToken()), app: cmp.Or(opts.AppToken, newAppToken(opts.Workspace.AppID))}
	s.http = &http.Server{
		Handler:           s.guard(s.routes()),
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return s.ctx },
	}
	if kept != nil {
		s.mu.Lock()
		s.restore(kept)
		s.mu.Unlock()
	}
	if opts.State != "" {
		if err := s.save(); err != nil {
			s.stop()
			return nil, errors.Join(fmt.Errorf("the Slack can't be kept in %s, so it was not started: %w", opts.State, err), listener.Close())
		}
		s.tasks.Go(s.keep)
	}
	s.tasks.Go(func() {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.opts.Log("local Slack stopped serving: %v", err)
		}
	})
	return s, nil
}

func fill(o *Options) {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&o.TriggerLife, 3*time.Second)
	def(&o.AckDeadline, 3*time.Second)
	def(&o.PingEvery, 5*time.Second)
	def(&o.FileDelay, 300*time.Millisecond)
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = func(string, ...any) {}
	}
	if o.RateFactor == 0 {
		o.RateFactor = 1
	}
}

// Close ends every connection and waits until nothing of the server runs.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.stop()
	for c := range s.conns {
		c.close()
	}
	for t := range s.timers {
		t.stop()
	}
	s.mu.Unlock()
	err := s.http.Close()
	s.tasks.Wait()
	if s.opts.State != "" {
		err = errors.Join(err, s.save())
	}
	return err
}

func (s *Server) origin() string { return "http://" + s.listener.Addr().String() }

// PageURL opens the page. The control token sits in the fragment, which no
// browser sends anywhere.
func (s *Server) PageURL() string { return s.origin() + "/#token=" + s.control }

// APIURL is what an app puts before a method's name.
func (s *Server) APIURL() string { return s.origin() + "/api/" }

// BotToken is the xoxb- token, the newest if the app was installed again.
func (s *Server) BotToken() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys.bot
}

// AppToken is the xapp- token, good for Socket Mode alone.
func (s *Server) AppToken() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys.app
}

// Now reads the office clock.
func (s *Server) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clock.now()
}

// Control is a client of this server, over real HTTP like any other.
func (s *Server) Control() *Client { return newClient(s.origin(), s.control) }

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/{method}", s.serveAPI)
	mux.HandleFunc("GET /link/", s.serveSocket)
	mux.HandleFunc("POST /response/{team}/{id}/{secret}", s.serveResponse)
	mux.HandleFunc("POST /upload/v1/{door}", s.serveUpload)
	mux.HandleFunc("GET /files-pri/{file}/{name...}", s.servePrivate)
	mux.HandleFunc("GET /files/{id}/{door}/{name}", s.servePage)
	mux.Handle("/control/", s.controlRoutes())
	mux.Handle("/", page())
	return mux
}

// guard keeps other machines and other sites out: the Host must be loopback,
// or a page anywhere could point a name of its own at us. It also lets Close
// wait for the handlers.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if !loopback(strings.Trim(host, "[]")) {
			http.Error(w, "this Slack answers to loopback names only", http.StatusForbidden)
			return
		}
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			http.Error(w, "closed", http.StatusServiceUnavailable)
			return
		}
		s.tasks.Add(1)
		s.mu.Unlock()
		defer s.tasks.Done()
		next.ServeHTTP(w, r)
	})
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

const (
	decimals = "0123456789"
	capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	letters  = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
)

func digits(n int) string { return random(decimals, n) }
func secret(n int) string { return random(letters, n) }

// newID is an id as Slack makes them: a letter for the kind, then capitals.
func newID(prefix string) string { return prefix + random(capitals, 10) }

// newName is what Slack calls a block or an action that has no name.
func newName() string { return random(letters, 5) }

func random(alphabet string, n int) string {
	out := make([]byte, n)
	for i := range out {
		k, err := rand.Int(rand.Reader, big.NewInt(int64(len(alphabet))))
		if err != nil {
			panic(err) // documented never to happen
		}
		out[i] = alphabet[k.Int64()]
	}
	return string(out)
}
