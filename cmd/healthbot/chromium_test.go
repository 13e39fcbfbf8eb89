package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// A browser is one page of a headless Chromium, worked by mouse and keyboard
// over its DevTools protocol.
type browser struct {
	t       *testing.T
	ws      *websocket.Conn
	session string

	mu      sync.Mutex
	asked   int
	waiting map[int]chan devtools
	errors  []string // what the page's console complained of
}

// devtools is a frame of the protocol, of any kind.
type devtools struct {
	ID        int             `json:"id"`
	SessionID string          `json:"sessionId"`
	Method    string          `json:"method"`
	Params    json.RawMessage `json:"params"`
	Result    json.RawMessage `json:"result"`
	Error     *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// patience is how long a page may take for what a person waits for.
const patience = 30 * time.Second

// openBrowser starts Chromium with a profile of its own and nothing in it that
// would speak to anybody but the page.
func openBrowser(t *testing.T) *browser {
	t.Helper()
	path, err := exec.LookPath(cmp.Or(os.Getenv("CHROMIUM"), "/usr/bin/chromium"))
	if err != nil {
		t.Skip("there is no Chromium; set CHROMIUM to its path")
	}
	profile, err := os.MkdirTemp("", "healthbot-browser-")
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage",
		"--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--window-size=1440,1000", "--remote-debugging-port=0", "--user-data-dir="+profile, "about:blank")
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	address := make(chan string, 1)
	ended := make(chan struct{})
	go func() { defer close(ended); watch(stderr, address) }()
	b := &browser{t: t, waiting: map[int]chan devtools{}}
	t.Cleanup(func() {
		b.quit(c, ended)
		if err := os.RemoveAll(profile); err != nil {
			t.Logf("Chromium's profile stays behind: %v", err)
		}
	})
	select {
	case a := <-address:
		b.attach(a)
	case <-ended:
		t.Fatal("Chromium ended before it listened")
	case <-time.After(2 * patience):
		t.Fatal("Chromium does not listen")
	}
	return b
}

var devtoolsAddress = regexp.MustCompile(`ws://\S+`)

// watch reads what Chromium prints to its end, and hands over the address at
// which it listens.
func watch(stderr io.Reader, address chan<- string) {
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		if a := devtoolsAddress.FindString(lines.Text()); a != "" {
			address <- a // it says so once; the channel has room
			break
		}
	}
	_, _ = io.Copy(io.Discard, stderr) // ends with the process, however it ends
}

// quit ends Chromium, politely if it listens.
func (b *browser) quit(c *exec.Cmd, ended <-chan struct{}) {
	if b.ws == nil || b.ws.WriteJSON(map[string]any{"id": 0, "method": "Browser.close"}) != nil {
		_ = c.Process.Kill() // it has ended by itself if this fails
	}
	select {
	case <-ended:
	case <-time.After(patience):
		b.t.Log("Chromium did not close and is ended")
		_ = c.Process.Kill()
		<-ended
	}
	_ = c.Wait() // how it ended says nothing about the page
	if b.ws != nil {
		_ = b.ws.Close()
	}
}

func (b *browser) attach(address string) {
	b.t.Helper()
	ws, _, err := websocket.DefaultDialer.DialContext(b.t.Context(), address, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	b.ws = ws
	go b.read()
	var target struct{ TargetID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log"} {
		b.call(domain+".enable", nil, nil)
	}
	b.call("Page.addScriptToEvaluateOnNewDocument", map[string]any{"source": eyes}, nil)
}

// read hands out answers and keeps complaints, until the connection ends.
func (b *browser) read() {
	for {
		var f devtools
		if err := b.ws.ReadJSON(&f); err != nil {
			b.mu.Lock()
			for _, c := range b.waiting {
				close(c)
			}
			b.waiting = map[int]chan devtools{}
			b.mu.Unlock()
			return
		}
		b.mu.Lock()
		if c := b.waiting[f.ID]; c != nil {
			delete(b.waiting, f.ID)
			c <- f
		} else if complaint := complaint(f); complaint != "" {
			b.errors = append(b.errors, complaint)
		}
		b.mu.Unlock()
	}
}

// complaint is what an event says that a developer would see in red.
func complaint(f devtools) string {
	var p struct {
		Type  string
		Entry struct{ Level, Text, URL string }
	}
	if err := json.Unmarshal(f.Params, &p); err != nil {
		return ""
	}
	switch {
	case f.Method == "Runtime.exceptionThrown",
		f.Method == "Runtime.consoleAPICalled" && (p.Type == "error" || p.Type == "assert"):
		return string(f.Params)
	case f.Method == "Log.entryAdded" && p.Entry.Level == "error":
		return p.Entry.Text + " " + p.Entry.URL
	}
	return ""
}

// call asks Chromium for something; into takes the answer, if it matters.
func (b *browser) call(method string, params, into any) {
	b.t.Helper()
	c := make(chan devtools, 1)
	b.mu.Lock()
	b.asked++
	question := map[string]any{"id": b.asked, "method": method}
	if params != nil {
		question["params"] = params
	}
	if b.session != "" {
		question["sessionId"] = b.session
	}
	b.waiting[b.asked] = c
	err := b.ws.WriteJSON(question)
	b.mu.Unlock()
	if err != nil {
		b.t.Fatalf("%s: %v", method, err)
	}
	select {
	case answer, open := <-c:
		switch {
		case !open:
			b.t.Fatalf("%s: Chromium is gone", method)
		case answer.Error != nil:
			b.t.Fatalf("%s: %s", method, answer.Error.Message)
		case into != nil:
			if err := json.Unmarshal(answer.Result, into); err != nil {
				b.t.Fatalf("%s: %v in %s", method, err, answer.Result)
			}
		}
	case <-time.After(2 * patience):
		b.t.Fatalf("%s: no answer", method)
	}
}

// eyes are what a page is looked at with. seen finds what is drawn, by selector
// and text. until looks at every frame. still is where the middle of an element
// is, once it has stopped moving and nothing lies over it; struck, whether the
// mouse then met it.
const eyes = `
	let struck;
	const seen = (selector, text = '') => [...document.querySelectorAll(selector)].find((e) => e.getClientRects().length && e.textContent.includes(text));
	const until = async (look, patience) => {
		for (const end = performance.now() + patience; performance.now() < end; await new Promise(requestAnimationFrame)) {
			const found = await look();
			if (found) return found;
		}
		return null;
	};
	const still = async (e) => {
		if (!e) return null;
		e.scrollIntoView({ block: 'nearest' });
		const middle = () => { const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; };
		const before = middle();
		await new Promise(requestAnimationFrame);
		const now = middle();
		const hit = document.elementFromPoint(...now);
		if (before.join() !== now.join() || !hit || !(e.contains(hit) || hit.contains(e))) return null;
		struck = false;
		hit.addEventListener('pointerdown', () => { struck = true; }, { once: true, capture: true });
		return now;
	};`

// wait evaluates an expression at every frame until it is truthy.
func (b *browser) wait(expression string, into any) {
	b.t.Helper()
	var answer struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct{ Exception struct{ Description string } }
	}
	b.call("Runtime.evaluate", map[string]any{
		"expression":   fmt.Sprintf("until(() => %s, %d)", expression, patience.Milliseconds()),
		"awaitPromise": true, "returnByValue": true,
	}, &answer)
	if e := answer.ExceptionDetails; e != nil {
		b.t.Fatalf("%s: %s", expression, e.Exception.Description)
	}
	if string(answer.Result.Value) == "null" {
		b.t.Fatalf("this never came true: %s\nthe page shows:\n%s", expression, b.text())
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(answer.Result.Value, into); err != nil {
		b.t.Fatalf("%s is %s: %v", expression, answer.Result.Value, err)
	}
}

// text is everything that the page shows, for a failure.
func (b *browser) text() string {
	var answer struct{ Result struct{ Value string } }
	b.call("Runtime.evaluate", map[string]any{"expression": "document.body.innerText", "returnByValue": true}, &answer)
	return answer.Result.Value
}

func (b *browser) open(address string) {
	b.t.Helper()
	b.call("Page.navigate", map[string]any{"url": address}, nil)
	// Between two documents there is none to look at: ask until the new one has eyes.
	for end := time.Now().Add(patience); time.Now().Before(end); {
		var answer struct{ Result struct{ Value bool } }
		b.call("Runtime.evaluate", map[string]any{"expression": "location.protocol === 'http:' && typeof seen === 'function'", "returnByValue": true}, &answer)
		if answer.Result.Value {
			return
		}
	}
	b.t.Fatalf("%s does not open", address)
}

// sees waits until something is drawn that fits selector and text.
func (b *browser) sees(selector, text string) {
	b.t.Helper()
	b.wait(fmt.Sprintf("Boolean(seen(%q, %q))", selector, text), nil)
}

// click presses the mouse in the middle of what sees would see. What moved away
// between the look and the press is looked for again.
func (b *browser) click(selector, text string) {
	b.t.Helper()
	for range 5 {
		var at [2]float64
		b.wait(fmt.Sprintf("still(seen(%q, %q))", selector, text), &at)
		for _, event := range []string{"mouseMoved", "mousePressed", "mouseReleased"} {
			b.call("Input.dispatchMouseEvent", map[string]any{"type": event, "x": at[0], "y": at[1], "button": "left", "clickCount": 1}, nil)
		}
		var hit string
		b.wait("until(() => struck, 2000).then((hit) => (hit ? 'hit' : 'missed'))", &hit)
		if hit == "hit" {
			return
		}
	}
	b.t.Fatalf("%s %q moves away from the mouse", selector, text)
}

// write clicks into a field and types over what stands there.
func (b *browser) write(selector, text string) {
	b.t.Helper()
	b.click(selector, "")
	b.call("Input.dispatchKeyEvent", map[string]any{"type": "keyDown", "key": "a", "code": "KeyA", "modifiers": 2, "commands": []string{"selectAll"}}, nil)
	b.call("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": "a", "code": "KeyA", "modifiers": 2}, nil)
	b.call("Input.insertText", map[string]any{"text": text}, nil)
}

// complaints are the errors of the console so far.
func (b *browser) complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.errors...)
}
