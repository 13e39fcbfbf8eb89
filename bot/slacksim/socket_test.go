package slacksim

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// quick makes the clocks of Socket Mode short. Only a test that waits for a
// deadline to pass uses it.
func quick(o *Options) { o.AckDeadline = 120 * time.Millisecond }

func TestATicketOpensOneConnection(t *testing.T) {
	s := start(t)
	address := ticket(t, s)
	dialSocket(t, address)
	for name, spent := range map[string]string{"spent": address, "made up": strings.Split(address, "?")[0] + "?ticket=x", "none": strings.Split(address, "?")[0]} {
		_, answer, err := websocket.DefaultDialer.DialContext(ctx(t), spent, nil)
		if err == nil || answer == nil || answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHelloAndPing(t *testing.T) {
	s := start(t, func(o *Options) { o.PingEvery = 20 * time.Millisecond })
	w := dialSocket(t, ticket(t, s))
	hello := w.read()
	if n, _ := number(hello["num_connections"]); hello["type"] != "hello" || n != 1 || obj(hello["connection_info"])["app_id"] != "A0APP" || obj(hello["debug_info"])["host"] == nil {
		t.Errorf("hello: %s", encode(hello))
	}
	if second := dialSocket(t, ticket(t, s)).read(); string(encode(second["num_connections"])) != "2" {
		t.Errorf("second hello: %s", encode(second))
	}
	pings := 0
	w.ws.SetPingHandler(func(data string) error {
		if pings++; pings == 3 {
			return w.ws.Close()
		}
		return nil
	})
	if _, _, err := w.ws.ReadMessage(); pings < 3 {
		t.Errorf("%d pings: %v", pings, err)
	}
}

func TestAPingComesAtOnce(t *testing.T) {
	s := start(t, func(o *Options) { o.PingEvery = time.Hour })
	w := dialSocket(t, ticket(t, s))
	pinged := false
	w.ws.SetPingHandler(func(string) error { pinged = true; return w.ws.Close() })
	for range 2 { // hello, then the end
		if _, _, err := w.ws.ReadMessage(); err != nil {
			break
		}
	}
	if !pinged {
		t.Error("the connection was not pinged")
	}
}

func TestTheEleventhConnection(t *testing.T) {
	s := start(t)
	for range connections.max() {
		connect(t, s)
	}
	w := dialSocket(t, ticket(t, s))
	if bye := w.read(); bye["type"] != "disconnect" || bye["reason"] != "too_many_websockets" {
		t.Errorf("told: %s", encode(bye))
	}
	if _, _, err := w.ws.ReadMessage(); !websocket.IsCloseError(err, websocket.CloseNormalClosure) {
		t.Errorf("the connection ended with %v", err)
	}
	if d := dump(t, s); d.Connections != connections.max() {
		t.Errorf("%d connections", d.Connections)
	}
}

func TestEachPayloadGoesToOneConnection(t *testing.T) {
	s := start(t)
	a, b := connect(t, s), connect(t, s)
	for range 4 {
		post(t, s, "C0CSM", "t")
	}
	seen := map[any]bool{}
	for _, w := range []*appSocket{a, b, a, b} {
		e := w.read()
		if seen[e["envelope_id"]] {
			t.Error("one envelope came twice")
		}
		seen[e["envelope_id"]] = true
		w.ack(e, nil)
	}
}

func TestAnEnvelope(t *testing.T) {
	s := start(t)
	w := connect(t, s)
	ts := post(t, s, "C0CSM", "t")
	e := w.read()
	if e["type"] != "events_api" || e["accepts_response_payload"] != false || string(encode(e["retry_attempt"])) != "0" || e["retry_reason"] != "" {
		t.Errorf("envelope: %s", encode(e))
	}
	p := obj(e["payload"])
	if p["type"] != "event_callback" || p["team_id"] != "T0LOCAL" || p["api_app_id"] != "A0APP" || !strings.HasPrefix(str(p["event_id"]), "Ev") ||
		obj(list(p["authorizations"])[0])["user_id"] != "U0BOT" || obj(p["event"])["ts"] != ts {
		t.Errorf("payload: %s", encode(p))
	}
	w.ack(e, nil)
	ok(t, s.Control().Idle(ctx(t)))
	if d := dump(t, s); len(d.Envelopes[0].Acks) != 1 || d.Envelopes[0].Open || d.Envelopes[0].Attempts != 1 {
		t.Errorf("dump: %+v", d.Envelopes[0])
	}
}

// An event that nobody acknowledges comes again: at once under its id, then,
// after a pause, under new ones, and in the end is given up.
func TestEventsComeAgain(t *testing.T) {
	s := start(t, func(o *Options) { o.AckDeadline = 5 * time.Millisecond })
	w := connect(t, s)
	post(t, s, "C0CSM", "t")
	var ids []any
	for attempt := range 4 {
		e := w.read()
		if n, _ := number(e["retry_attempt"]); int(n) != attempt || attempt > 0 && e["retry_reason"] != "timeout" {
			t.Errorf("delivery %d: %v %v", attempt, e["retry_attempt"], e["retry_reason"])
		}
		ids = append(ids, e["envelope_id"])
	}
	if ids[0] != ids[1] || ids[1] == ids[2] || ids[2] == ids[3] {
		t.Errorf("envelope ids: %v", ids)
	}
	ok(t, s.Control().Wait(ctx(t), func(d Dump) bool {
		return len(d.Refusals) == 1 && strings.Contains(d.Refusals[0].Text, "never acknowledged")
	}))
}

func TestAnAckStopsRedelivery(t *testing.T) {
	s := start(t, quick)
	w := connect(t, s)
	post(t, s, "C0CSM", "first")
	e := w.read()
	w.ack(w.read(), nil) // the second delivery
	post(t, s, "C0CSM", "second")
	next := w.read()
	if next["envelope_id"] == e["envelope_id"] {
		t.Error("the acknowledged event came again")
	}
	w.ack(next, nil)
}

func TestAnotherConnectionMayAcknowledge(t *testing.T) {
	s := start(t)
	a, b := connect(t, s), connect(t, s)
	post(t, s, "C0CSM", "t")
	post(t, s, "C0CSM", "t")
	fromA, fromB := a.read(), b.read()
	a.ack(fromB, object{})
	b.ack(fromA, nil)
	ok(t, s.Control().Idle(ctx(t)))
	if d := dump(t, s); len(d.Refusals) != 0 {
		t.Errorf("refused: %v", d.Refusals)
	}
}

func TestEventsWaitForAConnection(t *testing.T) {
	s := start(t)
	post(t, s, "C0CSM", "while nobody listened")
	if d := dump(t, s); !d.Envelopes[0].Waiting {
		t.Error("the event does not wait")
	}
	w := connect(t, s)
	e := w.read()
	if string(encode(e["retry_attempt"])) != "1" || e["retry_reason"] != "connection_failed" {
		t.Errorf("envelope: %s", encode(e))
	}
	w.ack(e, nil)
}

// A long outage's events all come, in their order.
func TestManyEventsWait(t *testing.T) {
	s := start(t)
	const n = 600
	for range n {
		post(t, s, "C0CSM", "t")
	}
	w := connect(t, s)
	before := ""
	for range n {
		e := w.read()
		ts := str(obj(obj(e["payload"])["event"])["ts"])
		if compareTS(ts, before) <= 0 {
			t.Fatalf("%s came after %s", ts, before)
		}
		before = ts
		w.ack(e, nil)
	}
	ok(t, s.Control().Idle(ctx(t)))
}

func TestInteractionsDoNotWait(t *testing.T) {
	s := start(t)
	err := seat(t, s, "ana").Command(ctx(t), "csm", "/health acme")
	if err == nil || !strings.Contains(err.Error(), "dispatch_failed") {
		t.Errorf("without a connection: %v", err)
	}
	has(t, dump(t, s).Refusals[0].Text, "/health could not be delivered: the app has no Socket Mode connection")
	w := connect(t, s)
	post(t, s, "C0CSM", "next")
	if e := w.read(); e["type"] != "events_api" {
		t.Errorf("the command was kept: %s", encode(e))
	} else {
		w.ack(e, nil)
	}
}

func TestAcksThatAreNoGood(t *testing.T) {
	s := start(t, quick)
	w := connect(t, s)
	post(t, s, "C0CSM", "t")
	e := w.read()
	for _, frame := range []string{"not json", `{"envelope_id":"unknown"}`, `[]`} {
		ok(t, w.ws.WriteMessage(websocket.TextMessage, []byte(frame)))
	}
	w.ack(e, object{"text": "not wanted"})
	w.ack(e, nil)
	ok(t, s.Control().Wait(ctx(t), func(d Dump) bool { return len(d.Refusals) == 5 }))
	var said []string
	for _, r := range dump(t, s).Refusals {
		said = append(said, r.Text)
	}
	text := strings.Join(said, "\n")
	for _, want := range []string{"acknowledges nothing was ignored: not json", `{"envelope_id":"unknown"}`, "was ignored; this kind takes none", "acknowledged more than once"} {
		has(t, text, want)
	}
}

func TestALargeAckIsDropped(t *testing.T) {
	s := start(t, quick)
	w := connect(t, s)
	w.serve(func(e object) any {
		pad := ackBytes.max() - len(encode(object{"envelope_id": e["envelope_id"], "payload": object{"text": ""}}))
		if obj(e["payload"])["text"] == "too large" {
			pad++
		}
		return object{"text": strings.Repeat("a", pad)}
	})
	ana := seat(t, s, "ana")
	ok(t, ana.Command(ctx(t), "csm", "/health fits"))
	err := ana.Command(ctx(t), "csm", "/health too large")
	if err == nil || !strings.Contains(err.Error(), "did not respond") {
		t.Errorf("20,480 bytes: %v", err)
	}
	has(t, dump(t, s).Refusals[0].Text, "20480 bytes was dropped")
}

func TestALateAckIsNoted(t *testing.T) {
	s := start(t, quick)
	w := connect(t, s)
	failed := make(chan error, 1)
	go func() { failed <- seat(t, s, "ana").Command(ctx(t), "csm", "/health") }()
	e := w.read()
	if err := <-failed; err == nil {
		t.Error("the command did not fail")
	}
	w.ack(e, object{"text": "late"})
	ok(t, s.Control().Wait(ctx(t), func(d Dump) bool { return len(d.Refusals) == 2 }))
	d := dump(t, s)
	if !strings.Contains(d.Refusals[1].Text, "when nobody waited any more") || !d.Envelopes[0].Acks[0].Late {
		t.Errorf("refusals %v, acks %v", d.Refusals, d.Envelopes[0].Acks)
	}
	if mine, err := seat(t, s, "ana").Ephemerals(ctx(t)); err != nil || len(mine) != 0 {
		t.Errorf("the late answer was shown: %v %v", mine, err)
	}
}

func TestSocketFaults(t *testing.T) {
	fault := func(t *testing.T, s *Server, f Fault) { t.Helper(); ok(t, s.Control().Fault(ctx(t), f)) }
	reason := func(t *testing.T, w *appSocket, want string) {
		t.Helper()
		if bye := w.read(); bye["type"] != "disconnect" || bye["reason"] != want {
			t.Errorf("told %s, want %s", encode(bye), want)
		}
	}
	gone := func(t *testing.T, w *appSocket) {
		t.Helper()
		if _, frame, err := w.ws.ReadMessage(); err == nil {
			t.Errorf("still there: %s", frame)
		}
	}
	t.Run("drop", func(t *testing.T) {
		s := start(t)
		a, b := connect(t, s), connect(t, s)
		fault(t, s, Fault{Kind: "drop_socket", Connection: 1})
		gone(t, a)
		post(t, s, "C0CSM", "t")
		b.ack(b.read(), nil)
		if err := s.Control().Fault(ctx(t), Fault{Kind: "drop_socket", Connection: 2}); err == nil || !strings.Contains(err.Error(), "1 are open") {
			t.Errorf("a connection that is not there: %v", err)
		}
	})
	t.Run("refresh", func(t *testing.T) {
		s := start(t)
		w := connect(t, s)
		fault(t, s, Fault{Kind: "disconnect_refresh"})
		reason(t, w, "refresh_requested")
		gone(t, w)
		connect(t, s)
	})
	t.Run("warning", func(t *testing.T) {
		s := start(t, quick)
		w := connect(t, s)
		fault(t, s, Fault{Kind: "disconnect_warning"})
		reason(t, w, "warning")
		post(t, s, "C0CSM", "still served")
		w.ack(w.read(), nil)
		reason(t, w, "refresh_requested")
		gone(t, w)
	})
	t.Run("link disabled", func(t *testing.T) {
		s := start(t)
		w := connect(t, s)
		fault(t, s, Fault{Kind: "link_disabled", Times: 1})
		reason(t, w, "link_disabled")
		gone(t, w)
		w = dialSocket(t, ticket(t, s))
		reason(t, w, "link_disabled")
		connect(t, s)
	})
	t.Run("repeat", func(t *testing.T) {
		s := start(t)
		w := connect(t, s)
		fault(t, s, Fault{Kind: "repeat"})
		post(t, s, "C0CSM", "t")
		one, two := w.read(), w.read()
		if one["envelope_id"] != two["envelope_id"] || string(encode(two["retry_attempt"])) != "0" {
			t.Errorf("the repeat is another envelope, or a retry: %s", encode(two))
		}
		w.ack(one, nil)
	})
	t.Run("unknown", func(t *testing.T) {
		if err := start(t).Control().Fault(ctx(t), Fault{Kind: "earthquake"}); err == nil || !strings.Contains(err.Error(), "lost_answer") {
			t.Errorf("got %v", err)
		}
	})
}
