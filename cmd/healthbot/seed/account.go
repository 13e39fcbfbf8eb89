package seed

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed accounts.csv
var accountTable []byte

//go:embed plot.csv
var plotTable []byte

// account is one line of accounts.csv.
type account struct {
	id, name, segment string
	seats             int
	started           int // weeks ago
	arr               int
	currency          string
	renewal           int    // days ahead
	owner             string // a Slack user id, or whatever the CRM says
	manager, backup   string

	usage, logins, features, csat curve
	second                        curve // what the warehouse says of usage
	replies                       rhythm
	contacts                      int
	story                         string // in a few words; empty: nothing special
}

// event is one line of plot.csv: something that belongs to a story. Days are
// counted from today; a zero day hasn't come.
type event struct {
	account, kind, id, name, role string
	from, to, breached, severity  int
	escalated                     bool
}

// curve is a year of a weekly figure: level from, straight to another over the
// last weeks, known until some weeks ago.
type curve struct {
	from, to float64
	weeks    int // of change, up to now
	stopped  int // weeks ago; 0: still delivered
}

// at is the level in a week, counted from now (0, −1, …).
func (c curve) at(week int) float64 {
	if c.weeks == 0 || week <= -c.weeks {
		return c.from
	}
	return c.from + (c.to-c.from)*float64(week+c.weeks)/float64(c.weeks)
}

func (c curve) empty() bool { return c == curve{} }

// rhythm is how often a customer writes: every few days, and silent for some.
type rhythm struct{ every, silent int }

// book is both tables, read.
type book struct {
	accounts []account
	plot     map[string][]event // by account
}

// read parses the embedded tables, once. They are part of the program, so a
// slip in them is a bug here, and the first test to run finds it.
var read = sync.OnceValue(func() book {
	b := book{plot: map[string][]event{}}
	for _, r := range table("accounts.csv", accountTable) {
		b.accounts = append(b.accounts, r.account())
	}
	known := func(id string) bool {
		return slices.ContainsFunc(b.accounts, func(a account) bool { return a.id == id })
	}
	for _, r := range table("plot.csv", plotTable) {
		e := event{account: r.text("account"), kind: r.text("kind"), id: r.text("id"), name: r.text("name"), role: r.text("role"),
			from: r.whole("from"), to: r.whole("to"), breached: r.whole("breached"), severity: r.whole("severity"), escalated: r.text("escalated") == "yes"}
		if !known(e.account) {
			r.fail("account", "no such account")
		}
		b.plot[e.account] = append(b.plot[e.account], e)
	}
	return b
})

// row is one line of an embedded table, by column.
type row struct {
	file  string
	line  int
	cells map[string]string
}

func table(file string, text []byte) []row {
	r := csv.NewReader(bytes.NewReader(text))
	r.Comment = '#'
	lines, err := r.ReadAll()
	if err != nil || len(lines) == 0 {
		panic(fmt.Sprintf("seed: %s: %v", file, err))
	}
	var out []row
	for i, line := range lines[1:] {
		cells := map[string]string{}
		for j, name := range lines[0] {
			cells[name] = line[j]
		}
		out = append(out, row{file, i + 1, cells})
	}
	return out
}

func (r row) fail(column, why string) {
	panic(fmt.Sprintf("seed: %s, entry %d, %s %q: %s", r.file, r.line, column, r.cells[column], why))
}

func (r row) text(column string) string {
	s, ok := r.cells[column]
	if !ok {
		r.fail(column, "no such column")
	}
	return s
}

// whole is a whole number; an empty cell is 0.
func (r row) whole(column string) int {
	s := r.text(column)
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		r.fail(column, err.Error())
	}
	return n
}

// curve reads "0.84>0.45@20!3"; an empty cell is no figure at all.
func (r row) curve(column string) curve {
	s := r.text(column)
	if s == "" {
		return curve{}
	}
	number := func(s string) float64 {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			r.fail(column, err.Error())
		}
		return f
	}
	var c curve
	s, stopped, _ := strings.Cut(s, "!")
	level, change, moves := strings.Cut(s, ">")
	c.from = number(level)
	c.to = c.from
	if moves {
		to, weeks, _ := strings.Cut(change, "@")
		c.to, c.weeks = number(to), int(number(weeks))
	}
	if stopped != "" {
		c.stopped = int(number(stopped))
	}
	return c
}

// rhythm reads "9!37": every nine days, and nothing for 37.
func (r row) rhythm(column string) rhythm {
	c := r.curve(column)
	return rhythm{int(c.from), c.stopped}
}

func (r row) account() account {
	a := account{
		id: r.text("id"), name: r.text("name"), segment: r.text("segment"), seats: r.whole("seats"), started: r.whole("started"),
		arr: r.whole("arr"), currency: r.text("currency"), renewal: r.whole("renewal"), owner: r.text("owner"),
		usage: r.curve("usage"), logins: r.curve("logins"), features: r.curve("features"), csat: r.curve("csat"), second: r.curve("warehouse"),
		replies: r.rhythm("replies"), contacts: r.whole("contacts"), story: r.text("story"),
		manager: diego,
	}
	if a.segment == "enterprise" {
		a.manager = marta
	}
	if i := slices.IndexFunc(members, func(m member) bool { return m.handle == a.owner }); i >= 0 {
		a.owner, a.manager, a.backup = members[i].id, members[i].manager, members[i].backup
	}
	return a
}

// quiet says that hardly anything is known of the account.
func (a account) quiet() bool { return a.replies.every == 0 }

// Story is one account worth looking at, and why.
type Story struct{ Account, Name, Text string }

// Stories lists the accounts of which something special is to be seen; the
// others are as uneventful as most customers are.
func Stories() []Story {
	var out []Story
	for _, a := range read().accounts {
		if a.story != "" {
			out = append(out, Story{a.id, a.name, a.story})
		}
	}
	return out
}
