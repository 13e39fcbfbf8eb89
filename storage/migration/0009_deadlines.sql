-- ---------------------------------------------------------------- deadlines

-- One message to one person about everything that is due at one time.
CREATE TABLE reminder (
  id     TEXT PRIMARY KEY,
  person TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  at     INTEGER NOT NULL
) STRICT;

-- What is due when, about one subject, once: telling of it and the mark that it
-- was told are one commit. person is who is told unless somebody stands in for
-- them; told_to is who was.
CREATE TABLE deadline (
  n        INTEGER PRIMARY KEY,
  subject  TEXT NOT NULL,
  step     TEXT NOT NULL,
  account  TEXT NOT NULL,
  person   TEXT NOT NULL,
  due_at   INTEGER NOT NULL,
  state    TEXT NOT NULL DEFAULT 'waiting',
  told_to  TEXT NOT NULL DEFAULT '',
  told_at  INTEGER,
  reminder TEXT REFERENCES reminder (id),
  CONSTRAINT deadline_once UNIQUE (subject, step),
  CONSTRAINT deadline_state_known CHECK (state IN ('waiting', 'told', 'over')),
  CONSTRAINT deadline_told_has_time CHECK (state <> 'told' OR told_at IS NOT NULL)
) STRICT;
CREATE INDEX deadline_waiting ON deadline (due_at) WHERE state = 'waiting';
CREATE INDEX deadline_reminder ON deadline (reminder) WHERE reminder IS NOT NULL;
CREATE INDEX deadline_told ON deadline (account, told_to, told_at) WHERE state <> 'waiting';

-- Whom an escalation asked, one after the other.
CREATE TABLE escalation_ask (
  escalation TEXT NOT NULL REFERENCES escalation (id),
  n          INTEGER NOT NULL,
  person     TEXT NOT NULL,
  at         INTEGER NOT NULL,
  respond_by INTEGER NOT NULL,
  opened_at  INTEGER,
  PRIMARY KEY (escalation, n),
  CONSTRAINT escalation_ask_once UNIQUE (escalation, person)
) STRICT, WITHOUT ROWID;
INSERT INTO escalation_ask (escalation, n, person, at, respond_by, opened_at)
SELECT id, 1, recipient, made_at, respond_by, acked_at FROM escalation;

-- What every admin is told once about a job.
CREATE TABLE notice (
  id     TEXT PRIMARY KEY,
  kind   TEXT NOT NULL,
  job    TEXT NOT NULL,
  slot   TEXT NOT NULL,
  first  TEXT NOT NULL,
  count  INTEGER NOT NULL,
  reason TEXT NOT NULL,
  at     INTEGER NOT NULL,
  CONSTRAINT notice_once UNIQUE (kind, job, slot),
  CONSTRAINT notice_kind_known CHECK (kind IN ('missed', 'failed'))
) STRICT;

-- Deliveries may be reminders and notices. SQLite can't change a CHECK, so the
-- table is made anew; rowids stay, because they are the outbox's order.
CREATE TABLE delivery_with_reminders (
  id         TEXT PRIMARY KEY,
  key        TEXT NOT NULL UNIQUE,
  kind       TEXT NOT NULL,
  subject    TEXT NOT NULL,
  recipient  TEXT NOT NULL,
  parent     TEXT REFERENCES delivery_with_reminders (id),
  state      TEXT NOT NULL,
  attempts   INTEGER NOT NULL DEFAULT 0,
  not_until  INTEGER,
  sending_at INTEGER,
  channel    TEXT NOT NULL DEFAULT '',
  ts         TEXT NOT NULL DEFAULT '',
  reason     TEXT NOT NULL DEFAULT '',
  wanted     INTEGER NOT NULL DEFAULT 1,
  shown      INTEGER NOT NULL DEFAULT 0,
  touched_at INTEGER NOT NULL,
  CONSTRAINT delivery_state_known CHECK (state IN ('pending', 'sending', 'sent', 'dead')),
  CONSTRAINT delivery_kind_known CHECK (kind IN ('digest', 'card', 'owner_line', 'task_dm', 'escalation_dm', 'escalated_dm', 'admin_dm', 'reminder_dm', 'notice_dm')),
  CONSTRAINT delivery_sending_has_time CHECK (state <> 'sending' OR sending_at IS NOT NULL),
  CONSTRAINT delivery_sent_has_place CHECK (state <> 'sent' OR (channel <> '' AND ts <> '')),
  CONSTRAINT delivery_shows_what_was_wanted CHECK (shown <= wanted)
) STRICT;
INSERT INTO delivery_with_reminders (rowid, id, key, kind, subject, recipient, parent, state, attempts, not_until, sending_at, channel, ts, reason, wanted, shown, touched_at)
SELECT rowid, id, key, kind, subject, recipient, parent, state, attempts, not_until, sending_at, channel, ts, reason, wanted, shown, touched_at FROM delivery ORDER BY rowid;
DROP TABLE delivery;
ALTER TABLE delivery_with_reminders RENAME TO delivery;
CREATE INDEX delivery_unfinished ON delivery (state) WHERE state IN ('pending', 'sending');
CREATE INDEX delivery_stale ON delivery (touched_at) WHERE state = 'sent' AND wanted > shown;
CREATE INDEX delivery_subject ON delivery (subject);
