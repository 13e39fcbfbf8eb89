package fire

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is one life of `healthbot run`.
type process struct {
	*exec.Cmd
	ready chan struct{} // closed when it is connected to Slack
	ended chan struct{} // closed when it is gone
	err   error         // of its end; read after ended

	mu      sync.Mutex
	log     []string
	refused []refusal
	http    string // where it answers operators
}

// refusal is a gesture that the bot did not carry out, and told so.
type refusal struct{ who, id, result string }

// line is what we read of the bot's log.
type line struct {
	Message, Kind, ID, Who, Result, Address, Level string
}

// run starts the program on the world's database, at the office's time.
func (w *world) run(extra ...string) *process {
	w.Helper()
	p := &process{ready: make(chan struct{}), ended: make(chan struct{})}
	p.Cmd = exec.Command(w.program, append([]string{"run", "--db", w.db, "--config", w.config, "--now", w.office().Format(time.RFC3339Nano)}, extra...)...)
	p.Env = append(w.environ(), "SLACK_API_URL="+w.gate.URL+"/api/", "SLACK_BOT_TOKEN="+w.tokens[0], "SLACK_APP_TOKEN="+w.tokens[1], "HEALTHBOT_HTTP=127.0.0.1:0")
	out, err := p.StderrPipe()
	w.must(err)
	w.must(p.Start())
	w.processes = append(w.processes, p)
	go func() {
		p.read(out)
		p.err = p.Wait()
		close(p.ended)
	}()
	return p
}

// read follows the log to its end.
func (p *process) read(out io.Reader) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	connected := sync.OnceFunc(func() { close(p.ready) })
	for lines.Scan() {
		var l line
		text := lines.Text()
		_ = json.Unmarshal([]byte(text), &l) // a panic's trace isn't JSON, and is kept as it is
		p.mu.Lock()
		p.log = append(p.log, text)
		if l.Message == "gesture" && l.Result != "ok" {
			p.refused = append(p.refused, refusal{l.Who, l.ID, l.Result})
		}
		if l.Message == "answering operators" {
			p.http = l.Address
		}
		p.mu.Unlock()
		if l.Message == "connected to Slack" {
			connected()
		}
	}
}

// kill ends it as kill -9 does. A process that had ended by itself is an error.
func (p *process) kill() error {
	select {
	case <-p.ended:
		return fmt.Errorf("the bot ended by itself: %w\n%s", p.err, p.tail())
	default:
	}
	if err := p.Process.Kill(); err != nil {
		return err
	}
	<-p.ended
	if s, ok := p.ProcessState.Sys().(syscall.WaitStatus); ok && !s.Signaled() {
		return fmt.Errorf("the bot ended by itself, before the kill: %w\n%s", p.err, p.tail())
	}
	return nil
}

// stop ends it as a service manager does, and expects a good end.
func (p *process) stop() error {
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop the bot: %w\n%s", err, p.tail())
	}
	<-p.ended
	if p.err != nil {
		return fmt.Errorf("the bot did not end well: %w\n%s", p.err, p.tail())
	}
	return nil
}

// tail is the end of the log.
func (p *process) tail() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.log[max(0, len(p.log)-15):], "\n")
}

// containsAll says that a text has all of the words.
func containsAll(text string, words ...string) bool {
	for _, word := range words {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// environ is ours without what would tell healthbot something.
func (w *world) environ() (out []string) {
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "HEALTHBOT_") && !strings.HasPrefix(v, "SLACK_") {
			out = append(out, v)
		}
	}
	return out
}
