-- The newest readings of an account, packed: what a weekly scoring looks at, in one
-- row instead of hundreds. A cache: what it says stands in reading, too, and an
-- account without a row is read from there. An import stages the rows that will
-- hold once it is done, so an account may have two; the latest loaded one counts.
CREATE TABLE reading_window (
  n       INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  batch   INTEGER NOT NULL REFERENCES batch (n), -- the last import in it
  body    BLOB NOT NULL,
  CONSTRAINT reading_window_key UNIQUE (account, batch)
) STRICT;

-- A person's reading counts at once, whoever stores it: the row is made anew by
-- the next weekly scoring.
CREATE TRIGGER reading_window_forgotten AFTER INSERT ON reading WHEN NEW.batch = 0
BEGIN DELETE FROM reading_window WHERE account = (SELECT account FROM series WHERE n = NEW.series); END;
