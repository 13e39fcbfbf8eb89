package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"healthbot/cmd/healthbot/config"
	"healthbot/scoring"
	"healthbot/storage/record"
)

func modelDiffCommand(t terminal) *cobra.Command {
	var p project
	var asJSON bool
	c := &cobra.Command{
		Use:   "diff FILE",
		Short: "Say which accounts a model would move to another band",
		Long: `Scores every account with the approved version (or the one that --model names) and with the
one in FILE, and lists those that would change band, the nearest renewal first. Nothing is
stored.`,
		Example: `  healthbot model diff model.yml
  healthbot model diff model.yml --json`,
		Args: args(1, "one file"),
		RunE: func(c *cobra.Command, given []string) error {
			proposed, err := config.LoadModel(given[0])
			if err != nil {
				return usage(err)
			}
			return p.read(c.Context(), func(ctx context.Context, s setting) error {
				d, err := compareModels(ctx, s, proposed)
				if err != nil {
					return err
				}
				if asJSON {
					return writeJSON(t.out, d)
				}
				return d.print(t)
			})
		},
	}
	p.flags(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// modelDiff is what a proposed version would change.
type modelDiff struct {
	Before   string        `json:"before"`
	After    string        `json:"after"`
	Accounts int           `json:"accounts"`
	Changed  []bandChanged `json:"changed"` // by renewal, the soonest first; without one last
}

type bandChanged struct {
	Account   string       `json:"account"`
	Name      string       `json:"name"`
	RenewalOn *record.Date `json:"renewal_on"` // nil: none or unknown
	Before    standing     `json:"before"`
	After     standing     `json:"after"`
}

// standing is a score with its band; no score: unscored.
type standing struct {
	Score *scoring.Tenths `json:"score"`
	Band  scoring.Band    `json:"band"`
}

func standingOf(r scoring.Result) standing {
	if r.Unscored {
		return standing{nil, r.Band}
	}
	return standing{&r.Score, r.Band}
}

func (s standing) String() string {
	if s.Score == nil {
		return "– " + string(s.Band)
	}
	return s.Score.String() + " " + string(s.Band)
}

// compareModels scores every account under both versions.
func compareModels(ctx context.Context, s setting, proposed scoring.Model) (modelDiff, error) {
	current := s.rules.Model
	if s.env.Model == "" { // nobody named another
		switch v, err := s.db.ApprovedModel(ctx); {
		case err == nil:
			current = v.Model
		case record.KindOf(err) != record.NotFound:
			return modelDiff{}, err
		}
	}
	accounts, err := s.db.Accounts(ctx)
	if err != nil {
		return modelDiff{}, err
	}
	names := map[string]string{}
	var ids []string
	for _, a := range accounts {
		names[a.ID] = a.Name
		ids = append(ids, a.ID)
	}
	inputs, err := s.db.Inputs(ctx, ids, s.now())
	if err != nil {
		return modelDiff{}, err
	}
	d := modelDiff{Before: record.ModelName(current.Label(), current.Digest()), After: record.ModelName(proposed.Label(), proposed.Digest()),
		Accounts: len(inputs), Changed: []bandChanged{}}
	before, after := scoring.NewScorer(current), scoring.NewScorer(proposed)
	for _, in := range inputs {
		a, b := before.Evaluate(in), after.Evaluate(in)
		if a.Band == b.Band {
			continue
		}
		x := bandChanged{Account: a.Account, Name: names[a.Account], Before: standingOf(a), After: standingOf(b)}
		if at := in.Account.RenewalOn; !at.IsZero() {
			day := record.DateOf(at)
			x.RenewalOn = &day
		}
		d.Changed = append(d.Changed, x)
	}
	slices.SortFunc(d.Changed, func(a, b bandChanged) int {
		return cmp.Or(a.renewal().Compare(b.renewal()), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Account, b.Account))
	})
	return d, nil
}

// renewal orders by time; who has none comes last.
func (x bandChanged) renewal() time.Time {
	if x.RenewalOn == nil {
		return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return x.RenewalOn.Time()
}

func (d modelDiff) print(t terminal) error {
	tw := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	if len(d.Changed) > 0 {
		fmt.Fprintln(tw, "RENEWS\tACCOUNT\tBEFORE\tAFTER")
	}
	for _, x := range d.Changed {
		renews := "–"
		if x.RenewalOn != nil {
			renews = x.RenewalOn.String()
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\n", renews, oneLine(x.Name), x.Before, x.After)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "%d of %s would change band from %s to %s\n", len(d.Changed), plural(d.Accounts, "account"), oneLine(d.Before), oneLine(d.After))
	return nil
}
