//go:build linux && (amd64 || arm64)

package powercut

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// recorder turns the calls of one process into operations.
type recorder struct {
	pid    int
	dir    string
	memory *os.File // of the process
	ops    []Op
	under  map[int]*entered // by thread: the call that it is in
	open   map[int]what     // by descriptor
	names  map[string]int   // by name: its file
	files  int
}

// what a descriptor stands for.
type what struct {
	file   int    // 0: a folder, or the marks
	folder string // "." is the recorded one
	marks  bool
}

// entered is a call that hasn't returned yet.
type entered struct {
	shape
	args     [6]uint64
	began    int
	on       what
	ours     bool   // it is about a file of the recorded folder
	data     []byte // to be written
	name, to string // below the recorded folder, or ""
}

func newRecorder(pid int, dir string) (*recorder, error) {
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return nil, err
	}
	dir, err = filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, err
	}
	return &recorder{pid: pid, dir: dir, memory: memory, under: map[int]*entered{}, open: map[int]what{MarkFD: {marks: true}}, names: map[string]int{}}, nil
}

const (
	atCWD    = -100 // AT_FDCWD
	dupFD    = 0    // F_DUPFD
	dupFDCLO = 1030 // F_DUPFD_CLOEXEC
)

// enters notes what must be known before the call is carried out.
func (r *recorder) enters(tid int, number uint64, args [6]uint64) (err error) {
	delete(r.under, tid)
	s := shapeOf(number)
	if s.does == 0 {
		return nil
	}
	e := &entered{shape: s, args: args, began: len(r.ops)}
	e.on, e.ours = r.open[int(int32(args[0]))]
	switch s.does {
	case closes:
		delete(r.open, int(int32(args[0]))) // another thread may be given the number before this call returns
		return nil
	case writes, writesAt:
		if !e.ours {
			return nil
		}
		e.data = make([]byte, args[2])
		if _, err := r.memory.ReadAt(e.data, int64(args[1])); err != nil {
			return fmt.Errorf("read what is written: %w", err)
		}
		if e.on.marks {
			r.ops = append(r.ops, Op{Kind: Mark, Text: strings.TrimSpace(string(e.data)), Began: e.began})
			return nil
		}
	case maps:
		e.on, e.ours = r.open[int(int32(args[4]))]
		const write, shared = 2, 1
		if !e.ours || args[2]&write == 0 || args[3]&shared == 0 {
			return nil
		}
	case copies:
		e.on, e.ours = r.open[int(int32(args[2]))]
		if !e.ours {
			return nil
		}
	case changes:
		if e.ours {
			return fmt.Errorf("powercut: call %d changes a file in a way that isn't recorded", number)
		}
		return nil
	case unlinks, renames, links:
		if e.name, e.to, err = r.paths(e); err != nil || e.name == "" && e.to == "" {
			return err
		}
	case controls:
		if c := args[1]; !e.ours || c != dupFD && c != dupFDCLO {
			return nil
		}
	case opens:
	default:
		if !e.ours {
			return nil
		}
	}
	r.under[tid] = e
	return nil
}

// leaves notes what the call has done.
func (r *recorder) leaves(tid int, result int64) error {
	e := r.under[tid]
	delete(r.under, tid)
	if e == nil || result < 0 {
		return nil
	}
	add := func(o Op) { o.Began = e.began; r.ops = append(r.ops, o) }
	switch e.does {
	case opens:
		return r.opened(e, int(result), add)
	case duplicates, controls:
		r.open[int(result)] = e.on
	case writesAt:
		add(Op{Kind: Write, File: e.on.file, Offset: int64(e.args[3]), Data: e.data[:result]})
	case writes:
		end, err := r.position(int(e.args[0]))
		if err != nil {
			return err
		}
		add(Op{Kind: Write, File: e.on.file, Offset: end - result, Data: e.data[:result]})
	case copies:
		return r.copied(e, result, add)
	case truncates:
		add(Op{Kind: Truncate, File: e.on.file, Size: int64(e.args[1])})
	case syncs:
		if e.on.file == 0 {
			add(Op{Kind: SyncDir, Name: e.on.folder})
		} else {
			add(Op{Kind: Sync, File: e.on.file})
		}
	case maps:
		add(Op{Kind: Map, File: e.on.file})
	case unlinks:
		delete(r.names, e.name)
		add(Op{Kind: Unbind, Name: e.name})
	case renames:
		if e.name == "" || e.to == "" {
			return fmt.Errorf("powercut: a file was moved into the recorded folder or out of it: %q, %q", e.name, e.to)
		}
		r.names[e.to] = r.names[e.name]
		delete(r.names, e.name)
		add(Op{Kind: Rename, Name: e.name, To: e.to})
	case links:
		r.names[e.to] = r.names[e.name]
		add(Op{Kind: Bind, Name: e.to, File: r.names[e.to]})
	}
	return nil
}

func (r *recorder) opened(e *entered, fd int, add func(Op)) error {
	path, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", r.pid, fd))
	if err != nil {
		return err
	}
	name, ours := r.below(path)
	if !ours {
		return nil
	}
	flags := e.args[1]
	if e.at {
		flags = e.args[2]
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		r.open[fd] = what{folder: name}
		return nil
	}
	file, known := r.names[name]
	if !known {
		r.files++
		file = r.files
		r.names[name] = file
		add(Op{Kind: Bind, Name: name, File: file})
	} else if flags&syscall.O_TRUNC != 0 {
		add(Op{Kind: Truncate, File: file})
	}
	r.open[fd] = what{file: file}
	return nil
}

// copied reads back what the kernel copied by itself.
func (r *recorder) copied(e *entered, n int64, add func(Op)) error {
	if e.args[3] != 0 {
		return fmt.Errorf("powercut: a copy to a place of its own isn't recorded")
	}
	end, err := r.position(int(e.args[2]))
	if err != nil {
		return err
	}
	f, err := os.Open(fmt.Sprintf("/proc/%d/fd/%d", r.pid, e.args[2]))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read
	data := make([]byte, n)
	if _, err := f.ReadAt(data, end-n); err != nil {
		return fmt.Errorf("read what was copied: %w", err)
	}
	add(Op{Kind: Write, File: e.on.file, Offset: end - n, Data: data})
	return nil
}

// position is where a descriptor stands.
func (r *recorder) position(fd int) (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%d", r.pid, fd))
	if err != nil {
		return 0, err
	}
	line, _, _ := strings.Cut(string(b), "\n")
	return strconv.ParseInt(strings.TrimSpace(strings.TrimPrefix(line, "pos:")), 10, 64)
}

// paths are the names that a call is about, below the recorded folder.
func (r *recorder) paths(e *entered) (name, to string, err error) {
	type place struct{ folder, path int }
	var places []place
	switch {
	case e.does == unlinks && e.at:
		places = []place{{0, 1}}
	case e.does == unlinks:
		places = []place{{-1, 0}}
	case e.at:
		places = []place{{0, 1}, {2, 3}}
	default:
		places = []place{{-1, 0}, {-1, 1}}
	}
	var found [2]string
	for i, p := range places {
		path, err := r.text(e.args[p.path])
		if err != nil {
			return "", "", err
		}
		if !filepath.IsAbs(path) {
			base := fmt.Sprintf("/proc/%d/cwd", r.pid)
			if p.folder >= 0 && int32(e.args[p.folder]) != atCWD {
				base = fmt.Sprintf("/proc/%d/fd/%d", r.pid, e.args[p.folder])
			}
			folder, err := os.Readlink(base)
			if err != nil {
				return "", "", err
			}
			path = filepath.Join(folder, path)
		}
		found[i], _ = r.below(path)
	}
	return found[0], found[1], nil
}

// below is a path's name in the recorded folder.
func (r *recorder) below(path string) (string, bool) {
	name, err := filepath.Rel(r.dir, path)
	if err != nil || name == ".." || strings.HasPrefix(name, "../") {
		return "", false
	}
	return name, true
}

// text reads a string that ends with a zero.
func (r *recorder) text(at uint64) (string, error) {
	var out []byte
	b := make([]byte, 1)
	for len(out) < 4096 {
		if _, err := r.memory.ReadAt(b, int64(at)+int64(len(out))); err != nil {
			return "", fmt.Errorf("read a path: %w", err)
		}
		if b[0] == 0 {
			return string(out), nil
		}
		out = append(out, b[0])
	}
	return "", fmt.Errorf("powercut: a path without an end")
}
