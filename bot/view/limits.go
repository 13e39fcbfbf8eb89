package view

// Slack's limits, in characters unless the name says otherwise. We count UTF-16
// units, the strictest reading of "character". Each has its page; what no page
// gives is marked.
const (
	maxViewBlocks = 100 // a modal or Home; docs.slack.dev/reference/block-kit/blocks

	maxSection = 3000 // blocks/section-block; also one text object
	maxHeader  = 150  // blocks/header-block
	maxButton  = 75   // block-elements/button-element
	maxOption  = 75   // composition-objects/option-object: text, and description
	maxOptions = 100  // block-elements/select-menu-element
	maxTitle   = 24   // views/modal-views: title, submit and close
	maxHint    = 2000 // blocks/input-block: hint and label

	// chat.update refuses more than 4,000 characters of text, and every message
	// of ours may be edited; the rest is margin.
	maxText = 3000
	// A view that answers a submission travels in a Socket Mode acknowledgement,
	// and Slack drops those of 20,480 bytes without a word (measured by the
	// authors of slack-go). Two thousand stay for the envelope.
	maxAckBytes = 18_000
)

// How much of a modal each kind of content may take, so that together they
// stay below maxAckBytes even when every character needs six bytes of JSON.
// Lists of inputs take what the rest leaves.
const (
	topBytes     = 6000 // what stands above the fields
	peopleBytes  = 3500 // one menu of people
	reasonsBytes = 2000 // the menu of reason codes
	frameBytes   = 600  // title, buttons and ids
)

// How long what a person types may be, by field. Shorter than record.MaxText,
// because what was typed comes back as a draft within maxAckBytes.
const (
	sentenceLength = 500
	phraseLength   = 300
	titleLength    = 150
	planLength     = 600
)

// How many of a thing a message shows before it says "… 3 more, cut here". They
// keep every message below Slack's 50 blocks (block-kit/blocks) and below 8,000
// characters over all of them: that limit is on no page, but refusals were seen
// at 11,341 (slackapi/bolt-js#2867). The tests count.
const (
	cardDrivers   = 3
	cardParts     = 3 // of a change; what is left is "other"
	allParts      = 12
	cardCaveats   = 4
	cardGoals     = 3
	cardTasks     = 3
	cardTrail     = 5
	digestHeld    = 8
	digestNames   = 10
	queueRows     = 20
	homeRows      = 15
	homeTasks     = 10
	lineRows      = 8
	nearestMost   = 3
	reminderItems = 10
)
