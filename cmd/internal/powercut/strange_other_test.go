//go:build !linux

package powercut

import "errors"

func strangeWrite(string) error { return errors.ErrUnsupported }
