package slacksim

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	godiff "github.com/google/go-cmp/cmp"
)

// A mirror is a page's memory: what it was shown first, and every change since.
type mirror struct {
	t     *testing.T
	s     *Server
	who   string
	seq   int64
	run   string
	rooms map[string]map[string]Message // by conversation and message
}

func mirrorOf(t *testing.T, s *Server, who string) *mirror {
	return &mirror{t: t, s: s, who: who, seq: -1, rooms: map[string]map[string]Message{}}
}

func messageKey(ts string, ephemeral bool) string { return fmt.Sprint(ts, ephemeral) }

// look asks for what is new, and answers how many messages that was.
func (m *mirror) look() (news int) {
	m.t.Helper()
	if m.s.mu.Lock(); m.seq == m.s.seq {
		m.s.mu.Unlock()
		return 0 // it would wait
	}
	m.s.mu.Unlock()
	var g glimpse
	path := "follow?as=" + url.QueryEscape(m.who)
	if m.seq >= 0 {
		path += fmt.Sprintf("&since=%d&run=%s", m.seq, m.run)
	}
	ok(m.t, m.s.Control().ask(ctx(m.t), "GET", path, nil, &g))
	if g.Whole != (m.seq < 0) {
		m.t.Errorf("whole is %v", g.Whole)
	}
	m.seq, m.run = g.Seq, g.Run
	var there []string
	for _, c := range append(g.Channels, g.DMs...) {
		there = append(there, c.ID)
		if c.Whole {
			m.rooms[c.ID] = map[string]Message{}
		}
		for _, x := range c.Gone {
			delete(m.rooms[c.ID], messageKey(x.TS, x.Ephemeral))
		}
		for _, x := range c.Messages {
			m.rooms[c.ID][messageKey(x.TS, x.Ephemeral)] = x
		}
		news += len(c.Messages) + len(c.Gone)
	}
	maps.DeleteFunc(m.rooms, func(id string, _ map[string]Message) bool { return !slices.Contains(there, id) })
	return news
}

// agrees compares the memory with the whole picture.
func (m *mirror) agrees(after string) {
	m.t.Helper()
	pic, err := m.s.Control().state(ctx(m.t), m.who)
	ok(m.t, err)
	want, got := map[string][]Message{}, map[string][]Message{}
	for _, c := range append(pic.Channels, pic.DMs...) {
		want[c.ID] = c.Messages
	}
	for id, room := range m.rooms {
		got[id] = slices.SortedFunc(maps.Values(room), func(a, b Message) int {
			return cmp.Or(compareTS(a.TS, b.TS), cmp.Compare(a.To, b.To))
		})
	}
	if d := godiff.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		m.t.Errorf("after %s, %s sees (-) and remembers (+):\n%s", after, m.who, d)
	}
}

// unwound waits until no timer of the server is to fire: files have been looked
// at, and acknowledgements came.
func unwound(s *Server) {
	for {
		s.mu.Lock()
		left, changed := len(s.timers), s.changed
		s.mu.Unlock()
		if left == 0 {
			return
		}
		<-changed
	}
}

// Whatever happens, what was followed is what there is.
func TestFollowingMissesNothing(t *testing.T) {
	s := start(t, reacting, func(o *Options) {
		filing(o)
		o.Workspace.Events = nil
		o.FileDelay = 30 * time.Millisecond
	})
	ana, ben := seat(t, s, "ana"), seat(t, s, "ben")
	connect(t, s).serve(func(e object) any { return nil })
	mirrors := []*mirror{mirrorOf(t, s, "ana"), mirrorOf(t, s, "ben"), mirrorOf(t, s, "eve")}
	var root, reply, aloud, picture string
	press := func(label string) string { // answers the response_url that came of it
		st := object{}
		ok(t, ana.Click(ctx(t), Target{Channel: "csm", TS: root}, label))
		all := dump(t, s).Envelopes
		for _, e := range all {
			if e.Payload["response_url"] != nil {
				st = e.Payload
			}
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, e := range s.envelopes {
			if e.payload["trigger_id"] == st["trigger_id"] {
				return str(e.payload["response_url"])
			}
		}
		return ""
	}
	respond := func(address string, body object) {
		_, answer := send(t, newRequest(t, "POST", address, "application/json", string(encode(body))))
		must(t, answer)
	}
	blocks := js(t, `{"b":[{"type":"section","text":`+mtext(3)+`,"accessory":`+button+`}]}`)["b"]
	label := textOf(obj(js(t, button))["text"])
	update := func(a object) { a["channel"] = "C0CSM"; must(t, do(t, s, "chat.update", a)) }
	for _, step := range []struct {
		name string
		do   func()
	}{
		{"nothing", func() {}},
		{"a message", func() {
			root = str(must(t, do(t, s, "chat.postMessage", object{"channel": "C0CSM", "text": "root", "blocks": blocks}))["ts"])
		}},
		{"somebody's message", func() { _, err := ben.Say(ctx(t), "csm", "hello"); ok(t, err) }},
		{"a reply", func() { var err error; reply, err = ana.Reply(ctx(t), "csm", root, "reply"); ok(t, err) }},
		{"a reply to the channel too", func() {
			aloud = str(must(t, do(t, s, "chat.postMessage", object{"channel": "C0CSM", "text": "aloud", "thread_ts": root, "reply_broadcast": true}))["ts"])
		}},
		{"an edit", func() { update(object{"ts": root, "text": "edited", "blocks": blocks}) }},
		{"an edited reply", func() { update(object{"ts": aloud, "text": "louder"}) }},
		{"a reaction", func() {
			must(t, do(t, s, "reactions.add", object{"channel": "C0CSM", "timestamp": root, "name": "eyes"}))
		}},
		{"no reaction", func() {
			must(t, do(t, s, "reactions.remove", object{"channel": "C0CSM", "timestamp": root, "name": "eyes"}))
		}},
		{"an ephemeral", func() {
			must(t, do(t, s, "chat.postEphemeral", object{"channel": "C0CSM", "user": "U0ANA", "text": "psst"}))
		}},
		{"an answer to a press", func() { respond(press(label), object{"text": "only you"}) }},
		{"another, replaced and deleted", func() {
			address := press(label)
			respond(address, object{"text": "one", "response_type": "ephemeral", "replace_original": false})
			respond(address, object{"text": "the message itself", "replace_original": true})
		}},
		{"a picture in a block", func() {
			picture = upload(t, s, "c.png", pixel, object{"channel_id": "C0CSM"})
			unwound(s)
			must(t, do(t, s, "chat.postMessage", object{"channel": "C0CSM", "text": "p", "blocks": []any{
				object{"type": "image", "alt_text": "a", "slack_file": object{"id": picture}}}}))
		}},
		{"a file in a channel", func() { upload(t, s, "d.csv", []byte("a,b"), object{"channel_id": "C0CSM"}) }},
		{"its type", func() { unwound(s) }},
		{"a file that is gone", func() {
			s.mu.Lock()
			last := s.files[len(s.files)-1].id
			s.mu.Unlock()
			must(t, do(t, s, "files.delete", object{"file": last}))
		}},
		{"a picture that is gone", func() { must(t, do(t, s, "files.delete", object{"file": picture})) }},
		{"a deleted reply", func() {
			must(t, do(t, s, "chat.delete", object{"channel": "C0CSM", "ts": aloud}))
		}},
		{"a deleted root", func() { must(t, do(t, s, "chat.delete", object{"channel": "C0CSM", "ts": root})) }},
		{"somebody comes in", func() { ok(t, ana.Command(ctx(t), "leads", "/invite ben")) }},
		{"and is removed", func() { admin(t, s, Admin{Kind: "remove", Channel: "leads", Person: "ben"}) }},
		{"an archive", func() { admin(t, s, Admin{Kind: "archive", Channel: "csm"}) }},
		{"the app joins", func() { must(t, do(t, s, "conversations.join", object{"channel": "C0OUT"})) }},
		{"a DM", func() { _, err := ana.Say(ctx(t), "dm", "between us"); ok(t, err) }},
	} {
		step.do()
		for _, m := range mirrors {
			m.look()
			if step.name != "a file in a channel" { // its type comes at any moment
				m.agrees(step.name)
			}
		}
	}
	if reply == "" {
		t.Error("nobody replied")
	}
}

// One change in a long conversation is one message, and the pages before the
// first are there for the asking.
func TestFollowingSendsOnlyWhatIsNew(t *testing.T) {
	s := start(t)
	const many = 3*firstPage + 7
	var all []string
	for i := range many {
		all = append(all, post(t, s, "C0CSM", fmt.Sprint(i)))
	}
	_, err := seat(t, s, "ben").Reply(ctx(t), "csm", all[0], "to the oldest")
	ok(t, err)
	m := mirrorOf(t, s, "ana")
	if n := m.look(); n != firstPage {
		t.Errorf("the first page has %d messages", n)
	}
	post(t, s, "C0CSM", "new")
	if n := m.look(); n != 1 {
		t.Errorf("one more message came as %d", n)
	}
	page := func(before string, last int) (texts []string, earlier int) {
		var p struct {
			OK       bool
			Messages []Message
			Earlier  int
		}
		ok(t, s.Control().ask(ctx(t), "GET", fmt.Sprintf("messages?as=ana&channel=csm&before=%s&last=%d", before, last), nil, &p))
		for _, m := range p.Messages {
			texts = append(texts, m.Plain)
		}
		return texts, p.Earlier
	}
	if got, earlier := page(all[many-firstPage], 5); earlier != many-firstPage-5 || fmt.Sprint(got) != "[202 203 204 205 206]" {
		t.Errorf("the page before: %v, %d earlier", got, earlier)
	}
	if got, earlier := page(all[2], 5); earlier != 0 || fmt.Sprint(got) != "[0 to the oldest 1]" {
		t.Errorf("the oldest page: %v, %d earlier", got, earlier)
	}
	for path, want := range map[string]string{
		"messages?as=ana&channel=csm&before=soon&last=5":              "is not a message's ts; the newest are",
		"messages?as=ana&channel=csm&before=" + all[2] + "&last=0":    "1 to 1000",
		"messages?as=ana&channel=csm&before=" + all[2] + "&last=1001": "1 to 1000",
		"messages?as=ana&channel=secret&before=1.000000&last=5":       "ana sees no channel",
		"messages?as=zoe&channel=csm&before=1.000000&last=5":          "there are ana",
		"follow?as=zoe": "there are ana",
	} {
		if _, err := s.Control().get(ctx(t), path); err == nil {
			t.Errorf("%s was answered", path)
		} else {
			has(t, err.Error(), want)
		}
	}
}

// Who was there before a restart is shown everything, even where seq says that
// nothing happened.
func TestFollowingOverARestart(t *testing.T) {
	s := start(t)
	post(t, s, "C0CSM", "t")
	m := mirrorOf(t, s, "ana")
	m.look()
	var g glimpse
	ok(t, s.Control().ask(ctx(t), "GET", fmt.Sprintf("follow?as=ana&since=%d&run=%s", m.seq, "another"), nil, &g))
	if !g.Whole || len(g.Channels[0].Messages) != 1 {
		t.Errorf("after a restart: %+v", g.Channels[0])
	}
}

// A follower waits until something happens.
func TestFollowingWaits(t *testing.T) {
	s := start(t)
	m := mirrorOf(t, s, "ana")
	m.look()
	came := make(chan glimpse, 1)
	go func() {
		var g glimpse
		if err := s.Control().ask(context.Background(), "GET", fmt.Sprintf("follow?as=ana&since=%d&run=%s", m.seq, m.run), nil, &g); err != nil {
			t.Error(err)
		}
		came <- g
	}()
	post(t, s, "C0CSM", "t")
	if g := <-came; g.Seq <= m.seq || g.Whole {
		t.Errorf("seq went from %d to %d, whole %v", m.seq, g.Seq, g.Whole)
	}
}

// The inspector needs no message twice.
func TestADumpWithoutMessages(t *testing.T) {
	s := start(t)
	post(t, s, "C0CSM", "said once, in a call")
	var whole, short Dump
	ok(t, s.Control().ask(ctx(t), "GET", "dump", nil, &whole))
	ok(t, s.Control().ask(ctx(t), "GET", "dump?messages=no", nil, &short))
	if len(whole.Channels[0].Messages) != 1 || len(short.Channels[0].Messages) != 0 || len(short.Calls) != 1 || short.Channels[0].Name != "csm" {
		t.Errorf("whole %+v, short %+v", whole.Channels[0], short.Channels[0])
	}
}
