//go:build race

package powercut

// racing says that the race detector is on.
const racing = true
