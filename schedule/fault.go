package schedule

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/rs/zerolog"
)

// panicked is a panic made into an error: the work goes on without what it hit.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// guard turns a panic of work into an error.
func guard(work func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicked{v, debug.Stack()}
		}
	}()
	return work()
}

// The pause after a fault doubles from the first to the longest.
const (
	firstPause   = time.Second
	longestPause = time.Minute
)

// trouble counts faults in a row and says how long to leave the thing alone.
type trouble struct {
	times int
	until time.Time
}

// resting says that it is too early for another try.
func (t *trouble) resting(now time.Time) bool { return now.Before(t.until) }

// failed notes one more fault. It answers whether to log it: the first, second,
// fourth and so on, so that hours of trouble are a dozen lines.
func (t *trouble) failed(now time.Time) bool {
	pause := longestPause
	if t.times < 6 {
		pause = firstPause << t.times
	}
	t.times++
	t.until = now.Add(pause)
	return t.times&(t.times-1) == 0
}

// mended forgets the faults, and answers whether there were any.
func (t *trouble) mended() bool {
	had := t.times > 0
	*t = trouble{}
	return had
}

// try does a piece of work, unless it failed a moment ago.
func try(ctx context.Context, t *trouble, log zerolog.Logger, kept string, work func() error) {
	if t.resting(time.Now()) || ctx.Err() != nil {
		return
	}
	err := guard(work)
	switch {
	case ctx.Err() != nil: // stopping; what was begun is taken up at the next start
	case err == nil:
		if t.mended() {
			log.Info().Msg("works again")
		}
	case t.failed(time.Now()):
		fault(log.Error(), err, kept).Int("times", t.times).Msg("failed; trying again")
	}
}

// fault describes an error in a log line, a panic with its stack.
func fault(e *zerolog.Event, err error, kept string) *zerolog.Event {
	if p, ok := errors.AsType[*panicked](err); ok {
		e = e.Bytes("stack", p.stack)
	}
	return e.Err(err).Str("kept", kept)
}
