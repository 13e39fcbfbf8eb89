package schedule

import (
	"flag"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"healthbot/storage/record"
)

var long = flag.Bool("long", false, "every slot of more lines, daily and hourly ones too, in every zone")

// usual are the lines that teams write, each with a second opinion on the days and
// times that it means. Sundays at half past two is when most clocks change.
var usual = []struct {
	line  string
	times []time.Duration
	match func(time.Time) bool
	long  bool
}{
	{line: "30 2 * * 7", times: []time.Duration{150 * time.Minute}, match: func(d time.Time) bool { return d.Weekday() == time.Sunday }},
	{line: "0 9 1 * *", times: []time.Duration{9 * time.Hour}, match: func(d time.Time) bool { return d.Day() == 1 }},
	{line: "0 9 * * 1", times: []time.Duration{9 * time.Hour}, match: func(d time.Time) bool { return d.Weekday() == time.Monday }, long: true},
	{line: "0 0 * * *", times: []time.Duration{0}, match: func(time.Time) bool { return true }, long: true},
	{line: "15 1-3 * * *", times: []time.Duration{75 * time.Minute, 135 * time.Minute, 195 * time.Minute}, match: func(time.Time) bool { return true }, long: true},
}

// Each wall slot of the usual lines comes exactly once, in order, and at the first
// moment at which the clock has reached it, in every zone of the tz database, from
// 1990 to 2037.
func TestEverySlotInEveryZone(t *testing.T) {
	names, err := os.ReadFile("../storage/record/testdata/zones.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Fields(string(names))
	if len(all) < 590 {
		t.Fatalf("only %d zones", len(all))
	}
	if racing {
		var some []string
		for i := 0; i < len(all); i += 3 {
			some = append(some, all[i])
		}
		t.Logf("under the race detector every third zone: %d of %d", len(some), len(all))
		all = some
	}
	work := make(chan string)
	var mu sync.Mutex
	var wg sync.WaitGroup
	total := 0
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for name := range work {
				n := everySlot(t, name)
				mu.Lock()
				total += n
				mu.Unlock()
			}
		})
	}
	for _, name := range all {
		work <- name
	}
	close(work)
	wg.Wait()
	t.Logf("%d slots in %d zones, each once", total, len(all))
	if total < 400_000 {
		t.Errorf("only %d slots were looked at", total)
	}
}

// everySlot goes through a zone's slots with a bot that looks at odd times, and
// says how many there were.
func everySlot(t *testing.T, name string) (n int) {
	z, err := ParseZone(name)
	if err != nil {
		t.Error(err)
		return 0
	}
	first, last := time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2038, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, u := range usual {
		if u.long && !*long {
			continue
		}
		spec, err := ParseCron(u.line)
		if err != nil {
			t.Error(err)
			return n
		}
		var want []time.Time
		for d := first; d.Before(last); d = d.AddDate(0, 0, 1) {
			for _, at := range u.times {
				if u.match(d) {
					want = append(want, d.Add(at))
				}
			}
		}
		done := Wall{first.Add(-time.Minute)}
		// Twice past the end, so that what came late would be seen.
		for now := first; now.Before(last.Add(100 * 24 * time.Hour)); now = now.Add(613*time.Hour + 17*time.Minute) {
			for slots := Due(spec, z, done, now, record.CatchAll, 0); len(slots) > 0; slots = Due(spec, z, done, now, record.CatchAll, 0) {
				for _, s := range slots {
					done = s.Wall
					if !s.Wall.t.Before(last) {
						continue
					}
					if len(want) == 0 || !s.Wall.t.Equal(want[0]) {
						t.Errorf("%s, %q: %s came, want %v", name, u.line, s.Wall, want[:min(1, len(want))])
						return n
					}
					if shown(s.At, z).t.Before(s.Wall.t) || !shown(s.At.Add(-1), z).t.Before(s.Wall.t) || s.At.After(now) {
						t.Errorf("%s, %q: the clock reaches %s at another moment than %s", name, u.line, s.Wall, s.At.In(z))
						return n
					}
					want = want[1:]
					n++
				}
			}
		}
		if len(want) > 0 {
			t.Errorf("%s, %q: %s never came", name, u.line, want[0])
			return n
		}
	}
	return n
}
