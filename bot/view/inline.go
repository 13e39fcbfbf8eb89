package view

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"
)

// A line is text whose parts say what they are. It is written once and shown in
// three ways: as rich text, where nothing is parsed and data stays data; as
// small mrkdwn print, escaped; and flat, for the message's text. That is the
// only way in which words of customers reach a formatted block.
type line []part

type part struct {
	text string
	bold bool
	code bool // something to type
	url  string
	at   time.Time // a moment; text is how to write it where it can't be localised
}

func say(s string) part { return part{text: s} }

func sayf(format string, args ...any) part { return say(fmt.Sprintf(format, args...)) }

func strong(s string) part { return part{text: s, bold: true} }

// typing is a sentence in which backticks mark what to type, as in the messages
// of package record.
func typing(s string) line {
	var out line
	for i, piece := range strings.Split(s, "`") {
		if piece != "" {
			out = append(out, part{text: piece, code: i%2 == 1})
		}
	}
	if len(out) == 0 {
		return line{say(s)} // backticks and nothing else
	}
	return out
}

// open is a link; without an address it is just its label.
func open(url, label string) part { return part{text: label, url: url} }

// field is a value after its name, or nothing.
func field(name, value string) line {
	if value == "" {
		return nil
	}
	return line{strong(name + ": "), say(value)}
}

// join puts lines together with a separator, leaving out empty ones.
func join(separator string, lines ...line) line {
	var out line
	for _, l := range lines {
		if l.flat() == "" {
			continue
		}
		if len(out) > 0 {
			out = append(out, say(separator))
		}
		out = append(out, l...)
	}
	return out
}

// flat is the line as plain text.
func (l line) flat() string {
	var b strings.Builder
	for _, p := range l {
		b.WriteString(p.text)
	}
	return b.String()
}

// localMoment lets each reader see a moment in his own zone and habit.
const localMoment = "{date_short_pretty} {time}"

func (l line) elements() []slack.RichTextSectionElement {
	var out []slack.RichTextSectionElement
	for _, p := range l {
		switch {
		case p.text == "":
		case !p.at.IsZero():
			out = append(out, slack.NewRichTextSectionDateElement(p.at.Unix(), localMoment, nil, &p.text))
		case p.url != "":
			out = append(out, slack.NewRichTextSectionLinkElement(p.url, p.text, p.style()))
		default:
			if n := len(out) - 1; n >= 0 {
				// Neighbours alike become one: fewer elements, less to send.
				if before, ok := out[n].(*slack.RichTextSectionTextElement); ok && before.Style == nil && p.style() == nil {
					before.Text += p.text
					continue
				}
			}
			out = append(out, slack.NewRichTextSectionTextElement(p.text, p.style()))
		}
	}
	return out
}

func (p part) style() *slack.RichTextSectionTextStyle {
	if !p.bold && !p.code {
		return nil
	}
	return &slack.RichTextSectionTextStyle{Bold: p.bold, Code: p.code}
}

func (l line) mrkdwn() string {
	var b strings.Builder
	for _, p := range l {
		text := lookalikes.Replace(p.text)
		switch {
		case p.text == "":
		case !p.at.IsZero():
			fmt.Fprintf(&b, "<!date^%d^%s|%s>", p.at.Unix(), localMoment, text)
		case p.url != "":
			fmt.Fprintf(&b, "<%s|%s>", escape(p.url), text)
		case p.bold:
			b.WriteString("*" + text + "*")
		default:
			b.WriteString(text)
		}
	}
	return b.String()
}

// paragraph shows lines one below the other.
func paragraph(lines ...line) slack.Block {
	return slack.NewRichTextBlock("", section(join("\n", lines...)))
}

// fitting keeps the first lines that a budget of bytes has room for.
func fitting(budget int, lines []line) []line {
	for i, l := range lines {
		if budget -= weight(section(l)); budget < 0 {
			return append(slices.Clone(lines[:i]), line{sayf("… %d more lines, cut here", len(lines)-i)})
		}
	}
	return lines
}

func section(l line) *slack.RichTextSection { return slack.NewRichTextSection(l.elements()...) }

// list shows a heading and a bulleted list below it.
func list(heading line, items []line) slack.Block {
	var rows []slack.RichTextElement
	for _, l := range items {
		if l.flat() != "" {
			rows = append(rows, section(l))
		}
	}
	bullets := slack.NewRichTextList(slack.RTEListBullet, 0, rows...)
	if len(heading) == 0 {
		return slack.NewRichTextBlock("", bullets)
	}
	return slack.NewRichTextBlock("", section(heading), bullets)
}

// small shows a line in small print: as plain text if it is that, so that ids
// can be copied. It is cut between parts, never inside a link or a date.
func small(l line) slack.Block {
	if !slices.ContainsFunc(l, func(p part) bool { return p.bold || p.url != "" || !p.at.IsZero() }) {
		return slack.NewContextBlock("", words(cut(l.flat(), maxSection)))
	}
	for length(l.mrkdwn()) > maxSection {
		l = append(l[:len(l)-2:len(l)-2], say("…"))
	}
	return slack.NewContextBlock("", slack.TextBlockObject{Type: slack.MarkdownType, Text: l.mrkdwn(), Verbatim: true})
}

func divider() slack.Block { return slack.NewDividerBlock() }

func header(s string) slack.Block { return slack.NewHeaderBlock(words(cut(s, maxHeader))) }

// row is one entry of a list with its button; plain text, so that nothing in
// it is parsed.
func row(text string, b *slack.ButtonBlockElement) slack.Block {
	s := slack.NewSectionBlock(words(cut(text, maxSection)), nil, nil)
	if b != nil {
		s.Accessory = slack.NewAccessory(b)
	}
	return s
}

// words is a plain text object. Emoji stays unset: names like ":boom:" are names.
func words(s string) *slack.TextBlockObject {
	return &slack.TextBlockObject{Type: slack.PlainTextType, Text: s}
}

func button(action, id, label string) *slack.ButtonBlockElement {
	return slack.NewButtonBlockElement(action, Value(id), words(cut(label, maxButton)))
}

func primary(b *slack.ButtonBlockElement) *slack.ButtonBlockElement {
	return b.WithStyle(slack.StylePrimary)
}

// text is what a reader of the message's text alone gets.
func text(lines ...line) string {
	var parts []string
	for _, l := range lines {
		if s := l.flat(); s != "" {
			parts = append(parts, s)
		}
	}
	whole := strings.Join(parts, "\n")
	for n := maxText; ; n -= maxText / 10 { // escaping makes some texts longer
		if s := escape(cut(whole, n)); length(s) <= maxText {
			return s
		}
	}
}

// weight is how many bytes a value weighs on the wire.
func weight(v any) int {
	b, err := json.Marshal(v)
	if err != nil { // blocks are strings, numbers and times within a calendar
		panic("view: " + err.Error())
	}
	return len(b)
}

// most keeps the first n and says how many are missing.
func most[T any](n int, all []T) (kept []T, missing line) {
	if len(all) <= n {
		return all, nil
	}
	return all[:n], line{sayf("… %d more, cut here", len(all)-n)}
}
