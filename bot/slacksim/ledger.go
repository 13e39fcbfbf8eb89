package slacksim

import (
	"slices"
	"strings"
	"time"
)

// The ledger is what the inspector shows and what tests ask afterwards.
type ledger struct {
	calls      []*Call
	envelopes  []*envelope
	refusals   []Refusal
	calling    int       // calls that have begun and not ended
	lastAction time.Time // when a call or an envelope last moved, on real time
}

// Call is one use of the Web API or of a response URL.
type Call struct {
	Seq    int64          `json:"seq"`
	At     time.Time      `json:"at"` // office clock
	Method string         `json:"method"`
	Args   map[string]any `json:"args"`
	Answer map[string]any `json:"answer,omitempty"`
	Error  string         `json:"error,omitempty"` // Slack's code, or the fault that hid the answer
}

// Refusal is something that Slack would silently not do.
type Refusal struct {
	Seq  int64     `json:"seq"`
	At   time.Time `json:"at"`
	Who  string    `json:"who,omitempty"` // the person who saw it fail
	Text string    `json:"text"`
}

func newLedger() ledger { return ledger{lastAction: time.Now()} }

func (s *Server) beginCall(method string, a args) *Call {
	c := &Call{Seq: s.seq + 1, At: s.clock.now(), Method: method, Args: clone(object(a))}
	s.calls = append(s.calls, c)
	s.calling++
	s.lastAction = time.Now()
	return c
}

func (s *Server) endCall(c *Call, answer object, fault string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.Answer = clone(answer)
	c.Error = str(answer["error"])
	if fault != "" {
		c.Error = fault
	}
	s.calling--
	s.lastAction = time.Now()
	s.touch()
}

// deny notes a refusal; whoever caused it sees the notice, if there is one.
func (s *Server) deny(p *person, why, notice string) {
	r := Refusal{Seq: s.seq + 1, At: s.clock.now(), Text: why}
	if p != nil {
		r.Who = p.ID
		s.notify(p, notice)
	}
	s.refusals = append(s.refusals, r)
	s.touch()
}

// notify shows a person what Slack itself says, such as why a command failed.
func (s *Server) notify(p *person, notice string) {
	if notice != "" {
		p.notices = append(p.notices, notice)
		s.touch()
	}
}

// quiet tells how long nothing has happened, or false while something does.
func (s *Server) quiet() (time.Duration, bool) {
	if s.calling > 0 || slices.ContainsFunc(s.envelopes, (*envelope).open) {
		return 0, false
	}
	return time.Since(s.lastAction), true
}

// redacted hides what opens doors in a payload: tokens, tickets, and the secret
// part of response URLs. Dumps are pasted into issues.
func redacted(v any) any {
	switch x := v.(type) {
	case object:
		out := make(object, len(x))
		for k, e := range x {
			out[k] = redacted(e)
			if s, ok := e.(string); ok && k == "token" && s != "" {
				out[k] = "…"
			}
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = redacted(e)
		}
		return out
	case string:
		for _, door := range []string{"/response/", "/upload/", "ticket="} {
			if head, _, found := strings.Cut(x, door); found && strings.Contains(head, "://") {
				return head + door + "…"
			}
		}
	}
	return v
}

// hide removes the tokens themselves, wherever somebody may have put them.
func (s *Server) hide(dump []byte) []byte {
	pairs := []string{s.control, "…"}
	for _, token := range s.keys.secrets() {
		kind, _, _ := strings.Cut(token, "-")
		pairs = append(pairs, token, kind+"-…")
	}
	return []byte(strings.NewReplacer(pairs...).Replace(string(dump)))
}
