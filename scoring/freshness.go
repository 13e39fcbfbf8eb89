package scoring

import (
	"math"
	"time"
)

// expiredBelow is the freshness under which a value counts as expired.
const expiredBelow = 0.1

// Freshness is 1 up to the allowed age and then halves every half-life; below
// a tenth it is 0. Ages and half-lives are in days.
func Freshness(age, sla, half float64) float64 {
	if age <= sla {
		return 1
	}
	q := math.Exp2(-(age - sla) / half)
	if q < expiredBelow {
		return 0
	}
	return q
}

// Aged is the effective score: good news fades toward the norm with falling
// freshness, bad news stands. Ageing therefore never raises a score.
func Aged(score, norm, freshness float64) float64 {
	if score <= norm {
		return score
	}
	return norm + float64(freshness*(score-norm))
}

func state(q float64, age, sla float64) State {
	switch {
	case q == 0:
		return Expired
	case age > sla:
		return Late
	default:
		return Fresh
	}
}

// sameWeek compares weeks that begin on Monday, in UTC.
func sameWeek(a, b time.Time) bool {
	ay, aw := a.UTC().ISOWeek()
	by, bw := b.UTC().ISOWeek()
	return ay == by && aw == bw
}
