package bot

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"healthbot/bot/view"
	"healthbot/storage/record"
)

// Slash command and events that we ask Slack for. evDirect is message.im, which
// arrives with type "message".
const (
	cmdHealth  = "/health"
	evHome     = "app_home_opened"
	evMention  = "app_mention"
	evDirect   = "message.im"
	appScope   = "connections:write"
	cmdScope   = "commands"
	mentionFor = "app_mentions:read"
	directFor  = "im:history"
)

// order says when a gesture is acknowledged.
type order int

const (
	// ackFirst is for what reads or opens a form: a form must be opened within
	// three seconds, and reading may take a moment.
	ackFirst order = iota
	// commitFirst is for what changes a record: the ack is the promise that it is
	// done. Acknowledged first, 200 of 300 killed processes forgot a click.
	commitFirst
)

// route is one thing that a person can do.
type route struct {
	kind   arrival
	id     string
	may    guard
	order  order
	handle handler
	needs  []string // scopes beyond those of the calls
}

type handler func(*Bot, context.Context, *gesture) (answer, error)

func does(kind arrival, id string, may guard, o order, h handler, needs ...string) route {
	return route{kind, id, may, o, h, needs}
}

// routes is everything a person can do. What isn't here can't be done.
func routes() []route {
	decider := []record.Act{record.ClassifyAct, record.VerifyInputs}
	return []route{
		does(command, cmdHealth, member(), ackFirst, (*Bot).ask, cmdScope),
		does(event, evMention, member(), ackFirst, (*Bot).ask, mentionFor),
		does(event, evDirect, member(), ackFirst, (*Bot).ask, directFor),
		does(event, evHome, member(), ackFirst, (*Bot).openHome),

		does(press, view.ActShow, onAccount(record.ReadAccount), ackFirst, (*Bot).show),
		does(press, view.ActMyQueue, member(), ackFirst, (*Bot).myDesk),
		does(press, view.ActReview, reviewer(decider...), ackFirst, (*Bot).openReview),
		does(press, view.ActReviewAccount, onAccount(decider...), commitFirst, (*Bot).openAccountReview),
		does(press, view.ActMore, menu(moreActs), ackFirst, (*Bot).openMore),
		does(press, view.ActOwner, reviewer(record.ChangeOwner), ackFirst, (*Bot).openOwner),
		does(press, view.ActEscalate, reviewer(record.ClassifyAct), ackFirst, (*Bot).openEscalation),
		does(press, view.ActPulse, reviewer(record.ReportAct), ackFirst, (*Bot).openPulse),
		does(press, view.ActAccountMore, accountMenu(moreActs), ackFirst, (*Bot).openAccountMore),
		does(press, view.ActTaskDone, worker(), ackFirst, (*Bot).openTaskDone),
		does(press, view.ActTaskDecline, worker(), ackFirst, (*Bot).openTaskDecline),
		does(press, view.ActTaskHand, worker(), ackFirst, (*Bot).openTaskHand),
		does(press, view.ActDecide, recipient(), ackFirst, (*Bot).openDecide),

		does(press, view.ActTake, reviewer(record.WorkReview), commitFirst, (*Bot).take),
		does(press, view.ActConfirmRun, opener(), commitFirst, (*Bot).confirmRun),
		does(press, view.ActTaskAccept, worker(), commitFirst, (*Bot).acceptTask),
		does(press, view.ActAcknowledge, recipient(), commitFirst, (*Bot).acknowledge),

		does(submit, view.CallInputs, reviewer(record.VerifyInputs), commitFirst, (*Bot).verifyInputs),
		does(submit, view.CallOutcome, reviewer(record.ClassifyAct), commitFirst, (*Bot).chooseOutcome),
		does(submit, view.CallFollow, reviewer(record.ClassifyAct), commitFirst, (*Bot).decide),
		does(submit, view.CallSnooze, reviewer(record.ClassifyAct), commitFirst, (*Bot).snooze),
		does(submit, view.CallOwner, reviewer(record.ChangeOwner), commitFirst, (*Bot).assignOwner),
		does(submit, view.CallPulse, onAccount(record.ReportAct), commitFirst, (*Bot).recordPulse),
		does(submit, view.CallOverride, onAccount(record.OverrideScore), commitFirst, (*Bot).setOverride),
		does(submit, view.CallCancelling, onAccount(record.ReportAct), commitFirst, (*Bot).reportCancellation),
		does(submit, view.CallStaying, onAccount(record.ClassifyAct), commitFirst, (*Bot).withdrawCancellation),
		does(submit, view.CallTaskDone, worker(), commitFirst, (*Bot).changeTask),
		does(submit, view.CallTaskDecline, worker(), commitFirst, (*Bot).changeTask),
		does(submit, view.CallTaskHand, worker(), commitFirst, (*Bot).changeTask),
		does(submit, view.CallDecide, recipient(), commitFirst, (*Bot).answerEscalation),
	}
}

// moreActs is what each item of a menu asks for.
var moreActs = map[view.More]record.Act{view.MoreSnooze: record.ClassifyAct, view.MoreOwner: record.ChangeOwner,
	view.MorePulse: record.ReportAct, view.MoreOverride: record.OverrideScore, view.MoreCancelling: record.ReportAct}

// name is how a route is called in errors and logs.
func (r route) name() string { return fmt.Sprintf("%s %s", r.kind, r.id) }

// table indexes the routes. A row without a guard, without a handler or twice is
// a fault of ours, found at the first start.
func table(rows []route) map[arrival]map[string]route {
	t := map[arrival]map[string]route{}
	for _, r := range rows {
		switch _, twice := t[r.kind][r.id]; {
		case r.may.check == nil:
			panic("bot: route " + r.name() + " doesn't say who may")
		case r.handle == nil:
			panic("bot: route " + r.name() + " has no handler")
		case twice:
			panic("bot: route " + r.name() + " is there twice")
		}
		if t[r.kind] == nil {
			t[r.kind] = map[string]route{}
		}
		t[r.kind][r.id] = r
	}
	return t
}

// Scopes are the bot token's scopes that the routes and calls need, in order.
func Scopes() []string {
	need := map[string]bool{}
	for _, r := range routes() {
		for _, s := range r.needs {
			need[s] = true
		}
	}
	for _, scopes := range calls {
		for _, s := range scopes {
			need[s] = true
		}
	}
	return slices.Sorted(maps.Keys(need))
}

// AppScopes are the app token's.
func AppScopes() []string { return []string{appScope} }

// Subscriptions are the events that the routes handle and those we learn from, in
// order.
func Subscriptions() []string { return slices.Sorted(slices.Values(slices.Concat(ids(event), news))) }

// Commands are the slash commands that the routes handle.
func Commands() []string { return ids(command) }

func ids(kind arrival) []string {
	var out []string
	for _, r := range routes() {
		if r.kind == kind {
			out = append(out, r.id)
		}
	}
	slices.Sort(out)
	return out
}
