-- ---------------------------------------------------------------- weekly scores

-- One scoring of all accounts, Mondays at 00:00 of the office. A week is done
-- when its row stands here; rows of weekly without it are an attempt that broke off.
CREATE TABLE week (
  slot     TEXT PRIMARY KEY, -- the wall time, as in run
  at       INTEGER NOT NULL UNIQUE,
  accounts INTEGER NOT NULL,
  version  TEXT NOT NULL,
  model    TEXT NOT NULL,    -- the version's digest
  digest   TEXT NOT NULL,    -- of the rows, as in the week's event
  CONSTRAINT week_counts_its_accounts CHECK (accounts >= 0)
) STRICT;

-- state is what a week hands to the next (scoring.Carried). Score, band and
-- health are the week's own, for trends.
CREATE TABLE weekly (
  account  TEXT NOT NULL,
  week     INTEGER NOT NULL,
  score    INTEGER NOT NULL,
  unscored INTEGER NOT NULL,
  band     TEXT NOT NULL,
  health   REAL NOT NULL,
  state    TEXT NOT NULL,
  PRIMARY KEY (account, week),
  CONSTRAINT weekly_score_in_tenths CHECK (score BETWEEN 0 AND 1000),
  CONSTRAINT weekly_unscored_is_a_flag CHECK (unscored IN (0, 1))
) STRICT, WITHOUT ROWID;

-- ---------------------------------------------------------------- snapshots

-- Why the score moved (scoring.Change, '' for nothing to compare with), how
-- urgent it is (scoring.Priority), and how many low weeks are behind it. version
-- and model repeat what result says, so that the next score can tell without
-- taking it apart whether the model is another.
ALTER TABLE snapshot ADD COLUMN change TEXT NOT NULL DEFAULT '';
ALTER TABLE snapshot ADD COLUMN priority TEXT NOT NULL DEFAULT '{}';
ALTER TABLE snapshot ADD COLUMN low_for INTEGER NOT NULL DEFAULT 0;
ALTER TABLE snapshot ADD COLUMN version TEXT NOT NULL DEFAULT '';
ALTER TABLE snapshot ADD COLUMN model TEXT NOT NULL DEFAULT '';
UPDATE snapshot SET version = COALESCE(result ->> '$.version', ''), model = COALESCE(result ->> '$.digest', '');
