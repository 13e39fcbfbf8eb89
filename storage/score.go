package storage

import (
	"context"
	"time"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// Score scores accounts on what was known at a moment, and says why each score
// moved and how urgent it is. Nothing is stored. Accounts that nobody had heard
// of by then are left out.
func (db *DB) Score(ctx context.Context, accounts []string, asOf time.Time) (out []record.Snapshot, err error) {
	err = db.read(ctx, func(r *reader) error {
		out, err = r.score(accounts, asOf)
		return err
	})
	return out, err
}

func (r *reader) score(accounts []string, asOf time.Time) ([]record.Snapshot, error) {
	inputs, err := r.inputs(accounts, asOf)
	if err != nil || len(inputs) == 0 {
		return nil, err
	}
	out := r.evaluate(inputs)
	if err := r.compare(out, asOf); err != nil {
		return nil, err
	}
	return out, r.explain(out, inputs)
}

func (r *reader) evaluate(inputs []scoring.Input) []record.Snapshot {
	scorer := scoring.NewScorer(r.rules.Model)
	out := make([]record.Snapshot, len(inputs))
	for i, in := range inputs {
		out[i] = record.Snapshot{Account: in.Account.ID, At: in.Now, Result: scorer.Evaluate(in)}
	}
	return out
}

// scoreNow scores one account as it stands. A score that takes another's place
// is compared with what that one was compared with.
func (r *reader) scoreNow(account string, instead *record.Snapshot) (record.Snapshot, error) {
	inputs, err := r.inputs([]string{account}, r.now)
	if err != nil {
		return record.Snapshot{}, err
	}
	if len(inputs) == 0 { // the office clock was set back to before it was known
		inputs = []scoring.Input{{Now: r.now, Account: scoring.Account{ID: account}}}
	}
	out := r.evaluate(inputs)
	if instead != nil {
		out[0].Previous = instead.Previous
	} else if err := r.compare(out, r.now); err != nil {
		return out[0], err
	}
	err = r.explain(out, inputs)
	return out[0], err
}

// completeScores adds to scores that were made elsewhere what only the record can say:
// what they are compared with, why they moved, how urgent they are. All are of
// one moment.
func (r *reader) completeScores(snapshots []record.Snapshot) error {
	at := snapshots[0].At
	accounts := make([]string, len(snapshots))
	for i, s := range snapshots {
		accounts[i] = s.Account
	}
	inputs, err := r.inputs(accounts, at)
	if err != nil {
		return err
	}
	if err := r.compare(snapshots, at); err != nil {
		return err
	}
	return r.explain(snapshots, inputs)
}

// compare finds the snapshot before each score, as far as people could see it.
func (r *reader) compare(snapshots []record.Snapshot, at time.Time) error {
	var accounts []string
	for _, s := range snapshots {
		if s.Previous == nil {
			accounts = append(accounts, s.Account)
		}
	}
	before, err := list(r, r.intoGist, "SELECT "+gistCols+` FROM account ac JOIN snapshot sn ON sn.rowid = (
			SELECT n FROM snapshot_seen WHERE account = ac.id AND at < $2 ORDER BY at DESC, n DESC LIMIT 1)
		WHERE ac.id IN `+among(1), ids(accounts), instant(at))
	if err != nil {
		return err
	}
	found := make(map[string]gist, len(before))
	for _, g := range before {
		found[g.account] = g
	}
	for i, s := range snapshots {
		if g, ok := found[s.Account]; ok && s.Previous == nil {
			snapshots[i].Previous = g.previous()
		}
	}
	return nil
}

func (g gist) previous() *record.Previous {
	return &record.Previous{AsOf: g.at, Score: g.score, Band: g.band, Unscored: g.unscored, Version: g.version, Digest: g.model}
}

// explain says why scores moved and how urgent they are; inputs are what they
// were made of. The earlier end is computed again from what was known then, by the
// version that scored it. Where there is none, an account with imported history is compared with its weekly
// score of four weeks before.
func (r *reader) explain(snapshots []record.Snapshot, inputs []scoring.Input) error {
	now := make(map[string]scoring.Input, len(inputs))
	for _, in := range inputs {
		now[in.Account.ID] = in
	}
	moments := map[int64][]string{} // accounts by the moment of their earlier end
	at := make(map[string]*record.Snapshot, len(snapshots))
	for i := range snapshots {
		s := &snapshots[i]
		at[s.Account] = s
		then := fourWeeksBefore(s.At.In(r.zone()))
		if s.Previous != nil {
			then = s.Previous.AsOf
		}
		if !s.Result.Unscored && (s.Previous == nil || !s.Previous.Unscored) {
			moments[then.UnixMilli()] = append(moments[then.UnixMilli()], s.Account)
		}
	}
	versions := versions{r: r, known: map[string]*scoring.Scorer{r.live: scoring.NewScorer(r.rules.Model)}}
	for then, accounts := range moments {
		before, err := r.inputs(accounts, time.UnixMilli(then))
		if err != nil {
			return err
		}
		week, err := value[string](r, "SELECT model FROM week WHERE at = $1", then)
		if err != nil {
			return err
		}
		for _, in := range before {
			after, ok := now[in.Account.ID]
			if !ok {
				continue
			}
			s, digest := at[in.Account.ID], week
			if s.Previous != nil {
				digest = s.Previous.Digest
			}
			was, err := versions.scorer(digest)
			if err != nil {
				return err
			}
			r.moved(s, scoring.End{Scorer: was, Input: in}, scoring.End{Scorer: versions.known[r.live], Input: after})
		}
	}
	return r.prioritize(at, now)
}

// versions are the scorers of versions on record, by digest, each made once.
type versions struct {
	r     *reader
	known map[string]*scoring.Scorer
}

// scorer is that of the version which made a score; the live one stands in for a
// version that isn't on record, as those of the first databases aren't.
func (v versions) scorer(digest string) (*scoring.Scorer, error) {
	if sc, ok := v.known[digest]; ok {
		return sc, nil
	}
	sc := v.known[v.r.live]
	m, err := v.r.model("mv.digest = $1", digest)
	switch {
	case record.KindOf(err) == record.NotFound:
	case err != nil:
		return nil, err
	default:
		sc = scoring.NewScorer(m.Model)
	}
	v.known[digest] = sc
	return sc, nil
}

// moved explains one score, each end by the version that scored it. A correction
// of what was known at the earlier end, or a version that is lost, is one part, so
// that the sum still leads from the score that people saw.
func (r *reader) moved(s *record.Snapshot, before, after scoring.End) {
	c, ok := scoring.Explain(before, after)
	if !ok || c.To != s.Result.Score {
		return // an end is unscored, or the score isn't of these inputs
	}
	if s.Previous == nil {
		was := before.Scorer.Evaluate(before.Input)
		s.Previous = &record.Previous{AsOf: was.AsOf, Score: was.Score, Band: was.Band, Version: was.Version, Digest: was.Digest}
	}
	why, name := scoring.PartRecord, "evidence corrected since"
	if d := s.Previous.Digest; d != "" && d != before.Scorer.Digest() {
		why, name = scoring.PartModel, s.Result.Version
	}
	c = c.Since(s.Previous.Score, why, name)
	s.Change = &c
}

// fourWeeksBefore is the Monday at 00:00 of the weekly scoring four weeks earlier.
func fourWeeksBefore(t time.Time) time.Time {
	y, m, d := t.Date()
	sinceMonday := (int(t.Weekday()) + 6) % 7
	return time.Date(y, m, d-sinceMonday-28, 0, 0, 0, 0, t.Location())
}

// prioritize orders accounts by proposal, renewal and what is at stake. ARR is
// the account's own figure as it stands now, in the currency of all.
func (r *reader) prioritize(snapshots map[string]*record.Snapshot, inputs map[string]scoring.Input) error {
	stakes, err := r.stakes()
	if err != nil {
		return err
	}
	for id, s := range snapshots {
		in := inputs[id]
		var renewal time.Time
		if on := in.Account.RenewalOn; !on.IsZero() { // in whole days of the office
			renewal = s.At.AddDate(0, 0, record.DateOf(on).Sub(record.DateOf(s.At.In(r.zone()))))
		}
		s.Priority = r.rules.Model.Prioritize(s.Result, renewal, in.Stakes(stakes[id]))
	}
	return nil
}
