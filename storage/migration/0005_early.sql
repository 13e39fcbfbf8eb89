-- Why a snapshot's account was up before its date (record.Early), '' when it was due.
ALTER TABLE snapshot ADD COLUMN early TEXT NOT NULL DEFAULT '';
