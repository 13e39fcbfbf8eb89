package slacksim

import (
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func faulty(t *testing.T, s *Server, f Fault) {
	t.Helper()
	ok(t, s.Control().Fault(ctx(t), f))
}

// Every kind of fault is tried somewhere; a new one needs a row here.
func TestEveryFaultIsTried(t *testing.T) {
	tried := "429 500_before 500_after lost_answer reset error hang " + // TestMethodFaults
		"drop_socket disconnect_warning disconnect_refresh link_disabled repeat " + // socket_test.go
		"malformed half_open too_many_websockets late ignore_ack expired_trigger clear" // below
	for _, k := range FaultKinds {
		if !strings.Contains(" "+tried+" ", " "+k.Kind+" ") || k.Says == "" {
			t.Errorf("%s is not tried, or not explained: %q", k.Kind, k.Says)
		}
		has(t, ControlDoc, k.Kind)
	}
}

func TestFaultsThatThereAreNot(t *testing.T) {
	s := start(t)
	connect(t, s)
	for _, c := range []struct {
		fault Fault
		want  string
	}{
		{Fault{Kind: "earthquake"}, "there are 429, 500_before"},
		{Fault{Kind: "429", Method: "chat.shout"}, "there are apps.connections.open, auth.revoke, auth.test"},
		{Fault{Kind: "drop_socket", Connection: 2}, "there is no connection 2; 1 are open"},
		{Fault{Kind: "half_open", Connection: -1}, "there is no connection -1"},
		{Fault{Kind: "late", Connection: 3}, "there is no connection 3"},
	} {
		if err := s.Control().Fault(ctx(t), c.fault); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c.fault, err)
		}
	}
}

func TestAMalformedAnswer(t *testing.T) {
	s := start(t)
	faulty(t, s, Fault{Kind: "malformed", Method: "chat.postMessage"})
	w, answer := callOnce(t, s, "chat.postMessage", object{"channel": "C0CSM", "text": "t"})
	if _, err := decode([]byte(str(answer["raw"]))); w.StatusCode != 200 || err == nil {
		t.Errorf("%d %s", w.StatusCode, encode(answer))
	}
	if all, err := seat(t, s, "ana").Messages(ctx(t), "csm"); err != nil || len(all) != 1 {
		t.Errorf("it was not done: %v %v", all, err)
	}
}

func TestFaultsOfOtherAddresses(t *testing.T) {
	st := onStage(t)
	address := st.commandURL("csm")
	faulty(t, st.Server, Fault{Kind: "500_before", Method: "response_url"})
	if code, _ := st.respond(address, object{"text": "not shown"}); code != 500 {
		t.Errorf("status %d", code)
	}
	faulty(t, st.Server, Fault{Kind: "500_after", Method: "response_url"})
	if code, _ := st.respond(address, object{"text": "shown"}); code != 500 {
		t.Errorf("status %d", code)
	}
	if mine, err := st.ana.Ephemerals(ctx(t)); err != nil || len(mine) != 1 || mine[0].Text() != "shown" {
		t.Errorf("Ana sees %v %v", mine, err)
	}
	s := start(t, filing)
	for kind, kept := range map[string]bool{"500_before": false, "500_after": true} {
		answer := must(t, do(t, s, "files.getUploadURLExternal", object{"filename": "f", "length": 1}))
		faulty(t, s, Fault{Kind: kind, Method: "upload"})
		if w, _ := send(t, newRequest(t, "POST", str(answer["upload_url"]), "", "a")); w.StatusCode != 500 {
			t.Errorf("%s: status %d", kind, w.StatusCode)
		}
		done := do(t, s, "files.completeUploadExternal", object{"files": []any{object{"id": answer["file_id"]}}})
		if done["ok"] != kept {
			t.Errorf("%s: %s", kind, encode(done))
		}
	}
}

// A half-open connection gets nothing, not even pings, and what it sends is
// not heard; to the server it is still one of those that payloads go to.
func TestAHalfOpenSocket(t *testing.T) {
	const every = 5 * time.Millisecond
	s := start(t, quick, func(o *Options) { o.PingEvery = every })
	began := time.Now()
	frozen := connect(t, s)
	well := connect(t, s)
	faulty(t, s, Fault{Kind: "half_open", Connection: 1})
	before, pings := int(time.Since(began)/every)+2, 0
	frozen.ws.SetPingHandler(func(string) error { pings++; return nil })
	frozen.ws.SetPongHandler(func(string) error { t.Error("it was answered"); return nil })
	ok(t, frozen.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)))
	post(t, s, "C0CSM", "one")
	post(t, s, "C0CSM", "two")
	seen := map[string]bool{}
	for len(seen) < 2 { // one of them only after its deadline
		e := well.read()
		seen[str(obj(obj(e["payload"])["event"])["text"])] = true
		well.ack(e, nil)
	}
	ok(t, frozen.ws.SetReadDeadline(time.Now().Add(30*time.Millisecond)))
	if _, frame, err := frozen.ws.ReadMessage(); err == nil {
		t.Errorf("it was sent %s", frame)
	}
	if pings > before {
		t.Errorf("it was pinged %d times, %d of them before", pings, before)
	}
	if d := dump(t, s); d.Connections != 2 {
		t.Errorf("%d connections are counted", d.Connections)
	}
	ok(t, frozen.ws.Close())
	ok(t, s.Control().Wait(ctx(t), func(d Dump) bool { return d.Connections == 1 }))
}

func TestTooManyByFault(t *testing.T) {
	s := start(t)
	faulty(t, s, Fault{Kind: "too_many_websockets", Times: 2})
	for range 2 {
		if bye := dialSocket(t, ticket(t, s)).read(); bye["reason"] != "too_many_websockets" {
			t.Errorf("got %s", encode(bye))
		}
	}
	connect(t, s)
}

// A late envelope comes when nobody waits for its answer any more.
func TestALateEnvelope(t *testing.T) {
	s := start(t, quick)
	w := connect(t, s)
	faulty(t, s, Fault{Kind: "late", Connection: 1})
	began := time.Now()
	err := seat(t, s, "ana").Command(ctx(t), "csm", "/health acme")
	if err == nil || !strings.Contains(err.Error(), "did not respond") {
		t.Errorf("Ana was told %v", err)
	}
	e := w.read()
	if waited := time.Since(began); e["type"] != "slash_commands" || waited < 120*time.Millisecond {
		t.Errorf("%v after %v", e["type"], waited)
	}
	w.ack(e, object{"text": "too late"})
	ok(t, s.Control().Wait(ctx(t), func(d Dump) bool { return len(d.Refusals) == 2 }))
	has(t, dump(t, s).Refusals[1].Text, "when nobody waited any more")
	if mine, err := seat(t, s, "ana").Ephemerals(ctx(t)); err != nil || len(mine) != 0 {
		t.Errorf("its answer was shown: %v %v", mine, err)
	}
}

func TestALostAcknowledgement(t *testing.T) {
	s := start(t, quick)
	w := connect(t, s)
	faulty(t, s, Fault{Kind: "ignore_ack"})
	post(t, s, "C0CSM", "t")
	first := w.read()
	w.ack(first, nil)
	second := w.read()
	if second["envelope_id"] != first["envelope_id"] || string(encode(second["retry_attempt"])) != "1" {
		t.Errorf("second delivery: %s", encode(second))
	}
	w.ack(second, nil)
	ok(t, s.Control().Idle(ctx(t)))
	if d := dump(t, s); len(d.Refusals) != 0 || !d.Envelopes[0].Acks[0].Lost || d.Envelopes[0].Acks[1].Lost {
		t.Errorf("the inspector says %+v %+v", d.Envelopes[0].Acks, d.Refusals)
	}
}

func TestAnExpiredTrigger(t *testing.T) {
	st := onStage(t)
	faulty(t, st.Server, Fault{Kind: "expired_trigger"})
	view := modal(t, `"blocks":[]`)
	refused(t, do(t, st.Server, "views.open", object{"trigger_id": st.trigger(), "view": view}), "expired_trigger_id")
	must(t, do(t, st.Server, "views.open", object{"trigger_id": st.trigger(), "view": view}))
}

func TestFaultsAreForgotten(t *testing.T) {
	s := start(t)
	faulty(t, s, Fault{Kind: "429", Times: 5})
	faulty(t, s, Fault{Kind: "too_many_websockets", Times: 5})
	faulty(t, s, Fault{Kind: "clear"})
	must(t, do(t, s, "auth.test", nil))
	connect(t, s)
}

func TestAFaultOfOneConnection(t *testing.T) {
	s := start(t)
	a, b := connect(t, s), connect(t, s)
	faulty(t, s, Fault{Kind: "repeat", Connection: 2})
	post(t, s, "C0CSM", "t")
	post(t, s, "C0CSM", "t")
	a.ack(a.read(), nil)
	if x, y := b.read(), b.read(); x["envelope_id"] != y["envelope_id"] {
		t.Error("the second connection was sent nothing twice")
	} else {
		b.ack(x, nil)
	}
	ok(t, s.Control().Idle(ctx(t)))
}
