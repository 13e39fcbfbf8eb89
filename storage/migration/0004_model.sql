-- ---------------------------------------------------------------- the model

-- Versions of the scoring model, whole: a snapshot names the digest of the one
-- that made it, and can be computed again for ever.
CREATE TABLE model_version (
  digest      TEXT PRIMARY KEY,
  name        TEXT NOT NULL,
  version     INTEGER NOT NULL,
  body        TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  by_id       TEXT NOT NULL,
  by_name     TEXT NOT NULL,
  CONSTRAINT model_version_digest_is_sha256 CHECK (length(digest) = 64)
) STRICT;

-- Approvals, in order: the last one names the version in force. Going back to an
-- older version is a new approval of it.
CREATE TABLE model_approval (
  n       INTEGER PRIMARY KEY,
  digest  TEXT NOT NULL REFERENCES model_version (digest),
  by_id   TEXT NOT NULL,
  by_name TEXT NOT NULL,
  at      INTEGER NOT NULL
) STRICT;
CREATE INDEX model_approval_digest ON model_approval (digest, n);

CREATE TRIGGER model_version_never_updated BEFORE UPDATE ON model_version
BEGIN SELECT RAISE(ABORT, 'model versions are append-only: no update'); END;

CREATE TRIGGER model_version_never_deleted BEFORE DELETE ON model_version
BEGIN SELECT RAISE(ABORT, 'model versions are append-only: no delete'); END;

CREATE TRIGGER model_version_never_replaced BEFORE INSERT ON model_version
WHEN EXISTS (SELECT 1 FROM model_version WHERE digest = NEW.digest)
BEGIN SELECT RAISE(ABORT, 'model versions are append-only: no insert over an existing one'); END;

CREATE TRIGGER model_approval_never_updated BEFORE UPDATE ON model_approval
BEGIN SELECT RAISE(ABORT, 'approvals of models are append-only: no update'); END;

CREATE TRIGGER model_approval_never_deleted BEFORE DELETE ON model_approval
BEGIN SELECT RAISE(ABORT, 'approvals of models are append-only: no delete'); END;

CREATE TRIGGER model_approval_never_replaced BEFORE INSERT ON model_approval
WHEN EXISTS (SELECT 1 FROM model_approval WHERE n = NEW.n)
BEGIN SELECT RAISE(ABORT, 'approvals of models are append-only: no insert over an existing one'); END;

-- The difference between the bot's own version and the approved one that was last
-- told of, so that it is told once; the same digest twice when it is over.
CREATE TABLE model_watch (
  one      INTEGER PRIMARY KEY,
  live     TEXT NOT NULL,
  approved TEXT NOT NULL,
  CONSTRAINT model_watch_is_one_row CHECK (one = 1)
) STRICT;
