-- Conventions: instants are Unix milliseconds, NULL for none; days are YYYY-MM-DD
-- or ''; flags are 0 or 1; JSON is compact text. Ids of records are opaque text.

-- ---------------------------------------------------------------- the chain

CREATE TABLE event (
  seq         INTEGER PRIMARY KEY,
  at          INTEGER NOT NULL,
  kind        TEXT NOT NULL,
  actor_id    TEXT NOT NULL,
  actor       TEXT NOT NULL,
  account     TEXT NOT NULL,
  run         TEXT NOT NULL,
  subject     TEXT NOT NULL,
  before_json TEXT NOT NULL,
  after_json  TEXT NOT NULL,
  text_hash   TEXT NOT NULL,
  place       TEXT NOT NULL,
  request     TEXT NOT NULL,
  prev        TEXT NOT NULL,
  hash        TEXT NOT NULL,
  CONSTRAINT event_seq_counts_from_one CHECK (seq > 0),
  CONSTRAINT event_kind_named CHECK (kind <> ''),
  CONSTRAINT event_hash_is_sha256 CHECK (length(hash) = 64)
) STRICT;

CREATE UNIQUE INDEX event_request ON event (request) WHERE request <> '';
CREATE UNIQUE INDEX event_hash ON event (hash);
CREATE INDEX event_account ON event (account, seq) WHERE account <> '';

-- The head is kept apart so that a tail cut off the chain is noticed.
CREATE TABLE chain_head (
  one    INTEGER PRIMARY KEY,
  events INTEGER NOT NULL,
  hash   TEXT NOT NULL,
  CONSTRAINT chain_head_is_one_row CHECK (one = 1)
) STRICT;
INSERT INTO chain_head (one, events, hash) VALUES (1, 0, '');

-- Personal text stands beside the chain, which knows only its salted digest:
-- erasing it (text and salt to NULL) leaves the chain whole.
CREATE TABLE event_text (
  seq  INTEGER PRIMARY KEY REFERENCES event (seq),
  salt TEXT,
  text TEXT,
  CONSTRAINT event_text_salt_goes_with_text CHECK ((salt IS NULL) = (text IS NULL))
) STRICT;

CREATE TRIGGER event_never_updated BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'events are append-only: no update'); END;

CREATE TRIGGER event_never_deleted BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'events are append-only: no delete'); END;

-- INSERT OR REPLACE deletes silently on connections without recursive
-- triggers, so replacing is refused before it begins.
CREATE TRIGGER event_never_replaced BEFORE INSERT ON event
WHEN EXISTS (SELECT 1 FROM event WHERE seq >= NEW.seq)
  OR EXISTS (SELECT 1 FROM event WHERE hash = NEW.hash)
  OR (NEW.request <> '' AND EXISTS (SELECT 1 FROM event WHERE request = NEW.request))
BEGIN SELECT RAISE(ABORT, 'events are append-only: no insert over an existing one'); END;

CREATE TRIGGER event_text_only_erased BEFORE UPDATE ON event_text
WHEN NEW.text IS NOT NULL OR NEW.seq <> OLD.seq
BEGIN SELECT RAISE(ABORT, 'texts of events are erased or kept, never changed'); END;

CREATE TRIGGER event_text_never_deleted BEFORE DELETE ON event_text
BEGIN SELECT RAISE(ABORT, 'texts of events are erased or kept, never deleted'); END;

CREATE TRIGGER event_text_never_replaced BEFORE INSERT ON event_text
WHEN EXISTS (SELECT 1 FROM event_text WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'texts of events are erased or kept, never replaced'); END;

-- ---------------------------------------------------------------- evidence

-- One import. Its rows are staged in chunks and all become visible when
-- loaded_at is set: the views below leave out what isn't loaded yet.
CREATE TABLE batch (
  n          INTEGER PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  file       TEXT NOT NULL,
  digest     TEXT NOT NULL,
  source     TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  loaded_at  INTEGER,
  summary    TEXT NOT NULL
) STRICT;
CREATE INDEX batch_unloaded ON batch (n) WHERE loaded_at IS NULL;
CREATE INDEX batch_digest ON batch (digest, source);

-- What people enter in Slack belongs to batch 0.
INSERT INTO batch (n, id, file, digest, source, started_at, loaded_at, summary)
VALUES (0, 'im_people', '', '', 'person', 0, 0, '{}');

-- The current state of each account: a projection of account_attribute.
CREATE TABLE account (
  id           TEXT PRIMARY KEY,
  name         TEXT NOT NULL,
  segment      TEXT NOT NULL,
  stage        TEXT NOT NULL,
  seats        INTEGER NOT NULL,
  started_on   TEXT NOT NULL,
  arr          REAL NOT NULL,
  currency     TEXT NOT NULL,
  renewal_on   TEXT NOT NULL,
  owner        TEXT NOT NULL,
  backup       TEXT NOT NULL,
  manager      TEXT NOT NULL,
  crm          TEXT NOT NULL,
  process      TEXT NOT NULL,
  process_link TEXT NOT NULL,
  CONSTRAINT account_id_named CHECK (id <> ''),
  CONSTRAINT account_started_on_is_a_day CHECK (started_on = '' OR length(started_on) = 10),
  CONSTRAINT account_renewal_on_is_a_day CHECK (renewal_on = '' OR length(renewal_on) = 10)
) STRICT;
CREATE INDEX account_segment ON account (segment);

-- The dated history of each attribute, by source. The evidence tables don't
-- refer to account: their rows are staged before a new account appears.
CREATE TABLE account_attribute (
  n           INTEGER PRIMARY KEY,
  account     TEXT NOT NULL,
  attribute   TEXT NOT NULL,
  value       TEXT NOT NULL,
  source      TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  imported_at INTEGER NOT NULL,
  backfilled  INTEGER NOT NULL,
  batch       INTEGER NOT NULL REFERENCES batch (n),
  CONSTRAINT account_attribute_backfilled_is_a_flag CHECK (backfilled IN (0, 1))
) STRICT;
CREATE INDEX account_attribute_history ON account_attribute (account, attribute, received_at, n);
CREATE INDEX account_attribute_batch ON account_attribute (batch);

-- One line of readings: a measure of an account from a source.
CREATE TABLE series (
  n       INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  measure TEXT NOT NULL,
  source  TEXT NOT NULL,
  CONSTRAINT series_key UNIQUE (account, measure, source)
) STRICT;
CREATE INDEX series_source ON series (source);

CREATE TABLE reading (
  series      INTEGER NOT NULL REFERENCES series (n),
  observed_at INTEGER NOT NULL,
  revision    INTEGER NOT NULL,
  value       REAL NOT NULL,
  retired     INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  imported_at INTEGER NOT NULL,
  backfilled  INTEGER NOT NULL,
  evidence    TEXT NOT NULL,
  collector   TEXT NOT NULL,
  batch       INTEGER NOT NULL REFERENCES batch (n),
  PRIMARY KEY (series, observed_at, revision),
  CONSTRAINT reading_revision_counts_from_one CHECK (revision > 0),
  CONSTRAINT reading_retired_is_a_flag CHECK (retired IN (0, 1)),
  CONSTRAINT reading_backfilled_is_a_flag CHECK (backfilled IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE TABLE fact (
  source      TEXT NOT NULL,
  kind        TEXT NOT NULL,
  external_id TEXT NOT NULL,
  revision    INTEGER NOT NULL,
  account     TEXT NOT NULL,
  body        TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  imported_at INTEGER NOT NULL,
  backfilled  INTEGER NOT NULL,
  batch       INTEGER NOT NULL REFERENCES batch (n),
  PRIMARY KEY (source, kind, external_id, revision),
  CONSTRAINT fact_kind_known CHECK (kind IN ('milestone', 'ticket', 'invoice', 'contact', 'touch')),
  CONSTRAINT fact_revision_counts_from_one CHECK (revision > 0),
  CONSTRAINT fact_backfilled_is_a_flag CHECK (backfilled IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX fact_account ON fact (account);

-- When a source had delivered everything of a kind ('reading' for readings).
CREATE TABLE sync (
  source TEXT NOT NULL,
  kind   TEXT NOT NULL,
  at     INTEGER NOT NULL,
  batch  INTEGER NOT NULL REFERENCES batch (n),
  PRIMARY KEY (source, kind, at)
) STRICT, WITHOUT ROWID;

CREATE VIEW account_attribute_known AS
SELECT * FROM account_attribute WHERE batch NOT IN (SELECT n FROM batch WHERE loaded_at IS NULL);

CREATE VIEW reading_known AS
SELECT * FROM reading WHERE batch NOT IN (SELECT n FROM batch WHERE loaded_at IS NULL);

CREATE VIEW fact_known AS
SELECT * FROM fact WHERE batch NOT IN (SELECT n FROM batch WHERE loaded_at IS NULL);

-- ---------------------------------------------------------------- runs and reviews

CREATE TABLE run (
  id             TEXT PRIMARY KEY,
  job            TEXT NOT NULL,
  slot           TEXT NOT NULL,
  state          TEXT NOT NULL,
  segment        TEXT NOT NULL,
  channel        TEXT NOT NULL,
  due_at         INTEGER,
  opened_at      INTEGER,
  late           INTEGER NOT NULL,
  version        TEXT NOT NULL,
  missing        TEXT NOT NULL,
  confirmed_by   TEXT NOT NULL DEFAULT '',
  confirmed_name TEXT NOT NULL DEFAULT '',
  confirmed_at   INTEGER,
  CONSTRAINT run_once_per_slot UNIQUE (job, slot),
  CONSTRAINT run_state_known CHECK (state IN ('begun', 'open', 'closed')),
  CONSTRAINT run_late_is_a_flag CHECK (late IN (0, 1)),
  CONSTRAINT run_opened_has_time CHECK (state = 'begun' OR opened_at IS NOT NULL)
) STRICT;

-- score, band, unscored, proposal and holds repeat what result says, so that
-- lists of thousands of accounts don't take thousands of results apart.
CREATE TABLE snapshot (
  id       TEXT PRIMARY KEY,
  run      TEXT REFERENCES run (id),
  account  TEXT NOT NULL REFERENCES account (id),
  at       INTEGER NOT NULL,
  score    INTEGER NOT NULL,
  band     TEXT NOT NULL,
  unscored INTEGER NOT NULL,
  proposal TEXT NOT NULL,
  holds    TEXT NOT NULL,
  result   TEXT NOT NULL,
  previous TEXT NOT NULL,
  CONSTRAINT snapshot_once_per_run UNIQUE (run, account),
  CONSTRAINT snapshot_score_in_tenths CHECK (score BETWEEN 0 AND 1000),
  CONSTRAINT snapshot_unscored_is_a_flag CHECK (unscored IN (0, 1))
) STRICT;
CREATE INDEX snapshot_account ON snapshot (account, at);

-- Snapshots of a run that isn't open yet are nobody's business.
CREATE VIEW snapshot_seen AS
SELECT sn.rowid AS n, sn.* FROM snapshot sn
WHERE sn.run IS NULL OR EXISTS (SELECT 1 FROM run rn WHERE rn.id = sn.run AND rn.state <> 'begun');

-- In which group of the digest a review belongs isn't kept: it follows from what
-- else is recorded, and from the configuration.
CREATE TABLE review (
  id        TEXT PRIMARY KEY,
  run       TEXT REFERENCES run (id),
  account   TEXT NOT NULL REFERENCES account (id),
  snapshot  TEXT NOT NULL REFERENCES snapshot (id),
  state     TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  since     INTEGER NOT NULL, -- the last event before it opened
  taken     TEXT NOT NULL DEFAULT '',
  taken_at  INTEGER,
  snoozed   TEXT NOT NULL DEFAULT '',
  why       TEXT NOT NULL DEFAULT '',
  decision  TEXT REFERENCES decision (id),
  CONSTRAINT review_once_per_run UNIQUE (run, account),
  CONSTRAINT review_state_known CHECK (state IN ('open', 'snoozed', 'decided', 'carried')),
  CONSTRAINT review_decided_has_decision CHECK (state <> 'decided' OR decision IS NOT NULL),
  CONSTRAINT review_snoozed_has_date CHECK (state <> 'snoozed' OR length(snoozed) = 10)
) STRICT;
CREATE UNIQUE INDEX review_one_open_per_account ON review (account) WHERE state NOT IN ('decided', 'carried');
CREATE INDEX review_account ON review (account);

CREATE TABLE clearance (
  n       INTEGER PRIMARY KEY,
  review  TEXT NOT NULL REFERENCES review (id),
  kind    TEXT NOT NULL,
  measure TEXT NOT NULL,
  by_id   TEXT NOT NULL,
  by_name TEXT NOT NULL,
  at      INTEGER NOT NULL,
  how     TEXT NOT NULL,
  note    TEXT NOT NULL,
  CONSTRAINT clearance_how_known CHECK (how IN ('confirm', 'correct', 'retire', 'route'))
) STRICT;
CREATE INDEX clearance_review ON clearance (review);

CREATE TABLE decision (
  id         TEXT PRIMARY KEY,
  review     TEXT NOT NULL REFERENCES review (id),
  account    TEXT NOT NULL REFERENCES account (id),
  outcome    TEXT NOT NULL,
  proposed   TEXT NOT NULL,
  sentence   TEXT NOT NULL,
  reasons    TEXT NOT NULL,
  next       TEXT NOT NULL,
  watch      TEXT NOT NULL,
  owner      TEXT NOT NULL,
  goal       TEXT NOT NULL,
  supersedes TEXT REFERENCES decision (id),
  score      INTEGER NOT NULL,
  band       TEXT NOT NULL,
  version    TEXT NOT NULL,
  by_id      TEXT NOT NULL,
  by_name    TEXT NOT NULL,
  at         INTEGER NOT NULL,
  CONSTRAINT decision_outcome_known CHECK (outcome IN ('stable', 'watchlist', 'at-risk', 'escalation required')),
  CONSTRAINT decision_by_a_person CHECK (by_id <> '')
) STRICT;
CREATE UNIQUE INDEX decision_one_first_per_review ON decision (review) WHERE supersedes IS NULL;
CREATE UNIQUE INDEX decision_corrected_once ON decision (supersedes) WHERE supersedes IS NOT NULL;
CREATE INDEX decision_account ON decision (account);

CREATE TABLE draft (
  review   TEXT NOT NULL REFERENCES review (id),
  person   TEXT NOT NULL,
  entries  TEXT NOT NULL,
  saved_at INTEGER NOT NULL,
  PRIMARY KEY (review, person)
) STRICT, WITHOUT ROWID;

-- ---------------------------------------------------------------- work

CREATE TABLE task (
  id       TEXT PRIMARY KEY,
  decision TEXT NOT NULL REFERENCES decision (id),
  account  TEXT NOT NULL REFERENCES account (id),
  kind     TEXT NOT NULL,
  title    TEXT NOT NULL,
  owner    TEXT NOT NULL,
  due      TEXT NOT NULL,
  expected TEXT NOT NULL,
  state    TEXT NOT NULL,
  result   TEXT NOT NULL DEFAULT '',
  met      INTEGER NOT NULL DEFAULT 0,
  by_id    TEXT NOT NULL,
  by_name  TEXT NOT NULL,
  made_at  INTEGER NOT NULL,
  ended_at INTEGER,
  ended_by TEXT NOT NULL DEFAULT '',
  CONSTRAINT task_kind_known CHECK (kind IN ('outreach', 'enablement', 'issue resolution', 'stakeholder alignment')),
  CONSTRAINT task_state_known CHECK (state IN ('open', 'accepted', 'done', 'declined')),
  CONSTRAINT task_has_owner CHECK (owner <> ''),
  CONSTRAINT task_met_is_a_flag CHECK (met IN (0, 1)),
  CONSTRAINT task_ended_has_time CHECK ((state IN ('done', 'declined')) = (ended_at IS NOT NULL))
) STRICT;
CREATE INDEX task_account ON task (account);
CREATE INDEX task_decision ON task (decision);
CREATE INDEX task_open ON task (owner) WHERE state IN ('open', 'accepted');

CREATE TABLE escalation (
  id         TEXT PRIMARY KEY,
  decision   TEXT NOT NULL REFERENCES decision (id),
  account    TEXT NOT NULL REFERENCES account (id),
  recipient  TEXT NOT NULL,
  cause      TEXT NOT NULL,
  reason     TEXT NOT NULL,
  plan       TEXT NOT NULL,
  ask        TEXT NOT NULL,
  respond_by INTEGER NOT NULL,
  state      TEXT NOT NULL,
  answer     TEXT NOT NULL DEFAULT '',
  by_id      TEXT NOT NULL,
  by_name    TEXT NOT NULL,
  made_at    INTEGER NOT NULL,
  acked_at   INTEGER,
  decided_at INTEGER,
  decided_by TEXT NOT NULL DEFAULT '',
  CONSTRAINT escalation_state_known CHECK (state IN ('waiting for an answer', 'acknowledged', 'accepted', 'changed', 'declined')),
  CONSTRAINT escalation_by_a_person CHECK (by_id <> ''),
  CONSTRAINT escalation_has_recipient CHECK (recipient <> '')
) STRICT;
CREATE UNIQUE INDEX escalation_one_open_per_account ON escalation (account)
  WHERE state IN ('waiting for an answer', 'acknowledged');
CREATE INDEX escalation_account ON escalation (account);

-- ---------------------------------------------------------------- outbox and lease

CREATE TABLE delivery (
  id         TEXT PRIMARY KEY,
  key        TEXT NOT NULL UNIQUE,
  kind       TEXT NOT NULL,
  subject    TEXT NOT NULL,
  recipient  TEXT NOT NULL,
  parent     TEXT REFERENCES delivery (id),
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
  CONSTRAINT delivery_kind_known CHECK (kind IN ('digest', 'card', 'owner_line', 'task_dm', 'escalation_dm', 'escalated_dm', 'admin_dm')),
  CONSTRAINT delivery_sending_has_time CHECK (state <> 'sending' OR sending_at IS NOT NULL),
  CONSTRAINT delivery_sent_has_place CHECK (state <> 'sent' OR (channel <> '' AND ts <> '')),
  CONSTRAINT delivery_shows_what_was_wanted CHECK (shown <= wanted)
) STRICT;
CREATE INDEX delivery_unfinished ON delivery (state) WHERE state IN ('pending', 'sending');
CREATE INDEX delivery_stale ON delivery (touched_at) WHERE state = 'sent' AND wanted > shown;
CREATE INDEX delivery_subject ON delivery (subject);

CREATE TABLE lease (
  name   TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  token  TEXT NOT NULL,
  since  INTEGER NOT NULL,
  beat   INTEGER NOT NULL
) STRICT;
