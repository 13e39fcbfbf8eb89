package slacksim

import (
	"testing"
)

func TestReadingAMessage(t *testing.T) {
	blocks := list(js(t, `{"b":[
	 {"type":"header","text":{"type":"plain_text","text":"Week 12"}},
	 {"type":"section","text":{"type":"mrkdwn","text":"<https://e.example|Acme> &amp; <!date^1^{date}|1 Jan>, <@U0ANA>"},"fields":[{"type":"mrkdwn","text":"score 59"}],
	  "accessory":{"type":"button","text":{"type":"plain_text","text":"Open"}}},
	 {"type":"divider"},
	 {"type":"context","elements":[{"type":"image","alt_text":"logo"},{"type":"mrkdwn","text":"by Ana"}]},
	 {"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"Review"}},
	  {"type":"overflow","options":[{"text":{"type":"plain_text","text":"Snooze"},"value":"s"}]},
	  {"type":"users_select","placeholder":{"type":"plain_text","text":"Who"}}]},
	 {"type":"image","alt_text":"trend","title":{"type":"plain_text","text":"Trend"}},
	 {"type":"markdown","text":"**bold**"},
	 {"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"hi "},{"type":"user","user_id":"U1"},{"type":"emoji","name":"wave"},
	  {"type":"channel","channel_id":"C1"},{"type":"link","url":"u"},{"type":"broadcast","range":"here"}]}]},
	 {"type":"table","rows":[[{"type":"raw_text","text":"a"},{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"b"}]}]}]]},
	 {"type":"data_visualization","title":"Scores","chart":{"type":"line","series":[{"name":"Acme","data":[{"label":"w1","value":59}]}]}},
	 {"type":"data_visualization","title":"Share","chart":{"type":"pie","segments":[{"label":"red","value":3}]}}]}`)["b"])
	const want = `Week 12
Acme & 1 Jan, <@U0ANA>
score 59
[Open]
---
(image: logo) by Ana
[Review] [⋯ Snooze] <Who>
(image: trend) Trend
**bold**
hi <@U1>:wave:<#C1>u@here
a | b
(line chart: Scores)
Acme: w1=59
(pie chart: Share)
red 3`
	if got := (Message{Plain: "unseen", Blocks: blocks}).Text(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if got := (Message{Plain: "a &lt; b", Attachments: []any{object{"text": "more"}}}).Text(); got != "a < b\nmore" {
		t.Errorf("plain: %q", got)
	}
}

func TestReadingAView(t *testing.T) {
	var v View
	ok(t, v.UnmarshalJSON([]byte(`{"id":"V1","type":"modal","callback_id":"c","title":{"type":"plain_text","text":"Review"},"submit":{"type":"plain_text","text":"Save"},
	 "close":{"type":"plain_text","text":"Cancel"},"errors":{"why":"too short"},
	 "blocks":[{"type":"input","block_id":"why","label":{"type":"plain_text","text":"Why"},"hint":{"type":"plain_text","text":"one sentence"},
	   "element":{"type":"plain_text_input","action_id":"t"}},
	  {"type":"input","block_id":"out","label":{"type":"plain_text","text":"Outcome"},"element":{"type":"radio_buttons","action_id":"o","initial_option":{"text":{"type":"plain_text","text":"Stable"},"value":"s"},
	   "options":[{"text":{"type":"plain_text","text":"Stable"},"value":"s"},{"text":{"type":"plain_text","text":"At risk"},"value":"r"}]}},
	  {"type":"input","block_id":"codes","label":{"type":"plain_text","text":"Codes"},"element":{"type":"multi_static_select","action_id":"m",
	   "options":[{"text":{"type":"plain_text","text":"Usage"},"value":"u"}]}}],
	 "state":{"values":{"why":{"t":{"type":"plain_text_input","value":"no"}},"codes":{"m":{"selected_options":[{"text":{"type":"plain_text","text":"Usage"},"value":"u"}]}}}}}`)))
	const want = `Review
Why: <no>
one sentence
! too short
Outcome: (x) Stable  ( ) At risk
Codes: <Usage>
[Cancel]
[Save]`
	if got := v.Text(); got != want || v.ID != "V1" || v.CallbackID != "c" {
		t.Errorf("%s %s:\n%s\nwant:\n%s", v.ID, v.CallbackID, got, want)
	}
}

func TestTimestamps(t *testing.T) {
	for text, want := range map[string]string{"0": "0.000000", "12": "12.000000", "12.5": "12.500000", "1712345678.000100": "1712345678.000100"} {
		if ts, good := parseStamp(text); !good || ts.String() != want {
			t.Errorf("%q is %v", text, ts)
		}
	}
	for _, bad := range []string{"", ".5", "x", "1.2345678", "-1", "99999999999999999999"} {
		if _, good := parseStamp(bad); good {
			t.Errorf("%q was read", bad)
		}
	}
}
