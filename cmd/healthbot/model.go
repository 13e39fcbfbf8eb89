package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"healthbot/scoring"
)

func modelCommand(t terminal) *cobra.Command {
	c := &cobra.Command{
		Use:   "model",
		Short: "Show, check or compare scoring models",
		Long: `A model holds every number and text that scoring uses. Write the built-in one to a
file, change it, check it, and see what it would do to your accounts before you run
with it (--model, or HEALTHBOT_MODEL).`,
		Example: `  healthbot model show > model.yml
  healthbot model check model.yml
  healthbot model diff model.yml`,
	}
	c.AddCommand(modelShowCommand(t), modelCheckCommand(t), modelDiffCommand(t))
	return c
}

func modelShowCommand(t terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "show",
		Short: "Print the built-in model as YAML, all signals in service",
		Args:  args(0, "no words"),
		RunE: func(*cobra.Command, []string) error {
			b, err := yaml.Marshal(scoring.AllSignals())
			if err != nil {
				return err
			}
			_, err = t.out.Write(b)
			return err
		},
	}
}

func modelCheckCommand(t terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Check a model file, every mistake at once",
		Args:  args(1, "one file"),
		RunE: func(_ *cobra.Command, given []string) error {
			m, err := loadModel(given[0])
			if err != nil {
				return usage(err)
			}
			fmt.Fprintf(t.out, "%s: %s, %s in service, %s, digest %s\n", given[0], m.Label(), plural(len(m.Signals), "signal"), plural(len(m.Measures), "measure"), m.Digest()[:12])
			return nil
		},
	}
}

func modelDiffCommand(t terminal) *cobra.Command {
	var p project
	c := &cobra.Command{
		Use:   "diff FILE",
		Short: "Say which accounts a model would move to another band",
		Args:  args(1, "one file"),
		RunE: func(c *cobra.Command, given []string) error {
			m, err := loadModel(given[0])
			if err != nil {
				return usage(err)
			}
			return p.read(c.Context(), func(ctx context.Context, s setting) error {
				return printModelDiff(ctx, t.out, s, m)
			})
		},
	}
	p.flags(c)
	return c
}

// loadModel reads a model file strictly; every mistake has its place or its name.
func loadModel(path string) (scoring.Model, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return scoring.Model{}, err
	}
	var m scoring.Model
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&m); err != nil {
		if errors.Is(err, io.EOF) {
			return m, fmt.Errorf("%s is empty; begin with `healthbot model show`", filepath.Base(path))
		}
		return m, fmt.Errorf("%s: %s", filepath.Base(path), yaml.FormatError(err, false, true))
	}
	if err := m.Validate(); err != nil {
		return m, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return m, nil
}

// printModelDiff scores every account under both models and lists those that
// would change band.
func printModelDiff(ctx context.Context, w io.Writer, s setting, proposed scoring.Model) error {
	accounts, err := s.db.Accounts(ctx)
	if err != nil {
		return err
	}
	var ids []string
	for _, a := range accounts {
		ids = append(ids, a.ID)
	}
	now := s.now()
	inputs, err := s.db.Inputs(ctx, ids, now)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, a := range accounts {
		names[a.ID] = a.Name
	}
	before, after := scoring.NewScorer(s.rules.Model), scoring.NewScorer(proposed)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	changed := 0
	for _, in := range inputs {
		a, b := before.Evaluate(in), after.Evaluate(in)
		if a.Band == b.Band {
			continue
		}
		if changed++; changed == 1 {
			fmt.Fprintln(tw, "ACCOUNT\tBEFORE\tAFTER\tRENEWS")
		}
		renews := "–"
		if !in.Account.RenewalOn.IsZero() {
			renews = in.Account.RenewalOn.Format("2006-01-02")
		}
		fmt.Fprintf(tw, "%s\t%s %s\t%s %s\t%s\n", oneLine(names[a.Account]), scoreOf(a), a.Band, scoreOf(b), b.Band, renews)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%d of %s would change band from %s to %s\n", changed, plural(len(inputs), "account"), s.rules.Model.Label(), proposed.Label())
	return err
}

func scoreOf(r scoring.Result) string {
	if r.Unscored {
		return "–"
	}
	return r.Score.String()
}
