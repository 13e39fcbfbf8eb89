package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

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
		Short: "Load accounts, readings and facts from CSV files",
		Long: `Loads CSV files. What a file holds is recognised by its header, or said with --kind.
Accounts come first, because readings and facts of an unknown account are refused.
Loading a file twice changes nothing; another value for the same key is a correction,
and both are kept. A refused row is printed with file, line, column, what was found and
what was expected; the other rows load, unless --strict.

Exit code 3 means that rows were refused.

` + source.Doc(scoring.AllSignals()),
		Example: `  healthbot import --source crm accounts.csv contacts.csv touches.csv
  healthbot import readings.csv
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
					sum, err := importFile(ctx, s, name, so, o)
					if err != nil {
						return err
					}
					if sums = append(sums, sum); !asJSON {
						printSummary(t, sum, o)
					}
					refused += len(sum.Refused)
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
	c.Flags().StringVar(&kind, "kind", "", "what the files hold: accounts, readings, milestones, tickets, invoices, contacts, touches")
	c.Flags().StringVar(&from, "source", "", "name of the source, where the file and the mapping don't say")
	c.Flags().BoolVar(&o.Strict, "strict", false, "load nothing of a file in which a row is refused")
	c.Flags().BoolVar(&o.DryRun, "dry-run", false, "say what would happen and change nothing")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func importFile(ctx context.Context, s setting, name string, so source.Options, o record.ImportOptions) (record.Summary, error) {
	f, err := os.Open(name)
	if err != nil {
		return record.Summary{}, usage(err)
	}
	defer func() { _ = f.Close() }() // only read
	batch, err := source.ParseCSV(f, filepath.Base(name), so)
	if err != nil {
		return record.Summary{}, fmt.Errorf("%s: nothing was loaded: %w", name, err)
	}
	return s.db.Import(ctx, cli(), batch, o)
}

func printSummary(t terminal, s record.Summary, o record.ImportOptions) {
	for i, r := range s.Refused {
		if i == shownRefusals {
			fmt.Fprintf(t.err, "… and %d more; --json lists them all\n", len(s.Refused)-i)
			break
		}
		fmt.Fprintln(t.err, r)
	}
	verb := "loaded"
	switch {
	case s.Stopped:
		fmt.Fprintf(t.out, "%s: nothing loaded, because of --strict; %d refused\n", s.File, len(s.Refused))
		return
	case o.DryRun:
		verb = "would load"
	}
	fmt.Fprintf(t.out, "%s: %d %s, %d unchanged, %d corrected, %d refused\n", s.File, s.Loaded, verb, s.Unchanged, s.Corrected, len(s.Refused))
}
