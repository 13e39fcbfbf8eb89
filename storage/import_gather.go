package storage

import (
	"context"
	"fmt"
	"iter"
	"time"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// gather reads a whole file into the plan. What a row alone can tell to be wrong
// is refused here.
func (p *plan) gather(ctx context.Context, parts iter.Seq2[record.Batch, error]) error {
	for b, err := range ahead(ctx, parts) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		p.file, p.source, p.digest, p.complete = b.File, b.Source, b.Digest, b.Kinds
		p.sum.File = b.File
		p.parseRefused = p.parseRefused || len(b.Refused) > 0
		for _, x := range b.Refused {
			p.refuseAs(x)
		}
		for i := range b.Accounts {
			if err := p.takeAccount(&b.Accounts[i]); err != nil {
				return err
			}
		}
		for i := range b.Readings {
			if err := p.takeReading(&b.Readings[i]); err != nil {
				return err
			}
		}
		for i := range b.Facts {
			if err := p.takeFact(&b.Facts[i]); err != nil {
				return err
			}
		}
		p.options.Progress(record.Progress{Step: "reading", Rows: p.ordinal})
	}
	return ctx.Err()
}

// ahead reads the next part while one is worked on. Where a part doesn't come, as
// from a pipe into which nobody writes, the end of ctx is enough.
func ahead(ctx context.Context, parts iter.Seq2[record.Batch, error]) iter.Seq2[record.Batch, error] {
	type part struct {
		b   record.Batch
		err error
	}
	return func(yield func(record.Batch, error) bool) {
		next, enough, ended := make(chan part, 1), make(chan struct{}), make(chan struct{})
		go func() {
			defer close(ended)
			defer close(next)
			for b, err := range parts {
				select {
				case next <- part{b, err}:
				case <-enough:
					return
				}
			}
		}()
		defer func() {
			close(enough)
			select { // what is read from is closed after this
			case <-ended:
			case <-ctx.Done():
			}
		}()
		for {
			select {
			case <-ctx.Done():
				yield(record.Batch{}, ctx.Err())
				return
			case p, ok := <-next:
				if !ok || !yield(p.b, p.err) {
					return
				}
			}
		}
	}
}

// begins numbers the lines that bring rows; a wide one brings several.
func (p *plan) begins(line int) {
	if line == 0 || line != p.line {
		p.ordinal++
	}
	p.line = line
}

func (p *plan) spool(x *row) error {
	var sorted int
	p.scratch, sorted = x.encode(p.scratch[:0])
	return p.rows.add(p.scratch, sorted)
}

func (p *plan) takeReading(x *record.ReadingRow) error {
	p.begins(x.Where.Line)
	received, backfilled := p.received(x.ReceivedAt)
	if !p.checkReading(x, received) {
		return nil
	}
	observed := x.ObservedAt.UnixMilli()
	p.from, p.to = min(p.from, observed), max(p.to, observed)
	return p.spool(&row{account: x.Account, name: x.Measure, observed: observed, received: received.UnixMilli(), ordinal: p.ordinal,
		backfilled: backfilled, line: x.Where.Line, column: x.Where.Column, value: x.Value, evidence: x.Evidence, collector: x.Collector})
}

// checkReading refuses what can't be true. The place of a reading is that of its
// value; what else is wrong belongs to the whole line.
func (p *plan) checkReading(x *record.ReadingRow, received time.Time) bool {
	refuse := func(at record.Where, column, found, expected string) bool {
		p.refuseRow(p.ordinal, at, column, found, expected)
		return false
	}
	line := record.Where{File: x.Where.File, Line: x.Where.Line}
	m, ok := p.model.Measure(x.Measure)
	switch {
	case hasZero(x.Account, x.Measure):
		return refuse(line, "", "a NUL byte", "text without NUL bytes")
	case received.After(p.now):
		return refuse(line, "received_at", received.In(p.zone).Format(time.RFC3339), "a time that isn't in the future")
	case !ok:
		return refuse(line, "measure", record.Show(x.Measure), "a measure of the model "+p.model.Label())
	case !(x.Value >= m.Min && x.Value <= m.Max): // so that NaN is refused, too
		return refuse(x.Where, "value", number(x.Value), fmt.Sprintf("%s to %s (%s, %s)", number(m.Min), number(m.Max), m.Title, m.Unit))
	case x.ObservedAt.IsZero():
		return refuse(line, "observed_at", "nothing", "when it was observed")
	case x.ObservedAt.After(p.now):
		return refuse(line, "observed_at", x.ObservedAt.In(p.zone).Format(time.RFC3339), "a time that isn't in the future")
	}
	return true
}

func (p *plan) takeFact(x *record.FactRow) error {
	p.begins(x.Where.Line)
	p.kinds[x.Kind] = true
	text, err := body(x)
	if err != nil {
		return err
	}
	received, backfilled := p.received(x.ReceivedAt)
	if !p.checkFact(x, text, received) {
		return nil
	}
	return p.spool(&row{kind: x.Kind, account: x.Account, name: x.ExternalID, received: received.UnixMilli(), ordinal: p.ordinal,
		backfilled: backfilled, line: x.Where.Line, column: x.Where.Column, body: text})
}

func (p *plan) checkFact(x *record.FactRow, body string, received time.Time) bool {
	refuse := func(column, found, expected string) bool {
		p.refuseRow(p.ordinal, x.Where, column, found, expected)
		return false
	}
	switch {
	case x.ExternalID == "":
		return refuse("id", "nothing", "the id that the source gives the "+string(x.Kind))
	case hasZero(x.ExternalID, x.Account):
		return refuse("", "a NUL byte", "text without NUL bytes")
	case body == "":
		return refuse("", "a row of kind "+record.Show(string(x.Kind)), "a milestone, ticket, invoice, contact, touch, result or goal")
	case received.After(p.now):
		return refuse("received_at", received.In(p.zone).Format(time.RFC3339), "a time that isn't in the future")
	}
	if g := x.Goal; g != nil {
		if _, ok := p.model.Measure(g.Measure); !ok {
			return refuse("measure", record.Show(g.Measure), "a measure of the model "+p.model.Label())
		}
		if g.At != nil && !scoring.Monotone(*g.At) {
			return refuse("", fmt.Sprintf("a goal with the anchors %v", *g.At), "five numbers that only rise or only fall")
		}
	}
	return true
}

// body is a fact as JSON; "" when the row doesn't hold the fact that its kind
// names.
func body(x *record.FactRow) (string, error) {
	switch {
	case x.Kind == scoring.KindMilestone && x.Milestone != nil:
		return encode(x.Milestone)
	case x.Kind == scoring.KindTicket && x.Ticket != nil:
		return encode(x.Ticket)
	case x.Kind == scoring.KindInvoice && x.Invoice != nil:
		return encode(x.Invoice)
	case x.Kind == scoring.KindContact && x.Contact != nil:
		return encode(x.Contact)
	case x.Kind == scoring.KindTouch && x.Touch != nil:
		return encode(x.Touch)
	case x.Kind == record.KindResult && x.Result != nil:
		return encode(x.Result)
	case x.Kind == record.KindGoal && x.Goal != nil:
		return encode(x.Goal)
	}
	return "", nil
}
