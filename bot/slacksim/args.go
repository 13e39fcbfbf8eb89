package slacksim

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// args are a call's arguments, whichever way they came: as a query, a form
// (where structures are JSON in a string) or a JSON body.
type args map[string]any

const bodyLimit = 2 << 20

// readArgs returns the arguments and the token that stood among them.
func readArgs(r *http.Request) (args, string, error) {
	a := args{}
	a.merge(r.URL.Query())
	body, err := io.ReadAll(io.LimitReader(r.Body, bodyLimit))
	if err != nil {
		return a, "", refuse("request_timeout")
	}
	if r.Method == http.MethodPost && len(body) > 0 {
		if err := a.readBody(r.Header.Get("Content-Type"), body); err != nil {
			return a, "", err
		}
	}
	token := str(a["token"])
	delete(a, "token")
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		token = bearer
	}
	return a, token, nil
}

func (a args) readBody(contentType string, body []byte) error {
	kind, params, err := mime.ParseMediaType(contentType)
	switch {
	case contentType == "":
		return refuse("missing_post_type")
	case err != nil:
		return refuse("invalid_post_type")
	}
	switch kind {
	case "application/json":
		v, err := decode(body)
		if err != nil {
			return refuse("invalid_json")
		}
		o, ok := v.(object)
		if !ok {
			return refuse("json_not_object")
		}
		for k, v := range o {
			a[k] = v
		}
	case "application/x-www-form-urlencoded":
		values, err := url.ParseQuery(string(body))
		if err != nil {
			return refuse("invalid_form_data")
		}
		a.merge(values)
	case "multipart/form-data":
		return a.readMultipart(body, params["boundary"])
	default:
		return refuse("invalid_post_type")
	}
	return nil
}

func (a args) readMultipart(body []byte, boundary string) error {
	r := &http.Request{
		Method: http.MethodPost,
		Header: http.Header{"Content-Type": {"multipart/form-data; boundary=" + boundary}},
		Body:   io.NopCloser(strings.NewReader(string(body))),
	}
	if err := r.ParseMultipartForm(bodyLimit); err != nil {
		return refuse("invalid_form_data")
	}
	a.merge(r.MultipartForm.Value)
	return nil
}

func (a args) merge(values url.Values) {
	for k, v := range values {
		if len(v) > 0 {
			a[k] = v[0]
		}
	}
}

// text is a string argument. Numbers count: JSON callers send ts without quotes.
func (a args) text(name string) string {
	switch v := a[name].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

func (a args) boolean(name string) bool {
	switch v := a[name].(type) {
	case bool:
		return v
	case string:
		return v == "true" || v == "1"
	}
	return false
}

// integer returns def when the argument is missing.
func (a args) integer(name string, def int) (int, bool) {
	s := a.text(name)
	if s == "" {
		return def, true
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// has tells an argument that was given, even an empty list, from a missing one.
func (a args) has(name string) bool {
	v, ok := a[name]
	return ok && v != nil && v != ""
}

// structure is an object or array, possibly still in a string.
func (a args) structure(name string) (any, bool) {
	s, ok := a[name].(string)
	if !ok {
		return a[name], true
	}
	v, err := decode([]byte(s))
	return v, err == nil
}

// words is a list written with commas, or a JSON array.
func (a args) words(name string) []string {
	if l, ok := a[name].([]any); ok {
		return stringList(l)
	}
	var out []string
	for w := range strings.SplitSeq(a.text(name), ",") {
		if w = strings.TrimSpace(w); w != "" {
			out = append(out, w)
		}
	}
	return out
}

// missing is the complaint about a required argument.
func (a args) missing(names ...string) error {
	for _, n := range names {
		if !a.has(n) {
			return badArgument("missing required field: " + n)
		}
	}
	return nil
}
