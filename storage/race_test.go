//go:build race

package storage

// racing says that the race detector is on, under which long imports take
// minutes; .ci/run runs those tests without it.
const racing = true
