// Package bot is the Slack side: it receives what people do, decides who may,
// calls one use case of the store, and delivers what the outbox hands it.
//
// A gesture (a press, a submission, a command, a mention, a message) takes one way:
//
//	decode → guard → handle → ack
//
// The table in routes.go lists everything that a person can do, with who may do
// it; nothing else is possible. A guard reads permission and state again at
// every press and at every submission, because messages outlive deployments,
// roles and holidays.
//
// What changes a record commits before its ack, so that nothing is promised
// before it is true; what only reads, or opens a form, is acknowledged at once.
// Slack waits three seconds for an ack and may send the same gesture again: the
// request key, made from what Slack sent, lets the store answer a repeat with
// the first result.
//
// Deliver, Edit and Lookup serve the outbox. They tell a definite no, a
// [record.Refusal], from an unknown end, and never try anything twice: only the
// outbox knows whether a repeat would post double.
package bot
