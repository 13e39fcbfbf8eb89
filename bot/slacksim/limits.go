package slacksim

// A limit names one number of Slack's. The table below is the only place in
// which these numbers stand.
type limit int

const (
	blocksPerMessage limit = iota
	blocksPerView
	blocksText
	messageText
	editedText
	markdownText
	attachmentsPerMessage
	metadataBytes
	tablesPerMessage
	chartsPerMessage

	textObject
	sectionText
	sectionFields
	sectionField
	headerText
	headerLevels
	actionsElements
	contextElements
	imageURL
	imageAlt
	imageTitle
	inputLabel
	inputHint
	videoTitle
	videoDescription
	videoAuthor
	contextActionsElements
	cardTitle
	cardBody
	carouselCards
	containerTitle
	containerBlocks
	layoutLabel
	layoutRows
	layoutItems

	tableRows
	tableCells
	dataTableRows
	dataTableCells
	dataTablePage
	dataTableText
	chartTitle
	chartSegments
	chartSeries
	chartPoints
	chartLabel
	chartAxis

	identifier
	buttonText
	buttonValue
	linkURL
	accessibilityLabel
	placeholderText
	optionText
	optionValue
	optionDescription
	selectOptions
	selectGroups
	overflowOptions
	choiceOptions
	groupLabel
	inputValue
	confirmTitle
	confirmText
	confirmButton
	feedbackText
	feedbackValue
	suggestedOptions
	fileInputs
	richLines

	viewTitle
	viewButton
	viewMetadata
	viewBytes
	viewStack

	fileAlt
	fileChannels
	fileBytes
	reactionsPerPerson
	reactionsPerMessage
	scheduledDays
	scheduledInWindow

	ackBytes
	connections
	botName
	responseUses
	responseMinutes
	pageSize
	postsPerSecond
	postBurst
	limitCount
)

const (
	ref   = "docs.slack.dev/reference/"
	kit   = ref + "block-kit/"
	sdk   = "slack_sdk models (blocks.py, block_elements.py, basic_components.py)"
	types = "@slack/types 3.2.0, blocks.d.ts"
)

type limitRow struct {
	max    int
	source string
}

var limits = [limitCount]limitRow{
	blocksPerMessage:      {50, kit + "blocks"},
	blocksPerView:         {100, kit + "blocks"},
	blocksText:            {12_000, "undocumented; slackapi/bolt-js#2509 and #2867 report refusals around it"},
	messageText:           {40_000, ref + "methods/chat.postMessage"},
	editedText:            {4_000, ref + "methods/chat.update"},
	markdownText:          {12_000, ref + "methods/chat.postMessage"},
	attachmentsPerMessage: {100, ref + "methods/chat.postMessage"},
	metadataBytes:         {2_048, "metadata_too_large is documented, its number is not; the strict side of what is advised"},
	tablesPerMessage:      {1, kit + "blocks/table-block"},
	chartsPerMessage:      {2, "not on the block's page; slack-morphism 2.30.0 and others report it"},

	textObject:       {3_000, kit + "composition-objects/text-object"},
	sectionText:      {3_000, kit + "blocks/section-block"},
	sectionFields:    {10, kit + "blocks/section-block"},
	sectionField:     {2_000, kit + "blocks/section-block"},
	headerText:       {150, kit + "blocks/header-block"},
	headerLevels:     {4, kit + "blocks/header-block"},
	actionsElements:  {25, kit + "blocks/actions-block"},
	contextElements:  {10, kit + "blocks/context-block"},
	imageURL:         {3_000, kit + "blocks/image-block"},
	imageAlt:         {2_000, kit + "blocks/image-block"},
	imageTitle:       {2_000, kit + "blocks/image-block"},
	inputLabel:       {2_000, kit + "blocks/input-block"},
	inputHint:        {2_000, kit + "blocks/input-block"},
	videoTitle:       {200, kit + "blocks/video-block"},
	videoDescription: {200, kit + "blocks/video-block"},
	videoAuthor:      {50, kit + "blocks/video-block"},

	contextActionsElements: {5, kit + "blocks/context-actions-block"},
	cardTitle:              {150, kit + "blocks/card-block"},
	cardBody:               {200, kit + "blocks/card-block"},
	carouselCards:          {10, kit + "blocks/carousel-block"},
	containerTitle:         {150, kit + "blocks/container-block"},
	containerBlocks:        {10, kit + "blocks/container-block"},
	layoutLabel:            {150, kit + "blocks/layout-block"},
	layoutRows:             {5, kit + "blocks/layout-block"},
	layoutItems:            {3, kit + "blocks/layout-block"},

	dataTableRows:  {101, kit + "blocks/data-table-block: 100 and the header"},
	dataTableCells: {20, kit + "blocks/data-table-block"},
	dataTablePage:  {100, kit + "blocks/data-table-block"},
	dataTableText:  {10_000, kit + "blocks/data-table-block, as a changelog cites it"},

	tableRows:     {100, kit + "blocks/table-block"},
	tableCells:    {20, kit + "blocks/table-block"},
	chartTitle:    {50, kit + "blocks/data-visualization-block"},
	chartSegments: {6, kit + "blocks/data-visualization-block"},
	chartSeries:   {6, kit + "blocks/data-visualization-block; some sources say 12"},
	chartPoints:   {20, kit + "blocks/data-visualization-block"},
	chartLabel:    {20, kit + "blocks/data-visualization-block"},
	chartAxis:     {50, kit + "blocks/data-visualization-block"},

	identifier:         {255, kit + "blocks; " + sdk},
	buttonText:         {75, kit + "block-elements/button-element"},
	buttonValue:        {2_000, kit + "block-elements/button-element"},
	linkURL:            {3_000, kit + "block-elements/button-element"},
	accessibilityLabel: {75, kit + "block-elements/button-element"},
	placeholderText:    {150, kit + "block-elements"},
	optionText:         {75, kit + "composition-objects/option-object"},
	optionValue:        {150, kit + "composition-objects/option-object"},
	optionDescription:  {75, kit + "composition-objects/option-object"},
	selectOptions:      {100, kit + "block-elements/select-menu-element"},
	selectGroups:       {100, kit + "block-elements/select-menu-element"},
	overflowOptions:    {5, kit + "block-elements/overflow-menu-element"},
	choiceOptions:      {10, kit + "block-elements/checkboxes-element and radio-button-group-element"},
	groupLabel:         {75, kit + "composition-objects/option-group-object"},
	inputValue:         {3_000, kit + "block-elements/plain-text-input-element"},
	confirmTitle:       {100, kit + "composition-objects/confirmation-dialog-object"},
	confirmText:        {300, kit + "composition-objects/confirmation-dialog-object"},
	confirmButton:      {30, kit + "composition-objects/confirmation-dialog-object"},
	feedbackText:       {75, kit + "block-elements/feedback-buttons-element; " + sdk},
	feedbackValue:      {2_000, kit + "block-elements/feedback-buttons-element; " + sdk},
	suggestedOptions:   {100, kit + "block-elements/select-menu-element"},
	fileInputs:         {10, kit + "block-elements/file-input-element"},
	richLines:          {50, types + "; the strict side, no page gives a number"},

	viewTitle:    {24, ref + "views/modal-views"},
	viewButton:   {24, ref + "views/modal-views"},
	viewMetadata: {3_000, ref + "views/modal-views"},
	viewBytes:    {250_000, ref + "methods/views.open"},
	viewStack:    {3, ref + "methods/views.push"},

	fileAlt:             {1_000, ref + "methods/files.getUploadURLExternal"},
	fileChannels:        {100, ref + "methods/files.completeUploadExternal"},
	fileBytes:           {16 << 20, "ours: files are kept in memory; Slack takes a gigabyte"},
	reactionsPerPerson:  {23, "slack.com/help/articles/202931348"},
	reactionsPerMessage: {50, "slack.com/help/articles/202931348"},
	scheduledDays:       {120, ref + "methods/chat.scheduleMessage"},
	scheduledInWindow:   {30, ref + "methods/chat.scheduleMessage: in five minutes, per channel"},

	ackBytes:        {20_479, "on no page of Slack's; the authors of slack-go and of the Node SDK measured it"},
	botName:         {80, ref + "app-manifest"},
	connections:     {10, "docs.slack.dev/apis/events-api/using-socket-mode"},
	responseUses:    {5, "docs.slack.dev/interactivity/handling-user-interaction"},
	responseMinutes: {30, "docs.slack.dev/interactivity/handling-user-interaction"},
	pageSize:        {999, ref + "methods/conversations.history"},
	postsPerSecond:  {1, "docs.slack.dev/apis/web-api/rate-limits"},
	postBurst:       {3, "docs.slack.dev/apis/web-api/rate-limits: bursts are tolerated, how long is not said"},
}

func (l limit) max() int { return limits[l].max }

// A tier is Slack's name for a method's budget: calls a minute, per method.
type tier int

const (
	tierSpecial tier = iota
	tier1
	tier2
	tier3
	tier4
)

// perMinute is the documented floor of each tier. The special tiers promise
// "hundreds" without a number.
var perMinute = [...]int{tierSpecial: 300, tier1: 1, tier2: 20, tier3: 50, tier4: 100}
