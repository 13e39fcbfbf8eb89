package bot

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"healthbot/bot/view"
	"healthbot/scoring"
	"healthbot/storage/record"
)

const (
	longestQuestion = 200 // no account's name is longer
	nearestShown    = 3
)

// ask answers /health, a mention and a message in our DM: the same words work in
// all three, and the answer goes to the one who asked alone.
func (b *Bot) ask(ctx context.Context, g *gesture) (answer, error) {
	q := b.question(g)
	if utf8.RuneCountInString(q) > longestQuestion {
		return tell("That is %d characters; an account's name has at most %d. Type `%s help` to see what works.", utf8.RuneCountInString(q), longestQuestion, cmdHealth), nil
	}
	word, rest, _ := strings.Cut(q, " ")
	name, quoted := unquote(q)
	switch word = strings.ToLower(word); { // reserved words win; quotes force a name
	case quoted:
		return b.byName(ctx, g, name)
	case q == "", word == "help" && rest == "":
		return say(view.Help(b.frame(g.who, record.Account{}))), nil
	case word == "mine" && rest == "":
		return b.myDesk(ctx, g)
	case word == "queue":
		return b.queue(ctx, g, strings.Fields(rest))
	case word == "pulse":
		name, _ := unquote(rest)
		return b.pulseOf(ctx, g, name)
	}
	return b.byName(ctx, g, q)
}

var (
	mention = regexp.MustCompile(`<@([A-Z0-9]+)(?:\|[^>]*)?>`)
	spaces  = regexp.MustCompile(`\s+`)
	// Slack escapes these three in what people type.
	unescape = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
)

// question is what was asked, without our own name and Slack's decoration.
func (b *Bot) question(g *gesture) string {
	s := g.text
	if g.kind == event {
		s = mention.ReplaceAllStringFunc(s, func(m string) string {
			if mention.FindStringSubmatch(m)[1] == b.me.User {
				return " "
			}
			return m
		})
	}
	s = strings.TrimSpace(spaces.ReplaceAllString(unescape.Replace(s), " "))
	if word, rest, _ := strings.Cut(s, " "); g.kind == event && word == cmdHealth { // typed out of habit
		return rest
	}
	return s
}

// unquote takes off straight or typographic quotes.
func unquote(s string) (string, bool) {
	for _, q := range [][2]string{{`"`, `"`}, {"“", "”"}, {"„", "“"}, {"«", "»"}, {"”", "”"}} {
		if len(s) > len(q[0])+len(q[1]) && strings.HasPrefix(s, q[0]) && strings.HasSuffix(s, q[1]) {
			return strings.TrimSpace(s[len(q[0]) : len(s)-len(q[1])]), true
		}
	}
	return s, false
}

// byName shows the account that was meant, or the nearest that the person may read.
func (b *Bot) byName(ctx context.Context, g *gesture, name string) (answer, error) {
	near, err := b.named(ctx, g, name)
	if err != nil || near != nil {
		return answer{say: near}, err
	}
	if err := b.allowed(g, record.ReadAccount); err != nil {
		return answer{}, err
	}
	return b.show(ctx, g)
}

// named finds the one account that was meant; otherwise it answers with the
// nearest that the person may read.
func (b *Bot) named(ctx context.Context, g *gesture, name string) (*view.Message, error) {
	found, err := b.store.Find(ctx, name, nearestShown+1)
	if err != nil {
		return nil, err
	}
	exact := slices.DeleteFunc(slices.Clone(found), func(m record.Match) bool { return !m.Exact })
	if len(exact) == 1 {
		g.account, err = b.store.Account(ctx, exact[0].ID)
		return nil, err
	}
	// Several of one name, or none: offer what the person may read. A name alone
	// can already say too much.
	var near []record.Match
	for _, m := range found {
		if len(exact) > 0 && !m.Exact || len(near) == nearestShown {
			continue
		}
		a, err := b.store.Account(ctx, m.ID)
		if err != nil {
			return nil, err
		}
		if b.may(g.who, record.ReadAccount, a) == nil {
			near = append(near, m)
		}
	}
	m := view.Nearest(b.frame(g.who, record.Account{}), name, near)
	return &m, nil
}

// pulseOf opens the pulse form, for which Slack needs a slash command or a press.
func (b *Bot) pulseOf(ctx context.Context, g *gesture, name string) (answer, error) {
	if g.trigger == "" {
		return tell("Slack opens a form from the slash command alone: type `%s pulse %s` in a channel or here.", cmdHealth, cmp.Or(clip(name), "ACCOUNT")), nil
	}
	near, err := b.named(ctx, g, name)
	if err != nil || near != nil {
		return answer{say: near}, err
	}
	if err := b.allowed(g, record.ReportAct); err != nil {
		return answer{}, err
	}
	c, err := b.store.Case(ctx, g.account.ID, g.who)
	if err != nil {
		return answer{}, err
	}
	return b.openSaying(g, view.MorePulse, c), nil
}

// show shows the account that the guard, or byName, has read. Pressed on such an
// answer it takes its place.
func (b *Bot) show(ctx context.Context, g *gesture) (answer, error) {
	c, err := b.store.Case(ctx, g.account.ID, g.who)
	if err != nil {
		return answer{}, err
	}
	a := say(view.Health(b.frame(g.who, c.Account), c))
	a.replace = g.private
	return a, nil
}

func (b *Bot) myDesk(ctx context.Context, g *gesture) (answer, error) {
	d, err := b.desk(ctx, g.who)
	if err != nil {
		return answer{}, err
	}
	return say(view.Mine(b.frame(g.who, record.Account{}), d)), nil
}

// queue lists open reviews that the person may read, narrowed by filters.
func (b *Bot) queue(ctx context.Context, g *gesture, filters []string) (answer, error) {
	f := record.QueueFilter{Open: true}
	for _, s := range filters {
		if err := b.narrow(&f, s, g.who); err != nil {
			return answer{}, err
		}
	}
	rows, err := b.store.Queue(ctx, f)
	if err != nil {
		return answer{}, err
	}
	rows = slices.DeleteFunc(rows, func(r record.QueueRow) bool { return b.may(g.who, record.ReadAccount, r.Account) != nil })
	title := "Queue"
	if len(filters) > 0 {
		title += ": " + strings.Join(filters, ", ")
	}
	return say(view.Queue(b.frame(g.who, record.Account{}), title, rows)), nil
}

var (
	bands     = []scoring.Band{scoring.Healthy, scoring.Watch, scoring.Risk, scoring.Critical, scoring.Unscored}
	standings = map[string]record.Standing{"hold": record.OnHold, "person": record.NeedsPerson, "work": record.InWork, "within": record.Within}
)

// narrow adds one "name:value" to the filter; what it doesn't know it says.
func (b *Bot) narrow(f *record.QueueFilter, s, who string) error {
	name, value, _ := strings.Cut(s, ":")
	switch strings.ToLower(name) {
	case "band":
		f.Band = scoring.Band(strings.ToLower(value))
		if !slices.Contains(bands, f.Band) {
			return record.Errorf(record.Invalid, "There is no band “%s”. The bands are healthy, watch, risk, critical and unscored.", clip(value))
		}
	case "segment":
		i := slices.IndexFunc(b.o.Policy.Routes, func(r record.Route) bool { return strings.EqualFold(r.Segment, value) })
		if i < 0 {
			return record.Errorf(record.Invalid, "No route reviews a segment “%s”. There are: %s.", clip(value), strings.Join(b.segments(), ", "))
		}
		f.Segment = b.o.Policy.Routes[i].Segment
	case "owner":
		m := mention.FindStringSubmatch(value)
		switch {
		case strings.EqualFold(value, "me"):
			f.Person = who
		case m != nil:
			f.Person = m[1]
		default:
			return record.Errorf(record.Invalid, "Name the owner with a mention, such as `owner:@ana`, or say `owner:me`.")
		}
	case "flag":
		st, ok := standings[strings.ToLower(value)]
		if !ok {
			return record.Errorf(record.Invalid, "There is no flag “%s”. The flags are hold, person, work and within.", clip(value))
		}
		f.Standing = st
	default:
		return record.Errorf(record.Invalid, "The queue can't be narrowed by “%s”. These work: `band:risk`, `segment:enterprise`, `owner:me`, `flag:hold`.", clip(s))
	}
	return nil
}

func (b *Bot) segments() []string {
	var out []string
	for _, r := range b.o.Policy.Routes {
		out = append(out, r.Segment)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// clip keeps a person's words short inside an answer, and visibly so.
func clip(s string) string {
	const most = 40
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return fmt.Sprintf("%s…", cmp.Or(string([]rune(s)[:most]), s))
}
