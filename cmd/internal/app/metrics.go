package app

import (
	"sync/atomic"
	"time"

	"healthbot/bot"
	"healthbot/schedule"
	"healthbot/storage"
)

// metrics are the figures that tell an operator whether the bot does its work.
// No label holds a name of a person, an account or a channel: who may read
// figures may not always read those.
type metrics struct {
	registry
	acks, unreadable, reconnects *family
	envelopes, gestures, seconds *family
	ends, edits, runs            *family

	live atomic.Int64 // connections to Slack
	tick atomic.Int64 // when the office clock was last looked at; real time, Unix nanoseconds, 0 for never
}

// gestureBounds lie around what a person notices, and around Slack's three seconds.
var gestureBounds = []float64{.01, .025, .05, .1, .25, .5, 1, 2, 3, 5, 10, 30}

// newMetrics makes the figures. What is in the outbox is asked when somebody
// reads; one question answers all of its figures.
func newMetrics() *metrics {
	m := &metrics{}
	m.envelopes = m.counter("healthbot_envelopes_total", "Envelopes from Slack, by Slack's type.", "type")
	m.unreadable = m.counter("healthbot_envelopes_unreadable_total", "Envelopes that could not be read; they are acknowledged and dropped.")
	m.acks = m.counter("healthbot_acks_total", "Acks that left for Slack.")
	m.reconnects = m.counter("healthbot_reconnects_total", "Connections to Slack that were made again.")
	m.gestures = m.counter("healthbot_gestures_total", "What people did, by kind and by how it ended.", "kind", "result")
	m.seconds = m.histogram("healthbot_gesture_seconds", "From a gesture's arrival to its ack, or to its answer where the ack goes first.", gestureBounds, "kind")
	m.ends = m.counter("healthbot_deliveries_total", "Attempts to post a message, by how they ended: posted, found, retried, unknown, dead.", "end")
	m.edits = m.counter("healthbot_edits_total", "Posted messages that were brought up to date.")
	m.runs = m.counter("healthbot_runs_total", "Review runs that were opened, by route.", "route")
	for _, e := range []schedule.End{schedule.Posted, schedule.Found, schedule.Retried, schedule.Unknown, schedule.Dead} {
		m.ends.start(string(e)) // so that the first dead letter is a rise, not a new series
	}
	m.gauge("healthbot_sockets", "Connections to Slack that stand.", func() float64 { return float64(m.live.Load()) })
	return m
}

func (m *metrics) bot() bot.Watch {
	return bot.Watch{
		Envelope:   func(kind string) { m.envelopes.inc(kind) },
		Unreadable: func() { m.unreadable.inc() },
		Acked:      func() { m.acks.inc() },
		Sockets:    func(live int) { m.live.Store(int64(live)) },
		Reconnect:  func() { m.reconnects.inc() },
		Gesture: func(kind, result string, took time.Duration) {
			m.gestures.inc(kind, result)
			m.seconds.observe(took.Seconds(), kind)
		},
	}
}

func (m *metrics) schedule() schedule.Watch {
	return schedule.Watch{
		Tick:     func() { m.tick.Store(time.Now().UnixNano()) },
		Run:      func(route string) { m.runs.inc(route) },
		Delivery: func(e schedule.End) { m.ends.inc(string(e)) },
		Edit:     func() { m.edits.inc() },
	}
}

// backlog makes the figures of the outbox.
func backlog(b storage.Backlog) *registry {
	r := &registry{}
	depth := r.add(&family{name: "healthbot_outbox_messages", help: "Messages in the outbox: pending (to be posted), sending (end unknown), stale (to be edited), dead (refused for good).",
		kind: "gauge", labels: []string{"state"}})
	for state, n := range map[string]int{"pending": b.Pending, "sending": b.Sending, "stale": b.Stale, "dead": b.Dead} {
		depth.set(float64(n), state)
	}
	r.gauge("healthbot_outbox_lag_seconds", "How long the oldest message to be posted has waited, on the office clock.", b.Lag.Seconds)
	return r
}
