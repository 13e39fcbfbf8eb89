package scoring

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// PartKind says what sort of thing moved a score.
type PartKind string

const (
	PartModel     PartKind = "model"     // the version of the model changed
	PartStage     PartKind = "stage"     // another stage or segment, other anchors
	PartGoal      PartKind = "goal"      // the customer's own goals changed
	PartFreshness PartKind = "freshness" // evidence aged, appeared or was retired
	PartMovement  PartKind = "movement"  // a value moved
	PartOverride  PartKind = "override"  // a person's correction began, ended or changed
	PartCap       PartKind = "cap"       // a cap set in, eased or fell away
	PartRecord    PartKind = "record"    // what is known of the earlier moment was corrected since
)

// Part is one reason why a score moved.
type Part struct {
	Kind   PartKind `json:"kind"`
	Name   string   `json:"name"` // a measure's title, or a cap's name
	Exact  float64  `json:"-"`
	Points Tenths   `json:"points"` // as printed; all parts sum to To − From
	// Measure is the measure's id for freshness and movement.
	Measure string `json:"measure,omitempty"`
	// Note says what happened to the freshness: "stale", "taken out", …
	Note string `json:"note,omitempty"`
}

// Words say in a few words what moved: "cap milestones and silence",
// "key features in use, stale".
func (p Part) Words() string {
	switch {
	case p.Kind == PartCap || p.Kind == PartModel || p.Kind == PartStage:
		return string(p.Kind) + " " + p.Name
	case p.Note != "":
		return p.Name + ", " + p.Note
	}
	return p.Name
}

// String is the part as it is printed: "−8.5 days since a reply".
func (p Part) String() string { return p.Points.Signed() + " " + p.Words() }

// Change explains the difference between two scores of one account.
type Change struct {
	From  Tenths `json:"from"`
	To    Tenths `json:"to"`
	Parts []Part `json:"parts"` // the largest first; those that print as 0.0 are left out
}

// Delta is the difference of the two printed scores.
func (c Change) Delta() Tenths { return c.To - c.From }

// End is one end of a change: what was known, and the scorer that judged it.
type End struct {
	Scorer *Scorer
	Input  Input
	// Result is what the scorer makes of the input, for who has it already; nil: it
	// is made here.
	Result *Result
}

func (e End) result() Result {
	if e.Result != nil {
		return *e.Result
	}
	return e.Scorer.Evaluate(e.Input)
}

// Explain says why the score moved from one end to the other, along one fixed
// path, every step computed from the formula: model → stage or segment → goal →
// for each measure freshness, then movement → override → cap. The exact parts
// sum to the exact difference, and the printed ones to the difference of the
// printed scores. The second result is false when an end is unscored: nothing
// is explained across an unscored end.
func Explain(before, after End) (Change, bool) {
	old, now, parts := walk(before, after)
	c := Change{From: old.Score, To: now.Score, Parts: []Part{}}
	if old.Unscored || now.Unscored {
		return c, false
	}
	c.Parts = inTenths(parts, c.Delta())
	return c, true
}

// walk goes the path and notes the exact length of each step that isn't none.
func walk(before, after End) (old, now Result, parts []Part) {
	old, now = before.result(), after.result()
	if old.Unscored || now.Unscored {
		return old, now, nil
	}
	add := func(p Part) {
		if p.Exact != 0 {
			parts = append(parts, p)
		}
	}
	// The old evidence, walked under the new model, stage and goals. Where nothing
	// changed, the next step would compute the same once more.
	in, at := before.Input, old
	step := func(same bool, kind PartKind, name string) {
		if same {
			return
		}
		next := after.Scorer.Evaluate(in)
		add(Part{Kind: kind, Name: name, Exact: next.Health - at.Health})
		at = next
	}
	step(old.Digest == now.Digest, PartModel, now.Version)
	was, is := &in.Account, &after.Input.Account
	same := was.Stage == is.Stage && was.Segment == is.Segment
	was.Stage, was.Segment = is.Stage, is.Segment
	step(same, PartStage, string(is.Stage))
	same = maps.Equal(was.Goals, is.Goals)
	was.Goals = is.Goals
	step(same, PartGoal, "customer goals")
	for i := range now.Findings { // both were judged by the same scorer: same measures, same order
		f0, f1 := &at.Findings[i], &now.Findings[i]
		fresh, move := split(f0, f1)
		add(Part{Kind: PartFreshness, Name: f1.Title, Measure: f1.Measure, Exact: fresh, Note: aged(f0, f1)})
		add(Part{Kind: PartMovement, Name: f1.Title, Measure: f1.Measure, Exact: move})
	}
	add(Part{Kind: PartOverride, Name: "override", Exact: (now.Adjusted - now.Health) - (old.Adjusted - old.Health)})
	add(Part{Kind: PartCap, Name: capName(&old, &now), Exact: now.capPoints() - old.capPoints()})
	return old, now, parts
}

// Since gives the change the score that was stored at its earlier end. Computed
// today that end may differ: by another version of the model, or by evidence
// about it that was corrected afterwards. Such a difference is a part of its own,
// so that the sum leads from the score that people saw.
func (c Change) Since(stored Tenths, why PartKind, name string) Change {
	if stored != c.From {
		c.Parts = append(slices.Clone(c.Parts), Part{Kind: why, Name: name, Points: c.From - stored, Exact: (c.From - stored).Float()})
		largestFirst(c.Parts)
		c.From = stored
	}
	return c
}

// split divides a measure's part into what freshness and what movement did.
func split(f0, f1 *Finding) (fresh, move float64) {
	known0, known1 := f0.Score != nil, f1.Score != nil
	switch {
	case known0 && known1:
		aged := Aged(*f0.Score, f1.Norm, f1.Freshness)
		return float64(f1.Weight * (aged - f0.Effective)), float64(f1.Weight * (f1.Effective - aged))
	default: // appeared, retired, or absent at both ends
		return float64(f1.Weight * (f1.Effective - f0.Effective)), 0
	}
}

// aged says what happened to the freshness of a measure's evidence.
func aged(f0, f1 *Finding) string {
	switch known0, known1 := f0.Score != nil, f1.Score != nil; {
	case f1.State == Retired:
		return "taken out"
	case known1 && !known0:
		return "newly known"
	case known0 && !known1:
		return "no longer known"
	case f1.Freshness < f0.Freshness:
		return "stale"
	}
	return "fresh again"
}

// capPoints is what caps take off: D − adjusted, never above 0.
func (r *Result) capPoints() float64 {
	low := r.Adjusted
	for _, c := range r.Caps {
		low = min(low, c.Value)
	}
	return low - r.Adjusted
}

// capName names the cap that explains a cap part: the one that binds now, or
// else the one that no longer does.
func capName(old, now *Result) string {
	if c, ok := now.Binding(); ok {
		return c.Name
	}
	c, _ := old.Binding()
	return c.Name
}

// inTenths gives each part its tenths: every part is floored, and the tenths that
// are then missing from the target go to the largest fractions, ties by name.
// The target is the difference of two rounded scores, so it can be off the sum
// of the exact parts by up to a tenth at either side; that, too, is spread here.
func inTenths(parts []Part, target Tenths) []Part {
	type fraction struct {
		i    int
		left float64
	}
	var order []fraction
	missing := int(target)
	for i, p := range parts {
		floor := math.Floor(float64(10 * p.Exact))
		parts[i].Points = Tenths(floor)
		missing -= int(floor)
		order = append(order, fraction{i, float64(10*p.Exact) - floor})
	}
	slices.SortStableFunc(order, func(a, b fraction) int {
		return cmp.Or(cmp.Compare(b.left, a.left), cmp.Compare(parts[a.i].Name, parts[b.i].Name), cmp.Compare(parts[a.i].Kind, parts[b.i].Kind))
	})
	for k := 0; missing != 0 && len(order) > 0; k++ {
		// One tenth each, from the largest fraction down; or, when the target is
		// below the floors, back from the smallest up.
		j, by := order[k%len(order)].i, 1
		if missing < 0 {
			j, by = order[len(order)-1-k%len(order)].i, -1
		}
		parts[j].Points += Tenths(by)
		missing -= by
	}
	parts = slices.DeleteFunc(parts, func(p Part) bool { return p.Points == 0 })
	largestFirst(parts)
	return parts
}

func largestFirst(parts []Part) {
	slices.SortStableFunc(parts, func(a, b Part) int {
		return cmp.Or(cmp.Compare(abs(b.Points), abs(a.Points)), cmp.Compare(a.Name, b.Name))
	})
}

func abs(t Tenths) Tenths { return max(t, -t) }
