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
//   - state.go, message.go, view.go and file.go hold what a workspace knows,
//     behind one mutex. Nothing waits while holding it.
//   - api.go is the table of methods; api_*.go, schedule.go and upload.go carry
//     them out. A method either answers or returns an *apiError with Slack's own code.
//   - schema.go is a small language of checks; schema_*.go are sentences in it.
//   - socket.go owns connections, envelope.go what is owed an acknowledgement,
//     fault.go what goes wrong on purpose.
//   - interact.go, menu.go, submit.go, command.go and event.go turn what people
//     do into envelopes; response.go is the way back through a response URL.
//   - control*.go is the control API; client.go and seat.go speak it in Go.
//     follow.go sends the page what has changed; admin.go and tokens.go are what
//     happens to the workspace and to the app's keys.
//   - save.go and load.go keep a workspace in a file, if Options.State names one.
//
// To add a method, write it on *call and give it a row in api.go, and its scope
// one in mutation_method_test.go. To add a kind of block or element, give it a row
// in schema_*.go, its numbers a row each in limits.go, and rows that are taken and
// refused in the tables of the tests. TestEveryCheckIsNoticed switches each check
// off, one at a time, and fails where no row goes wrong; it prints how many.
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
//
// # Fidelity
//
// What Slack does, what is done here, and the test that proves it. "As Slack"
// means: with Slack's own codes and shapes.
//
//	SLACK                                   HERE                            TEST
//	tokens in header or form, two kinds     as Slack                        TestWhoMayCall
//	a scope per method and channel kind     as Slack, needed and provided   TestEveryMethodAsksForItsScope, TestAScopePerKindOfChannel
//	arguments as form, JSON, query, parts   as Slack                        TestWaysToSendArguments
//	channels unseen, not joined, archived   as Slack                        TestWherePostingIsRefused
//	limits of text, blocks and elements     as documented, else stricter    TestBlockBounds, TestViewBounds, TestNumberBounds
//	shapes of blocks, unknown fields        as Slack's SDKs have them       TestBlocksThatSlackRefuses, TestBlocksThatSlackTakes
//	pointers in refusals                    as Slack                        TestARefusalPointsAtThePlace
//	blocks.validate                         one code of several             TestBlocksValidate
//	threads, edits, deletions, tombstones   as Slack                        TestThreads, TestEditing, TestDeleting
//	ephemeral messages                      gone after a restart only       TestEphemerals
//	scheduled messages, the metadata bug    on the office clock             TestScheduledMessages
//	reactions, 23 a person, 50 a message    any well-formed name is taken   TestReactions, TestPeopleReact
//	call blocks                             any call_id: calls.add is not here  TestBlocksThatSlackTakes
//	pins, bookmarks, streams, calls         scopes as Slack, then always    TestMethodsThatAreNotHere
//	                                        service_unavailable, and noted
//	files: three steps, both body kinds     16 MB, no scanning, no previews TestAFileIsUploadedAndShared, TestAFormIsTakenApart
//	alt text of a file: alt_txt             as documented: @slack/web-api's TestAFileIsUploadedAndShared
//	                                        alt_text is ignored
//	files take a moment to have a type      Options.FileDelay               TestAFileTakesAMoment
//	a file shared nowhere is the bot's      as Slack                        TestASlackFileInABlock
//	people by email, user groups            as Slack                        TestPeopleByEmailAndGroups
//	rates by tier, 1 post/s and channel     token buckets, bursts guessed   TestMethodsAreLimitedByTier, TestPostingIsLimitedPerChannel
//	triggers: 3 s, once                     as Slack, real time             TestTriggers
//	views: stack of 3, hash, external_id    as Slack                        TestTheStackOfModals, TestUpdatingAView, TestExternalIDsAreUnique
//	tickets open one connection             404 afterwards                  TestATicketOpensOneConnection
//	ten connections, pings, hello           taking turns, not at random     TestTheEleventhConnection, TestHelloAndPing
//	3 s to acknowledge; retries of events   20 and 100 deadlines apart      TestEventsComeAgain
//	events wait for a connection            without an end                  TestEventsWaitForAConnection
//	acknowledgements over 20 kB vanish      noted in Dump.Refusals          TestALargeAckIsDropped
//	response URLs: 5 uses, 30 minutes       as Slack                        TestAResponseURL, TestAResponseURLExpires
//	commands don't work in threads          as Slack                        command_test.go
//	channels archived, shared, app removed  on demand, without a channel's old   TestWhatBecomesOfChannels
//	                                        members coming back by themselves
//	accounts deactivated, profiles changed  DMs stay and can be posted to   TestWhatBecomesOfPeople
//	tokens revoked, by whomever             as Slack; new ones on demand    TestRevokedTokens, TestAnAppGivesUpItsToken
//	scopes in the headers of an answer      as Slack, of the token used     TestScopesInTheHeader
//	failures of every kind                  Fault, on demand                TestEveryFaultIsTried
//	a workspace outlives its clients        Options.State                   TestAWorkspaceIsKept, TestAKilledServerIsKeptToo
//
// Not here: group DMs, user tokens, canvases, lists,
// unfurling, OAuth, HTTP delivery of events, and app_rate_limited.
//
// # Guesses
//
// What is not settled has a name. The switches are in Guesses; the numbers are
// rows of limits.go:
//
//	how large metadata may be               metadataBytes: 2 kB
//	how long all blocks together            blocksText: 12,000 characters
//	series of a chart, 6 or 12              chartSeries: 6
//	charts of a message                     chartsPerMessage: 2
//	an overflow menu's least options        1 (schema_elements.go)
//	the deadline for events                 Options.AckDeadline: 3 s, as for the rest
//	when events come again                  at once, after 20 and after 100 deadlines (envelope.go)
//	whether late acknowledgements count     Guesses.LateAcksCount
//	whether they must come the same way     Guesses.AckOnSameSocket
//	the answer to a spent ticket            Guesses.SpentTicketUpgrades
//	charts and data tables everywhere       Guesses.NoCharts
//	a slack_file that is shared nowhere     Guesses.HiddenFilesRefused
//	surfaces of the newer blocks            messages, where their page is silent (schema_newer.go)
//	the end of connections at a revocation  without a word (tokens.go)
//	codes of blocks.validate                failed_constraint alone (api_validate.go)
package slacksim
