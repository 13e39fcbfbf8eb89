package storage

import (
	"cmp"
	"context"
	"slices"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// VerifyInputs records what a person did about inputs of a review: a value
// confirmed, corrected or retired becomes a reading of theirs, one routed to its
// data owner only a note. Each clears the holds that name it, and the account is
// scored anew, all in one transaction.
func (db *DB) VerifyInputs(ctx context.Context, actor record.Actor, v record.Verify) (c record.Case, err error) {
	var rv record.Review
	err = db.onReview(ctx, actor, v.Review, &rv, func(t *tx, a record.Account) error {
		if rv.State == record.ReviewDecided {
			return t.alreadyDecided(rv)
		}
		s, err := t.snapshot(rv.Snapshot)
		if err != nil {
			return err
		}
		if err := v.Validate(t.rules.Model, s.Result); err != nil {
			return err
		}
		fresh, entered := s, false
		for _, in := range v.Inputs {
			if in.Treatment == record.Routed {
				continue
			}
			entered = true
			if err := t.addReading(actor, a.ID, in, s.Result.Findings); err != nil {
				return err
			}
		}
		if entered {
			// Compared with the last review still, not with what was wrong a minute ago.
			if fresh, err = t.rescore(a.ID, &s); err != nil {
				return err
			}
			if err := t.do("UPDATE review SET snapshot = $1 WHERE id = $2", fresh.ID, rv.ID); err != nil {
				return err
			}
		}
		if err := t.clear(actor, rv, v.Inputs, slices.Concat(s.Result.Holds, fresh.Result.Holds)); err != nil {
			return err
		}
		return t.append(verified(actor, rv, v, s, fresh))
	})
	if err != nil {
		return c, err
	}
	return db.ReviewCase(ctx, rv.ID, actor.ID)
}

// verified words the event; what the person noted goes to its text.
func verified(actor record.Actor, rv record.Review, v record.Verify, before, after record.Snapshot) change {
	type input struct {
		Measure   string           `json:"measure"`
		Treatment record.Treatment `json:"treatment"`
		Value     *float64         `json:"value,omitempty"`
	}
	inputs := make([]input, len(v.Inputs))
	notes := map[record.Field]string{}
	for i, in := range v.Inputs {
		inputs[i] = input{in.Measure, in.Treatment, in.Value}
		notes[record.FieldNote+record.Field(" "+in.Measure)] = in.Note
	}
	return change{Kind: record.EvVerified, Actor: actor, Account: rv.Account, Run: rv.Run, Subject: rv.ID,
		Before: map[string]any{"snapshot": before.ID, "score": before.Result.Score, "band": before.Result.Band},
		After:  map[string]any{"snapshot": after.ID, "score": after.Result.Score, "band": after.Result.Band, "inputs": inputs},
		Text:   notes}
}

// addReading stores a person's reading of now. Within a week it outranks every
// other source; what the sources said stays.
func (t *tx) addReading(actor record.Actor, account string, in record.Input, seen []scoring.Finding) error {
	value := 0.0
	for _, f := range seen {
		if f.Measure == in.Measure && f.Value != nil {
			value = *f.Value
		}
	}
	if in.Treatment == record.Corrected {
		value = *in.Value
	}
	if err := t.do("INSERT INTO series (account, measure, source) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", account, in.Measure, scoring.Person); err != nil {
		return err
	}
	return t.do(`INSERT INTO reading (series, observed_at, revision, value, retired, received_at, imported_at, backfilled, evidence, collector, batch)
		SELECT n, $4, 1 + COALESCE((SELECT max(revision) FROM reading WHERE series = n AND observed_at = $4), 0), $5, $6, $4, $4, 0, $7, $8, 0
		FROM series WHERE account = $1 AND measure = $2 AND source = $3`,
		account, in.Measure, scoring.Person, instant(t.now), value, in.Treatment == record.Dropped, cmp.Or(in.Note, string(in.Treatment)+" by "+actor.Name), actor.ID)
}

// clear notes, for each treated measure, the holds that name it. The holds of the
// new score count, too: retiring a value may leave the account unscored, and who
// retired it needs no telling.
func (t *tx) clear(actor record.Actor, rv record.Review, inputs []record.Input, holds []scoring.Hold) error {
	for _, in := range inputs {
		done := map[scoring.HoldKind]bool{}
		for _, h := range holds {
			if done[h.Kind] || !slices.Contains(h.Measures, in.Measure) {
				continue
			}
			done[h.Kind] = true
			err := t.insert("clearance", "review, kind, measure, by_id, by_name, at, how, note",
				rv.ID, h.Kind, in.Measure, actor.ID, actor.Name, instant(t.now), in.Treatment, in.Note)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// AssignOwner changes the one person answerable for an account. It is kept like
// an attribute from the source "person", so that only newer news from a file
// changes it again.
func (db *DB) AssignOwner(ctx context.Context, actor record.Actor, v record.AssignOwner) (a record.Account, err error) {
	err = db.write(ctx, people, func(t *tx) error {
		_, again, err := t.repeated(actor)
		if err != nil {
			return err
		}
		id := v.Account
		if id == "" {
			rv, err := t.review(v.Review)
			if err != nil {
				return err
			}
			id = rv.Account
		}
		if a, err = t.account(id); err != nil || again {
			return err
		}
		if err := v.Validate(t.rules.People); err != nil {
			return err
		}
		if a.Owner == v.Owner {
			return nil
		}
		if err := t.touchAccount(id); err != nil { // the messages that show the old owner
			return err
		}
		before := a.Owner
		err = t.insert("account_attribute", "account, attribute, value, source, received_at, imported_at, backfilled, batch",
			id, record.AttrOwner, v.Owner, scoring.Person, instant(t.now), instant(t.now), false, 0)
		if err != nil {
			return err
		}
		if err := t.project([]string{id}); err != nil {
			return err
		}
		if a, err = t.account(id); err != nil {
			return err
		}
		err = t.append(change{Kind: record.EvOwner, Actor: actor, Account: id, Subject: id,
			Before: map[string]any{"owner": before}, After: map[string]any{"owner": v.Owner},
			Text: map[record.Field]string{record.FieldNote: v.Note}})
		if err != nil {
			return err
		}
		return t.touchAccount(id)
	})
	return a, err
}
