package slacksim

import (
	"fmt"
	"strings"
)

// ControlDoc describes the control API to whoever drives the people by hand or
// from another language. The commands that start a local Slack print it.
var ControlDoc = controlDoc()

// An actRow is one address of the control API.
type actRow struct{ method, path, takes, does string }

var controlTable = []actRow{
	{"GET", "state", "?as=PERSON", "the whole picture for one person: channels, DM, Home, modals, notices, shortcuts"},
	{"GET", "follow", "?as=PERSON, since=SEQ and run=RUN of the answer before", "the newest messages of every conversation, then what has changed, when something has"},
	{"GET", "messages", "?as=PERSON, channel, before=TS, last=N", "the N messages before one, with their threads"},
	{"GET", "wait", "?since=SEQ", "answers when something has happened since, or after 25 s"},
	{"GET", "idle", "", "answers when nothing is owed and nothing has been called for 150 ms"},
	{"GET", "dump", "?messages=no leaves them out", "everything, with all calls and envelopes; tokens are left out"},
	{"POST", "say", "as, channel, text, thread_ts?", "writes a message; @name and #name become mentions"},
	{"POST", "command", "as, channel, text", `runs a slash command such as "/health acme", or /invite @bot`},
	{"POST", "click", "as, channel and ts or view, label or action_id, block_id?, value?", "presses a button, or chooses in a menu of a message or view"},
	{"POST", "change", "as, view, label or action_id, block_id?, value", "fills an input of an open modal"},
	{"POST", "suggest", "as, view or channel and ts, label or action_id, query", "types into an external menu and answers its options"},
	{"POST", "submit", "as, view", "submits a modal; answers the errors under its inputs"},
	{"POST", "close", "as, view, all?", "closes a modal, or all of them"},
	{"POST", "shortcut", "as, callback_id, channel and ts?", "runs a global shortcut, or one on a message"},
	{"POST", "home", "as", "opens the app's Home"},
	{"POST", "read", "as, channel, ts", "marks a channel as read up to a message"},
	{"POST", "react", "as, channel, ts, name", "puts an emoji on a message, or takes it away where it is"},
	{"POST", "clock", `now (RFC 3339) or advance ("48h")`, "moves the office clock"},
	{"POST", "fault", "kind, method?, connection?, times?, retry_after?, error?", "lets something go wrong"},
	{"POST", "admin", "kind, as?, channel?, person?, token?, real_name?, title?, tz?, locale?", "does what an administrator does"},
}

func controlDoc() string {
	var b strings.Builder
	b.WriteString(`The people are driven by the page, or over HTTP by the control API under /control/. Every
request carries the header X-Control-Token: the part of the page's address after #token=.
Bodies and answers are JSON. A person is an id, a handle or a real name; a channel an id or a
name, and "dm" is the DM with the bot; a view is an id, "top" for the modal on top, or "home".
Every POST answers {"ok":true, "seq":N, …} or {"ok":false, "error":"…"}, where the error says
what there is instead; what asks the app answers after its acknowledgement ("ack":"ok" or
"timeout").

`)
	for _, row := range controlTable {
		fmt.Fprintf(&b, "  %-4s %-9s %s\n       %s\n", row.method, row.path, row.takes, row.does)
	}
	b.WriteString("\nFaults concern the next calls (of method, or any), happen at once (to connection, 1 being the\noldest, or all), or wait for their occasion. Kinds:\n\n")
	for _, k := range FaultKinds {
		fmt.Fprintf(&b, "  %-20s %s\n", k.Kind, k.Says)
	}
	b.WriteString("\nAdministrators do these kinds of things, each with what it concerns:\n\n")
	for _, k := range AdminKinds {
		fmt.Fprintf(&b, "  %-11s %-16s %s\n", k.Kind, k.Concerns, k.Says)
	}
	return b.String()
}

// addresses lists what the control API has, for whoever asks for something else.
func addresses() string {
	var out []string
	for _, row := range controlTable {
		out = append(out, row.method+" /control/"+row.path)
	}
	return strings.Join(out, ", ")
}
