// Package storage keeps healthbot's records in one SQLite file.
//
// An exported method of [DB] is a use case and a transaction. Rules come from
// storage/record and scoring, which are pure; storage loads what a rule needs,
// asks it, and writes what follows, all inside the transaction, so that two
// people who decide at once can't both be right.
//
// # Two handles
//
// Writing goes through one connection, whose transactions begin IMMEDIATE:
// deferred ones that read and then write fail with BUSY whatever the timeout.
// In front of it stands a lane in which people go before bulk work. Readers
// have a pool of connections that may only query; each reading method sees one
// consistent state.
//
// # Events
//
// [DB.write] refuses to commit a change that left no event. Events are
// append-only and chained by hash; [DB.Verify] walks the chain. Personal text
// never enters an event: it stands in event_text, salted, and the event carries
// its digest. What is no change of a record (drafts, leases, hand-over marks of
// the outbox) goes through [DB.bookkeeping], which asks for the reason.
//
// # Evidence and time
//
// Attributes of accounts, readings and facts are never overwritten. Each row
// says when it was observed and when we received it, and what counted on any
// day is asked for with an "as of": received by then, latest revision, from a
// batch that was loaded whole. An import sorts its rows in a file beside the
// database, compares them with what is there, and stages what is new in chunks,
// invisible, in the order of the tables; one row makes them all visible at the
// end. Beyond its sorting buffers, memory grows with accounts, not with readings.
//
// # Two clocks
//
// Records carry office time (Options.Now), which a demo may move. What measures
// patience with Slack or with another process, that is back-off, sending since,
// and leases, runs on real time (Options.RealNow).
package storage
