package fire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path"
	"strings"
	"time"
)

// call carries one Web API call through.
func (g *gate) call(w http.ResponseWriter, r *http.Request) {
	method := path.Base(r.URL.Path)
	body, err := io.ReadAll(r.Body)
	g.mu.Lock()
	closed, rest := g.closed, time.Duration(0)
	if g.slow > 0 && method == "chat.postMessage" {
		rest = time.Duration(g.rng.Int64N(int64(g.slow)))
	}
	if method == "apps.connections.open" {
		rest = g.dialing
	}
	g.mu.Unlock()
	if closed {
		http.Error(w, "upstream connect error", http.StatusServiceUnavailable) // as Slack's edge does
		return
	}
	if err != nil {
		cut(w)
		return
	}
	delivery := ""
	if method == "chat.postMessage" {
		delivery = metadata(body)
		g.note(g.tried, delivery)
		g.note(g.flying, delivery)
		defer func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			delete(g.flying, delivery)
		}()
		if t := g.at(postArrives); t != nil {
			<-t.released
			rest = settle / 3 // it is on its way still
		}
	}
	pause(g.ctx, rest)
	g.before(method)
	res, answer, err := g.forward(r, body)
	if err != nil {
		g.note(g.doubted, delivery)
		cut(w)
		return
	}
	switch method {
	case "chat.postMessage":
		g.posted(delivery, body, answer, res.StatusCode)
		if t := g.at(postTaken); t != nil {
			<-t.released
		}
	case "views.open":
		g.opened(body, answer)
	case "apps.connections.open":
		g.mu.Lock()
		g.opens = append(g.opens, time.Now())
		g.mu.Unlock()
		answer = bytes.ReplaceAll(answer, []byte("ws"+strings.TrimPrefix(g.slack, "http")), []byte("ws"+strings.TrimPrefix(g.URL, "http")))
	}
	for name, values := range res.Header {
		if name != "Content-Length" {
			w.Header()[name] = values
		}
	}
	w.WriteHeader(res.StatusCode)
	_, err = w.Write(answer)
	if err = errors.Join(err, http.NewResponseController(w).Flush(), r.Context().Err()); err != nil {
		g.note(g.doubted, delivery) // nobody read it
	} else if method == "chat.postMessage" {
		if t := g.at(postAnswered); t != nil {
			<-t.released
		}
	}
}

// forward asks the local Slack. What was on its way arrives there even when the
// bot is gone; only what Slack never answers ends a while after the bot.
func (g *gate) forward(r *http.Request, body []byte) (*http.Response, []byte, error) {
	ctx, cancel := context.WithCancel(g.ctx)
	defer cancel()
	defer context.AfterFunc(r.Context(), func() { time.AfterFunc(settle/4, cancel) })()
	req, err := http.NewRequestWithContext(ctx, r.Method, g.slack+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	req.Header = r.Header.Clone()
	res, err := g.http.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	return res, answer, err
}

// posted notes what Slack took of a post.
func (g *gate) posted(delivery string, body, answer []byte, status int) {
	var a struct {
		OK      bool
		Channel string
		TS      string
		Message struct {
			Text     string
			ThreadTS string `json:"thread_ts"`
			Blocks   []any
		}
	}
	if err := json.Unmarshal(answer, &a); err != nil || status != http.StatusOK || !a.OK {
		g.note(g.doubted, delivery)
		return
	}
	g.mu.Lock()
	g.posts = append(g.posts, arrival{delivery, a.Channel, a.TS, time.Now()})
	g.mu.Unlock()
	g.seen(sight{delivery, a.Channel, a.TS, a.Message.Text, labels(a.Message.Blocks)})
}
