package seed

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"time"

	"healthbot/schedule/source"
)

// File is one export, as another system would hand it over.
type File struct {
	Name   string // "tickets.csv"
	Kind   source.Kind
	Source string // the system it comes from
	CSV    []byte
}

// entry is one row before it is written, with the sync that brought it.
type entry struct {
	cells    []string
	received time.Time
}

// Files is everything that Quillmoor's systems have delivered by now, in the
// order in which it is to be imported. The same moment gives the same bytes.
func Files(now time.Time) []File {
	c, b := calendarAt(now, location(office)), read()
	facts := func(of func(calendar, book, account) []entry) []entry {
		var rows []entry
		for _, a := range b.accounts {
			if !a.quiet() {
				rows = append(rows, of(c, b, a)...)
			}
		}
		inSync(c, rows)
		return rows
	}
	out := []File{
		file("accounts.csv", source.Accounts, crm, attributes(c, b),
			"id", "name", "segment", "seats", "started_on", "arr", "currency", "renewal_on", "owner", "backup", "manager", "crm"),
		file("processes.csv", source.Accounts, crm, processes(c, b), "id", "process", "process_link"),
	}
	for _, from := range []string{telemetry, warehouse, features, survey} {
		out = append(out, file("readings-"+from+".csv", source.Readings, from, readings(c, b.accounts, from),
			"account", "measure", "value", "observed_at", "source", "evidence", "collector"))
	}
	return append(out,
		file("milestones.csv", source.Milestones, projects, facts(milestones), "account", "id", "name", "due", "done", "link"),
		file("tickets.csv", source.Tickets, helpdesk, facts(tickets), "account", "id", "title", "severity", "opened", "closed", "breached", "escalated", "link"),
		file("invoices.csv", source.Invoices, ledger, facts(invoices), "account", "id", "due", "paid"),
		file("contacts.csv", source.Contacts, crm, facts(contacts), "account", "id", "name", "role", "left"),
		file("touches.csv", source.Touches, mail, facts(touches), "account", "id", "contact", "at", "direction"),
	)
}

// attributes are the accounts as the CRM has known them from the beginning.
func attributes(c calendar, b book) []entry {
	var rows []entry
	for _, a := range b.accounts {
		rows = append(rows, entry{received: c.known(begun(c, a)), cells: []string{
			a.id, a.name, a.segment, strconv.Itoa(a.seats), c.date(-7 * a.started), strconv.Itoa(a.arr), a.currency, c.date(a.renewal),
			a.owner, a.backup, a.manager, fmt.Sprintf(site, "crm", a.id)}})
	}
	return rows
}

// processes are the accounts that another process has taken up since.
func processes(c calendar, b book) []entry {
	var rows []entry
	for _, a := range b.accounts {
		for _, e := range b.events(a.id, "process") {
			rows = append(rows, entry{received: c.known(e.from), cells: []string{a.id, e.name, fmt.Sprintf(site, "status", e.id)}})
		}
	}
	return rows
}

// file writes rows in the order in which they were received, as an export that
// grew over a year would have them.
func file(name string, kind source.Kind, from string, rows []entry, columns ...string) File {
	slices.SortStableFunc(rows, func(x, y entry) int { return x.received.Compare(y.received) })
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = false
	lines := [][]string{append(columns, "received_at")}
	for _, r := range rows {
		lines = append(lines, append(r.cells, moment(r.received)))
	}
	if err := w.WriteAll(lines); err != nil { // into memory; it can't
		panic("seed: " + err.Error())
	}
	return File{name, kind, from, b.Bytes()}
}
