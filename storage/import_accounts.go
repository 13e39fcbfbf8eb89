package storage

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	"healthbot/storage/record"
)

// attributeRow is one attribute of an account to be stored.
type attributeRow struct {
	account    string
	attribute  record.Attribute
	value      string
	received   time.Time
	backfilled bool
}

type attributeKey struct {
	account   string
	attribute record.Attribute
}

// planAccounts keeps of each row the attributes that differ from what this
// source brought last; what others brought, a person in Slack among them, stays
// until this source has news.
func (p *plan) planAccounts(r *reader) error {
	if len(p.accounts) == 0 {
		return nil
	}
	before, err := p.attributesBefore(r)
	if err != nil {
		return err
	}
	type moment struct {
		attributeKey
		received int64
	}
	twice := duplicates[moment]{}
	for _, row := range p.accounts {
		received, _ := p.received(row.ReceivedAt)
		for attr, v := range row.Values {
			twice.add(moment{attributeKey{row.ID, attr}, received.UnixMilli()}, v, row.Where)
		}
	}
	rows := slices.Clone(p.accounts)
	slices.SortStableFunc(rows, func(a, b record.AccountRow) int {
		x, _ := p.received(a.ReceivedAt)
		y, _ := p.received(b.ReceivedAt)
		return x.Compare(y)
	})
	for _, row := range rows {
		received, backfilled := p.received(row.ReceivedAt)
		if !p.checkAccountRow(row, received, func(attr record.Attribute, v string) (saidAt, bool) {
			return twice.other(moment{attributeKey{row.ID, attr}, received.UnixMilli()}, v)
		}) {
			continue
		}
		p.inSync("account", received)
		all := isSame
		if !p.known[row.ID] {
			all, p.known[row.ID] = isNew, true
			row = withName(row)
		}
		for _, attr := range attributesOf(row) {
			key := attributeKey{row.ID, attr}
			v, stood := p.judge(before[key], row.Values[attr], received.UnixMilli())
			if v == isSame {
				continue
			}
			if p.shows() {
				d := record.Diff{Account: row.ID, What: string(attr), After: row.Values[attr]}
				if stood != nil {
					d.Before = stood.said
				}
				p.sum.Changes = append(p.sum.Changes, d)
			}
			if all == isSame {
				all = v
			}
			before[key] = append(before[key], revision{row.Values[attr], received.UnixMilli(), 0})
			p.attributes = append(p.attributes, attributeRow{row.ID, attr, row.Values[attr], received, backfilled})
		}
		p.count(all)
	}
	return nil
}

// withName gives a new account its id for a name when the file has none: without
// any attribute it would have no history, and so not exist.
func withName(row record.AccountRow) record.AccountRow {
	if row.Values[record.AttrName] == "" {
		row.Values = maps.Clone(row.Values)
		if row.Values == nil {
			row.Values = map[record.Attribute]string{}
		}
		row.Values[record.AttrName] = row.ID
	}
	return row
}

// attributesOf lists a row's attributes in their documented order.
func attributesOf(row record.AccountRow) []record.Attribute {
	var out []record.Attribute
	for _, attr := range record.Attributes {
		if _, ok := row.Values[attr]; ok {
			out = append(out, attr)
		}
	}
	return out
}

// checkAccountRow refuses rows that can't be read, or that contradict another.
func (p *plan) checkAccountRow(row record.AccountRow, received time.Time, other func(record.Attribute, string) (saidAt, bool)) bool {
	if row.ID == "" {
		p.refuse(row.Where, "id", "nothing", "the account's id")
		return false
	}
	if received.After(p.now) {
		p.refuse(row.Where, "received_at", received.In(p.zone).Format(time.RFC3339), "a time that isn't in the future")
		return false
	}
	var probe record.Account
	for attr, v := range row.Values {
		if err := setAttribute(&probe, attr, v); err != nil {
			p.refuse(row.Where, string(attr), shown(v), err.Error())
			return false
		}
		if x, ok := other(attr, v); ok {
			p.refuse(row.Where, string(attr), shown(v)+" here and "+shown(x.said)+" on line "+x.line(), "one value for account "+shown(row.ID))
			return false
		}
	}
	return true
}

func (p *plan) attributesBefore(r *reader) (map[attributeKey][]revision, error) {
	type row struct {
		attributeKey
		revision
	}
	rows, err := list(r, func(x *row) []any { return []any{&x.account, &x.attribute, &x.said, &x.received} },
		"SELECT account, attribute, value, received_at FROM account_attribute_known WHERE source = $1 ORDER BY received_at, n", p.source)
	if err != nil {
		return nil, err
	}
	out := map[attributeKey][]revision{}
	for _, x := range rows {
		out[x.attributeKey] = append(out[x.attributeKey], x.revision)
	}
	return out, nil
}

// changedAccounts lists the accounts whose attributes a batch changes.
func (p *plan) changedAccounts() []string {
	var out []string
	for _, x := range p.attributes {
		out = append(out, x.account)
	}
	slices.SortFunc(out, cmp.Compare)
	return slices.Compact(out)
}

// duplicates finds keys to which one file gives different values. Each of their
// rows is refused, because nothing says which one is right.
type duplicates[K comparable] map[K][]saidAt

type saidAt struct {
	said  string
	where record.Where
}

func (d duplicates[K]) add(key K, said string, where record.Where) {
	d[key] = append(d[key], saidAt{said, where})
}

// other is a different value for the same key; ok is false when there is none.
func (d duplicates[K]) other(key K, said string) (saidAt, bool) {
	for _, x := range d[key] {
		if x.said != said {
			return x, true
		}
	}
	return saidAt{}, false
}

func (s saidAt) line() string { return strconv.Itoa(s.where.Line) }
