package storage

import (
	"database/sql"
	"fmt"
	"slices"
	"time"

	"healthbot/storage/record"
)

// takeAccount takes an account's attributes apart: each has a history of its own.
// One more row says that the account is there, whatever is said of it.
func (p *plan) takeAccount(x *record.AccountRow) error {
	p.line = 0 // each row of accounts is one line, in tests of one line, too
	p.begins(0)
	received, backfilled := p.received(x.ReceivedAt)
	if !p.checkAccount(x, received) {
		return nil
	}
	if p.last = max(p.last, x.ID); p.first == "" || x.ID < p.first {
		p.first = x.ID
	}
	r := row{kind: ofAccount, account: x.ID, received: received.UnixMilli(), ordinal: p.ordinal, backfilled: backfilled, line: x.Where.Line, column: x.Where.Column}
	if err := p.spool(&r); err != nil {
		return err
	}
	for _, attr := range record.Attributes {
		value, ok := x.Values[attr]
		if !ok {
			continue
		}
		r.name, r.body = string(attr), value
		if err := p.spool(&r); err != nil {
			return err
		}
	}
	return nil
}

// checkAccount refuses rows that can't be read.
func (p *plan) checkAccount(x *record.AccountRow, received time.Time) bool {
	refuse := func(column, found, expected string) bool {
		p.refuseRow(p.ordinal, x.Where, column, found, expected)
		return false
	}
	switch {
	case x.ID == "":
		return refuse("id", "nothing", "the account's id")
	case hasZero(x.ID):
		return refuse("id", "a NUL byte", "text without NUL bytes")
	case received.After(p.now):
		return refuse("received_at", received.In(p.zone).Format(time.RFC3339), "a time that isn't in the future")
	}
	var probe record.Account
	for attr, v := range x.Values {
		if err := setAttribute(&probe, attr, v); err != nil {
			return refuse(string(attr), shown(v), err.Error())
		}
	}
	return true
}

// bringing gathers, account by account, what a file says of it. Its rows stand
// together, the ones that only name it first.
type bringing struct {
	account string
	lines   []bringingLine // in the order in which they were received
	named   bool           // the file gives it a name
	shown   int            // changes of the accounts before
	known   accountKnown   // by all sources
	renewal *row           // what the file says, unless it says nothing
	arr     bool
}

// accountKnown is as much of an account as a file may contradict in silence.
type accountKnown struct {
	account, segment string
	arr              float64
}

// bringingLine is a line of the file and what became of it.
type bringingLine struct {
	row     row
	verdict verdict
}

func (b *bringing) note(ordinal int, v verdict) {
	for i := range b.lines {
		if b.lines[i].row.ordinal == ordinal {
			b.lines[i].verdict = max(b.lines[i].verdict, v)
		}
	}
}

// planAccount compares an attribute with what this source brought last. What
// others brought, a person in Slack among them, stays until this source has news.
func (p *plan) planAccount(r *reader, x *row, before []revision) ([]revision, error) {
	if x.account != p.bringing.account {
		if err := p.endAccount(); err != nil {
			return nil, err
		}
		p.bringing = bringing{account: x.account, lines: p.bringing.lines[:0], shown: len(p.sum.Changes)}
		var err error
		if p.bringing.known, err = p.knownOf(r, x.account); err != nil {
			return nil, err
		}
	}
	if x.name == string(present) {
		p.inSync(string(ofAccount), time.UnixMilli(x.received))
		p.bringing.lines = append(p.bringing.lines, bringingLine{row: *x})
		return before, nil
	}
	p.bringing.named = p.bringing.named || x.name == string(record.AttrName) && x.body != ""
	switch record.Attribute(x.name) {
	case record.AttrRenewal:
		if p.bringing.renewal = nil; x.body != "" {
			kept := *x
			p.bringing.renewal = &kept
		}
	case record.AttrARR:
		p.bringing.arr = x.body != ""
	}
	v, stood := p.judge(before, x.said(), x.received)
	if v == isSame {
		return before, nil
	}
	if x.name == string(record.AttrSegment) {
		if err := p.markSegment(r, x, stood); err != nil {
			return nil, err
		}
	}
	p.bringing.note(x.ordinal, v)
	if p.shows() {
		d := record.Diff{Account: x.account, What: x.name, After: x.body}
		if stood != nil {
			d.Before = stood.said
		}
		p.sum.Changes = append(p.sum.Changes, d)
	}
	return append(before, revision{x.said(), x.received, 0}), p.keep(x)
}

// endAccount counts the lines of an account whose rows are through. A new one has
// its id for a name when the file has none: without any attribute it would have no
// history, and so not exist.
func (p *plan) endAccount() error {
	b := &p.bringing
	for i, l := range b.lines {
		if i == 0 && !p.existed[b.account] {
			if l.verdict = isNew; !b.named {
				name := l.row
				name.name, name.body = string(record.AttrName), b.account
				if p.shows() {
					p.sum.Changes = slices.Insert(p.sum.Changes, b.shown, record.Diff{Account: b.account, What: name.name, After: name.body})
				}
				if err := p.keep(&name); err != nil {
					return err
				}
			}
		}
		p.count(l.verdict)
	}
	if b.renewal != nil && !b.arr && b.known.arr == 0 {
		p.mark(b.renewal, string(record.AttrARR), fmt.Sprintf("nothing, with a renewal on %s", b.renewal.body), "what it is worth a year: until then the renewal weighs nothing")
	}
	b.lines, b.renewal = b.lines[:0], nil
	return nil
}

// markSegment marks a segment that another source contradicts. The one received
// last counts, but nobody should learn that from a route.
func (p *plan) markSegment(r *reader, x *row, stood *revision) error {
	now := p.bringing.known.segment
	if now == "" || x.body == now || stood != nil && stood.said == now {
		return nil
	}
	source, err := value[string](r, "SELECT source FROM account_attribute_known WHERE account = $1 AND attribute = 'segment' ORDER BY received_at DESC, n DESC", x.account)
	p.mark(x, x.name, fmt.Sprintf("%s, where %s says %s", shown(x.body), source, shown(now)), "one segment; the one received last counts")
	return err
}

func (p *plan) mark(x *row, column, found, expected string) {
	if len(p.sum.Marked) == record.MostMarked {
		p.sum.MoreMarked++
		return
	}
	p.sum.Marked = append(p.sum.Marked, record.Refused{Where: x.where(p.file), Column: column, Found: found, Expected: expected})
}

// knownOf reads what is known of an account; accounts are asked for in order.
func (p *plan) knownOf(r *reader, account string) (accountKnown, error) {
	if p.accounts == nil {
		rows, err := r.sql.QueryContext(r.ctx, "SELECT id, segment, arr FROM account WHERE id BETWEEN $1 AND $2 ORDER BY id", p.first, p.last) //nolint:rowserrcheck // checked below, each time
		if err != nil {
			return accountKnown{}, fmt.Errorf("query accounts: %w", err)
		}
		p.accounts = rows
	}
	for p.next.account < account && p.accounts.Next() {
		if err := p.accounts.Scan(&p.next.account, &p.next.segment, &p.next.arr); err != nil {
			return accountKnown{}, fmt.Errorf("scan accounts: %w", err)
		}
	}
	if err := p.accounts.Err(); err != nil {
		return accountKnown{}, fmt.Errorf("read accounts: %w", err)
	}
	if p.next.account != account {
		return accountKnown{}, nil
	}
	return p.next, nil
}

func (p *plan) attributesBefore(r *reader) (*sql.Rows, func(*row, *revision) []any, error) {
	rows, err := r.sql.QueryContext(r.ctx, `SELECT account, attribute, value, received_at FROM account_attribute INDEXED BY account_attribute_history
		WHERE account BETWEEN $2 AND $3 AND source = $1 AND batch NOT IN (SELECT n FROM batch WHERE loaded_at IS NULL)
		ORDER BY account, attribute, received_at, n`, p.source, p.first, p.last)
	if err != nil {
		return nil, nil, fmt.Errorf("query attributes from before: %w", err)
	}
	return rows, func(x *row, v *revision) []any {
		x.kind = ofAccount
		return []any{&x.account, &x.name, &x.body, &v.received}
	}, nil
}
