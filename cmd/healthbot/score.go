package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"healthbot/scoring"
	"healthbot/storage"
	"healthbot/storage/record"
)

func scoreCommand(t terminal) *cobra.Command {
	var asJSON, all bool
	var p project
	c := &cobra.Command{
		Use:   "score ACCOUNT",
		Short: "Print an account's score with its findings",
		Long: `Scores an account from what is known, and prints every finding with its points,
evidence and age, the coverage, the caps and the holds; how urgent it is; and why it
moved since it was scored before, in parts that add up. What it is compared with is the
last score that people saw, or else the weekly one of four weeks earlier. Nothing is
stored.

--as-of (or --now) asks for another day: only what had been received by then counts.`,
		Example: `  healthbot score acme
  healthbot score "Acme Robotics" --json
  healthbot score acme --as-of 2026-03-31
  healthbot score --all`,
		Args: func(c *cobra.Command, given []string) error {
			if all {
				return args(0, "no account beside --all")(c, given)
			}
			return args(1, "one account, by id or name (quotes keep a name together)")(c, given)
		},
		RunE: func(c *cobra.Command, given []string) error {
			if f := c.Flags(); f.Changed("now") && f.Changed("as-of") {
				return usage(errors.New("--now and --as-of are the same; give one of them"))
			}
			return p.read(c.Context(), func(ctx context.Context, s setting) error {
				now := s.now()
				if all {
					return scoreAll(ctx, t.out, s, now, asJSON)
				}
				a, err := findAccount(ctx, s.db, given[0])
				if err != nil {
					return err
				}
				scored, err := s.db.Score(ctx, []string{a.ID}, now)
				if err != nil {
					return err
				}
				if len(scored) == 0 {
					return fmt.Errorf("nothing was known of %s on %s yet", oneLine(a.Name), now.Format("2 January 2006, 15:04"))
				}
				if asJSON {
					return writeJSON(t.out, report(scored[0]))
				}
				printScore(t.out, a, scored[0])
				return nil
			})
		},
	}
	p.flags(c)
	c.Flags().StringVar(&p.at, "as-of", "", "the same as --now")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVar(&all, "all", false, "one line for each account, worst first")
	return c
}

// findAccount takes an id or a name; a misspelt one is answered with the nearest.
func findAccount(ctx context.Context, db *storage.DB, query string) (record.Account, error) {
	found, err := db.Find(ctx, query, 3)
	if err != nil {
		return record.Account{}, err
	}
	if len(found) > 0 && found[0].Exact {
		return db.Account(ctx, found[0].ID)
	}
	var names []string
	for _, m := range found {
		names = append(names, fmt.Sprintf("%s (%s)", m.Name, m.ID))
	}
	if len(names) == 0 {
		return record.Account{}, fmt.Errorf("no account is called %q, and none is near; `healthbot score --all` lists them", query)
	}
	return record.Account{}, fmt.Errorf("no account is called %q; the nearest are %s", query, strings.Join(names, ", "))
}

// report is a score in its public shape, with what it is compared with.
func report(s record.Snapshot) scoring.Report {
	out := s.Result.Report()
	out.Priority = &s.Priority
	if p := s.Previous; p != nil {
		out.Previous = &scoring.ReportPrevious{AsOf: p.AsOf, Version: p.Version}
		if !p.Unscored {
			out.Previous.Score = &p.Score
		}
	}
	if s.Change != nil {
		out.Parts = append([]scoring.Part{}, s.Change.Parts...) // nothing moved, and that is known
	}
	return out
}

func printScore(w io.Writer, a record.Account, s record.Snapshot) {
	r := s.Result
	fmt.Fprintf(w, "%s (%s)\n", a.Name, a.ID)
	if r.Unscored {
		fresh, all := r.FreshSignals()
		fmt.Fprintf(w, "  Unscored: %d of %d signals fresh\n", fresh, all)
	} else {
		fmt.Fprintf(w, "  %s  %s, range %.0f to %.0f\n", r.Score, r.Band, r.Low, r.High)
		if c, ok := r.Binding(); ok {
			fmt.Fprintf(w, "  %s by cap “%s” (%s); %s without it\n", r.Score, c.Name, c.Evidence, r.WithoutCaps())
		}
		fmt.Fprintf(w, "  proposed: %s, because %s\n", r.Proposal.Outcome, oneLine(r.Proposal.Reason))
	}
	if r.LowFor > 0 {
		fmt.Fprintf(w, "  low in %s in a row\n", plural(r.LowFor, "weekly score"))
	}
	if r.Unscored && r.Proposal != nil { // what a person heard goes through
		fmt.Fprintf(w, "  proposed: %s, because %s\n", r.Proposal.Outcome, oneLine(r.Proposal.Reason))
	}
	if o := r.Override; o != nil {
		fmt.Fprintf(w, "  override %s until %s; %s computed: %s\n", scoring.RoundTenths(o.Points).Signed(), o.Until.Format("2 January 2006"),
			scoring.RoundTenths(r.Health), oneLine(o.Reason))
	}
	printChange(w, s)
	printPriority(w, a, s.Priority)
	fmt.Fprintf(w, "  coverage %.0f %% (%s confidence), %s, as of %s\n", 100*r.Coverage, r.Confidence, r.Version, r.AsOf.Format("2006-01-02 15:04 MST"))
	for _, f := range r.Findings {
		if g := f.Goal; g != nil {
			fmt.Fprintf(w, "  customer goal since %s: %s %s; %s\n", g.Since.Format(time.DateOnly), f.Title, scoring.Value(g.At[4], f.Unit), cmp.Or(oneLine(g.Evidence), "nobody said where it was agreed"))
		}
	}
	for _, h := range r.Holds {
		fmt.Fprintf(w, "  on hold (%s): %s\n", h.Kind, h.Evidence)
	}
	fmt.Fprintf(w, "  next: %s\n\n", r.Next.Text)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "POINTS\tMEASURE\tVALUE\tAGE\tSTATE\tSOURCE\tEVIDENCE")
	fmt.Fprintf(tw, "%+.1f\tnormal for all measures\t\t\t\t\t\n", r.Base)
	for _, f := range r.Findings {
		value, age := "–", "–"
		if f.Value != nil {
			value = scoring.Value(*f.Value, f.Unit)
		}
		if !f.ObservedAt.IsZero() {
			age = fmt.Sprintf("%.0f d", r.AsOf.Sub(f.ObservedAt).Hours()/24)
		}
		fmt.Fprintf(tw, "%+.1f\t%s\t%s\t%s\t%s\t%s\t%s\n", f.Points, f.Title, value, age, f.State, f.Source, oneLine(f.Evidence))
	}
	_ = tw.Flush() // it writes to the terminal: nobody is left to tell
}

// printChange says why the score moved; the parts sum to the difference.
func printChange(w io.Writer, s record.Snapshot) {
	c := s.Change
	if c == nil {
		return
	}
	fmt.Fprintf(w, "  %s → %s since %s", c.From, c.To, s.Previous.AsOf.Format("2 January 2006"))
	if len(c.Parts) == 0 {
		fmt.Fprint(w, ": nothing moved")
	}
	fmt.Fprintln(w)
	for _, p := range c.Parts {
		fmt.Fprintf(w, "    %5s  %s\n", p.Points.Signed(), oneLine(p.Words()))
	}
}

// printPriority shows the level with its parts. Who runs a command beside the
// database sees amounts.
func printPriority(w io.Writer, a record.Account, p scoring.Priority) {
	level := string(p.Level)
	if level == "" {
		level = "no priority"
	}
	size := ""
	if p.Top {
		size = ", one of the segment's largest"
	}
	loss := strings.TrimSpace(fmt.Sprintf("%s %.0f", oneLine(p.Currency), p.Loss))
	if p.NoRate {
		loss = fmt.Sprintf("nothing (no rate for %s is configured)", oneLine(a.Currency))
	}
	fmt.Fprintf(w, "  %s: renewal %s%s; weighs %.0f = %s of assumed loss × %.2f for urgency × %.2f for open tickets\n",
		level, p.Renewal, size, p.Weight, loss, p.Urgency, p.Issues)
}

// scoredTogether is how many accounts are scored at once: the evidence of all of a
// large company isn't held in memory.
const scoredTogether = 1000

// scoreAll prints one line an account, worst first.
func scoreAll(ctx context.Context, w io.Writer, s setting, now time.Time, asJSON bool) error {
	accounts, err := s.db.Accounts(ctx)
	if err != nil {
		return err
	}
	names := map[string]string{}
	var lines []line
	for part := range slices.Chunk(accounts, scoredTogether) {
		var ids []string
		for _, a := range part {
			names[a.ID] = a.Name
			ids = append(ids, a.ID)
		}
		scored, err := s.db.Score(ctx, ids, now)
		if err != nil {
			return err
		}
		for _, x := range scored {
			l, err := lineOf(x, asJSON)
			if err != nil {
				return err
			}
			lines = append(lines, l)
		}
	}
	slices.SortFunc(lines, func(a, b line) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.account, b.account))
	})
	if asJSON {
		for _, l := range lines {
			if _, err := w.Write(append(l.json, '\n')); err != nil {
				return err
			}
		}
		return nil
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "SCORE\tBAND\tCOVERAGE\tACCOUNT\tPROPOSED\tNEXT")
	for _, l := range lines {
		fmt.Fprintf(tw, "%s\t%s\t%.0f %%\t%s\t%s\t%s\n", l.score, l.band, 100*l.coverage, oneLine(names[l.account]), l.proposed, oneLine(l.next))
	}
	return tw.Flush()
}

// line is as much of a score as its line shows.
type line struct {
	rank                     scoring.Tenths
	account, score, proposed string
	band                     scoring.Band
	coverage                 float64
	next                     string
	json                     []byte
}

func lineOf(s record.Snapshot, asJSON bool) (l line, err error) {
	r := s.Result
	l = line{rank: r.Rank(), account: r.Account, score: r.Score.String(), band: r.Band, coverage: r.Coverage, next: r.Next.Text}
	if r.Unscored {
		l.score = "–"
	}
	if r.Proposal != nil {
		l.proposed = string(r.Proposal.Outcome)
	}
	if asJSON {
		l.json, err = json.Marshal(report(s))
	}
	return l, err
}
