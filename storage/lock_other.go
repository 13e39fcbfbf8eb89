//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package storage

import "errors"

// lockFile isn't known here; leases go by their signs of life alone.
func lockFile(string) (unlock func() error, err error) { return nil, errors.ErrUnsupported }

// syncFolder does nothing: here folders can't be synced, and needn't be.
func syncFolder(string) error { return nil }
