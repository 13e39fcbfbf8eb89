//go:build !race

package bot

const racing = false
