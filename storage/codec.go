package storage

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"healthbot/storage/record"
)

// The one place where Go values become columns and columns become Go values.
// The driver would store a bound time.Time as its String() text, so no time
// reaches it; instants are Unix milliseconds, and NULL is "none".

// instant encodes a time.
func instant(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// scanInstant decodes a time into the office zone.
type scanInstant struct {
	to   *time.Time
	zone *time.Location
}

func (s scanInstant) Scan(v any) error {
	switch x := v.(type) {
	case nil:
		*s.to = time.Time{}
	case int64:
		*s.to = time.UnixMilli(x).In(s.zone)
	default:
		return fmt.Errorf("column holds %T, not an instant", v)
	}
	return nil
}

// scanDay decodes a calendar day; encoding one is [record.Date.String].
type scanDay struct{ to *record.Date }

func (s scanDay) Scan(v any) error {
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf("column holds %T, not a day", v)
	}
	d, err := record.ParseDate(text)
	*s.to = d
	return err
}

// optional encodes a reference to another record; "" refers to none.
func optional(id string) any {
	if id == "" {
		return nil
	}
	return id
}

// scanOptional decodes a reference.
type scanOptional struct{ to *string }

func (s scanOptional) Scan(v any) error {
	var x sql.NullString
	err := x.Scan(v)
	*s.to = x.String
	return err
}

// encode makes compact JSON; the types that storage encodes always can.
func encode(v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("encode %T: %w", v, err)
	}
	return string(b), nil
}

// scanJSON decodes a JSON column; an empty one leaves the value alone.
type scanJSON struct{ to any }

func (s scanJSON) Scan(v any) error {
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf("column holds %T, not JSON text", v)
	}
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), s.to); err != nil {
		return fmt.Errorf("decode %T: %w", s.to, err)
	}
	return nil
}
