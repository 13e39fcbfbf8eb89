package config

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/rs/zerolog"
)

// secrets of Slack by how they begin, to say what was pasted instead.
var secrets = []struct{ prefix, name string }{
	{"xoxb-", "a bot token (xoxb-…)"},
	{"xapp-", "an app-level token (xapp-…)"},
	{"xoxp-", "a user token (xoxp-…)"},
	{"xoxe", "a configuration or refresh token (xoxe…)"},
	{"xoxc-", "a browser's token (xoxc-…)"},
	{"xoxd-", "a browser's cookie (xoxd-…)"},
	{"xoxs-", "a workspace token (xoxs-…)"},
	{"xox", "a token of another kind (xox…)"},
	{"https://hooks.slack.com/", "a webhook's address"},
}

func token(prefix string) kind[Secret] {
	return func(text string) (Secret, string) {
		body, ok := strings.CutPrefix(text, prefix)
		if !ok {
			for _, k := range secrets {
				if strings.HasPrefix(text, k.prefix) {
					return Secret{}, k.name
				}
			}
			return Secret{}, "something that is no Slack token"
		}
		strange := func(c rune) bool {
			return !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.ContainsRune("-._", c))
		}
		switch {
		case body == "":
			return Secret{}, "nothing after " + prefix
		case strings.ContainsFunc(body, strange):
			return Secret{}, "a token with a character that no token has (a space, a quote, a line break?)"
		}
		return NewSecret(text), ""
	}
}

// apiURL normalises to a "/" at the end because slack-go appends the method's
// name as it is.
func apiURL(text string) (string, string) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return "", "something that is no web address"
	case u.User != nil:
		return "", "an address with a user or password in it"
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", "an address with a query or fragment"
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return "", "an http address of another machine, which would send the tokens in the clear"
	}
	if !strings.HasSuffix(text, "/") {
		text += "/"
	}
	return text, ""
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// loopbackAddress refuses what another machine could reach: what is told there
// has no password. The host is a number because a name may mean another one.
func loopbackAddress(text string) (string, string) {
	a, err := netip.ParseAddrPort(text)
	switch {
	case err != nil:
		return "", "something else than a number address and a port"
	case !a.Addr().IsLoopback():
		return "", "an address that other machines can reach"
	}
	return text, ""
}

func plainPath(text string) (string, string) {
	switch {
	case strings.TrimSpace(text) != text:
		return "", "spaces around a path"
	case strings.ContainsAny(text, "\x00\r\n"):
		return "", "a line break in a path"
	case tokens.MatchString(text):
		return "", "a Slack token"
	}
	return text, ""
}

// databasePath refuses what SQLite would read as options: pragmas come from the
// program alone, and a database in memory would be another one per connection.
func databasePath(text string) (string, string) {
	switch {
	case strings.Contains(text, ":memory:"):
		return "", "a database in memory, which would forget every decision"
	case strings.HasPrefix(text, "file:") || strings.ContainsAny(text, "?#"):
		return "", "an address with options"
	}
	return plainPath(text)
}

var logLevels = []string{"trace", "debug", "info", "warn", "error"}

func logLevel(text string) (zerolog.Level, string) {
	if !slices.Contains(logLevels, text) {
		return zerolog.NoLevel, "another word"
	}
	level, err := zerolog.ParseLevel(text)
	if err != nil {
		return zerolog.NoLevel, "another word"
	}
	return level, ""
}
