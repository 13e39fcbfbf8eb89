package config

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// The sections on how the team works: routes, cadence, escalation, sources.

func (b *builder) route(v value) record.Route {
	r := record.Route{CatchUp: defaultCatchUp, Grace: defaultGrace}
	v.object(
		required("name", func(v value) { r.Name = v.text(); b.routes.once(v, r.Name) }),
		required("segment", func(v value) { r.Segment = v.text(); b.segments.once(v, r.Segment) }),
		required("channel", into(&r.Channel, readChannel)),
		required("cron", func(v value) {
			r.Cron = v.scalar("a cron line in quotes: minute, hour, day, month, weekday")
			b.later = append(b.later, func() { b.checkCron(v, r) })
		}),
		optional("zone", into(&r.Zone, readZone)),
		optional("catch_up", into(&r.CatchUp, choice([]record.CatchUp{record.CatchLatest, record.CatchAll, record.CatchSkip}))),
		optional("grace", into(&r.Grace, duration(time.Minute, 31*day))),
	)
	return r
}

func (b *builder) checkCron(v value, r record.Route) {
	if r.Cron == "" || b.options.CheckCron == nil {
		return
	}
	zone := cmp.Or(r.Zone, b.zone, time.UTC) // UTC when both are wrong: the line is judged all the same
	if err := b.options.CheckCron(r.Cron, zone); err != nil {
		v.bad(fmt.Sprintf("%s (%s)", quote(r.Cron), mask(printable(err.Error()))), "a cron line that fires: minute, hour, day, month, weekday")
	}
}

// requiredSegment reads a segment that must be reviewed by some route.
func (b *builder) requiredSegment(v value) string {
	segment := v.text()
	b.later = append(b.later, func() {
		if _, ok := b.segments[segment]; segment != "" && !ok {
			v.bad(quote(segment)+" without a route", "a route that reviews it"+suggest(segment, b.segments.names()))
		}
	})
	return segment
}

// segment reads a reference to a segment.
func (b *builder) segment(v value) string {
	segment := v.text()
	b.later = append(b.later, func() { b.segments.known(v, segment, "the segment of a route") })
	return segment
}

// reviewed are the stages in which an account is reviewed; a churned one isn't.
var reviewed = []scoring.Stage{scoring.Onboarding, scoring.Active, scoring.Renewing}

func (b *builder) cadence(v value) {
	const most = 365
	v.object(
		optional("by_segment", func(v value) {
			list, _ := v.entries("segments with days")
			for _, e := range list {
				at := value{v.doc, e.key, v.path}
				b.policy.CadenceBySegment[e.name] = days(most)(e.value)
				b.later = append(b.later, func() { b.segments.known(at, e.name, "the segment of a route") })
			}
		}),
		optional("by_stage", func(v value) {
			list, _ := v.entries("stages with days")
			for _, e := range list {
				stage := scoring.Stage(e.name)
				if !slices.Contains(reviewed, stage) {
					value{v.doc, e.key, v.path}.bad(quote(e.name), oneOf(reviewed)+suggest(e.name, words(reviewed)))
					continue
				}
				b.policy.CadenceByStage[stage] = days(most)(e.value)
			}
		}),
	)
}

func (b *builder) reason(v value) record.Reason {
	var r record.Reason
	v.object(
		required("code", func(v value) { r.Code = readCode(v); b.codes.once(v, r.Code) }),
		required("title", into(&r.Title, value.text)),
	)
	return r
}

// matrix reads the rows and reports those that can never match, because an
// earlier one matches everything that they do.
func (b *builder) matrix(v value) {
	var sound []int // rows without a mistake: a misread one would seem to match anything
	for i, item := range v.items("a list") {
		before := len(v.doc.mistakes)
		row := b.matrixRow(item)
		b.policy.Matrix = append(b.policy.Matrix, row)
		if len(v.doc.mistakes) > before {
			continue
		}
		for _, j := range sound {
			if covers(b.policy.Matrix[j], row) {
				item.bad(fmt.Sprintf("row %d, which can never match: row %d matches all that it does", i+1, j+1), "special rows first, and each once")
				break
			}
		}
		sound = append(sound, i)
	}
}

func covers(a, b record.MatrixRow) bool {
	return (a.Segment == "" || a.Segment == b.Segment) && (a.Reason == "" || a.Reason == b.Reason)
}

func (b *builder) matrixRow(v value) record.MatrixRow {
	var m record.MatrixRow
	v.object(
		optional("segment", into(&m.Segment, b.segment)),
		optional("reason", func(v value) {
			m.Reason = readCode(v)
			b.later = append(b.later, func() { b.codes.known(v, m.Reason, "a code from reasons") })
		}),
		required("recipients", into(&m.Recipients, some("recipient", setOf(b.recipient)))),
		required("respond", into(&m.Respond, duration(15*time.Minute, 30*day))),
	)
	return m
}

// recipient reads a person, or the word that stands for the account's manager.
func (b *builder) recipient(v value) string {
	const expected = `a Slack user id, or "` + record.ManagerRecipient + `" for the account's manager`
	if s := v.scalar(expected); s == "" || s == record.ManagerRecipient {
		return s
	} else if !userForm.MatchString(s) {
		v.wrong(expected)
		return ""
	}
	return b.someone(v)
}

func (b *builder) source(v value) record.Source {
	s := record.Source{Period: 1}
	v.object(
		required("name", func(v value) { s.Name = readCode(v); b.sources.once(v, s.Name) }),
		required("signals", into(&s.Signals, some("signal", setOf(choice(scoring.Signals))))),
		optional("period", into(&s.Period, days(92))),
		required("owner", into(&s.Owner, b.someone)),
	)
	return s
}
