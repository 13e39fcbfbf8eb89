package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"healthbot/bot/slacksim"
)

func sandboxCommand(t terminal) *cobra.Command {
	var l local
	var at string
	c := &cobra.Command{
		Use:   "sandbox",
		Short: "Run the local Slack alone",
		Long: `Starts the local Slack without a bot, so that healthbot run, or any Slack client, can be
tried against it. It listens on loopback only and forgets everything at the end.

` + slacksim.ControlDoc,
		Example: `  healthbot sandbox --env sandbox.env --config sandbox.yml
  env $(cat sandbox.env) healthbot run --config sandbox.yml --db trial.db`,
		Args: args(0, "no words"),
		RunE: func(c *cobra.Command, _ []string) error {
			clock, err := officeClock(at, time.UTC, true)
			if err != nil {
				return err
			}
			sim, err := l.start(clock)
			if err != nil {
				return err
			}
			fmt.Fprintf(t.out, "healthbot sandbox: %s (Web API %s; Ctrl-C ends it)\n", sim.PageURL(), sim.APIURL())
			<-c.Context().Done()
			return sim.Close()
		},
	}
	l.flags(c)
	c.Flags().StringVar(&at, "now", "", "start the office clock at this moment")
	return c
}
