-- ---------------------------------------------------------------- imports beside a running bot

-- copied counts the rows that are staged already, so that whoever goes on after a
-- kill knows where; −1 says that what was staged is cleared (the row stays, because
-- looking for others that refer to it would hold the writer). token names the
-- import that it belongs to, fault says why it can't be loaded.
ALTER TABLE batch ADD COLUMN copied INTEGER NOT NULL DEFAULT 0 CONSTRAINT batch_copied_counts CHECK (copied >= -1);
ALTER TABLE batch ADD COLUMN token TEXT NOT NULL DEFAULT '';
ALTER TABLE batch ADD COLUMN fault TEXT NOT NULL DEFAULT '';

CREATE VIEW sync_known AS
SELECT * FROM sync WHERE batch NOT IN (SELECT n FROM batch WHERE loaded_at IS NULL);

-- ---------------------------------------------------------------- accounts that change with a batch

-- However many accounts a file changes, they appear at one row's flip, too. A row
-- that waits for a batch names it in staged; next is what it will say then, as a
-- JSON list of the columns, or '' if the row itself appears with the batch. After
-- the flip such rows are folded, a few at a time, and nobody sees a difference.
ALTER TABLE account RENAME TO account_row;
ALTER TABLE account_row ADD COLUMN external_ids TEXT NOT NULL DEFAULT '';
ALTER TABLE account_row ADD COLUMN links TEXT NOT NULL DEFAULT '';
ALTER TABLE account_row ADD COLUMN tags TEXT NOT NULL DEFAULT '';
ALTER TABLE account_row ADD COLUMN staged INTEGER;
ALTER TABLE account_row ADD COLUMN next TEXT NOT NULL DEFAULT '';
DROP INDEX account_segment;
CREATE INDEX account_row_staged ON account_row (staged) WHERE staged IS NOT NULL;

CREATE VIEW account AS
SELECT id,
  iif(still, name, next ->> 0) AS name,
  iif(still, segment, next ->> 1) AS segment,
  iif(still, stage, next ->> 2) AS stage,
  iif(still, seats, next ->> 3) AS seats,
  iif(still, started_on, next ->> 4) AS started_on,
  iif(still, arr, next ->> 5) AS arr,
  iif(still, currency, next ->> 6) AS currency,
  iif(still, renewal_on, next ->> 7) AS renewal_on,
  iif(still, owner, next ->> 8) AS owner,
  iif(still, backup, next ->> 9) AS backup,
  iif(still, manager, next ->> 10) AS manager,
  iif(still, crm, next ->> 11) AS crm,
  iif(still, process, next ->> 12) AS process,
  iif(still, process_link, next ->> 13) AS process_link,
  iif(still, external_ids, next ->> 14) AS external_ids,
  iif(still, links, next ->> 15) AS links,
  iif(still, tags, next ->> 16) AS tags
FROM (
  SELECT *, next = '' OR staged IN (SELECT n FROM batch WHERE loaded_at IS NULL) AS still FROM account_row
  WHERE staged IS NULL OR next <> '' OR staged NOT IN (SELECT n FROM batch WHERE loaded_at IS NULL)
);

-- ---------------------------------------------------------------- goals

-- A customer's own goal for a measure is a fact that begins on a day. SQLite can't
-- change a CHECK, so the table is made anew and takes the rows over in their order.
CREATE TABLE fact_with_goals (
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
  CONSTRAINT fact_kind_known CHECK (kind IN ('milestone', 'ticket', 'invoice', 'contact', 'touch', 'result', 'goal')),
  CONSTRAINT fact_revision_counts_from_one CHECK (revision > 0),
  CONSTRAINT fact_backfilled_is_a_flag CHECK (backfilled IN (0, 1))
) STRICT, WITHOUT ROWID;

INSERT INTO fact_with_goals (source, kind, external_id, revision, account, body, received_at, imported_at, backfilled, batch)
SELECT source, kind, external_id, revision, account, body, received_at, imported_at, backfilled, batch
FROM fact ORDER BY source, kind, external_id, revision;

DROP VIEW fact_known;
DROP TABLE fact;
ALTER TABLE fact_with_goals RENAME TO fact;
CREATE INDEX fact_account ON fact (account);
CREATE VIEW fact_known AS
SELECT * FROM fact WHERE batch NOT IN (SELECT n FROM batch WHERE loaded_at IS NULL);
