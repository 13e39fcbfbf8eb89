package storage

import (
	"bufio"
	"bytes"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
)

// spoolMemory is how much of a spool stays in memory before it is written out;
// a run of it is sorted in a tenth of a second.
const spoolMemory = 16 << 20

// spool sorts any number of records with little memory: what doesn't fit is
// written to a file in sorted runs, which are merged when they are read. The
// file stands beside the database, because it holds the same customers' data,
// and only this user may read it. A small import never makes one.
type spool struct {
	beside  string // the database
	memory  int
	buf     []byte
	records []span
	inOrder bool // records stand sorted
	file    *os.File
	named   bool
	size    int64
	runs    []run
	count   int
}

// span is one record in memory: what it is sorted by, then the rest.
type span struct{ from, sorted, to int }

// piece is one record as it is handed over.
type piece struct {
	bytes  []byte
	sorted int // how many of them it was sorted by
}

func (p piece) by() []byte { return p.bytes[:p.sorted] }

// write appends a piece as [stream] reads it.
func (p piece) write(w *bufio.Writer) {
	var head [pieceHead]byte
	binary.LittleEndian.PutUint32(head[:4], uint32(p.sorted))
	binary.LittleEndian.PutUint32(head[4:], uint32(len(p.bytes)))
	w.Write(head[:])
	w.Write(p.bytes)
}

// pieceHead is how many bytes come before those of a piece.
const pieceHead = 8

func (p piece) size() int64 { return int64(pieceHead + len(p.bytes)) }

// run is a sorted part of the file.
type run struct{ from, to int64 }

func newSpool(beside string) *spool { return &spool{beside: beside, memory: spoolMemory} }

// add keeps a record that is sorted by its first bytes. The record is copied.
func (s *spool) add(record []byte, sorted int) error {
	if len(s.buf)+len(record) > s.memory && len(s.records) > 0 {
		if err := s.spill(); err != nil {
			return err
		}
	}
	from := len(s.buf)
	s.buf = append(s.buf, record...)
	s.records = append(s.records, span{from, from + sorted, len(s.buf)})
	s.inOrder = false
	s.count++
	return nil
}

func (s *spool) sort() {
	if !s.inOrder {
		slices.SortFunc(s.records, func(a, b span) int { return bytes.Compare(s.buf[a.from:a.sorted], s.buf[b.from:b.sorted]) })
		s.inOrder = true
	}
}

// spill writes the records in memory to the file, as one run.
func (s *spool) spill() error {
	if s.file == nil {
		f, err := os.CreateTemp(filepath.Dir(s.beside), filepath.Base(s.beside)+".import-*")
		if err != nil {
			return fmt.Errorf("make a file to sort the import in: %w", err)
		}
		// Without a name nothing is left behind, even by a kill. Where an open file
		// can't lose its name, close removes it.
		s.file, s.named = f, os.Remove(f.Name()) != nil
	}
	s.sort()
	w := bufio.NewWriterSize(s.file, 1<<18)
	from := s.size
	for _, r := range s.records {
		p := piece{s.buf[r.from:r.to], r.sorted - r.from}
		p.write(w) // a bufio.Writer keeps its first error for Flush
		s.size += p.size()
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write the file that the import is sorted in: %w", err)
	}
	s.runs = append(s.runs, run{from, s.size})
	s.buf, s.records = s.buf[:0], s.records[:0]
	return nil
}

// all hands over the records in order; each is valid until the next. It may be
// called more than once.
func (s *spool) all() iter.Seq2[piece, error] {
	return func(yield func(piece, error) bool) {
		s.sort()
		var m merge
		for _, r := range s.runs {
			m = append(m, &stream{file: bufio.NewReaderSize(io.NewSectionReader(s.file, r.from, r.to-r.from), 1<<16)})
		}
		m = append(m, &stream{spool: s})
		for i := 0; i < len(m); {
			ok, err := m[i].next()
			if err != nil {
				yield(piece{}, err)
				return
			}
			if !ok {
				m = slices.Delete(m, i, i+1)
				continue
			}
			i++
		}
		heap.Init(&m)
		for len(m) > 0 {
			if !yield(m[0].piece, nil) {
				return
			}
			ok, err := m[0].next()
			switch {
			case err != nil:
				yield(piece{}, err)
				return
			case ok:
				heap.Fix(&m, 0)
			default:
				heap.Pop(&m)
			}
		}
	}
}

// close gives everything back.
func (s *spool) close() error {
	s.buf, s.records = nil, nil
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	if s.named {
		err = errors.Join(err, os.Remove(s.file.Name()))
	}
	s.file = nil
	return err
}

// stream is one sorted run being read, from the file or from memory.
type stream struct {
	file  *bufio.Reader
	spool *spool
	at    int
	piece
}

func (x *stream) next() (bool, error) {
	if x.spool != nil {
		if x.at == len(x.spool.records) {
			return false, nil
		}
		r := x.spool.records[x.at]
		x.at++
		x.piece = piece{x.spool.buf[r.from:r.to], r.sorted - r.from}
		return true, nil
	}
	var head [pieceHead]byte
	if _, err := io.ReadFull(x.file, head[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		return false, fmt.Errorf("read the file that the import is sorted in: %w", err)
	}
	sorted, all := int(binary.LittleEndian.Uint32(head[:4])), int(binary.LittleEndian.Uint32(head[4:]))
	x.piece = piece{slices.Grow(x.bytes[:0], all)[:all], sorted}
	if _, err := io.ReadFull(x.file, x.bytes); err != nil {
		return false, fmt.Errorf("read the file that the import is sorted in: %w", err)
	}
	return true, nil
}

// merge is a heap of runs, the one with the least record on top.
type merge []*stream

func (m merge) Len() int           { return len(m) }
func (m merge) Less(i, j int) bool { return bytes.Compare(m[i].by(), m[j].by()) < 0 }
func (m merge) Swap(i, j int)      { m[i], m[j] = m[j], m[i] }
func (m *merge) Push(x any)        { *m = append(*m, x.(*stream)) }
func (m *merge) Pop() any {
	last := (*m)[len(*m)-1]
	*m = (*m)[:len(*m)-1]
	return last
}
