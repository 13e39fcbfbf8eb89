package slacksim

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Fault asks for a failure. It concerns the next Times matching calls; Times
// is 1 when zero.
type Fault struct {
	// Kind is one of
	//
	//	429            HTTP 429 with Retry-After, without effect
	//	500_before     HTTP 500 without effect
	//	500_after      HTTP 500 although it was done
	//	lost_answer    done, then the connection closes without an answer
	//	reset          the connection is reset without effect
	//	hang           no answer until the caller gives up, without effect
	//	error          HTTP 200 with Error as Slack's code, without effect
	//
	// for methods, and for sockets, at once,
	//
	//	drop_socket          connections end without a word
	//	disconnect_warning   a warning, then the refresh that it warned of
	//	disconnect_refresh   refresh_requested, then the end
	//	link_disabled        all connections, and the next Times ones, are told so
	//	repeat               the next Times envelopes are delivered twice
	Kind       string `json:"kind"`
	Method     string `json:"method,omitempty"`     // empty: any
	Connection int    `json:"connection,omitempty"` // 1 is the oldest; 0: all
	Times      int    `json:"times,omitempty"`
	RetryAfter int    `json:"retry_after,omitempty"` // seconds, 1 when zero
	Error      string `json:"error,omitempty"`
}

var methodFaults = []string{"429", "500_before", "500_after", "lost_answer", "reset", "hang", "error"}

// arm keeps a fault for calls to come, or lets it happen now.
func (s *Server) arm(f Fault) error {
	f.Times = max(f.Times, 1)
	f.RetryAfter = max(f.RetryAfter, 1)
	if f.Kind == "error" && f.Error == "" {
		return fmt.Errorf(`a fault of kind "error" needs the error to answer, such as "fatal_error"`)
	}
	if slices.Contains(methodFaults, f.Kind) {
		s.faults = append(s.faults, &f)
		return nil
	}
	return s.disturb(f)
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

func quoted(names []string) string { return strings.Join(names, ", ") }
