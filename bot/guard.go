package bot

import (
	"context"
	"fmt"
	"strings"

	"healthbot/bot/view"
	"healthbot/storage/record"
)

// guard decides whether a person may do this, here and now. It reads the record
// that the gesture is about, so that the handler works on what was checked. The
// zero guard lets nothing through: New refuses a table that contains one.
type guard struct {
	who   string // for the table's readers
	check func(context.Context, *Bot, *gesture) error
}

// guarded begins every guard with the same question: is this one of ours?
func guarded(who string, check func(context.Context, *Bot, *gesture) error) guard {
	return guard{who, func(ctx context.Context, b *Bot, g *gesture) error {
		if err := b.ours(ctx, g); err != nil {
			return err
		}
		return check(ctx, b, g)
	}}
}

// member lets everybody in the directory through.
func member() guard {
	return guarded("anybody in the directory", func(context.Context, *Bot, *gesture) error { return nil })
}

// reviewer is for gestures on a review: whoever may do one of the acts.
func reviewer(acts ...record.Act) guard {
	return guarded(words(acts), func(ctx context.Context, b *Bot, g *gesture) error {
		if err := b.readReview(ctx, g); err != nil {
			return err
		}
		return b.allowed(g, acts...)
	})
}

// menu is for a card's overflow menu, where the item says what is asked for.
func menu(acts map[view.More]record.Act) guard {
	return guarded("as the menu's item says", func(ctx context.Context, b *Bot, g *gesture) error {
		act, _, err := chosenAct(g, acts)
		if err != nil {
			return err
		}
		if err := b.readReview(ctx, g); err != nil {
			return err
		}
		return b.allowed(g, act)
	})
}

// accountMenu is the same for a menu that is about an account.
func accountMenu(acts map[view.More]record.Act) guard {
	return guarded("as the menu's item says", func(ctx context.Context, b *Bot, g *gesture) error {
		act, id, err := chosenAct(g, acts)
		if err != nil {
			return err
		}
		if g.account, err = b.store.Account(ctx, id); err != nil {
			return err
		}
		return b.allowed(g, act)
	})
}

// chosenAct is what the chosen item asks for, and the id that the menu carries.
func chosenAct(g *gesture, acts map[view.More]record.Act) (record.Act, string, error) {
	item, id, err := view.ParseMore(g.value)
	if err != nil {
		return "", "", err
	}
	act, ok := acts[item]
	if !ok {
		return "", "", record.Errorf(record.NotFound, "This menu item belongs to another version of healthbot, so nothing was changed.")
	}
	return act, id, nil
}

// onAccount is for gestures on an account.
func onAccount(acts ...record.Act) guard {
	return guarded(words(acts), func(ctx context.Context, b *Bot, g *gesture) (err error) {
		id, err := subject(g)
		if err != nil {
			return err
		}
		if g.account, err = b.store.Account(ctx, id); err != nil {
			return err
		}
		return b.allowed(g, acts...)
	})
}

// worker is for gestures on a task: its owner, or whoever may work on reviews
// of the account.
func worker() guard {
	return guarded("the task's owner, or whoever may "+string(record.WorkReview), func(ctx context.Context, b *Bot, g *gesture) (err error) {
		id, err := subject(g)
		if err != nil {
			return err
		}
		if g.task, err = b.store.TaskCase(ctx, id); err != nil {
			return err
		}
		g.account = g.task.Account
		if g.task.Task.Owner == g.who {
			return nil
		}
		return b.allowed(g, record.WorkReview)
	})
}

// recipient is for answers to an escalation: nobody can answer for another.
func recipient() guard {
	return guarded("the escalation's recipient", func(ctx context.Context, b *Bot, g *gesture) (err error) {
		id, err := subject(g)
		if err != nil {
			return err
		}
		if g.esc, err = b.store.EscalationCase(ctx, id); err != nil {
			return err
		}
		g.account = g.esc.Case.Account
		if to := g.esc.Escalation.Recipient; to != g.who {
			return record.Errorf(record.Forbidden, "Only %s can answer this escalation, because it asks them, so nothing was changed. Speak with them directly.", b.o.People.Name(to))
		}
		return nil
	})
}

// opener is for confirming a run. A manager's reach is their own teams, so one
// account of theirs in its scope is enough.
func opener() guard {
	return guarded(string(record.ConfirmRun), func(ctx context.Context, b *Bot, g *gesture) (err error) {
		id, err := view.ParseValue(g.value)
		if err != nil {
			return err
		}
		if g.run, err = b.store.RunCase(ctx, id); err != nil {
			return err
		}
		refusal := b.allowed(g, record.ConfirmRun)
		if refusal == nil {
			return nil
		}
		rows, err := b.store.Queue(ctx, record.QueueFilter{Manager: g.who, Segment: g.run.Run.Segment})
		if err != nil {
			return err
		}
		for _, r := range rows {
			if b.may(g.who, record.ConfirmRun, r.Account) == nil {
				return nil
			}
		}
		return refusal
	})
}

// words names the acts for the table's readers.
func words(acts []record.Act) string {
	var out []string
	for _, a := range acts {
		out = append(out, string(a))
	}
	return strings.Join(out, " or ")
}

// subject is the id of what a gesture is about: a form keeps it in its metadata,
// a button in its value.
func subject(g *gesture) (string, error) {
	if g.kind != submit {
		return view.ParseValue(g.value)
	}
	if g.meta.Subject == "" {
		return "", record.Errorf(record.Invalid, "This form lost its place, so nothing was saved. Please close it and press the button again.")
	}
	return g.meta.Subject, nil
}

// readReview reads the review that a gesture is about, as it stands now.
func (b *Bot) readReview(ctx context.Context, g *gesture) (err error) {
	id := g.meta.Review
	switch {
	case g.kind == submit && id == "":
		return record.Errorf(record.Invalid, "This form lost its place, so nothing was saved. Please close it and open the review again.")
	case g.kind == submit:
	case g.id == view.ActMore:
		_, id, err = view.ParseMore(g.value)
	default:
		id, err = view.ParseValue(g.value)
	}
	if err != nil {
		return err
	}
	if g.review, err = b.store.ReviewCase(ctx, id, g.who); err != nil {
		return err
	}
	g.account = g.review.Account
	return nil
}

// allowed passes if one of the acts is allowed; else the first one's refusal says
// what is missing and whom to ask.
func (b *Bot) allowed(g *gesture, acts ...record.Act) error {
	var first error
	for _, act := range acts {
		err := b.may(g.who, act, g.account)
		if err == nil {
			return nil
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// ours refuses guests, bots, strangers and people nobody has set up, and
// channels that outsiders read. It fails closed: when Slack can't say who
// somebody is, nothing is done.
func (b *Bot) ours(ctx context.Context, g *gesture) error {
	unknown := b.may(g.who, record.UseHealthbot, record.Account{})
	u, err := b.users.get(ctx, g.who)
	switch {
	case slackCode(err) == "user_not_found", slackCode(err) == "user_not_visible":
		u.Stranger = true
	case err != nil && unknown != nil:
		return unknown
	case err != nil:
		return unsure("who you are", err)
	}
	switch {
	case u.Bot || u.Connector:
		return record.Errorf(record.Forbidden, "Bots can't use healthbot; a named person must decide. Nothing was changed.")
	case b.stranger(u):
		return record.Errorf(record.Forbidden, "You belong to another company's workspace, and healthbot serves this one only. Nothing was changed. Ask the account's owner to speak with you directly.")
	case u.Guest:
		return record.Errorf(record.Forbidden, "Guests can't use healthbot, because it shows customer data. Nothing was changed. Ask a workspace admin if you should be a full member.")
	case u.Deleted:
		return record.Errorf(record.Forbidden, "This Slack account is deactivated, so nothing was changed.")
	case unknown != nil:
		return unknown
	}
	return b.unshared(ctx, g)
}

// stranger is somebody of another workspace; within one organisation it isn't.
func (b *Bot) stranger(u userFacts) bool {
	if u.Stranger {
		return true
	}
	sameOrg := b.me.Enterprise != "" && u.Enterprise == b.me.Enterprise
	return u.Team != "" && b.me.Team != "" && u.Team != b.me.Team && !sameOrg
}

// unshared refuses channels shared with another company. A channel that Slack
// doesn't let us look at passes: there we speak to one person alone, by
// response_url or in a form. Deliveries look for themselves.
func (b *Bot) unshared(ctx context.Context, g *gesture) error {
	id := g.channel
	if id == "" {
		id = g.meta.Channel
	}
	if id == "" || strings.HasPrefix(id, "D") { // DMs with us are ours
		return nil
	}
	c, err := b.channels.get(ctx, id)
	switch {
	case err != nil && slackCode(err) != "":
		return nil
	case err != nil:
		return unsure("who can read this channel", err)
	case c.Shared:
		return record.Errorf(record.Forbidden, "This channel is shared with another company, so healthbot says nothing about customers here. Nothing was changed. Use it in one of your own channels, or in the Messages tab of this app.")
	}
	return nil
}

func unsure(what string, cause error) error {
	return &record.Error{Kind: record.Busy, Cause: cause,
		Say: fmt.Sprintf("Slack couldn't tell just now %s, so nothing was changed. Please try again in a minute.", what)}
}
