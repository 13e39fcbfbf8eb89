package bot

import "time"

// Watch is told what happens between Slack and the bot, for an operator's
// counters. Any field may be nil; those that aren't are called from many
// goroutines and must not block.
type Watch struct {
	Envelope   func(kind string)                             // one arrived; kind is Slack's word for its type
	Unreadable func()                                        // one arrived that couldn't be read
	Acked      func()                                        // an ack left for Slack
	Sockets    func(live int)                                // how many connections stand now
	Reconnect  func()                                        // one stands again
	Gesture    func(kind, result string, took time.Duration) // one was handled, from arrival to ack or answer
}

func (w Watch) envelope(kind string) {
	if w.Envelope != nil {
		w.Envelope(kind)
	}
}

func (w Watch) unreadable() {
	if w.Unreadable != nil {
		w.Unreadable()
	}
}

func (w Watch) acked() {
	if w.Acked != nil {
		w.Acked()
	}
}

func (w Watch) sockets(live int) {
	if w.Sockets != nil {
		w.Sockets(live)
	}
}

func (w Watch) reconnect() {
	if w.Reconnect != nil {
		w.Reconnect()
	}
}

func (w Watch) gesture(kind, result string, took time.Duration) {
	if w.Gesture != nil {
		w.Gesture(kind, result, took)
	}
}
