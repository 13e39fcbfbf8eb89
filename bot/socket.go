package bot

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

const (
	ackWithin   = 2500 * time.Millisecond // Slack waits three seconds
	drainWithin = 10 * time.Second
	ownSockets  = 2
	// longestEnvelope is many times what a submitted view can be.
	longestEnvelope = 4 << 20
)

// sockets keeps two Socket Mode connections over one taker, so that Slack can
// refresh one without a gap: slack-go closes the old socket before it opens the
// new one, and a press that falls between is lost.
type sockets struct {
	lines  []*line
	log    zerolog.Logger
	watch  Watch
	take   func(envelope)                       // must not block for long
	settle func(ctx context.Context) (left int) // waits until the work taken is done
	tempo  tempo
	ready  chan struct{} // closed at the first hello
	once   sync.Once
	taking sync.WaitGroup          // listeners that may still take an envelope
	hangUp context.CancelCauseFunc // ends every socket; set while running; guarded by mu

	mu   sync.Mutex
	live map[*line]bool // connections that stand
}

// envelope is one thing that Slack sent, and the means to acknowledge it.
type envelope struct {
	event socketmode.Event
	ack   func(payload any) error
}

func newSockets(o Options, api *slackAPI, tempo tempo) *sockets {
	s := &sockets{log: o.Log, watch: o.Watch, tempo: tempo, ready: make(chan struct{}), live: map[*line]bool{}}
	shared := &budget{most: opensMost, window: tempo.window}
	for n := range ownSockets {
		l := &line{n: n, pace: &pace{next: api, tempo: tempo, budget: shared}}
		d := dialer{proxy: http.ProxyFromEnvironment, silence: tempo.silence, onSent: func() { l.acks.left(); s.watch.acked() }, onNotice: func(reason string) { s.noticed(l, reason) }}
		l.client = socketmode.New(api.newClient(o, l.pace), socketmode.OptionDialer(d.websocket()), socketmode.OptionReadLimit(longestEnvelope),
			socketmode.OptionLog(libraryLog{o.Log, []string{o.BotToken, o.AppToken}}))
		s.lines = append(s.lines, l)
	}
	return s
}

// run keeps the sockets open until ctx ends, and then a little longer: it takes
// no more envelopes, lets the workers finish and their acks leave, and only then
// hangs up. Cancelled at once, 39 of 40 acks would never have left.
func (s *sockets) run(ctx context.Context) error {
	live, hangUp := context.WithCancelCause(context.WithoutCancel(ctx))
	s.mu.Lock()
	s.hangUp = hangUp
	s.mu.Unlock()
	var wg sync.WaitGroup
	for _, l := range s.lines {
		s.taking.Add(1)
		wg.Go(func() { s.listen(ctx, live, l) })
		wg.Go(func() { s.keepOpen(ctx, live, l) })
	}
	select {
	case <-ctx.Done():
	case <-live.Done():
	}
	s.drain(live)
	hangUp(nil)
	wg.Wait()
	if err := context.Cause(live); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

func (s *sockets) drain(live context.Context) {
	ctx, cancel := context.WithTimeout(context.Background(), drainWithin)
	defer cancel()
	s.taking.Wait()
	if left := s.settle(ctx); left > 0 {
		s.log.Warn().Int("left", left).Msg("stopping with work unfinished")
	}
	if live.Err() != nil {
		return // nothing can leave any more
	}
	for _, l := range s.lines {
		if left := l.acks.wait(ctx); left > 0 {
			s.log.Warn().Int("left", left).Int("socket", l.n).Msg("stopping with acks unsent")
		}
	}
}

// keepOpen runs one connection for as long as live lasts. The second one starts
// a while after the first, so that their refreshes don't fall together.
func (s *sockets) keepOpen(ctx, live context.Context, l *line) {
	if l.n > 0 && !s.turn(ctx, live) {
		return
	}
	for live.Err() == nil {
		err := l.connect(live)
		if live.Err() != nil {
			return
		}
		if !errors.Is(err, context.Canceled) { // else we began anew ourselves
			s.failed(l, err)
		}
	}
}

// turn waits for the second connection's turn; false: it won't come any more.
func (s *sockets) turn(ctx, live context.Context) bool {
	select {
	case <-s.ready:
	case <-ctx.Done():
		return false
	case <-live.Done():
		return false
	}
	t := time.NewTimer(s.tempo.stagger)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
	case <-live.Done():
	}
	return false
}

// listen reads what the connection has to tell until live ends. Once ctx has
// ended, envelopes are left alone: Slack delivers them to whoever comes next.
func (s *sockets) listen(ctx, live context.Context, l *line) {
	stop := sync.OnceFunc(s.taking.Done)
	defer stop()
	ended := ctx.Done()
	for {
		select {
		case <-live.Done():
			return
		case <-ended:
			stop()
			ended = nil
		case ev := <-l.client.Events:
			s.on(ctx, l, ev)
		}
	}
}

func (s *sockets) on(ctx context.Context, l *line, ev socketmode.Event) {
	switch ev.Type {
	case socketmode.EventTypeConnecting: // for the first time, or because the last connection ended
		s.stands(l, false)
	case socketmode.EventTypeHello:
		s.stands(l, true)
		if l.greets++; l.greets > 1 {
			s.watch.reconnect()
		}
		s.once.Do(func() { close(s.ready) })
		line := s.log.Info()
		if ev.Request.NumConnections > len(s.lines) {
			line = s.log.Warn().Str("hint", "another program uses this app token; Slack splits clicks between the two")
		}
		line.Int("socket", l.n).Int("connections", ev.Request.NumConnections).Msg("connected to Slack")
	case socketmode.EventTypeConnectionError:
		if e, ok := ev.Data.(*slack.ConnectionErrorEvent); ok {
			s.failed(l, e.ErrorObj)
			l.again()
		}
	case socketmode.EventTypeInvalidAuth:
		s.giveUp(fatalAuth(codeNoAPI))
	case socketmode.EventTypeErrorWriteFailed:
		l.acks.left() // lost; waiting for it would only delay the stop
		s.log.Warn().Int("socket", l.n).Msg("an ack could not be written")
	case socketmode.EventTypeIncomingError:
		if e, ok := ev.Data.(*slack.IncomingEventError); ok && noJSON(e.ErrorObj) {
			s.watch.unreadable() // and it has no id that could be acknowledged
			s.log.Warn().Int("socket", l.n).Str("cause", redact(e.ErrorObj.Error())).Msg("Slack sent something that isn't JSON")
		}
	case socketmode.EventTypeErrorBadMessage:
		if e, ok := ev.Data.(*socketmode.ErrorBadMessage); ok && ctx.Err() == nil {
			s.unreadable(l, e)
		}
	case socketmode.EventTypeEventsAPI, socketmode.EventTypeInteractive, socketmode.EventTypeSlashCommand:
		s.watch.envelope(string(ev.Type))
		if ctx.Err() == nil {
			s.take(envelope{ev, func(payload any) error { return l.ack(ev.Request.EnvelopeID, payload) }})
		}
	}
}

// noJSON says that a frame was at fault, and not the connection.
func noJSON(err error) bool {
	_, ok := errors.AsType[*json.SyntaxError](err)
	return ok
}

// unreadable acks what slack-go couldn't parse: unacked, Slack would send it
// again and again, and the person would be told that the app failed.
func (s *sockets) unreadable(l *line, e *socketmode.ErrorBadMessage) {
	l.bad++
	s.watch.unreadable()
	line := s.log.Warn().Int("socket", l.n).Int("so_far", l.bad).Str("cause", redact(e.Cause.Error()))
	// Whatever else is wrong with it, its id may be as it should.
	var m struct {
		ID   string          `json:"envelope_id"`
		Type json.RawMessage `json:"type"`
	}
	if err := json.Unmarshal(e.Message, &m); err == nil && m.ID != "" {
		if err := l.ack(m.ID, nil); err != nil {
			line = line.AnErr("ack", err)
		}
	}
	line.Bytes("type", m.Type[:min(len(m.Type), 60)]).Msg("Slack sent something unreadable")
}

// stands notes whether a connection is there.
func (s *sockets) stands(l *line, there bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if there {
		s.live[l] = true
	} else {
		delete(s.live, l)
	}
	s.watch.sockets(len(s.live))
}

// failed looks at why a connection didn't come about. What no retry can mend
// ends the bot with the fix; anything else is tried again.
func (s *sockets) failed(l *line, err error) {
	if fatal := fatalAuth(authCode(err)); fatal != nil {
		s.giveUp(fatal)
		return
	}
	s.log.Warn().Int("socket", l.n).Str("cause", redact(err.Error())).Msg("not connected to Slack; trying again")
}

// giveUp ends the bot with the fix. Before it runs there is nothing to end; what
// is wrong with the token comes up again.
func (s *sockets) giveUp(why error) {
	s.mu.Lock()
	hangUp := s.hangUp
	s.mu.Unlock()
	if hangUp != nil {
		hangUp(why)
	}
}

// noticed hears from the wire why Slack is about to hang up.
func (s *sockets) noticed(l *line, reason string) {
	s.log.Info().Int("socket", l.n).Str("reason", reason).Msg("Slack closes this connection")
	switch reason {
	case reasonTooMany:
		l.pace.tooMany()
	case reasonLinkDisabled:
		s.giveUp(fatalAuth(reasonLinkDisabled))
	}
}
