package slacksim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestTheControlAPIHasALock(t *testing.T) {
	s := start(t)
	get := func(header ...string) (*http.Response, object) {
		return send(t, newRequest(t, "GET", s.origin()+"/control/state", "", "", header...))
	}
	for name, c := range map[string]struct {
		header []string
		status int
	}{
		"no token":       {nil, 401},
		"a wrong token":  {[]string{"X-Control-Token", "guess"}, 401},
		"another origin": {[]string{"X-Control-Token", s.control, "Origin", "https://evil.example"}, 403},
		"our own page":   {[]string{"X-Control-Token", s.control, "Origin", s.origin()}, 200},
		"no origin":      {[]string{"X-Control-Token", s.control}, 200},
	} {
		if w, answer := get(c.header...); w.StatusCode != c.status || (answer["ok"] == true) != (c.status == 200) {
			t.Errorf("%s: %d %s", name, w.StatusCode, encode(answer["error"]))
		}
	}
	if w, _ := send(t, newRequest(t, "POST", s.origin()+"/control/nonsense", "", "", "X-Control-Token", s.control)); w.StatusCode != 404 {
		t.Errorf("an unknown path: %d", w.StatusCode)
	}
	var a answer
	ok(t, s.Control().ask(ctx(t), "POST", "say", []any{}, &a))
	if a.OK || !strings.Contains(a.Error, "not the JSON that was expected") {
		t.Errorf("a body of another form: %+v", a)
	}
}

func TestThePage(t *testing.T) {
	s := start(t)
	w, _ := send(t, newRequest(t, "GET", s.origin()+"/", "", ""))
	if w.StatusCode != 200 || w.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d %v", w.StatusCode, w.Header)
	}
	policy := w.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"} {
		has(t, policy, want)
	}
	if strings.Contains(policy, "unsafe") {
		t.Errorf("the policy is open: %s", policy)
	}
	if w, _ := send(t, newRequest(t, "POST", s.origin()+"/", "", "")); w.StatusCode != 405 {
		t.Errorf("a POST to the page: %d", w.StatusCode)
	}
}

func TestDial(t *testing.T) {
	s := start(t)
	c, err := Dial(s.PageURL())
	ok(t, err)
	if _, err := c.As("ana"); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{s.origin(), s.origin() + "/#token=", "::", "#token=x"} {
		if _, err := Dial(bad); err == nil {
			t.Errorf("%q was dialled", bad)
		}
	}
	wrong, err := Dial(s.origin() + "/#token=guess")
	ok(t, err)
	if _, err := wrong.As("ana"); err == nil || !strings.Contains(err.Error(), "control token") {
		t.Errorf("a wrong token: %v", err)
	}
}

func TestSeats(t *testing.T) {
	s := start(t)
	for _, who := range []string{"ana", "@ana", "Ana Ruiz", "U0ANA"} {
		if got := seat(t, s, who); got.ID != "U0ANA" {
			t.Errorf("%s is %s", who, got.ID)
		}
	}
	for who, want := range map[string]string{"zoe": "there are ana, ben", "gus": "deactivated", "otherbot": "bot"} {
		if _, err := s.Control().As(who); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", who, err)
		}
	}
}

func TestWhoSeesWhat(t *testing.T) {
	s := start(t)
	for who, want := range map[string]string{
		"ana": "csm outside old leads shared", "ben": "csm outside old secret shared", "gil": "csm", "eve": "shared",
	} {
		pic, err := s.Control().state(ctx(t), who)
		ok(t, err)
		var names []string
		for _, c := range pic.Channels {
			names = append(names, c.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s sees %s, want %s", who, got, want)
		}
	}
	pic, err := s.Control().state(ctx(t), "ben")
	ok(t, err)
	kinds := map[string]string{}
	for _, c := range append(pic.Channels, pic.DMs...) {
		kinds[c.Name] = fmt.Sprint(c.Kind, c.Member, c.Archived)
	}
	for name, want := range map[string]string{"csm": "publictrue false", "outside": "publicfalse false", "old": "publicfalse true",
		"secret": "privatetrue false", "shared": "sharedfalse false", "healthbot": "dmtrue false"} {
		if kinds[name] != want {
			t.Errorf("%s is %s, want %s", name, kinds[name], want)
		}
	}
	if _, err := seat(t, s, "ben").Messages(ctx(t), "leads"); err == nil || !strings.Contains(err.Error(), "there are csm") {
		t.Errorf("a private channel: %v", err)
	}
	for channel, want := range map[string]string{"outside": "is not in #outside", "old": "archived", "leads": "sees no channel"} {
		if _, err := seat(t, s, "ben").Say(ctx(t), channel, "t"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("saying in %s: %v", channel, err)
		}
	}
	if _, err := seat(t, s, "ben").Say(ctx(t), "csm", " "); err == nil {
		t.Error("nothing was said")
	}
	if _, err := seat(t, s, "ben").Reply(ctx(t), "csm", "1.000000", "t"); err == nil || !strings.Contains(err.Error(), "no thread") {
		t.Errorf("a reply to nothing: %v", err)
	}
}

func TestUnread(t *testing.T) {
	s := start(t)
	unread := func(who string) int {
		pic, err := s.Control().state(ctx(t), who)
		ok(t, err)
		return pic.Channels[0].Unread
	}
	post(t, s, "C0CSM", "one")
	two := post(t, s, "C0CSM", "two")
	if n := unread("ben"); n != 2 {
		t.Errorf("%d unread", n)
	}
	_, err := s.Control().post(ctx(t), "read", object{"as": "ben", "channel": "csm", "ts": two})
	ok(t, err)
	if n := unread("ben"); n != 0 {
		t.Errorf("%d unread after reading", n)
	}
	if n := unread("ana"); n != 2 {
		t.Errorf("Ana has %d unread", n)
	}
	if _, err := seat(t, s, "ana").Say(ctx(t), "csm", "mine"); err != nil || unread("ana") != 0 {
		t.Errorf("what one writes is read: %v, %d", err, unread("ana"))
	}
}

func TestTheOfficeClock(t *testing.T) {
	s := start(t)
	c := s.Control()
	at := time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC)
	near := func(want time.Time) {
		t.Helper()
		if d := s.Now().Sub(want); d < 0 || d > 5*time.Second {
			t.Errorf("the clock says %v, want about %v", s.Now(), want)
		}
	}
	ok(t, c.SetClock(ctx(t), at))
	near(at)
	ok(t, c.Advance(ctx(t), 48*time.Hour))
	near(at.Add(48 * time.Hour))
	for _, bad := range []object{{}, {"advance": "two days"}} {
		if _, err := c.post(ctx(t), "clock", bad); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
}

// A long poll answers at the first change, and only then.
func TestWaiting(t *testing.T) {
	s := start(t)
	c := s.Control()
	d, err := c.Dump(ctx(t))
	ok(t, err)
	answered := make(chan int64, 1)
	go func() {
		a, err := c.get(context.Background(), fmt.Sprintf("wait?since=%d", d.Seq))
		if err != nil {
			t.Error(err)
		}
		answered <- a.Seq
	}()
	select {
	case seq := <-answered:
		t.Fatalf("answered %d although nothing happened", seq)
	case <-time.After(30 * time.Millisecond):
	}
	post(t, s, "C0CSM", "t")
	if seq := <-answered; seq <= d.Seq {
		t.Errorf("seq went from %d to %d", d.Seq, seq)
	}
	if _, err := c.get(ctx(t), "wait?since=soon"); err == nil {
		t.Error("since must be a number")
	}
}

func TestAWaitThatFailsSaysWhatHappened(t *testing.T) {
	s := start(t)
	refused(t, do(t, s, "chat.postMessage", object{"channel": "C404", "text": "t"}), "channel_not_found")
	short, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	err := s.Control().Wait(short, func(Dump) bool { return false })
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "last calls: chat.postMessage channel_not_found") {
		t.Errorf("got %v", err)
	}
}

// Idle waits for acknowledgements, and for a moment of silence after them.
func TestIdle(t *testing.T) {
	s := start(t)
	w := connect(t, s)
	post(t, s, "C0CSM", "t")
	e := w.read()
	idle := make(chan error, 1)
	go func() { idle <- s.Control().Idle(context.Background()) }()
	select {
	case err := <-idle:
		t.Fatalf("idle although an envelope is open: %v", err)
	case <-time.After(2 * quietTime):
	}
	acked := time.Now()
	w.ack(e, nil)
	ok(t, <-idle)
	if quiet := time.Since(acked); quiet < quietTime {
		t.Errorf("idle after %v of silence", quiet)
	}
}

func TestNoSecretIsDumped(t *testing.T) {
	st := onStage(t)
	address := st.commandURL("csm")
	st.respond(address, object{"text": "t"})
	socket := ticket(t, st.Server)
	send(t, newRequest(t, "POST", st.APIURL()+"chat.postMessage", "application/x-www-form-urlencoded",
		form("token", st.BotToken(), "channel", "C0CSM", "text", "leaks "+st.BotToken()+" and "+st.AppToken())))
	_, secretPart, _ := strings.Cut(address, "/response/")
	_, ticketPart, _ := strings.Cut(socket, "ticket=")
	raw := string(encode(dump(t, st.Server)))
	has(t, raw, "leaks xoxb-… and xapp-…")
	for name, s := range map[string]string{"bot token": st.BotToken(), "app token": st.AppToken(), "control token": st.control, "response URL": secretPart, "ticket": ticketPart} {
		if strings.Contains(raw, s) {
			t.Errorf("the %s is in the dump", name)
		}
	}
}

func TestClosingEndsWhatWaits(t *testing.T) {
	s := start(t)
	w := connect(t, s)
	ended := make(chan error, 3)
	go func() { ended <- s.Control().Wait(context.Background(), func(Dump) bool { return false }) }()
	go func() { _, err := s.Control().get(context.Background(), "idle"); ended <- err }()
	go func() { ended <- seat(t, s, "ana").Command(context.Background(), "csm", "/health") }()
	w.read() // the command is under way
	ok(t, s.Close())
	for range 3 {
		<-ended
	}
	ok(t, s.Close())
}
