package storage

import (
	"database/sql"
	"errors"
	"math"
	"slices"
	"time"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// plan is what an import would do. Making it changes nothing.
//
// What a file brings passes through it as bytes: rows as the file brought them,
// sorted; then news, what of them is to be stored. Neither is ever in memory as a
// whole; the ids of accounts are, because there are as many as customers.
type plan struct {
	id      string
	file    string
	digest  string
	source  string
	now     time.Time
	model   scoring.Model
	zone    *time.Location
	options record.ImportOptions
	sum     record.Summary
	// again says that a file of this content was loaded from this source before. A
	// row of such a file is unchanged if any revision says the same: an old export
	// that is loaded once more mustn't undo what newer ones corrected.
	again       bool
	existed     map[string]bool // accounts, before this file
	brought     map[string]bool // accounts, by this file
	bringing    bringing
	accounts    *sql.Rows // that are known, in the order of the file's
	next        accountKnown
	first, last string // the ids of accounts that the file names
	rows, news  *spool

	complete     []scoring.FactKind // kinds of which the file is a complete sync
	kinds        map[scoring.FactKind]bool
	parseRefused bool
	from, to     int64 // when the readings were observed
	ordinal      int   // of the line being gathered
	line         int   // its number
	refused      bits  // ordinals of lines of which something was refused
	synced       map[syncOn]time.Time
	lastSync     syncOn // of the row before, so that a day isn't worked out for each
	lastReceived int64

	scratch []byte
}

// syncOfReadings is the kind under which a sync of readings is kept.
const syncOfReadings = "reading"

// syncOn is a day on which something of a kind arrived.
type syncOn struct {
	kind string
	day  record.Date
}

func (db *DB) newPlan(o record.ImportOptions) *plan {
	if o.Progress == nil {
		o.Progress = func(record.Progress) {}
	}
	return &plan{id: newID(record.BatchPrefix), now: db.now(), model: db.rules.Model, zone: db.zone(), options: o,
		sum:     record.Summary{Refused: []record.Refused{}}, // an empty list in JSON, not null
		existed: map[string]bool{}, brought: map[string]bool{}, kinds: map[scoring.FactKind]bool{}, synced: map[syncOn]time.Time{},
		from: math.MaxInt64, to: math.MinInt64, rows: newSpool(db.path), news: newSpool(db.path)}
}

func (p *plan) close() error { return errors.Join(p.rows.close(), p.news.close()) }

// decide settles what becomes of everything that was gathered.
func (r *reader) decide(p *plan) error {
	var err error
	p.again, err = value[bool](r, "SELECT EXISTS (SELECT 1 FROM batch WHERE digest = $1 AND $1 <> '' AND source = $2 AND loaded_at IS NOT NULL)", p.digest, p.source)
	if err != nil {
		return err
	}
	accounts, err := list(r, column[string], "SELECT id FROM account")
	if err != nil {
		return err
	}
	for _, id := range accounts {
		p.existed[id] = true
	}
	if err := p.refuseContradictions(r.ctx); err != nil {
		return err
	}
	if err := p.planRows(r); err != nil {
		return err
	}
	p.syncFacts()
	slices.SortStableFunc(p.sum.Refused, func(a, b record.Refused) int { return a.Where.Line - b.Where.Line })
	return nil
}

func (p *plan) refuse(at record.Where, column, found, expected string) {
	p.refuseAs(record.Refused{Where: at, Column: column, Found: found, Expected: expected})
}

func (p *plan) refuseAs(x record.Refused) {
	if len(p.sum.Refused) == record.MostRefused {
		p.sum.More++
		return
	}
	p.sum.Refused = append(p.sum.Refused, x)
}

// refuseRow refuses a line, once, however many of its readings are wrong.
func (p *plan) refuseRow(ordinal int, at record.Where, column, found, expected string) {
	if p.refused.set(ordinal) {
		p.refuse(at, column, found, expected)
	}
}

// revision is one thing that a source said before.
type revision struct {
	said     string // canonical
	received int64
	number   int
}

// verdict is what a row is, given what its source said of the same thing.
type verdict int

const (
	isSame verdict = iota
	isNew
	isCorrection
)

// judge compares a row with the revisions before it. What counts is what stood
// when the row was received, so that history loads as history; a row already
// kept is the same wherever it stands. It answers with what stood, too.
func (p *plan) judge(before []revision, said string, received int64) (v verdict, stood *revision) {
	if len(before) == 0 {
		return isNew, nil
	}
	for i, v := range before {
		if v.said == said && (p.again || v.received == received) {
			return isSame, &before[i]
		}
		if v.received <= received && (stood == nil || v.received >= stood.received) {
			stood = &before[i]
		}
	}
	if stood != nil && stood.said == said {
		return isSame, stood
	}
	return isCorrection, stood
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

// shows says whether a change belongs to what a dry run tells.
func (p *plan) shows() bool {
	return p.options.DryRun && len(p.sum.Changes) < record.MostChanges
}

// received is when a row was received: as its file says, or else now.
func (p *plan) received(at time.Time) (t time.Time, backfilled bool) {
	if at.IsZero() {
		return p.now, false
	}
	return at.Truncate(time.Millisecond), true
}

// inSync notes that the source was in sync at the times at which its rows were
// received: at the end of each day of them. Rows without a time are of now.
func (p *plan) inSync(kind string, received time.Time) {
	on := p.lastSync
	if ms := received.UnixMilli(); ms != p.lastReceived || on.kind != kind {
		on = syncOn{kind, record.DateOf(received.In(p.zone))}
		p.lastSync, p.lastReceived = on, ms
	}
	if received.After(p.synced[on]) {
		p.synced[on] = received
	}
}

// syncFacts notes the kinds of which the file was complete, though it brought
// none: that proves that there are none. A file that brought only refused rows of
// a kind proves nothing.
func (p *plan) syncFacts() {
	for _, k := range p.complete {
		if !p.kinds[k] && !p.parseRefused {
			p.inSync(string(k), p.now)
		}
	}
}

// bits is a set of small numbers: a line of a file costs one bit.
type bits []uint64

// set adds a number and says whether it is new.
func (b *bits) set(n int) bool {
	for n/64 >= len(*b) {
		*b = append(*b, 0)
	}
	word, bit := &(*b)[n/64], uint64(1)<<(n%64)
	added := *word&bit == 0
	*word |= bit
	return added
}

func (b bits) has(n int) bool { return n/64 < len(b) && b[n/64]&(1<<(n%64)) != 0 }
