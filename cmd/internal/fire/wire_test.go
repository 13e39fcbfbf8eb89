package fire

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

var upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }, WriteBufferSize: 64 << 10}

// socket carries one Socket Mode connection through, in both directions.
func (g *gate) socket(w http.ResponseWriter, r *http.Request) {
	slack, res, err := websocket.DefaultDialer.Dial("ws"+g.slack[len("http"):]+r.URL.RequestURI(), nil)
	if err != nil {
		if res != nil {
			http.Error(w, "no place", res.StatusCode)
			return
		}
		cut(w)
		return
	}
	bot, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		_ = slack.Close() // the bot has gone
		return
	}
	g.mu.Lock()
	g.conns[bot], g.conns[slack] = true, true
	old := g.unacked
	g.unacked = map[string][]byte{}
	g.mu.Unlock()

	toBot := &pipe{ws: bot}
	slack.SetPingHandler(func(data string) error {
		deadline := time.Now().Add(time.Second)
		if err := bot.WriteControl(websocket.PingMessage, []byte(data), deadline); err != nil {
			return err
		}
		return slack.WriteControl(websocket.PongMessage, []byte(data), deadline)
	})
	var both sync.WaitGroup
	hangUp := func() { _, _ = slack.Close(), bot.Close() } // either may have gone first
	both.Go(func() {
		defer hangUp()
		g.carry(slack, toBot, g.toBot)
	})
	both.Go(func() {
		defer hangUp()
		g.carry(bot, &pipe{ws: slack}, g.toSlack)
	})
	g.again(toBot, old)
	both.Wait()
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.conns, bot)
	delete(g.conns, slack)
}

// pipe is one direction of a connection; writers take turns.
type pipe struct {
	mu sync.Mutex
	ws *websocket.Conn
}

func (p *pipe) write(frame []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ws.WriteMessage(websocket.TextMessage, frame)
}

// carry hands frames on until an end is gone; on looks at each.
func (g *gate) carry(from *websocket.Conn, to *pipe, on func([]byte) (out []byte, after func())) {
	for {
		kind, frame, err := from.ReadMessage()
		if err != nil || kind != websocket.TextMessage {
			return
		}
		out, after := on(frame)
		if out != nil && to.write(out) != nil {
			return
		}
		if out != nil && after != nil {
			after()
		}
	}
}

// again delivers what no process acknowledged once more, to the next one: Slack
// may do so at any time within the hour.
func (g *gate) again(to *pipe, old map[string][]byte) {
	for id, frame := range old {
		g.mu.Lock()
		repeat := g.slow > 0 && g.rng.IntN(2) == 0
		if repeat {
			g.clicks[id].late = true
		}
		g.mu.Unlock()
		if repeat && to.write(frame) != nil {
			return
		}
	}
}

// interaction is what an envelope tells of a press or a submission.
type interaction struct {
	ID      string `json:"envelope_id"`
	Type    string `json:"type"`
	Payload struct {
		Type    string
		Trigger string `json:"trigger_id"`
		User    struct{ ID string }
		Actions []struct {
			Text struct{ Text string }
		}
		View struct {
			Submit struct{ Text string }
		}
	}
}

// changes are the presses that change a record at once; a submission always does.
var changes = []string{"Take it", "Accept"}

func (g *gate) toBot(frame []byte) ([]byte, func()) {
	frame = bytes.ReplaceAll(frame, []byte(g.slack), []byte(g.URL)) // response URLs come through here too
	var e interaction
	if err := json.Unmarshal(frame, &e); err != nil || e.Type != "interactive" {
		return frame, nil
	}
	c := &click{envelope: e.ID, person: e.Payload.User.ID, trigger: e.Payload.Trigger}
	c.change = e.Payload.Type == "view_submission"
	for _, a := range e.Payload.Actions {
		c.change = c.change || slices.Contains(changes, a.Text.Text)
	}
	g.mu.Lock()
	if g.clicks[e.ID] == nil { // a repeat is the same click
		g.clicks[e.ID], g.latest[c.person], g.unacked[e.ID] = c, c, frame
	}
	g.mu.Unlock()
	if !c.change {
		return frame, nil
	}
	if t := g.at(clickArrives); t != nil {
		<-t.released
	}
	return frame, func() {
		if t := g.at(clickPassed); t != nil {
			<-t.released
		}
	}
}

func (g *gate) toSlack(frame []byte) ([]byte, func()) {
	var ack struct {
		ID      string `json:"envelope_id"`
		Payload struct {
			Action string `json:"response_action"`
			View   struct{ Title struct{ Text string } }
		}
	}
	if err := json.Unmarshal(frame, &ack); err != nil {
		return frame, nil
	}
	g.mu.Lock()
	c := g.clicks[ack.ID]
	g.mu.Unlock()
	if c == nil {
		return frame, nil
	}
	if c.change {
		if t := g.at(ackArrives); t != nil {
			<-t.released
			return nil, nil // its sender is dead, and it never left the machine
		}
	}
	g.mu.Lock()
	c.acked, c.action, c.title = true, ack.Payload.Action, ack.Payload.View.Title.Text
	delete(g.unacked, ack.ID)
	g.mu.Unlock()
	return frame, func() {
		if t := g.at(ackPassed); c.change && t != nil {
			<-t.released
		}
	}
}

// last is a person's latest click, as it stands.
func (g *gate) last(person string) click {
	g.mu.Lock()
	defer g.mu.Unlock()
	if c := g.latest[person]; c != nil {
		return *c
	}
	return click{}
}
