package app

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"healthbot/schedule"
	"healthbot/storage"
	"healthbot/storage/record"
)

func TestFiguresAreInPrometheusFormat(t *testing.T) {
	r := &registry{}
	r.counter("none_total", "Nothing yet.")
	named := r.counter("said_total", `A "word" or two\`, "who", "what")
	named.inc("b", "x")
	named.inc("a", "say \"hi\"\\\n")
	named.inc("b", "x")
	took := r.histogram("took_seconds", "How long.", []float64{.1, 1}, "kind")
	for _, v := range []float64{.05, .1, .5, 7} {
		took.observe(v, "press")
	}
	r.gauge("now", "A gauge.", func() float64 { return 2.5 })
	var b strings.Builder
	if err := r.write(&b); err != nil {
		t.Fatal(err)
	}
	const want = `# HELP none_total Nothing yet.
# TYPE none_total counter
none_total 0
# HELP said_total A "word" or two\\
# TYPE said_total counter
said_total{who="a",what="say \"hi\"\\\n"} 1
said_total{who="b",what="x"} 2
# HELP took_seconds How long.
# TYPE took_seconds histogram
took_seconds_bucket{kind="press",le="0.1"} 2
took_seconds_bucket{kind="press",le="1"} 3
took_seconds_bucket{kind="press",le="+Inf"} 4
took_seconds_sum{kind="press"} 7.65
took_seconds_count{kind="press"} 4
# HELP now A gauge.
# TYPE now gauge
now 2.5
`
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
}

// ask asks a status over its routes.
func ask(t *testing.T, s *status, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	s.routes().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

func TestReadyNamesEveryReason(t *testing.T) {
	var lost error
	now := time.Now()
	m := newMetrics()
	s := &status{metrics: m, now: func() time.Time { return now }, log: zerolog.Nop(),
		backlog: func(context.Context) (storage.Backlog, error) { return storage.Backlog{Pending: 3}, lost }}
	check := func(code int, words ...string) {
		t.Helper()
		got, text := ask(t, s, "/readyz")
		if got != code || strings.Count(text, "\n") != len(words) {
			t.Errorf("%d\n%s", got, text)
		}
		for _, w := range words {
			if !strings.Contains(text, w) {
				t.Errorf("it doesn't say %q:\n%s", w, text)
			}
		}
	}
	lost = errors.New("/secret/path: disk I/O error")
	check(http.StatusServiceUnavailable, "database gives no answer", "no connection to Slack", "hasn't looked at the clock yet")
	if _, text := ask(t, s, "/readyz"); strings.Contains(text, "secret") {
		t.Errorf("the cause belongs in the log:\n%s", text)
	}
	if code, text := ask(t, s, "/metrics"); code != http.StatusOK || !strings.Contains(text, "healthbot_acks_total 0") || strings.Contains(text, "outbox") {
		t.Errorf("without a database: %d\n%s", code, text)
	}
	lost = nil
	m.bot().Sockets(1)
	m.schedule().Tick()
	now = time.Now()
	check(http.StatusOK, "ready")
	now = now.Add(61 * time.Second)
	check(http.StatusServiceUnavailable, "hasn't looked at the clock for 1m")
	m.bot().Sockets(0)
	check(http.StatusServiceUnavailable, "no connection", "hasn't looked")
	if code, text := ask(t, s, "/healthz"); code != http.StatusOK || text != "ok\n" {
		t.Errorf("/healthz: %d %q", code, text)
	}
	if code, _ := ask(t, s, "/"); code != http.StatusNotFound {
		t.Errorf("/: %d", code)
	}
}

func TestEveryFigureHasItsHook(t *testing.T) {
	m := newMetrics()
	b, s := m.bot(), m.schedule()
	b.Envelope("interactive")
	b.Unreadable()
	b.Acked()
	b.Reconnect()
	b.Sockets(2)
	b.Gesture("press", "ok", 200*time.Millisecond)
	s.Run("enterprise weekly")
	s.Delivery(schedule.Dead)
	s.Edit()
	st := &status{metrics: m, now: time.Now, log: zerolog.Nop(),
		backlog: func(context.Context) (storage.Backlog, error) {
			return storage.Backlog{Pending: 4, Sending: 3, Stale: 2, Dead: 1, Lag: 90 * time.Second}, nil
		}}
	_, text := ask(t, st, "/metrics")
	for _, line := range []string{`healthbot_envelopes_total{type="interactive"} 1`, "healthbot_envelopes_unreadable_total 1", "healthbot_acks_total 1",
		"healthbot_reconnects_total 1", "healthbot_sockets 2", `healthbot_gestures_total{kind="press",result="ok"} 1`,
		`healthbot_gesture_seconds_bucket{kind="press",le="0.25"} 1`, `healthbot_gesture_seconds_bucket{kind="press",le="0.1"} 0`,
		`healthbot_runs_total{route="enterprise weekly"} 1`, `healthbot_deliveries_total{end="dead"} 1`, `healthbot_deliveries_total{end="posted"} 0`,
		"healthbot_edits_total 1", `healthbot_outbox_messages{state="pending"} 4`, `healthbot_outbox_messages{state="stale"} 2`, "healthbot_outbox_lag_seconds 90"} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("%s isn't there:\n%s", line, text)
		}
	}
}

func TestStatusListensOnThisMachineAlone(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "[::]:0", "nonsense", "127.0.0.1:99999"} {
		s, err := newStatus(addr, newMetrics(), nil, zerolog.Nop())
		if record.KindOf(err) != record.Invalid || !strings.Contains(record.Say(err), "HEALTHBOT_HTTP") {
			t.Errorf("%s: %v, %v", addr, s, err)
		}
	}
	s, err := newStatus("127.0.0.1:0", newMetrics(), nil, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newStatus(s.listen.Addr().String(), newMetrics(), nil, zerolog.Nop()); record.KindOf(err) != record.Invalid || !strings.Contains(record.Say(err), "free the address") {
		t.Errorf("an address in use: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { s.run(ctx); close(ended) }()
	res, err := http.Get("http://" + s.listen.Addr().String() + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil || string(body) != "ok\n" {
		t.Errorf("%q, %v", body, err)
	}
	cancel()
	<-ended
	if err := s.close(); err != nil {
		t.Error(err)
	}
}
