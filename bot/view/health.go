package view

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"healthbot/scoring"
	"healthbot/storage/record"
)

// Health is the private answer about one account: the card with everything
// behind it, and amounts of money for those who may see them.
func Health(f Frame, c record.Case) Message {
	r := c.Snapshot.Result
	top := slices.Concat([]line{f.headline(c)}, f.commercial(c.Account), f.status(c, true))
	first := slices.Concat(f.cancelling(c), f.first(c), f.lastTime(c), f.priority(c))
	moved := f.moved(c.Snapshot, allParts)

	blocks := []slack.Block{paragraph(top...), paragraph(first...)}
	if moved != nil {
		blocks = append(blocks, paragraph(moved))
	}
	if len(r.Findings) > 0 {
		blocks = append(blocks, list(line{strong("Evidence"), say(weighed)}, f.findings(r, healthText, func(l line) int { return length(l.flat()) })))
	}
	if below := slices.Concat(f.goals(c.Snapshot.Result), f.work(c)); len(below) > 0 {
		blocks = append(blocks, paragraph(below...))
	}
	if cs := join(" · ", f.caveats(c)...); len(cs) > 0 {
		blocks = append(blocks, small(append(line{say("⚠ ")}, cs...)))
	}
	blocks = append(blocks, small(f.footer(c)))
	if t := f.trail(c.Trail); len(t) > 0 {
		blocks = append(blocks, small(t))
	}
	blocks = append(blocks, slack.NewActionBlock("", healthControls(c)...))
	return Message{Text: text(slices.Concat(top, first, []line{moved})...), Blocks: blocks}
}

// healthText is how much of a message's text the list of evidence may take.
const healthText = 3000

// commercial are the lines for those who may see them.
func (f Frame) commercial(a record.Account) []line {
	if !f.Commercial || a.ARR <= 0 {
		return nil
	}
	return []line{{strong("ARR: "), sayf("%s %s · %s", label(a.Currency), grouped(a.ARR), label(a.Segment))}}
}

// grouped writes an amount in thousands, as contracts do: 1,250,000.
func grouped(x float64) string {
	s := fmt.Sprintf("%.0f", math.Min(x, 1e15))
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// lastTime recalls the decision before.
func (f Frame) lastTime(c record.Case) []line {
	d := c.Last
	if d == nil {
		return nil
	}
	l := line{strong("Last time: "), sayf("%s by %s, %s", d.Outcome, name(d.ByName, d.By), f.clock(d.At))}
	if s := f.said(d.Sentence); s != "" {
		l = append(l, sayf(": %s", s))
	}
	return []line{l}
}

// findings lists every measure, those that pull the score down most first and then
// those that hold it up most, as far as the budget lasts. Those
// about which nothing was ever reported share a line.
func (f Frame) findings(r scoring.Result, budget int, weigh func(line) int) []line {
	var out []line
	var silent []string
	var all []scoring.Finding
	for _, x := range r.Findings {
		if x.State == scoring.Unknown {
			silent = append(silent, title(x))
		} else {
			all = append(all, x)
		}
	}
	var last []line
	if len(silent) > 0 {
		l := line{say("? "), strong("Nothing was ever reported"), say(": " + strings.Join(silent, ", "))}
		budget -= weigh(l)
		last = []line{l}
	}
	slices.SortStableFunc(all, func(a, b scoring.Finding) int {
		if a.Points >= 0 && b.Points >= 0 {
			a, b = b, a
		}
		return cmp.Compare(a.Points, b.Points)
	})
	for i, x := range all {
		l := f.finding(x, inputEvidence)
		if budget -= weigh(l); budget < 0 {
			return slices.Concat(out, []line{{sayf("… %d more, cut here", len(all)-i)}}, last)
		}
		out = append(out, l)
	}
	return append(out, last...)
}

// inputEvidence is how much evidence stands beside a measure in a long list.
const inputEvidence = 90

func healthControls(c record.Case) []slack.BlockElement {
	out := cardControls(c)
	if len(out) == 0 {
		out = append(out, primary(button(ActReviewAccount, c.Account.ID, "Review")), slack.NewOverflowBlockElement(ActAccountMore, said(c, c.Account.ID)...))
	}
	return append(out, button(ActShow, c.Account.ID, "Refresh"))
}

// Nearest answers a name that was not found.
func Nearest(f Frame, query string, near []record.Match) Message {
	asked := cut(clean(query), nameLength)
	l := line{sayf("No account is called “%s”.", asked)}
	if asked == "" {
		l = typing("Which account? Type `/health` and its name.")
	}
	kept, _ := most(nearestMost, near)
	if len(kept) == 0 {
		l = append(l, typing(" Nothing comes near it either. Check the spelling, or see your accounts with `/health queue`.")...)
		return Message{Text: text(l), Blocks: []slack.Block{paragraph(l)}}
	}
	l = append(l, say(" Did you mean one of these?"))
	blocks := []slack.Block{paragraph(l)}
	var names []string
	for _, m := range kept {
		n := name(m.Name, m.ID)
		names = append(names, n)
		blocks = append(blocks, row(fmt.Sprintf("%s (%s)", n, name(m.ID)), button(ActShow, m.ID, "Show")))
	}
	return Message{Text: text(l, line{say(strings.Join(names, ", "))}), Blocks: blocks}
}

// Notice is a short private answer, such as the honest reply to a second press.
func Notice(s string) Message {
	l := typing(cmp.Or(told(s), "Nothing to say."))
	return Message{Text: text(l), Blocks: []slack.Block{paragraph(l)}}
}

// Help says what can be asked.
func Help(f Frame) Message {
	lines := []line{
		typing("`/health ACCOUNT`: the score, its evidence and its doubt, only to you; quotes force a name, as in `/health \"queue\"`"),
		typing("`/health queue`: open reviews; narrow it with `band:risk`, `segment:NAME`, `owner:me` or `flag:hold`"),
		typing("`/health mine`: your accounts, tasks and escalations"),
		typing("`/health pulse ACCOUNT`: put your own impression on record, from 1 to 5, with a note"),
		typing("`/health help`: this"),
	}
	in := line{say("Slash commands don't work inside threads; mention @healthbot with the account's name there. Only people decide: healthbot proposes, and every decision carries a name.")}
	return Message{
		Text:   text(append([]line{{say("What healthbot answers")}}, append(lines, in)...)...),
		Blocks: []slack.Block{list(line{strong("What healthbot answers")}, lines), small(in)},
	}
}
