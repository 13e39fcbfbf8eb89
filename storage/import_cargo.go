package storage

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"time"

	"healthbot/storage/record"
)

// cargo is what an import is going to store, once everything about it is settled:
// rows in the order of their tables, and what its flip needs to know. Whoever has
// it can store it: the import itself, or a running bot to which it is handed over
// as a file.
type cargo struct {
	ID     string       `json:"id"`
	Token  string       `json:"token"` // of the import, while it holds the lease
	Actor  record.Actor `json:"actor"`
	File   string       `json:"file"`
	Digest string       `json:"digest"`
	Source string       `json:"source"`
	At     time.Time    `json:"at"`
	Syncs  []synced     `json:"syncs"`
	Rows   int          `json:"rows"`
	// Summary lists the first refusals only.
	Summary record.Summary `json:"summary"`

	rows iter.Seq2[piece, error] // may be read more than once
}

// synced says that a source had delivered everything of a kind at a time.
type synced struct {
	Kind string `json:"kind"`
	At   int64  `json:"at"`
}

// refusalsKept is how many refusals of an import are kept with its batch.
const refusalsKept = 100

func (p *plan) cargo(token string, actor record.Actor) *cargo {
	c := &cargo{ID: p.id, Token: token, Actor: actor, File: p.file, Digest: p.digest, Source: p.source, At: p.now,
		Summary: p.sum, Rows: p.news.count, rows: p.news.all()}
	if all := p.sum.Refused; len(all) > refusalsKept {
		c.Summary.Refused, c.Summary.More = all[:refusalsKept], p.sum.More+len(all)-refusalsKept
	}
	for on, at := range p.synced {
		c.Syncs = append(c.Syncs, synced{on.kind, at.UnixMilli()})
	}
	slices.SortFunc(c.Syncs, func(a, b synced) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.At, b.At)) })
	return c
}

// save makes the file by which a cargo is handed over. It appears whole or not at
// all, and only this user may read it.
func (c *cargo) save(path string) (err error) {
	f, err := os.OpenFile(path+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("make the file that hands the import over: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("write the file that hands the import over: %w", err), f.Close(), os.Remove(f.Name()))
		}
	}()
	head, err := json.Marshal(c)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<18)
	w.Write(append(head, '\n')) // a bufio.Writer keeps its first error for Flush
	for x, err := range c.rows {
		if err != nil {
			return err
		}
		x.write(w)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// openCargo reads a file that [cargo.save] made. Closing it is the caller's.
func openCargo(path string) (*cargo, io.Closer, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	c := &cargo{}
	head, err := bufio.NewReader(f).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(head, c)
	}
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("read the file that hands an import over: %w", err), f.Close())
	}
	from := int64(len(head))
	c.rows = func(yield func(piece, error) bool) {
		s := stream{file: bufio.NewReaderSize(io.NewSectionReader(f, from, 1<<62), 1<<18)}
		for n := 0; ; n++ {
			ok, err := s.next()
			if err == nil && !ok && n != c.Rows {
				err = errSpool
			}
			if err != nil {
				yield(piece{}, err)
				return
			}
			if !ok || !yield(s.piece, nil) {
				return
			}
		}
	}
	return c, f, nil
}
