package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
	"pgregory.net/rapid"
)

const (
	bot = "xoxb-11-22-sEcReTbOt"
	app = "xapp-1-A0-33-sEcReTaPp"
)

// clearEnv takes every variable that could matter out of the environment; what
// a test sets afterwards is all there is.
func clearEnv(t *testing.T) {
	t.Helper()
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "SLACK_") || strings.HasPrefix(name, "HEALTHBOT_") {
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.Setenv(name, value) })
		}
	}
}

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "value")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEnvironment(t *testing.T) {
	clearEnv(t)
	env, err := Environment()
	if err != nil {
		t.Fatalf("nothing set, nothing required: %v", err)
	}
	if env.DB != "healthbot.db" || env.Config != "healthbot.yml" || env.Log != zerolog.InfoLevel || env.APIURL != "" || !env.BotToken.IsZero() {
		t.Errorf("defaults: %+v", env)
	}

	t.Setenv(BotToken, bot)
	t.Setenv(AppToken+"_FILE", file(t, app+"\r\n"))
	t.Setenv(APIURL, "http://127.0.0.1:4000/api")
	t.Setenv(Database, "/data/team.db")
	t.Setenv(TeamFile+"_FILE", file(t, "team.yml\n"))
	t.Setenv(Model+"_FILE", file(t, "model.yml\n"))
	t.Setenv(LogLevel, "debug")
	env, err = Environment(BotToken, AppToken)
	if err != nil {
		t.Fatal(err)
	}
	if env.BotToken.Reveal() != bot || env.AppToken.Reveal() != app {
		t.Errorf("tokens: %q, %q", env.BotToken.Reveal(), env.AppToken.Reveal())
	}
	if env.APIURL != "http://127.0.0.1:4000/api/" || env.DB != "/data/team.db" || env.Config != "team.yml" || env.Model != "model.yml" || env.Log != zerolog.DebugLevel {
		t.Errorf("%+v", env)
	}
}

func TestEnvironmentMistakes(t *testing.T) {
	for _, tt := range []struct {
		name string
		set  map[string]string // a value "file:TEXT" is the path of a file with TEXT
		want []string
	}{
		{"required and not there", nil, []string{
			"SLACK_BOT_TOKEN: found no value; expected a bot token (xoxb-…), here or in a file that SLACK_BOT_TOKEN_FILE names",
			"SLACK_APP_TOKEN: found no value; expected an app-level token (xapp-…), here or in a file that SLACK_APP_TOKEN_FILE names",
		}},
		{"empty", map[string]string{"SLACK_BOT_TOKEN": "", "SLACK_APP_TOKEN_FILE": "", "HEALTHBOT_DB": "", "HEALTHBOT_LOG": "", "HEALTHBOT_CONFIG_FILE": "file:"}, []string{
			"SLACK_BOT_TOKEN: found an empty value; expected a bot token (xoxb-…)",
			"SLACK_APP_TOKEN_FILE: found an empty value; expected the path of a file that holds an app-level token (xapp-…)",
			"HEALTHBOT_DB: found an empty value; expected the path of a database file",
			"HEALTHBOT_CONFIG_FILE: found an empty value; expected the path of a YAML file",
			"HEALTHBOT_LOG: found an empty value; expected trace, debug, info, warn or error",
		}},
		{"swapped", map[string]string{"SLACK_BOT_TOKEN": app, "SLACK_APP_TOKEN": bot}, []string{
			"SLACK_BOT_TOKEN: found an app-level token (xapp-…); expected a bot token (xoxb-…)",
			"SLACK_APP_TOKEN: found a bot token (xoxb-…); expected an app-level token (xapp-…)",
		}},
		{"other kinds", map[string]string{"SLACK_BOT_TOKEN": "xoxp-1-sEcReT", "SLACK_APP_TOKEN": "https://hooks.slack.com/services/T0/B0/sEcReT"}, []string{
			"SLACK_BOT_TOKEN: found a user token (xoxp-…); expected a bot token (xoxb-…)",
			"SLACK_APP_TOKEN: found a webhook's address; expected an app-level token (xapp-…)",
		}},
		{"torn", map[string]string{"SLACK_BOT_TOKEN": "xoxb-", "SLACK_APP_TOKEN": `xapp-1-sEcReT"`}, []string{
			"SLACK_BOT_TOKEN: found nothing after xoxb-; expected a bot token (xoxb-…)",
			"SLACK_APP_TOKEN: found a token with a character that no token has (a space, a quote, a line break?); expected an app-level token (xapp-…)",
		}},
		{"both", map[string]string{"SLACK_BOT_TOKEN": bot, "SLACK_BOT_TOKEN_FILE": "file:" + bot, "SLACK_APP_TOKEN": app}, []string{
			"SLACK_BOT_TOKEN: found both it and SLACK_BOT_TOKEN_FILE; expected one of the two",
		}},
		{"the token where the path belongs", map[string]string{"SLACK_BOT_TOKEN_FILE": bot, "SLACK_APP_TOKEN": app}, []string{
			"SLACK_BOT_TOKEN_FILE: found a path that can't be opened: no such file or directory; expected the path of a file that holds a bot token (xoxb-…)",
		}},
		{"a file that is something else", map[string]string{"SLACK_BOT_TOKEN_FILE": "file:" + strings.Repeat("sEcReT", 2000), "SLACK_APP_TOKEN_FILE": "file:sEcReT"}, []string{
			"SLACK_BOT_TOKEN_FILE: found a file of more than 8 KiB; expected the path of a file that holds a bot token (xoxb-…)",
			"SLACK_APP_TOKEN_FILE: found something that is no Slack token; expected an app-level token (xapp-…)",
		}},
		{"misspelt", map[string]string{"SLACK_BOT_TOKN": bot, "slack_app_token": app, "HEALTHBOT_DATABASE": "sEcReT", "HEALTHBOT_LOGS": "debug", "HEALTBOT_CONFIG": "x"}, []string{
			"HEALTBOT_CONFIG: found a variable that healthbot doesn't know; expected HEALTHBOT_CONFIG",
			"HEALTHBOT_DATABASE: found a variable that healthbot doesn't know; expected one of HEALTHBOT_DB, HEALTHBOT_CONFIG, HEALTHBOT_MODEL, HEALTHBOT_LOG, HEALTHBOT_HTTP, or one of these with _FILE",
			"HEALTHBOT_LOGS: found a variable that healthbot doesn't know; expected HEALTHBOT_LOG",
			"SLACK_BOT_TOKN: found a variable that healthbot doesn't know; expected SLACK_BOT_TOKEN",
			"slack_app_token: found a variable that healthbot doesn't know; expected SLACK_APP_TOKEN",
			"SLACK_BOT_TOKEN: found no value; expected a bot token (xoxb-…), here or in a file that SLACK_BOT_TOKEN_FILE names",
			"SLACK_APP_TOKEN: found no value; expected an app-level token (xapp-…), here or in a file that SLACK_APP_TOKEN_FILE names",
		}},
		{"other programs' variables", map[string]string{"SLACK_BOT_TOKEN": bot, "SLACK_APP_TOKEN": app, "SLACK_APP_TOKENS": "x", "SLACK_WEBHOOK_URL": "x", "SLACK_API_TOKEN": "x"}, nil},
		{"no address of Slack", map[string]string{"SLACK_BOT_TOKEN": bot, "SLACK_APP_TOKEN": app, "SLACK_API_URL": "http://slack.example/api/"}, []string{
			"SLACK_API_URL: found an http address of another machine, which would send the tokens in the clear; expected an https address (or http on this machine) without user, query or fragment",
		}},
		{"an address with a password", map[string]string{"SLACK_BOT_TOKEN": bot, "SLACK_APP_TOKEN": app, "SLACK_API_URL": "https://a:sEcReT@slack.example/api/"}, []string{
			"SLACK_API_URL: found an address with a user or password in it; expected an https address (or http on this machine) without user, query or fragment",
		}},
		{"status for other machines", map[string]string{"SLACK_BOT_TOKEN": bot, "SLACK_APP_TOKEN": app, "HEALTHBOT_HTTP": "0.0.0.0:9464"}, []string{
			"HEALTHBOT_HTTP: found an address that other machines can reach; expected an address of this machine with a port, such as 127.0.0.1:9464",
		}},
		{"status by name", map[string]string{"SLACK_BOT_TOKEN": bot, "SLACK_APP_TOKEN": app, "HEALTHBOT_HTTP": "localhost:9464"}, []string{
			"HEALTHBOT_HTTP: found something else than a number address and a port; expected an address of this machine with a port, such as 127.0.0.1:9464",
		}},
		{"paths", map[string]string{"SLACK_BOT_TOKEN": bot, "SLACK_APP_TOKEN": app, "HEALTHBOT_DB": ":memory:", "HEALTHBOT_CONFIG": bot, "HEALTHBOT_LOG": "INFO"}, []string{
			"HEALTHBOT_DB: found a database in memory, which would forget every decision; expected the path of a database file",
			"HEALTHBOT_CONFIG: found a Slack token; expected the path of a YAML file",
			"HEALTHBOT_LOG: found another word; expected trace, debug, info, warn or error",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			clearEnv(t)
			for name, value := range tt.set {
				if text, ok := strings.CutPrefix(value, "file:"); ok {
					value = file(t, text)
				}
				t.Setenv(name, value)
			}
			_, err := Environment(BotToken, AppToken)
			var ps Problems
			if len(tt.want) == 0 {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if !errors.As(err, &ps) {
				t.Fatalf("no problems, but %v", err)
			}
			if diff := cmp.Diff(strings.Join(tt.want, "\n"), err.Error()); diff != "" {
				t.Errorf("- want, + got:\n%s", diff)
			}
			if strings.Contains(err.Error(), "sEcReT") {
				t.Error("a secret was printed")
			}
		})
	}
}

func TestAPIURLEndsInASlash(t *testing.T) {
	for in, want := range map[string]string{
		"https://slack.com/api": "https://slack.com/api/", "https://slack.com/api/": "https://slack.com/api/",
		"http://localhost:1/": "http://localhost:1/", "http://[::1]:80/api": "http://[::1]:80/api/",
	} {
		if got, instead := apiURL(in); got != want {
			t.Errorf("%s became %q (%s)", in, got, instead)
		}
	}
	for _, in := range []string{"slack.com/api/", "ftp://slack.com/", "https://", "https://slack.com/api?x", "https://slack.com/#x", "http://10.0.0.1/", "::"} {
		if got, instead := apiURL(in); instead == "" {
			t.Errorf("%s was taken as %q", in, got)
		}
	}
}

func TestSecretIsNeverPrinted(t *testing.T) {
	secret := NewSecret(bot)
	type around struct {
		Open   Secret
		hidden Secret
		list   []Secret
	}
	x := around{secret, secret, []Secret{secret}}
	var printed []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%T", "%20s"} {
		for _, arg := range []any{secret, &secret, x, &x, []Secret{secret}, map[string]Secret{"k": secret}, Env{BotToken: secret}} {
			printed = append(printed, fmt.Sprintf(verb, arg))
		}
	}
	for _, arg := range []any{secret, x, map[string]any{"k": &secret}} {
		b, err := json.Marshal(arg)
		if err != nil {
			t.Fatal(err)
		}
		printed = append(printed, string(b))
	}
	var log strings.Builder
	l := zerolog.New(&log)
	l.Info().Interface("token", secret).Stringer("s", secret).Any("all", Env{BotToken: secret}).Send()
	printed = append(printed, log.String(), fmt.Sprint(errors.Join(fmt.Errorf("with %v", secret))))
	for _, p := range printed {
		if strings.Contains(p, "sEcReT") || strings.Contains(strings.ToLower(p), fmt.Sprintf("%x", "sEcReT")) {
			t.Errorf("printed: %s", p)
		}
	}
	if got := fmt.Sprint(secret); got != "[redacted]" {
		t.Errorf("printed as %s", got)
	}
}

// Whatever stands in whichever variable, no message repeats it.
func TestNoValueIsRepeated(t *testing.T) {
	clearEnv(t)
	names := []string{BotToken, AppToken, APIURL, Database, TeamFile, LogLevel}
	for _, n := range slices.Clone(names) {
		names = append(names, n+"_FILE")
	}
	names = append(names, "HEALTHBOT_X", "SLACK_BOT_TOKN")
	rapid.Check(t, func(rt *rapid.T) {
		for _, n := range names {
			value := rapid.SampledFrom([]string{"", "xoxb-", "xapp-", "xoxp-", "https://", "file:", "/", " "}).Draw(rt, "prefix") +
				"sEcReT" + rapid.StringMatching(`[ -~]{0,8}`).Draw(rt, "end")
			if rapid.Bool().Draw(rt, n) {
				t.Setenv(n, value)
			} else if err := os.Unsetenv(n); err != nil {
				rt.Fatal(err)
			}
		}
		env, err := Environment(BotToken, AppToken)
		env.DB, env.Config, env.APIURL = "", "", "" // paths and addresses are no secrets once they are right
		if said := fmt.Sprintf("%v %+v", err, env); strings.Contains(said, "sEcReT") {
			rt.Fatalf("a value was repeated: %s", said)
		}
	})
}
