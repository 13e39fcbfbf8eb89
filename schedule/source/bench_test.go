package source

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkLong reads 100,000 readings of 1,000 accounts, one a line; see also
// BenchmarkWeeks, which reads a wide file.
func BenchmarkLong(b *testing.B) {
	const accounts, weeks = 1000, 100
	var s strings.Builder
	s.WriteString("account,measure,value,week_end,evidence\n")
	for w := range weeks {
		for a := range accounts {
			fmt.Fprintf(&s, "A-%d,usage.active_seat_ratio,0.%03d,%s,%d seats\n", a, (a*w)%1000, noon.AddDate(0, 0, -7*(w+1)).Format("2006-01-02"), a)
		}
	}
	file := s.String()
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		batch, err := ReadAll(strings.NewReader(file), "f.csv", options(Readings))
		if err != nil || len(batch.Readings) != accounts*weeks {
			b.Fatal(err, len(batch.Readings))
		}
	}
}
