//go:build unix

package storage

import (
	"syscall"
	"time"
)

// processorTime is what this process has used of all cores: a figure that holds
// when others work on the same machine.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
