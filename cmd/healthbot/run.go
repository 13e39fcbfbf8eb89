package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"healthbot/cmd/healthbot/config"
	"healthbot/cmd/internal/app"
	"healthbot/storage/record"
)

func runCommand(t terminal) *cobra.Command {
	p := project{goesOn: true}
	c := &cobra.Command{
		Use:   "run",
		Short: "Run the bot against a workspace",
		Long: `Connects to Slack by Socket Mode, opens reviews on schedule, and records what people
decide. Stop it with Ctrl-C or SIGTERM: it answers what it has taken on, then ends.

One run per database; a second one is refused. The first run approves the built-in version
of the scoring model. Another one, by --model or HEALTHBOT_MODEL, needs approval first:
healthbot model approve. While the version that scores isn't the approved one, say after an
upgrade or with other sources, nobody can record an outcome.

The tokens come from the environment:
SLACK_BOT_TOKEN and SLACK_APP_TOKEN, or SLACK_BOT_TOKEN_FILE and SLACK_APP_TOKEN_FILE.

HEALTHBOT_HTTP=127.0.0.1:9464 answers operators on this machine: /healthz (the process is
there), /readyz (it can work; 503 says why not) and /metrics (Prometheus). Off unless set.`,
		Example: `  healthbot run
  healthbot run --db prod.db --config prod.yml
  env $(cat sandbox.env) healthbot run --config sandbox.yml --now 2024-06-30T08:59`,
		Args: args(0, "no words"),
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := p.load(true, config.BotToken, config.AppToken)
			if err != nil {
				return err
			}
			log := zerolog.New(zerolog.SyncWriter(t.err)).Level(s.env.Log).With().Timestamp().Logger()
			a, err := app.New(c.Context(), options(s, log))
			if record.KindOf(err) == record.Conflict && s.env.Model != "" {
				return usage(fmt.Errorf("%w\nTo approve it: healthbot model approve %s --by NAME --db %s", err, s.env.Model, s.env.DB))
			}
			if err != nil {
				return err
			}
			return closing(a, a.Run(c.Context()))
		},
	}
	p.flags(c)
	return c
}

// options are what the app needs of a setting.
func options(s setting, log zerolog.Logger) app.Options {
	host, err := os.Hostname()
	if err != nil {
		host = "an unnamed host"
	}
	return app.Options{
		DB: s.env.DB, APIURL: s.env.APIURL, BotToken: s.env.BotToken.Reveal(), AppToken: s.env.AppToken.Reveal(),
		Rules: s.rules, Now: s.now, Log: log, HTTP: s.env.HTTP, Name: fmt.Sprintf("process %d on %s", os.Getpid(), host),
	}
}

// closing closes what ran, and keeps both errors.
func closing(c io.Closer, err error) error {
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return errors.Join(err, c.Close())
}

// writeFile replaces a file at once, readable by its owner alone.
func writeFile(path string, content []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(content)
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}
