package app

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// registry keeps an operator's figures and writes them in Prometheus' text
// format, version 0.0.4. It knows what we need of it and no more: counters and
// histograms that grow, and gauges that are read when somebody asks.
type registry struct {
	mu       sync.Mutex
	families []*family
}

// family is all series of one name; a series is told apart by its labels.
type family struct {
	name, help, kind string
	labels           []string
	bounds           []float64 // of a histogram's buckets, upwards
	series           map[string]*series
	read             func() float64 // a gauge's
	mu               *sync.Mutex
}

type series struct {
	labels []string
	value  float64  // of a counter; a histogram's sum
	counts []uint64 // by bucket, the last one is for what is above all bounds
}

func (r *registry) add(f *family) *family {
	r.mu.Lock()
	defer r.mu.Unlock()
	f.mu, f.series = &r.mu, map[string]*series{}
	r.families = append(r.families, f)
	if len(f.labels) == 0 && f.read == nil {
		f.at() // a figure without labels is there from the start, as 0
	}
	return f
}

func (r *registry) counter(name, help string, labels ...string) *family {
	return r.add(&family{name: name, help: help, kind: "counter", labels: labels})
}

func (r *registry) histogram(name, help string, bounds []float64, labels ...string) *family {
	return r.add(&family{name: name, help: help, kind: "histogram", bounds: bounds, labels: labels})
}

func (r *registry) gauge(name, help string, read func() float64) {
	r.add(&family{name: name, help: help, kind: "gauge", read: read})
}

// at is the series with these labels; the caller holds the lock.
func (f *family) at(labels ...string) *series {
	key := strings.Join(labels, "\xff")
	s, ok := f.series[key]
	if !ok {
		s = &series{labels: labels, counts: make([]uint64, len(f.bounds)+1)}
		f.series[key] = s
	}
	return s
}

// start shows a series before it has anything to show.
func (f *family) start(labels ...string) { f.set(0, labels...) }

func (f *family) set(v float64, labels ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at(labels...).value = v
}

func (f *family) inc(labels ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at(labels...).value++
}

func (f *family) observe(v float64, labels ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.at(labels...)
	s.value += v
	i, _ := slices.BinarySearch(f.bounds, v) // a bound belongs to its bucket
	s.counts[i]++
}

// write puts everything out, series in one order, so that two answers can be
// compared.
func (r *registry) write(w io.Writer) error {
	r.mu.Lock()
	families := slices.Clone(r.families)
	r.mu.Unlock()
	var b strings.Builder
	for _, f := range families {
		fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s %s\n", f.name, strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(f.help), f.name, f.kind)
		if f.read != nil {
			fmt.Fprintf(&b, "%s %s\n", f.name, number(f.read()))
			continue
		}
		f.mu.Lock()
		all := make([]*series, 0, len(f.series))
		for _, s := range f.series {
			all = append(all, s)
		}
		slices.SortFunc(all, func(a, b *series) int { return slices.Compare(a.labels, b.labels) })
		for _, s := range all {
			f.writeSeries(&b, s)
		}
		f.mu.Unlock()
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (f *family) writeSeries(b *strings.Builder, s *series) {
	if f.kind != "histogram" {
		fmt.Fprintf(b, "%s%s %s\n", f.name, f.tags(s), number(s.value))
		return
	}
	sum := uint64(0)
	for i, n := range s.counts {
		sum += n // a bucket holds those below it, too
		bound := math.Inf(1)
		if i < len(f.bounds) {
			bound = f.bounds[i]
		}
		fmt.Fprintf(b, "%s_bucket%s %d\n", f.name, f.tags(s, "le", number(bound)), sum)
	}
	fmt.Fprintf(b, "%s_sum%s %s\n%s_count%s %d\n", f.name, f.tags(s), number(s.value), f.name, f.tags(s), sum)
}

var escaped = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)

// tags writes a series' labels, and one more.
func (f *family) tags(s *series, more ...string) string {
	var parts []string
	for i, name := range f.labels {
		parts = append(parts, name+`="`+escaped.Replace(s.labels[i])+`"`)
	}
	if len(more) == 2 {
		parts = append(parts, more[0]+`="`+escaped.Replace(more[1])+`"`)
	}
	if len(parts) == 0 {
		return ""
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func number(v float64) string {
	if math.IsInf(v, 1) {
		return "+Inf"
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}
