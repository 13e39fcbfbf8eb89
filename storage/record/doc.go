// Package record says what people decide about accounts, and by which rules.
// Like scoring it is pure: values and functions, without Slack, SQL or a clock;
// where time decides, now is an argument.
//
// The nouns:
//
//	Account     a customer, with its owner and renewal
//	Person      somebody who may act, with roles; see Directory
//	Run         one period's review of one scope
//	Review      one account's turn within a run
//	Snapshot    the score that a review starts from
//	Decision    a human's outcome, with what follows from it
//	Task        one piece of work with one owner and a due date
//	Step        one move in an escalation
//	Escalation  a request to somebody who can do more, with a respond-by
//	Delivery    something to post to Slack, once and only once
//	Event       what changed, who did it and why; append-only and hash-chained
//
// Verbs are values too: [Classify], [Snooze], [Take], [CompleteTask] and so on.
// Each has Validate, which answers with [FieldErrors] that a form can show, and
// a request key made from what Slack sent, so that a repeated click returns the
// first result. Storage carries a verb out in one transaction; who may do it is
// decided before, in access.go, from data.
package record
