//go:build !race

package storage

const racing = false
