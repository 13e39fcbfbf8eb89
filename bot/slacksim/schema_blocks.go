package slacksim

import "slices"

// A blockKind is a block's shape and the surfaces that show it.
type blockKind struct {
	on surface
	shape
}

// block adds what every block has.
func block(on surface, s shape) blockKind {
	s.fields = with(s.fields, fields{"type": anything, "block_id": chars(1, identifier)})
	return blockKind{on, s}
}

// blockKinds is every block that Slack knows, by type.
var blockKinds map[string]blockKind

func init() { // not a literal: some blocks hold blocks
	blockKinds = map[string]blockKind{
		"section": block(anywhere, shape{
			fields: fields{
				"text":      marked(sectionText),
				"fields":    items(marked(sectionField), 1, sectionFields),
				"accessory": elements.of(accessoryTypes...),
				"expand":    boolean,
			},
			also: rules{atLeastOne("text", "fields")},
		}),
		"header": block(anywhere, shape{
			fields: fields{"text": plain(headerText), "level": whole(1, headerLevels)},
			needs:  []string{"text"},
		}),
		"divider": block(anywhere, shape{fields: fields{}}),
		"image": block(anywhere, shape{
			fields: fields{
				"image_url":  imageLink,
				"slack_file": slackFile,
				"alt_text":   chars(1, imageAlt),
				"title":      plain(imageTitle),
			},
			needs: []string{"alt_text"},
			also:  rules{exactlyOne("image_url", "slack_file")},
		}),
		"context": block(anywhere, shape{
			fields: fields{"elements": items(contextElement, 1, contextElements)},
			needs:  []string{"elements"},
		}),
		"actions": block(anywhere, shape{
			fields: fields{"elements": items(elements.of(actionTypes...), 1, actionsElements)},
			needs:  []string{"elements"},
		}),
		"input": block(anywhere, shape{
			fields: fields{
				"label":           plain(inputLabel),
				"element":         elements.of(inputTypes...),
				"hint":            plain(inputHint),
				"optional":        boolean,
				"dispatch_action": boolean,
			},
			needs: []string{"label", "element"},
			also:  rules{fileInputInModal},
		}),
		"markdown": block(inMessage, shape{
			fields: fields{"text": chars(1, markdownText)},
			needs:  []string{"text"},
		}),
		"rich_text": {anywhere, richText},
		"table": block(inMessage, shape{
			fields: fields{
				"rows":            items(items(tableCell.of("raw_text", "rich_text"), 1, tableCells), 1, tableRows),
				"column_settings": items(orNull(part("column setting")), 0, tableCells),
			},
			needs: []string{"rows"},
		}),
		"data_visualization": block(inMessage, shape{
			fields: fields{"title": chars(1, chartTitle), "chart": charts.of("pie", "bar", "area", "line")},
			needs:  []string{"title", "chart"},
		}),
		"alert": block(inModal, shape{
			fields: fields{
				"text":  marked(textObject),
				"level": enum("default", "info", "warning", "error", "success"),
			},
			needs: []string{"text"},
		}),
		"file": block(inMessage, shape{
			fields: fields{"external_id": chars(1, identifier), "source": enum("remote")},
			needs:  []string{"external_id", "source"},
		}),
		"call": block(inMessage, shape{fields: fields{"call_id": chars(1, identifier)}, needs: []string{"call_id"}}),
		"video": block(anywhere, shape{
			fields: fields{
				"alt_text":          chars(1, imageAlt),
				"title":             plain(videoTitle),
				"title_url":         secureLink,
				"thumbnail_url":     imageLink,
				"video_url":         secureLink,
				"description":       plain(videoDescription),
				"author_name":       chars(1, videoAuthor),
				"provider_name":     chars(1, anyLength),
				"provider_icon_url": imageLink,
			},
			needs: []string{"alt_text", "title", "thumbnail_url", "video_url"},
		}),
	}
	for kind, b := range newerBlocks() {
		blockKinds[kind] = b
	}
}

// contextElement: images, or text without any element's fields.
func contextElement(r *report, at string, v any) {
	if str(obj(v)["type"]) == "image" {
		elements.of("image")(r, at, v)
		return
	}
	marked(textObject)(r, at, v)
}

// fileInputInModal: nobody can upload into a message's block.
func fileInputInModal(r *report, at string, o object) {
	if str(obj(o["element"])["type"]) == "file_input" && r.surface != inModal {
		r.add(at+"/element/type", "file_input is only available in modals")
	}
}

// In a table, raw_number is documented by some pages and was refused by the
// API; the strict side refuses it.
var tableCell = kinds{
	"raw_text":  {fields: fields{"type": anything, "text": chars(1, anyLength)}, needs: []string{"text"}},
	"rich_text": richText,
}

var (
	seriesChart = shape{
		fields: fields{"type": anything, "series": items(part("series"), 1, chartSeries), "axis_config": part("axis")},
		needs:  []string{"series", "axis_config"},
		also:   rules{onePointPerCategory},
	}

	charts = kinds{
		"pie": {
			fields: fields{"type": anything, "segments": items(part("segment"), 1, chartSegments)},
			needs:  []string{"segments"},
			also:   rules{distinctSegments},
		},
		"bar": seriesChart, "area": seriesChart, "line": seriesChart,
	}
)

func distinctSegments(r *report, at string, o object) {
	var labels []string
	for _, s := range list(o["segments"]) {
		labels = append(labels, str(obj(s)["label"]))
	}
	if repeated(labels) {
		r.add(at+"/segments", "segment labels must be unique")
	}
}

// onePointPerCategory: charts have no gaps, and no two things of one name.
func onePointPerCategory(r *report, at string, o object) {
	categories := stringsIn(obj(o["axis_config"])["categories"])
	if repeated(categories) {
		r.add(at+"/axis_config/categories", "must contain unique items")
	}
	var names []string
	for _, s := range list(o["series"]) {
		names = append(names, str(obj(s)["name"]))
		var labels []string
		for _, p := range list(obj(s)["data"]) {
			labels = append(labels, str(obj(p)["label"]))
		}
		slices.Sort(labels)
		want := slices.Sorted(slices.Values(categories))
		if !slices.Equal(labels, want) {
			r.add(at+"/series", "series %q must have exactly one data point per category", str(obj(s)["name"]))
		}
	}
	if repeated(names) {
		r.add(at+"/series", "series names must be unique")
	}
}

func repeated(names []string) bool {
	sorted := slices.Sorted(slices.Values(names))
	return len(slices.Compact(sorted)) < len(names)
}
