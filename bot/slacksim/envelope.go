package slacksim

import (
	"crypto/rand"
	"fmt"
	"slices"
	"time"
)

// An envelope is what Socket Mode carries and wants acknowledged.
type envelope struct {
	id      string
	kind    string // events_api, slash_commands, interactive
	payload object
	accepts bool // whether the acknowledgement may carry an answer

	attempt int    // events alone are delivered again
	reason  string // why they were
	at      time.Time
	seq     int64
	sent    []Delivery
	acks    []Ack

	timer  *timer
	done   chan outcome // receives one outcome; nil for events
	closed bool         // settled, one way or the other
}

// Delivery is one sending of an envelope.
type Delivery struct {
	At         time.Time `json:"at"` // real time
	EnvelopeID string    `json:"envelope_id"`
	Connection int       `json:"connection"`
	Attempt    int       `json:"attempt"`
}

// Ack is what came back.
type Ack struct {
	At         time.Time      `json:"at"` // real time
	Connection int            `json:"connection"`
	Bytes      int            `json:"bytes"`
	Payload    map[string]any `json:"payload,omitempty"`
	Late       bool           `json:"late,omitempty"`
	Lost       bool           `json:"lost,omitempty"` // by a fault, before it came here
}

// outcome is how an interaction ended: ok, timeout, or no socket to take it.
type outcome struct {
	ack    string
	answer object
}

const (
	ackOK       = "ok"
	ackTimeout  = "timeout"
	ackNoSocket = "no_socket"
)

// open tells whether an acknowledgement is still awaited.
func (e *envelope) open() bool { return e.timer != nil && !e.closed }

// newUUID is a version 4 UUID.
func newUUID() string {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic(err) // documented never to happen
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func (s *Server) newEnvelope(kind string, payload object, accepts bool) *envelope {
	e := &envelope{id: newUUID(), kind: kind, payload: payload, accepts: accepts, at: s.clock.now(), seq: s.seq + 1}
	s.envelopes = append(s.envelopes, e)
	s.lastAction = time.Now()
	s.touch()
	return e
}

// ask sends an interaction; its outcome comes through the channel.
func (s *Server) ask(kind string, payload object, accepts bool) <-chan outcome {
	e := s.newEnvelope(kind, payload, accepts)
	e.done = make(chan outcome, 1)
	s.deliver(e)
	return e.done
}

// deliver puts an envelope on one connection and starts its clock.
func (s *Server) deliver(e *envelope) {
	c := s.pick()
	if c == nil {
		if e.done == nil {
			s.waiting = append(s.waiting, e)
			return
		}
		s.conclude(e, outcome{ack: ackNoSocket})
		return
	}
	frame := object{"envelope_id": e.id, "type": e.kind, "payload": e.payload, "accepts_response_payload": e.accepts}
	if e.done == nil {
		frame["retry_attempt"], frame["retry_reason"] = e.attempt, e.reason
	}
	times := 1
	if s.due("repeat", c.number) {
		times = 2
	}
	late := s.due("late", c.number)
	for range times {
		if late {
			s.after(s.opts.AckDeadline*11/10, func() { c.send(frame) })
		} else {
			c.send(frame)
		}
		e.sent = append(e.sent, Delivery{At: time.Now(), EnvelopeID: e.id, Connection: c.number, Attempt: e.attempt})
	}
	s.owed[e.id] = e
	s.lastAction = time.Now()
	e.timer = s.after(s.opts.AckDeadline, func() { s.overdue(e) })
}

// overdue is what happens when nobody acknowledged. Only events get another
// chance: at once under the same id, then after a minute and after five under
// new ones, as the Events API schedules it. The pauses scale with the deadline.
func (s *Server) overdue(e *envelope) {
	defer s.touch()
	e.timer = nil
	s.lastAction = time.Now()
	if e.done != nil {
		s.conclude(e, outcome{ack: ackTimeout})
		return
	}
	e.attempt++
	e.reason = "timeout"
	again := func() {
		if e.closed {
			return // by a late acknowledgement
		}
		e.id = newUUID()
		s.deliver(e)
	}
	switch e.attempt {
	case 1:
		s.deliver(e)
	case 2:
		s.after(20*s.opts.AckDeadline, again)
	case 3:
		s.after(100*s.opts.AckDeadline, again)
	default:
		e.closed = true
		s.deny(nil, fmt.Sprintf("event %v was never acknowledged, in four deliveries", obj(e.payload["event"])["type"]), "")
	}
}

func (s *Server) conclude(e *envelope, o outcome) {
	e.timer.stop()
	e.timer = nil
	e.closed = true
	if e.done != nil {
		e.done <- o
	}
	s.lastAction = time.Now()
	s.touch()
}

// acknowledged reads a frame from the app. Any connection may acknowledge what
// another delivered; Slack's clients do.
func (s *Server) acknowledged(c *socket, frame []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(frame) > ackBytes.max() {
		s.deny(nil, fmt.Sprintf("an acknowledgement of %d bytes was dropped; Slack takes %d at most", len(frame), ackBytes.max()), "")
		return
	}
	v, err := decode(frame)
	ack := obj(v)
	e := s.owed[str(ack["envelope_id"])]
	if err != nil || e == nil {
		s.deny(nil, fmt.Sprintf("a frame that acknowledges nothing was ignored: %.200s", frame), "")
		return
	}
	answer := obj(ack["payload"])
	took := Ack{At: time.Now(), Connection: c.number, Bytes: len(frame), Payload: clone(answer)}
	took.Lost = s.due("ignore_ack", c.number)
	took.Late = e.closed && e.heard() == 0 || e.stale(str(ack["envelope_id"]))
	e.acks = append(e.acks, took)
	switch {
	case took.Lost:
		s.lastAction = time.Now()
		s.touch()
	case s.opts.Guesses.AckOnSameSocket && !e.sentOn(c.number):
		s.deny(nil, fmt.Sprintf("the acknowledgement of %s came on connection %d, which did not deliver it", describe(e), c.number), "")
	case took.Late && !e.closed && !s.opts.Guesses.LateAcksCount:
		s.deny(nil, fmt.Sprintf("the acknowledgement of %s came after %v and does not count; the event comes again", describe(e), s.opts.AckDeadline), "")
	case e.closed && e.heard() == 1:
		s.deny(nil, fmt.Sprintf("the acknowledgement of %s came after %v, when nobody waited any more", e.kind, s.opts.AckDeadline), "")
	case e.closed:
		s.deny(nil, "envelope "+e.id+" was acknowledged more than once", "")
	default:
		if len(answer) > 0 && !e.accepts {
			s.deny(nil, fmt.Sprintf("the payload in the acknowledgement of %s was ignored; this kind takes none", describe(e)), "")
			answer = nil
		}
		s.conclude(e, outcome{ack: ackOK, answer: answer})
	}
}

// stale tells whether an acknowledgement is for a delivery that has been given
// up: the event waits to be sent again, or was, under another id.
func (e *envelope) stale(id string) bool {
	return !e.closed && e.done == nil && (e.timer == nil || e.id != id)
}

// heard counts the acknowledgements that came.
func (e *envelope) heard() (n int) {
	for _, a := range e.acks {
		if !a.Lost {
			n++
		}
	}
	return n
}

func (e *envelope) sentOn(connection int) bool {
	return slices.ContainsFunc(e.sent, func(d Delivery) bool { return d.Connection == connection })
}

// describe names an envelope for a person.
func describe(e *envelope) string {
	if t := str(e.payload["type"]); t != "" && t != "event_callback" {
		return t
	}
	if t := str(obj(e.payload["event"])["type"]); t != "" {
		return t
	}
	return e.kind
}
