package main

import (
	"fmt"
	"slices"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"healthbot/bot"
	"healthbot/cmd/healthbot/config"
	"healthbot/scoring"
)

func checkCommand(t terminal) *cobra.Command {
	var p project
	var online, sample bool
	c := &cobra.Command{
		Use:   "check",
		Short: "Check the configuration, and with --online the workspace too",
		Long: `Reads environment and configuration and reports every mistake at once, with file, line,
column and a caret. --online also asks Slack: the tokens' kinds and scopes, each
route's channel, whether the bot is in it, and whether it is shared with another company.`,
		Example: `  healthbot check
  healthbot check --online
  healthbot check --sample > healthbot.yml`,
		Args: args(0, "no words"),
		RunE: func(c *cobra.Command, _ []string) error {
			if sample {
				fmt.Fprint(t.out, config.Reference())
				return nil
			}
			var required []string
			if online {
				required = []string{config.BotToken, config.AppToken}
			}
			s, err := p.load(true, required...)
			if err != nil {
				return err
			}
			fmt.Fprintf(t.out, "%s: %d people, %s, model %s\n", s.env.Config, len(s.team.People.All()), plural(len(s.team.Policy.Routes), "route"), s.rules.Model.Label())
			for _, l := range misfits(s) {
				fmt.Fprintln(t.out, l)
			}
			if !online {
				return nil
			}
			problems := bot.Check(c.Context(), bot.Options{APIURL: s.env.APIURL, BotToken: s.env.BotToken.Reveal(), AppToken: s.env.AppToken.Reveal(), Policy: s.rules.Policy, Log: zerolog.Nop()})
			for _, p := range problems {
				fmt.Fprintln(t.out, p)
			}
			if len(problems) > 0 {
				return exit{exitRefused, fmt.Errorf("%s found in the workspace", plural(len(problems), "problem"))}
			}
			fmt.Fprintln(t.out, "the workspace is as it should be")
			return nil
		},
	}
	p.filesOnly(c)
	c.Flags().BoolVar(&online, "online", false, "ask Slack, too")
	c.Flags().BoolVar(&sample, "sample", false, "print a commented healthbot.yml with every key")
	return c
}

// misfits says where a model of the team's own and the configured sources don't
// match. The built-in one is fitted to them.
func misfits(s setting) []string {
	delivered := s.team.Policy.Signals()
	if s.env.Model == "" || len(delivered) == 0 {
		return nil
	}
	var out []string
	for _, signal := range scoring.Signals {
		used := slices.ContainsFunc(s.rules.Model.Signals, func(w scoring.SignalWeight) bool { return w.Signal == signal })
		switch has := slices.Contains(delivered, signal); {
		case used && !has:
			out = append(out, fmt.Sprintf("model %s: no source delivers %s, so its silence counts against every account", s.rules.Model.Label(), signal))
		case has && !used:
			out = append(out, fmt.Sprintf("model %s: it doesn't use %s, which a source delivers", s.rules.Model.Label(), signal))
		}
	}
	return out
}
