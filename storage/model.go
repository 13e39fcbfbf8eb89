package storage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// Model is the version with a digest, whole: by it a stored score can be
// computed again.
func (db *DB) Model(ctx context.Context, digest string) (v record.ModelVersion, err error) {
	err = db.read(ctx, func(r *reader) error {
		v, err = r.model("mv.digest = $1", digest)
		return err
	})
	return v, err
}

// ApprovedModel is the version in force. It is NotFound before the first `run`,
// which approves the built-in one.
func (db *DB) ApprovedModel(ctx context.Context) (v record.ModelVersion, err error) {
	err = db.read(ctx, func(r *reader) error {
		if r.approval.digest == "" {
			return record.Errorf(record.NotFound, "No version of the model is approved yet: the first `healthbot run` approves the built-in one, or `healthbot model approve` another.")
		}
		v, err = r.model("mv.digest = $1", r.approval.digest)
		return err
	})
	return v, err
}

// Models lists every version on record, oldest first.
func (db *DB) Models(ctx context.Context) (out []record.ModelVersion, err error) {
	err = db.read(ctx, func(r *reader) error {
		rows, err := list(r, r.intoModel, modelQuery+"ORDER BY mv.rowid")
		if err != nil {
			return err
		}
		for _, row := range rows {
			v, err := row.version()
			if err != nil {
				return err
			}
			out = append(out, v)
		}
		return nil
	})
	return out, err
}

// RecordModel keeps a version for ever and, with approve, puts it in force. Both
// are idempotent. A second version under the name and number of another is a
// Conflict: people tell versions apart by those.
func (db *DB) RecordModel(ctx context.Context, actor record.Actor, m scoring.Model, approve bool) (v record.ModelVersion, err error) {
	if err := m.Validate(); err != nil {
		return v, &record.Error{Kind: record.Invalid, Cause: err, Say: "The model has mistakes, so nothing was recorded."}
	}
	err = db.write(ctx, people, func(t *tx) error {
		digest, err := t.keepModel(actor, m, !approve)
		if err != nil {
			return err
		}
		if approve {
			if err := t.approve(actor, m, digest); err != nil {
				return err
			}
		}
		v, err = t.model("mv.digest = $1", digest)
		return err
	})
	return v, err
}

// WatchModel compares the live version with the approved one, as the bot does
// when it starts. A database without any approval is being installed: it gets
// the built-in one. When the two differ the answer is a Conflict, an event is
// left once, and a hold on every account keeps people from deciding on scores of
// a version that nobody approved (see [DB.Decide]).
func (db *DB) WatchModel(ctx context.Context) error {
	var conflict error
	err := db.write(ctx, people, func(t *tx) error {
		if t.approval.digest == "" {
			m := t.rules.Model
			if !m.IsBuiltIn() {
				conflict = record.Errorf(record.Conflict, "The model %s isn't approved, and no other is yet. Nothing was started.", record.ModelName(m.Label(), t.live))
				return nil
			}
			if _, err := t.keepModel(record.Actor{}, m, false); err != nil {
				return err
			}
			return t.approve(record.Actor{}, m, t.live)
		}
		if h, held := t.modelHold(); held {
			conflict = record.Unapproved(h.Evidence)
		}
		return t.watchModel()
	})
	if err != nil {
		return err
	}
	return conflict
}

// watchModel tells of a difference between the live version and the approved
// one, once, and once of its end. The messages of open runs show the hold.
func (t *tx) watchModel() error {
	type pair struct{ live, approved string }
	was, told, err := first(&t.reader, func(p *pair) []any { return []any{&p.live, &p.approved} }, "SELECT live, approved FROM model_watch")
	if err != nil {
		return err
	}
	is := pair{t.live, t.approval.digest}
	differed, differs := told && was.live != was.approved, is.live != is.approved && is.approved != ""
	if was == is || !differed && !differs {
		return nil
	}
	if err := t.do("INSERT INTO model_watch (one, live, approved) VALUES (1, $1, $2) ON CONFLICT (one) DO UPDATE SET live = $1, approved = $2", is.live, is.approved); err != nil {
		return err
	}
	kind := record.EvModelMatched
	if differs {
		kind = record.EvModelMismatch
	}
	err = t.append(change{Kind: kind, Subject: is.live, After: map[string]any{"live": t.rules.Model.Label(), "live_digest": is.live,
		"approved": t.approval.label, "approved_digest": is.approved}})
	if err != nil {
		return err
	}
	return t.touchOpenRuns()
}

// keepModel puts a version on record, unless it is there already; tell leaves
// an event that says so.
func (t *tx) keepModel(actor record.Actor, m scoring.Model, tell bool) (digest string, err error) {
	body, err := encode(m)
	if err != nil {
		return "", err
	}
	digest = sum(body)
	n, err := value[int](&t.reader, "SELECT count(*) FROM model_version WHERE digest = $1", digest)
	if err != nil || n > 0 {
		return digest, err
	}
	if !m.IsBuiltIn() { // which of its signals are in service follows from the configuration
		n, err := value[int](&t.reader, "SELECT count(*) FROM model_version WHERE name = $1 AND version = $2", m.Name, m.Version)
		if err != nil {
			return digest, err
		}
		if n > 0 {
			return digest, record.Errorf(record.Conflict, "%s is on record already, with other numbers. Nothing was changed; give this one a number or name of its own.", m.Label())
		}
	}
	err = t.insert("model_version", "digest, name, version, body, recorded_at, by_id, by_name", digest, m.Name, m.Version, body, instant(t.now), actor.ID, actor.Name)
	if err != nil || !tell {
		return digest, err
	}
	return digest, t.append(change{Kind: record.EvModelKept, Actor: actor, Subject: digest, After: map[string]any{"model": m.Label(), "digest": digest}})
}

// approve puts a recorded version in force.
func (t *tx) approve(actor record.Actor, m scoring.Model, digest string) error {
	if t.approval.digest == digest {
		return nil
	}
	var before any
	if t.approval.digest != "" {
		before = map[string]any{"model": t.approval.label, "digest": t.approval.digest}
	}
	if err := t.insert("model_approval", "digest, by_id, by_name, at", digest, actor.ID, actor.Name, instant(t.now)); err != nil {
		return err
	}
	err := t.append(change{Kind: record.EvModel, Actor: actor, Subject: digest, Before: before, After: map[string]any{"model": m.Label(), "digest": digest}})
	if err != nil {
		return err
	}
	return t.touchOpenRuns()
}

// knowModels makes sure that the versions of some scores are on record, before
// the scores are: the live one is put there, any other must be. The scores' own
// event tells of it.
func (t *tx) knowModels(snapshots ...record.Snapshot) error {
	known := map[string]bool{}
	for _, s := range snapshots {
		digest := s.Result.Digest
		if known[digest] {
			continue
		}
		known[digest] = true
		if digest == t.live {
			if _, err := t.keepModel(record.Actor{}, t.rules.Model, false); err != nil {
				return err
			}
			continue
		}
		n, err := value[int](&t.reader, "SELECT count(*) FROM model_version WHERE digest = $1", digest)
		if err == nil && n == 0 {
			err = record.Errorf(record.Broken, "A score was made by %s, a version of the model that isn't on record, so it can't be kept: nobody could compute it again.", record.ModelName(s.Result.Version, digest))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// touchOpenRuns marks the digests and cards of open runs.
func (t *tx) touchOpenRuns() error {
	return t.do(`UPDATE delivery SET wanted = wanted + 1, touched_at = $1
		WHERE (kind = 'digest' AND subject IN (SELECT id FROM run WHERE state = 'open'))
		OR (kind = 'card' AND subject IN (SELECT rv.id FROM review rv JOIN run rn ON rn.id = rv.run WHERE rn.state = 'open'))`, instant(t.now))
}

// approval is the version in force, as every transaction sees it; zero: none.
type approval struct{ digest, label string }

// lastApproval reads the version in force.
func (r *reader) lastApproval() (approval, error) {
	a, _, err := first(r, func(a *approval) []any { return []any{&a.digest, &a.label} },
		"SELECT mv.digest, mv.name || ' v' || mv.version FROM model_approval ap JOIN model_version mv ON mv.digest = ap.digest ORDER BY ap.n DESC LIMIT 1")
	return a, err
}

// modelHold stops every outcome while the live version isn't the approved one.
// Before the first approval nothing is held: the bot doesn't run then.
func (r *reader) modelHold() (scoring.Hold, bool) {
	if r.approval.digest == "" || r.approval.digest == r.live {
		return scoring.Hold{}, false
	}
	return scoring.Hold{Kind: scoring.HoldModel, Evidence: fmt.Sprintf("the bot scores with the model %s, but %s is the approved one",
		record.ModelName(r.rules.Model.Label(), r.live), record.ModelName(r.approval.label, r.approval.digest))}, true
}

// modelRow is a version as it is stored.
type modelRow struct {
	record.ModelVersion
	body string
}

const modelQuery = `SELECT mv.digest, mv.body, mv.recorded_at, mv.by_name, ap.at, COALESCE(ap.by_id, ''), COALESCE(ap.by_name, ''),
	COALESCE(ap.n = (SELECT max(n) FROM model_approval), 0)
	FROM model_version mv LEFT JOIN model_approval ap ON ap.n = (SELECT max(n) FROM model_approval WHERE digest = mv.digest) `

func (r *reader) intoModel(x *modelRow) []any {
	return []any{&x.Digest, &x.body, r.instant(&x.RecordedAt), &x.ByName, r.instant(&x.ApprovedAt), &x.ApprovedBy, &x.ApprovedName, &x.InForce}
}

func (r *reader) model(where string, args ...any) (record.ModelVersion, error) {
	row, err := must(r, "version of the model", r.intoModel, modelQuery+"WHERE "+where, args...)
	if err != nil {
		return row.ModelVersion, err
	}
	return row.version()
}

// version takes the body apart, after checking that it is the one that its
// digest was made of.
func (x modelRow) version() (record.ModelVersion, error) {
	if sum(x.body) != x.Digest {
		return x.ModelVersion, record.Errorf(record.Broken, "The version %s of the model was changed after it was recorded. Nothing was changed now; put the latest good copy back with `healthbot restore`.", x.Digest)
	}
	if err := json.Unmarshal([]byte(x.body), &x.Model); err != nil {
		return x.ModelVersion, fmt.Errorf("decode model %s: %w", x.Digest, err)
	}
	return x.ModelVersion, nil
}

// sum is how a version's digest is made: of its JSON, as [scoring.Model.Digest] does.
func sum(body string) string {
	b := sha256.Sum256([]byte(body))
	return hex.EncodeToString(b[:])
}
