package storage

import (
	"context"
	"time"

	"healthbot/storage/record"
)

// OpenReview is the account's unfinished review, or a new one outside of any run
// that starts from a fresh score.
func (db *DB) OpenReview(ctx context.Context, actor record.Actor, account string) (rv record.Review, err error) {
	err = db.write(ctx, people, func(t *tx) error {
		id, again, err := t.repeated(actor)
		if err != nil {
			return err
		}
		if again {
			rv, err = t.review(id)
			return err
		}
		a, err := t.account(account)
		if err != nil {
			return err
		}
		have, ok, err := t.unfinished(account)
		if err != nil || ok {
			rv = have
			return err
		}
		since, err := t.lastSeq()
		if err != nil {
			return err
		}
		rv, err = t.spotReview(actor, a.ID, since, false)
		return err
	})
	return rv, err
}

// spotReview opens a review outside of any run, from a fresh score; since is the
// last event before what belongs to it, and also says that another event of the
// same gesture came first.
func (t *tx) spotReview(actor record.Actor, account string, since int64, also bool) (record.Review, error) {
	s, err := t.rescore(account, nil)
	if err != nil {
		return record.Review{}, err
	}
	rv := record.Review{ID: newID(record.ReviewPrefix), Account: account, Snapshot: s.ID, State: record.ReviewOpen}
	if err := t.insert("review", "id, account, snapshot, state, opened_at, since", rv.ID, rv.Account, rv.Snapshot, rv.State, instant(t.now), since); err != nil {
		return rv, err
	}
	if err := t.complete(&rv); err != nil {
		return rv, err
	}
	return rv, t.append(change{Kind: record.EvReview, Actor: actor, Account: account, Subject: rv.ID, Also: also,
		After: map[string]any{"state": rv.State, "standing": rv.Standing, "snapshot": s.ID, "score": s.Result.Score, "band": s.Result.Band}})
}

// SaveDraft keeps what a person has typed so far. A draft is no change of a
// record: it decides nothing, nobody else sees it, and it goes with the decision.
func (db *DB) SaveDraft(ctx context.Context, actor record.Actor, d record.Draft) error {
	return db.bookkeeping(ctx, people, "save a draft", func(t *tx) error {
		if _, err := t.review(d.Review); err != nil {
			return err
		}
		entries, err := encode(d.Values)
		if err != nil {
			return err
		}
		return t.do("INSERT INTO draft (review, person, entries, saved_at) VALUES ($1, $2, $3, $4) ON CONFLICT (review, person) DO UPDATE SET entries = $3, saved_at = $4",
			d.Review, actor.ID, entries, instant(t.now))
	})
}

// Draft is what a person has typed in a review; nil when nothing.
func (db *DB) Draft(ctx context.Context, review, person string) (d *record.Draft, err error) {
	err = db.read(ctx, func(r *reader) error {
		d, err = r.draft(review, person)
		return err
	})
	return d, err
}

func (r *reader) draft(review, person string) (*record.Draft, error) {
	d, ok, err := first(r, r.intoDraft, "SELECT "+draftCols+" FROM draft dr WHERE dr.review = $1 AND dr.person = $2", review, person)
	if err != nil || !ok {
		return nil, err
	}
	return &d, nil
}

// TakeReview says who works on a review. Somebody else who took it before is a
// Conflict.
func (db *DB) TakeReview(ctx context.Context, actor record.Actor, v record.Take) (rv record.Review, err error) {
	err = db.onReview(ctx, actor, v.Review, &rv, func(t *tx, a record.Account) error {
		switch {
		case rv.State == record.ReviewDecided:
			return t.alreadyDecided(rv)
		case rv.Taken == actor.ID:
			return nil
		case rv.Taken != "":
			return record.Errorf(record.Conflict, "%s took this review at %s already. Nothing was changed; speak with them, or decide on it together.", t.rules.People.Name(rv.Taken), t.clock(rv.TakenAt))
		}
		rv.Taken, rv.TakenAt = actor.ID, t.now
		if err := t.do("UPDATE review SET taken = $1, taken_at = $2 WHERE id = $3", rv.Taken, instant(rv.TakenAt), rv.ID); err != nil {
			return err
		}
		return t.append(change{Kind: record.EvTaken, Actor: actor, Account: a.ID, Run: rv.Run, Subject: rv.ID, After: map[string]any{"taken": actor.ID}})
	})
	return rv, err
}

// SnoozeReview sets an open review aside until a date. One that is set aside or
// decided already is a Conflict.
func (db *DB) SnoozeReview(ctx context.Context, actor record.Actor, v record.Snooze) (rv record.Review, err error) {
	err = db.onReview(ctx, actor, v.Review, &rv, func(t *tx, a record.Account) error {
		if err := v.Validate(t.today()); err != nil {
			return err
		}
		switch rv.State {
		case record.ReviewDecided:
			return t.alreadyDecided(rv)
		case record.ReviewSnoozed:
			return t.alreadySnoozed(rv)
		}
		rv.State, rv.Snoozed, rv.Why = record.ReviewSnoozed, v.Until, v.Why
		if err := t.do("UPDATE review SET state = $1, snoozed = $2, why = $3 WHERE id = $4", rv.State, rv.Snoozed.String(), rv.Why, rv.ID); err != nil {
			return err
		}
		if err := t.armBack(rv); err != nil {
			return err
		}
		return t.append(change{Kind: record.EvSnoozed, Actor: actor, Account: a.ID, Run: rv.Run, Subject: rv.ID,
			Before: map[string]any{"state": record.ReviewOpen}, After: map[string]any{"state": rv.State, "until": rv.Snoozed},
			Text: map[record.Field]string{record.FieldNote: v.Why}})
	})
	return rv, err
}

// WakeSnoozed reopens the reviews whose date has come and says how many. The
// date and its reason stay on the review. One whose run has closed meanwhile
// goes on as a review of its own.
func (db *DB) WakeSnoozed(ctx context.Context, today record.Date) (n int, err error) {
	err = db.write(ctx, bulk, func(t *tx) error {
		n = 0
		asleep, err := list(&t.reader, t.intoReview, "SELECT "+reviewCols+" FROM review rv WHERE rv.state = 'snoozed' AND rv.snoozed <= $1 ORDER BY rv.snoozed, rv.rowid", today.String())
		if err != nil {
			return err
		}
		for _, rv := range asleep {
			woken, err := t.wake(rv)
			if err != nil {
				return err
			}
			if err := t.touchAccount(rv.Account); err != nil {
				return err
			}
			err = t.append(change{Kind: record.EvReview, Account: rv.Account, Run: rv.Run, Subject: rv.ID,
				Before: map[string]any{"state": rv.State, "until": rv.Snoozed}, After: map[string]any{"state": record.ReviewOpen, "review": woken}})
			if err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

// wake opens a review again, or, where its run has closed, a new one outside of
// any run; it returns the id of the open one.
func (t *tx) wake(rv record.Review) (string, error) {
	if rv.Run == "" {
		return rv.ID, t.do("UPDATE review SET state = $1 WHERE id = $2", record.ReviewOpen, rv.ID)
	}
	run, err := t.run(rv.Run)
	if err != nil {
		return "", err
	}
	if run.State != record.RunClosed {
		return rv.ID, t.do("UPDATE review SET state = $1 WHERE id = $2", record.ReviewOpen, rv.ID)
	}
	if err := t.do("UPDATE review SET state = $1 WHERE id = $2", record.ReviewCarried, rv.ID); err != nil {
		return "", err
	}
	if err := t.touch(rv.ID, record.Card); err != nil {
		return "", err
	}
	since, err := t.lastSeq()
	if err != nil {
		return "", err
	}
	id := newID(record.ReviewPrefix)
	return id, t.insert("review", "id, account, snapshot, state, opened_at, since", id, rv.Account, rv.Snapshot, record.ReviewOpen, instant(t.now), since)
}

// onReview is what verbs on one review share: a repeated request gets the review
// as it is, and every message that shows the account is touched at the end.
func (db *DB) onReview(ctx context.Context, actor record.Actor, id string, rv *record.Review, fn func(*tx, record.Account) error) error {
	return db.write(ctx, people, func(t *tx) error {
		_, again, err := t.repeated(actor)
		if err != nil {
			return err
		}
		if *rv, err = t.review(id); err != nil || again {
			return err
		}
		if err := carriedOn(*rv); err != nil {
			return err
		}
		a, err := t.account(rv.Account)
		if err != nil {
			return err
		}
		if err := fn(t, a); err != nil || t.events == 0 {
			return err
		}
		return t.touchAccount(rv.Account)
	})
}

// carriedOn refuses what is meant for a review whose turn is over.
func carriedOn(rv record.Review) error {
	if rv.State != record.ReviewCarried {
		return nil
	}
	return record.Errorf(record.Conflict, "The next run has come meanwhile, and this account's review went on there. Nothing of yours was saved; use its newest card, or /health and its name.")
}

// alreadyDecided is the honest answer to somebody who comes second.
func (r *reader) alreadyDecided(rv record.Review) error {
	d, err := r.decision(rv.Decision)
	if err != nil {
		return err
	}
	return record.Errorf(record.Conflict, "Already set to %s by %s at %s; nothing of yours was saved.", d.Outcome, d.ByName, r.clock(d.At))
}

func (r *reader) alreadySnoozed(rv record.Review) error {
	type who struct {
		name string
		at   time.Time
	}
	w, err := must(r, "event", func(w *who) []any { return []any{&w.name, r.instant(&w.at)} },
		"SELECT actor, at FROM event WHERE account = $1 AND subject = $2 AND kind = $3 ORDER BY seq DESC LIMIT 1", rv.Account, rv.ID, record.EvSnoozed)
	if err != nil {
		return err
	}
	return record.Errorf(record.Conflict, "Already set aside until %s by %s at %s; nothing of yours was saved.", rv.Snoozed, w.name, r.clock(w.at))
}
