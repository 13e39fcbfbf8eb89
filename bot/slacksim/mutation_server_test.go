package slacksim

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// A desk is a server without its network: methods are carried out directly.
type desk struct {
	*Server
	t *testing.T
}

// fresh is a server on which nothing has happened.
func fresh(t *testing.T) desk {
	return desk{start(t, func(o *Options) {
		o.Workspace.BotScopes = append(o.Workspace.BotScopes, "files:write", "files:read", "reactions:write")
	}), t}
}

// call answers what is remarkable: the error, or what pick finds in the answer.
func (d desk) call(method string, a object) (object, string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.rates)
	answer, err := d.carryOut(method, args(a), d.keys.bot)
	if err != nil {
		return nil, err.Error()
	}
	return answer, ""
}

func (d desk) refuses(want, method string, a object) bool {
	_, got := d.call(method, a)
	return got == want
}

func (d desk) post(a object) string {
	a["channel"] = "C0CSM"
	answer, err := d.call("chat.postMessage", a)
	if err != "" {
		d.t.Fatalf("a message for a probe was refused: %s", err)
	}
	return str(answer["ts"])
}

func manyOf(n int, text string) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = object{"type": text}
	}
	return out
}

// serverProbes are the limits that are kept elsewhere than in the tables of
// shapes. Numbers are written out, so that they don't move with the limits.
func serverProbes(t *testing.T) []probe {
	d := fresh(t)
	ts := d.post(object{"text": "t"})
	message := func(want string, a object) func() bool {
		a["channel"] = "C0CSM"
		return func() bool { return d.refuses(want, "chat.postMessage", a) }
	}
	section := func(n int) any {
		return object{"type": "section", "text": object{"type": "mrkdwn", "text": strings.Repeat("a", n)}}
	}
	table := js(t, `{"type":"table","rows":[[`+raw+`]]}`)
	chart := js(t, chartOf(`["c0"]`, `[{"name":"s","data":`+points(1)+`}]`))
	home := func(blocks []any, metadata string) object {
		return object{"user_id": "U0ANA", "view": object{"type": "home", "blocks": blocks, "private_metadata": metadata}}
	}
	var big []any
	for range 90 {
		big = append(big, section(2_900))
	}
	long := js(t, dataTable(times(20, `[{"type":"raw_text","text":"`+strings.Repeat("a", 501)+`"}]`), ""))
	rows := map[string]func() bool{
		"text is cut": func() bool {
			answer, _ := d.call("chat.postMessage", object{"channel": "C0CSM", "text": strings.Repeat("a", 40_001)})
			return runes(str(obj(answer["message"])["text"])) == 40_000
		},
		"edits": func() bool {
			return d.refuses("msg_too_long", "chat.update", object{"channel": "C0CSM", "ts": ts, "text": x(4_001)})
		},
		"markdown":    message("msg_too_long", object{"markdown_text": x(12_001)}),
		"attachments": message("too_many_attachments", object{"attachments": manyOf(101, "")}),
		"metadata":    message("metadata_too_large", object{"text": "t", "metadata": object{"event_type": "e", "event_payload": object{"a": strings.Repeat("x", 2_048)}}}),
		"blocks":      message("invalid_blocks", object{"blocks": manyOf(51, "divider")}),
		"view blocks": func() bool { return d.refuses("invalid_arguments", "views.publish", home(manyOf(101, "divider"), "")) },
		"view size":   func() bool { return d.refuses("view_too_large", "views.publish", home(big, "")) },
		"sum":         message("msg_blocks_too_long", object{"blocks": []any{section(3_000), section(3_000), section(3_000), section(3_000), section(1)}}),
		"tables":      message("invalid_attachments", object{"blocks": []any{table, table}}),
		"charts":      message("invalid_blocks", object{"blocks": []any{chart, chart, chart}}),
		"cells":       message("invalid_blocks", object{"blocks": []any{long}}),
		"page": func() bool {
			return d.refuses("invalid_limit", "conversations.history", object{"channel": "C0CSM", "limit": "1000"})
		},
		"file alt": func() bool {
			return d.refuses("alt_txt_too_large", "files.getUploadURLExternal", object{"filename": "f", "length": "1", "alt_txt": x(1_001)})
		},
		"file size": func() bool {
			return d.refuses("file_upload_size_restricted", "files.getUploadURLExternal", object{"filename": "f", "length": fmt.Sprint(16<<20 + 1)})
		},
		"file channels":       d.sharedTooWidely,
		"a person's emoji":    func() bool { return d.emoji(24, false) == "too_many_reactions" },
		"a message's emoji":   func() bool { return d.emoji(51, true) == "too_many_emoji" },
		"far future":          func() bool { return d.later(121*24*3600) == "time_too_far" },
		"a full five minutes": d.crowdedSlot,
		"bot's name": func() bool {
			w := office()
			w.BotName = x(81)
			err := w.Validate()
			return err != nil && strings.Contains(err.Error(), "BotName has 81 characters")
		},
		"stack":         d.stacks,
		"ack":           d.dropsLargeAcks,
		"connections":   d.turnsAway,
		"response":      d.wearsOut,
		"response life": d.expires,
		"rate":          func() bool { return d.posts(4) == "ratelimited" },
	}
	var all []probe
	for name, passes := range rows {
		all = append(all, probe{"server: " + name, passes})
	}
	return all
}

func (d desk) sharedTooWidely() bool {
	answer, _ := d.call("files.getUploadURLExternal", object{"filename": "f", "length": "1"})
	d.mu.Lock()
	d.files[len(d.files)-1].content = []byte("a")
	d.mu.Unlock()
	return d.refuses("channels_limit_exceeded", "files.completeUploadExternal", object{
		"files": []any{object{"id": answer["file_id"]}}, "channels": strings.Repeat("C0CSM,", 101)})
}

func (d desk) emoji(n int, byMany bool) string {
	ts := d.post(object{"text": "t"})
	for i := range n {
		if _, err := d.call("reactions.add", object{"channel": "C0CSM", "timestamp": ts, "name": fmt.Sprintf("e%d", i)}); err != "" {
			return err
		}
		if byMany { // as if others had put it there
			d.mu.Lock()
			at, _ := parseStamp(ts)
			m := d.channel("C0CSM").byTS[at]
			m.reactions[len(m.reactions)-1].Users[0] = "U0ANA"
			d.mu.Unlock()
		}
	}
	return ""
}

func (d desk) later(seconds int64) string {
	_, err := d.call("chat.scheduleMessage", object{"channel": "C0CSM", "text": "t", "post_at": fmt.Sprint(d.Now().Unix() + seconds)})
	return err
}

func (d desk) crowdedSlot() bool {
	d.mu.Lock()
	d.agenda = nil
	d.mu.Unlock()
	for range 30 {
		if d.later(3600) != "" {
			return false
		}
	}
	return d.later(3600+299) == "restricted_too_many"
}

func (d desk) stacks() bool {
	d.mu.Lock()
	p := d.person("U0ANA")
	d.closeModals(p)
	d.mu.Unlock()
	view := object{"type": "modal", "title": object{"type": "plain_text", "text": "t"}, "blocks": []any{}}
	for _, method := range []string{"views.open", "views.push", "views.push", "views.push"} {
		d.mu.Lock()
		trigger := d.newTrigger(p)
		d.mu.Unlock()
		if _, err := d.call(method, object{"trigger_id": trigger, "view": view}); err != "" {
			return err == "push_limit_reached"
		}
	}
	return false
}

func (d desk) dropsLargeAcks() bool {
	d.mu.Lock()
	before := len(d.refusals)
	d.mu.Unlock()
	d.acknowledged(newSocket(nil), []byte(strings.Repeat(" ", 20_480)))
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.refusals) == before+1 && strings.Contains(d.refusals[before].Text, "20480 bytes was dropped")
}

func (d desk) turnsAway() bool {
	d.mu.Lock()
	for range 10 {
		d.conns[newSocket(nil)] = struct{}{}
	}
	d.mu.Unlock()
	c := newSocket(nil)
	d.welcome(c)
	d.mu.Lock()
	clear(d.conns)
	d.mu.Unlock()
	frames, _ := c.take()
	return strings.Contains(string(frames[0]), "too_many_websockets")
}

func (d desk) responseURL() (id, secret string) {
	url := d.newResponseURL(d.person("U0ANA"), d.channel("C0CSM"), nil)
	rest := strings.Split(url, "/")
	return rest[len(rest)-2], rest[len(rest)-1]
}

func (d desk) wearsOut() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	id, secret := d.responseURL()
	for range 5 {
		if d.respond(id, secret, args{"text": "t"}) != nil {
			return false
		}
	}
	err := d.respond(id, secret, args{"text": "t"})
	return err != nil && err.Error() == "used_url"
}

func (d desk) expires() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	id, _ := d.responseURL()
	left := time.Until(d.urls[id].until)
	return left > 29*time.Minute && left <= 30*time.Minute
}

// posts tells how the last of n posts in a moment ended, at Slack's own rates.
func (d desk) posts(n int) (last string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	was := d.opts.RateFactor
	d.opts.RateFactor = 1
	clear(d.rates)
	defer func() { d.opts.RateFactor = was; clear(d.rates) }()
	for range n {
		last = ""
		if _, err := d.carryOut("chat.postMessage", args{"channel": "C0CSM", "text": "t"}, d.keys.bot); err != nil {
			last = err.Error()
		}
	}
	return last
}
