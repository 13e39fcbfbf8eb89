package storage

import (
	"context"
	"crypto/rand"
	"encoding/json"

	"healthbot/storage/record"
)

// change is an event in the making. Before and After are values without any
// text that a person typed; what they typed goes into Text, by field.
type change struct {
	Kind    record.EventKind
	Actor   record.Actor // zero: the bot itself
	Account string
	Run     string
	Subject string
	Before  any
	After   any
	Text    map[record.Field]string
	// Also marks a further event of the same gesture: the request key belongs to
	// the first alone.
	Also bool
}

// append adds an event to the chain: seals it over the one before, keeps its
// text apart, and moves the head.
func (t *tx) append(c change) error {
	var head struct {
		events int64
		hash   string
	}
	if err := t.sql.QueryRowContext(t.ctx, "SELECT events, hash FROM chain_head").Scan(&head.events, &head.hash); err != nil {
		return err
	}
	e := record.Event{Seq: head.events + 1, At: t.now, Kind: c.Kind, ActorID: c.Actor.ID, Actor: c.Actor.Name,
		Account: c.Account, Run: c.Run, Subject: c.Subject, Where: place(c.Actor), Prev: head.hash}
	if !c.Also {
		e.Request = c.Actor.Request
	}
	var err error
	if e.Before, err = payload(c.Before); err != nil {
		return err
	}
	if e.After, err = payload(c.After); err != nil {
		return err
	}
	text, salt, err := personal(c.Text)
	if err != nil {
		return err
	}
	if text != "" {
		e.TextHash = record.HashText(salt, text)
	}
	if e.Hash, err = e.Seal(); err != nil {
		return err
	}
	err = t.insert("event", "seq, at, kind, actor_id, actor, account, run, subject, before_json, after_json, text_hash, place, request, prev, hash",
		e.Seq, instant(e.At), e.Kind, e.ActorID, e.Actor, e.Account, e.Run, e.Subject,
		string(e.Before), string(e.After), e.TextHash, e.Where, e.Request, e.Prev, e.Hash)
	if err != nil {
		return err
	}
	if text != "" {
		if err := t.insert("event_text", "seq, salt, text", e.Seq, salt, text); err != nil {
			return err
		}
	}
	t.events++
	return t.do("UPDATE chain_head SET events = $1, hash = $2", e.Seq, e.Hash)
}

// lastSeq is the number of the latest event, 0 when there is none.
func (r *reader) lastSeq() (int64, error) { return value[int64](r, "SELECT events FROM chain_head") }

// payload is compact JSON, or nothing.
func payload(v any) (json.RawMessage, error) {
	if v == nil {
		return nil, nil
	}
	s, err := encode(v)
	return json.RawMessage(s), err
}

// personal makes the side text of an event, leaving out blank fields, and a
// fresh salt for it.
func personal(fields map[record.Field]string) (text, salt string, err error) {
	kept := map[record.Field]string{}
	for k, v := range fields {
		if v != "" {
			kept[k] = v
		}
	}
	if len(kept) == 0 {
		return "", "", nil
	}
	text, err = encode(kept)
	return text, rand.Text(), err
}

// place is where in Slack a gesture was made.
func place(a record.Actor) string {
	if a.Message == "" {
		return a.Channel
	}
	return a.Channel + "/" + a.Message
}

// repeated finds what an earlier event of the same request was about, so that a
// gesture that Slack delivers twice gets the first result.
func (r *reader) repeated(a record.Actor) (subject string, ok bool, err error) {
	if a.Request == "" {
		return "", false, nil
	}
	return first(r, column[string], "SELECT subject FROM event WHERE request = $1", a.Request)
}

const eventCols = "ev.seq, ev.at, ev.kind, ev.actor_id, ev.actor, ev.account, ev.run, ev.subject, ev.before_json, ev.after_json, ev.text_hash, ev.place, ev.request, ev.prev, ev.hash"

func (r *reader) intoEvent(e *record.Event) []any {
	return []any{&e.Seq, r.instant(&e.At), &e.Kind, &e.ActorID, &e.Actor, &e.Account, &e.Run, &e.Subject,
		scanRaw{&e.Before}, scanRaw{&e.After}, &e.TextHash, &e.Where, &e.Request, &e.Prev, &e.Hash}
}

// scanRaw keeps JSON as it was sealed; an empty column is no JSON at all.
type scanRaw struct{ to *json.RawMessage }

func (s scanRaw) Scan(v any) error {
	*s.to = nil
	if text, ok := v.(string); ok && text != "" {
		*s.to = json.RawMessage(text)
	}
	return nil
}

// Events lists events after a sequence number, oldest first.
func (db *DB) Events(ctx context.Context, after int64, most int) (out []record.Event, err error) {
	err = db.read(ctx, func(r *reader) error {
		out, err = r.eventsAfter(after, most)
		return err
	})
	return out, err
}

func (r *reader) eventsAfter(after int64, most int) ([]record.Event, error) {
	return list(r, r.intoEvent, "SELECT "+eventCols+" FROM event ev WHERE ev.seq > $1 ORDER BY ev.seq LIMIT $2", after, most)
}
