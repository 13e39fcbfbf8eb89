package slacksim

import (
	"errors"
	"net/http"
)

// An apiError is a refusal in Slack's own words. Every method's error is one.
type apiError struct {
	code     string
	errors   []string // `errors`: what is wrong with blocks, with JSON pointers
	messages []string // `response_metadata.messages`, "[ERROR] " to be put before
	more     object   // further fields, such as needed and provided

	status     int // 200 unless Slack uses another
	retryAfter int // seconds, with status 429
}

func (e *apiError) Error() string { return e.code }

func (e *apiError) answer() object {
	out := object{"ok": false, "error": e.code}
	if len(e.errors) > 0 {
		out["errors"] = anyList(e.errors)
	}
	if messages := append(append([]string{}, e.errors...), e.messages...); len(messages) > 0 {
		for i, m := range messages {
			messages[i] = "[ERROR] " + m
		}
		out["response_metadata"] = object{"messages": anyList(messages)}
	}
	for k, v := range e.more {
		out[k] = v
	}
	return out
}

// is tells whether an error is the refusal with this code.
func is(err error, code string) bool {
	var refused *apiError
	return errors.As(err, &refused) && refused.code == code
}

func refuse(code string) error { return &apiError{code: code} }

// badArgument is Slack's answer to what its argument schema refuses.
func badArgument(messages ...string) error {
	return &apiError{code: "invalid_arguments", messages: messages}
}

func invalidBlocks(problems []string) error {
	return &apiError{code: "invalid_blocks", errors: problems}
}

func invalidView(problems []string) error {
	return &apiError{code: "invalid_arguments", messages: problems}
}

func missingScope(needed, provided string) error {
	return &apiError{code: "missing_scope", more: object{"needed": needed, "provided": provided}}
}

func rateLimited(seconds int) error {
	return &apiError{code: "ratelimited", status: http.StatusTooManyRequests, retryAfter: seconds}
}
