package app_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"healthbot/bot/slacksim"
	"healthbot/scoring"
	"healthbot/storage/record"
)

// target is where a message stands, for a press.
func (w *world) target(name string, m slacksim.Message) slacksim.Target {
	w.Helper()
	d, err := w.slack.Dump(w.ctx)
	w.must(err)
	for _, room := range d.Channels {
		for _, x := range room.Messages {
			if x.TS == m.TS && x.Text() == m.Text() {
				return slacksim.Target{Channel: room.ID, TS: m.TS}
			}
		}
	}
	w.Fatalf("message %s of %s is gone", m.TS, name)
	return slacksim.Target{}
}

// press presses a button of a message.
func (w *world) press(s *slacksim.Seat, m slacksim.Message, label string) {
	w.Helper()
	w.must(s.Click(w.ctx, w.target(s.Name, m), label))
}

// A run posts one digest with its counts, and a card for each account that
// needs a person, worst first; on hold and unowned accounts are counted, named
// and have none.
func TestMondayMorning(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.digest()
	for _, want := range []string{"6 due", "3 need a person", "2 on hold", "1 within tolerance", "Echo Works", "Gale Logistics"} {
		if !strings.Contains(d.Text(), want) {
			t.Errorf("the digest lacks %q:\n%s", want, d.Text())
		}
	}
	star := w.card("Borealis Systems")
	for _, want := range []string{"59", "at-risk", "Ana Ruiz", "milestones and silence", "without it"} {
		if !strings.Contains(star.Text(), want) {
			t.Errorf("the star's card lacks %q:\n%s", want, star.Text())
		}
	}
	if star.ThreadTS != d.TS {
		t.Errorf("the card stands in thread %s, the digest is %s", star.ThreadTS, d.TS)
	}
	w.card("Delta Foods")
	fern := w.card(hostile)
	if strings.Contains(fern.Plain, "<!channel>") {
		t.Errorf("a customer's name pings the channel: %s", fern.Plain)
	}
	for _, text := range []string{star.Text(), d.Text(), fern.Text()} {
		if strings.Contains(text, "120") && strings.Contains(text, "EUR") {
			t.Errorf("ARR stands in a channel:\n%s", text)
		}
	}
	w.noRefusals()
}

// The routine decision: Review, Next, Save.
func TestReviewToStable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ana := w.as("Ana Ruiz")
	star := w.card("Borealis Systems")

	w.press(ana, star, "Review")
	w.modal(ana, "Borealis Systems", "Proposed", "at-risk", "active seats")
	w.must(ana.Choose(w.ctx, "Your decision", "stable"))
	w.must(ana.Fill(w.ctx, "Why, in a plain sentence", "Spoke to the sponsor today; both milestones are re-planned."))
	w.must(ana.Submit(w.ctx))
	w.modal(ana, "What follows", "stable")
	w.must(ana.Submit(w.ctx))

	decided := w.await(channel, "Borealis Systems", "stable by Ana Ruiz")
	if decided.TS != star.TS {
		t.Errorf("the card was posted again at %s instead of being edited at %s", decided.TS, star.TS)
	}
	w.await(channel, "need a person", "1 decided")
	db := w.verified()
	all, err := db.Decisions(w.ctx)
	w.must(err)
	if len(all) != 1 || all[0].Outcome != scoring.Stable || all[0].Proposed != scoring.AtRisk || all[0].ByName != "Ana Ruiz" || all[0].Next.IsZero() {
		t.Errorf("recorded: %+v", all)
	}
	events, err := db.Events(w.ctx, 0, 10000)
	w.must(err)
	kinds := map[record.EventKind]int{}
	for _, e := range events {
		kinds[e.Kind]++
		if strings.Contains(string(e.After)+string(e.Before), "Spoke to the sponsor") {
			t.Errorf("event %d holds personal text", e.Seq)
		}
	}
	if kinds[record.EvDecided] != 1 || kinds[record.EvMeasured] != 1 {
		t.Errorf("events: %v; want one decision and one measurement", kinds)
	}
	w.noRefusals()
}

// At-risk: the owner of the task gets it by DM and completes it.
func TestAtRiskToCompletedTask(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ana, ben := w.as("Ana Ruiz"), w.as("Ben Okafor")
	w.press(ana, w.card("Borealis Systems"), "Review")
	w.modal(ana, "Borealis Systems")
	w.must(ana.Choose(w.ctx, "Your decision", "at-risk"))
	w.must(ana.Choose(w.ctx, "Reasons", "Sponsor silent"))
	w.must(ana.Fill(w.ctx, "Why, in a plain sentence", "Nobody answers, and both milestones slipped."))
	w.must(ana.Submit(w.ctx))

	w.modal(ana, "What follows", "at-risk")
	// An empty answer is refused under its field, and nothing is lost.
	var refused slacksim.FieldErrors
	if err := ana.Submit(w.ctx); !errors.As(err, &refused) && err == nil {
		t.Fatal("a task without an expected result was taken")
	}
	w.must(ana.Fill(w.ctx, "First task", "Call Kim and agree on new dates"))
	w.must(ana.Choose(w.ctx, "Who does it?", "U0BEN"))
	w.must(ana.Fill(w.ctx, "Done when", "Two dates in the calendar"))
	w.must(ana.Submit(w.ctx))

	dm := w.await("dm:U0BEN", "Call Kim and agree on new dates", "Two dates in the calendar")
	w.press(ben, dm, "Accept")
	w.await("dm:U0BEN", "Call Kim", "Accepted")
	dm = w.await("dm:U0BEN", "Call Kim")
	w.press(ben, dm, "Done…")
	w.modal(ben, "Close the task")
	w.must(ben.Fill(w.ctx, "What came of it?", "Kim agreed to 3 and 10 December."))
	w.must(ben.Choose(w.ctx, "Did what was expected come true?", "Yes"))
	w.must(ben.Submit(w.ctx))
	w.await("dm:U0BEN", "Call Kim", "Done by Ben Okafor")
	w.await(channel, "Borealis Systems", "at-risk by Ana Ruiz")

	db := w.verified()
	tasks, err := db.Tasks(w.ctx)
	w.must(err)
	if len(tasks) != 1 || tasks[0].State != record.TaskDone || !tasks[0].Met || tasks[0].EndedBy != "U0BEN" {
		t.Errorf("recorded: %+v", tasks)
	}
	w.noRefusals()
}

// Escalation required: the manager acknowledges, then decides; the owner sees it.
func TestEscalationToDecision(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ana, mia := w.as("Ana Ruiz"), w.as("Mia Chen")
	w.press(ana, w.card(hostile), "Review")
	w.modal(ana, "Proposed")
	w.must(ana.Choose(w.ctx, "Your decision", "escalation required"))
	w.must(ana.Fill(w.ctx, "Why, in a plain sentence", "They want to leave, and I can't reach anybody."))
	w.must(ana.Submit(w.ctx))
	w.modal(ana, "What follows", "Mia Chen", "is told in a private message")
	w.must(ana.Fill(w.ctx, "What set it off?", "Sponsor silent for 60 days"))
	w.must(ana.Fill(w.ctx, "What do you ask of them?", "Call their CFO this week"))
	w.must(ana.Submit(w.ctx))

	dm := w.await("dm:U0MIA", "Call their CFO this week", "Sponsor silent for 60 days")
	w.press(mia, dm, "Acknowledge")
	w.await("dm:U0ANA", "Acknowledged by Mia Chen")
	w.press(mia, w.await("dm:U0MIA", "Call their CFO", "Acknowledged"), "Decide…")
	w.modal(mia, "Your answer")
	w.must(mia.Choose(w.ctx, "What will you do?", "Accept"))
	w.must(mia.Fill(w.ctx, "In your words", "I call on Wednesday."))
	w.must(mia.Submit(w.ctx))
	w.await("dm:U0ANA", "accepted by Mia Chen", "I call on Wednesday.")

	public, err := ana.Messages(w.ctx, channel)
	w.must(err)
	for _, m := range public {
		if !m.Ephemeral && strings.Contains(m.Text(), "Call their CFO") {
			t.Errorf("the ask stands in the channel:\n%s", m.Text())
		}
	}
	db := w.verified()
	escs, err := db.Escalations(w.ctx)
	w.must(err)
	if len(escs) != 1 || escs[0].State != record.EscAccepted || escs[0].AckedAt.IsZero() || escs[0].DecidedBy != "U0MIA" {
		t.Errorf("recorded: %+v", escs)
	}
	w.noRefusals()
}

// Who may not is told so privately, with whom to ask; nothing changes.
func TestNoRight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	star := w.card("Borealis Systems")
	cleo, gus := w.as("Cleo Meyer"), w.as("Gus Guest")
	w.press(cleo, star, "Take it")
	w.told(cleo, "may not", "Ana Ruiz")
	w.press(cleo, star, "Review")
	if v, err := cleo.View(w.ctx); err == nil && strings.Contains(v.Text(), "Your decision") {
		t.Errorf("Cleo was shown the review form:\n%s", v.Text())
	}
	w.press(gus, star, "Review")
	w.told(gus, "Guests can't")
	events, err := w.verified().Events(w.ctx, 0, 10000)
	w.must(err)
	for _, e := range events {
		if e.ActorID == "U0CLEO" || e.ActorID == "U0GUS" {
			t.Errorf("%s left event %s", e.Actor, e.Kind)
		}
	}
	w.noRefusals()
}

// Two people decide at once: one decision stands, and the other person is told
// whose it is, with the form still saying what became of it.
func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	star := w.card("Borealis Systems")
	ana, sam := w.as("Ana Ruiz"), w.as("Sam Adeyemi")
	for _, s := range []*slacksim.Seat{ana, sam} {
		w.press(s, star, "Review")
		w.modal(s, "Borealis Systems", "Your decision")
		w.must(s.Choose(w.ctx, "Your decision", "watchlist"))
		w.must(s.Fill(w.ctx, "Why, in a plain sentence", "Looks worse than it is."))
		w.must(s.Submit(w.ctx))
		w.modal(s, "What follows")
		w.must(s.Fill(w.ctx, "What do you watch?", "A reply from the sponsor"))
	}
	w.must(ana.Submit(w.ctx))
	w.must(sam.Submit(w.ctx))
	w.modal(sam, "watchlist", "Ana Ruiz")
	w.await(channel, "Borealis Systems", "watchlist by Ana Ruiz")
	all, err := w.verified().Decisions(w.ctx)
	w.must(err)
	if len(all) != 1 || all[0].By != "U0ANA" {
		t.Errorf("recorded: %+v; want Ana's alone", all)
	}
	w.noRefusals()
}

// The bot is stopped between two steps of a form and started again: the form
// goes on, nothing is posted twice.
func TestRestartInTheMiddle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ana := w.as("Ana Ruiz")
	star := w.card("Borealis Systems")
	w.card("Delta Foods")
	w.card(hostile)
	w.press(ana, star, "Review")
	w.modal(ana, "Your decision")
	w.must(ana.Choose(w.ctx, "Your decision", "watchlist"))
	w.must(ana.Fill(w.ctx, "Why, in a plain sentence", "Kim is on leave."))
	w.must(ana.Submit(w.ctx))
	w.modal(ana, "What follows")
	w.must(ana.Fill(w.ctx, "What do you watch?", "Kim's return"))

	w.stop()
	w.startBot()
	w.must(ana.Submit(w.ctx))
	w.await(channel, "Borealis Systems", "watchlist by Ana Ruiz")
	d, err := w.slack.Dump(w.ctx)
	w.must(err)
	keys := map[string]int{}
	for _, room := range d.Channels {
		for _, m := range room.Messages {
			if len(m.Metadata) > 0 {
				keys[m.Plain]++
			}
		}
	}
	for text, n := range keys {
		if n > 1 {
			t.Errorf("posted %d times: %s", n, text)
		}
	}
	w.noRefusals()
}

// Held inputs come first: two sources disagree, somebody settles it, and the
// review goes on with a new score.
func TestVerifyAConflict(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ana := w.as("Ana Ruiz")
	w.digest()
	w.must(ana.Command(w.ctx, channel, "/health Echo Works"))
	w.told(ana, "Echo Works", "On hold, conflict")
	mine, err := ana.Ephemerals(w.ctx)
	w.must(err)
	w.press(ana, mine[len(mine)-1], "Review")
	w.modal(ana, "Verify first", "warehouse says 45 %")
	w.must(ana.Choose(w.ctx, "active seats: what about it?", "It is right"))
	w.must(ana.Submit(w.ctx))
	w.modal(ana, "Your decision", "Proposed")
	w.must(ana.Submit(w.ctx))
	w.modal(ana, "What follows")
	w.must(ana.Submit(w.ctx))
	w.await(channel, "need a person", "1 on hold")
	events, err := w.verified().Events(w.ctx, 0, 10000)
	w.must(err)
	var verified bool
	for _, e := range events {
		verified = verified || e.Kind == record.EvVerified && e.ActorID == "U0ANA" && e.Account == "echo"
	}
	if !verified {
		t.Error("settling the conflict left no event")
	}
	w.noRefusals()
}

// An unowned account gets an owner from a lead first.
func TestAssignAnOwner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.digest()
	mia := w.as("Mia Chen")
	w.must(mia.Command(w.ctx, channel, `/health "Gale Logistics"`))
	w.told(mia, "Gale Logistics", "owner")
	mine, err := mia.Ephemerals(w.ctx)
	w.must(err)
	w.press(mia, mine[len(mine)-1], "Review")
	w.modal(mia, "Change owner", "owner not set up")
	w.must(mia.Choose(w.ctx, "Who answers for this account from now on?", "U0BEN"))
	w.must(mia.Submit(w.ctx))
	w.await(channel, "need a person", "1 on hold")
	a, err := w.verified().Account(w.ctx, "gale")
	w.must(err)
	if a.Owner != "U0BEN" {
		t.Errorf("owner %q, want Ben", a.Owner)
	}
	w.noRefusals()
}

func TestSnoozeAndTake(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ana := w.as("Ana Ruiz")
	star := w.card("Borealis Systems")
	w.press(ana, star, "Take it")
	star = w.await(channel, "Borealis Systems", "taken by Ana Ruiz")
	w.press(ana, star, "Snooze…")
	w.modal(ana, "Snooze")
	w.must(ana.Fill(w.ctx, "Why can it wait?", "Kim is back on the 30th."))
	w.must(ana.Choose(w.ctx, "Until when?", "2026-11-30"))
	w.must(ana.Submit(w.ctx))
	w.await(channel, "Borealis Systems", "Snoozed until 30 Nov")
	w.noRefusals()
}

// The words that people type, and the places that answer them.
func TestAsking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ana := w.as("Ana Ruiz")
	digest := w.digest()
	w.card("Borealis Systems")
	for _, c := range []struct {
		line string
		want []string
	}{
		{"/health borealis", []string{"Borealis Systems", "59"}},
		{"/health Borealis Systms", []string{"Borealis Systems", "Show"}},
		{"/health help", []string{"/health ACCOUNT", "queue"}},
		{"/health queue", []string{"Borealis Systems"}},
		{"/health mine", []string{"Borealis Systems"}},
		{"/health", []string{"/health ACCOUNT"}},
		{"/health " + strings.Repeat("x", 3000), []string{"No account"}},
	} {
		w.must(ana.Command(w.ctx, channel, c.line))
		w.told(ana, c.want...)
	}
	_, err := ana.Reply(w.ctx, channel, digest.TS, "@healthbot Delta Foods")
	w.must(err)
	w.told(ana, "Delta Foods", "Refresh")
	home, err := ana.Home(w.ctx)
	w.must(err)
	if !containsAll(home.Text(), []string{"Borealis Systems"}) {
		t.Errorf("Home:\n%s", home.Text())
	}
	cleo := w.as("Cleo Meyer")
	w.must(cleo.Command(w.ctx, channel, "/health borealis"))
	w.told(cleo, "may not read")
	w.noRefusals()
}

// A week later: what nobody reviewed is not forgotten. The old run closes and
// says so, and its accounts come up again.
func TestNextMonday(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ana := w.as("Ana Ruiz")
	first := w.digest()
	old := w.card("Borealis Systems")
	w.card("Delta Foods")
	w.must(w.slack.Advance(w.ctx, 7*24*time.Hour))
	closed := w.await(channel, "not reviewed, carried over", "This run is closed")
	if closed.TS != first.TS {
		t.Errorf("the closed run's digest was posted again at %s instead of being edited at %s", closed.TS, first.TS)
	}
	over := w.await(channel, "Borealis Systems", "carried over to the next one")
	if over.TS != old.TS {
		t.Errorf("the old card stands at %s, and %s was edited", old.TS, over.TS)
	}
	next := w.await(channel, "Review of enterprise · 30 Nov", "6 due")
	if next.TS == first.TS {
		t.Error("the second run has no message of its own")
	}
	// A form that was open over the change of weeks is answered honestly.
	w.must(ana.Command(w.ctx, channel, "/health borealis"))
	w.told(ana, "Borealis Systems")
	w.verified()
	w.noRefusals()
}
