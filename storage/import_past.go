package storage

import (
	"bytes"
	"database/sql"
	"fmt"
)

// past reads what a source said before, in the order in which the rows of a
// plan come, so that the two run side by side and neither is in memory.
type past struct {
	open func(*reader) (*sql.Rows, func(*row, *revision) []any, error)

	rows *sql.Rows
	into func(*row, *revision) []any
	key  []byte // of the next row
	next revision
	done bool
}

// upTo collects the revisions of a key, which must not be less than the one of
// the call before.
func (h *past) upTo(r *reader, key []byte, out []revision) (_ []revision, err error) {
	if h.rows == nil && !h.done {
		if h.rows, h.into, err = h.open(r); err != nil { //nolint:rowserrcheck // step reads them, and checks at their end
			return nil, err
		}
		if err := h.step(); err != nil {
			return nil, err
		}
	}
	for !h.done {
		switch bytes.Compare(h.key, key) {
		case 1:
			return out, nil
		case 0:
			out = append(out, h.next)
		}
		if err := h.step(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (h *past) step() error {
	if !h.rows.Next() {
		h.done = true
		if err := h.rows.Err(); err != nil {
			return fmt.Errorf("read what was said before: %w", err)
		}
		return nil
	}
	var x row
	if err := h.rows.Scan(h.into(&x, &h.next)...); err != nil {
		return fmt.Errorf("scan what was said before: %w", err)
	}
	h.key, h.next.said = x.appendKey(h.key[:0]), x.said()
	return nil
}

func (h *past) close() {
	if h.rows != nil {
		h.rows.Close() // its error was seen by the last step
	}
}

// readingsBefore asks for the times that the file is about. CROSS JOIN keeps the
// order of the loops, from which the order of the rows follows without sorting.
func (p *plan) readingsBefore(r *reader) (*sql.Rows, func(*row, *revision) []any, error) {
	rows, err := r.sql.QueryContext(r.ctx, `SELECT se.account, se.measure, re.observed_at, re.value, re.received_at, re.revision
		FROM series se INDEXED BY sqlite_autoindex_series_1 CROSS JOIN reading re ON re.series = se.n
		WHERE se.source = $1 AND re.observed_at BETWEEN $2 AND $3 AND re.batch NOT IN (SELECT n FROM batch WHERE loaded_at IS NULL)
		ORDER BY se.account, se.measure, re.observed_at, re.revision`, p.source, p.from, p.to)
	if err != nil {
		return nil, nil, fmt.Errorf("query readings from before: %w", err)
	}
	return rows, func(x *row, v *revision) []any {
		return []any{&x.account, &x.name, &x.observed, &x.value, &v.received, &v.number}
	}, nil
}

func (p *plan) factsBefore(r *reader) (*sql.Rows, func(*row, *revision) []any, error) {
	var kinds []string
	for k := range p.kinds {
		kinds = append(kinds, string(k))
	}
	rows, err := r.sql.QueryContext(r.ctx, `SELECT kind, external_id, account, body, received_at, revision
		FROM fact_known WHERE source = $1 AND kind IN `+among(2)+` ORDER BY kind, external_id, revision`, p.source, ids(kinds))
	if err != nil {
		return nil, nil, fmt.Errorf("query facts from before: %w", err)
	}
	return rows, func(x *row, v *revision) []any {
		return []any{&x.kind, &x.name, &x.account, &x.body, &v.received, &v.number}
	}, nil
}
