package scoring

import "time"

// Carried is what one weekly scoring hands to the next, so that bands don't
// flap and red signals don't blink. Every account is scored weekly, due or not;
// the state is stored with that weekly snapshot. Other scorings read it and
// never advance it. Unscored weeks leave all of it as it was.
type Carried struct {
	Week  time.Time `json:"week"`  // the weekly scoring that it comes from
	Level float64   `json:"level"` // E: the smoothed adjusted score
	Band  Band      `json:"band"`
	// Near and Clear count the weekly readings in a row in which E stood at or
	// above the next better band's line, and five points above it.
	Near  int `json:"near,omitempty"`
	Clear int `json:"clear,omitempty"`
	// Red are the latched signals, with the number of weekly readings in a row
	// that would clear them.
	Red map[Signal]int `json:"red,omitempty"`
	// Low counts the weekly scores in a row below the model's low line.
	Low    int    `json:"low,omitempty"`
	Digest string `json:"digest"` // the model's; a new version recomputes latches
}

// Hysteresis holds the numbers that keep bands and latches steady.
type Hysteresis struct {
	Smoothing   float64 `json:"smoothing"`    // weight of the new week in E
	WorseBy     float64 `json:"worse_by"`     // D this far below a line worsens at once
	BetterBy    float64 `json:"better_by"`    // E this far above a line …
	BetterWeeks int     `json:"better_weeks"` // … for so many weeks improves
	NearWeeks   int     `json:"near_weeks"`   // or E at the line for so many
	RedClear    float64 `json:"red_clear"`    // a red signal clears at this value …
	RedWeeks    int     `json:"red_weeks"`    // … for so many weeks
	LowLine     float64 `json:"low_line"`     // weekly scores below this …
	LowWeeks    int     `json:"low_weeks"`    // … for so many weeks need a person
}

// steady is the band for a score, given the state carried so far. A binding cap
// sets its band at once, but never a better one than before; otherwise it gets
// worse at once when D lies well below a line or E below it, several bands if
// need be. It gets better only through [Advance].
func (m *Model) steady(d Tenths, level float64, capped bool, was Band) Band {
	plain := m.band(d)
	now := was
	for m.line(now) > 0 && (d.Float() <= m.line(now)-m.Steady.WorseBy || level < m.line(now)) {
		now = m.worse(now)
	}
	if capped && m.rank(plain) > m.rank(now) {
		now = plain
	}
	return now
}

// rank is 0 for the best band; -1 for one that the model doesn't know.
func (m *Model) rank(b Band) int {
	for i, x := range m.Bands {
		if x.Band == b {
			return i
		}
	}
	return -1
}

func (m *Model) line(b Band) float64 { return m.Bands[max(0, m.rank(b))].From }

// Worse says that an account went from a band to a worse one.
func (m *Model) Worse(from, to Band) bool {
	return m.rank(from) >= 0 && m.rank(to) > m.rank(from)
}

func (m *Model) worse(b Band) Band { return m.Bands[min(len(m.Bands)-1, m.rank(b)+1)].Band }

// Advance makes the state that this weekly scoring hands on.
func (sc *Scorer) Advance(was *Carried, r Result) Carried {
	m := &sc.model
	if r.Unscored {
		if was == nil {
			return Carried{Week: r.AsOf, Band: Unscored, Digest: sc.digest}
		}
		return *was
	}
	first := was == nil || was.Band == Unscored
	next := Carried{Week: r.AsOf, Level: r.Adjusted, Band: m.band(r.Score), Digest: sc.digest, Red: map[Signal]int{}}
	_, capped := r.Binding()
	if !first {
		next.Level = float64(m.Steady.Smoothing*r.Adjusted) + float64((1-m.Steady.Smoothing)*was.Level)
		next.Band = m.steady(r.Score, next.Level, capped, was.Band)
		next.Near, next.Clear, next.Low = was.Near, was.Clear, was.Low
	}
	next.climb(m, capped)
	next.Low++
	if r.Score >= RoundTenths(m.Steady.LowLine) {
		next.Low = 0
	}
	for _, w := range m.Signals {
		signal, value := w.Signal, signalStand(w.Signal, r.Findings)
		clear, latched := 0, false
		if !first && was.Digest == sc.digest {
			clear, latched = was.Red[signal], has(was.Red, signal)
		}
		switch {
		case value.share < m.RedShare-1e-12:
		case value.value < m.RedBelow:
			next.Red[signal] = 0
		case latched && value.value < m.Steady.RedClear:
			next.Red[signal] = 0
		case latched && clear+1 < m.Steady.RedWeeks:
			next.Red[signal] = clear + 1
		}
	}
	return next
}

// climb counts the weeks near the next better line and takes at most one step.
func (c *Carried) climb(m *Model, capped bool) {
	i := m.rank(c.Band)
	if i <= 0 {
		c.Near, c.Clear = 0, 0
		return
	}
	line := m.Bands[i-1].From
	c.Near++
	if c.Level < line {
		c.Near = 0
	}
	c.Clear++
	if c.Level < line+m.Steady.BetterBy {
		c.Clear = 0
	}
	if !capped && (c.Clear >= m.Steady.BetterWeeks || c.Near >= m.Steady.NearWeeks) {
		c.Band, c.Near, c.Clear = m.Bands[i-1].Band, 0, 0
	}
}

func has(m map[Signal]int, s Signal) bool {
	_, ok := m[s]
	return ok
}
