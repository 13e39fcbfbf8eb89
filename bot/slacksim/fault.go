package slacksim

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Fault asks for a failure. Kind is one of FaultKinds.
type Fault struct {
	Kind       string `json:"kind"`
	Method     string `json:"method,omitempty"`      // empty: any; response_url and upload count as methods
	Connection int    `json:"connection,omitempty"`  // 1 is the oldest; 0: all, or any
	Times      int    `json:"times,omitempty"`       // 1 when zero
	RetryAfter int    `json:"retry_after,omitempty"` // seconds, 1 when zero
	Error      string `json:"error,omitempty"`
}

// FaultKind is one way in which things go wrong.
type FaultKind struct {
	Kind string
	When faultTime
	Says string
}

// faultTime tells when a fault happens: with the next calls, at once, or with
// the next envelopes, acknowledgements, triggers or connections.
type faultTime int

const (
	withCalls faultTime = iota
	atOnce
	withNext
)

// FaultKinds is every fault there is.
var FaultKinds = []FaultKind{
	{"429", withCalls, "HTTP 429 with Retry-After, without effect"},
	{"500_before", withCalls, "HTTP 500 without effect"},
	{"500_after", withCalls, "HTTP 500 although it was done"},
	{"lost_answer", withCalls, "done, then the connection closes without an answer"},
	{"malformed", withCalls, "done, then an answer that is no JSON"},
	{"reset", withCalls, "the connection is reset, without effect"},
	{"hang", withCalls, "no answer until the caller gives up, without effect"},
	{"error", withCalls, "HTTP 200 with the given error as Slack's code, without effect"},

	{"drop_socket", atOnce, "connections end without a word"},
	{"half_open", atOnce, "connections stay, and nothing is sent, read or answered on them any more"},
	{"disconnect_warning", atOnce, "a warning, then the refresh that it warned of"},
	{"disconnect_refresh", atOnce, "refresh_requested, then the end"},
	{"link_disabled", atOnce, "all connections, and the next ones, are told so"},

	{"too_many_websockets", withNext, "the next connections are told so"},
	{"repeat", withNext, "the next envelopes are delivered twice"},
	{"late", withNext, "the next envelopes are delivered when their deadline has passed"},
	{"ignore_ack", withNext, "the next acknowledgements are lost on their way"},
	{"expired_trigger", withNext, "the next trigger_ids are expired when the app gets them"},

	{"clear", atOnce, "every fault that is still to come is forgotten"},
}

// coming is a fault that waits for its occasion on a socket.
type coming struct {
	kind   string
	number int // of the connection; 0 is any
	left   int
}

// arm keeps a fault for what is to come, or lets it happen now.
func (s *Server) arm(f Fault) error {
	f.Times = max(f.Times, 1)
	f.RetryAfter = max(f.RetryAfter, 1)
	i := slices.IndexFunc(FaultKinds, func(k FaultKind) bool { return k.Kind == f.Kind })
	switch {
	case i < 0:
		return fmt.Errorf("there is no fault %q; there are %s", f.Kind, faultNames())
	case f.Kind == "error" && f.Error == "":
		return fmt.Errorf(`a fault of kind "error" needs the error to answer, such as "fatal_error"`)
	case FaultKinds[i].When == withCalls:
		if _, known := methods[f.Method]; !known && f.Method != "" && f.Method != "response_url" && f.Method != "upload" {
			return fmt.Errorf("there is no method %q to fail; there are %s, response_url and upload", f.Method, strings.Join(sortedKeys(methods), ", "))
		}
		s.faults = append(s.faults, &f)
		return nil
	}
	hit, err := s.numbered(f.Connection)
	switch {
	case err != nil:
		return err
	case FaultKinds[i].When == withNext:
		number := 0
		if f.Connection > 0 {
			number = hit[0].number
		}
		s.coming = append(s.coming, &coming{f.Kind, number, f.Times})
		return nil
	}
	s.disturb(f, hit)
	return nil
}

func faultNames() string {
	var names []string
	for _, k := range FaultKinds {
		names = append(names, k.Kind)
	}
	return strings.Join(names, ", ")
}

// due uses up one occurrence of a fault on this connection, or on any.
func (s *Server) due(kind string, number int) bool {
	for i, c := range s.coming {
		if c.kind != kind || c.number != 0 && c.number != number {
			continue
		}
		if c.left--; c.left == 0 {
			s.coming = slices.Delete(s.coming, i, i+1)
		}
		return true
	}
	return false
}

// takeFault uses up one occurrence of the first fault that concerns a method.
func (s *Server) takeFault(method string) *Fault {
	for i, f := range s.faults {
		if f.Method != "" && f.Method != method {
			continue
		}
		if f.Times--; f.Times == 0 {
			s.faults = slices.Delete(s.faults, i, i+1)
		}
		return f
	}
	return nil
}

func (f *Fault) describe() string { return "fault: " + f.Kind }

// before carries out the faults that leave no effect. It tells whether the
// call is over. A nil fault does nothing.
func (f *Fault) before(w http.ResponseWriter, r *http.Request) bool {
	if f == nil {
		return false
	}
	switch f.Kind {
	case "429":
		w.Header().Set("Retry-After", strconv.Itoa(f.RetryAfter))
		answerJSON(w, http.StatusTooManyRequests, object{"ok": false, "error": "ratelimited"})
	case "500_before":
		http.Error(w, "internal error", http.StatusInternalServerError)
	case "error":
		answerJSON(w, http.StatusOK, object{"ok": false, "error": f.Error})
	case "reset":
		cut(w, true)
	case "hang":
		<-r.Context().Done()
		cut(w, false)
	default:
		return false
	}
	return true
}

// after carries out the faults that hide what was done.
func (f *Fault) after(w http.ResponseWriter) bool {
	switch {
	case f == nil:
		return false
	case f.Kind == "500_after":
		http.Error(w, "internal error", http.StatusInternalServerError)
	case f.Kind == "lost_answer":
		cut(w, false)
	case f.Kind == "malformed":
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = w.Write([]byte(`{"ok":tru`)) // whoever left has lost nothing
	default:
		return false
	}
	return true
}

// cut ends the connection under a request; hard sends a reset.
func cut(w http.ResponseWriter, hard bool) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return // the peer was faster
	}
	if tcp, ok := conn.(*net.TCPConn); ok && hard {
		_ = tcp.SetLinger(0) // without it the end is merely less abrupt
	}
	_ = conn.Close() // nobody is left to be told
}

func answerJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(encode(v)) // a caller that left needs no answer
}
