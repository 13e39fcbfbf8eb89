package powercut

import "syscall"

// The syscall package is older than these.
const (
	sysRenameat2     = 316
	sysCopyFileRange = 326
)

var older = map[uint64]shape{
	syscall.SYS_OPEN:   {does: opens},
	syscall.SYS_DUP2:   {does: duplicates},
	syscall.SYS_UNLINK: {does: unlinks},
	syscall.SYS_RENAME: {does: renames},
	syscall.SYS_LINK:   {does: links},
}
