package bot

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"
)

// frame is a server's frame: unmasked.
func frame(first byte, payload string) []byte {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	return append(b, payload...)
}

// TestFrames feeds one stream in pieces of every size: notices are found
// wherever the cuts fall, and nothing else is taken for one.
func TestFrames(t *testing.T) {
	const text, ping, open = 0x81, 0x89, 0x01
	var stream bytes.Buffer
	stream.WriteString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n")
	for _, f := range [][]byte{
		frame(text, `{"type":"hello"}`), frame(ping, "x"), frame(text, strings.Repeat("a", 200)), frame(text, strings.Repeat("b", 70_000)),
		frame(open, `{"type":"disconnect"`), frame(0x80, `}`), frame(text, ""), frame(text, `{"type":"disconnect","reason":"link_disabled"}`),
	} {
		stream.Write(f)
	}
	want := []string{`{"type":"hello"}`, strings.Repeat("a", 200), "", `{"type":"disconnect","reason":"link_disabled"}`}
	for _, size := range []int{1, 2, 3, 7, 50, 1000, stream.Len()} {
		var got []string
		f := frames{onText: func(b []byte) { got = append(got, string(b)) }}
		for b := stream.Bytes(); len(b) > 0; {
			n := min(size, len(b))
			f.feed(b[:n])
			b = b[n:]
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("in pieces of %d (-want +got):\n%s", size, d)
		}
	}
}

// TestDialer speaks with a WebSocket server plainly, over TLS and through a
// proxy: each time acks are counted, pongs are not, and the notice is heard.
func TestDialer(t *testing.T) {
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := up.Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		if err := c.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)); err != nil {
			t.Error(err)
		}
		for range 2 {
			kind, b, err := c.ReadMessage()
			if err != nil || kind != websocket.TextMessage {
				t.Errorf("read %d %v", kind, err)
			}
			if len(b) != 20_000 {
				t.Errorf("an ack of %d bytes arrived", len(b))
			}
		}
		if err := c.WriteMessage(websocket.TextMessage, []byte(`{"type":"disconnect","reason":"too_many_websockets"}`)); err != nil {
			t.Error(err)
		}
	})
	plain, secure := httptest.NewServer(echo), httptest.NewTLSServer(echo)
	defer plain.Close()
	defer secure.Close()
	roots := x509.NewCertPool()
	roots.AddCert(secure.Certificate())
	asked := make(chan string, 1)
	proxy := httptest.NewServer(tunneller(t, asked))
	defer proxy.Close()
	via, err := url.Parse(strings.Replace(proxy.URL, "http://", "http://bot:secret@", 1))
	if err != nil {
		t.Fatal(err)
	}
	direct := func(*http.Request) (*url.URL, error) { return nil, nil }
	proxied := func(*http.Request) (*url.URL, error) { return via, nil }

	if n := (dialer{}).websocket().WriteBufferSize; n <= 20<<10 {
		t.Errorf("an ack is cut into frames of %d bytes; Slack doesn't put them together", n)
	}
	for name, c := range map[string]struct {
		address string
		proxy   func(*http.Request) (*url.URL, error)
	}{
		"plain": {plain.URL, direct}, "TLS": {secure.URL, direct}, "TLS through a proxy": {secure.URL, proxied},
	} {
		t.Run(name, func(t *testing.T) {
			var sent atomic.Int32
			var reason string
			d := dialer{proxy: c.proxy, silence: time.Minute, tls: &tls.Config{RootCAs: roots}, onSent: func() { sent.Add(1) }, onNotice: func(r string) { reason = r }}
			conn, _, err := d.websocket().DialContext(t.Context(), "ws"+strings.TrimPrefix(c.address, "http"), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			for range 2 {
				if err := conn.WriteMessage(websocket.TextMessage, bytes.Repeat([]byte("x"), 20_000)); err != nil {
					t.Fatal(err)
				}
			}
			if _, _, err := conn.ReadMessage(); err != nil { // answers the ping on the way
				t.Fatal(err)
			}
			if sent.Load() != 2 || reason != reasonTooMany {
				t.Errorf("%d acks counted, reason %q; want 2 and %q", sent.Load(), reason, reasonTooMany)
			}
		})
	}
	select {
	case got := <-asked:
		if want := "CONNECT Basic Ym90OnNlY3JldA=="; got != want {
			t.Errorf("the proxy was asked %q, want %q", got, want)
		}
	default:
		t.Error("the proxy was passed by")
	}
}

// tunneller is a small HTTP proxy.
func tunneller(t *testing.T, asked chan<- string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Method + " " + r.Header.Get("Proxy-Authorization")
		there, err := net.Dial("tcp", r.Host)
		if err != nil {
			t.Error(err)
			return
		}
		here, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		if _, err := io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n"); err != nil {
			t.Error(err)
		}
		var both sync.WaitGroup
		pump := func(to, from net.Conn) {
			_, _ = io.Copy(to, from) // it ends when either side hangs up
			_ = to.Close()
		}
		both.Go(func() { pump(there, here) })
		both.Go(func() { pump(here, there) })
		both.Wait()
	})
}

// TestSilence, in virtual time: a peer that falls silent is given up exactly so
// long after the last thing it sent, however small; one that pings isn't.
func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := net.Pipe()
		w := dialer{silence: slacksTempo.silence, onNotice: func(string) {}}.watch(here)
		go func() {
			for range 60 {
				time.Sleep(10 * time.Second)
				if _, err := there.Write(frame(0x89, "ping")); err != nil {
					t.Error(err)
				}
			}
			<-t.Context().Done()
		}()
		start := time.Now()
		b := make([]byte, 100)
		for {
			if _, err := w.Read(b); err != nil {
				if !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Error(err)
				}
				break
			}
		}
		if took := time.Since(start) - 600*time.Second; took != 30*time.Second {
			t.Errorf("given up %s after the last ping", took)
		}
	})
}

func TestProxyThatRefuses(t *testing.T) {
	proxy := httptest.NewServer(http.NotFoundHandler())
	defer proxy.Close()
	via, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	d := dialer{silence: time.Minute, proxy: func(*http.Request) (*url.URL, error) { return via, nil }}
	_, _, err = d.websocket().DialContext(context.Background(), "ws://slack.example/link", nil)
	if err == nil || !strings.Contains(err.Error(), "through the proxy "+via.Host) || !strings.Contains(err.Error(), "404") {
		t.Errorf("got %v, want the proxy and its answer named", err)
	}
}
