-- A week's scores stand together: the next week's rows go to the end of the table.
-- By account each of them changed a page of its own, so that a hundred thousand
-- small rows wrote four hundred megabytes.
CREATE TABLE weekly_by_week (
  week     INTEGER NOT NULL,
  account  TEXT NOT NULL,
  score    INTEGER NOT NULL,
  unscored INTEGER NOT NULL,
  band     TEXT NOT NULL,
  health   REAL NOT NULL,
  state    TEXT NOT NULL,
  PRIMARY KEY (week, account),
  CONSTRAINT weekly_score_in_tenths CHECK (score BETWEEN 0 AND 1000),
  CONSTRAINT weekly_unscored_is_a_flag CHECK (unscored IN (0, 1))
) STRICT, WITHOUT ROWID;

INSERT INTO weekly_by_week (week, account, score, unscored, band, health, state)
SELECT week, account, score, unscored, band, health, state FROM weekly ORDER BY week, account;

DROP TABLE weekly;
ALTER TABLE weekly_by_week RENAME TO weekly;
