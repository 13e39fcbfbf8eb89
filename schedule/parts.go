package schedule

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"

	"github.com/rs/zerolog"
)

// sideBySide works through a list in parts, as many at once as there are cores.
// The first fault keeps further parts from being begun.
func sideBySide(ctx context.Context, list []string, size int, work func(ctx context.Context, part []string) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	parts := make(chan []string)
	cores := min(runtime.GOMAXPROCS(0), len(list))
	if cores > 0 {
		size = min(size, (len(list)+cores-1)/cores)
	}
	errs := make([]error, cores)
	var wg sync.WaitGroup
	for i := range cores {
		wg.Go(func() {
			for part := range parts {
				if errs[i] = guard(func() error { return work(ctx, part) }); errs[i] != nil {
					cancel()
					return
				}
			}
		})
	}
	func() {
		defer close(parts)
		for part := range slices.Chunk(list, size) {
			select {
			case parts <- part:
			case <-ctx.Done():
				return
			}
		}
	}()
	wg.Wait()
	return firstOf(errs, ctx.Err())
}

// firstOf prefers the fault that ended the work to those of parts that it ended.
func firstOf(errs []error, ended error) error {
	for _, err := range errs {
		if err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
	}
	return errors.Join(append(errs, ended)...)
}

// failures gathers accounts that couldn't be scored. They must not stop the work
// on all others.
type failures struct {
	accounts []string
	first    error
}

func (f *failures) note(account string, err error) {
	if err == nil {
		return
	}
	if f.first == nil {
		f.first = err
	}
	if !slices.Contains(f.accounts, account) {
		f.accounts = append(f.accounts, account)
	}
}

func (f *failures) report(log zerolog.Logger) {
	if f.first != nil {
		fault(log.Error(), f.first, "the evidence, and all other scores").Strs("accounts", f.accounts).Msg("accounts not scored")
	}
}
