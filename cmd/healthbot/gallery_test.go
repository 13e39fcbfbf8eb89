package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/websocket"

	"healthbot/bot/slacksim"
)

// gallery is something of every kind that the page draws: messages, a modal, a
// second one, and a Home. It is what Slack itself would take.
type gallery struct {
	Messages            []json.RawMessage
	Modal, Second, Home json.RawMessage
}

// A galleryApp is an app that shows its gallery to whoever presses something.
type galleryApp struct {
	t *testing.T
	s *slacksim.Server
	gallery

	mu      sync.Mutex
	actions []string // what was pressed
	state   string   // of the last submission
}

func openGallery(t *testing.T) *galleryApp {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "gallery.json"))
	if err != nil {
		t.Fatal(err)
	}
	s, _ := slackOfMany(t, 0)
	a := &galleryApp{t: t, s: s}
	if err := json.Unmarshal(raw, &a.gallery); err != nil {
		t.Fatal(err)
	}
	var root string
	for i, blocks := range a.Messages {
		root = a.call("chat.postMessage", map[string]any{"channel": "C0MANY", "text": fmt.Sprint("gallery ", i), "blocks": blocks}).TS
	}
	a.call("chat.postMessage", map[string]any{"channel": "C0MANY", "text": "a reply", "thread_ts": root})
	a.call("reactions.add", map[string]any{"channel": "C0MANY", "timestamp": root, "name": "eyes"})
	address := callAs(t, s, s.AppToken(), "apps.connections.open", map[string]any{}).URL
	ws, _, err := websocket.DefaultDialer.DialContext(t.Context(), address, nil)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { _ = ws.Close(); <-done }) // it has ended by itself if this fails
	go func() { defer close(done); a.serve(ws) }()
	return a
}

func (a *galleryApp) call(method string, args map[string]any) slackAnswer {
	a.t.Helper()
	return callAs(a.t, a.s, a.s.BotToken(), method, args)
}

// serve acknowledges everything; a press opens the modal, its submission pushes
// the second, whose submission is refused.
func (a *galleryApp) serve(ws *websocket.Conn) {
	for {
		var e struct {
			EnvelopeID string `json:"envelope_id"`
			Payload    struct {
				Type      string
				TriggerID string `json:"trigger_id"`
				Actions   []struct {
					ActionID string `json:"action_id"`
				}
				View struct {
					Blocks []json.RawMessage
					State  json.RawMessage
				}
				Event struct{ Type, User string }
			}
		}
		if err := ws.ReadJSON(&e); err != nil {
			return
		}
		if e.EnvelopeID == "" {
			continue
		}
		ack := map[string]any{"envelope_id": e.EnvelopeID}
		p := e.Payload
		if p.Type == "view_submission" {
			ack["payload"] = map[string]any{"response_action": "errors", "errors": map[string]string{"Task": "This task exists already."}}
			if len(p.View.Blocks) > 1 {
				ack["payload"] = map[string]any{"response_action": "push", "view": a.Second}
				a.mu.Lock()
				a.state = string(p.View.State)
				a.mu.Unlock()
			}
		}
		if err := ws.WriteJSON(ack); err != nil {
			return
		}
		if p.Event.Type == "app_home_opened" {
			a.call("views.publish", map[string]any{"user_id": p.Event.User, "view": a.Home})
		}
		if p.Type == "block_actions" {
			a.mu.Lock()
			a.actions = append(a.actions, p.Actions[0].ActionID)
			a.mu.Unlock()
			if p.Actions[0].ActionID == "review" {
				a.call("views.open", map[string]any{"trigger_id": p.TriggerID, "view": a.Modal})
			}
		}
	}
}

func (a *galleryApp) pressed(action string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Contains(a.actions, action)
}

// nameless lists the controls of the accessibility tree that have no name.
func (b *browser) nameless() (found []string) {
	b.t.Helper()
	kinds := strings.Fields("button link textbox searchbox combobox checkbox radio listbox option tab menuitem menuitemradio dialog " +
		"alertdialog spinbutton image table region navigation complementary main Date InputTime DateTime switch")
	var tree struct {
		Nodes []struct {
			Ignored    bool
			Role, Name struct{ Value string }
			BackendID  int `json:"backendDOMNodeId"`
		}
	}
	b.call("Accessibility.getFullAXTree", nil, &tree)
	if len(tree.Nodes) < 50 {
		b.t.Fatalf("the tree has %d nodes", len(tree.Nodes))
	}
	for _, n := range tree.Nodes {
		if n.Ignored || !slices.Contains(kinds, n.Role.Value) || strings.TrimSpace(n.Name.Value) != "" {
			continue
		}
		var at struct {
			Node struct {
				NodeName   string
				Attributes []string
			}
		}
		b.call("DOM.describeNode", map[string]any{"backendNodeId": n.BackendID}, &at)
		found = append(found, fmt.Sprintf("%s %s %v", n.Role.Value, at.Node.NodeName, at.Node.Attributes))
	}
	return found
}

// faint lists texts that stand out too little from what is behind them, by the
// rule of WCAG 2, level AA; and what reaches beyond the right edge.
const faint = `(() => {
	const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
	const rgba = (css) => { pen.clearRect(0, 0, 1, 1); pen.fillStyle = css; pen.fillRect(0, 0, 1, 1); const d = pen.getImageData(0, 0, 1, 1).data; return [d[0], d[1], d[2], d[3] / 255]; };
	const over = (a, b) => [0, 1, 2].map((i) => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
	const light = (c) => { const f = c.slice(0, 3).map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)); return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2]; };
	const behind = (e) => { const all = []; for (let x = e; x; x = x.parentElement) all.unshift(rgba(getComputedStyle(x).backgroundColor)); return all.reduce((below, one) => over(one, below)); };
	const found = new Set();
	for (const e of document.querySelectorAll('body *')) {
		if (!e.getClientRects().length) continue;
		const box = e.getBoundingClientRect();
		if (box.right > innerWidth + 1 && !e.closest('.scroll-x, .track, .hints ol, .sidebar, pre, svg')) found.add(e.tagName + '.' + e.className + ' is cut at the right');
		if (e.closest('svg, .sr, :disabled, [aria-hidden=true]') || ![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
		const style = getComputedStyle(e);
		if (style.visibility === 'hidden' || Number(style.opacity) < 0.5) continue;
		const below = behind(e), [high, low] = [light(over(rgba(style.color), below)), light(below)].sort((x, y) => y - x);
		const ratio = (high + 0.05) / (low + 0.05), large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
		if (ratio < (large ? 3 : 4.5)) found.add(e.tagName + '.' + e.className + ' has ' + ratio.toFixed(2) + ': ' + e.textContent.trim().slice(0, 30));
	}
	return [...found];
})()`

func (b *browser) lookedAt(where string) {
	b.t.Helper()
	for _, n := range b.nameless() {
		b.t.Errorf("%s: a control without a name: %s", where, n)
	}
	b.wait("document.getAnimations().every((a) => a.effect.getComputedTiming().endTime === Infinity || !a.effect.target.checkVisibility({ contentVisibilityAuto: true }))", nil)
	var ill []string
	b.wait(faint, &ill)
	for _, f := range ill {
		b.t.Errorf("%s: %s", where, f)
	}
}

// Everything that can be used has a name for who doesn't see it, and can be
// read by who does: in both themes, on a phone and on a wide screen.
func TestTheGalleryCanBeReadAndHeard(t *testing.T) {
	b := openBrowser(t)
	a := openGallery(t)
	b.call("Accessibility.enable", nil, nil)
	for _, look := range []struct {
		theme string
		width int
	}{{"light", 1440}, {"dark", 390}} {
		at := func(place string) {
			t.Helper()
			b.lookedAt(fmt.Sprintf("%s, %s, %d wide", place, look.theme, look.width))
		}
		b.call("Emulation.setEmulatedMedia", map[string]any{"features": []any{map[string]any{"name": "prefers-color-scheme", "value": look.theme}}}, nil)
		b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": look.width, "height": 900, "deviceScaleFactor": 1, "mobile": false}, nil)
		b.call("Page.navigate", map[string]any{"url": "about:blank"}, nil) // a theme would fade in, out of sight never
		b.open(a.s.PageURL() + "&as=U0ANA&at=many")
		b.sees("#messages .block-context_actions", "")
		at("the channel")
		b.wait("(document.querySelector('#messages .replies-link').click(), true)", nil)
		b.sees("#replies .message", "a reply")
		at("a thread")
		b.key("Escape", 27, 0)
		b.wait("(document.querySelector('[data-action-id=review]').click(), true)", nil)
		b.sees("dialog.modal .block-input", "")
		b.wait("(document.querySelector('dialog.modal [data-role=submit]').click(), true)", nil)
		b.sees("dialog.modal .error", "required")
		at("a modal with errors")
		b.key("Escape", 27, 0)
		b.gone("dialog.modal")
		for _, drawer := range []string{"calls", "envelopes", "refusals", "faults"} {
			b.wait("(document.querySelector('#tool-inspect').getAttribute('aria-pressed') === 'true' || document.querySelector('.drawer .tabs') || document.querySelector('#tool-inspect').click(), true)", nil)
			b.sees(".drawer", "")
			b.wait(fmt.Sprintf(`(document.querySelector('[data-focus="tab %s"]').click(), true)`, drawer), nil)
			b.sees(fmt.Sprintf(`[data-focus="tab %s"][aria-selected=true]`, drawer), "")
			at(drawer)
		}
		b.key("Escape", 27, 0)
		b.key("k", 75, 2)
		b.sees("dialog.switcher", "")
		at("the switcher")
		b.key("Escape", 27, 0)
		b.gone("dialog.switcher")
	}
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": 1440, "height": 900, "deviceScaleFactor": 1, "mobile": false}, nil)
	b.click("#open-home", "")
	b.sees("#home .block", "")
	b.lookedAt("Home")
	for _, c := range b.complaints() {
		t.Errorf("the page's console: %s", c)
	}
}

// What stands inside of something else works like what stands by itself.
func TestTheGalleryCanBeUsed(t *testing.T) {
	b := openBrowser(t)
	a := openGallery(t)
	b.open(a.s.PageURL() + "&as=U0ANA&at=many")
	done := func(action string) {
		t.Helper()
		if err := a.s.Control().Wait(t.Context(), func(slacksim.Dump) bool { return a.pressed(action) }); err != nil {
			t.Errorf("%s: %v", action, err)
		}
	}
	b.click(".data-table [data-action-id=r1]", "Review")
	done("r1")
	b.click(".data-table .pager button", "Next")
	b.sees(".data-table", "Page 2 of 2")
	b.click(".data-table [data-action-id=r3]", "Review")
	done("r3")
	b.click(".carousel [data-action-id=o1]", "Open")
	done("o1")
	b.click("[data-action-id=del]", "")
	done("del")

	b.click(".reaction", "1")
	b.sees(".reaction.mine", "2")
	b.click(".reaction", "2")
	b.sees(".reaction:not(.mine)", "1")

	b.click("[data-action-id=review]", "Review")
	b.click("dialog.modal .choice label", "Watch")
	b.write(b.input("Why?"), "Because.")
	b.choose("Owner of the task", "Ben")
	b.write(b.input("Email of the sponsor"), "sponsor@example.com")
	b.click("dialog.modal [data-role=submit]", "Save")
	b.sees("dialog.modal", "First task")
	a.mu.Lock()
	for _, want := range []string{`"sponsor@example.com"`, `"Because."`, `"U0BEN"`} {
		if !strings.Contains(a.state, want) {
			t.Errorf("%s is not in the state: %s", want, a.state)
		}
	}
	a.mu.Unlock()
	b.write(b.input("Task"), "Call")
	b.click("dialog.modal [data-role=submit]", "Done")
	b.sees("dialog.modal .error", "This task exists already.")
	b.key("Escape", 27, 0)
	b.sees("dialog.modal", "Review Acme")
	for _, c := range b.complaints() {
		t.Errorf("the page's console: %s", c)
	}
}
