// Package slacksim is a Slack that runs on loopback, strict enough to be the
// judge of an app that was written for the real one.
//
// It speaks the three languages an app hears from Slack: the Web API under
// /api/, Socket Mode under /link/, and response URLs under /response/. Whoever
// plays the people uses a fourth, the control API under /control/, and so do
// the embedded page, the demo and the tests; there is no second way in.
//
// # Why it shares nothing with the app
//
// A judge that shares the judged one's mistake is none. The package therefore
// imports neither the app nor its Slack library. Blocks and views arrive as raw
// JSON and are compared with the tables in schema_*.go, whose numbers stand in
// limits.go, each with the page it was read from.
//
// # How it is built
//
//   - state.go, message.go, view.go hold what a workspace knows, behind one
//     mutex. Nothing waits while holding it.
//   - api.go is the table of methods; api_*.go carries them out. A method
//     either answers or returns an *apiError with Slack's own code.
//   - schema.go is a small language of checks; schema_*.go are sentences in it.
//   - socket.go owns connections, envelope.go what is owed an acknowledgement.
//   - interact.go, menu.go, submit.go, command.go and event.go turn what people
//     do into envelopes; response.go is the way back through a response URL.
//   - control*.go is the control API; client.go and seat.go speak it in Go.
//
// To add a method, write it on *call and give it a row in api.go. To add a kind
// of block or element, give it a row in schema_*.go, its numbers a row each in
// limits.go, and each number a row in limits_test.go.
//
// # Two clocks
//
// Message timestamps follow the office clock, which the control API moves, so
// that a story told over a quarter looks like one. Everything that measures
// patience (acknowledgements, triggers, pings, rate limits, response URLs)
// runs on real time, scaled by Options in tests and by nothing else.
//
// # Strictness
//
// Where Slack's documentation is silent or two sources disagree, the package
// takes the side that refuses more, and the row in limits.go says so. What it
// refuses outside an API answer (an acknowledgement too large, a modal that
// would not have opened) is kept in Dump.Refusals and shown on the page.
package slacksim
