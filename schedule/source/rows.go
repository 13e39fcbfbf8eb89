package source

import (
	"fmt"
	"strings"
	"time"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// row reads one line into rows of a batch, or refuses it with its first fault.
func (p *plan) row(l line, g *gatherer) {
	if f, o := p.sourced(l, g); f != nil {
		g.refuse(p.refusal(l, o, f))
		return
	}
	for i := range p.columns {
		o := p.from[i]
		if o == nil {
			continue
		}
		c, f := p.read(&p.columns[i], o, l)
		if f == nil && !c.set && p.columns[i].required {
			f = p.columns[i].empty()
		}
		if f != nil {
			g.refuse(p.refusal(l, o, f))
			return
		}
		p.cells[i] = c
	}
	if f, o := p.build(l, g); f != nil {
		g.refuse(p.refusal(l, o, f))
	}
}

// sourced checks the row's source before all else: the first row names it for the
// whole file, even if something else is wrong with that row.
func (p *plan) sourced(l line, g *gatherer) (*fault, *origin) {
	if !p.has("source") {
		return nil, nil
	}
	o := p.origin("source")
	c, f := p.read(&p.columns[p.index("source")], o, l)
	if f == nil {
		f = g.from(c.text, l.number)
	}
	return f, o
}

// read takes a column's text from the line and reads it by the mapping and by
// the column's type.
func (p *plan) read(c *column, o *origin, l line) (cell, *fault) {
	if o.column == "" {
		return c.read(o.constant, &p.clock)
	}
	s := strings.TrimSpace(l.fields[o.field])
	if isTime(c) && s == o.last && s != "" {
		return o.meant, nil
	}
	s, f := o.translate(s)
	if f != nil {
		return cell{}, f
	}
	var x cell
	if o.layout != "" && s != "" {
		if f = c.legible(s); f == nil {
			x, f = p.clock.format(c, s, o.layout)
		}
	} else {
		x, f = c.read(s, &p.clock)
	}
	if f != nil || !x.set {
		return x, f
	}
	if o.scale != 0 {
		if x.percent {
			return x, &fault{show(s), "a number without a percent sign, because the mapping scales it by " + plainNumber(o.scale)}
		}
		x.num, x.changed = x.num*o.scale, true
		if c.kind != measured {
			x.text = plainNumber(x.num)
		}
	}
	if !o.plus.zero() {
		x.at = o.plus.add(x.at)
		x, f = p.clock.checked(c, x, s+" + "+o.plus.String())
	}
	if f == nil && isTime(c) {
		o.last, o.meant = strings.TrimSpace(l.fields[o.field]), x
	}
	return x, f
}

// refusal places a fault: at the field, or at the whole line where a constant or
// several fields together are wrong.
func (p *plan) refusal(l line, o *origin, f *fault) record.Refused {
	r := record.Refused{Where: record.Where{Line: l.number}, Found: f.found, Expected: f.expected}
	if o != nil && o.column != "" {
		r.Where.Line, r.Where.Column = l.pos(o.field)
		r.Column = label(o.column)
	}
	return r
}

// cell and origin find what a row says about one of our columns.
func (p *plan) cell(name string) cell      { return p.cells[p.index(name)] }
func (p *plan) origin(name string) *origin { return p.from[p.index(name)] }

func (p *plan) index(name string) int {
	i, ok := p.byName[name]
	if !ok {
		panic("source: " + string(p.kind) + " have no column " + name) // a slip in this package
	}
	return i
}

func (p *plan) text(name string) string    { return strings.Clone(p.cell(name).text) }
func (p *plan) time(name string) time.Time { return stamp(p.cell(name).at) }

// stamp is how times are kept: in UTC and to the millisecond, like storage does.
func stamp(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(tick)
}

// received is when the row was known. A bare date of today ends later than now,
// but nothing can be received later than now.
func (p *plan) received() time.Time {
	t := p.time("received_at")
	if t.After(p.clock.now) {
		t = stamp(p.clock.now)
	}
	return t
}

// build makes a row of the batch from cells that are each legal, and checks what
// only shows when they are seen together.
func (p *plan) build(l line, g *gatherer) (*fault, *origin) {
	where := record.Where{File: g.out.File, Line: l.number}
	switch p.kind {
	case Accounts:
		g.out.Accounts = append(g.out.Accounts, p.account(where))
		return nil, nil
	case Readings:
		return p.readings(l, where, g)
	case Tickets:
		if f, o := p.inOrder("opened", "closed", "breached"); f != nil {
			return f, o
		}
	case Results:
		if f, o := p.plausible(); f != nil {
			return f, o
		}
	case Goals:
		return p.goal(where, g)
	}
	g.out.Facts = append(g.out.Facts, p.fact(g, where))
	return nil, nil
}

func (p *plan) account(where record.Where) record.AccountRow {
	r := record.AccountRow{ID: p.text("id"), Values: map[record.Attribute]string{}, ReceivedAt: p.received(), Where: where}
	for i, c := range p.columns {
		if p.cells[i].set && c.name != "id" && c.name != "received_at" {
			r.Values[record.Attribute(c.name)] = strings.Clone(p.cells[i].text)
		}
	}
	return r
}

func (p *plan) fact(g *gatherer, where record.Where) record.FactRow {
	r := record.FactRow{Account: g.intern(p.cell("account").text), Kind: facts[p.kind], ExternalID: p.text("id"), ReceivedAt: p.received(), Where: where}
	switch p.kind {
	case Milestones:
		r.Milestone = &scoring.Milestone{ID: r.ExternalID, Name: p.text("name"), Due: p.time("due"), Done: p.time("done"), Link: p.text("link")}
	case Tickets:
		r.Ticket = &scoring.Ticket{ID: r.ExternalID, Title: p.text("title"), Severity: int(p.cell("severity").text[0] - '0'),
			Opened: p.time("opened"), Closed: p.time("closed"), Breached: p.time("breached"), Escalated: p.cell("escalated").num == 1, Link: p.text("link")}
	case Invoices:
		r.Invoice = &scoring.Invoice{ID: r.ExternalID, Due: p.time("due"), Paid: p.time("paid")}
	case Contacts:
		r.Contact = &scoring.Contact{ID: r.ExternalID, Name: p.text("name"), Role: strings.ToLower(p.text("role")), Left: p.time("left")}
	case Touches:
		r.Touch = &scoring.Touch{ID: r.ExternalID, Contact: p.text("contact"), At: p.time("at"), Inbound: p.cell("direction").text == "inbound"}
	case Results:
		r.Result = &record.Result{ID: r.ExternalID, On: record.DateOf(p.cell("date").at.In(p.clock.zone)), Ending: record.Ending(p.cell("result").text),
			Before: p.amount("arr_before"), After: p.amount("arr_after")}
	}
	return r
}

func (p *plan) amount(name string) *float64 {
	c := p.cell(name)
	if !c.set {
		return nil
	}
	return &c.num
}

// plausible refuses a result that its amounts contradict.
func (p *plan) plausible() (*fault, *origin) {
	before, after := p.cell("arr_before"), p.cell("arr_after")
	both := before.set && after.set
	result := record.Ending(p.cell("result").text)
	switch {
	case result == record.Churned && after.num > 0:
		return &fault{plainNumber(after.num) + " after a churn", "0, or nothing"}, p.origin("arr_after")
	case both && result == record.Contracted && after.num >= before.num:
		return &fault{plainNumber(after.num) + " after a contraction from " + plainNumber(before.num), "less"}, p.origin("arr_after")
	case both && result == record.Expanded && after.num <= before.num:
		return &fault{plainNumber(after.num) + " after an expansion from " + plainNumber(before.num), "more"}, p.origin("arr_after")
	}
	return nil, nil
}

// inOrder refuses what happened before the first of the named columns. Days are
// compared where one of the two is no more than a day: a ticket opened on the
// 3rd and closed on the 3rd at noon is in order, though the 3rd ends later.
func (p *plan) inOrder(first string, later ...string) (*fault, *origin) {
	from := p.cell(first)
	for _, name := range later {
		if to := p.cell(name); to.set && p.clock.before(to, from) {
			return &fault{fmt.Sprintf("%s, before it was %s on %s", p.clock.word(to), first, p.clock.word(from)), "a time not before that"}, p.origin(name)
		}
	}
	return nil, nil
}

// readings makes one reading of a long row and any number of a wide one.
func (p *plan) readings(l line, where record.Where, g *gatherer) (*fault, *origin) {
	when, o := p.when()
	if !when.set {
		return p.columns[p.index(o)].empty(), p.origin(o)
	}
	if got := p.cell("received_at"); got.set && p.clock.before(got, when) {
		return &fault{"received at " + p.clock.word(got) + ", before the observation at " + p.clock.word(when), "a time not before that"}, p.origin("received_at")
	}
	r := record.ReadingRow{Account: g.intern(p.cell("account").text), ObservedAt: stamp(when.at), ReceivedAt: p.received(),
		Evidence: p.text("evidence"), Collector: g.intern(p.cell("collector").text), Where: where}
	p.made = p.made[:0]
	if len(p.measures) == 0 {
		if f, o := p.long(l, r); f != nil {
			return f, o
		}
	}
	for i := range p.measures {
		if f, o := p.wide(&p.measures[i], l, r); f != nil {
			return f, o
		}
	}
	g.out.Readings = append(g.out.Readings, p.made...)
	return nil, nil
}

// when is the observation's time and the column that gave it.
func (p *plan) when() (cell, string) {
	column := ""
	for i, c := range p.columns {
		if c.group == "when" && p.from[i] != nil {
			if p.cells[i].set {
				return p.cells[i], c.name
			}
			column = c.name
		}
	}
	return cell{}, column
}

func (p *plan) long(l line, r record.ReadingRow) (*fault, *origin) {
	id := p.cell("measure").text
	m, ok := p.model[id]
	if !ok {
		return &fault{show(id), "a measure of the model" + p.near(id)}, p.origin("measure")
	}
	o := p.origin("value")
	if o.column != "" {
		r.Where.Line, r.Where.Column = l.pos(o.field)
	}
	return p.value(&r, m, p.cell("value")), o
}

func (p *plan) wide(w *wideMeasure, l line, r record.ReadingRow) (*fault, *origin) {
	x, f := p.read(&valueColumn, &w.origin, l)
	if f != nil || !x.set {
		return f, &w.origin
	}
	if w.per >= 0 {
		by, f := valueColumn.read(l.fields[w.per], &p.clock)
		if f != nil {
			return f, &origin{column: p.headers[w.per], field: w.per}
		}
		if !by.set || by.num == 0 {
			return nil, nil // of nothing there is no share
		}
		x.num, x.changed = x.num/by.num, true
	}
	r.Where.Line, r.Where.Column = l.pos(w.field)
	return p.value(&r, w.model, x), &w.origin
}

// valueColumn is the column of a number whose measure says what is legal.
var valueColumn = column{name: "value", kind: measured}

// value completes a reading with its number.
func (p *plan) value(r *record.ReadingRow, m scoring.Measure, x cell) *fault {
	if x.percent && m.Unit != "ratio" {
		return &fault{show(x.text), fmt.Sprintf("a number without a percent sign: %s is in %s", m.ID, m.Unit)}
	}
	if f := inRange(m, x); f != nil {
		return f
	}
	if m.ID == record.PulseMeasure && r.Evidence == "" {
		return &fault{"a pulse without evidence", "a note that says why"}
	}
	r.Measure, r.Value = m.ID, x.num
	p.made = append(p.made, *r)
	return nil
}
