// Package config reads what a team has set up: a few environment variables (see
// [Environment]), healthbot.yml (see [Load]) and, for a scoring model of its own,
// model.yml (see [LoadModel]).
//
// It is strict, because a setting that is silently ignored is found out weeks
// later, on a Monday, by the whole team: a key or variable nobody knows, a
// value of the wrong kind, a reference to somebody who isn't there are all
// refused. Every mistake is reported at once as [Problems], each with the place,
// what was found and what was expected, and for the file the line itself:
//
//	healthbot.yml:12:5: routes[0]: found the unknown key "chanel"; expected one of …; did you mean "channel"?
//	    chanel: C01CSENT
//	    ^
//
// # Secrets
//
// Tokens live in [Secret], which no printer can open, and no message repeats
// the value of an environment variable, be it a token or not: people paste
// tokens into the wrong variable. Should one have been pasted into
// healthbot.yml, it is reported and masked in the quoted line.
//
// # How the file is read
//
// goccy/go-yaml parses the text; decoding is ours, because its decoder stops at
// the first mistake and this one must not. [value] is a place in the document
// with readers for each kind of thing (text, whole number, zone, …) that report
// a mistake and return the zero value, so that reading goes on. What refers to
// something elsewhere in the file is checked when all of it has been read.
package config
