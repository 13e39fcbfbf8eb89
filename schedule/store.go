package schedule

import (
	"context"
	"time"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// Store is what the background work keeps and reads. Every method is one
// transaction, and may be called again after an error.
type Store interface {
	// Weeks.

	// LastWeek is the slot of the latest weekly scoring, "" for none, and then since
	// when any account is known, zero if none is.
	LastWeek(ctx context.Context) (slot string, since time.Time, err error)
	// InputsAt is Inputs for several moments, oldest first: for each account those of
	// the moments by which it was known.
	InputsAt(ctx context.Context, accounts []string, moments []time.Time) ([][]scoring.Input, error)
	// StageWeekly keeps weekly scores that nobody reads before SaveWeeks.
	StageWeekly(ctx context.Context, rows []record.Weekly) error
	// SaveWeeks makes weeks count whose rows are all staged, oldest first; those that
	// do already are left alone.
	SaveWeeks(ctx context.Context, w []record.Week) error

	// Runs.

	// LastSlot is the latest slot of a job that has a run, "" for none.
	LastSlot(ctx context.Context, job string) (string, error)
	// BeginRun claims a job's slot. A run that is there already is returned as it
	// stands; one still begun is to be finished by the caller.
	BeginRun(ctx context.Context, r record.Run) (run record.Run, fresh bool, err error)
	Accounts(ctx context.Context) ([]record.Account, error)
	// AccountIDs lists all accounts, sorted, for what is done with each of them.
	AccountIDs(ctx context.Context) ([]string, error)
	// DueAccounts lists a segment's accounts whose review is due by a day.
	DueAccounts(ctx context.Context, segment string, on record.Date) ([]string, error)
	// Queue tells here why accounts are left out: snoozed, or still under review.
	Queue(ctx context.Context, f record.QueueFilter) ([]record.QueueRow, error)
	// Early scores, as of a moment, a segment's decided accounts that have no
	// unfinished review, and gives those that are due before their date. next is the
	// day of the run that would take them anyway.
	Early(ctx context.Context, segment string, at time.Time, next record.Date) ([]record.Snapshot, error)
	// JoinRun brings accounts up: in the open run of a route, or in a spot run that
	// it opens with what run says. Those with an unfinished review are left alone.
	JoinRun(ctx context.Context, run record.Run, s []record.Snapshot) ([]record.Run, error)
	// LastLoad changes with every import that became visible.
	LastLoad(ctx context.Context) (int64, error)
	// Inputs is what was known of accounts at a moment, and what the week before
	// it handed on.
	Inputs(ctx context.Context, accounts []string, asOf time.Time) ([]scoring.Input, error)
	// SaveSnapshots keeps scores, with why they moved and how urgent they are; those
	// that the run has already are left alone.
	SaveSnapshots(ctx context.Context, run string, s []record.Snapshot) error
	// OpenRun shows a begun run to people and queues its messages.
	OpenRun(ctx context.Context, run string, missing []string) (record.Run, error)
	WakeSnoozed(ctx context.Context, today record.Date) (int, error)

	// Deadlines, and what admins are told.

	// PlanDeadlines arms those of work that was due before there were any.
	PlanDeadlines(ctx context.Context) (int, error)
	// Ring queues a message to everybody for whom something is due, and says how many.
	Ring(ctx context.Context) (int, error)
	// LastMissed is the latest slot of a job of which admins know that it was missed.
	LastMissed(ctx context.Context, job string) (string, error)
	// Notify tells the admins; fresh is false when they know already.
	Notify(ctx context.Context, n record.Notice) (fresh bool, err error)

	// The outbox.

	// NextDelivery claims the oldest delivery that may go out now.
	NextDelivery(ctx context.Context) (record.Delivery, bool, error)
	DeliverySent(ctx context.Context, id string, r record.Receipt) error
	DeliveryRefused(ctx context.Context, id string, r record.Refusal) error
	// DeliveryLost gives a claimed delivery back that was certainly not posted.
	DeliveryLost(ctx context.Context, id string) error
	// Unsettled lists deliveries that were claimed before a (real) time and never marked.
	Unsettled(ctx context.Context, before time.Time) ([]record.Delivery, error)
	// NextEdit is the message that has waited longest to be brought up to date.
	NextEdit(ctx context.Context) (record.Delivery, bool, error)
	Edited(ctx context.Context, id string, shown int) error
}

// Deliverer posts to Slack. Its methods end when ctx does. A [*record.Refusal]
// is a definite no; after any other error nobody knows what happened.
type Deliverer interface {
	Deliver(ctx context.Context, d record.Delivery) (record.Receipt, error)
	Edit(ctx context.Context, d record.Delivery) error
	// Lookup finds a delivery that may have been posted.
	Lookup(ctx context.Context, d record.Delivery) (record.Receipt, bool, error)
}
