package powercut

import (
	"os"
	"syscall"
	"unsafe"
)

// strangeWrite writes in a way that isn't recorded.
func strangeWrite(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	text := []byte("strange")
	parts := []syscall.Iovec{{Base: &text[0], Len: uint64(len(text))}}
	if _, _, errno := syscall.Syscall(syscall.SYS_WRITEV, f.Fd(), uintptr(unsafe.Pointer(&parts[0])), 1); errno != 0 {
		return errno
	}
	return f.Close()
}
