package slacksim

// Rich text is checked lightly: its containers and the kinds of its leaves, but
// not each leaf's fields, of which Slack has many that only its own clients write.

var richText = shape{
	fields: fields{
		"type":     anything,
		"block_id": chars(1, identifier),
		"elements": items(richContainers.of("rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"), 1, anyLength),
	},
	needs: []string{"elements"},
}

var (
	richLeaf = func(r *report, at string, v any) {
		if need := leafNeeds[str(obj(v)["type"])]; need == "" {
			r.add(at+"/type", "unsupported type: %s", str(obj(v)["type"]))
		} else if obj(v)[need] == nil {
			r.add(at, "missing required field: %s", need)
		}
	}

	leafNeeds = map[string]string{
		"text": "text", "link": "url", "emoji": "name", "user": "user_id", "channel": "channel_id",
		"usergroup": "usergroup_id", "team": "team_id", "date": "timestamp", "broadcast": "range", "color": "value",
	}

	leaves = items(richLeaf, 0, anyLength)

	richSection = shape{
		fields: fields{"type": anything, "elements": leaves},
		needs:  []string{"elements"},
	}

	richContainers = kinds{
		"rich_text_section": richSection,
		"rich_text_preformatted": {
			fields: fields{"type": anything, "elements": leaves, "border": anything, "language": anything},
			needs:  []string{"elements"},
		},
		"rich_text_quote": {fields: fields{"type": anything, "elements": leaves, "border": anything}, needs: []string{"elements"}},
		"rich_text_list": {
			fields: fields{
				"type":     anything,
				"elements": items(richSection.check, 1, anyLength),
				"style":    enum("bullet", "ordered"),
				"indent":   whole(0, anyLength),
				"offset":   whole(0, anyLength),
				"border":   whole(0, anyLength),
			},
			needs: []string{"elements", "style"},
		},
	}
)
