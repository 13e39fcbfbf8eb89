package slacksim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// object is a JSON object as decoded. Numbers inside are json.Number, so that
// metadata comes back digit by digit as it was sent.
type object = map[string]any

// decode reads exactly one JSON value.
func decode(data []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if dec.More() {
		return nil, fmt.Errorf("more than one JSON value")
	}
	return v, nil
}

// encode is for values this package built itself, which always marshal. HTML
// escaping is off: Slack sends < and > as they are.
func encode(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(fmt.Sprintf("slacksim: a value of our own does not marshal: %v", err))
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// clone returns a copy that shares nothing with v.
func clone[T any](v T) T {
	switch x := any(v).(type) {
	case object:
		out := make(object, len(x))
		for k, e := range x {
			out[k] = clone(e)
		}
		return any(out).(T)
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = clone(e)
		}
		return any(out).(T)
	}
	return v
}

func str(v any) string         { s, _ := v.(string); return s }
func obj(v any) object         { o, _ := v.(object); return o }
func list(v any) []any         { l, _ := v.([]any); return l }
func truth(v any) bool         { b, _ := v.(bool); return b }
func runes(s string) int       { return utf8.RuneCountInString(s) }
func textOf(v any) string      { return str(obj(v)["text"]) }
func stringsIn(v any) []string { return stringList(list(v)) }

func stringList(in []any) []string {
	out := make([]string, 0, len(in))
	for _, e := range in {
		if s, ok := e.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func anyList(in []string) []any {
	out := make([]any, len(in))
	for i, s := range in {
		out[i] = s
	}
	return out
}

// number accepts what a decoder or our own code may have put there.
func number(v any) (float64, bool) {
	switch n := v.(type) {
	case json.Number:
		f, err := n.Float64()
		return f, err == nil
	case float64:
		return n, true
	case int:
		return float64(n), true
	case int64:
		return float64(n), true
	}
	return 0, false
}

// each calls visit for every object inside v, v itself included.
func each(v any, visit func(object)) {
	switch x := v.(type) {
	case object:
		visit(x)
		for _, e := range x {
			each(e, visit)
		}
	case []any:
		for _, e := range x {
			each(e, visit)
		}
	}
}

// A stamp is a Slack timestamp in microseconds: "1712345678.000100".
type stamp int64

func stampOf(t time.Time) stamp { return stamp(t.UnixMicro()) }

func (s stamp) String() string { return fmt.Sprintf("%d.%06d", int64(s)/1e6, int64(s)%1e6) }

// parseStamp accepts the short forms that callers use as bounds, such as "0".
func parseStamp(s string) (stamp, bool) {
	whole, frac, _ := strings.Cut(s, ".")
	if whole == "" || len(frac) > 6 {
		return 0, false
	}
	var n int64
	for _, r := range whole + frac + strings.Repeat("0", 6-len(frac)) {
		if r < '0' || r > '9' || n > 1<<59 {
			return 0, false
		}
		n = n*10 + int64(r-'0')
	}
	return stamp(n), true
}

// unmarshal is json.Unmarshal that keeps numbers as written.
func unmarshal(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	return dec.Decode(v)
}
