package storage

import (
	"context"
	"database/sql"
	"fmt"

	"healthbot/storage/record"
)

// Verify walks the whole chain of events and names the first link that doesn't
// fit: a gap, a changed event, a text that isn't the one whose digest was
// sealed, or a tail that was cut off.
func (db *DB) Verify(ctx context.Context) (v record.Verification, err error) {
	err = db.read(ctx, func(r *reader) error {
		v, err = r.verify()
		return err
	})
	return v, err
}

// link is an event with the text beside it.
type link struct {
	record.Event
	kept bool // there is a row for its text
	salt sql.NullString
	text sql.NullString
}

func (r *reader) verify() (record.Verification, error) {
	const page = 1000
	var v record.Verification
	for {
		links, err := list(r, func(l *link) []any {
			return append(r.intoEvent(&l.Event), &l.kept, &l.salt, &l.text)
		}, "SELECT "+eventCols+`, et.seq IS NOT NULL, et.salt, et.text
			FROM event ev LEFT JOIN event_text et ON et.seq = ev.seq
			WHERE ev.seq > $1 ORDER BY ev.seq LIMIT $2`, v.Events, page)
		if err != nil {
			return v, err
		}
		for _, l := range links {
			if what := l.broken(v); what != "" {
				v.Broken = &record.BrokenLink{Seq: l.Seq, What: what}
				return v, nil
			}
			v.Events, v.Head = l.Seq, l.Hash
		}
		if len(links) < page {
			break
		}
	}
	return v, r.verifyHead(&v)
}

// broken says what is wrong with a link that follows those walked so far.
func (l link) broken(v record.Verification) string {
	if l.Seq != v.Events+1 {
		return fmt.Sprintf("event %d is missing", v.Events+1)
	}
	if l.Prev != v.Head {
		return "it doesn't refer to the event before it"
	}
	sum, err := l.Seal()
	switch {
	case err != nil:
		return "its content can't be read: " + err.Error()
	case sum != l.Hash:
		return "its content was changed after it was sealed"
	case (l.TextHash != "") != l.kept:
		return "its text was taken away or added"
	case l.text.Valid && record.HashText(l.salt.String, l.text.String) != l.TextHash:
		return "its text was changed"
	}
	return ""
}

// verifyHead compares the end of the walk with the head kept apart.
func (r *reader) verifyHead(v *record.Verification) error {
	var events int64
	var hash string
	if err := r.sql.QueryRowContext(r.ctx, "SELECT events, hash FROM chain_head").Scan(&events, &hash); err != nil {
		return fmt.Errorf("read head of chain: %w", err)
	}
	switch {
	case events > v.Events:
		v.Broken = &record.BrokenLink{Seq: v.Events + 1, What: fmt.Sprintf("the chain ends here, but had %d events", events)}
	case events < v.Events || hash != v.Head:
		v.Broken = &record.BrokenLink{Seq: v.Events, What: "it isn't the event that the head of the chain names"}
	}
	return nil
}
