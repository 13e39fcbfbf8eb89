package scoring_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	. "healthbot/scoring"
)

type workedEnd struct {
	X      float64
	Age    float64
	Points float64
}

type workedTotal struct {
	Health, Coverage float64
	Score            Tenths
	WithoutCaps      Tenths `json:"without_caps"`
	Caps             []string
	Band             Band
}

type worked struct {
	Weights  map[Signal]float64
	Measures []struct {
		ID        string
		V         float64
		At        [5]float64
		SLA, Half float64
		Then, Now workedEnd
	}
	Then, Now workedTotal
}

func readWorked(t *testing.T) worked {
	t.Helper()
	b, err := os.ReadFile("testdata/worked.json")
	if err != nil {
		t.Fatal(err)
	}
	var w worked
	if err := json.Unmarshal(b, &w); err != nil {
		t.Fatal(err)
	}
	return w
}

// model is the built-in model with exactly the measures of the worked account.
func (w worked) model(t *testing.T) Model {
	t.Helper()
	m := AllSignals()
	m.Name = "worked"
	for i, s := range m.Signals {
		m.Signals[i].Weight = w.Weights[s.Signal]
	}
	m.Measures = nil
	for _, x := range w.Measures {
		signal := Signal(strings.Split(x.ID, ".")[0])
		m.Measures = append(m.Measures, Measure{ID: x.ID, Signal: signal, Title: x.ID, Unit: "count", Weight: x.V, Max: 1e6,
			Anchors: []AnchorSet{{At: x.At}}, SLA: x.SLA, Half: x.Half, Norm: 50, Spread: 5, Absence: AbsentUnknown})
	}
	if err := m.Validate(); err != nil {
		t.Fatal(err)
	}
	return m
}

// input is the account at one end: all measures are read, and the facts that
// caps look at are given beside them.
func (w worked) input(now time.Time, silent, missed bool) Input {
	in := Input{Now: now, Account: Account{ID: "acme", Stage: Active}, Synced: map[FactKind]time.Time{}}
	for _, k := range FactKinds {
		in.Synced[k] = now
	}
	for _, x := range w.Measures {
		end := x.Then
		if silent {
			end = x.Now
		}
		at := now.Add(-time.Duration(end.Age * 24 * float64(time.Hour)))
		in.Readings = append(in.Readings, Reading{Measure: x.ID, Source: "export", Value: end.X, ObservedAt: at, ReceivedAt: at})
	}
	in.Facts.Contacts = []Contact{{ID: "c1", Name: "Kim", Role: "champion"}}
	last := now.AddDate(0, 0, -9)
	if silent {
		last = now.AddDate(0, 0, -37)
	}
	for i := range 10 { // every nine days: the usual gap
		in.Facts.Touches = append(in.Facts.Touches, Touch{ID: fmt.Sprint(i), Contact: "c1", At: last.AddDate(0, 0, -9*i), Inbound: true})
	}
	for _, name := range []string{"go-live", "training"} {
		due := now.AddDate(0, 0, 30)
		if missed {
			due = now.AddDate(0, 0, -16)
		}
		in.Facts.Milestones = append(in.Facts.Milestones, Milestone{ID: name, Name: name, Due: due})
	}
	return in
}

func TestWorkedAccount(t *testing.T) {
	w := readWorked(t)
	m := w.model(t)
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for _, end := range []struct {
		name string
		in   Input
		want workedTotal
		of   func(i int) workedEnd
	}{
		{"then", w.input(now.AddDate(0, 0, -28), false, false), w.Then, func(i int) workedEnd { return w.Measures[i].Then }},
		{"now", w.input(now, true, true), w.Now, func(i int) workedEnd { return w.Measures[i].Now }},
	} {
		t.Run(end.name, func(t *testing.T) {
			r := Evaluate(m, end.in)
			for i, x := range w.Measures {
				j := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.Measure == x.ID })
				near(t, x.ID, r.Findings[j].Points, end.of(i).Points)
			}
			near(t, "health", r.Health, end.want.Health)
			near(t, "coverage", r.Coverage, end.want.Coverage)
			var caps []string
			for _, c := range r.Caps {
				caps = append(caps, c.Name)
			}
			slices.Sort(caps)
			want := slices.Sorted(slices.Values(end.want.Caps))
			if diff := cmp.Diff(want, caps); diff != "" {
				t.Errorf("caps (-want +got):\n%s", diff)
			}
			if r.Score != end.want.Score || r.WithoutCaps() != end.want.WithoutCaps || r.Band != end.want.Band {
				t.Errorf("score %s without caps %s band %s; want %s %s %s", r.Score, r.WithoutCaps(), r.Band, end.want.Score, end.want.WithoutCaps, end.want.Band)
			}
			if !(r.Low <= r.Score.Float() && r.Score.Float() <= r.High+0.05) {
				t.Errorf("score %s outside its own range %v to %v", r.Score, r.Low, r.High)
			}
		})
	}
}

// near compares to the four digits that the worked account prints.
func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 0.00005 {
		t.Errorf("%s = %.4f, want %.4f", what, got, want)
	}
}
