package slacksim

// Composition objects: what blocks and elements are made of.

// plain and marked are text objects. Slack matches a text object against a
// union of schemas, so every complaint inside of one is preceded by the general
// one at the object itself.
func plain(most limit) check  { return textObjectOf(most, "plain_text") }
func marked(most limit) check { return textObjectOf(most, "plain_text", "mrkdwn") }

// The length of a text depends on where it stands, and is checked there.
var texting = kinds{
	"plain_text": {fields: fields{"type": anything, "text": anything, "emoji": boolean}, needs: []string{"text"}},
	"mrkdwn":     {fields: fields{"type": anything, "text": anything, "verbatim": boolean}, needs: []string{"text"}},
}

func textObjectOf(most limit, types ...string) check {
	form, length := texting.of(types...), chars(1, most)
	return func(r *report, at string, v any) {
		union(r, at, v, func(r *report, at string, v any) {
			form(r, at, v)
			if text, given := obj(v)["text"]; given && text != nil {
				length(r, at+"/text", text)
			}
		})
	}
}

// union wraps a check whose failures Slack reports twice.
func union(r *report, at string, v any, inner check) {
	found := &report{world: r.world, surface: r.surface}
	inner(found, at, v)
	if len(found.problems) > 0 {
		r.add(at, "failed to match all allowed schemas")
		r.problems = append(r.problems, found.problems...)
	}
}

// parts are the objects without a type, by the name that Slack's reference
// gives them. An option differs by where it stands: only choices show mrkdwn,
// only overflow menus follow links.
var parts kinds

func init() { // not a literal: parts are made of parts
	parts = kinds{
		"confirm": {
			fields: fields{
				"title":   plain(confirmTitle),
				"text":    marked(confirmText),
				"confirm": plain(confirmButton),
				"deny":    plain(confirmButton),
				"style":   enum("primary", "danger"),
			},
			needs: []string{"title", "text", "confirm", "deny"},
		},
		"option":          option(plain, nil),
		"choice option":   option(marked, nil),
		"overflow option": option(plain, fields{"url": chars(1, linkURL)}),
		"option group": {
			fields: fields{"label": plain(groupLabel), "options": items(menuOption, 1, selectOptions)},
			needs:  []string{"label", "options"},
		},
		"filter": {
			fields: fields{
				"include":                          items(enum("im", "mpim", "private", "public"), 1, anyLength),
				"exclude_external_shared_channels": boolean,
				"exclude_bot_users":                boolean,
			},
			also: rules{atLeastOne("include", "exclude_external_shared_channels", "exclude_bot_users")},
		},
		"dispatch": {
			fields: fields{
				"trigger_actions_on": items(enum("on_enter_pressed", "on_character_entered"), 1, anyLength),
			},
		},
		"slack file": {
			fields: fields{"id": pattern(`^[F][A-Z0-9]{8,}$`), "url": chars(1, imageURL)},
			also:   rules{exactlyOne("id", "url"), fileToShow},
		},
		"feedback button": {
			fields: fields{
				"text":                plain(feedbackText),
				"value":               chars(1, feedbackValue),
				"accessibility_label": chars(1, accessibilityLabel),
			},
			needs: []string{"text", "value"},
		},
		"column setting": {
			fields: fields{"align": enum("left", "center", "right"), "is_wrapped": boolean},
		},
		"axis": {
			fields: fields{
				"categories": items(chars(1, chartLabel), 1, chartPoints),
				"x_label":    chars(1, chartAxis),
				"y_label":    chars(1, chartAxis),
			},
			needs: []string{"categories"},
		},
		"series": {
			fields: fields{"name": chars(1, chartLabel), "data": items(part("data point"), 1, chartPoints)},
			needs:  []string{"name", "data"},
		},
		"data point": {
			fields: fields{"label": chars(1, chartLabel), "value": decimal},
			needs:  []string{"label", "value"},
		},
		"segment": {
			fields: fields{"label": chars(1, chartLabel), "value": positive},
			needs:  []string{"label", "value"},
		},
		"layout row": {
			fields: fields{"items": items(part("layout item"), 1, layoutItems)},
			needs:  []string{"items"},
		},
		"layout item": {
			fields: fields{
				"block":                blocksOf(layoutBlocks...),
				"width":                enum("narrow", "standard", "wide"),
				"horizontal_alignment": enum("start", "center", "end"),
			},
			needs: []string{"block"},
		},
		"rich text": richText,
	}
}

// part accepts one of the parts, looked up when it is needed.
func part(name string) check {
	return func(r *report, at string, v any) { parts[name].check(r, at, v) }
}

func option(label func(limit) check, extra fields) shape {
	s := shape{
		fields: fields{
			"text":        label(optionText),
			"value":       chars(1, optionValue),
			"description": label(optionDescription),
		},
		needs: []string{"text", "value"},
	}
	for k, c := range extra {
		s.fields[k] = c
	}
	return s
}

// fileToShow: the file must have been uploaded, processed, and be a picture.
// Slack gives one reason for all of them.
func fileToShow(r *report, at string, ref object) {
	if r.pictured == nil || !r.pictured(ref) {
		r.add(at, "invalid slack file")
	}
}

var (
	confirm            = part("confirm")
	menuOption         = part("option")
	choiceOption       = part("choice option")
	overflowOption     = part("overflow option")
	optionGroup        = part("option group")
	conversationFilter = part("filter")
	dispatchConfig     = part("dispatch")
	slackFile          = part("slack file")

	webAddress    = pattern(`^https?://\S+$`)
	secureAddress = pattern(`^https://\S+$`)

	secureLink = func(r *report, at string, v any) {
		chars(1, imageURL)(r, at, v)
		secureAddress(r, at, v)
	}
	imageLink = func(r *report, at string, v any) {
		chars(1, imageURL)(r, at, v)
		webAddress(r, at, v)
	}
)

// offers lists every option an element shows, its groups flattened.
func offers(element object) []any {
	all := list(element["options"])
	for _, g := range list(element["option_groups"]) {
		all = append(all[:len(all):len(all)], list(obj(g)["options"])...)
	}
	for _, name := range []string{"positive_button", "negative_button"} {
		if b := element[name]; b != nil {
			all = append(all[:len(all):len(all)], b)
		}
	}
	return all
}

// initialAmongOptions: a preselected option must be one of those offered, to
// the letter; Slack compares the whole object.
func initialAmongOptions(r *report, at string, o object) {
	among := func(at string, want any) {
		for _, have := range offers(o) {
			if sameOption(have, want) {
				return
			}
		}
		r.add(at, "initial option is not among the options")
	}
	if v := o["initial_option"]; v != nil {
		among(at+"/initial_option", v)
	}
	for _, v := range list(o["initial_options"]) {
		among(at+"/initial_options", v)
	}
}

func sameOption(a, b any) bool {
	x, y := obj(a), obj(b)
	return str(x["value"]) == str(y["value"]) &&
		textOf(x["text"]) == textOf(y["text"]) &&
		textOf(x["description"]) == textOf(y["description"])
}

// distinctValues: two options with one value can't be told apart afterwards.
func distinctValues(r *report, at string, o object) {
	seen := map[string]bool{}
	for _, v := range offers(o) {
		value := str(obj(v)["value"])
		if seen[value] {
			r.add(at, "duplicate option value: %s", value)
		}
		seen[value] = true
	}
}
