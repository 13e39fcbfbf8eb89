//go:build linux && (amd64 || arm64)

package powercut

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

const (
	waitAll       = 0x40000000 // __WALL: threads, too
	waitOwn       = 0x20000000 // __WNOTHREAD: only those that this thread traces
	endWithTracer = 0x100000   // PTRACE_O_EXITKILL
	sysgood       = 1          // PTRACE_O_TRACESYSGOOD
	traceThreads  = 8          // PTRACE_O_TRACECLONE
	syscallInfo   = 0x420e     // PTRACE_GET_SYSCALL_INFO, since Linux 5.3
	stopAtSyscall = syscall.SIGTRAP | 0x80
)

// info is the kernel's struct ptrace_syscall_info.
type info struct {
	op   uint8 // 1 at the entry, 2 at the exit
	_    [3]byte
	_    uint32 // architecture
	_, _ uint64 // instruction and stack pointer
	data [8]uint64
}

// Record runs a command, tells what it did to the files of a folder, which must
// be empty at the start, and fails if the command does.
func Record(dir string, env []string, argv ...string) ([]Op, error) {
	type result struct {
		ops []Op
		err error
	}
	done := make(chan result)
	go func() {
		runtime.LockOSThread() // one thread starts and traces; it ends with this goroutine
		ops, err := trace(dir, env, argv)
		done <- result{ops, err}
	}()
	r := <-done
	return r.ops, r.err
}

func trace(dir string, env, argv []string) ([]Op, error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = null.Close() }() // nothing was written
	said, err := os.CreateTemp("", "recorded")
	if err != nil {
		return nil, err
	}
	defer func() { _ = errors.Join(said.Close(), os.Remove(said.Name())) }() // read by then
	pid, err := syscall.ForkExec(argv[0], argv, &syscall.ProcAttr{Dir: "/", Env: env,
		Files: []uintptr{null.Fd(), said.Fd(), said.Fd(), null.Fd()}, Sys: &syscall.SysProcAttr{Ptrace: true}})
	if err != nil {
		return nil, fmt.Errorf("start %s to be recorded: %w", argv[0], err)
	}
	r, err := newRecorder(pid, dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.memory.Close() }() // only read
	code, err := follow(pid, r)
	if err != nil {
		_ = syscall.Kill(pid, syscall.SIGKILL) // it is ours, and stopped
		return nil, err
	}
	if code != 0 {
		text, err := os.ReadFile(said.Name())
		return nil, errors.Join(fmt.Errorf("the recorded process ended with code %d:\n%s", code, text), err)
	}
	return r.ops, nil
}

// follow lets the process and all its threads run from call to call until it ends.
func follow(pid int, r *recorder) (code int, err error) {
	known := map[int]bool{}
	for {
		var status syscall.WaitStatus
		tid, err := syscall.Wait4(-1, &status, waitAll|waitOwn, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("wait for the recorded process: %w", err)
		}
		signal := 0
		switch {
		case status.Exited() || status.Signaled():
			if tid != pid {
				continue
			}
			if status.Signaled() {
				return 0, fmt.Errorf("the recorded process was ended by %s", status.Signal())
			}
			return status.ExitStatus(), nil
		case !known[tid]: // its first stop: the start of the program, or of a thread
			known[tid] = true
			if tid == pid {
				if err := syscall.PtraceSetOptions(pid, sysgood|traceThreads|endWithTracer); err != nil {
					return 0, fmt.Errorf("trace: %w", err)
				}
			}
		case status.StopSignal() == stopAtSyscall:
			if err := stopped(tid, r); err != nil {
				return 0, err
			}
		case status.TrapCause() > 0: // a thread was made
		default:
			signal = int(status.StopSignal())
		}
		if err := syscall.PtraceSyscall(tid, signal); err != nil && err != syscall.ESRCH {
			return 0, fmt.Errorf("go on with thread %d: %w", tid, err)
		}
	}
}

// stopped looks at the call that a thread enters or leaves.
func stopped(tid int, r *recorder) error {
	var i info
	_, _, errno := syscall.Syscall6(syscall.SYS_PTRACE, syscallInfo, uintptr(tid), unsafe.Sizeof(i), uintptr(unsafe.Pointer(&i)), 0, 0)
	if errno == syscall.ESRCH {
		return nil // it was killed meanwhile
	}
	if errno != 0 {
		return fmt.Errorf("ask what thread %d calls: %w", tid, errno)
	}
	switch i.op {
	case 1:
		return r.enters(tid, i.data[0], [6]uint64(i.data[1:7]))
	case 2:
		return r.leaves(tid, int64(i.data[0]))
	}
	return nil
}
