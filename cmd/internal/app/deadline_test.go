package app_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"healthbot/bot/slacksim"
	"healthbot/storage/record"
)

// counts says how many messages of the bot's in a place contain the words.
func (w *world) counts(where string, words ...string) (n int) {
	w.Helper()
	d, err := w.slack.Dump(w.ctx)
	w.must(err)
	user := strings.TrimPrefix(where, "dm:")
	for _, room := range d.Channels {
		for _, m := range room.Messages {
			if room.Kind == "dm" && room.User == user && m.BotID != "" && containsAll(m.Text(), words) {
				n++
			}
		}
	}
	return n
}

// downUntil stops the bot, moves the office clock, and starts it again.
func (w *world) downUntil(day int, clock string) {
	w.Helper()
	w.stop()
	w.must(w.slack.SetClock(w.ctx, onNovember(day, clock)))
	w.startBot()
}

// onNovember is a moment of November 2026, or of December for days beyond 30.
func onNovember(day int, clock string) time.Time {
	t, err := time.Parse("15:04", clock)
	if err != nil {
		panic(err)
	}
	return time.Date(2026, 11, day, t.Hour(), t.Minute(), 0, 0, time.UTC)
}

// at moves the office clock.
func (w *world) at(day int, clock string) {
	w.Helper()
	w.must(w.slack.SetClock(w.ctx, onNovember(day, clock)))
}

// still waits until nothing is left to post.
func (w *world) still() {
	w.Helper()
	w.must(w.slack.Wait(w.ctx, func(slacksim.Dump) bool {
		r, err := http.Get("http://" + w.http() + "/metrics")
		if err != nil {
			return false
		}
		b, err := io.ReadAll(r.Body)
		w.must(errors.Join(err, r.Body.Close()))
		return containsAll(string(b), []string{`healthbot_outbox_messages{state="pending"} 0`, `healthbot_outbox_messages{state="sending"} 0`})
	}))
}

// atRisk decides on an account's card, with a first task for somebody.
func (w *world) atRisk(who *slacksim.Seat, account, doer, task, due string) {
	w.Helper()
	w.press(who, w.card(account), "Review")
	w.modal(who, account)
	w.must(who.Choose(w.ctx, "Your decision", "at-risk"))
	w.must(who.Fill(w.ctx, "Why, in a plain sentence", "Nobody answers."))
	w.must(who.Submit(w.ctx))
	w.modal(who, "What follows", "at-risk")
	w.must(who.Fill(w.ctx, "First task", task))
	w.must(who.Choose(w.ctx, "Who does it?", doer))
	w.must(who.Choose(w.ctx, "Due", due))
	w.must(who.Fill(w.ctx, "Done when", "Two dates in the calendar"))
	w.must(who.Submit(w.ctx))
	w.await("dm:"+doer, task, "From: ", "Accept")
}

// A task is reminded on its morning, though the bot was down then, once, however
// often it is started; it stops when the task is done, and only then.
func TestTaskReminders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ana, ben := w.as("Ana Ruiz"), w.as("Ben Okafor")
	w.atRisk(ana, "Borealis Systems", "U0ANA", "Call Kim", "2026-11-27")
	w.atRisk(ben, "Delta Foods", "U0BEN", "Train the night shift", "2026-11-27")

	w.downUntil(27, "09:30")
	reminder := w.await("dm:U0ANA", "Call Kim", "due today", "due 09:00, sent 09:30 after downtime")
	w.await("dm:U0BEN", "Train the night shift", "due today")
	w.downUntil(27, "09:31")
	w.press(ana, reminder, "Done…")
	w.modal(ana, "Close the task")
	w.must(ana.Fill(w.ctx, "What came of it?", "Kim agreed to two dates."))
	w.must(ana.Choose(w.ctx, "Did what was expected come true?", "Yes"))
	w.must(ana.Submit(w.ctx))
	done := w.await("dm:U0ANA", "Call Kim", "Done by Ana Ruiz", "after downtime")
	if done.TS != reminder.TS || strings.Contains(done.Text(), "[Done…]") {
		t.Errorf("the reminder still asks:\n%s", done.Text())
	}

	w.at(30, "09:00") // Monday: the morning after
	late := w.await("dm:U0BEN", "Train the night shift", "was due 27 Nov, 3 days ago")
	w.still()
	if n := w.counts("dm:U0ANA", "Call Kim"); n != 2 {
		t.Errorf("%d messages about Ana's task, want its own and one reminder:\n%s", n, w.screen("dm:U0ANA"))
	}
	if n := w.counts("dm:U0BEN", "Train the night shift"); n != 3 {
		t.Errorf("%d messages about Ben's task, want its own and two reminders:\n%s", n, w.screen("dm:U0BEN"))
	}

	// Handed on, it is Ana's, with its own message.
	w.press(ben, late, "Hand on…")
	w.modal(ben, "Hand on the task")
	w.must(ben.Choose(w.ctx, "Who does it from now on?", "U0ANA"))
	w.must(ben.Choose(w.ctx, "Due", "2026-12-02"))
	w.must(ben.Fill(w.ctx, "What should they know?", "She speaks their language."))
	w.must(ben.Submit(w.ctx))
	w.await("dm:U0ANA", "Train the night shift", "due 2 Dec", "Accept")
	w.await("dm:U0BEN", "Train the night shift", "Ana Ruiz has it now")
	w.at(32, "09:00")
	w.await("dm:U0ANA", "Train the night shift", "due today")
	w.verified()
	w.noRefusals()
}

// Unanswered, an escalation reminds, climbs and tells its owner, each once, over
// restarts; acknowledged and left alone it comes back; a decision ends it.
func TestAnEscalationClimbs(t *testing.T) {
	t.Parallel()
	w := newCompany(t)
	var people []record.Person
	for _, p := range w.rules.People.All() {
		if p.ID == "U0MIA" {
			p.Manager = "U0OLE"
		}
		people = append(people, p)
	}
	w.rules.People = record.NewDirectory(people...)
	w.startBot()
	t.Cleanup(func() { w.stop() })
	ana, ole := w.as("Ana Ruiz"), w.as("Ole Hansen")
	w.press(ana, w.card(hostile), "Review")
	w.modal(ana, "Proposed")
	w.must(ana.Choose(w.ctx, "Your decision", "escalation required"))
	w.must(ana.Fill(w.ctx, "Why, in a plain sentence", "I can't reach anybody."))
	w.must(ana.Submit(w.ctx))
	w.modal(ana, "What follows", "Mia Chen")
	w.must(ana.Fill(w.ctx, "What set it off?", "Sponsor silent for 60 days"))
	w.must(ana.Fill(w.ctx, "What do you ask of them?", "Call their CFO this week"))
	w.must(ana.Submit(w.ctx))
	asked := w.await("dm:U0MIA", "Call their CFO this week", "Acknowledge", "then it goes on to Ole Hansen")
	w.await("dm:U0ANA", "Mia Chen", "delivered", "no press so far")

	w.downUntil(24, "11:42") // it was due at ten
	w.await("dm:U0MIA", "Ana Ruiz waits for your answer", "sent 11:42 after downtime")
	w.downUntil(25, "09:00")
	w.await("dm:U0OLE", "asks for your help", "Call their CFO this week")
	w.await("dm:U0ANA", "went on to Ole Hansen", "Mia Chen gave no answer in time")
	w.await("dm:U0ANA", "is escalated to Ole Hansen", "no answer by")
	if m := w.await("dm:U0MIA", "Call their CFO", "went on to Ole Hansen; nothing is asked of you"); strings.Contains(m.Text(), "[Decide…]") || m.TS != asked.TS {
		t.Errorf("Mia is still asked:\n%s", m.Text())
	}
	w.press(ole, w.await("dm:U0OLE", "asks for your help"), "Acknowledge")
	w.await("dm:U0ANA", "Acknowledged by Ole Hansen")

	w.downUntil(27, "09:10")
	w.press(ole, w.await("dm:U0OLE", "waits for your decision", "nothing has happened since"), "Decide…")
	w.modal(ole, "Your answer")
	w.must(ole.Choose(w.ctx, "What will you do?", "Accept"))
	w.must(ole.Fill(w.ctx, "In your words", "I call today."))
	w.must(ole.Submit(w.ctx))
	w.await("dm:U0ANA", "is answered", "accepted by Ole Hansen", "I call today.")

	w.at(32, "08:00") // a new review has come, and nobody is asked again
	w.await(channel, "Review of enterprise · 30 Nov")
	w.still()
	for where, want := range map[string]map[string]int{
		"dm:U0MIA": {"waits for your answer": 0, "Call their CFO": 1}, // its reminder says that it went on
		"dm:U0OLE": {"asks for your help": 1, "The escalation of": 1},
		"dm:U0ANA": {"went on to Ole Hansen": 1, "is answered": 1},
	} {
		for words, n := range want {
			if got := w.counts(where, words); got != n {
				t.Errorf("%s has %d messages with %q, want %d:\n%s", where, got, words, n, w.screen(where))
			}
		}
	}
	w.verified()
	w.noRefusals()
}

// A snoozed account comes back on its day, though the bot was down then, and its
// owner gets one line with the way into its review.
func TestASnoozeEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ana := w.as("Ana Ruiz")
	w.press(ana, w.card("Borealis Systems"), "Snooze…")
	w.modal(ana, "Snooze")
	w.must(ana.Fill(w.ctx, "Why can it wait?", "Kim is back on the 26th."))
	w.must(ana.Choose(w.ctx, "Until when?", "2026-11-26"))
	w.must(ana.Submit(w.ctx))
	w.await(channel, "Borealis Systems", "Snoozed until 26 Nov")
	w.downUntil(26, "10:15")
	back := w.await("dm:U0ANA", "Borealis Systems is back in your queue", "Kim is back on the 26th.")
	w.downUntil(27, "09:00")
	w.press(ana, back, "Review")
	w.modal(ana, "Borealis Systems", "Your decision")
	w.must(ana.Choose(w.ctx, "Your decision", "watchlist"))
	w.must(ana.Fill(w.ctx, "Why, in a plain sentence", "Kim is back."))
	w.must(ana.Submit(w.ctx))
	w.modal(ana, "What follows")
	w.must(ana.Fill(w.ctx, "What do you watch?", "A reply"))
	w.must(ana.Submit(w.ctx))
	w.await("dm:U0ANA", "Borealis Systems is seen to")
	w.still()
	if n := w.counts("dm:U0ANA", "Borealis Systems is"); n != 1 {
		t.Errorf("%d lines about the snooze:\n%s", n, w.screen("dm:U0ANA"))
	}
	w.verified()
	w.noRefusals()
}

// A review that nobody can catch up any more is told to the admin, once.
func TestAMissedReviewIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.digest()
	w.downUntil(34, "12:00") // Friday; the route's grace is two days
	w.await("dm:U0ADA", "The review enterprise weekly of Mon 30 Nov 2026, 09:00 was missed", "grace of 2 days")
	w.downUntil(37, "09:00") // the next Monday is on time
	w.await(channel, "Review of enterprise · 7 Dec")
	w.still()
	if n := w.counts("dm:U0ADA", "was missed"); n != 1 {
		t.Errorf("told %d times:\n%s", n, w.screen("dm:U0ADA"))
	}
	w.noRefusals()
}
