package slacksim

import (
	"strings"
	"testing"
	"time"
)

func TestWherePostingIsRefused(t *testing.T) {
	s := start(t)
	for channel, want := range map[string]string{
		"": "channel_not_found", "C404": "channel_not_found", "C0SECRET": "channel_not_found",
		"C0OUT": "not_in_channel", "C0OLD": "is_archived", "U0OTHER": "channel_not_found", "U0GONE": "channel_not_found",
	} {
		refused(t, do(t, s, "chat.postMessage", object{"channel": channel, "text": "t"}), want)
	}
	for _, channel := range []string{"C0CSM", "#csm", "csm", "C0PRIV", "D0ANA", "U0ANA"} {
		must(t, do(t, s, "chat.postMessage", object{"channel": channel, "text": "t"}))
	}
	if got := must(t, do(t, s, "chat.postMessage", object{"channel": "U0ANA", "text": "t"}))["channel"]; got != "D0ANA" {
		t.Errorf("a person's id led to %v", got)
	}
	public := start(t, func(o *Options) { o.Workspace.BotScopes = append(o.Workspace.BotScopes, "chat:write.public") })
	must(t, do(t, public, "chat.postMessage", object{"channel": "C0OUT", "text": "t"}))
}

func TestWhatIsRefusedInAMessage(t *testing.T) {
	s := start(t)
	for name, c := range map[string]struct {
		args object
		want string
	}{
		"nothing":              {object{}, "no_text"},
		"spaces":               {object{"text": "  "}, "no_text"},
		"no blocks":            {object{"blocks": []any{}}, "no_text"},
		"blocks no JSON":       {object{"blocks": "[{"}, "invalid_blocks_format"},
		"blocks no list":       {object{"blocks": object{}}, "invalid_blocks_format"},
		"bad blocks":           {object{"blocks": []any{object{"type": "section"}}}, "invalid_blocks"},
		"attachments no list":  {object{"attachments": "{}"}, "invalid_attachments"},
		"attachments too many": {object{"attachments": times(101, `{"text":"t"}`)}, "too_many_attachments"},
		"attachment's blocks":  {object{"attachments": []any{object{"blocks": []any{object{"type": "x"}}}}}, "invalid_blocks"},
		"markdown and text":    {object{"text": "t", "markdown_text": "m"}, "markdown_text_conflict"},
		"markdown and blocks":  {object{"markdown_text": "m", "blocks": []any{object{"type": "divider"}}}, "markdown_text_conflict"},
		"markdown too long":    {object{"markdown_text": x(12_001)}, "msg_too_long"},
		"metadata no JSON":     {object{"text": "t", "metadata": "{"}, "invalid_metadata_format"},
		"metadata no type":     {object{"text": "t", "metadata": object{"event_payload": object{}}}, "invalid_metadata_schema"},
		"metadata nested":      {object{"text": "t", "metadata": object{"event_type": "e", "event_payload": object{"a": object{"b": object{}}}}}, "invalid_metadata_schema"},
		"metadata payload":     {object{"text": "t", "metadata": object{"event_type": "e", "event_payload": "x"}}, "invalid_metadata_schema"},
		"metadata too large":   {object{"text": "t", "metadata": object{"event_type": "e", "event_payload": object{"a": strings.Repeat("x", 2048)}}}, "metadata_too_large"},
		"thread of nobody":     {object{"text": "t", "thread_ts": "1.000001"}, "thread_not_found"},
		"thread no ts":         {object{"text": "t", "thread_ts": "yesterday"}, "thread_not_found"},
	} {
		t.Run(name, func(t *testing.T) {
			c.args["channel"] = "C0CSM"
			refused(t, do(t, s, "chat.postMessage", c.args), c.want)
		})
	}
}

// The shape is the one that python-slack-sdk#1658 shows of a real answer.
func TestARefusalPointsAtThePlace(t *testing.T) {
	s := start(t)
	answer := refused(t, do(t, s, "chat.postMessage", object{"channel": "C0CSM", "blocks": []any{object{"type": "divider"}, object{"type": "header"}}}), "invalid_blocks")
	const want = "missing required field: text [json-pointer:/blocks/1]"
	if got := stringsIn(answer["errors"]); len(got) != 1 || got[0] != want {
		t.Errorf("errors: %q", got)
	}
	if got := stringsIn(obj(answer["response_metadata"])["messages"]); len(got) != 1 || got[0] != "[ERROR] "+want {
		t.Errorf("messages: %q", got)
	}
}

func TestAPostedMessage(t *testing.T) {
	noon := time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)
	s := start(t, func(o *Options) { o.Now = func() time.Time { return noon } })
	answer := must(t, do(t, s, "chat.postMessage", object{
		"channel": "C0CSM", "text": strings.Repeat("é", 40_001),
		"blocks": []any{js(t, `{"type":"section","text":`+mtext(3)+`,"accessory":`+strings.ReplaceAll(button, `"action_id":"a%d",`, "")+`}`)},
	}))
	m := obj(answer["message"])
	if m["bot_id"] != "B0BOT" || m["user"] != "U0BOT" || m["app_id"] != "A0APP" || m["team"] != "T0LOCAL" || obj(m["bot_profile"])["app_id"] != "A0APP" {
		t.Errorf("who wrote it: %s", encode(m))
	}
	if n := runes(str(m["text"])); n != 40_000 {
		t.Errorf("%d characters were kept", n)
	}
	b := obj(list(m["blocks"])[0])
	if str(b["block_id"]) == "" || str(obj(b["accessory"])["action_id"]) == "" {
		t.Errorf("names were not made: %s", encode(b))
	}
	if obj(b["text"])["verbatim"] != false || obj(obj(b["accessory"])["text"])["emoji"] != true {
		t.Errorf("text defaults: %s", encode(b))
	}
	if ts := str(answer["ts"]); !strings.HasPrefix(ts, "17749") || ts != str(m["ts"]) {
		t.Errorf("ts %s is not of the office clock, %d", ts, noon.Unix())
	}
}

func TestTimestampsOnlyRise(t *testing.T) {
	s := start(t)
	control := s.Control()
	ok(t, control.SetClock(ctx(t), time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)))
	last := ""
	for i := range 4 {
		if i == 2 {
			ok(t, control.Advance(ctx(t), -48*time.Hour))
		}
		ts := post(t, s, "C0CSM", "t")
		if compareTS(ts, last) <= 0 {
			t.Errorf("%s came after %s", ts, last)
		}
		last = ts
	}
}

func TestThreads(t *testing.T) {
	s := start(t)
	root := post(t, s, "C0CSM", "root")
	reply := str(must(t, do(t, s, "chat.postMessage", object{"channel": "C0CSM", "text": "one", "thread_ts": root}))["ts"])
	_, err := seat(t, s, "ana").Reply(ctx(t), "#csm", root, "two")
	ok(t, err)
	refused(t, do(t, s, "chat.postMessage", object{"channel": "C0CSM", "text": "t", "thread_ts": reply}), "cannot_reply_to_message")
	loud := str(must(t, do(t, s, "chat.postMessage", object{"channel": "C0CSM", "text": "three", "thread_ts": root, "reply_broadcast": true}))["ts"])

	answer := must(t, do(t, s, "conversations.replies", object{"channel": "C0CSM", "ts": root}))
	all := list(answer["messages"])
	if len(all) != 4 {
		t.Fatalf("%d messages in the thread", len(all))
	}
	first := obj(all[0])
	if n, _ := number(first["reply_count"]); n != 3 || first["latest_reply"] != loud || first["thread_ts"] != root ||
		strings.Join(stringsIn(first["reply_users"]), " ") != "U0BOT U0ANA" {
		t.Errorf("root: %s", encode(first))
	}
	if second := obj(all[1]); second["thread_ts"] != root || second["parent_user_id"] != "U0BOT" {
		t.Errorf("reply: %s", encode(second))
	}
	history := list(must(t, do(t, s, "conversations.history", object{"channel": "C0CSM"}))["messages"])
	if len(history) != 2 || obj(history[0])["ts"] != loud || obj(history[0])["subtype"] != "thread_broadcast" || obj(history[1])["ts"] != root {
		t.Errorf("history shows %s", encode(history))
	}
	one := list(must(t, do(t, s, "conversations.replies", object{"channel": "C0CSM", "ts": reply}))["messages"])
	if len(one) != 1 || obj(one[0])["ts"] != reply {
		t.Errorf("a reply's own thread: %s", encode(one))
	}
	later := list(must(t, do(t, s, "conversations.replies", object{"channel": "C0CSM", "ts": root, "oldest": reply}))["messages"])
	if len(later) != 3 || obj(later[0])["ts"] != root {
		t.Errorf("the root is always there: %s", encode(later))
	}
	link := str(must(t, do(t, s, "chat.getPermalink", object{"channel": "C0CSM", "message_ts": reply}))["permalink"])
	if link != "https://local-office.slack.com/archives/C0CSM/p"+strings.ReplaceAll(reply, ".", "")+"?cid=C0CSM&thread_ts="+root {
		t.Errorf("permalink %s", link)
	}
	refused(t, do(t, s, "chat.getPermalink", object{"channel": "C0CSM", "message_ts": "1.000000"}), "message_not_found")
	refused(t, do(t, s, "chat.getPermalink", object{"channel": "C0OUT", "message_ts": reply}), "channel_not_found")
}

func TestEditing(t *testing.T) {
	s := start(t)
	people, err := seat(t, s, "ana").Say(ctx(t), "csm", "mine")
	ok(t, err)
	blocks := []any{object{"type": "divider"}}
	posted := obj(must(t, do(t, s, "chat.postMessage", object{"channel": "C0CSM", "text": "t", "blocks": blocks,
		"metadata": object{"event_type": "card", "event_payload": object{"key": "k"}}}))["message"])
	if obj(posted["metadata"])["event_type"] != "card" {
		t.Errorf("the answer has no metadata: %s", encode(posted))
	}
	ts := str(posted["ts"])
	args := func(more object) object {
		for k, v := range (object{"channel": "C0CSM", "ts": ts}) {
			if more[k] == nil {
				more[k] = v
			}
		}
		return more
	}
	refused(t, do(t, s, "chat.update", args(object{"ts": people, "text": "t"})), "cant_update_message")
	refused(t, do(t, s, "chat.update", args(object{"ts": "1.000000", "text": "t"})), "message_not_found")
	refused(t, do(t, s, "chat.update", args(object{"channel": "#csm", "text": "t"})), "channel_not_found")
	refused(t, do(t, s, "chat.update", args(object{})), "no_text")
	refused(t, do(t, s, "chat.update", args(object{"text": "t", "blocks": "[{}]"})), "invalid_blocks")
	refused(t, do(t, s, "chat.update", args(object{"text": x(4_001)})), "msg_too_long")
	must(t, do(t, s, "chat.update", args(object{"text": x(4_000)})))

	m := obj(must(t, do(t, s, "chat.update", args(object{"text": "new"})))["message"])
	if m["text"] != "new" || len(list(m["blocks"])) != 1 || obj(m["edited"])["user"] != "U0BOT" {
		t.Errorf("text alone: %s", encode(m))
	}
	m = obj(must(t, do(t, s, "chat.update", args(object{"text": "newer", "blocks": "[]"})))["message"])
	if m["blocks"] != nil {
		t.Errorf("an empty list removes blocks: %s", encode(m))
	}
	must(t, do(t, s, "chat.update", args(object{"text": "newest", "attachments": []any{object{"text": "a"}}})))
	kept := list(must(t, do(t, s, "conversations.history", object{"channel": "C0CSM", "include_all_metadata": true, "limit": 1}))["messages"])
	if obj(obj(obj(kept[0])["metadata"])["event_payload"])["key"] != "k" {
		t.Errorf("metadata that is not mentioned stays: %s", encode(kept))
	}
	must(t, do(t, s, "chat.update", args(object{"text": "newest", "metadata": object{}})))
	kept = list(must(t, do(t, s, "conversations.history", object{"channel": "C0CSM", "include_all_metadata": true, "limit": 1}))["messages"])
	if obj(kept[0])["metadata"] != nil || len(list(obj(kept[0])["attachments"])) != 1 {
		t.Errorf("an empty object removes metadata, and attachments stay: %s", encode(kept))
	}
	plain := list(must(t, do(t, s, "conversations.history", object{"channel": "C0CSM", "limit": 1}))["messages"])
	if obj(plain[0])["metadata"] != nil {
		t.Error("metadata is given to those who ask only")
	}
}

func TestDeleting(t *testing.T) {
	s := start(t)
	people, err := seat(t, s, "ana").Say(ctx(t), "csm", "mine")
	ok(t, err)
	root := post(t, s, "C0CSM", "root")
	reply := str(must(t, do(t, s, "chat.postMessage", object{"channel": "C0CSM", "text": "r", "thread_ts": root}))["ts"])
	refused(t, do(t, s, "chat.delete", object{"channel": "C0CSM", "ts": people}), "cant_delete_message")
	must(t, do(t, s, "chat.delete", object{"channel": "C0CSM", "ts": root}))
	thread := list(must(t, do(t, s, "conversations.replies", object{"channel": "C0CSM", "ts": root}))["messages"])
	if len(thread) != 2 || obj(thread[0])["subtype"] != "tombstone" {
		t.Errorf("a root with replies leaves a tombstone: %s", encode(thread))
	}
	must(t, do(t, s, "chat.delete", object{"channel": "C0CSM", "ts": reply}))
	refused(t, do(t, s, "chat.delete", object{"channel": "C0CSM", "ts": reply}), "message_not_found")
}

func TestEphemerals(t *testing.T) {
	s := start(t)
	args := func(more object) object {
		if more["channel"] == nil {
			more["channel"] = "C0CSM"
		}
		return more
	}
	refused(t, do(t, s, "chat.postEphemeral", args(object{"text": "t"})), "invalid_arguments")
	refused(t, do(t, s, "chat.postEphemeral", args(object{"user": "U0EXT", "text": "t"})), "user_not_in_channel")
	refused(t, do(t, s, "chat.postEphemeral", args(object{"user": "U0ANA", "text": x(4_001)})), "msg_too_long")
	refused(t, do(t, s, "chat.postEphemeral", args(object{"user": "U0ANA"})), "no_text")
	refused(t, do(t, s, "chat.postEphemeral", args(object{"user": "U0ANA", "text": "t", "thread_ts": "1.000000"})), "thread_not_found")
	refused(t, do(t, s, "chat.postEphemeral", object{"user": "U0ANA", "text": "t", "channel": "C0OUT"}), "not_in_channel")
	ts := str(must(t, do(t, s, "chat.postEphemeral", args(object{"user": "U0ANA", "text": "only you"})))["message_ts"])

	if got := list(must(t, do(t, s, "conversations.history", object{"channel": "C0CSM"}))["messages"]); len(got) != 0 {
		t.Errorf("history shows it: %s", encode(got))
	}
	refused(t, do(t, s, "chat.update", args(object{"ts": ts, "text": "t"})), "message_not_found")
	mine, err := seat(t, s, "ana").Ephemerals(ctx(t))
	ok(t, err)
	if len(mine) != 1 || mine[0].Text() != "only you" {
		t.Errorf("Ana sees %v", mine)
	}
	others, err := seat(t, s, "ben").Ephemerals(ctx(t))
	ok(t, err)
	if len(others) != 0 {
		t.Errorf("Ben sees %v", others)
	}
}
