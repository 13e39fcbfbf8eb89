package storage

import (
	"path/filepath"
	"testing"
)

// Weekly scores from before they stood by week are all there afterwards, and go on.
func TestMigrationToWeeksTogether(t *testing.T) {
	const before = 4 // the last schema in which they stood by account
	o := &office{t: t, path: filepath.Join(t.TempDir(), "health.db"), now: monday, wall: monday}
	db, err := open(t.Context(), o.options(), steps(t)[:before])
	o.check(err)
	o.DB = db
	t.Cleanup(func() { o.check(o.Close()) })
	for week := range 3 {
		at := midnight(week - 2).UnixMilli()
		o.check(o.raw("INSERT INTO week (slot, at, accounts, version, model, digest) VALUES ($1, $1, 2, 'v', 'm', 'd')", at))
		for _, account := range []string{"beta", "acme"} {
			o.check(o.raw(`INSERT INTO weekly (account, week, score, unscored, band, health, state) VALUES ($1, $2, $3, 0, 'healthy', 90.5, json_object('low', $3))`,
				account, at, week))
		}
	}
	o.check(o.Close())
	o.open()
	if n := o.count("SELECT count(*) FROM weekly WHERE health = 90.5 AND band = 'healthy' AND score = state ->> '$.low'"); n != 6 {
		t.Errorf("%d weekly scores are what they were, want 6", n)
	}
	err = o.read(t.Context(), func(r *reader) error {
		g, err := r.gathering([]string{"acme", "beta"}, nil)
		o.check(err)
		states, err := g.carriedBefore(monday.UnixMilli())
		for _, account := range []string{"acme", "beta"} {
			if s := states[account]; s == nil || s.Low != 2 {
				t.Errorf("%s carries %+v", account, s)
			}
		}
		return err
	})
	o.check(err)
}
