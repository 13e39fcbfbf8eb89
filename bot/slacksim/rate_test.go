package slacksim

import (
	"net/http"
	"testing"
	"time"
)

// callOnce calls a method without asking that it succeeds.
func callOnce(t *testing.T, s *Server, method string, args object) (*http.Response, object) {
	t.Helper()
	return send(t, newRequest(t, "POST", s.APIURL()+method, "application/json", string(encode(args)), "Authorization", "Bearer "+s.BotToken()))
}

func TestPostingIsLimitedPerChannel(t *testing.T) {
	s := start(t, strictRates)
	for range postBurst.max() {
		post(t, s, "C0CSM", "t")
	}
	w, answer := callOnce(t, s, "chat.postMessage", object{"channel": "C0CSM", "text": "t"})
	refused(t, answer, "ratelimited")
	if w.StatusCode != http.StatusTooManyRequests || w.Header.Get("Retry-After") != "1" {
		t.Errorf("status %d, Retry-After %q", w.StatusCode, w.Header.Get("Retry-After"))
	}
	post(t, s, "C0PRIV", "another channel has its own budget")
	must(t, do(t, s, "auth.test", nil))
}

func TestMethodsAreLimitedByTier(t *testing.T) {
	s := start(t, strictRates)
	for range perMinute[tier2] {
		must(t, do(t, s, "users.list", object{}))
	}
	w, answer := callOnce(t, s, "users.list", object{})
	refused(t, answer, "ratelimited")
	if w.Header.Get("Retry-After") != "3" { // 20 a minute is one in three seconds
		t.Errorf("Retry-After %q", w.Header.Get("Retry-After"))
	}
	must(t, do(t, s, "conversations.list", object{})) // the same tier, another method
	for name, want := range map[string]tier{
		"apps.connections.open": tier3, "chat.update": tier3, "chat.delete": tier3, "chat.postEphemeral": tier4, "conversations.list": tier2,
		"conversations.info": tier3, "conversations.members": tier4, "conversations.history": tier3, "conversations.replies": tier3,
		"conversations.open": tier3, "conversations.join": tier3, "users.info": tier4, "users.list": tier2,
		"views.open": tier4, "views.push": tier4, "views.update": tier4, "views.publish": tier4,
	} {
		if methods[name].tier != want {
			t.Errorf("%s is of tier %d", name, methods[name].tier)
		}
	}
}

func TestABucketRefills(t *testing.T) {
	s := start(t, strictRates)
	s.mu.Lock()
	defer s.mu.Unlock()
	take := func() error { return s.spend("b", 2, 3) }
	for range 3 {
		ok(t, take())
	}
	if take() == nil {
		t.Fatal("a fourth was given")
	}
	s.rates["b"].at = time.Now().Add(-time.Second) // a second has passed
	ok(t, take())
	ok(t, take())
	if take() == nil {
		t.Error("more than two a second were given")
	}
	s.rates["b"].at = time.Now().Add(-time.Hour)
	for range 3 {
		ok(t, take())
	}
	if take() == nil {
		t.Error("it holds more than its burst")
	}
}

func TestMethodFaults(t *testing.T) {
	s := start(t)
	messages := func() int {
		n := 0
		for _, c := range dump(t, s).Channels {
			n += len(c.Messages)
		}
		return n
	}
	attempt := func() (int, object, error) {
		r := newRequest(t, "POST", s.APIURL()+"chat.postMessage", "application/json", `{"channel":"C0CSM","text":"t"}`, "Authorization", "Bearer "+s.BotToken())
		r.Header.Set("Connection", "close")
		w, err := client.Do(r)
		if err != nil {
			return 0, nil, err
		}
		defer w.Body.Close()
		return w.StatusCode, nil, nil
	}
	for _, c := range []struct {
		kind   string
		status int // 0: no answer at all
		posted int
	}{
		{"429", 429, 0}, {"500_before", 500, 0}, {"500_after", 500, 1}, {"lost_answer", 0, 1}, {"reset", 0, 0}, {"error", 200, 0},
	} {
		t.Run(c.kind, func(t *testing.T) {
			before := messages()
			ok(t, s.Control().Fault(ctx(t), Fault{Kind: c.kind, Method: "chat.postMessage", Error: "fatal_error"}))
			must(t, do(t, s, "auth.test", nil)) // another method is unaffected
			status, _, err := attempt()
			if status != c.status || (err != nil) != (c.status == 0) {
				t.Errorf("status %d, %v", status, err)
			}
			if posted := messages() - before; posted != c.posted {
				t.Errorf("%d messages were posted", posted)
			}
			d := dump(t, s)
			if last := d.Calls[len(d.Calls)-1]; last.Error != "fault: "+c.kind {
				t.Errorf("the inspector says %q", last.Error)
			}
			if status, _, err := attempt(); status != 200 || err != nil {
				t.Errorf("afterwards: %d %v", status, err)
			}
		})
	}
	t.Run("hang", func(t *testing.T) {
		before := messages()
		ok(t, s.Control().Fault(ctx(t), Fault{Kind: "hang"}))
		impatient := &http.Client{Transport: client.Transport, Timeout: 50 * time.Millisecond}
		r := newRequest(t, "POST", s.APIURL()+"chat.postMessage", "application/json", `{"channel":"C0CSM","text":"t"}`, "Authorization", "Bearer "+s.BotToken())
		if w, err := impatient.Do(r); err == nil {
			w.Body.Close()
			t.Errorf("answered with %d", w.StatusCode)
		}
		if messages() != before {
			t.Error("it was done")
		}
	})
	t.Run("more than once", func(t *testing.T) {
		ok(t, s.Control().Fault(ctx(t), Fault{Kind: "429", Method: "auth.test", Times: 2, RetryAfter: 7}))
		for range 2 {
			if w, answer := callOnce(t, s, "auth.test", object{}); w.Header.Get("Retry-After") != "7" || answer["error"] != "ratelimited" {
				t.Errorf("got %s", encode(answer))
			}
		}
		must(t, do(t, s, "auth.test", nil))
	})
	if err := s.Control().Fault(ctx(t), Fault{Kind: "error"}); err == nil {
		t.Error("an error without a code was armed")
	}
}
