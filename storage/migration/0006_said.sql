-- ---------------------------------------------------------------- what a person says

-- Corrections of the computed score, in tenths of a point, with a reason and an
-- end. A row is never rewritten; ended_at is when another took its place or a
-- person ended it early. Past until it counts no more, whatever ended_at says.
CREATE TABLE override (
  id       TEXT PRIMARY KEY,
  account  TEXT NOT NULL REFERENCES account (id),
  points   INTEGER NOT NULL,
  reason   TEXT NOT NULL,
  evidence TEXT NOT NULL,
  until    INTEGER NOT NULL,
  by_id    TEXT NOT NULL,
  by_name  TEXT NOT NULL,
  at       INTEGER NOT NULL,
  ended_at INTEGER,
  CONSTRAINT override_within_fifteen_points CHECK (points BETWEEN -150 AND 150 AND points <> 0),
  CONSTRAINT override_ends_after_it_begins CHECK (until > at),
  CONSTRAINT override_has_reason CHECK (reason <> '' AND evidence <> ''),
  CONSTRAINT override_by_a_person CHECK (by_id <> '')
) STRICT;
CREATE INDEX override_account ON override (account, at);
CREATE UNIQUE INDEX override_one_per_account ON override (account) WHERE ended_at IS NULL;

-- Intents to cancel that somebody heard of: who said so, when, and in which words.
-- One stands until it is withdrawn or a result of the contract is received.
CREATE TABLE cancellation (
  id             TEXT PRIMARY KEY,
  account        TEXT NOT NULL REFERENCES account (id),
  who            TEXT NOT NULL,
  heard          TEXT NOT NULL,
  evidence       TEXT NOT NULL,
  by_id          TEXT NOT NULL,
  by_name        TEXT NOT NULL,
  at             INTEGER NOT NULL,
  withdrawn_at   INTEGER,
  withdrawn_by   TEXT NOT NULL DEFAULT '',
  withdrawn_name TEXT NOT NULL DEFAULT '',
  withdrawn_why  TEXT NOT NULL DEFAULT '',
  CONSTRAINT cancellation_says_who CHECK (who <> '' AND evidence <> ''),
  CONSTRAINT cancellation_heard_is_a_day CHECK (length(heard) = 10),
  CONSTRAINT cancellation_by_a_person CHECK (by_id <> ''),
  CONSTRAINT cancellation_withdrawn_by_a_person CHECK ((withdrawn_at IS NULL) = (withdrawn_by = ''))
) STRICT;
CREATE INDEX cancellation_account ON cancellation (account, at);
