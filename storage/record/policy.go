package record

import (
	"slices"
	"time"

	"healthbot/scoring"
)

// Policy is how the team works, as its configuration says it: routes, cadences,
// who answers an escalation, reason codes. It is immutable while the bot runs.
type Policy struct {
	Zone     *time.Location // the office's
	Routes   []Route
	Required []string // segments that must have a route
	// Cadence is the number of days between reviews, by stage and else by segment.
	CadenceByStage   map[scoring.Stage]int
	CadenceBySegment map[string]int
	Reasons          []Reason
	Matrix           []MatrixRow
	Sources          []Source
	Holidays         map[string][]Date // by region
	PerOwner         int               // cards per owner and run
	Currencies       Currencies
}

// Route says where and when a segment is reviewed.
type Route struct {
	Name    string // unique; also the job's name
	Segment string
	Channel string // Slack channel id
	Cron    string // five fields, as robfig/cron reads them, and 7 for Sunday
	Zone    *time.Location
	CatchUp CatchUp
	Grace   time.Duration // a slot missed by more than this isn't caught up
}

// CatchUp says what happens to slots missed while the bot was down.
type CatchUp string

const (
	CatchLatest CatchUp = "latest" // one late run, which says so
	CatchAll    CatchUp = "all"
	CatchSkip   CatchUp = "skip"
)

// Reason is a code that people give with a decision.
type Reason struct {
	Code  string
	Title string
}

// MatrixRow says who is told, and by when they must answer, when an account of
// a segment is escalated for a reason. Empty fields match anything; the first
// matching row wins.
type MatrixRow struct {
	Segment    string
	Reason     string
	Recipients []string      // Slack user ids; "manager" stands for the account's manager
	Respond    time.Duration // working hours to answer in, as calendar time
}

// ManagerRecipient stands, in a matrix row, for the account's manager.
const ManagerRecipient = "manager"

// Source is one system that readings and facts come from.
type Source struct {
	Name    string
	Signals []scoring.Signal
	Period  int    // days between its syncs
	Owner   string // Slack user id of the data owner
}

// DefaultCadence is used where neither stage nor segment has one.
const DefaultCadence = 30

// Cadence is the number of days until an account's next review.
func (p Policy) Cadence(a Account, now time.Time) int {
	if n, ok := p.CadenceByStage[a.StageAt(now)]; ok {
		return n
	}
	if n, ok := p.CadenceBySegment[a.Segment]; ok {
		return n
	}
	return DefaultCadence
}

// Route finds a route by name.
func (p Policy) Route(name string) (Route, bool) {
	i := slices.IndexFunc(p.Routes, func(r Route) bool { return r.Name == name })
	if i < 0 {
		return Route{}, false
	}
	return p.Routes[i], true
}

// RouteFor finds the route that reviews a segment.
func (p Policy) RouteFor(segment string) (Route, bool) {
	i := slices.IndexFunc(p.Routes, func(r Route) bool { return r.Segment == segment })
	if i < 0 {
		return Route{}, false
	}
	return p.Routes[i], true
}

// DataOwner is who looks after the sources of a signal.
func (p Policy) DataOwner(s scoring.Signal) (string, bool) {
	for _, src := range p.Sources {
		if slices.Contains(src.Signals, s) && src.Owner != "" {
			return src.Owner, true
		}
	}
	return "", false
}

// Signals lists the signals that some source delivers.
func (p Policy) Signals() []scoring.Signal {
	var out []scoring.Signal
	for _, s := range scoring.Signals {
		if slices.ContainsFunc(p.Sources, func(src Source) bool { return slices.Contains(src.Signals, s) }) {
			out = append(out, s)
		}
	}
	return out
}

// Recipients are the people that the matrix names for an account and reason,
// and the time they have to answer. Without a row it is the account's manager,
// within a day.
func (p Policy) Recipients(a Account, reason string) ([]string, time.Duration) {
	for _, m := range p.Matrix {
		if (m.Segment != "" && m.Segment != a.Segment) || (m.Reason != "" && m.Reason != reason) {
			continue
		}
		var out []string
		for _, r := range m.Recipients {
			if r == ManagerRecipient {
				r = a.Manager
			}
			if r != "" && !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
		return out, m.Respond
	}
	if a.Manager == "" {
		return nil, 24 * time.Hour
	}
	return []string{a.Manager}, 24 * time.Hour
}
