package storage

import (
	"time"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// The columns of each record, under a fixed alias per table, and where they go.
// Lists and destinations stand together because they have to agree; concatenated
// they read a join.

const accountCols = "ac.id, ac.name, ac.segment, ac.stage, ac.seats, ac.started_on, ac.arr, ac.currency, ac.renewal_on, ac.owner, ac.backup, ac.manager, ac.crm, ac.process, ac.process_link, ac.external_ids, ac.links, ac.tags"

func intoAccount(a *record.Account) []any {
	return []any{&a.ID, &a.Name, &a.Segment, &a.Stage, &a.Seats, scanDay{&a.StartedOn}, &a.ARR, &a.Currency, scanDay{&a.RenewalOn},
		&a.Owner, &a.Backup, &a.Manager, &a.CRM, &a.Process, &a.ProcessAt, &a.ExternalIDs, &a.Links, &a.Tags}
}

const runCols = "rn.id, rn.job, rn.slot, rn.state, rn.segment, rn.channel, rn.due_at, rn.opened_at, rn.late, rn.version, rn.missing"

func (r *reader) intoRun(x *record.Run) []any {
	return []any{&x.ID, &x.Job, &x.Slot, &x.State, &x.Segment, &x.Channel, r.instant(&x.DueAt), r.instant(&x.OpenedAt), &x.Late, &x.Version, scanJSON{&x.Missing}}
}

const snapshotCols = "sn.id, sn.account, sn.at, sn.result, sn.previous, sn.change, sn.priority, sn.early"

func (r *reader) intoSnapshot(s *record.Snapshot) []any {
	return []any{&s.ID, &s.Account, r.instant(&s.At), scanJSON{&s.Result}, scanJSON{&s.Previous}, scanJSON{&s.Change}, scanJSON{&s.Priority}, scanJSON{&s.Early}}
}

// gist is what lists need of a snapshot, without taking its result apart.
type gist struct {
	id       string
	account  string
	at       time.Time
	score    scoring.Tenths
	band     scoring.Band
	unscored bool
	proposal scoring.Outcome
	holds    []scoring.Hold
	priority scoring.Priority
	lowFor   int
	version  string
	model    string
	early    *record.Early
}

const gistCols = "sn.id, sn.account, sn.at, sn.score, sn.band, sn.unscored, sn.proposal, sn.holds, sn.priority, sn.low_for, sn.version, sn.model, sn.early"

func (r *reader) intoGist(g *gist) []any {
	return []any{&g.id, &g.account, r.instant(&g.at), &g.score, &g.band, &g.unscored, &g.proposal, scanJSON{&g.holds},
		scanJSON{&g.priority}, &g.lowFor, &g.version, &g.model, scanJSON{&g.early}}
}

// snapshot is as much of one as [record.StandingOf] looks at.
func (g gist) snapshot() record.Snapshot {
	s := record.Snapshot{ID: g.id, Account: g.account, At: g.at, Priority: g.priority, Early: g.early,
		Result: scoring.Result{Account: g.account, Score: g.score, Band: g.band, Unscored: g.unscored, Holds: g.holds, LowFor: g.lowFor}}
	if g.proposal != "" {
		s.Result.Proposal = &scoring.Proposal{Outcome: g.proposal}
	}
	return s
}

const reviewCols = "rv.id, rv.run, rv.account, rv.snapshot, rv.state, rv.taken, rv.taken_at, rv.snoozed, rv.why, rv.decision"

func (r *reader) intoReview(x *record.Review) []any {
	return []any{&x.ID, scanOptional{&x.Run}, &x.Account, &x.Snapshot, &x.State, &x.Taken, r.instant(&x.TakenAt),
		scanDay{&x.Snoozed}, &x.Why, scanOptional{&x.Decision}}
}

const clearanceCols = "cl.kind, cl.measure, cl.by_id, cl.by_name, cl.at, cl.how, cl.note"

func (r *reader) intoClearance(c *record.Clearance) []any {
	return []any{&c.Kind, &c.Measure, &c.By, &c.Name, r.instant(&c.At), &c.How, &c.Note}
}

const decisionCols = "dc.id, dc.review, dc.account, dc.outcome, dc.proposed, dc.sentence, dc.reasons, dc.next, dc.watch, dc.owner, dc.goal, dc.supersedes, dc.score, dc.band, dc.version, dc.by_id, dc.by_name, dc.at"

func (r *reader) intoDecision(d *record.Decision) []any {
	return []any{&d.ID, &d.Review, &d.Account, &d.Outcome, &d.Proposed, &d.Sentence, scanJSON{&d.Reasons}, scanDay{&d.Next}, &d.Watch, &d.Owner, &d.Goal,
		scanOptional{&d.Supersedes}, &d.Score, &d.Band, &d.Version, &d.By, &d.ByName, r.instant(&d.At)}
}

const taskCols = "tk.id, tk.decision, tk.account, tk.kind, tk.title, tk.owner, tk.due, tk.expected, tk.state, tk.result, tk.met, tk.by_id, tk.by_name, tk.made_at, tk.ended_at, tk.ended_by"

func (r *reader) intoTask(t *record.Task) []any {
	return []any{&t.ID, &t.Decision, &t.Account, &t.Kind, &t.Title, &t.Owner, scanDay{&t.Due}, &t.Expected, &t.State, &t.Result, &t.Met,
		&t.By, &t.ByName, r.instant(&t.MadeAt), r.instant(&t.EndedAt), &t.EndedBy}
}

const escalationCols = "es.id, es.decision, es.account, es.recipient, es.cause, es.reason, es.plan, es.ask, es.respond_by, es.state, es.answer, es.by_id, es.by_name, es.made_at, es.acked_at, es.decided_at, es.decided_by"

func (r *reader) intoEscalation(e *record.Escalation) []any {
	return []any{&e.ID, &e.Decision, &e.Account, &e.Recipient, &e.Trigger, &e.Reason, &e.Plan, &e.Ask, r.instant(&e.RespondBy), &e.State, &e.Answer,
		&e.By, &e.ByName, r.instant(&e.MadeAt), r.instant(&e.AckedAt), r.instant(&e.DecidedAt), &e.DecidedBy}
}

const overrideCols = "ov.id, ov.account, ov.points, ov.reason, ov.evidence, ov.until, ov.by_id, ov.by_name, ov.at"

func (r *reader) intoOverride(o *record.Override) []any {
	return []any{&o.ID, &o.Account, &o.Points, &o.Reason, &o.Evidence, r.instant(&o.Until), &o.By, &o.ByName, r.instant(&o.At)}
}

const cancellationCols = "ca.id, ca.account, ca.who, ca.heard, ca.evidence, ca.by_id, ca.by_name, ca.at"

func (r *reader) intoCancellation(c *record.Cancellation) []any {
	return []any{&c.ID, &c.Account, &c.Who, scanDay{&c.Heard}, &c.Evidence, &c.By, &c.ByName, r.instant(&c.At)}
}

// The parent's ts comes from a join with the parent as pa.
const deliveryCols = "dl.id, dl.key, dl.kind, dl.subject, dl.recipient, dl.parent, dl.state, dl.attempts, dl.not_until, dl.sending_at, dl.channel, dl.ts, dl.reason, COALESCE(pa.ts, ''), dl.wanted, dl.shown"

const deliveryFrom = " FROM delivery dl LEFT JOIN delivery pa ON pa.id = dl.parent "

func (r *reader) intoDelivery(d *record.Delivery) []any {
	return []any{&d.ID, &d.Key, &d.Kind, &d.Subject, &d.To, scanOptional{&d.Parent}, &d.State, &d.Attempts, r.instant(&d.NotUntil), r.instant(&d.SentAt),
		&d.Channel, &d.TS, &d.Reason, &d.ParentTS, &d.Wanted, &d.Shown}
}

const draftCols = "dr.review, dr.person, dr.entries, dr.saved_at"

func (r *reader) intoDraft(d *record.Draft) []any {
	return []any{&d.Review, &d.Person, scanJSON{&d.Values}, r.instant(&d.SavedAt)}
}
