//go:build linux && (amd64 || arm64)

package powercut

import "syscall"

// does is what a system call does to files, by whatever number.
type does int

const (
	opens does = iota + 1
	closes
	duplicates
	controls
	writes
	writesAt
	truncates
	syncs
	maps
	copies
	unlinks
	renames
	links
	changes // in a way that isn't understood here: on a file of ours that is an error
)

// shape is a call and how it names files: with at, a folder's descriptor stands
// before each path.
type shape struct {
	does does
	at   bool
}

// shapes are the calls that every machine has; older, those that only some have
// and that do the same.
var shapes = map[uint64]shape{
	syscall.SYS_OPENAT:    {opens, true},
	syscall.SYS_CLOSE:     {does: closes},
	syscall.SYS_DUP:       {does: duplicates},
	syscall.SYS_DUP3:      {does: duplicates},
	syscall.SYS_FCNTL:     {does: controls},
	syscall.SYS_WRITE:     {does: writes},
	syscall.SYS_PWRITE64:  {does: writesAt},
	syscall.SYS_FTRUNCATE: {does: truncates},
	syscall.SYS_FSYNC:     {does: syncs},
	syscall.SYS_FDATASYNC: {does: syncs},
	syscall.SYS_MMAP:      {does: maps},
	sysCopyFileRange:      {does: copies},
	syscall.SYS_UNLINKAT:  {unlinks, true},
	syscall.SYS_RENAMEAT:  {renames, true},
	sysRenameat2:          {renames, true},
	syscall.SYS_LINKAT:    {links, true},
	syscall.SYS_WRITEV:    {does: changes},
	syscall.SYS_PWRITEV:   {does: changes},
	syscall.SYS_FALLOCATE: {does: changes},
	syscall.SYS_SPLICE:    {does: changes},
	syscall.SYS_SENDFILE:  {does: changes},
}

func shapeOf(number uint64) shape {
	if s, ok := shapes[number]; ok {
		return s
	}
	return older[number]
}
