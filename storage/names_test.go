package storage

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"healthbot/storage/record"
)

// companies are names as a customer list has them: invented and common words, trades,
// places, legal forms; some short, some alike.
func companies(count int, seed uint64) []named {
	r := rand.New(rand.NewPCG(seed, 1))
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	onsets := strings.Fields("b br c ch cl d dr f fl g gr h j k kl l m n p pr qu r s sh st t tr v w z")
	vowels := strings.Fields("a e i o u ai ea ou ö é")
	codas := strings.Fields("n r s l t x nd rt sk lm ck m th ng")
	invented := func() string {
		var b strings.Builder
		for range 1 + r.IntN(3) {
			b.WriteString(pick(onsets) + pick(vowels))
			if r.IntN(2) == 0 {
				b.WriteString(pick(codas))
			}
		}
		s := b.String()
		first, size := utf8.DecodeRuneInString(s)
		return strings.ToUpper(string(first)) + s[size:]
	}
	common := strings.Fields("North South Blue Green Silver Golden Summit River Harbor Oak Cedar Falcon Pioneer United Global First Prime Atlas Nova Apex Delta Vertex Bright Clear Stone Iron Swift Union Royal Alpine")
	trades := strings.Fields("Logistics Foods Software Systems Energy Health Partners Consulting Industries Textiles Motors Pharma Media Robotics Analytics Freight Insurance Capital Materials Solutions Labs Dynamics Farms Optics Shipping")
	forms := []string{"Inc", "Ltd", "GmbH", "LLC", "S.A.", "AG", "Co.", "Corp", "B.V.", "Group", ""}
	places := strings.Fields("Berlin Austin Leeds Lyon Osaka Denver Porto Gdansk Malmö Turin Cork Utah Quebec")
	out := make([]named, count)
	seen := map[string]bool{}
	for i := range out {
		for out[i].name == "" || seen[out[i].name] {
			first := invented()
			if r.IntN(4) == 0 {
				first = pick(common)
				if r.IntN(2) == 0 {
					first += " " + invented()
				}
			}
			parts := []string{first}
			if r.IntN(5) > 0 {
				parts = append(parts, pick(trades))
			}
			if r.IntN(6) == 0 {
				parts = append(parts, pick(places))
			}
			out[i].name = strings.TrimSpace(strings.Join(append(parts, pick(forms)), " "))
		}
		seen[out[i].name] = true
		out[i].id = fmt.Sprintf("acct-%06d", i)
	}
	return out
}

// slip makes one mistake of the hand in a name: a letter wrong, missing, doubled, put
// in, or two that change places.
func slip(r *rand.Rand, name string) string {
	letters := []rune(name)
	for {
		out := slices.Clone(letters)
		i := r.IntN(len(out))
		other := rune('a' + r.IntN(26))
		switch r.IntN(5) {
		case 0:
			out[i] = other
		case 1:
			out = slices.Delete(out, i, i+1)
		case 2:
			out = slices.Insert(out, i, out[i])
		case 3:
			out = slices.Insert(out, i, other)
		default:
			if i+1 < len(out) {
				out[i], out[i+1] = out[i+1], out[i]
			}
		}
		if s := fold(string(out)); s != fold(name) && s != "" {
			return string(out)
		}
	}
}

// foundAmongThree counts the slips after which the name that was meant is among the
// first three answers.
func foundAmongThree(n *names, all []named, slips int, seed uint64) (found int, missed []string) {
	r := rand.New(rand.NewPCG(seed, 2))
	for range slips {
		want := all[r.IntN(len(all))]
		query := slip(r, want.name)
		i := slices.IndexFunc(n.find(query, 3), func(m record.Match) bool { return m.Name == want.name })
		if i >= 0 {
			found++
		} else {
			missed = append(missed, query+" for "+want.name)
		}
	}
	return found, missed
}

// Who mistypes a name once finds it among the nearest three, in 99 of 100 cases.
func TestOneSlipFindsTheName(t *testing.T) {
	count, slips := 20000, 2000
	if racing {
		count, slips = 3000, 500
	}
	all := companies(count, 7)
	found, missed := foundAmongThree(indexNames(all), all, slips, 7)
	if share := float64(found) / float64(slips); share < .99 {
		t.Errorf("found %.2f %%; missed %q", 100*share, missed[:min(len(missed), 10)])
	} else {
		t.Logf("found %d of %d", found, slips)
	}
}

// A misspelt name among a hundred thousand: what it takes, how often the right one
// is among three, and what the index takes.
//
//	go test ./storage -run - -bench BenchmarkMisspelt
func BenchmarkMisspelt(b *testing.B) {
	const count, slips = 100000, 2000
	all := companies(count, 3)
	held := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / 1e6
	}
	before := held()
	begun := time.Now()
	n := indexNames(all)
	built, size := time.Since(begun), held()-before
	var took []time.Duration
	var used time.Duration
	found, asked := 0, 0
	for b.Loop() {
		r := rand.New(rand.NewPCG(uint64(asked), 2))
		queries := make([]string, slips)
		for i := range queries {
			queries[i] = slip(r, all[r.IntN(count)].name)
		}
		begin := processorTime()
		for _, q := range queries {
			begun := time.Now()
			n.find(q, 3)
			took = append(took, time.Since(begun))
		}
		used += processorTime() - begin
		got, _ := foundAmongThree(n, all, slips, uint64(asked))
		found, asked = found+got, asked+slips
	}
	slices.Sort(took)
	b.ReportMetric(float64(built.Milliseconds()), "ms-to-build")
	b.ReportMetric(size, "MB")
	b.ReportMetric(float64(used.Nanoseconds())/1000/float64(len(took)), "cpu-µs")
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1000, "µs-median")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1000, "µs-p99")
	b.ReportMetric(100*float64(found)/float64(asked), "%-among-three")
	runtime.KeepAlive(n)
	runtime.KeepAlive(all)
}
