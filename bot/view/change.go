package view

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// moved explains a change in one line whose parts sum to it:
// "87.0 → 59.0 since 19 Oct (four weeks ago): −8.5 days since a reply, … −9.9 cap
// milestones and silence".
func (f Frame) moved(s record.Snapshot, most int) line {
	r, prev := s.Result, s.Previous
	if prev == nil || prev.Unscored || r.Unscored {
		return nil
	}
	since := fmt.Sprintf("since %s (%s)", f.day(record.DateOf(prev.AsOf.In(f.zone()))), ago(r.AsOf.Sub(prev.AsOf)))
	step := strong(prev.Score.String() + " → " + r.Score.String())
	switch c := s.Change; {
	case c != nil && len(c.Parts) > 0:
		var parts []string
		for _, p := range shortened(c.Parts, most) {
			parts = append(parts, p.Points.Signed()+" "+label(p.Words()))
		}
		return line{step, sayf(" %s: %s", since, strings.Join(parts, ", "))}
	case prev.Score != r.Score:
		return line{step, sayf(" %s", since)}
	}
	return nil
}

// shortened keeps the largest parts and adds up what is left, so that the sum
// still holds. What a cap took stands last, as it was taken last.
func shortened(parts []scoring.Part, most int) []scoring.Part {
	var before, last []scoring.Part
	other := scoring.Part{Name: "other"}
	for i, p := range parts { // the largest first
		switch {
		case i >= most && len(parts) > most:
			other.Points += p.Points
		case p.Kind == scoring.PartCap:
			last = append(last, p)
		default:
			before = append(before, p)
		}
	}
	if other.Points != 0 {
		before = append(before, other)
	}
	return append(before, last...)
}

// ago words a distance as people do.
func ago(d time.Duration) string {
	switch days := int(d.Hours() / 24); {
	case days < 1:
		return "less than a day ago"
	case days%7 != 0 && days < 14:
		return count(days, "day") + " ago"
	case days < 14:
		return "a week ago"
	default:
		return spelled(days/7) + " weeks ago"
	}
}

// steadily says that a band is kept although the score alone lies in another.
func (f Frame) steadily(r scoring.Result) string {
	for _, b := range f.Model.Bands {
		if r.Score >= scoring.RoundTenths(b.From) {
			if b.Band != r.Band {
				return fmt.Sprintf(", not yet %s: the change has to last", b.Band)
			}
			return ""
		}
	}
	return ""
}

// priority shows the level with its parts; amounts and rates only to those who
// may see them.
func (f Frame) priority(c record.Case) []line {
	p, r := c.Snapshot.Priority, c.Snapshot.Result
	if p.Level == scoring.NoLevel || r.Proposal == nil {
		return nil
	}
	why := string(r.Proposal.Outcome) + ", " + cmp.Or(f.renewal(c.Account), "no renewal date on record")
	if p.Top {
		why += ", one of the segment's largest"
	}
	l := line{strong("Priority: "), sayf("%s · %s · urgency × %.2g", p.Level, why, p.Urgency)}
	if p.Issues > 1 {
		l = append(l, sayf(" · open tickets × %.2f", p.Issues))
	}
	switch {
	case f.Commercial && p.NoRate:
		l = append(l, sayf(" · no rate for %s: its ARR counts as nothing here", label(c.Account.Currency)))
	case f.Commercial && p.Loss > 0:
		l = append(l, sayf(" · assumed loss %s %s (%.0f %% of ARR, assumed for band %s)", label(p.Currency), grouped(p.Loss), 100*p.Rate, r.Band))
	}
	return []line{l}
}
