package record

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Kind says, for the program, what sort of thing went wrong.
type Kind string

const (
	NotFound  Kind = "not found"
	Conflict  Kind = "conflict"  // somebody else was first, or the state moved on
	Forbidden Kind = "forbidden" // the person may not do this here
	Invalid   Kind = "invalid"   // the input is wrong
	Busy      Kind = "busy"      // try again: another process holds what is needed
	Broken    Kind = "broken"    // the database or a record is damaged or too new
)

// Error carries a kind for the program, a sentence for the person and a cause
// for the operator.
type Error struct {
	Kind  Kind
	Say   string // whole sentences: what happened, what was kept, what to do
	Cause error
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Say + " (" + e.Cause.Error() + ")"
	}
	return e.Say
}

func (e *Error) Unwrap() error { return e.Cause }

// Errorf makes an error of a kind with a sentence for the person.
func Errorf(k Kind, format string, args ...any) *Error {
	return &Error{Kind: k, Say: fmt.Sprintf(format, args...)}
}

// KindOf returns the kind of an error, or "" for a fault nobody foresaw.
func KindOf(err error) Kind {
	var e *Error
	var f FieldErrors
	switch {
	case errors.As(err, &e):
		return e.Kind
	case errors.As(err, &f):
		return Invalid
	}
	return ""
}

// Say returns the sentence to show a person; a fault nobody foresaw gets a
// general one, because its text is for the operator.
func Say(err error) string {
	var e *Error
	var f FieldErrors
	switch {
	case errors.As(err, &e):
		return e.Say
	case errors.As(err, &f):
		return f.Error()
	}
	return "Something went wrong on our side. Nothing was saved. Please try again; if it happens twice, tell your admin, who finds the details in the log."
}

// FieldErrors maps a form's field to what is wrong with it.
type FieldErrors map[Field]string

// Field names an input of a form.
type Field string

func (f FieldErrors) Error() string {
	var parts []string
	for k, v := range f {
		parts = append(parts, fmt.Sprintf("%s: %s", k, v))
	}
	slices.Sort(parts)
	return strings.Join(parts, "; ")
}

// add keeps the first complaint about a field.
func (f FieldErrors) add(field Field, format string, args ...any) {
	if _, ok := f[field]; !ok {
		f[field] = fmt.Sprintf(format, args...)
	}
}

// err is nil when nothing is wrong.
func (f FieldErrors) err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}
