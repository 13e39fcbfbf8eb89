package bot

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/gorilla/websocket"
)

// slack-go queues an ack and says no more about it, and it treats every
// disconnect alike. Both things are plain to see on the wire, so we look there:
// a text frame that leaves is an ack that is out (nothing else is sent as text),
// and a disconnect that arrives names its reason.

// writeBuffer keeps an ack in one frame: Slack doesn't put fragments together.
// A dialer of one's own replaces slack-go's whole, so it must say this again.
const writeBuffer = 32 << 10

// dialer opens WebSocket connections whose frames can be watched.
type dialer struct {
	proxy    func(*http.Request) (*url.URL, error)
	tls      *tls.Config
	silence  time.Duration       // after which the other side is gone
	onSent   func()              // an ack left
	onNotice func(reason string) // Slack is about to hang up
}

func (d dialer) websocket() *websocket.Dialer {
	return &websocket.Dialer{
		HandshakeTimeout: httpTimeout,
		WriteBufferSize:  writeBuffer,
		// The proxy is asked in dial: gorilla would speak TLS to the proxy itself
		// once NetDialTLSContext is set, and without that one the frames are
		// encrypted when we see them.
		NetDialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := d.dial(ctx, network, addr, "http")
			if err != nil {
				return nil, err
			}
			return d.watch(c), nil
		},
		NetDialTLSContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := d.dial(ctx, network, addr, "https")
			if err != nil {
				return nil, err
			}
			cfg := &tls.Config{}
			if d.tls != nil {
				cfg = d.tls.Clone()
			}
			cfg.ServerName, _, _ = net.SplitHostPort(addr)
			t := tls.Client(c, cfg)
			if err := t.HandshakeContext(ctx); err != nil {
				_ = c.Close()
				return nil, fmt.Errorf("greet %s over TLS: %w", addr, err)
			}
			return d.watch(t), nil
		},
	}
}

// dial connects to addr, through a proxy where one is configured.
func (d dialer) dial(ctx context.Context, network, addr, scheme string) (net.Conn, error) {
	var net net.Dialer
	via, err := d.proxy(&http.Request{URL: &url.URL{Scheme: scheme, Host: addr}})
	if err != nil {
		return nil, fmt.Errorf("choose a proxy for %s: %w", addr, err)
	}
	if via == nil {
		return net.DialContext(ctx, network, addr)
	}
	c, err := net.DialContext(ctx, network, hostPort(via))
	if err != nil {
		return nil, fmt.Errorf("reach the proxy %s: %w", via.Host, err)
	}
	if err := tunnel(ctx, c, via, addr); err != nil {
		_ = c.Close()
		return nil, fmt.Errorf("go through the proxy %s: %w", via.Host, err)
	}
	return c, nil
}

// tunnel asks an HTTP proxy for a connection to addr.
func tunnel(ctx context.Context, c net.Conn, via *url.URL, addr string) error {
	if until, ok := ctx.Deadline(); ok {
		if err := c.SetDeadline(until); err != nil {
			return err
		}
		defer func() { _ = c.SetDeadline(time.Time{}) }()
	}
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: addr}, Host: addr, Header: http.Header{}}
	if u := via.User; u != nil {
		pass, _ := u.Password()
		auth := &http.Request{Header: http.Header{}}
		auth.SetBasicAuth(u.Username(), pass)
		req.Header.Set("Proxy-Authorization", auth.Header.Get("Authorization"))
	}
	if err := req.Write(c); err != nil {
		return err
	}
	// The far side speaks only after we do, so the reader can't take too much.
	res, err := http.ReadResponse(bufio.NewReader(c), req)
	if err != nil {
		return err
	}
	if err := res.Body.Close(); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("it answered %s", res.Status)
	}
	return nil
}

func hostPort(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	if u.Scheme == "https" {
		return net.JoinHostPort(u.Host, "443")
	}
	return net.JoinHostPort(u.Host, "80")
}

func (d dialer) watch(c net.Conn) net.Conn {
	return &wire{Conn: c, silence: d.silence, onSent: d.onSent, in: frames{onText: func(b []byte) {
		var m struct{ Type, Reason string }
		if json.Unmarshal(b, &m) == nil && m.Type == "disconnect" {
			d.onNotice(m.Reason)
		}
	}}}
}

// wire watches the frames of one connection as they pass.
type wire struct {
	net.Conn
	silence time.Duration
	onSent  func()
	in      frames // touched by the one reader alone
}

const opText = 1 // RFC 6455, section 5.2

// Write sees whole frames: gorilla flushes each in one call, and the HTTP
// request before them begins with 'G', which is no text frame's first byte.
func (w *wire) Write(p []byte) (int, error) {
	n, err := w.Conn.Write(p)
	if err == nil && len(p) > 0 && p[0]&0x0f == opText {
		w.onSent()
	}
	return n, err
}

// Read ends a connection on which nothing arrives any more, not even a ping. Of
// a peer that is gone without a word nobody else tells us, and slack-go's own
// watch looks every thirty seconds for a ping within the last thirty, so that it
// may take sixty.
func (w *wire) Read(p []byte) (int, error) {
	if err := w.SetReadDeadline(time.Now().Add(w.silence)); err != nil {
		return 0, err
	}
	n, err := w.Conn.Read(p)
	w.in.feed(p[:n])
	return n, err
}

// frames follows a server's side of a WebSocket connection and hands out the
// short text messages; longer ones aren't kept, because notices are short.
type frames struct {
	onText  func([]byte)
	begun   bool   // the HTTP answer is behind us
	head    []byte // of the HTTP answer's end, or of the frame being read
	body    []byte
	left    uint64 // bytes of the frame still to come
	text    bool   // keep them
	reading bool
}

const longestNotice = 4 << 10

var endOfHeaders = []byte("\r\n\r\n")

func (f *frames) feed(p []byte) {
	for len(p) > 0 {
		switch {
		case !f.begun:
			p = f.skipHeaders(p)
		case f.reading:
			n := min(uint64(len(p)), f.left)
			if f.text {
				f.body = append(f.body, p[:n]...)
			}
			f.left -= n
			p = p[n:]
			f.finish()
		default:
			f.head = append(f.head, p[0])
			p = p[1:]
			f.start()
		}
	}
}

// skipHeaders drops the HTTP answer, which may arrive in pieces.
func (f *frames) skipHeaders(p []byte) []byte {
	all := append(f.head, p...)
	i := bytes.Index(all, endOfHeaders)
	if i < 0 {
		f.head = bytes.Clone(all[max(0, len(all)-len(endOfHeaders)+1):])
		return nil
	}
	rest := len(all) - i - len(endOfHeaders)
	f.begun, f.head = true, nil
	return p[len(p)-rest:]
}

// start begins a frame once its head is complete. A server's frames aren't masked.
func (f *frames) start() {
	if len(f.head) < 2 {
		return
	}
	size := uint64(f.head[1] & 0x7f)
	switch {
	case size == 126 && len(f.head) < 4, size == 127 && len(f.head) < 10:
		return
	case size == 126:
		size = uint64(binary.BigEndian.Uint16(f.head[2:]))
	case size == 127:
		size = binary.BigEndian.Uint64(f.head[2:])
	}
	const final = 0x80
	f.text = f.head[0] == final|opText && size <= longestNotice
	f.head, f.body, f.left, f.reading = f.head[:0], f.body[:0], size, true
	f.finish()
}

func (f *frames) finish() {
	if f.left > 0 {
		return
	}
	f.reading = false
	if f.text {
		f.onText(f.body)
	}
}
