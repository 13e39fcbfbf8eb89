package slacksim

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// socketHub owns the Socket Mode connections. It is guarded by Server.mu.
type socketHub struct {
	tickets    map[string]bool
	conns      map[*socket]struct{}
	born, turn int
	coming     []*coming   // faults that wait for their occasion
	waiting    []*envelope // events that no connection could take
	owed       map[string]*envelope
}

func newSocketHub() socketHub {
	return socketHub{tickets: map[string]bool{}, conns: map[*socket]struct{}{}, owed: map[string]*envelope{}}
}

// socket is one connection. Its handler reads; a second goroutine writes what
// is queued. The queue has no end, because a whole outage's events may wait for
// the first connection after it; a client that stops reading fails the write
// deadline instead.
type socket struct {
	number int // 1 is the first ever
	ws     *websocket.Conn
	frozen atomic.Bool // half open: to the other side it seems alive

	mu    sync.Mutex
	queue [][]byte
	last  bool          // nothing follows what is queued
	wake  chan struct{} // holds one when there is something to look at
	gone  chan struct{}
	once  sync.Once
}

func newSocket(ws *websocket.Conn) *socket {
	return &socket{ws: ws, wake: make(chan struct{}, 1), gone: make(chan struct{})}
}

func (c *socket) close() { c.once.Do(func() { close(c.gone) }) }

// send queues a frame.
func (c *socket) send(v any) { c.enqueue(encode(v), false) }

func (c *socket) enqueue(frame []byte, last bool) {
	c.mu.Lock()
	c.queue = append(c.queue, frame)
	c.last = c.last || last
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default: // it is awake already
	}
}

func (c *socket) take() (frames [][]byte, last bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	frames, c.queue = c.queue, nil
	return frames, c.last
}

func (c *call) connectionsOpen() (object, error) {
	ticket := secret(32)
	c.tickets[ticket] = true
	return object{"url": fmt.Sprintf("ws://%s/link/?ticket=%s&app_id=%s", c.listener.Addr(), ticket, c.opts.Workspace.AppID)}, nil
}

var upgrader = websocket.Upgrader{
	// Clients of Socket Mode send Slack's own origin, or none; the ticket is
	// what admits them.
	CheckOrigin: func(*http.Request) bool { return true },
}

const (
	frameLimit = 1 << 20
	writeWait  = 5 * time.Second
)

func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	ticket := r.URL.Query().Get("ticket")
	s.mu.Lock()
	good := s.tickets[ticket]
	delete(s.tickets, ticket)
	s.mu.Unlock()
	if !good {
		s.spent(w, r)
		return
	}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		s.opts.Log("a Socket Mode connection did not come about: %v", err)
		return
	}
	c := newSocket(ws)
	writer := make(chan struct{})
	go func() {
		defer close(writer)
		c.write(s.ctx, s.opts.PingEvery)
	}()
	s.welcome(c)
	c.read(s)
	c.close()
	s.farewell(c)
	<-writer
}

// welcome says hello and hands over what has been waiting, or explains why
// there is no place.
func (s *Server) welcome(c *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		c.close()
		return
	case len(s.conns) >= connections.max():
		s.dismiss(c, "too_many_websockets")
		return
	case s.due("too_many_websockets", 0):
		s.dismiss(c, "too_many_websockets")
		return
	case s.due("link_disabled", 0):
		s.dismiss(c, "link_disabled")
		return
	}
	s.born++
	c.number = s.born
	s.conns[c] = struct{}{}
	c.send(object{
		"type": "hello", "num_connections": len(s.conns),
		"connection_info": object{"app_id": s.opts.Workspace.AppID},
		"debug_info": object{
			"host": fmt.Sprintf("applink-local-%d", c.number), "started": s.opened.UTC().Format("2006-01-02 15:04:05.000"),
			"build_number": 1, "approximate_connection_time": 18060,
		},
	})
	queue := s.waiting
	s.waiting = nil
	for _, e := range queue {
		e.attempt, e.reason = max(e.attempt, 1), "connection_failed"
		s.deliver(e)
	}
	s.touch()
}

func (s *Server) farewell(c *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	s.touch()
}

// dismiss tells a connection why it ends and ends it.
func (s *Server) dismiss(c *socket, reason string) {
	c.enqueue(encode(goodbye(reason)), true)
	delete(s.conns, c)
}

func goodbye(reason string) object {
	return object{"type": "disconnect", "reason": reason, "debug_info": object{"host": "wss-local"}}
}

// write is the connection's only writer of messages. After the last of them
// comes the polite end.
func (c *socket) write(ctx context.Context, every time.Duration) {
	defer func() { _ = c.ws.Close() }() // the other side may have gone first
	pings := time.NewTicker(every)
	defer pings.Stop()
	ping := func() error {
		return c.ws.WriteControl(websocket.PingMessage, []byte("Ping from local Slack"), time.Now().Add(writeWait))
	}
	err := ping() // at once: some clients count from the first
	for err == nil {
		select {
		case <-c.wake:
			var last bool
			if last, err = c.flush(); last {
				c.linger(ctx)
				return
			}
		case <-pings.C:
			if !c.frozen.Load() {
				err = ping()
			}
		case <-c.gone:
			return
		}
	}
}

// linger leaves the other side the time to close, too, as the protocol wants it:
// acknowledgements that were on their way arrive, and what is closed at once
// would lose them.
func (c *socket) linger(ctx context.Context) {
	t := time.NewTimer(writeWait)
	defer t.Stop()
	select {
	case <-c.gone:
	case <-t.C:
	case <-ctx.Done():
	}
}

// flush writes what is queued, and the close frame if nothing will follow.
func (c *socket) flush() (last bool, err error) {
	frames, last := c.take()
	for _, frame := range frames {
		if c.frozen.Load() {
			continue
		}
		if err := c.ws.SetWriteDeadline(time.Now().Add(writeWait)); err != nil {
			return last, err
		}
		if err := c.ws.WriteMessage(websocket.TextMessage, frame); err != nil {
			return last, err
		}
	}
	if last {
		bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
		err = c.ws.WriteControl(websocket.CloseMessage, bye, time.Now().Add(writeWait))
	}
	return last, err
}

// read takes acknowledgements until the connection ends, for whatever reason.
func (c *socket) read(s *Server) {
	c.ws.SetReadLimit(frameLimit)
	pong := c.ws.PingHandler()
	c.ws.SetPingHandler(func(data string) error {
		if c.frozen.Load() {
			return nil
		}
		return pong(data)
	})
	for {
		kind, frame, err := c.ws.ReadMessage()
		if err != nil {
			return
		}
		if kind == websocket.TextMessage && !c.frozen.Load() {
			s.acknowledged(c, frame)
		}
	}
}

// pick is the connection for the next payload. Slack promises "any one of
// them"; taking turns is any one, and a test that needs all of them gets them.
func (s *Server) pick() *socket {
	all := s.connected()
	if len(all) == 0 {
		return nil
	}
	s.turn++
	return all[s.turn%len(all)]
}

// connected lists the connections, oldest first.
func (s *Server) connected() []*socket {
	all := make([]*socket, 0, len(s.conns))
	for c := range s.conns {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *socket) int { return a.number - b.number })
	return all
}

// numbered are the connections that a fault names: one, or with 0 all.
func (s *Server) numbered(n int) ([]*socket, error) {
	open := s.connected()
	switch {
	case n == 0:
		return open, nil
	case n < 0 || n > len(open):
		return nil, fmt.Errorf("there is no connection %d; %d are open", n, len(open))
	}
	return open[n-1 : n], nil
}

// disturb carries out a fault that happens at once.
func (s *Server) disturb(f Fault, hit []*socket) {
	switch f.Kind {
	case "clear":
		s.faults, s.coming = nil, nil
	case "drop_socket":
		for _, c := range hit {
			delete(s.conns, c)
			c.close()
		}
	case "half_open":
		for _, c := range hit {
			c.frozen.Store(true)
		}
	case "disconnect_warning":
		for _, c := range hit {
			c.send(goodbye("warning"))
		}
		s.after(s.opts.AckDeadline*10/3, func() { // about ten seconds, at Slack's pace
			for _, c := range hit {
				if _, still := s.conns[c]; still {
					s.dismiss(c, "refresh_requested")
				}
			}
			s.touch()
		})
	case "disconnect_refresh":
		for _, c := range hit {
			s.dismiss(c, "refresh_requested")
		}
	case "link_disabled":
		s.coming = append(s.coming, &coming{f.Kind, 0, f.Times})
		for _, c := range hit {
			s.dismiss(c, "link_disabled")
		}
	}
}
