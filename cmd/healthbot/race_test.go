//go:build race

package main

// racing says that the race detector is on, which makes scoring a year of weeks
// take minutes; .ci/run runs those tests without it.
const racing = true
