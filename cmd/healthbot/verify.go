package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

func verifyCommand(t terminal) *cobra.Command {
	var p project
	var asJSON bool
	c := &cobra.Command{
		Use:   "verify",
		Short: "Prove that no record was changed or removed",
		Long: `Walks the chain of events from the first to the last, recomputes every hash, and
names the first link that doesn't hold. Keep the head hash that it prints somewhere
else: if a later chain doesn't contain it, the file was replaced.`,
		Args: args(0, "no words"),
		RunE: func(c *cobra.Command, _ []string) error {
			return p.read(c.Context(), func(ctx context.Context, s setting) error {
				v, err := s.db.Verify(ctx)
				if err != nil {
					return err
				}
				if asJSON {
					if err := writeJSON(t.out, v); err != nil {
						return err
					}
				}
				switch {
				case v.Broken != nil:
					return exit{exitRefused, fmt.Errorf("the record is broken at event %d: %s. The %s before it hold. Restore the last backup that verifies, and compare", v.Broken.Seq, v.Broken.What, plural(int(v.Broken.Seq-1), "event"))}
				case !asJSON:
					fmt.Fprintf(t.out, "%s, each linked to the one before; head %s\n", plural(int(v.Events), "event"), v.Head)
				}
				return nil
			})
		},
	}
	p.filesOnly(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}
