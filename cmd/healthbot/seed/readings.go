package seed

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strconv"
)

// figure is one measure that arrives weekly (or every few weeks) from a source.
type figure struct {
	measure, source, collector string
	curve                      func(account) curve
	every                      int     // weeks
	noise                      float64 // usual deviation from one week to the next
	most                       float64
	round                      float64 // to multiples of this
	evidence                   func(account, float64) string
}

// keyFeatures is how many of the product's features count as key ones.
const keyFeatures = 20

var figures = []figure{
	{"usage.active_seat_ratio", telemetry, "weekly export", func(a account) curve { return a.usage }, 1, .012, 1, .001, seatEvidence},
	{"usage.logins_per_seat_week", telemetry, "weekly export", func(a account) curve { return a.logins }, 1, .09, 500, .01, func(a account, v float64) string {
		return fmt.Sprintf("%d log-ins on %d seats", int(v*float64(a.seats)), a.seats)
	}},
	{"usage.active_seat_ratio", warehouse, "dbt model seats_weekly", func(a account) curve { return a.second }, 1, .012, 1, .001, seatEvidence},
	{"adoption.key_feature_ratio", features, "weekly export", func(a account) curve { return a.features }, 1, .015, 1, 1. / keyFeatures, func(_ account, v float64) string {
		return fmt.Sprintf("%d of %d key features used", int(math.Round(v*keyFeatures)), keyFeatures)
	}},
	{"sentiment.csat", survey, "monthly survey", func(a account) curve { return a.csat }, 4, .06, 5, .1, nil},
}

func seatEvidence(a account, v float64) string {
	return fmt.Sprintf("%d of %d seats active", int(math.Round(v*float64(a.seats))), a.seats)
}

// dice are a generator of its own for one thing about one account, so that a
// change to one leaves every other as it was.
func dice(parts ...string) *rand.Rand {
	h := fnv.New64a()
	for _, p := range parts {
		h.Write([]byte(p + "\x00")) // a hash never fails
	}
	return rand.New(rand.NewPCG(h.Sum64(), 0x5eed))
}

// readings are the rows of one source, in the order of weeks.
func readings(c calendar, accounts []account, source string) []entry {
	var out []entry
	for i, a := range accounts {
		for _, f := range figures {
			level := f.curve(a)
			if f.source != source || level.empty() {
				continue
			}
			d := dice(a.id, f.measure, f.source)
			drift := 0.0
			for week := 1 - min(history, a.started); week <= -level.stopped; week++ {
				drift = .6*drift + f.noise*d.NormFloat64() // good weeks and bad ones come in runs
				if (week+history+i)%f.every != 0 {
					continue
				}
				v := math.Round(max(0, min(f.most, level.at(week)+drift))/f.round) * f.round
				evidence := ""
				if f.evidence != nil {
					evidence = f.evidence(a, v)
				}
				out = append(out, entry{received: c.sync(week), cells: []string{
					a.id, f.measure, strconv.FormatFloat(v, 'f', 3, 64), moment(c.observed(week)), f.source, evidence, f.collector}})
			}
		}
	}
	return out
}
