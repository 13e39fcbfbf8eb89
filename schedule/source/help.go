package source

import (
	"bytes"
	"fmt"
	"strings"
	"text/tabwriter"

	"healthbot/scoring"
)

// Doc is the documentation of everything a file may hold, for the terminal. It
// is printed from the tables that files are read by.
func Doc(model scoring.Model) string {
	var b strings.Builder
	b.WriteString(docHead)
	for _, k := range Kinds {
		fmt.Fprintf(&b, "\n%s: %s\n", strings.ToUpper(string(k)), docKinds[k])
		b.WriteString(docColumns(columns[k]))
	}
	fmt.Fprintf(&b, "\nMEASURES of %s\n", model.Label())
	b.WriteString(docMeasures(model))
	b.WriteString(docMapping)
	return b.String()
}

const docHead = `Files are CSV in UTF-8 with a header line, or JSON lines. The delimiter of CSV
(, ; tab |) is found from the header; the columns stand in any order, and "Due date" is
read as due_date.

JSON lines (.jsonl, .ndjson, or a file that begins with a brace) have one object a line
with the same columns as keys, in any order; what is left out, null or "" says nothing.
  {"account": "A-1001", "measure": "usage.active_seat_ratio", "value": 0.82, "observed_at": "2026-03-29"}

A line with a fault is refused, with its place, what was found and what was
expected; the others load. An empty field says nothing: it is never a zero.
Two lines with one key and different values are both refused.

  date           2026-03-31
  time           2026-03-31, which is the end of that day in the source's zone,
                 2026-03-31 14:05:00 in that zone, or 2026-03-31T14:05:00+02:00
  week           2026-03-23 or 2026-W13; the figure is of the end of that week
  number         1234.5 or 1,234.5 or 1 234,5; not 1,234, which could mean two
  yes/no         yes, no, true, false, 1, 0
  text           one line of at most 200 characters

What has happened can't lie in the future; a day counts from its end, today's too.
Columns with * must be there, and exactly one of those with +.
`

// docKinds says in a few words what a row of a kind is.
var docKinds = map[Kind]string{
	Accounts:   "one row an account; columns left out stay as they are",
	Readings:   "one row a value of a measure; or, with a mapping, one column a measure",
	Milestones: "one row a milestone, done or not",
	Tickets:    "one row a support ticket, open or closed",
	Invoices:   "one row an invoice, paid or not",
	Contacts:   "one row a person at the customer",
	Touches:    "one row a mail, call or meeting",
	Results:    "one row a contract that was renewed, ended or changed; no evidence for a score",
	Goals:      "one row a customer's own goal for a measure: at_0 to at_100, or start and target",
}

const docMapping = `
MAPPINGS: a YAML file that says how a file with other columns is read

  kind: readings                     # one of the kinds above
  source: product                    # where it comes from
  zone: Europe/Berlin                # of bare dates and times
  columns:                           # our column: theirs
    account: account_id
    collector: {constant: nightly export}
    evidence: {column: plan, values: {Pro: paying, "*": on trial}}
  week: {column: week, means: start} # or end
  received_at: {column: week, plus: 8d}
  measures:                          # a wide file: one column a measure
    - {column: active, per: seats, measure: usage.active_seat_ratio}
    - {column: score, scale: 0.01, measure: adoption.key_feature_ratio}
  ignore: [country, plan]            # or: ignore: rest

A column takes values (theirs: ours; "*" is any other), date_format (DD.MM.YYYY),
plus (8d, 2w, 12h) and scale. Columns with our names need no line.
`

func docColumns(cols []column) string {
	rows := [][]string{{"column", "type", "example", "meaning"}}
	for _, c := range cols {
		rows = append(rows, []string{c.name + c.docMark(), c.docType(), c.example, c.docMeaning()})
	}
	return table(rows)
}

func (c column) docType() string {
	switch {
	case c.unit != "":
		return string(c.kind) + ", " + c.unit
	case c.kind == weekStart, c.kind == weekEnd:
		return "week"
	case c.kind == measured:
		return "number"
	case c.kind == measureID:
		return "text"
	}
	return string(c.kind)
}

func (c column) docMeaning() string {
	if c.kind == oneOf {
		return listChoices(c.choices) + "; " + c.meaning
	}
	return c.meaning
}

// docMark says what must be there; docHead explains the marks.
func (c column) docMark() string {
	switch {
	case c.group != "":
		return " +"
	case c.required:
		return " *"
	}
	return ""
}

func docMeasures(m scoring.Model) string {
	rows := [][]string{{"measure", "unit", "range", "meaning"}}
	for _, x := range m.Measures {
		bounds := "any"
		if x.Max > x.Min {
			bounds = plainNumber(x.Min) + " to " + plainNumber(x.Max)
		}
		rows = append(rows, []string{x.ID, x.Unit, bounds, x.Title})
	}
	return table(rows)
}

// table aligns rows and indents them.
func table(rows [][]string) string {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		fmt.Fprintln(w, "  "+strings.Join(r, "\t"))
	}
	_ = w.Flush() // a buffer takes everything
	var out strings.Builder
	for l := range strings.Lines(b.String()) {
		out.WriteString(strings.TrimRight(l, " \n") + "\n")
	}
	return out.String()
}
