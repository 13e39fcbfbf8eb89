package storage

import (
	"cmp"
	"context"
	"slices"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// entry is one review in a list, with what filters and counts look at.
type entry struct {
	record.QueueRow
	gist   gist
	review record.Review
	last   scoring.Tenths // the last decision's score
	work   bool           // somebody works on the account
	card   bool           // it has a card in its run's thread
}

// entries lists the reviews that a condition selects (rv, ac, sn, rn are at
// hand), worst first, in a fixed number of queries.
func (r *reader) entries(where string, args ...any) ([]entry, error) {
	out, err := list(r, func(e *entry) []any {
		return slices.Concat(r.intoReview(&e.review), intoAccount(&e.Account), r.intoGist(&e.gist), []any{&e.Outcome, &e.last, &e.work, &e.card})
	}, "SELECT "+reviewCols+", "+accountCols+", "+gistCols+", COALESCE(dc.outcome, ''), COALESCE(dc.score, 0), "+workOn("ac.id")+`,
		EXISTS (SELECT 1 FROM delivery WHERE subject = rv.id AND kind = 'card')
		FROM review rv JOIN account ac ON ac.id = rv.account JOIN snapshot sn ON sn.id = rv.snapshot LEFT JOIN run rn ON rn.id = rv.run
		LEFT JOIN decision dc ON dc.rowid = (SELECT max(rowid) FROM decision WHERE account = ac.id)
		WHERE `+where, args...)
	if err != nil {
		return nil, err
	}
	found := make([]string, len(out))
	for i, e := range out {
		found[i] = e.review.ID
	}
	cleared, err := r.clearances("cl.review IN "+among(1), ids(found))
	if err != nil {
		return nil, err
	}
	for i := range out {
		e := &out[i]
		e.Review, e.State, e.Taken, e.Snoozed = e.review.ID, e.review.State, e.review.Taken, e.review.Snoozed
		e.Score, e.Band, e.Unscored, e.Proposal, e.Priority = e.gist.score, e.gist.band, e.gist.unscored, e.gist.proposal, e.gist.priority
		e.Holds = r.inForce(e.gist.holds, cleared[e.Review], e.Account)
		var last *record.Decision
		if e.Outcome != "" {
			last = &record.Decision{Outcome: e.Outcome, Score: e.last}
		}
		e.Standing = record.StandingOf(e.gist.snapshot(), e.Holds, last, e.work)
	}
	slices.SortFunc(out, func(a, b entry) int { return worstFirst(a.gist, b.gist, a.Account, b.Account) })
	return out, nil
}

// current selects the reviews that lists are about: those of open runs, and
// those outside of runs that aren't decided.
const current = "(rn.state = 'open' OR (rv.run IS NULL AND rv.state NOT IN ('decided', 'carried')))"

// Queue lists reviews by priority, then by score and by renewal, unscored ones as
// if on the watchlist.
func (db *DB) Queue(ctx context.Context, f record.QueueFilter) (out []record.QueueRow, err error) {
	err = db.read(ctx, func(r *reader) error {
		out, err = r.queue(f)
		return err
	})
	return out, err
}

func (r *reader) queue(f record.QueueFilter) ([]record.QueueRow, error) {
	all, err := r.entries(current+` AND ($1 = '' OR ac.manager = $1) AND ($2 = '' OR ac.segment = $2) AND ($3 = '' OR sn.band = $3)
		AND ($4 = 0 OR rv.state = 'open')`, f.Manager, f.Segment, f.Band, f.Open)
	if err != nil {
		return nil, err
	}
	var out []record.QueueRow
	for _, e := range all {
		if (f.Person == "" || r.answers(e.Account) == f.Person) && (f.Standing == "" || e.Standing == f.Standing) {
			out = append(out, e.QueueRow)
		}
	}
	return out, nil
}

// answers is the id of who answers for an account today; an owner that nobody
// here knows stays as the source called them.
func (r *reader) answers(a record.Account) string {
	if p, ok := r.rules.People.Acting(a, r.today()); ok {
		return p.ID
	}
	return a.Owner
}

// Desk gathers what a person's Home shows.
func (db *DB) Desk(ctx context.Context, person string) (d record.Desk, err error) {
	err = db.read(ctx, func(r *reader) error {
		d, err = r.desk(person)
		return err
	})
	return d, err
}

func (r *reader) desk(person string) (d record.Desk, err error) {
	d.Person, _ = r.rules.People.Person(person)
	d.Person.ID = cmp.Or(d.Person.ID, person)
	d.LastRefresh = r.now
	rows, err := r.queue(record.QueueFilter{Person: person})
	if err != nil {
		return d, err
	}
	for _, row := range rows {
		switch row.State {
		case record.ReviewOpen:
			d.Queue = append(d.Queue, row)
		case record.ReviewSnoozed:
			d.Snoozed = append(d.Snoozed, row)
		}
	}
	d.Tasks, err = list(r, func(c *record.TaskCase) []any { return append(r.intoTask(&c.Task), intoAccount(&c.Account)...) },
		"SELECT "+taskCols+", "+accountCols+" FROM task tk JOIN account ac ON ac.id = tk.account WHERE tk.owner = $1 AND tk.state IN ('open', 'accepted') ORDER BY tk.due, tk.rowid", person)
	if err != nil {
		return d, err
	}
	open, err := list(r, r.intoEscalation, "SELECT "+escalationCols+" FROM escalation es WHERE es.state IN ('waiting for an answer', 'acknowledged') ORDER BY es.respond_by, es.rowid")
	if err != nil {
		return d, err
	}
	for _, e := range open {
		a, err := r.account(e.Account)
		if err != nil {
			return d, err
		}
		raised := e.By == person || r.answers(a) == person
		if e.Recipient != person && !raised {
			continue
		}
		c, err := r.escalationCase(e)
		if err != nil {
			return d, err
		}
		if e.Recipient == person {
			d.Waiting = append(d.Waiting, c)
		}
		if raised {
			d.Raised = append(d.Raised, c)
		}
	}
	return d, nil
}

// worstFirst orders by priority, then by the score's rank, then by the soonest
// renewal, then by name.
func worstFirst(x, y gist, a, b record.Account) int {
	rank := func(g gist) scoring.Tenths { return g.snapshot().Result.Rank() }
	renewal := func(a record.Account) string { return cmp.Or(a.RenewalOn.String(), "9999-12-31") }
	return cmp.Or(x.priority.Compare(y.priority), cmp.Compare(rank(x), rank(y)), cmp.Compare(renewal(a), renewal(b)), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
}
