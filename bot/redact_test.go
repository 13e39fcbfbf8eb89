package bot

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rs/zerolog"
	"github.com/slack-go/slack"

	"healthbot/bot/view"
	"healthbot/storage/record"
)

var theSecrets = []string{"xoxb-12-34-AbCdEf", "xapp-1-A0-99-feed", "oddtoken-without-a-prefix", "T0/B1/verysecret", "ticket=abc-def"}

func TestRedact(t *testing.T) {
	for _, s := range []string{
		"token=xoxb-12-34-AbCdEf&x=1", `Authorization: Bearer xapp-1-A0-99-feed"`, "bad oddtoken-without-a-prefix",
		`Post "https://hooks.slack.com/commands/T0/B1/verysecret": EOF`, `Post "https://hooks.slack.com/actions/T0/B1/verysecret": EOF`,
		`Post "http://127.0.0.1:99/response/T0/B1/verysecret": EOF`, "wss://wss.slack.com/link/?ticket=abc-def&app_id=A1",
	} {
		got := redact(s, "oddtoken-without-a-prefix", "", "x")
		for _, secret := range theSecrets {
			if strings.Contains(got, secret) {
				t.Errorf("%q keeps %q", got, secret)
			}
		}
		if !strings.Contains(got, "[redacted]") {
			t.Errorf("%q doesn't say that something is missing", got)
		}
	}
	if got := redact("is_archived (C0CSM)"); got != "is_archived (C0CSM)" {
		t.Errorf("a harmless text became %q", got)
	}
}

// TestNoSecretInErrors lets each call fail against a server that repeats what it
// got, in as many ways as there are.
func TestNoSecretInErrors(t *testing.T) {
	bad := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusOK)
		fmt.Fprintf(w, `{"ok":false,"error":"echo %s %s"}`, r.Form.Get("token"), r.Header.Get("Authorization"))
	}))
	o := options(oneAccount())
	o.BotToken, o.AppToken, o.APIURL = theSecrets[0], theSecrets[1], bad.URL+"/api/"
	var log bytes.Buffer
	o.Log = zerolog.New(&log)
	for name, url := range map[string]string{"an echo": bad.URL + "/api/", "nobody": "http://127.0.0.1:1/api/", "no address": "http://[::1/api/"} {
		o.APIURL = url
		api := newSlackAPI(o)
		m := view.Notice("x")
		_, err1 := api.whoAmI(t.Context())
		_, err2 := api.post(t.Context(), post{channel: "C1", message: m})
		_, err3 := api.openDM(t.Context(), "U1")
		_, err4 := api.channel(t.Context(), "C1")
		_, err5 := api.user(t.Context(), "U1")
		_, _, err6 := api.find(t.Context(), search{channel: "C1", delivery: "dl_1"})
		for i, err := range []error{err1, err2, err3, err4, err5, err6,
			api.update(t.Context(), record.Receipt{}, post{message: m}), api.whisper(t.Context(), "C1", "", "U1", m),
			api.respond(t.Context(), "http://127.0.0.1:1/response/T0/B1/verysecret", m, false),
			api.openView(t.Context(), "1.2.3", view.Done("x")), api.updateView(t.Context(), "V1", view.Done("x")),
			api.publishHome(t.Context(), "U1", slack.HomeTabViewRequest{Type: slack.VTHomeTab}),
		} {
			if err == nil {
				t.Errorf("%s, call %d: no error", name, i)
				continue
			}
			for _, secret := range theSecrets {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%s, call %d keeps a secret: %v", name, i, err)
				}
			}
			b := testBot(oneAccount(), newFakeSlack())
			b.log = o.Log
			b.log.Error().Err(err).Msg("x")
			b.log.Error().Str("reason", b.unposted("x", err, taskDM()).Error()).Msg("x")
		}
		api.http.CloseIdleConnections()
	}
	lib := libraryLog{o.Log, []string{o.BotToken, o.AppToken}}
	if err := lib.Output(2, "Sending request: token="+o.BotToken); err != nil {
		t.Error(err)
	}
	for _, secret := range theSecrets {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log keeps %q", secret)
		}
	}
	bad.Close()
}

// TestErrorsKeepTheirKind: redaction hides words, not what can be asked for.
func TestErrorsKeepTheirKind(t *testing.T) {
	api := newSlackAPI(options(oneAccount()))
	err := api.failed("chat.postMessage", slack.SlackErrorResponse{Err: "not_in_channel"})
	if slackCode(err) != "not_in_channel" || err.Error() != "chat.postMessage: not_in_channel" {
		t.Errorf("got %v", err)
	}
	if r, ok := errors.AsType[*slack.RateLimitedError](api.failed("x", &slack.RateLimitedError{RetryAfter: 3})); !ok || r.RetryAfter != 3 {
		t.Error("a rate limit lost its time")
	}
}

// TestUndeclaredCalls: a method without its scopes never leaves.
func TestUndeclaredCalls(t *testing.T) {
	api := newSlackAPI(options(oneAccount()))
	_, err := api.client.GetUsersContext(t.Context())
	if err == nil || !strings.Contains(err.Error(), "users.list isn't in the table of Slack calls") {
		t.Errorf("got %v", err)
	}
}
