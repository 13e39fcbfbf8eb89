package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"healthbot/bot/slacksim"
)

var (
	needPerson = regexp.MustCompile(`(\d+) need a person`)
	teamRooms  = func(r slacksim.Room) bool { return strings.HasPrefix(r.Name, "cs-") }
)

// week is what stands in the teams' channels: by room, the digest and its cards.
type week map[string]struct {
	digests, cards []slacksim.Message
	wanted         int
}

func weekIn(d slacksim.Dump) week {
	w := week{}
	for _, r := range d.Channels {
		if !teamRooms(r) {
			continue
		}
		at := w[r.ID]
		for _, m := range r.Messages {
			found := needPerson.FindStringSubmatch(m.Text())
			switch {
			case found != nil && (m.ThreadTS == "" || m.ThreadTS == m.TS):
				at.digests = append(at.digests, m)
				if n, err := strconv.Atoi(found[1]); err == nil {
					at.wanted = n
				}
			case strings.Contains(m.Text(), "[Review]"):
				at.cards = append(at.cards, m)
			}
		}
		w[r.ID] = at
	}
	return w
}

func (w week) complete() bool {
	for _, at := range w {
		if len(at.digests) == 0 || len(at.cards) < at.wanted {
			return false
		}
	}
	return len(w) == 3
}

// begun tells that every channel has its digest and somewhere a card stands.
func (w week) begun() bool {
	cards := 0
	for _, at := range w {
		if len(at.digests) == 0 {
			return false
		}
		cards += len(at.cards)
	}
	return len(w) == 3 && cards > 0
}

// A demo with --db goes on where it was stopped: the same digests stand there,
// once, a card from before works, and what was still to be posted is.
func TestDemoGoesOn(t *testing.T) {
	if racing {
		t.Skip("the demo scores a year of weeks: minutes under the race detector; runs without it")
	}
	db := filepath.Join(t.TempDir(), "demo.db")
	page, stop := start(t, "demo", "--no-open", "--db", db)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	slack, err := slacksim.Dial(page)
	if err != nil {
		t.Fatal(err)
	}
	if err := slack.Wait(ctx, func(d slacksim.Dump) bool { return weekIn(d).begun() }); err != nil {
		t.Fatal(err)
	}
	d, err := slack.Dump(ctx)
	if err != nil {
		t.Fatal(err)
	}
	before := weekIn(d)
	if code := stop(); code != exitOK {
		t.Fatalf("stopped with exit code %d", code)
	}
	if info, err := os.Stat(db + ".slack"); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the local Slack was not kept: %v %v", info, err)
	}

	page, stop = start(t, "demo", "--no-open", "--db", db)
	defer stop()
	if slack, err = slacksim.Dial(page); err != nil {
		t.Fatal(err)
	}
	if err := slack.Wait(ctx, func(d slacksim.Dump) bool { return weekIn(d).complete() }); err != nil {
		t.Fatal(err)
	}
	room, card := oldCard(before)
	press(ctx, t, slack, room, card)
	if err := slack.Idle(ctx); err != nil {
		t.Fatal(err)
	}
	if d, err = slack.Dump(ctx); err != nil {
		t.Fatal(err)
	}
	for id, after := range weekIn(d) {
		if len(after.digests) != 1 || after.digests[0].TS != before[id].digests[0].TS {
			t.Errorf("%s has %d digests, the first at %s; before, it stood at %s", id, len(after.digests), after.digests[0].TS, before[id].digests[0].TS)
		}
		seen := map[string]bool{}
		for _, c := range after.cards {
			if name, _, _ := strings.Cut(c.Text(), "\n"); seen[name] {
				t.Errorf("%s has the card %q twice", id, name)
			} else {
				seen[name] = true
			}
		}
		if len(after.cards) != after.wanted {
			t.Errorf("%s has %d cards for %d accounts", id, len(after.cards), after.wanted)
		}
	}
	for _, r := range d.Refusals {
		t.Errorf("the local Slack refused: %+v", r)
	}
}

func oldCard(w week) (room string, card slacksim.Message) {
	for id, at := range w {
		if len(at.cards) > 0 {
			return id, at.cards[0]
		}
	}
	return "", slacksim.Message{}
}

var ownerOn = regexp.MustCompile(`· ([^·\n]+) · P\d`)

// press presses Review as the owner whom the card names, until the modal is open.
func press(ctx context.Context, t *testing.T, slack *slacksim.Client, room string, card slacksim.Message) {
	t.Helper()
	owner := ownerOn.FindStringSubmatch(card.Text())
	if owner == nil {
		t.Fatalf("the card names no owner:\n%s", card.Text())
	}
	seat, err := slack.As(owner[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := seat.Click(ctx, slacksim.Target{Channel: room, TS: card.TS}, "Review"); err != nil {
		t.Fatal(err)
	}
	err = slack.Wait(ctx, func(d slacksim.Dump) bool {
		for _, p := range d.People {
			if p.ID == seat.ID && len(p.Modals) == 1 {
				return true
			}
		}
		return false
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A Slack without its database is refused: everything would be posted again.
func TestDemoWithoutItsDatabase(t *testing.T) {
	db := filepath.Join(t.TempDir(), "demo.db")
	write(t, filepath.Dir(db), "demo.db.slack", "what was kept")
	code, _, errs := command(t, "demo", "--no-open", "--db", db)
	if code != exitUsage || !strings.Contains(errs, "nothing was started") || !strings.Contains(errs, "delete "+db+".slack for a new demo") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if raw, err := os.ReadFile(db + ".slack"); err != nil || string(raw) != "what was kept" {
		t.Errorf("the file was touched: %q %v", raw, err)
	}
}

// The control API is described where one starts a Slack to drive by hand.
func TestSandboxSaysHowToDriveIt(t *testing.T) {
	out := must(t, "sandbox", "--help")
	for _, want := range []string{"X-Control-Token", "POST command", "half_open"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not said", want)
		}
	}
}
