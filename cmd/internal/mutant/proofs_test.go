package mutant

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestProofsAreProven makes one mistake at a time and runs the test that claims
// to find it. (The mistakes in storage that only a power cut shows are made
// beside that proof.)
func TestProofsAreProven(t *testing.T) {
	if os.Getenv("HEALTHBOT_PROOFS") == "" {
		t.Skip("proofs in real time, with pauses scaled down, want the machine for themselves: set HEALTHBOT_PROOFS=1")
	}
	if racing {
		t.Skip("under the race detector: a proof whose pauses are scaled down needs the machine's usual speed")
	}
	for _, m := range []struct {
		name, pkg, test string
		edit            Edit
		says            string // what the test must say, so that it fails for the right reason
	}{
		{"one socket", "bot", "TestRefreshesUnderLoad", Edit{"bot/socket.go", "ownSockets  = 2", "ownSockets  = 1"}, "dispatch_failed"},
		{"no dedupe of what Slack sends again", "bot", "TestRepeats", Edit{"bot/router.go", "r.seen.before(g.request) {", "r.seen.before(g.request) && false {"}, "was answered 2 times"},
		{"no watch over silence", "bot", "TestSilence", Edit{"bot/wire.go", "SetReadDeadline(time.Now().Add(w.silence))", "SetReadDeadline(time.Time{})"}, "deadlock"},
		{"no budget of openings", "bot", "TestFlood", Edit{"bot/pace.go", "len(b.last) == b.most", "len(b.last) == 1000*b.most"}, "came"},
		{"the listener waits for room", "bot", "TestFullHouse", Edit{"bot/lanes.go", "\tdefault:\n\t\treturn false\n", ""}, "held up"},
		{"a stop that doesn't wait for acks", "bot", "TestDrainWaits", Edit{"bot/socket.go", "if left := l.acks.wait(ctx); left > 0 {", "if left := 0; left > 0 {"}, "hung up before"},
	} {
		t.Run(m.name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), Tests(t, m.pkg, m.edit), "-test.run=^"+m.test+"$", "-test.v", "-test.timeout=60s")
			cmd.Dir = Dir(t, m.pkg)
			said, err := cmd.CombinedOutput()
			switch {
			case err == nil:
				t.Errorf("%s didn't find the mistake:\n%s", m.test, said)
			case !strings.Contains(string(said), m.says):
				t.Errorf("%s failed, but for another reason; it should say %q:\n%.3000s", m.test, m.says, said)
			}
		})
	}
}
