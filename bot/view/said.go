package view

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// What a person says about an account: their pulse, a correction of the score, an
// intent to cancel that they heard of.

// said are the items of a menu for it; id is what the menu carries.
func said(c record.Case, id string) []*slack.OptionBlockObject {
	override, leaving := "Override the score…", "They want to cancel…"
	if c.Override != nil {
		override = "Change the override…"
	}
	if c.Cancelling != nil {
		leaving = "They stay after all…"
	}
	return []*slack.OptionBlockObject{choice(MoreValue(MorePulse, id), "Pulse…", ""),
		choice(MoreValue(MoreOverride, id), override, ""), choice(MoreValue(MoreCancelling, id), leaving, "")}
}

// cancelling are the customer's own words about leaving, for private answers alone;
// channels learn from the cap that it was said, and by whom.
func (f Frame) cancelling(c record.Case) []line {
	x := c.Cancelling
	if x == nil {
		return nil
	}
	return []line{{strong("Wants to cancel: "), sayf("%s · %s", f.said(x.Words()), f.excerpt(x.Evidence, excerptLength))}}
}

// overridden shows a person's correction beside the computed score.
func (f Frame) overridden(c record.Case) []line {
	r := c.Snapshot.Result
	o := r.Override
	if o == nil {
		return nil
	}
	by := ""
	if x := c.Override; x != nil && x.Points == scoring.RoundTenths(o.Points) && x.Until.Equal(o.Until) {
		by = " by " + name(x.ByName, x.By)
	}
	return []line{{strong("Override: "), sayf("%s%s until %s; %s computed. %s", scoring.RoundTenths(o.Points).Signed(), by,
		f.endOf(o.Until), points(scoring.RoundTenths(r.Health)), f.said(o.Reason))}}
}

// endOf writes the day on which an override ends, which is the office's.
func (f Frame) endOf(t time.Time) string {
	zone := f.Policy.Zone
	if zone == nil {
		zone = time.UTC
	}
	return f.day(record.DateOf(t.In(zone)))
}

// pulseWords are what the numbers of a pulse stand for.
var pulseWords = [5]string{"we are losing them", "strained", "mixed", "good", "they recommend us"}

// PulseForm asks for a person's own impression.
func PulseForm(f Frame, c record.Case, m Meta) slack.ModalViewRequest {
	m.Subject = c.Account.ID
	var options []*slack.OptionBlockObject
	for n := len(pulseWords); n > 0; n-- {
		options = append(options, choice(strconv.Itoa(n), fmt.Sprintf("%d · %s", n, pulseWords[n-1]), ""))
	}
	blocks := []slack.Block{paragraph(f.headline(c)),
		input(record.FieldPulse, "How does it stand with them?", "", radio("", options...)),
		input(record.FieldNote, "What does that come from?", "Goes on the record with your name.", multiline(typed("", phraseLength)))}
	if !f.Model.Asks(record.PulseMeasure) {
		blocks = append(blocks, small(line{say(uncounted(f.Model))}))
	}
	return modal("Pulse", "Save", CallPulse, m, blocks...)
}

// uncounted says why a pulse doesn't change the score.
func uncounted(m scoring.Model) string {
	return fmt.Sprintf("It is kept, but %s doesn't count it: sentiment isn't in service there.", label(m.Label()))
}

// PulseRecorded says what became of a pulse.
func PulseRecorded(f Frame, c record.Case, p record.Pulse) slack.ModalViewRequest {
	s := fmt.Sprintf("Recorded for %s: pulse %d of 5, with your name.", accountName(c.Account), p.Value)
	r := c.Snapshot.Result
	switch {
	case !f.Model.Asks(record.PulseMeasure):
		s += " " + uncounted(f.Model)
	case r.Unscored:
		s += " There is still too little evidence for a score."
	default:
		s += fmt.Sprintf(" The score is %s now.", points(r.Score))
	}
	return Done(s)
}

// OverrideForm corrects the score by points, with a reason and an end.
func OverrideForm(f Frame, c record.Case, m Meta) slack.ModalViewRequest {
	m.Subject = c.Account.ID
	r := c.Snapshot.Result
	top := []line{f.headline(c)}
	if hasResult(c.Snapshot) && !r.Unscored {
		top = append(top, line{strong("Computed: "), sayf("%s. An override is shown beside it, never beats a cap, and ends by itself.", points(scoring.RoundTenths(r.Health)))})
	}
	number := slack.NewNumberInputBlockElement(nil, ActInput, true)
	number.MinValue, number.MaxValue = "-15", "15"
	evidence := input(record.FieldEvidence, "What shows it?", "A sentence, a quote, or a link.", multiline(typed("", phraseLength)))
	hint := "From −15 to 15."
	days := 30
	if o := c.Override; o != nil {
		top = append(top, line{strong("In force: "), sayf("%s by %s until %s: %s", o.Points.Signed(), name(o.ByName, o.By), f.endOf(o.Until), f.said(o.Reason))})
		hint += " What you save takes the place of the one in force; 0 ends it."
		evidence = optional(evidence)
	}
	return modal("Override the score", "Save", CallOverride, m,
		paragraph(top...),
		input(record.FieldPoints, "Points", hint, number),
		input(record.FieldReason, "Why is the score wrong?", "Stands on the card.", typed("", phraseLength)),
		evidence,
		input(record.FieldUntil, "Until when?", fmt.Sprintf("It ends on that day: %d days at most, %d beyond 10 points.", record.OverrideDays, record.StrongOverrideFor),
			date(f.today().Add(days))))
}

// CancellingForm reports an intent to cancel; while one stands it withdraws it.
func CancellingForm(f Frame, c record.Case, m Meta) slack.ModalViewRequest {
	m.Subject = c.Account.ID
	if c.Cancelling != nil {
		return modal("They stay after all", "Withdraw", CallStaying, m,
			paragraph(append([]line{f.headline(c)}, f.cancelling(c)...)...),
			input(record.FieldNote, "What changed, and who says so?", "The report stays on record; the cap falls away.", multiline(typed("", phraseLength))))
	}
	return modal("They want to cancel", "Report", CallCancelling, m,
		paragraph(f.headline(c), line{sayf("It goes on record whatever is stale or missing%s. It stands until somebody withdraws it or a result of the contract is recorded.", f.ceiling())}),
		input(record.FieldWho, "Who said so?", "At the customer. Stands on the card.", typed("", titleLength)),
		input(record.FieldHeard, "When did you hear it?", "", date(f.today())),
		input(record.FieldEvidence, "What was said?", "Their words, or a link. Only who may read the account sees them; channels don't.", multiline(typed("", phraseLength))))
}

// ceiling is what the model's cap for it leaves of a score.
func (f Frame) ceiling() string {
	lowest := math.Inf(1)
	for _, rule := range f.Model.Caps {
		for _, w := range rule.When {
			if w.Kind == scoring.IntentToCancel && len(rule.When) == 1 {
				lowest = min(lowest, rule.Value)
			}
		}
	}
	if math.IsInf(lowest, 1) {
		return ""
	}
	return fmt.Sprintf(", and keeps the score at %s or below", number(lowest))
}

// ParsePulse reads [CallPulse].
func ParsePulse(v slack.View) (record.Pulse, error) {
	got, m, err := submitted(v)
	n, _ := strconv.Atoi(got[record.FieldPulse]) // anything else is none, which Validate complains about
	return record.Pulse{Account: m.Subject, Value: n, Note: got[record.FieldNote]}, err
}

// ParseOverride reads [CallOverride].
func ParseOverride(v slack.View) (record.SetOverride, error) {
	got, m, err := submitted(v)
	o := record.SetOverride{Account: m.Subject, Reason: got[record.FieldReason], Evidence: got[record.FieldEvidence], Until: parsedDate(got[record.FieldUntil])}
	if x, wrong := strconv.ParseFloat(got[record.FieldPoints], 64); wrong == nil && math.Abs(x) <= 1000 {
		p := scoring.RoundTenths(x)
		o.Points = &p
	}
	return o, err
}

// ParseCancelling reads [CallCancelling].
func ParseCancelling(v slack.View) (record.ReportCancellation, error) {
	got, m, err := submitted(v)
	return record.ReportCancellation{Account: m.Subject, Who: got[record.FieldWho], Heard: parsedDate(got[record.FieldHeard]), Evidence: got[record.FieldEvidence]}, err
}

// ParseStaying reads [CallStaying].
func ParseStaying(v slack.View) (record.WithdrawCancellation, error) {
	got, m, err := submitted(v)
	return record.WithdrawCancellation{Account: m.Subject, Why: got[record.FieldNote]}, err
}
