package storage

import (
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"
)

// watchMemory samples what the process has in memory; the result is its peak in
// megabytes so far.
func watchMemory() (peak func() float64) {
	debug.FreeOSMemory()
	stop := make(chan struct{})
	var most float64
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			most = max(most, resident())
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	})
	return func() float64 {
		close(stop)
		wg.Wait()
		return most
	}
}

// resident is the process's memory in megabytes; where the system doesn't tell it,
// what the runtime holds.
func resident() float64 {
	if text, err := os.ReadFile("/proc/self/statm"); err == nil {
		if f := strings.Fields(string(text)); len(f) > 1 {
			if pages, err := strconv.ParseFloat(f[1], 64); err == nil {
				return pages * float64(os.Getpagesize()) / 1e6
			}
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.Sys-m.HeapReleased) / 1e6
}
