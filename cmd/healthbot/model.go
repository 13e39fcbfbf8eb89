package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"healthbot/cmd/healthbot/config"
	"healthbot/scoring"
	"healthbot/storage/record"
)

func modelCommand(t terminal) *cobra.Command {
	c := &cobra.Command{
		Use:   "model",
		Short: "Show, check, compare and approve versions of the scoring model",
		Long: `A version of the model holds every number and text that scoring uses, and is kept for ever:
a stored score can be computed again by the version that made it. The approved version is
the one that scores. Write one to a file, change it, check it, see what it would do to your
accounts, have it approved, and run with it (--model, or HEALTHBOT_MODEL).

Approval by a second person inside Slack is to come; until then it is given here, by name.`,
		Example: `  healthbot model show > model.yml
  healthbot model check model.yml
  healthbot model diff model.yml
  healthbot model approve model.yml --by "Mia Chen"
  healthbot run --model model.yml`,
	}
	c.AddCommand(modelShowCommand(t), modelCheckCommand(t), modelDiffCommand(t), modelApproveCommand(t), modelListCommand(t))
	return c
}

func modelShowCommand(t terminal) *cobra.Command {
	var p project
	c := &cobra.Command{
		Use:   "show [DIGEST]",
		Short: "Print a version as YAML, with what each number means and why",
		Long: `Prints the built-in version with all signals in service; or one on record, by the
beginning of its digest (see healthbot model list), or the approved one as "approved".`,
		Example: `  healthbot model show > model.yml
  healthbot model show approved
  healthbot model show 3f2a91c04b7d`,
		Args: upTo(1, "one digest at most"),
		RunE: func(c *cobra.Command, given []string) error {
			if len(given) == 0 {
				return config.WriteModel(t.out, scoring.AllSignals())
			}
			return p.read(c.Context(), func(ctx context.Context, s setting) error {
				v, err := findModel(ctx, s, given[0])
				if err != nil {
					return err
				}
				return config.WriteModel(t.out, v.Model)
			})
		},
	}
	p.filesOnly(c)
	return c
}

// findModel finds a version on record by the beginning of its digest.
func findModel(ctx context.Context, s setting, query string) (record.ModelVersion, error) {
	if query == "approved" {
		return s.db.ApprovedModel(ctx)
	}
	all, err := s.db.Models(ctx)
	if err != nil {
		return record.ModelVersion{}, err
	}
	var found []record.ModelVersion
	for _, v := range all {
		if strings.HasPrefix(v.Digest, strings.ToLower(query)) {
			found = append(found, v)
		}
	}
	if len(found) != 1 {
		return record.ModelVersion{}, fmt.Errorf("%s on record begin with %q, expected one; `healthbot model list` shows them", plural(len(found), "version"), query)
	}
	return found[0], nil
}

func modelCheckCommand(t terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Check a model file, every mistake at once",
		Args:  args(1, "one file"),
		RunE: func(_ *cobra.Command, given []string) error {
			m, err := config.LoadModel(given[0])
			if err != nil {
				return usage(err)
			}
			fmt.Fprintf(t.out, "%s: %s, %s in service, %s, digest %s\n", given[0], m.Label(), plural(len(m.Signals), "signal"), plural(len(m.Measures), "measure"), m.Digest()[:12])
			return nil
		},
	}
}

func modelApproveCommand(t terminal) *cobra.Command {
	var p project
	var by string
	c := &cobra.Command{
		Use:   "approve [FILE]",
		Short: "Record a version for ever, and put it in force",
		Long: `Records a version of the model and makes it the approved one, which alone may score. The
name of whoever approves stands in the record. Look at what it changes first: healthbot
model diff. A bot that is running holds all outcomes until it is started with this version.

Without FILE it approves what run would score with: HEALTHBOT_MODEL, or the built-in version
with the signals that the configured sources deliver. That is needed after an upgrade or a
change of sources. Going back to an older version is approving it again.

Approval by a second person inside Slack is to come.`,
		Example: `  healthbot model approve model.yml --by "Mia Chen"
  healthbot model approve --by "Mia Chen"`,
		Args: upTo(1, "one file at most"),
		RunE: func(c *cobra.Command, given []string) error {
			if strings.TrimSpace(by) == "" || oneLine(by) != by {
				return usage(errors.New("expected --by with the name of whoever approves"))
			}
			if len(given) == 1 {
				p.model = given[0]
			}
			s, err := p.load(false)
			if err != nil {
				return err
			}
			return s.open(c.Context(), func(ctx context.Context, s setting) error { return approveModel(ctx, t, s, by) })
		},
	}
	p.filesOnly(c)
	c.Flags().StringVar(&by, "by", "", "who approves, by name")
	return c
}

func approveModel(ctx context.Context, t terminal, s setting, by string) error {
	was, err := s.db.ApprovedModel(ctx)
	if err != nil && record.KindOf(err) != record.NotFound {
		return err
	}
	before := "none was before"
	if err == nil {
		before = was.Name() + " was before"
	}
	v, err := s.db.RecordModel(ctx, record.Actor{Name: by + " (command line)"}, s.rules.Model, true)
	if err != nil {
		return err
	}
	if v.Digest == was.Digest {
		fmt.Fprintf(t.out, "%s is the approved version already; nothing was changed\n", v.Name())
		return nil
	}
	fmt.Fprintf(t.out, "%s is approved by %s; %s\n", v.Name(), by, before)
	if s.env.Model != "" {
		fmt.Fprintf(t.out, "start the bot with it: healthbot run --model %s\n", s.env.Model)
	}
	return nil
}

func modelListCommand(t terminal) *cobra.Command {
	var p project
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List the versions on record, and say which is approved",
		Args:  args(0, "no words"),
		RunE: func(c *cobra.Command, _ []string) error {
			return p.read(c.Context(), func(ctx context.Context, s setting) error {
				all, err := s.db.Models(ctx)
				if err != nil {
					return err
				}
				if asJSON {
					return writeJSON(t.out, listedModels(all))
				}
				tw := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
				fmt.Fprintln(tw, "VERSION\tDIGEST\tRECORDED\tAPPROVED\tBY\t")
				for _, v := range all {
					approved, who, mark := "–", "", ""
					if !v.ApprovedAt.IsZero() {
						approved, who = v.ApprovedAt.Format("2006-01-02 15:04"), approver(v)
					}
					if v.InForce {
						mark = "in force"
					}
					fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\n", oneLine(v.Model.Label()), v.Digest[:12], v.RecordedAt.Format("2006-01-02 15:04"), approved, oneLine(who), mark)
				}
				return tw.Flush()
			})
		},
	}
	p.filesOnly(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// approver names who approved a version; the built-in one is approved by nobody.
func approver(v record.ModelVersion) string {
	if v.ApprovedName == "" {
		return "installation"
	}
	return v.ApprovedName
}

// listedModel is a version in the shape that `model list --json` prints.
type listedModel struct {
	Name       string    `json:"name"`
	Version    int       `json:"version"`
	Digest     string    `json:"digest"`
	RecordedAt time.Time `json:"recorded_at"`
	ApprovedAt time.Time `json:"approved_at,omitzero"`
	ApprovedBy string    `json:"approved_by,omitempty"`
	InForce    bool      `json:"in_force"`
}

func listedModels(all []record.ModelVersion) []listedModel {
	out := []listedModel{}
	for _, v := range all {
		x := listedModel{v.Model.Name, v.Model.Version, v.Digest, v.RecordedAt, v.ApprovedAt, "", v.InForce}
		if !v.ApprovedAt.IsZero() {
			x.ApprovedBy = approver(v)
		}
		out = append(out, x)
	}
	return out
}

// upTo is cobra.MaximumNArgs with a sentence of ours.
func upTo(n int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, given []string) error {
		if len(given) > n {
			return usage(fmt.Errorf("expected %s, got %d words; see `%s --help`", what, len(given), c.CommandPath()))
		}
		return nil
	}
}
