package slacksim

import "slices"

// with merges what several elements have in common with what is their own.
func with(own fields, shared ...fields) fields {
	for _, s := range shared {
		for k, c := range s {
			own[k] = c
		}
	}
	return own
}

type rules = []func(*report, string, object)

var (
	// Every interactive element has these.
	acting = fields{"type": anything, "action_id": chars(1, identifier)}
	asking = fields{"confirm": confirm}
	hinted = fields{"placeholder": plain(placeholderText), "focus_on_load": boolean}
	typed  = fields{"dispatch_action_config": dispatchConfig}

	staticOptions = fields{
		"options":       items(menuOption, 1, selectOptions),
		"option_groups": items(optionGroup, 1, selectGroups),
	}
	one  = fields{"initial_option": menuOption}
	many = fields{"max_selected_items": whole(1, anyLength)}

	datePattern = pattern(`^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$`)
	timePattern = pattern(`^([01]\d|2[0-3]):[0-5]\d$`)
	idString    = chars(1, identifier)

	// elements is every element known here, by type. Which block takes which is
	// said in schema_blocks.go.
	elements = kinds{
		"button": {
			fields: with(fields{
				"text":                plain(buttonText),
				"url":                 chars(1, linkURL),
				"value":               chars(1, buttonValue),
				"style":               enum("primary", "danger"),
				"accessibility_label": chars(1, accessibilityLabel),
			}, acting, asking),
			needs: []string{"text"},
		},
		"overflow": {
			fields: with(fields{"options": items(overflowOption, 1, overflowOptions)}, acting, asking),
			needs:  []string{"options"},
			also:   rules{distinctValues},
		},
		"image": {
			fields: fields{
				"type":       anything,
				"image_url":  imageLink,
				"slack_file": slackFile,
				"alt_text":   chars(1, imageAlt),
			},
			needs: []string{"alt_text"},
			also:  rules{exactlyOne("image_url", "slack_file")},
		},

		"icon_button": {
			fields: with(fields{
				"icon":                chars(1, identifier),
				"text":                plain(buttonText),
				"value":               chars(1, buttonValue),
				"accessibility_label": chars(1, accessibilityLabel),
				"visible_to_user_ids": items(idString, 1, anyLength),
			}, acting, asking),
			needs: []string{"icon", "text"},
		},
		"feedback_buttons": {
			fields: with(fields{
				"positive_button": part("feedback button"),
				"negative_button": part("feedback button"),
			}, acting),
			needs: []string{"positive_button", "negative_button"},
		},
		"url": { // a source of a task; nothing to press
			fields: fields{"type": anything, "url": webAddress, "text": chars(1, anyLength)},
			needs:  []string{"url", "text"},
		},

		"static_select": {
			fields: with(fields{}, acting, asking, hinted, staticOptions, one),
			also:   rules{exactlyOne("options", "option_groups"), initialAmongOptions, distinctValues},
		},
		"multi_static_select": {
			fields: with(fields{"initial_options": items(menuOption, 1, selectOptions)},
				acting, asking, hinted, staticOptions, many),
			also: rules{exactlyOne("options", "option_groups"), initialAmongOptions, distinctValues},
		},
		"external_select": {
			fields: with(fields{"min_query_length": whole(0, anyLength)}, acting, asking, hinted, one),
		},
		"multi_external_select": {
			fields: with(fields{
				"min_query_length": whole(0, anyLength),
				"initial_options":  items(menuOption, 1, selectOptions),
			}, acting, asking, hinted, many),
		},
		"users_select": {
			fields: with(fields{"initial_user": idString}, acting, asking, hinted),
		},
		"multi_users_select": {
			fields: with(fields{"initial_users": items(idString, 1, anyLength)}, acting, asking, hinted, many),
		},
		"conversations_select": {
			fields: with(fields{
				"initial_conversation":            idString,
				"default_to_current_conversation": boolean,
				"response_url_enabled":            boolean,
				"filter":                          conversationFilter,
			}, acting, asking, hinted),
		},
		"multi_conversations_select": {
			fields: with(fields{
				"initial_conversations":           items(idString, 1, anyLength),
				"default_to_current_conversation": boolean,
				"filter":                          conversationFilter,
			}, acting, asking, hinted, many),
		},
		"channels_select": {
			fields: with(fields{"initial_channel": idString, "response_url_enabled": boolean}, acting, asking, hinted),
		},
		"multi_channels_select": {
			fields: with(fields{"initial_channels": items(idString, 1, anyLength)}, acting, asking, hinted, many),
		},

		"datepicker": {fields: with(fields{"initial_date": datePattern}, acting, asking, hinted)},
		"timepicker": {fields: with(fields{"initial_time": timePattern, "timezone": chars(1, identifier)}, acting, asking, hinted)},
		"datetimepicker": {fields: with(fields{
			"initial_date_time": epochSeconds,
			"focus_on_load":     boolean,
		}, acting, asking)},

		"plain_text_input": {
			fields: with(fields{
				"initial_value": chars(0, inputValue),
				"multiline":     boolean,
				"min_length":    whole(0, inputValue),
				"max_length":    whole(1, inputValue),
			}, acting, hinted, typed),
			also: rules{ordered("min_length", "max_length")},
		},
		"number_input": {
			fields: with(fields{
				"is_decimal_allowed": boolean,
				"initial_value":      numeral,
				"min_value":          numeral,
				"max_value":          numeral,
			}, acting, hinted, typed),
			needs: []string{"is_decimal_allowed"},
			also:  rules{ordered("min_value", "max_value"), ordered("min_value", "initial_value"), ordered("initial_value", "max_value")},
		},
		"email_text_input": {fields: with(fields{"initial_value": chars(1, inputValue)}, acting, hinted, typed)},
		"url_text_input":   {fields: with(fields{"initial_value": chars(1, inputValue)}, acting, hinted, typed)},
		"rich_text_input": {fields: with(fields{
			"initial_value": part("rich text"),
			"min_lines":     whole(1, richLines),
			"max_lines":     whole(1, richLines),
		}, acting, hinted, typed), also: rules{ordered("min_lines", "max_lines")}},
		"file_input": {fields: with(fields{
			"filetypes": items(chars(1, identifier), 1, anyLength),
			"max_files": whole(1, fileInputs),
		}, acting)},

		"checkboxes": {
			fields: with(fields{
				"options":         items(choiceOption, 1, choiceOptions),
				"initial_options": items(choiceOption, 1, choiceOptions),
				"focus_on_load":   boolean,
			}, acting, asking),
			needs: []string{"options"},
			also:  rules{initialAmongOptions, distinctValues},
		},
		"radio_buttons": {
			fields: with(fields{
				"options":        items(choiceOption, 1, choiceOptions),
				"initial_option": choiceOption,
				"focus_on_load":  boolean,
			}, acting, asking),
			needs: []string{"options"},
			also:  rules{initialAmongOptions, distinctValues},
		},
	}

	menus = []string{"static_select", "external_select", "users_select", "conversations_select", "channels_select"}

	multiMenus = []string{"multi_static_select", "multi_external_select", "multi_users_select",
		"multi_conversations_select", "multi_channels_select"}

	actionTypes = slices.Concat([]string{"button", "overflow", "datepicker", "timepicker", "datetimepicker",
		"checkboxes", "radio_buttons", "rich_text_input"}, menus, multiMenus)

	accessoryTypes = slices.Concat([]string{"button", "image", "overflow", "datepicker", "timepicker",
		"checkboxes", "radio_buttons"}, menus, multiMenus)

	inputTypes = slices.Concat([]string{"plain_text_input", "number_input", "email_text_input", "url_text_input",
		"rich_text_input", "file_input", "datepicker", "timepicker", "datetimepicker", "checkboxes",
		"radio_buttons"}, menus, multiMenus)
)

// epochSeconds refuses milliseconds: Slack wants exactly ten digits.
func epochSeconds(r *report, at string, v any) {
	n, ok := number(v)
	if !ok || n != float64(int64(n)) || n < 1e9 || n >= 1e10 {
		r.add(at, "must be a UNIX timestamp of 10 digits")
	}
}
