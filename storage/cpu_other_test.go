//go:build !unix

package storage

import "time"

// processorTime isn't known here.
func processorTime() time.Duration { return 0 }
