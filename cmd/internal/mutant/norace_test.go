//go:build !race

package mutant

const racing = false
