package powercut

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
)

// sector is what a disk writes whole or not at all. SQLite counts on it for no
// more than that a write doesn't damage what lies beside it.
const sector = 512

// Disk replays a recording up to a moment, and knows what the disk must have by
// then and what it may have.
type Disk struct {
	ops   []Op
	at    int // operations replayed
	files map[int]*file
	names map[string]int // that are surely on the disk
	moved []numberedOp   // bindings that may be
}

// file is one file's content: surely is on the disk, and pending may be.
type file struct {
	surely  []byte
	pending []numberedOp
	mapped  bool
}

type numberedOp struct {
	n int
	Op
}

// NewDisk is an empty disk before the recording began.
func NewDisk(ops []Op) *Disk {
	return &Disk{ops: ops, files: map[int]*file{}, names: map[string]int{}}
}

// Advance replays up to, and without, operation n.
func (d *Disk) Advance(n int) {
	for ; d.at < n; d.at++ {
		d.step(numberedOp{d.at, d.ops[d.at]})
	}
}

func (d *Disk) step(o numberedOp) {
	switch o.Kind {
	case Write, Truncate:
		f := d.file(o.File)
		f.pending = append(f.pending, o)
	case Sync:
		d.file(o.File).sync(o.Began)
	case Map:
		d.file(o.File).mapped = true
	case Bind, Unbind, Rename:
		d.moved = append(d.moved, o)
	case SyncDir:
		d.moved = slices.DeleteFunc(d.moved, func(m numberedOp) bool {
			due := m.n < o.Began && filepath.Dir(m.Name) == o.Name
			if due {
				bind(d.names, m.Op)
			}
			return due
		})
	}
}

func (d *Disk) file(n int) *file {
	if d.files[n] == nil {
		d.files[n] = &file{}
	}
	return d.files[n]
}

func bind(names map[string]int, o Op) {
	switch o.Kind {
	case Bind:
		names[o.Name] = o.File
	case Unbind:
		delete(names, o.Name)
	case Rename:
		if f, ok := names[o.Name]; ok {
			delete(names, o.Name)
			names[o.To] = f
		}
	}
}

// sync makes sure of what was written before operation n.
func (f *file) sync(n int) {
	f.pending = slices.DeleteFunc(f.pending, func(o numberedOp) bool {
		if o.n >= n {
			return false
		}
		f.surely = apply(f.surely, o.Op)
		return true
	})
}

func apply(b []byte, o Op) []byte {
	if o.Kind == Truncate {
		return resize(b, o.Size)
	}
	if end := o.Offset + int64(len(o.Data)); end > int64(len(b)) {
		b = resize(b, end)
	}
	copy(b[o.Offset:], o.Data)
	return b
}

func resize(b []byte, size int64) []byte {
	if size <= int64(len(b)) {
		return b[:size:size] // what grows into it again must be zeros
	}
	return append(b, make([]byte, size-int64(len(b)))...)
}

// Mood is how a disk treats what wasn't synced when the power goes.
type Mood int

// Moods of disks.
const (
	Forgets   Mood = iota // nothing of it is there
	Keeps                 // all of it is, as after a kill
	InOrder               // the first part is, the last write of it torn
	Shuffles              // any sectors are, whatever their order was
	Scrambles             // as before, and some that were under way are noise
	moods
)

func (m Mood) String() string {
	return [...]string{"forgets", "keeps", "in order", "shuffles", "scrambles"}[m]
}

// AnyMood picks a mood.
func AnyMood(r *rand.Rand) Mood { return Mood(r.IntN(int(moods))) }

// Cut leaves in a folder what a machine may find there if the power goes now.
func (d *Disk) Cut(r *rand.Rand, m Mood, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	names := d.namesAfter(r, m)
	order := make([]string, 0, len(names)) // the same seed makes the same image
	for name := range names {
		order = append(order, name)
	}
	slices.Sort(order)
	for _, name := range order {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, d.file(names[name]).after(r, m), 0o600); err != nil {
			return fmt.Errorf("leave an image: %w", err)
		}
	}
	return nil
}

// namesAfter is which names there are after a cut. Each change of a folder that
// wasn't synced happened or didn't, for itself.
func (d *Disk) namesAfter(r *rand.Rand, m Mood) map[string]int {
	names := map[string]int{}
	for name, f := range d.names {
		names[name] = f
	}
	first := len(d.moved)
	if m == InOrder {
		first = r.IntN(len(d.moved) + 1)
	}
	for i, o := range d.moved {
		there := m == Keeps || m == InOrder && i < first || m >= Shuffles && r.IntN(2) == 0
		if there {
			bind(names, o.Op)
		}
	}
	return names
}

// after is a file's content after a cut.
func (f *file) after(r *rand.Rand, m Mood) []byte {
	b := bytes.Clone(f.surely)
	switch m {
	case Forgets:
	case Keeps:
		for _, o := range f.pending {
			b = apply(b, o.Op)
		}
	case InOrder:
		n := r.IntN(len(f.pending) + 1)
		for _, o := range f.pending[:n] {
			b = apply(b, o.Op)
		}
		if n < len(f.pending) {
			parts := split(f.pending[n].Op)
			for _, part := range parts[:r.IntN(len(parts)+1)] {
				b = apply(b, part)
			}
		}
	default:
		likely := r.Float64() // now few are there, now nearly all
		for _, o := range f.pending {
			for _, part := range split(o.Op) {
				if r.Float64() < likely {
					b = apply(b, part)
				} else if m == Scrambles && part.Kind == Write && r.IntN(8) == 0 {
					b = apply(b, noise(r, part))
				}
			}
		}
	}
	if f.mapped { // nobody saw what was written there, and nothing was synced
		fill(r, b)
	}
	return b
}

// split cuts a write where sectors end.
func split(o Op) (parts []Op) {
	if o.Kind != Write {
		return []Op{o}
	}
	for len(o.Data) > 0 {
		n := min(int64(len(o.Data)), sector-o.Offset%sector)
		part := o
		part.Data = o.Data[:n]
		parts = append(parts, part)
		o.Offset, o.Data = o.Offset+n, o.Data[n:]
	}
	return parts
}

func noise(r *rand.Rand, o Op) Op {
	o.Data = make([]byte, len(o.Data))
	fill(r, o.Data)
	return o
}

func fill(r *rand.Rand, b []byte) {
	for i := range b {
		b[i] = byte(r.Uint32())
	}
}
