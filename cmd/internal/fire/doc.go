// Package fire is the proof that nothing costs more than seconds: the program
// that is shipped, in a process of its own, is killed at any moment, cut off from
// Slack, kept from its database and put on a full disk, while people press
// buttons and reviews come due. Afterwards the local Slack's own memory is held
// against the database: every message once, every acknowledged click kept.
//
// There is nothing here but tests. They build healthbot with its real-time
// pauses scaled down (see pace in build_test.go) and nothing else changed, and
// talk to it as Slack does, through a gate that can stop any message.
//
//	go test ./cmd/internal/fire                        short, with a fixed seed
//	go test ./cmd/internal/fire -fire.seed 7           another course of events
//	go test ./cmd/internal/fire -long -timeout 10m     hundreds of kills, all mutants
//
// What was measured is in SURVIVES.md. That the proof proves something is itself
// a test: [TestMutants] breaks one promise at a time and demands that it notices.
package fire
