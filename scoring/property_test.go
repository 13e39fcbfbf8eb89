package scoring_test

import (
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	. "healthbot/scoring"
)

// checks is how many accounts each property is tried on; -rapid.checks says
// otherwise.
const checks = "1000"

func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		if err := f.Value.Set(checks); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// segments of the drawn models and accounts.
var segments = []string{"", "smb", "enterprise"}

// anyModel draws a version: any weights, norms and spreads, anchors by segment and
// stage, some signals out of service, caps wherever they fall, any floor.
func anyModel(t *rapid.T) Model {
	m := AllSignals()
	m.Version = rapid.IntRange(1, 3).Draw(t, "version")
	on := rapid.SliceOfNDistinct(rapid.SampledFrom(Signals), 1, len(Signals), rapid.ID).Draw(t, "signals")
	m = m.InService(on...)
	for i := range m.Signals {
		m.Signals[i].Weight = rapid.Float64Range(.01, 1).Draw(t, "signal weight")
	}
	m.Measures = slices.Clone(m.Measures)
	for i := range m.Measures {
		x := &m.Measures[i]
		x.Weight = rapid.Float64Range(.1, 3).Draw(t, "weight")
		x.Norm = rapid.Float64Range(0, 100).Draw(t, "norm")
		x.Spread = rapid.Float64Range(0, 30).Draw(t, "spread")
		x.Absence = rapid.SampledFrom(Absences).Draw(t, "absence")
		if rapid.Bool().Draw(t, "own anchors") {
			set := x.Anchors[0]
			set.Segment, set.Stage = rapid.SampledFrom(segments).Draw(t, "segment"), rapid.SampledFrom([]Stage{Onboarding, Active, Renewing}).Draw(t, "stage")
			for k := range set.At {
				set.At[k] = 2*set.At[k] + 1 // as monotone as before
			}
			x.Anchors = append(slices.Clone(x.Anchors), set)
		}
	}
	m.Caps = slices.Clone(m.Caps)
	for i := range m.Caps {
		m.Caps[i].Value = rapid.Float64Range(0, 100).Draw(t, "cap")
	}
	m.Floor = rapid.SampledFrom([]float64{0, .6}).Draw(t, "floor")
	return m
}

// anyInput draws an account: readings that come, go, contradict each other and are
// taken out, facts of kinds that some source delivers, goals, an override, a
// carried state, an intent to cancel. Facts of a kind that was never synced can't
// be there: importing them is a sync.
func anyInput(t *rapid.T) Input {
	stages := []Stage{Onboarding, Active, Renewing}
	in := Input{Now: monday, Account: Account{ID: "x", Segment: rapid.SampledFrom(segments).Draw(t, "segment"), Stage: rapid.SampledFrom(stages).Draw(t, "stage"),
		Seats: rapid.IntRange(0, 500).Draw(t, "seats"), StartedOn: ago(300)}, Synced: map[FactKind]time.Time{}}
	age := rapid.Float64Range(0, 120)
	maybe := func(what string) time.Time { // something that may not have happened
		if rapid.Bool().Draw(t, what) {
			return time.Time{}
		}
		return ago(age.Draw(t, what))
	}
	for _, x := range AllSignals().Measures {
		for _, source := range rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", Person}), 0, 4).Draw(t, "sources") {
			a := age.Draw(t, "age")
			in.Readings = append(in.Readings, Reading{Measure: x.ID, Source: source, Value: rapid.Float64Range(x.Min, min(x.Max, 100)).Draw(t, "value"),
				ObservedAt: ago(a), ReceivedAt: ago(a * rapid.Float64Range(0, 1).Draw(t, "delay")), Retired: rapid.IntRange(0, 9).Draw(t, "retired") == 0})
		}
		if rapid.IntRange(0, 9).Draw(t, "goal") == 0 {
			if in.Account.Goals == nil {
				in.Account.Goals = map[string]Goal{}
			}
			in.Account.Goals[x.ID] = Goal{At: rapid.SampledFrom([][5]float64{{0, 1, 2, 3, 4}, {90, 40, 30, 2, 1}}).Draw(t, "goals")}
		}
	}
	for _, kind := range FactKinds {
		if rapid.IntRange(0, 3).Draw(t, "never synced") == 0 {
			continue
		}
		in.Synced[kind] = ago(rapid.Float64Range(-5, 60).Draw(t, "sync"))
		for i := range rapid.IntRange(0, 3).Draw(t, "facts") {
			id := fmt.Sprintf("f%d", i)
			switch kind {
			case KindMilestone:
				in.Facts.Milestones = append(in.Facts.Milestones, Milestone{ID: id, Name: id, Due: ago(age.Draw(t, "due") - 20), Done: maybe("done")})
			case KindTicket:
				in.Facts.Tickets = append(in.Facts.Tickets, Ticket{ID: id, Severity: rapid.IntRange(1, 4).Draw(t, "severity"), Opened: ago(age.Draw(t, "opened")),
					Closed: maybe("closed"), Breached: maybe("breached"), Escalated: rapid.Bool().Draw(t, "escalated")})
			case KindInvoice:
				in.Facts.Invoices = append(in.Facts.Invoices, Invoice{ID: id, Due: ago(age.Draw(t, "due")), Paid: maybe("paid")})
			case KindContact:
				in.Facts.Contacts = append(in.Facts.Contacts, Contact{ID: id, Name: id, Role: rapid.SampledFrom([]string{"", "champion"}).Draw(t, "role"), Left: maybe("left")})
			case KindTouch:
				in.Facts.Touches = append(in.Facts.Touches, Touch{ID: id, Contact: "f0", At: ago(age.Draw(t, "at")), Inbound: rapid.Bool().Draw(t, "inbound")})
			}
		}
	}
	if rapid.IntRange(0, 2).Draw(t, "override") == 0 {
		in.Override = &Override{Points: rapid.Float64Range(-15, 15).Draw(t, "points"), Reason: "said", Until: ago(-200)}
	}
	if rapid.IntRange(0, 5).Draw(t, "cancel") == 0 {
		in.Account.CancelIntent = "said so"
	}
	if rapid.Bool().Draw(t, "carried") {
		in.Carried = &Carried{Week: ago(7), Level: rapid.Float64Range(0, 100).Draw(t, "level"), Band: rapid.SampledFrom(Bands).Draw(t, "band"),
			Red: map[Signal]int{rapid.SampledFrom(Signals).Draw(t, "latched"): 0}, Digest: rapid.SampledFrom([]string{AllSignals().Digest(), "another version"}).Draw(t, "made by")}
	}
	return in
}

// exactly is the score before it is rounded: D.
func exactly(r Result) float64 {
	d := r.Adjusted
	for _, c := range r.Caps {
		d = min(d, c.Value)
	}
	return d
}

// Everything lies in 0-100, points and norms add up to health, shares to one.
func TestPropertyBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Evaluate(anyModel(t), anyInput(t))
		sum, weights := r.Base, 0.0
		in100 := func(what string, x float64) {
			if !(x >= -1e-9 && x <= 100+1e-9) { // NaN fails, too
				t.Fatalf("%s is %v", what, x)
			}
		}
		for _, f := range r.Findings {
			sum += f.Points
			weights += f.Weight
			in100(f.Measure, f.Effective)
			in100("freshness of "+f.Measure, 100*f.Freshness)
			if f.Score != nil {
				in100("score of "+f.Measure, *f.Score)
			}
		}
		if math.Abs(sum-r.Health) > 1e-9 || math.Abs(weights-1) > 1e-9 {
			t.Fatalf("base plus points %v, health %v, weights %v", sum, r.Health, weights)
		}
		for what, x := range map[string]float64{"base": r.Base, "health": r.Health, "adjusted": r.Adjusted, "score": r.Score.Float(), "low": r.Low, "high": r.High, "coverage": 100 * r.Coverage} {
			in100(what, x)
		}
		if r.Low > r.High || r.Score != RoundTenths(exactly(r)) {
			t.Fatalf("range %v to %v, score %s of %v", r.Low, r.High, r.Score, exactly(r))
		}
	})
}

// Neither the order of readings nor that of facts matters.
func TestPropertyOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, in := anyModel(t), anyInput(t)
		want := Evaluate(m, in)
		in.Readings = rapid.Permutation(in.Readings).Draw(t, "readings")
		in.Facts.Milestones = rapid.Permutation(in.Facts.Milestones).Draw(t, "milestones")
		in.Facts.Tickets = rapid.Permutation(in.Facts.Tickets).Draw(t, "tickets")
		in.Facts.Invoices = rapid.Permutation(in.Facts.Invoices).Draw(t, "invoices")
		in.Facts.Contacts = rapid.Permutation(in.Facts.Contacts).Draw(t, "contacts")
		in.Facts.Touches = rapid.Permutation(in.Facts.Touches).Draw(t, "touches")
		if diff := cmp.Diff(want, Evaluate(m, in)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// Waiting never raises anything, although every feed has stopped: not health, not
// coverage, and not the score, as long as there is one.
func TestPropertyAgeingNeverRaises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, in := anyModel(t), anyInput(t)
		for kind, at := range in.Synced { // a sync of the future is none that stopped
			in.Synced[kind] = at.Add(min(0, in.Now.Sub(at)))
		}
		before := Evaluate(m, in)
		in.Now = in.Now.Add(time.Duration(rapid.Float64Range(.1, 90).Draw(t, "days") * 24 * float64(time.Hour)))
		after := Evaluate(m, in)
		if after.Health > before.Health+1e-9 || after.Coverage > before.Coverage+1e-9 {
			t.Fatalf("by waiting health went from %v to %v, coverage from %v to %v", before.Health, after.Health, before.Coverage, after.Coverage)
		}
		if !after.Unscored && (before.Unscored || exactly(after) > exactly(before)+1e-9) {
			t.Fatalf("by waiting the score rose from %v (unscored %t) to %v", exactly(before), before.Unscored, exactly(after))
		}
		for i, f := range after.Findings {
			if f.Effective > before.Findings[i].Effective+1e-9 {
				t.Fatalf("by waiting %s rose from %v to %v", f.Measure, before.Findings[i].Effective, f.Effective)
			}
		}
	})
}

// What is received later changes nothing earlier, whatever it says and of when.
func TestPropertyLaterKnowledgeChangesNothingEarlier(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, in := anyModel(t), anyInput(t)
		want := Evaluate(m, in)
		for range rapid.IntRange(1, 5).Draw(t, "n") {
			x := rapid.SampledFrom(m.Measures).Draw(t, "measure")
			in.Readings = append(in.Readings, Reading{Measure: x.ID, Source: rapid.SampledFrom([]string{"a", "b", "c", Person}).Draw(t, "source"),
				Value: rapid.Float64Range(x.Min, x.Max).Draw(t, "late"), ObservedAt: ago(rapid.Float64Range(0, 90).Draw(t, "of")),
				ReceivedAt: ago(-rapid.Float64Range(.001, 90).Draw(t, "later")), Retired: rapid.Bool().Draw(t, "taken out")})
		}
		if diff := cmp.Diff(want, Evaluate(m, in)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// Raising what a measure scores lowers neither health nor the score, whichever
// reading it is.
func TestPropertyBetterValueNeverLowersHealth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, in := anyModel(t), anyInput(t)
		in.Readings = append(in.Readings, Reading{Measure: m.Measures[0].ID, Source: "a", ObservedAt: ago(3), ReceivedAt: ago(3)})
		i := rapid.IntRange(0, len(in.Readings)-1).Draw(t, "which")
		r := &in.Readings[i]
		x, _ := m.Measure(r.Measure)
		v := rapid.Float64Range(x.Min, min(x.Max, 200)).Draw(t, "better")
		at, ok := in.Account.Goals[x.ID]
		if !ok {
			at = Goal{At: x.Anchors[0].At} // any other set rises or falls as this one does
		}
		if (v > r.Value) != (at.At[4] > at.At[0]) { // otherwise it got worse: read it backwards
			v, r.Value = r.Value, v
		}
		before := Evaluate(m, in)
		in.Readings = slices.Clone(in.Readings)
		in.Readings[i].Value = v
		if after := Evaluate(m, in); after.Health < before.Health-1e-9 || exactly(after) < exactly(before)-1e-9 {
			t.Fatalf("better %s lowered health from %v to %v, the score from %v to %v", x.ID, before.Health, after.Health, exactly(before), exactly(after))
		}
	})
}

// Whatever changes between two ends (version, signals in service, stage, segment,
// goals, readings and facts that appear, go or are retired, override, caps), the
// exact parts sum to the exact difference and the printed ones to the printed one.
func TestPropertyPartsAddUp(t *testing.T) {
	kinds := map[PartKind]int{}
	rapid.Check(t, func(t *rapid.T) {
		m := [2]Model{anyModel(t), anyModel(t)}
		m[0].Floor, m[1].Floor = 0, 0 // every draw is scored
		if rapid.Bool().Draw(t, "same version") {
			m[1] = m[0]
		}
		ends := [2]End{{Scorer: NewScorer(m[0]), Input: anyInput(t)}, {Scorer: NewScorer(m[1]), Input: anyInput(t)}}
		if rapid.Bool().Draw(t, "the same account, later") { // small changes, too
			later := ends[0].Input
			later.Account, later.Override, later.Carried = ends[1].Input.Account, ends[1].Input.Override, ends[1].Input.Carried
			later.Readings = slices.Clone(later.Readings)
			for i := range later.Readings {
				later.Readings[i].Retired = later.Readings[i].Retired || rapid.IntRange(0, 4).Draw(t, "retired since") == 0
			}
			later.Synced = maps.Clone(later.Synced)
			ends[1].Input = later
		}
		ends[0].Input.Now = ends[0].Input.Now.AddDate(0, 0, -rapid.IntRange(0, 30).Draw(t, "days"))
		old, now, parts := Walk(ends[0], ends[1])
		sum := 0.0
		for _, p := range parts {
			sum += p.Exact
			kinds[p.Kind]++
		}
		if want := exactly(now) - exactly(old); !(math.Abs(sum-want) <= 1e-9) {
			t.Fatalf("exact parts sum to %v, the scores differ by %v: %+v", sum, want, parts)
		}
		c, ok := Explain(ends[0], ends[1])
		if !ok {
			t.Fatal("not explained although both ends are scored")
		}
		var printed Tenths
		for _, p := range c.Parts {
			printed += p.Points
			if p.Points == 0 || math.Abs(p.Points.Float()-p.Exact) > .21 {
				t.Fatalf("part %s of %v prints as %s", p.Name, p.Exact, p.Points)
			}
		}
		if printed != c.Delta() || c.From != old.Score || c.To != now.Score {
			t.Fatalf("parts print %s, scores differ by %s: %+v", printed, c.Delta(), c.Parts)
		}
	})
	for _, k := range []PartKind{PartModel, PartStage, PartGoal, PartFreshness, PartMovement, PartOverride, PartCap} {
		if kinds[k] == 0 {
			t.Errorf("no part of kind %s was ever drawn", k)
		}
	}
}
