package fire

import (
	"fmt"
	"slices"
	"testing"
)

// mutant is the program with one promise broken, and the proof that must notice.
type mutant struct {
	name  string
	edits []edit
	proof func(t *testing.T, program string) *verdict
	// what the proof must find; any other problem is an accident
	found string
	// fast ones are tried in every run, the others with -long
	fast bool
}

var mutants = []mutant{
	{"settle 0", []edit{
		{"schedule/settle.go", "before := o.realNow().Add(-o.settle)", "before := o.realNow()"},
	}, kills, "doubled", false},

	{"mark before post", []edit{
		{"schedule/post.go", "	var receipt record.Receipt\n	err = o.ask(", `	var receipt record.Receipt
	if err := o.store.DeliverySent(context.WithoutCancel(ctx), d.ID, record.Receipt{Channel: d.To, TS: "0"}); err != nil {
		return false, err
	}
	err = o.ask(`},
		{"storage/outbox.go", "if err != nil || d.State == record.Sent {", `if err != nil || d.State == record.Sent && d.TS != "0" {`},
		{"storage/outbox.go", "AND (dl.parent IS NULL OR pa.state = 'sent') ORDER BY dl.rowid LIMIT 1", "AND (dl.parent IS NULL OR pa.ts NOT IN ('', '0')) ORDER BY dl.rowid LIMIT 1"},
	}, kills, "lost", false},

	{"post before mark", []edit{
		// A claim is known to its process alone.
		{"storage/outbox.go", `		d, ok, err = first(&t.reader, t.intoDelivery, "SELECT "+deliveryCols+nextPending, instant(now))
`, `		if err := t.do("CREATE TEMP TABLE IF NOT EXISTS claimed (id TEXT PRIMARY KEY)"); err != nil {
			return err
		}
		mine := strings.Replace(nextPending, "WHERE", "WHERE dl.id NOT IN (SELECT id FROM temp.claimed) AND", 1)
		d, ok, err = first(&t.reader, t.intoDelivery, "SELECT "+deliveryCols+mine, instant(now))
`},
		{"storage/outbox.go", `		return t.do("UPDATE delivery SET state = $1, attempts = $2, sending_at = $3, shown = $4, not_until = NULL WHERE id = $5",
			d.State, d.Attempts, instant(now), d.Shown, d.ID)`, `		return t.do("INSERT INTO temp.claimed VALUES ($1)", d.ID)`},
		{"storage/outbox.go", `			return t.do("UPDATE delivery SET state = $1, not_until = $2, reason = $3, shown = 0 WHERE id = $4 AND state = 'sending'",
`, `			if err := t.do("DELETE FROM temp.claimed WHERE id = $1", id); err != nil {
				return err
			}
			return t.do("UPDATE delivery SET state = $1, not_until = $2, reason = $3, shown = 0 WHERE id = $4 AND state = 'pending'",
`},
		{"storage/outbox.go", "import (\n", "import (\n	\"strings\"\n"},
	}, kills, "doubled", false},

	{"ack before commit", []edit{
		{"bot/router.go", "	a, err := r.decide(ctx, row, g)\n", `	early := row.order == commitFirst && g.kind == press
	if early {
		g.acked = r.acked(e, nil)
	}
	a, err := r.decide(ctx, row, g)
`},
		{"bot/router.go", "		g.acked = r.acked(e, payload)\n", "		if !early {\n			g.acked = r.acked(e, payload)\n		}\n"},
	}, kills, "forgotten", false},

	{"deferred transactions", []edit{
		{"storage/db.go", `connect(o.Path, "immediate", "journal_mode(WAL)"`, `connect(o.Path, "deferred", "journal_mode(WAL)"`},
	}, beside, "busy", true},

	{"cron's raw Next", []edit{
		{"schedule/due.go", `	for w, ok := spec.next(last); ok && !w.After(upTo) && len(out) < mostAtOnce; w, ok = spec.next(w) {
		out = append(out, Slot{w, w.In(zone)})
	}
`, `	for t := spec.schedule.Next(last.In(zone)); !t.IsZero() && !t.After(now) && len(out) < mostAtOnce; t = spec.schedule.Next(t) {
		out = append(out, Slot{shown(t, zone), t})
	}
`},
	}, slots, "slot", true},

	{"one socket", []edit{
		{"bot/socket.go", "ownSockets  = 2", "ownSockets  = 1"},
	}, refresh, "gap", false},

	{"retry on EOF", []edit{
		{"bot/slack.go", "	return slack.New(o.BotToken, slack.OptionAPIURL(apiURL(o)), slack.OptionAppLevelToken(o.AppToken), slack.OptionHTTPClient(d),\n",
			"	return slack.New(o.BotToken, slack.OptionAPIURL(apiURL(o)), slack.OptionAppLevelToken(o.AppToken), slack.OptionHTTPClient(d),\n" +
				"		slack.OptionRetryConfig(slack.RetryConfig{MaxRetries: 2, BackoffInitial: time.Millisecond, BackoffMax: time.Millisecond, Handlers: slack.ConnectionOnlyRetryHandlers()}),\n"},
	}, kills, "doubled", false},

	{"no unique key", []edit{
		{"storage/migration/0001_init.sql", "CREATE UNIQUE INDEX event_request", "CREATE INDEX event_request"},
		{"storage/migration/0001_init.sql", "\n  OR (NEW.request <> '' AND EXISTS (SELECT 1 FROM event WHERE request = NEW.request))", ""},
		{"storage/event.go", `	if a.Request == "" {`, "	if true {"},
	}, repeats, "twice", true},

	// synchronous=NORMAL costs nothing in a kill, only in a power cut; the proof
	// with cuts has that mutant.
}

// kills is the short proof, as [TestKills] has it.
func kills(t *testing.T, program string) *verdict { return fire(t, short(program)) }

// Each broken promise is noticed, and for the right reason.
func TestMutants(t *testing.T) {
	outside(t)
	t.Parallel()
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			if !m.fast && !*long {
				overlaid(t, slices.Concat(pace, m.edits)) // its edits must fit in any case
				t.Skip("tried with -long")
			}
			t.Parallel()
			v := m.proof(t, build(t, slices.Concat(pace, m.edits)...))
			v.report(t)
			if v.first(m.found) == "" {
				t.Errorf("the proof doesn't notice; it must find %q, and found %q", m.found, v.problems)
				return
			}
			t.Logf("noticed: %s", v.first(m.found))
		})
	}
}

// An edit that doesn't fit the product any more is refused, and so is one that
// would fit twice; else a mutant could stop being one and nobody would know.
func TestEditsThatDontFit(t *testing.T) {
	for _, e := range []edit{
		{"bot/socket.go", "nobody wrote this", ""},
		{"bot/socket.go", "func ", ""},
	} {
		if _, err := edited(root(t), []edit{e}); err == nil {
			t.Errorf("%q was taken", fmt.Sprint(e))
		}
	}
}
