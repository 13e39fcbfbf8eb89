package storage

import (
	"context"
	"slices"
	"time"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// SetOverride corrects the score of an account by points, with a reason and an
// end, in place of the override in force; zero points end that one.
func (db *DB) SetOverride(ctx context.Context, actor record.Actor, v record.SetOverride) (record.Case, error) {
	return db.say(ctx, actor, v.Account, func(t *tx) (change, error) {
		if err := v.Validate(t.today()); err != nil {
			return change{}, err
		}
		old, ok, err := t.override(v.Account)
		if err != nil {
			return change{}, err
		}
		c := change{Kind: record.EvOverride, Text: map[record.Field]string{record.FieldReason: v.Reason, record.FieldEvidence: v.Evidence}}
		if ok {
			c.Before = map[string]any{"override": old.ID, "points": old.Points, "ends": old.Until}
			if err := t.endDeadlines(old.ID); err != nil {
				return change{}, err
			}
		}
		// One that ran out is closed with it, so that an account never has two.
		if err := t.do("UPDATE override SET ended_at = $1 WHERE account = $2 AND ended_at IS NULL", instant(t.now), v.Account); err != nil {
			return change{}, err
		}
		if v.Ends() {
			if !ok {
				return change{}, record.Errorf(record.Conflict, "No override is in force on this account, so there is nothing to end. Nothing was changed.")
			}
			c.Kind, c.Subject, c.After = record.EvOverrideEnded, old.ID, map[string]any{"override": old.ID}
			return c, nil
		}
		until := v.Until.In(t.zone())
		c.Subject, c.After = newID(record.OverridePrefix), map[string]any{"points": *v.Points, "ends": until}
		err = t.insert("override", "id, account, points, reason, evidence, until, by_id, by_name, at",
			c.Subject, v.Account, int(*v.Points), v.Reason, v.Evidence, instant(until), actor.ID, actor.Name, instant(t.now))
		if err != nil {
			return change{}, err
		}
		return c, t.armOverride(record.Override{ID: c.Subject, Account: v.Account, By: actor.ID, Until: until})
	}, false)
}

// ReportCancellation records that a customer was heard to want to cancel, whatever
// holds are in force. The account gets a review, if it has none, or if the one that
// it has was set aside.
func (db *DB) ReportCancellation(ctx context.Context, actor record.Actor, v record.ReportCancellation) (record.Case, error) {
	return db.say(ctx, actor, v.Account, func(t *tx) (change, error) {
		if err := v.Validate(t.today()); err != nil {
			return change{}, err
		}
		c := change{Kind: record.EvCancelling, Subject: newID(record.CancelPrefix), After: map[string]any{"heard": v.Heard},
			Text: map[record.Field]string{record.FieldWho: v.Who, record.FieldEvidence: v.Evidence}}
		return c, t.insert("cancellation", "id, account, who, heard, evidence, by_id, by_name, at",
			c.Subject, v.Account, v.Who, v.Heard.String(), v.Evidence, actor.ID, actor.Name, instant(t.now))
	}, true)
}

// WithdrawCancellation says that the intent to cancel no longer stands; the
// report stays on record.
func (db *DB) WithdrawCancellation(ctx context.Context, actor record.Actor, v record.WithdrawCancellation) (record.Case, error) {
	return db.say(ctx, actor, v.Account, func(t *tx) (change, error) {
		if err := v.Validate(); err != nil {
			return change{}, err
		}
		old, ok, err := t.cancellation(v.Account)
		if err != nil {
			return change{}, err
		}
		if !ok {
			return change{}, record.Errorf(record.Conflict, "No intent to cancel stands on this account any more. Nothing was changed.")
		}
		c := change{Kind: record.EvStaying, Subject: old.ID, Before: map[string]any{"heard": old.Heard}, After: map[string]any{"withdrawn": true},
			Text: map[record.Field]string{record.FieldNote: v.Why}}
		return c, t.do("UPDATE cancellation SET withdrawn_at = $1, withdrawn_by = $2, withdrawn_name = $3, withdrawn_why = $4 WHERE account = $5 AND withdrawn_at IS NULL",
			instant(t.now), actor.ID, actor.Name, v.Why, v.Account)
	}, false)
}

// RecordPulse keeps a person's impression as a reading of [record.PulseMeasure].
// Whether the score counts it is for the model to say.
func (db *DB) RecordPulse(ctx context.Context, actor record.Actor, v record.Pulse) (record.Case, error) {
	return db.say(ctx, actor, v.Account, func(t *tx) (change, error) {
		if err := v.Validate(); err != nil {
			return change{}, err
		}
		value := float64(v.Value)
		in := record.Input{Measure: record.PulseMeasure, Treatment: record.Corrected, Value: &value, Note: v.Note}
		c := change{Kind: record.EvPulse, Subject: v.Account, After: map[string]any{"pulse": v.Value}, Text: map[record.Field]string{record.FieldNote: v.Note}}
		return c, t.addReading(actor, v.Account, in, nil)
	}, false)
}

// say is what all of these share: the change with its event, a fresh score that
// shows it, and every message about the account edited. A repeated request gets
// the case as it stands. With review the account ends up with one that is open.
func (db *DB) say(ctx context.Context, actor record.Actor, account string, change func(*tx) (change, error), review bool) (record.Case, error) {
	err := db.write(ctx, people, func(t *tx) error {
		_, again, err := t.repeated(actor)
		if err != nil {
			return err
		}
		if _, err := t.account(account); err != nil || again {
			return err
		}
		rv, on, err := t.unfinished(account)
		if err != nil {
			return err
		}
		since, err := t.lastSeq() // what is said belongs to the review that it opens
		if err != nil {
			return err
		}
		c, err := change(t)
		if err != nil {
			return err
		}
		c.Actor, c.Account, c.Run = actor, account, rv.Run
		if err := t.append(c); err != nil {
			return err
		}
		switch {
		case on:
			err = t.refresh(actor, rv, review)
		case review:
			_, err = t.spotReview(actor, account, since, true)
		default:
			_, err = t.rescore(account, nil)
		}
		if err != nil {
			return err
		}
		return t.touchAccount(account)
	})
	if err != nil {
		return record.Case{}, err
	}
	return db.Case(ctx, account, actor.ID)
}

// refresh gives a review a fresh score, compared with what its own was compared
// with, and wakes it if it must not sleep on.
func (t *tx) refresh(actor record.Actor, rv record.Review, wake bool) error {
	s, err := t.snapshot(rv.Snapshot)
	if err != nil {
		return err
	}
	fresh, err := t.rescore(rv.Account, &s)
	if err != nil {
		return err
	}
	if err := t.do("UPDATE review SET snapshot = $1 WHERE id = $2", fresh.ID, rv.ID); err != nil {
		return err
	}
	if !wake || rv.State != record.ReviewSnoozed {
		return nil
	}
	rv.Snapshot = fresh.ID
	woken, err := t.wake(rv)
	if err != nil {
		return err
	}
	if err := t.endDeadlines(rv.ID); err != nil { // its owner hears of it for another reason
		return err
	}
	return t.append(change{Kind: record.EvReview, Actor: actor, Account: rv.Account, Run: rv.Run, Subject: rv.ID, Also: true,
		Before: map[string]any{"state": rv.State, "until": rv.Snoozed}, After: map[string]any{"state": record.ReviewOpen, "review": woken}})
}

// OverridesEnding lists the overrides in force that end before a moment, the
// soonest first, so that somebody can be asked before they do.
func (db *DB) OverridesEnding(ctx context.Context, before time.Time) (out []record.Override, err error) {
	err = db.read(ctx, func(r *reader) error {
		out, err = list(r, r.intoOverride, "SELECT "+overrideCols+" FROM override ov WHERE "+overrideStands("$1")+" AND ov.until < $2 ORDER BY ov.until, ov.id",
			instant(r.now), instant(before))
		return err
	})
	return out, err
}

// overrideStands is the condition that an override counts at a moment.
func overrideStands(at string) string {
	return "ov.at <= " + at + " AND ov.until > " + at + " AND (ov.ended_at IS NULL OR ov.ended_at > " + at + ")"
}

// cancellationStands is the condition that a reported intent to cancel stands at a
// moment: it isn't withdrawn, and no result of a day from then on was known.
func cancellationStands(at string) string {
	return "ca.at <= " + at + " AND (ca.withdrawn_at IS NULL OR ca.withdrawn_at > " + at + `) AND NOT EXISTS (
		SELECT 1 FROM fact_known fa WHERE fa.account = ca.account AND fa.kind = 'result' AND fa.received_at <= ` + at + ` AND fa.body ->> 'on' >= ca.heard
		AND NOT EXISTS (SELECT 1 FROM fact_known later WHERE later.source = fa.source AND later.kind = fa.kind AND later.external_id = fa.external_id
			AND later.received_at <= ` + at + ` AND (later.received_at, later.revision) > (fa.received_at, fa.revision)))`
}

// override is what stands on an account now.
func (r *reader) override(account string) (record.Override, bool, error) {
	return first(r, r.intoOverride, "SELECT "+overrideCols+" FROM override ov WHERE ov.account = $2 AND "+overrideStands("$1"), instant(r.now), account)
}

// cancellation is the latest intent to cancel that stands on an account now.
func (r *reader) cancellation(account string) (record.Cancellation, bool, error) {
	return first(r, r.intoCancellation, "SELECT "+cancellationCols+" FROM cancellation ca WHERE ca.account = $2 AND "+cancellationStands("$1")+
		" ORDER BY ca.at DESC, ca.rowid DESC LIMIT 1", instant(r.now), account)
}

// saidAsOf adds what people had said by then and what still stood. asked is a
// list for [among].
func (r *reader) saidAsOf(asked string, asOf time.Time, of func(account string) *scoring.Input) error {
	overrides, err := list(r, r.intoOverride, "SELECT "+overrideCols+" FROM override ov WHERE ov.account IN "+among(2)+" AND "+overrideStands("$1"), instant(asOf), asked)
	if err != nil {
		return err
	}
	for _, x := range overrides {
		of(x.Account).Override = &scoring.Override{Points: x.Points.Float(), Reason: x.Reason, Until: x.Until}
	}
	leaving, err := list(r, r.intoCancellation, "SELECT "+cancellationCols+" FROM cancellation ca WHERE ca.account IN "+among(2)+" AND "+cancellationStands("$1")+
		" ORDER BY ca.at, ca.rowid", instant(asOf), asked)
	if err != nil {
		return err
	}
	for _, x := range leaving { // the latest is the last
		of(x.Account).Account.CancelIntent = x.Words()
	}
	return nil
}

// addSaid adds to a case what people said and what still stands.
func (r *reader) addSaid(c *record.Case) error {
	o, ok, err := r.override(c.Account.ID)
	if err != nil {
		return err
	}
	if ok {
		c.Override = &o
	}
	leaving, ok, err := r.cancellation(c.Account.ID)
	if ok {
		c.Cancelling = &leaving
	}
	return err
}

// goesThrough leaves out of the holds what doesn't stop an escalation: those of
// data, while the customer is known to want to cancel.
func (r *reader) goesThrough(holds []scoring.Hold, account string, outcome scoring.Outcome) ([]scoring.Hold, error) {
	if outcome != scoring.Escalation {
		return holds, nil
	}
	_, ok, err := r.cancellation(account)
	if err != nil || !ok {
		return holds, err
	}
	return slices.DeleteFunc(slices.Clone(holds), func(h scoring.Hold) bool { return h.Kind.Data() }), nil
}
