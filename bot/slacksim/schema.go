package slacksim

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// This file is a small language for saying what a JSON value must look like.
// The sentences written in it are tables in schema_*.go; the wording of the
// complaints follows what Slack's own answers say.

// A check judges the value at a JSON pointer and reports what is wrong.
type check func(r *report, at string, v any)

// A report collects complaints in the order in which they were found.
type report struct {
	world
	surface  surface
	problems []problem
}

type problem struct{ message, pointer string }

func (p problem) String() string { return p.message + " [json-pointer:" + p.pointer + "]" }

func (r *report) add(at, format string, args ...any) {
	r.problems = append(r.problems, problem{fmt.Sprintf(format, args...), at})
}

// texts is the `errors` list of an answer.
func (r *report) texts() []string {
	out := make([]string, len(r.problems))
	for i, p := range r.problems {
		out[i] = p.String()
	}
	return out
}

// A world is what judging needs to know besides the JSON itself.
type world struct {
	pictured func(ref object) bool // whether a slack_file is there to be shown; nil knows none
	absent   []string              // kinds of block that this workspace does not have yet
}

// A surface is where blocks are shown. Some blocks live on one alone.
type surface int

const (
	inMessage surface = 1 << iota
	inModal
	inHome
	anywhere = inMessage | inModal | inHome
)

func (s surface) String() string {
	return map[surface]string{inMessage: "messages", inModal: "modals", inHome: "home tabs"}[s]
}

// fields names every property an object may have.
type fields map[string]check

// A shape is an object: its fields, those it cannot do without, and rules that
// concern several of them.
type shape struct {
	fields fields
	needs  []string
	also   []func(r *report, at string, o object)
}

func (s shape) check(r *report, at string, v any) {
	o, ok := v.(object)
	if !ok {
		r.add(at, "must provide an object")
		return
	}
	for _, name := range s.needs {
		if o[name] == nil {
			r.add(at, "missing required field: %s", name)
		}
	}
	for _, name := range sortedKeys(o) {
		field, known := s.fields[name]
		switch {
		case !known:
			r.add(at, "invalid additional property: %s", name)
		case o[name] != nil:
			field(r, at+"/"+name, o[name])
		}
	}
	for _, rule := range s.also {
		rule(r, at, o)
	}
}

// kinds are shapes told apart by their "type".
type kinds map[string]shape

// of accepts an object of one of the named kinds.
func (k kinds) of(names ...string) check {
	return func(r *report, at string, v any) {
		o, ok := v.(object)
		if !ok {
			r.add(at, "must provide an object")
			return
		}
		kind := str(o["type"])
		if o["type"] == nil {
			r.add(at, "missing required field: type")
			return
		}
		s, known := k[kind]
		if !known || !slices.Contains(names, kind) {
			r.add(at+"/type", "unsupported type: %s", kind)
			return
		}
		s.check(r, at, v)
	}
}

// anyLength is for strings and lists to which Slack sets no bound.
const anyLength limit = -1

// chars is a string of least to most characters.
func chars(least int, most limit) check {
	return func(r *report, at string, v any) {
		s, ok := v.(string)
		switch n := runes(s); {
		case !ok:
			r.add(at, "must provide a string")
		case n < least:
			r.add(at, "must be more than %d characters", least-1)
		case most != anyLength && n > most.max():
			r.add(at, "must be less than %d characters", most.max()+1)
		}
	}
}

func boolean(r *report, at string, v any) {
	if _, ok := v.(bool); !ok {
		r.add(at, "must provide a boolean")
	}
}

// whole is an integer between least and most.
func whole(least int, most limit) check {
	return func(r *report, at string, v any) {
		n, ok := number(v)
		switch {
		case !ok || n != float64(int64(n)):
			r.add(at, "must provide an integer")
		case n < float64(least):
			r.add(at, "must be greater than or equal to %d", least)
		case most != anyLength && n > float64(most.max()):
			r.add(at, "must be less than or equal to %d", most.max())
		}
	}
}

func decimal(r *report, at string, v any) {
	if _, ok := number(v); !ok {
		r.add(at, "must provide a number")
	}
}

// positive is for the slices of a pie.
func positive(r *report, at string, v any) {
	if n, ok := number(v); !ok || n <= 0 {
		r.add(at, "must be a number greater than 0")
	}
}

// numeral is a number written as a string, as number inputs have it.
func numeral(r *report, at string, v any) {
	if _, err := strconv.ParseFloat(str(v), 64); err != nil {
		r.add(at, "must be a numeric string")
	}
}

func enum(values ...string) check {
	return func(r *report, at string, v any) {
		if !slices.Contains(values, str(v)) {
			r.add(at, "must be one of: %s", strings.Join(values, ", "))
		}
	}
}

func pattern(expr string) check {
	form := regexp.MustCompile(expr)
	return func(r *report, at string, v any) {
		if s, ok := v.(string); !ok || !form.MatchString(s) {
			r.add(at, "input must match regex pattern: %s", expr)
		}
	}
}

func anything(*report, string, any) {}

// items is an array whose every element passes.
func items(each check, least int, most limit) check {
	return func(r *report, at string, v any) {
		l, ok := v.([]any)
		switch {
		case !ok:
			r.add(at, "must provide an array")
			return
		case len(l) < least:
			r.add(at, "no less than %d items allowed", least)
		case most != anyLength && len(l) > most.max():
			r.add(at, "no more than %d items allowed", most.max())
		}
		for i, e := range l {
			each(r, at+"/"+strconv.Itoa(i), e)
		}
	}
}

// orNull lets an array have gaps.
func orNull(c check) check {
	return func(r *report, at string, v any) {
		if v != nil {
			c(r, at, v)
		}
	}
}

// exactlyOne is the rule that two ways to say a thing exclude each other.
func exactlyOne(names ...string) func(*report, string, object) {
	return func(r *report, at string, o object) {
		given := 0
		for _, n := range names {
			if o[n] != nil {
				given++
			}
		}
		switch {
		case given == 0:
			r.add(at, "missing required field: one of %s", strings.Join(names, ", "))
		case given > 1:
			r.add(at, "only one of %s may be provided", strings.Join(names, ", "))
		}
	}
}

// atLeastOne is the rule that something must be shown.
func atLeastOne(names ...string) func(*report, string, object) {
	return func(r *report, at string, o object) {
		for _, n := range names {
			if o[n] != nil {
				return
			}
		}
		r.add(at, "missing required field: one of %s", strings.Join(names, ", "))
	}
}

// ordered is the rule that a lower bound does not exceed the upper one.
func ordered(low, high string) func(*report, string, object) {
	return func(r *report, at string, o object) {
		a, aOK := numeric(o[low])
		b, bOK := numeric(o[high])
		if aOK && bOK && a > b {
			r.add(at, "%s must not be greater than %s", low, high)
		}
	}
}

func numeric(v any) (float64, bool) {
	if s, ok := v.(string); ok {
		n, err := strconv.ParseFloat(s, 64)
		return n, err == nil
	}
	return number(v)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
