package record

import (
	"cmp"
	"slices"
)

// Currencies compares amounts: Rates says what one unit of another currency is
// worth in Base. Rates change orders of work, never a score.
type Currencies struct {
	Base  string // "": none is configured
	Rates map[string]float64
}

// InBase converts an amount; false when the currency has no rate.
func (c Currencies) InBase(amount float64, currency string) (float64, bool) {
	if currency == c.Base {
		return amount, true
	}
	rate, ok := c.Rates[currency]
	return float64(amount * rate), ok
}

// Over is what to compare the amounts of some currencies with: as configured, or
// else in the currency that most of them are in, so that those of others are set
// apart instead of being compared as if they were the same.
func (c Currencies) Over(amounts map[string]int) Currencies {
	if c.Base != "" || len(amounts) == 0 {
		return c
	}
	names := make([]string, 0, len(amounts))
	for name := range amounts {
		names = append(names, name)
	}
	c.Base = slices.MinFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(amounts[b], amounts[a]), cmp.Compare(a, b))
	})
	return c
}
