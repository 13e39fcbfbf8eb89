package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"healthbot/storage/record"
)

// progress shows on a terminal how far an import is, once it takes longer than
// anybody waits without asking: the step, the rows, and how many a second.
type progress struct {
	to    io.Writer
	file  string
	begun time.Time
	step  string
	since time.Time // when the step began
	last  time.Time
	wide  int // of the line that stands there
}

const (
	progressAfter = time.Second
	progressEvery = 200 * time.Millisecond
)

func (p *progress) show(at record.Progress) { p.at(time.Now(), at) }

func (p *progress) at(now time.Time, at record.Progress) {
	if at.Step != p.step {
		p.step, p.since = at.Step, now
	}
	if now.Sub(p.begun) < progressAfter || now.Sub(p.last) < progressEvery {
		return
	}
	p.last = now
	text := fmt.Sprintf("%s: %s %s", p.file, at.Step, record.Grouped(at.Rows))
	if at.Of > 0 {
		text += " of " + record.Grouped(at.Of)
	}
	text += " rows"
	if took := now.Sub(p.since); took >= progressEvery {
		text += fmt.Sprintf(", %s a second", record.Grouped(int(float64(at.Rows)/took.Seconds())))
	}
	p.line(text)
}

// end takes the line away again.
func (p *progress) end() {
	if p.wide > 0 {
		p.line("")
		fmt.Fprint(p.to, "\r")
	}
}

// line writes over the line that stands there.
func (p *progress) line(text string) {
	n := len([]rune(text))
	fmt.Fprint(p.to, "\r"+text+strings.Repeat(" ", max(0, p.wide-n)))
	p.wide = n
}

// isTerminal says whether a person is watching.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
