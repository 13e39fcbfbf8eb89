//go:build race

package fire

// racing says that the race detector is on: it would watch the tests and not the
// program, which runs in a process of its own.
const racing = true
