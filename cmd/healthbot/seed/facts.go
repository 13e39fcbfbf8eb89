package seed

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"
)

// The facts of a year: for each account what belongs to its story, and around
// it the ordinary ones. Each is written in its latest state, received on the
// night after it last changed. Days count from today: −1 is yesterday.

const site = "https://%s.quillmoor.example/%s"

func (b book) events(account, kind string) []event {
	var out []event
	for _, e := range b.plot[account] {
		if e.kind == kind {
			out = append(out, e)
		}
	}
	return out
}

// lastChange is the latest of some days that have come.
func lastChange(days ...int) int {
	last := -1 << 30
	for _, d := range days {
		if d < 0 {
			last = max(last, d)
		}
	}
	return last
}

// begun is the first day of an account within the history.
func begun(c calendar, a account) int { return max(c.start(), -7*a.started) }

func (c calendar) dateIf(n int) string {
	if n == 0 {
		return ""
	}
	return c.date(n)
}

func (c calendar) momentIf(n, hour, minute int) string {
	if n == 0 {
		return ""
	}
	return moment(c.hour(n, hour, minute))
}

// plans are what customers of a shift planner set out to do.
var plans = []string{"Kick-off held", "Single sign-on connected", "First site live", "Managers trained", "Payroll export agreed", "Mobile app rolled out",
	"Second site live", "Absence rules migrated", "Quarterly business review", "Forecasting switched on", "Works council approval", "Third site live"}

// milestones come every two to three months and are reached in time, except
// where the plot says otherwise.
func milestones(c calendar, b book, a account) []entry {
	const ahead = 60 // days: that long before it is due, a milestone is agreed
	write := func(id, name string, due, done int) entry {
		return entry{received: c.known(lastChange(max(begun(c, a), due-ahead), done)), cells: []string{
			a.id, id, name, c.date(due), c.dateIf(done), fmt.Sprintf(site, "projects", id)}}
	}
	var out []entry
	d := dice(a.id, "milestones")
	if a.started > 20 { // a new customer's are all in the plot
		for n, due := d.IntN(len(plans)), begun(c, a)+20+d.IntN(60); due < ahead; n, due = n+1, due+60+d.IntN(30) {
			done := due - d.IntN(7)
			if done >= 0 {
				done = 0
			}
			out = append(out, write(fmt.Sprintf("%s-m%02d", a.id, len(out)+1), plans[n%len(plans)], due, done))
		}
	}
	for _, e := range b.events(a.id, "milestone") {
		out = append(out, write(e.id, e.name, e.from, e.to))
	}
	return out
}

var complaints = []string{"Export misses the night shift", "Calendar shows the wrong week", "Can't invite a new manager", "Slow roster on Monday mornings", "Swap request isn't sent",
	"Absence counted twice", "Question about overtime rules", "Report differs from payroll", "App logs out after an update", "Printed roster cuts names", "Time zone of a site is wrong", "Wants shifts of eleven hours"}

// tickets follow the number of seats; most are mild and closed within days.
func tickets(c calendar, b book, a account) []entry {
	write := func(id, title string, severity, opened, closed, breached int, escalated bool, hour int) entry {
		esc := "no"
		if escalated {
			esc = "yes"
		}
		return entry{received: c.known(lastChange(opened, closed, breached)), cells: []string{
			a.id, id, title, strconv.Itoa(severity), moment(c.hour(opened, hour, 12)), c.momentIf(closed, 17, 5), c.momentIf(breached, 16, 0), esc, fmt.Sprintf(site, "desk", id)}}
	}
	var out []entry
	d := dice(a.id, "tickets")
	perDay := min(6, max(.3, float64(a.seats)*.012)) / 30
	for day := begun(c, a); day < 0; day++ {
		if d.Float64() >= perDay {
			continue
		}
		severity, length := 3+d.IntN(2), 1+d.IntN(9)
		if d.IntN(12) == 0 {
			severity, length = 2, 1+d.IntN(3)
		}
		closed, breached := day+length, 0
		if closed >= 0 {
			closed = 0
		} else if length > 7 && d.IntN(6) == 0 {
			breached = day + 5
		}
		out = append(out, write(fmt.Sprintf("%s-t%03d", a.id, len(out)+1), complaints[d.IntN(len(complaints))], severity, day, closed, breached, false, 8+d.IntN(8)))
	}
	for _, e := range b.events(a.id, "ticket") {
		out = append(out, write(e.id, e.name, e.severity, e.from, e.to, e.breached, e.escalated, 9))
	}
	return out
}

// invoices come every quarter and are paid around the day they are due.
func invoices(c calendar, b book, a account) []entry {
	const sent, quarter = 30, 91
	write := func(id string, due, paid int) entry {
		return entry{received: c.known(lastChange(max(begun(c, a), due-sent), paid)), cells: []string{a.id, id, c.date(due), c.dateIf(paid)}}
	}
	var out []entry
	d := dice(a.id, "invoices")
	for due := begun(c, a) + 10 + d.IntN(quarter); due < sent; due += quarter {
		paid := due - 9 + d.IntN(12)
		if paid >= 0 {
			paid = 0
		}
		out = append(out, write(fmt.Sprintf("%s-r%d", a.id, len(out)+1), due, paid))
	}
	for _, e := range b.events(a.id, "invoice") {
		out = append(out, write(e.id, e.from, e.to))
	}
	return out
}

var (
	firstNames = []string{"Aiko", "Bram", "Chiara", "Davit", "Elif", "Finn", "Greta", "Hamid", "Ines", "Jonas", "Katya", "Luca", "Mina", "Nils", "Oona", "Paulo", "Rana", "Soren", "Tilda", "Uri", "Vera", "Wim", "Yara", "Zane"}
	lastNames  = []string{"Abel", "Brook", "Castro", "Dunn", "Ekman", "Farago", "Gruber", "Holt", "Ito", "Jansen", "Kovac", "Lund", "Moreau", "Novak", "Ortega", "Pires", "Quist", "Rossi", "Sato", "Toth", "Ueda", "Varga", "Weiss", "Zeman"}
	callings   = []string{"champion", "sponsor", "admin", "user"}
)

// contacts are the people on the customer's side: those of the plot, and others
// up to the number in the table.
func contacts(c calendar, b book, a account) []entry {
	write := func(id, name, role string, joined, left int) entry {
		return entry{received: c.known(lastChange(joined, left)), cells: []string{a.id, id, name, role, c.dateIf(left)}}
	}
	var out []entry
	for _, e := range b.events(a.id, "contact") {
		out = append(out, write(e.id, e.name, e.role, begun(c, a), e.to))
	}
	d := dice(a.id, "contacts")
	for n := len(out); n < a.contacts; n++ {
		name := firstNames[d.IntN(len(firstNames))] + " " + lastNames[d.IntN(len(lastNames))]
		out = append(out, write(contactID(a, n), name, callings[min(n, len(callings)-1)], begun(c, a), 0))
	}
	return out
}

func contactID(a account, n int) string { return fmt.Sprintf("%s-c%d", a.id, n+1) }

// touches are the exchanges by mail: the customer's in their rhythm, ours a day
// later or, when they are silent, every week all the same.
func touches(c calendar, b book, a account) []entry {
	var out []entry
	d := dice(a.id, "touches")
	people, left := correspondents(b, a)
	write := func(day, contact int, direction string) {
		out = append(out, entry{received: c.known(day), cells: []string{
			a.id, fmt.Sprintf("%s-e%03d", a.id, len(out)+1), people[contact], moment(c.hour(day, 8+d.IntN(8), d.IntN(60))), direction}})
	}
	if len(people) == 0 {
		return nil
	}
	next := d.IntN(len(people))
	reply := func(day int) {
		for left[next] != 0 && day > left[next] {
			next = (next + 1) % len(people)
		}
		write(day, next, "inbound")
		next = (next + 1) % len(people)
	}
	last := -1
	if a.replies.silent > 0 {
		last = -a.replies.silent
	}
	for day := begun(c, a) + d.IntN(a.replies.every); day < last; day = workday(c, day+step(d, a.replies.every)) {
		reply(day)
		if day+1 < 0 && d.IntN(3) > 0 {
			write(day+1, (next+len(people)-1)%len(people), "outbound")
		}
	}
	if a.replies.silent > 0 {
		reply(last)
	}
	for day := last + 4; day < 0; day += 7 {
		write(day, 0, "outbound")
	}
	return out
}

// correspondents are the ids of an account's contacts and the days on which
// they left, 0 for those who haven't.
func correspondents(b book, a account) (ids []string, left []int) {
	for _, e := range b.events(a.id, "contact") {
		ids, left = append(ids, e.id), append(left, e.to)
	}
	for n := len(ids); n < a.contacts; n++ {
		ids, left = append(ids, contactID(a, n)), append(left, 0)
	}
	return ids, left
}

// step varies a rhythm by a quarter.
func step(d *rand.Rand, every int) int {
	return max(1, every-every/4+d.IntN(every/2+1))
}

// workday moves a weekend's day to the Monday after it.
func workday(c calendar, day int) int {
	switch c.day(day).Weekday() {
	case time.Saturday:
		return day + 2
	case time.Sunday:
		return day + 1
	}
	return day
}

// inSync makes at least one row arrive on the last night: a source that is
// alive delivers something every night, and its age is told by what it brings.
func inSync(c calendar, rows []entry) {
	if len(rows) == 0 {
		return
	}
	newest := slices.MaxFunc(rows, func(x, y entry) int { return x.received.Compare(y.received) })
	if newest.received.Equal(c.night) {
		return
	}
	for i := range rows {
		if rows[i].received.Equal(newest.received) {
			rows[i].received = c.night
			return
		}
	}
}
