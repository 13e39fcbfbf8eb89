package fire

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"healthbot/bot/slacksim"
)

// verdict is what the judge found. A problem begins with the word for its kind,
// by which mutants are told from accidents: lost, doubled, forgotten, twice,
// orphan, order, slot, stale, chain, file, ended.
type verdict struct {
	problems []string
	figures  map[string]int
}

func (v *verdict) bad(kind, format string, args ...any) {
	v.problems = append(v.problems, kind+": "+fmt.Sprintf(format, args...))
}

// first is the first problem of a kind, "" when there is none.
func (v *verdict) first(kind string) string {
	if i := slices.IndexFunc(v.problems, func(p string) bool { return strings.HasPrefix(p, kind+":") }); i >= 0 {
		return v.problems[i]
	}
	return ""
}

func (v *verdict) count(what string, n int) {
	if v.figures == nil {
		v.figures = map[string]int{}
	}
	v.figures[what] += n
}

// delivery is a row of the outbox.
type delivery struct {
	id, kind, subject, to, parent, state, channel, ts, reason string
	attempts, wanted, shown                                   int
}

func (w *world) deliveries(db *sql.DB) (out []delivery) {
	w.Helper()
	rows, err := db.QueryContext(w.ctx, "SELECT id, kind, subject, recipient, COALESCE(parent, ''), state, channel, ts, reason, attempts, wanted, shown FROM delivery ORDER BY rowid")
	w.must(err)
	defer rows.Close()
	for rows.Next() {
		var d delivery
		w.must(rows.Scan(&d.id, &d.kind, &d.subject, &d.to, &d.parent, &d.state, &d.channel, &d.ts, &d.reason, &d.attempts, &d.wanted, &d.shown))
		out = append(out, d)
	}
	w.must(rows.Err())
	return out
}

// unfinished is how much the outbox still has to do.
func (w *world) unfinished(db *sql.DB) (n int) {
	err := db.QueryRowContext(context.WithoutCancel(w.ctx), "SELECT count(*) FROM delivery WHERE state IN ('pending', 'sending') OR state = 'sent' AND wanted > shown").Scan(&n)
	if err != nil {
		w.Errorf("nobody knows how much is left: %v", err)
	}
	return n
}

// judge holds Slack's memory against the database's, when all is still.
func (w *world) judge(v *verdict, c *crowd) {
	w.Helper()
	db := w.open("query_only(1)")
	all := w.deliveries(db)
	w.judgePosts(v, all)
	w.judgeOrder(v, all)
	w.judgeFile(v, db)
	if c != nil {
		w.judgeClicks(v, db, c, all)
	}
	v.count("posts", len(w.gate.posts))
	v.count("deliveries", len(all))
}

// posted is a message of the bot's, as Slack has it.
type posted struct{ channel, ts, thread string }

// dump is everything that Slack knows. Of a long run that is a lot to send.
func (w *world) dump() slacksim.Dump {
	w.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.ctx), 3*time.Minute)
	defer cancel()
	d, err := w.slack.Dump(ctx)
	w.must(err)
	return d
}

// judgePosts compares deliveries with messages, one to one.
func (w *world) judgePosts(v *verdict, all []delivery) {
	w.Helper()
	d := w.dump()
	there := map[string][]posted{}
	for _, room := range d.Channels {
		for _, m := range room.Messages {
			if m.BotID == "" || m.Ephemeral {
				continue
			}
			payload, _ := m.Metadata["event_payload"].(map[string]any)
			id, _ := payload["id"].(string)
			switch {
			case id == "" && room.Kind == "dm":
				continue // an answer: in a DM there are no ephemeral ones
			case id == "":
				v.bad("lost", "message %s in %s carries no delivery's id, so nobody can find it again", m.TS, room.Name)
			}
			there[id] = append(there[id], posted{room.ID, m.TS, m.ThreadTS})
		}
	}
	at := map[string]string{}
	for _, x := range all {
		at[x.id] = x.ts
	}
	for _, x := range all {
		got := there[x.id]
		delete(there, x.id)
		switch {
		case x.state != "sent":
			v.bad("lost", "%s to %s is %s after %d attempts: %s; Slack has it %d times", x.kind, x.to, x.state, x.attempts, x.reason, len(got))
		case len(got) == 0:
			v.bad("lost", "%s to %s counts as sent, and isn't in Slack", x.kind, x.to)
		case len(got) > 1:
			v.bad("doubled", "%s to %s is in Slack %d times", x.kind, x.to, len(got))
		case got[0].channel != x.channel || got[0].ts != x.ts:
			v.bad("lost", "%s is in Slack at %s %s, and on record at %s %s", x.kind, got[0].channel, got[0].ts, x.channel, x.ts)
		case x.parent != "" && got[0].thread != at[x.parent]:
			v.bad("orphan", "a card stands in thread %q, its digest at %s", got[0].thread, at[x.parent])
		case x.wanted > x.shown:
			v.bad("stale", "%s shows revision %d of %d", x.kind, x.shown, x.wanted)
		}
	}
	for id, got := range there {
		if id != "" { // that was said above
			v.bad("doubled", "%d messages carry the id %s, of which the database knows nothing", len(got), id)
		}
	}
	natural := 0
	for _, call := range d.Calls {
		if call.Error == "ratelimited" {
			natural++
		}
	}
	v.count("refused as too fast", natural)
	v.count("calls", len(d.Calls))
}

// judgeOrder looks at each channel's messages in the order in which Slack took
// them. What was in doubt (refused, unanswered, or under way at a kill) may come
// later, and what stands below it with it: waiting would be a minute's silence.
func (w *world) judgeOrder(v *verdict, all []delivery) {
	turn := map[string]int{}
	plain := map[string]bool{}
	for i, x := range all {
		turn[x.id] = i
		plain[x.id] = x.attempts == 1 && !w.gate.doubted[x.id] && (x.parent == "" || plain[x.parent]) // parents come first
	}
	last := map[string]int{}
	for _, p := range w.gate.posts {
		if !plain[p.delivery] {
			continue
		}
		if n := turn[p.delivery]; n < last[p.channel] {
			v.bad("order", "in %s %s came after a later one", p.channel, p.ts)
		} else {
			last[p.channel] = n
		}
	}
}

// judgeFile looks at the database itself: its chain of events, its structure, and
// that each slot that came has its run.
func (w *world) judgeFile(v *verdict, db *sql.DB) {
	w.Helper()
	var verdict string
	w.must(db.QueryRowContext(w.ctx, "PRAGMA integrity_check").Scan(&verdict))
	if verdict != "ok" {
		v.bad("file", "integrity_check says %s", verdict)
	}
	var broken int
	w.must(db.QueryRowContext(w.ctx, "SELECT count(*) FROM pragma_foreign_key_check").Scan(&broken))
	if broken > 0 {
		v.bad("file", "%d rows refer to nothing", broken)
	}
	if out, err := w.try("verify"); err != nil {
		v.bad("chain", "%v: %s", err, out)
	}
	var events, decisions int
	w.must(db.QueryRowContext(w.ctx, "SELECT count(*), sum(kind = 'decision.recorded') FROM event").Scan(&events, &decisions))
	v.count("events", events)
	v.count("decisions", decisions)
	for route := range w.segments {
		w.judgeSlots(v, db, route)
	}
}

// judgeSlots compares a route's runs with the minutes of the office's days.
func (w *world) judgeSlots(v *verdict, db *sql.DB, route int) {
	w.Helper()
	runs := w.runs(db, route)
	v.count("runs", len(runs))
	end := w.office()
	for t := start.Truncate(time.Hour).Add(time.Duration(minute(route)) * time.Minute); !t.After(end); t = t.Add(time.Hour) {
		if t.Before(start) || t.Hour() < firstHour || t.Hour() > lastHour {
			continue
		}
		slot := t.Format("2006-01-02T15:04")
		if state := runs[slot]; state != "open" && state != "closed" {
			v.bad("slot", "%s of %s: run %q", slot, routeName(route), state)
		}
		delete(runs, slot)
	}
	for slot := range runs {
		v.bad("slot", "%s of %s was never due", slot, routeName(route))
	}
}

// runs are the states of a route's runs, by slot.
func (w *world) runs(db *sql.DB, route int) map[string]string {
	w.Helper()
	runs := map[string]string{}
	rows, err := db.QueryContext(w.ctx, "SELECT slot, state FROM run WHERE job = $1", routeName(route))
	w.must(err)
	defer rows.Close()
	for rows.Next() {
		var slot, state string
		w.must(rows.Scan(&slot, &state))
		runs[slot] = state
	}
	w.must(rows.Err())
	return runs
}

// effects are the events that a verb leaves, by person and what it was done to.
var effects = map[verb]string{
	take:   "SELECT subject, actor_id, count(*) FROM event WHERE kind = 'review.taken' GROUP BY 1, 2",
	decide: "SELECT json_extract(after_json, '$.review'), actor_id, count(*) FROM event WHERE kind = 'decision.recorded' GROUP BY 1, 2",
	snooze: "SELECT subject, actor_id, count(*) FROM event WHERE kind = 'review.snoozed' GROUP BY 1, 2",
	verify: "SELECT account, actor_id, count(*) FROM event WHERE kind = 'inputs.verified' GROUP BY 1, 2",
	accept: "SELECT subject, actor_id, count(*) FROM event WHERE kind = 'task.changed' AND json_extract(after_json, '$.state') = 'accepted' GROUP BY 1, 2",
	finish: "SELECT subject, actor_id, count(*) FROM event WHERE kind = 'task.changed' AND json_extract(after_json, '$.state') = 'done' GROUP BY 1, 2",
}

// judgeClicks compares what people wanted with what is on record: what the app
// took is there once, and nothing is there twice. A press that the bot answered
// with a no, by its own log, may have left nothing.
func (w *world) judgeClicks(v *verdict, db *sql.DB, c *crowd, all []delivery) {
	w.Helper()
	done := map[verb]map[string]int{}
	for verb, query := range effects {
		done[verb] = w.tally(db, query)
	}
	subject := map[string]string{}
	for _, x := range all {
		subject[x.id] = x.subject
	}
	refused := w.refusals(v)
	for _, x := range c.done {
		on := x.account
		if x.delivery != "" {
			on = subject[x.delivery]
		}
		n := done[x.verb][on+" "+x.person]
		switch {
		case n > 1:
			v.bad("twice", "%s %ss %s: on record %d times", x.person, x.verb, on, n)
		case n == 0 && x.kept && refused[x.person] > 0:
			refused[x.person]--
			v.count("answered with a no", 1)
		case n == 0 && x.kept:
			v.bad("forgotten", "%s %ss %s: acknowledged, and not on record", x.person, x.verb, on)
		case n == 1:
			v.count("wishes fulfilled", 1)
		}
	}
	for _, err := range c.errs {
		v.bad("people", "%v", err)
	}
	var acked, late int
	for _, k := range w.gate.clicks {
		acked += number(k.acked)
		late += number(k.late)
	}
	v.count("clicks", len(w.gate.clicks))
	v.count("acknowledged", acked)
	v.count("delivered to the next process", late)
}

// refusals counts presses to which the bot said no, by person. Submissions show
// their refusals in the form.
func (w *world) refusals(v *verdict) map[string]int {
	out := map[string]int{}
	for _, p := range w.processes {
		for _, r := range p.refused {
			if r.result == "busy" {
				v.count("told that the database is busy", 1)
			}
			if r.id == "review.take" || r.id == "task.accept" {
				out[r.who]++
			}
		}
	}
	return out
}

func (w *world) tally(db *sql.DB, query string) map[string]int {
	w.Helper()
	out := map[string]int{}
	rows, err := db.QueryContext(w.ctx, query)
	w.must(err)
	defer rows.Close()
	for rows.Next() {
		var on, who string
		var n int
		w.must(rows.Scan(&on, &who, &n))
		out[on+" "+who] = n
	}
	w.must(rows.Err())
	return out
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}
