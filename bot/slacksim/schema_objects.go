package slacksim

// Composition objects: what blocks and elements are made of.

// plain and marked are text objects. Slack matches a text object against a
// union of schemas, so every complaint inside of one is preceded by the general
// one at the object itself.
func plain(most limit) check  { return textObjectOf(most, "plain_text") }
func marked(most limit) check { return textObjectOf(most, "plain_text", "mrkdwn") }

var textFields = map[string]fields{
	"plain_text": {"type": anything, "emoji": boolean},
	"mrkdwn":     {"type": anything, "verbatim": boolean},
}

func textObjectOf(most limit, types ...string) check {
	shapes := kinds{}
	for name, own := range textFields {
		all := fields{"text": chars(1, most)}
		for k, c := range own {
			all[k] = c
		}
		shapes[name] = shape{fields: all, needs: []string{"text"}}
	}
	inner := shapes.of(types...)
	return func(r *report, at string, v any) { union(r, at, v, inner) }
}

// union wraps a check whose failures Slack reports twice.
func union(r *report, at string, v any, inner check) {
	found := &report{surface: r.surface}
	inner(found, at, v)
	if len(found.problems) > 0 {
		r.add(at, "failed to match all allowed schemas")
		r.problems = append(r.problems, found.problems...)
	}
}

var confirm = shape{
	fields: fields{
		"title":   plain(confirmTitle),
		"text":    marked(confirmText),
		"confirm": plain(confirmButton),
		"deny":    plain(confirmButton),
		"style":   enum("primary", "danger"),
	},
	needs: []string{"title", "text", "confirm", "deny"},
}.check

// option differs by where it stands: only choices show mrkdwn, only overflow
// menus follow links.
func option(label func(limit) check, extra fields) check {
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
	return s.check
}

var (
	menuOption     = option(plain, nil)
	choiceOption   = option(marked, nil)
	overflowOption = option(plain, fields{"url": chars(1, linkURL)})

	optionGroup = shape{
		fields: fields{"label": plain(groupLabel), "options": items(menuOption, 1, selectOptions)},
		needs:  []string{"label", "options"},
	}.check

	conversationFilter = shape{
		fields: fields{
			"include":                          items(enum("im", "mpim", "private", "public"), 1, anyLength),
			"exclude_external_shared_channels": boolean,
			"exclude_bot_users":                boolean,
		},
		also: rules{
			atLeastOne("include", "exclude_external_shared_channels", "exclude_bot_users"),
		},
	}.check

	dispatchConfig = shape{
		fields: fields{
			"trigger_actions_on": items(enum("on_enter_pressed", "on_character_entered"), 1, anyLength),
		},
	}.check

	// No file is kept here, so every well-formed reference is to one that does
	// not exist; Slack's words for that are these.
	slackFile = shape{
		fields: fields{"id": pattern(`^[F][A-Z0-9]{8,}$`), "url": chars(1, imageURL)},
		also: rules{exactlyOne("id", "url"), func(r *report, at string, _ object) {
			r.add(at, "invalid slack file")
		}},
	}.check

	webAddress = pattern(`^https?://\S+$`)
	imageLink  = func(r *report, at string, v any) {
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
