package view

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"

	"healthbot/storage/record"
)

// Everything that a customer, a colleague or a feed wrote goes through clean
// before it is shown. It comes out as one line of visible text: what could
// reorder a line, hide in it, or look like a mention to the whole channel is
// gone or defused. What is left is data; see [line] for how it stays data.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	var b strings.Builder
	marks := 0
	for _, r := range s {
		switch {
		case unicode.Is(unicode.M, r) && r != emojiStyle:
			if marks++; marks > mostMarks {
				continue
			}
		case invisible(r):
			continue
		default:
			marks = 0
		}
		if unicode.IsSpace(r) || unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp) {
			r = ' '
		}
		b.WriteRune(r)
	}
	s = strings.Join(strings.Fields(b.String()), " ")
	return broadcast.ReplaceAllString(s, "＠$1")
}

// mostMarks is how many accents may stand on one letter; living scripts need
// three, stacks that spill over the neighbouring lines need more.
const mostMarks = 4

// emojiStyle asks for the coloured form of the character before it.
const emojiStyle = '\uFE0F'

// broadcast is a mention that would ring for a whole channel, were it parsed.
var broadcast = regexp.MustCompile(`(?i)@(here|channel|everyone|group)\b`)

// invisible holds for characters that show nothing by themselves: those that
// turn the writing direction, join or split words, or fill a blank.
func invisible(r rune) bool {
	switch r {
	case '\u034F', '\u115F', '\u1160', '\u17B4', '\u17B5', '\u2800', '\u3164', '\uFFA0':
		return true
	}
	return unicode.Is(unicode.Cf, r) || (unicode.Is(unicode.Variation_Selector, r) && r != emojiStyle)
}

// name makes a name that can't be empty and can't turn the line around it: one
// in a right-to-left script is isolated, or it would reorder the numbers beside
// it.
func name(s string, otherwise ...string) string {
	for _, x := range append([]string{s}, otherwise...) {
		x = cut(clean(x), nameLength)
		if x == "" {
			continue
		}
		if strings.ContainsFunc(x, rightToLeft) {
			return isolate + x + endIsolate
		}
		return x
	}
	return "(no name)"
}

// label makes a short text of the configuration's own fit a line.
func label(s string) string { return cut(clean(s), labelLength) }

const (
	nameLength     = 80
	labelLength    = 60
	trailLength    = 100
	evidenceLength = 200
	excerptLength  = 300
	toldLength     = 1000     // more than any of our forms takes
	isolate        = "\u2068" // first strong isolate
	endIsolate     = "\u2069"
)

func rightToLeft(r rune) bool {
	return unicode.In(r, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana, unicode.Nko,
		unicode.Samaritan, unicode.Mandaic, unicode.Adlam)
}

func accountName(a record.Account) string { return name(a.Name, a.ID) }

// length counts as Slack's strictest reading does, in UTF-16 units.
func length(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// cut shortens visibly, and closes an isolate that it cut open.
func cut(s string, most int) string {
	if length(s) <= most {
		return s
	}
	s = strings.TrimRight(clip(s, most-2), " ") + "…"
	if strings.Count(s, isolate) > strings.Count(s, endIsolate) {
		s += endIsolate
	}
	return s
}

// clip shortens without a mark, for what must be the original text or nothing.
func clip(s string, most int) string {
	n := 0
	for i, r := range s {
		if n += utf16.RuneLen(r); n > most {
			return s[:i]
		}
	}
	return s
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// escape makes text harmless where Slack parses mrkdwn.
func escape(s string) string { return escaper.Replace(s) }

// mrkdwn has no escape for its formatting marks, so those in data are swapped
// for their look-alikes: text inside bold can't end it.
var lookalikes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "*", "∗", "_", "＿", "~", "∼", "`", "ˋ", "|", "¦")

// money finds amounts with a currency: they belong to the few who may see them.
var money = regexp.MustCompile(`(?i)` +
	`(?:[$€£¥₹]|\b(?:` + currencies + `)\b)\s?\d[\d.,'’ ]*(?:\s?(?:k|m|bn|thousand|million)\b)?` +
	`|\d[\d.,'’ ]*\s?(?:k|m|bn|thousand|million)?\s?(?:[$€£¥₹]|\b(?:` + currencies + `|dollars?|euros?)\b)`)

const currencies = `USD|EUR|GBP|CHF|JPY|INR|AUD|CAD|NZD|SEK|NOK|DKK|PLN|BRL|SGD`

// said prepares a sentence that somebody wrote or a feed brought: amounts of
// money are kept back unless this answer may show them.
func (f Frame) said(s string) string { return f.excerpt(s, excerptLength) }

func (f Frame) excerpt(s string, most int) string {
	s = clean(s)
	if !f.Commercial {
		s = strings.TrimSpace(money.ReplaceAllString(s, "(amount private) "))
		s = strings.Join(strings.Fields(s), " ")
	}
	return cut(s, most)
}

// told prepares what a person wrote for the reader in particular, or wrote
// himself: whole, with its line breaks, and nothing kept back.
func told(s string) string {
	var lines []string
	for _, l := range strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if l = clean(l); l != "" {
			lines = append(lines, l)
		}
	}
	return cut(strings.Join(lines, "\n"), toldLength)
}

// link takes the first web address out of a text and returns both, so that the
// address can be given as a link with a short label.
func link(s string) (text, url string) {
	at := webAddress.FindStringIndex(s)
	if at == nil {
		return s, ""
	}
	url = strings.TrimRight(s[at[0]:at[1]], ".,;:!?)]}'\"")
	return strings.TrimSpace(s[:at[0]] + strings.TrimLeft(s[at[0]+len(url):], " ")), url
}

var webAddress = regexp.MustCompile(`https?://[^\s<>|"]+`)

// webLink returns a configured or imported address if a client could open it.
func webLink(s string) string {
	s = clean(s)
	if len(s) <= urlLength && webAddress.FindString(s) == s {
		return s
	}
	return ""
}

// urlLength is shorter than Slack's 3,000: a longer address is no use on a card.
const urlLength = 500
