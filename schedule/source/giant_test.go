package source

import (
	"flag"
	"io"
	"runtime"
	"strings"
	"testing"

	"healthbot/storage/record"
)

// long has the line of a gigabyte really be one:
//
//	go test ./schedule/source -run Giant -long -v
var longRun = flag.Bool("long", false, "read a line of a gigabyte")

// xs is a reader of so many of the letter x.
type xs int

func (n *xs) Read(p []byte) (int, error) {
	if *n == 0 {
		return 0, io.EOF
	}
	k := min(int(*n), len(p))
	for i := range p[:k] {
		p[i] = 'x'
	}
	*n -= xs(k)
	return k, nil
}

// A line of any length is refused with one sentence and without being kept; what
// stands around it loads.
func TestAGiantLine(t *testing.T) {
	size := 16 << 20
	if *longRun {
		size = 1 << 30
	}
	good := `{"account":"A","measure":"` + ratio + `","value":1,"observed_at":"2026-03-30"}` + "\n"
	for name, text := range map[string][2]string{
		"f.csv":        {long + "A,", "\nA," + ratio + ",1,2026-03-30\n"},
		"f.jsonl":      {good + `{"account":"A`, "\n" + strings.Replace(good, "-30", "-29", 1)},
		"quoted.csv":   {long + "\"A", "\",b,1,2026-03-30\nA," + ratio + ",1,2026-03-30\n"},
		"in value.csv": {long + "A," + ratio + ",1", ",2026-03-30\nA," + ratio + ",1,2026-03-30\n"},
	} {
		n := xs(size)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		b, err := ReadAll(io.MultiReader(strings.NewReader(text[0]), &n, strings.NewReader(text[1])), name, options(Readings))
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		line := record.Where{File: name, Line: 2}
		if len(b.Refused) != 1 || b.Refused[0].Where != line || !strings.Contains(b.Refused[0].String(), "a line of more than 1,048,576 bytes; expected a shorter one") {
			t.Errorf("%s: refused %v", name, b.Refused)
		}
		if len(b.Readings) == 0 {
			t.Errorf("%s: what stands around it didn't load", name)
		}
		if took := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 12 {
			t.Errorf("%s: it took %d MB of memory", name, took)
		}
	}
}
