package storage

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"healthbot/storage/record"
)

// everySoMany rows the work looks up: whether to go on, and to say how far it is.
const everySoMany = 5000

// each decodes the rows of a spool in order; key is what a row is about.
func (p *plan) each(ctx context.Context, s *spool, step string, fn func(x *row, key []byte) error) error {
	var x row
	n := 0
	for b, err := range s.all() {
		if n++; err == nil && n%everySoMany == 0 {
			err = ctx.Err()
			p.options.Progress(record.Progress{Step: step, Rows: n, Of: s.count})
		}
		if err == nil {
			err = x.decode(b.bytes)
		}
		if err == nil {
			err = fn(&x, b.bytes[:b.sorted-ordinalSize-momentSize])
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// refuseContradictions finds keys to which the file gives different values. Each
// of their rows is refused, because nothing says which one is right. Rows that
// say that they were received at different times tell a history instead.
func (p *plan) refuseContradictions(ctx context.Context) error {
	before := slices.Clone(p.refused) // what was refused for itself contradicts nobody
	var g claim
	account, lines := "", []int(nil) // the account being compared, and the lines that name it
	return p.each(ctx, p.rows, "comparing", func(x *row, key []byte) error {
		if before.has(x.ordinal) {
			return nil
		}
		if len(lines) > 0 && (x.kind != ofAccount || x.account != account) { // it is through
			p.brought[account] = slices.ContainsFunc(lines, func(ordinal int) bool { return !p.refused.has(ordinal) })
			lines = lines[:0]
		}
		if x.kind == ofAccount && x.name == string(present) {
			account, lines = x.account, append(lines, x.ordinal)
			return nil
		}
		if x.kind != ofAccount && !p.existed[x.account] && !p.brought[x.account] {
			p.refuseRow(x.ordinal, x.wholeLine(p.file), "account", record.Show(x.account), "an account that is known; load accounts first")
			return nil
		}
		if g.received != x.received || !bytes.Equal(g.key, key) {
			g = claim{key: append(g.key[:0], key...), received: x.received, first: *x, others: g.others[:0]}
			return nil
		}
		said := x.said()
		switch {
		case g.contradicted:
			p.contradict(&g.first, x, x)
		case said == g.first.said():
			g.others = append(g.others, seat{x.ordinal, x.line, x.column})
		default:
			g.contradicted = true
			p.contradict(&g.first, x, &g.first)
			for _, o := range g.others {
				same := g.first
				same.ordinal, same.line, same.column = o.ordinal, o.line, o.column
				p.contradict(&g.first, &same, &same)
			}
			p.contradict(&g.first, x, x)
		}
		return nil
	})
}

// claim is what the rows of one key, received at one time, say.
type claim struct {
	key          []byte
	received     int64
	first        row
	others       []seat // that say the same as the first
	contradicted bool
}

type seat struct{ ordinal, line, column int }

// contradict refuses here, which is one of two rows; each names the other's line.
func (p *plan) contradict(first, other, here *row) {
	there := first
	if here == first {
		there = other
	}
	mine, theirs := differ(here, there)
	found := fmt.Sprintf("%s here and %s on line %d", mine, theirs, there.line)
	if mine == theirs {
		found = fmt.Sprintf("the same as on line %d, which another line contradicts", there.line)
	}
	switch here.kind {
	case ofAccount:
		p.refuseRow(here.ordinal, here.where(p.file), here.name, found, "one value for account "+record.Show(here.account))
		return
	case ofReading:
	default:
		p.refuseRow(here.ordinal, here.where(p.file), "", found, fmt.Sprintf("one %s with id %s", here.kind, record.Show(here.name)))
		return
	}
	p.refuseRow(here.ordinal, here.where(p.file), "value", found, fmt.Sprintf("one value for %s, %s at %s", record.Show(here.account), here.name, p.minute(here.observed)))
}

// minute writes a stored time for people.
func (p *plan) minute(ms int64) string {
	return time.UnixMilli(ms).In(p.zone).Format("2006-01-02 15:04")
}

// planRows compares what is left with what the source said before, and keeps what
// is to be stored.
func (p *plan) planRows(r *reader) error {
	accounts, readings, facts := &past{open: p.attributesBefore}, &past{open: p.readingsBefore}, &past{open: p.factsBefore}
	defer accounts.close()
	defer readings.close()
	defer facts.close()
	defer func() {
		if p.accounts != nil {
			p.accounts.Close() // its error was seen by the last step
		}
	}()
	var key []byte
	var before []revision
	err := p.each(r.ctx, p.rows, "comparing", func(x *row, of []byte) error {
		if p.refused.has(x.ordinal) {
			return nil
		}
		if !bytes.Equal(key, of) {
			key = append(key[:0], of...)
			h := facts
			switch x.kind {
			case ofAccount:
				h = accounts
			case ofReading:
				h = readings
			}
			var err error
			if before, err = h.upTo(r, key, before[:0]); err != nil {
				return err
			}
		}
		kind := string(x.kind)
		switch x.kind {
		case ofAccount:
			var err error
			before, err = p.planAccount(r, x, before)
			return err
		case ofReading:
			kind = syncOfReadings
		}
		p.inSync(kind, time.UnixMilli(x.received))
		said := x.said()
		v, stood := p.judge(before, said, x.received)
		p.count(v)
		if v == isSame {
			return nil
		}
		if p.shows() {
			p.sum.Changes = append(p.sum.Changes, p.diff(x, stood))
		}
		x.revision = nextRevision(before)
		before = append(before, revision{said, x.received, x.revision})
		return p.keep(x)
	})
	if err != nil {
		return err
	}
	return p.endAccount()
}

// keep keeps a row to be stored.
func (p *plan) keep(x *row) error {
	var sorted int
	p.scratch, sorted = x.encode(p.scratch[:0])
	return p.news.add(p.scratch, sorted)
}

// diff words a change.
func (p *plan) diff(x *row, stood *revision) record.Diff {
	d := record.Diff{Account: x.account, What: x.name + " at " + p.minute(x.observed)}
	if x.kind == ofReading {
		if stood != nil {
			d.Before = stood.said
		}
		d.After = number(x.value)
		return d
	}
	d.What, d.After = string(x.kind)+" "+x.name, "new"
	if stood != nil {
		old := row{kind: x.kind}
		old.account, old.body, _ = strings.Cut(stood.said, "\x00")
		d.Before, d.After = differ(&old, x)
	}
	return d
}

// differ words the first thing in which two rows of one key differ; both texts
// are the same where nothing does.
func differ(a, b *row) (was, is string) {
	switch a.kind {
	case ofAccount:
		if a.body == b.body {
			return "", ""
		}
		return shown(a.body), shown(b.body)
	case ofReading:
		return number(a.value), number(b.value)
	}
	x, y := fields(a), fields(b)
	all := maps.Clone(x)
	maps.Copy(all, y)
	for _, k := range slices.Sorted(maps.Keys(all)) {
		if x[k] != y[k] {
			return k + " " + shown(x[k]), k + " " + shown(y[k])
		}
	}
	return "", ""
}

// fields is what a fact says, by the names under which it is stored.
func fields(x *row) map[string]string {
	var in map[string]any
	if err := json.Unmarshal([]byte(x.body), &in); err != nil { // encoded by this process
		panic(err)
	}
	out := map[string]string{"account": x.account}
	for k, v := range in {
		out[k] = fmt.Sprint(v)
	}
	return out
}

func shown(s string) string {
	if s == "" {
		return "nothing"
	}
	return record.Show(s)
}

// number is the canonical text of a value.
func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
