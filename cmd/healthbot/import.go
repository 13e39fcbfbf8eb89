package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"healthbot/schedule/source"
	"healthbot/scoring"
	"healthbot/storage/record"
)

// shownRefusals is how many refused rows are printed; --json has them all.
const shownRefusals = 20

func importCommand(t terminal) *cobra.Command {
	var p project
	var asJSON bool
	var mapping, kind, from string
	var o record.ImportOptions
	c := &cobra.Command{
		Use:   "import FILE…",
		Short: "Load accounts, readings, facts and results from CSV files and JSON lines",
		Long: `Loads CSV files and JSON lines (.jsonl, .ndjson, or a file that begins with a brace),
of any length. What a file holds is recognised by its header, or said with --kind.
Accounts come first, because readings and facts of an unknown account are refused.
Loading a file twice changes nothing; another value for the same key is a correction,
and both are kept. A refused row is printed with file, line, column, what was found and
what was expected; the other rows load, unless --strict. Nothing is half-loaded: an import
that is stopped, or killed, leaves nothing to see, and can simply be run again.
While a bot runs on the database it is the bot that stores the rows, so that nobody in
Slack waits for them. FILE may be a pipe, or - for standard input.

--dry-run shows the first 20 changes (account, what, before → after) and all counts.

Exit code 3 means that rows were refused.

` + source.Doc(scoring.AllSignals()),
		Example: `  healthbot import --source crm accounts.csv contacts.csv touches.csv
  healthbot import readings.csv
  healthbot import --source product usage.jsonl
  healthbot import --mapping weeks.yml account_week.csv --dry-run`,
		Args: func(c *cobra.Command, given []string) error {
			if len(given) == 0 {
				return usage(fmt.Errorf("expected at least one file; see `%s --help`", c.CommandPath()))
			}
			return nil
		},
		RunE: func(c *cobra.Command, files []string) error {
			s, err := p.load(false)
			if err != nil {
				return err
			}
			so := source.Options{Kind: source.Kind(kind), Source: from, Zone: s.rules.Policy.Zone, Now: s.now(), Model: s.rules.Model}
			if mapping != "" {
				text, err := os.ReadFile(mapping)
				if err != nil {
					return usage(err)
				}
				m, err := source.ParseMapping(text, filepath.Base(mapping))
				if err != nil {
					return usage(err)
				}
				so.Mapping = &m
			}
			return s.open(c.Context(), func(ctx context.Context, s setting) error {
				var sums []record.Summary
				refused := 0
				for _, name := range files {
					sum, err := importFile(ctx, t, s, name, so, o)
					if err != nil {
						return err
					}
					if sums = append(sums, sum); !asJSON {
						printSummary(t, sum, o)
					}
					refused += sum.RefusedRows()
				}
				if asJSON {
					if err := writeJSON(t.out, sums); err != nil {
						return err
					}
				}
				if refused > 0 {
					return exit{exitRefused, fmt.Errorf("%s refused; mend them and load the same file again", plural(refused, "row"))}
				}
				return nil
			})
		},
	}
	p.flags(c)
	c.Flags().StringVar(&mapping, "mapping", "", "YAML file that says which column means what")
	c.Flags().StringVar(&kind, "kind", "", "what the files hold: accounts, readings, milestones, tickets, invoices, contacts, touches, results, goals")
	c.Flags().StringVar(&from, "source", "", "name of the source, where the file and the mapping don't say")
	c.Flags().BoolVar(&o.Strict, "strict", false, "load nothing of a file in which a row is refused")
	c.Flags().BoolVar(&o.DryRun, "dry-run", false, "say what would happen and change nothing")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func importFile(ctx context.Context, t terminal, s setting, name string, so source.Options, o record.ImportOptions) (record.Summary, error) {
	in, err := openInput(ctx, t, name)
	if err != nil {
		return record.Summary{}, err
	}
	defer func() { _ = in.close() }() // only read
	shown := progress{to: t.err, file: in.name, begun: time.Now()}
	if isTerminal(t.err) {
		o.Progress = shown.show
	}
	sum, err := s.db.ImportParts(ctx, cli(), in.whole(source.Parse(in, in.name, so)), o)
	shown.end()
	return sum, err
}

func printSummary(t terminal, s record.Summary, o record.ImportOptions) {
	for i, r := range s.Refused {
		if i == shownRefusals {
			fmt.Fprintf(t.err, "… and %d more; --json lists %s\n", s.RefusedRows()-i, listed(s))
			break
		}
		fmt.Fprintln(t.err, r)
	}
	for i, r := range s.Marked {
		if i == shownRefusals {
			fmt.Fprintf(t.err, "… and %d more to look at\n", len(s.Marked)+s.MoreMarked-i)
			break
		}
		fmt.Fprintf(t.err, "to look at: %s\n", r)
	}
	verb := "loaded"
	switch {
	case s.Stopped:
		fmt.Fprintf(t.out, "%s: nothing loaded, because of --strict; %d refused\n", s.File, s.RefusedRows())
		return
	case o.DryRun:
		verb = "would load"
		printChanges(t, s)
	}
	fmt.Fprintf(t.out, "%s: %d %s, %d unchanged, %d corrected, %d refused\n", s.File, s.Loaded, verb, s.Unchanged, s.Corrected, s.RefusedRows())
}

func listed(s record.Summary) string {
	if s.More > 0 {
		return fmt.Sprintf("the first %d", len(s.Refused))
	}
	return "them all"
}

// printChanges writes what a dry run found, one change a line.
func printChanges(t terminal, s record.Summary) {
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	for _, c := range s.Changes {
		before := c.Before
		if before == "" {
			before = "nothing"
		}
		fmt.Fprintf(w, "  %s\t%s\t%s → %s\n", oneLine(c.Account), oneLine(c.What), oneLine(before), oneLine(c.After))
	}
	_ = w.Flush() // like every print to the terminal
	if len(s.Changes) == record.MostChanges {
		fmt.Fprintf(t.out, "  … the first %d are shown\n", record.MostChanges)
	}
}
