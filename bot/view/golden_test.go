package view

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"

	"healthbot/scoring"
	"healthbot/storage/record"
)

var update = flag.Bool("update", false, "write the goldens instead of comparing")

// goldens is every message and every form, by the name of its file. Each file
// pastes into Block Kit Builder as it is.
func goldens() map[string]any {
	f := frame()
	m := Meta{Via: "card", Channel: "C0ENTERPR1", TS: "1795420800.000100"}
	rich := f
	rich.Commercial = true

	taken, snoozed := acmeCase(), acmeCase()
	taken.Review.Taken, taken.Review.TakenAt = bo, now.Add(time.Hour)
	taken.Trail = []record.Trail{{At: now.Add(time.Hour), Who: bo, Text: "taken"}}
	snoozed.Review.State, snoozed.Review.Snoozed, snoozed.Review.Why = record.ReviewSnoozed, day(2026, 12, 3), "Waiting for the steering meeting"
	play := acmeCase()
	play.Account.Process, play.Account.ProcessAt = "renewal play", "https://crm.example.com/plays/7"
	alone := acmeCase()
	alone.Review, alone.Run = nil, nil
	unowned := acmeCase()
	unowned.Account.Owner = "jdoe"
	unowned.Holds = []scoring.Hold{{Kind: scoring.HoldUnowned, Evidence: "owner “jdoe” isn't set up"}}
	unapproved := acmeCase()
	unapproved.Holds = []scoring.Hold{{Kind: scoring.HoldModel, Evidence: "the bot scores with the model ours v2 (3f2a91c04b7d), but built-in v1 (9bc1d2e3f405) is the approved one"}}
	drafted := acmeCase()
	d := draft(scoring.Watchlist)
	drafted.Draft = &d

	judged := f
	judged.Model = scoring.AllSignals()

	confirmed := run()
	confirmed.Run.Late, confirmed.Run.OpenedAt = true, now.Add(2*time.Hour+42*time.Minute)
	confirmed.Confirmed, confirmed.ConfirmedAt = li, now.Add(3*time.Hour)
	confirmed.Counts.Decided, confirmed.Counts.Snoozed = 2, 1
	early := acmeCase()
	early.Snapshot.Early = &record.Early{Why: "healthy → risk since 2026-11-02", Worse: true}
	spot := run()
	spot.Run.Job = record.SpotJob(spot.Run.Job)
	carried := acmeCase()
	over := *carried.Review
	over.State = record.ReviewCarried
	carried.Review = &over
	closed := run()
	closed.Run.State, closed.Held, closed.Waiting = record.RunClosed, nil, nil
	closed.Counts = record.Counts{Due: 42, Decided: 34, Carried: 8}
	unstored := acmeCase() // asked for before any run: scored, and not kept
	unstored.Snapshot.ID, unstored.Review, unstored.Run = "", nil, nil
	quiet := record.RunCase{Run: run().Run}
	quiet.Run.Missing = nil

	accepted, done, declined := task(), task(), task()
	accepted.State = record.TaskAccepted
	done.State, done.Met, done.Result, done.EndedBy, done.EndedAt = record.TaskDone, true, "We meet on 2 Dec.", bo, now.Add(26*time.Hour)
	declined.State, declined.Result, declined.EndedBy, declined.EndedAt = record.TaskDeclined, "I don't know their deputy.", bo, now.Add(26*time.Hour)
	of := func(t record.Task) record.TaskCase { return record.TaskCase{Task: t, Account: acme()} }

	doer := f // the tasks' owner reads their messages
	doer.Viewer = bo
	all := map[string]any{
		"card_open": Card(f, acmeCase()), "card_early": Card(f, early), "card_taken": Card(f, taken), "card_snoozed": Card(f, snoozed), "card_carried": Card(f, carried),
		"card_hold": Card(f, conflicting()), "card_unowned": Card(f, unowned), "card_model": Card(f, unapproved), "card_unscored": Card(f, unscored()), "card_process": Card(f, play),
		"card_stable": Card(f, decided(scoring.Stable)), "card_watchlist": Card(f, decided(scoring.Watchlist)),
		"card_at_risk": Card(f, decided(scoring.AtRisk)), "card_escalation": Card(f, decided(scoring.Escalation)),
		"digest_open": Digest(f, run()), "digest_spot": Digest(f, spot), "digest_late": Digest(f, confirmed), "digest_quiet": Digest(f, quiet), "digest_closed": Digest(f, closed),
		"owner_line":   OwnerLine(f, run(), ana),
		"task_dm_open": TaskDM(doer, of(task())), "task_dm_accepted": TaskDM(doer, of(accepted)), "task_dm_done": TaskDM(doer, of(done)), "task_dm_declined": TaskDM(doer, of(declined)), "task_dm_handed_on": TaskDM(f, of(task())),
		"escalation_dm_open": EscalationDM(f, escalationCase(record.EscOpen)), "escalation_dm_acknowledged": EscalationDM(f, escalationCase(record.EscAcknowledged)),
		"escalation_dm_answered": EscalationDM(rich, escalationCase(record.EscChanged)),
		"escalated_dm_open":      EscalatedDM(f, escalationCase(record.EscOpen)), "escalated_dm_answered": EscalatedDM(f, escalationCase(record.EscDeclined)),
		"admin_dm": AdminDM(f, record.Delivery{ID: "dl_1", Kind: record.Card, Subject: "rv_1", To: "C0ENTERPR1", Reason: "The bot isn't in #cs-enterprise. Type /invite @healthbot there. (not_in_channel)", Attempts: 1}),
		"health":   Health(f, acmeCase()), "health_commercial": Health(rich, decided(scoring.AtRisk)), "health_no_review": Health(f, alone), "health_unscored": Health(f, unscored()),
		"health_not_stored": Health(f, unstored), "health_never_scored": Health(f, record.Case{Account: acme()}),
		"queue": Queue(f, "Open reviews", rows()), "queue_empty": Queue(f, "Open reviews", nil),
		"mine": Mine(f, desk()), "mine_empty": Mine(f, record.Desk{}),
		"help": Help(f), "notice": Notice("Already set to at-risk by Ana at 14:02; nothing of yours was saved."),
		"nearest":      Nearest(f, "Acmee", []record.Match{{ID: "acme", Name: "Acme"}, {ID: "acme-uk", Name: "Acme UK"}}),
		"nearest_none": Nearest(f, "zzz", nil),
		"home":         Home(f, desk()), "home_empty": Home(f, record.Desk{}),

		"modal_inputs": ReviewInputs(f, conflicting(), m), "modal_inputs_unscored": ReviewInputs(f, unscored(), m), "modal_inputs_unowned": ReviewInputs(f, unowned, m),
		"modal_outcome": ReviewOutcome(f, acmeCase(), m), "modal_outcome_draft": ReviewOutcome(f, drafted, m), "modal_outcome_correction": ReviewOutcome(rich, decided(scoring.AtRisk), m),
		"modal_outcome_unscored": ReviewOutcome(f, unscored(), m),
		"modal_follow_stable":    ReviewFollow(f, acmeCase(), draft(scoring.Stable), m), "modal_follow_watchlist": ReviewFollow(f, acmeCase(), draft(scoring.Watchlist), m),
		"modal_follow_at_risk": ReviewFollow(f, acmeCase(), draft(scoring.AtRisk), m), "modal_follow_escalation": ReviewFollow(f, acmeCase(), draft(scoring.Escalation), m),
		"modal_snooze": SnoozeForm(f, acmeCase(), m), "modal_owner": OwnerForm(f, acmeCase(), m),
		"card_override": Card(f, overridden()), "health_override": Health(f, overridden()), "card_cancelling": Card(f, cancelling(acmeInput())), "card_cancelling_unscored": Card(f, cancelling(littleInput())),
		"health_cancelling": Health(f, cancelling(acmeInput())),
		"modal_pulse":       PulseForm(judged, acmeCase(), m), "modal_pulse_uncounted": PulseForm(f, acmeCase(), m), "modal_pulse_recorded": PulseRecorded(judged, acmeCase(), record.Pulse{Value: 4}),
		"modal_outcome_pulse": ReviewOutcome(judged, acmeCase(), m),
		"modal_override":      OverrideForm(f, acmeCase(), m), "modal_override_change": OverrideForm(f, overridden(), m),
		"modal_cancelling": CancellingForm(f, acmeCase(), m), "modal_staying": CancellingForm(f, cancelling(acmeInput()), m),
		"modal_inputs_cancelling": ReviewInputs(f, cancelling(littleInput()), m), "modal_outcome_cancelling": ReviewOutcome(f, cancelling(littleInput()), m),
		"modal_task_done": TaskDoneForm(f, of(task()), m), "modal_task_decline": TaskDeclineForm(f, of(task()), m), "modal_task_hand": TaskHandForm(f, of(task()), m),
		"modal_decide": DecideForm(f, escalationCase(record.EscOpen), m),
		"modal_done":   Done("Already set to at-risk by Ana at 14:02; nothing of yours was saved."),
	}
	maps.Copy(all, reminderGoldens(f))
	return all
}

// encode writes a view as people and Slack read it.
func encode(t testing.TB, v any) []byte {
	t.Helper()
	if m, ok := v.(Message); ok {
		v = map[string]any{"text": m.Text, "blocks": slack.Blocks{BlockSet: m.Blocks}}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGoldens(t *testing.T) {
	all := goldens()
	for name, v := range all {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("testdata", name+".json")
			got := encode(t, v)
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), string(got)); d != "" {
				t.Errorf("differs from %s (-want +got); if that is meant, run with -update:\n%s", path, d)
			}
		})
	}
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if name := strings.TrimSuffix(filepath.Base(path), ".json"); all[name] == nil {
			t.Errorf("%s belongs to no view", path)
		}
	}
}

// TestIds closes the loop from one side: every id in a view is declared, and
// every declared id is in some view. Package bot compares the same files with
// its routes.
func TestIds(t *testing.T) {
	actions, callbacks := map[string]bool{}, map[string]bool{}
	for _, v := range goldens() {
		var tree any
		if err := json.Unmarshal(encode(t, v), &tree); err != nil {
			t.Fatal(err)
		}
		walk(tree, func(o map[string]any) {
			if id, ok := o["action_id"].(string); ok && id != ActInput {
				actions[id] = true
			}
			if id, ok := o["callback_id"].(string); ok {
				callbacks[id] = true
			}
		})
	}
	sorted := func(ids []string) []string { ids = slices.Clone(ids); slices.Sort(ids); return ids }
	if d := cmp.Diff(sorted(Actions), slices.Sorted(maps.Keys(actions))); d != "" {
		t.Errorf("Actions differ from the ids in the views (-declared +seen):\n%s", d)
	}
	if d := cmp.Diff(sorted(Callbacks), slices.Sorted(maps.Keys(callbacks))); d != "" {
		t.Errorf("Callbacks differ from the ids in the views (-declared +seen):\n%s", d)
	}
}

// walk visits every object of a decoded JSON tree.
func walk(v any, visit func(map[string]any)) {
	switch x := v.(type) {
	case map[string]any:
		visit(x)
		for _, y := range x {
			walk(y, visit)
		}
	case []any:
		for _, y := range x {
			walk(y, visit)
		}
	}
}
