package source

import (
	"strings"

	"healthbot/storage/record"
)

// column is one thing that a file may say. The table below is read by header
// matching, by row parsing, by mappings and by the documentation, so that none
// of them can know a column that the others don't.
type column struct {
	name     string
	also     []string // other headers that mean it
	kind     typ
	required bool
	group    string // exactly one column of a group must be there
	long     bool   // absent where a mapping gives measures columns of their own
	unit     string
	choices  []choice
	past     bool // may not lie in the future
	meaning  string
	example  string
}

// typ says how a text is read.
type typ string

const (
	text      typ = "text"      // one line, at most maxText characters
	prose     typ = "long text" // lines allowed, at most maxProse characters
	link      typ = "link"
	currency  typ = "currency"
	date      typ = "date"       // a day without a time
	moment    typ = "time"       // a bare date is the end of that day
	weekStart typ = "week start" // becomes the end of that week
	weekEnd   typ = "week end"
	whole     typ = "whole number"
	number    typ = "number"
	measured  typ = "value" // the measure says what is legal
	measureID typ = "measure"
	yesNo     typ = "yes/no"
	oneOf     typ = "one of"
)

// choice is one legal value and what else is read as it.
type choice struct {
	value string
	also  []string
}

const (
	maxText  = 200
	maxProse = 3000 // record.MaxText: what a form in Slack can show again
	maxLink  = 2000
)

var (
	stages = []choice{
		{"onboarding", []string{"onboard", "implementation"}},
		{"active", []string{"live", "adopted"}},
		{"renewing", []string{"renewal"}},
		{"churned", []string{"lost", "cancelled", "canceled"}},
	}
	severities = []choice{
		{"1", []string{"sev1", "sev 1", "sev-1", "s1", "p1", "urgent", "critical", "blocker"}},
		{"2", []string{"sev2", "sev 2", "sev-2", "s2", "p2", "high", "major"}},
		{"3", []string{"sev3", "sev 3", "sev-3", "s3", "p3", "medium", "normal", "minor"}},
		{"4", []string{"sev4", "sev 4", "sev-4", "s4", "p4", "low", "trivial"}},
	}
	directions = []choice{
		{"inbound", []string{"in", "received", "from customer"}},
		{"outbound", []string{"out", "sent", "to customer"}},
	}
	endings = []choice{
		{string(record.Renewed), []string{"renewal", "won"}},
		{string(record.Churned), []string{"churn", "lost", "cancelled", "canceled"}},
		{string(record.Contracted), []string{"contraction", "downsell"}},
		{string(record.Expanded), []string{"expansion", "upsell"}},
	}

	account = column{name: "account", also: []string{"account_id"}, kind: text, required: true,
		meaning: "the account's id, as the accounts file gives it", example: "A-1001"}
	receivedAt = column{name: "received_at", kind: moment, past: true,
		meaning: "when this was known (default: now); history needs it", example: "2026-03-30 06:00:00"}
)

// id is the fact's id in the system it comes from: with the source it is the
// key under which a later file corrects it.
func id(example string, also ...string) column {
	return column{name: "id", also: append(also, "external_id"), kind: text, required: true,
		meaning: "its id in the system it comes from", example: example}
}

// columns declares what each kind of file may say, in the order in which the
// documentation names it. The columns of accounts are record.Attributes.
var columns = map[Kind][]column{
	Accounts: {
		{name: "id", also: []string{"account", "account_id"}, kind: text, required: true, meaning: "the id by which every other file names the account", example: "A-1001"},
		{name: "name", also: []string{"account_name"}, kind: text, meaning: "what people call it", example: "Acme"},
		{name: "segment", kind: text, meaning: "decides the route and the anchors", example: "enterprise"},
		{name: "stage", kind: oneOf, choices: stages, meaning: "default: by its dates", example: "active"},
		{name: "seats", kind: whole, meaning: "licensed seats", example: "120"},
		{name: "started_on", also: []string{"start_date"}, kind: date, meaning: "first day as a customer", example: "2024-02-01"},
		{name: "arr", kind: number, unit: "a year", meaning: "annual recurring revenue, in the currency named", example: "48000"},
		{name: "currency", kind: currency, meaning: "of arr, by its ISO 4217 code", example: "EUR"},
		{name: "renewal_on", also: []string{"renewal_date"}, kind: date, meaning: "next renewal", example: "2026-11-30"},
		{name: "owner", kind: text, meaning: "the one person answerable, by Slack user id", example: "U024BE7LH"},
		{name: "backup", kind: text, meaning: "who acts while the owner is away, by Slack user id", example: "U0G9QF9C6"},
		{name: "manager", kind: text, meaning: "the owner's manager, by Slack user id", example: "U012A3CDE"},
		{name: "crm", also: []string{"crm_link"}, kind: link, meaning: "the account elsewhere", example: "https://crm.example/17"},
		{name: "process", kind: text, meaning: "another process that it is in", example: "incident"},
		{name: "process_link", kind: link, meaning: "where that process is run", example: "https://ops.example/7"},
		{name: "external_ids", kind: text, meaning: "ids elsewhere, separated by semicolons", example: "desk 4711; bill C-17"},
		{name: "links", kind: prose, meaning: "where else to look, separated by blanks", example: "https://wiki.example/a"},
		{name: "tags", kind: text, meaning: "separated by semicolons", example: "pilot; eu"},
		receivedAt,
	},
	Readings: {
		account,
		{name: "measure", kind: measureID, required: true, long: true, meaning: "one of the measures of the model", example: "usage.active_seat_ratio"},
		{name: "value", kind: measured, required: true, long: true, meaning: "in its unit and range; a ratio may be 0.82 or 82 %", example: "0.82"},
		{name: "observed_at", kind: moment, group: "when", past: true, meaning: "when it was so", example: "2026-03-29 23:00:00"},
		{name: "week_start", kind: weekStart, group: "when", past: true, meaning: "first day of the week that it sums up", example: "2026-03-23"},
		{name: "week_end", kind: weekEnd, group: "when", past: true, meaning: "last day of the week that it sums up", example: "2026-03-29"},
		{name: "source", kind: text, meaning: "where it comes from: the same in every row of a file", example: "product"},
		{name: "evidence", kind: prose, meaning: "a sentence, a link or a quote that shows it", example: "98 of 120 seats"},
		{name: "collector", kind: text, meaning: "who or what took it", example: "nightly job"},
		receivedAt,
	},
	Milestones: {
		account, id("M-17", "milestone_id"),
		{name: "name", kind: text, required: true, meaning: "what is to be reached", example: "SSO rolled out"},
		{name: "due", also: []string{"due_on", "due_date"}, kind: moment, required: true, meaning: "by when", example: "2026-04-30"},
		{name: "done", also: []string{"done_on", "done_at"}, kind: moment, past: true, meaning: "when it was reached", example: "2026-03-28"},
		{name: "link", kind: link, meaning: "where it is tracked", example: "https://plan.example/17"},
		receivedAt,
	},
	Tickets: {
		account, id("T-4711", "ticket_id"),
		{name: "title", kind: text, meaning: "in a few words", example: "Export fails"},
		{name: "severity", also: []string{"priority"}, kind: oneOf, choices: severities, required: true, meaning: "1 is worst (or urgent, high, medium, low)", example: "2"},
		{name: "opened", also: []string{"opened_at"}, kind: moment, required: true, past: true, meaning: "when the customer reported it", example: "2026-03-02 09:12:00"},
		{name: "closed", also: []string{"closed_at"}, kind: moment, past: true, meaning: "when it was settled", example: "2026-03-04 16:40:00"},
		{name: "breached", also: []string{"breached_at"}, kind: moment, past: true, meaning: "when a promised time was missed", example: "2026-03-03 09:12:00"},
		{name: "escalated", kind: yesNo, meaning: "the customer asked for somebody higher up", example: "no"},
		{name: "link", kind: link, meaning: "the ticket", example: "https://desk.example/4711"},
		receivedAt,
	},
	Invoices: {
		account, id("R-2026-031", "invoice_id"),
		{name: "due", also: []string{"due_on", "due_date"}, kind: moment, required: true, meaning: "payable by", example: "2026-03-31"},
		{name: "paid", also: []string{"paid_on", "paid_at"}, kind: moment, past: true, meaning: "when it was paid", example: "2026-03-28"},
		receivedAt,
	},
	Contacts: {
		account, id("C-88", "contact_id"),
		{name: "name", kind: text, required: true, meaning: "the person's name", example: "Kim Doe"},
		{name: "role", kind: text, meaning: "champion, sponsor, admin, user…", example: "champion"},
		{name: "left", also: []string{"left_on", "left_at"}, kind: moment, meaning: "when they left, or will", example: "2026-02-15"},
		receivedAt,
	},
	Touches: {
		account, id("E-90210", "touch_id"),
		{name: "at", kind: moment, required: true, past: true, meaning: "when it happened", example: "2026-03-12 11:05:00"},
		{name: "direction", kind: oneOf, choices: directions, required: true, meaning: "inbound: from the customer", example: "inbound"},
		{name: "contact", also: []string{"contact_id"}, kind: text, meaning: "the contact's id", example: "C-88"},
		receivedAt,
	},
	Results: {
		account, id("O-5512", "result_id", "opportunity_id"),
		{name: "date", also: []string{"on", "closed_on", "close_date"}, kind: date, required: true, past: true, meaning: "the day on which it was so", example: "2026-03-31"},
		{name: "result", kind: oneOf, choices: endings, required: true, meaning: "how the contract went on", example: "renewed"},
		{name: "arr_before", kind: number, unit: "a year", meaning: "recurring revenue until then, in the account's currency", example: "48000"},
		{name: "arr_after", kind: number, unit: "a year", meaning: "recurring revenue from then on", example: "52000"},
		receivedAt,
	},
	Goals: {
		account,
		{name: "measure", kind: measureID, required: true, meaning: "one of the measures of the model", example: "usage.active_seat_ratio"},
		{name: "valid_from", also: []string{"from"}, kind: date, required: true, meaning: "the first day on which it counts, until the next one's", example: "2026-01-01"},
		{name: "at_0", kind: measured, meaning: "the value that scores 0", example: "0.2"},
		{name: "at_25", kind: measured, meaning: "the value that scores 25", example: "0.35"},
		{name: "at_50", kind: measured, meaning: "the value that scores 50", example: "0.5"},
		{name: "at_75", kind: measured, meaning: "the value that scores 75", example: "0.65"},
		{name: "at_100", kind: measured, meaning: "the value that scores 100", example: "0.8"},
		{name: "start", kind: measured, meaning: "the value that scores 0; the way to the target is even", example: "0.2"},
		{name: "target", kind: measured, meaning: "the value that scores 100", example: "0.8"},
		{name: "ended", kind: yesNo, meaning: "yes: from that day on there is no goal", example: "no"},
		{name: "evidence", kind: prose, meaning: "where it was agreed: a sentence, a link or a quote", example: "success plan of January"},
		receivedAt,
	},
}

// plainName is how headers are compared: "Observed At" is observed_at.
func plainName(h string) string {
	return strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(h)))
}
