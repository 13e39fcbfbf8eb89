//go:build !race

package fire

const racing = false
