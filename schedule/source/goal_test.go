package source

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// A goal is given as five anchors, as a start and a target, or as over; whatever
// can't be one is refused where it stands.
func TestGoals(t *testing.T) {
	const head = "account,measure,valid_from,at_0,at_25,at_50,at_75,at_100,start,target,ended,evidence\n"
	for _, tc := range []struct {
		name, row string
		at        *[5]float64
		refused   string
	}{
		{"five anchors", "A," + ratio + ",2026-01-01,.2,.3,.4,.5,.6,,,,plan", &[5]float64{.2, .3, .4, .5, .6}, ""},
		{"as percentages", "A," + ratio + ",2026-01-01,20 %,30 %,40 %,50 %,60 %,,,no,", &[5]float64{.2, .3, .4, .5, .6}, ""},
		{"falling", "A,support.open_urgent,2026-01-01,4,3,2,1,0,,,,", &[5]float64{4, 3, 2, 1, 0}, ""},
		{"a target", "A," + ratio + ",2026-01-01,,,,,,.25,.75,,", &[5]float64{.25, .375, .5, .625, .75}, ""},
		{"a falling target", "A,support.open_urgent,2026-01-01,,,,,,8,0,,", &[5]float64{8, 6, 4, 2, 0}, ""},
		{"over", "A," + ratio + ",2026-01-01,,,,,,,,yes,", nil, ""},
		{"to begin later", "A," + ratio + ",2027-01-01,,,,,,.25,.75,,", &[5]float64{.25, .375, .5, .625, .75}, ""},
		{"not monotone", "A," + ratio + ",2026-01-01,.2,.3,.25,.5,.6,,,,", nil, "f.csv:2:44, column at_50: found 0.25 after 0.3; expected five values that only rise, or only fall"},
		{"level", "A," + ratio + ",2026-01-01,.2,.2,.3,.5,.6,,,,", nil, "f.csv:2:41, column at_25: found 0.2 after 0.2; expected five values that only rise, or only fall"},
		{"one missing", "A," + ratio + ",2026-01-01,.2,.3,,.5,.6,,,,", nil, "f.csv:2:44, column at_50: found no value of at_50; expected all of at_0 to at_100, or start and target, or ended: yes"},
		{"nothing at all", "A," + ratio + ",2026-01-01,,,,,,,,,plan", nil, "column at_0: found no value of at_0"},
		{"a target without a start", "A," + ratio + ",2026-01-01,,,,,,,.6,,", nil, "column start: found no value of start"},
		{"a target that is the start", "A," + ratio + ",2026-01-01,,,,,,.6,.6,,", nil, "column target: found the same value as the start, 0.6; expected another one"},
		{"both forms", "A," + ratio + ",2026-01-01,.2,.3,.4,.5,.6,,.9,,", nil, "column target: found target beside at_0; expected either at_0 to at_100, or start and target"},
		{"over, with values", "A," + ratio + ",2026-01-01,,,,,,.1,.9,yes,", nil, "column ended: found values of a goal that has ended; expected none, or ended: no"},
		{"an unknown measure", "A,usage.active_seats_ratio,2026-01-01,,,,,,.1,.9,,", nil, "f.csv:2:3, column measure: found “usage.active_seats_ratio”; expected a measure of the model; the nearest is " + ratio},
		{"out of range", "A," + ratio + ",2026-01-01,,,,,,10,80,,", nil, "column start: found “10”; expected 0 to 1 (ratio) for " + ratio + "; a percentage is written 10 %"},
		{"percentages of what is none", "A,sentiment.csat,2026-01-01,,,,,,50 %,90 %,,", nil, "column start: found “50 %”; expected a number without a percent sign: sentiment.csat is in of 5"},
		{"not a number", "A," + ratio + ",2026-01-01,,,,,,low,.9,,", nil, "column start: found “low”; expected a number"},
		{"infinite", "A," + ratio + ",2026-01-01,,,,,,.1,Inf,,", nil, "column target: found “Inf”; expected a number"},
		{"without a beginning", "A," + ratio + ",,,,,,,.1,.9,,", nil, "column valid_from: found an empty field; expected a date such as 2026-01-01"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b, err := ReadAll(strings.NewReader(head+tc.row+"\n"), "f.csv", Options{Source: "plan", Zone: berlin, Now: noon, Model: scoring.AllSignals()})
			if err != nil {
				t.Fatal(err)
			}
			if tc.refused != "" {
				if len(b.Refused) != 1 || !strings.Contains(b.Refused[0].String(), tc.refused) || len(b.Facts) > 0 {
					t.Errorf("refused %v, want %s", b.Refused, tc.refused)
				}
				return
			}
			if len(b.Facts) != 1 {
				t.Fatalf("refused %v", b.Refused)
			}
			g := b.Facts[0].Goal
			if d := cmp.Diff(tc.at, g.At); d != "" || g.At != nil && !scoring.Monotone(*g.At) {
				t.Error(d)
			}
		})
	}
	b, err := ReadAll(strings.NewReader(`{"account": "A", "measure": "`+ratio+`", "from": "2026-01-01", "start": 0.1, "target": "90 %"}`), "f.jsonl", options(""))
	if err != nil || len(b.Facts) != 1 || b.Facts[0].Kind != record.KindGoal || b.Facts[0].ExternalID != "A "+ratio+" 2026-01-01" {
		t.Errorf("from JSON: %v, %+v", err, b)
	}
}
