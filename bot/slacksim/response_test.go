package slacksim

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func (st *stage) respond(address string, body object) (int, object) {
	st.t.Helper()
	w, answer := send(st.t, newRequest(st.t, "POST", address, "application/json", string(encode(body))))
	return w.StatusCode, answer
}

func (st *stage) commandURL(channel string) string {
	st.t.Helper()
	ok(st.t, st.ana.Command(ctx(st.t), channel, "/health"))
	return str(st.next()["response_url"])
}

func TestAResponseURL(t *testing.T) {
	st := onStage(t)
	address := st.commandURL("outside") // where the bot is not
	if code, answer := st.respond(address, object{"text": "only you"}); code != http.StatusOK || answer["ok"] != true {
		t.Fatalf("%d %s", code, encode(answer))
	}
	st.respond(address, object{"text": "now this", "replace_original": true})
	st.respond(address, object{"text": "for all", "response_type": "in_channel"})
	if n := len(st.got); n != 0 {
		t.Errorf("the app was sent %d events of a channel it is not in", n)
	}
	all, err := st.ana.Messages(ctx(t), "outside")
	ok(t, err)
	if len(all) != 2 || all[0].Text() != "now this" || !all[0].Ephemeral || all[1].Text() != "for all" || all[1].Ephemeral {
		t.Errorf("Ana sees %+v", all)
	}
	st.respond(address, object{"delete_original": true})
	if left, err := st.ana.Messages(ctx(t), "outside"); err != nil || len(left) != 1 {
		t.Errorf("after the deletion %v %v", left, err)
	}
	st.respond(address, object{"text": "fifth"})
	if code, answer := st.respond(address, object{"text": "sixth"}); code != http.StatusNotFound || answer["error"] != "used_url" {
		t.Errorf("the sixth use: %d %s", code, encode(answer))
	}
}

func TestAResponseURLIsForItsHolder(t *testing.T) {
	st := onStage(t)
	address := st.commandURL("csm")
	if code, _ := st.respond(address[:len(address)-1]+"#", object{"text": "t"}); code != http.StatusNotFound {
		t.Errorf("a wrong secret: %d", code)
	}
	for name, c := range map[string]struct {
		body object
		want string
	}{
		"nothing":    {object{}, "no_text"},
		"bad blocks": {object{"blocks": []any{object{"type": "section"}}}, "invalid_blocks"},
		"no thread":  {object{"text": "t", "thread_ts": "1.000000"}, "thread_not_found"},
	} {
		if code, answer := st.respond(address, c.body); code != http.StatusBadRequest || answer["error"] != c.want {
			t.Errorf("%s: %d %s", name, code, encode(answer))
		}
	}
}

func TestAResponseURLExpires(t *testing.T) {
	st := onStage(t)
	address := st.commandURL("csm")
	st.mu.Lock() // half an hour is real time, and this test has none of it
	for _, u := range st.urls {
		u.until = time.Now()
	}
	st.mu.Unlock()
	if code, answer := st.respond(address, object{"text": "t"}); code != http.StatusNotFound || answer["error"] != "expired_url" {
		t.Errorf("%d %s", code, encode(answer))
	}
}

// What only one person sees makes no events, nor does what happens where the
// bot is not.
func TestReplacingQuietly(t *testing.T) {
	st := onStage(t)
	for _, channel := range []string{"csm", "outside"} {
		address := st.commandURL(channel)
		first := object{"text": "t"}
		if channel == "outside" {
			first["response_type"] = "in_channel"
		}
		st.respond(address, first)
		st.respond(address, object{"text": "u", "replace_original": true})
		st.respond(address, object{"delete_original": true})
	}
	st.trigger() // the next that comes is this command, or it is not
	if code, _ := st.respond(st.origin()+"/response/T0LOCAL/404/secret", object{"text": "t"}); code != http.StatusNotFound {
		t.Errorf("an address that was never given out: %d", code)
	}
	ok(t, st.ana.Command(ctx(t), "csm", "/health"))
	fresh := str(st.next()["response_url"])
	if code, _ := st.respond(fresh, object{"delete_original": true}); code != http.StatusOK {
		t.Errorf("nothing to delete: %d", code)
	}
}

func TestReplacingACard(t *testing.T) {
	st := onStage(t)
	at := st.card()
	ok(t, st.ana.Click(ctx(t), at, "Review"))
	address := str(st.next()["response_url"])
	st.respond(address, object{"text": "reviewed", "replace_original": true})
	if p := st.next(); obj(p["event"])["subtype"] != "message_changed" {
		t.Errorf("event: %s", encode(p))
	}
	all, err := seat(t, st.Server, "ben").Messages(ctx(t), "csm")
	ok(t, err)
	if len(all) != 1 || all[0].Text() != "reviewed" || all[0].Edited == nil {
		t.Errorf("Ben sees %+v", all)
	}
	st.respond(address, object{"text": "in the thread", "response_type": "in_channel", "thread_ts": at.TS})
	if thread, err := st.ana.Thread(ctx(t), "csm", at.TS); err != nil || len(thread) != 2 {
		t.Errorf("thread %v %v", thread, err)
	}
	st.respond(address, object{"delete_original": true})
	thread, err := st.ana.Thread(ctx(t), "csm", at.TS)
	ok(t, err)
	if !strings.Contains(thread[0].Text(), "deleted") {
		t.Errorf("thread %v", thread)
	}
}
