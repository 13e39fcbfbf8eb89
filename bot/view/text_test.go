package view

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"healthbot/scoring"
	"healthbot/storage/record"
)

func TestNames(t *testing.T) {
	for _, tt := range []struct{ what, in, want string }{
		{"plain", "Acme", "Acme"},
		{"spaces", "  Acme \t Corp\n", "Acme Corp"},
		{"nothing", "", "(no name)"},
		{"only invisible", "\u200b\u3164\ufeff", "(no name)"},
		{"a formula", "=SUM(A1)", "=SUM(A1)"},
		{"a broadcast", "<!channel>", "<!channel>"}, // data in rich and plain text, escaped in mrkdwn
		{"a mention", "ask @Here now", "ask ＠Here now"},
		{"not a mention", "x@hereford.com", "x@hereford.com"},
		{"turned around", "a\u202egpj.exe\u202c", "agpj.exe"},
		{"zero width", "pay\u200bpal\u200d", "paypal"},
		{"right to left", "حساب", "\u2068حساب\u2069"},
		{"isolates of its own", "\u2068\u2068x", "x"},
		{"broken bytes", "a\xffb", "a\ufffdb"},
		{"controls", "a\x00\x1b[31mb", "a [31mb"},
		{"stacked accents", "e" + strings.Repeat("\u0301", 30), "e" + strings.Repeat("\u0301", 4)},
		{"tag characters", "a\U000E0041b", "ab"},
		{"coloured heart", "❤️", "❤️"},
		{"long", strings.Repeat("x", 200), strings.Repeat("x", 78) + "…"},
		{"long and right to left", strings.Repeat("م", 200), "\u2068" + strings.Repeat("م", 78) + "…\u2069"},
	} {
		if got := name(tt.in); got != tt.want {
			t.Errorf("%s: name(%q) = %q, want %q", tt.what, tt.in, got, tt.want)
		}
	}
}

func TestMrkdwn(t *testing.T) {
	at := time.Unix(1795420800, 0)
	for _, tt := range []struct {
		l    line
		want string
	}{
		{line{strong("a*b_c~d`e")}, "*a∗b＿c∼dˋe*"},
		{line{say("<!channel> & <@U1|x>")}, "&lt;!channel&gt; &amp; &lt;@U1¦x&gt;"},
		{line{open("https://x.y/?a=1&b=2", "label|>")}, "<https://x.y/?a=1&amp;b=2|label¦&gt;>"},
		{line{{text: "9 | <b>", at: at}}, "<!date^1795420800^{date_short_pretty} {time}|9 ¦ &lt;b&gt;>"},
		{line{open("", "no address")}, "no address"},
	} {
		if got := tt.l.mrkdwn(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestCut(t *testing.T) {
	for _, tt := range []struct {
		in   string
		most int
		want string
	}{
		{"short", 5, "short"}, {"longer", 5, "lon…"}, {"word word", 8, "word w…"}, {"ab cd", 4, "ab…"},
		{"😀😀😀", 6, "😀😀😀"}, {"😀😀😀😀", 6, "😀😀…"},
	} {
		if got := cut(tt.in, tt.most); got != tt.want || length(got) > tt.most {
			t.Errorf("cut(%q, %d) = %q, want %q", tt.in, tt.most, got, tt.want)
		}
	}
}

func TestLink(t *testing.T) {
	for _, tt := range []struct{ in, text, url string }{
		{"103 of 120 https://u.example.com/a", "103 of 120", "https://u.example.com/a"},
		{"see (https://u.example.com/a).", "see ().", "https://u.example.com/a"},
		{"javascript:alert(1)", "javascript:alert(1)", ""},
		{"https://x.y/a|b>", "|b>", "https://x.y/a"},
	} {
		if text, url := link(tt.in); text != tt.text || url != tt.url {
			t.Errorf("link(%q) = %q, %q; want %q, %q", tt.in, text, url, tt.text, tt.url)
		}
	}
	for s, ok := range map[string]bool{"https://a.b/c": true, "http://a.b": true, "javascript:alert(1)": false, "ftp://a": false, "https://a b": false, "": false} {
		if got := webLink(s) != ""; got != ok {
			t.Errorf("webLink(%q) = %v", s, got)
		}
	}
}

// TestMoney: amounts never reach a channel, whatever field they hide in, and
// reach only those private answers that may show them.
func TestMoney(t *testing.T) {
	for in, want := range map[string]string{
		"offered EUR 120,000 for two years": "offered (amount private) for two years",
		"they pay $12k a month":             "they pay (amount private) a month",
		"1 200 € open":                      "(amount private) open",
		"3 million dollars":                 "(amount private)",
		"30000 dollars":                     "(amount private)",
		"120 seats, 86 %":                   "120 seats, 86 %",
	} {
		if got := (Frame{}).said(in); got != want {
			t.Errorf("said(%q) = %q, want %q", in, got, want)
		}
	}
	const secret = "EUR 777,000 offered"
	c := decided(scoring.AtRisk)
	c.Account.ARR = 888000
	c.Decision.Sentence, c.Decision.Goal, c.Decision.Watch, c.Last.Sentence = secret, secret, secret, secret
	c.Tasks[0].Title, c.Snapshot.Result.Next.Text = secret, secret
	c.Trail = append(c.Trail, record.Trail{At: now, Who: ana, Text: secret})
	c.Holds = []scoring.Hold{{Kind: scoring.HoldConflict, Evidence: secret}}
	for i := range c.Snapshot.Result.Findings {
		c.Snapshot.Result.Findings[i].Evidence = secret
	}
	for i := range c.Snapshot.Result.Caps {
		c.Snapshot.Result.Caps[i].Evidence = secret
	}
	rc := run()
	rc.Held[0].Holds[0].Evidence = secret
	f := frame()
	f.Commercial = true // a mistake of the caller must not leak either
	for what, m := range map[string]Message{"card": Card(f, c), "digest": Digest(f, rc), "owner line": OwnerLine(f, rc, ana), "health": Health(frame(), c)} {
		if s := string(encode(t, m)); strings.Contains(s, "777") || strings.Contains(s, "888") {
			t.Errorf("%s shows money:\n%s", what, s)
		}
	}
	if s := string(encode(t, Health(f, c))); !strings.Contains(s, "777,000") || !strings.Contains(s, "888,000") {
		t.Errorf("who may see amounts doesn't:\n%s", s)
	}
}

// TestEscalationStaysPrivate: the channel learns that, not why.
func TestEscalationStaysPrivate(t *testing.T) {
	c := decided(scoring.Escalation)
	c.Decision.Sentence = "SECRET reason"
	c.Escalation.Ask, c.Escalation.Plan, c.Escalation.Reason, c.Escalation.Trigger = "SECRET ask", "SECRET plan", "SECRET reason", "SECRET trigger"
	s := string(encode(t, Card(frame(), c)))
	if strings.Contains(s, "SECRET") || !strings.Contains(s, "Escalated to Kai") {
		t.Errorf("card:\n%s", s)
	}
	dm := EscalationDM(frame(), record.EscalationCase{Escalation: *c.Escalation, Case: c})
	for _, want := range []string{"SECRET ask", "SECRET plan", "SECRET reason", "SECRET trigger", "Tue 24 Nov, 23:00 (Asia/Tokyo)", "Ana"} {
		if !strings.Contains(dm.Text, want) {
			t.Errorf("the recipient doesn't read %q in %s", want, dm.Text)
		}
	}
}

func TestFirstLine(t *testing.T) {
	first := func(m Message) string { l, _, _ := strings.Cut(m.Text, "\n"); return l }
	away := acmeCase()
	f := frame()
	people := directory().All()
	for i := range people {
		if people[i].ID == ana {
			people[i].Away = []record.Span{{From: day(2026, 11, 20), To: day(2026, 11, 30)}}
		}
	}
	f.People = record.NewDirectory(people...)
	new := acmeCase()
	new.Last, new.Snapshot.Previous = nil, nil
	fell := func(c record.Case) record.Case {
		c.Snapshot.Previous = &record.Previous{AsOf: daysAgo(28), Score: c.Snapshot.Result.Score + 280}
		return c
	}
	for want, got := range map[string]string{
		"🔺 Acme · 59 ▼28 · watchlist → proposed: at-risk · renews 4 Dec · Ana · P1":               first(Card(frame(), fell(acmeCase()))),
		"🔺 Acme · 59 ▼28 · watchlist → at-risk · renews 4 Dec · Ana · P1":                         first(Card(frame(), fell(decided(scoring.AtRisk)))),
		"✋ Acme · Unscored: 2 of 5 signals fresh · last time watchlist · renews 4 Dec · Ana":      first(Card(frame(), unscored())),
		"🔺 Acme · 59 · proposed: at-risk · renews 4 Dec · Ana · P1":                               first(Card(frame(), new)),
		"🔺 Acme · 59 ▼28 · watchlist → proposed: at-risk · renews 4 Dec · Bo for Ana (away) · P1": first(Card(f, fell(away))),
		"⚪ Acme · not scored yet · renews 4 Dec · Ana":                                            first(Health(frame(), record.Case{Account: acme()})),
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// TestTextIsComplete: who reads only the text misses nothing of the first block.
func TestTextIsComplete(t *testing.T) {
	for name, v := range goldens() {
		m, ok := v.(Message)
		if !ok {
			continue
		}
		var first strings.Builder
		switch b := m.Blocks[0].(type) {
		case *slack.RichTextBlock:
			for _, e := range b.Elements {
				if s, ok := e.(*slack.RichTextSection); ok {
					for _, x := range s.Elements {
						switch x := x.(type) {
						case *slack.RichTextSectionTextElement:
							first.WriteString(x.Text)
						case *slack.RichTextSectionDateElement:
							first.WriteString(*x.Fallback)
						}
					}
				}
			}
		case *slack.SectionBlock:
			first.WriteString(b.Text.Text)
		}
		for _, l := range strings.Split(first.String(), "\n") {
			if l == "" || !strings.Contains(m.Text, escape(l)) {
				t.Errorf("%s: the text lacks %q", name, l)
			}
		}
	}
}

// TestHeaviestModals: twelve measures with long evidence, a full directory, a
// long draft, and every character as costly as it gets. What answers a
// submission must still fit Slack's acknowledgement.
func TestHeaviestModals(t *testing.T) {
	for what, fill := range map[string]string{"escaped": "<", "wide": "م", "emoji": "😀", "plain": "x"} {
		long := strings.Repeat(fill, 3000)
		f := frame()
		f.Commercial = true
		people := directory().All()
		for i := range 90 { // few enough for a menu, were they shorter
			people = append(people, record.Person{ID: fmt.Sprintf("U0MANY%05d", i), Name: long})
		}
		f.People = record.NewDirectory(people...)
		f.Policy.Reasons = nil
		for i := range 100 {
			f.Policy.Reasons = append(f.Policy.Reasons, record.Reason{Code: fmt.Sprintf("r%d", i), Title: long})
		}
		c := decided(scoring.AtRisk)
		c.Account.Name, c.Account.Process, c.Account.Currency = long, long, long
		r := &c.Snapshot.Result
		r.Findings = nil
		var ids []string
		for _, m := range scoring.AllSignals().Measures {
			v := .5
			ids = append(ids, m.ID)
			r.Findings = append(r.Findings, scoring.Finding{Measure: m.ID, Title: m.Title, Signal: m.Signal, Unit: m.Unit, Value: &v, Source: long, Evidence: long, State: scoring.Late, ObservedAt: daysAgo(30), Points: -1,
				Others: []scoring.Other{{Source: long, Value: 1, ObservedAt: daysAgo(30)}, {Source: long, Value: 1, ObservedAt: daysAgo(30)}}})
		}
		r.Caps = []scoring.Cap{{Name: long, Value: 59, Binding: true, Evidence: long}}
		r.Override = &scoring.Override{Points: 3, Reason: long, Until: now}
		r.Proposal.Reason, r.Next.Text = long, long
		c.Last.Sentence = long
		c.Holds = []scoring.Hold{{Kind: scoring.HoldMissing, Measures: ids, Evidence: long}, {Kind: scoring.HoldConflict, Evidence: long}, {Kind: scoring.HoldStale, Evidence: long}, {Kind: scoring.HoldUnowned, Evidence: long}}
		views := map[string]slack.ModalViewRequest{"inputs": ReviewInputs(f, c, Meta{})}
		for _, o := range scoring.Outcomes {
			d := record.Draft{Values: map[record.Field]string{record.FieldOutcome: string(o)}}
			for _, field := range []record.Field{record.FieldSentence, record.FieldWatch, record.FieldGoal, record.FieldTask, record.FieldExpected, record.FieldTrigger, record.FieldPlan, record.FieldAsk} {
				d.Values[field] = long
			}
			c.Draft = &d
			views["outcome "+string(o)], views["follow "+string(o)] = ReviewOutcome(f, c, Meta{}), ReviewFollow(f, c, d, Meta{})
		}
		ec := record.EscalationCase{Escalation: escalation(), Case: c}
		ec.Escalation.Ask, ec.Escalation.ByName = long, long
		views["decide"], views["told"] = DecideForm(f, ec, Meta{}), Done(long)
		for name, v := range views {
			raw, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range judgeView(raw) {
				t.Errorf("%s of %s characters: %s", name, what, p)
			}
		}
	}
}

// TestOrdinaryEvidenceIsNotCut: the budgets hurt only the absurd.
func TestOrdinaryEvidenceIsNotCut(t *testing.T) {
	c := acmeCase()
	in := acmeInput()
	model := scoring.AllSignals()
	for _, m := range model.Measures[:8] {
		if m.Derive == "" {
			in.Readings = append(in.Readings, scoring.Reading{Measure: m.ID, Source: "usage-db", Value: m.Min, ObservedAt: daysAgo(1), Evidence: "As the weekly export of 20 November says, for all of the workspaces of the customer"})
		}
	}
	c.Snapshot.Result = scoring.Evaluate(model, in)
	for what, v := range map[string]any{"outcome": ReviewOutcome(frame(), c, Meta{}), "health": Health(frame(), c)} {
		s := string(encode(t, v))
		if strings.Contains(s, "cut here") {
			t.Errorf("%s is cut", what)
		}
		for _, m := range model.Measures {
			if !strings.Contains(s, m.Title) {
				t.Errorf("%s lacks %s", what, m.Title)
			}
		}
	}
}

// TestCutsAreSaid: what doesn't fit is counted, wherever lists are.
func TestCutsAreSaid(t *testing.T) {
	c := acmeCase()
	for range 9 {
		c.Tasks = append(c.Tasks, task())
		c.Trail = append(c.Trail, record.Trail{At: now, Who: ana, Text: "taken"})
		c.Holds = append(c.Holds, scoring.Hold{Kind: scoring.HoldStale, Evidence: "old"})
	}
	d := desk()
	rc := run()
	var rows []record.QueueRow
	for range 31 {
		rows = append(rows, desk().Queue[0])
		rc.Held = append(rc.Held, rc.Held[0])
		rc.Run.Missing = append(rc.Run.Missing, "somebody")
	}
	d.Queue = rows
	rc.Yours[ana] = rows
	for what, tt := range map[string]struct {
		v    any
		want []string
	}{
		"card":       {Card(frame(), c), []string{"… 6 more, cut here", "… 4 earlier, cut here", "… 5 more, cut here"}},
		"queue":      {Queue(frame(), "Queue", rows), []string{"31 accounts", "… 11 more, cut here"}},
		"home":       {Home(frame(), d), []string{"… 16 more, cut here"}},
		"digest":     {Digest(frame(), rc), []string{"… 25 more, cut here", "… 22 more, cut here"}},
		"owner line": {OwnerLine(frame(), rc, ana), []string{"your 31", "… 23 more, cut here"}},
	} {
		s := string(encode(t, tt.v))
		for _, want := range tt.want {
			if !strings.Contains(s, want) {
				t.Errorf("%s doesn't say %q", what, want)
			}
		}
	}
}
