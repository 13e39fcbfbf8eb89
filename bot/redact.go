package bot

import (
	"errors"
	"regexp"
	"strings"

	"github.com/rs/zerolog"
)

// secrets are what must never reach an error or a log: Slack tokens, the ticket
// of a WebSocket URL, and a response_url, which lets anybody answer for us.
var secrets = regexp.MustCompile(`xox[a-z]+(?:\.xox[a-z]+)?-[\w.%-]+|xapp-[\w.%-]+|ticket=[^&\s"']+|https?://\S+?/(?:commands|actions|app|response)/[^\s"']+`)

// redact takes the secrets out of a text. Tokens are also known by value, in
// case one has a form that Slack doesn't use yet.
func redact(s string, known ...string) string {
	for _, k := range known {
		if len(k) >= 8 {
			s = strings.ReplaceAll(s, k, "[redacted]")
		}
	}
	return secrets.ReplaceAllString(s, "[redacted]")
}

func (b *Bot) redact(s string) string { return redact(s, b.o.BotToken, b.o.AppToken) }

// redacted is an error whose text is safe; its kinds can still be asked for.
type redacted struct {
	error
	text string
}

func (r redacted) Error() string { return r.text }
func (r redacted) Unwrap() error { return r.error }

// clean makes an error safe to log, leaving it alone where it is already.
func (s *slackAPI) clean(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[redacted](err); ok {
		return err
	}
	return redacted{err, redact(err.Error(), s.botToken, s.appToken)}
}

// libraryLog passes what slack-go prints to our logger, without its secrets.
type libraryLog struct {
	log   zerolog.Logger
	known []string
}

func (l libraryLog) Output(_ int, s string) error {
	l.log.Debug().Str("line", redact(strings.TrimSpace(s), l.known...)).Msg("slack library")
	return nil
}
