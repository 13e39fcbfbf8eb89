package app_test

import (
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"healthbot/bot/slacksim"
)

// figure reads one line of /metrics.
func (w *world) figure(name string) float64 {
	w.Helper()
	_, text := w.fetch("/metrics")
	m := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + ` (\S+)$`).FindStringSubmatch(text)
	if m == nil {
		w.Fatalf("there is no %s:\n%s", name, text)
	}
	v, err := strconv.ParseFloat(m[1], 64)
	w.must(err)
	return v
}

func (w *world) fetch(path string) (int, string) {
	w.Helper()
	r, err := http.NewRequestWithContext(w.ctx, http.MethodGet, "http://"+w.http()+path, nil)
	w.must(err)
	res, err := http.DefaultClient.Do(r)
	w.must(err)
	b, err := io.ReadAll(res.Body)
	w.must(err)
	w.must(res.Body.Close())
	return res.StatusCode, string(b)
}

// until waits for something that no message tells of.
func (w *world) until(what string, done func() bool) {
	w.Helper()
	t := time.NewTicker(20 * time.Millisecond)
	defer t.Stop()
	for !done() {
		select {
		case <-t.C:
		case <-w.ctx.Done():
			w.Fatalf("never: %s", what)
		}
	}
}

// An operator sees the bot at work, and sees it lose Slack and find it again.
func TestOperatorsWatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.until("ready", func() bool { code, _ := w.fetch("/readyz"); return code == http.StatusOK })
	ana := w.as("Ana Ruiz")
	w.press(ana, w.card("Borealis Systems"), "Take it")
	w.await(channel, "Borealis Systems", "taken by Ana Ruiz")
	w.until("an empty outbox", func() bool {
		return w.figure(`healthbot_outbox_messages{state="pending"}`)+w.figure(`healthbot_outbox_messages{state="sending"}`) == 0
	})
	for name, least := range map[string]float64{
		`healthbot_envelopes_total{type="interactive"}`: 1, "healthbot_acks_total": 1, `healthbot_gestures_total{kind="block_actions",result="ok"}`: 1,
		`healthbot_gesture_seconds_count{kind="block_actions"}`: 1, `healthbot_deliveries_total{end="posted"}`: 4, "healthbot_edits_total": 1,
		`healthbot_runs_total{route="enterprise weekly"}`: 1, "healthbot_sockets": 1,
	} {
		if v := w.figure(name); v < least {
			t.Errorf("%s is %v, want at least %v", name, v, least)
		}
	}
	if _, text := w.fetch("/metrics"); strings.Contains(text, "Borealis") || strings.Contains(text, "U0ANA") || strings.Contains(text, "C0ENT") {
		t.Errorf("figures name somebody:\n%s", text)
	}
	w.must(w.slack.Fault(w.ctx, slacksim.Fault{Kind: "drop_socket"}))
	w.until("connected again", func() bool { return w.figure("healthbot_reconnects_total") >= 1 })
	w.until("ready again", func() bool { code, _ := w.fetch("/readyz"); return code == http.StatusOK })
}
