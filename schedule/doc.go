// Package schedule is the bot's background work: it opens review runs when they
// are due and brings what is queued to Slack. It knows neither SQL nor Slack;
// storage and bot reach it through [Store] and [Deliverer].
//
// # When: slots
//
// A [Spec] is a cron line. robfig/cron reads it; the rest is ours, because its
// loop skips and doubles slots around daylight saving. A slot is a [Wall] time,
// such as 2026-11-23T09:00, on a clock that never goes back: each is due once,
//
//	in autumn   in the first of the two hours that look alike
//	in spring   at the end of the hour that is missing
//
// [Due] is pure: the slots in (last, now]. The database holds last, and its key
// (job, slot) makes a second run of a slot impossible, so neither a restart nor
// a clock that is set back repeats one. A route says what becomes of slots that
// were missed: the latest of them (one run, marked late), all, or none; and how
// old one may be.
//
// A job that never ran is due from the moment that [Options.First] names, by
// default from the first tick: a new route starts with its next slot and not
// with a flood of old ones. A caller that wants the slot just past, as a
// demonstration does, names a moment before it.
//
// # What: weeks and runs
//
// Every account is scored each Monday at 00:00 of the office, due or not. What
// such a week hands on (bands, latches, low weeks in a row) is read by every
// other scoring and advanced by none. Missing weeks are made up for oldest first,
// those of imported history too; runs wait until none is missing.
//
//	LastWeek ─► InputsAt ─► scoring.Evaluate ─► scoring.Advance ─► StageWeekly ─► SaveWeeks
//
//	BeginRun ─► DueAccounts ─► Inputs ─► scoring.Evaluate ─► SaveSnapshots ─► OpenRun
//
// Between its slots a route brings up what can't wait for its date: an account
// that moved, or whose renewal has come near, since people last looked. It joins
// the route's open run, or a spot run. That is looked for once a day and after
// imports, in the hours when people work.
//
//	LastLoad ─► Early ─► JoinRun
//
// Every step may be repeated. What was begun and not opened, after a crash or a
// fault, is taken up again at the next tick, from the same evidence: what was
// known at the slot.
//
// # The outbox
//
// A claimed delivery ends in one of three ways. Slack took it: it is marked sent,
// and nothing stops the bot between the answer and the mark. Slack refused it: it
// goes back, or it is dead. Nobody knows: it stays as it is until Options.Settle
// has passed, and then the channel is asked whether it is there. That is how a
// message is posted once, and none is lost.
//
// Deliveries to one channel go in the order in which they were queued, a second
// apart, and a channel that Slack told to wait waits as a whole, the others going
// on. An unknown end doesn't hold its channel up: one card out of line is better
// than a minute's silence.
//
// # Two clocks
//
// Options.Now is the office clock; it decides what is due, and a person may move
// it. Pauses, settling and the ticks themselves are real time.
//
// A fault of the store or a panic never ends the work. It is logged, first at
// once and then ever more rarely, and tried again after a growing pause.
package schedule
