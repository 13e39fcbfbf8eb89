package bot

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/rs/zerolog"
	"github.com/slack-go/slack"

	"healthbot/bot/view"
	"healthbot/storage/record"
)

const (
	workersAtOnce = 16
	gesturesMost  = 30_000 // what Slack sends an app in an hour, so that a burst finds room
	// commitWithin leaves the ack the rest of Slack's three seconds.
	commitWithin = ackWithin - 200*time.Millisecond
	answerWithin = 45 * time.Second
	// mostAck is the size from which Slack silently drops an ack; the rest of the
	// envelope needs some of it.
	mostAck = 20<<10 - 256
)

// answer is what a handler wants said. The zero answer says nothing: the record
// changed, and the message that shows it edits itself.
type answer struct {
	form    *slack.ModalViewRequest // opened by a press; replaces the step before after a submission
	say     *view.Message           // private
	replace bool                    // say replaces the private message that was pressed
	fields  map[string]string       // a submission's field errors, by block id
	done    bool                    // a submission closes the whole modal
}

func say(m view.Message) answer              { return answer{say: &m} }
func form(v slack.ModalViewRequest) answer   { return answer{form: &v} }
func tell(format string, args ...any) answer { return say(view.Notice(fmt.Sprintf(format, args...))) }

// router takes envelopes and carries them to their handlers.
type router struct {
	b    *Bot
	rows map[arrival]map[string]route
	// Reading may wait long for Slack. What changes a record has workers of its
	// own, so that it doesn't wait for that.
	changes, reads *lanes
	seen           *seen
	log            zerolog.Logger
	ctx            context.Context // of the handlers; outlives the sockets' taking
}

func newRouter(b *Bot, rows []route) *router {
	return &router{b: b, rows: table(rows), changes: newLanes(workersAtOnce, gesturesMost), reads: newLanes(workersAtOnce, gesturesMost),
		seen: newSeen(time.Now), log: b.log, ctx: context.Background()}
}

func (r *router) begin(ctx context.Context) { r.ctx = ctx }

// wait returns when all that was taken is done, or with how much isn't. Changes
// come first: they are followed by reads, never the other way round.
func (r *router) wait(ctx context.Context) int { return r.changes.wait(ctx) + r.reads.wait(ctx) }

// take decodes an envelope and queues its work. What reads is acknowledged here,
// before it waits for anything.
func (r *router) take(e envelope) {
	learnt := r.b.learn(e.event)
	g, ok := decode(e.event)
	if !ok || learnt { // nobody's gesture
		r.acked(e, nil)
		return
	}
	g.arrived = time.Now()
	row, ok := r.rows[g.kind][g.id]
	if !ok {
		r.unrouted(g, e)
		return
	}
	work := r.changes
	if row.order == ackFirst {
		work = r.reads
	}
	if !r.room(work, g) {
		return
	}
	if row.order == ackFirst {
		g.acked = r.acked(e, nil)
	}
	if (g.kind == event || g.kind == command) && r.seen.before(g.request) {
		work.leave()
		r.line(r.log.Debug(), g).Msg("delivered again")
		return
	}
	work.do(g.who, func() { r.handle(row, g, e) })
}

// room says whether there is place for one more gesture. What finds none isn't
// acknowledged: an event comes again, and to a person Slack says that it failed.
func (r *router) room(l *lanes, g *gesture) bool {
	if l.enter() {
		return true
	}
	r.line(r.log.Warn(), g).Msg("too much at once; left to Slack")
	return false
}

// unrouted is for buttons and forms of other versions, whose messages live on.
// Elements of a form, and links, arrive as presses too and ask for nothing.
func (r *router) unrouted(g *gesture, e envelope) {
	old := record.Errorf(record.NotFound, "That belongs to another version of healthbot, so nothing was changed. Type %s and the account's name to go on.", cmdHealth)
	if g.kind == submit {
		payload, _ := reply(g, r.refusal(g, old))
		r.acked(e, payload)
		return
	}
	r.acked(e, nil)
	if g.kind != press || g.message == "" || g.value == "" {
		return
	}
	r.line(r.log.Info(), g).Msg("no route")
	if r.room(r.reads, g) {
		r.reads.do(g.who, func() { r.say(g, r.refusal(g, old)) })
	}
}

func (r *router) acked(e envelope, payload any) bool {
	err := e.ack(payload)
	if err != nil {
		r.log.Warn().Err(err).Str("envelope", e.event.Request.EnvelopeID).Msg("an ack could not be queued")
	}
	return err == nil
}

// handle carries one gesture out and leaves one line in the log.
func (r *router) handle(row route, g *gesture, e envelope) {
	within := answerWithin
	if row.order == commitFirst {
		within = commitWithin
	}
	ctx, cancel := context.WithDeadline(r.ctx, g.arrived.Add(within))
	defer cancel()
	a, err := r.decide(ctx, row, g)
	if err != nil {
		a = r.refusal(g, err)
	}
	if row.order == commitFirst {
		payload, later := reply(g, a)
		g.acked = r.acked(e, payload)
		if later != nil {
			a = answer{form: later}
		} else if g.kind == submit {
			a = answer{say: a.say}
		}
	}
	r.report(g, err)
	if a.say == nil && a.form == nil {
		return
	}
	if row.order == commitFirst {
		r.reads.then(g.who, func() { r.say(g, a) })
		return
	}
	r.say(g, a)
}

// decide asks the guard and then the handler; a panic becomes an error.
func (r *router) decide(ctx context.Context, row route, g *gesture) (a answer, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in %s: %v\n%s", row.name(), p, debug.Stack())
		}
	}()
	if row.order == commitFirst && ctx.Err() != nil {
		return a, tooLate(ctx.Err())
	}
	if g.kind == submit {
		if g.meta, err = view.ParseMeta(g.view.PrivateMetadata); err != nil {
			return a, err
		}
	}
	if err := row.may.check(ctx, r.b, g); err != nil {
		return a, err
	}
	// A person whom Slack has told that it failed mustn't find it done.
	if row.order == commitFirst && ctx.Err() != nil {
		return a, tooLate(ctx.Err())
	}
	return row.handle(r.b, ctx, g)
}

func tooLate(cause error) error {
	return &record.Error{Kind: record.Busy, Cause: cause, Say: "That took longer than Slack waits, so nothing was saved. Please try again."}
}

// refusal words an error for the person: beside the field, or in one sentence.
func (r *router) refusal(g *gesture, err error) answer {
	f, ok := errors.AsType[record.FieldErrors](err)
	switch kind := record.KindOf(err); {
	case g.kind == press && g.message == "": // in Home, where there is no message to answer
		return form(view.Done(record.Say(err)))
	case g.kind != submit:
		return tell("%s", record.Say(err))
	case !ok && (kind == "" || kind == record.Busy || kind == record.Broken):
		// Trying again can help, so the form stays, with all that was typed.
		f = record.FieldErrors{record.FieldNote: record.Say(err)}
	}
	if fields := view.BlockErrors(f, g.view); len(fields) > 0 {
		return answer{fields: fields}
	}
	return form(view.Done(record.Say(err)))
}

// reply is the payload of a submission's ack. A form that is too large for an
// ack, which Slack would drop without a word, follows by views.update.
func reply(g *gesture, a answer) (payload any, later *slack.ModalViewRequest) {
	if g.kind != submit {
		return nil, nil
	}
	switch {
	case len(a.fields) > 0:
		payload = slack.NewErrorsViewSubmissionResponse(a.fields)
	case a.form != nil:
		payload = slack.NewUpdateViewSubmissionResponse(a.form)
	case a.done:
		return slack.NewClearViewSubmissionResponse(), nil
	default:
		return nil, nil
	}
	if b, err := json.Marshal(payload); err == nil && len(b) < mostAck {
		return payload, nil
	}
	wait := view.Done("One moment: the form is on its way.")
	return slack.NewUpdateViewSubmissionResponse(&wait), cmp.Or(a.form, &wait)
}

// say shows an answer: a form where one was asked for, else a private message in
// the place where the gesture was made.
func (r *router) say(g *gesture, a answer) {
	ctx, cancel := context.WithTimeout(r.ctx, answerWithin)
	defer cancel()
	err := r.b.present(ctx, g, a)
	if err == nil {
		return
	}
	r.line(r.log.Warn().Err(err), g).Msg("an answer could not be shown")
	if a.form != nil && g.kind == press && g.message != "" {
		late := view.Notice("Slack gave up waiting before the form could open. Nothing was changed; please press again.")
		if err := r.b.whisper(ctx, g, late, false); err != nil {
			r.line(r.log.Warn().Err(err), g).Msg("an answer could not be shown")
		}
	}
}

// report writes the one line: who did what, how it ended and how long it took.
func (r *router) report(g *gesture, err error) {
	l, result := r.log.Info(), "ok"
	switch kind := record.KindOf(err); {
	case err == nil:
	case kind == "":
		l, result = r.log.Error().Str("error", r.b.redact(err.Error())), "failed"
	default:
		result = string(kind)
		if e, ok := errors.AsType[*record.Error](err); ok && e.Cause != nil {
			l = r.log.Warn().Str("error", r.b.redact(e.Cause.Error()))
		}
	}
	took := time.Since(g.arrived)
	r.b.o.Watch.gesture(string(g.kind), result, took)
	r.line(l, g).Str("result", result).Bool("acked", g.acked).Dur("took", took).Msg("gesture")
}

// line adds what identifies a gesture. What people typed stays out of the log.
func (r *router) line(l *zerolog.Event, g *gesture) *zerolog.Event {
	return l.Str("kind", string(g.kind)).Str("id", g.id).Str("who", g.who).Str("channel", g.channel).Str("account", g.account.ID)
}
