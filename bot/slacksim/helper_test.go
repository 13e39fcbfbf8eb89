package slacksim

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// office is a small workspace with one of everything.
func office() Workspace {
	return Workspace{
		TeamID: "T0LOCAL", TeamName: "Local Office", AppID: "A0APP", BotUserID: "U0BOT", BotName: "healthbot", Command: "/health",
		BotScopes: []string{"chat:write", "commands", "app_mentions:read", "channels:read", "groups:read", "channels:history",
			"groups:history", "im:history", "im:read", "im:write", "users:read", "team:read", "channels:join"},
		AppScopes: []string{"connections:write"},
		Events: []string{"app_home_opened", "app_mention", "message.channels", "message.groups", "message.im",
			"member_joined_channel"},
		People: []Person{
			{ID: "U0ANA", Name: "ana", RealName: "Ana Ruiz", Title: "CSM", TZ: "Europe/Madrid", Locale: "es-ES"},
			{ID: "U0BEN", Name: "ben", RealName: "Ben Okafor", TZ: "America/New_York", Locale: "en-US"},
			{ID: "U0GUEST", Name: "gil", RealName: "Gil Guest", TZ: "UTC", Guest: true},
			{ID: "U0EXT", Name: "eve", RealName: "Eve Elsewhere", TZ: "UTC", Stranger: true},
			{ID: "U0GONE", Name: "gus", RealName: "Gus Gone", TZ: "UTC", Deactivated: true},
			{ID: "U0OTHER", Name: "otherbot", RealName: "Other", TZ: "UTC", Bot: true},
		},
		Channels: []Channel{
			{ID: "C0CSM", Name: "csm", Topic: "Reviews", Members: []string{"U0ANA", "U0BEN", "U0BOT", "U0GUEST"}},
			{ID: "C0OUT", Name: "outside", Members: []string{"U0ANA"}},
			{ID: "C0OLD", Name: "old", Archived: true, Members: []string{"U0ANA", "U0BOT"}},
			{ID: "C0PRIV", Name: "leads", Private: true, Members: []string{"U0ANA", "U0BOT"}},
			{ID: "C0SECRET", Name: "secret", Private: true, Members: []string{"U0BEN"}},
			{ID: "C0SHARED", Name: "shared", Shared: true, Members: []string{"U0ANA", "U0EXT", "U0BOT"}},
		},
	}
}

// start runs a server whose rates do not matter, unless change says otherwise.
func start(t *testing.T, change ...func(*Options)) *Server {
	t.Helper()
	o := Options{Workspace: office(), RateFactor: 1000, Log: t.Logf}
	for _, c := range change {
		c(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func strictRates(o *Options) { o.RateFactor = 1 }

func ctx(t *testing.T) context.Context {
	t.Helper()
	c, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	t.Cleanup(cancel)
	return c
}

// client keeps no connections, so that none outlives a test.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

func send(t *testing.T, r *http.Request) (*http.Response, object) {
	t.Helper()
	w, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	var raw bytes.Buffer
	if _, err := raw.ReadFrom(w.Body); err != nil {
		t.Fatal(err)
	}
	v, err := decode(raw.Bytes())
	if err != nil {
		return w, object{"raw": raw.String()}
	}
	return w, obj(v)
}

func newRequest(t *testing.T, method, address, contentType, body string, header ...string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx(t), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

// do calls a method as the bot, with a JSON body.
func do(t *testing.T, s *Server, method string, args object) object {
	t.Helper()
	return doAs(t, s, s.BotToken(), method, args)
}

func doAs(t *testing.T, s *Server, token, method string, args object) object {
	t.Helper()
	if args == nil {
		args = object{}
	}
	_, answer := send(t, newRequest(t, "POST", s.APIURL()+method, "application/json; charset=utf-8", string(encode(args)), "Authorization", "Bearer "+token))
	return answer
}

func must(t *testing.T, answer object) object {
	t.Helper()
	if answer["ok"] != true {
		t.Fatalf("refused: %s", encode(answer))
	}
	return answer
}

func refused(t *testing.T, answer object, code string) object {
	t.Helper()
	if answer["ok"] != false || answer["error"] != code {
		t.Fatalf("got %s, want error %s", encode(answer), code)
	}
	return answer
}

func post(t *testing.T, s *Server, channel, text string) (ts string) {
	t.Helper()
	return str(must(t, do(t, s, "chat.postMessage", object{"channel": channel, "text": text}))["ts"])
}

func js(t *testing.T, text string) object {
	t.Helper()
	v, err := decode([]byte(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return obj(v)
}

// appSocket is an app's side of Socket Mode, frame by frame.
type appSocket struct {
	t  *testing.T
	ws *websocket.Conn
}

func ticket(t *testing.T, s *Server) string {
	t.Helper()
	return str(must(t, doAs(t, s, s.AppToken(), "apps.connections.open", nil))["url"])
}

func dialSocket(t *testing.T, address string) *appSocket {
	t.Helper()
	ws, _, err := websocket.DefaultDialer.DialContext(ctx(t), address, http.Header{"Origin": {"https://api.slack.com"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ws.Close() })
	if err := ws.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return &appSocket{t, ws}
}

// connect opens a socket and takes its hello.
func connect(t *testing.T, s *Server) *appSocket {
	t.Helper()
	w := dialSocket(t, ticket(t, s))
	if hello := w.read(); hello["type"] != "hello" {
		t.Fatalf("first frame: %s", encode(hello))
	}
	return w
}

func (w *appSocket) read() object {
	w.t.Helper()
	_, frame, err := w.ws.ReadMessage()
	if err != nil {
		w.t.Fatalf("no frame came: %v", err)
	}
	return js(w.t, string(frame))
}

func (w *appSocket) ack(envelope object, payload any) {
	w.t.Helper()
	answer := object{"envelope_id": envelope["envelope_id"]}
	if payload != nil {
		answer["payload"] = payload
	}
	if err := w.ws.WriteMessage(websocket.TextMessage, encode(answer)); err != nil {
		w.t.Fatal(err)
	}
}

// serve acknowledges whatever comes with what answer says, until the
// connection ends.
func (w *appSocket) serve(answer func(envelope object) any) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			_, frame, err := w.ws.ReadMessage()
			if err != nil {
				return
			}
			v, err := decode(frame)
			if err != nil {
				w.t.Errorf("a frame that is no JSON: %v", err)
				return
			}
			e := obj(v)
			if e["envelope_id"] == nil {
				continue
			}
			reply := object{"envelope_id": e["envelope_id"]}
			if payload := answer(e); payload != nil {
				reply["payload"] = payload
			}
			if err := w.ws.WriteMessage(websocket.TextMessage, encode(reply)); err != nil {
				return
			}
		}
	}()
	w.t.Cleanup(func() { w.ws.Close(); <-done })
}

func seat(t *testing.T, s *Server, who string) *Seat {
	t.Helper()
	p, err := s.Control().As(who)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func dump(t *testing.T, s *Server) Dump {
	t.Helper()
	d, err := s.Control().Dump(ctx(t))
	ok(t, err)
	return d
}

func form(pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v.Encode()
}

func has(t *testing.T, text, want string) {
	t.Helper()
	if !strings.Contains(text, want) {
		t.Fatalf("%q is not in:\n%s", want, text)
	}
}
