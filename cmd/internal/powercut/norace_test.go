//go:build !race

package powercut

const racing = false
