// Package powercut proves what a database survives when the power goes.
//
// A process is run under the eyes of [Record], which notes every change that it
// makes to the files of one folder, every fsync, and every line by which the
// process claims that something is done, all in one order. A [Disk] replays that
// order up to any moment and leaves what a machine may find after losing power
// just then: what was fsynced is there, and of the rest, as the disk liked it,
// all, none, the first part, or any sectors of 512 bytes in any order, some of
// them torn; files that were made, removed or renamed without an fsync of their
// folder may or may not have been.
//
// The kernel tells, through ptrace, so that the calls seen are those that
// happened, whoever made them: SQLite, our own code, or a library of either.
package powercut
