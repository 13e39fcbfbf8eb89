package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"healthbot/storage/record"
)

// fromStdin is the name of a file that comes through standard input.
const fromStdin = "-"

// input is what an import reads: a file, a pipe, standard input.
type input struct {
	io.Reader
	name  string
	file  *os.File    // nil for standard input
	begun fs.FileInfo // of a regular file; nil for what has no end yet
}

func openInput(ctx context.Context, t terminal, name string) (*input, error) {
	if name == fromStdin {
		return &input{Reader: t.in, name: "stdin"}, nil
	}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, usage(fmt.Errorf("there is no file %s; nothing was loaded", name))
	case err != nil:
		return nil, usage(err)
	case info.IsDir():
		return nil, usage(fmt.Errorf("%s is a directory; name the files in it, such as %s", name, filepath.Join(name, "accounts.csv")))
	}
	in := &input{name: filepath.Base(name)}
	if in.file, err = openSoon(ctx, name); err != nil {
		return nil, usage(err)
	}
	in.Reader = in.file
	if info.Mode().IsRegular() {
		if in.begun, err = in.file.Stat(); err != nil {
			return nil, errors.Join(err, in.file.Close())
		}
	}
	return in, nil
}

// openSoon opens a file, or gives up when ctx ends: opening a pipe waits for
// somebody who writes into it.
func openSoon(ctx context.Context, name string) (*os.File, error) {
	type opened struct {
		file *os.File
		err  error
	}
	done := make(chan opened, 1)
	go func() {
		f, err := os.Open(name)
		done <- opened{f, err}
	}()
	select {
	case o := <-done:
		return o.file, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (in *input) close() error {
	if in.file == nil {
		return nil
	}
	return in.file.Close()
}

// whole hands over the parts of the file, and at the end an error if somebody wrote
// to it meanwhile: then nobody knows what was read.
func (in *input) whole(parts iter.Seq2[record.Batch, error]) iter.Seq2[record.Batch, error] {
	return func(yield func(record.Batch, error) bool) {
		for b, err := range parts {
			if !yield(b, err) || err != nil {
				return
			}
		}
		if in.begun == nil {
			return
		}
		now, err := in.file.Stat()
		if err == nil && (now.Size() != in.begun.Size() || !now.ModTime().Equal(in.begun.ModTime())) {
			err = record.Errorf(record.Invalid, "%s: it was written to while it was read (%s bytes at first, %s at the end), so nothing was loaded. Import it again when whoever writes it is done.",
				in.name, record.Grouped(int(in.begun.Size())), record.Grouped(int(now.Size())))
		}
		if err != nil {
			yield(record.Batch{}, err)
		}
	}
}
