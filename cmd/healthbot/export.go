package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"healthbot/storage/record"
)

// exportable is what can be exported: a name, its columns, and its rows.
type exportable struct {
	name    string
	columns []string
	rows    func(context.Context, setting) ([][]string, error)
}

var exportables = []exportable{
	{"decisions", []string{"id", "at", "account", "outcome", "proposed", "score", "band", "version", "by", "by_name", "sentence", "reasons", "next_review", "watch", "owner", "goal", "supersedes", "review"}, decisionRows},
	{"tasks", []string{"id", "made_at", "account", "kind", "title", "owner", "due", "expected", "state", "result", "met", "ended_at", "ended_by", "decision"}, taskRows},
	{"escalations", []string{"id", "made_at", "account", "recipient", "trigger", "reason", "plan", "ask", "respond_by", "state", "answer", "acknowledged_at", "decided_at", "decided_by", "by", "decision"}, escalationRows},
	{"results", []string{"id", "account", "date", "result", "arr_before", "arr_after", "source", "received_at"}, resultRows},
	{"events", []string{"seq", "at", "kind", "actor_id", "actor", "account", "run", "subject", "before", "after", "text_hash", "where", "request", "prev", "hash"}, eventRows},
}

func exportCommand(t terminal) *cobra.Command {
	var p project
	var format, out string
	var names []string
	for _, e := range exportables {
		names = append(names, e.name)
	}
	c := &cobra.Command{
		Use:   "export WHAT",
		Short: "Write records as CSV or JSON lines",
		Long: `Writes ` + strings.Join(names, ", ") + `.

CSV is safe to open in a spreadsheet: a cell that would be taken for a formula (it begins
with =, +, -, @, a tab or a line break) gets an apostrophe in front. JSON lines hold the
text as it is.`,
		Example: `  healthbot export decisions > decisions.csv
  healthbot export events --format json --out events.jsonl`,
		ValidArgs: names,
		Args:      args(1, "one of "+strings.Join(names, ", ")),
		RunE: func(c *cobra.Command, given []string) error {
			i := slices.IndexFunc(exportables, func(e exportable) bool { return e.name == given[0] })
			if i < 0 {
				return usage(fmt.Errorf("there is no %q to export; expected one of %s", given[0], strings.Join(names, ", ")))
			}
			if format != "csv" && format != "json" {
				return usage(fmt.Errorf("--format: found %q; expected csv or json", format))
			}
			return p.read(c.Context(), func(ctx context.Context, s setting) error {
				rows, err := exportables[i].rows(ctx, s)
				if err != nil {
					return err
				}
				var b strings.Builder
				if format == "csv" {
					err = writeCSV(&b, exportables[i].columns, rows)
				} else {
					err = writeLines(&b, exportables[i].columns, rows)
				}
				if err != nil {
					return err
				}
				if out == "" {
					_, err = io.WriteString(t.out, b.String())
					return err
				}
				if err := writeFile(out, []byte(b.String())); err != nil {
					return err
				}
				fmt.Fprintf(t.err, "%s: %s\n", out, plural(len(rows), "row"))
				return nil
			})
		},
	}
	p.filesOnly(c)
	c.Flags().StringVar(&format, "format", "csv", "csv or json (one object a line)")
	c.Flags().StringVarP(&out, "out", "o", "", "write to this file, replaced at once, instead of standard output")
	return c
}

func writeCSV(w io.Writer, columns []string, rows [][]string) error {
	c := csv.NewWriter(w)
	if err := c.Write(columns); err != nil {
		return err
	}
	for _, row := range rows {
		safe := make([]string, len(row))
		for i, cell := range row {
			safe[i] = safeCell(cell)
		}
		if err := c.Write(safe); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// safeCell keeps a spreadsheet from running a cell as a formula; numbers stay
// numbers (OWASP, "CSV Injection").
func safeCell(s string) string {
	if s == "" || !strings.ContainsRune("=+-@\t\r\n", rune(s[0])) {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s
	}
	return "'" + s
}

func writeLines(w io.Writer, columns []string, rows [][]string) error {
	for _, row := range rows {
		var b strings.Builder
		for i, name := range columns { // by hand, because the columns' order is the document
			if i > 0 {
				b.WriteByte(',')
			}
			cell, err := json.Marshal(row[i])
			if err != nil {
				return err
			}
			if (name == "before" || name == "after") && row[i] != "" {
				cell = []byte(row[i]) // JSON already
			}
			fmt.Fprintf(&b, "%q:%s", name, cell)
		}
		if _, err := fmt.Fprintf(w, "{%s}\n", b.String()); err != nil {
			return err
		}
	}
	return nil
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func decisionRows(ctx context.Context, s setting) ([][]string, error) {
	all, err := s.db.Decisions(ctx)
	var rows [][]string
	for _, d := range all {
		rows = append(rows, []string{d.ID, stamp(d.At), d.Account, string(d.Outcome), string(d.Proposed), d.Score.String(), string(d.Band), d.Version,
			d.By, d.ByName, d.Sentence, strings.Join(d.Reasons, " "), d.Next.String(), d.Watch, d.Owner, d.Goal, d.Supersedes, d.Review})
	}
	return rows, err
}

func taskRows(ctx context.Context, s setting) ([][]string, error) {
	all, err := s.db.Tasks(ctx)
	var rows [][]string
	for _, x := range all {
		met := ""
		if x.State == record.TaskDone {
			met = strconv.FormatBool(x.Met)
		}
		rows = append(rows, []string{x.ID, stamp(x.MadeAt), x.Account, string(x.Kind), x.Title, x.Owner, x.Due.String(), x.Expected, string(x.State),
			x.Result, met, stamp(x.EndedAt), x.EndedBy, x.Decision})
	}
	return rows, err
}

func escalationRows(ctx context.Context, s setting) ([][]string, error) {
	all, err := s.db.Escalations(ctx)
	var rows [][]string
	for _, e := range all {
		rows = append(rows, []string{e.ID, stamp(e.MadeAt), e.Account, e.Recipient, e.Trigger, e.Reason, e.Plan, e.Ask, stamp(e.RespondBy), string(e.State),
			e.Answer, stamp(e.AckedAt), stamp(e.DecidedAt), e.DecidedBy, e.By, e.Decision})
	}
	return rows, err
}

func resultRows(ctx context.Context, s setting) ([][]string, error) {
	all, err := s.db.Results(ctx)
	amount := func(x *float64) string {
		if x == nil {
			return ""
		}
		return strconv.FormatFloat(*x, 'f', -1, 64)
	}
	var rows [][]string
	for _, x := range all {
		rows = append(rows, []string{x.ID, x.Account, x.On.String(), string(x.Ending), amount(x.Before), amount(x.After), x.Source, stamp(x.ReceivedAt)})
	}
	return rows, err
}

func eventRows(ctx context.Context, s setting) ([][]string, error) {
	const page = 5000
	var rows [][]string
	for after := int64(0); ; {
		events, err := s.db.Events(ctx, after, page)
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			after = e.Seq
			rows = append(rows, []string{strconv.FormatInt(e.Seq, 10), e.At.UTC().Format(time.RFC3339Nano), string(e.Kind), e.ActorID, e.Actor, e.Account, e.Run, e.Subject,
				string(e.Before), string(e.After), e.TextHash, e.Where, e.Request, e.Prev, e.Hash})
		}
		if len(events) < page {
			return rows, nil
		}
	}
}
