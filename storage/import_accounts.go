package storage

import (
	"cmp"
	"context"
	"maps"
	"slices"
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
	if len(p.batch.Accounts) == 0 {
		return nil
	}
	before, err := p.attributesBefore(r)
	if err != nil {
		return err
	}
	type moment struct {
		attributeKey
		received time.Time
	}
	twice := duplicates[moment]{}
	for _, row := range p.batch.Accounts {
		received, _ := p.received(row.ReceivedAt)
		for attr, v := range row.Values {
			twice.add(moment{attributeKey{row.ID, attr}, received}, v, row.Where)
		}
	}
	rows := slices.Clone(p.batch.Accounts)
	slices.SortStableFunc(rows, func(a, b record.AccountRow) int {
		x, _ := p.received(a.ReceivedAt)
		y, _ := p.received(b.ReceivedAt)
		return x.Compare(y)
	})
	var when []time.Time
	for _, row := range rows {
		received, backfilled := p.received(row.ReceivedAt)
		if !p.checkAccountRow(row, received, func(attr record.Attribute, v string) (saidAt, bool) {
			return twice.other(moment{attributeKey{row.ID, attr}, received}, v)
		}) {
			continue
		}
		when = append(when, received)
		all := isSame
		if !p.known[row.ID] {
			all, p.known[row.ID] = isNew, true
			row = withName(row)
		}
		for _, attr := range attributesOf(row) {
			key := attributeKey{row.ID, attr}
			v := p.judge(before[key], row.Values[attr], received)
			if v == isSame {
				continue
			}
			if all == isSame {
				all = v
			}
			before[key] = append(before[key], revision{row.Values[attr], received, 0})
			p.attributes = append(p.attributes, attributeRow{row.ID, attr, row.Values[attr], received, backfilled})
		}
		p.count(all)
	}
	if len(when) > 0 {
		p.addSyncs("account", when)
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
	if !p.checkReceived(row.Where, received) {
		return false
	}
	var probe record.Account
	for attr, v := range row.Values {
		if err := setAttribute(&probe, attr, v); err != nil {
			p.refuse(row.Where, string(attr), quoted(v), err.Error())
			return false
		}
		if x, ok := other(attr, v); ok {
			p.refuse(row.Where, string(attr), quoted(v)+", and "+quoted(x.said)+" in line "+x.line(), "one value for an account in one file")
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
	rows, err := list(r, func(x *row) []any { return []any{&x.account, &x.attribute, &x.said, r.instant(&x.received)} },
		"SELECT account, attribute, value, received_at FROM account_attribute_known WHERE source = $1 ORDER BY received_at, n", p.batch.Source)
	if err != nil {
		return nil, err
	}
	out := map[attributeKey][]revision{}
	for _, x := range rows {
		out[x.attributeKey] = append(out[x.attributeKey], x.revision)
	}
	return out, nil
}

func (db *DB) stageAttributes(ctx context.Context, batch int64, p *plan) error {
	return inChunks(ctx, db, p.attributes, func(t *tx, part []attributeRow) error {
		rows := make([][]any, len(part))
		for i, x := range part {
			rows[i] = []any{x.account, x.attribute, x.value, p.batch.Source, instant(x.received), instant(p.now), x.backfilled, batch}
		}
		return t.insertAll("account_attribute", "account, attribute, value, source, received_at, imported_at, backfilled, batch", "", rows)
	})
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
