package app_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"healthbot/bot/slacksim"
	"healthbot/scoring"
	"healthbot/storage/record"
)

// latest is the newest private answer to somebody that contains all of the words.
func (w *world) latest(s *slacksim.Seat, words ...string) slacksim.Message {
	w.Helper()
	w.told(s, words...)
	all, err := s.Ephemerals(w.ctx)
	w.must(err)
	for _, m := range slices.Backward(all) {
		if containsAll(m.Text(), words) {
			return m
		}
	}
	w.Fatalf("%s was told %q, and it is gone", s.Name, words)
	return slacksim.Message{}
}

// What a person reports goes through: an analyst hears that a customer on hold
// wants to leave; the owner escalates without verifying anything.
func TestTheyWantToCancel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lin, ana, mia := w.as("Lin Sato"), w.as("Ana Ruiz"), w.as("Mia Chen")
	w.digest()
	w.must(lin.Command(w.ctx, channel, "/health Echo Works"))
	w.press(lin, w.latest(lin, "Echo Works", "On hold, conflict"), "They want to cancel…")
	w.modal(lin, "They want to cancel", "whatever is stale or missing", "19 or below")
	w.must(lin.Fill(w.ctx, "Who said so?", "Kim Doe"))
	w.must(lin.Fill(w.ctx, "What was said?", "We leave for somebody cheaper."))
	w.must(lin.Submit(w.ctx))
	w.modal(lin, "It is recorded", "Ana Ruiz") // deciding is the owner's

	w.must(ana.Command(w.ctx, channel, "/health Echo Works"))
	mine := w.latest(ana, "Echo Works", "escalation required", "We leave for somebody cheaper.")
	for _, want := range []string{"· 19 ", "Wants to cancel: said by Kim Doe", "On hold, conflict", "P2"} {
		if !strings.Contains(mine.Text(), want) {
			t.Errorf("the owner's answer lacks %q:\n%s", want, mine.Text())
		}
	}
	w.press(ana, mine, "Review")
	w.modal(ana, "Verify first", "can be escalated without verifying")
	w.must(ana.Click(w.ctx, slacksim.Target{View: "top"}, "Escalate now…"))
	w.modal(ana, "Your decision", "only an escalation can be recorded")
	if err := ana.Choose(w.ctx, "Your decision", "stable"); err == nil {
		t.Error("stable can be chosen on an account that is on hold")
	}
	w.must(ana.Fill(w.ctx, "Why, in a plain sentence", "They told Lin today that they leave."))
	w.must(ana.Submit(w.ctx))
	w.modal(ana, "What follows")
	w.must(ana.Fill(w.ctx, "What do you ask of them?", "Call their CFO today"))
	w.must(ana.Submit(w.ctx))
	w.await("dm:U0MIA", "Call their CFO today", "intent to cancel")

	d, err := w.slack.Dump(w.ctx)
	w.must(err)
	for _, room := range d.Channels {
		for _, m := range room.Messages {
			if room.Name == channel && !m.Ephemeral && strings.Contains(m.Text(), "somebody cheaper") {
				t.Errorf("the customer's words stand in the channel:\n%s", m.Text())
			}
		}
	}

	// Mia hears that they stay: the cap falls away, the report doesn't.
	w.must(mia.Command(w.ctx, channel, "/health Echo Works"))
	w.press(mia, w.latest(mia, "Echo Works", "Wants to cancel"), "They stay after all…")
	w.modal(mia, "They stay after all", "said by Kim Doe")
	w.must(mia.Fill(w.ctx, "What changed, and who says so?", "Their CFO signed two more years."))
	w.must(mia.Submit(w.ctx))
	w.modal(mia, "the report stays on record")
	db := w.verified()
	s, err := db.Score(w.ctx, []string{"echo"}, w.sim.Now())
	w.must(err)
	if s[0].Result.Score < 750 {
		t.Errorf("after they stay: %s with %+v", s[0].Result.Score, s[0].Result.Caps)
	}
	w.events("echo", record.EvCancelling, "U0LIN", record.EvDecided, "U0ANA", record.EvStaying, "U0MIA")
	w.noRefusals()
}

// events checks that an account has events of kinds, each by somebody.
func (w *world) events(account string, kindsAndActors ...any) {
	w.Helper()
	events, err := w.verified().Events(w.ctx, 0, 10000)
	w.must(err)
	for i := 0; i < len(kindsAndActors); i += 2 {
		if !slices.ContainsFunc(events, func(e record.Event) bool {
			return e.Account == account && e.Kind == kindsAndActors[i] && e.ActorID == kindsAndActors[i+1]
		}) {
			w.Errorf("no event %s of %s by %s", kindsAndActors[i], account, kindsAndActors[i+1])
		}
	}
}

// An override stands on the card beside the computed score, and is asked to end.
func TestOverrideFromTheCard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ana := w.as("Ana Ruiz")
	star := w.card("Borealis Systems")
	w.press(ana, star, "Override the score…")
	w.modal(ana, "Override the score", "Computed")
	w.must(ana.Fill(w.ctx, "Points", "-12"))
	w.must(ana.Fill(w.ctx, "Why is the score wrong?", "Half of the seats are test accounts"))
	w.must(ana.Fill(w.ctx, "What shows it?", "Kim's list of Friday"))
	w.must(ana.Choose(w.ctx, "Until when?", "2026-12-24"))
	if err := ana.Submit(w.ctx); err == nil || !strings.Contains(err.Error(), "At most 30 days beyond 10 points") {
		t.Errorf("31 days for 12 points: %v", err)
	}
	w.must(ana.Choose(w.ctx, "Until when?", "2026-12-10"))
	w.must(ana.Submit(w.ctx))
	edited := w.await(channel, "Borealis Systems", "Override: −12.0 by Ana Ruiz until 10 Dec", "65.4 computed")
	if edited.TS != star.TS {
		t.Error("the override posted another card")
	}
	w.press(ana, edited, "Change the override…")
	w.modal(ana, "In force", "0 ends it")
	w.must(ana.Fill(w.ctx, "Points", "0"))
	w.must(ana.Fill(w.ctx, "Why is the score wrong?", "It isn't: the list was old"))
	w.must(ana.Submit(w.ctx))
	w.await(channel, "Borealis Systems", "override ended by Ana Ruiz")
	w.events("borealis", record.EvOverride, "U0ANA", record.EvOverrideEnded, "U0ANA")
	w.noRefusals()
}

// shipped reads a model that ships as an example.
func shipped(t *testing.T, name string) scoring.Model {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "schedule", "source", "testdata", name, "model.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var m scoring.Model
	if err := yaml.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	if err := m.Validate(); err != nil {
		t.Fatal(err)
	}
	return m
}

// judging are the rules of a team without any source but its own people.
func judging(t *testing.T) record.Rules {
	rules := team()
	rules.Model = shipped(t, "judgement")
	rules.Policy.Sources = []record.Source{{Name: scoring.Person, Signals: []scoring.Signal{scoring.Sentiment}, Period: 30, Owner: "U0LIN"}}
	return rules
}

var twoAccounts = export{"accounts.csv", "accounts", "crm", "id,name,segment,owner,manager,renewal_on\n" +
	"alpine,Alpine Ltd,enterprise,U0ANA,U0MIA,2027-06-30\nbrook,Brook SA,enterprise,U0ANA,U0MIA,2027-06-30\n"}

// atWork approves the company's model and starts its bot.
func (w *world) atWork() *world {
	w.Helper()
	_, err := w.beside().RecordModel(w.ctx, record.Actor{Name: "test"}, w.rules.Model, true)
	w.must(err)
	w.startBot()
	w.Cleanup(func() { w.stop() })
	return w
}

// A team without data reviews by judgement alone: pulse, note, outcome.
func TestJudgementOnly(t *testing.T) {
	t.Parallel()
	w := companyOf(t, judging(t), twoAccounts).atWork()
	ana := w.as("Ana Ruiz")
	d := w.await(channel, "2 on hold")
	if !strings.Contains(d.Text(), "Alpine Ltd") {
		t.Errorf("the digest doesn't name who is on hold:\n%s", d.Text())
	}

	// By command: Brook gets a pulse before its review.
	w.must(ana.Command(w.ctx, channel, "/health pulse Brook SA"))
	w.modal(ana, "Pulse", "Brook SA", "Unscored")
	w.must(ana.Choose(w.ctx, "How does it stand with them?", "2 · strained"))
	if err := ana.Submit(w.ctx); err == nil {
		t.Error("a pulse without a note was taken")
	}
	w.must(ana.Fill(w.ctx, "What does that come from?", "They complained twice on Thursday."))
	w.must(ana.Submit(w.ctx))
	w.modal(ana, "pulse 2 of 5", "The score is 25 now")

	// In the review: the hold asks for it, then comes the outcome.
	w.must(ana.Command(w.ctx, channel, "/health Alpine Ltd"))
	w.press(ana, w.latest(ana, "Alpine Ltd", "Unscored: 0 of 1 signal fresh"), "Review")
	w.modal(ana, "Verify first", "pulse")
	w.must(ana.Choose(w.ctx, "pulse: what about it?", "Enter a value"))
	w.must(ana.Fill(w.ctx, "Value (of 5)", "4"))
	w.must(ana.Fill(w.ctx, "Note", "Their steering group asked for more seats."))
	w.must(ana.Submit(w.ctx))
	w.modal(ana, "Your decision", "75", "Their steering group asked for more seats.")

	// A second thought, on the way: the review goes on with the new score.
	w.must(ana.Click(w.ctx, slacksim.Target{View: "top"}, "Pulse…"))
	w.modal(ana, "How does it stand with them?") // the form, not the button that led to it
	w.must(ana.Choose(w.ctx, "How does it stand with them?", "5 · they recommend us"))
	w.must(ana.Fill(w.ctx, "What does that come from?", "They gave a reference today."))
	w.must(ana.Submit(w.ctx))
	w.modal(ana, "Your decision", "· 100", "They gave a reference today.")
	w.must(ana.Choose(w.ctx, "Your decision", "stable"))
	w.must(ana.Submit(w.ctx))
	w.modal(ana, "What follows", "stable")
	w.must(ana.Submit(w.ctx))
	w.await(channel, "1 decided")

	all, err := w.verified().Decisions(w.ctx)
	w.must(err)
	if len(all) != 1 || all[0].Outcome != scoring.Stable || all[0].Score != 1000 || all[0].Version != "judgement v1" {
		t.Errorf("recorded: %+v", all)
	}
	w.events("brook", record.EvPulse, "U0ANA")
	w.events("alpine", record.EvVerified, "U0ANA", record.EvPulse, "U0ANA", record.EvDecided, "U0ANA")
	w.noRefusals()
}

// A pulse that the model doesn't ask about is kept, and says so; elsewhere than
// in a command Slack has no form to offer.
func TestPulseThatDoesNotCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ana, cleo := w.as("Ana Ruiz"), w.as("Cleo Meyer")
	d := w.digest()
	w.must(ana.Command(w.ctx, channel, "/health pulse cedar"))
	w.modal(ana, "Pulse", "doesn't count it")
	w.must(ana.Choose(w.ctx, "How does it stand with them?", "3 · mixed"))
	w.must(ana.Fill(w.ctx, "What does that come from?", "A short call."))
	w.must(ana.Submit(w.ctx))
	w.modal(ana, "pulse 3 of 5", "doesn't count it")
	w.must(ana.Command(w.ctx, channel, "/health pulse Borealis Systms"))
	w.told(ana, "Did you mean", "Borealis Systems")
	_, err := ana.Reply(w.ctx, channel, d.TS, "@healthbot pulse cedar")
	w.must(err)
	w.told(ana, "from the slash command alone", "/health pulse cedar")
	w.must(cleo.Command(w.ctx, channel, "/health pulse cedar"))
	w.told(cleo, "may not report")
	w.events("cedar", record.EvPulse, "U0ANA")
	w.noRefusals()
}

// Another platform's score is a measure like any other: imported, reviewed as it
// is, and no proof against what people hear.
func TestForeignScore(t *testing.T) {
	t.Parallel()
	rules := team()
	rules.Model = shipped(t, "foreign")
	rules.Policy.Sources = []record.Source{{Name: "platform", Signals: []scoring.Signal{scoring.Sentiment}, Period: 1, Owner: "U0LIN"}}
	w := companyOf(t, rules, twoAccounts, export{"scores.csv", "readings", "platform",
		"account,measure,value,observed_at\nalpine,sentiment.platform_score,38,2026-11-22\nbrook,sentiment.platform_score,91,2026-11-22\n"})
	w.atWork()
	w.await(channel, "1 needs a person", "1 within tolerance")
	card := w.card("Alpine Ltd")
	for _, want := range []string{"Alpine Ltd · 38 ", "escalation required", "the platform's score"} {
		if !strings.Contains(card.Text(), want) {
			t.Errorf("the card lacks %q:\n%s", want, card.Text())
		}
	}
	w.noRefusals()
}
