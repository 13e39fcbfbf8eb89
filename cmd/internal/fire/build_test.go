package fire

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// edit replaces a text of the product that stands there exactly once. Builds
// with edits use the compiler's -overlay: no file of the product is touched.
type edit struct{ file, old, new string }

// speed is by how much the product's real time is scaled down, and the local
// Slack's limits up. Settling stays four times the HTTP time-out.
const speed = 40

// settle is how long the paced program leaves an unknown end alone.
const settle = 60 * time.Second / speed

// ackWithin is how long the local Slack waits for an ack, instead of three
// seconds; the paced program keeps the same part of it for itself.
const ackWithin = 1200 * time.Millisecond

// pace scales the pauses that are real time.
var pace = []edit{
	{"bot/socket.go", "ackWithin   = 2500 * time.Millisecond", "ackWithin   = 1000 * time.Millisecond"},
	{"bot/slack.go", "const httpTimeout = 15 * time.Second", scaled("const httpTimeout = 15 * time.Second")},
	// A connection's silence isn't scaled, because the local Slack's pings aren't.
	{"bot/pace.go", "stagger: 20 * time.Second", scaled("stagger: 20 * time.Second")},
	{"bot/pace.go", "longLife: 30 * time.Second", scaled("longLife: 30 * time.Second")},
	{"bot/pace.go", "firstGap: 2 * time.Second", scaled("firstGap: 2 * time.Second")},
	{"bot/pace.go", "crowdGap: 30 * time.Second", scaled("crowdGap: 30 * time.Second")},
	{"bot/pace.go", "longestGap: time.Minute", scaled("longestGap: time.Minute")},
	{"bot/pace.go", "window: time.Minute", scaled("window: time.Minute")},
	{"bot/refusal.go", "againSoon  = 10 * time.Second", scaled("againSoon  = 10 * time.Second")},
	{"bot/refusal.go", "againLater = time.Minute", scaled("againLater = time.Minute")},
	{"bot/bot.go", "for wait := time.Second; ; wait = min(2*wait, time.Minute)", fmt.Sprintf("for wait := time.Second / %d; ; wait = min(2*wait, time.Minute/%d)", speed, speed)},
	{"schedule/scheduler.go", "defaultTick   = 5 * time.Second", scaled("defaultTick   = 5 * time.Second")},
	{"schedule/scheduler.go", "defaultSettle = 60 * time.Second", scaled("defaultSettle = 60 * time.Second")},
	{"schedule/outbox.go", "postGap   = time.Second", scaled("postGap   = time.Second")},
	{"schedule/outbox.go", "perPost   = 250 * time.Millisecond", scaled("perPost   = 250 * time.Millisecond")},
	{"schedule/outbox.go", "perEdit   = 1200 * time.Millisecond", scaled("perEdit   = 1200 * time.Millisecond")},
	{"schedule/outbox.go", "perLookup = 1200 * time.Millisecond", scaled("perLookup = 1200 * time.Millisecond")},
	{"schedule/outbox.go", "patience = 30 * time.Second", scaled("patience = 30 * time.Second")},
	{"schedule/edit.go", "editGap   = time.Second", scaled("editGap   = time.Second")},
	{"schedule/edit.go", "digestGap = 5 * time.Second", scaled("digestGap = 5 * time.Second")},
	{"schedule/fault.go", "firstPause   = time.Second", scaled("firstPause   = time.Second")},
	{"schedule/fault.go", "longestPause = time.Minute", scaled("longestPause = time.Minute")},
}

func scaled(text string) string { return fmt.Sprintf("%s / %d", text, speed) }

// builds remembers programs by their edits, because several tests want the same.
var builds = struct {
	sync.Mutex
	made map[string]string
}{made: map[string]string{}}

// build makes healthbot with edits and returns the program's path.
func build(t *testing.T, edits ...edit) string {
	t.Helper()
	key, overlay := overlaid(t, edits)
	builds.Lock()
	defer builds.Unlock()
	if program, ok := builds.made[key]; ok {
		return program
	}
	program := filepath.Join(workshop, "healthbot-"+key)
	run := exec.Command("go", "build", "-buildvcs=false", "-overlay", overlay, "-o", program, "./cmd/healthbot")
	run.Dir = root(t)
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	builds.made[key] = program
	return program
}

// edited applies edits to the product's texts. It fails when a text isn't there
// exactly once: then the product has changed, and with it what the edit meant.
func edited(root string, edits []edit) (map[string]string, error) {
	texts := map[string]string{}
	for _, e := range edits {
		text, ok := texts[e.file]
		if !ok {
			b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(e.file)))
			if err != nil {
				return nil, err
			}
			text = string(b)
		}
		if n := strings.Count(text, e.old); n != 1 {
			return nil, fmt.Errorf("%s holds this text %d times, not once; the edit must be written anew:\n%s", e.file, n, e.old)
		}
		texts[e.file] = strings.Replace(text, e.old, e.new, 1)
	}
	return texts, nil
}

// overlaid writes the edited files and the overlay that names them.
func overlaid(t *testing.T, edits []edit) (key, overlay string) {
	t.Helper()
	texts, err := edited(root(t), edits)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(fmt.Sprint(edits)))
	key = hex.EncodeToString(sum[:6])
	dir := filepath.Join(workshop, key)
	replace := map[string]string{}
	for file, text := range texts {
		to := filepath.Join(dir, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(root(t), filepath.FromSlash(file))] = to
	}
	b, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	overlay = filepath.Join(dir, "overlay.json")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(overlay, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return key, overlay
}
