//go:build race

package schedule

// racing says that the race detector is on, under which every zone's slots take a
// minute; .ci/run runs that test without it, too.
const racing = true
