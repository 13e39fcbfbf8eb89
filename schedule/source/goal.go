package source

import (
	"fmt"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// anchorColumns are the columns of a goal's anchors, the lowest score first.
var anchorColumns = [5]string{"at_0", "at_25", "at_50", "at_75", "at_100"}

// goal makes a goal: of five anchors, of a start and a target with even steps
// between them, or of neither where it only says that one has ended.
func (p *plan) goal(where record.Where, g *gatherer) (*fault, *origin) {
	id := p.cell("measure").text
	m, ok := p.model[id]
	if !ok {
		return &fault{show(id), "a measure of the model" + p.near(id)}, p.origin("measure")
	}
	given := p.given(anchorColumns[:]...)
	even := p.given("start", "target")
	x := record.Goal{Measure: m.ID, From: record.DateOf(p.cell("valid_from").at.In(p.clock.zone)), Evidence: p.text("evidence")}
	switch ended := p.cell("ended").num == 1; {
	case ended && (given != "" || even != ""):
		return &fault{"values of a goal that has ended", "none, or ended: no"}, p.origin("ended")
	case ended:
	case given != "" && even != "":
		return &fault{even + " beside " + given, "either at_0 to at_100, or start and target"}, p.origin(even)
	case even != "":
		at, f, o := p.values(m, "start", "target")
		if f == nil && at[0] == at[1] {
			f, o = &fault{"the same value as the start, " + plainNumber(at[0]), "another one"}, p.origin("target")
		}
		if f != nil {
			return f, o
		}
		x.At = &[5]float64{at[0], at[0] + (at[1]-at[0])/4, at[0] + (at[1]-at[0])/2, at[1] - (at[1]-at[0])/4, at[1]}
	default:
		at, f, o := p.values(m, anchorColumns[:]...)
		if f != nil {
			return f, o
		}
		x.At = (*[5]float64)(at)
		for i := 1; i < len(at); i++ {
			if at[i] == at[i-1] || at[i] > at[i-1] != (at[1] > at[0]) {
				return &fault{fmt.Sprintf("%s after %s", plainNumber(at[i]), plainNumber(at[i-1])), "five values that only rise, or only fall"}, p.origin(anchorColumns[i])
			}
		}
	}
	account := g.intern(p.cell("account").text)
	g.out.Facts = append(g.out.Facts, record.FactRow{Account: account, Kind: record.KindGoal, ExternalID: x.Key(account), ReceivedAt: p.received(), Goal: &x, Where: where})
	return nil, nil
}

// given names the first of some columns that say anything.
func (p *plan) given(names ...string) string {
	for _, name := range names {
		if p.cell(name).set {
			return name
		}
	}
	return ""
}

// values are numbers that are legal for a measure, all of them needed.
func (p *plan) values(m scoring.Measure, names ...string) ([]float64, *fault, *origin) {
	var out []float64
	for _, name := range names {
		x, o := p.cell(name), p.origin(name)
		if !x.set {
			return nil, &fault{"no value of " + name, "all of at_0 to at_100, or start and target, or ended: yes"}, o
		}
		if x.percent && m.Unit != "ratio" {
			return nil, &fault{show(x.text), fmt.Sprintf("a number without a percent sign: %s is in %s", m.ID, m.Unit)}, o
		}
		if f := inRange(m, x); f != nil {
			return nil, f, o
		}
		out = append(out, x.num)
	}
	return out, nil, nil
}
