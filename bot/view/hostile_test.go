package view

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// nasty is what customers' systems and a bored colleague can put into a text.
var nasty = []string{
	"", " ", "Acme", "<!channel> now", "<@U123> <#C123|x>", "@here @Channel @EVERYONE", "*bold* _it_ ~s~ `code` ```pre```", "a*b_c~d`e|f>g<h&i",
	"&amp;lt;", "=HYPERLINK(\"http://evil\")", "\u202Etxt.exe\u202C", "zero\u200Bwidth\u200D\uFEFF", "اسم الشركة 59", "חברה", "é́́́́́́́́́́́́",
	"line\nbreak\r\nand\ttab", "\x00\x07\x1b[31m", "bad\xff\xfeutf8", "\u2028\u2029\u0085", "👩‍👩‍👧‍👦🏳️‍🌈", "ㅤ", "\u2068open isolate", "closed\u2069\u2069",
	"https://example.com/a|b>c <https://x.y|z>", "javascript:alert(1)", ":boom: :+1:", "\U000E0041\U000E0042", "EUR 120,000 or $5k or 3 million euros", "|>", "<!date^1^{x}|y>",
	strings.Repeat("<", 3000), strings.Repeat("*", 700), strings.Repeat("😀", 1500), strings.Repeat("م", 3000), strings.Repeat("word ", 600), strings.Repeat("\"\\", 1500), strings.Repeat("\u2068", 400) + "x",
}

func anyText() *rapid.Generator[string] {
	return rapid.OneOf(rapid.SampledFrom(nasty), rapid.String(),
		rapid.Custom(func(t *rapid.T) string {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom(nasty), 2, 4).Draw(t, "parts"), " ")
		}))
}

// hostile draws whole cases with nasty text in every field that somebody else fills.
type hostile struct{ *rapid.T }

func (h hostile) text() string { return anyText().Draw(h.T, "text") }
func (h hostile) n(most int) int {
	return rapid.IntRange(0, most).Draw(h.T, "n")
}
func (h hostile) yes() bool { return rapid.Bool().Draw(h.T, "yes") }
func (h hostile) person() string {
	return rapid.SampledFrom([]string{"", ana, bo, mia, li, kai, "jdoe", "<@U1>\u202E"}).Draw(h.T, "person")
}
func (h hostile) time() time.Time {
	return now.Add(time.Duration(rapid.IntRange(-400*24, 400*24).Draw(h.T, "hours")) * time.Hour)
}
func (h hostile) date() record.Date { return record.DateOf(h.time()) }
func (h hostile) outcome() scoring.Outcome {
	return rapid.SampledFrom(scoring.Outcomes).Draw(h.T, "outcome")
}
func pick[T any](h hostile, from ...T) T { return rapid.SampledFrom(from).Draw(h.T, "pick") }

func many[T any](h hostile, most int, make func() T) []T {
	var out []T
	for range h.n(most) {
		out = append(out, make())
	}
	return out
}

func (h hostile) account() record.Account {
	return record.Account{ID: "a1", Name: h.text(), Segment: h.text(), Owner: h.person(), Backup: h.person(), Manager: h.person(),
		RenewalOn: pick(h, record.Date{}, h.date()), ARR: pick(h, 0, 1.0, 1e12, -5), Currency: h.text(), CRM: h.text(), Process: h.text(), ProcessAt: h.text()}
}

func (h hostile) finding(i int) scoring.Finding {
	m := scoring.AllSignals().Measures
	x := scoring.Finding{Measure: m[i%len(m)].ID, Title: h.text(), Signal: m[i%len(m)].Signal, Unit: pick(h, "ratio", "days", "count", "of 5", h.text()), ObservedAt: pick(h, time.Time{}, h.time()),
		Source: h.text(), Evidence: h.text(), Points: rapid.Float64Range(-40, 40).Draw(h.T, "points"), State: pick(h, scoring.Fresh, scoring.Late, scoring.Expired, scoring.Unknown, scoring.Retired)}
	if h.yes() {
		v := rapid.Float64Range(-1e6, 1e6).Draw(h.T, "value")
		x.Value = &v
	}
	x.Others = many(h, 3, func() scoring.Other { return scoring.Other{Source: h.text(), Value: 3, ObservedAt: h.time()} })
	return x
}

func (h hostile) hold() scoring.Hold {
	return scoring.Hold{Kind: pick(h, scoring.HoldMissing, scoring.HoldStale, scoring.HoldConflict, scoring.HoldUnowned, scoring.HoldModel), Evidence: h.text(),
		Measures: many(h, 12, func() string {
			return pick(h, "usage.active_seat_ratio", "stakeholder.active_contacts", "billing.days_overdue", "gone.measure", "adoption.key_feature_ratio", "sentiment.csat", "sentiment.pulse", "support.open_urgent", "milestones.overdue")
		})}
}

func (h hostile) decision() *record.Decision {
	if h.yes() {
		return nil
	}
	return &record.Decision{ID: "dc_1", Outcome: h.outcome(), Sentence: h.text(), Reasons: many(h, 3, h.text), Next: h.date(), Watch: h.text(), Owner: h.person(), Goal: h.text(),
		By: h.person(), ByName: h.text(), At: h.time()}
}

func (h hostile) task() record.Task {
	return record.Task{ID: "tk_1", Kind: record.Outreach, Title: h.text(), Owner: h.person(), Due: h.date(), Expected: h.text(), By: h.person(), ByName: h.text(), MadeAt: h.time(),
		State: pick(h, record.TaskOpen, record.TaskAccepted, record.TaskDone, record.TaskDeclined), Result: h.text(), Met: h.yes(), EndedAt: h.time(), EndedBy: h.person()}
}

func (h hostile) escalation() record.Escalation {
	return record.Escalation{ID: "es_1", Recipient: h.person(), Trigger: h.text(), Reason: h.text(), Plan: h.text(), Ask: h.text(), RespondBy: h.time(), Answer: h.text(),
		State: pick(h, record.EscOpen, record.EscAcknowledged, record.EscAccepted, record.EscChanged, record.EscDeclined), By: h.person(), ByName: h.text(), MadeAt: h.time(),
		AckedAt: pick(h, time.Time{}, h.time()), DecidedAt: h.time(), DecidedBy: h.person()}
}

func (h hostile) acase() record.Case {
	r := scoring.Result{AsOf: h.time(), Version: h.text(), Unscored: h.yes(), Score: scoring.Tenths(h.n(1000)), Band: scoring.Risk, Coverage: .7, Confidence: scoring.MediumConfidence, Low: 10, High: 90}
	for i := range h.n(15) {
		r.Findings = append(r.Findings, h.finding(i))
	}
	if h.yes() {
		r.Caps = []scoring.Cap{{Name: h.text() + "x", Value: 59, Binding: true, Evidence: h.text()}}
		r.Override = &scoring.Override{Points: 5, Reason: h.text(), Until: h.time()}
	}
	if !r.Unscored {
		r.Proposal = &scoring.Proposal{Outcome: h.outcome(), Reason: h.text()}
	}
	r.Next = scoring.Action{Text: h.text(), Role: "owner"}
	c := record.Case{Account: h.account(), Snapshot: record.Snapshot{ID: pick(h, "", "sn_1"), Result: r}, Holds: many(h, 6, h.hold), Last: h.decision(), Decision: h.decision(),
		Review:   &record.Review{ID: "rv_1", State: pick(h, record.ReviewOpen, record.ReviewSnoozed, record.ReviewDecided), Taken: h.person(), TakenAt: h.time(), Snoozed: h.date(), Why: h.text()},
		Tasks:    many(h, 6, h.task),
		Trail:    many(h, 12, func() record.Trail { return record.Trail{At: h.time(), Who: h.person(), Text: h.text()} }),
		Renewing: h.yes()}
	if h.yes() {
		c.Snapshot.Previous = &record.Previous{AsOf: h.time(), Score: scoring.Tenths(h.n(1000))}
		c.Snapshot.Change = &scoring.Change{From: 870, To: 590, Parts: many(h, 30, func() scoring.Part {
			return scoring.Part{Kind: pick(h, scoring.PartCap, scoring.PartMovement, scoring.PartFreshness), Name: h.text(), Points: scoring.Tenths(h.n(200) - 100), Note: pick(h, "", "stale")}
		})}
		c.Snapshot.Priority = scoring.Priority{Level: scoring.P1, Renewal: scoring.Near, Top: h.yes(), NoDate: h.yes(), Urgency: .75, Issues: 1.15, Rate: .18, Loss: float64(h.n(1000)) * 1e12}
		c.Snapshot.Result.LowFor = h.n(9)
	}
	if h.yes() {
		c.Snapshot.Early = &record.Early{Why: h.text(), Worse: h.yes()}
	}
	if h.yes() {
		e := h.escalation()
		c.Escalation = &e
	}
	if h.yes() {
		d := h.draft()
		c.Draft = &d
	}
	if h.yes() {
		c.Cancelling = &record.Cancellation{Who: h.text(), Heard: h.date(), Evidence: h.text(), By: h.person(), ByName: h.text(), At: h.time()}
		c.Override = &record.Override{Points: 50, Reason: h.text(), Evidence: h.text(), Until: h.time(), By: h.person(), ByName: h.text(), At: h.time()}
	}
	return c
}

func (h hostile) draft() record.Draft {
	d := record.Draft{Review: "rv_1", Values: map[record.Field]string{record.FieldOutcome: string(h.outcome())}}
	for _, f := range []record.Field{record.FieldSentence, record.FieldReasons, record.FieldNext, record.FieldWatch, record.FieldOwner, record.FieldGoal, record.FieldTask, record.FieldTaskKind,
		fieldTaskOwner, record.FieldDue, record.FieldExpected, record.FieldRecipient, record.FieldTrigger, record.FieldPlan, record.FieldAsk, record.FieldRespondBy} {
		d.Values[f] = h.text()
	}
	return d
}

func (h hostile) row() record.QueueRow {
	return record.QueueRow{Review: pick(h, "", "rv_1"), Account: h.account(), Score: scoring.Tenths(h.n(1000)), Band: scoring.Risk, Unscored: h.yes(), Proposal: pick(h, "", h.outcome()),
		Standing: record.InWork, State: pick(h, record.ReviewOpen, record.ReviewSnoozed, record.ReviewDecided), Taken: h.person(), Snoozed: h.date(), Holds: many(h, 2, h.hold), Outcome: pick(h, "", h.outcome())}
}

func (h hostile) frame() Frame {
	f := frame()
	f.Commercial = h.yes()
	people := directory().All()
	for i := range pick(h, 0, 20, 95, 150) {
		people = append(people, record.Person{ID: fmt.Sprintf("U0EXTRA%04d", i), Name: nasty[(i+7)%len(nasty)]})
	}
	f.People = record.NewDirectory(people...)
	for i := range pick(h, 0, 12, 120) {
		f.Policy.Reasons = append(f.Policy.Reasons, record.Reason{Code: fmt.Sprintf("code-%d", i), Title: nasty[i%len(nasty)]})
	}
	if h.yes() {
		f.Model = scoring.AllSignals() // pulse is in service there
	}
	if h.yes() {
		f.Model.Criteria = []scoring.Criterion{{Outcome: scoring.Stable, Text: h.text()}, {Outcome: scoring.AtRisk, Text: h.text()}}
	}
	return f
}

func (h hostile) runCase() record.RunCase {
	c := run()
	c.Run.Segment, c.Run.Missing, c.Run.Version = h.text(), many(h, 20, h.text), h.text()
	c.Run.OpenedAt, c.Run.Late = h.time(), h.yes()
	c.Held = many(h, 20, func() record.HeldAccount {
		return record.HeldAccount{Account: "a1", Name: h.text(), Holds: many(h, 3, h.hold)}
	})
	c.Sources = many(h, 20, func() record.SourceState {
		return record.SourceState{Name: h.text(), LastSync: pick(h, time.Time{}, h.time()), Late: h.yes()}
	})
	c.Segments, c.Waiting = map[string]int{}, map[string]int{}
	for range h.n(20) {
		c.Segments[h.text()], c.Waiting[h.text()] = 3, h.n(5)
	}
	c.Yours[ana] = many(h, 12, h.row)
	c.Confirmed = h.person()
	return c
}

func TestHostile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := hostile{t}
		f, c, rc, m := h.frame(), h.acase(), h.runCase(), Meta{Via: "card"}
		tc, ec := record.TaskCase{Task: h.task(), Account: h.account()}, record.EscalationCase{Escalation: h.escalation(), Case: c}
		d := record.Desk{Queue: many(h, 30, h.row), Snoozed: many(h, 12, h.row),
			Tasks:   many(h, 12, func() record.TaskCase { return record.TaskCase{Task: h.task(), Account: h.account()} }),
			Waiting: many(h, 12, func() record.EscalationCase { return record.EscalationCase{Escalation: h.escalation(), Case: c} })}
		for name, v := range map[string]any{
			"card": Card(f, c), "health": Health(f, c), "digest": Digest(f, rc), "owner line": OwnerLine(f, rc, ana), "task": TaskDM(f, tc), "escalation": EscalationDM(f, ec),
			"escalated": EscalatedDM(f, ec), "admin": AdminDM(f, record.Delivery{ID: h.text(), To: h.text(), Reason: h.text(), Subject: h.text()}),
			"queue": Queue(f, h.text()+"Queue", d.Queue), "mine": Mine(f, d), "home": Home(f, d), "help": Help(f), "notice": Notice(h.text() + "!"),
			"nearest": Nearest(f, h.text(), []record.Match{{ID: "a1", Name: h.text()}, {ID: "a2", Name: h.text()}}),
			"inputs":  ReviewInputs(f, c, m), "outcome": ReviewOutcome(f, c, m), "follow": ReviewFollow(f, c, h.draft(), m), "snooze": SnoozeForm(f, c, m), "owner": OwnerForm(f, c, m),
			"pulse": PulseForm(f, c, m), "pulse recorded": PulseRecorded(f, c, record.Pulse{Value: 3}), "override": OverrideForm(f, c, m), "cancelling": CancellingForm(f, c, m),
			"done": TaskDoneForm(f, tc, m), "decline": TaskDeclineForm(f, tc, m), "decide": DecideForm(f, ec, m), "told": Done(h.text() + "!"),
		} {
			b := encodeRapid(t, v)
			for _, p := range judgeView(b) {
				t.Errorf("%s: %s", name, p)
			}
		}
	})
}

func encodeRapid(t *rapid.T, v any) []byte {
	if m, ok := v.(Message); ok {
		v = map[string]any{"text": m.Text, "blocks": m.Blocks}
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
