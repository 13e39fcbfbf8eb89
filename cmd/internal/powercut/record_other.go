//go:build !linux || !(amd64 || arm64)

package powercut

import "errors"

// Record needs Linux, whose kernel tells what a process does.
func Record(dir string, env []string, argv ...string) ([]Op, error) {
	return nil, errors.ErrUnsupported
}
