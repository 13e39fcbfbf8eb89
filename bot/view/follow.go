package view

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// ReviewFollow is the last step: only what the chosen outcome needs, filled in
// as far as anybody could have guessed it.
func ReviewFollow(f Frame, c record.Case, d record.Draft, m Meta) slack.ModalViewRequest {
	m = f.begin(c, m)
	outcome := scoring.Outcome(d.Values[record.FieldOutcome])
	m.Outcome = outcome
	a := answers{f.earlier(c, outcome), d.Values}

	chosen := line{say(symbol(outcome) + " "), strong(string(outcome)), say(" for "), strong(accountName(c.Account))}
	if s := told(d.Values[record.FieldSentence]); s != "" {
		chosen = append(chosen, sayf(": %s", s))
	}
	blocks := []slack.Block{paragraph(chosen)}
	submit := "Save"
	switch outcome {
	case scoring.Stable:
		blocks = append(blocks, f.nextReview(c, a, "Next review", f.cadence(c)))
	case scoring.Watchlist:
		// Half the usual time: who watches looks again sooner.
		blocks = append(blocks,
			input(record.FieldWatch, "What do you watch?", "What would make you act, or let go?", multiline(typed(a.get(record.FieldWatch, ""), phraseLength))),
			f.nextReview(c, a, "Until when?", max(1, f.cadence(c)/2)))
	case scoring.AtRisk:
		blocks = append(blocks, f.atRisk(c, a)...)
	case scoring.Escalation:
		submit = "Escalate"
		blocks = append(blocks, f.escalate(c, d, a)...)
	}
	return modal("What follows", submit, CallFollow, m, blocks...)
}

// answers are what a form starts with, the earlier first and overlaid by the
// draft.
type answers []map[record.Field]string

func (a answers) get(field record.Field, otherwise string) string {
	for i := len(a) - 1; i >= 0; i-- {
		if v := a[i][field]; v != "" {
			return v
		}
	}
	return otherwise
}

func (a answers) date(field record.Field, otherwise record.Date, today record.Date) record.Date {
	d, err := record.ParseDate(a.get(field, ""))
	if err != nil || d.IsZero() || !d.After(today) { // a day gone by since the draft
		return otherwise
	}
	return d
}

// earlier is what was recorded last for the same outcome: the decision being
// corrected, else the last one, of which the dates are over.
func (f Frame) earlier(c record.Case, o scoring.Outcome) map[record.Field]string {
	switch {
	case c.Decision != nil && c.Decision.Outcome == o:
		return recorded(c.Decision)
	case c.Last != nil && c.Last.Outcome == o:
		last := recorded(c.Last)
		delete(last, record.FieldNext)
		delete(last, record.FieldOwner) // the account may have changed hands
		return last
	}
	return nil
}

// recorded is a decision as a form's values.
func recorded(d *record.Decision) map[record.Field]string {
	return map[record.Field]string{
		record.FieldOutcome: string(d.Outcome), record.FieldSentence: d.Sentence,
		record.FieldReasons: strings.Join(d.Reasons, reasonSeparator), record.FieldNext: d.Next.String(),
		record.FieldWatch: d.Watch, record.FieldOwner: d.Owner, record.FieldGoal: d.Goal,
	}
}

func (f Frame) cadence(c record.Case) int { return f.Policy.Cadence(c.Account, f.Now) }

func (f Frame) nextReview(c record.Case, a answers, label string, days int) slack.Block {
	latest := f.today().Add(2 * f.cadence(c))
	return input(record.FieldNext, label, fmt.Sprintf("Usually every %s; %s at the latest.", count(f.cadence(c), "day"), f.day(latest)),
		date(a.date(record.FieldNext, f.today().Add(days), f.today())))
}

// taskDays is how many working days a first task gets on an account without a
// level of priority.
const taskDays = 3

// taskDue is when the first task is due: by the account's priority, and the
// calendar of whoever does it.
func (f Frame) taskDue(c record.Case, doer record.Person) record.Date {
	days, ok := record.WorkdaysFor(c.Snapshot.Priority.Level)
	if !ok {
		days = taskDays
	}
	return f.Policy.AddWorkdays(doer, f.today(), days)
}

func (f Frame) atRisk(c record.Case, a answers) []slack.Block {
	acting, _ := f.People.Acting(c.Account, f.today())
	owner := a.get(record.FieldOwner, acting.ID)
	doer, _ := f.People.Person(a.get(fieldTaskOwner, owner))
	due := f.taskDue(c, doer)
	var kinds []*slack.OptionBlockObject
	for _, k := range record.TaskKinds {
		kinds = append(kinds, choice(string(k), string(k), ""))
	}
	return []slack.Block{
		input(record.FieldOwner, "Who answers for turning it?", "", f.people(owner)),
		input(record.FieldGoal, "Goal", "What success looks like, and by when.", typed(a.get(record.FieldGoal, f.goal()), phraseLength)),
		divider(),
		input(record.FieldTask, "First task", "They get it as a private message at once.", typed(a.get(record.FieldTask, f.excerpt(c.Snapshot.Result.Next.Text, titleLength)), titleLength)),
		input(record.FieldTaskKind, "Kind of work", "", menu(a.get(record.FieldTaskKind, string(record.Outreach)), kinds...)),
		input(fieldTaskOwner, "Who does it?", "", f.people(doer.ID)),
		input(record.FieldDue, "Due", "", date(a.date(record.FieldDue, due, f.today().Add(-1)))),
		input(record.FieldExpected, "Done when", "What should be true afterwards.", typed(a.get(record.FieldExpected, ""), phraseLength)),
	}
}

// goal is the least that takes an account out of risk: the line of band watch.
func (f Frame) goal() string {
	for _, b := range f.Model.Bands {
		if b.Band == scoring.Watch {
			return fmt.Sprintf("Above %.0f within 30 days", b.From)
		}
	}
	return ""
}

func (f Frame) escalate(c record.Case, d record.Draft, a answers) []slack.Block {
	code, _, _ := strings.Cut(d.Values[record.FieldReasons], reasonSeparator)
	recipients, respond := f.Policy.Recipients(c.Account, code)
	to := a.get(record.FieldRecipient, "")
	if to == "" && len(recipients) > 0 {
		to = recipients[0]
	}
	by := f.respondBy(a, respond)
	who := line{say("Nobody is set as recipient; choose who must act. They are told in a private message as soon as you press Escalate.")}
	if p, ok := f.People.Person(to); ok {
		who = line{strong(name(p.Name, p.ID)), say(" is told in a private message as soon as you press Escalate, and asked to answer by "),
			strong(f.in(p.Location()).deadline(by)), say(". The channel learns only that the account is escalated.")}
		if owner, ok := f.People.Acting(c.Account, f.today()); ok {
			who = append(who, sayf(" %s sees the status.", name(owner.Name, owner.ID)))
		}
	}
	blocks := []slack.Block{paragraph(who)}
	if e := c.Escalation; e != nil && e.Open() {
		blocks = append(blocks, small(line{sayf("There is an open escalation to %s already; this one updates it.", f.person(e.Recipient))}))
	}
	return append(blocks,
		input(record.FieldRecipient, "Who must act?", "", f.people(to)),
		input(record.FieldRespondBy, "Answer by", "", moment(by)),
		input(record.FieldTrigger, "What set it off?", "The event or criterion.", typed(a.get(record.FieldTrigger, f.trigger(c.Snapshot.Result)), phraseLength)),
		input(record.FieldAsk, "What do you ask of them?", "One thing that they can do or decide.", multiline(typed(a.get(record.FieldAsk, ""), planLength))),
		optional(input(record.FieldPlan, "Your plan", "What you do meanwhile.", multiline(typed(a.get(record.FieldPlan, ""), planLength)))))
}

// respondBy is the draft's time if it is still ahead, else the policy's, on a
// full hour.
func (f Frame) respondBy(a answers, respond time.Duration) time.Time {
	if s, err := strconv.ParseInt(a.get(record.FieldRespondBy, ""), 10, 64); err == nil && time.Unix(s, 0).After(f.Now) {
		return time.Unix(s, 0)
	}
	return f.Now.Add(cmp.Or(respond, 24*time.Hour)).Add(time.Hour - time.Nanosecond).Truncate(time.Hour)
}

// trigger is the machine's own reason, where it proposed to escalate.
func (f Frame) trigger(r scoring.Result) string {
	if p := r.Proposal; p != nil && p.Outcome == scoring.Escalation {
		return f.excerpt(p.Reason, phraseLength)
	}
	return ""
}
