package storage

import (
	"time"

	"healthbot/storage/record"
)

// loadOld puts rows into a database of an older schema as the import of its time
// did, because today's knows today's tables only.
func (o *office) loadOld(b record.Batch) {
	o.t.Helper()
	n := o.count("SELECT 1 + max(n) FROM batch")
	at := o.now.UnixMilli()
	o.check(o.raw("INSERT INTO batch (n, id, file, digest, source, started_at, loaded_at, summary) VALUES ($1, 'im_' || $1, $2, $3, $4, $5, $5, '{}')", n, b.File, b.Digest, b.Source, at))
	for _, a := range b.Accounts {
		v := a.Values
		o.check(o.raw(`INSERT INTO account (id, name, segment, stage, seats, started_on, arr, currency, renewal_on, owner, backup, manager, crm, process, process_link)
			VALUES ($1, $2, $3, '', $4, $5, $6, $7, $8, $9, '', $10, '', '', '')`, a.ID, v[record.AttrName], v[record.AttrSegment], v[record.AttrSeats],
			v[record.AttrStarted], v[record.AttrARR], v[record.AttrCurrency], v[record.AttrRenewal], v[record.AttrOwner], v[record.AttrManager]))
		for attr, value := range v {
			o.check(o.raw("INSERT INTO account_attribute (account, attribute, value, source, received_at, imported_at, backfilled, batch) VALUES ($1, $2, $3, $4, $5, $5, 0, $6)",
				a.ID, attr, value, b.Source, at, n))
		}
	}
	for _, x := range b.Readings {
		o.check(o.raw("INSERT INTO series (account, measure, source) VALUES ($1, $2, $3)", x.Account, x.Measure, b.Source))
		o.check(o.raw(`INSERT INTO reading (series, observed_at, revision, value, retired, received_at, imported_at, backfilled, evidence, collector, batch)
			SELECT max(n), $1, 1, $2, 0, $3, $3, 0, '', '', $4 FROM series`, x.ObservedAt.UnixMilli(), x.Value, at, n))
	}
	for i := range b.Facts {
		x := &b.Facts[i]
		text, err := body(x)
		o.check(err)
		o.check(o.raw(`INSERT INTO fact (source, kind, external_id, revision, account, body, received_at, imported_at, backfilled, batch)
			VALUES ($1, $2, $3, 1, $4, $5, $6, $6, 0, $7)`, b.Source, x.Kind, x.ExternalID, x.Account, text, at, n))
	}
	for _, k := range b.Kinds {
		o.check(o.raw("INSERT INTO sync (source, kind, at, batch) VALUES ($1, $2, $3, $4)", b.Source, k, at, n))
	}
}

// carrying runs a bot's part of imports until the test ends it.
func (o *office) carrying() (stop func()) {
	ended, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		look := time.NewTicker(5 * time.Millisecond)
		defer look.Stop()
		for {
			select {
			case <-ended:
				return
			case <-look.C:
				if err := o.CarryImports(o.t.Context()); err != nil {
					o.t.Errorf("carrying imports: %v", err)
				}
			}
		}
	}()
	return func() { close(ended); <-done }
}
