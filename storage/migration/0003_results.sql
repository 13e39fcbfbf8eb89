-- Facts may be results: how a contract went on. SQLite can't change a CHECK, so the
-- table is made anew and takes the rows over in their order.
CREATE TABLE fact_with_results (
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
  CONSTRAINT fact_kind_known CHECK (kind IN ('milestone', 'ticket', 'invoice', 'contact', 'touch', 'result')),
  CONSTRAINT fact_revision_counts_from_one CHECK (revision > 0),
  CONSTRAINT fact_backfilled_is_a_flag CHECK (backfilled IN (0, 1))
) STRICT, WITHOUT ROWID;

INSERT INTO fact_with_results (source, kind, external_id, revision, account, body, received_at, imported_at, backfilled, batch)
SELECT source, kind, external_id, revision, account, body, received_at, imported_at, backfilled, batch
FROM fact ORDER BY source, kind, external_id, revision;

DROP VIEW fact_known;
DROP TABLE fact;
ALTER TABLE fact_with_results RENAME TO fact;
CREATE INDEX fact_account ON fact (account);
CREATE VIEW fact_known AS
SELECT * FROM fact WHERE batch NOT IN (SELECT n FROM batch WHERE loaded_at IS NULL);
