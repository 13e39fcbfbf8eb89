package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"healthbot/storage"
)

func backupCommand(t terminal) *cobra.Command {
	var p project
	var force, asJSON bool
	c := &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy the database, checked, beside a running bot",
		Long: `Writes one consistent copy of the database to FILE, readable by its owner alone. The bot
goes on meanwhile. The copy appears under its name only when its pages and its whole chain
of events have been checked, so a file of that name is always one that can be restored.

Keep the head hash that it prints somewhere else; verify says whether a later record still
contains it.`,
		Example: `  healthbot backup /backups/healthbot-$(date +%F).db
  healthbot backup --db prod.db --force latest.db`,
		Args: args(1, "one file"),
		RunE: func(c *cobra.Command, given []string) error {
			s, err := p.present()
			if err != nil {
				return err
			}
			made, err := storage.Backup(c.Context(), s.storage(), given[0], force)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(t.out, made)
			}
			fmt.Fprintf(t.out, "%s: %s, checked, %s; head %s\n", made.Path, plural(int(made.Events), "event"), size(made.Bytes), made.Head)
			return nil
		},
	}
	p.filesOnly(c)
	c.Flags().BoolVar(&force, "force", false, "replace FILE if it is there already")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func restoreCommand(t terminal) *cobra.Command {
	var p project
	var asJSON bool
	c := &cobra.Command{
		Use:   "restore FILE",
		Short: "Put a copy of the database back",
		Long: `Checks FILE, then puts it in the database's place. The database as it was is kept beside
it under a dated name, and FILE is left alone. It refuses while a bot runs on the database.

Slack is ahead of a copy of an earlier day. So at the next start every message that the
copy holds as not yet posted is looked up in Slack before it is sent, and posted messages
about open work are edited to show what the record says. What was decided after the copy
was made stands only in the database that was replaced; a review run that opened after it
is opened again if its slot is still within its grace.`,
		Example: `  healthbot restore /backups/healthbot-2026-11-23.db
  healthbot restore --db prod.db healthbot.db.before-2`,
		Args: args(1, "one file"),
		RunE: func(c *cobra.Command, given []string) error {
			s, err := p.load(false)
			if err != nil {
				return err
			}
			r, err := storage.Restore(c.Context(), s.storage(), cli(), given[0])
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(t.out, r)
			}
			fmt.Fprintf(t.out, "%s is back as %s: %s, checked; head %s\n", given[0], s.env.DB, plural(int(r.Events), "event"), r.Head)
			if r.Kept != "" {
				fmt.Fprintf(t.out, "The database that it replaced is kept as %s.\n", r.Kept)
			}
			fmt.Fprintf(t.out, "At the next start %s looked up in Slack before being sent, and %s edited.\n",
				be(r.LookUp, "unfinished message"), be(r.Edit, "posted message"))
			return nil
		},
	}
	p.filesOnly(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// be words a number of things with its verb: "1 message is", "2 messages are".
func be(n int64, noun string) string {
	if n == 1 {
		return plural(1, noun) + " is"
	}
	return plural(int(n), noun) + " are"
}

// size words a number of bytes.
func size(n int64) string {
	switch {
	case n < 1<<20:
		return fmt.Sprintf("%d KiB", (n+1<<10-1)>>10)
	case n < 1<<30:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
}
