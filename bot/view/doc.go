// Package view turns records into what people see in Slack, and what they
// submit back into records. It is pure: no network, no clock, no state; the
// same record and the same [Frame] give the same blocks, for ever.
//
// # What there is
//
//	messages   Card, Digest (channels); OwnerLine, TaskDM, EscalationDM,
//	           EscalatedDM, AdminDM (private); Health, Queue, Mine, Help,
//	           Nearest, Notice (answers to the one who asked)
//	Home       a person's own page
//	forms      Review → ReviewInputs (while a hold stands) → ReviewOutcome →
//	           ReviewFollow; SnoozeForm, OwnerForm, TaskDoneForm,
//	           TaskDeclineForm, DecideForm; Done only tells
//	parsers    ParseInputs, ParseOutcome, ParseFollow, ParseSnooze, ParseOwner,
//	           ParseTask, ParseDecide; BlockErrors puts complaints beside inputs
//
// Ids stand in ids.go. A button carries a version and a record's id, never
// state: a message may be years old when it is pressed. A form carries a [Meta].
//
// # Whose words
//
// Names, evidence and sentences come from customers, colleagues and feeds. They
// are cleaned (see clean) and then shown as rich text or plain text, where Slack
// parses nothing; only small print with local times is mrkdwn, and escaped. Texts
// of the package's own are lines of parts, written once and shown three ways; a
// message's Text is made of the same lines as its blocks, so it can't say less.
//
// Amounts of money appear only where Frame.Commercial allows it: said takes them
// out of everything else. What one person writes to another (an ask, a task) is
// private to both and stays whole: told.
//
// # Limits
//
// Slack's limits are constants with their source in limits.go. A cut is always
// visible ("… 3 more, cut here"). Forms that answer a submission must fit a
// Socket Mode acknowledgement, so their parts have budgets in bytes. The tests
// judge every view by a table of their own, on raw JSON.
//
// # Choices
//
// The proposal is preselected as the outcome, so that a routine review is three
// presses (Review, Next, Save); whether the person agreed is recorded with the
// decision. Last time's reasons, watch and goal come back when the outcome is the
// same; last time's sentence is shown and not filled in, because a reason has to
// be today's.
//
// # To add a view
//
// Write the function; add it to goldens in golden_test.go and to hostile_test.go;
// run the tests with -update and read the new file in testdata, which pastes into
// Block Kit Builder. A new id goes into ids.go and its list; package bot's tests
// then ask for its route.
package view
