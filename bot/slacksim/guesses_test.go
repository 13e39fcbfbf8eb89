package slacksim

import (
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func TestAcksMayHaveToComeBackTheSameWay(t *testing.T) {
	s := start(t, quick, func(o *Options) { o.Guesses.AckOnSameSocket = true })
	a, b := connect(t, s), connect(t, s)
	post(t, s, "C0CSM", "t")
	post(t, s, "C0CSM", "t")
	fromA, fromB := a.read(), b.read()
	a.ack(fromA, nil)
	a.ack(fromB, nil) // b's
	ok(t, s.Control().Wait(ctx(t), func(d Dump) bool {
		return len(d.Refusals) == 1 && strings.Contains(d.Refusals[0].Text, "which did not deliver it")
	}))
	again := b.read() // its turn again
	if again["envelope_id"] != fromB["envelope_id"] {
		t.Errorf("again came %s", encode(again))
	}
	b.ack(again, nil)
	ok(t, s.Control().Idle(ctx(t)))
}

// pause brings an event into the pause between two deliveries.
func pause(t *testing.T, change ...func(*Options)) (*Server, *appSocket, object) {
	s := start(t, append(change, func(o *Options) { o.AckDeadline = 10 * time.Millisecond })...)
	w := connect(t, s)
	post(t, s, "C0CSM", "t")
	first := w.read()
	w.read() // at once again
	return s, w, first
}

func TestALateAckDoesNotCount(t *testing.T) {
	s, w, first := pause(t)
	third := w.read()
	if third["envelope_id"] == first["envelope_id"] {
		t.Fatal("the third delivery has the first one's id")
	}
	w.ack(first, nil) // of a delivery that was given up
	ok(t, s.Control().Wait(ctx(t), func(d Dump) bool {
		return len(d.Refusals) > 0 && strings.Contains(d.Refusals[0].Text, "does not count")
	}))
}

func TestALateAckMayCount(t *testing.T) {
	s, w, first := pause(t, func(o *Options) { o.Guesses.LateAcksCount = true })
	w.ack(first, nil)
	ok(t, s.Control().Wait(ctx(t), func(d Dump) bool {
		e := d.Envelopes[0]
		return len(e.Acks) == 1 && !e.Open
	}))
	post(t, s, "C0CSM", "next")
	if e := w.read(); obj(obj(e["payload"])["event"])["text"] != "next" {
		t.Errorf("the event came again: %s", encode(e))
	}
}

func TestASpentTicketMayUpgrade(t *testing.T) {
	s := start(t, func(o *Options) { o.Guesses.SpentTicketUpgrades = true })
	address := ticket(t, s)
	dialSocket(t, address)
	spent, _, err := websocket.DefaultDialer.DialContext(ctx(t), address, nil)
	ok(t, err)
	defer spent.Close()
	if _, frame, err := spent.ReadMessage(); err == nil {
		t.Errorf("it said %s", frame)
	}
}

func TestAWorkspaceMayHaveNoCharts(t *testing.T) {
	s := start(t, func(o *Options) { o.Guesses.NoCharts = true })
	for _, block := range []string{chartOf(`["c0"]`, `[{"name":"s","data":`+points(1)+`}]`), dataTable(`[[`+raw+`],[`+raw+`]]`, "")} {
		answer := refused(t, do(t, s, "chat.postMessage", object{"channel": "C0CSM", "text": "t", "blocks": "[" + block + "]"}), "invalid_blocks")
		has(t, string(encode(answer["errors"])), "unsupported type: data_")
	}
	must(t, do(t, start(t), "chat.postMessage", object{"channel": "C0CSM", "text": "t", "blocks": "[" + dataTable(`[[`+raw+`],[`+raw+`]]`, "") + "]"}))
}
