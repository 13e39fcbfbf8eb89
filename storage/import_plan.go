package storage

import (
	"slices"
	"time"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// plan is what an import would do. Making it changes nothing.
type plan struct {
	id    string
	batch record.Batch
	now   time.Time
	model scoring.Model
	zone  *time.Location
	sum   record.Summary
	// again says that a file of this content was loaded from this source before. A
	// row of such a file is unchanged if any revision says the same: an old export
	// that is loaded once more mustn't undo what newer ones corrected.
	again bool
	known map[string]bool // accounts, those of this batch included

	attributes []attributeRow
	readings   []readingRow
	facts      []factRow
	syncs      []syncRow
}

type syncRow struct {
	kind string
	at   time.Time
}

// syncOfReadings is the kind under which a sync of readings is kept.
const syncOfReadings = "reading"

func (r *reader) plan(b record.Batch) (*plan, error) {
	p := &plan{id: newID(record.BatchPrefix), batch: b, now: r.now, model: r.rules.Model, zone: r.zone(),
		sum: record.Summary{File: b.File, Refused: slices.Clone(b.Refused)}, known: map[string]bool{}}
	if p.sum.Refused == nil {
		p.sum.Refused = []record.Refused{} // an empty list in JSON, not null
	}
	var err error
	p.again, err = value[bool](r, "SELECT EXISTS (SELECT 1 FROM batch WHERE digest = $1 AND $1 <> '' AND source = $2 AND loaded_at IS NOT NULL)", b.Digest, b.Source)
	if err != nil {
		return nil, err
	}
	accounts, err := list(r, column[string], "SELECT id FROM account")
	if err != nil {
		return nil, err
	}
	for _, id := range accounts {
		p.known[id] = true
	}
	for _, step := range []func(*reader) error{p.planAccounts, p.planReadings, p.planFacts} {
		if err := step(r); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(p.sum.Refused, func(a, b record.Refused) int { return a.Where.Line - b.Where.Line })
	return p, nil
}

func (p *plan) refuse(at record.Where, column, found, expected string) {
	p.sum.Refused = append(p.sum.Refused, record.Refused{Where: at, Column: column, Found: found, Expected: expected})
}

// revision is one thing that a source said before.
type revision struct {
	said     string // canonical
	received time.Time
	number   int
}

// verdict is what a row is, given what its source said of the same thing.
type verdict int

const (
	isNew verdict = iota
	isSame
	isCorrection
)

// judge compares a row with the revisions before it. What counts is what stood
// when the row was received, so that history loads as history; a row already
// kept is the same wherever it stands.
func (p *plan) judge(before []revision, said string, received time.Time) verdict {
	if len(before) == 0 {
		return isNew
	}
	var stood *revision
	for i, v := range before {
		if v.said == said && (p.again || v.received.Equal(received)) {
			return isSame
		}
		if !v.received.After(received) && (stood == nil || !v.received.Before(stood.received)) {
			stood = &before[i]
		}
	}
	if stood != nil && stood.said == said {
		return isSame
	}
	return isCorrection
}

func (p *plan) count(v verdict) {
	switch v {
	case isNew:
		p.sum.Loaded++
	case isSame:
		p.sum.Unchanged++
	case isCorrection:
		p.sum.Corrected++
	}
}

// nextRevision numbers a row after those before it.
func nextRevision(before []revision) int {
	n := 0
	for _, v := range before {
		n = max(n, v.number)
	}
	return n + 1
}

// checkReceived refuses what was received after now; the result says whether the
// row may load.
func (p *plan) checkReceived(at record.Where, received time.Time) bool {
	if received.After(p.now) {
		p.refuse(at, "received_at", received.In(p.zone).Format(time.RFC3339), "a time that isn't in the future")
		return false
	}
	return true
}

func (p *plan) checkAccount(at record.Where, id string) bool {
	if !p.known[id] {
		p.refuse(at, "account", quoted(id), "an account that is known; load accounts first")
		return false
	}
	return true
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

// addSyncs notes that the source was in sync at the times at which its rows were
// received: at the end of each day of them. Rows without a time are of now.
func (p *plan) addSyncs(kind string, received []time.Time) {
	last := map[record.Date]time.Time{}
	for _, t := range received {
		if d := record.DateOf(t.In(p.zone)); t.After(last[d]) {
			last[d] = t
		}
	}
	for _, t := range last {
		p.syncs = append(p.syncs, syncRow{kind, t})
	}
}
