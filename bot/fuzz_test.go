package bot

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	"healthbot/storage/record"
)

// TestPayloads sends what Slack would send, damaged in every way, through real
// sockets and the real router to a real database: 20,000 payloads, with -long a
// million. Nothing ends the bot, each envelope is acknowledged whose id can be
// read, each is counted, and what is in the database afterwards came from people
// who may, in a chain that verifies.
func TestPayloads(t *testing.T) {
	n := 20_000
	switch {
	case *many > 0:
		n = *many
	case *long:
		n = 1_000_000
	case racing:
		n = 2_000
	}
	r, f := newRecords(t), newFeed(t)
	_, stop := f.run(r)
	began := time.Now()
	damage(t, rand.New(rand.NewPCG(uint64(began.UnixNano()), 1)), n, r, f)
	stop()
	took := time.Since(began)
	if got := f.envelopes.Load() + f.unreadable.Load(); got < f.frames.Load() {
		t.Errorf("%d frames were sent, and %d counted", f.frames.Load(), got)
	}
	events := r.sound()
	t.Logf("%d payloads in %s, %.0f a second; %d read, %d unreadable, %d acks, %d connections; %d events in the record",
		n, took.Round(time.Millisecond), float64(n)/took.Seconds(), f.envelopes.Load(), f.unreadable.Load(), f.acks.Load(), f.connections.Load(), events)
	if f.envelopes.Load() < int64(n)/4 || f.unreadable.Load() < int64(n)/20 || events < int64(n)/200 {
		t.Error("the payloads are too good, or too bad, to show much")
	}
}

// damage sends n payloads; each few thousand the work begins anew, so that there
// is something to decide.
func damage(t *testing.T, rnd *rand.Rand, n int, r *records, f *feed) {
	t.Helper()
	var seeds []*node
	for i := range n {
		if i%2000 == 0 {
			if err := f.settle(30 * time.Second); err != nil {
				t.Error(err)
			}
			if i > 0 {
				r.renew()
			}
			seeds = seeds[:0]
			for _, s := range captured(t, r.ids, f.URL) {
				seeds = append(seeds, parseNode(t, []byte(s)))
			}
		}
		e := seeds[rnd.IntN(len(seeds))].clone()
		id := fmt.Sprintf("e-%d", i)
		e.set("envelope_id", text(id))
		p := e.get("payload")
		fresh(rnd, p, i)
		fillIn(rnd, p)
		switch rnd.IntN(10) {
		case 0: // as Slack sent it
		case 1: // the envelope itself
			mutate(rnd, e)
		default:
			mutate(rnd, p)
		}
		frame := []byte(e.String())
		if idOf(frame) != id {
			id = ""
		}
		f.send(frame, id)
	}
	if err := f.settle(30 * time.Second); err != nil {
		t.Error(err)
	}
}

// fresh makes a payload a new gesture, some of them another person's.
func fresh(rnd *rand.Rand, p *node, i int) {
	if u := p.get("user", "id"); u != nil && rnd.IntN(3) == 0 {
		*u = *text(everybody[rnd.IntN(len(everybody))].ID)
	}
	for _, key := range []string{"event_id", "trigger_id"} {
		if p.get(key) != nil {
			p.set(key, text(fmt.Sprintf("%s.%d", key, i)))
		}
	}
	if actions := p.get("actions"); actions != nil {
		for _, a := range actions.items {
			a.set("action_ts", text(fmt.Sprintf("%d.000100", i)))
		}
	}
	if v := p.get("view"); v != nil {
		v.set("id", text(fmt.Sprintf("V%d", i)))
	}
}

// sound checks the database and says how many events it has.
func (r *records) sound() (events int64) {
	r.t.Helper()
	ctx := r.t.Context()
	v, err := r.Verify(ctx)
	r.must(err)
	if v.Broken != nil {
		r.t.Errorf("the chain is broken at %d: %s", v.Broken.Seq, v.Broken.What)
	}
	team := people()
	for after := int64(0); ; {
		page, err := r.Events(ctx, after, 1000)
		r.must(err)
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			after = e.Seq
			if e.ActorID == "" || e.Request == "" { // ours: an import, a run
				continue
			}
			p, known := team.Person(e.ActorID)
			if !known || e.Actor != p.Name {
				r.t.Errorf("event %d, %s, is by %q %q, whom nobody knows", e.Seq, e.Kind, e.ActorID, e.Actor)
			}
			if roles, ok := rolesOf[e.Kind]; ok && !slices.ContainsFunc(p.Roles, func(role record.Role) bool { return slices.Contains(roles, role) }) {
				r.t.Errorf("event %d, %s, is by %s, whose roles %v don't allow it", e.Seq, e.Kind, p.Name, p.Roles)
			}
			for _, b := range [][]byte{e.Before, e.After, []byte(e.Subject), []byte(e.Where)} {
				if !utf8.Valid(b) {
					r.t.Errorf("event %d, %s, isn't UTF-8: %q", e.Seq, e.Kind, b)
				}
			}
			if len(e.After) > 0 && !json.Valid(e.After) {
				r.t.Errorf("event %d, %s, isn't JSON: %.200s", e.Seq, e.Kind, e.After)
			}
		}
	}
	decisions, err := r.Decisions(ctx)
	r.must(err)
	for _, d := range decisions {
		if d.By == "" || d.Outcome == "" || !utf8.ValidString(d.Sentence) || utf8.RuneCountInString(d.Sentence) > 3000 {
			r.t.Errorf("a decision that nobody can have made: %+v", d)
		}
	}
	return v.Events
}

// rolesOf is which roles an event can be of. Who owns an account changes meanwhile,
// so that only roles which may nowhere are looked for.
var rolesOf = map[record.EventKind][]record.Role{
	record.EvOwner:     {record.SupportLead, record.Manager, record.Admin},
	record.EvConfirmed: {record.Analyst, record.SupportLead, record.Manager},
	record.EvDecided:   {record.CSM, record.AccountManager, record.SupportLead, record.Manager},
	record.EvSnoozed:   {record.CSM, record.AccountManager, record.SupportLead, record.Manager},
}

// FuzzPayload is for Go's own fuzzer, which changes the bytes of what the local
// Slack sends: whatever arrives as JSON with an id is acknowledged, and the bot
// lives on.
//
//	go test ./bot -run '^$' -fuzz FuzzPayload -fuzztime 1m
func FuzzPayload(f *testing.F) {
	r, feed := newRecords(f), newFeed(f)
	feed.run(r)
	for _, s := range captured(f, r.ids, feed.URL) {
		f.Add([]byte(s))
	}
	n := 0
	f.Fuzz(func(t *testing.T, b []byte) {
		if !json.Valid(b) { // no ack can be expected; TestPayloads has some of those
			return
		}
		e := parseNode(t, b)
		if kind := e.get("type").text(); e.kind != object || kind == "disconnect" || kind == "hello" {
			return
		}
		n++
		id := fmt.Sprintf("f-%d", n)
		e.set("envelope_id", text(id))
		frame := []byte(e.String())
		if idOf(frame) != id {
			return // it has another id besides
		}
		feed.send(frame, id)
		if err := feed.settle(10 * time.Second); err != nil {
			t.Error(err)
		}
	})
}
