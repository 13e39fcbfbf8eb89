package bot

import (
	"context"
	"fmt"
	"strings"
	"time"

	"healthbot/bot/view"
	"healthbot/storage/record"
)

// clocksApart allows for Slack's clock and ours to disagree when a message is
// searched for: the office clock may be set to another week.
const clocksApart = 7 * 24 * time.Hour

// Deliver posts a delivery, rendered from the records as they are now. A
// [record.Refusal] means that it was not posted; after any other error nobody
// knows, and [Bot.Lookup] must be asked before it is posted again.
func (b *Bot) Deliver(ctx context.Context, d record.Delivery) (record.Receipt, error) {
	m, err := b.render(ctx, d)
	if err != nil {
		return record.Receipt{}, unsent("read what to post", err)
	}
	to, err := b.address(ctx, d)
	if err != nil {
		return record.Receipt{}, err
	}
	at, err := b.slack.post(ctx, post{channel: to, thread: d.ParentTS, message: m, delivery: d.ID})
	if err != nil {
		return record.Receipt{}, b.posting(err, d)
	}
	if isDM(d) {
		b.homes.touch(d.To)
	}
	return at, nil
}

// Edit brings a posted message up to date.
func (b *Bot) Edit(ctx context.Context, d record.Delivery) error {
	m, err := b.render(ctx, d)
	if err != nil {
		return unsent("read what to show", err)
	}
	if _, err := b.address(ctx, d); err != nil { // the channel may have been shared since
		return err
	}
	err = b.slack.update(ctx, record.Receipt{Channel: d.Channel, TS: d.TS}, post{message: m, delivery: d.ID})
	if err != nil {
		return b.posting(err, d)
	}
	return nil
}

// Lookup asks Slack whether a delivery was posted after all: it searches the
// thread, or else the channel, for the id in the message's metadata.
func (b *Bot) Lookup(ctx context.Context, d record.Delivery) (record.Receipt, bool, error) {
	if d.Parent != "" && d.ParentTS == "" {
		return record.Receipt{}, false, fmt.Errorf("look up delivery %s: its thread isn't known", d.ID)
	}
	channel := d.To
	if isDM(d) {
		var err error
		if channel, err = b.dms.get(ctx, d.To); err != nil {
			return record.Receipt{}, false, err
		}
	}
	q := search{channel: channel, thread: d.ParentTS, delivery: d.ID}
	if !d.SentAt.IsZero() {
		q.since = d.SentAt
		if now := b.o.Now(); now.Before(q.since) {
			q.since = now
		}
		q.since = q.since.Add(-clocksApart)
	}
	at, found, err := b.slack.find(ctx, q)
	if code := slackCode(err); code == "thread_not_found" || code == "message_not_found" {
		return record.Receipt{}, false, nil // its thread is gone, and it with it
	}
	return at, found, err
}

// render makes the message. Channels never see ARR: their frame has no viewer.
func (b *Bot) render(ctx context.Context, d record.Delivery) (m view.Message, err error) {
	switch d.Kind {
	case record.Digest:
		c, err := b.store.RunCase(ctx, d.Subject)
		if err != nil {
			return m, err
		}
		return view.Digest(b.frame("", record.Account{}), c), nil
	case record.Card:
		c, err := b.store.ReviewCase(ctx, d.Subject, "")
		if err != nil {
			return m, err
		}
		return view.Card(b.frame("", record.Account{}), c), nil
	case record.OwnerLine:
		c, err := b.store.RunCase(ctx, d.Subject)
		if err != nil {
			return m, err
		}
		return view.OwnerLine(b.frame(d.To, record.Account{}), c, d.To), nil
	case record.TaskDM:
		c, err := b.store.TaskCase(ctx, d.Subject)
		if err != nil {
			return m, err
		}
		return view.TaskDM(b.frame(d.To, c.Account), c), nil
	case record.EscalationDM, record.EscalatedDM:
		c, err := b.store.EscalationCase(ctx, d.Subject)
		if err != nil {
			return m, err
		}
		f := b.frame(d.To, c.Case.Account)
		if d.Kind == record.EscalatedDM {
			return view.EscalatedDM(f, c), nil
		}
		return view.EscalationDM(f, c), nil
	case record.ReminderDM:
		r, err := b.store.Reminder(ctx, d.Subject)
		if err != nil {
			return m, err
		}
		return view.ReminderDM(b.frame(d.To, record.Account{}), r), nil
	case record.NoticeDM:
		n, err := b.store.Notice(ctx, d.Subject)
		if err != nil {
			return m, err
		}
		return view.NoticeDM(b.frame(d.To, record.Account{}), n), nil
	case record.AdminDM:
		dead, err := b.store.Delivery(ctx, d.Subject)
		if err != nil {
			return m, err
		}
		return view.AdminDM(b.frame(d.To, record.Account{}), dead), nil
	}
	return m, record.Errorf(record.NotFound, "Nobody knows how to write a message of kind %q.", d.Kind)
}

// isDM says that a delivery goes to a person.
func isDM(d record.Delivery) bool {
	switch d.Kind {
	case record.Digest, record.Card:
		return false
	}
	return true
}

// address is the channel to post in. A channel is looked at first: nothing goes
// where another company reads along.
func (b *Bot) address(ctx context.Context, d record.Delivery) (string, error) {
	if isDM(d) {
		dm, err := b.dms.get(ctx, d.To)
		if err != nil {
			return "", b.unposted("open the DM with "+b.o.People.Name(d.To), err, d)
		}
		return dm, nil
	}
	c, err := b.channels.get(ctx, d.To)
	if err != nil {
		return "", b.unposted("look at channel "+d.To, err, d)
	}
	if c.Shared {
		return "", &record.Refusal{Reason: fmt.Sprintf("#%s is shared with another company, and customer health is for this one only. Choose another channel for the route in healthbot.yml.", named(c, d.To))}
	}
	if c.Archived {
		return "", &record.Refusal{Reason: fmt.Sprintf("#%s is archived. Unarchive it, or choose another channel for the route in healthbot.yml.", named(c, d.To))}
	}
	return d.To, nil
}

// named is a channel's name, or its id where Slack doesn't tell.
func named(c channelFacts, id string) string {
	if c.Name != "" {
		return c.Name
	}
	return strings.TrimPrefix(id, "#")
}
